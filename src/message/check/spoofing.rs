//! Names that are made to be taken for others (UAX #9, UTS #39, RFC 9989 section 11.4).

use core::ops::Range;

use super::rule::family;
use super::{Checker, hosts};

family! {
    "Spoofing", check;

    BIDI = "display-name-bidi" Error MayBeFiltered, "UAX #9 section 2",
        "A character in this name turns the direction of text around, so that it reads as another name.",
        pass "From: Alice <a@a.example>\n\nHello\n",
        fail "From: =?utf-8?Q?Alice_=E2=80=AEkcab?= <a@a.example>\n\nHello\n" at "=?utf-8?Q?Alice_=E2=80=AEkcab?=";
    INVISIBLE = "display-name-invisible" Warning MayBeFiltered, "UTS #39 section 3.1",
        "There are characters in this name that nobody sees: they make it another one for filters only.",
        pass "From: Pay Mail <a@a.example>\n\nHello\n",
        fail "From: =?utf-8?Q?Pay=E2=80=8BMail?= <a@a.example>\n\nHello\n" at "=?utf-8?Q?Pay=E2=80=8BMail?=";
    LOOK_ALIKE = "display-name-look-alike" Warning MayBeFiltered, "UTS #39 section 5.1",
        "A word of this name mixes letters of several scripts that look alike.",
        pass "From: Paypal <a@a.example>\n\nHello\n",
        fail "From: =?utf-8?Q?P=D0=B0ypal?= <a@a.example>\n\nHello\n" at "=?utf-8?Q?P=D0=B0ypal?=";
    ADDRESS = "display-name-address" Warning MayBeFiltered, "RFC 9989 section 11.4",
        "The name holds another address than the one that the mail is from: many programs show the name alone.",
        pass "From: \"a@a.example\" <a@a.example>\n\nHello\n",
        fail "From: \"boss@bank.example\" <a@a.example>\n\nHello\n" at "\"boss@bank.example\"";
    DOMAIN = "from-domain-look-alike" Error MayBeFiltered, "UTS #39 section 5",
        "The domain of this address mixes letters of several scripts, or is made of letters that look like others.",
        pass "From: a@bank.example\n\nHello\n",
        fail "From: a@xn--80ak6aa92e.example\n\nHello\n" at "a@xn--80ak6aa92e.example";
    REPLY = "reply-to-elsewhere" Info MayBeFiltered, "RFC 5322 section 3.6.2",
        "Answers go to another domain than the one in From: it is common in fraud, and filters count it.",
        pass "From: a@a.example\nReply-To: help@mail.a.example\n\nHello\n",
        fail "From: a@bank.example\nReply-To: a@evil.test\n\nHello\n" at "a@evil.test";
    SENDER = "sender-elsewhere" Info MayBeFiltered, "RFC 9989 section 4.4",
        "Sender is of another domain than From: mail programs show it as sent on behalf of someone, and DMARC looks at From only.",
        pass "From: a@a.example\nSender: list@a.example\n\nHello\n",
        fail "From: a@a.example\nSender: b@sender.test\n\nHello\n" at "b@sender.test";
    SUBJECT = "subject-hidden-characters" Warning MayBeFiltered, "UTS #39 section 3.1",
        "There are characters in this Subject that nobody sees, or that turn its direction around: filters know them from spam.",
        pass "Subject: Your invoice\n\nHello\n",
        fail "Subject: =?utf-8?Q?Your_inv=E2=80=8Boice?=\n\nHello\n" at "=?utf-8?Q?Your_inv=E2=80=8Boice?=";
}

fn check(checker: &mut Checker) {
    let from = checker.mailboxes("from");
    for name in ["from", "sender", "reply-to"] {
        for shown in checker.mailboxes(name) {
            let place = shown.place.name.clone();
            names(checker, &shown.name, place.clone());
            if other_address(&shown.name, &shown.address) {
                checker.add(&ADDRESS, place);
            }
            if hosts::is_look_alike(shown.domain()) {
                checker.add(&DOMAIN, shown.place.address.clone());
            }
            let rule = match name {
                "reply-to" => &REPLY,
                "sender" => &SENDER,
                _ => continue,
            };
            let strange = |from: &super::mailboxes::Shown| {
                !from.domain().is_empty()
                    && !shown.domain().is_empty()
                    && !hosts::aligned(from.domain(), shown.domain())
            };
            if from.first().is_some_and(strange) {
                checker.add(rule, shown.place.address);
            }
        }
    }
    if let Some(field) = checker.field("subject") {
        let text = checker.message.text_of(field);
        if text.contains(|c| hosts::is_bidi(c) || hosts::is_invisible(c)) {
            checker.add(&SUBJECT, checker.value(field));
        }
    }
}

fn names(checker: &mut Checker, name: &str, place: Range<usize>) {
    if name.contains(hosts::is_bidi) {
        checker.add(&BIDI, place.clone());
    }
    if name.contains(hosts::is_invisible) {
        checker.add(&INVISIBLE, place.clone());
    }
    if name.split(|c: char| c.is_ascii() && !c.is_ascii_alphabetic()).any(hosts::is_mixed) {
        checker.add(&LOOK_ALIKE, place);
    }
}

/// Whether a name holds an address of someone else's domain.
fn other_address(name: &str, address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    name.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '\'')).any(|word| {
        word.split_once('@').is_some_and(|(local, named)| {
            !local.is_empty()
                && named.contains('.')
                && !named.ends_with('.')
                && !hosts::aligned(named, domain)
        })
    })
}
