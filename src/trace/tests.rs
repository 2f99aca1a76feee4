//! Sessions, whole and cut everywhere, and what is shown of them.

use std::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::Side::{Client, Link, Server};
use super::{Kind, Limits, Reader, Side, Step};
use crate::time::Millis;

/// A session: who sent what. `Link` with `TLS` is a handshake that succeeded, other sides with `END` have closed.
type Session<'a> = [(Side, &'a [u8])];

const AT: Millis = Millis::new(7);
const TLS: &[u8] = b"<secured>";
const END: &[u8] = b"<closed>";

fn read(session: &Session) -> Vec<Step> {
    let mut reader = Reader::default();
    let mut steps = Vec::new();
    for &(side, bytes) in session {
        steps.extend(match (side, bytes) {
            (Link, TLS) => reader.secured(AT),
            (side, END) | (side @ Link, _) => reader.closed(side, AT),
            (Client, bytes) => reader.client(bytes, AT),
            (Server, bytes) => reader.server(bytes, AT),
        });
    }
    steps
}

/// The transcript, which is the same however the session is cut.
fn transcript(session: &Session) -> Vec<String> {
    let whole = read(session);
    let mut bytewise = Vec::new();
    for (i, &(side, bytes)) in session.iter().enumerate() {
        if matches!(bytes, TLS | END) {
            bytewise.push((side, bytes));
            continue;
        }
        bytewise.extend(bytes.chunks(1).map(|byte| (side, byte)));
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            let pieces = [&session[..i], &[(side, head), (side, tail)], &session[i + 1..]].concat();
            assert_eq!(read(&pieces), whole, "message {i} cut at {cut}");
        }
    }
    assert_eq!(read(&bytewise), whole, "byte by byte");
    let sent: usize =
        session.iter().filter(|(_, bytes)| !matches!(*bytes, TLS | END)).map(|(_, bytes)| bytes.len()).sum();
    if session.last().is_some_and(|(side, bytes)| (*side, *bytes) == (Link, END)) {
        assert_eq!(
            whole.iter().map(|step| step.octets).sum::<u64>(),
            sent as u64,
            "every octet is in a step"
        );
    }
    whole.iter().flat_map(|step| step.to_string().lines().map(String::from).collect::<Vec<_>>()).collect()
}

