//! What is made of a password (RFC 5802 section 3), and what a server keeps of it.

use alloc::vec::Vec;

use super::super::hash::{Digested, Hash};
use super::super::{Secret, Wiped};

/// What a server knows of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredSecret {
    /// The password itself: good for SCRAM with any hash, and for CRAM-MD5.
    Password(Secret),
    /// What SCRAM with one hash needs. Nobody can log in with it elsewhere.
    Scram {
        /// What the password was salted with.
        salt: Vec<u8>,
        /// How often it was hashed.
        iterations: u32,
        /// The keys.
        keys: Keys,
    },
}

/// The two keys that verify a client and prove the server to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// `StoredKey`
    pub stored: Digested,
    /// `ServerKey`
    pub server: Digested,
}

impl Keys {
    /// The keys that belong to a prepared password.
    pub fn derive(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Self {
        let salted = hash.hi(password.as_bytes(), salt, iterations);
        Self { stored: hash.hash(&client_key(hash, &salted)), server: server_key(hash, &salted) }
    }
}

/// ```text
/// ClientKey := HMAC(SaltedPassword, "Client Key")
/// ```
pub(super) fn client_key(hash: Hash, salted: &Digested) -> Digested {
    hash.hmac(salted.reveal(), b"Client Key")
}

/// ```text
/// ServerKey := HMAC(SaltedPassword, "Server Key")
/// ```
pub(super) fn server_key(hash: Hash, salted: &Digested) -> Digested {
    hash.hmac(salted.reveal(), b"Server Key")
}

/// ```text
/// AuthMessage := client-first-message-bare + "," + server-first-message + "," + client-final-message-without-proof
/// ```
pub(super) fn auth_message(client_first_bare: &str, server_first: &str, client_final: &str) -> Wiped {
    Wiped::new([client_first_bare.as_bytes(), server_first.as_bytes(), client_final.as_bytes()].join(&b','))
}
