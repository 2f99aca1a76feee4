//! Dates (RFC 5322 sections 3.3 and 4.3).

mod lenient;
mod strict;

use core::fmt;

use super::cursor::Cursor;
pub use super::cursor::Reading;
use crate::wire::SyntaxError;
use crate::wire::date_time::{civil_from_days, days_from_civil, days_in_month};

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

pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
pub(super) const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
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
    /// Reads a date by the grammar (RFC 5322 section 3.3, and 4.3 if obsolete forms are allowed). What it says must be true:
    /// there is such a day, it is that day of the week, and a second 60 is the last one of a day of UTC.
    ///
    /// ```
    /// use edgepost::message::date::{Date, Reading};
    ///
    /// let text = "Fri, 21 Nov 1997 09:55:06 -0600";
    /// let read = Date::parse(text, Reading::default())?;
    /// assert_eq!((read.unix, read.offset), (880_127_706_000, Some(-360)));
    /// assert_eq!(Date::parse("Mon, 21 Nov 1997 09:55:06 -0600", Reading::default()).unwrap_err().at, 0);
    /// # Ok::<(), edgepost::wire::SyntaxError>(())
    /// ```
    pub fn parse(text: &str, reading: Reading) -> Result<Read, SyntaxError> {
        strict::date_time(&mut Cursor::new(text, reading))
    }

    /// Reads what stands for a date in real mail, in whatever order; `None` if there is no such day. A time that cannot be is
    /// midnight, and what is no offset is UTC.
    ///
    /// ```
    /// use edgepost::message::date::Date;
    ///
    /// let read = Date::read(b"Sat Mar 24 21:23:03 EDT 2007").unwrap();
    /// assert_eq!((read.unix, read.offset), (1_174_785_783_000, Some(-240)));
    /// ```
    pub fn read(text: &[u8]) -> Option<Read> {
        lenient::read(text)
    }
}

/// A day and a time of it, as they are written.
#[derive(Debug, Clone, Copy, Default)]
struct Fields {
    year: u16,
    /// From 1.
    month: u16,
    day: u16,
    hour: u16,
    minute: u16,
    second: u16,
}

impl Fields {
    fn has_day(&self) -> bool {
        (1..=days_in_month(self.year, self.month)).contains(&self.day)
    }

    /// Since 1970 began.
    fn days(&self) -> i64 {
        days_from_civil(self.year.into(), self.month.into(), self.day.into())
    }

    /// The milliseconds in UTC.
    fn at(&self, offset: Option<i16>) -> Read {
        let minutes =
            i64::from(self.hour) * 60 + i64::from(self.minute) - i64::from(offset.unwrap_or_default());
        let seconds = self.days() * DAY + minutes * 60 + i64::from(self.second);
        Read { unix: seconds * 1000, offset }
    }
}

/// The place of a name in a list; three letters tell.
fn place(names: &[&str], name: &[u8]) -> Option<u16> {
    let start = name.get(..3)?;
    let found = names.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(start));
    found.map(|at| at as u16)
}

/// ```abnf
/// obs-zone = "UT" / "GMT" / "EST" / "EDT" / "CST" / "CDT" / "MST" / "MDT" / "PST" / "PDT" / military
/// military = %d65-73 / %d75-90 / %d97-105 / %d107-122 ; one letter but "J"
/// ```
/// Minutes, or `None` where only the local time is known: letters have been used in two ways.
fn obs_zone(name: &[u8]) -> Option<Option<i16>> {
    if let &[letter] = name {
        return (letter.is_ascii_alphabetic() && !matches!(letter, b'J' | b'j'))
            .then(|| matches!(letter, b'Z' | b'z').then_some(0));
    }
    if name.eq_ignore_ascii_case(b"UT") || name.eq_ignore_ascii_case(b"GMT") {
        return Some(Some(0));
    }
    let &[zone, kind, b'T' | b't'] = name else { return None };
    let standard = match zone.to_ascii_uppercase() {
        b'E' => -5,
        b'C' => -6,
        b'M' => -7,
        b'P' => -8,
        _ => return None,
    };
    match kind.to_ascii_uppercase() {
        b'S' => Some(Some(standard * 60)),
        b'D' => Some(Some((standard + 1) * 60)),
        _ => None,
    }
}

