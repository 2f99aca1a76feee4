//! The states of a session, each with what is true only then, and what every command does in them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use core::mem;

use super::session::{Content, Handshake, Session, Transaction};
use super::{Answer, Ask, Auth, Config, Discard, Event, Failure, Output, ProtocolError, Server};
use crate::sasl::{self, Credentials, Mechanism, Step};
use crate::wire::address::{ForwardPath, HostName, ReversePath};
use crate::wire::base64;
use crate::wire::chunk::Chunk;
use crate::wire::command::{Command, Initial};
use crate::wire::dot;
use crate::wire::param::{Params, size_value};
use crate::wire::reply::{EnhancedCode, Reply};

/// Where a session is, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Phase {
    Start,
    Command,
    Asked,
    Auth,
    Content,
    Chunk,
    Handshake,
    Closed,
}

/// Every way from one phase to another that is not a failure, and what opens it. Failures lead to `Closed` from anywhere.
pub const TRANSITIONS: &[(Phase, &str, Phase)] = &[
    (Phase::Start, "connected", Phase::Asked),
    (Phase::Command, "MAIL, RCPT, VRFY, EXPN", Phase::Asked),
    (Phase::Command, "AUTH with all that the mechanism needs", Phase::Asked),
    (Phase::Command, "AUTH", Phase::Auth),
    (Phase::Command, "DATA", Phase::Content),
    (Phase::Command, "BDAT", Phase::Chunk),
    (Phase::Command, "STARTTLS", Phase::Handshake),
    (Phase::Command, "QUIT", Phase::Closed),
    (Phase::Auth, "a response, more to come", Phase::Auth),
    (Phase::Auth, "the last response", Phase::Asked),
    (Phase::Auth, "*", Phase::Command),
    (Phase::Content, "CRLF . CRLF", Phase::Asked),
    (Phase::Content, "CRLF . CRLF, too large", Phase::Command),
    (Phase::Chunk, "all octets", Phase::Command),
    (Phase::Chunk, "all octets, LAST", Phase::Asked),
    (Phase::Asked, "an answer", Phase::Command),
    (Phase::Asked, "421", Phase::Closed),
    (Phase::Handshake, "TLS", Phase::Command),
];

#[derive(Debug)]
pub(super) enum State {
    /// Nothing was said yet.
    Start(Session),
    /// A command is to come.
    Command(Session),
    /// The host is thinking.
    Asked(Session, Question),
    /// The client is to answer a challenge.
    Auth(Session, Exchange),
    /// Content after DATA.
    Content(Reading<dot::Decoder>),
    /// Content after BDAT.
    Chunk(Reading<Chunk>),
    Handshake(Handshake),
    Closed(Option<Failure>),
}

/// Content that is being read.
#[derive(Debug)]
pub(super) struct Reading<Framing> {
    session: Session,
    framing: Framing,
    /// The octets are not wanted; this will be said when they have all come.
    refusal: Option<ProtocolError>,
}

/// What the host was asked, and what depends on it.
#[derive(Debug)]
pub(super) enum Question {
    Connect,
    Auth { user: String },
    Mail(Transaction),
    Rcpt(ForwardPath),
    Message,
    Vrfy,
    Expn,
}

#[derive(Debug)]
pub(super) struct Exchange {
    mechanism: Mechanism,
    server: sasl::Server,
}

impl State {
    pub fn phase(&self) -> Phase {
        match self {
            Self::Start(_) => Phase::Start,
            Self::Command(_) => Phase::Command,
            Self::Asked(..) => Phase::Asked,
            Self::Auth(..) => Phase::Auth,
            Self::Content(_) => Phase::Content,
            Self::Chunk(_) => Phase::Chunk,
            Self::Handshake(_) => Phase::Handshake,
            Self::Closed(_) => Phase::Closed,
        }
    }

    /// False while the bytes on the network are TLS's, not ours, or nobody wants them yet.
    pub fn reads(&self) -> bool {
        !matches!(self, Self::Handshake(_) | Self::Asked(..))
    }

    /// A client may go now without harm.
    pub fn is_idle(&self) -> bool {
        match self {
            Self::Start(session) | Self::Command(session) => session.transaction.is_none(),
            _ => false,
        }
    }

