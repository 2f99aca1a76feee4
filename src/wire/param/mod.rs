//! Parameters of `MAIL` and `RCPT` (RFC 5321 section 4.1.2): kept whether or not anybody knows them.
//!
//! [`known`] tells what a keyword needs and whether its value is right; a module for each extension has the values as
//! types, which [`Params::value`] reads.

pub mod auth;
pub mod body;
pub mod checkpoint;
pub mod deliver_by;
pub mod dsn;
pub mod future_release;
mod known;
pub mod mt_priority;
pub mod rrvs;
pub mod solicit;

pub use known::{KNOWN, Known, Verb, known};

use alloc::string::String;
use core::fmt;

use nom::Parser;
use nom::character::complete::char;
use nom::combinator::opt;
use nom::sequence::pair;

use super::abnf::{Class, LET_DIG, Parsed, SyntaxError, many1, miss, whole};

/// One parameter, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    keyword: &'a str,
    value: Option<&'a str>,
}

impl<'a> Param<'a> {
    /// Makes a parameter; keyword and value are checked against the grammar.
    pub fn new(keyword: &'a str, value: Option<&'a str>) -> Result<Self, SyntaxError> {
        whole(keyword, esmtp_keyword, "the end of the keyword")?;
        if let Some(value) = value {
            whole(value, esmtp_value, "the end of the value")?;
        }
        Ok(Self { keyword, value })
    }

    /// The keyword as it was written; keywords do not depend on case.
    pub const fn keyword(self) -> &'a str {
        self.keyword
    }

    /// The value, if there is one.
    pub const fn value(self) -> Option<&'a str> {
        self.value
    }
}

impl fmt::Display for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword)?;
        match self.value {
            Some(value) => write!(f, "={value}"),
            None => Ok(()),
        }
    }
}

/// Reads the number of octets in `SIZE` (RFC 1870 section 5); what is more than anybody has is as much as there is.
///
/// ```abnf
/// size-value = 1*20DIGIT
/// ```
pub fn size_value(text: &str) -> Option<u64> {
    let digits = (1..=20).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Parameters in the order in which they came, no keyword twice.
///
/// All of it is one text, as it goes over the wire: a space before each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(String);

impl Params {
    /// The parameter of this keyword, in whatever case.
    pub fn find(&self, keyword: &str) -> Option<Param<'_>> {
        self.iter().find(|param| param.keyword.eq_ignore_ascii_case(keyword))
    }

    /// How many there may be: each is compared with all.
    pub const MOST: usize = 100;

    /// Adds a parameter; false, and nothing added, when its keyword is there or there are [`MOST`](Self::MOST).
    pub fn add(&mut self, Param { keyword, value }: Param<'_>) -> bool {
        let mut count = 0;
        let new = self.iter().all(|other| {
            count += 1;
            count < Self::MOST && !other.keyword.eq_ignore_ascii_case(keyword)
        });
        if new {
            self.0.push(' ');
            self.0.push_str(keyword);
            if let Some(value) = value {
                self.0.push('=');
                self.0.push_str(value);
            }
        }
        new
    }

    /// The value of this keyword as a type, `None` when the keyword is not there or has no value.
    ///
    /// ```
    /// use edgepost::wire::param::{Param, Params, dsn::Ret};
    ///
    /// let mut params = Params::default();
    /// params.add(Param::new("RET", Some("HDRS"))?);
    /// assert_eq!(params.value("RET", Ret::parse), Some(Ok(Ret::Hdrs)));
    /// # Ok::<(), edgepost::wire::SyntaxError>(())
    /// ```
    pub fn value<T>(
        &self,
        keyword: &str,
        parse: impl FnOnce(&str) -> Result<T, SyntaxError>,
    ) -> Option<Result<T, SyntaxError>> {
        self.find(keyword)?.value().map(parse)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'_>> {
        let mut rest = &*self.0;
        core::iter::from_fn(move || {
            rest = rest.strip_prefix(' ')?;
            let end = rest.bytes().position(|octet| octet == b' ').unwrap_or(rest.len());
            let (param, others) = rest.split_at(end);
            rest = others;
            let equals = param.bytes().position(|octet| octet == b'=');
            let (keyword, value) = param.split_at(equals.unwrap_or(end));
            Some(Param { keyword, value: value.strip_prefix('=') })
        })
    }

    /// False when a value needs SMTPUTF8, as the form `utf-8-addr-unitext` of ORCPT does (RFC 6533 section 3).
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ```abnf
/// Mail-parameters = esmtp-param *(SP esmtp-param)
/// ```
/// with a space before each. More than one space, and spaces at the end, are let pass. There are about twenty parameters in
/// the world: a command with more than [`Params::MOST`] of them is only there to have each compared with all others.
pub(super) fn params(mut input: &str) -> Parsed<'_, Params> {
    let mut params = Params::default();
    let mut count = 0;
    loop {
        let spaced = input.trim_start_matches(' ');
        if spaced.is_empty() {
            return Ok(("", params));
        }
        if spaced.len() == input.len() {
            return Ok((input, params));
        }
        if count == Params::MOST {
            return miss(spaced, "at most 100 parameters");
        }
        count += 1;
        params.0.reserve(input.len());
        let (rest, param) = esmtp_param(spaced)?;
        if !params.add(param) {
            return miss(spaced, "a parameter that is not there already");
        }
        input = rest;
    }
}

