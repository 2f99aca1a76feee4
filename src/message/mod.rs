//! Messages (RFC 5322, RFC 2045, RFC 2047), without a session: values to octets that any server takes.
//!
//! Nothing that is made here needs 8BITMIME: text outside ASCII is encoded. Every line ends with CRLF and has at most 998
//! octets, headers fold at 76. What cannot be written is an error with its field and octet; nothing is dropped.

pub mod address;
mod base64;
pub mod build;
pub mod charset;
pub mod date;
mod entity;
mod field;
mod header;
pub mod param;
pub mod parse;
pub mod part;
mod qp;
pub mod report;
pub mod uuencode;
mod word;

pub use entity::Limits;
pub use field::FieldError;
pub use header::Field;
