//! The structure of MIME: boundaries, encodings, character sets, and what the parts are for one another (RFC 2045, RFC 2046).

use alloc::vec::Vec;
use core::ops::Range;
use core::str::from_utf8;

use memchr::{memchr, memchr_iter};

use super::rule::family;
use super::{Checker, Edit, words};
use crate::message::base64;
use crate::message::encoding::Encoding;
use crate::message::part::{Damage, Kind, Part, Transfer};

family! {
    "MIME structure", check;

    NO_BOUNDARY = "boundary-missing" Error MayBeFiltered, "RFC 2046 section 5.1.1",
        "A multipart names in boundary what separates its parts: without it there are none.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed\n\n--b\n\nHello\n--b--\n" at "multipart/mixed";
    BOUNDARY = "boundary-syntax" Error MayBeFiltered, "RFC 2046 section 5.1.1",
        "A boundary has 1 to 70 letters, digits and a few signs, and does not end with a space.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b*b\"\n\n--b*b\n\nHello\n--b*b--\n"
            at "multipart/mixed; boundary=\"b*b\"";
    BOUNDARY_REUSED = "boundary-reused" Error MayBeFiltered, "RFC 2046 section 5.1.2",
        "The boundary of an inner multipart begins with an outer one's: programs take one for the other.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n--a--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\nHello\n--ab--\n--a--\n"
            at "multipart/mixed; boundary=ab";
    NOT_CLOSED = "multipart-not-closed" Error MayBeFiltered, "RFC 2046 section 5.1.1",
        "The last delimiter, which ends with two hyphens, is missing: the message may have been cut.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n" at "multipart/mixed; boundary=b";
    NO_PARTS = "multipart-empty" Error MayBeFiltered, "RFC 2046 section 5.1.1",
        "A multipart has at least one part: what stands before the first delimiter is shown to nobody.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\nHello\n--b--\n" at "multipart/mixed; boundary=b";
    ONE_PART = "multipart-of-one" Info Style, "RFC 2046 section 5.1.3",
        "A multipart with one part says no more than the part alone.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Type: image/png\n\nx\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n" at "multipart/mixed; boundary=b";
    EPILOGUE = "multipart-epilogue" Info MayBeFiltered, "RFC 2046 section 5.1.1",
        "What stands behind the last delimiter is shown to nobody, though filters read it.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\nUnsubscribe here\n"
            at "Unsubscribe here";
    TOO_DEEP = "multipart-too-deep" Warning MayBeFiltered, "RFC 2046 section 5.1",
        "Parts are nested deeper than filters look: what nobody has looked at is refused, or shown to nobody.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: x\n\nHello\n" at "Content-Type";
    ENCODED_MULTIPART = "multipart-encoded" Error MayBeFiltered, "RFC 2045 section 6.4",
        "A multipart or a message as a part is never base64 or quoted-printable: its parts are.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: quoted-printable\n\n--b\n\nHello\n--b--\n"
            at "quoted-printable";
    UNKNOWN_ENCODING = "encoding-unknown" Error MayBeFiltered, "RFC 2045 section 6.1",
        "The encodings are 7bit, 8bit, binary, quoted-printable and base64: programs do not show a part in any other.",
        pass "MIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n\nHello\n",
        fail "MIME-Version: 1.0\nContent-Transfer-Encoding: utf-8\n\nHello\n" at "utf-8";
    BINARY = "encoding-binary" Warning WillBeRefused, "RFC 3030 section 3",
        "A binary body needs BINARYMIME on the whole way, which hardly any server has.",
        pass "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw==\n",
        fail "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: binary\n\n{89}PNG\n" at "binary";
    OUTER_7BIT = "encoding-below-parts" Error MayBeFiltered, "RFC 2045 section 6.4",
        "A multipart that says 7bit has parts that are 8bit or binary.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: quoted-printable\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n--b\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0}\n--b--\n"
            at "7bit";
    LOOKS_ENCODED = "encoding-undeclared" Warning MayBeFiltered, "RFC 2045 section 6.7",
        "This text looks quoted-printable, and does not say so: readers see the equals signs.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nD=C3=A9j=C3=A0 vu=\n!\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nD=C3=A9j=C3=A0 vu=\n!\n" at "=C3";
    BASE64 = "base64-broken" Error MayBeFiltered, "RFC 2045 section 6.8",
        "There is something else than base64 in this part, or a piece is missing: each program shows something else.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nRMOpasOgCg==\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nRMOp!asOgCg==\n" at "!";
    BASE64_LINE = "base64-line-over-76" Warning MayBeFiltered, "RFC 2045 section 6.8",
        "A line of base64 has at most 76 characters.",
        pass "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n{A*76}\n",
        fail "MIME-Version: 1.0\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n{A*80}\n" at "{A*80}";
    BASE64_TEXT = "base64-text-ascii" Info MayBeFiltered, "RFC 2045 section 6.8",
        "All of this text is ASCII, and nobody can read it in base64 on the way: filters wonder what it hides.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain\n\nHello there\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nSGVsbG8gdGhlcmUK\n" at "base64";
    QP = "quoted-printable-broken" Error MayBeFiltered, "RFC 2045 section 6.7",
        "Behind an equals sign come two hexadecimal digits or a line's end, and every other octet is ASCII.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n1 =3D one\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n1 = one\n" at "=";
    QP_LINE = "quoted-printable-line-over-76" Warning Style, "RFC 2045 section 6.7",
        "A line of quoted-printable has at most 76 characters.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{x*75}=\n{x*9}\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n{x*84}\n" at "{x*84}";
    QP_SMALL = "quoted-printable-small-letters" Info Style, "RFC 2045 section 6.7",
        "The digits of quoted-printable are capital letters: strict programs do not read small ones.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n1 =3D one\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n1 =3d one\n" at "3d";
    NO_CHARSET = "charset-missing" Warning MayBeFiltered, "RFC 2046 section 4.1.2",
        "Text outside ASCII names its character set: without, each program guesses another.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0}\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0}\n" at "text/plain";
    UNKNOWN_CHARSET = "charset-unknown" Warning MayBeFiltered, "RFC 2046 section 4.1.2",
        "Hardly any program knows this character set; every program knows UTF-8.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nHello\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=x-klingon\n\nHello\n" at "text/plain; charset=x-klingon";
    NOT_UTF8 = "charset-not-utf8" Error MayBeFiltered, "RFC 3629",
        "This text says that it is UTF-8, and is not.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0}\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nD{E9}j{E0}\n" at "{E9}";
    NOT_ASCII = "charset-not-ascii" Error MayBeFiltered, "RFC 2046 section 4.1.2",
        "This text says that it is US-ASCII, and has octets above 127.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0}\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0}\n" at "\u{e9}";
    IS_UTF8 = "charset-is-utf8" Warning MayBeFiltered, "RFC 2046 section 4.1.2",
        "This text is UTF-8 and says that it is another character set: readers see two wrong letters for one.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0} vu\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}j\u{e0} vu\n" at "\u{e9}";
    ORDER = "alternative-order" Warning MayBeFiltered, "RFC 2046 section 5.1.4",
        "The last of alternatives is the best: plain text behind HTML has programs show the plain text.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/html\n\n<p>Hi\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Hi\n--b\nContent-Type: text/plain\n\nHi\n--b--\n"
            at "text/plain";
    ATTACHED = "alternative-with-attachment" Warning MayBeFiltered, "RFC 2046 section 5.1.4",
        "Alternatives are the same in other forms: programs show one of them, so that an attachment there gets lost.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment\n\n%PDF\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nHi\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment\n\n%PDF\n--b--\n"
            at "application/pdf";
    EMPTY = "part-empty" Warning MayBeFiltered, "RFC 2046 section 5.1",
        "There is nothing in this part.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n\n--b--\n" at "text/plain";
    BODY_EMPTY = "body-empty" Warning MayBeFiltered, "RFC 5322 section 2.3",
        "There is nothing in this message: filters drop such ones, as spammers try addresses with them.",
        pass "Subject: Lunch\n\nAt one?\n",
        fail "Subject: Lunch\n\n\n" at "Subject";
    TYPE = "content-type-syntax" Error MayBeFiltered, "RFC 2045 section 5.1",
        "A content type is a type, a slash and a subtype: programs take anything else for plain text.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hello\n",
        fail "MIME-Version: 1.0\nContent-Type: html\n\n<p>Hello\n" at "html";
    PARAMETER = "parameter-syntax" Warning MayBeFiltered, "RFC 2045 section 5.1",
        "Parameters are name=value behind semicolons, and a value with spaces or signs stands in quotes.",
        pass "MIME-Version: 1.0\nContent-Type: image/png; name=\"my cat.png\"\n\nx\n",
        fail "MIME-Version: 1.0\nContent-Type: image/png; name=my cat.png\n\nx\n" at "my cat.png";
}

