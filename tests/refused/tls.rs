//! STARTTLS: nothing that was said in clear counts afterwards, and nobody takes it away (RFC 3207 sections 4.2 and 6).
//!
//! Octets behind STARTTLS and behind its reply, at every cut, are in `tests/starttls.rs`.

use edgepost::client::{self, Cause, Envelope, Tls};
use edgepost::sasl::{Credentials, Mechanism};
use edgepost::server;

use crate::peer::{Hearer, Host, NOW};

fn upgradable(tls: Tls) -> client::Config {
    client::Config { tls, upgradable: true, ..client::Config::named("client.example") }
}

// covers: RFC 3207 section 4.2 client
#[test]
fn what_was_offered_in_clear_is_not_used_after_tls() {
    let mut hearer = Hearer::new(upgradable(Tls::Required));
    let envelope = Envelope::new("ann@a.example", ["bob@b.example", "carol@b.example"]).unwrap().octets(3);
    hearer.client.send(envelope).unwrap();
    hearer.hear(b"220 mx\r\n");
    hearer.hear(
        b"250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SIZE 1\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
    );
    hearer.hear(b"220 go\r\n");
    hearer.client.secured().unwrap();
    hearer.said.clear();
    hearer.hear(b"250-mx\r\n250 HELP\r\n");
    // In lock-step, without SIZE, and the message is not too large for a limit that was only claimed in clear.
    assert_eq!(hearer.said, b"EHLO client.example\r\nMAIL FROM:<ann@a.example>\r\n");
    let capabilities = hearer.events.iter().find_map(|event| match event {
        client::Event::Ready { capabilities, secure: true, .. } => Some(capabilities),
        _ => None,
    });
    let capabilities = capabilities.unwrap_or_else(|| panic!("not ready: {:?}", hearer.events));
    assert_eq!(capabilities.iter().map(|offered| offered.keyword()).collect::<Vec<_>>(), ["HELP"]);
}

// covers: RFC 3207 section 4.2 client
// covers: RFC 4954 section 4 client
#[test]
fn a_mechanism_that_was_offered_in_clear_is_not_used_after_tls() {
    let config = client::Config {
        auth: Some(Credentials::new("ann", "secret")),
        mechanisms: vec![Mechanism::Plain],
        ..upgradable(Tls::Required)
    };
    let mut hearer = Hearer::new(config);
    hearer.hear(b"220 mx\r\n").hear(b"250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n").hear(b"220 go\r\n");
    hearer.client.secured().unwrap();
    hearer.hear(b"250-mx\r\n250 AUTH X-OTHER\r\n");
    let said = String::from_utf8(hearer.said).unwrap();
    assert!(!said.contains("AUTH"), "{said}");
    assert!(matches!(hearer.closed, Some(Some(failure)) if matches!(failure.cause, Cause::Unsupported(_))));
}

// covers: RFC 3207 section 4.2 server
// covers: RFC 4954 section 4 server
#[test]
fn who_logged_in_in_clear_is_nobody_after_tls() {
    let auth = server::Auth { mechanisms: vec![Mechanism::Plain], insecure: true, ..server::Auth::default() };
    let config = server::Config { upgradable: true, auth: Some(auth), ..server::Config::named("mx.example") };
    let mut host = Host::new(config);
    host.hear(b"EHLO a\r\n").hear(b"AUTH PLAIN AGFubgBzZWNyZXQ=\r\n");
    assert!(host.replies().contains("235 "));
    host.hear(b"STARTTLS\r\n");
    host.server.secured().unwrap();
    host.said.clear();
    host.hear(b"EHLO a\r\nAUTH PLAIN AGFubgBzZWNyZXQ=\r\n");
    // AUTH may be said once in a session: this is another one.
    assert!(host.replies().contains("\r\n235 "), "{}", host.replies());
}

// covers: RFC 3207 section 6 client
#[test]
fn a_starttls_that_somebody_took_away_is_no_reason_to_go_on_in_clear() {
    for ehlo in [
        "250 mx\r\n",
        "250-mx\r\n250 XXXXXXXA\r\n",
        "250-mx\r\n250 XSTARTTLS\r\n",
        "250-mx\r\n250 STARTTLS-NOT\r\n",
        "500 what\r\n",
        "502 no\r\n",
    ] {
        let mut config = upgradable(Tls::Required);
        config.auth = Some(Credentials::new("ann", "secret"));
        let mut hearer = Hearer::new(config);
        hearer.client.send(Envelope::new("ann@a.example", ["bob@b.example"]).unwrap()).unwrap();
        hearer.hear(b"220 mx\r\n").hear(ehlo.as_bytes());
        let said = String::from_utf8(hearer.said).unwrap();
        assert!(hearer.closed.is_some(), "{ehlo:?}: {said}");
        assert!(
            ["EHLO client.example\r\nQUIT\r\n", "EHLO client.example\r\n"].contains(&&said[..]),
            "{ehlo:?}: {said}"
        );
    }
}

// covers: RFC 3207 section 4 client
#[test]
fn a_refused_starttls_ends_the_session_where_tls_is_required() {
    for reply in ["454 not now\r\n", "501 no\r\n", "502 what\r\n", "250 ok\r\n", "334 \r\n"] {
        let mut hearer = Hearer::new(upgradable(Tls::Required));
        hearer.client.send(Envelope::new("ann@a.example", ["bob@b.example"]).unwrap()).unwrap();
        hearer.hear(b"220 mx\r\n").hear(b"250-mx\r\n250 STARTTLS\r\n").hear(reply.as_bytes());
        assert!(hearer.closed.is_some_and(|failure| failure.is_some()), "{reply:?}");
        assert!(!String::from_utf8(hearer.said).unwrap().contains("MAIL"), "{reply:?}");
    }
}

#[test]
fn a_handshake_cannot_be_claimed_when_none_was_asked_for() {
    let mut hearer = Hearer::new(upgradable(Tls::Required));
    hearer.hear(b"220 mx\r\n").hear(b"250-mx\r\n250 STARTTLS\r\n");
    assert!(hearer.client.secured().is_err());
    let mut host = Host::new(server::Config { upgradable: true, ..server::Config::named("mx.example") });
    host.hear(b"EHLO a\r\n");
    assert!(host.server.secured().is_err());
    assert!(matches!(host.server.poll(NOW), server::Output::Wait { read: true, .. }));
}