/// The year that two or three digits stand for (RFC 5322 section 4.3).
const fn full_year(year: u16, digits: usize) -> u16 {
    match digits {
        2 if year < 50 => year + 2000,
        2 | 3 => year + 1900,
        _ => year,
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
    use std::string::{String, ToString};

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

    fn written(read: Read) -> String {
        let local = read.unix + i64::from(read.offset.unwrap_or_default()) * 60_000;
        let text = Date::from_unix(local).to_string();
        let offset = read.offset.map_or("-0000".into(), |minutes| {
            std::format!(
                "{}{:02}{:02}",
                if minutes < 0 { '-' } else { '+' },
                minutes.abs() / 60,
                minutes.abs() % 60
            )
        });
        text.replace("+0000", &offset)
    }

    const STRICT: Reading = Reading { obsolete: false, utf8: false };
    const OBSOLETE: Reading = Reading { obsolete: true, utf8: false };

    // covers: RFC 5322 section 3.3 both
    // covers: RFC 5322 section 4.3 both
    #[test]
    fn dates_by_the_grammar_are_read_alike_in_both_ways() {
        for (text, expected, obsolete) in [
            ("Fri, 21 Nov 1997 09:55:06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600", false),
            ("fri,21 nov 1997 09:55 +1300 (TOT)", "Fri, 21 Nov 1997 09:55:00 +1300", false),
            ("1 Jan 2000\r\n 00:00:00 -0000", "Sat, 01 Jan 2000 00:00:00 -0000", false),
            ("29 Feb 2000 23:59:59 +9959", "Tue, 29 Feb 2000 23:59:59 +9959", false),
            ("21 Nov 97 09(comment):   55  :  06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600", true),
            ("Fri (x) , 21 (y) Nov (z) 1997 09:55:06 EST", "Fri, 21 Nov 1997 09:55:06 -0500", true),
            ("21 Nov 49 09:55:06 gmt", "Sun, 21 Nov 2049 09:55:06 +0000", true),
            ("21 Nov 50 09:55:06 UT", "Tue, 21 Nov 1950 09:55:06 +0000", true),
            ("21 Nov 115 09:55:06 Z", "Sat, 21 Nov 2015 09:55:06 +0000", true),
            ("21 Nov 1997 09:55:06 pdt", "Fri, 21 Nov 1997 09:55:06 -0700", true),
            ("21 Nov 1997 09:55:06 A", "Fri, 21 Nov 1997 09:55:06 -0000", true),
        ] {
            assert_eq!(Date::parse(text, OBSOLETE).map(written).as_deref(), Ok(expected), "{text}");
            assert_eq!(Date::parse(text, STRICT).is_ok(), !obsolete, "{text}");
            if !text.contains(" : ") {
                assert_eq!(Date::read(text.as_bytes()).map(written).as_deref(), Some(expected), "{text}");
            }
        }
        let leap = Date::parse("31 Dec 1998 15:59:60 -0800", STRICT).unwrap();
        assert_eq!(leap.unix, 915_148_800_000);
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("Fr, 21 Nov 1997 09:55:06 -0600", 0),
            ("Mon, 21 Nov 1997 09:55:06 -0600", 0),
            ("Fri 21 Nov 1997 09:55:06 -0600", 3),
            ("Fri, 021 Nov 1997 09:55:06 -0600", 5),
            ("31 Nov 1997 09:55:06 -0600", 0),
            ("0 Nov 1997 09:55:06 -0600", 0),
            ("29 Feb 1999 09:55:06 -0600", 0),
            ("21 November 1997 09:55:06 -0600", 3),
            ("21Nov 1997 09:55:06 -0600", 2),
            ("21 Nov 97 09:55:06 -0600", 7),
            ("21 Nov 1899 09:55:06 -0600", 7),
            ("21 Nov 1997 24:00:00 -0600", 12),
            ("21 Nov 1997 9:55:06 -0600", 12),
            ("21 Nov 1997 09:60:06 -0600", 15),
            ("21 Nov 1997 09:55:60 -0600", 18),
            ("21 Nov 1997 09:55:61 -0600", 18),
            ("21 Nov 1997 09:55:06", 20),
            ("21 Nov 1997 09:55:06 -060", 22),
            ("21 Nov 1997 09:55:06 -0660", 21),
            ("21 Nov 1997 09:55:06 GMT", 21),
            ("21 Nov 1997 09:55:06 UTC", 21),
            ("21 Nov 1997 09:55:06 +0000 x", 27),
            ("21 Nov 1997 (x) 09:55:06 +0000", 12),
        ] {
            assert_eq!(Date::parse(text, STRICT).map_err(|error| error.at), Err(at), "{text}");
        }
    }

    #[test]
    fn what_arrives_is_read_as_it_was_meant() {
        for (text, expected) in [
            ("Sat Mar 24 21:23:03 2007", "Sat, 24 Mar 2007 21:23:03 -0000"),
            ("2015-05-08T12:05:01.123+02:00", "Fri, 08 May 2015 12:05:01 +0200"),
            ("2015-05-08 12:05:01Z", "Fri, 08 May 2015 12:05:01 +0000"),
            ("20150508T120501Z", "Fri, 08 May 2015 12:05:01 +0000"),
            ("8-May-15 12:05 UTC", "Fri, 08 May 2015 12:05:00 +0000"),
            ("8.5.2015 12:05", "Fri, 08 May 2015 12:05:00 -0000"),
            ("5/8/2015 12:05", "Fri, 08 May 2015 12:05:00 -0000"),
            ("25/8/2015 12:05", "Tue, 25 Aug 2015 12:05:00 -0000"),
            ("2015/5/8", "Fri, 08 May 2015 00:00:00 -0000"),
            ("Friday, May 8th, 2015 1:05pm GMT+0100", "Fri, 08 May 2015 13:05:00 +0100"),
            ("Fri., 8 May. 2015 12:05:01+0200 (CEST)", "Fri, 08 May 2015 12:05:01 +0200"),
            ("Fri, 8 May 2015 12:05:01 CEST", "Fri, 08 May 2015 12:05:01 +0200"),
            ("Fri, 8 May 2015 12:05:01 -5", "Fri, 08 May 2015 12:05:01 -0500"),
            ("Fri, 8 May 2015 12:05:01 Nowhere", "Fri, 08 May 2015 12:05:01 -0000"),
        ] {
            assert_eq!(Date::read(text.as_bytes()).map(written).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "Fri",
            "8 May",
            "31 Feb 2015",
            "May 2015 12:00",
            "0 May 2015",
            "8 13 2015",
            "1-2-3-4",
            "(8 May 2015)",
        ] {
            assert_eq!(Date::read(text.as_bytes()), None, "{text}");
        }
    }
}