/// Filters look at least so deep.
const DEPTH: usize = 15;

fn check(checker: &mut Checker) {
    let message = checker.message;
    let parts = message.parts();
    let mut depths: Vec<usize> = Vec::with_capacity(parts.len());
    let mut deepest = false;
    for part in parts {
        let depth = part.parent.map_or(0, |parent| depths[parent] + 1);
        depths.push(depth);
        if !deepest && (depth > DEPTH || part.damage.contains(&Damage::TooDeep)) {
            deepest = true;
            let place =
                part.fields.first().map_or(part.body.start..part.body.start, |field| field.name.clone());
            checker.add(&TOO_DEEP, place);
        }
        syntax(checker, part.number);
        let kind = place(checker, part, "content-type");
        let encoding = place(checker, part, "content-transfer-encoding");
        if matches!(part.transfer, Transfer::Unknown | Transfer::Uuencode) {
            checker.add(&UNKNOWN_ENCODING, encoding);
        } else if part.kind != Kind::Leaf || part.media_type() == "message/rfc822" {
            if !part.transfer.is_identity() {
                checker.add(&ENCODED_MULTIPART, encoding);
            }
        } else if part.transfer == Transfer::As(Encoding::Binary) {
            checker.add(&BINARY, encoding);
        }
        if part.media_type().starts_with("multipart/") {
            multipart(checker, part, kind);
        } else if part.kind == Kind::Leaf {
            leaf(checker, part, kind);
        }
    }
    outer(checker);
    boundaries(checker);
}

