//! Floods: whoever sends without end is stopped by a limit, and costs no more memory than the limit says.

use edgepost::client::{self, Client, Envelope};
use edgepost::sasl::{Credentials, Mechanism};
use edgepost::server::{self, Ask};
use edgepost::time::Millis;
use edgepost::wire::address::Mailbox;
use edgepost::wire::line::Input;

use crate::peer::{Hearer, Host, NOW, plain};

fn open() -> Hearer {
    let mut hearer = Hearer::new(plain());
    hearer.hear(b"220 mx\r\n").hear(b"250-mx\r\n250 PIPELINING\r\n");
    hearer
}

// covers: RFC 5321 section 4.5.3.1.5 client
#[test]
fn an_endless_reply_line_ends_the_session() {
    for begin in [&b""[..], b"220", b"220 ", b"220-mx\r\n220-"] {
        let mut hearer = Hearer::new(plain());
        hearer.hear(begin);
        let mut octets = 0;
        while hearer.closed.is_none() {
            hearer.hear(&[b'x'; 100]);
            octets += 100;
            assert!(octets <= 5_000, "{begin:?} goes on");
        }
        assert!(hearer.broken(), "{:?}", hearer.closed);
    }
}

// covers: RFC 5321 section 4.5.3.1.5 client
#[test]
fn an_endless_reply_ends_the_session_wherever_it_comes() {
    for before in [&[][..], &[&b"220 mx\r\n"[..]], &[b"220 mx\r\n", b"250-mx\r\n250 PIPELINING\r\n"]] {
        let mut hearer = Hearer::new(plain());
        hearer.client.send(Envelope::new("ann@a.example", ["bob@b.example"]).unwrap()).unwrap();
        for reply in before {
            hearer.hear(reply);
        }
        let code = if before.is_empty() { "220" } else { "250" };
        let mut lines = 0;
        while hearer.closed.is_none() {
            hearer.hear(format!("{code}-X-KEYWORD-{lines}\r\n").as_bytes());
            lines += 1;
            assert!(lines < 10_000, "goes on");
        }
        assert!(hearer.broken(), "{:?}", hearer.closed);
    }
}

// covers: RFC 5321 section 4.3.1 client
#[test]
fn endless_replies_that_nobody_asked_for_end_the_session_at_the_first() {
    let mut hearer = open();
    hearer.hear("250 ok\r\n".repeat(1_000_000).as_bytes());
    assert!(hearer.broken());
    assert!(hearer.polls < 20, "{} polls", hearer.polls);
}

// covers: RFC 4954 section 4 client
#[test]
fn endless_challenges_end_the_session() {
    for &mechanism in Mechanism::ALL {
        let all = [
            Credentials::new("ann", "secret"),
            Credentials::with_token("ann", "secret"),
            Credentials::unproven("ann"),
        ];
        let config = client::Config {
            auth: all.into_iter().find(|credentials| mechanism.takes(&credentials.proof)),
            mechanisms: vec![mechanism],
            nonce: vec![7; 18],
            ..plain()
        };
        let Ok(client) = Client::new(config.clone(), NOW) else { continue };
        drop(client);
        let mut hearer = Hearer::new(config);
        hearer.hear(b"220 mx\r\n").hear(format!("250-mx\r\n250 AUTH {}\r\n", mechanism.name()).as_bytes());
        for challenge in 0.. {
            if hearer.closed.is_some() {
                break;
            }
            assert!(challenge < 10, "{} goes on", mechanism.name());
            hearer.hear(b"334 \r\n");
        }
    }
}

// covers: RFC 5321 section 4.5.3.2 client
#[test]
fn one_octet_at_a_time_resets_no_timeout() {
    let mut client = Client::new(plain(), NOW).unwrap();
    let timeout = client::Timeouts::default().greeting;
    let mut now = 0;
    let closed = loop {
        now += 1_000;
        client.receive(b"2");
        match client.poll(Millis::new(now)) {
            client::Output::Wait { .. } => assert!(now < 2 * timeout, "a greeting that takes for ever"),
            output => break output,
        }
    };
    assert!(matches!(closed, client::Output::Closed(Some(_))), "{closed:?}");
}

// covers: RFC 5321 section 4.5.3.1.4 server
#[test]
fn an_endless_command_line_is_refused_once_and_not_kept() {
    let mut host = Host::named();
    for _ in 0..10_000 {
        host.hear(&[b'x'; 1_000]);
    }
    assert_eq!(host.replies().matches("\r\n").count(), 2, "a greeting and one refusal");
    host.hear(b"\r\nNOOP\r\n");
    assert!(host.replies().ends_with("250 2.0.0 OK\r\n"));
}

// covers: RFC 4954 section 6 server
#[test]
fn an_endless_response_to_a_challenge_is_refused() {
    let mechanisms = Mechanism::ALL.to_vec();
    let auth = server::Auth { mechanisms, insecure: true, ..server::Auth::default() };
    let mut host = Host::new(server::Config { auth: Some(auth), ..server::Config::named("mx.example") });
    host.hear(b"EHLO a\r\nAUTH LOGIN\r\n").hear("QUFB".repeat(1_000_000).as_bytes()).hear(b"\r\n");
    assert!(host.replies().contains("500 5.5.6 line longer than 12288 octets"), "{}", host.replies());
    assert!(!host.asked.iter().any(|ask| matches!(ask, Ask::Auth { .. })));
}

