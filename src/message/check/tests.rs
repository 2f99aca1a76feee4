//! Every rule against its examples, and what is true of all findings.

use super::*;
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
