//! Commands (RFC 5321 section 4.1, RFC 1985, RFC 2033, RFC 3030, RFC 3207, RFC 4468, RFC 4954; Postfix's XCLIENT and
//! XFORWARD).

pub mod attributes;
pub mod etrn;
mod grammar;
pub mod url;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use nom::combinator::opt;
use nom::sequence::preceded;
use zeroize::Zeroize;

use super::abnf::{SyntaxError, text, whole};
use super::address::{ForwardPath, HostName, Limits, ReversePath};
use super::base64;
use super::param::Params;
use attributes::{Attributes, attributes};
use etrn::{Etrn, etrn};
use grammar::{alone, auth, bdat, burl, host_name, mail, rcpt, space, string};
use url::Url;

/// What a client tells a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `EHLO`, with the client's name.
    Ehlo(HostName),
    /// `HELO`, with the client's name.
    Helo(HostName),
    /// `LHLO`, with the client's name (RFC 2033).
    Lhlo(HostName),
    /// `MAIL FROM:`
    Mail {
        /// Where bounces go.
        from: ReversePath,
        /// What follows the path.
        params: Params,
    },
    /// `RCPT TO:`
    Rcpt {
        /// A recipient.
        to: ForwardPath,
        /// What follows the path.
        params: Params,
    },
    /// `DATA`
    Data,
    /// `BDAT`, followed by that many octets of content (RFC 3030).
    Bdat {
        /// Octets that follow the line.
        octets: u64,
        /// The message ends with them.
        last: bool,
    },
    /// `BURL`: content is at a URL (RFC 4468).
    Burl {
        /// Where the server is to fetch it.
        url: Url,
        /// The message ends with it.
        last: bool,
    },
    /// `RSET`
    Rset,
    /// `NOOP`, with a string that means nothing.
    Noop(Option<Text>),
    /// `QUIT`
    Quit,
    /// `STARTTLS` (RFC 3207)
    StartTls,
    /// `AUTH` (RFC 4954)
    Auth {
        /// The SASL mechanism, in upper case.
        mechanism: String,
        /// The initial response, decoded; an empty one was `=`.
        initial: Option<Initial>,
    },
    /// `VRFY`
    Vrfy(Text),
    /// `EXPN`
    Expn(Text),
    /// `HELP`
    Help(Option<Text>),
    /// `ETRN` (RFC 1985)
    Etrn(Etrn),
    /// `XCLIENT`: the session is to go on as if it were another client's.
    Xclient(Attributes),
    /// `XFORWARD`: where the next message came from.
    Xforward(Attributes),
}

/// The initial response of an AUTH command. It holds a password as often as not, and says nothing in debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Initial(pub Vec<u8>);

