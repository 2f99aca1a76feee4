//! Content-Type, Content-Disposition and their parameters (RFC 2045 section 5.1, RFC 2183 section 2, RFC 2231).

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::cfws::{self, is_space};
use super::charset::{Charsets, unlabelled};
use super::word;

/// The value of a field with parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Value {
    /// In lower case: `type/subtype`, or a disposition. Empty if there is none.
    pub value: String,
    /// In order, also those whose name comes twice: the first of a name is the one that counts. What RFC 2231 encodes comes
    /// before what is there for readers who do not know it.
    pub params: Vec<Parameter>,
}

impl Value {
    /// The value of the parameter with this name, in whatever case.
    pub fn param(&self, name: &str) -> Option<&str> {
        let found = self.params.iter().find(|param| param.name.eq_ignore_ascii_case(name));
        found.map(|param| &*param.value)
    }
}

/// A parameter that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// In lower case, without what RFC 2231 adds to it.
    pub name: String,
    /// Decoded.
    pub value: String,
    /// Where it is (its first section, if it comes in sections), in octets of what was read.
    pub span: Range<usize>,
}

/// Parameters and sections of a field at most; what comes behind them is not read. Each is compared with the others.
const MOST: usize = 512;

/// Octets of a type or a disposition, of most.
const USUAL: usize = 32;

/// Reads the value of Content-Type or Content-Disposition as it comes: semicolons and quotes may be missing, file names may
/// hold spaces or encoded words.
///
/// ```
/// use edgepost::message::{charset::Charsets, param};
///
/// let field = b"Attachment; filename*0*=utf-8''caf%C3%A9; filename*1=.txt; filename=cafe.txt";
/// let value = param::read(field, &Charsets::BUILT_IN);
/// assert_eq!((&*value.value, value.param("filename")), ("attachment", Some("café.txt")));
/// ```
pub fn read(value: &[u8], charsets: &Charsets) -> Value {
    let (kind, mut at) = kind(value);
    let mut sections: Vec<Section> = Vec::new();
    while sections.len() < MOST {
        while value
            .get(at)
            .is_some_and(|&octet| matches!(octet, b';' | b',') || is_space(octet) || octet == b'(')
        {
            at = cfws::skip(value, at + usize::from(matches!(value[at], b';' | b',')));
        }
        if at >= value.len() {
            break;
        }
        let (section, end) = Section::read(value, at);
        sections.extend(section);
        at = end;
    }
    Value { value: kind, params: joined(&sections, charsets) }
}

/// ```abnf
/// content = "Content-Type" ":" type "/" subtype *(";" parameter)
/// disposition = "Content-Disposition" ":" disposition-type *(";" disposition-parm)
/// ```
/// What is in front of the parameters, and where it ends.
fn kind(value: &[u8]) -> (String, usize) {
    let start = cfws::skip(value, 0);
    let mut kind = String::with_capacity(USUAL);
    let mut at = start;
    loop {
        let end = token(value, at);
        if value.get(cfws::skip(value, end)) == Some(&b'=') {
            // A parameter, because there is no value.
            return (kind, at);
        }
        kind.extend(value[at..end].iter().map(|octet| char::from(octet.to_ascii_lowercase())));
        let next = cfws::skip(value, end);
        if value.get(next) != Some(&b'/') {
            // What is none of this must not stop the parameters from being read.
            let rest = if next == start && next < value.len() { until_semicolon(value, next) } else { next };
            return (kind, rest);
        }
        kind.push('/');
        at = cfws::skip(value, next + 1);
    }
}

fn until_semicolon(value: &[u8], at: usize) -> usize {
    memchr::memchr(b';', &value[at..]).map_or(value.len(), |semicolon| at + semicolon)
}

/// ```abnf
/// token = 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>
/// ```
/// Where it ends; octets outside ASCII are taken, too.
fn token(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|&&octet| is_token(octet) || octet >= 0x80).count()
}

pub(super) const fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !is_tspecial(octet)
}

const fn is_tspecial(octet: u8) -> bool {
    matches!(
        octet,
        b'(' | b')'
            | b'<'
            | b'>'
            | b'@'
            | b','
            | b';'
            | b':'
            | b'\\'
            | b'"'
            | b'/'
            | b'['
            | b']'
            | b'?'
            | b'='
    )
}

/// A parameter as it is written, or a part of one.
///
/// ```abnf
/// parameter = regular-parameter / extended-parameter
/// regular-parameter-name = attribute [section]
/// extended-parameter = attribute [section] "*" "=" extended-value
/// section = "*" 1*DIGIT
/// ```
struct Section<'a> {
    name: String,
    number: Option<u32>,
    extended: bool,
    octets: Cow<'a, [u8]>,
    span: Range<usize>,
}

