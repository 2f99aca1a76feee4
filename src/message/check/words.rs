//! Encoded words (RFC 2047): how they are written, and where they may be.

use alloc::vec::Vec;
use core::ops::Range;
use core::str::from_utf8;

use super::rule::family;
use super::{Checker, Edit, listed};
use crate::message::header::Field;
use crate::message::{base64, qp, word};

family! {
    "Encoded words", check;

    TOO_LONG = "encoded-word-over-75" Warning Style, "RFC 2047 section 2",
        "An encoded word has at most 75 octets: some programs do not look further for its end.",
        pass "Subject: =?utf-8?Q?D=C3=A9jeuner?=\n\nHello\n",
        fail "Subject: =?utf-8?Q?D=C3=A9jeuner{_*70}?=\n\nHello\n" at "=?utf-8?Q?D=C3=A9jeuner{_*70}?=";
    LINE = "encoded-word-line-over-76" Info Style, "RFC 2047 section 2",
        "A line of a header with an encoded word has at most 76 octets.",
        pass "Subject: {x*30}\n =?utf-8?Q?D=C3=A9jeuner_{y*30}?=\n\nHello\n",
        fail "Subject: {x*30} =?utf-8?Q?D=C3=A9jeuner_{y*30}?=\n\nHello\n"
            at "Subject: {x*30} =?utf-8?Q?D=C3=A9jeuner_{y*30}?=";
    SYNTAX = "encoded-word-syntax" Warning MayBeFiltered, "RFC 2047 section 2",
        "An encoded word is =?charset?B?...?= or =?charset?Q?...?= without spaces: what is not stays on the screen as it is.",
        pass "Subject: =?utf-8?Q?D=C3=A9jeuner_at_one?=\n\nHello\n",
        fail "Subject: =?utf-8?Q?D=C3=A9jeuner at one?=\n\nHello\n" at "=?utf-8?Q?D=C3=A9jeuner";
    CHARSET = "encoded-word-charset-unknown" Warning MayBeFiltered, "RFC 2047 section 3",
        "Hardly any program knows this character set; every program knows UTF-8.",
        pass "Subject: =?utf-8?Q?D=C3=A9jeuner?=\n\nHello\n",
        fail "Subject: =?x-mac-klingon?Q?D=C3=A9jeuner?=\n\nHello\n" at "x-mac-klingon";
    QUOTED = "encoded-word-in-quotes" Warning MayBeFiltered, "RFC 2047 section 5",
        "An encoded word must not be in a quoted string: what is in quotes stays as it is.",
        pass "From: =?utf-8?Q?Ren=C3=A9?= <rene@a.example>\n\nHello\n",
        fail "From: \"=?utf-8?Q?Ren=C3=A9?=\" <rene@a.example>\n\nHello\n" at "=?utf-8?Q?Ren=C3=A9?=";
    JOINED = "encoded-word-not-separated" Warning MayBeFiltered, "RFC 2047 section 5",
        "White space separates an encoded word from what is around it: otherwise it is ordinary text.",
        pass "Subject: My =?utf-8?Q?d=C3=A9jeuner?=\n\nHello\n",
        fail "Subject: My=?utf-8?Q?d=C3=A9jeuner?=\n\nHello\n" at "=?utf-8?Q?d=C3=A9jeuner?=";
    MISPLACED = "encoded-word-misplaced" Error MayBeFiltered, "RFC 2047 section 5",
        "An encoded word stands for text that people read: not in dates, identifiers, addresses or domains.",
        pass "To: =?utf-8?Q?Ren=C3=A9?= <rene@a.example>\n\nHello\n",
        fail "To: =?utf-8?Q?ren=C3=A9?=@a.example\n\nHello\n" at "=?utf-8?Q?ren=C3=A9?=";
    PARAMETER = "encoded-word-in-parameter" Warning MayBeFiltered, "RFC 2231 section 4",
        "Parameters have an encoding of their own, as in filename*=utf-8''d%C3%A9jeuner.txt; an encoded word is read by some only.",
        pass "MIME-Version: 1.0\nContent-Disposition: attachment; filename*=utf-8''d%C3%A9jeuner.txt\n\nHello\n",
        fail "MIME-Version: 1.0\nContent-Disposition: attachment; filename=\"=?utf-8?Q?d=C3=A9jeuner?=.txt\"\n\nHello\n"
            at "=?utf-8?Q?d=C3=A9jeuner?=";
    SPLIT = "encoded-word-splits-character" Warning Style, "RFC 2047 section 5",
        "Every encoded word holds whole characters: one that is cut in two is shown as two wrong ones.",
        pass "Subject: =?utf-8?Q?D=C3=A9?= =?utf-8?Q?jeuner?=\n\nHello\n",
        fail "Subject: =?utf-8?Q?D=C3?= =?utf-8?Q?=A9jeuner?=\n\nHello\n" at "=?utf-8?Q?D=C3?=";
    PAYLOAD = "encoded-word-broken" Warning MayBeFiltered, "RFC 2047 section 4",
        "What is in this encoded word is not in the encoding that it names.",
        pass "Subject: =?utf-8?B?RMOpamV1bmVy?=\n\nHello\n",
        fail "Subject: =?utf-8?B?RMOpamV1bmV?=\n\nHello\n" at "=?utf-8?B?RMOpamV1bmV?=";
    HIDDEN = "encoded-word-hides-control" Error MayBeFiltered, "RFC 2047 section 5",
        "A line's end or another control is hidden in an encoded word: programs that trust it show a field of an attacker's.",
        pass "Subject: =?utf-8?Q?D=C3=A9jeuner?=\n\nHello\n",
        fail "Subject: =?utf-8?Q?Lunch=0D=0ABcc:_eve@e.example?=\n\nHello\n"
            at "=?utf-8?Q?Lunch=0D=0ABcc:_eve@e.example?=";
    NEEDLESS = "encoded-word-needless" Info Style, "RFC 2047 section 1",
        "All of this is ASCII and could stand there as it is; filters wonder what it hides.",
        pass "Subject: Lunch at one\n\nHello\n",
        fail "Subject: =?utf-8?Q?Lunch_at_one?=\n\nHello\n" at "=?utf-8?Q?Lunch_at_one?=";
}