impl Drop for Initial {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Initial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The argument of `VRFY`, `EXPN`, `HELP` and `NOOP`: printable characters, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Checks a text.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, string, "printable characters")
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// Nobody knows this verb.
    Unrecognised,
    /// The verb is known; what follows it is wrong.
    Syntax(SyntaxError),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unrecognised => f.write_str("unknown command"),
            Self::Syntax(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for CommandError {}

/// `STARTTLS` and `XFORWARD`.
const LONGEST_VERB: usize = 8;

impl Command {
    /// Reads a line without its CRLF. Verbs and keywords may be in any case; spaces at the end do not count.
    ///
    /// ```
    /// use edgepost::wire::{address::Limits, command::Command};
    ///
    /// let command = Command::parse(b"RCPT TO:<bob@example.com> NOTIFY=NEVER", &Limits::default())?;
    /// assert_eq!(command.to_string(), "RCPT TO:<bob@example.com> NOTIFY=NEVER");
    /// # Ok::<(), edgepost::wire::command::CommandError>(())
    /// ```
    pub fn parse(line: &[u8], limits: &Limits) -> Result<Self, CommandError> {
        let line = text(line).map_err(CommandError::Syntax)?.trim_end_matches([' ', '\t']);
        let end = line.bytes().position(|octet| matches!(octet, b' ' | b'\t')).unwrap_or(line.len());
        let (verb, argument) = line.split_at(end);
        let mut upper = [0; LONGEST_VERB];
        let upper = upper.get_mut(..end).ok_or(CommandError::Unrecognised)?;
        upper.copy_from_slice(verb.as_bytes());
        upper.make_ascii_uppercase();
        let parsed = match &*upper {
            b"EHLO" => whole(argument, preceded(space, host_name), "the end of the name").map(Self::Ehlo),
            b"HELO" => whole(argument, preceded(space, host_name), "the end of the name").map(Self::Helo),
            b"LHLO" => whole(argument, preceded(space, host_name), "the end of the name").map(Self::Lhlo),
            b"MAIL" => whole(argument, preceded(space, mail(limits)), "a space"),
            b"RCPT" => whole(argument, preceded(space, rcpt(limits)), "a space"),
            b"BDAT" => whole(argument, preceded(space, bdat), "the end of the command"),
            b"BURL" => whole(argument, preceded(space, burl), "the end of the command"),
            b"AUTH" => whole(argument, preceded(space, auth), "the end of the command"),
            b"VRFY" => whole(argument, preceded(space, string), "printable characters").map(Self::Vrfy),
            b"EXPN" => whole(argument, preceded(space, string), "printable characters").map(Self::Expn),
            b"HELP" => whole(argument, opt(preceded(space, string)), "printable characters").map(Self::Help),
            b"NOOP" => whole(argument, opt(preceded(space, string)), "printable characters").map(Self::Noop),
            b"ETRN" => whole(argument, preceded(space, etrn), "the end of the name").map(Self::Etrn),
            b"XCLIENT" => whole(argument, preceded(space, attributes), "a space").map(Self::Xclient),
            b"XFORWARD" => whole(argument, preceded(space, attributes), "a space").map(Self::Xforward),
            b"DATA" => alone(argument, Self::Data),
            b"RSET" => alone(argument, Self::Rset),
            b"QUIT" => alone(argument, Self::Quit),
            b"STARTTLS" => alone(argument, Self::StartTls),
            _ => return Err(CommandError::Unrecognised),
        };
        parsed.map_err(|error| CommandError::Syntax(SyntaxError { at: end + error.at, ..error }))
    }

    /// The verb, in upper case.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Ehlo(_) => "EHLO",
            Self::Helo(_) => "HELO",
            Self::Lhlo(_) => "LHLO",
            Self::Mail { .. } => "MAIL",
            Self::Rcpt { .. } => "RCPT",
            Self::Data => "DATA",
            Self::Bdat { .. } => "BDAT",
            Self::Burl { .. } => "BURL",
            Self::Rset => "RSET",
            Self::Noop(_) => "NOOP",
            Self::Quit => "QUIT",
            Self::StartTls => "STARTTLS",
            Self::Auth { .. } => "AUTH",
            Self::Vrfy(_) => "VRFY",
            Self::Expn(_) => "EXPN",
            Self::Help(_) => "HELP",
            Self::Etrn(_) => "ETRN",
            Self::Xclient(_) => "XCLIENT",
            Self::Xforward(_) => "XFORWARD",
        }
    }

    /// Appends the line as it goes over the wire, CRLF and secrets included.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut line = String::new();
        match self {
            Self::Auth { mechanism, initial: Some(Initial(initial)) } if initial.is_empty() => {
                let _ = write!(line, "AUTH {mechanism} =");
            }
            Self::Auth { mechanism, initial: Some(Initial(initial)) } => {
                let _ = write!(line, "AUTH {mechanism} {}", base64::encode(initial));
            }
            Self::Burl { url, last } => {
                let _ = write!(line, "BURL {}{}", url.as_str(), end_marker(*last));
            }
            _ => {
                let _ = write!(line, "{self}");
            }
        }
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
        if matches!(self, Self::Auth { .. }) {
            line.zeroize();
        }
    }
}

/// The line without CRLF, fit to be shown: the initial response of AUTH and the token of a URL are not in it.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.verb();
        match self {
            Self::Ehlo(name) | Self::Helo(name) | Self::Lhlo(name) => write!(f, "{verb} {name}"),
            Self::Mail { from, params } => write!(f, "MAIL FROM:{from}{params}"),
            Self::Rcpt { to, params } => write!(f, "RCPT TO:{to}{params}"),
            Self::Bdat { octets, last } => write!(f, "BDAT {octets}{}", end_marker(*last)),
            Self::Burl { url, last } => write!(f, "BURL {url}{}", end_marker(*last)),
            Self::Etrn(etrn) => write!(f, "ETRN {etrn}"),
            Self::Xclient(attributes) | Self::Xforward(attributes) => write!(f, "{verb} {attributes}"),
            Self::Auth { mechanism, initial } => {
                write!(f, "AUTH {mechanism}{}", if initial.is_some() { " [redacted]" } else { "" })
            }
            Self::Vrfy(text) | Self::Expn(text) | Self::Help(Some(text)) | Self::Noop(Some(text)) => {
                write!(f, "{verb} {}", text.0)
            }
            Self::Data | Self::Rset | Self::Quit | Self::StartTls | Self::Help(None) | Self::Noop(None) => {
                f.write_str(verb)
            }
        }
    }
}

