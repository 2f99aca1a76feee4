//! What a person reads: one step of a session.

use alloc::string::{String, ToString};
use core::fmt;

use crate::time::Millis;
use crate::wire::reply::EnhancedCode;

/// Something that a side sent, or that happened to the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When its last octet was seen.
    pub at: Millis,
    /// Who it comes from.
    pub from: Side,
    /// What it is.
    pub kind: Kind,
    /// The line, or the lines of a reply, codes included, joined by LF. Secrets are cut out, controls are U+FFFD.
    pub text: String,
    /// Octets that went over the wire for it, line ends and stuffed dots included.
    pub octets: u64,
    /// The command, in upper case; of a reply, the command that it answers. None for what is no known command.
    pub verb: Option<&'static str>,
    /// Of a reply.
    pub code: Option<u16>,
    /// Of a reply that has one.
    pub enhanced: Option<EnhancedCode>,
}

/// Who a step comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The side that sends mail.
    Client,
    /// The side that takes it.
    Server,
    /// The connection between them.
    Link,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The server's first reply.
    Greeting,
    /// A line of the client, known to be a command or taken for one.
    Command,
    /// A reply.
    Reply,
    /// A challenge of the server, or the client's answer to it.
    Auth,
    /// A message after `DATA`, or a chunk after `BDAT`: its size, not its octets.
    Content,
    /// The connection became TLS, or what went over it cannot be read for that reason.
    Tls,
    /// A side closed, or the connection was lost.
    Closed,
    /// Neither a command nor a reply: bare CR or LF, controls, not UTF-8, cut off, or no reply code.
    Garbage,
}

impl Side {
    /// `client`, `server` or `link`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Link => "link",
        }
    }
}

impl Kind {
    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Command => "command",
            Self::Reply => "reply",
            Self::Auth => "auth",
            Self::Content => "content",
            Self::Tls => "tls",
            Self::Closed => "closed",
            Self::Garbage => "garbage",
        }
    }
}

impl Step {
    pub(super) const fn new(at: Millis, from: Side, kind: Kind, text: String, octets: u64) -> Self {
        Self { at, from, kind, text, octets, verb: None, code: None, enhanced: None }
    }

    /// Content of so many `octets`, for which `wire` went over the wire.
    pub(super) fn content(at: Millis, octets: u64, wire: u64, complete: bool) -> Self {
        let mut text = counted(octets);
        text.push_str(if complete { " of content" } else { " of content, cut off" });
        Self::new(at, Side::Client, Kind::Content, text, wire)
    }
}

/// As a transcript shows it: each line behind `C: `, `S: ` or `-- `.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.from {
            Side::Client => "C:",
            Side::Server => "S:",
            Side::Link => "--",
        };
        for (i, line) in self.text.split('\n').enumerate() {
            write!(f, "{}{who} {line}", if i == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

/// `1 octet`, `1,234 octets`
pub(super) fn counted(octets: u64) -> String {
    let digits = octets.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 8);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text.push_str(if octets == 1 { " octet" } else { " octets" });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        for (octets, text) in [
            (0, "0 octets"),
            (1, "1 octet"),
            (999, "999 octets"),
            (1000, "1,000 octets"),
            (26_214_400, "26,214,400 octets"),
            (u64::MAX, "18,446,744,073,709,551,615 octets"),
        ] {
            assert_eq!(counted(octets), text);
        }
    }
}
