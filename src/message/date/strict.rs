//! Dates by the grammar of RFC 5322 section 3.3, and of section 4.3 where the caller allows it.

use super::{DAY, Fields, MONTHS, Read, WEEKDAYS, full_year, obs_zone, place};
use crate::message::cursor::{Cursor, Parsed};
use crate::wire::SyntaxError;

/// ```abnf
/// date-time = [ day-of-week "," ] date time [CFWS]
/// day-of-week = ([FWS] day-name) / obs-day-of-week
/// date = day month year
/// day = ([FWS] 1*2DIGIT FWS) / obs-day
/// year = (FWS 4*DIGIT FWS) / obs-year
/// time = time-of-day zone
/// time-of-day = hour ":" minute [ ":" second ]
/// ```
pub fn date_time(cursor: &mut Cursor<'_>) -> Parsed<Read> {
    space(cursor, false)?;
    let weekday_at = cursor.at;
    let weekday = if cursor.next().is_some_and(|octet| octet.is_ascii_alphabetic()) {
        let weekday = name(cursor, &WEEKDAYS, "a day of the week or of the month")?;
        if cursor.next() != Some(b',') {
            obs_space(cursor)?;
        }
        cursor.take(b',', "\",\"")?;
        Some(weekday)
    } else {
        None
    };
    space(cursor, false)?;
    let mut fields = Fields::default();
    let day_at = cursor.at;
    fields.day = digits(cursor, 1..=2, "a day of the month")?.0;
    space(cursor, true)?;
    fields.month = name(cursor, &MONTHS, "a month")? + 1;
    space(cursor, true)?;
    let year_at = cursor.at;
    let (year, length) = digits(cursor, 2..=4, "a year")?;
    if length < 4 {
        cursor.obsolete(year_at, "a year of four digits")?;
    }
    fields.year = full_year(year, length);
    if fields.year < 1900 {
        return Err(SyntaxError { at: year_at, rule: "a year from 1900" });
    }
    if !fields.has_day() {
        return Err(SyntaxError { at: day_at, rule: "a day that the month has" });
    }
    // 1970 began on a Thursday.
    if weekday.is_some_and(|weekday| (fields.days() + 4).rem_euclid(7) != i64::from(weekday)) {
        return Err(SyntaxError { at: weekday_at, rule: "the day of the week of this date" });
    }
    space(cursor, true)?;
    fields.hour = two(cursor, 23, "an hour")?;
    colon(cursor)?;
    cursor.take(b':', "\":\"")?;
    fields.minute = two(cursor, 59, "a minute")?;
    let before = cursor.at;
    let second_at = match colon(cursor) {
        Ok(()) if cursor.next() == Some(b':') => {
            cursor.at += 1;
            obs_space(cursor)?;
            let at = cursor.at;
            fields.second = two(cursor, 60, "a second")?;
            at
        }
        _ => {
            cursor.at = before;
            before
        }
    };
    space(cursor, true)?;
    let read = fields.at(zone(cursor)?);
    if fields.second == 60 && read.unix.rem_euclid(DAY * 1000) != 0 {
        return Err(SyntaxError { at: second_at, rule: "a second that the minute has" });
    }
    cursor.cfws()?;
    cursor.end("the end of the date")?;
    Ok(read)
}

/// FWS, which obsolete forms have comments in.
fn space(cursor: &mut Cursor<'_>, needed: bool) -> Parsed<()> {
    let start = cursor.at;
    let is_some = cursor.fws()?;
    if cursor.next() == Some(b'(') {
        // At the end of a date, comments are not obsolete: whatever is missing then is the better thing to say.
        cursor.obsolete(cursor.at, "something else than a comment here")?;
        cursor.cfws()?;
    } else if needed && !is_some {
        cursor.obsolete(start, "a space")?;
    }
    Ok(())
}

/// `[CFWS]` that only obsolete forms have.
fn obs_space(cursor: &mut Cursor<'_>) -> Parsed<()> {
    let start = cursor.at;
    if cursor.cfws()? { cursor.obsolete(start, "no space") } else { Ok(()) }
}

/// What may be around a colon.
fn colon(cursor: &mut Cursor<'_>) -> Parsed<()> {
    if cursor.next() == Some(b':') { Ok(()) } else { obs_space(cursor) }
}

fn name(cursor: &mut Cursor<'_>, names: &[&str], rule: &'static str) -> Parsed<u16> {
    let rest = &cursor.text.as_bytes()[cursor.at..];
    let length = rest.iter().take_while(|octet| octet.is_ascii_alphabetic()).count();
    match place(names, &rest[..length]).filter(|_| length == 3) {
        Some(found) => {
            cursor.at += length;
            Ok(found)
        }
        None => cursor.miss(rule),
    }
}

/// A number, and how many digits it has.
fn digits(
    cursor: &mut Cursor<'_>,
    count: core::ops::RangeInclusive<usize>,
    rule: &'static str,
) -> Parsed<(u16, usize)> {
    let rest = &cursor.text.as_bytes()[cursor.at..];
    let length = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    if !count.contains(&length) {
        return cursor.miss(rule);
    }
    cursor.at += length;
    Ok((rest[..length].iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')), length))
}

/// ```abnf
/// hour = 2DIGIT / obs-hour
/// obs-hour = [CFWS] 2DIGIT [CFWS]
/// ```
fn two(cursor: &mut Cursor<'_>, most: u16, rule: &'static str) -> Parsed<u16> {
    obs_space(cursor)?;
    let at = cursor.at;
    let (number, _) = digits(cursor, 2..=2, rule)?;
    if number > most { Err(SyntaxError { at, rule }) } else { Ok(number) }
}

/// ```abnf
/// zone = (FWS ( "+" / "-" ) 4DIGIT) / obs-zone
/// ```
fn zone(cursor: &mut Cursor<'_>) -> Parsed<Option<i16>> {
    const RULE: &str = "an offset from UTC";
    let start = cursor.at;
    match cursor.next() {
        Some(sign @ (b'+' | b'-')) => {
            cursor.at += 1;
            let (number, _) = digits(cursor, 4..=4, RULE)?;
            let (hours, minutes) = ((number / 100) as i16, (number % 100) as i16);
            if minutes > 59 {
                return Err(SyntaxError { at: start, rule: RULE });
            }
            let offset = hours * 60 + minutes;
            Ok(if sign == b'+' { Some(offset) } else { Some(-offset).filter(|&offset| offset != 0) })
        }
        _ => {
            let rest = &cursor.text.as_bytes()[start..];
            let length = rest.iter().take_while(|octet| octet.is_ascii_alphabetic()).count();
            let Some(offset) = obs_zone(&rest[..length]) else { return cursor.miss(RULE) };
            cursor.obsolete(start, RULE)?;
            cursor.at += length;
            Ok(offset)
        }
    }
}
