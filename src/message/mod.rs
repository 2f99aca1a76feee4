//! Messages (RFC 5322, RFC 2045, RFC 2047), without a session: values to octets that any server takes.
//!
//! Nothing that is made here needs 8BITMIME or SMTPUTF8 unless it is asked for: text outside ASCII is encoded. Every line
//! ends with CRLF and has at most 998 octets, headers fold at 76. What cannot be written is an error with its field and
//! octet; nothing is dropped.

pub mod address;
pub mod base64;
pub mod build;
mod cfws;
pub mod charset;
mod cursor;
pub mod date;
mod field;
mod header;
pub mod param;
pub mod qp;
pub mod word;

pub use field::FieldError;
