//! Replies (RFC 5321 section 4.2) and the enhanced status codes in them (RFC 3463, RFC 2034).

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::character::complete::one_of;
use nom::combinator::map;

use super::abnf::{Class, Parsed, SyntaxError, many1, miss, rule};

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedCode>,
    /// The lines, with LF between them.
    text: String,
}

/// `class.subject.detail` of RFC 3463.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2 success, 4 for now, 5 for good.
    pub class: u8,
    /// What it is about: 0 to 999.
    pub subject: u16,
    /// What about it: 0 to 999.
    pub detail: u16,
}

impl EnhancedCode {
    /// `class` `.` `subject` `.` `detail`
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }

    /// Reads a code such as `5.1.1`.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        super::abnf::whole(text, enhanced_code, "the end of the code")
    }
}

/// True for a text that is in another one by no accident: the password `wrong` may be.
pub(crate) fn is_telling(secret: &str) -> bool {
    secret.len() >= 8 || secret.len() >= 4 && secret.bytes().any(|octet| !octet.is_ascii_alphabetic())
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Reply {
    /// A reply of one line, or of one for each line in `text`.
    ///
    /// Octets that cannot be in a reply, controls above all, become U+FFFD. `code` is brought into 200 to 599. A long
    /// line goes on in the next, so that none has more than 512 octets (RFC 5321 section 4.5.3.1.5), and what is over
    /// 100 lines is left out.
    pub fn new(code: u16, enhanced: Option<EnhancedCode>, text: &str) -> Self {
        const LINES: usize = 100;
        // A U+FFFD is longer than what it stands for: it has to be there before lines are measured.
        let lines: Vec<Cow<'_, str>> = text.lines().take(LINES).map(printable).collect();
        let lines: Vec<&str> = lines.iter().flat_map(|line| folded(line)).take(LINES).collect();
        Self { code: code.clamp(200, 599), enhanced, text: lines.join("\n") }
    }

    /// The three digits.
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status code, if the first line has one of the same class as the code.
    pub const fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }

    /// The texts of the lines, without codes; at least one line, printable, with `U+FFFD` for what is not.
    pub fn lines(&self) -> impl Iterator<Item = &str> + Clone {
        self.text.split('\n')
    }

    /// The lines in one text, with LF between them.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `2yz`: done.
    pub const fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// `3yz`: go on.
    pub const fn is_intermediate(&self) -> bool {
        self.code / 100 == 3
    }

    /// `4yz` or `5yz`: no.
    pub const fn is_negative(&self) -> bool {
        self.code >= 400
    }

    /// The reply without this text, which no log is to show. A short word is in a reply by itself: to cut it out would say
    /// what the secret is.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        if is_telling(secret) {
            self.text = self.text.replace(secret, "[redacted]");
        }
        self
    }

    /// Appends the reply as it goes over the wire. The enhanced code is on every line, as RFC 2034 section 4 asks.
    pub fn write(&self, out: &mut Vec<u8>) {
        // Formatting takes longer than all the rest: the code is digits, and all lines share the enhanced one.
        let code = [100, 10, 1].map(|unit| b'0' + (self.code / unit % 10) as u8);
        let enhanced = self.enhanced.map(|code| format!("{code} ")).unwrap_or_default();
        out.reserve(self.lines().map(|text| text.len() + enhanced.len() + 6).sum());
        let mut lines = self.lines().peekable();
        while let Some(text) = lines.next() {
            let separator = if lines.peek().is_some() { b"-" } else { b" " };
            for piece in [&code[..], separator, enhanced.as_bytes(), text.as_bytes(), b"\r\n"] {
                out.extend_from_slice(piece);
            }
        }
    }
}

/// The reply on one line: code, enhanced code, texts.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        self.lines().filter(|line| !line.is_empty()).try_for_each(|line| write!(f, " {line}"))
    }
}

/// Why lines are no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyError {
    /// A line does not begin with a code of three digits from 200 to 599 and a space or a hyphen.
    Syntax(SyntaxError),
    /// A line has another code than the first.
    Code {
        /// The first line's.
        first: u16,
        /// This line's.
        then: u16,
    },
    /// More octets than the limit.
    TooLong {
        /// The limit, in octets.
        limit: usize,
    },
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => write!(f, "not a reply: {error}"),
            Self::Code { first, then } => write!(f, "a reply that begins with {first} goes on with {then}"),
            Self::TooLong { limit } => write!(f, "reply longer than {limit} octets"),
        }
    }
}

impl core::error::Error for ReplyError {}

/// The lines of a reply that has begun.
#[derive(Debug, Default)]
pub struct Assembler {
    reply: Option<Reply>,
    octets: usize,
}

