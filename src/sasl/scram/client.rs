//! The client's side of SCRAM (RFC 5802 section 5).

use alloc::format;
use alloc::string::String;
use core::mem;

use super::super::binding::Flag;
use super::super::hash::{Digested, Hash};
use super::super::prepare;
use super::super::{Credentials, ExchangeError, Secret, Terms, Wiped};
use super::keys::{auth_message, client_key, server_key};
use super::message::{self, Attributes};
use crate::wire::base64;

/// What a client knows and waits for.
#[derive(Debug)]
pub struct Client {
    hash: Hash,
    state: State,
}

#[derive(Debug)]
enum State {
    /// `server-first-message`
    First { bare: String, gs2_header: String, nonce: String, password: Secret, terms: Terms },
    /// `server-final-message` with this signature.
    Final { signature: Digested },
    /// The server has proven itself.
    Verified,
    /// The exchange has failed; the server may have said why.
    Failed(Option<&'static str>),
}

impl Client {
    pub(in super::super) fn new(
        hash: Hash,
        credentials: &Credentials,
        terms: Terms,
    ) -> Result<(Self, Wiped), ExchangeError> {
        if terms.nonce.is_empty() {
            return Err(ExchangeError::NoNonce);
        }
        let user = prepare::user(&credentials.user, terms.unicode)?;
        let password = Secret::from(prepare::password(credentials.secret(), terms.unicode)?);
        let nonce = base64::encode(&terms.nonce);
        let gs2_header = message::gs2_header(&terms.flag, credentials.authzid.as_deref());
        let bare = format!("n={},r={nonce}", message::escaped(&user));
        let initial = Wiped::new(format!("{gs2_header}{bare}").into_bytes());
        Ok((Self { hash, state: State::First { bare, gs2_header, nonce, password, terms } }, initial))
    }

    pub(in super::super) fn respond(&mut self, challenge: &[u8]) -> Result<Wiped, ExchangeError> {
        match mem::replace(&mut self.state, State::Failed(None)) {
            State::First { bare, gs2_header, nonce, password, terms } => {
                let server_first = message::message(challenge)?;
                let mut attributes = Attributes::of(server_first)?;
                if let Some(error) = message::server_error(server_first) {
                    self.state = State::Failed(Some(error));
                    return Ok(Wiped::default());
                }
                let both = message::nonce(attributes.take("r")?)?;
                if both.len() <= nonce.len() || !both.starts_with(&nonce) {
                    return Err(ExchangeError::Nonce);
                }
                let salt = message::octets(attributes.take("s")?)?;
                let iterations = message::iterations(attributes.take("i")?)?;
                attributes.end()?;
                if !terms.iterations.contains(&iterations) {
                    return Err(ExchangeError::Iterations);
                }
                let data = match &terms.flag {
                    Flag::Bound(binding) => binding.data.as_slice(),
                    Flag::Unsupported | Flag::NotOffered => &[],
                };
                let cbind_input = message::cbind_input(&gs2_header, data);
                let without_proof = format!("c={},r={both}", base64::encode(&cbind_input));
                let auth_message = auth_message(&bare, server_first, &without_proof);
                let salted = self.hash.hi(password.reveal().as_bytes(), &salt, iterations);
                let client_key = client_key(self.hash, &salted);
                let stored_key = self.hash.hash(&client_key);
                let proof = client_key.xor(&self.hash.hmac(stored_key.reveal(), &auth_message));
                let signature = self.hash.hmac(server_key(self.hash, &salted).reveal(), &auth_message);
                self.state = State::Final { signature };
                Ok(Wiped::new(format!("{without_proof},p={}", base64::encode(proof.reveal())).into_bytes()))
            }
            State::Final { signature } => {
                let server_final = message::message(challenge)?;
                if let Some(error) = message::server_error(server_final) {
                    self.state = State::Failed(Some(error));
                    return Ok(Wiped::default());
                }
                let mut attributes = Attributes::of(server_final)?;
                let theirs = Digested::from(message::octets(attributes.take("v")?)?);
                attributes.end()?;
                if theirs != signature {
                    return Err(ExchangeError::Signature);
                }
                self.state = State::Verified;
                Ok(Wiped::default())
            }
            State::Verified | State::Failed(_) => Err(ExchangeError::TooManyChallenges),
        }
    }

    pub(in super::super) fn succeeded(&self) -> Result<(), ExchangeError> {
        match self.state {
            State::Verified => Ok(()),
            _ => Err(ExchangeError::Unproven),
        }
    }

    pub(in super::super) fn said(&self) -> Option<&str> {
        match &self.state {
            State::Failed(said) => *said,
            _ => None,
        }
    }
}
