//! Header fields: a name, and what is folded behind it (RFC 5322 section 2.2).

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::Range;

use memchr::memchr;

use super::word;

/// Lines fold at 76 octets: RFC 5322 section 2.1.1 asks for 78, RFC 2047 section 2 for 76 where there are encoded words.
const FOLD: usize = 76;
/// No line may be longer (RFC 5322 section 2.1.1).
const LONGEST: usize = 998;

/// A header field that is being written.
#[derive(Debug)]
pub(super) struct Header<'a> {
    out: &'a mut Vec<u8>,
    column: usize,
    /// Nothing is behind the name yet.
    fresh: bool,
    /// Characters outside ASCII stay as they are (RFC 6532).
    utf8: bool,
}

impl<'a> Header<'a> {
    /// Writes the name.
    pub fn new(name: &str, out: &'a mut Vec<u8>) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Self { out, column: name.len() + 1, fresh: true, utf8: false }
    }

    /// Leaves characters outside ASCII as they are, for ways that have SMTPUTF8.
    pub const fn raw(mut self, utf8: bool) -> Self {
        self.utf8 = utf8;
        self
    }

    /// Whether text must be written as encoded words.
    pub fn encodes(&self, text: &str) -> bool {
        word::is_needed(text, self.utf8)
    }

    /// Writes what must not be cut, behind a space or on a line of its own.
    pub fn unit(&mut self, unit: &str) -> &mut Self {
        self.spaced(" ", unit)
    }

    fn spaced(&mut self, space: &str, unit: &str) -> &mut Self {
        let end = self.column + space.len() + unit.len();
        // Right behind the name, some readers do not expect a fold.
        if end > FOLD && (!self.fresh || end > LONGEST) {
            self.out.extend_from_slice(b"\r\n");
            self.column = 0;
        }
        self.out.extend_from_slice(space.as_bytes());
        self.out.extend_from_slice(unit.as_bytes());
        self.column += space.len() + unit.len();
        self.fresh = false;
        self
    }

    /// Writes printable text that may be folded at its spaces and keeps them.
    pub fn plain(&mut self, text: &str) -> &mut Self {
        for (i, (space, unit)) in word::units(text).enumerate() {
            self.spaced(if i == 0 { " " } else { space }, unit);
        }
        self
    }

    /// Writes any text as encoded words.
    pub fn encoded(&mut self, text: &str) -> &mut Self {
        for word in word::encode(text, FOLD.saturating_sub(self.column + 1)) {
            self.unit(&word);
        }
        self
    }

    /// Writes any text, encoded if it must be (`unstructured` of RFC 5322 section 3.2.5).
    pub fn text(&mut self, text: &str) -> &mut Self {
        if self.encodes(text) { self.encoded(text) } else { self.plain(text) }
    }

    /// Ends the field.
    pub fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

/// Where a field of a header section is, in octets of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name. Empty where the line is no field: it is kept, so that nothing is lost.
    pub name: Range<usize>,
    /// Its body, still folded: from behind the colon to its last line's end, exclusive.
    pub body: Range<usize>,
    /// All of it, with its line's end.
    pub span: Range<usize>,
}

/// A header section that was read.
#[derive(Debug)]
pub(super) struct Section {
    pub fields: Vec<Field>,
    /// Behind the last field.
    pub end: usize,
    /// Behind the empty line, which is not part of a body.
    pub octets: usize,
    /// Without the empty line: at the end of everything, or where a line is that is no field.
    pub cut: bool,
}

/// Most header sections have no more fields.
const USUAL: usize = 16;

/// The fields of a whole header section that begins at `base` of a message.
#[cfg(feature = "export-read")]
pub(crate) fn header_fields(section: &[u8], base: usize) -> Vec<Field> {
    fields(section, base, true).map(|section| section.fields).unwrap_or_default()
}

