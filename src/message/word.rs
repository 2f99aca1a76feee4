//! Encoded words (RFC 2047): text outside ASCII in headers.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

use super::base64::{Decoder, is_clean};
use super::charset::{Charsets, unlabelled};
use super::qp;
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
    encode_within(text, room, LIMIT)
}

/// As [`encode`], with a `limit` for the other words.
pub(super) fn encode_within(text: &str, room: usize, limit: usize) -> Vec<String> {
    let in_q: usize = text.chars().map(q_width).sum();
    let use_q = in_q <= b_width(text.len());
    let mut room = if room < SHORTEST { limit } else { room.min(limit) } - PREFIX.len() - SUFFIX.len();
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
        room = limit - PREFIX.len() - SUFFIX.len();
    }
    words
}

/// ```abnf
/// quoted-string = DQUOTE *( qtext / "\" ( DQUOTE / "\" ) ) DQUOTE
/// ```
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
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

/// The text of an unstructured field (RFC 5322 section 3.2.5), without its folds and with its encoded words decoded. Raw
/// octets outside ASCII are UTF-8 if they can be, else windows-1252. A word that nobody can decode stays as it is, and
/// there are no controls in the text but TAB. White space at both ends is kept: who reads a field takes it away before.
///
/// ```
/// use edgepost::message::{charset::Charsets, word};
///
/// let subject = word::decode(b"Re: =?utf-8?Q?caf=C3?=\r\n =?utf-8?Q?=A9_au?= lait", &Charsets::BUILT_IN);
/// assert_eq!(subject, "Re: café au lait");
/// ```
pub fn decode(text: &[u8], charsets: &Charsets) -> String {
    let mut out = String::with_capacity(text.len());
    // Words that are decoded together: a character may begin in one and end in the next.
    let mut run: Option<Run<'_>> = None;
    let (mut done, mut from) = (0, 0);
    while let Some(start) = find_word(text, from) {
        let Some((word, end)) = Word::read(text, start) else {
            from = start + 2;
            continue;
        };
        let between = &text[done..start];
        let mut kept = true;
        if let Some(run) = &mut run
            && between.iter().all(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n'))
        {
            if run.charset.eq_ignore_ascii_case(word.charset) {
                run.push(word.text);
                (run.end, done, from) = (end, end, end);
                continue;
            }
            kept = false;
        }
        let decoded = run.take().is_none_or(|run| run.write(text, charsets, &mut out));
        if kept || !decoded {
            push_raw(between, &mut out);
        }
        let begun = Run { charset: word.charset, octets: Vec::new(), base64: Decoder::default(), start, end };
        run.insert(begun).push(word.text);
        (done, from) = (end, end);
    }
    if let Some(run) = run {
        run.write(text, charsets, &mut out);
    }
    push_raw(&text[done..], &mut out);
    out
}

fn find_word(text: &[u8], from: usize) -> Option<usize> {
    let behind = text.get(from..)?;
    memchr::memchr_iter(b'?', behind).find(|&at| at > 0 && behind[at - 1] == b'=').map(|at| from + at - 1)
}

/// Where the encoded word at `start` ends, if there is one.
pub(super) fn end(text: &[u8], start: usize) -> Option<usize> {
    Word::read(text, start).map(|(_, end)| end)
}

struct Run<'a> {
    charset: &'a str,
    octets: Vec<u8>,
    /// A group of base64, too, may begin in one word and end in the next.
    base64: Decoder,
    /// Where its words are.
    start: usize,
    end: usize,
}

impl Run<'_> {
    fn push(&mut self, text: Encoded<'_>) {
        match text {
            Encoded::Q(octets) => {
                take(&mut self.base64).finish(&mut self.octets);
                self.octets.extend_from_slice(&octets);
            }
            Encoded::B(text) => self.base64.write(text, &mut self.octets),
        }
    }

    /// Appends what the words mean, or the words if that is not known; tells which.
    fn write(mut self, text: &[u8], charsets: &Charsets, out: &mut String) -> bool {
        self.base64.finish(&mut self.octets);
        match charsets.decode(self.charset, &self.octets) {
            Some(decoded) => {
                push_clean(&decoded, out);
                true
            }
            None => {
                push_raw(&text[self.start..self.end], out);
                false
            }
        }
    }
}

struct Word<'a> {
    charset: &'a str,
    text: Encoded<'a>,
}

enum Encoded<'a> {
    /// Decoded already.
    Q(Vec<u8>),
    B(&'a [u8]),
}

impl<'a> Word<'a> {
    /// ```abnf
    /// encoded-word = "=?" charset [ "*" language ] "?" encoding "?" encoded-text "?="
    /// ```
    /// At `start`; gives where it ends, too. It may be longer than it should be, in the middle of other text, and folded.
    fn read(text: &'a [u8], start: usize) -> Option<(Self, usize)> {
        let inner = text.get(start..)?.strip_prefix(b"=?")?;
        let name = inner.iter().take(64).position(|octet| !octet.is_ascii_graphic() || *octet == b'?')?;
        let charset = core::str::from_utf8(&inner[..name]).ok()?;
        let charset = charset.split_once('*').map_or(charset, |(charset, _)| charset);
        let [b'?', encoding, b'?', encoded @ ..] = &inner[name..] else { return None };
        let (text, length) = match encoding {
            b'Q' | b'q' => from_q(encoded)?,
            b'B' | b'b' => from_b(encoded)?,
            _ => return None,
        };
        let end = start + 2 + name + 3 + length + 2;
        (!charset.is_empty()).then_some((Self { charset, text }, end))
    }
}

