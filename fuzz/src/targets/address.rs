//! Mailboxes, paths and host names (RFC 5321 section 4.1.2, RFC 6531 section 3.3).

use arbitrary::Unstructured;
use edgepost::wire::address::{ForwardPath, HostName, Limits, Mailbox, ReversePath};
use edgepost::wire::command::Command;

use crate::grammar;

pub fn run(octets: &[u8]) {
    if let Ok(text) = std::str::from_utf8(octets) {
        parse(text);
    }
    let _ = build(&mut Unstructured::new(octets));
}

fn parse(text: &str) {
    match Mailbox::parse(text) {
        Ok(mailbox) => check(&mailbox, text),
        Err(error) => assert!(error.at <= text.len(), "{error}"),
    }
    if let Ok(path) = ReversePath::parse(text) {
        assert_eq!(path.as_str(), text);
    }
    if let Ok(path) = ForwardPath::parse(text) {
        assert!(!is_option(text));
        assert!(path.as_str().eq_ignore_ascii_case(text));
    }
    match HostName::parse(text) {
        Ok(name) => {
            assert_eq!(name.as_str(), text);
            assert!(!text.is_empty() && text.len() <= 255 && !text.contains(char::is_control));
        }
        Err(error) => assert!(error.at <= text.len(), "{error}"),
    }
}

/// A mailbox is what was written, whole, within its limits, and means the same inside a command.
fn check(mailbox: &Mailbox, text: &str) {
    let limits = Limits::default();
    assert_eq!(mailbox.as_str(), text);
    assert_eq!(format!("{}@{}", mailbox.local_part(), mailbox.domain()), text);
    assert_eq!(mailbox.to_string(), text);
    assert!(mailbox.local_part().len() <= limits.local_part && mailbox.domain().len() <= limits.domain);
    assert!(text.len() + 2 <= limits.path);
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(!mailbox.domain().contains(['@', '<', '>', ' ', '"']) || mailbox.domain().starts_with('['));
    let line = format!("RCPT TO:<{text}>");
    match Command::parse(line.as_bytes(), &limits) {
        Ok(Command::Rcpt { to: ForwardPath::Mailbox(to), params }) => {
            assert_eq!((&to, params.iter().count()), (mailbox, 0), "never delivered elsewhere than written");
        }
        // It could be an option to a program that it is handed to.
        Err(_) if is_option(text) => assert!(ForwardPath::parse(text).is_err()),
        other => panic!("{line:?} is {other:?}"),
    }
}

/// A hyphen is the first character of what the local part stands for.
fn is_option(text: &str) -> bool {
    ["-", "\"-", "\"\\-"].iter().any(|start| text.starts_with(start))
}

fn build(u: &mut Unstructured) -> arbitrary::Result<()> {
    let utf8 = u.arbitrary()?;
    let (local, domain) = grammar::mailbox(u, utf8)?;
    let text = format!("{local}@{domain}");
    let limits = Limits::default();
    match Mailbox::parse(&text) {
        Ok(mailbox) => {
            assert_eq!((mailbox.local_part(), mailbox.domain()), (&*local, &*domain));
            check(&mailbox, &text);
        }
        Err(error) => assert!(
            local.len() > limits.local_part || domain.len() > limits.domain,
            "what can be built parses: {text:?}: {error}"
        ),
    }
    Ok(())
}
