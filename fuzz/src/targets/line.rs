//! Lines cut from any pieces, and line ends made CRLF (RFC 5321 section 2.3.8), against oracles octet by octet.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::line::{Input as Lines, LineError, Normaliser};

use crate::cuts::Cut;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    cut: u32,
    limit: u8,
    octets: &'a [u8],
}

pub fn run(octets: &[u8]) {
    let Ok(Input { cut, limit, octets }) = Input::arbitrary_take_rest(Unstructured::new(octets)) else {
        return;
    };
    let limit = 2 + usize::from(limit);
    let whole = framed(octets, Cut::Whole, limit);
    assert_eq!(framed(octets, Cut::Random(cut), limit), whole, "lines depend on cuts");
    assert_eq!(whole, strict(octets, limit), "only CRLF ends a line");
    for cut in [Cut::Whole, Cut::Random(cut)] {
        normalise(octets, cut);
    }
}

type Framed = Vec<Result<Vec<u8>, LineError>>;

fn framed(octets: &[u8], cut: Cut, limit: usize) -> Framed {
    let (mut input, mut lines) = (Lines::default(), Vec::new());
    for piece in cut.pieces(octets) {
        input.push(piece);
        while let Some(line) = input.line(limit) {
            lines.push(line.map(<[u8]>::to_vec));
        }
        assert!(input.rest().len() <= limit, "{} octets of a line are kept", input.rest().len());
    }
    lines
}

/// The same octet by octet: a line with anything wrong in it is none, up to its CRLF.
fn strict(octets: &[u8], limit: usize) -> Framed {
    let (mut lines, mut line, mut broken) = (Vec::new(), Vec::new(), false);
    let mut rest = octets;
    while let Some((&octet, after)) = rest.split_first() {
        rest = after;
        match octet {
            b'\r' if rest.first() == Some(&b'\n') => {
                rest = &rest[1..];
                if !broken && line.len() + 2 > limit {
                    lines.push(Err(LineError::TooLong { limit }));
                } else if !broken {
                    lines.push(Ok(std::mem::take(&mut line)));
                }
                (line, broken) = (Vec::new(), false);
            }
            b'\r' if rest.is_empty() => break,
            b'\n' => {
                lines.push(Err(LineError::BareLf));
                broken = true;
            }
            b'\r' if !broken => {
                lines.push(Err(LineError::BareCr));
                broken = true;
            }
            _ => line.push(octet),
        }
        if !broken && line.len() >= limit {
            lines.push(Err(LineError::TooLong { limit }));
            broken = true;
        }
    }
    lines
}

/// Every line end a CRLF: what the sending side promises.
pub fn normal(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    for (at, &octet) in content.iter().enumerate() {
        match octet {
            b'\r' if content.get(at + 1) == Some(&b'\n') => {}
            b'\n' | b'\r' => out.extend(b"\r\n"),
            other => out.push(other),
        }
    }
    out
}

fn normalise(content: &[u8], cut: Cut) {
    let mut normaliser = Normaliser::default();
    let mut out = Vec::new();
    for piece in cut.pieces(content) {
        if normaliser.pass(piece) {
            out.extend_from_slice(piece);
        } else {
            normaliser.write(piece, &mut out);
        }
    }
    out.extend_from_slice(normaliser.finish());
    assert_eq!(out, normal(content), "{cut:?}");
}
