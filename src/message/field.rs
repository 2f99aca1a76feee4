//! What a field must not hold, and the error that says so.

use core::fmt;

/// A field cannot be written as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the struct that it was given in, such as `reply_to`.
    pub field: &'static str,
    /// Octets from the start of the field's text; of an address, of its name.
    pub at: usize,
    /// What was expected there.
    pub rule: &'static str,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at octet {} of {}", self.rule, self.at, self.field)
    }
}

impl core::error::Error for FieldError {}

/// Controls end up in no header: with CR and LF among them, who controls a name would control the message.
pub(super) fn printable(field: &'static str, text: &str) -> Result<(), FieldError> {
    match text.find(char::is_control) {
        None => Ok(()),
        Some(at) => Err(FieldError { field, at, rule: "a printable character" }),
    }
}

/// In the text of a message, line ends and TAB are allowed too.
pub(super) fn text(field: &'static str, text: &str) -> Result<(), FieldError> {
    match text.bytes().position(|octet| octet.is_ascii_control() && !matches!(octet, b'\r' | b'\n' | b'\t')) {
        None => Ok(()),
        Some(at) => Err(FieldError { field, at, rule: "a printable character, a line end or a tab" }),
    }
}