/// The octets, and how many stand for them up to `?=`. An "=" that is no escape means that it is no encoded word, which
/// also ends the search where the next one may begin: all of a text is read once.
fn from_q(text: &[u8]) -> Option<(Encoded<'_>, usize)> {
    let mut octets = Vec::with_capacity(LIMIT);
    let mut rest = text;
    loop {
        let (&first, behind) = rest.split_first()?;
        rest = behind;
        match first {
            b'?' if behind.first() == Some(&b'=') => {
                return Some((Encoded::Q(octets), text.len() - behind.len() - 1));
            }
            b'=' => {
                let (octet, after) = qp::escape(behind)?;
                octets.push(octet);
                rest = after;
            }
            b'_' => octets.push(b' '),
            b'\r' | b'\n' => {}
            octet => octets.push(octet),
        }
    }
}

/// As [`from_q`].
fn from_b(text: &[u8]) -> Option<(Encoded<'_>, usize)> {
    let length = memchr::memchr(b'?', text).filter(|end| text.get(end + 1) == Some(&b'='))?;
    let encoded = &text[..length];
    is_clean(encoded).then_some((Encoded::B(encoded), length))
}

/// Appends a text with spaces in place of its controls, which must not become line ends anywhere.
pub(super) fn push_clean(text: &str, out: &mut String) {
    if text.contains(is_unclean) {
        out.extend(text.chars().map(|c| if is_unclean(c) { ' ' } else { c }));
    } else {
        out.push_str(text);
    }
}

pub(super) fn is_unclean(c: char) -> bool {
    c.is_control() && c != '\t'
}

/// Appends text that is not encoded, unfolded.
pub(super) fn push_raw(text: &[u8], out: &mut String) {
    if let Ok(text) = core::str::from_utf8(text)
        // Without a way out, many octets are looked at at once.
        && !text.bytes().fold(false, |found, octet| found | (octet.is_ascii_control() || octet == 0xC2))
    {
        out.push_str(text);
        return;
    }
    let text = unlabelled(text);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, characters.peek()) {
            ('\r', Some('\n')) | ('\r' | '\n', Some(' ' | '\t') | None) => {}
            (c, _) if is_unclean(c) => out.push(' '),
            (c, _) => out.push(c),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::string::ToString;

    fn decoded(text: &[u8]) -> String {
        super::decode(text, &Charsets::BUILT_IN)
    }

    #[test]
    fn words_that_are_read_as_they_come() {
        for (text, expected) in [
            (&b"=?utf-8?Q?a?="[..], "a"),
            (b"=?UTF-8*en?q?caf=c3=a9?=", "café"),
            (b"a =?utf-8?B?Yg==?= c", "a b c"),
            (b"=?utf-8?B?w6?= =?utf-8?B?k=?=", "é"),
            (b"=?utf-8?Q?=C3?= =?utf-8?B?qQ?=", "é"),
            (b"=?utf-8?Q?=F0=9F?=\r\n\t=?UTF-8?Q?=8E=89_?=  =?utf-8?q?x?=", "🎉 x"),
            (b"=?utf-8?Q?a?= =?latin1?Q?=E9?= =?utf-8?Q?b?=", "aéb"),
            (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
            (b"x=?utf-8?Q?a?=y", "xay"),
            (b"=?utf-8?Q?two words?=", "two words"),
            (b"=?utf-8?Q?two\r\n words?=", "two words"),
            (b"=?utf-8?Q?what?_yes?=", "what? yes"),
            (b"=?utf-8?B?  YSBi\r\n IGM ?=", "a b c"),
            (b"=?utf-8?Q??=", ""),
            (b"=?=?utf-8?Q?a?=", "=?a"),
            (b"caf\xC3\xA9 =?utf-8?Q?a?= caf\xE9", "café a café"),
            (b"=?latin1?Q?caf\xE9?=", "café"),
        ] {
            assert_eq!(decoded(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_cannot_be_decoded_stays_as_it_is() {
        for text in [
            "=?x-none?Q?a?=",
            "=?x-none?Q?a?= =?x-none?Q?b?=",
            "=?utf-8?Q?a",
            "=?utf-8?Q?a=?=",
            "=?utf-8?Q?100%=more?=",
            "=?utf-8?B?not base64!?=",
            "=?utf-8?A?a?=",
            "=????=",
            "=?? ?Q?x?=",
            "=?utf 8?Q?x?=",
            "=?",
            "?=",
            "a = b",
        ] {
            assert_eq!(decoded(text.as_bytes()), text);
        }
        assert_eq!(decoded(b"=?utf-8?Q?a?= =?x?Q?b?= =?utf-8?Q?c?="), "a=?x?Q?b?= c");
    }

    #[test]
    fn no_controls_come_out() {
        for (text, expected) in [
            (&b"=?utf-8?Q?a=0D=0ABcc:_b=00=C2=85?="[..], "a  Bcc: b  "),
            (b"=?utf-8?B?YQ0KYg==?=", "a  b"),
            (b"a\r\n b\n\tc\r\nd\re\0f\r\n", "a b\tc d e f"),
            (b"a\xC2\x85b", "a b"),
            (b"\x1B[1m", " [1m"),
        ] {
            assert_eq!(decoded(text), expected, "{}", text.escape_ascii());
        }
    }

    /// What a strict reader makes of encoded words with spaces between them.
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
                    assert_eq!(decoded(words.join("\r\n ").as_bytes()), text);
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
