//! Values on their way to JavaScript, written as JSON (RFC 8259).

use alloc::string::String;
#[cfg(feature = "export-read")]
use core::cell::Cell;
use core::mem::take;
#[cfg(feature = "export-read")]
use core::ops::Range;

/// What can be written.
pub trait Json {
    /// Nothing at all is left out of the object that it would be a field of.
    fn is_there(&self) -> bool {
        true
    }

    fn write(&self, to: &mut String);
}

/// A value that is written already.
pub struct Value(String);

impl Value {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "server")]
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        let mut value = Self(String::new());
        text.write(&mut value.0);
        value
    }
}

impl Json for Value {
    fn write(&self, to: &mut String) {
        to.push_str(&self.0);
    }
}

impl<T: Json> Json for Option<T> {
    fn is_there(&self) -> bool {
        self.is_some()
    }

    fn write(&self, to: &mut String) {
        match self {
            Some(value) => value.write(to),
            None => to.push_str("null"),
        }
    }
}

impl Json for bool {
    fn write(&self, to: &mut String) {
        to.push_str(if *self { "true" } else { "false" });
    }
}

/// In decimal digits (RFC 8259 section 6).
impl Json for u64 {
    fn write(&self, to: &mut String) {
        let mut digits = [0; 20];
        let (mut at, mut rest) = (digits.len(), *self);
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        to.extend(digits[at..].iter().map(|digit| char::from(*digit)));
    }
}

impl Json for u32 {
    fn write(&self, to: &mut String) {
        u64::from(*self).write(to);
    }
}

impl Json for u16 {
    fn write(&self, to: &mut String) {
        u64::from(*self).write(to);
    }
}

impl Json for usize {
    fn write(&self, to: &mut String) {
        (*self as u64).write(to);
    }
}

impl Json for i64 {
    fn write(&self, to: &mut String) {
        if *self < 0 {
            to.push('-');
        }
        self.unsigned_abs().write(to);
    }
}

/// Octets of a message or a text.
#[cfg(feature = "export-read")]
impl Json for &Range<usize> {
    fn write(&self, to: &mut String) {
        to.push_str("{\"start\":");
        self.start.write(to);
        to.push_str(",\"end\":");
        self.end.write(to);
        to.push('}');
    }
}

impl Json for String {
    fn write(&self, to: &mut String) {
        self.as_str().write(to);
    }
}

/// A string (RFC 8259 section 7).
impl Json for &str {
    fn write(&self, to: &mut String) {
        to.push('"');
        let mut rest = *self;
        while let Some(at) = rest.bytes().position(|octet| octet < b' ' || matches!(octet, b'"' | b'\\')) {
            to.push_str(&rest[..at]);
            let escaped = rest.as_bytes()[at];
            match escaped {
                b'"' | b'\\' => to.extend(['\\', char::from(escaped)]),
                _ => {
                    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
                    to.push_str("\\u00");
                    to.extend([digit(escaped >> 4), digit(escaped & 15)]);
                }
            }
            rest = &rest[at + 1..];
        }
        to.push_str(rest);
        to.push('"');
    }
}

/// An object that is being written.
#[derive(Default)]
pub struct Object(String);

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    /// One of several kinds, which its field `type` tells.
    pub fn of(kind: &str) -> Self {
        let mut object = Self::new();
        object.field("type", kind);
        object
    }

    pub fn field<T: Json>(&mut self, name: &str, value: T) -> &mut Self {
        if value.is_there() {
            self.name(name);
            value.write(&mut self.0);
        }
        self
    }

    /// A field whose name may hold anything.
    #[cfg(feature = "export-read")]
    pub fn named<T: Json>(&mut self, name: &str, value: T) -> &mut Self {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        name.write(&mut self.0);
        self.0.push(':');
        value.write(&mut self.0);
        self
    }

    /// Names are ours: there is nothing in them to escape.
    fn name(&mut self, name: &str) {
        self.0.push_str(if self.0.is_empty() { "{\"" } else { ",\"" });
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// The whole of it; what is written then is another.
    pub fn done(&mut self) -> Value {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        Value(take(&mut self.0))
    }

    /// As `done`, but nothing if it has no fields.
    #[cfg(feature = "server")]
    pub fn if_any(&mut self) -> Option<Value> {
        (!self.0.is_empty()).then(|| self.done())
    }
}

/// Objects and lists that are written where they belong, instead of being made and copied.
#[cfg(feature = "export-read")]
pub struct List<I>(Cell<Option<I>>);

/// A list; it can be written once.
#[cfg(feature = "export-read")]
pub fn list<I: Iterator<Item: Json>>(values: I) -> List<I> {
    List(Cell::new(Some(values)))
}

#[cfg(feature = "export-read")]
impl<I: Iterator<Item: Json>> Json for List<I> {
    fn write(&self, to: &mut String) {
        let mut separator = '[';
        for value in self.0.take().into_iter().flatten() {
            to.push(separator);
            separator = ',';
            value.write(to);
        }
        to.push_str(if separator == '[' { "[]" } else { "]" });
    }
}

pub fn array<T: Json>(values: impl Iterator<Item = T>) -> Value {
    let mut text = String::from("[");
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        value.write(&mut text);
    }
    text.push(']');
    Value(text)
}
