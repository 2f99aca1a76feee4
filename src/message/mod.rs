//! Messages (RFC 5322, RFC 2045, RFC 2047), without a session: values to octets that any server takes.
//!
//! Nothing that is made here needs 8BITMIME or SMTPUTF8 unless it is asked for: text outside ASCII is encoded. Every line
//! ends with CRLF and has at most 998 octets, headers fold at 76. What cannot be written is an error with its field and
//! octet; nothing is dropped.

pub mod address;
mod base64;
pub mod build;
pub mod date;
mod field;
mod header;
mod param;
mod qp;
mod word;

pub use field::FieldError;

/// Content that is there as a whole, in lines of base64.
#[cfg(feature = "wasm")]
pub(crate) fn base64_lines(octets: &[u8]) -> alloc::vec::Vec<u8> {
    let mut out = alloc::vec::Vec::new();
    base64::encode(octets, &mut out);
    out
}

/// Content that is there as a whole, in quoted-printable.
#[cfg(feature = "wasm")]
pub(crate) fn quoted_printable(octets: &[u8]) -> alloc::vec::Vec<u8> {
    let mut out = alloc::vec::Vec::new();
    qp::encode(octets, &mut out);
    out
}
