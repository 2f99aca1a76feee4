//! Why a session or a message came to nothing: refused by the peer, broken by the peer, or misused by the host.

use alloc::string::String;
use core::fmt;

use crate::sasl::ExchangeError;
use crate::wire::SyntaxError;
use crate::wire::line::LineError;
use crate::wire::reply::{Reply, ReplyError};

/// What a session was at when something happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for the greeting.
    Greeting,
    /// EHLO or HELO.
    Ehlo,
    /// STARTTLS and the handshake.
    StartTls,
    /// AUTH.
    Auth,
    /// Nothing: the session was open and idle.
    Ready,
    /// MAIL.
    Mail,
    /// RCPT.
    Rcpt,
    /// DATA.
    Data,
    /// The content was on its way.
    Content,
    /// The content was out, its reply was not there.
    End,
    /// QUIT.
    Quit,
}

impl Stage {
    /// The stage as one word in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Ehlo => "ehlo",
            Self::StartTls => "starttls",
            Self::Auth => "auth",
            Self::Ready => "ready",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Content => "content",
            Self::End => "end",
            Self::Quit => "quit",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "waiting for the greeting",
            Self::Ehlo => "saying EHLO",
            Self::StartTls => "starting TLS",
            Self::Auth => "authenticating",
            Self::Ready => "being idle",
            Self::Mail => "sending MAIL",
            Self::Rcpt => "sending RCPT",
            Self::Data => "sending DATA",
            Self::Content => "sending content",
            Self::End => "waiting for the reply to the content",
            Self::Quit => "sending QUIT",
        })
    }
}

/// What ended a session or kept a message from being sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// During what.
    pub stage: Stage,
    /// By what.
    pub cause: Cause,
}

/// The cause of a [`Failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The server said no to something that is not a message: its greeting, EHLO, STARTTLS, AUTH, or 421 at any time.
    Refused(Reply),
    /// The server said no to the credentials, and more about it than its reply.
    Denied {
        /// What it said in the exchange: the JSON of RFC 7628 section 3.2.2, or the error of RFC 5802 section 7.
        said: String,
        /// Its reply.
        reply: Reply,
    },
    /// The server broke the protocol.
    Protocol(ProtocolError),
    /// There is no TLS and there has to be, or the host said that it failed.
    Tls(String),
    /// No reply within so many milliseconds.
    Timeout(u64),
    /// The connection ended.
    Closed,
    /// The server cannot do what the message or the configuration needs.
    Unsupported(String),
    /// The server takes no more than so many messages in a session (RFC 9422).
    Limit(u32),
    /// The host gave up.
    Aborted(String),
}

impl Cause {
    pub(super) fn unsupported(message: &str) -> Self {
        Self::Unsupported(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = self.stage;
        match &self.cause {
            Cause::Refused(reply) => write!(f, "the server refused while {stage}: {reply}"),
            Cause::Denied { said, reply } => write!(f, "the server refused while {stage}: {reply}: {said}"),
            Cause::Protocol(error) => write!(f, "the server broke the protocol while {stage}: {error}"),
            Cause::Tls(message) => write!(f, "no TLS while {stage}: {message}"),
            Cause::Timeout(after) => write!(f, "nothing happened for {after} ms while {stage}"),
            Cause::Closed => write!(f, "the connection ended while {stage}"),
            Cause::Unsupported(message) => f.write_str(message),
            Cause::Limit(most) => write!(f, "the server takes no more than {most} messages in a session"),
            Cause::Aborted(message) => write!(f, "aborted while {stage}: {message}"),
        }
    }
}

impl core::error::Error for Failure {}

/// How a server broke the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolError {
    /// A line that is none.
    Line(LineError),
    /// Lines that are no reply.
    Reply(ReplyError),
    /// A reply that cannot be an answer to what was sent.
    Unexpected(Reply),
    /// A reply when nothing was asked.
    Unsolicited(Reply),
    /// Bytes in clear behind the reply to STARTTLS, which would count as encrypted (RFC 3207 section 6).
    Residue,
    /// The AUTH exchange went wrong.
    Exchange(ExchangeError),
    /// Content was accepted although MAIL or a part of it was refused: nobody knows what was taken, and as whose.
    AcceptedAfterRefusal(Reply),
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(error) => error.fmt(f),
            Self::Reply(error) => error.fmt(f),
            Self::Unexpected(reply) => write!(f, "a reply out of order: {reply}"),
            Self::Unsolicited(reply) => write!(f, "a reply that nobody asked for: {reply}"),
            Self::Residue => f.write_str("data before the TLS handshake, after the reply to STARTTLS"),
            Self::Exchange(error) => error.fmt(f),
            Self::AcceptedAfterRefusal(reply) => {
                write!(f, "content accepted after a refusal: {reply}")
            }
        }
    }
}

impl core::error::Error for ProtocolError {}

/// The host broke the engine's contract, or gave it something that cannot be sent. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misuse {
    /// A part of the configuration or the envelope is not what it has to be.
    Field {
        /// Which.
        field: &'static str,
        /// Where and why.
        error: SyntaxError,
    },
    /// A message without recipients.
    NoRecipients,
    /// The session is over.
    Closed,
    /// Something that was not asked for, as content for a message whose turn it is not.
    NotNow,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { field, error } => write!(f, "{field}: {error}"),
            Self::NoRecipients => f.write_str("a message needs at least one recipient"),
            Self::Closed => f.write_str("the session is over"),
            Self::NotNow => f.write_str("this is only taken after the engine asked for it"),
        }
    }
}

impl core::error::Error for Misuse {}
