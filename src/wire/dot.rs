//! Dot-stuffing of the content after `DATA` (RFC 5321 section 4.5.2), in both directions.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;
use core::mem;

use memchr::{memchr, memchr2};

use super::line::Normaliser;

/// Writes content as `DATA` wants it: lines end with CRLF, and a dot at the start of a line is doubled.
///
/// A dot behind NULs at the start of a line has the line begin with another dot, too: a server takes it away again, and to one
/// that drops NUL the line would else be the end of the message. For that, NULs wait for what follows them, but not more than
/// a line may have: behind more of them it is the dot itself that is doubled. A server that drops NUL takes one of the two away;
/// one that keeps NUL gets a dot too many, in a line that is no line of a message (RFC 5322 section 2.1.1). The other way to hold
/// no more, a dot before the NULs whatever follows, would make the end of the message of a line of nothing but NULs.
#[derive(Debug, Clone)]
pub struct Encoder {
    line_ends: Normaliser,
    line_start: LineStart,
    /// NULs at the start of a line that wait for what follows them.
    nuls: usize,
}

/// How many NULs may wait: as many octets as a line may have (RFC 5322 section 2.1.1).
const HELD: usize = 998;

/// How much of a line end has just gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineStart {
    Here,
    /// And then more NULs than may wait, which are written.
    BehindNuls,
    AfterCr,
    No,
}

impl LineStart {
    /// Where a line starts after `octets`, in a stream whose line ends are all CRLF.
    fn after(self, octets: &[u8]) -> Self {
        match octets {
            [] => self,
            [.., b'\r'] => Self::AfterCr,
            [.., b'\r', b'\n'] => Self::Here,
            [b'\n'] if self == Self::AfterCr => Self::Here,
            _ => Self::No,
        }
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self { line_ends: Normaliser::default(), line_start: LineStart::Here, nuls: 0 }
    }
}

impl Encoder {
    /// The next piece of content as it goes over the wire: borrowed when nothing in it has to change.
    pub fn encode<'a>(&mut self, piece: &'a [u8]) -> Cow<'a, [u8]> {
        if self.line_ends.pass(piece) {
            self.stuff(Cow::Borrowed(piece))
        } else {
            let mut normal = Vec::new();
            self.line_ends.write(piece, &mut normal);
            self.stuff(Cow::Owned(normal))
        }
    }

    /// What ends the content: the CRLF that its last line may lack, and the line with the dot.
    pub fn finish(&mut self) -> Cow<'static, [u8]> {
        let end: &[u8] = match (self.line_ends.finish().is_empty(), self.line_start, self.nuls) {
            (false, ..) => b"\n.\r\n",
            (true, LineStart::Here, 0) => b".\r\n",
            (true, ..) => b"\r\n.\r\n",
        };
        match mem::take(self).nuls {
            0 => Cow::Borrowed(end),
            nuls => Cow::Owned([&vec![0; nuls], end].concat()),
        }
    }

    fn stuff<'a>(&mut self, mut piece: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
        let leading = nuls(&piece);
        if self.line_start == LineStart::Here && leading == piece.len() && self.nuls + leading <= HELD {
            self.nuls += leading;
            return Cow::Borrowed(b"");
        }
        if self.nuls > 0 {
            piece = Cow::Owned([&vec![0; mem::take(&mut self.nuls)], &*piece].concat());
        }
        let mut stuffed = Vec::new();
        let (mut done, mut from, mut behind_nuls) = (0, 0, false);
        if self.line_start == LineStart::BehindNuls {
            match piece.get(leading) {
                None => return piece,
                Some(b'.') => {
                    stuffed.extend_from_slice(&piece[..leading]);
                    stuffed.push(b'.');
                    done = leading;
                }
                Some(_) => {}
            }
            (self.line_start, from) = (LineStart::No, leading);
        }
        while let Some(found) = memchr2(b'.', b'\0', &piece[from..]) {
            let at = from + found;
            from = at + 1;
            if self.line_start.after(&piece[..at]) != LineStart::Here {
                continue;
            }
            let nuls = nuls(&piece[at..]);
            from += nuls;
            match piece.get(at + nuls) {
                Some(b'.') => {
                    let dot = if nuls <= HELD { at } else { at + nuls };
                    stuffed.extend_from_slice(&piece[done..dot]);
                    stuffed.push(b'.');
                    done = dot;
                }
                Some(_) => {}
                None if nuls <= HELD => {
                    stuffed.extend_from_slice(&piece[done..at]);
                    (self.nuls, self.line_start) = (nuls, LineStart::Here);
                    return Cow::Owned(stuffed);
                }
                None => {
                    behind_nuls = true;
                    break;
                }
            }
        }
        self.line_start = match behind_nuls {
            true => LineStart::BehindNuls,
            false => self.line_start.after(&piece),
        };
        if done == 0 && stuffed.is_empty() {
            return piece;
        }
        stuffed.extend_from_slice(&piece[done..]);
        Cow::Owned(stuffed)
    }
}

