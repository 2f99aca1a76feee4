//! The mailboxes in an address field, with the place of everything (RFC 5322 section 3.4): cut at commas and angle
//! brackets, and not judged yet.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use memchr::memchr;

use super::{Checker, trimmed};
use crate::message::cfws::{comment_end, quoted_string};
use crate::message::header::Field;
use crate::message::word;

/// A mailbox, or what stands in the place of one. Places are octets of the message.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The display name as it was written.
    pub name: Range<usize>,
    /// What is between angle brackets, or all if there are none.
    pub address: Range<usize>,
    /// All of it.
    pub whole: Range<usize>,
    /// Whether it has angle brackets.
    pub angle: bool,
}

/// What stands in an address field.
#[derive(Debug, Default)]
pub struct List {
    /// In order.
    pub entries: Vec<Entry>,
    /// The names of groups.
    pub groups: Vec<Range<usize>>,
    /// Semicolons that end no group.
    pub semicolons: Vec<Range<usize>>,
    /// Commas with nothing before them.
    pub empty: Vec<Range<usize>>,
    /// A quote, a parenthesis or an angle bracket that is never closed, or is too much.
    pub unclosed: Option<Range<usize>>,
}

/// Reads an address field.
pub fn read(checker: &Checker, field: &Field) -> List {
    let (base, text) = (field.body.start, checker.flat(field));
    let mut list = List::default();
    let place = |range: Range<usize>| base + range.start..base + range.end;
    let (mut start, mut at) = (0, 0);
    let mut angle: Option<Range<usize>> = None;
    let (mut in_group, mut open) = (false, false);
    while at <= text.len() {
        let octet = text.get(at).copied();
        let next = match octet {
            Some(b'"') => quoted_string(&text, at),
            Some(b'(') => comment_end(&text, at),
            Some(b'[') if !open => {
                let end = text[at..].iter().position(|octet| *octet == b']').map(|end| at + end + 1);
                // It is searched for no more.
                open = end.is_none();
                end.or(Some(at + 1))
            }
            Some(b'<') if angle.is_none() => {
                let end = closing(&text, at);
                angle = end.map(|end| at + 1..end - 1);
                end
            }
            Some(b'<' | b'>') => None,
            _ => Some(at + 1),
        };
        let Some(next) = next else {
            list.unclosed = Some(place(at..at + 1));
            break;
        };
        match octet {
            Some(b':') if !in_group => {
                in_group = true;
                angle = None;
                list.groups.push(place(trimmed(&text, start..at)));
                start = next;
            }
            Some(b',' | b';') | None => {
                let entry = entry(&text, start..at, angle.take());
                let ends_group = octet == Some(b';') && in_group;
                match entry {
                    Some(entry) => list.entries.push(Entry {
                        name: place(entry.name),
                        address: place(entry.address),
                        whole: place(entry.whole),
                        angle: entry.angle,
                    }),
                    None if octet == Some(b',') => list.empty.push(place(at..next)),
                    None => {}
                }
                if octet == Some(b';') && !in_group {
                    list.semicolons.push(place(at..next));
                }
                in_group &= !ends_group;
                start = next;
            }
            _ => {}
        }
        at = next;
    }
    list
}

fn entry(text: &[u8], range: Range<usize>, angle: Option<Range<usize>>) -> Option<Entry> {
    let whole = trimmed(text, range);
    match angle {
        Some(angle) => {
            let name = trimmed(text, whole.start..angle.start - 1);
            Some(Entry { name, address: trimmed(text, angle), whole, angle: true })
        }
        None => {
            // What is in parentheses behind an address, or before it, is its name in old mail.
            let mut address = whole.clone();
            let mut name = whole.start..whole.start;
            while text[address.clone()].starts_with(b"(")
                && let Some(end) = comment_end(text, address.start).filter(|end| *end <= address.end)
            {
                name = address.start..end;
                address = trimmed(text, end..address.end);
            }
            if text[address.clone()].ends_with(b")") {
                let start = address.start + memchr(b'(', &text[address.clone()])?;
                name = start..address.end;
                address = trimmed(text, address.start..start);
            }
            (!address.is_empty()).then_some(Entry { name, address, whole, angle: false })
        }
    }
}

/// Behind the angle bracket that closes.
fn closing(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match text.get(at)? {
            b'>' => return Some(at + 1),
            b'<' => return None,
            b'"' => at = quoted_string(text, at)?,
            _ => at += 1,
        }
    }
}

/// A mailbox as readers see it.
#[derive(Debug)]
pub struct Shown {
    /// The name, decoded.
    pub name: String,
    /// The address as it was written.
    pub address: String,
    /// Where they are.
    pub place: Entry,
}

impl Shown {
    /// What is behind the "@".
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl Checker<'_> {
    /// The mailboxes of the first field of this name.
    pub(super) fn mailboxes(&self, name: &str) -> Vec<Shown> {
        let Some(field) = self.field(name) else { return Vec::new() };
        // More than these are not looked at by name.
        read(self, field).entries.into_iter().take(100).map(|entry| self.shown(entry)).collect()
    }

    fn shown(&self, place: Entry) -> Shown {
        let text = |range: &Range<usize>| String::from_utf8_lossy(&self.octets[range.clone()]).into_owned();
        let mut name = self.octets[place.name.clone()].to_vec();
        // Quotes are not shown, nor are the parentheses of a comment.
        name.retain(|octet| !matches!(octet, b'"' | b'\\' | b'\r' | b'\n' | b'(' | b')'));
        Shown { name: word::decode(&name, self.message.charsets()), address: text(&place.address), place }
    }
}
