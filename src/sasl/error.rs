//! Why an exchange cannot go on.

use core::fmt;

/// What is wrong with an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeError {
    /// The server asks for more than the mechanism has to say.
    TooManyChallenges,
    /// A message does not have the mechanism's form, or holds what cannot be in a name or a password.
    Malformed,
    /// An extension that has to be understood (`m=`, RFC 5802 section 5.1).
    MandatoryExtension,
    /// The other side's nonce does not go on from ours.
    Nonce,
    /// There are no random octets to make a nonce of.
    NoNonce,
    /// The server wants the password hashed fewer or more times than is allowed.
    Iterations,
    /// The server has given a wrong proof: it does not know the password.
    Signature,
    /// The server says that all is well, and has not proven itself.
    Unproven,
    /// The client's proof is wrong, or there is no such user.
    Proof,
    /// The client is bound to another TLS connection than this one: somebody is in between.
    Binding,
    /// The client binds to something that is not there.
    BindingType,
    /// The mechanism is only known by name: see the features `scram` and `cram-md5`.
    NotBuiltIn,
    /// The client was kept from seeing that channel binding is offered: somebody is in between.
    Downgrade,
}

impl ExchangeError {
    /// All there are, each in the place of its number.
    pub const ALL: &[Self] = &[
        Self::TooManyChallenges,
        Self::Malformed,
        Self::MandatoryExtension,
        Self::Nonce,
        Self::NoNonce,
        Self::Iterations,
        Self::Signature,
        Self::Unproven,
        Self::Proof,
        Self::Binding,
        Self::BindingType,
        Self::NotBuiltIn,
        Self::Downgrade,
    ];

    /// True for a server that does not believe its client, as opposed to one that does not understand it.
    pub const fn is_denial(self) -> bool {
        matches!(self, Self::Proof | Self::Nonce) || self.is_about_binding()
    }

    /// True where the client and the server are not at the ends of one TLS connection, or so it looks.
    pub const fn is_about_binding(self) -> bool {
        matches!(self, Self::Binding | Self::BindingType | Self::Downgrade)
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooManyChallenges => "more challenges than the mechanism has",
            Self::Malformed => "malformed response",
            Self::MandatoryExtension => "an extension that is not known",
            Self::Nonce => "the nonce is not ours",
            Self::NoNonce => {
                "SCRAM needs a nonce of random octets, and a weaker mechanism is not used in its place"
            }
            Self::Iterations => "the server's iteration count is outside the limits",
            Self::Signature => "the server does not know the password: wrong signature",
            Self::Unproven => "success without the server's proof",
            Self::Proof => "authentication failed",
            Self::Binding => "channel bindings do not match",
            Self::BindingType => "unsupported channel binding type",
            Self::NotBuiltIn => "this build does not have the mechanism",
            Self::Downgrade => "the server does support channel binding",
        })
    }
}

impl core::error::Error for ExchangeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_in_its_place() {
        for (place, &error) in ExchangeError::ALL.iter().enumerate() {
            assert_eq!(error as usize, place, "{error}");
        }
        assert_eq!(ExchangeError::ALL.len(), ExchangeError::Downgrade as usize + 1);
    }
}
