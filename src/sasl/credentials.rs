//! What a client proves itself with.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use zeroize::Zeroizing;

use super::Secret;

/// Who a client is, and how it proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whom to act for, if not for `user` (the authorisation identity).
    pub authzid: Option<String>,
    /// Whose proof it is (the authentication identity). With EXTERNAL whom to act for, with ANONYMOUS a word for the
    /// server's log; both may be empty.
    pub user: String,
    /// What it proves it with.
    pub proof: Proof,
}

/// What a client has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A password.
    Password(Secret),
    /// A token of an OAuth 2.0 server (RFC 6750).
    Token(Secret),
    /// Nothing: the server knows by other means, or lets anybody in.
    None,
}

impl Credentials {
    /// A user and a password.
    pub fn new(user: &str, pass: &str) -> Self {
        Self { authzid: None, user: user.into(), proof: Proof::Password(Secret::new(pass)) }
    }

    /// A user and a token.
    pub fn with_token(user: &str, token: &str) -> Self {
        Self { authzid: None, user: user.into(), proof: Proof::Token(Secret::new(token)) }
    }

    /// A name alone, for EXTERNAL and ANONYMOUS.
    pub fn unproven(user: &str) -> Self {
        Self { authzid: None, user: user.into(), proof: Proof::None }
    }

    /// The password or the token.
    pub fn secret(&self) -> &str {
        match &self.proof {
            Proof::Password(secret) | Proof::Token(secret) => secret.reveal(),
            Proof::None => "",
        }
    }

    /// The password, if there is one.
    pub fn pass(&self) -> Option<&str> {
        match &self.proof {
            Proof::Password(pass) => Some(pass.reveal()),
            _ => None,
        }
    }

    /// The token, if there is one.
    pub fn token(&self) -> Option<&str> {
        match &self.proof {
            Proof::Token(token) => Some(token.reveal()),
            _ => None,
        }
    }
}

/// A message that may hold a secret: overwritten when it is dropped, hidden in debug output.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wiped(Zeroizing<Vec<u8>>);

impl Wiped {
    /// Keeps a message.
    pub fn new(message: Vec<u8>) -> Self {
        Self(Zeroizing::new(message))
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(message: Vec<u8>) -> Self {
        Self::new(message)
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Wiped {
    /// The octets.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
