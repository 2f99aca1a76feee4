//! Both engines, with sessions that make each of them work most.

use edgepost::client::{self, Client, Envelope};
use edgepost::server::{self, Answer, Server};
use edgepost::time::Millis;

use crate::Case;

const NOW: Millis = Millis::new(0);
const LOCKSTEP: &str = "250 HELP";
const PIPELINING: &str = "250-PIPELINING\r\n250 HELP";
const CHUNKING: &str = "250-PIPELINING\r\n250 CHUNKING";
const MESSAGE: &str = "MAIL FROM:<>\r\nRCPT TO:<b@b.example>\r\n";

pub const CASES: &[Case] = &[
    ("a server and many commands at once", |size| serve(&["NOOP\r\n".repeat(size).as_bytes()])),
    ("a server and commands octet by octet", |size| serve_octets(&"NOOP\r\n".repeat(size))),
    ("a server and a line without end", |size| serve(&vec![&b"x"[..]; size])),
    ("a server and faults without end", |size| serve(&["FOO\r\n".repeat(size).as_bytes()])),
    ("a server and broken lines without end", |size| serve(&["a\nb\r".repeat(size).as_bytes()])),
    ("a server and many recipients", |size| {
        let recipients: String =
            (0..size).map(|number| format!("RCPT TO:<b{number}@b.example>\r\n")).collect();
        serve(&[format!("MAIL FROM:<>\r\n{recipients}DATA\r\n.\r\n").as_bytes()]);
    }),
    ("an LMTP server and many recipients", |size| {
        let recipients: String =
            (0..size).map(|number| format!("RCPT TO:<b{number}@b.example>\r\n")).collect();
        let session = format!("LHLO a\r\nMAIL FROM:<>\r\n{recipients}DATA\r\n.\r\n");
        let config =
            server::Config { protocol: server::Protocol::Lmtp, ..server::Config::named("mx.example") };
        serve_with(config, &[session.as_bytes()]);
    }),
    ("a server and many messages", |size| {
        serve(&[format!("{MESSAGE}DATA\r\nx\r\n.\r\n").repeat(size / 8).as_bytes()]);
    }),
    ("a server and content octet by octet", |size| {
        serve_octets(&format!("{MESSAGE}DATA\r\n{}", ".\r\n..".repeat(size)))
    }),
    ("a server and many chunks", |size| {
        serve(&[format!("{MESSAGE}{}BDAT 0 LAST\r\n", "BDAT 1\r\nx".repeat(size)).as_bytes()]);
    }),
    ("a server and a chunk octet by octet", |size| {
        serve_octets(&format!("{MESSAGE}BDAT {size}\r\n{}", "x".repeat(size)))
    }),
    ("a server and transactions that are given up", |size| {
        serve(&[format!("{MESSAGE}RSET\r\n").repeat(size / 4).as_bytes()])
    }),
    ("a server and EHLO again and again", |size| serve(&["EHLO a\r\n".repeat(size / 4).as_bytes()])),
    ("a client with many recipients, in lock-step", |size| send(LOCKSTEP, &[size], 1)),
    ("a client with many recipients, pipelined", |size| send(PIPELINING, &[size], 1)),
    ("a client with many messages, pipelined", |size| send(PIPELINING, &vec![1; size / 8], 1)),
    ("a client with many messages, in chunks", |size| send(CHUNKING, &vec![1; size / 8], 1)),
    ("a client with many messages that wait", |size| send(LOCKSTEP, &vec![1; size / 8], 1)),
    ("a client with content in many pieces", |size| send(PIPELINING, &[1], size)),
    ("a client with content in many chunks", |size| send(CHUNKING, &[1], size)),
    ("a client and replies that nobody asked for", |size| hear(&["250 ok\r\n".repeat(size).as_bytes()])),
    ("a client and a reply without end", |size| hear(&["250-ok\r\n".repeat(size).as_bytes()])),
    ("a client and a reply octet by octet", |size| {
        hear(&"250-ok\r\n".repeat(size).as_bytes().chunks(1).collect::<Vec<_>>());
    }),
    ("a client that gives messages up", |size| {
        let mut client = Client::new(plain(), NOW).unwrap();
        let ids: Vec<_> = (0..size / 4).map(|_| client.send(envelope(1)).unwrap()).collect();
        ids.into_iter().for_each(|id| client.cancel(id, "changed my mind"));
        while !matches!(client.poll(NOW), client::Output::Wait { .. }) {}
    }),
    ("a client whose connection is lost", |size| {
        let mut client = Client::new(plain(), NOW).unwrap();
        (0..size / 4).for_each(|_| {
            client.send(envelope(1)).unwrap();
        });
        client.end();
        while !matches!(client.poll(NOW), client::Output::Closed(_)) {}
    }),
];

