//! Addresses in address fields (RFC 5322 section 3.4, RFC 5321 sections 4.1.2 and 4.5.3.1, RFC 6854).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use core::str::from_utf8;

use super::mailboxes::{Entry, read};
use super::rule::family;
use super::{Checker, Edit, hosts, listed};
use crate::wire::address::{Limits, Mailbox};

family! {
    "Addresses", check;

    SYNTAX = "address-syntax" Error WillBeRefused, "RFC 5322 section 3.4",
        "This is no address: servers refuse what they cannot read.",
        pass "From: Alice <alice@a.example>\n\nHello\n",
        fail "From: Alice <alice @a..example>\n\nHello\n" at "alice @a..example";
    NO_DOMAIN = "address-without-domain" Error WillBeRefused, "RFC 5322 section 3.4.1",
        "An address has an @ and a domain: a name alone is of one host, and means someone else on the next.",
        pass "From: alice@a.example\n\nHello\n",
        fail "From: alice\n\nHello\n" at "alice";
    UNCLOSED = "address-list-unclosed" Error WillBeRefused, "RFC 5322 section 3.4",
        "A quote, a parenthesis or an angle bracket has no partner: where the address ends can only be guessed.",
        pass "From: \"Alice\" <alice@a.example>\n\nHello\n",
        fail "From: \"Alice <alice@a.example>\n\nHello\n" at "\"";
    SEMICOLON = "address-list-semicolon" Error WillBeRefused, "RFC 5322 section 3.4",
        "A comma separates addresses: a semicolon ends a group, and some programs drop what is behind it.",
        pass "To: b@b.example, c@c.example\n\nHello\n",
        fail "To: b@b.example; c@c.example\n\nHello\n" at ";";
    OBSOLETE = "address-obsolete" Warning MayBeFiltered, "RFC 5322 section 4.4",
        "Routes, empty places between commas and spaces around dots were allowed once, and must not be written today.",
        pass "To: b@b.example, c@c.example\n\nHello\n",
        fail "To: b@b.example,, c@c.example\n\nHello\n" at ",";
    UNQUOTED = "display-name-unquoted" Warning MayBeFiltered, "RFC 5322 section 3.2.5",
        "A name with dots, commas or other signs stands in quotes: otherwise programs cut it there.",
        pass "From: \"Alice B. Carol\" <alice@a.example>\n\nHello\n",
        fail "From: Alice B. Carol <alice@a.example>\n\nHello\n" at "Alice B. Carol";
    TOO_LONG = "address-too-long" Error WillBeRefused, "RFC 5321 section 4.5.3.1",
        "A local part has at most 64 octets and an address 254: servers need not take longer ones.",
        pass "From: {x*64}@a.example\n\nHello\n",
        fail "From: {x*65}@a.example\n\nHello\n" at "{x*65}@a.example";
    NOT_QUALIFIED = "address-domain-local" Warning WillBeRefused, "RFC 5321 section 2.3.5",
        "Such a domain is known on one network only: nobody outside can answer, and receivers refuse what they cannot.",
        pass "From: alice@a.example\n\nHello\n",
        fail "From: alice@server.local\n\nHello\n" at "server.local";
    LITERAL = "address-literal" Warning MayBeFiltered, "RFC 5321 section 4.1.3",
        "An IP address in place of a domain belongs to no one: hardly any receiver takes it.",
        pass "From: alice@a.example\n\nHello\n",
        fail "From: alice@[192.0.2.1]\n\nHello\n" at "[192.0.2.1]";
    NOT_ASCII = "address-not-ascii" Warning WillBeRefused, "RFC 6532 section 3.2",
        "An address outside ASCII needs SMTPUTF8 on the whole way; a domain has an A-label in its place.",
        pass "From: alice@xn--bcher-kva.example\n\nHello\n",
        fail "From: alice@b\u{fc}cher.example\n\nHello\n" at "alice@b\u{fc}cher.example";
    NO_SENDER = "sender-missing" Error WillBeRefused, "RFC 5322 section 3.6.2",
        "With several authors in From, Sender says which one has sent the message; many receivers refuse several authors.",
        pass "From: a@a.example, b@a.example\nSender: a@a.example\n\nHello\n",
        fail "From: a@a.example, b@a.example\n\nHello\n" at "a@a.example, b@a.example";
    SENDER_REPEATS = "sender-redundant" Info Style, "RFC 5322 section 3.6.2",
        "Sender should be there only when it is someone else than From.",
        pass "From: a@a.example\nSender: b@a.example\n\nHello\n",
        fail "From: a@a.example\nSender: a@a.example\n\nHello\n" at "Sender";
    SENDER_LIST = "sender-several" Error WillBeRefused, "RFC 5322 section 3.6.2",
        "One person sends a message: Sender is one mailbox.",
        pass "From: a@a.example\nSender: b@a.example\n\nHello\n",
        fail "From: a@a.example\nSender: b@a.example, c@a.example\n\nHello\n" at "b@a.example, c@a.example";
    GROUP = "from-group" Warning MayBeFiltered, "RFC 6854 section 3",
        "A group in From is for rare cases only: nobody can check, or answer, who has written.",
        pass "From: a@a.example\n\nHello\n",
        fail "From: Authors: a@a.example;\n\nHello\n" at "Authors";
    TWICE = "recipient-twice" Info Style, "RFC 5322 section 3.6.3",
        "Somebody is named twice in To and Cc: some servers deliver twice.",
        pass "To: b@b.example\nCc: c@c.example\n\nHello\n",
        fail "To: b@b.example\nCc: B <b@b.example>\n\nHello\n" at "b@b.example";
    MANY = "recipients-over-100" Warning MayBeFiltered, "RFC 5321 section 4.5.3.1.8",
        "So many names in To and Cc show everybody's address to everybody, and look like spam.",
        pass "To: b@b.example\n\nHello\n",
        fail "To: a@a.example{,*100}b@b.example\n\nHello\n" at "To";
    NO_REPLY = "from-no-reply" Info Style, "RFC 5322 section 3.6.2",
        "From is where readers answer: an address that nobody reads loses what they have to say, and their trust.",
        pass "From: shop@a.example\n\nHello\n",
        fail "From: no-reply@a.example\n\nHello\n" at "no-reply@a.example";
}

