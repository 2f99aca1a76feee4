//! Encoded words (RFC 2047): text outside ASCII in headers.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::base64;

/// Octets of an encoded word at most.
const LIMIT: usize = 75;
const PREFIX: &str = "=?utf-8?B?";
const SUFFIX: &str = "?=";
/// A first word shorter than this is not worth the place behind the header's name.
const SHORTEST: usize = 32;

/// True when `text` would not come through a header as it is: characters outside ASCII, spaces at an end, what would
/// be taken for an encoded word, and words too long for a line. With `utf8`, characters outside ASCII do.
pub(super) fn is_needed(text: &str, utf8: bool) -> bool {
    !text.bytes().all(|octet| matches!(octet, b' '..=b'~') || (utf8 && !octet.is_ascii()))
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text.as_bytes().windows(2).any(|pair| pair == b"=?")
        || units(text).any(|(space, word)| space.len() + word.len() > 990)
}

/// Cuts a text before its spaces, where it can be folded: spaces, and the word behind them.
pub(super) fn units(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let word = rest.len() - rest.trim_start_matches(' ').len();
        let end = rest[word..].find(' ').map_or(rest.len(), |at| word + at);
        let (unit, after) = rest.split_at(end);
        rest = after;
        (!unit.is_empty()).then(|| unit.split_at(word))
    })
}

/// A text as encoded words, in the shorter encoding. They are cut between characters; the first one fits in `room`
/// octets unless there is hardly any.
///
/// ```abnf
/// encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
/// ```
pub(super) fn encode(text: &str, room: usize) -> Vec<String> {
    let in_q: usize = text.chars().map(q_width).sum();
    let use_q = in_q <= b_width(text.len());
    let mut room = if room < SHORTEST { LIMIT } else { room.min(LIMIT) } - PREFIX.len() - SUFFIX.len();
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = 0;
        let mut used = 0;
        for (at, c) in rest.char_indices().take(LIMIT) {
            let next = at + c.len_utf8();
            used = if use_q { used + q_width(c) } else { b_width(next) };
            if used > room {
                break;
            }
            end = next;
        }
        let (piece, after) = rest.split_at(end);
        words.push(if use_q {
            q_word(piece)
        } else {
            [PREFIX, &base64::encode(piece.as_bytes()), SUFFIX].concat()
        });
        rest = after;
        room = LIMIT - PREFIX.len() - SUFFIX.len();
    }
    words
}

const fn b_width(octets: usize) -> usize {
    octets.div_ceil(3) * 4
}

const fn q_width(c: char) -> usize {
    if is_q_literal(c) || c == ' ' { 1 } else { 3 * c.len_utf8() }
}

/// What may stand for itself wherever an encoded word may be (RFC 2047 section 5, rule 3).
const fn is_q_literal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '!' | '*' | '+' | '-' | '/')
}

/// The "Q" encoding (RFC 2047 section 4.2).
fn q_word(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut word = String::with_capacity(LIMIT);
    word.push_str("=?utf-8?Q?");
    for c in text.chars() {
        match c {
            ' ' => word.push('_'),
            c if is_q_literal(c) => word.push(c),
            c => {
                for &octet in c.encode_utf8(&mut [0; 4]).as_bytes() {
                    word.extend([
                        '=',
                        char::from(DIGITS[usize::from(octet >> 4)]),
                        char::from(DIGITS[usize::from(octet & 15)]),
                    ]);
                }
            }
        }
    }
    word.push_str(SUFFIX);
    word
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::string::ToString;

    /// What a reader makes of encoded words with spaces between them.
    pub fn decode(words: &str) -> String {
        let octets = words.split(' ').flat_map(|word| {
            let word = word.strip_prefix("=?utf-8?").and_then(|word| word.strip_suffix("?=")).expect(word);
            match word.split_at(2) {
                ("B?", text) => base64::decode(text).unwrap(),
                ("Q?", text) => {
                    let mut octets = Vec::new();
                    let mut letters = text.bytes();
                    while let Some(letter) = letters.next() {
                        octets.push(match letter {
                            b'_' => b' ',
                            b'=' => {
                                let digits = [letters.next().unwrap(), letters.next().unwrap()];
                                u8::from_str_radix(core::str::from_utf8(&digits).unwrap(), 16).unwrap()
                            }
                            other => other,
                        });
                    }
                    octets
                }
                _ => panic!("{word}"),
            }
        });
        String::from_utf8(octets.collect()).unwrap()
    }

    #[test]
    fn known_answers() {
        for (text, words) in [
            ("café", "=?utf-8?B?Y2Fmw6k=?="),
            ("a café", "=?utf-8?Q?a_caf=C3=A9?="),
            ("Jörg Müller", "=?utf-8?B?SsO2cmcgTcO8bGxlcg==?="),
            ("日本語", "=?utf-8?B?5pel5pys6Kqe?="),
            ("=?", "=?utf-8?B?PT8=?="),
            ("a=?b_c", "=?utf-8?B?YT0/Yl9j?="),
            (" a", "=?utf-8?Q?_a?="),
            ("", ""),
        ] {
            assert_eq!(encode(text, 75).join(" "), words);
        }
    }

    #[test]
    fn words_read_back_and_keep_their_limits() {
        for text in [
            "ä",
            "漢字かな交じり文",
            "mostly ascii, with one é in it, and then some more",
            "🎉 party",
            "aé",
            "  ",
        ] {
            for times in [1, 2, 7, 50] {
                let text = text.repeat(times);
                for room in [0, 31, 32, 33, 40, 67, 75, 200] {
                    let words = encode(&text, room);
                    assert_eq!(decode(&words.join(" ")), text);
                    assert!(words.iter().all(|word| word.len() <= 75), "{words:?}");
                    assert!(room < SHORTEST || words[0].len() <= room, "{words:?}");
                    // Each word alone is whole characters.
                    words.iter().for_each(|word| drop(decode(word)));
                }
            }
        }
    }

    #[test]
    fn the_shorter_encoding_is_taken() {
        for text in ["é", "naïve text", "ключ", "a ключ", "日本", "mostly ascii é"] {
            let words = encode(text, 75);
            let (q, b) = (text.chars().map(q_width).sum::<usize>(), b_width(text.len()));
            assert_eq!(words[0].len(), q.min(b) + 12, "{text}");
        }
    }

    #[test]
    fn only_what_must_be_encoded_is() {
        for text in ["plain", "two  spaces", "a = b ? c", "\"quoted\" <x@y>"] {
            assert!(!is_needed(text, false) && !is_needed(text, true), "{text}");
        }
        for text in ["é", " a", "a ", "=?utf-8?Q?x?=", "tab\there", &"x".repeat(991)] {
            assert!(is_needed(text, false), "{text}");
            assert_eq!(is_needed(text, true), text != "é", "{text}");
        }
    }

    #[test]
    fn units_put_together_are_the_text() {
        for text in ["", "a", "a b", "a  b c", " a", "a ", "  "] {
            let units: Vec<_> = units(text).map(|(space, word)| [space, word].concat()).collect();
            assert_eq!(units.concat(), text.to_string());
            assert!(units.iter().all(|unit| unit.trim_start().find(' ').is_none()));
        }
    }
}
