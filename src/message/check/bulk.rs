//! What large receivers ask of those who send to many: unsubscribing in one step, and a signature that is the sender's
//! (RFC 2369, RFC 8058, RFC 6376, RFC 9989).

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::rule::family;
use super::{Checker, Edit, holds, hosts, listed};
use crate::message::header::Field;

family! {
    "Bulk senders and authentication", check;

    NO_UNSUBSCRIBE = "bulk-without-unsubscribe" Warning WillBeRefused, "RFC 2369 section 3.2",
        "Mail to many says in List-Unsubscribe how to get no more of it: large receivers require it.",
        pass "List-Id: <news.a.example>\nList-Unsubscribe: <https://a.example/u/81c7>\n\nHello\n",
        fail "List-Id: <news.a.example>\n\nHello\n" at "List-Id";
    NO_ONE_CLICK = "one-click-missing" Warning MayBeFiltered, "RFC 8058 section 3.1",
        "Large receivers want to unsubscribe somebody by one request, which List-Unsubscribe-Post allows.",
        pass "List-Unsubscribe: <https://a.example/u/81c7>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n",
        fail "List-Unsubscribe: <https://a.example/u/81c7>\n\nHello\n" at "List-Unsubscribe";
    NO_HTTPS = "one-click-without-https" Error MayBeFiltered, "RFC 8058 section 3.1",
        "List-Unsubscribe-Post needs an https: URL in List-Unsubscribe, to which the request goes.",
        pass "List-Unsubscribe: <https://a.example/u/81c7>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n",
        fail "List-Unsubscribe: <mailto:u@a.example>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n"
            at "List-Unsubscribe=One-Click";
    POST = "one-click-value" Error MayBeFiltered, "RFC 8058 section 3.1",
        "The value of List-Unsubscribe-Post is List-Unsubscribe=One-Click, and nothing else.",
        pass "List-Unsubscribe: <https://a.example/u/81c7>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n",
        fail "List-Unsubscribe: <https://a.example/u/81c7>\nList-Unsubscribe-Post: One-Click\n\nHello\n" at "One-Click";
    UNSIGNED_POST = "one-click-unsigned" Warning MayBeFiltered, "RFC 8058 section 4",
        "The DKIM signature has to cover List-Unsubscribe and List-Unsubscribe-Post: otherwise receivers do not use them.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x;\n h=from:list-unsubscribe:list-unsubscribe-post\nList-Unsubscribe: <https://a.example/u/81c7>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n",
        fail "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from\nList-Unsubscribe: <https://a.example/u/81c7>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n\nHello\n"
            at "from";
    URLS = "list-unsubscribe-syntax" Error MayBeFiltered, "RFC 2369 section 2",
        "Each URL stands in angle brackets, with commas between them: programs ignore one that does not.",
        pass "List-Unsubscribe: <https://a.example/u/81c7>\n\nHello\n",
        fail "List-Unsubscribe: https://a.example/u/81c7\n\nHello\n" at "https://a.example/u/81c7";
    PLAIN_HTTP = "list-unsubscribe-insecure" Warning MayBeFiltered, "RFC 8058 section 3.1",
        "An http: URL shows everybody on the way who unsubscribes; one click works with https: only.",
        pass "List-Unsubscribe: <https://a.example/u/81c7>\n\nHello\n",
        fail "List-Unsubscribe: <http://a.example/u/81c7>\n\nHello\n" at "http://a.example/u/81c7";
    LIST_ID = "list-id-syntax" Error Style, "RFC 2919 section 3",
        "A List-Id ends with an identifier in angle brackets, like a domain: programs sort mail by it.",
        pass "List-Id: News <news.a.example>\nList-Unsubscribe: <https://a.example/u/81c7>\n\nHello\n",
        fail "List-Id: News\nList-Unsubscribe: <https://a.example/u/81c7>\n\nHello\n" at "News";
    UNSIGNED = "bulk-unsigned" Warning WillBeRefused, "RFC 6376 section 1",
        "Mail to many has a DKIM signature when it is sent: large receivers refuse it without.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from\nList-Id: <news.a.example>\n\nHello\n",
        fail "List-Id: <news.a.example>\n\nHello\n" at "List-Id";
    FREE_MAIL = "bulk-from-free-mail" Warning WillBeRefused, "RFC 9989 section 4.7",
        "Mail to many comes from the sender's own domain: those of free mail providers ask receivers to refuse it.",
        pass "From: news@a.example\nList-Id: <news.a.example>\n\nHello\n",
        fail "From: news.of.a@gmail.com\nList-Id: <news.a.example>\n\nHello\n" at "news.of.a@gmail.com";
    NOT_ALIGNED = "dkim-not-aligned" Warning MayBeFiltered, "RFC 9989 section 4.4.1",
        "No DKIM signature is of the domain in From: DMARC does not count one of another domain.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=mail.a.example; s=k; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n",
        fail "DKIM-Signature: v=1; a=rsa-sha256; d=sender.test; s=k; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n" at "sender.test";
    TAGS = "dkim-tag-missing" Error MayBeFiltered, "RFC 6376 section 3.5",
        "A DKIM signature has the tags v, a, b, bh, d, h and s: without them it is none.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n",
        fail "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n" at "DKIM-Signature";
    FROM_UNSIGNED = "dkim-from-unsigned" Error MayBeFiltered, "RFC 6376 section 5.4",
        "A DKIM signature must cover From: one that does not says nothing about who has written.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from:date\nFrom: a@a.example\n\nHello\n",
        fail "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=date\nFrom: a@a.example\n\nHello\n" at "date";
    SHA1 = "dkim-sha1" Error MayBeFiltered, "RFC 8301 section 3.1",
        "Signatures with SHA-1 must not be made, and receivers take them for none.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n",
        fail "DKIM-Signature: v=1; a=rsa-sha1; d=a.example; s=k; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n" at "rsa-sha1";
    LENGTH = "dkim-body-length" Warning MayBeFiltered, "RFC 6376 section 8.2",
        "With the tag l, anybody can put more text behind what was signed, and the signature still holds.",
        pass "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from\nFrom: a@a.example\n\nHello\n",
        fail "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=k; bh=x; b=x; h=from; l=7\nFrom: a@a.example\n\nHello\n" at "7";
    FAILED = "authentication-failed" Warning MayBeFiltered, "RFC 8601 section 2.7",
        "A server on the way has found that the message does not come from whom it says.",
        pass "Authentication-Results: mx.b.example; dmarc=pass header.from=a.example\nFrom: a@a.example\n\nHello\n",
        fail "Authentication-Results: mx.b.example; dmarc=fail header.from=a.example\nFrom: a@a.example\n\nHello\n" at "dmarc=fail";
}

