//! The reply to EHLO (RFC 5321 section 4.1.1.1): what is offered survives being written, and nothing is made up.

use edgepost::wire::ehlo::{Capabilities, Capability};
use edgepost::wire::reply::{Assembler, Reply};

use super::reply::reparsed;
use crate::cuts::lines;

pub fn run(octets: &[u8]) {
    let mut assembler = Assembler::default();
    for line in lines(octets) {
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        match assembler.push(line, 1 << 16) {
            Ok(Some(reply)) => check_read(&reply),
            Ok(None) => {}
            Err(_) => assembler = Assembler::default(),
        }
    }
    let built = Reply::new(250, None, &String::from_utf8_lossy(octets));
    check(&built);
    // A text that begins with an enhanced code is read as one: lines may lose theirs then, but only once.
    let read = reparsed(&built);
    assert!(read.enhanced().is_some() || read == built, "what is built without a code reads back equal");
    check_read(&read);
}

fn check_read(reply: &Reply) {
    check(reply);
    let again = Capabilities::parse(&reparsed(reply));
    assert_eq!(Capabilities::parse(reply), again, "what parses re-parses equal");
}

fn check(reply: &Reply) {
    let offered = Capabilities::parse(reply);
    assert!(offered.iter().count() < reply.lines().count(), "the first line is the server's name");
    for capability in offered.iter() {
        check_one(capability);
        assert!(offered.has(capability.keyword()));
        let first = offered.find(capability.keyword()).expect("there");
        let position = |wanted| offered.iter().position(|capability| capability == wanted);
        assert!(position(first) <= position(capability), "of two, the first counts");
    }
    assert!(offered.size() != Some(0));
    let _ = (
        offered.limits(),
        offered.deliver_by(),
        offered.future_release(),
        offered.priorities(),
        offered.burl(),
    );
    assert!(offered.no_soliciting().is_none_or(|keywords| keywords.count() < 1 << 16));
    for mechanism in offered.mechanisms() {
        assert!(!mechanism.is_empty() && !mechanism.contains(|c: char| c.is_ascii_whitespace()));
    }
}

fn check_one(capability: Capability<'_>) {
    let keyword = capability.keyword();
    assert!(keyword.starts_with(|c: char| c.is_ascii_alphanumeric()), "{keyword}");
    assert!(keyword.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-'), "{keyword}");
    let mut line = format!("mx\n{keyword}");
    for parameter in capability.parameters() {
        assert!(!parameter.is_empty() && !parameter.contains([' ', '\t', '\r', '\n']));
        line.push(' ');
        line.push_str(parameter);
    }
    let again = Capabilities::parse(&Reply::new(250, None, &line));
    // A longer line is folded.
    assert!(line.len() > 400 || again.iter().eq([capability]), "what parses re-parses equal");
}
