//! The states of a session, each with what is true only then.

use core::mem;

use super::auth::{Exchange, Pending};
use super::content::Reading;
use super::session::{Content, Handshake, Session, Transaction};
use super::{Ask, Failure, Output, ProtocolError, Recipient, Server};
use crate::wire::chunk::Chunk;
use crate::wire::command::etrn::Etrn;
use crate::wire::dot;

/// Where a session is, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Phase {
    Proxy,
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
    (Phase::Proxy, "a PROXY header", Phase::Start),
    (Phase::Start, "connected", Phase::Asked),
    (Phase::Command, "MAIL, RCPT, VRFY, EXPN, ETRN, BURL", Phase::Asked),
    (Phase::Command, "AUTH with all that the mechanism needs", Phase::Asked),
    (Phase::Command, "AUTH", Phase::Auth),
    (Phase::Command, "DATA", Phase::Content),
    (Phase::Command, "BDAT", Phase::Chunk),
    (Phase::Command, "STARTTLS", Phase::Handshake),
    (Phase::Command, "XCLIENT", Phase::Start),
    (Phase::Command, "QUIT", Phase::Closed),
    (Phase::Auth, "a response, more to come", Phase::Auth),
    (Phase::Auth, "the last response", Phase::Asked),
    (Phase::Auth, "the last response, or *", Phase::Command),
    (Phase::Content, "CRLF . CRLF", Phase::Asked),
    (Phase::Content, "CRLF . CRLF, too large", Phase::Command),
    (Phase::Chunk, "all octets", Phase::Command),
    (Phase::Chunk, "all octets, LAST", Phase::Asked),
    (Phase::Asked, "an answer", Phase::Command),
    (Phase::Asked, "what is known of a user, or a token refused", Phase::Auth),
    (Phase::Asked, "421", Phase::Closed),
    (Phase::Handshake, "TLS", Phase::Command),
];

#[derive(Debug)]
pub(super) enum State {
    /// A proxy is to say for whom it speaks.
    Proxy(Session),
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

/// What the host was asked, and what depends on it.
#[derive(Debug)]
pub(super) enum Question {
    Connect,
    Auth(Pending),
    Mail(Transaction),
    Rcpt(Recipient),
    Message,
    Vrfy,
    Expn,
    Etrn(Etrn),
    Burl { last: bool },
}

impl State {
    pub fn phase(&self) -> Phase {
        match self {
            Self::Proxy(_) => Phase::Proxy,
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
            Self::Proxy(session) | Self::Start(session) | Self::Command(session) => {
                session.transaction.is_none()
            }
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
            State::Proxy(session) => self.read_proxy(session),
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

    pub(super) fn ask(&mut self, session: Session, question: Question, ask: Ask) {
        self.state = State::Asked(session, question);
        self.outputs.push_back(Output::Ask(ask));
    }
}
