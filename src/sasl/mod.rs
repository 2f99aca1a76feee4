//! SASL mechanisms (RFC 4422) as AUTH carries them (RFC 4954): one a file, client and server role beside each other.
//!
//! A client uses the strongest mechanism that it may use, has credentials for, and the server offers. When that fails,
//! the session fails: there is no second attempt with a weaker one, which is what an attacker would wait for.
//!
//! | | mechanism | credentials | used without being named |
//! |---|---|---|---|
//! | 1 | SCRAM-SHA-256-PLUS | password | yes, where the connection has a channel binding |
//! | 2 | SCRAM-SHA-1-PLUS | password | yes, where the connection has a channel binding |
//! | 3 | SCRAM-SHA-256 | password | yes |
//! | 4 | SCRAM-SHA-1 | password | yes |
//! | 5 | OAUTHBEARER | token | yes |
//! | 6 | XOAUTH2 | token | yes |
//! | 7 | CRAM-MD5 | password | no |
//! | 8 | PLAIN | password | yes |
//! | 9 | LOGIN | password | yes |
//! | 10 | EXTERNAL | none | no |
//! | 11 | ANONYMOUS | none | no |

mod anonymous;
pub mod binding;
mod client;
#[cfg(feature = "cram-md5")]
pub mod cram_md5;
mod credentials;
mod error;
mod external;
mod hash;
pub mod login;
mod mechanism;
pub mod oauth;
mod plain;
pub mod prepare;
pub mod scram;
mod secret;
mod server;

pub use client::{Client, ITERATIONS, Terms};
pub use credentials::{Credentials, Proof, Wiped};
pub use error::ExchangeError;
pub use hash::{Digested, Hash};
pub use mechanism::Mechanism;
pub use secret::Secret;
pub use server::{Server, ServerTerms, Step};

/// A message as text without NUL, which no mechanism lets into one of its parts.
fn text(octets: &[u8]) -> Result<&str, ExchangeError> {
    core::str::from_utf8(octets).ok().filter(|text| !text.contains('\0')).ok_or(ExchangeError::Malformed)
}
