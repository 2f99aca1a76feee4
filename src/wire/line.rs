//! Lines that end with CRLF and nothing else (RFC 5321 section 2.3.8), cut from bytes that come in any pieces.

use alloc::vec::Vec;
use core::fmt;

use memchr::memchr2;
use zeroize::Zeroize;

/// Bytes from the peer that nobody has read yet: lines, or the octets of content.
///
/// Feeding `n` bytes costs `O(n)` in all, however they are cut, and a line that is over its limit is not kept.
#[derive(Default)]
pub struct Input {
    buffer: Vec<u8>,
    /// What is before this was read.
    start: usize,
    /// No line ends between `start` and here.
    scanned: usize,
    /// The rest of a broken line is still to come, up to its CRLF.
    discarding: bool,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineError {
    /// A CR without a LF behind it.
    BareCr,
    /// A LF without a CR before it.
    BareLf,
    /// More octets than the limit, CRLF included.
    TooLong {
        /// The limit, in octets.
        limit: usize,
    },
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BareCr => f.write_str("bare CR in a line: lines end with CRLF"),
            Self::BareLf => f.write_str("bare LF in a line: lines end with CRLF"),
            Self::TooLong { limit } => write!(f, "line longer than {limit} octets"),
        }
    }
}

impl core::error::Error for LineError {}

/// What clients send may be secret: debug output counts it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} octets]", self.rest().len())
    }
}

impl Input {
    /// Adds bytes from the peer.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// What has not been read.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// True when all has been read.
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }

    /// Forgets all that has not been read.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Overwrites what was read: it was secret.
    pub fn wipe(&mut self) {
        self.buffer[..self.start].zeroize();
    }

    /// Marks `octets` of [`rest`](Self::rest) as read.
    pub fn consume(&mut self, octets: usize) {
        self.start = (self.start + octets).min(self.buffer.len());
        self.scanned = self.start;
    }

    /// The start of the next line, as far as it has come; nothing while the rest of a broken line is still to come.
    pub fn line_start(&mut self) -> &[u8] {
        while self.discarding {
            let found = memchr2(b'\r', b'\n', &self.buffer[self.scanned..]).map(|found| self.scanned + found);
            match found.and_then(|at| Some((at, self.buffer.get(at..at + 2)?))) {
                Some((at, b"\r\n")) => {
                    self.consume(at + 2 - self.start);
                    self.discarding = false;
                }
                Some((at, &[b'\r', _])) => self.consume(at + 1 - self.start),
                // A bare LF is for `line` to report.
                _ => return b"",
            }
        }
        self.rest()
    }

    /// The next line without its CRLF, or `None` until more bytes come.
    ///
    /// A broken line is reported once, as soon as it is known to be broken, and again for every bare LF in it; the rest
    /// of it, up to its CRLF, is dropped: what follows a bare CR or LF is never taken for a line.
    pub fn line(&mut self, limit: usize) -> Option<Result<&[u8], LineError>> {
        loop {
            let Some(found) = memchr2(b'\r', b'\n', &self.buffer[self.scanned..]) else {
                self.scanned = self.buffer.len();
                return self.unfinished(limit);
            };
            let at = self.scanned + found;
            if at - self.start >= limit && !self.discarding {
                // As when the octets behind the limit have not come yet.
                self.scanned = at;
                return self.unfinished(limit);
            }
            if self.buffer[at] == b'\n' {
                self.consume(at + 1 - self.start);
                self.discarding = true;
                return Some(Err(LineError::BareLf));
            }
            match self.buffer.get(at + 1) {
                None => {
                    self.scanned = at;
                    return self.unfinished(limit);
                }
                Some(b'\n') => {
                    let line = self.start..at;
                    self.consume(at + 2 - self.start);
                    if core::mem::take(&mut self.discarding) {
                        continue;
                    }
                    if line.len() + 2 > limit {
                        return Some(Err(LineError::TooLong { limit }));
                    }
                    return Some(Ok(&self.buffer[line]));
                }
                Some(_) => {
                    self.consume(at + 1 - self.start);
                    if !core::mem::replace(&mut self.discarding, true) {
                        return Some(Err(LineError::BareCr));
                    }
                }
            }
        }
    }

    /// No CRLF yet: what is over the limit is dropped, and an error the first time.
    fn unfinished(&mut self, limit: usize) -> Option<Result<&[u8], LineError>> {
        if self.discarding {
            self.consume(self.scanned - self.start);
            return None;
        }
        if self.scanned - self.start < limit {
            return None;
        }
        self.consume(self.scanned - self.start);
        self.discarding = true;
        Some(Err(LineError::TooLong { limit }))
    }
}

/// Makes every line end a CRLF, in a stream that comes in pieces: bare CR and bare LF become one each.
///
/// A piece is checked first and only copied when something in it has to change.
#[derive(Debug, Clone, Default)]
pub struct Normaliser {
    /// The last octet written was a CR, and its LF is still owed.
    after_cr: bool,
}

impl Normaliser {
    /// True when `piece` can go as it is; it then counts as written. When false, nothing has changed: [`write`](Self::write) it.
    pub fn pass(&mut self, piece: &[u8]) -> bool {
        let mut rest = piece;
        if self.after_cr && !rest.is_empty() {
            if rest[0] != b'\n' {
                return false;
            }
            rest = &rest[1..];
        }
        let mut after_cr = self.after_cr && piece.is_empty();
        while let Some(at) = memchr2(b'\r', b'\n', rest) {
            match (rest[at], rest.get(at + 1)) {
                (b'\r', Some(b'\n')) => rest = &rest[at + 2..],
                (b'\r', None) => {
                    after_cr = true;
                    break;
                }
                _ => return false,
            }
        }
        self.after_cr = after_cr;
        true
    }

