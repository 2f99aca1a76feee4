//! What a message tells about its sender and others without need (RFC 5322 section 3.6.3, RFC 8098, RFC 6973).

use super::rule::family;
use super::{Checker, hosts, listed};

family! {
    "Privacy", check;

    BCC = "bcc-left-in" Warning Style, "RFC 5322 section 3.6.3",
        "Who is named in Bcc should be seen by nobody else: the field is taken out before a message is sent.",
        pass "From: a@a.example\nTo: b@b.example\n\nHello\n",
        fail "From: a@a.example\nTo: b@b.example\nBcc: c@c.example\n\nHello\n" at "Bcc";
    INTERNAL = "received-internal-host" Info Style, "RFC 1918 section 5",
        "A Received field shows names or addresses of a private network to everybody.",
        pass "Received: from mail.a.example (mail.a.example [192.0.2.1])\n by mx.b.example; Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Received: from pc7 (pc7.office.lan [10.1.2.3])\n by mail.a.example; Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n"
            at "10.1.2.3";
    LOGIN = "received-shows-login" Info Style, "RFC 6973 section 5.2",
        "A Received field shows the name with which the sender logs in.",
        pass "Received: from a.example by b.example with ESMTPSA; Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Received: from a.example (Authenticated sender: alice)\n by b.example; Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n"
            at "Authenticated sender: alice";
    ORIGIN = "sender-address-revealed" Info Style, "RFC 6973 section 5.2",
        "This field tells everybody from which IP address the author has written: where, and through whom.",
        pass "From: a@a.example\n\nHello\n",
        fail "From: a@a.example\nX-Originating-IP: [192.0.2.7]\n\nHello\n" at "X-Originating-IP";
    SOFTWARE = "software-revealed" Info Style, "RFC 6973 section 5.2",
        "This field tells which program has made the message, and an attacker which holes to try.",
        pass "From: a@a.example\n\nHello\n",
        fail "From: a@a.example\nX-Mailer: Mailer 1.2.3\n\nHello\n" at "X-Mailer";
    SCRIPT = "script-revealed" Warning MayBeFiltered, "RFC 6973 section 5.2",
        "This field tells where on a web server the program is that sends; filters know it from hacked ones.",
        pass "From: a@a.example\n\nHello\n",
        fail "From: a@a.example\nX-PHP-Originating-Script: 1000:contact.php\n\nHello\n" at "X-PHP-Originating-Script";
    SECRET = "secret-in-header" Error Style, "RFC 6973 section 6.3",
        "This field looks like a password or a key for a service: all fields of a message go to everybody who gets it.",
        pass "From: a@a.example\n\nHello\n",
        fail "From: a@a.example\nAuthorization: Bearer 81c7\n\nHello\n" at "Authorization";
    RECEIPT = "receipt-requested" Info Style, "RFC 8098 section 2.1",
        "This field asks the reader's program to tell when the message is read: most people, and programs, refuse.",
        pass "From: a@a.example\n\nHello\n",
        fail "From: a@a.example\nDisposition-Notification-To: a@a.example\n\nHello\n" at "Disposition-Notification-To";
}

const ORIGINS: &str =
    "X-Originating-IP X-Sender-IP X-Client-IP X-Source-IP X-Remote-IP X-Forwarded-For X-Real-IP";
const PROGRAMS: &str = "X-Mailer User-Agent X-MimeOLE X-Newsreader";
const SCRIPTS: &str =
    "X-PHP-Script X-PHP-Originating-Script X-PHP-Filename X-Source X-Source-Args X-Source-Dir";
const SECRETS: &str = "Authorization Proxy-Authorization X-Api-Key Api-Key X-Auth-Token Cookie Set-Cookie X-Access-Token Password";
const RECEIPTS: &str = "Disposition-Notification-To X-Confirm-Reading-To";

fn check(checker: &mut Checker) {
    let message = checker.message;
    for field in &message.parts()[0].fields {
        let name = core::str::from_utf8(message.name_of(field)).unwrap_or_default();
        let named = [
            ("Bcc Resent-Bcc", &BCC),
            (ORIGINS, &ORIGIN),
            (PROGRAMS, &SOFTWARE),
            (SCRIPTS, &SCRIPT),
            (SECRETS, &SECRET),
            (RECEIPTS, &RECEIPT),
        ];
        if name.is_empty() {
            continue;
        }
        if let Some((_, rule)) = named.into_iter().find(|(list, _)| listed(list, name)) {
            checker.remove(rule, field);
        }
    }
    for field in checker.fields("received") {
        received(checker, field);
    }
}

fn received(checker: &mut Checker, field: &crate::message::Field) {
    let octets = checker.octets;
    let base = field.body.start;
    let body = &octets[field.body.clone()];
    let mut start = 0;
    let is_sign = |octet: &u8| !(octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b':' | b'_'));
    for word in body.split(is_sign) {
        // An address in brackets says more than the name before it.
        if hosts::is_private(word) || hosts::is_internal_name(word) {
            let local = matches!(word, b"::1") || word.starts_with(b"127.");
            if !local {
                checker.add(&INTERNAL, base + start..base + start + word.len());
                if hosts::is_private(word) {
                    break;
                }
            }
        }
        start += word.len() + 1;
    }
    if let Some(at) = super::seek(body, b"Authenticated sender: ") {
        let end = body[at..]
            .iter()
            .position(|octet| matches!(octet, b')' | b'\r' | b'\n'))
            .unwrap_or(body.len() - at);
        checker.add(&LOGIN, base + at..base + at + end);
    }
}
