//! The bindings for JavaScript: values across the border and back. Nothing is decided here.

mod client;
mod grammar;
mod message;
mod server;
mod trace;
mod value;
