//! Terminal escapes: nothing that a peer says reaches a transcript, a log or an error with its controls.

use edgepost::client::{self, Envelope, Outcome};
use edgepost::trace::{Reader, Side};
use edgepost::wire::reply::Assembler;

use crate::peer::{Hearer, Host, NOW, controls, plain, with};

/// Nothing but printable characters in lines.
fn harmless(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t')
}

#[test]
fn a_transcript_holds_no_controls_of_either_side() {
    let client = ["EHLO client.example", "MAIL FROM:<ann@a.example>", "VRFY bob", "what is this"];
    let server = ["220 mx.example", "250-mx.example", "550 5.1.1 no", "no reply at all"];
    for control in controls() {
        for (from_client, line) in
            client.map(|line| (true, line)).into_iter().chain(server.map(|line| (false, line)))
        {
            for bad in with(line, control) {
                let mut reader = Reader::default();
                let mut steps = reader.server(b"220 mx\r\n", NOW);
                let bad = format!("{bad}\r\n");
                steps.extend(if from_client {
                    reader.client(bad.as_bytes(), NOW)
                } else {
                    reader.server(bad.as_bytes(), NOW)
                });
                steps.extend(reader.closed(Side::Client, NOW));
                for step in &steps {
                    assert!(harmless(&step.to_string()), "{bad:?}: {step:?}");
                }
            }
        }
    }
}

// covers: RFC 5321 section 4.2 client
#[test]
fn a_reply_holds_no_controls() {
    for control in controls() {
        for bad in with("550 5.1.1 no such user", control) {
            if let Ok(Some(reply)) = Assembler::default().push(bad.as_bytes(), 1000) {
                assert!(harmless(&reply.to_string()), "{bad:?}");
                assert!(reply.lines().all(harmless), "{bad:?}");
            }
        }
    }
}

#[test]
fn an_error_and_an_outcome_hold_no_controls() {
    for control in controls() {
        for stage in 0..4 {
            let replies = ["220 mx", "250 mx", "250 ok", "550 no"].map(String::from);
            for bad in with(&replies[stage], control) {
                let mut hearer = Hearer::new(plain());
                hearer.client.send(Envelope::new("ann@a.example", ["bob@b.example"]).unwrap()).unwrap();
                for reply in &replies[..stage] {
                    hearer.hear(format!("{reply}\r\n").as_bytes());
                }
                hearer.hear(format!("{bad}\r\n").as_bytes());
                if let Some(Some(failure)) = &hearer.closed {
                    assert!(harmless(&failure.to_string()), "{bad:?}: {failure}");
                }
                for event in &hearer.events {
                    if let client::Event::Outcome { outcome: Outcome::Refused { reply, .. }, .. } = event {
                        assert!(harmless(&reply.to_string()), "{bad:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_a_server_is_told_wrong_is_not_told_back_with_its_controls() {
    for control in controls() {
        for line in ["EHLO client.example", "MAIL FROM:<a@b> X-OWN=1", "AUTH X-OWN", "FOO", "RCPT TO:<a@b>"] {
            for bad in with(line, control) {
                let mut host = Host::named();
                host.hear(bad.as_bytes()).hear(b"\r\n");
                assert!(harmless(&host.replies().replace("\r\n", "\n")), "{bad:?}: {}", host.replies());
                for event in &host.events {
                    if let edgepost::server::Event::Fault { error, reply } = event {
                        assert!(harmless(&error.to_string()) && harmless(&reply.to_string()), "{bad:?}");
                    }
                }
            }
        }
    }
}