/// Where the value of a field of a part is; or the first of its fields, or its body.
fn place(checker: &Checker, part: &Part, name: &str) -> Range<usize> {
    match checker.message.field(part.number, name) {
        Some(field) => checker.value(field),
        None => part.fields.first().map_or(part.body.start..part.body.start, |field| field.name.clone()),
    }
}

fn multipart(checker: &mut Checker, part: &Part, kind: Range<usize>) {
    let message = checker.message;
    if part.damage.contains(&Damage::NoBoundary) {
        checker.add(&NO_BOUNDARY, kind);
        return;
    }
    if part.kind != Kind::Multipart {
        return;
    }
    let boundary = part.boundary().unwrap_or_default();
    let is_boundary = |octet: u8| octet.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&octet);
    if boundary.len() > 70 || !boundary.bytes().all(is_boundary) {
        checker.add(&BOUNDARY, kind.clone());
    }
    let children: Vec<&Part> = message.children(part.number).map(|child| &message.parts()[child]).collect();
    if part.damage.contains(&Damage::NotClosed) {
        // Where parts go on to the end of the message, the delimiter comes there.
        let octets = checker.octets;
        let begun = if octets.ends_with(b"\n") { "" } else { "\r\n" };
        let end = part.body.end;
        let edit = (end == octets.len() && part.parent.is_none() && !children.is_empty())
            .then(|| Edit::new(end..end, [begun, "--", boundary, "--\r\n"].concat()));
        checker.maybe(&NOT_CLOSED, kind.clone(), "Add the last delimiter", edit);
    }
    match children[..] {
        [] => checker.add(&NO_PARTS, kind.clone()),
        [_] => checker.add(&ONE_PART, kind.clone()),
        _ => {}
    }
    if let Some(last) = children.last() {
        epilogue(checker, part, last.body.end, boundary);
    }
    if part.media_type() == "multipart/alternative" {
        let html = children.iter().position(|child| child.media_type() == "text/html");
        let plain =
            children.iter().rposition(|child| child.media_type() == "text/plain" && !child.is_attachment());
        if let (Some(html), Some(plain)) = (html, plain)
            && html < plain
        {
            let place = place(checker, children[plain], "content-type");
            checker.add(&ORDER, place);
        }
        if let Some(child) = children.iter().find(|child| child.is_attachment()) {
            let place = place(checker, child, "content-type");
            checker.add(&ATTACHED, place);
        }
    }
}

