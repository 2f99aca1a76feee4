//! Every parser and writer, with what makes each of them work most.

use edgepost::message::address::{Address, Reading, parse_list, read_list};
use edgepost::message::build::Text;
use edgepost::message::charset::Charsets;
use edgepost::message::date::Date;
use edgepost::message::{self, param};
use edgepost::time::Millis;
use edgepost::trace::{Reader, Side};
use edgepost::wire::address::{ForwardPath, Limits, Mailbox};
use edgepost::wire::command::Command;
use edgepost::wire::date_time::DateTime;
use edgepost::wire::dot::{Decoder, Encoder};
use edgepost::wire::ehlo::Capabilities;
use edgepost::wire::line::{Input, Normaliser};
use edgepost::wire::param::dsn::{Envid, Notify, Orcpt};
use edgepost::wire::param::solicit::Solicitation;
use edgepost::wire::proxy::Header;
use edgepost::wire::reply::{Assembler, Reply};
use edgepost::wire::{base64, xtext};

use crate::Case;

pub const CASES: &[Case] = &[
    ("lines, all at once", |size| lines(&[&b"NOOP\r\n".repeat(size)])),
    ("lines, octet by octet", |size| {
        lines(&b"NOOP a line\r\n".repeat(size / 8).chunks(1).collect::<Vec<_>>())
    }),
    ("lines in pieces of seven", |size| {
        lines(&b"NOOP a line\r\n".repeat(size).chunks(7).collect::<Vec<_>>())
    }),
    ("a line without end, octet by octet", |size| lines(&vec![&b"x"[..]; size])),
    ("bare CR without end", |size| lines(&[&b"\r".repeat(size)])),
    ("bare LF without end, octet by octet", |size| lines(&vec![&b"\n"[..]; size])),
    ("many bare CR in one line", |size| lines(&[&[&b"a\r".repeat(size)[..], b"\r\n"].concat()])),
    ("a reply of many lines", |size| drop(reply(&"250-X-KEYWORD parameter\n".repeat(size)))),
    ("a reply of one long line", |size| drop(reply(&format!("250 {}", "x\u{1b}".repeat(size))))),
    ("a reply with a long enhanced code", |size| drop(reply(&format!("250 2.{}", "1".repeat(size))))),
    ("a reply that is made and written", |size| {
        Reply::new(550, None, &"no, no\n".repeat(size)).write(&mut Vec::new())
    }),
    ("a reply of one line that is made and folded", |size| {
        Reply::new(550, None, &"€".repeat(size)).write(&mut Vec::new());
    }),
    ("the reply to EHLO", |size| {
        let lines: String = (0..size).map(|number| format!("\nX-{number} {number} {number}")).collect();
        let capabilities = Capabilities::parse(&Reply::new(250, None, &format!("mx{lines}")));
        assert!(!capabilities.has("NOT-THERE"));
    }),
    ("AUTH with many mechanisms", |size| {
        let offer = Reply::new(250, None, &format!("mx\nAUTH {}", "X-MECH ".repeat(size)));
        assert!(!Capabilities::parse(&offer).mechanisms().any(|name| name == "PLAIN"));
    }),
    ("a local part of many atoms", |size| mailbox(&format!("{}a@b.example", "a.".repeat(size)))),
    ("a local part of many quoted pairs", |size| mailbox(&format!("\"{}\"@b.example", "\\\"".repeat(size)))),
    ("a quoted string without end", |size| mailbox(&format!("\"{}", "a".repeat(size)))),
    ("a domain of many labels", |size| mailbox(&format!("a@{}example", "b.".repeat(size)))),
    ("one long label", |size| mailbox(&format!("a@{}", "b".repeat(size)))),
    ("an address literal", |size| mailbox(&format!("a@[IPv6:{}]", "1:".repeat(size)))),
    ("a literal of another kind", |size| mailbox(&format!("a@[tag:{}]", "x".repeat(size)))),
    ("many at signs", |size| mailbox(&"@".repeat(size))),
    ("many brackets", |size| mailbox(&"<".repeat(size))),
    ("characters of four octets", |size| mailbox(&format!("{}@b.example", "😀".repeat(size)))),
    ("a route of many hosts", |size| {
        command(&format!("RCPT TO:<{}@b.example:a@b.example>", "@a.example,".repeat(size)))
    }),
    ("a route without end", |size| command(&format!("RCPT TO:<{}", "@a.example,".repeat(size)))),
    ("many parameters", |size| {
        let params: String = (0..size).map(|number| format!(" X{number}={number}")).collect();
        command(&format!("MAIL FROM:<a@b.example>{params}"));
    }),
    ("a long value", |size| command(&format!("MAIL FROM:<a@b.example> X={}", "v".repeat(size)))),
    ("many spaces", |size| command(&format!("MAIL FROM:<a@b.example>{}X", " ".repeat(size)))),
    ("a long text", |size| command(&format!("VRFY {}", "Bob ".repeat(size)))),
    ("an initial response", |size| command(&format!("AUTH PLAIN {}", "QUFB".repeat(size)))),
    ("base64", |size| {
        let encoded = base64::encode(&vec![b'x'; size]);
        base64::decode(&encoded).unwrap();
    }),
    ("xtext", |size| drop(xtext::decode(&xtext::encode(&vec![b'+'; size])).unwrap())),
    ("NOTIFY", |size| {
        let _ = Notify::parse(&"SUCCESS,".repeat(size));
    }),
    ("ENVID", |size| drop(Envid::parse(&"+2B".repeat(size)))),
    ("ORCPT", |size| drop(Orcpt::parse(&format!("rfc822;{}", "+2B".repeat(size))))),
    ("ORCPT in UTF-8", |size| drop(Orcpt::parse(&format!("utf-8;{}", "\\x{20AC}".repeat(size))))),
    ("XCLIENT with many attributes", |size| {
        let attributes: String = (0..size).map(|number| format!(" X{number}=a+2Bb")).collect();
        command(&format!("XCLIENT{attributes}"));
    }),
    ("XFORWARD with a long value", |size| command(&format!("XFORWARD NAME={}", "+2B".repeat(size)))),
    ("ETRN", |size| command(&format!("ETRN @{}example", "a.".repeat(size)))),
    ("BURL", |size| command(&format!("BURL imap://{} LAST", "a%20".repeat(size)))),
    ("SOLICIT", |size| {
        let _ = Solicitation::parse(&format!("{}a.example:b", "a.example:b,".repeat(size)));
    }),
    ("a date-time", |size| {
        let _ = DateTime::parse(&format!("2026-11-23T00:00:00.{}Z", "0".repeat(size)));
    }),
    ("a PROXY header of version 1, octet by octet", |size| {
        proxy(&[b"PROXY TCP4 ", &b"1".repeat(size)[..]].concat())
    }),
    ("a PROXY header of version 2, octet by octet", |size| {
        let head = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x0f\xff";
        proxy(&[&head[..], &b"\x04\0\0".repeat(size)].concat());
    }),
    ("dots that are stuffed", |size| encode(&[&b".\r\n".repeat(size)])),
    ("dots that are stuffed, octet by octet", |size| {
        encode(&b".\r\n".repeat(size).chunks(1).collect::<Vec<_>>())
    }),
    ("NULs that wait for what follows them", |size| encode(&vec![&b"\0"[..]; size])),
    ("NULs that are followed by a dot", |size| encode(&[&b"\0"[..], b"."].repeat(size))),
    ("dots in the middle of lines", |size| encode(&[&b"a.".repeat(size)])),
    ("dots that are taken away", |size| decode(&[&b"..\r\n".repeat(size)])),
    ("dots that are taken away, octet by octet", |size| {
        decode(&b"..\r\n".repeat(size).chunks(1).collect::<Vec<_>>())
    }),
    ("ends that are none", |size| decode(&[&b"\r\n.\r\r\n".repeat(size)])),
    ("line ends that are made CRLF", |size| {
        let mut out = Vec::new();
        let mut normaliser = Normaliser::default();
        for piece in b"\n\r".repeat(size).chunks(3) {
            if !normaliser.pass(piece) {
                normaliser.write(piece, &mut out);
            }
        }
    }),
    ("a subject", |size| composed(|text| text.subject = "€ ".repeat(size))),
    ("a subject of one word", |size| composed(|text| text.subject = "x".repeat(size))),
    ("many recipients in a header", |size| {
        let name =
            |number| Address::named(format!("Bob \"{number}\""), Mailbox::parse("bob@b.example").unwrap());
        composed(|text| text.to = (0..size).map(name).collect());
    }),
    ("a text of many lines", |size| composed(|text| text.text = "a line = €\n".repeat(size))),
    ("a text of one line", |size| composed(|text| text.text = "x".repeat(size))),
    ("a list of many addresses", |size| list(&"Ann <ann@a.example>, ".repeat(size))),
    ("a list of commas", |size| list(&",".repeat(size))),
    ("a list of quotes", |size| list(&"\"".repeat(size))),
    ("a list of quotes that are escaped", |size| list(&format!("\"{}", "\\\"".repeat(size)))),
    ("a list of opening brackets", |size| list(&"a <".repeat(size))),
    ("a list of brackets and commas", |size| list(&"<a,".repeat(size))),
    ("a list of brackets and quotes", |size| list(&"<\"<,".repeat(size))),
    ("comments in comments", |size| list(&"(".repeat(size))),
    ("many comments", |size| list(&"(a)".repeat(size))),
    ("groups in groups", |size| list(&"g: ".repeat(size))),
    ("colons behind an address", |size| list(&format!("a@b {}", ": ".repeat(size)))),
    ("names without an address", |size| list(&"a, ".repeat(size))),
    ("words without an address", |size| list(&"a ".repeat(size))),
    ("domain literals without end", |size| list(&"@[".repeat(size))),
    ("a route of a header", |size| list(&format!("<{}:a@b>", "@a,".repeat(size)))),
    ("a local part of many words", |size| list(&format!("{}a@b", "a . ".repeat(size)))),
    ("encoded words in names", |size| list(&format!("{}<a@b>", "=?utf-8?Q?a?= ".repeat(size)))),
    ("encoded words without end", |size| list(&"=?a?Q?".repeat(size))),
    ("encoded words", |size| word(&"=?utf-8?Q?=C3=A9?= ".repeat(size))),
    ("encoded words of charsets that nobody knows", |size| word(&"=?x?Q?a?= =?y?B?YQ==?= ".repeat(size))),
    ("encoded words that are none", |size| word(&"=?utf-8?B?".repeat(size))),
    ("question marks", |size| word(&"=?".repeat(size))),
    ("dates of words", |size| date(&"Mon.".repeat(size))),
    ("dates of numbers", |size| date(&"1 2-".repeat(size))),
    ("dates of comments", |size| date(&"(".repeat(size))),
    ("MIME parameters", |size| mime(&(0..size).map(|number| format!("; a{number}=b")).collect::<String>())),
    ("sections of a MIME parameter", |size| {
        mime(&(0..size).map(|number| format!("; a*{number}*=b%20")).collect::<String>())
    }),
    ("a MIME parameter of many words", |size| mime(&format!("; name=a{}", " b".repeat(size)))),
    ("a MIME parameter without end", |size| mime(&format!("; name=\"{}", "\\\"".repeat(size)))),
    ("a MIME type of many parts", |size| mime(&"a/".repeat(size))),
    ("semicolons", |size| mime(&"; ".repeat(size))),
    ("a MIME parameter that is written", |size| drop(param::written("filename", &"€".repeat(size)))),
    ("a body in base64", |size| {
        let mut encoded = Vec::new();
        message::base64::encode(&vec![b'x'; size], &mut encoded);
        message::base64::decode(&encoded, &mut Vec::new());
    }),
    ("a body in base64, letter by letter", |size| {
        message::base64::decode(&b"Z=\r\n".repeat(size), &mut Vec::new());
    }),
    ("a body in quoted-printable", |size| {
        message::qp::decode(&b"=3D = =\r\n  \t\r\n".repeat(size), &mut Vec::new());
    }),
    ("white space in quoted-printable", |size| {
        message::qp::decode(&b" =".repeat(size), &mut Vec::new());
    }),
    ("a transcript, all at once", |size| trace(&[&b"NOOP\r\n".repeat(size)])),
    ("a transcript, octet by octet", |size| trace(&vec![&b"x"[..]; size])),
    ("a transcript of nonsense", |size| trace(&[&b"\n\r\x1b".repeat(size)])),
];

