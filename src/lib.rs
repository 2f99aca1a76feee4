//! SMTP for the places that have no mail stack: a client and a server that do no I/O.
//!
//! The crate never touches a socket, a clock or a file. Bytes from the peer go in, and [`poll`](client::Client::poll)
//! says what to do next: write these bytes, start TLS, hand over content, answer a question, wait. That makes the same
//! engine run under threads, under any async runtime and in WebAssembly, and makes every test deterministic.
//!
//! # The map
//!
//! | layer | module | what |
//! |---|---|---|
//! | 0 | [`time`] | points in time, given by the host |
//! | 0 | [`unicode`] | normalisation and A-labels, the host's or this crate's |
//! | 1 | [`wire`] | bytes to values and back: lines, commands, replies, addresses, dot-stuffing, chunks |
//! | 2 | [`sasl`] | authentication mechanisms, both roles of each beside each other |
//! | 2 | [`message`] | RFC 5322 messages, without a session |
//! | 3 | [`client`] | the sending engine |
//! | 3 | [`server`] | the receiving engine |
//! | 3 | [`trace`] | a passive reader of both directions: bytes to steps that a person can read |
//! | 4 | `wasm` | the bindings for JavaScript |
//! | 4 | `manual` | how to drive the engines, their states and limits, what they withstand and what they speak |
//!
//! # Features
//!
//! `client`, `server`, `trace` and `message` are on by default and build alone and without `std`; `std` adds only
//! `std::error::Error` where `core` has it too, so nothing changes without it. `unicode`, also on, brings the tables for
//! text outside ASCII; without it the host may give its own. `charsets` brings those for messages in other charsets than
//! Unicode's, in the same way, and is off by default. `wasm` is the npm package's.
//!
//! # A session
//!
//! A client and a server, joined by nothing but this loop:
//!
//! ```
//! use edgepost::client::{self, Client, Envelope};
//! use edgepost::server::{self, Answer, Server};
//! use edgepost::time::Millis;
//!
//! let now = Millis::new(0);
//! let config = client::Config { tls: client::Tls::Off, ..client::Config::named("client.example") };
//! let mut client = Client::new(config, now)?;
//! let mut server = Server::new(server::Config::named("mx.example"), now)?;
//!
//! let content = b"Subject: hello\r\n\r\nFrom one engine to the other.\r\n";
//! let envelope = Envelope::new("alice@client.example", ["bob@mx.example"])?.octets(content.len() as u64);
//! client.send(envelope)?;
//! client.quit();
//!
//! let mut stored = Vec::new();
//! let mut accepted = false;
//! loop {
//!     match client.poll(now) {
//!         client::Output::Send(bytes) => server.receive(&bytes),
//!         client::Output::Body { transaction, .. } => {
//!             let piece = client.content(transaction, content, true)?;
//!             server.receive(&piece.concat());
//!         }
//!         client::Output::Event(client::Event::Outcome { outcome, .. }) => accepted = outcome.is_accepted(),
//!         client::Output::Event(_) | client::Output::StartTls | client::Output::Exchange(_) => {}
//!         client::Output::Closed(failure) => break assert_eq!(failure, None),
//!         client::Output::Wait { .. } => loop {
//!             match server.poll(now) {
//!                 server::Output::Send(bytes) => client.receive(&bytes),
//!                 server::Output::Ask(_) => server.answer(Answer::accept())?,
//!                 server::Output::Body(bytes) => stored.extend(bytes),
//!                 server::Output::Event(_) | server::Output::StartTls => {}
//!                 server::Output::Wait { .. } | server::Output::Closed(_) => break,
//!             }
//!         },
//!     }
//! }
//! assert!(accepted);
//! assert_eq!(stored, content);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]
// Who does a part of the work has little use for some of what the rest is made of.
#![cfg_attr(not(all(feature = "client", feature = "server")), allow(dead_code))]
#![cfg_attr(not(feature = "wasm"), forbid(unsafe_code))]
#![cfg_attr(feature = "wasm", deny(unsafe_code))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "client")]
pub mod client;
#[cfg(all(
    any(doc, doctest),
    feature = "client",
    feature = "server",
    feature = "message",
    feature = "trace"
))]
pub mod manual;
#[cfg(feature = "message")]
pub mod message;
pub mod sasl;
#[cfg(feature = "server")]
pub mod server;
pub mod time;
#[cfg(feature = "trace")]
pub mod trace;
pub mod unicode;
#[cfg(feature = "wasm")]
#[allow(unsafe_code, missing_docs)]
mod wasm;
pub mod wire;
