//! The server's side of an exchange.

use alloc::string::String;
use alloc::vec::Vec;

use super::binding::ChannelBinding;
#[cfg(feature = "cram-md5")]
use super::cram_md5;
use super::hash::Hash;
use super::scram::{Keys, StoredSecret};
use super::{Credentials, ExchangeError, Mechanism, Wiped, anonymous, external, login, oauth, plain, scram};
use crate::unicode::Unicode;

/// What an exchange needs of the server.
#[derive(Debug, Clone)]
pub struct ServerTerms {
    /// The server's name.
    pub name: String,
    /// Random octets, 18 or more, for this exchange alone.
    pub nonce: Vec<u8>,
    /// What makes up salts: it has to stay the same, or who asks twice knows who is unknown.
    pub pepper: Wiped,
    /// How often passwords are hashed that are known in clear, and those of nobody.
    pub iterations: u32,
    /// What the connection can be bound to.
    pub bindings: Vec<ChannelBinding>,
    /// A -PLUS mechanism is on offer.
    pub plus_offered: bool,
    /// Who knows about text outside ASCII.
    pub unicode: Unicode,
}

impl ServerTerms {
    /// The nonce of one exchange of several: the same octets and number give the same nonce, and one nonce does not tell
    /// the next.
    pub fn nonce(entropy: &[u8], exchange: u32) -> Vec<u8> {
        let mut nonce = Hash::Sha256.hmac(entropy, &exchange.to_be_bytes()).reveal().to_vec();
        nonce.truncate(18);
        nonce
    }

    /// A salt for a user who has none, always the same.
    pub(super) fn salt(&self, user: &str) -> Vec<u8> {
        let mut salt = Hash::Sha256.hmac(&self.pepper, user.as_bytes()).reveal().to_vec();
        salt.truncate(16);
        salt
    }

    /// Keys for a user who has none: they are read as somebody's are, and verify nobody, as nobody knows what hashes to
    /// them. They cost no more than stored ones: a password is not hashed for either.
    pub(super) fn nobodys_keys(&self, hash: Hash, user: &str) -> Keys {
        let key = hash.hmac(&self.pepper, &[b"keys\0", user.as_bytes()].concat());
        Keys { stored: key.clone(), server: key }
    }
}

/// The server's side of an exchange.
#[derive(Debug)]
pub struct Server {
    role: Role,
    unicode: Unicode,
}

#[derive(Debug)]
enum Role {
    Plain,
    External,
    Anonymous,
    OAuth(oauth::Form),
    Login(login::Server),
    Scram(scram::Server),
    #[cfg(feature = "cram-md5")]
    CramMd5(cram_md5::Server),
    #[cfg(not(feature = "cram-md5"))]
    Absent,
}

/// What a server does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this challenge and wait.
    Challenge(Vec<u8>),
    /// All is said: are these right?
    Credentials(Credentials),
    /// What is known of this user? By [`Server::secret`].
    Secret {
        /// Whose secret.
        user: String,
        /// Whom the user wants to act for.
        authzid: Option<String>,
    },
    /// The user has proven to be this one.
    Authenticated {
        /// Who.
        user: String,
    },
}

impl Mechanism {
    /// Begins the server's side.
    pub fn server(self, terms: ServerTerms) -> Server {
        let unicode = terms.unicode;
        let role = match self {
            Self::ScramSha256Plus | Self::ScramSha256 | Self::ScramSha1Plus | Self::ScramSha1 => {
                let hash = self.scram().unwrap_or(Hash::Sha256);
                Role::Scram(scram::Server::new(hash, self.is_plus(), terms))
            }
            Self::OAuthBearer => Role::OAuth(oauth::Form::Bearer),
            Self::XOAuth2 => Role::OAuth(oauth::Form::Google),
            #[cfg(feature = "cram-md5")]
            Self::CramMd5 => Role::CramMd5(cram_md5::Server::new(terms)),
            #[cfg(not(feature = "cram-md5"))]
            Self::CramMd5 => Role::Absent,
            Self::Plain => Role::Plain,
            Self::Login => Role::Login(login::Server::default()),
            Self::External => Role::External,
            Self::Anonymous => Role::Anonymous,
        };
        Server { role, unicode }
    }
}

impl Server {
    /// Takes what the client said: the initial response or the answer to a challenge; `None` is no initial response.
    pub fn respond(&mut self, response: Option<&[u8]>) -> Result<Step, ExchangeError> {
        match &mut self.role {
            Role::Plain => plain::respond(response, self.unicode),
            Role::External => external::respond(response, self.unicode),
            Role::Anonymous => anonymous::respond(response),
            Role::OAuth(form) => oauth::respond(*form, response, self.unicode),
            Role::Login(server) => server.respond(response, self.unicode),
            Role::Scram(server) => server.respond(response),
            #[cfg(feature = "cram-md5")]
            Role::CramMd5(server) => server.respond(response),
            #[cfg(not(feature = "cram-md5"))]
            Role::Absent => Err(ExchangeError::NotBuiltIn),
        }
    }

    /// Answers [`Step::Secret`]; `None` where there is no such user. The client hears of that only in the end, where it
    /// looks like a wrong password.
    pub fn secret(&mut self, secret: Option<StoredSecret>) -> Result<Step, ExchangeError> {
        match &mut self.role {
            Role::Scram(server) => server.secret(secret),
            #[cfg(feature = "cram-md5")]
            Role::CramMd5(server) => server.secret(secret.as_ref()),
            _ => Err(ExchangeError::Malformed),
        }
    }

    /// What to tell the client as one more challenge when its credentials are refused, before the reply.
    pub const fn refusal(&self) -> Option<&'static [u8]> {
        match self.role {
            Role::OAuth(form) => Some(oauth::refusal(form)),
            _ => None,
        }
    }
}