/// Reads the header section at the beginning of `octets`, which are at `base` of the message; nothing when it may go on
/// behind them and they are not the `last`.
///
/// A line that is no field ends the section, as its body begins there without an empty line; unless a field comes behind
/// it, as where a program has broken a field into lines. A first line of `From `, as in mailboxes, is no field.
pub(super) fn fields(octets: &[u8], base: usize, last: bool) -> Option<Section> {
    let mut fields: Vec<Field> = Vec::with_capacity(USUAL);
    let mut at = 0;
    while at < octets.len() {
        let line = line_end(octets, at, last)?;
        let content = trimmed(&octets[at..line]);
        if content.is_empty() {
            return Some(Section { fields, end: at, octets: line, cut: false });
        }
        let place = |range: Range<usize>| base + range.start..base + range.end;
        match (content[0], fields.last_mut()) {
            // Folded: with the field above.
            (b' ' | b'\t', Some(field)) => {
                field.body.end = base + at + content.len();
                field.span.end = base + line;
            }
            _ => match colon(content) {
                Some((name, colon)) => fields.push(Field {
                    name: place(at..at + name),
                    body: place(at + colon + 1..at + content.len()),
                    span: place(at..line),
                }),
                None => {
                    let next = line_end(octets, line, last)?;
                    let goes_on = colon(trimmed(&octets[line..next])).is_some();
                    if !(goes_on || at == 0 && content.starts_with(b"From ")) {
                        return Some(Section { fields, end: at, octets: at, cut: true });
                    }
                    fields.push(Field {
                        name: place(at..at),
                        body: place(at..at + content.len()),
                        span: place(at..line),
                    });
                }
            },
        }
        at = line;
    }
    last.then_some(Section { fields, end: at, octets: at, cut: true })
}

/// A field's body without its folds: a line's end before white space goes, the white space stays (RFC 5322 section 2.2.3).
pub(crate) fn unfolded(body: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\n', body).is_none() {
        return Cow::Borrowed(body);
    }
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        out.extend_from_slice(trimmed(line));
    }
    Cow::Owned(out)
}

/// Behind the line that begins at `at`; nothing when its end is still to come.
fn line_end(octets: &[u8], at: usize, last: bool) -> Option<usize> {
    let end = memchr(b'\n', &octets[at..]).map(|found| at + found + 1);
    end.or(last.then_some(octets.len()))
}

/// A line without its end, which may be more CRs than one.
fn trimmed(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(rest) = line.strip_suffix(b"\r") {
        line = rest;
    }
    line
}

/// How long the name of a field is, and where its colon is.
///
/// ```abnf
/// field-name = 1*ftext
/// ftext = %d33-57 / %d59-126
/// ```
/// White space before the colon is obsolete and read (RFC 5322 section 4.5.8); RFC 6532 allows no more in names.
fn colon(line: &[u8]) -> Option<(usize, usize)> {
    let name =
        line.iter().position(|octet| !matches!(octet, b'!'..=b'9' | b';'..=b'~')).unwrap_or(line.len());
    let space = line[name..].iter().position(|octet| !matches!(octet, b' ' | b'\t'))?;
    (name > 0 && line[name + space] == b':').then_some((name, name + space))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::String, vec};

    fn subject(text: &str) -> String {
        let mut out = vec![];
        Header::new("Subject", &mut out).text(text).end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn short_fields_are_one_line() {
        assert_eq!(subject("hello, world"), "Subject: hello, world\r\n");
        assert_eq!(subject(""), "Subject:\r\n");
        assert_eq!(subject(" "), "Subject: =?utf-8?Q?_?=\r\n");
    }

    #[test]
    fn folding_takes_no_space_away() {
        for text in [
            "word ".repeat(60) + "end",
            "two  spaces  ".repeat(30) + "end",
            "x".repeat(200),
            "x".repeat(500) + " " + &"y".repeat(989),
        ] {
            let written = subject(&text);
            assert_eq!(written.replace("\r\n", ""), ["Subject: ", &text].concat());
            for line in written.lines() {
                assert!(
                    line.len() <= 76 || !line[1..].trim_start_matches("ubject: ").contains(' '),
                    "{line}"
                );
                assert!(line.len() <= 998 && !line.trim().is_empty());
            }
        }
    }

    #[test]
    fn lines_of_encoded_words_have_at_most_76_octets() {
        for text in ["é".repeat(300), "日本語".repeat(100), "x".repeat(3000), "e é ".repeat(100)] {
            let written = subject(&text);
            assert!(written.lines().all(|line| line.len() <= 76), "{written}");
            let words = written.strip_prefix("Subject: ").unwrap().replace("\r\n", "");
            assert_eq!(word::tests::decode(&words), text);
        }
    }
}