const FIELDS: [&str; 6] = ["from", "sender", "reply-to", "to", "cc", "bcc"];
const WIDE: Limits = Limits { local_part: 1000, domain: 1000, path: 2000 };

fn check(checker: &mut Checker) {
    let mut recipients: Vec<(String, Range<usize>)> = Vec::new();
    let mut places = 0;
    let has_sender = checker.field("sender").is_some();
    let from = checker.mailboxes("from");
    let sender = checker.mailboxes("sender");
    for name in FIELDS {
        for field in checker.fields(name) {
            let list = read(checker, field);
            let value = checker.value(field);
            for entry in &list.entries {
                address(checker, entry);
                if matches!(name, "to" | "cc") {
                    let text = String::from_utf8_lossy(&checker.octets[entry.address.clone()]);
                    recipients.push((text.to_ascii_lowercase(), entry.address.clone()));
                }
            }
            if matches!(name, "to" | "cc") {
                places += list.entries.len() + list.empty.len();
            }
            for comma in &list.empty {
                checker.mend(&OBSOLETE, comma.clone(), "Remove the comma", Edit::new(comma.clone(), ""));
            }
            for at in &list.semicolons {
                let text = if at.end == value.end { "" } else { "," };
                checker.mend(&SEMICOLON, at.clone(), "Write a comma", Edit::new(at.clone(), text));
            }
            if let Some(at) = list.unclosed {
                checker.add(&UNCLOSED, at);
            }
            let several = list.entries.len() > 1;
            match name {
                "from" => {
                    if several && !has_sender {
                        checker.add(&NO_SENDER, value);
                    }
                    if let Some(group) = list.groups.first() {
                        checker
                            .add(&GROUP, if group.is_empty() { field.name.clone() } else { group.clone() });
                    }
                }
                "sender" if several => checker.add(&SENDER_LIST, value),
                "sender" => {
                    let ([sender], [from]) = (&sender[..], &from[..]) else { continue };
                    if sender.address.eq_ignore_ascii_case(&from.address) {
                        checker.remove(&SENDER_REPEATS, field);
                    }
                }
                _ => {}
            }
        }
    }
    if places > 100 {
        let field = checker.field("to").or(checker.field("cc"));
        checker.add(&MANY, field.map_or(0..0, |field| field.name.clone()));
    }
    let order = super::order(recipients.len(), &|one, other| recipients[one].0.cmp(&recipients[other].0));
    for pair in order.windows(2) {
        let pair = [&recipients[pair[0]], &recipients[pair[1]]];
        if pair[0].0 == pair[1].0 {
            checker.add(&TWICE, pair[1].1.clone());
        }
    }
    for from in from {
        let local: String = from.address.split('@').next().unwrap_or_default().replace(['-', '_', '.'], "");
        if listed("noreply donotreply dontreply", &local) {
            checker.add(&NO_REPLY, from.place.address);
        }
    }
}

