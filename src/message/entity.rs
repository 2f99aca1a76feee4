//! Walks the entities of a message: what is a header section, what is a body, and where parts begin and end (RFC 5322
//! section 2.1, RFC 2045 section 2.4, RFC 2046 section 5).
//!
//! One walk for content in memory and content that comes in pieces: the walker is shown octets and says how many of them it
//! is done with. It never copies a body, holds nothing but the boundaries that are open, and never fails: what is damaged is
//! marked and goes on as the next best thing.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use memchr::memchr;

use super::charset::Charsets;
use super::header::{Field, fields};
use super::part::{Damage, Kind, Part};

/// How much of a message is taken apart. What is beyond is marked, and stays in one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parts in each other. A body is an attachment to those who look no deeper; attackers nest thousands.
    pub depth: usize,
    /// Parts in all.
    pub parts: usize,
    /// Octets of one header section.
    pub header: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, parts: 10_000, header: 1 << 20 }
    }
}

/// What comes next in a message. Places are octets from its beginning.
#[derive(Debug)]
pub(super) enum Event {
    /// A part begins, and its header section is read; its body has an end only when it has one.
    Begin(Part),
    /// Octets of the body of the part that began last.
    Content(Range<usize>),
    /// The part with this number has ended, with its body.
    End { part: usize, at: usize, damage: Option<Damage> },
}

/// Where the walk is.
#[derive(Debug, Clone, Copy)]
enum State {
    /// A header section begins.
    Header,
    /// In the body of a part without parts.
    Leaf(usize),
    /// Between parts: before the first, or behind the last.
    Between,
    Over,
}

/// A part that is open around the present place.
#[derive(Debug)]
struct Level {
    part: usize,
    /// `--` and the boundary; nothing where the part is a message, which ends with what is around it.
    delimiter: Option<Box<[u8]>>,
    /// Behind the last delimiter.
    closed: bool,
    /// Its parts are messages unless they say otherwise (RFC 2046 section 5.1.5).
    digest: bool,
    /// There was more than is taken apart.
    damage: Option<Damage>,
}

#[derive(Debug)]
pub(super) struct Walker {
    limits: Limits,
    charsets: Charsets,
    levels: Vec<Level>,
    state: State,
    /// Whether a line begins at the next octet.
    line_begins: bool,
    /// How many parts there were.
    parts: usize,
    /// What happened and has not been told, last first.
    pending: Vec<Event>,
}

impl Walker {
    pub fn new(limits: Limits, charsets: Charsets) -> Self {
        Self {
            limits,
            charsets,
            levels: Vec::new(),
            state: State::Header,
            line_begins: true,
            parts: 0,
            pending: Vec::new(),
        }
    }

    /// Whether a header section comes next, which is needed whole.
    pub fn is_at_header(&self) -> bool {
        matches!(self.state, State::Header) && self.pending.is_empty()
    }

    /// The next event of `octets`, which begin at `*at` of the message and of which the walker is done with those before the
    /// new `*at`. Without an event it needs more of them, or is done with all if this was the `last`.
    pub fn next(&mut self, octets: &[u8], at: &mut usize, last: bool) -> Option<Event> {
        let start = *at;
        loop {
            if let Some(event) = self.pending.pop() {
                return Some(event);
            }
            let base = *at;
            let rest = &octets[base - start..];
            let leaf = match self.state {
                State::Header => return self.header(rest, at, last),
                State::Leaf(_) => true,
                State::Between => false,
                State::Over => return None,
            };
            let (content, line) = self.search(rest, last);
            *at = base + content.end;
            if let Some(end) = content.end.checked_sub(1) {
                self.line_begins = rest[end] == b'\n';
            }
            match line {
                Some(line) => {
                    *at = base + line.octets.end;
                    self.arrive(line, base);
                }
                None if last => self.finish(base + rest.len()),
                None if leaf && !content.is_empty() => {}
                None => return None,
            }
            if leaf && !content.is_empty() {
                return Some(Event::Content(base + content.start..base + content.end));
            }
        }
    }