/// ```abnf
/// esmtp-param = esmtp-keyword ["=" esmtp-value]
/// ```
fn esmtp_param(input: &str) -> Parsed<'_, Param<'_>> {
    let (rest, (keyword, value)) = pair(esmtp_keyword, opt(char('='))).parse(input)?;
    let (rest, value) = match value {
        Some(_) => esmtp_value(rest).map(|(rest, value)| (rest, Some(value)))?,
        None => (rest, None),
    };
    Ok((rest, Param { keyword, value }))
}

/// ```abnf
/// esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
/// ```
pub(super) fn esmtp_keyword(input: &str) -> Parsed<'_, &str> {
    const CLASS: Class = LET_DIG.and(b"-");
    match many1(input, "a keyword", &CLASS)? {
        (_, keyword) if keyword.starts_with('-') => miss(input, "a keyword"),
        read => Ok(read),
    }
}

/// ```abnf
/// esmtp-value = 1*(%d33-60 / %d62-126 / UTF8-non-ascii)
/// ```
fn esmtp_value(input: &str) -> Parsed<'_, &str> {
    const CLASS: Class = Class::of(b"").and_range(b'!', b'<').and_range(b'>', b'~').and_others();
    many1(input, "a value", &CLASS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn parse(text: &str) -> Result<Params, SyntaxError> {
        whole(text, params, "a space")
    }

    #[test]
    fn known_and_unknown_keywords_come_back() {
        for text in ["", " SIZE=1000", " BODY=8BITMIME SMTPUTF8", " X-ANY=1;2/3 ENVID=a+2Bb", " __proto__"] {
            match parse(text) {
                Ok(params) => assert_eq!(params.to_string(), text),
                Err(error) => assert_eq!((text, error.at), (" __proto__", 1)),
            }
        }
        assert_eq!(parse("  size=5   x ").unwrap().find("SIZE").unwrap().value(), Some("5"));
    }

    #[test]
    fn duplicates_and_empty_values_are_refused() {
        for (text, at) in [
            (" SIZE=1 size=2", 8),
            (" SIZE=", 6),
            (" SIZE= X", 6),
            (" A=b=c", 4),
            (" =", 1),
            ("SIZE=1", 0),
            (" A\tB", 2),
        ] {
            assert_eq!(parse(text).unwrap_err().at, at, "{text:?}");
        }
    }

    // covers: RFC 5321 section 4.1.1.11 server
    #[test]
    fn there_are_not_so_many_that_comparing_them_takes_long() {
        let many = |count| (0..count).fold(String::new(), |text, n| text + &std::format!(" X{n}=1"));
        assert_eq!(parse(&many(100)).map(|params| params.iter().count()), Ok(100));
        assert_eq!(parse(&many(101)).map_err(|error| error.at), Err(many(100).len() + 1));
        assert!(parse(&many(200_000)).is_err());
    }

    #[test]
    fn sizes_are_digits() {
        for (text, size) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("99999999999999999999", Some(u64::MAX)),
            ("999999999999999999999", None),
            ("+5", None),
            ("-5", None),
            ("", None),
            ("5k", None),
        ] {
            assert_eq!(size_value(text), size, "{text:?}");
        }
    }

    #[test]
    fn line_ends_cannot_enter() {
        assert!(Param::new("SIZE", Some("1\r\nRCPT TO:<x@y>")).is_err());
        assert!(Param::new("A B", None).is_err());
        assert!(Param::new("SIZE", Some("")).is_err());
    }
}
