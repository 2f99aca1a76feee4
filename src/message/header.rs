//! Header fields: a name, and what is folded behind it (RFC 5322 section 2.2).

use alloc::vec::Vec;

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