impl<'a> Section<'a> {
    /// At `at`, where there is no white space; `None` when it has no value. Gives where to go on.
    fn read(value: &'a [u8], at: usize) -> (Option<Self>, usize) {
        let is_end = |octet: &u8| matches!(octet, b'=' | b';' | b'"') || is_space(*octet);
        let end = value[at..].iter().position(is_end).map_or(value.len(), |end| at + end);
        let equals = cfws::skip(value, end);
        if end == at || value.get(equals) != Some(&b'=') {
            // No name, or nothing but one.
            return (None, end.max(at + 1));
        }
        let mut name = unlabelled(&value[at..end]);
        name.make_ascii_lowercase();
        let (attribute, number, extended) = parts(&name);
        name.truncate(attribute.len());
        let start = cfws::skip(value, equals + 1);
        let (octets, end) = match value.get(start) {
            Some(b'"') => quoted(value, start),
            _ => unquoted(value, start, name.ends_with("name")),
        };
        let section = Self { name, number, extended, octets, span: at..end };
        (Some(section), end)
    }
}

/// The attribute, with which the name begins, the number of the section, and whether the value is extended.
fn parts(name: &str) -> (&str, Option<u32>, bool) {
    let (rest, extended) = name.strip_suffix('*').map_or((name, false), |rest| (rest, true));
    match rest.rsplit_once('*').map(|(attribute, number)| (attribute, number.parse())) {
        Some((attribute, Ok(number))) if !attribute.is_empty() => (attribute, Some(number), extended),
        _ if rest.is_empty() => (name, None, false),
        _ => (rest, None, extended),
    }
}

/// What is in the quotes, and where they end. A backslash in front of what needs none stands for itself, as programs write
/// paths.
fn quoted(value: &[u8], start: usize) -> (Cow<'_, [u8]>, usize) {
    let end = cfws::quoted_string(value, start);
    let inner = &value[start + 1..end.map_or(value.len(), |end| end - 1)];
    let end = end.unwrap_or(value.len());
    if memchr::memchr(b'\\', inner).is_none() {
        return (inner.into(), end);
    }
    let mut octets = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        octets.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.split_first() {
            Some((&escaped, behind)) if is_tspecial(escaped) => {
                octets.push(escaped);
                rest = behind;
            }
            _ => octets.push(b'\\'),
        }
    }
    octets.extend_from_slice(rest);
    (octets.into(), end)
}

/// A value without quotes, which ends at a semicolon, a comment, white space or, if it is the name of something, white
/// space in front of the next parameter; and where it ends.
fn unquoted(value: &[u8], start: usize, is_name: bool) -> (Cow<'_, [u8]>, usize) {
    let mut end = start;
    let mut next = start;
    loop {
        let word = value[next..].iter().take_while(|&&octet| octet != b';' && !is_space(octet)).count();
        let is_last = word == 0 || (next > start && is_next_parameter(value, next));
        if is_last {
            break;
        }
        end = next + word;
        next = end + value[end..].iter().take_while(|&&octet| is_space(octet)).count();
        if !is_name || value.get(next) == Some(&b'(') {
            break;
        }
    }
    let octets = &value[start..end];
    (octets.strip_suffix(b",").filter(|_| !is_name).unwrap_or(octets).into(), end)
}

fn is_next_parameter(value: &[u8], at: usize) -> bool {
    let end = token(value, at);
    end > at && value.get(end) == Some(&b'=')
}

/// Joins sections and decodes what they hold.
fn joined(sections: &[Section], charsets: &Charsets) -> Vec<Parameter> {
    let mut params: Vec<Parameter> = Vec::new();
    for (at, section) in sections.iter().enumerate() {
        let is_part = |other: &&Section| other.number.is_some() && other.name == section.name;
        let value = if section.number.is_none() {
            decoded(&[section], charsets)
        } else if sections[..at].iter().any(|other| is_part(&other)) {
            continue;
        } else {
            let mut parts: Vec<&Section> = sections[at..].iter().filter(is_part).collect();
            // Stable: the first of a number is the one that counts.
            parts.sort_by_key(|part| part.number);
            parts.dedup_by_key(|part| part.number);
            decoded(&parts, charsets)
        };
        let param = Parameter { name: section.name.clone(), value, span: section.span.clone() };
        let is_better = section.extended || section.number.is_some();
        let place = params.iter().position(|other| is_better && other.name == param.name);
        params.insert(place.unwrap_or(params.len()), param);
    }
    params
}

