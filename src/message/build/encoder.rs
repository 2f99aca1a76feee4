//! Content transfer encodings (RFC 2045 section 6), for content that comes in pieces.

use alloc::vec::Vec;

use super::lines::{Kind, Lines};
use crate::message::encoding::Encoding;
use crate::message::field::FieldError;
use crate::message::{base64, qp};

impl Encoding {
    /// The one for a text: as it is where it may be, else quoted-printable, unless most of it would be escapes.
    pub(super) fn for_text(body: &[u8], kind: Kind, eight_bit: bool) -> Self {
        match kind {
            Kind::SevenBit => Self::SevenBit,
            Kind::EightBit if eight_bit => Self::EightBit,
            _ => {
                let escaped = body.iter().filter(|&&octet| octet > 126 || octet == b'=').count();
                // Quoted-printable stays readable: it is worth some length.
                if escaped <= body.len() / 3 { Self::QuotedPrintable } else { Self::Base64 }
            }
        }
    }
}

/// How much of a line without end is kept for the rest of it, in octets.
const HELD: usize = 16 * 1024;

/// Encodes content piece by piece, in constant memory.
///
/// ```
/// use edgepost::message::build::{Encoder, Encoding};
///
/// let mut encoder = Encoder::new(Encoding::Base64);
/// let mut out = Vec::new();
/// encoder.write(b"Hel", &mut out)?;
/// encoder.write(b"lo", &mut out)?;
/// encoder.finish(&mut out)?;
/// assert_eq!(out, b"SGVsbG8=\r\n");
/// # Ok::<(), edgepost::message::FieldError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Encoder {
    encoding: Encoding,
    lines: Lines,
    held: Vec<u8>,
    read: usize,
}

impl Encoder {
    /// An encoder at the beginning of content.
    pub const fn new(encoding: Encoding) -> Self {
        Self { encoding, lines: Lines::new(), held: Vec::new(), read: 0 }
    }

    /// Appends what can be said of the content so far. Content that is not what 7bit and 8bit say is an error, at the
    /// octet where the piece begins.
    pub fn write(&mut self, octets: &[u8], out: &mut Vec<u8>) -> Result<(), FieldError> {
        let at = self.read;
        self.read += octets.len();
        match self.encoding {
            Encoding::Binary => out.extend_from_slice(octets),
            Encoding::SevenBit | Encoding::EightBit => {
                let fits = self.encoding == Encoding::EightBit || octets.is_ascii();
                if !(fits && self.lines.read(octets)) {
                    return Err(self.unfit(at));
                }
                out.extend_from_slice(octets);
            }
            Encoding::Base64 => {
                self.held.extend_from_slice(octets);
                let whole = self.held.len() / base64::LINE * base64::LINE;
                base64::encode(&self.held[..whole], out);
                self.held.drain(..whole);
            }
            Encoding::QuotedPrintable => {
                self.held.extend_from_slice(octets);
                let whole = match memchr::memrchr_iter(b'\n', &self.held)
                    .find(|&at| at > 0 && self.held[at - 1] == b'\r')
                {
                    Some(at) => at + 1,
                    None if self.held.len() > HELD => return self.cut(out),
                    None => 0,
                };
                qp::encode(&self.held[..whole], out);
                self.held.drain(..whole);
            }
        }
        Ok(())
    }

    /// Ends a long line softly, so that not all of it has to be kept.
    fn cut(&mut self, out: &mut Vec<u8>) -> Result<(), FieldError> {
        // What is not the beginning of a character, and no CR that a LF may follow, nor a space that may be the line's last.
        let end =
            (self.held.len() - 8..self.held.len()).rev().find(|&at| matches!(self.held[at], b'!'..=b'~'));
        let end = end.unwrap_or(self.held.len() - 8);
        qp::encode_cut(&self.held[..end], out);
        self.held.drain(..end);
        Ok(())
    }

    /// Appends the rest.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), FieldError> {
        match self.encoding {
            Encoding::Base64 => base64::encode(&self.held, out),
            Encoding::QuotedPrintable => qp::encode(&self.held, out),
            _ if !self.lines.may_end() => return Err(self.unfit(self.read)),
            _ => {}
        }
        self.held.clear();
        Ok(())
    }

    const fn unfit(&self, at: usize) -> FieldError {
        let rule = if matches!(self.encoding, Encoding::SevenBit) {
            "ASCII in lines of at most 998 octets that end with CRLF"
        } else {
            "lines of at most 998 octets that end with CRLF"
        };
        FieldError { field: "content", at, rule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec;

    fn encoded(encoding: Encoding, pieces: &[&[u8]]) -> Result<String, FieldError> {
        let mut encoder = Encoder::new(encoding);
        let mut out = vec![];
        for piece in pieces {
            encoder.write(piece, &mut out)?;
        }
        encoder.finish(&mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn decoded(text: &str) -> String {
        let mut out = vec![];
        assert!(qp::decode(text.as_bytes(), &mut out).is_none());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn pieces_of_any_size_are_encoded_as_the_whole() {
        let content = "Ünïcödé = tëxt \r\n\r\nx\ry\nz \t\r\nend ".repeat(40);
        for encoding in [Encoding::Base64, Encoding::QuotedPrintable, Encoding::Binary] {
            let whole = encoded(encoding, &[content.as_bytes()]).unwrap();
            for size in [1, 2, 3, 7, 56, 57, 58, 1000] {
                let pieces: Vec<_> = content.as_bytes().chunks(size).collect();
                assert_eq!(encoded(encoding, &pieces).unwrap(), whole, "{encoding:?} {size}");
            }
            if encoding == Encoding::QuotedPrintable {
                assert_eq!(decoded(&whole), content);
                assert!(whole.split("\r\n").all(|line| line.len() <= 76));
            }
        }
    }

    #[test]
    fn a_line_without_end_is_not_kept() {
        let mut encoder = Encoder::new(Encoding::QuotedPrintable);
        let mut out = vec![];
        for text in ["ü", "x ", "\r"] {
            for _ in 0..50_000 {
                encoder.write(text.as_bytes(), &mut out).unwrap();
                assert!(encoder.held.len() <= HELD + 2);
            }
        }
        encoder.finish(&mut out).unwrap();
        let text = ["ü".repeat(50_000), "x ".repeat(50_000), "\r".repeat(50_000)].concat();
        assert_eq!(decoded(core::str::from_utf8(&out).unwrap()), text);
    }

    #[test]
    fn what_is_said_to_be_lines_is_checked() {
        for encoding in [Encoding::SevenBit, Encoding::EightBit] {
            assert_eq!(encoded(encoding, &[b"a\r", b"\nb"]).unwrap(), "a\r\nb");
            for (pieces, at) in [
                (&[&b"a\r"[..]][..], 2),
                (&[b"a\r\n", b"b\n"], 3),
                (&[b"abc", b"\0"], 3),
                (&[&[b'x'; 998], b"x"], 998),
            ] {
                assert_eq!(encoded(encoding, pieces).unwrap_err().at, at, "{pieces:?}");
            }
        }
        assert_eq!(encoded(Encoding::SevenBit, &["é".as_bytes()]).unwrap_err().field, "content");
        assert_eq!(encoded(Encoding::EightBit, &["é".as_bytes()]).unwrap(), "é");
    }
}
