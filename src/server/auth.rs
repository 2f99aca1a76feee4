//! AUTH: the exchange with a client that wants to be known (RFC 4954).

use super::session::Session;
use super::state::{Question, State};
use super::{Ask, Auth, ProtocolError, Server};
use crate::sasl::{self, Credentials, Mechanism, Step};
use crate::wire::base64;
use crate::wire::command::Initial;
use crate::wire::reply::Reply;

#[derive(Debug)]
pub(super) struct Exchange {
    mechanism: Mechanism,
    server: sasl::Server,
}

impl Server {
    /// Does what AUTH says.
    pub(super) fn authenticate(&mut self, session: Session, mechanism: &str, initial: Option<&Initial>) {
        let exchange = match self.check_auth(&session, mechanism) {
            Ok(mechanism) => Exchange { mechanism, server: mechanism.server() },
            Err(error) => return self.refuse(session, error),
        };
        self.respond(session, exchange, initial.map(|Initial(octets)| octets.as_slice()));
    }

    fn check_auth(&self, session: &Session, name: &str) -> Result<Mechanism, ProtocolError> {
        let Some(Auth { mechanisms, insecure }) = &self.config.auth else {
            return Err(ProtocolError::NotOffered("AUTH"));
        };
        if !session.greeted {
            return Err(ProtocolError::Sequence("say EHLO first"));
        }
        if session.user.is_some() {
            return Err(ProtocolError::Sequence("authenticated already"));
        }
        if session.transaction.is_some() {
            return Err(ProtocolError::Sequence("AUTH may not be said inside a message"));
        }
        if session.secure.is_none() && !insecure {
            return Err(ProtocolError::NeedsTls);
        }
        Mechanism::parse(name)
            .filter(|mechanism| mechanisms.contains(mechanism))
            .ok_or(ProtocolError::Mechanism)
    }

    pub(super) fn read_response(&mut self, session: Session, exchange: Exchange) -> bool {
        let limit = self.config.limits.auth_line;
        let response = match self.input.line(limit) {
            None => {
                self.state = State::Auth(session, exchange);
                return false;
            }
            Some(Ok(b"*")) => Err(ProtocolError::Cancelled),
            Some(Ok(line)) => core::str::from_utf8(line)
                .map_err(|error| crate::wire::SyntaxError { at: error.valid_up_to(), rule: "base64" })
                .and_then(base64::decode)
                .map_err(ProtocolError::Base64),
            Some(Err(error)) => Err(ProtocolError::Line(error)),
        };
        match response {
            Ok(response) => self.respond(session, exchange, Some(&response)),
            Err(error) => {
                self.state = State::Command(session);
                self.fault(error);
            }
        }
        true
    }

    /// Gives the mechanism what the client said.
    fn respond(&mut self, session: Session, mut exchange: Exchange, response: Option<&[u8]>) {
        match exchange.server.respond(response) {
            Ok(Step::Challenge(challenge)) => {
                self.reply(&Reply::new(334, None, &base64::encode(&challenge)));
                self.state = State::Auth(session, exchange);
            }
            Ok(Step::Credentials(credentials)) => {
                let Credentials { user, .. } = &credentials;
                let question = Question::Auth { user: user.clone() };
                self.ask(session, question, Ask::Auth { mechanism: exchange.mechanism.name(), credentials });
            }
            Err(error) => {
                self.state = State::Command(session);
                self.fault(ProtocolError::Exchange(error));
            }
        }
    }
}