#[test]
fn pipelined_data_with_dots() {
    let session: &Session = &[
        (Server, b"220 mx.example ESMTP\r\n"),
        (Client, b"EHLO client.example\r\n"),
        (Server, b"250-mx.example\r\n250 PIPELINING\r\n"),
        (Client, b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nrcpt to:<e@f>\r\nDATA\r\n"),
        (Server, b"250 2.1.0 ok\r\n250 2.1.5 ok\r\n550 5.1.1 no\r\n354 go\r\n"),
        (Client, b"Subject: x\r\n\r\nQUIT\r\n..dot\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<g@h>\r\nDATA\r\n"),
        (Server, b"250 2.0.0 stored\r\n250 ok\r\n550 no\r\n503 no recipients\r\n"),
        (Client, b"QUIT\r\n"),
        (Server, b"221 bye\r\n"),
        (Server, END),
        (Link, END),
    ];
    assert_eq!(
        transcript(session),
        [
            "S: 220 mx.example ESMTP",
            "C: EHLO client.example",
            "S: 250-mx.example",
            "S: 250 PIPELINING",
            "C: MAIL FROM:<a@b>",
            "C: RCPT TO:<c@d>",
            "C: rcpt to:<e@f>",
            "C: DATA",
            "S: 250 2.1.0 ok",
            "S: 250 2.1.5 ok",
            "S: 550 5.1.1 no",
            "S: 354 go",
            "C: 26 octets of content",
            "C: MAIL FROM:<>",
            "C: RCPT TO:<g@h>",
            "C: DATA",
            "S: 250 2.0.0 stored",
            "S: 250 ok",
            "S: 550 no",
            "S: 503 no recipients",
            "C: QUIT",
            "S: 221 bye",
            "S: closed by the server",
            "-- connection lost",
        ]
    );
    let steps = read(session);
    let replies: Vec<_> =
        steps.iter().filter(|step| step.from == Server).map(|step| step.verb.unwrap_or("-")).collect();
    assert_eq!(replies.join(" "), "- EHLO MAIL RCPT RCPT DATA DATA MAIL RCPT DATA QUIT -");
    let refused = steps.iter().find(|step| step.code == Some(550)).unwrap();
    assert_eq!(refused.enhanced.unwrap().to_string(), "5.1.1");
    assert_eq!((steps[0].kind, steps[1].kind, steps[1].octets), (Kind::Greeting, Kind::Command, 21));
}

#[test]
fn chunks_are_counted_whatever_is_in_them() {
    let session: &Session = &[
        (Server, b"220 mx\r\n"),
        (Client, b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 8\r\nQUIT\r\n.\rBDAT 5 last\r\n\r\n.\r\nBDAT 0 LAST\r\nBDAT x\r\nNOOP\r\n"),
        (Server, b"250 a\r\n250 b\r\n250 c\r\n250 d\r\n503 e\r\n501 f\r\n250 g\r\n"),
        (Client, b"BDAT 100\r\ncut"),
        (Link, END),
    ];
    assert_eq!(
        transcript(session),
        [
            "S: 220 mx",
            "C: MAIL FROM:<a@b>",
            "C: RCPT TO:<c@d>",
            "C: BDAT 8",
            "C: 8 octets of content",
            "C: BDAT 5 last",
            "C: 5 octets of content",
            "C: BDAT 0 LAST",
            "C: BDAT x",
            "C: NOOP",
            "S: 250 a",
            "S: 250 b",
            "S: 250 c",
            "S: 250 d",
            "S: 503 e",
            "S: 501 f",
            "S: 250 g",
            "C: BDAT 100",
            "C: 3 octets of content, cut off",
            "-- connection lost",
        ]
    );
}

#[test]
fn answers_to_challenges_do_not_show_and_challenges_do() {
    assert_eq!(
        transcript(&[
            (Server, b"220 mx\r\n"),
            (Client, b"EHLO a\r\n"),
            (Server, b"250 AUTH\r\n"),
            (Client, b"AUTH LOGIN\r\n"),
            (Server, b"334 VXNlcm5hbWU6\r\n"),
            (Client, b"YWxpY2U=\r\n"),
            (Server, b"334 UGFzc3dvcmQ6\r\n"),
            (Client, b"c2VjcmV0\r\n"),
            (Server, b"535 5.7.8 no\r\n"),
            (Client, b"AUTH CRAM-MD5\r\n"),
            (Server, b"334 PDE+\r\n"),
            (Client, b"*\r\n"),
            (Server, b"501 cancelled\r\n"),
            (Client, b"AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"),
            (Server, b"235 2.7.0 ok\r\n"),
            (Client, b"MAIL FROM:<a@b>\r\n"),
        ]),
        [
            "S: 220 mx",
            "C: EHLO a",
            "S: 250 AUTH",
            "C: AUTH LOGIN",
            "S: 334 VXNlcm5hbWU6",
            "C: [redacted]",
            "S: 334 UGFzc3dvcmQ6",
            "C: [redacted]",
            "S: 535 5.7.8 no",
            "C: AUTH CRAM-MD5",
            "S: 334 PDE+",
            "C: *",
            "S: 501 cancelled",
            "C: AUTH PLAIN [redacted]",
            "S: 235 2.7.0 ok",
            "C: MAIL FROM:<a@b>",
        ]
    );
}

#[test]
fn no_session_however_odd_shows_the_secret() {
    let hello: &Session = &[(Server, b"220 mx\r\n"), (Client, b"EHLO a\r\n"), (Server, b"250 mx\r\n")];
    let long = format!("AUTH PLAIN {}c2VjcmV0\r\n", "A".repeat(5000));
    let sessions: &[&Session] = &[
        // Before its challenge, after its refusal, twice.
        &[(Client, b"AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n"), (Server, b"334 \r\n334 \r\n235 ok\r\n")],
        &[(Client, b"AUTH LOGIN\r\n"), (Server, b"504 no\r\n"), (Client, b"YWxpY2U=\r\nc2VjcmV0\r\n")],
        &[
            (Client, b"AUTH PLAIN\r\n"),
            (Server, b"334 \r\n"),
            (Client, b"c2Vj"),
            (Server, b"421 bye\r\n"),
            (Client, b"c2VjcmV0\r\n"),
        ],
        &[(Client, b"AUTH PLAIN c2VjcmV0\r\nAUTH PLAIN c2VjcmV0\r\n")],
        // Unknown to us, unknown to everybody, without a mechanism.
        &[(Client, b"AUTH X-UNKNOWN c2VjcmV0\r\n"), (Server, b"334 \r\n"), (Client, b"c2VjcmV0\r\n")],
        &[(Client, b"AUTH c2VjcmV0\r\n")],
        &[(Client, b"LOGON\r\n"), (Server, b"334 \r\n"), (Client, b"c2VjcmV0\r\n")],
        // Not quite the command.
        &[(Client, b" auth plain c2VjcmV0\r\n")],
        &[(Client, b"\x00AUTH PLAIN c2VjcmV0\r\n"), (Server, b"500 what\r\n"), (Client, b"c2VjcmV0\r\n")],
        &[(Client, b"AUTH\rPLAIN c2VjcmV0\r\n")],
        &[(Client, b"NOOP\nAUTH PLAIN c2VjcmV0\nc2VjcmV0\r\n")],
        &[(Client, b"AUTH PLAIN\nc2VjcmV0\n"), (Server, b"334 \n"), (Client, b"c2VjcmV0\n")],
        &[(Client, b"AUTH PLAIN c2VjcmV0\xff\r\n")],
        &[(Client, b"AUTH PLAIN c2VjcmV0")],
        &[(Client, long.as_bytes())],
        &[(Client, b"BDAT 3\r\nabcdAUTH PLAIN c2VjcmV0\r\n")],
        // With replies missing or too many, over STARTTLS, cut off.
        &[
            (Client, b"RSET\r\nNOOP\r\nAUTH LOGIN\r\n"),
            (Server, b"250 ok\r\n334 \r\n"),
            (Client, b"c2VjcmV0\r\n"),
        ],
        &[
            (Client, b"RSET\r\nAUTH LOGIN\r\n"),
            (Server, b"250 ok\r\n250 ok\r\n250 ok\r\n"),
            (Client, b"c2VjcmV0\r\n"),
        ],
        &[
            (Client, b"STARTTLS\r\n"),
            (Server, b"220 go\r\n"),
            (Link, TLS),
            (Client, b"AUTH PLAIN c2VjcmV0\r\n"),
        ],
        &[(Client, b"AUTH LOGIN\r\nc2VjcmV0"), (Link, TLS), (Client, b"c2VjcmV0\r\n")],
    ];
    let middle: &[&Session] = &[
        &[(Client, b"c2VjcmV0\r\n")],
        &[(Server, b"334 UGFzc3dvcmQ6\r\n"), (Client, b"c2VjcmV0\r\n"), (Server, b"235 ok\r\n")],
        &[(Server, b"250 ok\r\n"), (Client, b"c2VjcmV0\r\n")],
        &[(Client, b"TH PLAIN c2VjcmV0\r\n"), (Server, b"220 mx\r\n"), (Client, b"c2VjcmV0\r\n")],
    ];
    let end: &Session = &[(Link, END)];
    for session in sessions
        .iter()
        .map(|session| [hello, session, end].concat())
        .chain(middle.iter().map(|s| [s, end].concat()))
    {
        let shown = format!("{:?}", transcript(&session));
        assert!(!shown.contains("c2V") && !shown.contains("cmV0") && !shown.contains("YWxp"), "{shown}");
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}

#[test]
fn the_token_of_a_url_does_not_show() {
    let session: &Session = &[
        (Client, b"BURL imap://h/;uid=1;urlauth=submit+h:internal:91354a47 LAST\r\n"),
        (Server, b"250 2.5.0 ok\r\n"),
    ];
    assert_eq!(
        transcript(session),
        ["C: BURL imap://h/;uid=1;urlauth=submit+h:internal:[redacted] LAST", "S: 250 2.5.0 ok"]
    );
}

#[test]
fn a_session_without_auth_shows_also_what_is_no_command() {
    assert_eq!(
        transcript(&[
            (Server, b"220 mx\r\n"),
            (Client, b"HELLO there\r\n\r\nNOOP\nQUIT\r\nGET /\x1b[2J\r\n\xff\r\nMAIL FR"),
            (Server, b"500 what\r\n"),
            (Client, END),
        ]),
        [
            "S: 220 mx",
            "C: HELLO there",
            "C: ",
            "C: NOOP",
            "C: QUIT",
            "C: GET /\u{fffd}[2J",
            "C: \u{fffd}",
            "S: 500 what",
            "C: MAIL FR",
            "C: closed by the client",
        ]
    );
    let steps = read(&[
        (Server, b"220 mx\r\n"),
        (Client, b"HELLO there\r\n\r\nNOOP\nQUIT\r\nGET /\x1b[2J\r\n\xff\r\n"),
    ]);
    let kinds: Vec<_> = steps.iter().map(|step| step.kind.as_str()).collect();
    assert_eq!(kinds, ["greeting", "command", "garbage", "garbage", "garbage", "garbage", "garbage"]);
    assert!(steps.iter().all(|step| step.verb.is_none()));
}

#[test]
fn starttls_with_what_is_smuggled_behind_it() {
    assert_eq!(
        transcript(&[
            (Server, b"220 mx\r\n"),
            (Client, b"EHLO a\r\nSTARTTLS\r\nNOOP\r\n"),
            (Server, b"250 mx\r\n220 go\r\n250 smuggled\r\n"),
            (Link, TLS),
            (Client, b"EHLO a\r\n"),
            (Server, b"250 mx\r\n"),
        ]),
        [
            "S: 220 mx",
            "C: EHLO a",
            "C: STARTTLS",
            "C: NOOP",
            "S: 250 mx",
            "S: 220 go",
            "S: 250 smuggled",
            "-- secured by TLS",
            "C: EHLO a",
            "S: 250 mx",
        ]
    );
}

#[test]
fn records_of_tls_are_counted_not_shown() {
    assert_eq!(
        transcript(&[
            (Server, b"220 mx\r\n"),
            (Client, b"STARTTLS\r\n"),
            (Server, b"220 go\r\n"),
            (Client, b"\x16\x03\x01\r\nAB"),
            (Server, b"\x16\x03\x03\r\n"),
            (Link, END),
        ]),
        [
            "S: 220 mx",
            "C: STARTTLS",
            "S: 220 go",
            "C: 7 octets of TLS records",
            "S: 5 octets of TLS records",
            "-- connection lost",
        ]
    );
    let implicit =
        read(&[(Client, b"\x16\x03\x01"), (Server, b"\x16\x03\x03"), (Link, TLS), (Server, b"220 mx\r\n")]);
    assert_eq!((implicit[0].kind, implicit[0].octets, implicit[1].kind), (Kind::Tls, 6, Kind::Greeting));
}

#[test]
fn a_client_that_waits_for_nothing_is_followed_too() {
    assert_eq!(
        transcript(&[
            (Client, b"HELO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhello\r\n.\r\nQUIT\r\n"),
            (Server, b"220 mx\r\n250 a\r\n250 b\r\n250 c\r\n354 d\r\n250 e\r\n221 f\r\n"),
            (Server, END),
        ]),
        [
            "C: HELO a",
            "C: MAIL FROM:<a@b>",
            "C: RCPT TO:<c@d>",
            "C: DATA",
            "C: 7 octets of content",
            "C: QUIT",
            "S: 220 mx",
            "S: 250 a",
            "S: 250 b",
            "S: 250 c",
            "S: 354 d",
            "S: 250 e",
            "S: 221 f",
            "S: closed by the server",
        ]
    );
}

#[test]
fn a_session_handed_over_from_its_middle() {
    assert_eq!(
        transcript(&[
            (Server, b"cut\r\n250 ok\r\n354 go\r\n"),
            (Client, b"Subject: x\r\n.\r\nQUIT\r\n"),
            (Server, b"250 stored\r\n221 bye\r\n421 too many\r\n"),
            (Link, END),
        ]),
        [
            "S: cut",
            "S: 250 ok",
            "S: 354 go",
            "C: 12 octets of content",
            "C: QUIT",
            "S: 250 stored",
            "S: 221 bye",
            "S: 421 too many",
            "-- connection lost",
        ]
    );
    assert_eq!(transcript(&[(Server, b"554 not you\r\n")]), ["S: 554 not you"]);
    assert_eq!(read(&[(Server, b"554 not you\r\n")])[0].kind, Kind::Greeting);
    assert_eq!(read(&[(Client, b"STARTTLS\r\n"), (Server, b"220 go\r\n")])[1].kind, Kind::Reply);
}

#[test]
fn what_is_no_reply_does_not_hide_the_next() {
    let steps = read(&[
        (Server, b"220-a\r\n221 b\r\nhuh\r\n250-c\r\nhuh\r\n250-d\n250-e\r\n250-f\r\n250"),
        (Server, END),
    ]);
    let shown: Vec<_> =
        steps.iter().map(|step| (step.kind.as_str(), step.text.as_str(), step.octets)).collect();
    assert_eq!(
        shown,
        [
            ("garbage", "220-a", 7),
            ("reply", "221 b", 7),
            ("garbage", "huh", 5),
            ("garbage", "250-c", 7),
            ("garbage", "huh", 5),
            ("garbage", "250-d", 6),
            ("garbage", "250-e", 7),
            ("garbage", "250-f", 7),
            ("garbage", "250", 3),
            ("closed", "closed by the server", 0),
        ]
    );
}

#[test]
fn endless_lines_replies_and_content_do_not_fill_the_memory() {
    let limits = Limits { line: 20, reply: 100 };
    let mut reader = Reader::within(limits);
    let mut steps = reader.server(&b"250-0123456789012345678901234567890\r\n".repeat(1000), AT);
    steps.extend(reader.server(&[b'x'; 100_000], AT));
    steps.extend(reader.client(&[b'y'; 100_000], AT));
    steps.extend(reader.closed(Link, AT));
    assert!(steps.iter().all(|step| step.text.len() <= 200), "{steps:?}");
    assert_eq!(steps[0].text.lines().next(), Some("250-0123456789012345 [cut]"));
    assert_eq!(steps.iter().map(|step| step.octets).sum::<u64>(), 1000 * 37 + 200_000);

    let mut steps = reader.client(b"DATA\r\n", AT);
    for _ in 0..1000 {
        steps.extend(reader.client(&[b'z'; 10_000], AT));
    }
    assert_eq!(steps.len(), 1);
    steps.extend(reader.client(b"\r\n.\r\n", AT));
    assert_eq!((steps[1].text.as_str(), steps[1].octets), ("10,000,002 octets of content", 10_000_005));
}

#[test]
fn sessions_made_of_anything_read_the_same_at_every_cut() {
    let letters = [
        &b"AUTH "[..],
        b"DATA\r\n",
        b"BDAT 3\r\n",
        b"STARTTLS\r\n",
        b"\r",
        b"\n",
        b".\r\n",
        b"334 \r\n",
        b"354 \r\n",
        b"220 \r\n",
        b"250-",
        b"\xff",
        b"\x16",
        b"*\r\n",
    ];
    let mut seed = 1_u32;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for _ in 0..500 {
        let mut session = vec![];
        for _ in 0..12 {
            session.push(match next(20) {
                0 => (Link, TLS),
                1 => (Link, END),
                i => (if i % 2 == 0 { Client } else { Server }, letters[next(letters.len())]),
            });
        }
        session.push((Link, END));
        transcript(&session);
    }
}