/// Text behind the last delimiter.
fn epilogue(checker: &mut Checker, part: &Part, from: usize, boundary: &str) {
    if from > part.body.end || part.damage.contains(&Damage::NotClosed) {
        return;
    }
    // Behind the last part comes a line's end, and the delimiter.
    let rest = &checker.octets[from..part.body.end];
    let skipped = rest.len() - rest.trim_ascii_start().len();
    let Some(behind) = rest[skipped..].strip_prefix(["--", boundary, "--"].concat().as_bytes()) else {
        return;
    };
    let text = super::trimmed(checker.octets, part.body.end - behind.len()..part.body.end);
    if !text.is_empty() {
        checker.add(&EPILOGUE, text);
    }
}

/// Boundaries that begin with one that is around them.
fn boundaries(checker: &mut Checker) {
    let message = checker.message;
    let parts = message.parts();
    for part in parts.iter().filter(|part| part.kind == Kind::Multipart) {
        let Some(boundary) = part.boundary() else { continue };
        let mut outer = part.parent;
        // Nesting is bounded, so that this is.
        while let Some(number) = outer {
            if parts[number].boundary().is_some_and(|outer| boundary.starts_with(outer)) {
                let place = place(checker, part, "content-type");
                checker.add(&BOUNDARY_REUSED, place);
                break;
            }
            outer = parts[number].parent;
        }
    }
}

/// Multiparts that promise less than what is in them.
fn outer(checker: &mut Checker) {
    let message = checker.message;
    let parts = message.parts();
    let width = |part: &Part| match part.transfer {
        Transfer::As(Encoding::EightBit) => 1,
        Transfer::As(Encoding::Binary) => 2,
        _ => 0,
    };
    let mut widest: Vec<u8> = parts.iter().map(width).collect();
    for part in parts.iter().rev() {
        if part.kind == Kind::Leaf && checker.octets[part.body.clone()].is_ascii() {
            widest[part.number] = 0;
        }
        if let Some(parent) = part.parent {
            widest[parent] = widest[parent].max(widest[part.number]);
        }
    }
    for part in parts.iter().filter(|part| part.kind != Kind::Leaf) {
        let inside = widest[part.number];
        if inside > width(part) && part.transfer.is_identity() {
            let name = if inside == 1 { "8bit" } else { "binary" };
            let edit = match message.fields(part.number, "content-transfer-encoding").last() {
                Some(field) => Some(Edit::new(checker.value(field), name)),
                None => checker
                    .new_field(part.number, ["Content-Transfer-Encoding: ", name, "\r\n"].concat().into()),
            };
            let named = message.field(part.number, "content-transfer-encoding").is_some();
            let name = if named { "content-transfer-encoding" } else { "content-type" };
            let place = place(checker, part, name);
            checker.maybe(&OUTER_7BIT, place, "Promise what is inside", edit);
        }
    }
}

