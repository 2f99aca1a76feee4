//! A reply too many, a reply too few, a reply too late: the client never takes one for another.

use edgepost::client::{
    self, Cause, Client, Envelope, Event, Outcome, Output, ProtocolError, Stage, Timeouts,
};
use edgepost::time::Millis;

/// An open session with a server that has these extensions, and nothing said yet.
fn open(extensions: &str) -> Client {
    let config = client::Config { tls: client::Tls::Off, ..client::Config::named("client.example") };
    let mut client = Client::new(config, Millis::new(0)).unwrap();
    client.receive(b"220 mx.example\r\n");
    assert!(run(&mut client, 0).is_empty());
    client.receive(format!("250-mx.example\r\n{extensions}250 HELP\r\n").as_bytes());
    assert!(run(&mut client, 0).is_empty());
    client
}

/// Drives the client until it waits or is closed, and gives the outcomes.
fn run(client: &mut Client, now: u64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    loop {
        match client.poll(Millis::new(now)) {
            Output::Event(Event::Outcome { outcome, .. }) => outcomes.push(outcome),
            Output::Body { transaction, .. } => drop(client.content(transaction, b"x\r\n", true).unwrap()),
            Output::Wait { .. } | Output::Closed(_) => return outcomes,
            _ => {}
        }
    }
}

fn send(client: &mut Client) {
    client.send(Envelope::new("a@a.example", ["b@b.example"]).unwrap().octets(3)).unwrap();
}

fn cause(client: &mut Client) -> Option<(Stage, Cause)> {
    match client.poll(Millis::new(u64::MAX)) {
        Output::Closed(failure) => failure.map(|failure| (failure.stage, failure.cause)),
        _ => None,
    }
}

#[test]
fn a_reply_too_many_ends_the_session_and_spoils_no_outcome() {
    let mut client = open("250-PIPELINING\r\n250-CHUNKING\r\n");
    send(&mut client);
    assert!(run(&mut client, 0).is_empty());
    client.receive(b"250 ok\r\n250 ok\r\n250 queued\r\n250 queued again\r\n");
    assert!(matches!(run(&mut client, 0)[..], [Outcome::Accepted { .. }]));
    let Some((Stage::Ready, Cause::Protocol(ProtocolError::Unsolicited(reply)))) = cause(&mut client) else {
        panic!("the reply too many was let pass");
    };
    assert_eq!(reply.text(), "queued again");
    assert!(client.send(Envelope::new("", ["b@b.example"]).unwrap()).is_err());
}

// covers: RFC 5321 section 4.5.3.2.6 client
// covers: RFC 1047 client
#[test]
fn a_reply_too_few_is_a_timeout_and_the_message_uncertain() {
    let timeouts = Timeouts::default();
    let mut client = open("250-PIPELINING\r\n250-CHUNKING\r\n");
    send(&mut client);
    assert!(run(&mut client, 0).is_empty());
    client.receive(b"250 ok\r\n250 ok\r\n");
    assert!(run(&mut client, 1_000).is_empty());
    assert!(run(&mut client, 1_000 + timeouts.end - 1).is_empty());
    let outcomes = run(&mut client, 1_000 + timeouts.end);
    assert!(matches!(outcomes[..], [Outcome::Uncertain { .. }]), "{outcomes:?}");
    assert_eq!(cause(&mut client), Some((Stage::End, Cause::Timeout(timeouts.end))));
}

// covers: RFC 5321 section 4.5.3.2 client
#[test]
fn silence_before_the_content_is_a_timeout_and_the_message_not_sent() {
    let timeouts = Timeouts::default();
    for (replies, stage, timeout) in [
        ("", Stage::Mail, timeouts.mail),
        ("250 ok\r\n", Stage::Rcpt, timeouts.rcpt),
        ("250 ok\r\n250 ok\r\n", Stage::Data, timeouts.data),
    ] {
        let mut client = open("250-PIPELINING\r\n");
        send(&mut client);
        assert!(run(&mut client, 0).is_empty());
        client.receive(replies.as_bytes());
        assert!(run(&mut client, 0).is_empty());
        let outcomes = run(&mut client, timeout);
        assert!(matches!(outcomes[..], [Outcome::NotSent { .. }]), "{stage}: {outcomes:?}");
        assert_eq!(cause(&mut client), Some((stage, Cause::Timeout(timeout))));
    }
}

// covers: RFC 5321 section 3.8 client
#[test]
fn an_idle_session_has_no_timeout_and_hears_421() {
    let mut client = open("");
    assert_eq!(client.poll(Millis::new(0)), Output::Wait { until: None, read: true });
    client.receive(b"421 4.3.2 shutting down\r\n");
    run(&mut client, 0);
    assert!(matches!(cause(&mut client), Some((Stage::Ready, Cause::Refused(reply))) if reply.code() == 421));
}

// covers: RFC 5321 section 4.5.3.2 client
#[test]
fn a_reply_byte_by_byte_does_not_last_for_ever() {
    let timeouts = Timeouts::default();
    let mut client = open("");
    send(&mut client);
    assert!(run(&mut client, 0).is_empty());
    for octet in 0..100 {
        client.receive(b"2");
        assert!(run(&mut client, octet).is_empty());
    }
    assert!(matches!(run(&mut client, timeouts.mail)[..], [Outcome::NotSent { .. }]));
}
