//! Files in the middle of text, as UUCP had them: `begin 644 name`, lines, `end` (POSIX uuencode). Never part of MIME, still met.

use alloc::vec::Vec;
use core::ops::Range;

/// A file in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// All of it, from `begin` to the line's end behind `end`.
    pub span: Range<usize>,
    /// Its name.
    pub name: Range<usize>,
    /// The lines that hold it.
    pub lines: Range<usize>,
}

/// The first file in a text that is whole: the line that begins it, lines of the length that they say, and its end.
pub fn find(text: &[u8]) -> Option<File> {
    let mut start = 0;
    while start < text.len() {
        let mut next = line_end(text, start);
        if text[start..].starts_with(b"begin ") {
            match file(text, start) {
                Some(Ok(file)) => return Some(file),
                // No file begins in the lines that were looked at.
                Some(Err(end)) => next = next.max(end),
                None => {}
            }
        }
        start = next;
    }
    None
}

/// The file that begins at `start`; how far it was looked at if it is none in the end.
fn file(text: &[u8], start: usize) -> Option<Result<File, usize>> {
    let lines = line_end(text, start);
    let head = text[start..lines].trim_ascii_end();
    let mode = head.get(6..)?;
    let digits = mode.iter().take_while(|octet| matches!(octet, b'0'..=b'7')).count();
    if !(3..=4).contains(&digits) || mode.get(digits) != Some(&b' ') || mode.len() == digits + 1 {
        return None;
    }
    let name = start + 6 + digits + 1..start + head.len();
    let mut at = lines;
    while at < text.len() {
        let end = line_end(text, at);
        let line = text[at..end].strip_suffix(b"\n").unwrap_or(&text[at..end]);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line == b"end" {
            return Some(Ok(File { span: start..end, name, lines: lines..at }));
        }
        let counted = line.first().is_none_or(|count| matches!(count, b' '..=b'`'));
        if !counted {
            return Some(Err(at));
        }
        at = end;
    }
    Some(Err(at))
}

fn line_end(text: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |found| at + found + 1)
}

/// The octets of a file: each line says how many it holds; what is missing of it is zero, as spaces at its end get lost.
pub fn decode(lines: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() / 4 * 3);
    for line in lines.split(|octet| *octet == b'\n') {
        let Some((count, data)) = line.split_first() else { continue };
        let count = usize::from(value(*count));
        let before = out.len();
        for four in data.chunks(4) {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| four.get(i).map_or(0, |octet| value(*octet)));
            out.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
        }
        out.resize(before + count, 0);
    }
    out
}

/// Six bits. The end of a line is none.
fn value(octet: u8) -> u8 {
    if octet == b'\r' { 0 } else { octet.wrapping_sub(b' ') & 63 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_and_read() {
        let text = b"Hello\r\nbegin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\n";
        let file = find(text).unwrap();
        assert_eq!(&text[file.name.clone()], b"cat.txt");
        assert_eq!(&text[file.span.clone()][..5], b"begin");
        assert!(text[file.span.end..].starts_with(b"Bye"));
        assert_eq!(decode(&text[file.lines]), b"Cat");
    }

    #[test]
    fn what_only_looks_like_one_is_text() {
        for text in [
            &b"begin at the beginning\r\nend\r\n"[..],
            b"begin 644 \r\nend\r\n",
            b"begin 644 x\r\nnever ends",
            b" begin 644 x\n`\nend\n",
            b"begin 644 x\nlower case is text\nend\n",
        ] {
            assert_eq!(find(text), None, "{:?}", core::str::from_utf8(text));
        }
    }

    #[test]
    fn spaces_that_got_lost_are_zeros() {
        assert_eq!(decode(b"#0V\n"), [67, 96, 0]);
    }
}
