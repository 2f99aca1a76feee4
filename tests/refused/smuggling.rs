//! SMTP smuggling: two sides that do not agree where a message ends (RFC 5321 sections 2.3.8, 4.1.1.4 and 4.5.2).
//!
//! Every sequence of up to four of CR, LF, CRLF, CRCRLF, dot and NUL stands between two halves of a message.

use edgepost::client::{self, Envelope, LineEnds, Outcome};
use edgepost::server;

use crate::peer::{Host, plain, talk};

const PARTS: [&[u8]; 6] = [b"\r", b"\n", b"\r\n", b"\r\r\n", b".", b"\0"];
const LONGEST: u32 = 4;
const END: &[u8] = b"\r\n.\r\n";
const BEFORE: &[u8] = b"before";
const EVIL: &[u8] = b"MAIL FROM:<mallory@evil.example>\r\n";

/// Every different sequence of the parts.
fn sequences() -> Vec<Vec<u8>> {
    let parts = PARTS.len();
    let mut all: Vec<Vec<u8>> = (0..=LONGEST)
        .flat_map(|length| (0..parts.pow(length)).map(move |number| (length, number)))
        .map(|(length, number)| {
            (0..length).flat_map(|digit| PARTS[number / parts.pow(digit) % parts]).copied().collect()
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// The message as a whole, and cut at every place where the sequence is.
fn pieces<'a>(message: &'a [u8], sequence: &[u8]) -> impl Iterator<Item = [&'a [u8]; 2]> {
    let places = BEFORE.len() - 1..=BEFORE.len() + sequence.len() + 1;
    [0].into_iter().chain(places).map(|at| [&message[..at], &message[at..]])
}

fn begun() -> Host {
    let mut host = Host::named();
    host.hear(b"EHLO a\r\nMAIL FROM:<ann@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n");
    host
}

// covers: RFC 5321 section 4.1.1.4 server
// covers: RFC 5321 section 4.5.2 server
#[test]
fn nothing_but_crlf_dot_crlf_ends_a_message_whole_and_cut_at_every_octet() {
    let mut tried = 0;
    for sequence in sequences() {
        let message = [BEFORE, &sequence[..], EVIL].concat();
        // These do end it, as they should.
        if has(&message, END) {
            continue;
        }
        tried += 1;
        for pieces in pieces(&message, &sequence) {
            let mut host = begun();
            for piece in pieces {
                host.hear(piece);
            }
            host.hear(b"\r\n.\r\nQUIT\r\n");
            assert_eq!(host.senders(), ["ann@a.example"], "{sequence:?} as {pieces:?}");
            assert_eq!(host.stored.len(), 1, "{sequence:?} as {pieces:?}");
            assert!(has(&host.stored[0], EVIL), "{sequence:?} as {pieces:?}");
            assert_eq!(host.closed, Some(None));
        }
    }
    assert!(tried > 700, "{tried} sequences");
}

// covers: RFC 5321 section 4.5.2 client
// covers: RFC 3030 section 2 client
#[test]
fn no_end_but_the_right_one_leaves_the_client_whole_and_cut_at_every_octet() {
    for sequence in sequences() {
        let message = [BEFORE, &sequence[..], EVIL].concat();
        for pieces in pieces(&message, &sequence) {
            for chunking in [false, true] {
                let mut config = server::Config::named("mx.example");
                assert!(chunking || config.extensions.disable("CHUNKING"));
                let envelope = Envelope::new("ann@a.example", ["bob@b.example"]).unwrap();
                let talk = talk(plain(), config, envelope, &pieces);
                let context = format!("{sequence:?} as {pieces:?}, chunking {chunking}");
                assert!(talk.outcome.is_accepted(), "{context}");
                // A chunk is counted: what is in it is what the server has got.
                let seen = if chunking { &talk.host.stored[0] } else { &talk.wire };
                assert!(!has_bare(seen), "a bare CR or LF: {context}");
                if !chunking {
                    assert_eq!(ends_for_anybody(seen), 1, "{context}");
                }
                assert_eq!(talk.host.senders(), ["ann@a.example"], "{context}");
            }
        }
    }
}

// covers: RFC 5321 section 2.3.8 client
#[test]
fn content_with_a_bare_line_end_is_refused_where_that_is_asked_for() {
    for sequence in sequences().into_iter().filter(|sequence| sequence.len() <= 4) {
        let message = [BEFORE, &sequence[..], EVIL].concat();
        for pieces in pieces(&message, &sequence) {
            for chunking in [false, true] {
                let client = client::Config { line_ends: LineEnds::Refuse, ..plain() };
                let mut server = server::Config::named("mx.example");
                assert!(chunking || server.extensions.disable("CHUNKING"));
                let envelope = Envelope::new("ann@a.example", ["bob@b.example"]).unwrap();
                let talk = talk(client, server, envelope, &pieces);
                let context = format!("{sequence:?} as {pieces:?}, chunking {chunking}");
                assert_eq!(talk.outcome.is_accepted(), !has_bare(&message), "{context}");
                assert_eq!(talk.host.stored.len(), usize::from(talk.outcome.is_accepted()), "{context}");
                assert!(
                    talk.outcome.is_accepted() || matches!(talk.outcome, Outcome::NotSent { .. }),
                    "{context}"
                );
            }
        }
    }
}

fn has_bare(text: &[u8]) -> bool {
    let cr = |at: usize| text[at] == b'\r' && text.get(at + 1) != Some(&b'\n');
    let lf = |at: usize| text[at] == b'\n' && (at == 0 || text[at - 1] != b'\r');
    (0..text.len()).any(|at| cr(at) || lf(at))
}

/// The places where the message would be over for the most lenient of servers: one that knows bare line ends, and one that
/// drops NUL.
fn ends_for_anybody(wire: &[u8]) -> usize {
    let seen: Vec<u8> = wire.iter().copied().filter(|&octet| octet != b'\0').collect();
    let lines: Vec<&[u8]> = seen.split(|octet| matches!(octet, b'\r' | b'\n')).collect();
    lines.iter().filter(|line| **line == b".").count()
}

// covers: RFC 3030 section 2 server
#[test]
fn what_is_in_a_chunk_ends_nothing() {
    for sequence in sequences() {
        let message = [BEFORE, &sequence[..], END, EVIL].concat();
        let mut host = Host::named();
        host.hear(b"EHLO a\r\nMAIL FROM:<ann@a.example>\r\nRCPT TO:<bob@b.example>\r\n");
        host.hear(format!("BDAT {} LAST\r\n", message.len()).as_bytes()).hear(&message).hear(b"QUIT\r\n");
        assert_eq!(host.stored, [message], "{sequence:?}");
        assert_eq!(host.senders(), ["ann@a.example"], "{sequence:?}");
    }
}

// covers: RFC 5321 section 2.3.8 server
#[test]
fn what_is_behind_a_bare_line_end_is_no_command() {
    for sequence in sequences().into_iter().filter(|sequence| !has(sequence, b"\r\n")) {
        let commands = [BEFORE, &sequence[..], EVIL].concat();
        for pieces in pieces(&commands, &sequence) {
            let mut host = Host::named();
            host.hear(b"EHLO a\r\n");
            for piece in pieces {
                host.hear(piece);
            }
            assert!(host.senders().is_empty(), "{sequence:?} as {pieces:?}");
        }
    }
}