fn serve_octets(session: &str) {
    serve(&session.as_bytes().chunks(1).collect::<Vec<_>>());
}

/// A session of a server that takes everything, with limits that nothing meets.
fn serve(pieces: &[&[u8]]) {
    serve_with(server::Config::named("mx.example"), pieces);
}

fn serve_with(mut config: server::Config, pieces: &[&[u8]]) {
    config.tarpit.delay = 0;
    config.limits.faults = u32::MAX;
    config.limits.idle_commands = u32::MAX;
    config.limits.recipients = usize::MAX;
    let mut server = Server::new(config, NOW).unwrap();
    for piece in [&b"EHLO a\r\n"[..]].iter().chain(pieces) {
        server.receive(piece);
        loop {
            match server.poll(NOW) {
                server::Output::Ask(_) => server.answer(Answer::accept()).unwrap(),
                server::Output::Wait { .. } | server::Output::Closed(_) => break,
                _ => {}
            }
        }
    }
}

fn plain() -> client::Config {
    client::Config { tls: client::Tls::Off, ..client::Config::named("client.example") }
}

fn envelope(recipients: usize) -> Envelope {
    let to: Vec<String> = (0..recipients).map(|number| format!("b{number}@b.example")).collect();
    Envelope::new("a@a.example", to.iter().map(String::as_str)).unwrap()
}

/// Sends messages with so many recipients each and content of so many pieces to a server that says yes.
fn send(extensions: &str, messages: &[usize], pieces: usize) {
    let mut client = Client::new(plain(), NOW).unwrap();
    for &recipients in messages {
        client.send(envelope(recipients).octets(2 * pieces as u64)).unwrap();
    }
    client.quit();
    client.receive(b"220 mx\r\n");
    let (mut given, mut content) = (0, false);
    loop {
        let said = match client.poll(NOW) {
            client::Output::Send(bytes) => bytes,
            client::Output::Body { transaction, .. } => {
                given += 1;
                let last = given == pieces;
                given %= pieces;
                let piece = client.content(transaction, b"x\n", last).unwrap();
                content = last && !piece.after.is_empty();
                [&piece.before[..], piece.after].concat()
            }
            client::Output::Closed(_) => return,
            _ => continue,
        };
        for line in said.split_inclusive(|&octet| octet == b'\n') {
            let word = line.get(..4).unwrap_or_default();
            client.receive(
                match word {
                    b"EHLO" => [b"250-mx\r\n", extensions.as_bytes(), b"\r\n"].concat(),
                    b"DATA" => b"354 go\r\n".to_vec(),
                    b"MAIL" | b"RCPT" | b"BDAT" | b"RSET" | b"QUIT" => b"250 ok\r\n".to_vec(),
                    _ if std::mem::take(&mut content) => b"250 ok\r\n".to_vec(),
                    _ => continue,
                }
                .as_slice(),
            );
        }
    }
}

/// Lets an open client hear this.
fn hear(pieces: &[&[u8]]) {
    let mut client = Client::new(plain(), NOW).unwrap();
    client.send(envelope(1)).unwrap();
    for piece in [&b"220 mx\r\n"[..], b"250 mx\r\n"].iter().chain(pieces) {
        client.receive(piece);
        while !matches!(client.poll(NOW), client::Output::Wait { .. } | client::Output::Closed(_)) {}
    }
}
