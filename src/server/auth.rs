//! AUTH: the exchange with a client that wants to be known (RFC 4954).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::session::Session;
use super::state::{Question, State};
use super::{Answer, Ask, Auth, Denial, Event, Output, ProtocolError, Server};
use crate::sasl::{self, ExchangeError, Mechanism, ServerTerms, Step, Wiped};
use crate::wire::SyntaxError;
use crate::wire::base64;
use crate::wire::command::Initial;
use crate::wire::line::LineError;
use crate::wire::reply::{EnhancedCode, Reply};

#[derive(Debug)]
pub(super) struct Exchange {
    mechanism: Mechanism,
    server: Box<sasl::Server>,
    /// Who the client says that it is, once it has.
    user: Option<String>,
    /// The host has refused already; the mechanism has one more thing to say before the client hears of it.
    refusal: Option<Reply>,
}

/// What the host was asked during an exchange.
#[derive(Debug)]
pub(super) enum Pending {
    /// Are these credentials right?
    Credentials { exchange: Exchange },
    /// What is known of this user?
    Secret { exchange: Exchange },
}

impl Server {
    /// The mechanisms that this client may use now.
    pub(super) fn mechanisms(&self, session: &Session) -> Vec<Mechanism> {
        let Some(auth) = &self.config.auth else {
            return Vec::new();
        };
        let secure = session.secure.is_some();
        let bound = secure && !self.bindings.is_empty();
        let usable = |mechanism: &Mechanism| (secure || auth.insecure) && (bound || !mechanism.is_plus());
        auth.mechanisms.iter().copied().filter(usable).collect()
    }

    /// Does what AUTH says.
    pub(super) fn authenticate(&mut self, session: Session, mechanism: &str, initial: Option<&Initial>) {
        let exchange = match self.begin(&session, mechanism) {
            Ok(exchange) => exchange,
            Err(error) => return self.refuse(session, error),
        };
        self.respond(session, exchange, initial.map(|Initial(octets)| octets.as_slice()));
        self.input.wipe();
    }

