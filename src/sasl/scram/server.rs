//! The server's side of SCRAM (RFC 5802 section 5).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use super::super::binding::{BindingType, ChannelBinding};
use super::super::hash::{Digested, Hash};
use super::super::prepare;
use super::super::{ExchangeError, Secret, ServerTerms, Step};
use super::keys::{Keys, StoredSecret, auth_message};
use super::message::{self, Attributes};
use crate::wire::base64;

/// What a server has heard and waits for.
#[derive(Debug)]
pub struct Server {
    hash: Hash,
    /// The mechanism is the -PLUS form.
    plus: bool,
    terms: ServerTerms,
    state: State,
}

#[derive(Debug)]
enum State {
    /// `client-first-message`
    First,
    /// What the host knows of the user.
    Secret(First),
    /// `client-final-message`
    Final {
        first: First,
        server_first: String,
        nonce: String,
        keys: Keys,
    },
    /// The client's answer to the proof that the server has sent.
    Proven {
        user: String,
    },
    Done,
}

/// What the client's first message says.
#[derive(Debug)]
struct First {
    bare: String,
    cbind_input: Vec<u8>,
    client_nonce: String,
    user: String,
}

impl Server {
    pub(in super::super) fn new(hash: Hash, plus: bool, terms: ServerTerms) -> Self {
        Self { hash, plus, terms, state: State::First }
    }

    pub(in super::super) fn respond(&mut self, response: Option<&[u8]>) -> Result<Step, ExchangeError> {
        match mem::replace(&mut self.state, State::Done) {
            State::First => {
                let Some(response) = response else {
                    self.state = State::First;
                    return Ok(Step::Challenge(Vec::new()));
                };
                let (first, authzid) = self.first(message::message(response)?)?;
                let user = first.user.clone();
                self.state = State::Secret(first);
                Ok(Step::Secret { user, authzid })
            }
            State::Final { first, server_first, nonce, keys } => {
                let response = message::message(response.unwrap_or_default())?;
                let signature = self.verify(&first, &server_first, &nonce, keys, response)?;
                self.state = State::Proven { user: first.user };
                Ok(Step::Challenge(format!("v={}", base64::encode(signature.reveal())).into_bytes()))
            }
            State::Proven { user } => match response {
                Some([]) => Ok(Step::Authenticated { user }),
                _ => Err(ExchangeError::Malformed),
            },
            State::Secret(_) | State::Done => Err(ExchangeError::Malformed),
        }
    }

    /// Reads the client's first message.
    fn first(&self, message: &str) -> Result<(First, Option<String>), ExchangeError> {
        let mut parts = message.splitn(3, ',');
        let (Some(flag), Some(authzid), Some(bare)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(ExchangeError::Malformed);
        };
        let binding = self.binding(flag)?;
        let authzid = match authzid {
            "" => None,
            authzid => {
                let saslname = authzid.strip_prefix("a=").ok_or(ExchangeError::Malformed)?;
                Some(prepare::user(&message::unescaped(saslname)?, self.terms.unicode)?)
            }
        };
        let mut attributes = Attributes::of(bare)?;
        let user = message::unescaped(attributes.take("n")?)?;
        let client_nonce = message::nonce(attributes.take("r")?)?;
        attributes.end()?;
        let gs2_header = &message[..message.len() - bare.len()];
        let first = First {
            bare: bare.into(),
            cbind_input: message::cbind_input(
                gs2_header,
                binding.map_or(&[], |binding| binding.data.as_slice()),
            ),
            client_nonce: client_nonce.into(),
            user: prepare::user(&user, self.terms.unicode)?,
        };
        Ok((first, authzid))
    }

    /// What the client binds to, and whether it may say so here.
    fn binding(&self, flag: &str) -> Result<Option<&ChannelBinding>, ExchangeError> {
        match (flag, flag.strip_prefix("p=")) {
            (_, Some(name)) if self.plus => {
                let kind = BindingType::parse(name).ok_or(ExchangeError::BindingType)?;
                let mut bindings = self.terms.bindings.iter();
                bindings.find(|binding| binding.kind == kind).ok_or(ExchangeError::BindingType).map(Some)
            }
            // The client was made to believe that channel binding is not offered: somebody is in between.
            ("y", _) if self.terms.plus_offered => Err(ExchangeError::Downgrade),
            ("n" | "y", _) if !self.plus => Ok(None),
            _ => Err(ExchangeError::Malformed),
        }
    }

    /// Takes what the host knows of the user. Nobody is told that it knows nothing: then the exchange goes on, and fails
    /// in the end.
    pub(in super::super) fn secret(&mut self, secret: Option<StoredSecret>) -> Result<Step, ExchangeError> {
        let nonce = base64::encode(&self.terms.nonce);
        self.answer(secret, &nonce)
    }

    /// The answer with this nonce.
    pub(super) fn answer(
        &mut self,
        secret: Option<StoredSecret>,
        nonce: &str,
    ) -> Result<Step, ExchangeError> {
        let State::Secret(first) = mem::replace(&mut self.state, State::Done) else {
            return Err(ExchangeError::Malformed);
        };
        let (salt, iterations, keys) = match secret {
            Some(StoredSecret::Scram { salt, iterations, keys }) => (salt, iterations, keys),
            other => {
                let salt = self.terms.salt(&first.user);
                let iterations = self.terms.iterations;
                let password = match &other {
                    Some(StoredSecret::Password(password)) => {
                        prepare::password(password.reveal(), self.terms.unicode).map(Secret::from).ok()
                    }
                    _ => None,
                };
                let keys = match password {
                    Some(password) => Keys::derive(self.hash, password.reveal(), &salt, iterations),
                    None => self.terms.nobodys_keys(self.hash, &first.user),
                };
                (salt, iterations, keys)
            }
        };
        let nonce = format!("{}{nonce}", first.client_nonce);
        let server_first = format!("r={nonce},s={},i={iterations}", base64::encode(&salt));
        let challenge = server_first.clone().into_bytes();
        self.state = State::Final { first, server_first, nonce, keys };
        Ok(Step::Challenge(challenge))
    }

    /// ```text
    /// ClientSignature := HMAC(StoredKey, AuthMessage)
    /// ClientKey       := ClientProof XOR ClientSignature
    /// H(ClientKey) = StoredKey
    /// ```
    fn verify(
        &self,
        first: &First,
        server_first: &str,
        nonce: &str,
        keys: Keys,
        message: &str,
    ) -> Result<Digested, ExchangeError> {
        let (without_proof, proof) = message.rsplit_once(",p=").ok_or(ExchangeError::Malformed)?;
        let mut attributes = Attributes::of(without_proof)?;
        let cbind_input = message::octets(attributes.take("c")?)?;
        let both = attributes.take("r")?;
        attributes.end()?;
        let proof = Digested::from(message::octets(proof)?);
        if cbind_input != first.cbind_input {
            return Err(ExchangeError::Binding);
        }
        if both != nonce {
            return Err(ExchangeError::Nonce);
        }
        let auth_message = auth_message(&first.bare, server_first, without_proof);
        let client_signature = self.hash.hmac(keys.stored.reveal(), &auth_message);
        if proof.reveal().len() != self.hash.octets()
            || self.hash.hash(&proof.xor(&client_signature)) != keys.stored
        {
            return Err(ExchangeError::Proof);
        }
        Ok(self.hash.hmac(keys.server.reveal(), &auth_message))
    }
}
