//! What every command does, where a command may come.

use alloc::format;

use super::content::Reading;
use super::session::{Content, Handshake, Session, Transaction};
use super::state::{Question, State};
use super::{Ask, Discard, Event, Extension, Failure, Output, Protocol, ProtocolError, Recipient, Server};
use crate::wire::address::HostName;
use crate::wire::chunk::Chunk;
use crate::wire::command::{Command, Text};
use crate::wire::dot;
use crate::wire::reply::{EnhancedCode, Reply};

impl Server {
    pub(super) fn read_command(&mut self, session: Session) -> bool {
        // An initial response may make an AUTH line long; other lines get the shorter limit.
        let limits = self.config.limits;
        let start = self.input.line_start();
        let auth = start.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "));
        let bdat = start.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT"));
        let limit = if auth { limits.auth_line.max(limits.command_line) } else { limits.command_line };
        let command = match self.input.line(limit) {
            None => {
                self.state = State::Command(session);
                return false;
            }
            Some(Ok(line)) => Command::parse(line, &limits.path).map_err(ProtocolError::from),
            Some(Err(error)) => Err(ProtocolError::Line(error)),
        };
        match command {
            Ok(command) => self.execute(session, command),
            Err(error) => {
                self.refuse(session, error.clone());
                if bdat {
                    // Nobody knows how many octets follow: they must not be taken for commands.
                    self.fail(Failure::Protocol(error));
                }
            }
        }
        true
    }

    /// Does what a command says.
    fn execute(&mut self, mut session: Session, command: Command) {
        if session.barred && command != Command::Quit {
            let error = ProtocolError::Sequence("no service here: say QUIT");
            return match command {
                Command::Bdat { octets, last } => self.skip_chunk(session, Chunk::new(octets, last), error),
                _ => self.refuse(session, error),
            };
        }
        if says_nothing(&command) {
            self.idle_commands += 1;
            if self.idle_commands > self.config.limits.idle_commands {
                self.state = State::Command(session);
                return self.fail_with(ProtocolError::TooManyCommands);
            }
        }
        match command {
            Command::Ehlo(_) | Command::Helo(_) if self.is_lmtp() => {
                self.refuse(session, ProtocolError::Unrecognised);
            }
            Command::Lhlo(_) if !self.is_lmtp() => self.refuse(session, ProtocolError::Unrecognised),
            Command::Ehlo(name) => self.hello(session, name, "EHLO"),
            Command::Lhlo(name) => self.hello(session, name, "LHLO"),
            Command::Helo(name) => self.hello(session, name, "HELO"),
            Command::Mail { from, params } => {
                if let Err(error) = self.check_mail(&session, &from, &params) {
                    return self.refuse(session, error);
                }
                let limit = self.config.limits.messages;
                if limit > 0 && self.messages >= limit {
                    self.state = State::Command(session);
                    return self.fail_with(ProtocolError::TooManyMessages(limit));
                }
                self.messages += 1;
                let ask = Ask::Mail { from: from.clone(), params: params.clone() };
                self.ask(session, Question::Mail(Transaction::new(from, params)), ask);
            }
            Command::Rcpt { to, params } => {
                if let Err(error) = self.check_rcpt(&session, &to, &params) {
                    return self.refuse(session, error);
                }
                let recipient = Recipient { to: to.clone(), params: params.clone() };
                self.ask(session, Question::Rcpt(recipient), Ask::Rcpt { to, params });
            }
            Command::Data if session.transaction.as_ref().is_some_and(Transaction::is_binary) => {
                self.refuse(session, ProtocolError::Sequence("BINARYMIME content comes by BDAT"));
            }
            Command::Data => match self.begin_content(&mut session) {
                Ok(event) => {
                    self.outputs.push_back(Output::Event(event));
                    self.reply(&Reply::new(354, None, "End the message with a line that is a dot"));
                    let framing = dot::Decoder::default();
                    self.state = State::Content(Reading { session, framing, refusal: None });
                }
                Err(error) => self.refuse(session, error),
            },
            Command::Bdat { octets, last } if !self.offers(Extension::Chunking) => {
                self.skip_chunk(session, Chunk::new(octets, last), ProtocolError::NotOffered("BDAT"));
            }
            Command::Bdat { octets, last } => self.begin_chunk(session, Chunk::new(octets, last), octets),
            Command::Rset => {
                self.forget(&mut session);
                self.outputs.push_back(Output::Event(Event::Reset));
                self.ok(session, (2, 0, 0), "OK");
            }
            Command::Noop(_) => self.ok(session, (2, 0, 0), "OK"),
            Command::Quit => {
                self.forget(&mut session);
                let bye = format!("{} says goodbye", self.config.name);
                self.reply(&Reply::new(221, Some(EnhancedCode::new(2, 0, 0)), &bye));
                self.state = State::Closed(None);
            }
            Command::StartTls => {
                if !self.config.upgradable || !self.offers(Extension::StartTls) {
                    return self.refuse(session, ProtocolError::NotOffered("STARTTLS"));
                }
                if session.secure.is_some() {
                    return self.refuse(session, ProtocolError::Sequence("TLS is there already"));
                }
                if !self.input.is_empty() {
                    self.input.clear();
                    return self.refuse(session, ProtocolError::Residue);
                }
                self.forget(&mut session);
                self.reply(&Reply::new(220, Some(EnhancedCode::new(2, 0, 0)), "Go ahead"));
                self.outputs.push_back(Output::StartTls);
                self.state = State::Handshake(Handshake::begin());
            }
            Command::Auth { mechanism, initial } => self.authenticate(session, &mechanism, initial.as_ref()),
            Command::Vrfy(text) => self.ask(session, Question::Vrfy, Ask::Vrfy(named(text))),
            Command::Expn(text) => self.ask(session, Question::Expn, Ask::Expn(named(text))),
            Command::Help(_) => {
                let text = self.config.help.as_deref().unwrap_or(match self.config.protocol {
                    Protocol::Smtp => {
                        "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT STARTTLS AUTH VRFY EXPN HELP\nSee RFC 5321"
                    }
                    Protocol::Lmtp => {
                        "LHLO MAIL RCPT DATA BDAT RSET NOOP QUIT STARTTLS AUTH VRFY EXPN HELP\nSee RFC 2033"
                    }
                });
                self.reply(&Reply::new(214, Some(EnhancedCode::new(2, 0, 0)), text));
                self.state = State::Command(session);
            }
            Command::Etrn(etrn) if self.offers(Extension::Etrn) => {
                self.ask(session, Question::Etrn(etrn.clone()), Ask::Etrn(etrn));
            }
            Command::Burl { url, last } if self.offers(Extension::Burl) => self.begin_url(session, url, last),
            Command::Xclient(attributes) if !self.config.trust.xclient.is_empty() => {
                self.become_client(session, attributes);
            }
            Command::Xforward(attributes) if !self.config.trust.xforward.is_empty() => {
                self.take_forward(session, attributes);
            }
            Command::Etrn(_) | Command::Burl { .. } | Command::Xclient(_) | Command::Xforward(_) => {
                let verb = command.verb();
                self.refuse(session, ProtocolError::NotOffered(verb));
            }
        }
    }