    fn begin(&mut self, session: &Session, name: &str) -> Result<Exchange, ProtocolError> {
        let Some(Auth { insecure, nonce, pepper, iterations, .. }) = &self.config.auth else {
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
        let offered = self.mechanisms(session);
        let known = Mechanism::parse(name).filter(|mechanism| offered.contains(mechanism));
        let mechanism = known.ok_or(ProtocolError::Mechanism)?;
        self.exchanges += 1;
        let terms = ServerTerms {
            name: self.config.name.clone(),
            nonce: ServerTerms::nonce(nonce, self.exchanges),
            pepper: pepper.clone(),
            iterations: *iterations,
            bindings: self.bindings.clone(),
            plus_offered: offered.iter().any(|mechanism| mechanism.is_plus()),
            unicode: self.config.unicode,
        };
        Ok(Exchange { mechanism, server: Box::new(mechanism.server(terms)), user: None, refusal: None })
    }

    pub(super) fn read_response(&mut self, mut session: Session, exchange: Exchange) -> bool {
        let limit = self.config.limits.auth_line;
        let response = match self.input.line(limit) {
            None => {
                self.state = State::Auth(session, exchange);
                return false;
            }
            Some(Ok(b"*")) => Err(ProtocolError::Cancelled),
            Some(Ok(line)) => core::str::from_utf8(line)
                .map_err(|error| SyntaxError { at: error.valid_up_to(), rule: "base64" })
                .and_then(base64::decode)
                .map(Wiped::new)
                .map_err(ProtocolError::Base64),
            Some(Err(LineError::TooLong { .. })) => Err(ProtocolError::ResponseTooLong(limit)),
            Some(Err(error)) => Err(ProtocolError::Line(error)),
        };
        self.input.wipe();
        match (response, &exchange.refusal) {
            (Ok(_), Some(refusal)) => {
                let refusal = refusal.clone();
                self.deny(session, exchange, Denial::Refused, &refusal);
            }
            (Ok(response), None) => self.respond(session, exchange, Some(&response)),
            (Err(error), refusal) => {
                if refusal.is_some() {
                    session.refused_logins += 1;
                    self.denied(exchange, Denial::Refused);
                }
                self.state = State::Command(session);
                self.fault(error);
            }
        }
        true
    }

    /// Gives the mechanism what the client said.
    fn respond(&mut self, session: Session, mut exchange: Exchange, response: Option<&[u8]>) {
        let step = exchange.server.respond(response);
        self.step(session, exchange, step);
    }

    /// Does what the mechanism says.
    fn step(&mut self, session: Session, mut exchange: Exchange, step: Result<Step, ExchangeError>) {
        let mechanism = exchange.mechanism.name();
        match step {
            Ok(Step::Challenge(challenge)) => self.challenge(session, exchange, &challenge),
            Ok(Step::Credentials(credentials)) => {
                exchange.user = Some(credentials.user.clone());
                let question = Question::Auth(Pending::Credentials { exchange });
                self.ask(session, question, Ask::Auth { mechanism, credentials });
            }
            Ok(Step::Secret { user, authzid }) => {
                exchange.user = Some(user.clone());
                let question = Question::Auth(Pending::Secret { exchange });
                self.ask(session, question, Ask::Secret { mechanism, user, authzid });
            }
            Ok(Step::Authenticated { user }) => self.welcome(session, user, None),
            Err(error) if error.is_denial() => {
                let reason = if error.is_about_binding() { Denial::Binding } else { Denial::Proof };
                self.deny(session, exchange, reason, &ProtocolError::Exchange(error).reply());
            }
            Err(error) => self.refuse(session, ProtocolError::Exchange(error)),
        }
    }

    fn challenge(&mut self, session: Session, exchange: Exchange, challenge: &[u8]) {
        self.reply(&Reply::new(334, None, &base64::encode(challenge)));
        self.state = State::Auth(session, exchange);
    }

    /// Does what the host's answer says.
    pub(super) fn auth_answered(&mut self, session: Session, pending: Pending, answer: Answer) {
        match (pending, answer) {
            (Pending::Credentials { exchange }, Answer::Accept(text)) => {
                self.welcome(session, exchange.user.unwrap_or_default(), text.as_deref());
            }
            (Pending::Secret { mut exchange }, Answer::Secret(secret)) => {
                let step = exchange.server.secret(secret);
                self.step(session, exchange, step);
            }
            (Pending::Credentials { mut exchange }, Answer::Refuse(reply)) => {
                match exchange.server.refusal().filter(|_| reply.code() >= 500 && reply.code() != 521) {
                    Some(challenge) => {
                        exchange.refusal = Some(reply);
                        self.challenge(session, exchange, challenge);
                    }
                    None => self.deny(session, exchange, Denial::Refused, &reply),
                }
            }
            (Pending::Secret { exchange }, Answer::Refuse(reply)) => {
                self.deny(session, exchange, Denial::Refused, &reply);
            }
            // `fits` lets neither be answered so.
            (
                Pending::Credentials { exchange } | Pending::Secret { exchange },
                Answer::Accept(_) | Answer::Secret(_) | Answer::Each(_) | Answer::Content(_),
            ) => {
                let reply = ProtocolError::Exchange(ExchangeError::Proof).reply();
                self.deny(session, exchange, Denial::Proof, &reply);
            }
        }
    }

    fn welcome(&mut self, mut session: Session, user: String, text: Option<&str>) {
        let text = text.unwrap_or("Authenticated");
        self.reply(&Reply::new(235, Some(EnhancedCode::new(2, 7, 0)), text));
        self.outputs.push_back(Output::Event(Event::Authenticated { user: user.clone() }));
        session.user = Some(user);
        self.state = State::Command(session);
    }

    /// Tells the host.
    fn denied(&mut self, Exchange { mechanism, user, .. }: Exchange, reason: Denial) {
        let event = Event::Denied { mechanism: mechanism.name(), user, reason };
        self.outputs.push_back(Output::Event(event));
    }

    /// Lets the client try again, if it has not done so too often. A host that cannot decide now has not denied anything.
    fn deny(&mut self, mut session: Session, exchange: Exchange, reason: Denial, reply: &Reply) {
        if reply.code() >= 500 {
            self.denied(exchange, reason);
        }
        session.refused_logins += 1;
        let refused_logins = session.refused_logins;
        self.state = State::Command(session);
        self.reply(reply);
        if matches!(reply.code(), 421 | 521) {
            self.finish(None);
        } else if refused_logins >= self.config.limits.logins {
            self.fail_with(ProtocolError::TooManyFaults);
        }
    }
}
