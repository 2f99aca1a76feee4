//! The bindings for JavaScript: values across the border and back. Nothing is decided here.
//!
//! No function gives a bare `JsValue`, only a `Result` of one: V8 of Node 20 and 22 inlines calls whose only result is an
//! external reference, and dies when it has to undo that while the call runs.

#[cfg(any(feature = "client", feature = "server"))]
mod address;
#[cfg(feature = "export-read")]
mod address_list;
#[cfg(feature = "export-read")]
mod charsets;
#[cfg(feature = "export-read")]
mod check;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "server")]
mod envelope;
#[cfg(feature = "server")]
mod grammar;
mod json;
#[cfg(feature = "export-compose")]
mod message;
#[cfg(feature = "export-read")]
mod parse;
#[cfg(feature = "server")]
mod peer;
#[cfg(feature = "export-read")]
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
