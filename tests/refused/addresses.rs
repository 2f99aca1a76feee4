//! Addresses that readers have read in two ways: what is asked about at the server is what was given to the client.

use edgepost::client::Envelope;
use edgepost::server;
use edgepost::wire::address::Mailbox;

use crate::peer::{Host, plain, talk};

/// The domain is what is behind the last `@` that is not quoted; what looks like another one is a part of the local part.
const CONFUSING: [(&str, &str); 16] = [
    ("\"mallory@evil.example\"@b.example", "b.example"),
    ("\"mallory@evil.example x\"@b.example", "b.example"),
    ("\"mallory@evil.example> \"@b.example", "b.example"),
    ("\"@evil.example:mallory\"@b.example", "b.example"),
    ("\"a\\\"@evil.example\"@b.example", "b.example"),
    ("\"a\\\\\"@b.example", "b.example"),
    ("\"(comment)\"@b.example", "b.example"),
    ("\"a,b@evil.example\"@b.example", "b.example"),
    ("\"\"@b.example", "b.example"),
    ("mallory%evil.example@b.example", "b.example"),
    ("evil.example!mallory@b.example", "b.example"),
    ("=?utf-8?q?mallory=40evil.example?=@b.example", "b.example"),
    ("bob@[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
    ("bob@[IPv6:::ffff:192.0.2.1]", "[IPv6:::ffff:192.0.2.1]"),
    ("bob@[192.0.2.1]", "[192.0.2.1]"),
    ("bob@[tag:b.example]", "[tag:b.example]"),
];

/// What somebody has read as an address, and is none.
const NO_ADDRESSES: [&str; 24] = [
    "mallory@evil.example@b.example",
    "bob@b.example@evil.example",
    "bob@b.example(comment)",
    "bob(comment)@b.example",
    "(nested (comment (s)))bob@b.example",
    "bob@(evil.example)b.example",
    "@relay.example:bob@b.example",
    "@a.example,@b.example:bob@c.example",
    "bob@b.example>",
    "<bob@b.example",
    "<bob@b.example>",
    "Bob <bob@b.example>",
    "bob@b.example bob@evil.example",
    "bob@b.example,mallory@evil.example",
    "\"bob\"mallory@b.example",
    "bob\"mallory\"@b.example",
    "\"bob\".mallory@b.example",
    "bob @b.example",
    "bob@ b.example",
    "bob@[::1]",
    "bob@[IPv6:1::2::3]",
    "bob@[192.0.2.1].evil.example",
    "bob@[192.0.2.1]@evil.example",
    "bob@b.example\u{0}.evil.example",
];

// covers: RFC 5321 section 4.1.2 both
#[test]
fn what_the_server_hears_is_what_the_client_was_given() {
    for (address, domain) in CONFUSING {
        let mailbox = Mailbox::parse(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        assert_eq!(mailbox.domain(), domain);
        assert_eq!([mailbox.local_part(), "@", mailbox.domain()].concat(), address);
        for pipelining in [true, false] {
            let mut config = server::Config::named("mx.example");
            assert!(pipelining || config.extensions.disable("PIPELINING"));
            let envelope = Envelope::new(address, [address]).unwrap();
            let talk = talk(plain(), config, envelope, &[b"x\r\n"]);
            assert!(talk.outcome.is_accepted());
            assert_eq!(talk.host.recipients(), [address]);
            assert_eq!(talk.host.senders(), [address]);
        }
    }
}

// covers: RFC 5321 section 4.1.2 both
#[test]
fn what_is_no_mailbox_goes_nowhere() {
    for address in NO_ADDRESSES {
        assert!(Mailbox::parse(address).is_err(), "{address}");
        assert!(Envelope::new("", [address]).is_err(), "{address}");
        assert!(Envelope::new(address, ["bob@b.example"]).is_err(), "{address}");
        let mut host = Host::named();
        host.hear(format!("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{address}>\r\n").as_bytes());
        let asked = host.recipients();
        // A source route is dropped, as RFC 5321 appendix C asks: the mailbox behind it is where the mail goes.
        let routed = address.starts_with('@');
        assert!(asked.is_empty() || routed && address.ends_with(asked[0]), "{address}: {asked:?}");
    }
}

// covers: RFC 5321 section 4.1.1.3 server
#[test]
fn a_source_route_sends_nothing_elsewhere() {
    for route in ["@relay.example:", "@a.example,@b.example:", "@evil.example,@[192.0.2.1]:"] {
        let mut host = Host::named();
        host.hear(format!("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{route}bob@b.example>\r\n").as_bytes());
        assert!(host.recipients().iter().all(|to| *to == "bob@b.example"), "{route}");
    }
}

// covers: RFC 5321 section 4.1.2 both
#[test]
fn a_recipient_that_begins_with_a_hyphen_is_no_option_of_a_program() {
    for address in [
        "-oX/tmp/x@b.example",
        "-bob@b.example",
        "\"-oX x\"@b.example",
        "\"\\-bob\"@b.example",
        "-@b.example",
    ] {
        assert!(Envelope::new("ann@a.example", [address]).is_err(), "{address}");
        let mut host = Host::named();
        host.hear(format!("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<{address}>\r\n").as_bytes());
        assert!(host.recipients().is_empty(), "{address}");
        assert!(host.replies().contains("begin with a hyphen"), "{address}: {}", host.replies());
    }
    for address in ["b-ob@b.example", "bob-@b.example", "bob@b-c.example"] {
        assert!(Envelope::new("ann@a.example", [address]).is_ok(), "{address}");
    }
}
