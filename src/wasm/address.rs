//! The grammar of addresses for JavaScript: one at a time.

use wasm_bindgen::prelude::*;

use super::json::Object;
use super::value::{self};
use crate::wire::SyntaxError;
use crate::wire::address::Mailbox;

/// One mailbox of RFC 6531, or of RFC 5321 when `utf8` is false.
#[wasm_bindgen(js_name = parseAddress)]
pub fn parse_address(text: &str, utf8: bool) -> Result<JsValue, JsValue> {
    let mailbox = Mailbox::parse(text).map_err(|error| value::syntax(None, error))?;
    if let Some(at) = text.bytes().position(|octet| !utf8 && !octet.is_ascii()) {
        return Err(value::syntax(None, SyntaxError { at, rule: "ASCII, unless utf8 is set" }));
    }
    Ok(Object::new()
        .field("address", mailbox.as_str())
        .field("localPart", mailbox.local_part())
        .field("domain", mailbox.domain())
        .done()
        .into())
}
