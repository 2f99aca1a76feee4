//! `RRVS` of RCPT (RFC 7293): a recipient who must have been the same person since a point in time.

use core::fmt;

use nom::Parser;
use nom::character::complete::{char, one_of};
use nom::combinator::opt;

use super::super::abnf::{Parsed, SyntaxError, rule, whole};
use super::super::date_time::{DateTime, date_time};

/// What happens to a message where the next server does not know the extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unsupported {
    /// `C`: it goes on without it.
    Continue,
    /// `R`: it is refused, which is what no letter means.
    Reject,
}

/// Require-Recipient-Valid-Since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rrvs {
    /// Since when.
    pub since: DateTime,
    /// What a server does that cannot hand the question on, if the sender says.
    pub unsupported: Option<Unsupported>,
}

impl Rrvs {
    /// Reads the value of the parameter.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, rrvs, "the end of the value")
    }
}

/// ```abnf
/// rrvs-param = "RRVS=" date-time [ ";" ( "C" / "R" ) ]
/// ```
fn rrvs(input: &str) -> Parsed<'_, Rrvs> {
    let (rest, since) = date_time(input)?;
    let (rest, letter) = opt(char(';')).parse(rest)?;
    if letter.is_none() {
        return Ok((rest, Rrvs { since, unsupported: None }));
    }
    let (rest, letter) = rule("C or R", one_of("CRcr")).parse(rest)?;
    let unsupported =
        Some(if matches!(letter, 'C' | 'c') { Unsupported::Continue } else { Unsupported::Reject });
    Ok((rest, Rrvs { since, unsupported }))
}

impl fmt::Display for Rrvs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.unsupported {
            None => "",
            Some(Unsupported::Continue) => ";C",
            Some(Unsupported::Reject) => ";R",
        };
        write!(f, "{}{letter}", self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_is_written_reads_back_equal() {
        for (text, written) in [
            ("2014-04-03T23:01:00Z", "2014-04-03T23:01:00Z"),
            ("2014-04-03T23:01:00Z;C", "2014-04-03T23:01:00Z;C"),
            ("2014-04-03t23:01:00z;r", "2014-04-03T23:01:00Z;R"),
        ] {
            let rrvs = Rrvs::parse(text).unwrap();
            assert_eq!(rrvs.to_string(), written);
            assert_eq!(Rrvs::parse(written), Ok(rrvs));
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("C", 0),
            ("2014-04-03T23:01:00Z;", 21),
            ("2014-04-03T23:01:00Z;X", 21),
            ("2014-04-03T23:01:00Z;CR", 22),
            ("2014-04-03T23:01:00Z,C", 20),
            ("2014-02-30T23:01:00Z", 8),
            ("99999-01-01T00:00:00Z", 4),
        ] {
            assert_eq!(Rrvs::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
