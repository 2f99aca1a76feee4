//! Every rule against its examples, and what is true of all findings.

use super::*;
use crate::message::base64;
use std::collections::BTreeSet;
use std::string::{String, ToString};
use std::{format, vec};

fn named(octets: &[u8], rule: &str) -> Vec<Diagnostic> {
    check(octets).into_iter().filter(|found| found.rule.name == rule).collect()
}

fn show(octets: &[u8]) -> String {
    octets.escape_ascii().to_string()
}

#[test]
fn every_rule_has_its_examples_and_they_are_right() {
    let mut wrong = vec![];
    for (rule, example) in rules().zip(examples()) {
        assert_eq!(rule.name, example.rule);
        let pass = Example::octets(example.pass);
        if let Some(found) = named(&pass, rule.name).first() {
            wrong.push(format!(
                "{} is found in its passing example, at {:?}",
                rule.name,
                show(&pass[found.span.clone()])
            ));
        }
        let fail = Example::octets(example.fail);
        let found = named(&fail, rule.name);
        let at = Example::octets(example.at);
        let spans: Vec<_> = found.iter().map(|found| show(&fail[found.span.clone()])).collect();
        if !spans.contains(&show(&at)) {
            wrong.push(format!("{} is found at {spans:?}, not at {:?}", rule.name, show(&at)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rules().count(), examples().count());
}

#[test]
fn rules_have_names_reasons_and_references() {
    let mut names = BTreeSet::new();
    for rule in rules() {
        assert!(names.insert(rule.name), "{}", rule.name);
        assert!(
            rule.name
                .bytes()
                .all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-')
        );
        assert!(rule.summary.ends_with('.'), "{}", rule.name);
        assert!(!rule.reference.is_empty());
        assert!(rule.severity != Severity::Info || rule.group != Group::WillBeRefused, "{}", rule.name);
    }
    assert!(names.len() >= 80, "{}", names.len());
}

/// What must be true of all findings in any octets.
fn holds_for(octets: &[u8]) {
    let found = check(octets);
    for found in &found {
        assert!(found.span.start <= found.span.end && found.span.end <= octets.len(), "{found:?}");
        let before = &octets[..found.span.start];
        assert_eq!(found.line, before.iter().filter(|octet| **octet == b'\n').count() + 1);
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            assert!(edit.span.start <= edit.span.end && edit.span.end <= octets.len(), "{found:?}");
        }
    }
    // Fixes of different rules may be in each other's way once or twice.
    let mut mended = octets.to_vec();
    for round in 0.. {
        let found = check(&mended);
        let next = apply(&mended, &found);
        if next == mended {
            assert!(found.iter().all(|found| found.fix.is_none()), "{:?}\n{found:#?}", show(&mended));
            break;
        }
        assert!(round < 12, "{}\n{}\n{found:#?}", show(&mended), show(&next));
        mended = next;
    }
}

#[test]
fn fixes_mend_what_they_are_for() {
    for example in examples() {
        let fail = Example::octets(example.fail);
        holds_for(&fail);
        holds_for(&Example::octets(example.pass));
        let found = named(&fail, example.rule);
        if found.iter().any(|found| found.fix.is_some()) {
            let mended = apply(&fail, &found);
            assert!(
                named(&mended, example.rule).iter().all(|found| found.fix.is_none()),
                "{}: {}",
                example.rule,
                show(&mended)
            );
            assert_eq!(apply(&mended, &named(&mended, example.rule)), mended);
        }
    }
}

#[test]
fn ten_thousand_of_a_kind_are_a_hundred_findings_and_one_fix() {
    let octets = format!("Subject: x\r\n\r\n{}", "x\n".repeat(10_000)).into_bytes();
    let found = named(&octets, "bare-lf");
    assert_eq!(found.len(), FINDINGS);
    assert!(found[FINDINGS - 1].message.ends_with("(and 9900 more)."), "{}", found[FINDINGS - 1].message);
    let mended = apply(&octets, &found);
    assert_eq!(mended, format!("Subject: x\r\n\r\n{}", "x\r\n".repeat(10_000)).into_bytes());
}

#[test]
fn lines_and_columns_are_of_octets() {
    let octets = "Subject: x\r\n\r\né a\u{8}b\ncd".as_bytes();
    let found = named(octets, "bare-lf");
    assert_eq!((found[0].line, found[0].column), (3, 7));
    let found = named(octets, "no-final-line-end");
    assert_eq!((found[0].line, found[0].column), (4, 2));
}

/// What is near to a message, and broken anywhere.
#[test]
fn noise_is_checked_without_panic() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let texts: Vec<_> = examples()
        .flat_map(|example| [example.fail, example.pass])
        .map(Example::octets)
        .filter(|octets| octets.len() < 2000)
        .collect();
    for _ in 0..4000 {
        let mut octets = texts[random(texts.len())].clone();
        for _ in 0..random(6) {
            let at = random(octets.len() + 1);
            match random(5) {
                0 => octets.truncate(at),
                1 => octets.insert(at, b"\r\n\0 <>@\"=?:;,()[]%-\xFFa"[random(21)]),
                2 if at < octets.len() => drop(octets.remove(at)),
                3 if at < octets.len() => octets[at] = random(256) as u8,
                _ => {
                    let other = &texts[random(texts.len())];
                    let from = random(other.len() + 1);
                    let piece = &other[from..(from + random(40)).min(other.len())];
                    octets.splice(at..at, piece.iter().copied());
                }
            }
        }
        holds_for(&octets);
    }
}

#[test]
fn places_in_encoded_html_are_those_of_the_encoded_octets() {
    let link = "<p>Grüße</p>\r\n<a href=\"http://192.0.2.7/\">x</a>\r\n";
    let head = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: ";
    let mut encoded = vec![];
    base64::encode(link.as_bytes(), &mut encoded);
    let octets = [head.as_bytes(), b"base64\r\n\r\n", &encoded].concat();
    let found = named(&octets, "html-link-to-address");
    let mut letters = vec![];
    base64::encode(&link.as_bytes()[..link.find("http:").unwrap()], &mut letters);
    let body = octets.len() - encoded.len();
    assert!(found[0].span.start.abs_diff(body + letters.len() - 2) < 4, "{found:?}");
    assert!((23..=24).contains(&found[0].span.len()), "{found:?}");

    let body = "<p>Gr=C3=BC=C3=9Fe</p>=\r\n<b></b><a href=3D\"http://192.0.2.7/\">x</a>\r\n";
    let octets = [head, "quoted-printable\r\n\r\n", body].concat();
    let found = named(octets.as_bytes(), "html-link-to-address");
    assert_eq!(&octets[found[0].span.clone()], "http://192.0.2.7/");
    assert_eq!((found[0].line, found[0].column), (6, 19));
}

#[test]
fn what_compose_makes_has_no_errors() {
    use crate::message::address::Address;
    use crate::message::build::Text;
    use crate::wire::address::Mailbox;
    let mailbox = |text| Mailbox::parse(text).unwrap();
    for (name, subject, text) in [
        ("Alice", "Lunch", "At one?\n"),
        ("Alice B. Carol, \"the\" boss", "Déjeuner à une heure ?", "Déjà vu\n".repeat(40).as_str()),
        ("Алиса", "=?utf-8?Q?x?=", "From me\n.\n..\n= \n"),
        (" ボブ@日本 ", "日本語の長い件名".repeat(20).as_str(), &"x".repeat(3000)),
        ("", "x y ".repeat(100).trim_end(), "a\r\n b \t\n"),
    ] {
        let from = Address::named(name, mailbox("alice@mail.example.org"));
        let written = Text {
            to: vec![from.clone(), mailbox("bob@example.net").into()],
            cc: vec![mailbox("carol@example.com").into()],
            subject: subject.into(),
            text: text.into(),
            date: 1_772_532_000_000,
            ..Text::new(from, "1.2@mail.example.org")
        };
        let octets = written.write().unwrap();
        let errors: Vec<_> =
            check(&octets).into_iter().filter(|found| found.rule.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{}", String::from_utf8_lossy(&octets));
    }
}

#[test]
fn plain_good_mail_has_no_findings() {
    let octets = Example::octets(
        "Received: from mail.example.org (mail.example.org [192.0.2.1])\n by mx.example.net with ESMTPS id 4X; Tue, 3 Mar 2026 10:00:02 +0000\n\
        DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k; h=from:to:subject:date;\n bh=x; b=x\n\
        From: \"Alice B. Carol\" <alice@example.org>\nTo: =?utf-8?Q?Ren=C3=A9?= <rene@example.net>, (a comment) dan@example.net\n\
        Subject: Re: =?utf-8?Q?D=C3=A9jeuner?=\nDate: Tue, 3 Mar 2026 11:00:00 +0100 (CET)\nMessage-ID: <1.2@example.org>\n\
        In-Reply-To: <3@example.net>\nReferences: <2@example.net>\n <3@example.net>\nMIME-Version: 1.0\n\
        Content-Type: multipart/mixed; boundary=\"=_a\"\n\nThis is a message of several parts.\n--=_a\n\
        Content-Type: multipart/alternative; boundary=\"=_b\"\n\n--=_b\nContent-Type: text/plain; charset=utf-8; format=flowed\n\
        Content-Transfer-Encoding: quoted-printable\n\nD=C3=A9jeuner =\nat one?\n--=_b\n\
        Content-Type: text/html; charset=\"utf-8\"\nContent-Transfer-Encoding: quoted-printable\n\n\
        <html lang=3D\"en\"><p>D=C3=A9jeuner at one? <a href=3D\"https://example.org/map\">example.org/map</a></p></html>\n--=_b--\n\n--=_a\n\
        Content-Type: application/pdf; name=\"menu.pdf\"\nContent-Disposition: attachment; filename=\"menu.pdf\"\n\
        Content-Transfer-Encoding: base64\n\nJVBERi0xLjcK\n--=_a--\n",
    );
    let found = check(&octets);
    assert!(found.iter().all(|found| found.rule.name == "quoted-printable-line-over-76"), "{found:#?}");
}
