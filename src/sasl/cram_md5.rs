//! CRAM-MD5 (RFC 2195): the password's HMAC-MD5 of a challenge. Weak: the server needs the password in clear, and who
//! hears the exchange can try passwords at leisure. Only for servers that have nothing better, and only when named.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use core::mem;

use hmac::{Hmac, Mac};
use md5::Md5;
use subtle::ConstantTimeEq;

use super::prepare;
use super::scram::StoredSecret;
use super::{Credentials, ExchangeError, ServerTerms, Step, Wiped, text};
use crate::wire::base64;

/// The client's side: what it will answer with.
#[derive(Debug)]
pub struct Client(Option<Credentials>);

impl Client {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self(Some(credentials))
    }

    pub(super) fn respond(&mut self, challenge: &[u8]) -> Result<Wiped, ExchangeError> {
        let credentials = self.0.take().ok_or(ExchangeError::TooManyChallenges)?;
        let digest = digest(credentials.secret(), challenge);
        Ok(Wiped::new(format!("{} {digest}", credentials.user).into_bytes()))
    }
}

/// The server's side.
#[derive(Debug)]
pub struct Server {
    terms: ServerTerms,
    state: State,
}

#[derive(Debug)]
enum State {
    Begun,
    Challenged(String),
    Secret { user: String, challenge: String, digest: Wiped },
    Done,
}

impl Server {
    pub(super) fn new(terms: ServerTerms) -> Self {
        Self { terms, state: State::Begun }
    }

    pub(super) fn respond(&mut self, response: Option<&[u8]>) -> Result<Step, ExchangeError> {
        match (mem::replace(&mut self.state, State::Done), response) {
            (State::Begun, None) => {
                // The form of a Message-ID (RFC 2195 section 2); the nonce alone makes it unlike every other one.
                let unique = base64::encode(&self.terms.nonce).replace(['+', '/', '='], "-");
                let challenge = format!("<{unique}@{}>", self.terms.name);
                self.state = State::Challenged(challenge.clone());
                Ok(Step::Challenge(challenge.into_bytes()))
            }
            (State::Challenged(challenge), Some(response)) => {
                let (user, digest) = text(response)?.rsplit_once(' ').ok_or(ExchangeError::Malformed)?;
                let user = prepare::user(user, self.terms.unicode)?;
                let digest = Wiped::new(digest.as_bytes().to_vec());
                self.state = State::Secret { user: user.clone(), challenge, digest };
                Ok(Step::Secret { user, authzid: None })
            }
            // The client never speaks first.
            _ => Err(ExchangeError::Malformed),
        }
    }

    pub(super) fn secret(&mut self, secret: Option<&StoredSecret>) -> Result<Step, ExchangeError> {
        let State::Secret { user, challenge, digest: theirs } = mem::replace(&mut self.state, State::Done)
        else {
            return Err(ExchangeError::Malformed);
        };
        let Some(StoredSecret::Password(password)) = secret else {
            return Err(ExchangeError::Proof);
        };
        let ours = digest(password.reveal(), challenge.as_bytes());
        if ours.as_bytes().ct_eq(&theirs).into() {
            Ok(Step::Authenticated { user })
        } else {
            Err(ExchangeError::Proof)
        }
    }
}

/// ```abnf
/// digest = 32(DIGIT / %x61-66) ;; a hexadecimal number in lower case
/// ```
fn digest(password: &str, challenge: &[u8]) -> String {
    let mut digest = String::new();
    // HMAC takes keys of any length.
    if let Ok(mut mac) = <Hmac<Md5> as Mac>::new_from_slice(password.as_bytes()) {
        mac.update(challenge);
        for octet in mac.finalize().into_bytes() {
            let _ = write!(digest, "{octet:02x}");
        }
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RFC 2195 client
    #[test]
    fn the_example_of_rfc_2195_section_2() {
        let mut client = Client::new(Credentials::new("tim", "tanstaaftanstaaf"));
        let response = client.respond(b"<1896.697170952@postoffice.reston.mci.net>").unwrap();
        assert_eq!(response.as_slice(), b"tim b913a602c7eda7a495b4e6e7334d3890");
        assert_eq!(client.respond(b"<1@b>"), Err(ExchangeError::TooManyChallenges));
    }
}
