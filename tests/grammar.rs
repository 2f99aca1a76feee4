//! Two shapes for every grammar: what parses is written and reads back equal, and what can be built parses.

use std::fmt::{Debug, Display};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use edgepost::wire::SyntaxError;
use edgepost::wire::address::Limits;
use edgepost::wire::command::Command;
use edgepost::wire::command::attributes::Attributes;
use edgepost::wire::command::etrn::{Etrn, Scope};
use edgepost::wire::command::url::Url;
use edgepost::wire::date_time::DateTime;
use edgepost::wire::param::auth::Auth;
use edgepost::wire::param::body::Body;
use edgepost::wire::param::checkpoint::TransactionId;
use edgepost::wire::param::deliver_by::{DeliverBy, Mode};
use edgepost::wire::param::dsn::{Envid, Notify, Orcpt, Ret};
use edgepost::wire::param::future_release::Interval;
use edgepost::wire::param::mt_priority::Priority;
use edgepost::wire::param::rrvs::{Rrvs, Unsupported};
use edgepost::wire::param::solicit::Solicitation;
use edgepost::wire::param::{KNOWN, Param, Params, Verb, known};
use edgepost::wire::proxy::{Header, Version};
use edgepost::wire::{span, utf8_addr, xtext};

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 16) as usize % limit
    }

    fn text(&mut self, words: &[&str], most: usize) -> String {
        (0..self.below(most)).map(|_| words[self.below(words.len())]).collect()
    }

    /// Characters of every width, controls among them.
    fn characters(&mut self, most: usize) -> String {
        let pick = |random: &mut Self| match random.below(4) {
            0 => char::from_u32(random.below(0x110000) as u32).unwrap_or('\u{0}'),
            1 => char::from_u32(random.below(0x300) as u32).unwrap_or('x'),
            _ => char::from(b' ' + random.below(95) as u8),
        };
        (0..self.below(most)).map(|_| pick(self)).collect()
    }
}

/// Pieces of all the values that parameters have.
const WORDS: &[&str] = &[
    "0",
    "1",
    "9",
    "99",
    "999999999",
    "-",
    "+",
    "+2B",
    "+3D",
    "+0D",
    "+0A",
    "+00",
    "+C3+A9",
    "+FF",
    "a",
    "b.example",
    "@",
    "<",
    ">",
    "<>",
    ";",
    ":",
    ",",
    ".",
    "R",
    "N",
    "T",
    "C",
    "Z",
    "z",
    "+01:00",
    "-00:00",
    "2014-04-03T23:01:00",
    "2000-02-29T12:00:60",
    "1990-12-31T23:59:60",
    ".5",
    "NEVER",
    "SUCCESS",
    "FAILURE",
    "DELAY",
    "FULL",
    "HDRS",
    "7BIT",
    "8BITMIME",
    "BINARYMIME",
    "rfc822;",
    "utf-8;",
    "UTF-8;",
    "\\x{E9}",
    "\\x{5C}",
    "\\x{0D}",
    "\\x{1F600}",
    "\\x{D800}",
    "é",
    "😀",
    "\"",
    " ",
    "\\",
    "=",
    "\r\n",
    "\0",
    "\u{9b}",
    "[192.0.2.1]",
    "imap://",
    "?",
    "org.example:ADV",
    "<a@b>",
    "<a.b@",
    ";R",
    ";NT",
];

fn reads_back<T: PartialEq + Debug + Display>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, SyntaxError>,
) -> usize {
    match parse(text) {
        Ok(value) => {
            let written = value.to_string();
            assert!(!written.contains(char::is_control), "{written:?}");
            assert_eq!(parse(&written), Ok(value), "{text:?}");
            1
        }
        Err(error) => {
            let type_name = std::any::type_name::<T>();
            assert!(error.at <= text.len() && !error.rule.is_empty(), "{text:?}: {type_name} {error:?}");
            0
        }
    }
}

// covers: RFC 5321 section 4.1.1.11 both
#[test]
fn values_that_parse_are_written_and_read_back_equal() {
    let mut random = Random(1);
    let mut parsed = [0; 16];
    for _ in 0..40_000 {
        let text = random.text(WORDS, 6);
        let read = [
            reads_back(&text, Auth::parse),
            reads_back(&text, Body::parse),
            reads_back(&text, TransactionId::parse),
            reads_back(&text, DeliverBy::parse),
            reads_back(&text, Envid::parse),
            reads_back(&text, Notify::parse),
            reads_back(&text, Orcpt::parse),
            reads_back(&text, Ret::parse),
            reads_back(&text, Priority::parse),
            reads_back(&text, Rrvs::parse),
            reads_back(&text, Solicitation::parse),
            reads_back(&text, DateTime::parse),
            reads_back(&text, Etrn::parse),
            Interval::parse(&text).is_ok() as usize,
            Url::parse(&text).is_ok_and(|url| Url::parse(url.as_str()) == Ok(url)) as usize,
            xtext::decode(&text).is_ok_and(|octets| xtext::decode(&xtext::encode(&octets)) == Ok(octets))
                as usize,
        ];
        parsed.iter_mut().zip(read).for_each(|(count, read)| *count += read);
    }
    assert!(parsed.iter().all(|&count| count > 5), "{parsed:?}");
}

