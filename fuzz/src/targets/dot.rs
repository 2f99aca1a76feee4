//! Dot-stuffing (RFC 5321 section 4.5.2) against oracles that read line by line.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::dot::{Decoder, Encoder};

use super::line::normal;
use crate::cuts::Cut;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    cut: u32,
    octets: &'a [u8],
}

pub fn run(octets: &[u8]) {
    let Ok(Input { cut, octets }) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    for cut in [Cut::Whole, Cut::Random(cut)] {
        encode(octets, cut);
        decode(octets, cut);
    }
}

fn encode(content: &[u8], cut: Cut) {
    let mut encoder = Encoder::default();
    let mut wire = Vec::new();
    for piece in cut.pieces(content) {
        wire.extend_from_slice(&encoder.encode(piece));
    }
    wire.extend_from_slice(encoder.finish().as_ref());
    assert_eq!(wire, stuffed(content), "{cut:?}");
    let (back, end) = unstuffed(&wire);
    assert_eq!(end, Some(wire.len()), "nothing but the end ends content");
    assert_eq!(back, ended(normal(content)));
}

fn decode(wire: &[u8], cut: Cut) {
    let (content, end) = unstuffed(wire);
    let mut decoder = Decoder::default();
    let (mut out, mut read, mut done) = (Vec::new(), 0, false);
    for piece in cut.pieces(wire) {
        if !done {
            let (octets, ended) = decoder.decode(piece, &mut out);
            read += octets;
            done = ended;
            assert!(ended || octets == piece.len(), "all is read until the end");
        }
    }
    assert_eq!(done.then_some(read), end, "{cut:?}");
    if done {
        assert_eq!(out, content);
    } else {
        // A dot and a CR at the end may still turn out to be the end of the message.
        assert!(content.starts_with(&out) && content.len() - out.len() <= 1);
    }
}

/// Content as `DATA` delivers it: its last line ends.
pub fn ended(mut content: Vec<u8>) -> Vec<u8> {
    if !content.is_empty() && !content.ends_with(b"\r\n") {
        content.extend(b"\r\n");
    }
    content
}

fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in crate::cuts::lines(&ended(normal(content))) {
        // To a server that drops NUL, a dot behind NULs is the first octet.
        if line.iter().find(|&&octet| octet != 0) == Some(&b'.') {
            out.push(b'.');
        }
        out.extend(line);
    }
    out.extend(b".\r\n");
    out
}

/// The content, and where it ends.
fn unstuffed(wire: &[u8]) -> (Vec<u8>, Option<usize>) {
    let (mut out, mut read) = (Vec::new(), 0);
    for line in crate::cuts::lines(wire) {
        read += line.len();
        if line == b".\r\n" {
            return (out, Some(read));
        }
        out.extend(line.strip_prefix(b".").unwrap_or(line));
    }
    (out, None)
}