/// Strictly and leniently.
fn list(text: &str) {
    let _ = parse_list(text, Reading { obsolete: true, utf8: true }, &Charsets::BUILT_IN);
    read_list(text.as_bytes(), &Charsets::BUILT_IN);
}

fn word(text: &str) {
    message::word::decode(text.as_bytes(), &Charsets::BUILT_IN);
}

fn date(text: &str) {
    let _ = Date::parse(text, Reading { obsolete: true, utf8: true });
    let _ = Date::read(text.as_bytes());
}

fn mime(text: &str) {
    param::read(text.as_bytes(), &Charsets::BUILT_IN);
}

fn lines(pieces: &[&[u8]]) {
    let mut input = Input::default();
    for piece in pieces {
        input.push(piece);
        while input.line(512).is_some() {}
    }
}

fn reply(lines: &str) -> Option<Reply> {
    let mut assembler = Assembler::default();
    lines.lines().find_map(|line| assembler.push(line.as_bytes(), usize::MAX).ok().flatten())
}

fn mailbox(text: &str) {
    let limits = Limits { local_part: usize::MAX, domain: usize::MAX, path: usize::MAX };
    let _ = Mailbox::parse_within(text, &limits);
    let _ = Mailbox::parse(text);
    let _ = ForwardPath::parse(text);
}

