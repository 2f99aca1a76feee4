//! What the grammars share: the error with its position, and the core rules of RFC 5234 and RFC 5321 section 4.1.2.

use core::fmt;

use nom::error::{ErrorKind, FromExternalError, ParseError};
use nom::{Err, IResult, Parser};

/// A text does not match its grammar: where it stops matching, and what was expected there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxError {
    /// Octets from the start of the text.
    pub at: usize,
    /// The rule of the grammar that was expected at this octet, or that the text breaks.
    pub rule: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at octet {}", self.rule, self.at)
    }
}

impl core::error::Error for SyntaxError {}

/// The error inside the parsers: it counts from the end of the text, which is the same end for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Miss {
    pub rest: usize,
    pub rule: &'static str,
}

impl ParseError<&str> for Miss {
    fn from_error_kind(input: &str, _: ErrorKind) -> Self {
        Miss { rest: input.len(), rule: "" }
    }

    fn append(_: &str, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// Of two alternatives, the one that got further tells more, and then the one that has a name for it.
    fn or(self, other: Self) -> Self {
        let named = self.rule.is_empty() && other.rest == self.rest;
        if other.rest < self.rest || named { other } else { self }
    }
}

impl<E> FromExternalError<&str, E> for Miss {
    fn from_external_error(input: &str, kind: ErrorKind, _: E) -> Self {
        Self::from_error_kind(input, kind)
    }
}

pub(super) type Parsed<'a, T> = IResult<&'a str, T, Miss>;

/// Gives a parser's failure a name, unless a rule inside it has already named it at a later octet.
pub(super) fn rule<'a, T>(
    name: &'static str,
    mut parser: impl Parser<&'a str, Output = T, Error = Miss>,
) -> impl Parser<&'a str, Output = T, Error = Miss> {
    move |input: &'a str| {
        parser.parse(input).map_err(|error| {
            error.map(|miss: Miss| {
                if miss.rest == input.len() || miss.rule.is_empty() {
                    Miss { rule: name, ..miss }
                } else {
                    miss
                }
            })
        })
    }
}

/// A word in whatever case. ASCII is enough, and keeps the tables of Unicode out.
pub(super) fn no_case<'a>(word: &'static str) -> impl Parser<&'a str, Output = &'a str, Error = Miss> {
    move |input: &'a str| match input.get(..word.len()) {
        Some(start) if start.eq_ignore_ascii_case(word) => Ok((&input[word.len()..], start)),
        _ => miss(input, ""),
    }
}

/// Characters that a rule is made of: some of ASCII, and all others or none.
#[derive(Clone, Copy)]
pub(crate) struct Class {
    /// A bit for each of ASCII.
    ascii: [u32; 4],
    /// Whether `UTF8-non-ascii` is of it, too.
    others: bool,
}

impl Class {
    /// These characters of ASCII.
    pub const fn of(octets: &[u8]) -> Self {
        Self { ascii: [0; 4], others: false }.and(octets)
    }

    /// Beside it these.
    pub const fn and(mut self, octets: &[u8]) -> Self {
        let mut at = 0;
        while at < octets.len() {
            self.ascii[octets[at] as usize / 32] |= 1 << (octets[at] % 32);
            at += 1;
        }
        self
    }

    /// Beside it those from `first` to `last`.
    pub const fn and_range(mut self, first: u8, last: u8) -> Self {
        let mut octet = first;
        while octet <= last {
            self.ascii[octet as usize / 32] |= 1 << (octet % 32);
            octet += 1;
        }
        self
    }

    /// Beside it `UTF8-non-ascii`.
    pub const fn and_others(self) -> Self {
        Self { others: true, ..self }
    }

    /// True for a character of ASCII that is of it.
    pub const fn has(&self, c: char) -> bool {
        c.is_ascii() && self.ascii[c as usize / 32] & 1 << (c as usize % 32) != 0
    }

    /// How many octets at the start of a text are of it.
    fn len_in(&self, text: &str) -> usize {
        let octets = text.as_bytes();
        let is = |(at, &octet): (usize, &u8)| match octet {
            0..0x80 => self.ascii[usize::from(octet / 32)] & 1 << (octet % 32) != 0,
            // The C1 controls.
            0xC2 if octets.get(at + 1).is_some_and(|&next| next < 0xA0) => false,
            _ => self.others,
        };
        octets.iter().enumerate().position(|octet| !is(octet)).unwrap_or(octets.len())
    }
}

/// `ALPHA / DIGIT`
pub(super) const LET_DIG: Class =
    Class::of(b"").and_range(b'0', b'9').and_range(b'A', b'Z').and_range(b'a', b'z');

/// `1*` of these characters, by the name of what they make up. It is called, not copied to where it is used as nom's own
/// is: the grammars of the envelope are in every module.
pub(super) fn many1<'a>(input: &'a str, name: &'static str, class: &Class) -> Parsed<'a, &'a str> {
    match class.len_in(input) {
        0 => miss(input, name),
        end => Ok((&input[end..], &input[..end])),
    }
}

/// A failure at the start of `input`.
pub(super) fn miss<T>(input: &str, rule: &'static str) -> Parsed<'static, T> {
    miss_at(input, SyntaxError { at: 0, rule })
}

/// A failure somewhere in `input`, which need not be where a character begins.
pub(super) fn miss_at<T>(input: &str, SyntaxError { at, rule }: SyntaxError) -> Parsed<'static, T> {
    Err(Err::Error(Miss { rest: input.len().saturating_sub(at), rule }))
}

/// Applies a parser to the whole of a text.
pub(super) fn whole<'a, T>(
    text: &'a str,
    mut parser: impl Parser<&'a str, Output = T, Error = Miss>,
    end: &'static str,
) -> Result<T, SyntaxError> {
    match parser.parse(text) {
        Ok(("", value)) => Ok(value),
        Ok((rest, _)) => Err(SyntaxError { at: text.len() - rest.len(), rule: end }),
        Err(Err::Error(miss) | Err::Failure(miss)) => {
            Err(SyntaxError { at: text.len() - miss.rest, rule: miss.rule })
        }
        Err(Err::Incomplete(_)) => Err(SyntaxError { at: text.len(), rule: end }),
    }
}

/// `atext` of RFC 5322 section 3.2.3.
pub(super) const ATEXT: Class = LET_DIG.and(b"!#$%&'*+-/=?^_`{|}~");

/// True for a character of `atext`.
pub(crate) const fn is_atext(c: char) -> bool {
    ATEXT.has(c)
}

/// `UTF8-non-ascii` of RFC 6532 section 3.1, without the C1 controls, which no address needs.
pub(crate) const fn is_utf8_non_ascii(c: char) -> bool {
    c as u32 >= 0xA0
}

/// A whole line as text: SMTP is ASCII, and UTF-8 where SMTPUTF8 says so.
pub(super) fn text(line: &[u8]) -> Result<&str, SyntaxError> {
    core::str::from_utf8(line).map_err(|error| SyntaxError { at: error.valid_up_to(), rule: "UTF-8" })
}
