//! `SOLICIT` of MAIL (RFC 3865): what kinds of solicitation a message is.

use alloc::string::{String, ToString};
use core::fmt;

use nom::Parser;
use nom::bytes::complete::take_while;
use nom::character::complete::{char, satisfy};
use nom::combinator::recognize;
use nom::multi::separated_list1;
use nom::sequence::preceded;

use super::super::abnf::{Parsed, SyntaxError, rule, whole};

const LONGEST: usize = 1000;

/// Solicitation class keywords, as they were written; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Solicitation(String);

impl Solicitation {
    /// Reads keywords with commas between them.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, keywords, "the end of the keywords")?;
        if text.len() > LONGEST {
            return Err(SyntaxError { at: LONGEST, rule: "at most 1000 characters" });
        }
        Ok(Self(text.to_string()))
    }

    /// The keywords, in their order.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        self.0.split(',')
    }

    /// The keywords, with commas between them.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// ```abnf
/// Solicitation-keywords = word 0*("," word) ; at most 1000 characters
/// word = ALPHA 0*(wordchar)
/// wordchar = ("." / "-" / "_" / ":" / ALPHA / DIGIT)
/// ```
fn keywords(input: &str) -> Parsed<'_, ()> {
    let wordchar = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let word =
        rule("a keyword", recognize(preceded(satisfy(|c| c.is_ascii_alphabetic()), take_while(wordchar))));
    separated_list1(char(','), word).map(|_| ()).parse(input)
}

impl fmt::Display for Solicitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn keywords_keep_their_order() {
        let solicitation = Solicitation::parse("net.example:ADV,org.example:ADV:ADLT,a").unwrap();
        assert_eq!(
            solicitation.keywords().collect::<Vec<_>>(),
            ["net.example:ADV", "org.example:ADV:ADLT", "a"]
        );
        assert_eq!(Solicitation::parse(&solicitation.to_string()), Ok(solicitation));
        assert!(Solicitation::parse(&"a".repeat(1000)).is_ok());
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in
            [("", 0), (",", 0), ("a,", 1), ("a,,b", 1), ("1a", 0), ("a;b", 1), ("a,b c", 3), ("é", 0)]
        {
            assert_eq!(Solicitation::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        assert_eq!(Solicitation::parse(&"a".repeat(1001)).map_err(|error| error.at), Err(1000));
    }
}
