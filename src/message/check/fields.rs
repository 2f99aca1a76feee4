//! Which fields are there: required ones, single ones and obsolete ones (RFC 5322 section 3.6, RFC 2045 section 4).

use core::str::from_utf8;

use super::rule::family;
use super::{Checker, Edit, holds, listed};
use crate::message::header::Field;

family! {
    "Fields", check;

    MISSING_DATE = "header-missing-date" Error WillBeRefused, "RFC 5322 section 3.6",
        "Every message says in Date when it was written.",
        pass "From: a@a.example\nDate: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "From: a@a.example\n\nHello\n" at "From";
    MISSING_FROM = "header-missing-from" Error WillBeRefused, "RFC 5322 section 3.6",
        "Every message says in From who wrote it: large receivers refuse those that do not.",
        pass "From: a@a.example\nDate: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n",
        fail "Date: Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n" at "Date";
    MISSING_MESSAGE_ID = "header-missing-message-id" Warning MayBeFiltered, "RFC 5322 section 3.6.4",
        "Every message should have a Message-ID: without one it cannot be answered in its thread, and filters distrust it.",
        pass "From: a@a.example\nMessage-ID: <1@a.example>\n\nHello\n",
        fail "From: a@a.example\n\nHello\n" at "From";
    MISSING_SUBJECT = "header-missing-subject" Warning MayBeFiltered, "RFC 5322 section 3.6.5",
        "A Subject tells readers what a message is about; those without one are often taken for spam.",
        pass "From: a@a.example\nSubject: Lunch\n\nHello\n",
        fail "From: a@a.example\n\nHello\n" at "From";
    EMPTY_SUBJECT = "subject-empty" Warning MayBeFiltered, "RFC 5322 section 3.6.5",
        "A Subject with nothing in it tells readers nothing.",
        pass "From: a@a.example\nSubject: Lunch\n\nHello\n",
        fail "From: a@a.example\nSubject: \n\nHello\n" at "Subject";
    NO_RECIPIENT = "header-no-recipient" Info MayBeFiltered, "RFC 5322 section 3.6.3",
        "Nobody is named in To, Cc or Bcc: who gets it sees no reason why, and filters see bulk mail.",
        pass "From: a@a.example\nTo: b@b.example\n\nHello\n",
        fail "From: a@a.example\n\nHello\n" at "From";
    DUPLICATE = "header-duplicate" Error WillBeRefused, "RFC 5322 section 3.6",
        "This field may be there once only: of two, each program shows another one, and large receivers refuse both.",
        pass "From: a@a.example\nSubject: Lunch\n\nHello\n",
        fail "From: a@a.example\nSubject: Lunch\nSubject: Dinner\n\nHello\n" at "Subject: Dinner";
    MIME_DUPLICATE = "mime-field-duplicate" Error MayBeFiltered, "RFC 2045 section 3",
        "A field of MIME may be there once only: of two, a filter may read one and the reader's program the other.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hello\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: text/html\n\n<p>Hello\n" at "Content-Type: text/html";
    EMPTY = "field-empty" Error WillBeRefused, "RFC 5322 section 3.6",
        "A field for addresses or identifiers has something in it, or is not there.",
        pass "From: a@a.example\nTo: b@b.example\n\nHello\n",
        fail "From: a@a.example\nTo: b@b.example\nCc: \n\nHello\n" at "Cc";
    OBSOLETE = "field-obsolete" Info Style, "RFC 4021 section 2.1",
        "This field was never standard, or is no more, and is only of use to programs that are gone.",
        pass "From: a@a.example\nReply-To: b@a.example\n\nHello\n",
        fail "From: a@a.example\nErrors-To: b@a.example\n\nHello\n" at "Errors-To";
    LEFT_BEHIND = "field-of-a-mailbox" Warning Style, "RFC 4021 section 2.1",
        "This field belongs to a mailbox where the message was stored, and not to the message.",
        pass "From: a@a.example\nSubject: Lunch\n\nHello\n",
        fail "From: a@a.example\nX-Mozilla-Status: 0001\nSubject: Lunch\n\nHello\n" at "X-Mozilla-Status";
    RETURN_PATH = "return-path-present" Warning MayBeFiltered, "RFC 5321 section 4.4",
        "Return-Path is written by the last server: a message that no server has received has none.",
        pass "From: a@a.example\n\nHello\n",
        fail "Return-Path: <a@a.example>\nFrom: a@a.example\n\nHello\n" at "Return-Path";
    NO_MIME_VERSION = "mime-version-missing" Error MayBeFiltered, "RFC 2045 section 4",
        "A message with fields of MIME has MIME-Version too: without it they mean nothing.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hello\n",
        fail "Content-Type: text/html\n\n<p>Hello\n" at "Content-Type";
    MIME_VERSION = "mime-version-unknown" Warning MayBeFiltered, "RFC 2045 section 4",
        "The version of MIME is 1.0, and no other is known.",
        pass "MIME-Version: 1.0 (Mailer 9.1)\n\nHello\n",
        fail "MIME-Version: 1.1\n\nHello\n" at "1.1";
    RESENT = "resent-incomplete" Warning MayBeFiltered, "RFC 5322 section 3.6.6",
        "Who sends a message again says in Resent-From who and in Resent-Date when.",
        pass "Resent-From: b@b.example\nResent-Date: Tue, 3 Mar 2026 10:00:00 +0000\nFrom: a@a.example\n\nHello\n",
        fail "Resent-To: c@c.example\nFrom: a@a.example\n\nHello\n" at "Resent-To";
    LOOP = "received-too-often" Error WillBeRefused, "RFC 5321 section 6.3",
        "A message that has come through so many servers is taken to go in circles.",
        pass "Received: from a.example by b.example; Tue, 3 Mar 2026 10:00:00 +0000\nFrom: a@a.example\n\nHello\n",
        fail "Received: 1\nReceived: 2\nReceived: 3\nReceived: 4\nReceived: 5\nReceived: 6\nReceived: 7\nReceived: 8\nReceived: 9\nReceived: 10\nReceived: 11\nReceived: 12\nReceived: 13\nReceived: 14\nReceived: 15\nReceived: 16\nReceived: 17\nReceived: 18\nReceived: 19\nReceived: 20\nReceived: 21\nReceived: 22\nReceived: 23\nReceived: 24\nReceived: 25\nReceived: 26\nReceived: 27\nReceived: 28\nReceived: 29\nReceived: 30\nReceived: 31\nFrom: a@a.example\n\nHello\n" at "Received: 31";
    TRACE_BELOW = "received-below-other-fields" Info Style, "RFC 5321 section 4.4",
        "Every server writes its Received on top of the message: one below other fields was put there by something else.",
        pass "Received: from a.example by b.example; Tue, 3 Mar 2026 10:00:00 +0000\nFrom: a@a.example\n\nHello\n",
        fail "From: a@a.example\nReceived: from a.example by b.example; Tue, 3 Mar 2026 10:00:00 +0000\n\nHello\n" at "Received";
    SHOUTING = "subject-all-capitals" Info MayBeFiltered, "RFC 5322 section 3.6.5",
        "A Subject in capitals only is read as shouting, and counted as spam.",
        pass "Subject: Lunch is ready for everyone\n\nHello\n",
        fail "Subject: LUNCH IS READY FOR EVERYONE\n\nHello\n" at "LUNCH IS READY FOR EVERYONE";
    FALSE_REPLY = "subject-false-reply" Warning MayBeFiltered, "RFC 5322 section 3.6.5",
        "A Subject begins with Re: in replies, which name in In-Reply-To or References what they answer.",
        pass "Subject: Re: Lunch\nIn-Reply-To: <1@b.example>\n\nHello\n",
        fail "Subject: Re: Lunch\n\nHello\n" at "Re:";
    URGENT = "priority-urgent" Info MayBeFiltered, "RFC 4021 section 2.1",
        "Everything is urgent to its sender: filters count it against a message that says so itself.",
        pass "Subject: Lunch\n\nHello\n",
        fail "Subject: Lunch\nX-Priority: 1 (Highest)\n\nHello\n" at "1 (Highest)";
}

