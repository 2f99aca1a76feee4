//! What content is as lines, and so how it may travel (RFC 2045 sections 2.7 to 2.9).

use memchr::{memchr, memchr2};

/// Octets of a line at most, without its CRLF.
const LONGEST: usize = 998;

/// What content is made of (RFC 2045 section 2): each kind holds the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// ASCII without NUL, in lines of at most 998 octets that end with CRLF.
    SevenBit,
    /// The same with octets over 127.
    EightBit,
    /// Anything.
    Binary,
}

impl Kind {
    /// The kind of content that is there as a whole. What holds a line that looks like a boundary of this message, which
    /// begins with `=_` and `stem`, counts as binary: it must be encoded.
    pub fn of(octets: &[u8], stem: &str) -> Self {
        let mut lines = Lines::default();
        if !lines.read(octets) || lines.after_cr || holds_boundary(octets, stem.as_bytes()) {
            return Self::Binary;
        }
        if octets.is_ascii() { Self::SevenBit } else { Self::EightBit }
    }
}

fn holds_boundary(octets: &[u8], stem: &[u8]) -> bool {
    let mut rest = octets;
    loop {
        if rest.strip_prefix(b"--=_").is_some_and(|line| line.starts_with(stem)) {
            return true;
        }
        let Some(at) = memchr(b'\n', rest) else { return false };
        rest = &rest[at + 1..];
    }
}

/// Reads content in pieces, however they are cut, and tells whether it is lines.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    column: usize,
    after_cr: bool,
}

impl Lines {
    /// Nothing has come yet.
    pub const fn new() -> Self {
        Self { column: 0, after_cr: false }
    }

    /// What has come, as a number that [`resumed`](Self::resumed) takes.
    #[cfg(feature = "wasm")]
    pub(crate) const fn state(self) -> u32 {
        (self.column as u32) << 1 | self.after_cr as u32
    }

    /// Goes on from a [`state`](Self::state).
    #[cfg(feature = "wasm")]
    pub(crate) const fn resumed(state: u32) -> Self {
        Self { column: (state >> 1) as usize, after_cr: state & 1 == 1 }
    }

    /// Reads on. False when there is a NUL, a bare CR or LF, or a line of more than 998 octets.
    pub fn read(&mut self, octets: &[u8]) -> bool {
        if memchr(0, octets).is_some() {
            return false;
        }
        let mut rest = octets;
        while let Some(&first) = rest.first() {
            if core::mem::take(&mut self.after_cr) {
                if first != b'\n' {
                    return false;
                }
                self.column = 0;
                rest = &rest[1..];
                continue;
            }
            let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            self.column += end;
            if self.column > LONGEST || rest.get(end) == Some(&b'\n') {
                return false;
            }
            self.after_cr = end < rest.len();
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        true
    }

    /// True unless a CR is the last that came.
    pub const fn may_end(&self) -> bool {
        !self.after_cr
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn content_is_of_the_narrowest_kind() {
        let x = |n| "x".repeat(n);
        for (content, kind) in [
            ("", Kind::SevenBit),
            ("a\r\nb", Kind::SevenBit),
            ("a\tb\x1b\r\n\r\n", Kind::SevenBit),
            ("é\r\n", Kind::EightBit),
            ("a\nb", Kind::Binary),
            ("a\rb", Kind::Binary),
            ("a\r", Kind::Binary),
            ("a\r\r\n", Kind::Binary),
            ("a\0", Kind::Binary),
            (&*x(998), Kind::SevenBit),
            (&*x(999), Kind::Binary),
            (&*[&x(998), "\r\n", &x(998)].concat(), Kind::SevenBit),
            (&*["\r\n", &x(999)].concat(), Kind::Binary),
            ("--=_stem", Kind::Binary),
            ("a\r\n--=_stem_1\r\n", Kind::Binary),
            ("a --=_stem", Kind::SevenBit),
        ] {
            assert_eq!(Kind::of(content.as_bytes(), "stem"), kind, "{content:?}");
        }
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        for text in ["a\r\nb\r\n", "a\nb", "a\rb", "a\r", "\r\n\r\n", "\0"] {
            let mut whole = Lines::default();
            let is_lines = whole.read(text.as_bytes()) && whole.may_end();
            let mut cut = Lines::default();
            assert_eq!(text.bytes().all(|octet| cut.read(&[octet])) && cut.may_end(), is_lines, "{text:?}");
        }
        let mut lines = Lines::default();
        assert!(lines.read(String::from("x").repeat(998).as_bytes()));
        assert!(!lines.read(b"x"));
    }
}