#[test]
fn a_client_that_errs_without_end_is_sent_away() {
    for line in ["FOO\r\n", "MAIL\r\n", "a\nb\r\n", "\r\n", "RCPT TO:<>\r\n"] {
        let tarpit = server::Tarpit { delay: 0, after: 0 };
        let mut host = Host::new(server::Config { tarpit, ..server::Config::named("mx.example") });
        let mut lines = 0;
        while host.closed.is_none() {
            host.hear(line.as_bytes());
            lines += 1;
            assert!(lines <= 1_000, "{line:?} goes on");
        }
        assert!(host.replies().contains("\r\n421 4.7.0 too many errors"), "{line:?}");
    }
}

// covers: RFC 5321 section 4.5.3.1.8 server
// covers: RFC 5321 section 4.5.3.1.10 server
#[test]
fn of_ten_thousand_recipients_as_many_are_taken_as_the_limit_says() {
    let mut host = Host::named();
    host.hear(b"EHLO a\r\nMAIL FROM:<ann@a.example>\r\n");
    for number in 0..10_000 {
        if host.closed.is_some() {
            break;
        }
        host.hear(format!("RCPT TO:<bob{number}@b.example>\r\n").as_bytes());
    }
    assert_eq!(host.recipients().len(), server::Limits::default().recipients);
    assert!(host.replies().contains("\r\n452 4.5.3 "));
}

// covers: RFC 5321 section 4.5.3.1.8 client
#[test]
fn ten_thousand_recipients_each_get_their_reply() {
    let to: Vec<String> = (0..10_000).map(|number| format!("bob{number}@b.example")).collect();
    let mut hearer = open();
    let envelope = Envelope::new("ann@a.example", to.iter().map(String::as_str)).unwrap().octets(3);
    hearer.client.send(envelope).unwrap();
    hearer.hear(b"").hear(b"250 ok\r\n");
    for number in 0..10_000 {
        hearer.hear(if number < 100 { b"250 ok\r\n" } else { b"452 too many\r\n" });
    }
    hearer.hear(b"354 go\r\n").hear(b"250 ok\r\n");
    let outcome = hearer.events.iter().find_map(|event| match event {
        client::Event::Outcome { outcome, .. } => Some(outcome),
        _ => None,
    });
    let Some(client::Outcome::Accepted { recipients, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(recipients.iter().filter(|recipient| recipient.is_accepted()).count(), 100);
}

// covers: RFC 1870 section 6.3 server
#[test]
fn content_without_end_is_not_kept() {
    let mut config = server::Config::named("mx.example");
    config.size = 10_000;
    for chunked in [false, true] {
        let mut host = Host::new(config.clone());
        host.hear(b"EHLO a\r\nMAIL FROM:<ann@a.example>\r\nRCPT TO:<bob@b.example>\r\n");
        host.hear(if chunked { b"BDAT 18446744073709551615 LAST\r\n" } else { b"DATA\r\n" });
        for _ in 0..10_000 {
            host.hear(&[b'x'; 1_000]);
        }
        let discards = host.events.iter().filter(|event| matches!(event, server::Event::Discard(_))).count();
        assert_eq!((discards, host.stored.len()), (1, 0));
    }
}

#[test]
fn what_is_read_is_given_back_to_the_system() {
    let mut input = Input::default();
    for _ in 0..10_000 {
        input.push(b"NOOP a line of some length\r\nNOOP and a part of ");
        while input.line(512).is_some() {}
        input.push(b"another\r\n");
        while input.line(512).is_some() {}
    }
    assert!(input.is_empty());
}

#[test]
fn one_octet_at_a_time_is_read_like_all_at_once() {
    let session =
        b"EHLO a\r\nMAIL FROM:<ann@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\nx\r\n..\r\n.\r\n\
        MAIL FROM:<>\r\nRCPT TO:<bob@b.example>\r\nBDAT 3\r\nabcBDAT 0 LAST\r\nQUIT\r\n";
    let mut whole = Host::named();
    whole.hear(session);
    let mut single = Host::named();
    for octet in session.chunks(1) {
        single.hear(octet);
    }
    assert_eq!(single.replies(), whole.replies());
    assert_eq!(single.stored, whole.stored);
    assert_eq!(whole.stored, [&b"x\r\n.\r\n"[..], b"abc"]);
}

#[test]
fn deep_nesting_and_long_repetition_overflow_no_stack() {
    let deep = |open: &str, close: &str| [open.repeat(200_000), close.repeat(200_000)].concat();
    for text in [
        deep("(", ")"),
        deep("<", ">"),
        deep("\"", "\""),
        deep("[", "]"),
        deep("@a,", ":"),
        "a.".repeat(200_000),
        "\\".repeat(200_000),
        "@a.example,".repeat(50_000),
        "=?utf-8?q?".repeat(50_000),
    ] {
        for address in
            [text.clone(), format!("{text}@b.example"), format!("a@{text}"), format!("\"{text}\"@b.example")]
        {
            assert!(Mailbox::parse(&address).is_err());
            let mut host = Host::new(server::Config {
                limits: server::Limits { command_line: 10_000_000, ..server::Limits::default() },
                ..server::Config::named("mx.example")
            });
            host.hear(format!("EHLO a\r\nMAIL FROM:<{address}>\r\n").as_bytes());
            assert!(host.senders().is_empty());
        }
    }
}
