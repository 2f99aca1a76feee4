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

/// `1*` of these characters, by the name of what they make up. It is called, not copied to where it is used as nom's own
/// is: the grammars of the envelope are in every module.
pub(super) fn many1<'a>(input: &'a str, name: &'static str, is: fn(char) -> bool) -> Parsed<'a, &'a str> {
    match input.find(|c| !is(c)).unwrap_or(input.len()) {
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
pub(crate) const fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(
            c,
            '!' | '#'
                | '$'
                | '%'
                | '&'
                | '\''
                | '*'
                | '+'
                | '-'
                | '/'
                | '='
                | '?'
                | '^'
                | '_'
                | '`'
                | '{'
                | '|'
                | '}'
                | '~'
        )
}

/// `UTF8-non-ascii` of RFC 6532 section 3.1, without the C1 controls, which no address needs.
pub(crate) const fn is_utf8_non_ascii(c: char) -> bool {
    c as u32 >= 0xA0
}

/// A whole line as text: SMTP is ASCII, and UTF-8 where SMTPUTF8 says so.
pub(super) fn text(line: &[u8]) -> Result<&str, SyntaxError> {
    core::str::from_utf8(line).map_err(|error| SyntaxError { at: error.valid_up_to(), rule: "UTF-8" })
}