fn command(line: &str) {
    let limits = Limits { local_part: usize::MAX, domain: usize::MAX, path: usize::MAX };
    if let Ok(command) = Command::parse(line.as_bytes(), &limits) {
        command.write(&mut Vec::new());
    }
}

/// Reads what has come so far, until it is known to be a header or none.
fn proxy(octets: &[u8]) {
    for end in 0..=octets.len() {
        if !matches!(Header::read(&octets[..end]), Ok(None)) {
            return;
        }
    }
}

fn encode(pieces: &[&[u8]]) {
    let mut encoder = Encoder::default();
    let mut wire = Vec::new();
    for piece in pieces {
        wire.extend_from_slice(&encoder.encode(piece));
    }
    wire.extend_from_slice(&encoder.finish());
}

fn decode(pieces: &[&[u8]]) {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    for piece in pieces {
        decoder.decode(piece, &mut out);
    }
}

fn composed(change: impl FnOnce(&mut Text)) {
    let mut text = Text::new(Mailbox::parse("ann@a.example").unwrap().into(), "1@a.example");
    change(&mut text);
    text.write().unwrap();
}

fn trace(pieces: &[&[u8]]) {
    let now = Millis::new(0);
    for side in [Side::Client, Side::Server] {
        let mut reader = Reader::default();
        reader.server(b"220 mx\r\n", now);
        for piece in pieces {
            if side == Side::Client {
                reader.client(piece, now)
            } else {
                reader.server(piece, now)
            };
        }
        reader.closed(side, now);
    }
}
