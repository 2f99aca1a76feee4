//! Content-Type, Content-Disposition and their parameters (RFC 2045 section 5.1, RFC 2183 section 2, RFC 2231).

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::charset::Charsets;

/// The value of a field with parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Value {
    /// In lower case: `type/subtype`, or a disposition. Empty if there is none.
    pub value: String,
    /// In order, also those whose name comes twice; the first of a name is the one that counts.
    pub params: Vec<Parameter>,
}

impl Value {
    /// The value of the parameter with this name, in whatever case.
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|param| param.name.eq_ignore_ascii_case(name));
        found.map(|param| &*param.value)
    }
}

/// A parameter that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// In lower case, without what RFC 2231 adds to it.
    pub name: String,
    /// Decoded.
    pub value: String,
    /// Where it is (its first part, if it comes in parts), in octets of what was read.
    pub span: Range<usize>,
}

/// Reads the value of Content-Type or Content-Disposition as it comes; it cannot fail.
pub fn read(value: &[u8], charsets: &Charsets) -> Value {
    let _ = (value, charsets);
    Value::default()
}

/// A parameter as it is written: units that may be folded between, without the semicolon before them.
#[allow(dead_code)]
pub(super) fn written(name: &str, value: &str) -> Vec<String> {
    let _ = (name, value);
    Vec::new()
}
