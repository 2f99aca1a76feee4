//! Names and passwords in the one form that is compared (RFC 8265, RFC 8264).
//!
//! Passwords are prepared as `OpaqueString` (RFC 8265 section 4.2): other spaces become the ASCII one, then NFC. Names
//! keep their case (RFC 8265 section 3.4): full-width letters become ASCII, then NFC. Code points that no version of
//! Unicode assigns are let through in both: telling them takes tables that would weigh more than they protect.

use alloc::string::String;

use super::ExchangeError;

/// Normalisation to NFC; `None` where the tables are missing, and then a text is taken to be in NFC already.
pub type Nfc = fn(&str) -> Option<String>;

/// A password, as `OpaqueString`.
pub fn password(text: &str, nfc: Nfc) -> Result<String, ExchangeError> {
    prepare(text, nfc, |c| if is_other_space(c) { ' ' } else { c })
}

/// A name, as `UsernameCasePreserved`, but for spaces and symbols: there are servers that have them in names.
pub fn user(text: &str, nfc: Nfc) -> Result<String, ExchangeError> {
    prepare(text, nfc, narrow)
}

fn prepare(text: &str, nfc: Nfc, map: impl Fn(char) -> char) -> Result<String, ExchangeError> {
    if text.is_empty() || text.chars().any(is_disallowed) {
        return Err(ExchangeError::Malformed);
    }
    if text.is_ascii() {
        return Ok(text.into());
    }
    let mapped: String = text.chars().map(map).collect();
    Ok(nfc(&mapped).unwrap_or(mapped))
}

/// Full-width forms of the printable ASCII characters.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// `Zs` without the space itself.
const fn is_other_space(c: char) -> bool {
    matches!(c, '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

/// What is in neither class (RFC 8264 section 4): controls, what is not seen, old Hangul jamo, private use, and what is
/// no character.
fn is_disallowed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{1100}'..='\u{11FF}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7FB}'
            | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..)
        || c as u32 & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Composes the one letter of these tests that can be composed.
    fn nfc(text: &str) -> Option<String> {
        Some(text.replace("a\u{30A}", "\u{E5}"))
    }

    // covers: RFC 8265 section 4.3 both
    #[test]
    fn passwords_are_prepared_as_in_the_examples_of_the_rfc() {
        for (text, prepared) in [
            ("correct horse battery staple", Some("correct horse battery staple")),
            ("Correct Horse Battery Staple", Some("Correct Horse Battery Staple")),
            ("\u{3C0}\u{DF}a\u{30A}", Some("\u{3C0}\u{DF}\u{E5}")),
            ("Jack of \u{2666}s", Some("Jack of \u{2666}s")),
            ("foo\u{1680}bar", Some("foo bar")),
            ("my cat is a \tby", None),
            ("", None),
        ] {
            assert_eq!(password(text, nfc).ok().as_deref(), prepared, "{text:?}");
        }
    }

    // covers: RFC 8265 section 3.5 both
    #[test]
    fn names_keep_their_case_and_lose_their_width() {
        for (text, prepared) in [
            ("juliet@example.com", Some("juliet@example.com")),
            ("Fu\u{DF}ball", Some("Fu\u{DF}ball")),
            ("\u{3A3}\u{3C2}", Some("\u{3A3}\u{3C2}")),
            ("\u{FF41}nn\u{3000}b", Some("ann b")),
            ("a\u{30A}sa", Some("\u{E5}sa")),
            ("ann\0", None),
            ("ann\u{200B}", None),
            ("", None),
        ] {
            assert_eq!(user(text, nfc).ok().as_deref(), prepared, "{text:?}");
        }
    }
}