fn leaf(checker: &mut Checker, part: &Part, kind: Range<usize>) {
    let body = &checker.octets[part.body.clone()];
    if body.trim_ascii().is_empty() {
        // Of a message that comes back there is often the header only.
        let parent = part.parent.map(|parent| checker.message.parts()[parent].kind);
        if parent == Some(Kind::Message) {
            return;
        }
        if parent.is_some() {
            checker.add(&EMPTY, kind);
        } else {
            checker.add(&BODY_EMPTY, checker.top());
        }
        return;
    }
    match part.transfer {
        Transfer::As(Encoding::Base64) => base64_body(checker, part),
        Transfer::As(Encoding::QuotedPrintable) => qp_body(checker, part),
        _ => {}
    }
    let media_type = part.media_type();
    if !media_type.starts_with("text/") {
        return;
    }
    let octets = checker.octets;
    if part.transfer == Transfer::As(Encoding::SevenBit)
        && part.charset().is_some()
        && let Some(found) = looks_encoded(body)
    {
        let start = part.body.start + found;
        checker.add(&LOOKS_ENCODED, start..start + 3);
    }
    let content = checker.message.content(part.number);
    // Where octets are not what they are, the body's first line is what can be pointed at.
    let identity = part.transfer.is_identity();
    let first_line = super::trimmed(octets, part.body.start..part.body.end);
    let first_line = first_line.start
        ..memchr(b'\n', &octets[first_line.clone()]).map_or(first_line.end, |end| first_line.start + end);
    let first_line = super::trimmed(octets, first_line);
    let spot = |at: usize, length: usize| {
        if identity { part.body.start + at..part.body.start + at + length } else { first_line.clone() }
    };
    let charset = part.charset().unwrap_or_default();
    let lower = charset.trim_matches('"').to_ascii_lowercase();
    if !charset.is_empty() && !words::is_known(&lower) {
        checker.add(&UNKNOWN_CHARSET, kind.clone());
    }
    let Some(first) = super::lines::not_ascii(&content) else {
        if part.transfer == Transfer::As(Encoding::Base64)
            && !lower.starts_with("iso-2022")
            && !lower.starts_with("utf-")
        {
            let short = memchr_iter(b'\n', &content).count() > 0 || content.len() < 900;
            if short && !content.iter().any(|octet| matches!(octet, 0..=8 | 14..=31)) {
                checker.add(&BASE64_TEXT, place(checker, part, "content-transfer-encoding"));
            }
        }
        return;
    };
    let here = spot(first.start, first.len());
    let valid = from_utf8(&content);
    match lower.as_str() {
        "" => checker.add(&NO_CHARSET, kind),
        "utf-8" | "utf8" => {
            if let Err(error) = valid {
                checker.add(&NOT_UTF8, spot(error.valid_up_to(), error.error_len().unwrap_or(1)));
            }
        }
        "us-ascii" | "ascii" => checker.add(&NOT_ASCII, here),
        // What is valid UTF-8 more than once is nothing else by accident.
        _ if (lower.starts_with("iso-8859-1") || lower.starts_with("windows-125")) && valid.is_ok() => {
            let letters = content.iter().filter(|octet| **octet >= 0xC0).count();
            if letters > 1 {
                checker.add(&IS_UTF8, here);
            }
        }
        _ => {}
    }
}

/// Escapes of quoted-printable in text that says that it is none; the first of several.
fn looks_encoded(body: &[u8]) -> Option<usize> {
    let (mut first, mut count) = (None, 0);
    let mut soft = false;
    for at in memchr_iter(b'=', body) {
        match &body[at + 1..] {
            [b'\r', b'\n', ..] | [b'\n', ..] => soft = true,
            [b'0'..=b'9' | b'A'..=b'F', b'0'..=b'9' | b'A'..=b'F', ..] => {
                first = first.or(Some(at));
                count += 1;
            }
            _ => return None,
        }
    }
    first.filter(|_| count > 2 && soft || count > 10)
}

fn base64_body(checker: &mut Checker, part: &Part) {
    let octets = checker.octets;
    let body = &octets[part.body.clone()];
    let mut decoded = Vec::new();
    let damage = base64::decode(body, &mut decoded);
    let end = part.body.start + body.trim_ascii_end().len();
    if !damage.is_none() {
        let letter = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=');
        let stray = body.iter().position(|octet| !letter(octet) && !octet.is_ascii_whitespace());
        let at = stray.map_or(end - 1, |at| part.body.start + at);
        checker.add(&BASE64, at..at + 1);
    }
    long_lines(checker, part, &BASE64_LINE);
}

fn qp_body(checker: &mut Checker, part: &Part) {
    let (base, body) = (part.body.start, &checker.octets[part.body.clone()]);
    for at in memchr_iter(b'=', body) {
        match &body[at + 1..] {
            [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                if high.is_ascii_lowercase() || low.is_ascii_lowercase() {
                    let span = base + at + 1..base + at + 3;
                    let digits = [high.to_ascii_uppercase(), low.to_ascii_uppercase()];
                    let text = from_utf8(&digits).unwrap_or_default();
                    let edit = Edit::new(span.clone(), alloc::string::String::from(text));
                    checker.mend(&QP_SMALL, span, "Write capital letters", edit);
                }
            }
            rest => {
                let behind = rest.iter().find(|octet| !matches!(octet, b' ' | b'\t' | b'\r'));
                if !matches!(behind, None | Some(b'\n')) {
                    let span = base + at..base + at + 1;
                    let edit = Edit::new(span.end..span.end, "3D");
                    checker.mend(&QP, span, "Encode the equals sign", edit);
                }
            }
        }
    }
    if let Some(found) = super::lines::not_ascii(body) {
        checker.add(&QP, base + found.start..base + found.end);
    }
    long_lines(checker, part, &QP_LINE);
}

