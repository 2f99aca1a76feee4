//! The grammar of sessions for JavaScript: one reply or command at a time.

use alloc::string::ToString;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::value::{self, Value, array, fault, object, params};
use crate::wire::SyntaxError;
use crate::wire::address::Limits;
use crate::wire::command::attributes::Attribute;
use crate::wire::command::{Command, CommandError};
use crate::wire::reply::{Assembler, ReplyError};

/// One whole reply, each line with or without its CRLF.
#[wasm_bindgen(js_name = parseReply)]
pub fn parse_reply(text: &str) -> Result<JsValue, JsValue> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut assembler = Assembler::default();
    let mut from = 0;
    let mut lines = text.split('\n');
    let missing = || SyntaxError { at: text.len(), rule: "another line of the reply" };
    let reply = loop {
        let Some(line) = lines.next() else {
            return Err(value::syntax(None, missing()));
        };
        match assembler.push(line.strip_suffix('\r').unwrap_or(line).as_bytes(), usize::MAX) {
            Ok(Some(reply)) => break reply,
            Ok(None) => from += line.len() + 1,
            Err(ReplyError::Syntax(error)) => {
                return Err(value::syntax(None, SyntaxError { at: from + error.at, ..error }));
            }
            Err(error) => {
                return Err(
                    object(&[("message", error.to_string().into()), ("position", from.into())]).into()
                );
            }
        }
    };
    match lines.next() {
        None => Ok(value::reply(&reply).into()),
        Some(_) => Err(fault("text after the last line of the reply")),
    }
}

/// One command line, with or without its CRLF. Secrets are not in the value.
#[wasm_bindgen(js_name = parseCommand)]
pub fn parse_command(line: &str) -> Result<JsValue, JsValue> {
    let line = line.strip_suffix("\r\n").unwrap_or(line);
    let command = Command::parse(line.as_bytes(), &Limits::default()).map_err(|error| match error {
        CommandError::Syntax(error) => value::syntax(None, error),
        CommandError::Unrecognised => value::syntax(None, SyntaxError { at: 0, rule: "a command" }),
    })?;
    let mut fields: Vec<(&str, Value)> =
        alloc::vec![("verb", command.verb().into()), ("line", command.to_string().into())];
    match &command {
        Command::Ehlo(name) | Command::Helo(name) | Command::Lhlo(name) => {
            fields.push(("name", name.as_str().into()))
        }
        Command::Mail { from, params: given } => {
            fields.extend([("from", from.as_str().into()), ("params", params(given))]);
        }
        Command::Rcpt { to, params: given } => {
            fields.extend([("to", to.as_str().into()), ("params", params(given))]);
        }
        Command::Bdat { octets, last } => {
            fields.extend([("octets", (*octets).into()), ("last", (*last).into())]);
        }
        Command::Auth { mechanism, initial } => {
            fields.extend([("mechanism", mechanism.as_str().into()), ("initial", initial.is_some().into())]);
        }
        Command::Vrfy(text) | Command::Expn(text) => fields.push(("argument", text.as_str().into())),
        Command::Help(text) | Command::Noop(text) => {
            fields.push(("argument", text.as_ref().map(|text| text.as_str()).into()));
        }
        Command::Burl { url, last } => {
            fields.extend([("url", url.to_string().into()), ("last", (*last).into())]);
        }
        Command::Etrn(etrn) => fields.push(("argument", etrn.to_string().into())),
        Command::Xclient(given) | Command::Xforward(given) => {
            let pair = |attribute: &Attribute| {
                object(&[("name", attribute.name().into()), ("value", attribute.value().into())])
            };
            fields.push(("attributes", array(given.iter().map(pair))));
        }
        Command::Data | Command::Rset | Command::Quit | Command::StartTls => {}
    }
    Ok(object(&fields).into())
}
