//! `MT-PRIORITY` of MAIL (RFC 6710): how urgent a message is.

use core::fmt;

use super::super::SyntaxError;

/// From -9 to 9; without the parameter it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Priority(i8);

impl Priority {
    /// `None` when it is below -9 or above 9.
    pub fn new(priority: i8) -> Option<Self> {
        (-9..=9).contains(&priority).then_some(Self(priority))
    }

    /// ```abnf
    /// priority-value = (["-"] NZDIGIT) / "0"
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let rule = "a priority from -9 to 9";
        match *text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(Self((digit - b'0') as i8)),
            [b'-', digit @ b'1'..=b'9'] => Ok(Self(-((digit - b'0') as i8))),
            [b'0'..=b'9', _, ..] => Err(SyntaxError { at: 1, rule }),
            [b'-', b'1'..=b'9', ..] => Err(SyntaxError { at: 2, rule }),
            [b'-', ..] => Err(SyntaxError { at: 1, rule }),
            _ => Err(SyntaxError { at: 0, rule }),
        }
    }

    /// The number.
    pub const fn get(self) -> i8 {
        self.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn nineteen_priorities() {
        for priority in -9..=9 {
            let written = Priority::new(priority).unwrap().to_string();
            assert_eq!(Priority::parse(&written).map(Priority::get), Ok(priority));
        }
        assert_eq!((Priority::new(10), Priority::new(-10), Priority::new(i8::MIN)), (None, None, None));
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("+1", 0),
            ("-", 1),
            ("-0", 1),
            ("10", 1),
            ("-10", 2),
            ("00", 1),
            ("x", 0),
            ("--1", 1),
            ("٣", 0),
        ] {
            assert_eq!(Priority::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
