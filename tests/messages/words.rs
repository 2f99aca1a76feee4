//! Encoded words (RFC 2047).

use edgepost::message::charset::Charsets;
use edgepost::message::word;
use serde_json::Value;

use crate::cases::{cases, list_of, text_of};
use crate::{Listed, judge};

// covers: RFC 2047 section 2 both
#[test]
fn what_a_standard_library_decodes() {
    let result = |case: &Value| {
        let values: Vec<&str> =
            list_of(case, "vals").iter().map(|value| value.as_str().unwrap_or_default()).collect();
        let (input, expected) = match (text_of(case, "kind"), &*values) {
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
    judge(listed, cases.iter().map(|case| (text_of(case, "id").to_string(), result(case))));
}
