//! The trace reader for JavaScript.

use alloc::string::ToString;

use wasm_bindgen::prelude::*;

use super::json::{Object, array};
use super::value::millis;
use crate::trace::{Reader, Side, Step};

#[wasm_bindgen]
#[derive(Default)]
pub struct TraceReader(Reader);

#[wasm_bindgen]
impl TraceReader {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    pub fn client(&mut self, bytes: &[u8], at: f64) -> Result<JsValue, JsValue> {
        steps(&self.0.client(bytes, millis(at)))
    }

    pub fn server(&mut self, bytes: &[u8], at: f64) -> Result<JsValue, JsValue> {
        steps(&self.0.server(bytes, millis(at)))
    }

    pub fn secured(&mut self, at: f64) -> Result<JsValue, JsValue> {
        steps(&self.0.secured(millis(at)))
    }

    pub fn closed(&mut self, side: &str, at: f64) -> Result<JsValue, JsValue> {
        let side = match side {
            "client" => Side::Client,
            "server" => Side::Server,
            _ => Side::Link,
        };
        steps(&self.0.closed(side, millis(at)))
    }
}

fn steps(steps: &[Step]) -> Result<JsValue, JsValue> {
    Ok(array(steps.iter().map(|step| {
        Object::new()
            .field("at", step.at.get())
            .field("from", step.from.as_str())
            .field("kind", step.kind.as_str())
            .field("text", step.text.as_str())
            .field("octets", step.octets)
            .field("verb", step.verb)
            .field("code", step.code)
            .field("enhanced", step.enhanced.map(|code| code.to_string()))
            .done()
    }))
    .into())
}