    /// A message has begun that the host was told of.
    pub fn has_content(&self) -> bool {
        let session = match self {
            Self::Command(session) | Self::Asked(session, _) => session,
            Self::Content(reading) => &reading.session,
            Self::Chunk(reading) => &reading.session,
            _ => return false,
        };
        session
            .transaction
            .as_ref()
            .is_some_and(|transaction| matches!(transaction.content, Content::Begun(_)))
    }
}

impl Server {
    /// Reads one thing from the client; false when there is not enough of it.
    pub(super) fn advance(&mut self) -> bool {
        match mem::replace(&mut self.state, State::Closed(None)) {
            State::Start(session) => {
                self.ask(session, Question::Connect, Ask::Connect);
                true
            }
            State::Command(session) => self.read_command(session),
            State::Auth(session, exchange) => self.read_response(session, exchange),
            State::Content(reading) => self.read_content(reading),
            State::Chunk(reading) => self.read_chunk(reading),
            State::Handshake(handshake) => {
                let residue = !self.input.is_empty();
                self.state = State::Handshake(handshake);
                if residue {
                    self.fail(Failure::Protocol(ProtocolError::Residue));
                }
                residue
            }
            state @ (State::Asked(..) | State::Closed(_)) => {
                self.state = state;
                false
            }
        }
    }

    fn ask(&mut self, session: Session, question: Question, ask: Ask) {
        self.state = State::Asked(session, question);
        self.outputs.push_back(Output::Ask(ask));
    }

