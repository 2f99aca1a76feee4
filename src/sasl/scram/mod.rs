//! SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password, and neither says it.
//!
//! ```text
//! C: n,,n=user,r=NONCE                     the client's nonce
//! S: r=NONCEnonce,s=SALT,i=4096            and the server's, and how the password is salted
//! C: c=biws,r=NONCEnonce,p=PROOF           the client knows the password
//! S: v=SIGNATURE                           the server knows what is made of it
//! ```

#[cfg(feature = "scram")]
mod client;
mod keys;
mod message;
mod server;

#[cfg(feature = "scram")]
pub use client::Client;
pub use keys::{Keys, StoredSecret};
pub(super) use message::{escaped, unescaped};
pub use server::Server;

#[cfg(test)]
mod tests;
