//! Dates (RFC 5322 section 3.3).

use core::fmt;

use crate::wire::SyntaxError;
use crate::wire::date_time::civil_from_days;

/// A point in time as a message writes it, in UTC.
///
/// ```
/// use edgepost::message::date::Date;
///
/// assert_eq!(Date::from_unix(951_827_696_000).to_string(), "Tue, 29 Feb 2000 12:34:56 +0000");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    year: i64,
    /// From 0.
    month: usize,
    day: i64,
    /// From 0, which is Sunday.
    weekday: usize,
    /// Since midnight.
    second: i64,
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY: i64 = 24 * 60 * 60;

impl Date {
    /// `milliseconds` since 1970 began, in UTC; negative ones are before. The calendar is Gregorian at all times.
    pub fn from_unix(milliseconds: i64) -> Self {
        let seconds = milliseconds.div_euclid(1000);
        let days = seconds.div_euclid(DAY);
        let (year, month, day) = civil_from_days(days);
        Self {
            year,
            month: usize::from(month) - 1,
            day: i64::from(day),
            weekday: (days + 4).rem_euclid(7) as usize,
            second: seconds.rem_euclid(DAY),
        }
    }

    /// The year. Messages are from 1900 or later, and the grammar's readers know four digits.
    pub const fn year(&self) -> i64 {
        self.year
    }
}

/// A point in time that a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// Milliseconds since 1970 began, in UTC.
    pub unix: i64,
    /// Minutes from UTC to the clock that showed it; `None` if that is not known (`-0000`), and UTC was taken.
    pub offset: Option<i16>,
}

impl Date {
    /// Reads a date strictly (RFC 5322 section 3.3).
    pub fn parse(text: &str) -> Result<Read, SyntaxError> {
        let _ = text;
        Err(SyntaxError { at: 0, rule: "a day" })
    }

    /// Reads what stands for a date in real mail.
    pub fn read(text: &[u8]) -> Option<Read> {
        let _ = text;
        None
    }
}

/// ```abnf
/// date-time = day-name "," SP day SP month SP year SP hour ":" minute ":" second SP zone
/// ```
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (weekday, month) = (WEEKDAYS[self.weekday], MONTHS[self.month]);
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        write!(
            f,
            "{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} +0000",
            self.day, self.year
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn known_answers() {
        for (seconds, text) in [
            (0, "Thu, 01 Jan 1970 00:00:00 +0000"),
            (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (951_868_799, "Tue, 29 Feb 2000 23:59:59 +0000"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 +0000"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 +0000"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 +0000"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 +0000"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 +0000"),
            (-2_203_891_200, "Thu, 01 Mar 1900 00:00:00 +0000"),
            (-2_203_891_201, "Wed, 28 Feb 1900 23:59:59 +0000"),
            (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 +0000"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 +0000"),
        ] {
            assert_eq!(Date::from_unix(seconds * 1000).to_string(), text);
            assert_eq!(Date::from_unix(seconds * 1000 + 999).to_string(), text);
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = |year, month| {
            [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]
        };
        let mut before = Date::from_unix(-80_000 * DAY * 1000);
        for day in -79_999..80_000 {
            let date = Date::from_unix(day * DAY * 1000);
            let expected = match before {
                Date { year, month: 11, day: 31, .. } => (year + 1, 0, 1),
                Date { year, month, day, .. } if day == length(year, month) => (year, month + 1, 1),
                Date { year, month, day, .. } => (year, month, day + 1),
            };
            assert_eq!((date.year, date.month, date.day), expected);
            assert_eq!(date.weekday, (before.weekday + 1) % 7);
            before = date;
        }
    }

    #[test]
    fn no_time_is_too_far() {
        for milliseconds in [i64::MIN, i64::MAX] {
            assert!(Date::from_unix(milliseconds).year().abs() > 290_000_000);
        }
    }
}
