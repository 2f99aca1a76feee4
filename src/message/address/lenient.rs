//! Address lists as real mail has them. What the grammar gives a meaning has that meaning here; the rest is taken apart at
//! the same commas, quotes, comments and brackets, and read as it most likely was meant.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;
use core::ops::Range;

use super::{AddrSpec, Entry, Found, Reading, strict, unescaped};
use crate::message::cfws::{self, is_space};
use crate::message::charset::{Charsets, unlabelled};
use crate::message::word;
use crate::wire::SyntaxError;
use crate::wire::abnf::is_atext;

const ALL: Reading = Reading { obsolete: true, utf8: true };

pub fn list(value: &[u8], charsets: &Charsets) -> Vec<Entry> {
    let mut reader = Reader {
        value,
        at: 0,
        charsets,
        no_quotes: false,
        draft: Draft::default(),
        title: Title::default(),
        group: None,
        entries: Vec::new(),
    };
    reader.read();
    reader.entries
}

/// A part of a name or an address: a run of characters, a quoted string, or an encoded word.
struct Piece {
    span: Range<usize>,
    kind: Kind,
    /// White space or a comment comes before it.
    spaced: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Atom,
    Quoted,
    Word,
}

/// What was found of an entry that is not complete.
#[derive(Default)]
struct Draft {
    pieces: Vec<Piece>,
    /// How many of them come before the angle brackets.
    before: usize,
    /// What is between them.
    angle: Option<Range<usize>>,
    comments: Vec<Range<usize>>,
    /// White space comes before what comes next.
    spaced: bool,
    /// There is an "@" in it which is not inside quotes or an encoded word.
    has_at: bool,
    /// Where its first part begins, if there is any, and the last one ends.
    start: Option<usize>,
    end: usize,
}

impl Draft {
    fn part(&mut self, span: &Range<usize>) {
        self.start = self.start.or(Some(span.start));
        self.end = span.end;
    }

    fn piece(&mut self, kind: Kind, span: Range<usize>) {
        self.part(&span);
        self.pieces.push(Piece { kind, span, spaced: take(&mut self.spaced) });
    }
}

/// What comes before a comma and has no address may be a part of the name behind it: `Doe, John <john@a.example>`.
#[derive(Default)]
struct Title {
    start: usize,
    /// As how many entries it was understood already.
    entries: usize,
}

struct Group {
    name: String,
    start: usize,
    members: Vec<Found>,
}

