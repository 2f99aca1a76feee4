//! JavaScript values from Rust ones, and options from JavaScript ones.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::time::Millis;
use crate::wire::SyntaxError;
use crate::wire::param::Params;
use crate::wire::reply::Reply;

/// An object of these fields; undefined ones are left out.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        if !value.is_undefined() {
            // Setting a field of a plain object cannot fail.
            let _ = Reflect::set(&object, &word(name), value);
        }
    }
    object.into()
}

pub fn word(text: &str) -> JsValue {
    JsValue::from_str(text)
}

pub fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

pub fn array(values: impl Iterator<Item = JsValue>) -> JsValue {
    values.collect::<Array>().into()
}

pub fn strings<'a>(texts: impl Iterator<Item = &'a str>) -> JsValue {
    array(texts.map(JsValue::from_str))
}

pub fn maybe<T: Into<JsValue>>(value: Option<T>) -> JsValue {
    value.map_or(JsValue::UNDEFINED, Into::into)
}

pub fn reply(reply: &Reply) -> JsValue {
    object(&[
        ("code", reply.code().into()),
        ("enhanced", maybe(reply.enhanced().map(|code| code.to_string()))),
        ("lines", strings(reply.lines().iter().map(String::as_str))),
    ])
}

pub fn params(params: &Params) -> JsValue {
    array(
        params
            .iter()
            .map(|param| object(&[("keyword", param.keyword().into()), ("value", maybe(param.value()))])),
    )
}

/// When to poll again and whether to read.
pub fn wait(until: Option<Millis>, read: bool) -> JsValue {
    object(&[("type", word("wait")), ("until", time(until)), ("read", read.into())])
}

pub fn time(until: Option<Millis>) -> JsValue {
    maybe(until.map(|until| until.get() as f64))
}

/// The host's clock. What is not a time is the origin.
pub fn millis(now: f64) -> Millis {
    Millis::new(now as u64)
}

/// What is thrown: a plain object that js/engine.ts makes an error of.
pub fn fault(message: &str) -> JsValue {
    object(&[("message", message.into())])
}

pub fn syntax(field: Option<&str>, error: SyntaxError) -> JsValue {
    let message = match field {
        Some(field) => alloc::format!("{field}: {error}"),
        None => error.to_string(),
    };
    object(&[
        ("message", message.into()),
        ("position", (error.at as f64).into()),
        ("rule", error.rule.into()),
        ("field", maybe(field)),
    ])
}

/// Options as JavaScript gives them.
pub struct Options(JsValue);

impl Options {
    pub const fn new(value: JsValue) -> Self {
        Self(value)
    }

    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(&self.0, &word(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
    }

    pub fn options(&self, name: &str) -> Option<Options> {
        self.get(name).map(Self)
    }

    pub fn string(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }

    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    /// The value itself, if it is a text.
    pub fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    /// The items, if the value itself is an array.
    pub fn list(&self) -> Option<Vec<Options>> {
        Some(self.0.dyn_ref::<Array>()?.iter().map(Self).collect())
    }

    pub fn strings(&self, name: &str) -> Option<Vec<String>> {
        let array = self.get(name)?.dyn_into::<Array>().ok()?;
        Some(array.iter().filter_map(|item| item.as_string()).collect())
    }

    /// Puts a number in its place, if there is one.
    pub fn set_u64(&self, name: &str, place: &mut u64) {
        if let Some(number) = self.number(name) {
            *place = number as u64;
        }
    }

    /// Puts a number in its place, if there is one.
    pub fn set_usize(&self, name: &str, place: &mut usize) {
        if let Some(number) = self.number(name) {
            *place = number as usize;
        }
    }

    /// Puts a choice in its place, if there is one.
    pub fn set_bool(&self, name: &str, place: &mut bool) {
        if let Some(choice) = self.boolean(name) {
            *place = choice;
        }
    }
}