const ADDRESSES: &str = "From Sender Reply-To To Cc Bcc Resent-From Resent-Sender Resent-To Resent-Cc";
const NO_TEXT: &str = "Date Message-ID In-Reply-To References Resent-Date Resent-Message-ID Return-Path MIME-Version \
    Content-Transfer-Encoding Content-ID Received";
const PARAMETERS: &str = "Content-Type Content-Disposition";
/// Character sets of mail that are known to nearly everybody, beside the ISO 8859 ones and those of Windows.
const CHARSETS: &str = "utf-8 utf8 us-ascii ascii utf-7 utf-16 utf-16le utf-16be iso-2022-jp iso-2022-jp-ms iso-2022-kr shift_jis \
    sjis euc-jp euc-kr ks_c_5601-1987 gb2312 gbk gb18030 big5 big5-hkscs hz-gb-2312 koi8-r koi8-u tis-620 macintosh latin1 ansi \
    cp932 cp936 cp949 cp950 ibm866 viscii ansi_x3.4-1968 unicode-1-1-utf-7";

/// Whether a character set is one that programs know.
pub(super) fn is_known(charset: &str) -> bool {
    let lower = charset.to_ascii_lowercase();
    let numbered = ["iso-8859-", "iso8859-", "iso_8859-", "windows-125", "windows-874", "cp125", "ibm8"];
    numbered.iter().any(|start| lower.starts_with(start)) || listed(CHARSETS, charset)
}

/// Where a word may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Addresses,
    Parameters,
    Nowhere,
}

fn check(checker: &mut Checker) {
    let message = checker.message;
    for part in message.parts() {
        for field in &part.fields {
            if super::seek(&checker.octets[field.body.clone()], b"=?").is_none() {
                continue;
            }
            let name = from_utf8(message.name_of(field)).unwrap_or_default();
            let place = match name {
                name if listed(ADDRESSES, name) => Place::Addresses,
                name if listed(NO_TEXT, name) => Place::Nowhere,
                name if listed(PARAMETERS, name) => Place::Parameters,
                _ => Place::Text,
            };
            words(checker, field, place);
        }
    }
}

/// One that was found, in octets of the field's body.
struct Word<'t> {
    span: Range<usize>,
    charset: Range<usize>,
    is_base64: bool,
    text: &'t [u8],
}

