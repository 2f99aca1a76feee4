//! LOGIN (draft-murchison-sasl-login): the user and the password, one after the other; what old servers have.

use alloc::string::String;
use core::mem;

use super::prepare;
use super::{Credentials, ExchangeError, Proof, Secret, Step, Wiped, text};
use crate::unicode::Unicode;

/// The client's side: what is still to be said.
#[derive(Debug)]
pub enum Client {
    /// The user, then the password.
    User(Credentials),
    /// The password.
    Pass(Credentials),
    /// Nothing.
    Done,
}

impl Client {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self::User(credentials)
    }

    /// The challenges are not looked at: servers word them as they like, and the order is always the same.
    pub(super) fn response(&mut self) -> Option<Wiped> {
        match mem::replace(self, Self::Done) {
            Self::User(credentials) => {
                let user = credentials.user.as_bytes().to_vec();
                *self = Self::Pass(credentials);
                Some(user.into())
            }
            Self::Pass(credentials) => Some(credentials.secret().as_bytes().to_vec().into()),
            Self::Done => None,
        }
    }
}

/// The server's side: what it has heard.
#[derive(Debug, Default)]
pub enum Server {
    /// Nothing.
    #[default]
    Nothing,
    /// The user.
    User(String),
}

impl Server {
    pub(super) fn respond(
        &mut self,
        response: Option<&[u8]>,
        unicode: Unicode,
    ) -> Result<Step, ExchangeError> {
        let Some(response) = response else {
            return Ok(Step::Challenge(b"Username:".to_vec()));
        };
        let response = text(response)?;
        match mem::take(self) {
            Self::Nothing => {
                *self = Self::User(prepare::user(response, unicode)?);
                Ok(Step::Challenge(b"Password:".to_vec()))
            }
            Self::User(user) => {
                let proof = Proof::Password(Secret::from(prepare::password(response, unicode)?));
                Ok(Step::Credentials(Credentials { authzid: None, user, proof }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: LOGIN client server
    #[test]
    fn both_sides_agree_with_and_without_an_initial_response() {
        let credentials = Credentials::new("alice", "secret");
        for initial in [true, false] {
            let (mut client, mut server) = (Client::new(credentials.clone()), Server::default());
            if !initial {
                assert_eq!(server.respond(None, Unicode::ASCII), Ok(Step::Challenge(b"Username:".to_vec())));
            }
            assert_eq!(
                server.respond(Some(&client.response().unwrap()), Unicode::ASCII),
                Ok(Step::Challenge(b"Password:".to_vec()))
            );
            assert_eq!(
                server.respond(Some(&client.response().unwrap()), Unicode::ASCII),
                Ok(Step::Credentials(credentials.clone()))
            );
            assert!(client.response().is_none());
        }
    }
}
