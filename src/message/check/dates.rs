//! Dates (RFC 5322 sections 3.3 and 4.3).

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use core::str::from_utf8;

use super::rule::family;
use super::{Checker, Edit};
use crate::message::date::{MONTHS, WEEKDAYS};
use crate::message::header::Field;
use crate::wire::date_time::{days_from_civil, days_in_month};

family! {
    "Dates", check;

    SYNTAX = "date-syntax" Error WillBeRefused, "RFC 5322 section 3.3",
        "A date is written as in Tue, 3 Mar 2026 10:00:00 +0000, in English and with the zone as an offset.",
        pass "Date: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Date: 2026-03-03T10:00:00Z\n\nHello\n" at "2026-03-03T10:00:00Z";
    IMPOSSIBLE = "date-impossible" Error MayBeFiltered, "RFC 5322 section 3.3",
        "There is no such day, or no such time: readers show another date, or none.",
        pass "Date: Sat, 28 Feb 2026 10:00:00 +0000\n\nHello\n",
        fail "Date: 30 Feb 2026 10:00:00 +0000\n\nHello\n" at "30 Feb 2026";
    WEEKDAY = "date-weekday-wrong" Error Style, "RFC 5322 section 3.3",
        "The day of the week must be the one of that date.",
        pass "Date: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Date: Mon, 3 Mar 2026 10:00:00 +0000\n\nHello\n" at "Mon";
    OBSOLETE = "date-obsolete" Warning Style, "RFC 5322 section 4.3",
        "Years with two digits and zones with names are read still, but must not be written.",
        pass "Date: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Date: Tue, 3 Mar 2026 10:00:00 GMT\n\nHello\n" at "GMT";
    ZONE = "date-zone-impossible" Warning MayBeFiltered, "RFC 5322 section 3.3",
        "No place on Earth has a clock that is so far from UTC.",
        pass "Date: Tue, 3 Mar 2026 10:00:00 +1400\n\nHello\n",
        fail "Date: Tue, 3 Mar 2026 10:00:00 +4700\n\nHello\n" at "+4700";
    IMPLAUSIBLE = "date-implausible" Warning MayBeFiltered, "RFC 5322 section 3.6.1",
        "There was no mail then, or will not be for long: filters count a wrong clock against a message.",
        pass "Date: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Date: Thu, 1 Jan 1970 00:00:00 +0000\n\nHello\n" at "1 Jan 1970";
    IN_FUTURE = "date-after-received" Warning MayBeFiltered, "RFC 5322 section 3.6.1",
        "A message is written before it is received: this one says that it was hours after.",
        pass "Received: from a.example by b.example; Tue, 3 Mar 2026 10:00:01 +0000\nDate: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Received: from a.example by b.example; Tue, 3 Mar 2026 10:00:01 +0000\nDate: Wed, 4 Mar 2026 10:00:00 +0000\n\nHello\n"
            at "Wed, 4 Mar 2026 10:00:00 +0000";
}

const ZONES: &str = "UT GMT EST EDT CST CDT MST MDT PST PDT";
const OFFSETS: [&str; 10] =
    ["+0000", "+0000", "-0500", "-0400", "-0600", "-0500", "-0700", "-0600", "-0800", "-0700"];

/// How many hours a clock may be wrong before filters mind.
const HOURS: i64 = 6;

/// What was read of a date.
struct Read {
    weekday: Option<(usize, Range<usize>)>,
    day: i64,
    month: i64,
    year: i64,
    /// The day of the month to the year.
    date: Range<usize>,
    time: Range<usize>,
    seconds: i64,
    /// Whether the hour, minute and second are on a clock.
    on_clock: bool,
    year_digits: Range<usize>,
    zone: Range<usize>,
    /// From UTC, in minutes.
    offset: i64,
    zone_name: Option<&'static str>,
}

fn check(checker: &mut Checker) {
    let mut written = None;
    for name in ["date", "resent-date"] {
        for field in checker.fields(name) {
            let body = checker.flat(field);
            let value = checker.value(field);
            let Some(read) = read(&body) else {
                if value != field.name {
                    checker.add(&SYNTAX, value);
                }
                continue;
            };
            report(checker, field, &read);
            if name == "date" && written.is_none() {
                written = Some((read.unix(), value));
            }
        }
    }
    let received = checker.field("received").and_then(|field| {
        let body = checker.flat(field);
        let at = body.iter().rposition(|octet| *octet == b';')?;
        read(&body[at + 1..])
    });
    if let (Some((written, span)), Some(received)) = (written, received)
        && written > received.unix() + HOURS * 3600
    {
        checker.add(&IN_FUTURE, span);
    }
}