// covers: RFC 5321 section 4.1.1.11 both
#[test]
fn a_value_is_right_for_the_table_when_it_is_for_its_type() {
    let mut random = Random(2);
    for _ in 0..15_000 {
        let text = random.text(WORDS, 5);
        for known in KNOWN {
            let right = match known.keyword {
                "SMTPUTF8" | "REQUIRETLS" | "PRDR" => false,
                "SIZE" => edgepost::wire::param::size_value(&text).is_some(),
                "BODY" => Body::parse(&text).is_ok(),
                "AUTH" => Auth::parse(&text).is_ok(),
                "RET" => Ret::parse(&text).is_ok(),
                "ENVID" => Envid::parse(&text).is_ok(),
                "BY" => DeliverBy::parse(&text).is_ok(),
                "HOLDFOR" => Interval::parse(&text).is_ok(),
                "HOLDUNTIL" => DateTime::parse(&text).is_ok(),
                "MT-PRIORITY" => Priority::parse(&text).is_ok(),
                "SOLICIT" => Solicitation::parse(&text).is_ok(),
                "TRANSID" => TransactionId::parse(&text).is_ok(),
                "NOTIFY" => Notify::parse(&text).is_ok(),
                "ORCPT" => Orcpt::parse(&text).is_ok(),
                "RRVS" => Rrvs::parse(&text).is_ok(),
                keyword => panic!("{keyword} is not tested"),
            };
            match known.check(Some(&text)) {
                Ok(()) => assert!(right, "{}={text:?}", known.keyword),
                Err(error) => {
                    assert!(!right && error.at <= text.len(), "{}={text:?}: {error}", known.keyword);
                }
            }
        }
    }
}

/// A parameter of this value in its command, read back.
fn in_its_command(verb: Verb, keyword: &str, value: &str) {
    let known = known(verb, keyword).unwrap();
    assert_eq!(known.check(Some(value)), Ok(()), "{keyword}={value:?}");
    let param =
        Param::new(keyword, Some(value)).unwrap_or_else(|error| panic!("{keyword}={value:?}: {error}"));
    let command = match verb {
        Verb::Mail => format!("MAIL FROM:<> {param}"),
        Verb::Rcpt => format!("RCPT TO:<a@b> {param}"),
    };
    let (read, spans) = span::command(&command, &Limits::default()).unwrap();
    let (Command::Mail { params, .. } | Command::Rcpt { params, .. }) = &read else { panic!("{command}") };
    assert_eq!(params.find(keyword).and_then(Param::value), Some(value));
    let value_span = spans.iter().find(|span| span.rule == "esmtp-value").unwrap();
    assert_eq!(&command[value_span.start..value_span.end], value);
}

#[test]
fn what_can_be_built_parses_in_its_command() {
    let mut random = Random(3);
    let mut built = [0; 5];
    for _ in 0..8_000 {
        let text = random.characters(20);
        if let Ok(envid) = Envid::new(&text) {
            in_its_command(Verb::Mail, "ENVID", &envid.to_string());
            assert_eq!(Envid::parse(&envid.to_string()).unwrap().as_str(), text);
            built[0] += 1;
        }
        for addr_type in ["rfc822", "utf-8", "X400"] {
            if let Ok(orcpt) = Orcpt::new(addr_type, &text) {
                in_its_command(Verb::Rcpt, "ORCPT", &orcpt.to_string());
                assert_eq!(Orcpt::parse(&orcpt.to_string()).unwrap().address(), text);
                built[1] += 1;
            }
        }
        let seconds = random.next() as i32 % 1_000_000_001;
        let mode = if random.below(2) == 0 { Mode::Return } else { Mode::Notify };
        if let Ok(by) = DeliverBy::new(seconds, mode, random.below(2) == 0) {
            in_its_command(Verb::Mail, "BY", &by.to_string());
            assert_eq!(DeliverBy::parse(&by.to_string()), Ok(by));
            built[2] += 1;
        }
        let seconds = (random.next() % 400_000_000_000) as i64 - 80_000_000_000;
        if let Some(since) = DateTime::from_unix(seconds) {
            assert_eq!(since.unix(), seconds);
            for unsupported in [None, Some(Unsupported::Continue), Some(Unsupported::Reject)] {
                let rrvs = Rrvs { since, unsupported };
                in_its_command(Verb::Rcpt, "RRVS", &rrvs.to_string());
                assert_eq!(Rrvs::parse(&rrvs.to_string()), Ok(rrvs));
            }
            in_its_command(Verb::Mail, "HOLDUNTIL", &since.to_string());
            built[3] += 1;
        }
        assert_eq!(utf8_addr::decode(&utf8_addr::encode(&text)).is_ok(), !text.contains(char::is_control));
        if let Ok(decoded) = xtext::decode_text(&xtext::encode(text.as_bytes())) {
            assert_eq!(decoded, text);
            built[4] += 1;
        }
    }
    for priority in -9..=9 {
        in_its_command(Verb::Mail, "MT-PRIORITY", &Priority::new(priority).unwrap().to_string());
    }
    for notify in 0..8 {
        let notify = Notify { success: notify & 1 > 0, failure: notify & 2 > 0, delay: notify & 4 > 0 };
        in_its_command(Verb::Rcpt, "NOTIFY", &notify.to_string());
        assert_eq!(Notify::parse(&notify.to_string()), Ok(notify));
    }
    assert!(built.iter().all(|&count| count > 200), "{built:?}");
}