fn long_lines(checker: &mut Checker, part: &Part, rule: &'static super::Rule) {
    let mut start = part.body.start;
    let octets = checker.octets;
    let ends = memchr_iter(b'\n', &octets[part.body.clone()]).map(|at| part.body.start + at);
    for end in ends.chain([part.body.end]) {
        if end - start > 76 {
            let length = octets[start..end].trim_ascii_end().len();
            if length > 76 {
                checker.add(rule, start..start + length);
            }
        }
        start = (end + 1).min(part.body.end);
    }
}

/// Content-Type and Content-Disposition of a part.
fn syntax(checker: &mut Checker, part: usize) {
    for name in ["content-type", "content-disposition"] {
        let Some(field) = checker.message.field(part, name) else { continue };
        let value = checker.value(field);
        if value == field.name {
            continue;
        }
        let body = checker.flat(field);
        let body = &body[value.start - field.body.start..value.end - field.body.start];
        let mut pieces = pieces(body).into_iter();
        if let Some(kind) = pieces.next()
            && name == "content-type"
        {
            let text = strip_comments(&body[kind.clone()]);
            let mut halves = text.split(|octet| *octet == b'/');
            let is_type = |half: Option<&[u8]>| half.is_some_and(|half| is_token(half.trim_ascii()));
            if !is_type(halves.next()) || !is_type(halves.next()) || halves.next().is_some() {
                checker.add(&TYPE, value.start + kind.start..value.start + kind.end);
                continue;
            }
        }
        for piece in pieces {
            let text = &body[piece.clone()];
            if text.is_empty() || strip_comments(text).trim_ascii().is_empty() {
                continue;
            }
            let place = |range: Range<usize>| {
                value.start + piece.start + range.start..value.start + piece.start + range.end
            };
            let Some(equals) = memchr(b'=', text) else {
                checker.add(&PARAMETER, place(0..text.len()));
                continue;
            };
            let start = equals + 1 + (text.len() - equals - 1 - text[equals + 1..].trim_ascii_start().len());
            let written = &text[start..];
            if !is_token(text[..equals].trim_ascii()) {
                checker.add(&PARAMETER, place(0..equals));
            } else if written.starts_with(b"\"") {
                let right = written.len() > 1 && closes(written);
                if !right {
                    checker.add(&PARAMETER, place(start..text.len()));
                }
            } else if !is_token(strip_comments(written).trim_ascii()) {
                let extended = text[..equals].contains(&b'*');
                let plain = from_utf8(written).ok().filter(|text| {
                    text.is_ascii()
                        && !extended
                        && !text.is_empty()
                        && !text.contains(['"', '\\', '(', '\0', '='])
                        && !text.contains(char::is_control)
                });
                // A line's end may be in it.
                let span = place(start..text.len());
                let whole = !checker.octets[span.clone()].contains(&b'\n');
                let edit =
                    plain.filter(|_| whole).map(|text| Edit::new(span.clone(), ["\"", text, "\""].concat()));
                if span.is_empty() {
                    checker.add(&PARAMETER, place(0..equals + 1));
                } else {
                    checker.maybe(&PARAMETER, span, "Put the value in quotes", edit);
                }
            }
        }
    }
}

/// Between semicolons that are not in quotes, without white space around.
fn pieces(body: &[u8]) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut quoted) = (0, 0, false);
    while at <= body.len() {
        match body.get(at) {
            Some(b'\\') if quoted => at += 1,
            Some(b'"') => quoted = !quoted,
            Some(b';') if !quoted => {
                pieces.push(super::trimmed(body, start..at));
                start = at + 1;
            }
            None => pieces.push(super::trimmed(body, start.min(body.len())..body.len())),
            _ => {}
        }
        at += 1;
    }
    pieces
}

/// What is before a comment.
fn strip_comments(text: &[u8]) -> &[u8] {
    memchr(b'(', text).map_or(text, |at| &text[..at])
}

/// Whether the quote that begins a value ends it.
fn closes(text: &[u8]) -> bool {
    let mut at = 1;
    while let Some(octet) = text.get(at) {
        match octet {
            b'\\' => at += 1,
            b'"' => return strip_comments(&text[at + 1..]).trim_ascii().is_empty(),
            _ => {}
        }
        at += 1;
    }
    false
}

/// ```abnf
/// token = 1*<any CHAR except SPACE, CTLs, or tspecials>
/// ```
fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text.iter().all(|octet| octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(octet))
}
