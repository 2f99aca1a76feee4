//! Base64 of content (RFC 2045 section 6.8): lines of 76 letters.

use alloc::vec::Vec;

/// Octets that fill a line.
pub(super) const LINE: usize = 57;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends the lines of `octets`, each with its CRLF; the last one is padded.
pub(super) fn encode(octets: &[u8], out: &mut Vec<u8>) {
    out.reserve(octets.len().div_ceil(LINE) * 78);
    for line in octets.chunks(LINE) {
        let mut written = [0; 78];
        let mut at = 0;
        let mut groups = line.chunks_exact(3);
        for group in &mut groups {
            let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
            for (letter, shift) in written[at..at + 4].iter_mut().zip([18, 12, 6, 0]) {
                *letter = ALPHABET[(bits >> shift) as usize & 63];
            }
            at += 4;
        }
        let rest = groups.remainder();
        if let Some(&first) = rest.first() {
            let second = rest.get(1).copied();
            let bits = u32::from(first) << 16 | u32::from(second.unwrap_or_default()) << 8;
            written[at] = ALPHABET[(bits >> 18) as usize & 63];
            written[at + 1] = ALPHABET[(bits >> 12) as usize & 63];
            written[at + 2] = second.map_or(b'=', |_| ALPHABET[(bits >> 6) as usize & 63]);
            written[at + 3] = b'=';
            at += 4;
        }
        written[at] = b'\r';
        written[at + 1] = b'\n';
        out.extend_from_slice(&written[..at + 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn lines_have_76_letters() {
        for length in 0..200 {
            let octets: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let mut out = vec![];
            encode(&octets, &mut out);
            let text = std::string::String::from_utf8(out).unwrap();
            assert_eq!(text.replace("\r\n", ""), crate::wire::base64::encode(&octets));
            assert!(text.is_empty() || text.ends_with("\r\n"));
            assert!(text.lines().rev().skip(1).all(|line| line.len() == 76) && !text.contains("\r\n\r\n"));
        }
    }
}