const ONCE: &str = "Date From Sender Reply-To To Cc Bcc Message-ID In-Reply-To References Subject";
const MIME: &str = "MIME-Version Content-Type Content-Transfer-Encoding Content-ID Content-Description \
    Content-Disposition";
const NOT_EMPTY: &str = "Date From Sender Reply-To To Cc Message-ID In-Reply-To References Content-Type \
    Content-Transfer-Encoding Content-Disposition Content-ID MIME-Version";
const OBSOLETE_FIELDS: &str = "Errors-To Apparently-To Encrypted Return-Receipt-To Content-Length Lines \
    Mail-System-Version X400-Received Generate-Delivery-Report Prevent-NonDelivery-Report";
const OF_A_MAILBOX: &str = "Status X-Status X-Mozilla-Status X-Mozilla-Status2 X-Mozilla-Keys X-UID X-UIDL X-Keywords \
    X-IMAP X-IMAPbase X-Gmail-Labels X-GM-THRID";
/// The least that servers in use bound hops to.
const HOPS: usize = 30;

fn check(checker: &mut Checker) {
    let message = checker.message;
    let top = checker.top();
    for (name, rule) in [
        ("date", &MISSING_DATE),
        ("from", &MISSING_FROM),
        ("message-id", &MISSING_MESSAGE_ID),
        ("subject", &MISSING_SUBJECT),
    ] {
        if checker.field(name).is_none() {
            checker.add(rule, top.clone());
        }
    }
    if ["to", "cc", "bcc"].iter().all(|name| checker.field(name).is_none()) {
        checker.add(&NO_RECIPIENT, top);
    }
    each(checker);
    mime(checker);
    subject(checker);
    let resent = message.parts()[0].fields.iter().find(|field| holds(message.name_of(field), "resent-"));
    if let Some(resent) = resent
        && (checker.field("resent-from").is_none() || checker.field("resent-date").is_none())
    {
        checker.add(&RESENT, resent.name.clone());
    }
    if let Some(field) = checker.fields("received").get(HOPS) {
        checker.add(&LOOP, field.span.start..field.body.end);
    }
    for name in ["x-priority", "importance", "priority", "x-msmail-priority"] {
        let Some(field) = checker.field(name) else { continue };
        let value = checker.value(field);
        let text = &checker.octets[value.clone()];
        if matches!(text.first(), Some(b'1' | b'2'))
            || ["high", "urgent"].iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
        {
            checker.add(&URGENT, value);
            break;
        }
    }
}

