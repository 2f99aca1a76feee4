//! What the host's answers do.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::auth::Pending;
use super::session::{Session, Transaction};
use super::state::{Question, State};
use super::{Answer, Config, ProtocolError, Server, Verdict};
use crate::wire::reply::{EnhancedCode, Reply};

impl Server {
    /// Does what the host's answer says.
    pub(super) fn answered(&mut self, mut session: Session, question: Question, answer: Answer) {
        match question {
            Question::Message => return self.settle(session, answer),
            Question::Burl { last } => return self.take_url(session, last, answer),
            _ => {}
        }
        if let Question::Auth(pending) = question {
            return self.auth_answered(session, pending, answer);
        }
        let text = match answer {
            Answer::Accept(text) => text,
            // `fits` lets no other question be answered so.
            Answer::Each(_) | Answer::Content(_) | Answer::Secret(_) => None,
            Answer::Refuse(reply) => {
                session.barred |= matches!(question, Question::Connect);
                let limits = self.config.limits;
                let rcpt = matches!(question, Question::Rcpt(_));
                self.state = State::Command(session);
                self.reply(&reply);
                if rcpt {
                    self.refused_recipients += 1;
                    self.slow_down();
                }
                if ends_session(&reply) {
                    self.finish(None);
                } else if self.refused_recipients >= limits.refused_recipients {
                    self.fail_with(ProtocolError::TooManyFaults);
                } else if !rcpt {
                    self.count_refusal();
                }
                return;
            }
        };
        let text = text.as_deref();
        match question {
            Question::Connect => {
                let Config { name, protocol, greeting, .. } = &self.config;
                let greeting = format!("{name} {} {}", protocol.name(), text.unwrap_or(greeting));
                self.reply(&Reply::new(220, None, &greeting));
                self.state = State::Command(session);
            }
            Question::Mail(transaction) => {
                session.transaction = Some(transaction);
                self.ok(session, (2, 1, 0), text.unwrap_or("OK"));
            }
            Question::Rcpt(to) => {
                if self.config.limits.recipient_domains > 0
                    && let Some((place, domain)) = self.new_domain(&to.to)
                {
                    self.domains.insert(place, domain);
                }
                if let Some(transaction) = &mut session.transaction {
                    transaction.to.push(to);
                }
                self.ok(session, (2, 1, 5), text.unwrap_or("OK"));
            }
            Question::Etrn(etrn) => match text {
                Some(text) => self.ok(session, (2, 0, 0), text),
                None => self.ok(session, (2, 0, 0), &format!("Queueing for {etrn} started")),
            },
            Question::Message | Question::Auth(_) | Question::Burl { .. } => {
                self.state = State::Command(session)
            }
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

    /// Says what became of a message: once, or for each recipient (RFC 2033 section 4.2, draft-hall-prdr-00 section 4.5).
    fn settle(&mut self, mut session: Session, answer: Answer) {
        let Some(transaction) = session.transaction.take() else {
            return self.state = State::Command(session);
        };
        let recipients = transaction.to.len();
        let (each, last) = match answer {
            Answer::Each(verdicts) if self.is_lmtp() => (verdicts, None),
            Answer::Each(verdicts) if transaction.is_prdr() => {
                self.reply(&Reply::new(353, None, "What became of it for each recipient:"));
                let last = joint(&verdicts);
                (verdicts, Some(last))
            }
            Answer::Each(verdicts) => (Vec::new(), Some(joint(&verdicts))),
            Answer::Accept(text) => alike(Verdict::Accept(text), self.is_lmtp().then_some(recipients)),
            Answer::Content(_) | Answer::Secret(_) => (Vec::new(), None),
            Answer::Refuse(reply) => alike(Verdict::Refuse(reply), self.is_lmtp().then_some(recipients)),
        };
        self.state = State::Command(session);
        let verdicts = each
            .iter()
            .map(|verdict| (verdict, (2, 1, 5)))
            .chain(last.iter().map(|verdict| (verdict, (2, 0, 0))));
        let (mut ends, mut stored) = (false, false);
        for (verdict, (class, subject, detail)) in verdicts {
            match verdict {
                Verdict::Accept(text) => {
                    stored = true;
                    let text = text.as_deref().unwrap_or("OK");
                    self.reply(&Reply::new(250, Some(EnhancedCode::new(class, subject, detail)), text));
                }
                Verdict::Refuse(reply) => {
                    self.reply(reply);
                    ends |= ends_session(reply);
                }
            }
        }
        if stored {
            (self.refused_recipients, self.idle_commands, self.refused_commands) = (0, 0, 0);
        }
        if ends {
            self.finish(None);
        } else if !stored {
            self.count_refusal();
        }
    }
}

/// Whether an answer is one to this question.
pub(super) fn fits(session: &Session, question: &Question, answer: &Answer) -> bool {
    match (answer, question, &session.transaction) {
        (Answer::Each(verdicts), Question::Message, Some(Transaction { to, .. })) => {
            verdicts.len() == to.len()
        }
        (Answer::Content(_), Question::Burl { .. }, _) => true,
        (Answer::Secret(_), Question::Auth(Pending::Secret { .. }), _) => true,
        (Answer::Refuse(_), ..) => true,
        (Answer::Each(_) | Answer::Content(_) | Answer::Secret(_), ..)
        | (_, Question::Burl { .. } | Question::Auth(Pending::Secret { .. }), _) => false,
        _ => true,
    }
}

/// The same for each of so many recipients, or once for all.
fn alike(verdict: Verdict, recipients: Option<usize>) -> (Vec<Verdict>, Option<Verdict>) {
    match recipients {
        Some(recipients) => (vec![verdict; recipients], None),
        None => (Vec::new(), Some(verdict)),
    }
}

/// One verdict for all: a message that was stored for anybody is stored.
fn joint(verdicts: &[Verdict]) -> Verdict {
    let stored = verdicts.iter().find(|verdict| matches!(verdict, Verdict::Accept(_)));
    stored.or(verdicts.first()).cloned().unwrap_or(Verdict::Accept(None))
}

/// RFC 5321 section 3.8, RFC 7504.
pub(super) fn ends_session(reply: &Reply) -> bool {
    matches!(reply.code(), 421 | 521)
}