fn report(checker: &mut Checker, field: &Field, read: &Read) {
    let base = field.body.start;
    let place = |range: &Range<usize>| base + range.start..base + range.end;
    if !read.on_clock {
        checker.add(&IMPOSSIBLE, place(&read.time));
    }
    if read.day < 1 || read.day > i64::from(days_in_month(read.year as u16, read.month as u16)) {
        checker.add(&IMPOSSIBLE, place(&read.date));
    } else {
        let weekday = (days_from_civil(read.year, read.month, read.day) + 4).rem_euclid(7) as usize;
        if let Some((said, span)) = &read.weekday
            && *said != weekday
        {
            let edit = Edit::new(place(span), WEEKDAYS[weekday]);
            checker.mend(&WEEKDAY, place(span), "Write the right day", edit);
        }
        if !(1980..2100).contains(&read.year) {
            checker.add(&IMPLAUSIBLE, place(&read.date));
        }
    }
    if read.year_digits.len() < 4 {
        let year = decimal(read.year);
        let edit = Edit::new(place(&read.year_digits), year);
        checker.mend(&OBSOLETE, place(&read.year_digits), "Write the year with four digits", edit);
    }
    if let Some(offset) = read.zone_name {
        let edit = Edit::new(place(&read.zone), offset);
        checker.mend(&OBSOLETE, place(&read.zone), "Write the zone as an offset", edit);
    }
    if read.offset.abs() > 14 * 60 {
        checker.add(&ZONE, place(&read.zone));
    }
}

impl Read {
    fn unix(&self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * 86_400 + self.seconds - self.offset * 60
    }
}

/// ```abnf
/// date-time = [ day-of-week "," ] day month year hour ":" minute [ ":" second ] zone [CFWS]
/// ```
/// with the obsolete forms; places are in what is read.
fn read(text: &[u8]) -> Option<Read> {
    let mut words = words(text)?.into_iter().peekable();
    let mut weekday = None;
    let mut word = words.next()?;
    let said = named(&WEEKDAYS, &text[word.clone()]);
    if let Some(said) = said {
        weekday = Some((said, word));
        let comma = words.next()?;
        if text[comma] != *b"," {
            return None;
        }
        word = words.next()?;
    }
    let (day, date) = (number(text, &word, 2)?, word.start);
    let month = named(&MONTHS, &text[words.next()?])? as i64 + 1;
    let year_digits = words.next()?;
    let mut year = number(text, &year_digits, 4)?;
    match year_digits.len() {
        1 => return None,
        2 => year += if year < 50 { 2000 } else { 1900 },
        3 => year += 1900,
        _ => {}
    }
    let hour = words.next()?;
    let mut end = 0;
    let mut clock = [number(text, &hour, 2)?, 0, 0];
    for (place, part) in clock.iter_mut().skip(1).enumerate() {
        let colon = words.next_if(|word| text[word.clone()] == *b":");
        match colon {
            Some(_) => {
                let digits = words.next()?;
                if digits.len() != 2 {
                    return None;
                }
                *part = number(text, &digits, 2)?;
                end = digits.end;
            }
            None if place == 0 => return None,
            None => {}
        }
    }
    let zone = words.next()?;
    if words.next().is_some() {
        return None;
    }
    let written = &text[zone.clone()];
    let mut zone_name = None;
    let offset = match written {
        [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => {
            let value = number(text, &(zone.start + 1..zone.end), 4)?;
            let minutes = value / 100 * 60 + value % 100;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => {
            let name = from_utf8(written).ok()?;
            let known = ZONES.split(' ').position(|known| known.eq_ignore_ascii_case(name));
            // What else is a zone may as well be any other: RFC 5322 section 4.3 takes it for -0000.
            let alone = name.len() <= 5 && name.bytes().all(|octet| octet.is_ascii_alphabetic());
            let offset = known.map(|known| OFFSETS[known]).or(alone.then_some("-0000"))?;
            zone_name = Some(offset);
            let hours = i64::from(offset.as_bytes()[2] - b'0') * 60;
            if offset.starts_with('-') { -hours } else { hours }
        }
    };
    let [hours, minutes, seconds] = clock;
    Some(Read {
        weekday,
        day,
        month,
        year,
        date: date..year_digits.end,
        time: hour.start..end,
        seconds: hours * 3600 + minutes * 60 + seconds,
        on_clock: hours < 24 && minutes < 60 && seconds <= 60,
        year_digits,
        zone,
        offset,
        zone_name,
    })
}

/// Words and specials between white space and comments; nothing where a comment has no end.
fn words(text: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    let mut open = false;
    for (at, octet) in text.iter().enumerate() {
        match octet {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            _ if depth > 0 => {}
            b' ' | b'\t' => {}
            b',' | b':' => words.push(at..at + 1),
            _ => {
                match words.last_mut() {
                    Some(last) if open => last.end = at + 1,
                    _ => words.push(at..at + 1),
                }
                open = true;
                continue;
            }
        }
        open = false;
        if words.len() > 16 {
            return None;
        }
    }
    (depth == 0).then_some(words)
}

/// Which of these names it is, in whatever case.
fn named(names: &[&str], name: &[u8]) -> Option<usize> {
    names.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

fn number(text: &[u8], digits: &Range<usize>, most: usize) -> Option<i64> {
    let digits = &text[digits.clone()];
    let value = |sum: i64, digit: &u8| sum * 10 + i64::from(digit - b'0');
    (!digits.is_empty() && digits.len() <= most && digits.iter().all(u8::is_ascii_digit))
        .then(|| digits.iter().fold(0, value))
}

fn decimal(year: i64) -> String {
    alloc::string::ToString::to_string(&year)
}