const FREE: &str = "gmail.com googlemail.com yahoo.com ymail.com aol.com outlook.com hotmail.com live.com msn.com icloud.com me.com \
    mac.com gmx.net gmx.de gmx.com web.de mail.ru yandex.ru proton.me protonmail.com qq.com 163.com zoho.com";

fn check(checker: &mut Checker) {
    let signatures: Vec<Signature> =
        checker.fields("dkim-signature").into_iter().map(|field| Signature::read(checker, field)).collect();
    let from = checker.mailboxes("from");
    if let Some(field) = is_bulk(checker) {
        if checker.field("list-unsubscribe").is_none() {
            checker.add(&NO_UNSUBSCRIBE, field.clone());
        }
        if signatures.is_empty() {
            checker.add(&UNSIGNED, field);
        }
        for from in from.iter().filter(|from| listed(FREE, from.domain())) {
            checker.add(&FREE_MAIL, from.place.address.clone());
        }
    }
    list(checker);
    dkim(checker, &signatures);
    if let (Some(first), Some(from)) = (signatures.first(), from.first()) {
        let mut domains = signatures.iter().filter_map(|signature| signature.tag("d"));
        if !from.domain().is_empty()
            && !domains.any(|(domain, _)| hosts::aligned(domain, from.domain()))
            && let Some((_, place)) = first.tag("d")
        {
            checker.add(&NOT_ALIGNED, place);
        }
    }
    for field in checker.fields("authentication-results") {
        let body = checker.flat(field);
        for method in ["dmarc=", "spf=", "dkim="] {
            let Some(at) = super::find(&body, method) else { continue };
            let result =
                body[at + method.len()..].iter().take_while(|octet| octet.is_ascii_alphabetic()).count();
            let end = at + method.len() + result;
            if matches!(&body[at + method.len()..end], b"fail" | b"permerror") {
                checker.add(&FAILED, field.body.start + at..field.body.start + end);
                break;
            }
        }
    }
}

/// The name of the first field that says that a message goes to many.
fn is_bulk(checker: &Checker) -> Option<Range<usize>> {
    let field = ["list-id", "feedback-id"].iter().find_map(|name| checker.field(name));
    let precedence = || {
        let field = checker.field("precedence")?;
        let value = &checker.octets[checker.value(field)];
        (holds(value, "bulk") || holds(value, "list")).then_some(field)
    };
    field.or_else(precedence).map(|field| field.name.clone())
}

