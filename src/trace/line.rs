//! Lines as they are shown: framed as strictly as in [`wire::line`](crate::wire::line), but what is broken or too long
//! is kept in part and counted in full.

use alloc::string::String;
use alloc::vec::Vec;

use memchr::memchr;

/// The line that is coming in.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The first octets, line end included.
    head: Vec<u8>,
    octets: u64,
    /// The last octet was a CR.
    after_cr: bool,
    bare_cr: bool,
    /// A bare LF came, and no CRLF since: all up to it is the same broken line.
    bare_lf: bool,
}

/// A line that has ended, or was cut off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The first octets, without the line end.
    pub head: Vec<u8>,
    /// All octets, with the line end.
    pub octets: u64,
    /// It ended with CRLF and no other CR or LF is in it.
    pub whole: bool,
    /// There was more than `head` holds.
    pub cut: bool,
}

impl Lines {
    /// Reads up to the end of a line. Returns the octets read, and the line if it has ended. `limit` is for
    /// [`Line::head`].
    pub fn take(&mut self, bytes: &[u8], limit: usize) -> (usize, Option<Line>) {
        let ended = memchr(b'\n', bytes);
        let read = ended.map_or(bytes.len(), |at| at + 1);
        let piece = &bytes[..read];
        let keep = limit.saturating_add(2).saturating_sub(self.head.len()).min(read);
        self.head.extend_from_slice(&piece[..keep]);
        self.octets += read as u64;

        let body = &piece[..ended.unwrap_or(read)];
        if self.after_cr && piece.first().is_some_and(|&first| first != b'\n') {
            self.bare_cr = true;
        }
        self.bare_cr |= memchr(b'\r', body).is_some_and(|at| at + 1 < body.len());
        self.after_cr = if body.is_empty() { self.after_cr } else { body.ends_with(b"\r") };
        if ended.is_none() {
            return (read, None);
        }
        let crlf = self.after_cr;
        let whole = crlf && !self.bare_cr && !self.bare_lf;
        let line = self.end(if crlf { 2 } else { 1 }, whole, limit);
        self.bare_lf = !crlf;
        (read, Some(line))
    }

    /// What came of a line whose end will not come.
    pub fn cut_off(&mut self, limit: usize) -> Option<Line> {
        (self.octets > 0).then(|| self.end(0, false, limit))
    }

    fn end(&mut self, line_end: u64, whole: bool, limit: usize) -> Line {
        let Self { mut head, octets, .. } = core::mem::take(self);
        let length = octets - line_end;
        let cut = length > limit as u64;
        head.truncate(usize::try_from(length).unwrap_or(limit).min(limit));
        Line { head, octets, whole, cut }
    }
}

impl Line {
    /// Printable UTF-8, at least one character.
    pub fn is_text(&self) -> bool {
        let text = self.text();
        self.whole
            && !text.is_empty()
            && core::str::from_utf8(text).is_ok_and(|text| text.chars().all(is_printable))
    }

    /// The line, fit for a terminal.
    pub fn shown(&self) -> String {
        let mut shown = shown(&String::from_utf8_lossy(self.text()));
        if self.cut {
            shown.push_str(" [cut]");
        }
        shown
    }

    /// The head, without the character in which it was cut.
    fn text(&self) -> &[u8] {
        match core::str::from_utf8(&self.head) {
            Err(error) if self.cut && error.error_len().is_none() => &self.head[..error.valid_up_to()],
            _ => &self.head,
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

fn is_printable(c: char) -> bool {
    c == '\t' || !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::line::Input;
    use std::vec;

    fn lines(pieces: &[&[u8]], limit: usize) -> Vec<Line> {
        let mut lines = Lines::default();
        let mut all = Vec::new();
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let (read, line) = lines.take(rest, limit);
                rest = &rest[read..];
                all.extend(line);
            }
        }
        all.extend(lines.cut_off(limit));
        all
    }

    /// All strings over `alphabet` with `length` octets.
    fn strings(alphabet: &[u8], length: u32) -> impl Iterator<Item = Vec<u8>> {
        (0..alphabet.len().pow(length)).map(move |mut number| {
            (0..length)
                .map(|_| {
                    let letter = alphabet[number % alphabet.len()];
                    number /= alphabet.len();
                    letter
                })
                .collect()
        })
    }

    #[test]
    fn whole_lines_are_those_of_the_wire_and_every_octet_is_counted_at_every_cut() {
        for bytes in (0..=7).flat_map(|length| strings(b"\r\nx", length)) {
            let mut input = Input::default();
            input.push(&bytes);
            let mut expected = vec![];
            while let Some(line) = input.line(1000) {
                expected.extend(line.map(<[u8]>::to_vec));
            }
            let once = lines(&[&bytes], 1000);
            let whole: Vec<_> = once.iter().filter(|line| line.whole).map(|line| line.head.clone()).collect();
            assert_eq!(whole, expected, "{bytes:?}");
            assert_eq!(once.iter().map(|line| line.octets).sum::<u64>(), bytes.len() as u64, "{bytes:?}");
            for cut in 0..=bytes.len() {
                assert_eq!(lines(&[&bytes[..cut], &bytes[cut..]], 1000), once, "{bytes:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_over_the_limit_is_counted_and_not_kept() {
        for (bytes, shown) in [
            ("1234\r\n", "1234"),
            ("12345\r\n", "1234 [cut]"),
            ("123é\r\n", "123 [cut]"),
            ("123456789", "1234 [cut]"),
        ] {
            for cut in 0..=bytes.len() {
                let (head, tail) = bytes.as_bytes().split_at(cut);
                let lines = lines(&[head, tail], 4);
                assert_eq!((lines.len(), lines[0].octets), (1, bytes.len() as u64));
                assert_eq!(lines[0].shown(), shown, "{bytes:?} cut at {cut}");
            }
        }
        let mut lines = Lines::default();
        for _ in 0..1000 {
            assert_eq!(lines.take(&[b'x'; 1000], 512), (1000, None));
        }
        assert!(lines.head.capacity() < 2000);
    }

    #[test]
    fn controls_do_not_reach_a_terminal() {
        let lines = lines(&[b"\x1b[2Jhi\tyou\x07\xff\r\n"], 100);
        assert_eq!(lines[0].shown(), "\u{fffd}[2Jhi\tyou\u{fffd}\u{fffd}");
        assert!(!lines[0].is_text());
    }
}
