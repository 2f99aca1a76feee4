//! Injection: CR, LF, NUL and other controls in anything that becomes a line, on either side (RFC 5321 section 4.1.2).

use edgepost::client::{self, Client, Envelope};
use edgepost::message::address::Address;
use edgepost::message::build::Text;
use edgepost::sasl::Credentials;
use edgepost::server::{self, Server};
use edgepost::wire::address::{HostName, Limits, Mailbox};
use edgepost::wire::command::{self, Command};
use edgepost::wire::param::dsn::{Envid, Orcpt};
use edgepost::wire::param::{Param, Verb, known};
use edgepost::wire::reply::Reply;

use crate::peer::{Host, NOW, controls, plain, with};

const ADDRESSES: [&str; 4] =
    ["bob@b.example", "\"bob smith\"@b.example", "bob@[192.0.2.1]", "bob@[IPv6:2001:db8::1]"];

// covers: RFC 5321 section 4.1.1.1 client
#[test]
fn no_control_enters_the_name_in_ehlo() {
    for control in controls() {
        for name in with("client.example", control) {
            assert!(Client::new(client::Config { name: name.clone(), ..plain() }, NOW).is_err(), "{name:?}");
            assert!(HostName::parse(&name).is_err(), "{name:?}");
            assert!(
                Server::new(server::Config { name: name.clone(), ..server::Config::named("mx") }, NOW)
                    .is_err()
            );
        }
    }
    for name in ["", "client example", "a\r\nMAIL FROM:<mallory@evil.example>", &"a".repeat(256)] {
        assert!(Client::new(client::Config { name: name.into(), ..plain() }, NOW).is_err(), "{name:?}");
    }
}

// covers: RFC 5321 section 4.1.2 client
#[test]
fn no_control_enters_an_address() {
    for address in ADDRESSES {
        Envelope::new(address, [address]).unwrap();
        for control in controls() {
            for bad in with(address, control) {
                assert!(Envelope::new(&bad, ["bob@b.example"]).is_err(), "{bad:?}");
                assert!(Envelope::new("", [&bad[..]]).is_err(), "{bad:?}");
                assert!(Mailbox::parse(&bad).is_err(), "{bad:?}");
            }
        }
    }
    for address in [
        "bob@b.example> SIZE=1",
        "bob@b.example>\r\nDATA",
        "<bob@b.example>",
        "bob@b.example SMTPUTF8",
        "bob@b.example,eve@e.example",
    ] {
        assert!(Envelope::new("", [address]).is_err(), "{address:?}");
    }
}

// covers: RFC 5321 section 4.1.2 both
#[test]
fn no_control_and_no_space_enters_a_parameter() {
    for control in controls().chain([' ', '=']) {
        for bad in with("VALUE", control) {
            assert!(Param::new("KEYWORD", Some(&bad)).is_err(), "{bad:?}");
            assert!(Param::new(&bad, None).is_err(), "{bad:?}");
        }
    }
    assert!(Param::new("KEYWORD", Some("")).is_err());
    assert!(Param::new("", None).is_err());
}

// covers: RFC 3461 section 4 both
// covers: RFC 4954 section 5 both
// covers: RFC 6533 section 3 both
#[test]
fn no_encoded_control_enters_a_parameter() {
    let mut offered = server::Config::named("mx.example");
    offered.extensions.offer(server::Extension::Dsn, "").unwrap();
    for control in ('\0'..' ').chain(['\u{7f}']) {
        let code = control as u32;
        let (hex, unitext) = (format!("+{code:02X}"), format!("\\x{{{code:02X}}}"));
        for (verb, keyword, value) in [
            (Verb::Mail, "ENVID", format!("a{hex}b")),
            (Verb::Mail, "ENVID", format!("{hex}+0A250")),
            (Verb::Mail, "AUTH", format!("ann{hex}@a.example")),
            (Verb::Mail, "AUTH", format!("ann@a.example{hex}")),
            (Verb::Rcpt, "ORCPT", format!("rfc822;bob{hex}@b.example")),
            (Verb::Rcpt, "ORCPT", format!("utf-8;bob{unitext}@b.example")),
            (Verb::Rcpt, "ORCPT", format!("utf-8;bob{hex}@b.example")),
        ] {
            assert!(known(verb, keyword).unwrap().check(Some(&value)).is_err(), "{keyword}={value}");
            let mut host = Host::new(offered.clone());
            let command = match verb {
                Verb::Mail => format!("MAIL FROM:<ann@a.example> {keyword}={value}\r\n"),
                Verb::Rcpt => format!("MAIL FROM:<>\r\nRCPT TO:<bob@b.example> {keyword}={value}\r\n"),
            };
            host.hear(b"EHLO a\r\n").hear(command.as_bytes());
            assert!(host.recipients().is_empty(), "{command:?}");
            assert!(!host.senders().contains(&"ann@a.example"), "{command:?}");
        }
        for line in [format!("XCLIENT NAME=a{hex}b"), format!("XFORWARD HELO={hex}")] {
            assert!(Command::parse(line.as_bytes(), &Limits::default()).is_err(), "{line}");
        }
        assert!(Envid::new(&format!("a{control}")).is_err());
        assert!(Orcpt::new("rfc822", &format!("a{control}@b.example")).is_err());
        assert!(Orcpt::new("utf-8", &format!("a{control}@b.example")).is_err());
    }
}