fn words(checker: &mut Checker, field: &Field, place: Place) {
    let body = checker.flat(field);
    let base = field.body.start;
    let spot = |range: &Range<usize>| base + range.start..base + range.end;
    let (mut at, mut scanned) = (0, 0);
    let (mut quoted, mut angle) = (false, false);
    let mut needless: Option<Range<usize>> = None;
    let mut needed = false;
    while let Some(start) = super::seek(&body[at..], b"=?").map(|found| at + found) {
        let mut octets = body[scanned..start].iter();
        while let Some(octet) = octets.next() {
            match octet {
                b'\\' if quoted => drop(octets.next()),
                b'"' => quoted = !quoted,
                b'<' if !quoted => angle = true,
                b'>' if !quoted => angle = false,
                _ => {}
            }
        }
        scanned = start;
        let word = match read(&body, start) {
            Ok(word) => word,
            Err(end) => {
                if let Some(end) = end {
                    checker.add(&SYNTAX, spot(&(start..end)));
                }
                at = start + 2;
                needed = true;
                continue;
            }
        };
        at = word.span.end;
        scanned = at;
        let whole = spot(&word.span);
        let behind = body.get(at).copied();
        match place {
            Place::Nowhere => checker.add(&MISPLACED, whole.clone()),
            Place::Parameters => checker.add(&PARAMETER, whole.clone()),
            Place::Addresses if quoted => {
                let alone = start > 0 && body[start - 1] == b'"' && behind == Some(b'"');
                let text = from_utf8(&body[word.span.clone()]).ok().filter(|_| alone);
                let edit = text
                    .map(|text| Edit::new(whole.start - 1..whole.end + 1, alloc::string::String::from(text)));
                checker.maybe(&QUOTED, whole.clone(), "Remove the quotes", edit);
            }
            Place::Addresses if angle || behind == Some(b'@') => checker.add(&MISPLACED, whole.clone()),
            _ => {
                let before = start.checked_sub(1).map(|at| body[at]);
                let apart = |octet: Option<u8>| {
                    octet.is_none_or(|octet| {
                        matches!(octet, b' ' | b'\t' | b'(' | b')')
                            || (place == Place::Addresses && matches!(octet, b'<' | b',' | b';' | b':'))
                    })
                };
                if !apart(before) || !apart(behind) {
                    checker.add(&JOINED, whole.clone());
                }
            }
        }
        if word.span.len() > 75 {
            checker.add(&TOO_LONG, whole.clone());
        }
        let charset = from_utf8(&body[word.charset.clone()]).unwrap_or_default();
        // A language may be behind it (RFC 2231 section 5).
        let charset = charset.split('*').next().unwrap_or_default();
        if !is_known(charset) {
            checker.add(&CHARSET, spot(&word.charset));
        }
        let mut decoded = Vec::new();
        if !decode(&word, &mut decoded) {
            checker.add(&PAYLOAD, whole.clone());
        }
        let is_utf8 = matches!(charset.to_ascii_lowercase().as_str(), "utf-8" | "utf8");
        if is_utf8 && from_utf8(&decoded).is_err() {
            checker.add(&SPLIT, whole.clone());
        }
        let two_octets = ["utf-16", "iso-2022", "utf-7", "hz"]
            .iter()
            .any(|start| charset.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)));
        if !two_octets && decoded.iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
            checker.add(&HIDDEN, whole.clone());
        }
        match from_utf8(&decoded) {
            Ok(text) if !two_octets && !word::is_needed(text, false) && !text.contains(['"', '\\']) => {
                needless.get_or_insert(whole);
            }
            _ => needed = true,
        }
    }
    if let Some(span) = needless.filter(|_| !needed && matches!(place, Place::Text | Place::Addresses)) {
        checker.add(&NEEDLESS, span);
    }
    if at > 0 {
        lines(checker, field);
    }
}

/// Lines with words in them.
fn lines(checker: &mut Checker, field: &Field) {
    let mut start = field.span.start;
    for line in checker.octets[field.span.start..field.body.end].split_inclusive(|octet| *octet == b'\n') {
        let length = line.trim_ascii_end().len();
        if length > 76 && super::seek(line, b"?=").is_some() && super::seek(line, b"=?").is_some() {
            checker.add(&LINE, start..start + length);
        }
        start += line.len();
    }
}

/// ```abnf
/// encoded-word = "=?" charset "?" encoding "?" encoded-text "?="
/// ```
/// What only begins like one is an error with its end; what does not even that, without.
fn read(body: &[u8], start: usize) -> Result<Word<'_>, Option<usize>> {
    let token = |from: usize| {
        let length = body[from..].iter().position(|octet| !octet.is_ascii_graphic() || *octet == b'?');
        from + length.unwrap_or(body.len() - from)
    };
    let charset = start + 2..token(start + 2);
    let begun = charset.len() >= 3 && body.get(charset.end) == Some(&b'?');
    if !begun {
        return Err(None);
    }
    let encoding = charset.end + 1..token(charset.end + 1);
    let text = (encoding.end + 1).min(body.len());
    let text = text..token(text);
    if encoding.len() != 1 || body.get(encoding.end) != Some(&b'?') {
        return Err(if body.get(encoding.end) == Some(&b'?') { Some(encoding.end + 1) } else { None });
    }
    let encoding = body[encoding.start];
    let closed = body.get(text.end..text.end + 2) == Some(b"?=");
    if !closed || !matches!(encoding, b'B' | b'b' | b'Q' | b'q') {
        return Err(Some(text.end.max(text.start)));
    }
    let is_base64 = encoding.eq_ignore_ascii_case(&b'B');
    Ok(Word { span: start..text.end + 2, charset, is_base64, text: &body[text] })
}

/// False when something is wrong with it.
fn decode(word: &Word, out: &mut Vec<u8>) -> bool {
    if word.is_base64 {
        let whole = word.text.len().is_multiple_of(4);
        return base64::decode(word.text, out).is_none() && whole;
    }
    let mut right = true;
    let mut rest = word.text;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, qp::escape(after)) {
            (b'=', Some((octet, behind))) => {
                out.push(octet);
                rest = behind;
            }
            (b'=', None) => right = false,
            (b'_', _) => out.push(b' '),
            _ => out.push(first),
        }
    }
    right
}