/// ```abnf
/// extended-initial-value = [charset] "'" [language] "'" extended-other-values
/// extended-other-values = *(ext-octet / attribute-char)
/// ext-octet = "%" 2(DIGIT / "A" / "B" / "C" / "D" / "E" / "F")
/// ```
fn decoded(parts: &[&Section], charsets: &Charsets) -> String {
    if let [part] = parts
        && !part.extended
    {
        return word::decode(&part.octets, charsets);
    }
    let mut charset = "";
    let mut octets = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if !part.extended {
            octets.extend_from_slice(&part.octets);
            continue;
        }
        let mut text = &*part.octets;
        let mut quotes = memchr::memchr_iter(b'\'', text);
        if at == 0
            && let (Some(first), Some(second)) = (quotes.next(), quotes.next())
        {
            charset = core::str::from_utf8(&text[..first]).unwrap_or_default();
            text = &text[second + 1..];
        }
        while let Some(at) = memchr::memchr(b'%', text) {
            octets.extend_from_slice(&text[..at]);
            text = &text[at + 1..];
            if let Some((octet, behind)) = super::qp::escape(text) {
                octets.push(octet);
                text = behind;
            } else {
                octets.push(b'%');
            }
        }
        octets.extend_from_slice(text);
    }
    if !parts.iter().any(|part| part.extended) {
        return word::decode(&octets, charsets);
    }
    let text = if charset.is_empty() { None } else { charsets.decode(charset, &octets) };
    let mut out = String::new();
    word::push_clean(&text.unwrap_or_else(|| unlabelled(&octets)), &mut out);
    out
}

/// Octets of a unit at most, so that with a space in front of it and a semicolon behind it it fits on a line.
const LIMIT: usize = 74;

/// A parameter as it is written, in units that may be folded between; a semicolon has to come before the first. It is a
/// token or a quoted string if it can be. Else it is encoded as RFC 2231 has it, in sections if it is long; in front of
/// that, what names a file is written as encoded words in quotes, which RFC 2047 does not allow, for those who know
/// nothing else. `name` is a token.
///
/// ```
/// use edgepost::message::param;
///
/// assert_eq!(param::written("filename", "my file.txt"), [r#"filename="my file.txt""#]);
/// ```
pub fn written(name: &str, value: &str) -> Vec<String> {
    let mut units = Vec::new();
    if !is_plain(value) && (name.eq_ignore_ascii_case("filename") || name.eq_ignore_ascii_case("name")) {
        units = word::encode_within(value, LIMIT.saturating_sub(name.len() + 4), LIMIT - 2);
        if let Some(first) = units.first_mut() {
            *first = [name, "=\"", first].concat();
        }
        if let Some(last) = units.last_mut() {
            last.push_str("\";");
        }
    }
    units.extend(written_once(name, value));
    units
}

fn is_plain(value: &str) -> bool {
    value.bytes().all(|octet| matches!(octet, b' '..=b'~')) && !value.contains("=?")
}

/// As [`written`], without the form for those who know nothing else.
pub(super) fn written_once(name: &str, value: &str) -> Vec<String> {
    if is_plain(value) {
        if !value.is_empty() && value.bytes().all(is_token) && name.len() + 1 + value.len() <= LIMIT {
            return [[name, "=", value].concat()].into();
        }
        let quoted = word::quote(value);
        if name.len() + 1 + quoted.len() <= LIMIT {
            return [[name, "=", &quoted].concat()].into();
        }
        return sections(name, value, quote_character, "");
    }
    sections(name, value, percent_character, "utf-8''")
}

/// Writes a character inside quotes.
fn quote_character(c: char, to: &mut String) {
    if matches!(c, '"' | '\\') {
        to.push('\\');
    }
    to.push(c);
}

/// ```abnf
/// attribute-char = <any (US-ASCII) CHAR except SPACE, CTLs, "*", "'", "%", or tspecials>
/// ```
/// Writes one, or the octets of what is none.
fn percent_character(c: char, to: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &octet in c.encode_utf8(&mut [0; 4]).as_bytes() {
        if is_token(octet) && !matches!(octet, b'*' | b'\'' | b'%') {
            to.push(char::from(octet));
        } else {
            to.extend([
                '%',
                char::from(DIGITS[usize::from(octet >> 4)]),
                char::from(DIGITS[usize::from(octet & 15)]),
            ]);
        }
    }
}

