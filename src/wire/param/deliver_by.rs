//! `BY` of MAIL (RFC 2852): by when a message has to be delivered, and what happens if it is not.

use core::fmt;

use nom::Parser;
use nom::bytes::complete::take_while_m_n;
use nom::character::complete::{char, one_of};
use nom::combinator::{map_res, opt};

use super::super::abnf::{Parsed, SyntaxError, miss_at, rule, whole};

/// What happens to a message that is not delivered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `R`: it is returned, and goes no further.
    Return,
    /// `N`: the sender is told, and it goes on.
    Notify,
}

/// The time that is left for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliverBy {
    seconds: i32,
    mode: Mode,
    trace: bool,
}

impl DeliverBy {
    /// `seconds` of nine digits at most; with [`Mode::Return`], one at least.
    pub fn new(seconds: i32, mode: Mode, trace: bool) -> Result<Self, SyntaxError> {
        if seconds.unsigned_abs() > 999_999_999 {
            return Err(SyntaxError { at: 0, rule: "at most nine digits" });
        }
        if mode == Mode::Return && seconds < 1 {
            return Err(SyntaxError { at: 0, rule: "a time above zero, to return the message after it" });
        }
        Ok(Self { seconds, mode, trace })
    }

    /// Reads the value of the parameter.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, by_value, "the end of the value")
    }

    /// From now; negative when the time is over.
    pub const fn seconds(&self) -> i32 {
        self.seconds
    }

    /// What happens then.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The sender wants to hear of servers on the way that do not know the extension.
    pub const fn trace(&self) -> bool {
        self.trace
    }
}

/// ```abnf
/// by-value = by-time ";" by-mode [by-trace]
/// by-time = ["-" / "+"] 1*9DIGIT ; above zero for mode R
/// by-mode = "N" / "R"
/// by-trace = "T"
/// ```
fn by_value(input: &str) -> Parsed<'_, DeliverBy> {
    let digits = take_while_m_n(1, 9, |c: char| c.is_ascii_digit());
    let (rest, (sign, seconds)) =
        (opt(one_of("+-")), rule("up to nine digits", map_res(digits, str::parse::<i32>))).parse(input)?;
    let (rest, (_, mode)) = (rule("\";\"", char(';')), rule("N or R", one_of("NRnr"))).parse(rest)?;
    let (rest, trace) = opt(one_of("Tt")).parse(rest)?;
    let seconds = if sign == Some('-') { -seconds } else { seconds };
    let mode = if matches!(mode, 'R' | 'r') { Mode::Return } else { Mode::Notify };
    match DeliverBy::new(seconds, mode, trace.is_some()) {
        Ok(by) => Ok((rest, by)),
        Err(error) => miss_at(input, error),
    }
}

impl fmt::Display for DeliverBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.mode == Mode::Return { "R" } else { "N" };
        write!(f, "{};{mode}{}", self.seconds, if self.trace { "T" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn what_is_written_reads_back_equal() {
        for (text, written) in [
            ("120;R", "120;R"),
            ("+120;rt", "120;RT"),
            ("-60;N", "-60;N"),
            ("0;NT", "0;NT"),
            ("000000001;R", "1;R"),
            ("-999999999;N", "-999999999;N"),
            ("999999999;R", "999999999;R"),
        ] {
            let by = DeliverBy::parse(text).unwrap();
            assert_eq!(by.to_string(), written);
            assert_eq!(DeliverBy::parse(written), Ok(by));
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            (";R", 0),
            ("-;R", 1),
            ("--1;N", 1),
            ("1234567890;N", 9),
            ("12", 2),
            ("12;", 3),
            ("12;X", 3),
            ("12;RN", 4),
            ("12;RTT", 5),
            ("0;R", 0),
            ("-1;R", 0),
            ("1 2;R", 1),
            ("0x10;R", 1),
        ] {
            assert_eq!(DeliverBy::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        assert!(DeliverBy::new(1_000_000_000, Mode::Notify, false).is_err());
        assert!(DeliverBy::new(i32::MIN, Mode::Notify, false).is_err());
    }
}
