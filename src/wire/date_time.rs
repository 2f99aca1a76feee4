//! Date-times of parameters (RFC 3339 section 5.6).

use core::fmt;
use core::ops::RangeInclusive;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{take_while_m_n, take_while1};
use nom::character::complete::{char, one_of};
use nom::combinator::{map, map_res};
use nom::sequence::preceded;

use super::abnf::{Miss, Parsed, SyntaxError, miss_at, rule, whole};

const DAY: i64 = 24 * 60 * 60;

/// A point in time with the offset from UTC in which it is written.
///
/// ```
/// use edgepost::wire::date_time::DateTime;
///
/// let time = DateTime::parse("2014-04-03T23:01:00+02:00")?;
/// assert_eq!(time.unix(), 1_396_558_860);
/// assert_eq!(DateTime::from_unix(1_396_558_860).unwrap().to_string(), "2014-04-03T21:01:00Z");
/// # Ok::<(), edgepost::wire::SyntaxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    year: u16,
    month: u16,
    day: u16,
    hour: u16,
    minute: u16,
    /// 60 is a leap second.
    second: u16,
    nanosecond: u32,
    /// Minutes east of UTC; `None` is `-00:00`: the time is UTC, and nobody knows what the clock on the wall said.
    offset: Option<i16>,
}

impl DateTime {
    /// Reads a date-time. Of a fraction of a second nine digits count.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, date_time, "the end of the date-time")
    }

    /// `seconds` since 1970 began, in UTC; `None` for a year that has not four digits.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
        let since_midnight = seconds.rem_euclid(DAY);
        Some(Self {
            year: u16::try_from(year).ok().filter(|&year| year <= 9999)?,
            month: u16::from(month),
            day: u16::from(day),
            hour: (since_midnight / 3600) as u16,
            minute: (since_midnight / 60 % 60) as u16,
            second: (since_midnight % 60) as u16,
            nanosecond: 0,
            offset: Some(0),
        })
    }

    /// Seconds since 1970 began, in UTC. A leap second is the second after it, and fractions do not count.
    pub fn unix(&self) -> i64 {
        let days = days_from_civil(i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let [hour, minute, second] = [self.hour, self.minute, self.second].map(i64::from);
        let offset = i64::from(self.offset.unwrap_or(0));
        days * DAY + hour * 3600 + (minute - offset) * 60 + second
    }
}

/// Year, month and day of the Gregorian calendar, so many days after 1970 began.
pub(crate) fn civil_from_days(days: i64) -> (i64, u8, u8) {
    // Years begin in March here, so that the leap day is a year's last; the calendar repeats every 400 years.
    let since = days + 719_468;
    let (era, day_of_era) = (since.div_euclid(146_097), since.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    (era * 400 + year_of_era + i64::from(month <= 2), month as u8, day as u8)
}

pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

pub(crate) const fn days_in_month(year: u16, month: u16) -> u16 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, nanosecond, offset } = *self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanosecond > 0 {
            let (mut fraction, mut digits) = (nanosecond, 9);
            while fraction.is_multiple_of(10) {
                (fraction, digits) = (fraction / 10, digits - 1);
            }
            write!(f, ".{fraction:0digits$}")?;
        }
        match offset {
            Some(0) => f.write_str("Z"),
            None => f.write_str("-00:00"),
            Some(minutes) => {
                let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// ```abnf
/// date-time = full-date "T" full-time
/// full-date = date-fullyear "-" date-month "-" date-mday
/// full-time = partial-time time-offset
/// partial-time = time-hour ":" time-minute ":" time-second [time-secfrac]
/// time-secfrac = "." 1*DIGIT
/// time-offset = "Z" / time-numoffset
/// time-numoffset = ("+" / "-") time-hour ":" time-minute
/// ```
/// A second 60 is one in the last minute of a day of UTC only.
pub(super) fn date_time(input: &str) -> Parsed<'_, DateTime> {
    let (at_day, (year, month)) = (
        number("a year of four digits", 4, 0..=9999),
        preceded(rule("\"-\"", char('-')), number("a month of two digits", 2, 1..=12)),
    )
        .parse(input)?;
    let (rest, day) =
        preceded(rule("\"-\"", char('-')), number("a day of two digits", 2, 1..=31)).parse(at_day)?;
    if day > days_in_month(year, month) {
        return miss_at(at_day, SyntaxError { at: 1, rule: "a day that the month has" });
    }
    let (at_second, (hour, minute)) = (
        preceded(rule("\"T\"", one_of("Tt")), number("an hour of two digits", 2, 0..=23)),
        preceded(rule("\":\"", char(':')), number("a minute of two digits", 2, 0..=59)),
    )
        .parse(rest)?;
    let (rest, (second, nanosecond, offset)) = (
        preceded(rule("\":\"", char(':')), number("a second of two digits", 2, 0..=60)),
        secfrac,
        rule("an offset from UTC", time_offset),
    )
        .parse(at_second)?;
    let time = DateTime { year, month, day, hour, minute, second, nanosecond, offset };
    if second == 60 && time.unix().rem_euclid(DAY) != 0 {
        return miss_at(at_second, SyntaxError { at: 1, rule: "a second that the minute has" });
    }
    Ok((rest, time))
}

fn number<'a>(
    name: &'static str,
    digits: usize,
    range: RangeInclusive<u16>,
) -> impl Parser<&'a str, Output = u16, Error = Miss> {
    let digits = take_while_m_n(digits, digits, |c: char| c.is_ascii_digit());
    rule(
        name,
        map_res(digits, move |digits: &str| {
            digits.parse::<u16>().ok().filter(|number| range.contains(number)).ok_or(())
        }),
    )
}

