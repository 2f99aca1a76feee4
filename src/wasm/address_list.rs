//! Addresses of header fields for JavaScript: lists of them, and one with all that may be around it.

use alloc::vec::Vec;
use core::ops::Range;

use wasm_bindgen::prelude::*;

use super::charsets::CHARSETS;
use super::json::{Object, Value, array};
use super::value;
use crate::message::address::{AddrSpec, Entry, Found, Reading, parse_list};

/// Mailboxes `{ name?, address, span, addressSpan }` and groups `{ group, members, span }`.
#[wasm_bindgen(js_name = parseAddressList)]
pub fn parse_address_list(text: &str, utf8: bool, obsolete: bool) -> Result<JsValue, JsValue> {
    let list = parse_list(text, Reading { obsolete, utf8 }, &CHARSETS);
    let list = list.map_err(|error| value::syntax(None, error))?;
    Ok(array(list.iter().map(entry)).into())
}

fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Mailbox(found) => mailbox(found),
        Entry::Group { name, members, whole } => {
            let members: Vec<Value> = members.iter().map(mailbox).collect();
            Object::new()
                .field("group", name.as_str())
                .field("members", array(members.into_iter()))
                .field("span", span(whole))
                .done()
        }
    }
}

fn mailbox(Found { name, address, addr_spec, whole }: &Found) -> Value {
    Object::new()
        .field("name", name.as_deref())
        .field("address", address.as_deref())
        .field("span", span(whole))
        .field("addressSpan", span(addr_spec))
        .done()
}

fn span(span: &Range<usize>) -> Value {
    Object::new().field("start", span.start).field("end", span.end).done()
}

/// One `addr-spec` of RFC 5322, in its obsolete forms, too.
#[wasm_bindgen(js_name = parseAddrSpec)]
pub fn parse_addr_spec(text: &str, utf8: bool) -> Result<JsValue, JsValue> {
    let found = AddrSpec::parse(text, Reading { obsolete: true, utf8 });
    let found = found.map_err(|error| value::syntax(None, error))?;
    Ok(Object::new()
        .field("address", found.address())
        .field("localPart", found.local_part)
        .field("domain", found.domain)
        .done()
        .into())
}
