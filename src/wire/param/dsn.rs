//! Delivery status notifications: `RET` and `ENVID` of MAIL, `NOTIFY` and `ORCPT` of RCPT (RFC 3461 section 4, RFC 6533
//! section 3).

use alloc::string::{String, ToString};
use core::fmt;

use super::super::abnf::{SyntaxError, is_atext};
use super::super::{utf8_addr, xtext};

/// How much of a message comes back with a report of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ret {
    /// The whole message.
    Full,
    /// Its header.
    Hdrs,
}

impl Ret {
    /// ```abnf
    /// ret-value = "FULL" / "HDRS"
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        [Self::Full, Self::Hdrs]
            .into_iter()
            .find(|ret| ret.as_str().eq_ignore_ascii_case(text))
            .ok_or(SyntaxError { at: 0, rule: "FULL or HDRS" })
    }

    /// The value of the parameter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Hdrs => "HDRS",
        }
    }
}

impl fmt::Display for Ret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The sender's name for a transaction, which comes back in reports: printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Envid(String);

impl Envid {
    const LONGEST: usize = 100;

    /// A text as the sender writes it, not encoded; an error counts in it.
    pub fn new(text: &str) -> Result<Self, SyntaxError> {
        if let Some(at) = text.find(|c| !is_printable(c)) {
            return Err(SyntaxError { at, rule: PRINTABLE });
        }
        Self::bounded(text.to_string())
    }

    /// ```abnf
    /// envid-parameter = "ENVID=" xtext ; at most 100 characters
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let decoded = xtext::decode_chars(text, is_printable, PRINTABLE)?;
        if text.len() > Self::LONGEST { Err(too_long(Self::LONGEST)) } else { Self::bounded(decoded) }
    }

    fn bounded(text: String) -> Result<Self, SyntaxError> {
        match xtext::encode(text.as_bytes()).len() {
            0 => Err(SyntaxError { at: 0, rule: "an envelope identifier" }),
            1..=Self::LONGEST => Ok(Self(text)),
            _ => Err(too_long(Self::LONGEST)),
        }
    }

    /// The text, decoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Envid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&xtext::encode(self.0.as_bytes()))
    }
}

/// When a sender wants to hear of a recipient; never, when it is none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Notify {
    /// When the message was delivered.
    pub success: bool,
    /// When it cannot be delivered.
    pub failure: bool,
    /// When it takes long.
    pub delay: bool,
}

impl Notify {
    /// `NEVER`
    pub const NEVER: Self = Self { success: false, failure: false, delay: false };

    /// ```abnf
    /// notify-esmtp-value = "NEVER" / 1#notify-list-element
    /// notify-list-element = "SUCCESS" / "FAILURE" / "DELAY"
    /// ```
    /// A word said twice is said once.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.eq_ignore_ascii_case("NEVER") {
            return Ok(Self::NEVER);
        }
        let mut notify = Self::NEVER;
        let mut at = 0;
        for word in text.split(',') {
            let event = match word.to_ascii_uppercase().as_str() {
                "SUCCESS" => &mut notify.success,
                "FAILURE" => &mut notify.failure,
                "DELAY" => &mut notify.delay,
                _ if at == 0 => return Err(SyntaxError { at, rule: "NEVER, SUCCESS, FAILURE or DELAY" }),
                _ => return Err(SyntaxError { at, rule: "SUCCESS, FAILURE or DELAY" }),
            };
            *event = true;
            at += word.len() + 1;
        }
        Ok(notify)
    }
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.write_str("NEVER");
        }
        let words = [(self.success, "SUCCESS"), (self.failure, "FAILURE"), (self.delay, "DELAY")];
        let mut words = words.into_iter().filter(|&(wanted, _)| wanted);
        words.next().map_or(Ok(()), |(_, word)| f.write_str(word))?;
        words.try_for_each(|(_, word)| write!(f, ",{word}"))
    }
}

/// The address that a message was sent to before anybody forwarded it, and its type.
///
/// Addresses have any characters but controls. Those of other types than `utf-8` should be ASCII (RFC 3461 section 4.2), but
/// Postfix passes on what came with SMTPUTF8 as `rfc822`, and no mail should be lost for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Orcpt {
    addr_type: String,
    address: String,
}

impl Orcpt {
    const LONGEST: usize = 500;

