//! The bindings for JavaScript: values across the border and back. Nothing is decided here.
//!
//! No function gives a bare `JsValue`, only a `Result` of one: V8 of Node 20 and 22 inlines calls whose only result is an
//! external reference, and dies when it has to undo that while the call runs.

#[cfg(any(feature = "client", feature = "server"))]
mod address;
#[cfg(feature = "message")]
mod address_list;
#[cfg(feature = "message")]
mod charsets;
#[cfg(feature = "message")]
mod check;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "server")]
mod envelope;
#[cfg(feature = "server")]
mod grammar;
mod json;
#[cfg(feature = "message")]
mod message;
#[cfg(feature = "message")]
mod parse;
#[cfg(feature = "server")]
mod peer;
#[cfg(feature = "message")]
mod report;
#[cfg(all(target_arch = "wasm32", not(feature = "std")))]
mod runtime;
#[cfg(all(feature = "scram", feature = "cram-md5"))]
mod sasl;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "trace")]
mod trace;
mod value;
