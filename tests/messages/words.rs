//! Encoded words (RFC 2047).

use edgepost::message::charset::Charsets;
use edgepost::message::word;

use crate::json::{Json, cases};
use crate::{Listed, judge};

// covers: RFC 2047 section 2 both
#[test]
fn what_a_standard_library_decodes() {
    let result = |case: &Json| {
        let values: Vec<&str> = case.list("vals").iter().map(Json::as_text).collect();
        let (input, expected) = match (case.text("kind"), &*values) {
            // What that library writes must read back.
            ("encode", [_, _, text, written]) => (*written, *text),
            ("decode-word", [word, text, "false"]) | ("decode-header", [word, text]) => (*word, *text),
            ("decode-word", [word, _, "true"]) => (*word, *word),
            _ => return Ok(()),
        };
        let decoded = word::decode(input.as_bytes(), &Charsets::BUILT_IN);
        if decoded == expected { Ok(()) } else { Err(format!("{input:?} is {decoded:?}, not {expected:?}")) }
    };
    let cases = cases("rfc2047/cases.jsonl");
    let listed: Listed = &[(
        "go-TestEncodeWord-2",
        "octets of UTF-8 that are labelled ISO-8859-1: the encoder is not told of it",
    )];
    judge(listed, cases.iter().map(|case| (case.text("id").to_string(), result(case))));
}
