//! Bounces of the sisimai project (tests/vectors/bounce-sisimai), read as reports and compared with what that project reads.
//!
//! Its statuses `x.0.9xx` are of its own making, and its reasons are other words than ours: what is compared is how many
//! recipients there are, the first digit of the status, the reply code, and whether the address is bad for good.

use std::collections::BTreeSet;
use std::fs;

use edgepost::message::parse::Message;
use edgepost::message::report::{Cause, Kind, Report, report};
use serde_json::Value;

use crate::cases::{cases, list_of, text_of};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/bounce-sisimai");

/// One mail, and what is expected of each recipient.
struct Case {
    id: String,
    octets: Vec<u8>,
    expect: Vec<Expected>,
}

struct Expected {
    status: String,
    reply: String,
    reason: String,
    hard: bool,
}

fn all() -> Vec<Case> {
    let expected = |expected: &Value| Expected {
        status: text_of(expected, "status").into(),
        reply: text_of(expected, "replycode").into(),
        reason: text_of(expected, "reason").into(),
        hard: expected["hardbounce"] == true,
    };
    let read = |case: &Value| Case {
        id: text_of(case, "id").into(),
        octets: fs::read(format!("{FOLDER}/{}", text_of(case, "file"))).expect("a mail"),
        expect: list_of(case, "expect").iter().map(expected).collect(),
    };
    cases("bounce-sisimai/cases.jsonl").iter().map(read).collect()
}

/// How many of how many, and which not.
#[derive(Default)]
struct Score {
    right: usize,
    of: usize,
    misses: BTreeSet<String>,
}

impl Score {
    fn count(&mut self, id: &str, right: bool) {
        self.of += 1;
        if right {
            self.right += 1;
        } else {
            self.misses.insert(id.into());
        }
    }

    fn at_least(&self, what: &str, floor: usize) {
        let misses: Vec<_> = self.misses.iter().map(String::as_str).collect();
        println!("{what}: {} of {}; not {}", self.right, self.of, misses.join(" "));
        assert!(self.right >= floor, "{what}: {} of {}, floor {floor}", self.right, self.of);
    }
}

/// Our words for the project's reasons, as far as they mean the same.
fn causes(reason: &str) -> &'static [Cause] {
    use Cause::*;
    match reason {
        "userunknown" => &[NoSuchUser],
        "filtered" => &[NoSuchUser, Policy],
        "mailboxfull" => &[MailboxFull],
        "hostunknown" => &[HostUnknown],
        "notaccept" => &[NoMail],
        "hasmoved" => &[Moved],
        "suspend" => &[Suspended],
        "expired" => &[Expired, Network],
        "networkerror" => &[Network, HostUnknown],
        "blocked" | "badreputation" | "requireptr" => &[Blocked, RateLimited],
        "authfailure" => &[Authentication],
        "norelaying" => &[Relay],
        "spamdetected" => &[Spam, Content],
        "virusdetected" => &[Virus],
        "mesgtoobig" | "exceedlimit" => &[TooLarge],
        "toomanyconn" | "speeding" => &[RateLimited],
        "contenterror" | "notcompliantrfc" => &[Content],
        "rejected" => &[Sender, Policy],
        "policyviolation" | "securityerror" | "failedstarttls" => &[Policy, Relay, Content, Network],
        "systemerror" | "mailererror" => &[System],
        _ => &[Unknown],
    }
}

fn read(case: &Case) -> Option<Report> {
    report(&Message::parse(&case.octets))
}

// covers: RFC 3464 both
// covers: RFC 5965 both
#[test]
fn bounces_are_read_as_well_as_the_best_do() {
    let [mut count, mut digit, mut reply, mut hard, mut cause] = [(); 5].map(|()| Score::default());
    for case in all() {
        let report = read(&case);
        let recipients = report.as_ref().map(|report| &report.recipients[..]).unwrap_or_default();
        // An automatic answer is no report.
        let expected = &case.expect[..];
        let expected = if expected[0].reason == "vacation" { &[] } else { expected };
        count.count(&case.id, recipients.len() == expected.len());
        for (at, expected) in expected.iter().enumerate() {
            let Some(recipient) = recipients.get(at) else {
                digit.count(&case.id, false);
                continue;
            };
            if expected.reason == "feedback" {
                let is_complaint = report.as_ref().is_some_and(|report| report.kind == Kind::Complaint);
                digit.count(&case.id, is_complaint && recipient.status.is_none());
                continue;
            }
            let class = recipient.status.map(|status| status.class.to_string()).unwrap_or_default();
            digit.count(&case.id, expected.status.starts_with(&class) && !class.is_empty());
            if !expected.reply.is_empty() {
                let code = recipient.reply_code.map(|code| code.to_string());
                reply.count(&case.id, code.as_deref() == Some(&expected.reply));
            }
            hard.count(&case.id, (recipient.hard == Some(true)) == expected.hard);
            if expected.reason != "delivered" {
                let right = causes(&expected.reason).contains(&recipient.cause);
                let miss = format!("{}:{}:{}", case.id, expected.reason, recipient.cause.name());
                cause.count(&miss, right);
            }
        }
    }
    count.at_least("recipients", 185);
    digit.at_least("first digit", 192);
    reply.at_least("reply code", 133);
    hard.at_least("hard or soft", 167);
    cause.at_least("cause", 171);
}
