//! The charsets that the host knows: every runtime decodes those of the Encoding Standard.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::message::charset::Charsets;

#[wasm_bindgen(raw_module = "../charsets.js")]
extern "C" {
    fn decode(label: &str, octets: &[u8]) -> Option<String>;
}

pub const CHARSETS: Charsets = Charsets { decode };
