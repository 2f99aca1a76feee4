//! Dates as real mail has them: words, numbers and times in any order, told apart by their looks.

use super::{Fields, MONTHS, Read, WEEKDAYS, full_year, obs_zone, place};
use crate::message::cfws::{self, is_space};

/// What was found up to some place.
#[derive(Default)]
struct Found {
    day: Option<u16>,
    month: Option<u16>,
    year: Option<u16>,
    time: Option<Time>,
    /// `PM` is `Some(true)`.
    afternoon: Option<bool>,
    /// Minutes. `Some(None)` is one that says nothing.
    offset: Option<Option<i16>>,
}

#[derive(Clone, Copy)]
struct Time {
    hour: u16,
    minute: u16,
    second: u16,
}

pub fn read(text: &[u8]) -> Option<Read> {
    let mut found = Found::default();
    let mut at = cfws::skip(text, 0);
    while at < text.len() {
        let is_end = |&octet: &u8| is_space(octet) || matches!(octet, b',' | b';' | b'(');
        let end = text[at..].iter().position(is_end).map_or(text.len(), |end| at + end);
        found.word(&text[at..end]);
        at = cfws::skip(text, end);
        while matches!(text.get(at), Some(b',' | b';')) {
            at = cfws::skip(text, at + 1);
        }
    }
    found.finish()
}

impl Found {
    fn word(&mut self, word: &[u8]) {
        let mut rest = word;
        while let Some(first) = rest.first() {
            // Each takes something away.
            rest = match first {
                b'+' | b'-' => {
                    self.zone(rest);
                    &[]
                }
                octet if octet.is_ascii_digit() => self.number(rest),
                octet if octet.is_ascii_alphabetic() => self.name(rest),
                _ => &[],
            };
        }
    }