    /// Reads a header section, if all of it is there.
    fn header(&mut self, octets: &[u8], at: &mut usize, last: bool) -> Option<Event> {
        let base = *at;
        let shown = &octets[..octets.len().min(self.limits.header)];
        let section =
            fields(shown, base, last || shown.len() < octets.len() || shown.len() == self.limits.header)?;
        // A delimiter in a header section: the part has no body, and perhaps not even a header.
        let interrupted = self.delimiter_in(&octets[..section.octets]);
        let (list, header, body) = match &interrupted {
            Some(line) => (
                cut(section.fields, base + line.octets.start, base + line.content_end),
                line.content_end,
                line.content_end,
            ),
            None => (section.fields, section.end, section.octets),
        };
        let mut part =
            Part::begin(octets, base, list, base..base + header, base + body, self.digest(), &self.charsets);
        part.number = self.parts;
        part.parent = self.levels.last().map(|level| level.part);
        self.parts += 1;
        if shown.len() < octets.len() && section.octets == shown.len() {
            part.damage.push(Damage::HeaderTooLong);
        }
        if section.cut || interrupted.is_some() {
            part.damage.push(Damage::HeaderCut);
        }
        *at = base + section.octets;
        self.line_begins = octets[..section.octets].last().is_none_or(|octet| *octet == b'\n');
        self.open(&mut part);
        if let Some(line) = interrupted {
            *at = base + line.octets.end;
            self.arrive(line, base);
        }
        Some(Event::Begin(part))
    }

    /// Whether a part without a type is a message here.
    fn digest(&self) -> bool {
        self.levels.last().is_some_and(|level| level.digest)
    }

    /// Decides what the body of a part is.
    fn open(&mut self, part: &mut Part) {
        let delimiter = match part.kind {
            Kind::Leaf => None,
            Kind::Message => Some(None),
            Kind::Multipart => match part.boundary() {
                Some(boundary) => Some(Some([b"--", boundary.as_bytes()].concat().into_boxed_slice())),
                None => {
                    part.damage.push(Damage::NoBoundary);
                    None
                }
            },
        };
        let beyond = if self.levels.len() >= self.limits.depth {
            Some(Damage::TooDeep)
        } else {
            (self.parts >= self.limits.parts).then_some(Damage::TooManyParts)
        };
        match (delimiter, beyond) {
            (Some(delimiter), None) => {
                self.state = if delimiter.is_some() { State::Between } else { State::Header };
                let digest = part.media_type() == "multipart/digest";
                self.levels.push(Level { part: part.number, delimiter, closed: false, digest, damage: None });
            }
            (Some(_), Some(damage)) => {
                part.kind = Kind::Leaf;
                part.damage.push(damage);
                self.state = State::Leaf(part.number);
            }
            (None, _) => {
                part.kind = Kind::Leaf;
                self.state = State::Leaf(part.number);
            }
        }
    }

    /// A delimiter has come: parts end, and perhaps one begins.
    fn arrive(&mut self, line: Line, base: usize) {
        let end = base + line.content_end;
        self.end_parts(line.level + 1, end);
        self.line_begins = true;
        self.state = State::Between;
        match self.levels.last_mut() {
            Some(level) if line.closes => level.closed = true,
            Some(level) if self.parts >= self.limits.parts => level.damage = Some(Damage::TooManyParts),
            _ => self.state = State::Header,
        }
    }

    /// The message is over.
    fn finish(&mut self, end: usize) {
        self.end_parts(0, end);
        self.state = State::Over;
    }

    /// The leaf ends, and what is around it down to so many levels. All that happened before has been told.
    fn end_parts(&mut self, levels: usize, end: usize) {
        if let State::Leaf(part) = self.state {
            self.pending.push(Event::End { part, at: end, damage: None });
        }
        let levels = self.levels.drain(levels.min(self.levels.len())..).rev();
        self.pending.extend(levels.map(|level| level.end(end)));
        self.pending.reverse();
    }

