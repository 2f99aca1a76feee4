//! A strict reader of fields: characters, white space and comments by the grammar of RFC 5322 section 3.2, with the obsolete
//! forms of section 4.1 and the UTF-8 of RFC 6532 section 3 where the caller allows them.

use alloc::vec::Vec;
use core::ops::Range;

use crate::wire::SyntaxError;
use crate::wire::abnf::is_utf8_non_ascii;

/// What else than the grammar of RFC 5322 section 3 a strict reader takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// The obsolete syntax of section 4.
    pub obsolete: bool,
    /// UTF-8 (RFC 6532 section 3).
    pub utf8: bool,
}

pub(super) type Parsed<T> = Result<T, SyntaxError>;

pub(super) struct Cursor<'a> {
    pub text: &'a str,
    /// Octets that were passed.
    pub at: usize,
    reading: Reading,
    /// Those that were passed, until somebody takes them away.
    pub comments: Vec<Range<usize>>,
}

impl<'a> Cursor<'a> {
    pub const fn new(text: &'a str, reading: Reading) -> Self {
        Self { text, at: 0, reading, comments: Vec::new() }
    }

    pub fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub fn miss<T>(&self, rule: &'static str) -> Parsed<T> {
        Err(SyntaxError { at: self.at, rule })
    }

    pub fn take(&mut self, octet: u8, rule: &'static str) -> Parsed<()> {
        if self.next() != Some(octet) {
            return self.miss(rule);
        }
        self.at += 1;
        Ok(())
    }

    pub fn end(&self, rule: &'static str) -> Parsed<()> {
        if self.next().is_some() { self.miss(rule) } else { Ok(()) }
    }

    /// Fails where only the obsolete syntax would go on.
    pub fn obsolete(&self, at: usize, rule: &'static str) -> Parsed<()> {
        if self.reading.obsolete { Ok(()) } else { Err(SyntaxError { at, rule }) }
    }

    /// Passes one character if it is of these, or outside ASCII.
    pub fn pass(&mut self, is: fn(u8) -> bool) -> Parsed<bool> {
        match self.next() {
            Some(octet) if octet.is_ascii() => {
                self.at += usize::from(is(octet));
                Ok(is(octet))
            }
            Some(_) => self.non_ascii().map(|()| true),
            None => Ok(false),
        }
    }

    /// As [`pass`](Self::pass), with the controls that the obsolete forms of texts have.
    pub fn pass_text(&mut self, is: fn(u8) -> bool) -> Parsed<bool> {
        if self.next().is_some_and(is_obs_no_ws_ctl) {
            self.obsolete(self.at, "a printable character")?;
            self.at += 1;
            return Ok(true);
        }
        self.pass(is)
    }

    /// ```abnf
    /// UTF8-non-ascii = UTF8-2 / UTF8-3 / UTF8-4
    /// ```
    /// Without the C1 controls.
    fn non_ascii(&mut self) -> Parsed<()> {
        let c = self.text[self.at..].chars().next().unwrap_or_default();
        if !self.reading.utf8 {
            return self.miss("ASCII, unless UTF-8 is allowed");
        }
        if !is_utf8_non_ascii(c) {
            return self.miss("a printable character");
        }
        self.at += c.len_utf8();
        Ok(())
    }

    /// ```abnf
    /// quoted-pair = ("\" (VCHAR / WSP)) / obs-qp
    /// obs-qp = "\" (%d0 / obs-NO-WS-CTL / LF / CR)
    /// ```
    pub fn quoted_pair(&mut self) -> Parsed<()> {
        self.at += 1;
        if self.next().is_some_and(|octet| octet.is_ascii_control() && octet != b'\t') {
            self.obsolete(self.at, "a printable character")?;
            self.at += 1;
            return Ok(());
        }
        if self.pass(|octet| matches!(octet, b'\t' | b' '..=b'~'))? {
            Ok(())
        } else {
            self.miss("a character")
        }
    }

    /// ```abnf
    /// CFWS = (1*([FWS] comment) [FWS]) / FWS
    /// comment = "(" *([FWS] ccontent) [FWS] ")"
    /// ccontent = ctext / quoted-pair / comment
    /// ctext = %d33-39 / %d42-91 / %d93-126 / obs-ctext
    /// obs-ctext = obs-NO-WS-CTL
    /// ```
    /// Tells whether there was any.
    pub fn cfws(&mut self) -> Parsed<bool> {
        let start = self.at;
        self.fws()?;
        while self.next() == Some(b'(') {
            let (comment, mut depth) = (self.at, 0_usize);
            loop {
                self.fws()?;
                match self.next() {
                    Some(b'(') => {
                        self.at += 1;
                        depth += 1;
                    }
                    Some(b')') => {
                        self.at += 1;
                        depth -= 1;
                    }
                    Some(b'\\') => self.quoted_pair()?,
                    _ if self.pass_text(is_ctext)? => {}
                    _ => return self.miss("\")\""),
                }
                if depth == 0 {
                    break;
                }
            }
            self.comments.push(comment..self.at);
            self.fws()?;
        }
        Ok(self.at > start)
    }

    /// ```abnf
    /// FWS = ([*WSP CRLF] 1*WSP) / obs-FWS
    /// obs-FWS = 1*([CRLF] WSP)
    /// ```
    /// As erratum 1908 of RFC 5322 has it. Tells whether there was any.
    pub fn fws(&mut self) -> Parsed<bool> {
        let start = self.at;
        let mut folds = 0;
        loop {
            match self.next() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\r') => {
                    if !matches!(self.text.as_bytes().get(self.at + 1..), Some([b'\n', b' ' | b'\t', ..])) {
                        return self.miss("a line end with white space behind it");
                    }
                    folds += 1;
                    if folds > 1 {
                        self.obsolete(self.at, "something else than white space on a line")?;
                    }
                    self.at += 3;
                }
                _ => return Ok(self.at > start),
            }
        }
    }
}

const fn is_obs_no_ws_ctl(octet: u8) -> bool {
    matches!(octet, 1..=8 | 11 | 12 | 14..=31 | 127)
}

fn is_ctext(octet: u8) -> bool {
    matches!(octet, b'!'..=b'\'' | b'*'..=b'[' | b']'..=b'~')
}