    fn read_command(&mut self, session: Session) -> bool {
        // An initial response may make an AUTH line long; other lines get the shorter limit.
        let limits = self.config.limits;
        let auth = self.input.rest().get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "));
        let limit = if auth { limits.auth_line.max(limits.command_line) } else { limits.command_line };
        let bdat = self.input.rest().get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT"));
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
        let extensions = self.config.extensions;
        if session.barred && command != Command::Quit {
            return self.refuse(session, ProtocolError::Sequence("no service here: say QUIT"));
        }
        match command {
            Command::Ehlo(name) => self.hello(session, name, true),
            Command::Helo(name) => self.hello(session, name, false),
            Command::Mail { from, params } => {
                if let Err(error) = self.check_mail(&session, &from, &params) {
                    return self.refuse(session, error);
                }
                let ask = Ask::Mail { from: from.clone(), params: params.clone() };
                self.ask(session, Question::Mail(Transaction::new(from, params)), ask);
            }
            Command::Rcpt { to, params } => {
                if let Err(error) = self.check_rcpt(&session, &to, &params) {
                    return self.refuse(session, error);
                }
                self.ask(session, Question::Rcpt(to.clone()), Ask::Rcpt { to, params });
            }
            Command::Data => match begin_content(&mut session) {
                Ok(event) => {
                    self.outputs.push_back(Output::Event(event));
                    self.reply(&Reply::new(354, None, "End the message with a line that is a dot"));
                    let framing = dot::Decoder::default();
                    self.state = State::Content(Reading { session, framing, refusal: None });
                }
                Err(error) => self.refuse(session, error),
            },
            Command::Bdat { octets, last } if !extensions.chunking => {
                // The octets follow all the same, and must not be taken for commands.
                let refusal = Some(ProtocolError::NotOffered("BDAT"));
                self.state = State::Chunk(Reading { session, framing: Chunk::new(octets, last), refusal });
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
                if !self.config.upgradable || !extensions.starttls {
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
            Command::Auth { mechanism, initial } => {
                let server = match self.check_auth(&session, &mechanism) {
                    Ok(mechanism) => Exchange { mechanism, server: mechanism.server() },
                    Err(error) => return self.refuse(session, error),
                };
                self.respond(session, server, initial.as_ref().map(|Initial(octets)| octets.as_slice()));
            }
            Command::Vrfy(text) => self.ask(session, Question::Vrfy, Ask::Vrfy(text)),
            Command::Expn(text) => self.ask(session, Question::Expn, Ask::Expn(text)),
            Command::Help(_) => {
                self.reply(&Reply::new(
                    214,
                    Some(EnhancedCode::new(2, 0, 0)),
                    "EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT STARTTLS AUTH VRFY EXPN HELP\nSee RFC 5321",
                ));
                self.state = State::Command(session);
            }
        }
    }

    /// A command that may not be said now, or not so.
    fn refuse(&mut self, session: Session, error: ProtocolError) {
        self.state = State::Command(session);
        self.fault(error);
    }

    fn ok(&mut self, session: Session, (class, subject, detail): (u8, u16, u16), text: &str) {
        self.reply(&Reply::new(250, Some(EnhancedCode::new(class, subject, detail)), text));
        self.state = State::Command(session);
    }

    /// Drops the transaction; the host hears of it when content has begun.
    fn forget(&mut self, session: &mut Session) {
        if let Some(Transaction { content: Content::Begun(_), .. }) = session.transaction.take() {
            self.outputs.push_back(Output::Event(Event::Discard(Discard::Reset)));
        }
    }

    fn hello(&mut self, mut session: Session, name: HostName, extended: bool) {
        if session.transaction.is_some() {
            self.forget(&mut session);
            self.outputs.push_back(Output::Event(Event::Reset));
        }
        session.greeted = true;
        let text = if extended { offer(&self.config, &session) } else { self.config.name.clone() };
        self.outputs.push_back(Output::Event(Event::Hello { name, extended }));
        self.reply(&Reply::new(250, None, &text));
        self.state = State::Command(session);
    }

    fn check_mail(
        &self,
        session: &Session,
        from: &ReversePath,
        params: &Params,
    ) -> Result<(), ProtocolError> {
        if !session.greeted {
            return Err(ProtocolError::Sequence("say EHLO first"));
        }
        if session.transaction.is_some() {
            return Err(ProtocolError::Sequence("a message has been begun already: say RSET first"));
        }
        let extensions = self.config.extensions;
        for param in params.iter() {
            let bad = || Err(ProtocolError::ParameterValue(param.keyword().into()));
            match param.keyword().to_ascii_uppercase().as_str() {
                "SIZE" if extensions.size => match param.value().map(size_value) {
                    Some(Some(octets)) if self.config.size > 0 && octets > self.config.size => {
                        return Err(ProtocolError::TooLarge(self.config.size));
                    }
                    Some(Some(_)) => {}
                    _ => return bad(),
                },
                "BODY" if extensions.eight_bit_mime => {
                    match param.value().map(str::to_ascii_uppercase).as_deref() {
                        Some("7BIT" | "8BITMIME") => {}
                        _ => return bad(),
                    }
                }
                "SMTPUTF8" if extensions.smtputf8 => {
                    if param.value().is_some() {
                        return bad();
                    }
                }
                // RFC 4954 section 5: any client may send it, and few servers believe it.
                "AUTH" if self.config.auth.is_some() && param.value().is_some() => {}
                _ => return Err(ProtocolError::UnknownParameter(param.keyword().into())),
            }
        }
        if !from.as_str().is_ascii() && params.find("SMTPUTF8").is_none() {
            return Err(ProtocolError::NeedsUtf8);
        }
        Ok(())
    }

    fn check_rcpt(&self, session: &Session, to: &ForwardPath, params: &Params) -> Result<(), ProtocolError> {
        let Some(transaction) = &session.transaction else {
            return Err(ProtocolError::Sequence("say MAIL first"));
        };
        if transaction.content != Content::None {
            return Err(ProtocolError::Sequence("the content has begun: no more recipients"));
        }
        if let Some(param) = params.iter().next() {
            return Err(ProtocolError::UnknownParameter(param.keyword().into()));
        }
        if !to.as_str().is_ascii() && !transaction.is_utf8() {
            return Err(ProtocolError::NeedsUtf8);
        }
        let limit = self.config.limits.recipients;
        if transaction.to.len() >= limit { Err(ProtocolError::TooManyRecipients(limit)) } else { Ok(()) }
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

    fn read_response(&mut self, session: Session, exchange: Exchange) -> bool {
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

    fn read_content(&mut self, mut reading: Reading<dot::Decoder>) -> bool {
        if self.input.is_empty() {
            self.state = State::Content(reading);
            return false;
        }
        let mut body = Vec::new();
        let (octets, ended) = reading.framing.decode(self.input.rest(), &mut body);
        self.input.consume(octets);
        self.keep(&mut reading.session, &mut reading.refusal, body);
        if ended {
            self.end_content(reading.session, reading.refusal);
        } else {
            self.state = State::Content(reading);
        }
        true
    }

    fn begin_chunk(&mut self, mut session: Session, chunk: Chunk, octets: u64) {
        let begun = match &session.transaction {
            Some(Transaction { content: Content::Begun(_), .. }) => Ok(()),
            Some(Transaction { content: Content::Failed(error), .. }) => Err(error.clone()),
            _ => begin_content(&mut session).map(|event| self.outputs.push_back(Output::Event(event))),
        };
        let mut refusal = begun.err();
        if refusal.is_none() {
            self.check_size(&mut session, octets, &mut refusal);
        }
        self.state = State::Chunk(Reading { session, framing: chunk, refusal });
    }

    fn read_chunk(&mut self, mut reading: Reading<Chunk>) -> bool {
        if self.input.is_empty() && !reading.framing.is_complete() {
            self.state = State::Chunk(reading);
            return false;
        }
        let rest = self.input.rest();
        let octets = reading.framing.take(rest);
        let body = if reading.refusal.is_none() { rest[..octets].to_vec() } else { Vec::new() };
        self.input.consume(octets);
        self.keep(&mut reading.session, &mut reading.refusal, body);
        if !reading.framing.is_complete() {
            self.state = State::Chunk(reading);
        } else if reading.framing.is_last() {
            self.end_content(reading.session, reading.refusal);
        } else if let Some(error) = reading.refusal {
            self.state = State::Command(reading.session);
            self.fault(error);
        } else {
            self.ok(reading.session, (2, 0, 0), "OK");
        }
        true
    }

    /// Passes content on, as long as it is wanted and not too much.
    fn keep(&mut self, session: &mut Session, refusal: &mut Option<ProtocolError>, body: Vec<u8>) {
        if body.is_empty() || refusal.is_some() {
            return;
        }
        self.check_size(session, body.len() as u64, refusal);
        if let (Some(Transaction { content: Content::Begun(octets), .. }), None) =
            (&mut session.transaction, &refusal)
        {
            *octets += body.len() as u64;
            self.outputs.push_back(Output::Body(body));
        }
    }

    /// Gives the message up if `more` octets make it too large.
    fn check_size(&mut self, session: &mut Session, more: u64, refusal: &mut Option<ProtocolError>) {
        let Some(transaction) = &mut session.transaction else {
            return;
        };
        let Content::Begun(octets) = transaction.content else {
            return;
        };
        let size = self.config.size;
        if size > 0 && octets.saturating_add(more) > size {
            let error = ProtocolError::TooLarge(size);
            transaction.content = Content::Failed(error.clone());
            *refusal = Some(error);
            self.outputs.push_back(Output::Event(Event::Discard(Discard::TooLarge(size))));
        }
    }

    /// All content has come: is it stored?
    fn end_content(&mut self, mut session: Session, refusal: Option<ProtocolError>) {
        match refusal {
            None => self.ask(session, Question::Message, Ask::Message),
            Some(error) => {
                session.transaction.take_if(|transaction| transaction.content != Content::None);
                self.refuse(session, error);
            }
        }
    }

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

/// Marks the content as begun, if a message is there that can have some.
fn begin_content(session: &mut Session) -> Result<Event, ProtocolError> {
    let Some(transaction) = &mut session.transaction else {
        return Err(ProtocolError::Sequence("say MAIL first"));
    };
    if transaction.content != Content::None {
        return Err(ProtocolError::Sequence("the content has begun with BDAT"));
    }
    if transaction.to.is_empty() {
        return Err(ProtocolError::NoRecipients);
    }
    transaction.content = Content::Begun(0);
    let Transaction { from, params, to, .. } = transaction;
    Ok(Event::Content { from: from.clone(), params: params.clone(), to: to.clone() })
}

/// The text of the reply to EHLO.
fn offer(config: &Config, session: &Session) -> String {
    let extensions = config.extensions;
    let mut text = config.name.clone();
    let mut line = |offered: bool, keyword: &str| {
        if offered {
            text.push('\n');
            text.push_str(keyword);
        }
    };
    line(extensions.pipelining, "PIPELINING");
    line(extensions.size, &if config.size > 0 { format!("SIZE {}", config.size) } else { "SIZE".into() });
    line(extensions.eight_bit_mime, "8BITMIME");
    line(extensions.smtputf8, "SMTPUTF8");
    line(extensions.chunking, "CHUNKING");
    line(extensions.enhanced_status_codes, "ENHANCEDSTATUSCODES");
    line(extensions.starttls && config.upgradable && session.secure.is_none(), "STARTTLS");
    if let Some(auth) = config.auth.as_ref().filter(|auth| auth.insecure || session.secure.is_some()) {
        let mut mechanisms = String::from("AUTH");
        for mechanism in &auth.mechanisms {
            let _ = write!(mechanisms, " {}", mechanism.name());
        }
        line(true, &mechanisms);
    }
    line(true, "HELP");
    text
}