    /// Takes letters. The day of the week tells nothing that the date does not.
    fn name<'a>(&mut self, word: &'a [u8]) -> &'a [u8] {
        let letters = word.iter().take_while(|octet| octet.is_ascii_alphabetic()).count();
        let (name, rest) = word.split_at(letters);
        if name.eq_ignore_ascii_case(b"AM") || name.eq_ignore_ascii_case(b"PM") {
            self.afternoon = Some(name[0].eq_ignore_ascii_case(&b'P'));
        } else if self.month.is_none()
            && let Some(month) = place(&MONTHS, name)
        {
            self.month = Some(month + 1);
        } else if place(&WEEKDAYS, name).is_none() && self.time.is_some() && self.offset.is_none() {
            if matches!(rest.first(), Some(b'+' | b'-')) {
                // GMT+0100
                return rest;
            }
            // A name that nobody knows is no offset, but the place of one is taken.
            self.offset = Some(zone(name));
        }
        rest.strip_prefix(b"-").or(rest.strip_prefix(b".")).unwrap_or(rest)
    }

    /// `+hhmm`, `+hh:mm`, `+hmm` and `+h`, also without a sign.
    fn zone(&mut self, word: &[u8]) {
        if self.time.is_none() || self.offset.is_some() {
            return;
        }
        let (sign, digits) = match word.split_first() {
            Some((b'-', digits)) => (-1, digits),
            Some((b'+', digits)) => (1, digits),
            _ => (1, word),
        };
        let mut number = 0;
        let mut count = 0;
        for &octet in digits {
            match octet {
                b'0'..=b'9' if count < 4 => {
                    number = number * 10 + i16::from(octet - b'0');
                    count += 1;
                }
                b':' if matches!(count, 1 | 2) => {}
                _ => {
                    self.offset = Some(None);
                    return;
                }
            }
        }
        let (hours, minutes) = if count <= 2 { (number, 0) } else { (number / 100, number % 100) };
        let offset = sign * (hours * 60 + minutes);
        self.offset = Some((count > 0 && minutes < 60 && (sign > 0 || offset != 0)).then_some(offset));
    }

    /// Takes what begins with a digit: a time, a date in one word, a day, a year or an offset without its sign.
    fn number<'a>(&mut self, word: &'a [u8]) -> &'a [u8] {
        let length = word.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let (digits, rest) = word.split_at(length);
        match rest {
            [b':', ..] => return self.time(word),
            [separator @ (b'-' | b'/' | b'.'), _, ..] => return self.date(word, *separator),
            _ => {}
        }
        let number = decimal(digits).unwrap_or(u16::MAX);
        match length {
            1 | 2 if self.day.is_none() && (1..=31).contains(&number) => self.day = Some(number),
            2..=4 if self.year.is_none() => self.year = Some(full_year(number, length)),
            3.. if self.year.is_some() => self.zone(digits),
            // 20151231T235959Z
            8 => {
                (self.year, self.month, self.day) =
                    (decimal(&digits[..4]), decimal(&digits[4..6]), decimal(&digits[6..]));
                let Some((time, zone)) =
                    rest.strip_prefix(b"T").and_then(|time| time.split_first_chunk::<6>())
                else {
                    return &[];
                };
                if let (Some(hour), Some(minute), Some(second)) =
                    (decimal(&time[..2]), decimal(&time[2..4]), decimal(&time[4..]))
                {
                    self.time = Some(Time { hour, minute, second });
                }
                return zone;
            }
            _ => {}
        }
        rest
    }

    /// Takes `hh:mm[:ss[.fraction]]`.
    fn time<'a>(&mut self, word: &'a [u8]) -> &'a [u8] {
        let mut parts = [0; 3];
        let mut rest = word;
        for part in &mut parts {
            let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
            // What has more digits cannot be either.
            *part = decimal(&rest[..digits]).unwrap_or(if digits == 0 { 0 } else { u16::MAX });
            rest = &rest[digits..];
            match rest.strip_prefix(b":") {
                Some(behind) => rest = behind,
                None => break,
            }
        }
        if let Some(fraction) = rest.strip_prefix(b".") {
            rest = &fraction[fraction.iter().take_while(|octet| octet.is_ascii_digit()).count()..];
        }
        let [hour, minute, second] = parts;
        self.time = self.time.or(Some(Time { hour, minute, second }));
        rest
    }

    /// Takes a date in one word: `2015-05-08`, with a time behind `T` perhaps, `8-May-2015`, `17.6.2008`, `6/17/2008`.
    fn date<'a>(&mut self, word: &'a [u8], separator: u8) -> &'a [u8] {
        let mut parts = word.splitn(3, |&octet| octet == separator);
        let (Some(first), Some(second), Some(last)) = (parts.next(), parts.next(), parts.next()) else {
            return &[];
        };
        let digits = last.iter().take_while(|octet| octet.is_ascii_digit()).count();
        let (last, rest) = last.split_at(digits);
        let named = place(&MONTHS, second).map(|month| month + 1);
        let (mut day, mut month, year, length) = match first.len() {
            4 => (decimal(last), named.or(decimal(second)), decimal(first), 4),
            _ => (decimal(first), named.or(decimal(second)), decimal(last), last.len()),
        };
        // Where the year is last, only slashes are written the American way, unless it cannot be otherwise.
        if first.len() < 4 && named.is_none() && (month > Some(12) || (separator == b'/' && day <= Some(12)))
        {
            (day, month) = (month, day);
        }
        if let (Some(_), Some(_), Some(year), 2..) = (day, month, year, length) {
            (self.day, self.month, self.year) = (day, month, Some(full_year(year, length)));
        }
        rest.strip_prefix(b"T").or(rest.strip_prefix(b"t")).unwrap_or(rest)
    }

    fn finish(self) -> Option<Read> {
        let time = self.time.unwrap_or(Time { hour: 0, minute: 0, second: 0 });
        let mut fields = Fields {
            year: self.year?,
            month: self.month?,
            day: self.day?,
            hour: time.hour,
            minute: time.minute,
            // Where seconds are counted without leap seconds, there is none.
            second: if time.second == 60 { 59 } else { time.second },
        };
        if !(1..=12).contains(&fields.month) || !fields.has_day() {
            return None;
        }
        match self.afternoon {
            Some(true) if fields.hour < 12 => fields.hour += 12,
            Some(false) if fields.hour == 12 => fields.hour = 0,
            _ => {}
        }
        if fields.hour > 23 || fields.minute > 59 || fields.second > 59 {
            (fields.hour, fields.minute, fields.second) = (0, 0, 0);
        }
        Some(fields.at(self.offset.flatten()))
    }
}

/// At most four digits.
fn decimal(digits: &[u8]) -> Option<u16> {
    if !(1..=4).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
}

/// Minutes from UTC, for names that mean one place only: those of the grammar, and others that mail has.
fn zone(name: &[u8]) -> Option<i16> {
    const ZONES: [(&str, i16); 25] = [
        ("UTC", 0),
        ("WET", 0),
        ("WEST", 60),
        ("CET", 60),
        ("MET", 60),
        ("MEZ", 60),
        ("BST", 60),
        ("CEST", 120),
        ("MEST", 120),
        ("MESZ", 120),
        ("EET", 120),
        ("SAST", 120),
        ("EEST", 180),
        ("MSK", 180),
        ("IST", 330),
        ("SGT", 480),
        ("HKT", 480),
        ("AWST", 480),
        ("JST", 540),
        ("KST", 540),
        ("AEST", 600),
        ("AEDT", 660),
        ("NZST", 720),
        ("NZDT", 780),
        ("HST", -600),
    ];
    let known = ZONES.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    known.map_or_else(|| obs_zone(name).flatten(), |&(_, minutes)| Some(minutes))
}