struct Reader<'a> {
    value: &'a [u8],
    at: usize,
    charsets: &'a Charsets,
    /// No quoted string ends in the rest.
    no_quotes: bool,
    draft: Draft,
    title: Title,
    group: Option<Group>,
    entries: Vec<Entry>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(&octet) = self.value.get(self.at) {
            let start = self.at;
            match octet {
                b'(' => {
                    self.at = cfws::comment(self.value, start);
                    self.draft.part(&(start..self.at));
                    self.draft.comments.push(start..self.at);
                    self.draft.spaced = true;
                }
                b'"' => match self.quoted_string(start) {
                    Some(end) => {
                        self.at = end;
                        self.draft.piece(Kind::Quoted, start..end);
                    }
                    None => {
                        self.at += 1;
                        self.draft.spaced = true;
                    }
                },
                b'<' => self.angle(),
                b'>' if self.draft.angle.is_some() => self.at += 1,
                b',' => {
                    self.at += 1;
                    self.end_entry(true);
                }
                b';' => {
                    self.at += 1;
                    self.end_entry(false);
                    self.end_group(self.at);
                }
                b':' if !self.draft.has_at && self.draft.angle.is_none() => {
                    self.at += 1;
                    self.begin_group();
                }
                octet if is_space(octet) => {
                    self.at += 1;
                    self.draft.spaced = true;
                }
                _ => self.atom(),
            }
        }
        self.end_entry(false);
        self.end_group(self.at);
    }

    /// A quote that is never closed is none, and looking for its end must not be done again.
    fn quoted_string(&mut self, at: usize) -> Option<usize> {
        let end = if self.no_quotes { None } else { cfws::quoted_string(self.value, at) };
        self.no_quotes = end.is_none();
        end
    }

    fn is_at(&self, piece: &Piece) -> bool {
        piece.kind == Kind::Atom && self.value[piece.span.clone()].contains(&b'@')
    }

    /// Whatever is not special here; encoded words, in which anything may be, and domain literals are whole.
    fn atom(&mut self) {
        let start = self.at;
        let mut has_at = false;
        let mut after_at =
            self.draft.pieces.last().is_some_and(|piece| self.value[piece.span.clone()].ends_with(b"@"));
        while let Some(&octet) = self.value.get(self.at) {
            has_at |= octet == b'@';
            match octet {
                b'=' if self.value.get(self.at + 1) == Some(&b'?') => {
                    if let Some(end) = word::end(self.value, self.at) {
                        if self.at > start {
                            self.draft.has_at |= has_at;
                            self.draft.piece(Kind::Atom, start..self.at);
                        }
                        self.draft.piece(Kind::Word, self.at..end);
                        self.at = end;
                        return;
                    }
                    self.at += 1;
                }
                b'[' if after_at => self.at = self.literal(self.at).unwrap_or(self.at + 1),
                b'(' | b'"' | b'<' | b',' | b';' => break,
                b':' if self.at > start && !has_at => break,
                octet if is_space(octet) => break,
                _ => self.at += 1,
            }
            after_at = octet == b'@';
        }
        self.draft.has_at |= has_at;
        self.draft.piece(Kind::Atom, start..self.at);
    }

    /// Behind the domain literal at `at`; `None` if it has no end.
    fn literal(&self, at: usize) -> Option<usize> {
        let mut at = at + 1;
        loop {
            match *self.value.get(at)? {
                b']' => return Some(at + 1),
                b'[' => return None,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    /// What is between angle brackets. Without the closing one, a comma or a semicolon is the end; a second opening one means
    /// that the first was none.
    fn angle(&mut self) {
        let start = self.at + 1;
        let mut at = start;
        let mut separator = None;
        let mut after_at = false;
        let end = loop {
            match self.value.get(at) {
                None => break separator.unwrap_or(at),
                Some(b'>') => break at,
                Some(b'<') => match separator {
                    Some(separator) => break separator,
                    None => {
                        self.at = at;
                        return;
                    }
                },
                Some(b'(') => at = cfws::comment(self.value, at),
                Some(b'"') => at = self.quoted_string(at).unwrap_or(at + 1),
                Some(b'[') if after_at => at = self.literal(at).unwrap_or(at + 1),
                Some(octet) => {
                    if matches!(octet, b',' | b';') {
                        separator = separator.or(Some(at));
                    }
                    after_at = *octet == b'@' || (after_at && is_space(*octet));
                    at += 1;
                }
            }
        };
        if let Some(before) = &self.draft.angle {
            // There should have been a comma: what comes behind the first address is the name of the second.
            let behind = self.draft.pieces.split_off(self.draft.before);
            self.draft.end = before.end + usize::from(self.value.get(before.end) == Some(&b'>'));
            self.end_entry(false);
            self.draft.start = behind.first().map(|piece| piece.span.start);
            self.draft.pieces = behind;
        }
        self.at = end + usize::from(self.value.get(end) == Some(&b'>'));
        self.draft.before = self.draft.pieces.len();
        self.draft.angle = Some(start..end);
        self.draft.part(&(start - 1..self.at));
        self.draft.spaced = true;
    }

    /// A colon: what is before it is the name of a group. There are no groups in groups; inside one it goes unnoticed.
    fn begin_group(&mut self) {
        let draft = take(&mut self.draft);
        let Some(first) = draft.pieces.first() else { return };
        let name = self.phrase(&draft.pieces, &[]);
        self.title = Title::default();
        if self.group.is_none() && !name.eq_ignore_ascii_case("mailto") {
            self.group = Some(Group { name, start: first.span.start, members: Vec::new() });
        }
    }

    fn end_group(&mut self, end: usize) {
        if let Some(Group { name, start, members }) = self.group.take() {
            self.entries.push(Entry::Group { name, members, whole: start..end });
        }
        self.title = Title::default();
    }

    fn push(&mut self, found: Found) {
        match &mut self.group {
            Some(group) => group.members.push(found),
            None => self.entries.push(Entry::Mailbox(found)),
        }
    }

    /// Takes the last entries back, and puts their names in front of another one.
    fn joined(&mut self, entries: usize, name: &str) -> String {
        let mut joined = String::new();
        let mut add = |found: &Found| {
            joined.push_str(found.name.as_deref().unwrap_or_default());
            joined.push_str(", ");
        };
        match &mut self.group {
            Some(group) => {
                let kept = group.members.len().saturating_sub(entries);
                group.members.drain(kept..).for_each(|found| add(&found));
            }
            None => {
                let kept = self.entries.len().saturating_sub(entries);
                for entry in self.entries.drain(kept..) {
                    if let Entry::Mailbox(found) = entry {
                        add(&found);
                    }
                }
            }
        }
        joined.push_str(name);
        joined
    }

    /// Completes an entry; `comma` tells whether a comma is what ended it.
    fn end_entry(&mut self, comma: bool) {
        let draft = take(&mut self.draft);
        let pieces = &draft.pieces;
        let Some(start) = draft.start.filter(|_| !pieces.is_empty() || draft.angle.is_some()) else { return };
        let mut whole = start..draft.end;
        let (address, addr_spec, run) = match &draft.angle {
            Some(angle) => {
                let (address, span) = self.in_angle(angle.clone());
                // Names come before it, but are taken from behind, too.
                let run = if draft.before > 0 { draft.before..pieces.len() } else { 0..0 };
                (address, span, run)
            }
            None => self.without_angle(&draft, whole.clone()),
        };
        // What is no part of the address is the name.
        let mut name = self.phrase(&pieces[..run.start], &pieces[run.end..]);
        let is_title = comma
            && address.is_none()
            && draft.angle.is_none()
            && draft.comments.is_empty()
            && pieces.iter().all(|piece| piece.kind != Kind::Quoted);
        let title = take(&mut self.title);
        if title.entries > 0 && draft.before > 0 {
            name = self.joined(title.entries, &name);
            whole.start = title.start;
        } else if is_title {
            let start = if title.entries > 0 { title.start } else { start };
            self.title = Title { start, entries: title.entries + 1 };
        }
        let name = if name.is_empty() {
            super::comments(self.value, draft.comments.iter(), self.charsets)
        } else {
            Some(name)
        };
        self.push(Found { name, address, addr_spec, whole });
    }

    /// The address between angle brackets, and where it is.
    fn in_angle(&self, mut span: Range<usize>) -> (Option<String>, Range<usize>) {
        if let Some(found) = self.by_grammar(span.clone(), strict::routed) {
            return found;
        }
        let text = &self.value[span.clone()];
        let inner = text.trim_ascii();
        span.start += text.len() - text.trim_ascii_start().len();
        span.end = span.start + inner.len();
        if inner.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"mailto:")) {
            span.start += 7;
            if let Some(found) = self.by_grammar(span.clone(), strict::addr_spec) {
                return found;
            }
        }
        (self.as_written(span.clone()), span)
    }

    /// The address among words, where it is, and which of the pieces it is made of.
    fn without_angle(
        &self,
        draft: &Draft,
        whole: Range<usize>,
    ) -> (Option<String>, Range<usize>, Range<usize>) {
        let pieces = &draft.pieces;
        if !draft.has_at {
            return (None, whole.start..whole.start, 0..0);
        }
        if let Some((address, span)) = self.by_grammar(whole.clone(), strict::addr_spec) {
            return (address, span, 0..pieces.len());
        }
        let mut best: Option<(Range<usize>, bool)> = None;
        let mut start = 0;
        while start < pieces.len() {
            // Pieces belong together when nothing is between them, or an "@" or a dot that needs the other side.
            let mut end = start + 1;
            let mut has_at = self.is_at(&pieces[start]);
            while end < pieces.len()
                && (!pieces[end].spaced || self.is_joined(&pieces[end - 1], &pieces[end], has_at))
            {
                has_at |= self.is_at(&pieces[end]);
                end += 1;
            }
            if has_at {
                let text = &self.value[pieces[start].span.start..pieces[end - 1].span.end];
                let is_whole = !text.starts_with(b"@") && !text.ends_with(b"@");
                if best.as_ref().is_none_or(|(_, found)| is_whole && !found) {
                    best = Some((start..end, is_whole));
                }
            }
            start = end;
        }
        let Some((run, _)) = best else { return (None, whole.start..whole.start, 0..0) };
        let span = pieces[run.start].span.start..pieces[run.end - 1].span.end;
        let (address, span) = self
            .by_grammar(span.clone(), strict::addr_spec)
            .unwrap_or_else(|| (self.as_written(span.clone()), span));
        (address, span, run)
    }

    fn is_joined(&self, left: &Piece, right: &Piece, has_at: bool) -> bool {
        let left = &self.value[left.span.clone()];
        let right = &self.value[right.span.clone()];
        left.ends_with(b"@")
            || right.starts_with(b"@")
            || (has_at && (left.ends_with(b".") || right.starts_with(b".")))
    }

    /// An address that the grammar knows.
    fn by_grammar(
        &self,
        span: Range<usize>,
        parse: fn(&str, Reading) -> Result<AddrSpec, SyntaxError>,
    ) -> Option<(Option<String>, Range<usize>)> {
        let text = core::str::from_utf8(&self.value[span.clone()]).ok()?;
        if is_plain(text) {
            return Some((Some(text.into()), span));
        }
        let found = parse(text, ALL).ok()?;
        let address = found.address();
        let within = span.start + found.span.start..span.start + found.span.end;
        (!address.contains(word::is_unclean)).then_some((Some(address), within))
    }

    fn as_written(&self, span: Range<usize>) -> Option<String> {
        let mut address = String::new();
        word::push_clean(&unlabelled(&self.value[span]), &mut address);
        (!address.is_empty()).then_some(address)
    }

    /// What pieces say.
    fn phrase(&self, before: &[Piece], behind: &[Piece]) -> String {
        let pieces = before.iter().chain(behind);
        let mut raw = Vec::with_capacity(pieces.clone().map(|piece| piece.span.len() + 1).sum());
        for piece in pieces {
            if piece.spaced && !raw.is_empty() {
                raw.push(b' ');
            }
            let text = &self.value[piece.span.clone()];
            match piece.kind {
                Kind::Quoted => raw.extend(unescaped(&text[1..text.len() - 1])),
                _ => raw.extend_from_slice(text),
            }
        }
        let mut name = word::decode(&raw, self.charsets);
        let trimmed = name.trim();
        if trimmed.len() < name.len() {
            name = String::from(trimmed);
        }
        name
    }
}

/// Nearly all addresses are what they mean: `dot-atom "@" dot-atom` in ASCII, with the labels of a host name.
fn is_plain(address: &str) -> bool {
    let is_atom = |atom: &[u8]| !atom.is_empty() && atom.iter().all(|octet| is_atext(char::from(*octet)));
    let is_label = |label: &[u8]| is_atom(label) && !label.starts_with(b"-") && !label.ends_with(b"-");
    let is_dot = |octet: &u8| *octet == b'.';
    let octets = address.as_bytes();
    octets.iter().position(|octet| *octet == b'@').is_some_and(|at| {
        octets[..at].split(is_dot).all(is_atom) && octets[at + 1..].split(is_dot).all(is_label)
    })
}
