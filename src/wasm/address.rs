//! The grammar of addresses for JavaScript: one at a time.

use wasm_bindgen::prelude::*;

use super::value::{self, object};
use crate::wire::SyntaxError;
use crate::wire::address::Mailbox;

/// One mailbox of RFC 6531, or of RFC 5321 when `utf8` is false.
#[wasm_bindgen(js_name = parseAddress)]
pub fn parse_address(text: &str, utf8: bool) -> Result<JsValue, JsValue> {
    let mailbox = Mailbox::parse(text).map_err(|error| value::syntax(None, error))?;
    if let Some(at) = text.bytes().position(|octet| !utf8 && !octet.is_ascii()) {
        return Err(value::syntax(None, SyntaxError { at, rule: "ASCII, unless utf8 is set" }));
    }
    Ok(object(&[
        ("address", mailbox.as_str().into()),
        ("localPart", mailbox.local_part().into()),
        ("domain", mailbox.domain().into()),
    ])
    .into())
}