#[test]
fn commands_that_can_be_built_parse() {
    let mut random = Random(4);
    let limits = Limits::default();
    let mut built = 0;
    for _ in 0..8_000 {
        let (first, second) = (random.characters(12), random.characters(12));
        let mut commands = Vec::new();
        if let Ok(attributes) = Attributes::new([("NAME", first.as_str()), ("x_OWN", second.as_str())]) {
            commands.extend([Command::Xclient(attributes.clone()), Command::Xforward(attributes)]);
        }
        let scope = [Scope::Node, Scope::Subdomains, Scope::Queue][random.below(3)];
        commands.extend(Etrn::new(scope, &first).map(Command::Etrn));
        let url = Url::parse(&format!("imap:{first}"));
        commands.extend(url.map(|url| Command::Burl { url, last: random.below(2) == 0 }));
        for command in commands {
            let mut line = Vec::new();
            command.write(&mut line);
            let line = line.strip_suffix(b"\r\n").unwrap();
            assert!(!line.contains(&b'\r') && !line.contains(&b'\n') && !line.contains(&0));
            assert_eq!(Command::parse(line, &limits), Ok(command));
            built += 1;
        }
    }
    assert!(built > 500, "{built}");
}

#[test]
fn proxy_headers_that_can_be_built_parse_and_noise_does_no_harm() {
    let mut random = Random(5);
    for _ in 0..8_000 {
        let port = |random: &mut Random| random.next() as u16;
        let ends = if random.below(2) == 0 {
            [0; 2].map(|_| SocketAddr::from((Ipv4Addr::from_bits(random.next() as u32), port(&mut random))))
        } else {
            let bits = |random: &mut Random| u128::from(random.next()) << 64 | u128::from(random.next());
            [0; 2].map(|_| SocketAddr::from((Ipv6Addr::from_bits(bits(&mut random)), port(&mut random))))
        };
        let version = if random.below(2) == 0 { Version::V1 } else { Version::V2 };
        let header = Header::new(version, ends[0], ends[1]).unwrap();
        let mut written = Vec::new();
        header.write(&mut written);
        let length = written.len();
        assert_eq!(Header::read(&written[..random.below(length)]), Ok(None));
        written.extend(b"EHLO a\r\n");
        assert_eq!(Header::read(&written), Ok(Some((header, length))));
        // One octet wrong: another header or an error in it, and never one that reads on.
        written[random.below(length)] = random.next() as u8;
        match Header::read(&written) {
            Ok(found) => assert!(found.is_none_or(|(_, octets)| octets <= written.len())),
            Err(error) => assert!(error.at <= length + 1, "{written:?}: {error}"),
        }
    }
}

// covers: RFC 5321 section 4.1.1.11 server
#[test]
fn keywords_of_objects_are_keywords_like_others() {
    let mut params = Params::default();
    for keyword in ["constructor", "toString", "hasOwnProperty", "valueOf"] {
        assert!(params.add(Param::new(keyword, Some("1")).unwrap()));
        assert!(!params.add(Param::new(&keyword.to_uppercase(), None).unwrap()));
        assert_eq!((known(Verb::Mail, keyword), known(Verb::Rcpt, keyword)), (None, None));
    }
    assert!(params.find("__proto__").is_none());
    assert!(Param::new("__proto__", None).is_err());
}
