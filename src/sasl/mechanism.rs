//! The mechanisms by name, and which of them a client uses.

use super::hash::Hash;
use super::{Credentials, Proof};

/// The mechanisms, stronger ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 7677, bound to the TLS connection
    ScramSha256Plus,
    /// RFC 5802, bound to the TLS connection
    ScramSha1Plus,
    /// RFC 7677
    ScramSha256,
    /// RFC 5802
    ScramSha1,
    /// RFC 7628
    OAuthBearer,
    /// Google's and Microsoft's
    XOAuth2,
    /// RFC 2195
    CramMd5,
    /// RFC 4616
    Plain,
    /// draft-murchison-sasl-login
    Login,
    /// RFC 4422 appendix A
    External,
    /// RFC 4505
    Anonymous,
}

impl Mechanism {
    /// All there are, in the order of choice.
    pub const ALL: &[Self] = &[
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::OAuthBearer,
        Self::XOAuth2,
        Self::CramMd5,
        Self::Plain,
        Self::Login,
        Self::External,
        Self::Anonymous,
    ];

    /// Those that a client uses without being told.
    pub const DEFAULT: &[Self] = &[
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::OAuthBearer,
        Self::XOAuth2,
        Self::Plain,
        Self::Login,
    ];

    /// Those that this build of the crate only knows by name: see the features `scram` and `cram-md5`.
    pub const NOT_BUILT_IN: &[Self] = match (cfg!(feature = "scram"), cfg!(feature = "cram-md5")) {
        (true, true) => &[],
        (true, false) => &[Self::CramMd5],
        (false, true) => &[Self::ScramSha256Plus, Self::ScramSha1Plus, Self::ScramSha256, Self::ScramSha1],
        (false, false) => {
            &[Self::ScramSha256Plus, Self::ScramSha1Plus, Self::ScramSha256, Self::ScramSha1, Self::CramMd5]
        }
    };

    /// The name in the IANA registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::External => "EXTERNAL",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// The mechanism of a name, in whatever case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
    }

    /// The hash of a SCRAM mechanism.
    pub const fn scram(self) -> Option<Hash> {
        match self {
            Self::ScramSha256Plus | Self::ScramSha256 => Some(Hash::Sha256),
            Self::ScramSha1Plus | Self::ScramSha1 => Some(Hash::Sha1),
            _ => None,
        }
    }

    /// True for those that need a channel binding.
    pub const fn is_plus(self) -> bool {
        matches!(self, Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// The form of a SCRAM mechanism that is bound to the TLS connection.
    pub const fn plus(self) -> Option<Self> {
        match self {
            Self::ScramSha256 => Some(Self::ScramSha256Plus),
            Self::ScramSha1 => Some(Self::ScramSha1Plus),
            _ => None,
        }
    }

    /// True when a server has to bring random octets along; a client has to for SCRAM.
    pub const fn needs_nonce(self) -> bool {
        self.scram().is_some() || matches!(self, Self::CramMd5)
    }

    /// True when what a server asks in it means nothing: the client knows what to say next.
    pub const fn ignores_challenges(self) -> bool {
        matches!(self, Self::Plain | Self::Login | Self::External | Self::Anonymous)
    }

    /// True when it can say all that the client wants to: what it has, and whom to act for. LOGIN, CRAM-MD5 and XOAUTH2
    /// have no place for another identity than the user's, and ANONYMOUS has none for any.
    pub fn suits(self, credentials: &Credentials) -> bool {
        let acts = credentials.authzid.as_deref().is_some_and(|authzid| !authzid.is_empty());
        let silent = matches!(self, Self::Login | Self::CramMd5 | Self::XOAuth2 | Self::Anonymous);
        self.takes(&credentials.proof) && !(acts && silent)
    }

    /// True when it can be done with what the client has.
    pub const fn takes(self, proof: &Proof) -> bool {
        match self {
            Self::OAuthBearer | Self::XOAuth2 => matches!(proof, Proof::Token(_)),
            Self::External | Self::Anonymous => matches!(proof, Proof::None),
            _ => matches!(proof, Proof::Password(_)),
        }
    }
}
