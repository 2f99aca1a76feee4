//! `TRANSID` of MAIL (RFC 1845): the name of a transaction that can be taken up again.

use alloc::string::{String, ToString};
use core::fmt;

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::combinator::recognize;
use nom::multi::separated_list1;

use super::super::abnf::{Miss, Parsed, SyntaxError, rule, whole};

const LONGEST: usize = 80;

/// The client's name for a transaction, with its brackets. Case counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TransactionId(String);

impl TransactionId {
    /// Reads the value of the parameter.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, transid_value, "the end of the value")?;
        if text.len() > LONGEST {
            return Err(SyntaxError { at: LONGEST, rule: "at most 80 characters" });
        }
        Ok(Self(text.to_string()))
    }

    /// The text with its brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// ```abnf
/// transid-value = "<" transid-spec ">" ; at most 80 characters
/// transid-spec = transid-local "@" transid-domain
/// transid-domain = transid-token
/// transid-local = transid-token
/// transid-token = transid-atom *("." transid-atom)
/// transid-atom = 1*<any (ASCII) CHAR except SPACE, CTLs, tspecials, or ".">
/// ```
fn transid_value(input: &str) -> Parsed<'_, ()> {
    (rule("\"<\"", char('<')), token(), rule("\"@\"", char('@')), token(), rule("\">\"", char('>')))
        .map(|_| ())
        .parse(input)
}

fn token<'a>() -> impl Parser<&'a str, Output = &'a str, Error = Miss> {
    let is_special = |c| {
        matches!(
            c,
            '(' | ')' | '<' | '>' | '@' | ',' | ';' | ':' | '\\' | '"' | '/' | '[' | ']' | '?' | '=' | '.'
        )
    };
    let atom = take_while1(move |c: char| c.is_ascii_graphic() && !is_special(c));
    rule("an atom", recognize(separated_list1(char('.'), atom)))
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    // covers: RFC 1845 server
    #[test]
    fn a_name_in_brackets() {
        let name = TransactionId::parse("<12345.Ab+c@client.example>").unwrap();
        assert_eq!(TransactionId::parse(&name.to_string()), Ok(name));
        assert!(TransactionId::parse(&format!("<{}@b>", "a".repeat(76))).is_ok());
        assert!(TransactionId::parse(&format!("<{}@b>", "a".repeat(77))).is_err());
        for (text, at) in [
            ("", 0),
            ("a@b", 0),
            ("<a>", 2),
            ("<@b>", 1),
            ("<a@>", 3),
            ("<a@b", 4),
            ("<a@b>c", 5),
            ("<a..b@c>", 2),
            ("<a@b.>", 4),
            ("<a b@c>", 2),
            ("<a;b@c>", 2),
            ("<é@c>", 1),
        ] {
            assert_eq!(TransactionId::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