/// Fields of lists.
fn list(checker: &mut Checker) {
    let mut https = false;
    let unsubscribe = checker.field("list-unsubscribe");
    if let Some(field) = unsubscribe {
        let body = checker.flat(field);
        let (base, mut at) = (field.body.start, 0);
        while let Some(start) =
            body[at..].iter().position(|octet| !matches!(octet, b' ' | b'\t' | b',')).map(|found| at + found)
        {
            let angle = body[start] == b'<';
            let ends = |octet: &u8| if angle { *octet == b'>' } else { matches!(octet, b',' | b' ' | b'<') };
            let length = 1 + body[start + 1..].iter().position(ends).unwrap_or(body.len() - start - 1);
            at = (start + length + usize::from(angle)).min(body.len());
            let url = if angle { start + 1..start + length } else { start..start + length };
            let place = base + url.start..base + url.end;
            if !angle {
                let text = String::from_utf8_lossy(&body[url.clone()]);
                let is_url = ["http:", "https:", "mailto:"].iter().any(|scheme| text.starts_with(scheme));
                let edit = is_url.then(|| Edit::new(place.clone(), ["<", &*text, ">"].concat()));
                // There may be a comment.
                if !text.starts_with('(') {
                    checker.maybe(&URLS, place.clone(), "Put it in angle brackets", edit);
                } else {
                    break;
                }
            }
            if body[url.clone()].starts_with(b"https:") {
                https = true;
            } else if body[url].starts_with(b"http:") {
                checker.add(&PLAIN_HTTP, place);
            }
        }
    }
    match (checker.field("list-unsubscribe-post"), unsubscribe) {
        (None, Some(field)) if https => {
            let edit = Edit::new(
                field.span.start..field.span.start,
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            );
            checker.mend(&NO_ONE_CLICK, field.name.clone(), "Allow one click", edit);
        }
        (Some(field), _) => {
            let value = checker.value(field);
            if checker.octets[value.clone()] != *b"List-Unsubscribe=One-Click" {
                let edit =
                    (value != field.name).then(|| Edit::new(value.clone(), "List-Unsubscribe=One-Click"));
                checker.maybe(&POST, value.clone(), "Write the right value", edit);
            }
            if !https {
                checker.add(&NO_HTTPS, value);
            }
        }
        _ => {}
    }
    if let Some(field) = checker.field("list-id") {
        let value = checker.value(field);
        let text = &checker.octets[value.clone()];
        let inside = text.strip_suffix(b">").and_then(|text| text.rsplit(|octet| *octet == b'<').next());
        let is_id = inside.is_some_and(|id| {
            id.contains(&b'.')
                && id.iter().all(|octet| octet.is_ascii_graphic() && !matches!(octet, b'@' | b'<'))
        });
        if !(is_id && text.contains(&b'<')) {
            checker.add(&LIST_ID, value);
        }
    }
}

/// The tags of a DKIM signature, with the places of their values.
struct Signature {
    name: Range<usize>,
    tags: Vec<(String, String, Range<usize>)>,
}

impl Signature {
    fn read(checker: &Checker, field: &Field) -> Self {
        let body = checker.flat(field);
        let mut tags = Vec::new();
        let mut start = 0;
        for piece in body.split(|octet| *octet == b';').take(64) {
            if let Some(equals) = piece.iter().position(|octet| *octet == b'=') {
                let value = super::trimmed(&body, start + equals + 1..start + piece.len());
                let text = |octets: &[u8]| -> String {
                    String::from_utf8_lossy(octets).chars().filter(|c| !c.is_ascii_whitespace()).collect()
                };
                let place = field.body.start + value.start..field.body.start + value.end;
                tags.push((text(&piece[..equals]), text(&body[value]), place));
            }
            start += piece.len() + 1;
        }
        Self { name: field.name.clone(), tags }
    }

    fn tag(&self, name: &str) -> Option<(&str, Range<usize>)> {
        let tag = self.tags.iter().find(|(tag, ..)| tag == name);
        tag.map(|(_, value, place)| (&**value, place.clone()))
    }

    /// Whether a field is signed.
    fn covers(&self, field: &str) -> bool {
        self.tag("h").is_some_and(|(names, _)| names.split(':').any(|name| name.eq_ignore_ascii_case(field)))
    }
}

fn dkim(checker: &mut Checker, signatures: &[Signature]) {
    for signature in signatures {
        let missing: Vec<&str> = ["v", "a", "b", "bh", "d", "h", "s"]
            .into_iter()
            .filter(|tag| signature.tag(tag).is_none())
            .collect();
        if !missing.is_empty() {
            checker.tell(&TAGS, signature.name.clone(), &missing.join(", "));
        }
        if let Some((_, names)) = signature.tag("h")
            && !signature.covers("from")
        {
            checker.add(&FROM_UNSIGNED, names);
        }
        match signature.tag("a") {
            Some((algorithm, place)) if algorithm.ends_with("-sha1") => checker.add(&SHA1, place),
            _ => {}
        }
        if let Some((_, place)) = signature.tag("l") {
            checker.add(&LENGTH, place);
        }
    }
    let covered = |signature: &Signature| {
        signature.covers("list-unsubscribe") && signature.covers("list-unsubscribe-post")
    };
    if checker.field("list-unsubscribe-post").is_some()
        && !signatures.iter().any(covered)
        && let Some((_, place)) = signatures.first().and_then(|signature| signature.tag("h"))
    {
        checker.add(&UNSIGNED_POST, place);
    }
}
