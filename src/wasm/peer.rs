//! What a client says for another, for JavaScript: the module that sends takes it as it is written here.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::SocketAddr;

use wasm_bindgen::prelude::*;

use super::value;
use crate::wire::command::attributes::Attributes;
use crate::wire::proxy::{Header, Version};

/// The words behind `XCLIENT`, of names and values in turn.
#[wasm_bindgen(js_name = xclientAttributes)]
pub fn xclient_attributes(pairs: Vec<String>) -> Result<String, JsValue> {
    let pairs = pairs.chunks_exact(2).map(|pair| (pair[0].as_str(), pair[1].as_str()));
    let attributes = Attributes::new(pairs).map_err(|error| value::syntax(Some("xclient"), error))?;
    Ok(attributes.to_string())
}

/// The header of the PROXY protocol, for addresses with their ports.
#[wasm_bindgen(js_name = proxyHeader)]
pub fn proxy_header(source: &str, destination: &str, version: u32) -> Result<Vec<u8>, JsValue> {
    let address = |field: &str, text: &str| -> Result<SocketAddr, JsValue> {
        text.parse().map_err(|_| value::field_fault(field, "an IP address and a port"))
    };
    let version = if version == 1 { Version::V1 } else { Version::V2 };
    let header = Header::new(version, address("source", source)?, address("destination", destination)?);
    let mut written = Vec::new();
    header.map_err(|error| value::syntax(Some("proxy"), error))?.write(&mut written);
    Ok(written)
}
