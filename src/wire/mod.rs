//! Bytes to values and back, without state of a session: each file parses and writes one thing, under its ABNF.
//!
//! Lines are framed first ([`mod@line`]) and parsed then, so that the grammar sees whole lines and nothing else. A value of
//! a type in here is valid: it was parsed, or checked when it was made, and CR, LF or NUL cannot enter one.

pub(crate) mod abnf;
pub mod address;
pub mod base64;
pub mod chunk;
pub mod command;
pub mod date_time;
pub mod dot;
pub mod ehlo;
pub mod line;
pub mod param;
pub mod proxy;
pub mod reply;
pub mod span;
pub mod status;
pub mod utf8_addr;
pub mod xtext;

pub use abnf::SyntaxError;
