//! HTML cut into tags and text as browsers would, as far as a linter needs it: no tree, and no error ends it (the HTML
//! Standard, section 13.2.5).

use alloc::vec::Vec;
use core::ops::Range;

use memchr::memchr;

use super::seek;

/// A piece of HTML. Places are octets of what is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// `<name attribute="value">`
    Open(Tag),
    /// `</name>`, as the place of its name.
    Close(Range<usize>),
    /// What is shown.
    Text(Range<usize>),
    /// What is in `<script>`, `<style>` or `<title>`.
    Raw(Range<usize>),
}

/// A tag that opens an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// All of it.
    pub span: Range<usize>,
    /// Its name.
    pub name: Range<usize>,
    /// In order: the place of the name, and of the value without its quotes.
    pub attributes: Vec<(Range<usize>, Range<usize>)>,
}

/// Reads HTML.
#[derive(Debug)]
pub struct Markup<'t> {
    text: &'t [u8],
    at: usize,
    /// The element whose content is not HTML.
    raw: Option<Range<usize>>,
}

impl<'t> Markup<'t> {
    pub const fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, raw: None }
    }

    /// Behind the octets that end something; the end where nothing does.
    fn behind(&self, from: usize, end: &[u8]) -> usize {
        let found = self.text.get(from..).and_then(|rest| seek(rest, end));
        found.map_or(self.text.len(), |found| from + found + end.len())
    }

    /// Where the element that holds no HTML is closed.
    fn raw_end(&self, name: &Range<usize>) -> usize {
        let name = &self.text[name.clone()];
        let mut at = self.at;
        while let Some(found) = seek(&self.text[at..], b"</") {
            let start = at + found + 2;
            let end = start + name.len();
            if self.text.get(start..end).is_some_and(|close| close.eq_ignore_ascii_case(name)) {
                return start - 2;
            }
            at = start;
        }
        self.text.len()
    }

    /// Where a run of octets ends.
    fn run(&self, from: usize, is: fn(u8) -> bool) -> usize {
        from + self.text[from..].iter().take_while(|octet| is(**octet)).count()
    }

    fn tag(&mut self) -> Tag {
        let start = self.at;
        let name = start + 1
            ..self.run(start + 1, |octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b':'));
        let mut attributes = Vec::new();
        let mut at = name.end;
        loop {
            at = self.run(at, |octet| octet.is_ascii_whitespace() || octet == b'/');
            match self.text.get(at) {
                None => break,
                Some(b'>') => {
                    at += 1;
                    break;
                }
                _ => {}
            }
            let attribute = at..self
                .run(at + 1, |octet| !octet.is_ascii_whitespace() && !matches!(octet, b'=' | b'>' | b'/'));
            at = self.run(attribute.end, |octet| octet.is_ascii_whitespace());
            let mut value = attribute.end..attribute.end;
            if self.text.get(at) == Some(&b'=') {
                at = self.run(at + 1, |octet| octet.is_ascii_whitespace());
                (value, at) = match self.text.get(at) {
                    Some(quote @ (b'"' | b'\'')) => {
                        let end =
                            memchr(*quote, &self.text[at + 1..]).map_or(self.text.len(), |end| at + 1 + end);
                        (at + 1..end, (end + 1).min(self.text.len()))
                    }
                    _ => {
                        let end = self.run(at, |octet| !octet.is_ascii_whitespace() && octet != b'>');
                        (at..end, end)
                    }
                };
            } else {
                at = attribute.end;
            }
            attributes.push((attribute, value));
        }
        self.at = at;
        Tag { span: start..at, name, attributes }
    }
}

impl Iterator for Markup<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            let start = self.at;
            if start >= self.text.len() {
                return None;
            }
            if let Some(name) = self.raw.take() {
                self.at = self.raw_end(&name);
                if self.at > start {
                    return Some(Piece::Raw(start..self.at));
                }
                continue;
            }
            match &self.text[start..] {
                [b'<', b'!', b'-', b'-', ..] => self.at = self.behind(start + 4, b"-->"),
                [b'<', b'!' | b'?', ..] => self.at = self.behind(start, b">"),
                [b'<', b'/', letter, ..] if letter.is_ascii_alphabetic() => {
                    self.at = self.behind(start, b">");
                    let name = start + 2..self.run(start + 2, |octet| octet.is_ascii_alphanumeric());
                    return Some(Piece::Close(name));
                }
                [b'<', letter, ..] if letter.is_ascii_alphabetic() => {
                    let tag = self.tag();
                    let name = &self.text[tag.name.clone()];
                    if ["script", "style", "title", "textarea"]
                        .iter()
                        .any(|raw| name.eq_ignore_ascii_case(raw.as_bytes()))
                    {
                        self.raw = Some(tag.name.clone());
                    }
                    return Some(Piece::Open(tag));
                }
                _ => {
                    self.at =
                        memchr(b'<', &self.text[start + 1..]).map_or(self.text.len(), |end| start + 1 + end);
                    return Some(Piece::Text(start..self.at));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::{format, vec};

    fn read(text: &str) -> Vec<String> {
        let piece = |piece| match piece {
            Piece::Open(tag) => {
                let mut shown = vec![&text[tag.name]];
                for (name, value) in tag.attributes {
                    shown.extend([&text[name], &text[value]]);
                }
                format!("<{}>", shown.join("|"))
            }
            Piece::Close(name) => format!("</{}>", &text[name]),
            Piece::Text(range) => text[range].into(),
            Piece::Raw(range) => format!("raw {}", &text[range]),
        };
        Markup::new(text.as_bytes()).map(piece).collect()
    }

    #[test]
    fn tags_are_cut_as_browsers_do() {
        for (text, pieces) in [
            ("a<b>c</b>", &["a", "<b>", "c", "</b>"][..]),
            ("<a href=x y='1 2' z = \"3\" w>", &["<a|href|x|y|1 2|z|3|w|>"]),
            ("<br/><img/src=a>", &["<br>", "<img|src|a>"]),
            ("1 < 2 <3", &["1 ", "< 2 ", "<3"]),
            ("<!-- <b> --><!doctype html>x", &["x"]),
            ("<!-- open", &[]),
            ("<script>if (a</b) </SCRIPT>x", &["<script>", "raw if (a</b) ", "</SCRIPT>", "x"]),
            ("<style>", &["<style>"]),
            ("<a title=\"open", &["<a|title|open>"]),
            ("<a =x>", &["<a|=x|>"]),
            ("</", &["</"]),
        ] {
            assert_eq!(read(text), pieces, "{text}");
        }
    }
}
