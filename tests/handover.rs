//! A session that goes on in another engine after EHLO, because the first one lacks a mechanism (RFC 4954).

use edgepost::client::{Client, Config, Event, Misuse, Output, Tls};
use edgepost::sasl::Credentials;
use edgepost::time::Millis;

const SAID: &[u8] = b"220 mx.example ESMTP\r\n250-\r\n250-AUTH PLAIN\r\n250-X-OWN a b\r\n250 -\r\n";

fn config() -> Config {
    Config {
        tls: Tls::Off,
        proxy: b"PROXY UNKNOWN\r\n".to_vec(),
        auth: Some(Credentials::new("user", "secret")),
        ..Config::named("client.example")
    }
}

/// covers: RFC 4954 client
#[test]
fn the_second_engine_authenticates_without_saying_anything_twice() {
    let now = Millis::new(0);
    let mut client = Client::resume(config(), SAID, Vec::new(), now).unwrap();
    let Output::Send(line) = client.poll(now) else { panic!("nothing is sent") };
    assert_eq!(line, b"AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
    client.receive(b"235 2.7.0 OK\r\n");
    let Output::Event(Event::Ready { greeting, capabilities, authenticated: true, .. }) = client.poll(now)
    else {
        panic!("the session is not ready")
    };
    assert_eq!(greeting.to_string(), "220 mx.example ESMTP");
    let keywords: Vec<&str> = capabilities.iter().map(|capability| capability.keyword()).collect();
    assert_eq!(keywords, ["AUTH", "X-OWN"]);
    assert_eq!(capabilities.find("X-OWN").unwrap().parameters(), ["a", "b"]);
}

#[test]
fn credentials_still_do_not_go_in_clear() {
    let now = Millis::new(0);
    let config = Config { tls: Tls::Required, ..config() };
    let mut client = Client::resume(config, SAID, Vec::new(), now).unwrap();
    assert!(matches!(client.poll(now), Output::Send(line) if line == b"QUIT\r\n"));
    assert!(matches!(client.poll(now), Output::Closed(Some(_))));
}

#[test]
fn half_of_what_was_said_is_not_enough() {
    for end in 0..SAID.len() {
        let result = Client::resume(config(), &SAID[..end], Vec::new(), Millis::new(0));
        assert_eq!(result.err(), Some(Misuse::NotNow), "{end}");
    }
}
