//! LOGIN (draft-murchison-sasl-login): the user and the password, one after the other; what old servers have.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use super::{Credentials, ExchangeError, Secret, Step, text};

/// The client's side: what is still to be said.
#[derive(Debug)]
pub enum Client {
    /// The user, then the password.
    User(Credentials),
    /// The password.
    Pass(Secret),
    /// Nothing.
    Done,
}

impl Client {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self::User(credentials)
    }

    /// The challenges are not looked at: servers word them as they like, and the order is always the same.
    pub(super) fn response(&mut self) -> Option<Vec<u8>> {
        match mem::replace(self, Self::Done) {
            Self::User(Credentials { user, pass, .. }) => {
                *self = Self::Pass(pass);
                Some(user.into_bytes())
            }
            Self::Pass(pass) => Some(pass.reveal().as_bytes().to_vec()),
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
    pub(super) fn respond(&mut self, response: Option<&[u8]>) -> Result<Step, ExchangeError> {
        let Some(response) = response else {
            return Ok(Step::Challenge(b"Username:".to_vec()));
        };
        let response = text(response)?;
        if response.is_empty() {
            return Err(ExchangeError::Malformed);
        }
        match mem::take(self) {
            Self::Nothing => {
                *self = Self::User(response.into());
                Ok(Step::Challenge(b"Password:".to_vec()))
            }
            Self::User(user) => {
                Ok(Step::Credentials(Credentials { authzid: None, user, pass: Secret::new(response) }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_agree_with_and_without_an_initial_response() {
        let credentials = Credentials::new("alice", "secret");
        for initial in [true, false] {
            let (mut client, mut server) = (Client::new(credentials.clone()), Server::default());
            if !initial {
                assert_eq!(server.respond(None), Ok(Step::Challenge(b"Username:".to_vec())));
            }
            assert_eq!(
                server.respond(Some(&client.response().unwrap())),
                Ok(Step::Challenge(b"Password:".to_vec()))
            );
            assert_eq!(
                server.respond(Some(&client.response().unwrap())),
                Ok(Step::Credentials(credentials.clone()))
            );
            assert_eq!(client.response(), None);
        }
    }
}