    /// An address as people write it, not encoded; an error counts in it.
    pub fn new(addr_type: &str, address: &str) -> Result<Self, SyntaxError> {
        if addr_type.is_empty() || !addr_type.chars().all(is_type) {
            return Err(SyntaxError { at: 0, rule: "an address type" });
        }
        let orcpt = Self { addr_type: addr_type.to_string(), address: address.to_string() };
        match address.find(char::is_control) {
            Some(at) => Err(SyntaxError { at, rule: "a printable character" }),
            None if address.is_empty() => Err(SyntaxError { at: 0, rule: "an address" }),
            None if orcpt.to_string().len() > Self::LONGEST => Err(too_long(Self::LONGEST)),
            None => Ok(orcpt),
        }
    }

    /// The address of a mailbox: of the type `rfc822`, or `utf-8` when it is not ASCII.
    pub fn of_mailbox(address: &str) -> Result<Self, SyntaxError> {
        Self::new(if address.is_ascii() { "rfc822" } else { "utf-8" }, address)
    }

    /// ```abnf
    /// original-recipient-address = addr-type ";" xtext ; at most 500 characters
    /// addr-type = atom
    /// utf-8-type-addr = "utf-8;" utf-8-enc-addr
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let at = text
            .find(|c| !is_type(c))
            .filter(|&at| at > 0 && text[at..].starts_with(';'))
            .ok_or(SyntaxError { at: 0, rule: "an address type and \";\"" })?;
        let (addr_type, encoded) = (&text[..at], &text[at + 1..]);
        let decoded = if addr_type.eq_ignore_ascii_case("utf-8") {
            utf8_addr::decode(encoded)
        } else {
            xtext::decode_text(encoded)
        };
        let address = decoded.map_err(|error| SyntaxError { at: at + 1 + error.at, ..error })?;
        if address.is_empty() {
            return Err(SyntaxError { at: at + 1, rule: "an address" });
        }
        if text.len() > Self::LONGEST {
            return Err(too_long(Self::LONGEST));
        }
        // Written in ASCII, it may be longer.
        Self::new(addr_type, &address).map_err(|error| SyntaxError { at: error.at.min(text.len()), ..error })
    }

    /// As it was written, as `rfc822` or `utf-8`.
    pub fn addr_type(&self) -> &str {
        &self.addr_type
    }

    /// The address, decoded.
    pub fn address(&self) -> &str {
        &self.address
    }

    fn is_utf8(&self) -> bool {
        self.addr_type.eq_ignore_ascii_case("utf-8")
    }
}

/// In ASCII, which needs no SMTPUTF8.
impl fmt::Display for Orcpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = if self.is_utf8() {
            utf8_addr::encode(&self.address)
        } else {
            xtext::encode(self.address.as_bytes())
        };
        write!(f, "{};{address}", self.addr_type)
    }
}

/// An atom, without what no value of a parameter may have.
const fn is_type(c: char) -> bool {
    is_atext(c) && c != '='
}

const PRINTABLE: &str = "a printable ASCII character";

/// What RFC 3461 allows in identifiers and addresses, once they are decoded.
const fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~')
}

