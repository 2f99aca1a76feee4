//! Messages for JavaScript.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::value::{self, Options};
use crate::message::FieldError;
use crate::message::address::Address;
use crate::message::build::Text;
use crate::wire::SyntaxError;
use crate::wire::address::Mailbox;

/// A plain text message: `{ from, to, cc?, replyTo?, subject, text, date, messageId }`, addresses as
/// `{ name?, address }` or as text. The octets are clean.
#[wasm_bindgen(js_name = composeText)]
pub fn compose_text(message: JsValue) -> Result<Vec<u8>, JsValue> {
    let message = Options::new(message);
    let from = message.addresses("from")?.into_iter().next();
    let from = from.ok_or_else(|| value::syntax(Some("from"), SyntaxError { at: 0, rule: "a mailbox" }))?;
    let text = Text {
        to: message.addresses("to")?,
        cc: message.addresses("cc")?,
        reply_to: message.addresses("replyTo")?,
        subject: message.string("subject").unwrap_or_default(),
        text: message.string("text").unwrap_or_default(),
        date: message.number("date").unwrap_or_default() as i64,
        ..Text::new(from, message.string("messageId").unwrap_or_default())
    };
    text.write().map_err(|FieldError { field, at, rule }| {
        let field = match field {
            "reply_to" => "replyTo",
            "message_id" => "messageId",
            field => field,
        };
        value::syntax(Some(field), SyntaxError { at, rule })
    })
}

impl Options {
    /// One address or a list of them.
    fn addresses(&self, field: &'static str) -> Result<Vec<Address>, JsValue> {
        let address = |item: &Options| {
            let (name, text): (Option<String>, String) = match item.text() {
                Some(text) => (None, text),
                None => (item.string("name"), item.string("address").unwrap_or_default()),
            };
            let mailbox = Mailbox::parse(&text).map_err(|error| value::syntax(Some(field), error))?;
            Ok(Address { name, mailbox })
        };
        match self.options(field) {
            None => Ok(Vec::new()),
            Some(given) => match given.list() {
                Some(items) => items.iter().map(address).collect(),
                None => Ok([address(&given)?].into()),
            },
        }
    }
}
