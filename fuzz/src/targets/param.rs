//! Parameters of MAIL and RCPT (RFC 5321 section 4.1.2): kept as they were written, known or not.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::address::Limits;
use edgepost::wire::command::Command;
use edgepost::wire::param::{Param, Params, size_value};

use super::command;

pub fn run(octets: &[u8]) {
    if let Ok((keyword, value)) = <(&str, Option<&str>)>::arbitrary_take_rest(Unstructured::new(octets))
        && let Ok(param) = Param::new(keyword, value)
    {
        check(param);
        assert_eq!((param.keyword(), param.value()), (keyword, value));
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        parse(text);
    }
    let mut u = Unstructured::new(octets);
    if let Ok(params) = u.arbitrary().and_then(|utf8| command::params(&mut u, utf8)) {
        params.iter().for_each(check);
    }
}

fn parse(text: &str) {
    let line = format!("MAIL FROM:<> {text}");
    if let Ok(Command::Mail { params, .. }) = Command::parse(line.as_bytes(), &Limits::default()) {
        params.iter().for_each(check);
        assert_eq!(parsed(&params.to_string()), Some(params));
    }
    if let Some(size) = size_value(text) {
        let digits = text.trim_start_matches('0');
        assert!(size == u64::MAX || size.to_string() == digits || (size == 0 && digits.is_empty()));
    }
}

fn check(param: Param<'_>) {
    let text = param.to_string();
    assert!(!text.contains(char::is_control) && !text.contains(' '), "{text:?}");
    let params = parsed(&format!(" {text}")).expect("what is written reads back");
    assert_eq!(params.iter().collect::<Vec<_>>(), [param]);
    assert_eq!(params.find(&param.keyword().to_ascii_lowercase()), Some(param));
}

fn parsed(text: &str) -> Option<Params> {
    match Command::parse(format!("RCPT TO:<a@b>{text}").as_bytes(), &Limits::default()) {
        Ok(Command::Rcpt { params, .. }) => Some(params),
        _ => None,
    }
}
