//! Identifiers of messages and parts (RFC 5322 section 3.6.4, RFC 2045 section 7).

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::rule::family;
use super::{Checker, Edit, hosts};
use crate::message::header::Field;

family! {
    "Identifiers", check;

    SYNTAX = "message-id-syntax" Error MayBeFiltered, "RFC 5322 section 3.6.4",
        "A Message-ID is one identifier as in <left@right>, without spaces, and in angle brackets.",
        pass "Message-ID: <1@a.example>\n\nHello\n",
        fail "Message-ID: 1@a.example\n\nHello\n" at "1@a.example";
    LOCAL = "message-id-local-host" Warning MayBeFiltered, "RFC 5322 section 3.6.4",
        "The right side of a Message-ID is a domain of the sender's, so that no one else can make the same identifier.",
        pass "Message-ID: <1@a.example>\n\nHello\n",
        fail "Message-ID: <1@localhost>\n\nHello\n" at "localhost";
    REFERENCES_SYNTAX = "references-syntax" Warning MayBeFiltered, "RFC 5322 section 3.6.4",
        "In-Reply-To and References hold identifiers as in <left@right>, with spaces between them and nothing else.",
        pass "References: <1@b.example> <2@b.example>\n\nHello\n",
        fail "References: <1@b.example>, <2@b.example>\n\nHello\n" at ",";
    NO_REFERENCES = "references-missing" Info Style, "RFC 5322 section 3.6.4",
        "A reply names in References the messages of its thread, as some programs do not look at In-Reply-To.",
        pass "In-Reply-To: <1@b.example>\nReferences: <1@b.example>\n\nHello\n",
        fail "In-Reply-To: <1@b.example>\n\nHello\n" at "In-Reply-To";
    OWN = "references-itself" Warning Style, "RFC 5322 section 3.6.4",
        "A message cannot answer itself: threads of such messages go in circles.",
        pass "Message-ID: <2@a.example>\nReferences: <1@b.example>\n\nHello\n",
        fail "Message-ID: <2@a.example>\nReferences: <1@b.example> <2@a.example>\n\nHello\n" at "<2@a.example>";
    CONTENT_ID = "content-id-syntax" Warning MayBeFiltered, "RFC 2045 section 7",
        "A Content-ID is an identifier as in <left@right>: programs do not find the picture that another part shows.",
        pass "MIME-Version: 1.0\nContent-Type: image/png\nContent-ID: <logo@a.example>\n\nx\n",
        fail "MIME-Version: 1.0\nContent-Type: image/png\nContent-ID: logo@a.example\n\nx\n" at "logo@a.example";
    CONTENT_ID_TWICE = "content-id-duplicate" Warning MayBeFiltered, "RFC 2392 section 2",
        "A Content-ID is of one part only: with two of them, programs show the wrong one.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-ID: <1@a.example>\n\nx\n--b\nContent-ID: <2@a.example>\n\ny\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-ID: <1@a.example>\n\nx\n--b\nContent-ID: <1@a.example>\n\ny\n--b--\n"
            at "<1@a.example>";
}

fn check(checker: &mut Checker) {
    let own = checker.field("message-id").map(|field| checker.value(field));
    if let Some(field) = checker.field("message-id") {
        identifier(checker, field, &SYNTAX);
    }
    for name in ["in-reply-to", "references"] {
        for field in checker.fields(name) {
            list(checker, field, own.clone());
        }
    }
    if let Some(field) = checker.field("in-reply-to")
        && checker.field("references").is_none()
    {
        let value = &checker.flat(field)[..];
        let text = value.trim_ascii();
        let text = is_identifier(text).then(|| String::from_utf8_lossy(text).into_owned());
        let edit = text.map(|text| {
            Edit::new(field.span.start..field.span.start, ["References: ", &*text, "\r\n"].concat())
        });
        checker.maybe(&NO_REFERENCES, field.name.clone(), "Add References", edit);
    }
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut places = Vec::new();
    for part in checker.message.parts() {
        if let Some(field) = checker.message.field(part.number, "content-id") {
            identifier(checker, field, &CONTENT_ID);
            places.push(checker.value(field));
        }
    }
    // Sorted by what they say, those that say the same stand beside each other.
    let text = |at: usize| &checker.octets[Range::clone(&places[at])];
    let order = super::order(places.len(), &|one, other| text(one).cmp(text(other)));
    for at in order {
        let place = places[at].clone();
        let text = &checker.octets[place.clone()];
        if seen.last() == Some(&text) {
            checker.add(&CONTENT_ID_TWICE, place);
        }
        seen.push(text);
    }
}