    /// A command that may not be said now, or not so.
    pub(super) fn refuse(&mut self, session: Session, error: ProtocolError) {
        self.state = State::Command(session);
        self.fault(error);
    }

    pub(super) fn ok(&mut self, session: Session, (class, subject, detail): (u8, u16, u16), text: &str) {
        self.reply(&Reply::new(250, Some(EnhancedCode::new(class, subject, detail)), text));
        self.state = State::Command(session);
    }

    /// Drops the transaction; the host hears of it when content has begun.
    pub(super) fn forget(&mut self, session: &mut Session) {
        if let Some(Transaction { content: Content::Begun(_), .. }) = session.transaction.take() {
            self.outputs.push_back(Output::Event(Event::Discard(Discard::Reset)));
        }
    }

    pub(super) fn hello(&mut self, mut session: Session, name: HostName, verb: &'static str) {
        if session.transaction.is_some() {
            self.forget(&mut session);
            self.outputs.push_back(Output::Event(Event::Reset));
        }
        session.greeted = true;
        let text = if verb != "HELO" { self.offer(&session) } else { self.config.name.clone() };
        self.outputs.push_back(Output::Event(Event::Hello { name, verb }));
        self.reply(&Reply::new(250, None, &text));
        self.state = State::Command(session);
    }
}

/// Whom VRFY or EXPN asks for. `SMTPUTF8` behind it is a parameter, and no part of the name: the client takes UTF-8 in the
/// reply (RFC 6531 section 3.7.4.2).
fn named(argument: Text) -> Text {
    let name = argument.as_str().rsplit_once(' ').filter(|(_, last)| last.eq_ignore_ascii_case("SMTPUTF8"));
    name.and_then(|(name, _)| Text::parse(name.trim_end()).ok()).unwrap_or(argument)
}

/// Commands that are not about a message, or add nothing to it: so many without one are no use to anybody.
const fn says_nothing(command: &Command) -> bool {
    matches!(
        command,
        Command::Ehlo(_)
            | Command::Helo(_)
            | Command::Lhlo(_)
            | Command::Rset
            | Command::Noop(_)
            | Command::Vrfy(_)
            | Command::Expn(_)
            | Command::Help(_)
            | Command::Etrn(_)
            | Command::Xforward(_)
            | Command::Bdat { octets: 0, last: false }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RFC 6531 section 3.7.4.2 server
    #[test]
    fn the_parameter_is_no_part_of_the_name() {
        for (argument, name) in [
            ("bob", "bob"),
            ("jörg SMTPUTF8", "jörg"),
            ("The staff  smtputf8", "The staff"),
            ("SMTPUTF8", "SMTPUTF8"),
        ] {
            assert_eq!(named(Text::parse(argument).unwrap()).as_str(), name);
        }
    }
}