const fn too_long(limit: usize) -> SyntaxError {
    SyntaxError { at: limit, rule: "a shorter value" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn ret_is_full_or_hdrs() {
        assert_eq!(Ret::parse("full"), Ok(Ret::Full));
        assert_eq!(Ret::parse("HDRS").map(|ret| ret.to_string()).as_deref(), Ok("HDRS"));
        for text in ["", "FUL", "FULL,HDRS", "NONE"] {
            assert!(Ret::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn envelope_identifiers_are_xtext_and_printable() {
        for (text, decoded) in [("QQ314159", "QQ314159"), ("a+2Bb+3Dc+20d", "a+b=c d"), ("+41", "A")] {
            let envid = Envid::parse(text).unwrap();
            assert_eq!(envid.as_str(), decoded);
            assert_eq!(Envid::new(decoded), Ok(envid.clone()));
            assert_eq!(Envid::parse(&envid.to_string()), Ok(envid));
        }
        for (text, at) in [
            ("", 0),
            ("a+0D+0AMAIL", 1),
            ("ab+0A", 2),
            ("+00", 0),
            ("+7F", 0),
            ("+1B[2J", 0),
            ("a+09b", 1),
            ("+C3+A9", 0),
            ("é", 0),
            ("a+2b", 2),
            ("a=b", 1),
        ] {
            assert_eq!(Envid::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        for (text, at) in [("", 0), ("a\r\nb", 1), ("a\0", 1), ("é", 0), ("a\tb", 1)] {
            assert_eq!(Envid::new(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }

    #[test]
    fn an_envelope_identifier_has_100_characters_encoded() {
        assert!(Envid::parse(&"a".repeat(100)).is_ok());
        assert_eq!(Envid::parse(&"a".repeat(101)).map_err(|error| error.at), Err(100));
        assert!(Envid::new(&"+".repeat(33)).is_ok());
        assert!(Envid::new(&"+".repeat(34)).is_err());
        assert!(Envid::parse(&"+41".repeat(34)).is_err());
    }

    #[test]
    fn notify_is_never_or_a_list() {
        for (text, written) in [
            ("NEVER", "NEVER"),
            ("never", "NEVER"),
            ("SUCCESS", "SUCCESS"),
            ("delay,Failure", "FAILURE,DELAY"),
            ("DELAY,DELAY", "DELAY"),
            ("SUCCESS,FAILURE,DELAY", "SUCCESS,FAILURE,DELAY"),
        ] {
            let notify = Notify::parse(text).unwrap();
            assert_eq!(notify.to_string(), written);
            assert_eq!(Notify::parse(written), Ok(notify));
        }
        for (text, at) in [
            ("", 0),
            (",", 0),
            ("NEVER,SUCCESS", 0),
            ("SUCCESS,NEVER", 8),
            ("SUCCESS,", 8),
            ("SUCCESS,,DELAY", 8),
            ("SUCCESS DELAY", 0),
            ("ALWAYS", 0),
            ("__proto__", 0),
        ] {
            assert_eq!(Notify::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }

    #[test]
    fn original_recipients_come_back_decoded() {
        for (text, addr_type, address) in [
            ("rfc822;bob@example.com", "rfc822", "bob@example.com"),
            ("RFC822;a+2Bb+3Dc@example.com", "RFC822", "a+b=c@example.com"),
            ("rfc822;j+C3+B6rg@example.com", "rfc822", "jörg@example.com"),
            ("x400;/C=us/+20ADMD", "x400", "/C=us/ ADMD"),
            ("utf-8;jo\\x{F6}rg@example.com", "utf-8", "joörg@example.com"),
            ("UTF-8;jörg@bücher.example", "UTF-8", "jörg@bücher.example"),
            ("utf-8;\\x{1F600}\\x{2B}\\x{3D}\\x{5C}@b", "utf-8", "😀+=\\@b"),
        ] {
            let encoded = text.replace("/C=us", "/C+3Dus");
            let orcpt = Orcpt::parse(&encoded).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((orcpt.addr_type(), orcpt.address()), (addr_type, address));
            assert!(orcpt.to_string().is_ascii());
            assert_eq!(Orcpt::parse(&orcpt.to_string()), Ok(orcpt));
        }
        assert_eq!(Orcpt::of_mailbox("a+b@c").unwrap().to_string(), "rfc822;a+2Bb@c");
        assert_eq!(Orcpt::of_mailbox("é@c").unwrap().to_string(), "utf-8;\\x{E9}@c");
    }

    #[test]
    fn what_is_no_original_recipient_is_refused_where_it_ends() {
        for (text, at) in [
            ("", 0),
            ("bob@example.com", 0),
            (";bob@example.com", 0),
            ("rfc822", 0),
            ("a=b;c", 0),
            (&["utf-8;", &"ö".repeat(200)].concat(), 406),
            ("rfc822;", 7),
            ("rfc 822;a", 0),
            ("rfc822;a+0D+0ARCPT", 8),
            ("rfc822;+00", 7),
            ("rfc822;é@b", 7),
            ("rfc822;a+4", 9),
            ("utf-8;", 6),
            ("utf-8;a\\x{0D}\\x{0A}", 7),
            ("utf-8;a\\x{85}", 7),
            ("utf-8;a+2B", 7),
        ] {
            assert_eq!(Orcpt::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        for (addr_type, address) in [
            ("", "a@b"),
            ("a b", "a@b"),
            ("a=b", "c"),
            ("rfc822", ""),
            ("utf-8", "a\r\nb"),
            ("utf-8", "a\u{9b}"),
        ] {
            assert!(Orcpt::new(addr_type, address).is_err(), "{addr_type};{address:?}");
        }
        let long = |letters| format!("rfc822;{}", "a".repeat(letters));
        assert!(Orcpt::parse(&long(493)).is_ok());
        assert_eq!(Orcpt::parse(&long(494)).map_err(|error| error.at), Err(500));
        assert!(Orcpt::new("rfc822", &"+".repeat(165)).is_err());
    }
}
