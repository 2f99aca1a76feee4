//! Messages (RFC 5322, RFC 2045, RFC 2047), without a session: values to octets that any server takes, and octets of
//! whatever kind to values.
//!
//! Nothing that is made here needs 8BITMIME or SMTPUTF8 unless it is asked for: text outside ASCII is encoded. Every line
//! ends with CRLF and has at most 998 octets, headers fold at 76. What cannot be written is an error with its field and
//! octet; nothing is dropped.
//!
//! Reading never fails and never copies a body: a [`parse::Message`] is a tree of [`part::Part`]s over the octets, and what
//! is damaged is marked. [`stream::Reader`] reads what comes in pieces.

pub mod address;
pub mod base64;
pub mod build;
mod cfws;
pub mod charset;
#[cfg(feature = "check")]
pub mod check;
mod cursor;
pub mod date;
pub mod encoding;
mod entity;
mod field;
pub mod flowed;
mod header;
pub mod param;
pub mod parse;
pub mod part;
pub mod qp;
pub mod report;
pub mod stream;
pub mod uuencode;
pub mod word;

pub use entity::Limits;
pub use field::FieldError;
pub use header::Field;
#[cfg(feature = "export-read")]
pub(crate) use header::{header_fields, unfolded};
