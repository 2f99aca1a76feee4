//! `HOLDFOR` and `HOLDUNTIL` of MAIL (RFC 4865): a message that is to be sent later.

use core::fmt;

use super::super::abnf::SyntaxError;
use super::super::date_time::DateTime;
use super::Params;

/// How long a server keeps a message before it sends it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hold {
    /// `HOLDFOR`: so many seconds.
    For(Interval),
    /// `HOLDUNTIL`: up to a point in time.
    Until(DateTime),
}

/// Seconds, from 1 to 999,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval(u32);

impl Interval {
    /// `None` when there are none or too many.
    pub fn new(seconds: u32) -> Option<Self> {
        (1..=999_999_999).contains(&seconds).then_some(Self(seconds))
    }

    /// ```abnf
    /// future-release-integer = %x31-39 *8DIGIT
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let rule = "a number of seconds, of one to nine digits, not zero";
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let at = match digits {
            _ if text.starts_with('0') => 0,
            1..=9 if digits == text.len() => {
                return text.parse().map(Self).map_err(|_| SyntaxError { at: 0, rule });
            }
            _ => digits.min(9),
        };
        Err(SyntaxError { at, rule })
    }

    /// The seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl Hold {
    /// What the parameters of a MAIL command ask for. Both at once is an error at the octet where nothing is wrong.
    pub fn of(params: &Params) -> Result<Option<Self>, SyntaxError> {
        let value = |keyword| params.find(keyword).and_then(super::Param::value);
        match (value("HOLDFOR"), value("HOLDUNTIL")) {
            (Some(_), Some(_)) => Err(SyntaxError { at: 0, rule: "HOLDFOR or HOLDUNTIL, not both" }),
            (Some(interval), None) => Ok(Some(Self::For(Interval::parse(interval)?))),
            (None, Some(time)) => Ok(Some(Self::Until(DateTime::parse(time)?))),
            (None, None) => Ok(None),
        }
    }

    /// The parameter's keyword.
    pub const fn keyword(&self) -> &'static str {
        match self {
            Self::For(_) => "HOLDFOR",
            Self::Until(_) => "HOLDUNTIL",
        }
    }
}

/// The parameter's value.
impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(interval) => interval.0.fmt(f),
            Self::Until(time) => time.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Param;
    use super::*;
    use std::string::ToString;

    fn hold(params: &[(&str, &str)]) -> Result<Option<Hold>, SyntaxError> {
        let mut all = Params::default();
        for &(keyword, value) in params {
            all.add(Param::new(keyword, Some(value)).unwrap());
        }
        Hold::of(&all)
    }

    #[test]
    fn for_some_seconds_or_until_a_time() {
        assert_eq!(hold(&[("SIZE", "1")]), Ok(None));
        for (keyword, value) in
            [("HOLDFOR", "1"), ("holdfor", "999999999"), ("HOLDUNTIL", "2030-01-01T00:00:00Z")]
        {
            let hold = hold(&[(keyword, value)]).unwrap().unwrap();
            assert_eq!((hold.keyword(), hold.to_string().as_str()), (keyword.to_uppercase().as_str(), value));
        }
    }

    #[test]
    fn not_both() {
        assert!(hold(&[("HOLDFOR", "1"), ("HOLDUNTIL", "2030-01-01T00:00:00Z")]).is_err());
    }

    #[test]
    fn intervals_have_one_to_nine_digits() {
        for (text, at) in [
            ("", 0),
            ("0", 0),
            ("05", 0),
            ("+5", 0),
            ("-5", 0),
            ("5 ", 1),
            ("1e5", 1),
            ("1000000000", 9),
            ("99999999999999999999999", 9),
            ("123456789x", 9),
            ("٥", 0),
        ] {
            assert_eq!(Interval::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        assert_eq!((Interval::new(0), Interval::new(1_000_000_000)), (None, None));
        assert_eq!(Interval::new(999_999_999).map(Interval::seconds), Some(999_999_999));
    }
}