fn address(checker: &mut Checker, entry: &Entry) {
    let octets = checker.octets;
    let place = entry.address.clone();
    let written = &octets[place.clone()];
    if entry.angle {
        name(checker, entry.name.clone());
    }
    if place.is_empty() {
        checker.add(&SYNTAX, entry.whole.clone());
        return;
    }
    let Ok(mut text) = from_utf8(written).map(Cow::Borrowed) else { return };
    if text.starts_with('@') && text.contains(':') {
        let route = text.find(':').unwrap_or_default() + 1;
        let route = place.start..place.start + route;
        checker.mend(&OBSOLETE, route.clone(), "Remove the route", Edit::new(route.clone(), ""));
        text = Cow::Owned(text[route.len()..].into());
    }
    if !text.contains('@') {
        checker.add(&NO_DOMAIN, place);
        return;
    }
    let mailbox = match Mailbox::parse_within(&text, &WIDE) {
        Ok(mailbox) => mailbox,
        Err(error) => {
            // Spaces around dots are the only thing wrong, or it is none.
            let packed: String = text.split_ascii_whitespace().collect();
            let loose = packed.len() < text.len() && spaces_are_at_dots(&text);
            if loose && Mailbox::parse(&packed).is_ok() {
                checker.mend(&OBSOLETE, place.clone(), "Remove the spaces", Edit::new(place, packed));
            } else {
                let found = ["expected ", error.rule].concat();
                checker.tell(&SYNTAX, place, &found);
            }
            return;
        }
    };
    let domain = mailbox.domain();
    let span = place.end - domain.len()..place.end;
    if mailbox.local_part().len() > 64 || text.len() > 254 {
        checker.add(&TOO_LONG, place.clone());
    }
    if domain.starts_with('[') {
        checker.add(&LITERAL, span);
    } else if hosts::is_local(domain.as_bytes()) {
        checker.add(&NOT_QUALIFIED, span);
    }
    if !mailbox.is_ascii() {
        checker.add(&NOT_ASCII, place);
    }
}

fn spaces_are_at_dots(text: &str) -> bool {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let is_sign = |c: char| matches!(c, '.' | '@');
    words.windows(2).all(|pair| pair[0].ends_with(is_sign) || pair[1].starts_with(is_sign))
}

/// A display name is atoms, quoted strings and comments.
fn name(checker: &mut Checker, place: Range<usize>) {
    let text = &checker.octets[place.clone()];
    let (mut quoted, mut depth) = (false, 0_usize);
    let mut octets = text.iter();
    let mut special = false;
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' => drop(octets.next()),
            b'"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            b'.' | b'@' | b'[' | b']' | b':' => special = true,
            _ => {}
        }
    }
    if special {
        let plain = from_utf8(text).ok().filter(|text| {
            text.is_ascii()
                && !text.contains(['"', '\\', '(', '\r', '\n', '\0'])
                && super::seek(text.as_bytes(), b"=?").is_none()
        });
        let edit = plain.map(|text| Edit::new(place.clone(), ["\"", text, "\""].concat()));
        checker.maybe(&UNQUOTED, place, "Put the name in quotes", edit);
    }
}