impl Assembler {
    /// Adds a line without its CRLF; gives the reply when this was its last line.
    pub fn push(&mut self, line: &[u8], limit: usize) -> Result<Option<Reply>, ReplyError> {
        self.octets += line.len() + 2;
        if self.octets > limit {
            return Err(ReplyError::TooLong { limit });
        }
        // Nearly all are UTF-8, and known to be in fewer steps; what is downloaded can do without.
        let whole = if cfg!(target_arch = "wasm32") { None } else { str::from_utf8(line).ok() };
        let text = whole.map_or_else(|| String::from_utf8_lossy(line), Cow::Borrowed);
        let line = reply_line(&text).map_err(ReplyError::Syntax)?;
        let more = self.reply.is_some();
        let begun = Reply { code: line.code, enhanced: line.enhanced, text: String::new() };
        let reply = self.reply.get_or_insert(begun);
        if reply.code != line.code {
            return Err(ReplyError::Code { first: reply.code, then: line.code });
        }
        if more {
            reply.text.push('\n');
        }
        // An enhanced code that differs from the first line's is text, so that nothing is lost.
        let keep = if line.enhanced == reply.enhanced { line.text } else { line.whole };
        reply.text.push_str(&printable(keep));
        if line.more {
            return Ok(None);
        }
        self.octets = 0;
        Ok(self.reply.take())
    }
}

pub(super) struct Line<'a> {
    code: u16,
    more: bool,
    pub enhanced: Option<EnhancedCode>,
    /// The text behind the enhanced code.
    pub text: &'a str,
    /// The text with the enhanced code.
    pub whole: &'a str,
}

/// ```abnf
/// Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
/// Reply-code = %x32-35 %x30-35 %x30-39
/// ```
/// The second digit may be any: nobody acts on it.
pub(super) fn reply_line(line: &str) -> Result<Line<'_>, SyntaxError> {
    let code = match *line.as_bytes() {
        [hundreds @ b'2'..=b'5', tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => {
            [hundreds, tens, ones].iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'))
        }
        _ => return Err(SyntaxError { at: 0, rule: "a reply code" }),
    };
    let more = line[3..].starts_with('-');
    let rest = &line[3 + usize::from(more)..];
    let whole = match (more, rest.strip_prefix(' ')) {
        (true, _) => rest,
        (false, Some(text)) => text,
        (false, None) if rest.is_empty() => rest,
        (false, None) => {
            return Err(SyntaxError { at: 3, rule: "a space or a hyphen" });
        }
    };
    let (enhanced, text) = match enhanced_code(whole) {
        Ok((rest, enhanced)) if u16::from(enhanced.class) == code / 100 => match rest.strip_prefix(' ') {
            Some(text) => (Some(enhanced), text),
            None if rest.is_empty() => (Some(enhanced), rest),
            None => (None, whole),
        },
        _ => (None, whole),
    };
    Ok(Line { code, more, enhanced, text, whole })
}

/// ```abnf
/// status-code = class "." subject "." detail
/// class = "2" / "4" / "5"
/// subject = 1*3digit
/// detail = 1*3digit
/// ```
fn enhanced_code(input: &str) -> Parsed<'_, EnhancedCode> {
    let class = rule("2, 4 or 5", map(one_of("245"), |class| class as u8 - b'0'));
    let (rest, (class, subject, detail)) = (class, dot_number, dot_number).parse(input)?;
    Ok((rest, EnhancedCode { class, subject, detail }))
}

/// `"." 1*3digit`, without leading zeros (RFC 3463 section 2)
fn dot_number(input: &str) -> Parsed<'_, u16> {
    const RULE: &str = "\".\" and a number";
    let Some(number) = input.strip_prefix('.') else { return miss(input, RULE) };
    const DIGIT: Class = Class::of(b"0123456789");
    let (rest, digits) = many1(number, RULE, &DIGIT)?;
    match digits.parse() {
        Ok(number) if digits.len() <= 3 && (digits == "0" || !digits.starts_with('0')) => Ok((rest, number)),
        _ => miss(number, RULE),
    }
}

/// Pieces of a line that leave room for the codes in 512 octets; an empty line is one piece.
fn folded(line: &str) -> impl Iterator<Item = &str> {
    const TEXT: usize = 490;
    let mut rest = Some(line);
    core::iter::from_fn(move || {
        let line = rest.take()?;
        let end = (0..=line.len().min(TEXT)).rev().find(|&end| line.is_char_boundary(end)).unwrap_or(0);
        let (piece, after) = line.split_at(end);
        rest = Some(after).filter(|after| !after.is_empty());
        Some(piece)
    })
}

