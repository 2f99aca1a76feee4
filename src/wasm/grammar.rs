//! The grammar of sessions for JavaScript: one reply, command or status code at a time.

use alloc::string::ToString;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::value::{self, Value, array, object, params};
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
        error => object(&[("message", error.to_string().into()), ("position", at.into())]).into(),
    })?;
    let mut fields = Vec::from(value::reply_fields(&reply));
    fields.push(("spans", marks(&spans)));
    Ok(object(&fields).into())
}

fn marks(spans: &[Span]) -> Value {
    let mark = |span: &Span| {
        object(&[("rule", span.rule.into()), ("start", span.start.into()), ("end", span.end.into())])
    };
    array(spans.iter().map(mark))
}

/// What an enhanced status code means; nothing when it is not registered.
#[wasm_bindgen(js_name = describeStatus)]
pub fn describe_status(code: &str) -> Result<JsValue, JsValue> {
    let code = EnhancedCode::parse(code).map_err(|error| value::syntax(None, error))?;
    let Some(status) = status::describe(code) else { return Ok(JsValue::UNDEFINED) };
    Ok(object(&[
        ("code", code.to_string().into()),
        ("class", status::class(code.class).into()),
        ("subject", status.subject().into()),
        ("name", status.name.into()),
        ("description", status.description.into()),
        ("replyCodes", array(status.reply_codes.iter().copied())),
        ("reference", status.reference.into()),
    ])
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
    fields.push(("spans", marks(&spans)));
    Ok(object(&fields).into())
}
