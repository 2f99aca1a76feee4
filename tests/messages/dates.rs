//! Dates (RFC 5322 sections 3.3 and 4.3).

use edgepost::message::date::{Date, Read, Reading};
use serde_json::Value;

use crate::cases::{cases, text_of};
use crate::{Listed, judge};

const ALL: Reading = Reading { obsolete: true, utf8: true };

#[test]
fn what_a_library_for_mail_makes_of_dates() {
    let listed: Listed = &[
        ("mimekit-date-13", "an offset of 22 hours is one (RFC 5322 section 3.3)"),
        ("mimekit-date-43", "a second 60 is the last of its minute, where leap seconds are not counted"),
    ];
    let result = |case: &Value| {
        let (text, expected) = (text_of(case, "input"), text_of(case, "expect"));
        let expected = Date::parse(expected, ALL).map_err(|error| format!("{expected}: {error}"))?;
        let read = Date::read(text.as_bytes());
        let same = |read: &Read| {
            read.unix == expected.unix
                && read.offset.unwrap_or_default() == expected.offset.unwrap_or_default()
        };
        if read.as_ref().is_some_and(same) {
            Ok(())
        } else {
            Err(format!("{text}: {read:?}, not {expected:?}"))
        }
    };
    let cases = cases("mimekit-dates/cases.jsonl");
    judge(listed, cases.iter().map(|case| (text_of(case, "id").to_string(), result(case))));
}

#[test]
fn what_a_standard_library_says_of_dates() {
    // These have no names: the text is one.
    let listed: Listed = &[
        (
            "Fri, 21 Nov 1997 09:55:06           CST (no leading FWS and a trailing CRLF) \r\n",
            "a line end is no part of a date",
        ),
        ("Fri, 21 Nov 199\r\n7  09:55:06 -0600    \r\n (thisisa(valid)cfws)   \t ", "a fold is white space"),
        (
            "Fri, 21 Nov () 1997 09:55:06 -0600    \r\n (thisisa(valid)cfws)   \t ",
            "obs-year of RFC 5322 section 4.3 has CFWS",
        ),
        ("Thu, 21 May 2020 14:04:40 UTC", "the grammar knows UT and GMT; only the lenient reader takes UTC"),
    ];
    let result = |case: &Value| {
        let text = text_of(case, "input");
        let valid = case["valid"] != false;
        match Date::parse(text, ALL) {
            Ok(read) if valid && Date::read(text.as_bytes()) != Some(read) => {
                Err(format!("{read:?} and leniently {:?}", Date::read(text.as_bytes())))
            }
            Ok(read) if !valid => Err(format!("{read:?}")),
            Err(error) if valid => Err(error.to_string()),
            _ => Ok(()),
        }
    };
    let cases = cases("netmail/dates.jsonl");
    judge(listed, cases.iter().map(|case| (text_of(case, "input").to_string(), result(case))));
}
