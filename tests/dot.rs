//! The dot codec and the line-end normaliser against an oracle: every short string over the octets that matter, at every
//! cut.

use std::borrow::Cow;

use edgepost::wire::dot::{Decoder, Encoder};
use edgepost::wire::line::Normaliser;

/// Every string over the octets that matter up to a length, and over these and NUL up to another.
fn strings() -> impl Iterator<Item = Vec<u8>> {
    over(b"\r\n.x", 8).chain(over(b"\r\n.x\0", 6).filter(|string| string.contains(&0)))
}

fn over(alphabet: &'static [u8], longest: u32) -> impl Iterator<Item = Vec<u8>> {
    let base = alphabet.len();
    (0..=longest).flat_map(move |length| {
        let string = move |number| (0..length).map(move |digit| alphabet[number / base.pow(digit) % base]);
        (0..base.pow(length)).map(move |number| string(number).collect())
    })
}

/// Line ends made CRLF, octet by octet: what the sending side promises.
fn normal(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, &octet) in content.iter().enumerate() {
        match octet {
            b'\r' if content.get(i + 1) == Some(&b'\n') => {}
            b'\n' | b'\r' => out.extend(b"\r\n"),
            other => out.push(other),
        }
    }
    out
}

/// RFC 5321 section 4.5.2, line by line; NULs before the dot of a line are looked through, and it is the dot that is doubled behind
/// more of them than a line may have octets.
fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = &normal(content)[..];
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").map_or(rest.len(), |at| at + 2);
        let nuls = nuls(rest);
        let before = if nuls <= 998 { 0 } else { nuls };
        out.extend(&rest[..before]);
        if rest.get(nuls) == Some(&b'.') {
            out.push(b'.');
        }
        out.extend(&rest[before..end]);
        rest = &rest[end..];
    }
    if !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend(b"\r\n");
    }
    out.extend(b".\r\n");
    out
}

fn nuls(line: &[u8]) -> usize {
    line.iter().take_while(|&&octet| octet == b'\0').count()
}

/// RFC 5321 section 4.1.1.4 and 4.5.2: the content, and where it ends.
fn unstuffed(wire: &[u8]) -> (Vec<u8>, Option<usize>) {
    let mut out = Vec::new();
    let mut start = 0;
    loop {
        let line = &wire[start..];
        let end = line.windows(2).position(|pair| pair == b"\r\n");
        if end == Some(1) && line[0] == b'.' {
            return (out, Some(start + 3));
        }
        let whole = end.map_or(line, |at| &line[..at + 2]);
        out.extend(whole.strip_prefix(b".").unwrap_or(whole));
        match end {
            Some(at) => start += at + 2,
            None => return (out, None),
        }
    }
}

/// No cut, and a cut at every place.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = [&[u8]; 2]> {
    (0..=bytes.len()).map(|at| [&bytes[..at], &bytes[at..]])
}

/// Lines that begin with about as many NULs as a line may have octets.
fn lines_of_nuls() -> impl Iterator<Item = Vec<u8>> {
    [997, 998, 999, 1500].into_iter().flat_map(|nuls| {
        [&b""[..], b".", b"..", b"\r\n", b".\r\n.\r\n", b"x\n\0.", b"\r.\0", b"x."]
            .map(|end| [&b".\r\n"[..], &vec![0; nuls], end].concat())
    })
}

// covers: RFC 5321 section 4.5.2 client
#[test]
fn what_is_encoded_is_what_the_oracle_says_at_every_cut() {
    for content in strings().chain(lines_of_nuls()) {
        let expected = stuffed(&content);
        for pieces in cuts(&content) {
            let mut encoder = Encoder::default();
            let mut wire = Vec::new();
            for piece in pieces {
                wire.extend_from_slice(&encoder.encode(piece));
            }
            wire.extend_from_slice(&encoder.finish());
            assert_eq!(wire, expected, "{content:?} as {pieces:?}");
        }
    }
}

#[test]
fn what_is_encoded_decodes_to_the_content_with_its_line_ends_made_crlf() {
    for content in strings() {
        let mut encoder = Encoder::default();
        let mut wire = encoder.encode(&content).into_owned();
        wire.extend_from_slice(&encoder.finish());
        let mut expected = normal(&content);
        if !expected.is_empty() && !expected.ends_with(b"\r\n") {
            expected.extend(b"\r\n");
        }
        assert_eq!(unstuffed(&wire), (expected, Some(wire.len())), "{content:?}");
    }
}

// covers: RFC 5321 section 4.5.2 server
#[test]
fn what_is_decoded_is_what_the_oracle_says_at_every_cut() {
    for wire in strings() {
        let (content, end) = unstuffed(&wire);
        for pieces in cuts(&wire) {
            let mut decoder = Decoder::default();
            let (mut out, mut read, mut ended) = (Vec::new(), 0, false);
            for piece in pieces {
                if !ended {
                    let (octets, done) = decoder.decode(piece, &mut out);
                    read += octets;
                    ended = done;
                }
            }
            assert_eq!(ended.then_some(read), end, "{wire:?} as {pieces:?}");
            if ended {
                assert_eq!(out, content, "{wire:?} as {pieces:?}");
            } else {
                // A dot and a CR at the end may still turn out to be the end of the message.
                assert!(content.starts_with(&out), "{wire:?} as {pieces:?}");
                assert!(content.len() - out.len() <= 1, "{wire:?} as {pieces:?}");
            }
        }
    }
}

#[test]
fn a_piece_is_copied_only_when_something_in_it_changes() {
    for content in strings() {
        // A CR at the end is only known to be bare when the next piece comes.
        let known = content.strip_suffix(b"\r").unwrap_or(&content);
        let clean = normal(known) == known;
        let starts = || (0..=known.len()).filter(|&at| at == 0 || known[..at].ends_with(b"\r\n"));
        let dots = starts().any(|at| known[at + nuls(&known[at..])..].starts_with(b"."));
        assert_eq!(Normaliser::default().pass(&content), clean, "{content:?}");
        // NULs at the end may have a dot behind them, in the next piece.
        if !content.ends_with(b"\0") {
            let borrowed = matches!(Encoder::default().encode(&content), Cow::Borrowed(_));
            assert_eq!(borrowed, clean && !dots, "{content:?}");
        }
    }
}
