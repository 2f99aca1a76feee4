//! Base64 (RFC 4648 section 4) as AUTH uses it: one line, padded, nothing else in it (RFC 4954 section 4).

use alloc::string::String;
use alloc::vec::Vec;

use super::SyntaxError;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Octets as base64, padded, without line ends.
pub fn encode(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for group in octets.chunks(3) {
        let bits =
            group.iter().fold(0, |bits, &octet| bits << 8 | u32::from(octet)) << (8 * (3 - group.len()));
        for i in 0..4 {
            text.push(if i <= group.len() {
                char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63])
            } else {
                '='
            });
        }
    }
    text
}

/// The octets that base64 stands for. Wrong length, letters outside the alphabet, padding in the wrong place and
/// bits that should be zero are errors.
pub fn decode(text: &str) -> Result<Vec<u8>, SyntaxError> {
    let letters = text.as_bytes();
    if !letters.len().is_multiple_of(4) {
        return Err(SyntaxError { at: letters.len(), rule: "base64 in groups of four" });
    }
    let padding = letters.iter().rev().take(2).take_while(|&&letter| letter == b'=').count();
    let mut octets = Vec::with_capacity(letters.len() / 4 * 3);
    let mut bits = 0;
    for (at, &letter) in letters[..letters.len() - padding].iter().enumerate() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(SyntaxError { at, rule: "base64" }),
        };
        bits = bits << 6 | u32::from(value);
        if at % 4 == 3 {
            octets.extend_from_slice(&bits.to_be_bytes()[1..]);
            bits = 0;
        }
    }
    let unused = match padding {
        1 => {
            octets.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]);
            bits & 3
        }
        2 => {
            octets.extend_from_slice(&(bits >> 4).to_be_bytes()[3..]);
            bits & 15
        }
        _ => 0,
    };
    if unused != 0 {
        return Err(SyntaxError { at: letters.len() - padding - 1, rule: "base64 without stray bits" });
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_section_10() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(octets.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), octets.as_bytes());
        }
    }

    #[test]
    fn every_octet_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        for start in 0..3 {
            assert_eq!(decode(&encode(&all[start..])).unwrap(), &all[start..]);
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["Z", "Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9v\r\n", "Zh==", "Zm9=", "é==="]
        {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }
}
