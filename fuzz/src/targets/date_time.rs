//! Date-times (RFC 3339 section 5.6) against an oracle that counts days one by one.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::date_time::DateTime;

pub fn run(octets: &[u8]) {
    if let Ok(text) = std::str::from_utf8(octets) {
        parse(text);
    }
    if let Ok(parts) = Parts::arbitrary_take_rest(Unstructured::new(octets)) {
        parts.check();
    }
}

fn parse(text: &str) {
    match DateTime::parse(text) {
        Ok(time) => {
            let shown = time.to_string();
            assert_eq!(DateTime::parse(&shown), Ok(time), "what parses re-parses equal: {shown}");
            if let Some(utc) = DateTime::from_unix(time.unix()) {
                assert_eq!(utc.unix(), time.unix());
            }
        }
        Err(error) => assert!(error.at <= text.len(), "{error}"),
    }
}

#[derive(Debug, Arbitrary)]
struct Parts {
    year: u16,
    month: u8,
    day: u8,
    time: (u8, u8, u8),
    offset: (bool, u8, u8),
}

impl Parts {
    /// Years that are near enough to be counted to, and parts that are right as often as not.
    fn check(&self) {
        let (year, month, day) = (1900 + self.year % 300, self.month % 14, self.day % 33);
        let (hour, minute, second) = (self.time.0 % 25, self.time.1 % 61, self.time.2 % 60);
        let (east, hours, minutes) = (self.offset.0, self.offset.1 % 24, self.offset.2 % 60);
        let sign = if east { '+' } else { '-' };
        let text = format!(
            "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{hours:02}:{minutes:02}"
        );
        let right =
            (1..=12).contains(&month) && day >= 1 && day <= days(year, month) && hour < 24 && minute < 60;
        let parsed = DateTime::parse(&text);
        assert_eq!(parsed.is_ok(), right, "{text}: {parsed:?}");
        if let Ok(time) = parsed {
            let offset = 60 * (60 * i64::from(hours) + i64::from(minutes)) * if east { 1 } else { -1 };
            let clock = 3600 * i64::from(hour) + 60 * i64::from(minute) + i64::from(second);
            assert_eq!(time.unix(), 86_400 * since_1970(year, month, day) + clock - offset, "{text}");
            parse(&text);
        }
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

fn days(year: u16, month: u8) -> u8 {
    match month {
        2 => 28 + u8::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn since_1970(year: u16, month: u8, day: u8) -> i64 {
    let of_year = |year| 365 + i64::from(is_leap(year));
    let years: i64 = match year {
        1970.. => (1970..year).map(of_year).sum(),
        _ => -(year..1970).map(of_year).sum::<i64>(),
    };
    years + (1..month).map(|month| i64::from(days(year, month))).sum::<i64>() + i64::from(day) - 1
}