const fn end_marker(last: bool) -> &'static str {
    if last { " LAST" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn parse(line: &str) -> Result<Command, CommandError> {
        Command::parse(line.as_bytes(), &Limits::default())
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        for line in [
            "EHLO client.example",
            "HELO [192.0.2.1]",
            "MAIL FROM:<>",
            "MAIL FROM:<alice@example.com> SIZE=100 BODY=8BITMIME",
            "RCPT TO:<Postmaster>",
            "RCPT TO:<\"a b\"@example.com> NOTIFY=SUCCESS,FAILURE",
            "DATA",
            "BDAT 0 LAST",
            "BDAT 18446744073709551615",
            "RSET",
            "NOOP",
            "NOOP what is this",
            "QUIT",
            "STARTTLS",
            "AUTH PLAIN",
            "AUTH LOGIN =",
            "AUTH PLAIN AGEAYg==",
            "VRFY Bob",
            "EXPN list",
            "HELP",
            "HELP MAIL",
            "LHLO client.example",
            "BURL imap://h@example.com/Drafts;uid=1;urlauth=submit+h:internal:0123456789abcdef LAST",
            "BURL imap://h@example.com/Drafts;uid=1",
            "ETRN mx.example",
            "ETRN @example.com",
            "ETRN #queue",
            "XCLIENT NAME=[UNAVAILABLE] ADDR=192.0.2.1 LOGIN=a+20b",
            "XFORWARD NAME=spike.example ADDR=IPV6:2001:db8::1 X-NEW=1",
        ] {
            let command = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let mut written = Vec::new();
            command.write(&mut written);
            let again = Command::parse(&written[..written.len() - 2], &Limits::default()).unwrap();
            assert_eq!(command, again, "{line}");
            if !line.contains("Postmaster") {
                assert_eq!(written, [line.as_bytes(), b"\r\n"].concat());
            }
        }
    }

    #[test]
    fn spaces_around_a_text_are_no_part_of_it() {
        assert_eq!(Text::parse(" \tBob Example ").map(|text| text.0), Ok("Bob Example".to_string()));
        assert_eq!(parse("VRFY \tBob"), parse("VRFY Bob "));
        assert!(Text::parse("").is_err() && Text::parse(" \t").is_err());
    }

    #[test]
    fn case_and_harmless_spaces_do_not_matter() {
        assert_eq!(parse("mail from: <a@b> size=1 "), parse("MAIL FROM:<a@b> size=1"));
        assert_eq!(parse("quit  "), Ok(Command::Quit));
        assert_eq!(parse("bdat 5 last"), Ok(Command::Bdat { octets: 5, last: true }));
        assert_eq!(parse("auth plain"), Ok(Command::Auth { mechanism: "PLAIN".to_string(), initial: None }));
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (line, at) in [
            ("EHLO", 4),
            ("EHLO a b", 6),
            ("MAIL", 4),
            ("MAIL TO:<a@b>", 5),
            ("MAIL FROM:a@b", 10),
            ("MAIL FROM:<a@b", 14),
            ("MAIL FROM:<a@b>SIZE=1", 15),
            ("MAIL FROM:<a@b> SIZE=", 21),
            ("MAIL FROM:<a@b> SIZE=1 SIZE=1", 23),
            ("RCPT TO:<>", 9),
            ("RCPT TO:<a@@b>", 11),
            ("BDAT", 4),
            ("BDAT -1", 5),
            ("BDAT 18446744073709551616", 5),
            ("BDAT 5 LASTLY", 11),
            ("BDAT 5 6", 6),
            ("DATA now", 5),
            ("QUIT x", 5),
            ("AUTH PLAIN ***", 14),
            ("AUTH PLAIN AA==x", 16),
            ("VRFY", 4),
            ("LHLO", 4),
            ("LHLO a b", 6),
            ("BURL", 4),
            ("BURL imap", 9),
            ("BURL imap://a LASTLY", 18),
            ("BURL imap://a 5", 13),
            ("BURL imap://é LAST", 12),
            ("ETRN", 4),
            ("ETRN @", 6),
            ("ETRN a b", 6),
            ("XCLIENT", 7),
            ("XCLIENT NAME", 12),
            ("XCLIENT NAME=", 13),
            ("XCLIENT NAME=a NAME=b", 15),
            ("XFORWARD ADDR=1+0D+0AQUIT", 15),
        ] {
            assert!(
                matches!(parse(line), Err(CommandError::Syntax(error)) if error.at == at),
                "{line}: {:?}",
                parse(line)
            );
        }
        for line in ["", " ", "HELLO", "MAILFROM:<a@b>", "XYZZY\u{1b}[2J"] {
            assert_eq!(parse(line), Err(CommandError::Unrecognised), "{line:?}");
        }
        assert!(Command::parse(b"EHLO \xff", &Limits::default()).is_err());
    }

    #[test]
    fn secrets_do_not_show() {
        let command = parse("AUTH PLAIN AGFsaWNlAHNlY3JldA==").unwrap();
        assert_eq!(command.to_string(), "AUTH PLAIN [redacted]");
        assert!(!std::format!("{command:?}").contains("115"));
        let command = parse("BURL imap://h/;urlauth=submit+h:internal:cafe LAST").unwrap();
        assert_eq!(command.to_string(), "BURL imap://h/;urlauth=submit+h:internal:[redacted] LAST");
        assert!(!std::format!("{command:?}").contains("cafe"));
    }
}
