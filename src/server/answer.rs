//! What the host's answers do.

use alloc::format;

use super::session::Session;
use super::state::{Question, State};
use super::{Answer, Event, Output, ProtocolError, Server};
use crate::wire::reply::{EnhancedCode, Reply};

impl Server {
    /// Does what the host's answer says.
    pub(super) fn answered(&mut self, mut session: Session, question: Question, answer: Answer) {
        if matches!(question, Question::Message) {
            session.transaction = None;
        }
        let text = match answer {
            Answer::Accept(text) => text,
            Answer::Refuse(reply) => {
                session.barred |= matches!(question, Question::Connect);
                session.refused_logins += u32::from(matches!(question, Question::Auth { .. }));
                let refused_logins = session.refused_logins;
                self.state = State::Command(session);
                self.reply(&reply);
                if matches!(reply.code(), 421 | 521) {
                    self.finish(None);
                } else if refused_logins >= self.config.limits.logins {
                    self.fail_with(ProtocolError::TooManyFaults);
                }
                return;
            }
        };
        let text = text.as_deref();
        match question {
            Question::Connect => {
                let greeting = format!("{} {}", self.config.name, text.unwrap_or(&self.config.greeting));
                self.reply(&Reply::new(220, None, &greeting));
                self.state = State::Command(session);
            }
            Question::Auth { user } => {
                self.reply(&Reply::new(
                    235,
                    Some(EnhancedCode::new(2, 7, 0)),
                    text.unwrap_or("Authenticated"),
                ));
                self.outputs.push_back(Output::Event(Event::Authenticated { user: user.clone() }));
                session.user = Some(user);
                self.state = State::Command(session);
            }
            Question::Mail(transaction) => {
                session.transaction = Some(transaction);
                self.ok(session, (2, 1, 0), text.unwrap_or("OK"));
            }
            Question::Rcpt(to) => {
                if let Some(transaction) = &mut session.transaction {
                    transaction.to.push(to);
                }
                self.ok(session, (2, 1, 5), text.unwrap_or("OK"));
            }
            Question::Message => self.ok(session, (2, 0, 0), text.unwrap_or("OK")),
            Question::Vrfy | Question::Expn => match text {
                Some(text) => self.ok(session, (2, 1, 5), text),
                None => {
                    let reply =
                        Reply::new(252, Some(EnhancedCode::new(2, 5, 0)), "Cannot tell; send it and see");
                    self.reply(&reply);
                    self.state = State::Command(session);
                }
            },
        }
    }
}