#[test]
fn no_control_enters_the_text_of_a_command() {
    // A tab is harmless white space in these.
    for control in controls().filter(|&control| control != '\t') {
        for bad in with("Bob Example", control) {
            assert!(command::Text::parse(&bad).is_err(), "{bad:?}");
        }
    }
}

#[test]
fn no_nul_enters_credentials() {
    for (user, pass) in [("ann\0bob", "secret"), ("ann", "sec\0ret")] {
        let config = client::Config { auth: Some(Credentials::new(user, pass)), ..plain() };
        assert!(Client::new(config, NOW).is_err());
    }
}

// covers: RFC 5322 section 2.2 client
#[test]
fn no_control_enters_a_header() {
    let mailbox = || Mailbox::parse("ann@a.example").unwrap();
    let message = Text { subject: "Hello".into(), ..Text::new(mailbox().into(), "1@a.example") };
    message.write().unwrap();
    for control in controls() {
        for bad in with("Hello Bob", control) {
            let name = || Address::named(&*bad, mailbox());
            for (field, message) in [
                ("subject", Text { subject: bad.clone(), ..message.clone() }),
                ("from", Text { from: name(), ..message.clone() }),
                ("sender", Text { sender: Some(name()), ..message.clone() }),
                ("reply_to", Text { reply_to: vec![name()], ..message.clone() }),
                ("to", Text { to: vec![name()], ..message.clone() }),
                ("cc", Text { cc: vec![name()], ..message.clone() }),
            ] {
                assert_eq!(message.write().map_err(|error| error.field), Err(field), "{bad:?}");
            }
        }
        for bad in with("1@a.example", control) {
            assert!(Text { message_id: bad.clone(), ..message.clone() }.write().is_err(), "{bad:?}");
        }
    }
}

// covers: RFC 5321 section 4.2 server
#[test]
fn no_text_of_the_host_becomes_a_line_of_its_own() {
    for text in ["a\r\n250 evil", "a\n250 evil", "a\r250 evil", "a\0b", "a\u{1b}[2J", "\r\n\r\n"] {
        let mut written = Vec::new();
        Reply::new(550, None, text).write(&mut written);
        lines_are_of(550, &String::from_utf8(written).unwrap());
        let greeting = server::Config { greeting: text.into(), ..server::Config::named("mx.example") };
        lines_are_of(220, &Host::new(greeting).replies());
    }
}

fn lines_are_of(code: u16, text: &str) {
    assert!(text.ends_with("\r\n"), "{text:?}");
    for line in text[..text.len() - 2].split("\r\n") {
        assert!(line.starts_with(&format!("{code}")), "{text:?}");
        assert!(!line.chars().any(char::is_control), "{text:?}");
    }
}

// covers: RFC 5321 section 4.1.2 server
#[test]
fn no_control_gets_past_the_server() {
    let lines = [
        "EHLO client.example",
        "HELO [192.0.2.1]",
        "MAIL FROM:<ann@a.example> SIZE=100",
        "MAIL FROM:<\"ann b\"@a.example>",
        "RCPT TO:<bob@b.example>",
        "RCPT TO:<@relay.example:bob@b.example>",
        "VRFY bob",
        "EXPN staff",
    ];
    for control in controls().filter(|&control| control != '\t') {
        for line in lines {
            for bad in with(line, control) {
                let mut host = Host::named();
                host.hear(b"EHLO a\r\n");
                if line.starts_with("RCPT") {
                    host.hear(b"MAIL FROM:<ann@a.example>\r\n");
                }
                let before = host.asked.len();
                host.hear(bad.as_bytes()).hear(b"\r\n");
                // CR and LF at the end of the line make a broken line end, which is refused like all others.
                for ask in &host.asked[before..] {
                    assert!(!shows(&format!("{ask:?}"), control), "{bad:?}: {ask:?}");
                }
                for event in &host.events {
                    assert!(!shows(&format!("{event:?}"), control), "{bad:?}: {event:?}");
                }
                assert!(!host.replies().replace("\r\n", "").contains(control), "{bad:?}: {}", host.replies());
            }
        }
    }
}

/// Whether debug output, which escapes controls, has this one.
fn shows(debug: &str, control: char) -> bool {
    let escaped = control.escape_debug().to_string();
    debug.contains(&escaped) && escaped.len() > 1
}

// covers: RFC 5321 section 4.1.1.2 both
#[test]
fn what_is_written_is_one_line_whatever_was_read() {
    let limits = Limits::default();
    for line in ["MAIL FROM:<\"a\\\\b\"@c.example> X=1", "RCPT TO:<\"> SIZE=1\"@c.example>", "NOOP \"x\""] {
        let command = Command::parse(line.as_bytes(), &limits).unwrap();
        let mut written = Vec::new();
        command.write(&mut written);
        assert_eq!(written, format!("{line}\r\n").as_bytes());
    }
}
