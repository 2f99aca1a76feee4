//! utf-8-addr-xtext and utf-8-addr-unitext (RFC 6533 section 3): an internationalised address in an ESMTP parameter.

use alloc::string::String;
use core::fmt::Write;

use super::SyntaxError;
use super::abnf::is_utf8_non_ascii;

/// ```abnf
/// QCHAR = %x21-2a / %x2c-3c / %x3e-5b / %x5d-7e
/// ```
const fn is_qchar(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '+' | '=' | '\\')
}

/// Any text as utf-8-addr-xtext, which is ASCII.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        if is_qchar(c) {
            encoded.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "\\x{{{:02X}}}", u32::from(c));
        }
    }
    encoded
}

/// The text that utf-8-addr-xtext or utf-8-addr-unitext stands for; controls are refused.
///
/// ```abnf
/// utf-8-addr-xtext = 1*(QCHAR / EmbeddedUnicodeChar)
/// utf-8-addr-unitext = 1*(QUCHAR / EmbeddedUnicodeChar)
/// QUCHAR = QCHAR / UTF8-2 / UTF8-3 / UTF8-4
/// EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"
/// ```
pub fn decode(text: &str) -> Result<String, SyntaxError> {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        if is_qchar(c) || is_utf8_non_ascii(c) {
            decoded.push(c);
            rest = &rest[c.len_utf8()..];
        } else if let Some(opened) = rest.strip_prefix("\\x{") {
            let (digits, closed) = opened.split_once('}').unwrap_or((opened, ""));
            let c = hexpoint(digits).filter(|_| digits.len() < opened.len());
            decoded.push(c.ok_or(SyntaxError { at, rule: "\\x{...} of a character that needs it" })?);
            rest = closed;
        } else {
            return Err(SyntaxError { at, rule: "a character of an address" });
        }
    }
    Ok(decoded)
}

/// ```abnf
/// HEXPOINT = two to six upper-case digits, without zeros before them, of a character that is not a QCHAR
/// ```
fn hexpoint(digits: &str) -> Option<char> {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
    let shortest = digits.len() == 2 || !digits.starts_with('0');
    let known = (2..=6).contains(&digits.len()) && digits.bytes().all(is_digit) && shortest;
    let c = known.then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)).flatten()?;
    (!is_qchar(c) && !c.is_control()).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_every_width_but_controls_come_back() {
        for c in (0..0x3000).chain((0x3000..=0x10_FFFF).step_by(251)).filter_map(char::from_u32) {
            let mut text = String::from("a");
            text.push(c);
            let encoded = encode(&text);
            assert!(encoded.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'=' && octet != b'+'));
            assert_eq!(decode(&encoded).ok(), Some(text).filter(|_| !c.is_control()), "{c:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_where_it_ends() {
        for (text, at) in [
            ("a b", 1),
            ("a+b", 1),
            ("a=b", 1),
            ("a\\b", 1),
            ("a\\x{41}", 1),
            ("a\\x{e9}", 1),
            ("a\\x{0E9}", 1),
            ("a\\x{9}", 1),
            ("a\\x{0A}", 1),
            ("a\\x{0D}", 1),
            ("a\\x{7F}", 1),
            ("a\\x{9B}", 1),
            ("a\\x{D800}", 1),
            ("a\\x{110000}", 1),
            ("a\\x{0000E9}", 1),
            ("a\\x{10000E9}", 1),
            ("a\\x{}", 1),
            ("a\\x{E9", 1),
            ("a\\x{é}", 1),
            ("\u{85}", 0),
            ("a\r\n", 1),
        ] {
            assert_eq!(decode(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