/// What can be said of each field by its name alone.
fn each(checker: &mut Checker) {
    let message = checker.message;
    // A message that was received has one.
    let received = checker.field("received").is_some();
    for part in message.parts() {
        let is_message = part.number == 0;
        let once = if is_message { [ONCE, MIME] } else { ["", MIME] };
        let mut seen: [[Option<&Field>; 12]; 2] = [[None; 12]; 2];
        let mut below = false;
        for field in &part.fields {
            let name = from_utf8(message.name_of(field)).unwrap_or_default();
            for (list, (names, seen)) in once.iter().zip(&mut seen).enumerate() {
                let Some(place) = names.split(' ').position(|known| known.eq_ignore_ascii_case(name)) else {
                    continue;
                };
                match &seen[place] {
                    Some(first) if !name.is_empty() => {
                        let same = message.body_of(first) == message.body_of(field);
                        let edit = same.then(|| Edit::new(field.span.clone(), ""));
                        let rule = if list == 0 { &DUPLICATE } else { &MIME_DUPLICATE };
                        checker.maybe(rule, field.span.start..field.body.end, "Remove the second one", edit);
                    }
                    _ => seen[place] = Some(field),
                }
            }
            if !is_message || name.is_empty() {
                continue;
            }
            if listed(NOT_EMPTY, name) && message.body_of(field).trim_ascii().is_empty() {
                checker.remove(&EMPTY, field);
            }
            if listed(OBSOLETE_FIELDS, name) {
                checker.remove(&OBSOLETE, field);
            } else if listed(OF_A_MAILBOX, name) {
                checker.remove(&LEFT_BEHIND, field);
            } else if !received && name.eq_ignore_ascii_case("return-path") {
                checker.remove(&RETURN_PATH, field);
            }
            if listed("From Subject To Date", name) {
                below = true;
            } else if below && name.eq_ignore_ascii_case("received") {
                checker.add(&TRACE_BELOW, field.name.clone());
            }
        }
    }
}

fn mime(checker: &mut Checker) {
    let message = checker.message;
    match checker.field("mime-version") {
        None => {
            let is_mime = |name: &[u8]| {
                ["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
            };
            let field = message.parts()[0].fields.iter().find(|field| is_mime(message.name_of(field)));
            if let Some(field) = field {
                let edit = Edit::new(field.span.start..field.span.start, "MIME-Version: 1.0\r\n");
                checker.mend(&NO_MIME_VERSION, field.name.clone(), "Add MIME-Version", edit);
            }
        }
        Some(field) => {
            let value = checker.value(field);
            let text = &checker.octets[value.clone()];
            // There may be comments.
            if text.first() != Some(&b'(') && !is_version(text) {
                checker.mend(&MIME_VERSION, value.clone(), "Write 1.0", Edit::new(value, "1.0"));
            }
        }
    }
}

fn is_version(text: &[u8]) -> bool {
    let end = text.iter().position(|octet| *octet == b'(').unwrap_or(text.len());
    text[..end].iter().filter(|octet| !octet.is_ascii_whitespace()).eq(b"1.0")
}

fn subject(checker: &mut Checker) {
    let Some(field) = checker.field("subject") else { return };
    let value = checker.value(field);
    let text = checker.message.text_of(field);
    if text.is_empty() {
        checker.add(&EMPTY_SUBJECT, value);
        return;
    }
    let capitals = text.bytes().filter(u8::is_ascii_uppercase).count();
    if capitals >= 10
        && text.contains(' ')
        && text.bytes().all(|octet| octet.is_ascii() && !octet.is_ascii_lowercase())
    {
        checker.add(&SHOUTING, value.clone());
    }
    let reply = text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if reply && checker.field("in-reply-to").is_none() && checker.field("references").is_none() {
        let span = if checker.octets[value.clone()].starts_with(b"=?") {
            value
        } else {
            value.start..value.start + 3
        };
        checker.add(&FALSE_REPLY, span);
    }
}
