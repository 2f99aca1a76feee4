//! Values for JavaScript, and options from there. Crossing the border is what costs: values that come often cross in one
//! call of their own (js/wasm/shapes.ts), all others as JSON.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::json::{Object, Value, array};
use crate::sasl::binding::{BindingType, ChannelBinding};
use crate::sasl::{Credentials, ITERATIONS, Mechanism, Proof};
use crate::time::Millis;
use crate::unicode::Unicode;
use crate::wire::SyntaxError;
#[cfg(feature = "server")]
use crate::wire::param::Params;
use crate::wire::reply::Reply;

/// Whole values, made on the other side.
pub mod shape {
    use super::{JsValue, String, wasm_bindgen};

    #[wasm_bindgen(raw_module = "../shapes.js")]
    extern "C" {
        pub fn send(bytes: &[u8]) -> JsValue;
        pub fn body(bytes: &[u8]) -> JsValue;
        pub fn wait(until: f64, read: bool) -> JsValue;
        pub fn wanted(transaction: u32, until: f64) -> JsValue;
        pub fn piece(before: &[u8], body: &[u8], changed: bool, after: &[u8]) -> JsValue;
        pub fn mail(text: &str, asked: Option<&str>) -> JsValue;
        pub fn rcpt(text: &str, asked: Option<&str>) -> JsValue;
        pub fn content(each: bool) -> JsValue;
        pub fn message() -> JsValue;
        pub fn json(text: &str) -> JsValue;
        pub fn nfc(text: &str) -> Option<String>;
        #[wasm_bindgen(js_name = toAscii)]
        pub fn to_ascii(domain: &str) -> Option<String>;
    }
}

/// What only those modules ask for that prepare names and passwords.
#[cfg(feature = "scram")]
mod tables {
    use super::wasm_bindgen;

    #[wasm_bindgen(raw_module = "../tables.js")]
    extern "C" {
        pub fn assigned(text: &str) -> bool;
    }
}

/// Every runtime has Unicode's tables.
pub const UNICODE: Unicode = Unicode {
    nfc: shape::nfc,
    to_ascii: shape::to_ascii,
    #[cfg(feature = "scram")]
    assigned: tables::assigned,
    // No name and no password is prepared there.
    #[cfg(not(feature = "scram"))]
    assigned: |_| true,
};

impl From<Value> for JsValue {
    fn from(value: Value) -> Self {
        shape::json(value.as_str())
    }
}

pub fn reply(reply: &Reply) -> Value {
    reply_object(reply).done()
}

pub fn reply_object(reply: &Reply) -> Object {
    let mut object = Object::new();
    object
        .field("code", reply.code())
        .field("enhanced", reply.enhanced().map(|code| code.to_string()))
        .field("lines", array(reply.lines()));
    object
}

#[cfg(feature = "server")]
pub fn params(params: &Params) -> Value {
    array(
        params.iter().map(|param| {
            Object::new().field("keyword", param.keyword()).field("value", param.value()).done()
        }),
    )
}

/// When to poll again and whether to read.
pub fn wait(until: Option<Millis>, read: bool) -> JsValue {
    shape::wait(time(until), read)
}

/// Below 0 is no time.
pub fn time(until: Option<Millis>) -> f64 {
    until.map_or(-1.0, |until| until.get() as f64)
}

/// The host's clock. What is not a time is the origin.
pub fn millis(now: f64) -> Millis {
    Millis::new(now as u64)
}

/// What is thrown: a plain object that js/engine.ts makes an error of.
pub fn fault(message: &str) -> JsValue {
    Object::new().field("message", message).done().into()
}

/// As [`fault`], with the field of the options that it is about.
pub fn field_fault(field: &str, message: &str) -> JsValue {
    Object::new().field("message", message).field("field", field).done().into()
}

pub fn syntax(field: Option<&str>, error: SyntaxError) -> JsValue {
    let message = match field {
        Some(field) => format!("{field}: {error}"),
        None => error.to_string(),
    };
    Object::new()
        .field("message", message)
        .field("position", error.at)
        .field("rule", error.rule)
        .field("field", field)
        .done()
        .into()
}

/// The mechanisms of these names; an unknown one is a fault, not one less.
pub fn mechanisms(names: &[String]) -> Result<Vec<Mechanism>, JsValue> {
    let known = |name: &String| {
        let message = || {
            let mut message = format!("no mechanism is called {name}: there are");
            Mechanism::ALL.iter().for_each(|mechanism| message.extend([" ", mechanism.name()]));
            message
        };
        Mechanism::parse(name).ok_or_else(|| field_fault("auth.mechanisms", &message()))
    };
    names.iter().map(known).collect()
}

/// Who a client is: `{ user, pass?, token?, authzid? }`.
pub fn credentials(given: &Options) -> Credentials {
    let proof = match (given.string("pass"), given.string("token")) {
        (Some(pass), _) => Proof::Password(pass.into()),
        (None, Some(token)) => Proof::Token(token.into()),
        (None, None) => Proof::None,
    };
    Credentials { authzid: given.string("authzid"), user: given.string("user").unwrap_or_default(), proof }
}

/// Where a client has connected to: `{ host?, port? }`.
pub fn server(given: &Options) -> Option<(String, u16)> {
    given.string("host").map(|host| (host, given.number("port").unwrap_or_default() as u16))
}

/// How often a server may want a password hashed: `{ minIterations?, maxIterations? }`.
pub fn iterations(given: &Options) -> RangeInclusive<u32> {
    let number = |name, otherwise: u32| given.number(name).map_or(otherwise, |number| number as u32);
    let (least, most) = ITERATIONS.into_inner();
    number("minIterations", least)..=number("maxIterations", most)
}

/// Channel bindings, `[{ type, data }]`; those of other types are left out.
pub fn bindings(given: &Options) -> Vec<ChannelBinding> {
    let binding = |given: &Options| {
        let kind = BindingType::parse(&given.string("type")?)?;
        Some(ChannelBinding { kind, data: given.octets("data")? })
    };
    given.list().unwrap_or_default().iter().filter_map(binding).collect()
}

/// Options as JavaScript gives them.
pub struct Options(JsValue);

impl Options {
    pub const fn new(value: JsValue) -> Self {
        Self(value)
    }

    fn get(&self, name: &str) -> Option<JsValue> {
        let value = Reflect::get(&self.0, &JsValue::from_str(name)).ok();
        value.filter(|value| !value.is_undefined() && !value.is_null())
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

    /// The octets of a `Uint8Array`.
    pub fn octets(&self, name: &str) -> Option<Vec<u8>> {
        Some(self.get(name)?.dyn_ref::<Uint8Array>()?.to_vec())
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
        Some(self.options(name)?.list()?.iter().filter_map(Self::text).collect())
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

    /// Puts a number in its place, if there is one.
    #[cfg(feature = "server")]
    pub fn set_u32(&self, name: &str, place: &mut u32) {
        if let Some(number) = self.number(name) {
            *place = number as u32;
        }
    }

    /// Puts a choice in its place, if there is one.
    pub fn set_bool(&self, name: &str, place: &mut bool) {
        if let Some(choice) = self.boolean(name) {
            *place = choice;
        }
    }
}