    /// What of these octets is content, and the delimiter behind it. Octets begin where a line does, or behind content
    /// that was not a line's end.
    fn search(&self, octets: &[u8], last: bool) -> (Range<usize>, Option<Line>) {
        if self.levels.iter().all(|level| level.closed || level.delimiter.is_none()) {
            return (0..octets.len(), None);
        }
        let mut from = 0;
        loop {
            // A delimiter is at the beginning, or behind a line's end.
            let start = if from == 0 && self.line_begins && octets.starts_with(b"--") {
                0
            } else {
                match line_of_dashes(octets, from) {
                    Some(start) => start,
                    None => break,
                }
            };
            let end = memchr(b'\n', &octets[start..]).map(|found| start + found + 1);
            let Some(end) = end.or(last.then_some(octets.len())) else {
                // It may yet become one, if it is not too long already.
                if octets.len() - start > LONGEST_DELIMITER {
                    break;
                }
                return (0..before_line_end(octets, start), None);
            };
            if let Some((level, closes)) = self.matches(&octets[start..end]) {
                let content_end = before_line_end(octets, start);
                let line = Line { octets: start..end, content_end, level, closes };
                return (0..content_end, Some(line));
            }
            from = end - 1;
            if from <= start {
                break;
            }
        }
        if last {
            return (0..octets.len(), None);
        }
        if self.line_begins && b"--".starts_with(octets) {
            return (0..0, None);
        }
        // Hold back what may be the end of a line that a delimiter follows.
        let tail = memchr::memrchr(b'\n', octets).filter(|found| b"--".starts_with(&octets[found + 1..]));
        let held = tail.map(|found| before_line_end(octets, found + 1));
        let held = held.or(octets.ends_with(b"\r").then(|| octets.len() - 1));
        (0..held.unwrap_or(octets.len()), None)
    }

    /// The first delimiter in a header section.
    fn delimiter_in(&self, section: &[u8]) -> Option<Line> {
        if self.levels.iter().all(|level| level.closed || level.delimiter.is_none()) {
            return None;
        }
        let (_, line) = self.search(section, true);
        line
    }

    /// Which level's delimiter a line is, and whether it is the last of it.
    ///
    /// ```abnf
    /// delimiter = CRLF "--" boundary
    /// close-delimiter = delimiter "--"
    /// ```
    /// Both may have white space behind them (RFC 2046 section 5.1.1).
    fn matches(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.trim_ascii_end();
        let open = self.levels.iter().enumerate().rev().filter(|(_, level)| !level.closed);
        for (index, level) in open {
            let Some(rest) = level.delimiter.as_ref().and_then(|delimiter| line.strip_prefix(&**delimiter))
            else {
                continue;
            };
            match rest {
                b"" => return Some((index, false)),
                b"--" => return Some((index, true)),
                _ => {}
            }
        }
        None
    }
}

/// Longer than any boundary may be (70 octets), with what is around it; some are longer.
const LONGEST_DELIMITER: usize = 1024;

impl Level {
    fn end(self, at: usize) -> Event {
        let open = self.delimiter.is_some() && !self.closed;
        Event::End { part: self.part, at, damage: self.damage.or(open.then_some(Damage::NotClosed)) }
    }
}

/// A delimiter that was found.
#[derive(Debug)]
struct Line {
    octets: Range<usize>,
    /// Where the content before it ends: the line's end there is the delimiter's.
    content_end: usize,
    level: usize,
    closes: bool,
}

/// Where the next line begins behind `from` that begins with two hyphens.
fn line_of_dashes(octets: &[u8], mut from: usize) -> Option<usize> {
    loop {
        from += memchr(b'\n', &octets[from..])? + 1;
        if octets[from..].starts_with(b"--") {
            return Some(from);
        }
    }
}

/// Where the line that begins at `start` has been separated from what is before it.
fn before_line_end(octets: &[u8], start: usize) -> usize {
    let before = &octets[..start];
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    before.strip_suffix(b"\r").unwrap_or(before).len()
}

/// The fields before a delimiter, to which the line's end before it belongs.
fn cut(mut fields: Vec<Field>, delimiter: usize, end: usize) -> Vec<Field> {
    fields.retain(|field| field.span.end <= delimiter);
    if let Some(last) = fields.last_mut() {
        last.span.end = last.span.end.min(end);
    }
    fields
}
