//! xtext (RFC 3461 section 4): text inside an ESMTP parameter's value.

use alloc::string::String;
use alloc::vec::Vec;

use super::SyntaxError;

/// ```abnf
/// xtext = *( xchar / hexchar )
/// xchar = any ASCII CHAR between "!" (33) and "~" (126) inclusive, except for "+" and "="
/// hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits
/// ```
const fn is_xchar(octet: u8) -> bool {
    matches!(octet, b'!'..=b'~') && octet != b'+' && octet != b'='
}

/// Any octets as xtext.
pub fn encode(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(octets.len());
    for &octet in octets {
        if is_xchar(octet) {
            text.push(char::from(octet));
        } else {
            text.extend([
                '+',
                char::from(DIGITS[usize::from(octet >> 4)]),
                char::from(DIGITS[usize::from(octet & 15)]),
            ]);
        }
    }
    text
}

/// The octets that xtext stands for. They may be any octets, CR and LF included: look before they go anywhere, or take
/// [`decode_text`].
pub fn decode(text: &str) -> Result<Vec<u8>, SyntaxError> {
    octets(text).map(|octet| octet.map(|(_, octet)| octet)).collect()
}

/// The text that xtext stands for: UTF-8 without controls, so that nothing which ends a line or moves a cursor comes out.
pub fn decode_text(text: &str) -> Result<String, SyntaxError> {
    decode_chars(text, |c| !c.is_control(), "a printable character")
}

/// As [`decode_text`], for other characters; an error points at where the octet is encoded.
pub(super) fn decode_chars(
    text: &str,
    allowed: impl Fn(char) -> bool,
    rule: &'static str,
) -> Result<String, SyntaxError> {
    let decoded = String::from_utf8(decode(text)?).map_err(|error| SyntaxError {
        at: position(text, error.utf8_error().valid_up_to()),
        rule: "UTF-8",
    })?;
    match decoded.char_indices().find(|&(_, c)| !allowed(c)) {
        Some((index, _)) => Err(SyntaxError { at: position(text, index), rule }),
        None => Ok(decoded),
    }
}

/// Where in xtext the octet is encoded that is at `index` when it is decoded.
pub(super) fn position(text: &str, index: usize) -> usize {
    octets(text).nth(index).and_then(Result::ok).map_or(text.len(), |(at, _)| at)
}

/// Each octet that xtext stands for, and where it is encoded.
fn octets(text: &str) -> impl Iterator<Item = Result<(usize, u8), SyntaxError>> {
    let letters = text.as_bytes();
    let mut next = 0;
    core::iter::from_fn(move || {
        let at = next;
        let &letter = letters.get(at)?;
        if is_xchar(letter) {
            next += 1;
            return Some(Ok((at, letter)));
        }
        if letter != b'+' {
            return Some(Err(SyntaxError { at, rule: "xtext" }));
        }
        next += 3;
        let octet = letters.get(at + 1..next).and_then(|digits| match *digits {
            [high, low] => Some(hexadecimal(high)? << 4 | hexadecimal(low)?),
            _ => None,
        });
        Some(
            octet
                .map(|octet| (at, octet))
                .ok_or(SyntaxError { at: at + 1, rule: "two upper-case hexadecimal digits" }),
        )
    })
}

const fn hexadecimal(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)).unwrap(), all);
        assert_eq!(encode(b"a+b=c d"), "a+2Bb+3Dc+20d");
    }

    #[test]
    fn what_is_not_xtext_is_refused() {
        for (text, at) in [("a b", 1), ("+2b", 1), ("+2", 1), ("a+", 2), ("a=", 1), ("é", 0)] {
            assert_eq!(decode(text).unwrap_err().at, at, "{text:?}");
        }
    }

    #[test]
    fn no_control_comes_out_as_text() {
        assert_eq!(decode_text("a+20b+C3+A9").as_deref(), Ok("a bé"));
        for (text, at) in [
            ("a+0Db", 1),
            ("ab+0AMAIL", 2),
            ("+00", 0),
            ("+41+1B[2J", 3),
            ("+7F", 0),
            ("a+09", 1),
            ("+C2+85", 0),
            ("ab+FFc", 2),
            ("+41+C3", 3),
            ("+ED+A0+80", 0),
            ("+0d", 1),
        ] {
            assert_eq!(decode_text(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
