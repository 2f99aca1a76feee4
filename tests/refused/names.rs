//! Names that are special to some language: in Rust they are keywords like all others, kept and found as they were written.
//!
//! What becomes of them in JavaScript is in `tests/js/refused.test.ts`.

use edgepost::server;
use edgepost::wire::ehlo::Capabilities;
use edgepost::wire::param::{Param, Params};
use edgepost::wire::reply::Reply;

use crate::peer::Host;

const NAMES: [&str; 5] = ["constructor", "toString", "valueOf", "hasOwnProperty", "prototype"];

// covers: RFC 5321 section 4.1.1.1 client
#[test]
fn names_of_javascript_are_keywords_like_others() {
    for name in NAMES {
        let reply = Reply::new(250, None, &format!("mx.example\n{name} 1\nSIZE 100"));
        let capabilities = Capabilities::parse(&reply);
        assert!(capabilities.find(&name.to_ascii_uppercase()).unwrap().parameters().eq(["1"]));
        assert_eq!(capabilities.size(), Some(100));
        let mut params = Params::default();
        assert!(params.add(Param::new(name, Some("1")).unwrap()));
        assert!(!params.add(Param::new(&name.to_ascii_uppercase(), Some("2")).unwrap()));
        assert_eq!(params.find(name).unwrap().value(), Some("1"));
    }
    assert!(Param::new("__proto__", None).is_err());
}

// covers: RFC 5321 section 4.1.1.11 server
#[test]
fn names_of_javascript_are_unknown_parameters_like_others() {
    for name in NAMES.into_iter().chain(["__proto__"]) {
        let mut host = Host::new(server::Config::named("mx.example"));
        host.hear(format!("EHLO a\r\nMAIL FROM:<ann@a.example> {name}=1\r\n").as_bytes());
        assert!(host.senders().is_empty(), "{name}");
        let last = host.replies();
        let last = last.lines().last().unwrap_or_default();
        assert!(last.starts_with("555 5.5.4 ") || last.starts_with("501 5.5.4 "), "{name}: {last}");
    }
}

// covers: RFC 5321 section 4.1.1.11 server
#[test]
fn duplicates_and_empty_values_are_refused() {
    for params in
        ["SIZE=1 SIZE=1", "SIZE=1 size=2", "SIZE=", "SIZE", "BODY=", "=1", "SMTPUTF8=1", "SMTPUTF8="]
    {
        let mut host = Host::named();
        host.hear(format!("EHLO a\r\nMAIL FROM:<ann@a.example> {params}\r\n").as_bytes());
        assert!(host.senders().is_empty(), "{params}");
    }
}
