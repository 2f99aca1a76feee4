//! Names and passwords in the one form that is compared (RFC 8265, RFC 8264).
//!
//! Passwords are prepared as `OpaqueString` (RFC 8265 section 4.2): other spaces become the ASCII one, then NFC. Names
//! keep their case (RFC 8265 section 3.4): full-width letters become ASCII, then NFC. Code points that Unicode has not
//! assigned are refused where the host knows them. Beside which others a code point may stand is not looked at (RFC 5892
//! appendix A): that takes tables of scripts, which would weigh more than they protect. Joiners may not stand anywhere.

use alloc::string::String;

use super::ExchangeError;
use crate::unicode::Unicode;

/// A password, as `OpaqueString`.
pub fn password(text: &str, unicode: Unicode) -> Result<String, ExchangeError> {
    prepare(text, unicode, |c| if is_other_space(c) { ' ' } else { c })
}

/// A name, as `UsernameCasePreserved`, but for spaces and symbols: there are servers that have them in names.
pub fn user(text: &str, unicode: Unicode) -> Result<String, ExchangeError> {
    prepare(text, unicode, narrow)
}

fn prepare(text: &str, unicode: Unicode, map: impl Fn(char) -> char) -> Result<String, ExchangeError> {
    if text.is_empty() || text.chars().any(is_disallowed) || !unicode.is_assigned(text) {
        return Err(ExchangeError::Malformed);
    }
    if text.is_ascii() {
        return Ok(text.into());
    }
    let mapped: String = text.chars().map(map).collect();
    Ok(unicode.nfc(&mapped).unwrap_or(mapped))
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

/// What is in neither class (RFC 8264 section 8): controls, what is not seen, marks of format, old Hangul jamo, private use,
/// what is no character, and the exceptions of RFC 5892 section 2.6.
fn is_disallowed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{640}' | '\u{6DD}' | '\u{70F}'
            | '\u{7FA}' | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{1100}'..='\u{11FF}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{302E}'..='\u{302F}' | '\u{3031}'..='\u{3035}' | '\u{303B}' | '\u{3164}'
            | '\u{A960}'..='\u{A97C}' | '\u{D7B0}'..='\u{D7FB}' | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}'
            | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..)
        || c as u32 & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Composes the one letter of these tests that can be composed, and misses the one that is not assigned.
    const UNICODE: Unicode = Unicode {
        nfc: |text| Some(text.replace("a\u{30A}", "\u{E5}")),
        to_ascii: |_| None,
        assigned: |text| !text.contains('\u{378}'),
    };

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
            ("12\u{2163}", Some("12\u{2163}")),
            ("\u{FF41}", Some("\u{FF41}")),
            ("new\u{378}", None),
            ("soft\u{AD}hyphen", None),
            ("tat\u{640}weel", None),
            ("\u{600}1", None),
            ("\u{3031}", None),
            ("line\u{2028}end", None),
            ("own\u{E000}", None),
            ("\u{1FFFE}", None),
            ("", None),
        ] {
            assert_eq!(password(text, UNICODE).ok().as_deref(), prepared, "{text:?}");
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
            ("new\u{378}", None),
            ("ann\0", None),
            ("ann\u{200B}", None),
            ("", None),
        ] {
            assert_eq!(user(text, UNICODE).ok().as_deref(), prepared, "{text:?}");
        }
    }
}
