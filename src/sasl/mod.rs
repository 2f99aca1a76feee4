//! SASL mechanisms (RFC 4422) as AUTH carries them (RFC 4954): one a file, client and server role beside each other.

pub mod login;
pub mod plain;
mod secret;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use secret::Secret;

/// What a client proves itself with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whom to act for, if not for `user` (the authorisation identity).
    pub authzid: Option<String>,
    /// Whose password it is (the authentication identity).
    pub user: String,
    /// The password.
    pub pass: Secret,
}

impl Credentials {
    /// A user and a password.
    pub fn new(user: &str, pass: &str) -> Self {
        Self { authzid: None, user: user.into(), pass: Secret::new(pass) }
    }
}

/// The mechanisms, stronger ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 4616
    Plain,
    /// draft-murchison-sasl-login
    Login,
}

impl Mechanism {
    /// All there are, in the order of choice.
    pub const ALL: [Self; 2] = [Self::Plain, Self::Login];

    /// The name in the IANA registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    /// The mechanism of a name, in whatever case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// Begins the client's side.
    pub fn client(self, credentials: Credentials) -> Client {
        match self {
            Self::Plain => Client::Plain(plain::Client::new(credentials)),
            Self::Login => Client::Login(login::Client::new(credentials)),
        }
    }

    /// Begins the server's side.
    pub fn server(self) -> Server {
        match self {
            Self::Plain => Server::Plain(plain::Server),
            Self::Login => Server::Login(login::Server::default()),
        }
    }
}

/// The client's side of an exchange.
#[derive(Debug)]
pub enum Client {
    /// RFC 4616
    Plain(plain::Client),
    /// draft-murchison-sasl-login
    Login(login::Client),
}

impl Client {
    /// What goes with the AUTH command itself, where the mechanism lets the client speak first.
    pub fn initial(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Plain(client) => client.response(),
            Self::Login(_) => None,
        }
    }

    /// Answers a challenge.
    pub fn respond(&mut self, _challenge: &[u8]) -> Result<Vec<u8>, ExchangeError> {
        match self {
            Self::Plain(client) => client.response(),
            Self::Login(client) => client.response(),
        }
        .ok_or(ExchangeError::TooManyChallenges)
    }
}

/// The server's side of an exchange.
#[derive(Debug)]
pub enum Server {
    /// RFC 4616
    Plain(plain::Server),
    /// draft-murchison-sasl-login
    Login(login::Server),
}

/// What a server does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this challenge and wait.
    Challenge(Vec<u8>),
    /// All is said: are these right?
    Credentials(Credentials),
}

impl Server {
    /// Takes what the client said: the initial response or the answer to a challenge; `None` is no initial response.
    pub fn respond(&mut self, response: Option<&[u8]>) -> Result<Step, ExchangeError> {
        match self {
            Self::Plain(server) => server.respond(response),
            Self::Login(server) => server.respond(response),
        }
    }
}

/// Why an exchange cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeError {
    /// The server asks for more than the mechanism has to say.
    TooManyChallenges,
    /// The client's response does not have the mechanism's form.
    Malformed,
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyChallenges => "more challenges than the mechanism has",
            Self::Malformed => "malformed response",
        })
    }
}

impl core::error::Error for ExchangeError {}

/// A response as text without NUL, which both mechanisms want.
fn text(octets: &[u8]) -> Result<&str, ExchangeError> {
    core::str::from_utf8(octets).ok().filter(|text| !text.contains('\0')).ok_or(ExchangeError::Malformed)
}