/// ```abnf
/// textstring = 1*(%d09 / %d32-126)
/// ```
/// and UTF-8 (RFC 6531 section 3.7.4.2). What else a server sends must not reach a terminal.
fn printable(text: &str) -> Cow<'_, str> {
    // Without a way out of the loop, several octets are looked at in one step.
    if !text.bytes().fold(false, |odd, octet| odd | !matches!(octet, b'\t' | b' '..=b'~')) {
        return text.into();
    }
    text.chars().map(|c| if c != '\t' && c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn parse(lines: &[&str]) -> Result<Option<Reply>, ReplyError> {
        let mut assembler = Assembler::default();
        let mut last = Ok(None);
        for line in lines {
            last = assembler.push(line.as_bytes(), 1000);
            if last.is_err() {
                break;
            }
        }
        last
    }

    // covers: RFC 5321 section 4.2.1 both
    // covers: RFC 3463 section 2 both
    #[test]
    fn what_is_written_reads_back_equal() {
        for reply in [
            Reply::new(250, None, "OK"),
            Reply::new(220, None, ""),
            Reply::new(550, Some(EnhancedCode::new(5, 1, 1)), "no such user"),
            Reply::new(250, None, "mx.example\nPIPELINING\nSIZE 1000"),
            Reply::new(451, Some(EnhancedCode::new(4, 3, 0)), "one\ntwo"),
            Reply::new(250, Some(EnhancedCode::new(2, 0, 0)), ""),
        ] {
            let mut written = Vec::new();
            reply.write(&mut written);
            let text = String::from_utf8(written).unwrap();
            assert_eq!(parse(&text.lines().collect::<Vec<_>>()).unwrap(), Some(reply), "{text}");
        }
    }

    // covers: RFC 5321 section 4.2 client
    // covers: RFC 2034 client
    // covers: RFC 3463 section 2 client
    #[test]
    fn replies_as_servers_write_them() {
        let reply = parse(&["250"]).unwrap().unwrap();
        assert_eq!((reply.code(), reply.text()), (250, ""));
        let reply = parse(&["250-mx", "250 2.0.0 text"]).unwrap().unwrap();
        assert_eq!((reply.enhanced(), reply.text()), (None, "mx\n2.0.0 text"));
        let reply = parse(&["550 5.1.1"]).unwrap().unwrap();
        assert_eq!(reply.enhanced(), Some(EnhancedCode::new(5, 1, 1)));
        let reply = parse(&["250 5.1.1 not of its class"]).unwrap().unwrap();
        assert_eq!(reply.enhanced(), None);
        for line in ["250 2.0.0.1 not a code", "250 2.01.0 a leading zero", "250 2.0.00 another"] {
            let reply = parse(&[line]).unwrap().unwrap();
            assert_eq!((reply.enhanced(), reply.text()), (None, &line[4..]));
        }
        assert_eq!(parse(&["250-more"]).unwrap(), None);
    }

    #[test]
    fn what_is_no_reply_is_an_error() {
        for line in ["", "25", "2500 x", "abc", "199 x", "600 x", "250x", " 250 x", "25O ok"] {
            assert!(parse(&[line]).is_err(), "{line:?}");
        }
        assert_eq!(parse(&["250-a", "251 b"]), Err(ReplyError::Code { first: 250, then: 251 }));
        assert_eq!(parse(&vec!["250-0123456789"; 100]), Err(ReplyError::TooLong { limit: 1000 }));
    }

    // covers: RFC 5321 section 4.5.3.1.5 server
    #[test]
    fn no_line_is_too_long_and_no_reply_endless() {
        for endless in ["€", "\0", "a\u{7f}"] {
            let mut written = Vec::new();
            Reply::new(250, Some(EnhancedCode::new(2, 0, 0)), &endless.repeat(100_000)).write(&mut written);
            let text = String::from_utf8(written).unwrap();
            assert_eq!(text.lines().count(), 100);
            assert!(text.split_inclusive("\r\n").all(|line| line.len() <= 512));
        }
    }

    #[test]
    fn terminal_escapes_and_line_ends_do_not_survive() {
        assert_eq!(parse(&["250 \u{1b}[2Jhi\u{7}"]).unwrap().unwrap().text(), "\u{fffd}[2Jhi\u{fffd}");
        let mut written = Vec::new();
        Reply::new(550, None, "a\rb\r\n250 fine\0").write(&mut written);
        assert_eq!(String::from_utf8(written).unwrap(), "550-a\u{fffd}b\r\n550 250 fine\u{fffd}\r\n");
        assert_eq!(Assembler::default().push(b"250 \xff", 100).unwrap().unwrap().text(), "\u{fffd}");
    }
}