/// Nanoseconds; none when there is no fraction.
fn secfrac(input: &str) -> Parsed<'_, u32> {
    if !input.starts_with('.') {
        return Ok((input, 0));
    }
    let digits = rule("digits", take_while1(|c: char| c.is_ascii_digit()));
    let (rest, digits) = preceded(char('.'), digits).parse(input)?;
    let nine = digits.bytes().chain(core::iter::repeat(b'0')).take(9);
    Ok((rest, nine.fold(0, |nanoseconds, digit| nanoseconds * 10 + u32::from(digit - b'0'))))
}

fn time_offset(input: &str) -> Parsed<'_, Option<i16>> {
    let hour = number("an hour of two digits", 2, 0..=23);
    let minute = preceded(rule("\":\"", char(':')), number("a minute of two digits", 2, 0..=59));
    let numoffset = map((one_of("+-"), hour, minute), |(sign, hour, minute)| {
        let minutes = (hour * 60 + minute) as i16;
        if sign == '+' { Some(minutes) } else { Some(-minutes).filter(|&minutes| minutes != 0) }
    });
    alt((map(one_of("Zz"), |_| Some(0)), numoffset)).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn known_answers() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2014-04-03T23:01:00Z", 1_396_566_060),
            ("1985-04-12T23:20:50.52Z", 482_196_050),
            ("1996-12-19T16:39:57-08:00", 851_042_397),
            ("1937-01-01T12:00:27.87+00:20", -1_041_337_173),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
            ("9999-12-31T23:59:59-23:59", 253_402_387_139),
            // Leap seconds: in London and in San Francisco.
            ("1990-12-31T23:59:60Z", 662_688_000),
            ("1990-12-31T15:59:60-08:00", 662_688_000),
        ] {
            assert_eq!(DateTime::parse(text).map(|time| time.unix()), Ok(unix), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        for (text, written) in [
            ("2014-04-03T23:01:00Z", "2014-04-03T23:01:00Z"),
            ("2014-04-03t23:01:00z", "2014-04-03T23:01:00Z"),
            ("2014-04-03T23:01:00+00:00", "2014-04-03T23:01:00Z"),
            ("2014-04-03T23:01:00-00:00", "2014-04-03T23:01:00-00:00"),
            ("2014-04-03T23:01:00.500-11:30", "2014-04-03T23:01:00.5-11:30"),
            ("2014-04-03T23:01:00.000+23:59", "2014-04-03T23:01:00+23:59"),
            ("2014-04-03T23:01:00.0123456789Z", "2014-04-03T23:01:00.012345678Z"),
        ] {
            let time = DateTime::parse(text).unwrap();
            assert_eq!(time.to_string(), written);
            assert_eq!(DateTime::parse(written), Ok(time));
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("14-04-03T23:01:00Z", 0),
            ("20140403T230100Z", 4),
            ("2014-13-03T23:01:00Z", 5),
            ("2014-00-03T23:01:00Z", 5),
            ("2014-4-03T23:01:00Z", 5),
            ("2014-04-31T23:01:00Z", 8),
            ("2014-02-29T23:01:00Z", 8),
            ("1900-02-29T23:01:00Z", 8),
            ("2014-04-00T23:01:00Z", 8),
            ("2014-04-03 23:01:00Z", 10),
            ("2014-04-03T24:00:00Z", 11),
            ("2014-04-03T23:60:00Z", 14),
            ("2014-04-03T23:01:61Z", 17),
            ("2014-04-03T23:01:60Z", 17),
            ("1990-12-31T23:59:60+01:00", 17),
            ("2014-04-03T23:01:00.Z", 20),
            ("2014-04-03T23:01:00", 19),
            ("2014-04-03T23:01:00+24:00", 20),
            ("2014-04-03T23:01:00+0100", 22),
            ("2014-04-03T23:01:00Zx", 20),
            ("+014-04-03T23:01:00Z", 0),
            ("２014-04-03T23:01:00Z", 0),
            ("2014-04-03T23:01Z", 16),
        ] {
            assert_eq!(DateTime::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }

    #[test]
    fn only_years_of_four_digits_can_be_written() {
        for seconds in [-62_167_219_200, -1, 0, 951_868_799, 253_402_300_799] {
            let time = DateTime::from_unix(seconds).unwrap();
            assert_eq!(time.unix(), seconds);
            assert_eq!(DateTime::parse(&time.to_string()), Ok(time));
        }
        for seconds in [i64::MIN, -62_167_219_201, 253_402_300_800, i64::MAX] {
            assert_eq!(DateTime::from_unix(seconds), None);
        }
    }
}