/// Cuts a value between characters into as few sections as fit; without a `charset` in front they are quoted.
fn sections(name: &str, value: &str, write: fn(char, &mut String), charset: &str) -> Vec<String> {
    let (quote, extended) = if charset.is_empty() { ("\"", "") } else { ("", "*") };
    let mut texts = Vec::new();
    let mut text = String::from(charset);
    // In front of it: the name, "*", a number, "*", "=" and quotes; one character must fit in any case.
    let room = LIMIT.saturating_sub(name.len() + 8).max(20);
    for c in value.chars() {
        let length = text.len();
        write(c, &mut text);
        if text.len() > room {
            let character = text.split_off(length);
            texts.push(core::mem::replace(&mut text, character));
        }
    }
    texts.push(text);
    let is_one = texts.len() == 1;
    let last = texts.len() - 1;
    let section = |(at, text): (usize, String)| {
        let number = if is_one { String::new() } else { ["*", &at.to_string()].concat() };
        [name, &number, extended, "=", quote, &text, quote, if at == last { "" } else { ";" }].concat()
    };
    texts.into_iter().enumerate().map(section).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn params(value: &[u8]) -> (String, Vec<(String, String)>) {
        let value = read(value, &Charsets::BUILT_IN);
        (value.value, value.params.into_iter().map(|param| (param.name, param.value)).collect())
    }

    /// A field, its value, and its parameters.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

    fn check(cases: &[Case<'_>]) {
        for (text, kind, expected) in cases {
            let (value, params) = params(text.as_bytes());
            let params: Vec<(&str, &str)> = params.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!((&*value, &*params), (*kind, *expected), "{text}");
        }
    }

    // covers: RFC 2045 section 5.1 both
    #[test]
    fn values_and_parameters_by_the_grammar() {
        check(&[
            ("text/plain", "text/plain", &[]),
            (" TEXT/Plain ; Charset=\"US-ASCII\" (Plain)", "text/plain", &[("charset", "US-ASCII")]),
            ("text/plain; charset=us-ascii (Plain text)", "text/plain", &[("charset", "us-ascii")]),
            ("(c) text (c) / (c) html (c) ; (c) a (c) = (c) b", "text/html", &[("a", "b")]),
            ("inline", "inline", &[]),
            (
                "multipart/mixed; boundary=\"a;b=\\\"c\\\\d\\\"\";\r\n\tx=y",
                "multipart/mixed",
                &[("boundary", "a;b=\"c\\d\""), ("x", "y")],
            ),
            ("a/b; x=\"\"; y=1; Y=2", "a/b", &[("x", ""), ("y", "1"), ("y", "2")]),
        ]);
    }

    // covers: RFC 2231 section 3 both
    // covers: RFC 2231 section 4 both
    #[test]
    fn the_examples_of_rfc_2231() {
        check(&[
            (
                "message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\"",
                "message/external-body",
                &[("access-type", "URL"), ("url", "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar")],
            ),
            (
                "application/x-stuff;\r\n title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
                "application/x-stuff",
                &[("title", "This is ***fun***")],
            ),
            (
                "application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n title*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n title*2=\"isn't it!\"",
                "application/x-stuff",
                &[("title", "This is even more ***fun*** isn't it!")],
            ),
        ]);
    }

    #[test]
    fn sections_come_in_any_order_and_before_what_is_for_old_readers() {
        check(&[
            (
                "a; n*10=k; n*2=c; n*0=a; n*1=b; n*1=x; n=plain; m=1",
                "a",
                &[("n", "abck"), ("n", "plain"), ("m", "1")],
            ),
            ("a; n=plain; m=1; n*=utf-8''%e2%82%ac", "a", &[("n", "€"), ("n", "plain"), ("m", "1")]),
            ("a; n*0*=utf-8''%E2%82; n*1*=%AC", "a", &[("n", "€")]),
            ("a; n*=iso-8859-1''%A3%20rates", "a", &[("n", "£ rates")]),
            ("a; n*=\"utf-8''a%20b\"", "a", &[("n", "a b")]),
            ("a; n*=x-none''%E9%zz%4", "a", &[("n", "é%zz%4")]),
            ("a; n*=100%25 sure", "a", &[("n", "100%")]),
            ("a; *=1; *0*=2; n**=3", "a", &[("*", "1"), ("*0", "2"), ("n*", "3")]),
        ]);
    }

    #[test]
    fn what_arrives_is_read_as_far_as_it_goes() {
        check(&[
            ("", "", &[]),
            (";", "", &[]),
            ("text", "text", &[]),
            ("text/", "text/", &[]),
            ("charset=utf-8", "", &[("charset", "utf-8")]),
            ("; charset=utf-8", "", &[("charset", "utf-8")]),
            ("text/plain charset=utf-8", "text/plain", &[("charset", "utf-8")]),
            ("text/plain, charset=utf-8, x=y", "text/plain", &[("charset", "utf-8"), ("x", "y")]),
            ("text/plain;; ;charset=utf-8;", "text/plain", &[("charset", "utf-8")]),
            ("text/plain; charset", "text/plain", &[]),
            ("text/plain; =x; charset=utf-8", "text/plain", &[("charset", "utf-8")]),
            (
                "text/plain; charset=utf-8 format=flowed",
                "text/plain",
                &[("charset", "utf-8"), ("format", "flowed")],
            ),
            ("a/b; boundary=\"no end; x=y", "a/b", &[("boundary", "no end; x=y")]),
            ("a/b; boundary=a/b=c:d", "a/b", &[("boundary", "a/b=c:d")]),
            ("a; filename=my file (1).txt; x=y", "a", &[("filename", "my file"), ("x", "y")]),
            ("a; filename=my file.txt size=3", "a", &[("filename", "my file.txt"), ("size", "3")]),
            ("a; filename=\"C:\\temp\\x.txt\"", "a", &[("filename", "C:\\temp\\x.txt")]),
            ("a; filename=\"=?utf-8?Q?caf=C3=A9?=\r\n =?utf-8?Q?.txt?=\"", "a", &[("filename", "café.txt")]),
            ("a; filename==?utf-8?Q?caf=C3=A9?=", "a", &[("filename", "café")]),
            ("a; filename=\"é\"; n\u{e9}=1", "a", &[("filename", "é"), ("né", "1")]),
            ("a; n*0=\"=?utf-8?Q?caf\"; n*1=\"=C3=A9?=\"", "a", &[("n", "café")]),
            ("a; n*=utf-8''%0D%0ABcc%3A%00", "a", &[("n", "  Bcc: ")]),
            ("a/b/c; d=e", "a/b/c", &[("d", "e")]),
            ("<a>; d=e", "", &[("d", "e")]),
        ]);
        assert_eq!(params(b"a; n=\"caf\xE9\"").1, [("n".into(), "café".into())]);
    }

    #[test]
    fn spans_are_where_parameters_are_written() {
        let text = "a/b; x=\"1\" ; n*0=a;n*1=b";
        let spans: Vec<&str> = read(text.as_bytes(), &Charsets::BUILT_IN)
            .params
            .into_iter()
            .map(|param| &text[param.span])
            .collect();
        assert_eq!(spans, ["x=\"1\"", "n*0=a"]);
    }

    #[test]
    fn parameters_are_written_as_plainly_as_they_can_be() {
        for (name, value, units) in [
            ("charset", "utf-8", vec!["charset=utf-8"]),
            ("filename", "", vec!["filename=\"\""]),
            ("filename", "my file.txt", vec!["filename=\"my file.txt\""]),
            ("filename", "\"\\", vec!["filename=\"\\\"\\\\\""]),
            (
                "filename",
                "café.txt",
                vec!["filename=\"=?utf-8?B?Y2Fmw6kudHh0?=\";", "filename*=utf-8''caf%C3%A9.txt"],
            ),
            ("title", "it's 5 €*", vec!["title*=utf-8''it%27s%205%20%E2%82%AC%2A"]),
            ("title", "=?x", vec!["title*=utf-8''%3D%3Fx"]),
            ("title", "a\r\nb", vec!["title*=utf-8''a%0D%0Ab"]),
        ] {
            assert_eq!(written(name, value), units);
        }
    }

    #[test]
    fn what_is_written_fits_on_lines_and_reads_back_equal() {
        for value in ["a", "a b\"\\", "é", "日本語 ", "=?", "x'*%=;", "🎉.", " "] {
            for times in [1, 2, 5, 13, 40, 200] {
                for name in ["filename", "name", "boundary", "x-some-parameter"] {
                    let value = value.repeat(times);
                    let units = written(name, &value);
                    assert!(units.iter().all(|unit| unit.len() <= 75 && unit.is_ascii()), "{units:?}");
                    let field = ["a/b; ", &units.join("\r\n ")].concat();
                    let read = read(field.as_bytes(), &Charsets::BUILT_IN);
                    assert_eq!(read.param(name), Some(&*value), "{field}");
                    assert!(read.params.iter().all(|param| param.value == value), "{field}");
                }
            }
        }
    }

    #[test]
    fn there_is_an_end_to_parameters() {
        let text = "a=b;".repeat(10_000);
        assert_eq!(read(text.as_bytes(), &Charsets::BUILT_IN).params.len(), MOST);
    }
}
