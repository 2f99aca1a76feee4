//! The bindings for JavaScript: values across the border and back. Nothing is decided here.

#[cfg(feature = "client")]
mod client;
mod grammar;
#[cfg(feature = "message")]
mod message;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "trace")]
mod trace;
mod value;
