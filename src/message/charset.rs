//! Characters of other sets than Unicode's (RFC 2045 section 2.2, RFC 2046 section 4.1.2): a few are known here, the others
//! by the host.

use alloc::string::String;

/// How octets of a charset become text. A few charsets need no tables and are built in: UTF-8, US-ASCII, ISO-8859-1 and
/// -15, and windows-1252; what the host knows comes after them.
#[derive(Debug, Clone, Copy)]
pub struct Charsets {
    /// The host's: `None` for a label that it does not know. What is no character of the charset becomes U+FFFD.
    pub decode: fn(label: &str, octets: &[u8]) -> Option<String>,
}

impl Charsets {
    /// Knows what is built in only.
    pub const BUILT_IN: Self = Self { decode: |_, _| None };

    /// The text that `octets` stand for; `None` if nobody knows the charset.
    ///
    /// ```
    /// use edgepost::message::charset::Charsets;
    ///
    /// assert_eq!(Charsets::BUILT_IN.decode("Latin1", b"caf\xE9").as_deref(), Some("caf\u{e9}"));
    /// assert_eq!(Charsets::BUILT_IN.decode("x-unknown", b"caf\xE9"), None);
    /// ```
    pub fn decode(&self, label: &str, octets: &[u8]) -> Option<String> {
        let label = label.trim_matches([' ', '\t', '"', '\'']);
        Some(match built_in(label) {
            Some(Known::Utf8) => utf8(octets),
            Some(Known::Ascii) => unlabelled(octets),
            Some(Known::Latin1) => single(octets, &WINDOWS_1252),
            Some(Known::Latin9) => latin9(octets),
            None => return (self.decode)(label, octets),
        })
    }
}

impl Charsets {
    /// The text that octets stand for that say of themselves that they are in this charset, or say nothing; what nobody
    /// knows is read as what it may be.
    pub fn text(&self, label: Option<&str>, octets: &[u8]) -> String {
        label.and_then(|label| self.decode(label, octets)).unwrap_or_else(|| unlabelled(octets))
    }
}

/// The tables of this crate's feature `charsets`; without it, what is built in.
impl Default for Charsets {
    #[cfg(feature = "charsets")]
    fn default() -> Self {
        Self {
            decode: |label, octets| {
                let known = encoding_rs::Encoding::for_label_no_replacement(alias(label).as_bytes())?;
                Some(known.decode_without_bom_handling(octets).0.into_owned())
            },
        }
    }

    #[cfg(not(feature = "charsets"))]
    fn default() -> Self {
        Self::BUILT_IN
    }
}

/// Names that mailers give charsets and the Encoding Standard does not know.
#[cfg(feature = "charsets")]
fn alias(label: &str) -> &str {
    match label {
        label if label.eq_ignore_ascii_case("cp932") => "shift_jis",
        label if label.eq_ignore_ascii_case("cp936") => "gbk",
        label if label.eq_ignore_ascii_case("cp949") => "euc-kr",
        label if label.eq_ignore_ascii_case("cp950") => "big5",
        label => label,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Utf8,
    Ascii,
    Latin1,
    Latin9,
}

/// The names of RFC 2978's registry and those that are written in their place: letters and digits are what counts.
fn built_in(label: &str) -> Option<Known> {
    let mut name = [0; 16];
    let mut length = 0;
    for letter in label.bytes().filter(u8::is_ascii_alphanumeric) {
        *name.get_mut(length)? = letter.to_ascii_lowercase();
        length += 1;
    }
    Some(match &name[..length] {
        b"utf8" | b"unicode11utf8" | b"xunicode20utf8" => Known::Utf8,
        b"usascii" | b"ascii" | b"us" | b"ansix341968" | b"iso646us" | b"7bit" => Known::Ascii,
        // As browsers do: what calls itself ISO-8859-1 means its superset where it has octets that are controls there.
        b"iso88591" | b"latin1" | b"l1" | b"cp819" | b"iso885911987" | b"windows1252" | b"cp1252"
        | b"xcp1252" | b"ansi" => Known::Latin1,
        b"iso885915" | b"latin9" | b"l9" => Known::Latin9,
        _ => return None,
    })
}

/// UTF-8; what is none becomes U+FFFD.
pub(super) fn utf8(octets: &[u8]) -> String {
    // Most of it is: to look for what is not takes several times as long.
    match core::str::from_utf8(octets) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(octets).into_owned(),
    }
}

/// Octets of which nothing is known: UTF-8 if they are, else windows-1252, the likeliest of all others.
pub(super) fn unlabelled(octets: &[u8]) -> String {
    match core::str::from_utf8(octets) {
        Ok(text) => text.into(),
        Err(_) => single(octets, &WINDOWS_1252),
    }
}

/// The octets from 0x80 to 0x9F of windows-1252.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// One octet a character, Latin-1 but for a table.
fn single(octets: &[u8], upper: &[char; 32]) -> String {
    let mut text = String::with_capacity(octets.len() + octets.len() / 4);
    text.extend(octets.iter().map(|&octet| match octet {
        0x80..=0x9F => upper[usize::from(octet - 0x80)],
        octet => char::from(octet),
    }));
    text
}

fn latin9(octets: &[u8]) -> String {
    let character = |&octet: &u8| match octet {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        octet => char::from(octet),
    };
    octets.iter().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_charsets_have_many_names() {
        for (label, octets, text) in [
            ("utf-8", &b"\xC3\xA9\xE2\x82"[..], "é\u{FFFD}"),
            ("UTF8", b"\xC3\xA9", "é"),
            ("us-ascii", b"plain", "plain"),
            ("us-ascii", b"\xC3\xA9", "é"),
            ("us-ascii", b"\xE9\x80", "é€"),
            ("ISO-8859-1", b"\xE9\x93\xA4", "é“¤"),
            ("\"latin1\"", b"\xE9", "é"),
            ("windows-1252", b"\x80\x81\x9F", "€\u{81}Ÿ"),
            ("iso-8859-15", b"\xA4\xBD\xE9", "€œé"),
        ] {
            assert_eq!(Charsets::BUILT_IN.decode(label, octets).as_deref(), Some(text), "{label}");
        }
        for label in ["", "?", "koi8-r", "utf-16", "iso-8859-2", "a charset with a name that has no end"] {
            assert_eq!(Charsets::BUILT_IN.decode(label, b"x"), None, "{label}");
        }
    }

    #[test]
    fn the_host_knows_the_others() {
        let host = Charsets { decode: |label, octets| (label == "rot0").then(|| utf8(octets)) };
        assert_eq!(host.decode("rot0", b"x").as_deref(), Some("x"));
        assert_eq!(host.decode("rot13", b"x"), None);
    }

    #[cfg(feature = "charsets")]
    #[test]
    fn tables_know_what_the_encoding_standard_knows() {
        for (label, octets, text) in [
            ("koi8-r", &b"\xCB\xCC\xC0\xDE"[..], "ключ"),
            ("Shift_JIS", b"\x93\xFA\x96\x7B", "日本"),
            ("iso-2022-jp", b"\x1B$BF|K\\\x1B(B", "日本"),
            ("cp936", b"\xD6\xD0", "中"),
            ("iso-8859-2", b"\xE1", "á"),
        ] {
            assert_eq!(Charsets::default().decode(label, octets).as_deref(), Some(text), "{label}");
        }
    }
}
