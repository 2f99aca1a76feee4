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

/// The octets that xtext stands for. They may be any octets, CR and LF included: look before they go anywhere.
pub fn decode(text: &str) -> Result<Vec<u8>, SyntaxError> {
    let letters = text.as_bytes();
    let mut octets = Vec::with_capacity(letters.len());
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        if is_xchar(letter) {
            octets.push(letter);
            at += 1;
        } else if letter == b'+' {
            let digits = letters
                .get(at + 1..at + 3)
                .filter(|digits| digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')));
            let Some(&[high, low]) = digits else {
                return Err(SyntaxError { at: at + 1, rule: "two upper-case hexadecimal digits" });
            };
            let value = |digit: u8| {
                if digit.is_ascii_digit() { digit - b'0' } else { digit - b'A' + 10 }
            };
            octets.push(value(high) << 4 | value(low));
            at += 3;
        } else {
            return Err(SyntaxError { at, rule: "xtext" });
        }
    }
    Ok(octets)
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
}
