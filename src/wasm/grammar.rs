//! The grammar of sessions for JavaScript: one reply, command or status code at a time.

use alloc::string::ToString;

use wasm_bindgen::prelude::*;

use super::json::{Object, Value, array};
use super::value::{self, params};
use crate::wire::SyntaxError;
use crate::wire::address::Limits;
use crate::wire::command::attributes::Attribute;
use crate::wire::command::{Command, CommandError};
use crate::wire::reply::{EnhancedCode, ReplyError};
use crate::wire::span::{self, Span};
use crate::wire::status;

/// One whole reply, each line with or without its CRLF.
#[wasm_bindgen(js_name = parseReply)]
pub fn parse_reply(text: &str) -> Result<JsValue, JsValue> {
    let (reply, spans) = span::reply(text).map_err(|(at, error)| match error {
        ReplyError::Syntax(error) => value::syntax(None, error),
        error => Object::new().field("message", error.to_string()).field("position", at).done().into(),
    })?;
    Ok(value::reply_object(&reply).field("spans", marks(&spans)).done().into())
}

fn marks(spans: &[Span]) -> Value {
    let mark = |span: &Span| {
        Object::new().field("rule", span.rule).field("start", span.start).field("end", span.end).done()
    };
    array(spans.iter().map(mark))
}

/// What an enhanced status code means; nothing when it is not registered.
#[wasm_bindgen(js_name = describeStatus)]
pub fn describe_status(code: &str) -> Result<JsValue, JsValue> {
    let code = EnhancedCode::parse(code).map_err(|error| value::syntax(None, error))?;
    let Some(status) = status::describe(code) else { return Ok(JsValue::UNDEFINED) };
    Ok(Object::new()
        .field("code", code.to_string())
        .field("class", status::class(code.class))
        .field("subject", status.subject())
        .field("name", status.name)
        .field("description", status.description)
        .field("replyCodes", array(status.reply_codes.iter().copied()))
        .field("reference", status.reference)
        .done()
        .into())
}

/// One command line, with or without its CRLF. Secrets are not in the value.
#[wasm_bindgen(js_name = parseCommand)]
pub fn parse_command(line: &str) -> Result<JsValue, JsValue> {
    let line = line.strip_suffix("\r\n").unwrap_or(line);
    let (command, spans) = span::command(line, &Limits::default()).map_err(|error| match error {
        CommandError::Syntax(error) => value::syntax(None, error),
        CommandError::Unrecognised => value::syntax(None, SyntaxError { at: 0, rule: "a command" }),
    })?;
    let mut object = Object::new();
    object.field("verb", command.verb()).field("line", command.to_string());
    match &command {
        Command::Ehlo(name) | Command::Helo(name) | Command::Lhlo(name) => {
            object.field("name", name.as_str());
        }
        Command::Mail { from, params: given } => {
            object.field("from", from.as_str()).field("params", params(given));
        }
        Command::Rcpt { to, params: given } => {
            object.field("to", to.as_str()).field("params", params(given));
        }
        Command::Bdat { octets, last } => {
            object.field("octets", *octets).field("last", *last);
        }
        Command::Auth { mechanism, initial } => {
            object.field("mechanism", mechanism.as_str()).field("initial", initial.is_some());
        }
        Command::Vrfy(text) | Command::Expn(text) => {
            object.field("argument", text.as_str());
        }
        Command::Help(text) | Command::Noop(text) => {
            object.field("argument", text.as_ref().map(|text| text.as_str()));
        }
        Command::Burl { url, last } => {
            object.field("url", url.to_string()).field("last", *last);
        }
        Command::Etrn(etrn) => {
            object.field("argument", etrn.to_string());
        }
        Command::Xclient(given) | Command::Xforward(given) => {
            let pair = |attribute: Attribute| {
                Object::new().field("name", attribute.name()).field("value", attribute.value()).done()
            };
            object.field("attributes", array(given.iter().map(pair)));
        }
        Command::Data | Command::Rset | Command::Quit | Command::StartTls => {}
    }
    Ok(object.field("spans", marks(&spans)).done().into())
}
