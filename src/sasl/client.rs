//! The client's side of an exchange.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::binding::Flag;
#[cfg(feature = "cram-md5")]
use super::cram_md5;
#[cfg(feature = "scram")]
use super::scram;
use super::{Credentials, ExchangeError, Mechanism, Proof, Wiped, anonymous, external, login, oauth, plain};
use crate::unicode::Unicode;

/// How often a server may want the password hashed. RFC 5802 section 5.1 tells servers to want 4,096 at least: fewer is
/// a server, or somebody in between, that makes guessing cheap. The most keeps a server from keeping us busy: 600,000 take
/// about a second.
pub const ITERATIONS: RangeInclusive<u32> = 4096..=600_000;

/// What an exchange needs beside the credentials.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Random octets, 18 or more; SCRAM cannot be done without.
    pub nonce: Vec<u8>,
    /// What the client says about channel binding.
    pub flag: Flag,
    /// How often the server may want the password hashed.
    pub iterations: RangeInclusive<u32>,
    /// The host and the port that were connected to, which OAUTHBEARER says to the server.
    pub server: Option<(String, u16)>,
    /// Who knows about text outside ASCII.
    pub unicode: Unicode,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            nonce: Vec::new(),
            flag: Flag::Unsupported,
            iterations: ITERATIONS,
            server: None,
            unicode: Unicode::ASCII,
        }
    }
}

/// The client's side of an exchange.
#[derive(Debug)]
pub struct Client {
    /// What is said first, until it is said.
    initial: Option<Wiped>,
    role: Role,
}

#[derive(Debug)]
enum Role {
    /// All is said with the first message.
    Message,
    Login(login::Client),
    #[cfg(feature = "scram")]
    Scram(scram::Client),
    OAuth(oauth::Client),
    #[cfg(feature = "cram-md5")]
    CramMd5(cram_md5::Client),
}

impl Mechanism {
    /// Begins the client's side.
    pub fn client(self, credentials: Credentials, terms: Terms) -> Result<Client, ExchangeError> {
        let message = |message| (Role::Message, Some(message));
        let oauth = |form| {
            let (client, message) = oauth::Client::new(form, &credentials, &terms);
            (Role::OAuth(client), Some(message))
        };
        let (role, initial) = match self {
            #[cfg(feature = "scram")]
            Self::ScramSha256Plus | Self::ScramSha256 | Self::ScramSha1Plus | Self::ScramSha1 => {
                let hash = self.scram().unwrap_or(super::Hash::Sha256);
                let (client, message) = scram::Client::new(hash, &credentials, terms)?;
                (Role::Scram(client), Some(message))
            }
            Self::OAuthBearer => oauth(oauth::Form::Bearer),
            Self::XOAuth2 => oauth(oauth::Form::Google),
            Self::Plain => message(plain::message(&credentials)),
            Self::External => message(external::message(&credentials)),
            Self::Anonymous => message(anonymous::message(&credentials)),
            Self::Login => (Role::Login(login::Client::new(credentials)), None),
            #[cfg(feature = "cram-md5")]
            Self::CramMd5 => (Role::CramMd5(cram_md5::Client::new(credentials)), None),
            #[cfg(not(all(feature = "scram", feature = "cram-md5")))]
            _ => return Err(ExchangeError::NotBuiltIn),
        };
        Ok(Client { initial, role })
    }
}

impl Client {
    /// What goes with the AUTH command itself, where the mechanism lets the client speak first. Once.
    pub fn initial(&mut self) -> Option<Wiped> {
        self.initial.take()
    }

    /// Answers a challenge.
    pub fn respond(&mut self, challenge: &[u8]) -> Result<Wiped, ExchangeError> {
        match &mut self.role {
            Role::Message => Err(ExchangeError::TooManyChallenges),
            Role::Login(client) => client.response().ok_or(ExchangeError::TooManyChallenges),
            #[cfg(feature = "scram")]
            Role::Scram(client) => client.respond(challenge),
            Role::OAuth(client) => client.respond(challenge),
            #[cfg(feature = "cram-md5")]
            Role::CramMd5(client) => client.respond(challenge),
        }
    }

    /// The server says that all is well: may it?
    pub fn succeeded(&self) -> Result<(), ExchangeError> {
        match &self.role {
            #[cfg(feature = "scram")]
            Role::Scram(client) => client.succeeded(),
            Role::OAuth(client) => client.succeeded(),
            _ => Ok(()),
        }
    }

    /// What the server has said about the failure, beside its reply.
    pub fn said(&self) -> Option<&str> {
        match &self.role {
            #[cfg(feature = "scram")]
            Role::Scram(client) => client.said(),
            Role::OAuth(client) => client.said(),
            _ => None,
        }
    }
}

impl Credentials {
    /// What cannot be sent with any mechanism: the field, the octet, and the rule.
    pub fn fault(&self) -> Option<(&'static str, usize, &'static str)> {
        let fields = [("authzid", self.authzid.as_deref().unwrap_or_default()), ("user", &self.user)];
        for (field, text) in fields {
            if let Some(at) = text.find('\0') {
                return Some((field, at, "no NUL"));
            }
        }
        match &self.proof {
            Proof::Password(pass) => pass.reveal().find('\0').map(|at| ("pass", at, "no NUL")),
            Proof::Token(token) if !oauth::is_token(token.reveal()) => Some(("token", 0, "a bearer token")),
            Proof::Token(_) => self.user.find('\x01').map(|at| ("user", at, "no control characters")),
            Proof::None => None,
        }
    }
}