/// A field that is one identifier.
fn identifier(checker: &mut Checker, field: &Field, rule: &'static super::Rule) {
    let value = checker.value(field);
    if value == field.name {
        return;
    }
    let text = &checker.octets[value.clone()];
    // There may be comments around it, and hardly ever are.
    let (start, end) =
        match (text.iter().position(|octet| *octet == b'<'), text.iter().rposition(|octet| *octet == b'>')) {
            (Some(start), Some(end)) if start < end && around_is_comment(text, start, end + 1) => {
                (start, end + 1)
            }
            _ => (0, text.len()),
        };
    let text = &text[start..end];
    if is_identifier(text) {
        let right = text.iter().rposition(|octet| *octet == b'@').unwrap_or_default() + 1;
        let host = &text[right..text.len() - 1];
        let span = value.start + start + right..value.start + end - 1;
        if core::ptr::eq(rule, &SYNTAX) && hosts::is_local(host) {
            checker.add(&LOCAL, span);
        }
        return;
    }
    let bare: Vec<u8> = [b"<", text, b">"].concat();
    let edit =
        is_identifier(&bare).then(|| Edit::new(value.clone(), String::from_utf8_lossy(&bare).into_owned()));
    checker.maybe(rule, value, "Put it in angle brackets", edit);
}

fn around_is_comment(text: &[u8], start: usize, end: usize) -> bool {
    let comment = |text: &[u8]| {
        let text = text.trim_ascii();
        text.is_empty() || (text.starts_with(b"(") && text.ends_with(b")"))
    };
    comment(&text[..start]) && comment(&text[end..])
}

/// ```abnf
/// msg-id = "<" id-left "@" id-right ">"
/// id-left = dot-atom-text
/// id-right = dot-atom-text / no-fold-literal
/// ```
/// Real ones have more than one "@" at times, and dots beside each other.
fn is_identifier(text: &[u8]) -> bool {
    let Some(inside) = text.strip_prefix(b"<").and_then(|text| text.strip_suffix(b">")) else { return false };
    let Some(at) = inside.iter().position(|octet| *octet == b'@') else { return false };
    let graphic =
        |octet: &u8| octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>' | b'(' | b')' | b',' | b'\\');
    at > 0 && at + 1 < inside.len() && inside.iter().all(graphic)
}

/// A field that is a list of identifiers.
fn list(checker: &mut Checker, field: &Field, own: Option<Range<usize>>) {
    let body = checker.flat(field);
    let own = own.map(|own| &checker.octets[own]);
    let mut at = 0;
    while at < body.len() {
        let start = at;
        let inside = body[at] == b'<';
        let ends = |octet: &u8| if inside { *octet == b'>' } else { matches!(octet, b'<' | b' ' | b'\t') };
        at += 1 + body[at + 1..]
            .iter()
            .position(ends)
            .map_or(body.len() - at - 1, |end| end + usize::from(inside));
        let text = &body[start..at];
        let place = field.body.start + start..field.body.start + at;
        if text.trim_ascii().is_empty() {
            continue;
        }
        if text == b"," {
            let edit = Edit::new(place.clone(), if body.get(at) == Some(&b' ') { "" } else { " " });
            checker.mend(&REFERENCES_SYNTAX, place, "Separate them by a space", edit);
        } else if !inside || !is_identifier(text) {
            checker.add(&REFERENCES_SYNTAX, place);
        } else if own == Some(text) {
            checker.add(&OWN, place);
        }
    }
}
