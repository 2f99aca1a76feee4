//! A passive reader of both directions of a session: bytes to steps that a person can read.
//!
//! It takes no part in the session and decides nothing in it: it follows what both sides sent well enough to tell
//! commands, content and secrets apart, also with pipelining, in chunks, after STARTTLS and when a side misbehaves.
//!
//! ```
//! use edgepost::time::Millis;
//! use edgepost::trace::Reader;
//!
//! let mut reader = Reader::default();
//! let at = Millis::new(0);
//! let mut steps = reader.server(b"220 mx.example ESMTP\r\n", at);
//! steps.extend(reader.client(b"EHLO client.example\r\n", at));
//! steps.extend(reader.server(b"250-mx.example\r\n250 AUTH PLAIN\r\n", at));
//! steps.extend(reader.client(b"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", at));
//! let shown: Vec<String> = steps.iter().map(|step| step.to_string()).collect();
//! assert_eq!(shown, [
//!     "S: 220 mx.example ESMTP",
//!     "C: EHLO client.example",
//!     "S: 250-mx.example\nS: 250 AUTH PLAIN",
//!     "C: AUTH PLAIN [redacted]",
//! ]);
//! ```
//!
//! # Secrets
//!
//! Initial responses of AUTH are cut out, whatever the mechanism, and from an AUTH command to its final reply every line
//! of the client. A line that is no command may be a password that came too late, or the rest of an AUTH whose start
//! was not seen: such lines show only in a session that was read from its greeting on and in which nobody has said AUTH.

mod expect;
mod line;
mod reader;
mod secret;
mod step;
#[cfg(test)]
mod tests;
mod tls;

pub use reader::{Limits, Reader};
pub use step::{Kind, Side, Step};