/// How many NULs a piece begins with.
fn nuls(piece: &[u8]) -> usize {
    piece.iter().take_while(|&&octet| octet == b'\0').count()
}

/// Reads content after `DATA`: takes the dots away and finds the end, which is CRLF, dot, CRLF and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// The next octet starts a line. So it is before the first octet: the CRLF of the `DATA` line counts.
    #[default]
    LineStart,
    /// Inside a line.
    Line,
    /// A CR inside a line.
    Cr,
    /// A dot at the start of a line; not written.
    Dot,
    /// A dot at the start of a line and a CR; neither written.
    DotCr,
}

impl Decoder {
    /// Appends the decoded content to `out`. Returns the octets read, and whether the end is among them.
    ///
    /// Everything is read unless the end was found: what follows it are commands.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
        let mut at = 0;
        while at < input.len() {
            match (self.state, input[at]) {
                (State::LineStart, b'.') => self.state = State::Dot,
                (State::Dot, b'\r') => self.state = State::DotCr,
                (State::DotCr, b'\n') => {
                    self.state = State::LineStart;
                    return (at + 1, true);
                }
                (State::DotCr, _) => {
                    out.push(b'\r');
                    self.state = State::Cr;
                    continue;
                }
                _ => {
                    let run = self.run(&input[at..]);
                    out.extend_from_slice(&input[at..at + run]);
                    at += run;
                    continue;
                }
            }
            at += 1;
        }
        (at, false)
    }

    /// Octets, at least one, up to a dot that starts a line; moves the state behind them.
    fn run(&mut self, input: &[u8]) -> usize {
        let after_cr = self.state == State::Cr;
        let mut from = 1;
        let mut end = input.len();
        while let Some(found) = memchr(b'.', &input[from..]) {
            let dot = from + found;
            if input[..dot].ends_with(b"\r\n") || (dot == 1 && after_cr && input[0] == b'\n') {
                end = dot;
                break;
            }
            from = dot + 1;
        }
        self.state = match &input[..end] {
            [b'\n'] if after_cr => State::LineStart,
            [.., b'\r', b'\n'] => State::LineStart,
            [.., b'\r'] => State::Cr,
            _ => State::Line,
        };
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(input: &[u8]) -> (Vec<u8>, Option<usize>) {
        let mut out = Vec::new();
        let (read, ended) = Decoder::default().decode(input, &mut out);
        (out, ended.then_some(read))
    }

    #[test]
    fn known_answers() {
        for (content, wire) in [
            (&b""[..], &b".\r\n"[..]),
            (b"a\r\n", b"a\r\n.\r\n"),
            (b"a", b"a\r\n.\r\n"),
            (b".\r\n", b"..\r\n.\r\n"),
            (b"a\r\n.b\r\n..\r\n", b"a\r\n..b\r\n...\r\n.\r\n"),
            (b"a.\r\n", b"a.\r\n.\r\n"),
            (b"\0.\r\n\0\r\n.\0", b".\0.\r\n\0\r\n..\0\r\n.\r\n"),
        ] {
            let mut encoder = Encoder::default();
            let mut encoded = encoder.encode(content).into_owned();
            encoded.extend_from_slice(&encoder.finish());
            assert_eq!(encoded, wire);
        }
    }

    #[test]
    fn content_that_needs_no_change_is_borrowed() {
        let mut encoder = Encoder::default();
        assert!(matches!(encoder.encode(b"one.\r\ntwo\r"), Cow::Borrowed(_)));
        assert!(matches!(encoder.encode(b"\nthree"), Cow::Borrowed(_)));
        assert!(matches!(encoder.encode(b".\r\n"), Cow::Borrowed(_)));
        assert!(matches!(encoder.encode(b"."), Cow::Owned(_)));
    }

    #[test]
    fn no_more_octets_wait_than_a_line_may_have() {
        for piece in [&[0; 1][..], &[0; 997], &[0; 100_000]] {
            let mut encoder = Encoder::default();
            let (mut read, mut written) = (0, 0);
            while read < 1_000_000 {
                read += piece.len();
                written += encoder.encode(piece).len();
                assert!(read - written <= HELD, "{read} {written}");
            }
            assert_eq!(encoder.encode(b".\r\n"), Cow::Borrowed(b"..\r\n"));
        }
    }

    #[test]
    fn nothing_but_crlf_dot_crlf_ends_content() {
        for variant in [
            "\n.\n",
            "\n.\r\n",
            "\r\n.\n",
            "\r.\r",
            "\r\n.\r",
            "\r.\r\n",
            "\r\r\n.\r\r\n",
            "\r\n\0.\r\n",
            "\r\n.\0\r\n",
            "\n\r.\r\n",
        ] {
            let input = [b"x", variant.as_bytes(), b"y"].concat();
            assert_eq!(decode(&input).1, None, "{variant:?}");
        }
        assert_eq!(decode(b"x\r\n.\r\nQUIT\r\n"), (b"x\r\n".to_vec(), Some(6)));
        assert_eq!(decode(b".\r\nQUIT\r\n"), (b"".to_vec(), Some(3)));
    }
}