    /// Appends `piece` to `out`, with its line ends made CRLF.
    pub fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        out.reserve(piece.len() + piece.len() / 16 + 1);
        let mut rest = piece;
        while !rest.is_empty() {
            if core::mem::take(&mut self.after_cr) {
                out.push(b'\n');
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                continue;
            }
            let Some(at) = memchr2(b'\r', b'\n', rest) else {
                out.extend_from_slice(rest);
                return;
            };
            out.extend_from_slice(&rest[..at]);
            out.push(b'\r');
            if rest[at] == b'\n' {
                out.push(b'\n');
            } else {
                self.after_cr = true;
            }
            rest = &rest[at + 1..];
        }
    }

    /// What completes a CR that was the last octet of the stream.
    pub fn finish(&mut self) -> &'static [u8] {
        if core::mem::take(&mut self.after_cr) { b"\n" } else { b"" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::String, vec};

    fn lines(pieces: &[&[u8]], limit: usize) -> Vec<Result<String, LineError>> {
        let mut input = Input::default();
        let mut lines = Vec::new();
        for piece in pieces {
            input.push(piece);
            while let Some(line) = input.line(limit) {
                lines.push(line.map(|line| String::from_utf8(line.to_vec()).unwrap()));
            }
        }
        lines
    }

    #[test]
    fn only_crlf_ends_a_line() {
        type Case<'a> = (&'a [u8], &'a [Result<&'a str, LineError>]);
        let cases: &[Case] = &[
            (b"NOOP\r\n", &[Ok("NOOP")]),
            (b"A\r\nB\r\n", &[Ok("A"), Ok("B")]),
            (b"\r\n", &[Ok("")]),
            (b"A\nB\r\nC\r\n", &[Err(LineError::BareLf), Ok("C")]),
            (b"A\rB\r\nC\r\n", &[Err(LineError::BareCr), Ok("C")]),
            (b"A\r\r\nC\r\n", &[Err(LineError::BareCr), Ok("C")]),
            (b"A\nB\nC\r\nD\r\n", &[Err(LineError::BareLf), Err(LineError::BareLf), Ok("D")]),
            (b"123456\r\n12345678\r\nC\r\n", &[Ok("123456"), Err(LineError::TooLong { limit: 8 }), Ok("C")]),
            (b"1234567890123\r\nC\r\n", &[Err(LineError::TooLong { limit: 8 }), Ok("C")]),
            (b"1234567890123\rA\r\nC\r\n", &[Err(LineError::TooLong { limit: 8 }), Ok("C")]),
            (
                b"1234567890123\nA\r\nC\r\n",
                &[Err(LineError::TooLong { limit: 8 }), Err(LineError::BareLf), Ok("C")],
            ),
        ];
        for (bytes, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|line| line.map(String::from)).collect();
            assert_eq!(lines(&[bytes], 8), expected, "whole {:?}", String::from_utf8_lossy(bytes));
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.split_at(cut);
                assert_eq!(
                    lines(&[head, tail], 8),
                    expected,
                    "cut at {cut} {:?}",
                    String::from_utf8_lossy(bytes)
                );
            }
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(lines(&single, 8), expected, "byte by byte {:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn the_start_of_a_line_is_not_the_rest_of_a_broken_one() {
        for (bytes, start) in [
            (&b"A\n"[..], &b""[..]),
            (b"A\nBDAT 5\r", b""),
            (b"A\nBDAT 5\r\n", b""),
            (b"A\nB\r\nBDAT", b"BDAT"),
            (b"A\nB\rB\r\nBDAT 5\r\n", b"BDAT 5\r\n"),
            (b"A\nB\nB\r\nBDAT", b""),
        ] {
            let mut input = Input::default();
            input.push(b"BDAT");
            assert_eq!(input.line_start(), b"BDAT");
            input.push(bytes);
            assert_eq!(input.line(100), Some(Err(LineError::BareLf)));
            assert_eq!(input.line_start(), start, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn an_endless_line_is_not_kept() {
        let mut input = Input::default();
        let mut errors = 0;
        for _ in 0..1000 {
            input.push(&[b'x'; 1000]);
            errors += usize::from(matches!(input.line(512), Some(Err(LineError::TooLong { .. }))));
        }
        assert_eq!(errors, 1);
        assert!(input.buffer.capacity() < 10_000);
    }

    #[test]
    fn line_ends_become_crlf_however_the_content_is_cut() {
        for (bytes, expected) in [
            (&b"a\nb\rc\r\nd"[..], &b"a\r\nb\r\nc\r\nd"[..]),
            (b"\n\n", b"\r\n\r\n"),
            (b"\r\r\n", b"\r\n\r\n"),
            (b"a\r", b"a\r\n"),
            (b"\n\r", b"\r\n\r\n"),
            (b"clean\r\n", b"clean\r\n"),
        ] {
            for cut in 0..=bytes.len() {
                let mut normaliser = Normaliser::default();
                let mut out = vec![];
                for piece in [&bytes[..cut], &bytes[cut..]] {
                    if normaliser.pass(piece) {
                        out.extend_from_slice(piece);
                    } else {
                        normaliser.write(piece, &mut out);
                    }
                }
                out.extend_from_slice(normaliser.finish());
                assert_eq!(out, expected, "{bytes:?} cut at {cut}");
            }
        }
    }
}
