//! How a client breaks the protocol, and the reply to each way: one table.

use alloc::string::{String, ToString};
use core::fmt;

use crate::sasl::ExchangeError;
use crate::wire::SyntaxError;
use crate::wire::command::CommandError;
use crate::wire::line::LineError;
use crate::wire::reply::{EnhancedCode, Reply};

/// What a client did that it may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolError {
    /// A line that is none.
    Line(LineError),
    /// A verb that nobody knows.
    Unrecognised,
    /// A known verb with something wrong behind it.
    Syntax(SyntaxError),
    /// A command of an extension that is not on offer.
    NotOffered(&'static str),
    /// A command that has to come later, or earlier.
    Sequence(&'static str),
    /// DATA or BDAT without a recipient that was accepted.
    NoRecipients,
    /// A parameter that nobody knows, or of an extension that is not on offer.
    UnknownParameter(String),
    /// A parameter with a value that it cannot have.
    ParameterValue(&'static str, SyntaxError),
    /// A parameter with a value of an extension that is not on offer.
    ParameterNotOffered(&'static str),
    /// A parameter that asks for more than the reply to EHLO says.
    OutOfBounds(&'static str),
    /// Two parameters that cannot stand together.
    Conflict(&'static str, &'static str),
    /// A message over the limit, in octets.
    TooLarge(u64),
    /// More recipients than the limit.
    TooManyRecipients(usize),
    /// Recipients of more domains than the limit.
    TooManyDomains(usize),
    /// An address outside ASCII without SMTPUTF8.
    NeedsUtf8,
    /// Bytes behind STARTTLS that would have counted as encrypted (RFC 3207 section 6).
    Residue,
    /// AUTH in clear.
    NeedsTls,
    /// A mechanism that is not on offer.
    Mechanism,
    /// A response longer than the limit, in octets.
    ResponseTooLong(usize),
    /// A response that is no base64.
    Base64(SyntaxError),
    /// A response that does not have the mechanism's form.
    Exchange(ExchangeError),
    /// The client gave the exchange up.
    Cancelled,
    /// More faults, or refused recipients or credentials, than the limit.
    TooManyFaults,
    /// More commands than the limit, and no message.
    TooManyCommands,
    /// More messages than the limit.
    TooManyMessages(u32),
    /// XCLIENT or XFORWARD of a client that is not trusted.
    NotTrusted(&'static str),
    /// An attribute of XCLIENT or XFORWARD that nobody knows, or with a value that it cannot have.
    Attribute(String),
    /// Something else than a PROXY header where one has to be.
    Proxy(SyntaxError),
    /// Nothing came for too long.
    Timeout,
}

impl ProtocolError {
    /// The reply that the client gets.
    pub fn reply(&self) -> Reply {
        let (code, (class, subject, detail)) = match self {
            Self::Line(_) => (500, (5, 5, 2)),
            Self::ResponseTooLong(_) => (500, (5, 5, 6)),
            Self::Unrecognised => (500, (5, 5, 1)),
            Self::Syntax(_) => (501, (5, 5, 4)),
            Self::NotOffered(_) => (502, (5, 5, 1)),
            Self::Sequence(_) | Self::Residue => (503, (5, 5, 1)),
            Self::NoRecipients => (554, (5, 5, 1)),
            Self::UnknownParameter(_) | Self::ParameterNotOffered(_) => (555, (5, 5, 4)),
            Self::ParameterValue(..) | Self::OutOfBounds(_) | Self::Conflict(..) => (501, (5, 5, 4)),
            Self::TooLarge(_) => (552, (5, 3, 4)),
            Self::TooManyRecipients(_) | Self::TooManyDomains(_) => (452, (4, 5, 3)),
            Self::NeedsUtf8 => (553, (5, 6, 7)),
            Self::NeedsTls => (538, (5, 7, 11)),
            Self::Mechanism => (504, (5, 5, 4)),
            Self::Exchange(error) if error.is_denial() => (535, (5, 7, 8)),
            Self::Base64(_) | Self::Exchange(_) => (501, (5, 5, 2)),
            Self::Cancelled => (501, (5, 7, 0)),
            Self::TooManyFaults | Self::TooManyCommands | Self::TooManyMessages(_) => (421, (4, 7, 0)),
            Self::NotTrusted(_) => (550, (5, 7, 0)),
            Self::Attribute(_) => (501, (5, 5, 4)),
            Self::Proxy(_) => (500, (5, 5, 2)),
            Self::Timeout => (421, (4, 4, 2)),
        };
        Reply::new(code, Some(EnhancedCode::new(class, subject, detail)), &self.to_string())
    }

    /// True for what no client in order does. A client that pipelines cannot know that what it says is out of sequence
    /// or too much by the time it is read.
    pub const fn is_fault(&self) -> bool {
        !matches!(
            self,
            Self::Sequence(_)
                | Self::NoRecipients
                | Self::TooLarge(_)
                | Self::TooManyRecipients(_)
                | Self::TooManyDomains(_)
                | Self::UnknownParameter(_)
                | Self::ParameterNotOffered(_)
                | Self::OutOfBounds(_)
                | Self::NeedsUtf8
                | Self::Cancelled
        )
    }
}

impl From<CommandError> for ProtocolError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Unrecognised => Self::Unrecognised,
            CommandError::Syntax(error) => Self::Syntax(error),
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(error) => error.fmt(f),
            Self::Unrecognised => f.write_str("unknown command"),
            Self::Syntax(error) => error.fmt(f),
            Self::NotOffered(verb) => write!(f, "{verb} is not offered"),
            Self::Sequence(rule) => f.write_str(rule),
            Self::NoRecipients => f.write_str("no valid recipients"),
            Self::UnknownParameter(keyword) => write!(f, "unknown parameter {keyword}"),
            Self::ParameterValue(keyword, error) => write!(f, "parameter {keyword}: {error} of its value"),
            Self::ParameterNotOffered(keyword) => {
                write!(f, "this value of parameter {keyword} is not offered")
            }
            Self::OutOfBounds(keyword) => write!(f, "parameter {keyword} asks for more than is offered"),
            Self::Conflict(one, other) => write!(f, "{one} and {other} cannot stand together"),
            Self::TooLarge(size) => write!(f, "a message may have {size} octets at most"),
            Self::TooManyRecipients(limit) => write!(f, "a message may have {limit} recipients at most"),
            Self::TooManyDomains(limit) => {
                write!(f, "a session may have recipients of {limit} domains at most")
            }
            Self::NeedsUtf8 => f.write_str("an address outside ASCII needs SMTPUTF8"),
            Self::Residue => f.write_str("nothing may follow STARTTLS before the handshake"),
            Self::NeedsTls => f.write_str("AUTH needs TLS: say STARTTLS first"),
            Self::Mechanism => f.write_str("mechanism not offered"),
            Self::ResponseTooLong(limit) => write!(f, "line longer than {limit} octets"),
            Self::Base64(error) => error.fmt(f),
            Self::Exchange(error) => error.fmt(f),
            Self::Cancelled => f.write_str("authentication cancelled"),
            Self::TooManyFaults => f.write_str("too many errors, closing"),
            Self::TooManyCommands => f.write_str("too many commands and no message, closing"),
            Self::TooManyMessages(limit) => write!(f, "a session may have {limit} messages at most, closing"),
            Self::NotTrusted(verb) => write!(f, "{verb} is not for this client"),
            Self::Attribute(name) => write!(f, "attribute {name} is unknown or has a bad value"),
            Self::Proxy(error) => write!(f, "no PROXY header: {error}"),
            Self::Timeout => f.write_str("nothing came for too long, closing"),
        }
    }
}

impl core::error::Error for ProtocolError {}

/// Why a session ended out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The connection ended without QUIT, perhaps in the middle of a message.
    Closed,
    /// The client broke the protocol beyond repair.
    Protocol(ProtocolError),
    /// The host gave up.
    Aborted(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the connection ended without QUIT"),
            Self::Protocol(error) => error.fmt(f),
            Self::Aborted(message) => f.write_str(message),
        }
    }
}

impl core::error::Error for Failure {}

/// The host broke the engine's contract. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misuse {
    /// An answer when no question is open.
    NothingAsked,
    /// An answer of a kind that the open question cannot have, or not as many verdicts as there are recipients.
    Answer,
    /// `secured` outside of a handshake, or with bytes in clear behind STARTTLS.
    NotNow,
    /// A part of the configuration is not what it has to be.
    Field {
        /// Which.
        field: &'static str,
        /// Where and why.
        error: SyntaxError,
    },
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingAsked => f.write_str("no question is open"),
            Self::Answer => f.write_str("this cannot be the answer to the open question"),
            Self::NotNow => f.write_str("no handshake was asked for"),
            Self::Field { field, error } => write!(f, "{field}: {error}"),
        }
    }
}

impl core::error::Error for Misuse {}
