//! Addresses and lists of them (RFC 5322 section 3.4).

use edgepost::message::address::{AddrSpec, Entry, Found, Reading, parse_list, read_list};
use edgepost::message::charset::Charsets;
use serde_json::{Value, json};

use crate::cases::{cases, list_of, text_of};
use crate::{Listed, judge};

const OBSOLETE: Reading = Reading { obsolete: true, utf8: false };
const ALL: Reading = Reading { obsolete: true, utf8: true };

// covers: RFC 5322 section 3.4.1 both
// covers: RFC 5322 section 4.4 both
#[test]
fn is_email_read_as_rfc_5322() {
    judge(
        &[],
        cases("isemail/cases.jsonl").iter().map(|case| {
            let valid = text_of(case, "category") != "ISEMAIL_ERR";
            let result = match AddrSpec::parse(text_of(case, "input"), OBSOLETE) {
                Ok(found) if !valid => Err(format!("{:?} is {found:?}", text_of(case, "input"))),
                Err(error) if valid => Err(format!("{:?}: {error}", text_of(case, "input"))),
                _ => Ok(()),
            };
            (text_of(case, "id").to_string(), result)
        }),
    );
}

/// Name and address, empty if there is none.
fn pair(found: &Found) -> (&str, &str) {
    (found.name.as_deref().unwrap_or_default(), found.address.as_deref().unwrap_or_default())
}

fn expected(case: &Value) -> (&str, &str) {
    (text_of(case, "name"), text_of(case, "address"))
}

fn same(entry: &Entry, case: &Value) -> bool {
    match (entry, case.get("group")) {
        (Entry::Mailbox(found), None) => pair(found) == expected(case),
        (Entry::Group { name, members, .. }, Some(_)) => {
            name == text_of(case, "name")
                && members.iter().map(pair).eq(list_of(case, "group").iter().map(expected))
        }
        _ => false,
    }
}

fn flat(entries: Vec<Entry>) -> Vec<Entry> {
    let members = |entry| match entry {
        Entry::Group { members, .. } => members,
        Entry::Mailbox(found) => vec![found],
    };
    entries.into_iter().flat_map(members).map(Entry::Mailbox).collect()
}

/// All but these; none of them is pinned by that project's own tests.
const NODEMAILER: Listed = &[
    ("nodemailer-50", "comments are nested (RFC 5322 section 3.2.2)"),
    ("nodemailer-60", "a bracket too many is no name"),
    ("nodemailer-90", "groups in groups are flattened here, however deep they are"),
    ("nodemailer-91", "as 90"),
    ("nodemailer-92", "as 90"),
    ("nodemailer-93", "as 90"),
    ("nodemailer-95", "as 90"),
];

#[test]
fn what_a_mailer_in_javascript_reads() {
    judge(
        NODEMAILER,
        cases("nodemailer/cases.jsonl").iter().map(|case| {
            let mut list = read_list(text_of(case, "input").as_bytes(), &Charsets::default());
            if case["options"]["flatten"] == true {
                list = flat(list);
            }
            let expected = list_of(case, "expect");
            let right = list.len() == expected.len()
                && list.iter().zip(expected).all(|(entry, case)| same(entry, case));
            let result = if right {
                Ok(())
            } else {
                Err(format!("{}\n  {list:?}\n  {expected:?}", text_of(case, "input")))
            };
            (text_of(case, "id").to_string(), result)
        }),
    );
}

const NETMAIL: Listed = &[
    ("go-TestAddressParsing-4", "a comment is no part of a display name (RFC 5322 section 3.2.2)"),
    ("go-TestAddressParsing-5", "\"@\" is no atext; only the lenient reader takes it"),
    (
        "go-TestAddressParsing-28",
        "without another name, the lenient reader takes a comment behind brackets for it",
    ),
    ("go-TestAddressParsing-29", "as 28"),
    ("go-err-48", "a charset that nobody knows leaves the encoded word as it is (RFC 2047 section 6.2)"),
    ("go-err-50", "the octets that are no UTF-8 did not get into the vector"),
    ("go-err-51", "as 50"),
    ("go-err-54", "obs-qp of RFC 5322 section 4.1 has NUL"),
    ("go-err-59", "a group may be empty (RFC 5322 section 3.4)"),
    ("go-err-62", "a group is one address of a list (RFC 5322 section 3.4)"),
    ("go-bad-109", "a quoted string may be empty (RFC 5322 section 3.2.4)"),
];

#[test]
fn what_a_standard_library_reads() {
    let result = |case: &Value| {
        let input = text_of(case, "input");
        let strict = parse_list(input, ALL, &Charsets::BUILT_IN);
        if case["valid"] != true {
            return match strict {
                Ok(list) if list.len() == 1 => Err(format!("{input:?} is {list:?}")),
                _ => Ok(()),
            };
        }
        let strict = flat(strict.map_err(|error| format!("{input:?}: {error}"))?);
        let lenient = flat(read_list(input.as_bytes(), &Charsets::BUILT_IN));
        let roundtrip = json!({ "address": text_of(case, "roundtrip").trim_matches(['<', '>']) });
        let expected =
            if text_of(case, "roundtrip").is_empty() { list_of(case, "expect") } else { &[roundtrip] };
        for (how, list) in [("strictly", strict), ("leniently", lenient)] {
            if list.len() != expected.len()
                || !list.iter().zip(expected).all(|(entry, case)| same(entry, case))
            {
                return Err(format!("{how} {input:?}\n  {list:?}\n  {expected:?}"));
            }
        }
        Ok(())
    };
    let cases = cases("netmail/cases.jsonl");
    let read = cases.iter().filter(|case| text_of(case, "kind") != "format");
    judge(NETMAIL, read.map(|case| (text_of(case, "id").to_string(), result(case))));
}

/// Its own judgement of what is not valid is stricter than any grammar: about names of hosts, lengths and scripts.
#[test]
fn what_a_validator_accepts() {
    let valid = [
        "test_email_valid",
        "test_email_valid_intl_local_part",
        "test_email_valid_only_if_quoted_local_part",
    ];
    let reading = Reading { utf8: true, ..Reading::default() };
    let result = |case: &Value| {
        let list = parse_list(text_of(case, "email_input"), reading, &Charsets::BUILT_IN);
        match list.as_deref() {
            Ok([Entry::Mailbox(_)]) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    };
    let cases = cases("email-validator/cases.jsonl");
    let cases = cases.iter().filter(|case| valid.contains(&text_of(case, "test")));
    judge(&[], cases.map(|case| (text_of(case, "id").to_string(), result(case))));
}
