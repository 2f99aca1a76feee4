//! Lines of noise: whatever comes in, nothing panics, and what parses is written and read back equal.

use edgepost::client::{self, Client, Envelope};
use edgepost::server::{self, Answer, Server};
use edgepost::time::Millis;
use edgepost::wire::address::{Limits, Mailbox};
use edgepost::wire::command::Command;
use edgepost::wire::ehlo::Capabilities;
use edgepost::wire::reply::Assembler;

/// Words that the grammars know, and characters of every width between them.
const WORDS: &[&str] = &[
    "EHLO ",
    "HELO ",
    "MAIL FROM:",
    "RCPT TO:",
    "DATA",
    "BDAT ",
    "LAST",
    "AUTH ",
    "PLAIN ",
    "AGEAYg==",
    "=",
    "*",
    "RSET",
    "NOOP ",
    "QUIT",
    "STARTTLS",
    "VRFY ",
    "SIZE=",
    "BODY=8BITMIME",
    "SMTPUTF8",
    "<",
    ">",
    "@",
    ":",
    ".",
    ",",
    "\"",
    "\\",
    "[",
    "]",
    "IPv6:",
    "::",
    "127.0.0.1",
    "a",
    "b.example",
    " ",
    "\t",
    "0",
    "99999999999999999999",
    "é",
    "€",
    "😀",
    "\u{85}",
    "\0",
    "\r",
    "\n",
    "\r\n",
    "220 ",
    "250-",
    "250 ",
    "354 ",
    "421 ",
    "334 ",
    "235 ",
    "5.1.1 ",
    "PIPELINING",
    "CHUNKING",
    "-",
    "+",
    "\u{1b}[2J",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn noise(&mut self, most: usize) -> Vec<u8> {
        let mut noise = Vec::new();
        for _ in 0..self.below(most) {
            match self.below(40) {
                0 => noise.push(self.below(256) as u8),
                1 => {
                    let word = WORDS[self.below(WORDS.len())];
                    (0..self.below(100)).for_each(|_| noise.extend(word.bytes()));
                }
                _ => noise.extend(WORDS[self.below(WORDS.len())].bytes()),
            }
        }
        noise
    }
}

#[test]
fn what_parses_is_written_and_read_back_equal() {
    let mut random = Random(1);
    let limits = Limits::default();
    let mut parsed = 0;
    for _ in 0..200_000 {
        let noise = random.noise(12);
        if let Ok(command) = Command::parse(&noise, &limits) {
            let mut written = Vec::new();
            command.write(&mut written);
            let line = written.strip_suffix(b"\r\n").expect("a line");
            assert!(!line.contains(&b'\r') && !line.contains(&b'\n'), "{noise:?}");
            assert_eq!(Command::parse(line, &limits).as_ref(), Ok(&command), "{noise:?}");
            parsed += 1;
        }
        let text = String::from_utf8_lossy(&noise);
        if let Ok(mailbox) = Mailbox::parse(&text) {
            assert_eq!(Mailbox::parse(mailbox.as_str()), Ok(mailbox));
        }
        if let Ok(Some(reply)) = Assembler::default().push(&noise, 1000) {
            let _ = Capabilities::parse(&reply);
            let mut written = Vec::new();
            reply.write(&mut written);
            let line = written.strip_suffix(b"\r\n").expect("a line");
            assert_eq!(Assembler::default().push(line, 4000), Ok(Some(reply)));
        }
    }
    assert!(parsed > 1_000, "{parsed} commands in the noise");
}

#[test]
fn limits_in_octets_do_not_cut_characters() {
    for character in ["a", "é", "€", "😀"] {
        for count in 1..300 {
            let part = character.repeat(count);
            for line in [
                format!("RCPT TO:<{part}@x>"),
                format!("MAIL FROM:<x@{part}>"),
                format!("MAIL FROM:<\"{part}\"@x>"),
                format!("RCPT TO:<@{part}:x@y>"),
                format!("EHLO {part}"),
                format!("AUTH PLAIN {part}"),
            ] {
                let _ = Command::parse(line.as_bytes(), &Limits::default());
            }
        }
    }
}

#[test]
fn a_server_survives_noise() {
    let mut random = Random(2);
    for _ in 0..3_000 {
        let mechanisms = edgepost::sasl::Mechanism::ALL.to_vec();
        let auth = server::Auth { mechanisms, insecure: true, nonce: vec![7; 18], ..server::Auth::default() };
        let config = server::Config {
            upgradable: true,
            auth: Some(auth),
            size: 500,
            ..server::Config::named("mx.example")
        };
        let mut server = Server::new(config, Millis::new(0)).unwrap();
        server.receive(b"EHLO x\r\n");
        for turn in 0..20 {
            let mut noise = random.noise(6);
            noise.extend(if random.below(3) > 0 { &b"\r\n"[..] } else { b"" });
            server.receive(&noise);
            for step in 0.. {
                assert!(step < 1_000, "no end");
                match server.poll(Millis::new(turn)) {
                    server::Output::Ask(_) => server.answer(Answer::accept()).unwrap(),
                    server::Output::StartTls => server.secured().unwrap_or_default(),
                    server::Output::Wait { .. } | server::Output::Closed(_) => break,
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_client_survives_noise_and_reports_every_message_once() {
    let mut random = Random(3);
    let sane = [
        "220 mx\r\n",
        "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n",
        "250 ok\r\n",
        "354 go\r\n",
        "550 no\r\n",
    ];
    for _ in 0..5_000 {
        let config = client::Config {
            tls: if random.below(4) == 0 { client::Tls::Opportunistic } else { client::Tls::Off },
            upgradable: true,
            pipelining: random.below(2) == 0,
            ..client::Config::named("client.example")
        };
        let mut client = Client::new(config, Millis::new(0)).unwrap();
        let mut waiting = 0;
        for _ in 0..3 {
            client.send(Envelope::new("a@b", ["c@d", "e@f"]).unwrap().octets(3)).unwrap();
            waiting += 1;
        }
        for turn in 0..40 {
            let bytes =
                if random.below(10) > 0 { sane[random.below(sane.len())].into() } else { random.noise(4) };
            client.receive(if turn < 2 { sane[turn].as_bytes() } else { &bytes });
            if turn == 39 {
                client.end();
            }
            for step in 0.. {
                assert!(step < 1_000, "no end");
                match client.poll(Millis::new(turn as u64)) {
                    client::Output::Event(client::Event::Outcome { .. }) => waiting -= 1,
                    client::Output::Body { transaction, .. } => {
                        client.content(transaction, b"x\r\n", random.below(3) > 0).unwrap();
                    }
                    client::Output::StartTls => client.secured().unwrap_or_default(),
                    client::Output::Wait { .. } | client::Output::Closed(_) => break,
                    _ => {}
                }
            }
        }
        assert_eq!(waiting, 0);
    }
}
