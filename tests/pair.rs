//! Client and server joined in virtual time: random messages, random options, random cuts, and death at every octet.

use std::collections::VecDeque;

use edgepost::client::{self, Client, Envelope, Outcome, Status, TransactionId};
use edgepost::sasl::{Credentials, Mechanism};
use edgepost::server::{self, Answer, Ask, Server};
use edgepost::time::Millis;
use edgepost::wire::reply::Reply;

/// A small generator, the same on every machine (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// One direction of a link: octets with the time at which they come out.
#[derive(Default)]
struct Wire {
    octets: VecDeque<(u64, u8)>,
    carried: usize,
    /// After so many octets nothing more comes out.
    dies_after: Option<usize>,
}

impl Wire {
    fn push(&mut self, now: u64, bytes: &[u8]) {
        self.octets.extend(bytes.iter().map(|&octet| (now + 25, octet)));
    }

    /// At most `most` octets that have arrived.
    fn pull(&mut self, now: u64, most: usize) -> Vec<u8> {
        let left = self.dies_after.map_or(usize::MAX, |limit| limit - self.carried);
        let mut bytes = Vec::new();
        while bytes.len() < most.min(left) && self.octets.front().is_some_and(|&(due, _)| due <= now) {
            bytes.extend(self.octets.pop_front().map(|(_, octet)| octet));
        }
        self.carried += bytes.len();
        bytes
    }

    fn is_dead(&self) -> bool {
        self.dies_after == Some(self.carried)
    }
}

#[derive(Clone, Default)]
struct Options {
    pipelining: bool,
    chunking: bool,
    starttls: bool,
    auth: bool,
    eager: u64,
    /// Recipients that begin with `no` are refused; messages that contain REFUSE too.
    messages: Vec<(Vec<String>, Vec<u8>)>,
    up_dies: Option<usize>,
    down_dies: Option<usize>,
    /// After so many octets the server says 421.
    shuts_after: Option<usize>,
    /// Nothing is left to chance.
    steady: bool,
}

struct Run {
    outcomes: Vec<Option<Outcome>>,
    stored: Vec<Vec<u8>>,
    /// The recipients of what is stored.
    delivered: Vec<(String, usize)>,
    closed: bool,
    up: usize,
    down: usize,
    elapsed: u64,
}

/// Joins a client and a server until both are done. Time passes only when both wait.
fn run(options: &Options, random: &mut Random) -> Run {
    let mut now = 1_000;
    let start = now;
    let client_config = client::Config {
        tls: if options.starttls { client::Tls::Required } else { client::Tls::Off },
        upgradable: true,
        auth: options.auth.then(|| Credentials::new("alice", "secret")),
        mechanisms: if random.chance(50) { vec![Mechanism::Plain] } else { vec![Mechanism::Login] },
        pipelining: options.pipelining,
        chunking: options.chunking,
        eager: options.eager,
        ..client::Config::named("client.example")
    };
    let server_config = server::Config {
        upgradable: options.starttls,
        auth: options.auth.then(|| server::Auth { insecure: true, ..server::Auth::default() }),
        ..server::Config::named("mx.example")
    };
    let mut client = Client::new(client_config, Millis::new(now)).unwrap();
    let mut server = Server::new(server_config, Millis::new(now)).unwrap();
    let mut up = Wire { dies_after: options.up_dies, ..Wire::default() };
    let mut down = Wire { dies_after: options.down_dies, ..Wire::default() };
    let mut ids: Vec<TransactionId> = Vec::new();
    for (to, content) in &options.messages {
        let envelope = Envelope::new("alice@a.example", to.iter().map(String::as_str)).unwrap();
        let envelope = if options.steady || random.chance(80) {
            envelope.octets(content.len() as u64)
        } else {
            envelope
        };
        ids.push(client.send(envelope).unwrap());
    }
    client.quit();
    let mut outcomes: Vec<Option<Outcome>> = vec![None; ids.len()];
    let mut offsets = vec![0; ids.len()];
    let (mut stored, mut content) = (Vec::new(), Vec::new());
    let (mut delivered, mut recipients) = (Vec::new(), Vec::new());
    let mut shuts_after = options.shuts_after;
    let (mut client_tls, mut server_tls) = (false, false);
    let (mut client_done, mut server_done) = (false, false);
    let mut steps = 0;
    while !(client_done && server_done) {
        steps += 1;
        assert!(steps < 1_000_000, "no end in sight");
        let (mut client_until, mut server_until) = (None, None);
        while !client_done {
            match client.poll(Millis::new(now)) {
                client::Output::Send(bytes) => up.push(now, &bytes),
                client::Output::StartTls => client_tls = true,
                client::Output::Body { transaction, .. } => {
                    let index = ids.iter().position(|&id| id == transaction).unwrap();
                    let whole = &options.messages[index].1;
                    let rest = &whole[offsets[index]..];
                    let take = if options.steady || random.chance(60) {
                        rest.len()
                    } else {
                        random.below(rest.len() + 1)
                    };
                    let last = take == rest.len() && (options.steady || random.chance(70));
                    let piece = client.content(transaction, &rest[..take], last).unwrap();
                    up.push(now, &piece.concat());
                    offsets[index] += take;
                }
                client::Output::Event(client::Event::Outcome { transaction, outcome }) => {
                    let index = ids.iter().position(|&id| id == transaction).unwrap();
                    assert!(outcomes[index].replace(outcome).is_none(), "a second outcome");
                }
                client::Output::Event(_) | client::Output::Exchange(_) => {}
                client::Output::Wait { until, .. } => {
                    client_until = until;
                    break;
                }
                client::Output::Closed(_) => client_done = true,
            }
        }
        while !server_done {
            match server.poll(Millis::new(now)) {
                server::Output::Send(bytes) => down.push(now, &bytes),
                server::Output::StartTls => server_tls = true,
                server::Output::Ask(ask) => {
                    let refuse = match &ask {
                        Ask::Rcpt { to, .. } => to.as_str().starts_with("no"),
                        Ask::Message => content.windows(6).any(|word| word == b"REFUSE"),
                        Ask::Auth { credentials, .. } => credentials != &Credentials::new("alice", "secret"),
                        _ => false,
                    };
                    match &ask {
                        Ask::Mail { .. } => recipients.clear(),
                        Ask::Rcpt { to, .. } if !refuse => recipients.push(to.as_str().to_string()),
                        Ask::Message => {
                            let message = std::mem::take(&mut content);
                            if !refuse {
                                delivered.extend(recipients.drain(..).map(|to| (to, stored.len())));
                                stored.push(message);
                            }
                        }
                        _ => {}
                    }
                    let answer =
                        if refuse { Answer::Refuse(Reply::new(550, None, "no")) } else { Answer::accept() };
                    server.answer(answer).unwrap();
                }
                server::Output::Body(bytes) => content.extend(bytes),
                server::Output::Event(server::Event::Discard(_)) => content.clear(),
                server::Output::Event(_) => {}
                server::Output::Wait { until, .. } => {
                    server_until = until;
                    break;
                }
                server::Output::Closed(_) => server_done = true,
            }
        }
        if client_tls && server_tls {
            (client_tls, server_tls) = (false, false);
            client.secured().unwrap();
            server.secured().unwrap();
            continue;
        }
        let most = if options.steady { usize::MAX } else { [1, 2, 7, 100, 100_000][random.below(5)] };
        let (to_server, to_client) = (up.pull(now, most), down.pull(now, most));
        let moved = !to_server.is_empty() || !to_client.is_empty();
        server.receive(&to_server);
        if shuts_after.is_some_and(|after| up.carried >= after) {
            shuts_after = None;
            server.close(Reply::new(421, None, "shutting down"));
        }
        client.receive(&to_client);
        let lost = up.is_dead() || down.is_dead();
        if lost || (server_done && down.octets.is_empty()) {
            client.end();
        }
        if lost || (client_done && up.octets.is_empty()) {
            server.end();
        }
        if !(moved || client_done && server_done) {
            let due = [up.octets.front(), down.octets.front()].into_iter().flatten().map(|&(due, _)| due);
            let timers = [client_until, server_until].into_iter().flatten().map(Millis::get);
            now = due.chain(timers).filter(|&at| at > now).min().unwrap_or(now + 1);
        }
    }
    assert!(outcomes.iter().all(Option::is_some), "a message without an outcome");
    Run {
        outcomes,
        stored,
        delivered,
        closed: true,
        up: up.carried,
        down: down.carried,
        elapsed: now - start,
    }
}

fn normal(content: &[u8], chunked: bool) -> Vec<u8> {
    let text = content.to_vec();
    let mut out = Vec::new();
    for (i, &octet) in text.iter().enumerate() {
        match octet {
            b'\r' if text.get(i + 1) == Some(&b'\n') => {}
            b'\n' | b'\r' => out.extend(b"\r\n"),
            other => out.push(other),
        }
    }
    if !chunked && !out.is_empty() && !out.ends_with(b"\r\n") {
        out.extend(b"\r\n");
    }
    out
}

fn random_options(random: &mut Random) -> Options {
    let messages = (0..1 + random.below(6))
        .map(|index| {
            let to = (0..1 + random.below(3))
                .map(|i| format!("{}{i}@b.example", if random.chance(25) { "no" } else { "bob" }))
                .collect();
            let mut content = format!("Subject: {index}\r\n\r\n").into_bytes();
            for _ in 0..random.below(200) {
                content.push(b"\r\n.x\n.\r\n.."[random.below(10)]);
            }
            if random.chance(10) {
                content.extend(b"REFUSE");
            }
            (to, content)
        })
        .collect();
    Options {
        pipelining: random.chance(70),
        chunking: random.chance(60),
        starttls: random.chance(30),
        auth: random.chance(30),
        eager: [0, 50, 65536][random.below(3)],
        messages,
        up_dies: None,
        down_dies: None,
        shuts_after: None,
        steady: false,
    }
}

#[test]
fn every_message_arrives_whole_or_is_refused_however_the_link_cuts() {
    let mut random = Random(0x5EED);
    for round in 0..2_000 {
        let options = random_options(&mut random);
        let result = run(&options, &mut random);
        assert!(result.closed);
        let mut stored = result.stored.iter();
        for ((to, content), outcome) in options.messages.iter().zip(&result.outcomes) {
            let wanted = to.iter().any(|to| !to.starts_with("no"));
            let refused = content.windows(6).any(|word| word == b"REFUSE");
            let accepted = outcome.as_ref().unwrap().is_accepted();
            assert_eq!(accepted, wanted && !refused, "round {round}: {outcome:?}");
            if accepted {
                assert_eq!(stored.next(), Some(&normal(content, options.chunking)), "round {round}");
            }
        }
        assert_eq!(stored.next(), None, "round {round}");
    }
}

/// Cuts the link after every octet, in both directions, and shuts the server down there; holds what the client says
/// against what the server has.
fn dies_everywhere(options: &Options) {
    dies_at_every(options, 1);
}

/// As [`dies_everywhere`]; what the server gets is cut after every so many octets.
fn dies_at_every(options: &Options, step: usize) {
    let whole = run(options, &mut Random(7));
    let up = (0..whole.up).step_by(step).map(|at| Options { up_dies: Some(at), ..options.clone() });
    let down = (0..whole.down).map(|at| Options { down_dies: Some(at), ..options.clone() });
    let shut = (0..whole.up).step_by(step).map(|at| Options { shuts_after: Some(at), ..options.clone() });
    for options in up.chain(down).chain(shut) {
        let result = run(&options, &mut Random(7));
        let Options { up_dies, down_dies, shuts_after, .. } = options;
        for ((to, content), outcome) in options.messages.iter().zip(&result.outcomes) {
            let outcome = outcome.as_ref().unwrap();
            let content = normal(content, options.chunking);
            let stored = result.stored.contains(&content);
            let context = format!("{up_dies:?} {down_dies:?} {shuts_after:?}: {outcome:?}, stored: {stored}");
            match outcome {
                Outcome::Accepted { .. } => assert!(stored, "a success that is none: {context}"),
                Outcome::Refused { .. } | Outcome::NotSent { .. } => {
                    assert!(!stored, "a duplicate to come: {context}")
                }
                Outcome::Uncertain { .. } => {}
            }
            assert_eq!(outcome.recipients().len(), to.len());
            for recipient in outcome.recipients() {
                let mut delivered = result.delivered.iter().filter(|(to, _)| *to == recipient.mailbox);
                let delivered = delivered.any(|&(_, index)| result.stored[index] == content);
                match recipient.status {
                    Status::Accepted => assert!(delivered, "{recipient:?}, {context}"),
                    Status::Refused | Status::NotSent => assert!(!delivered, "{recipient:?}, {context}"),
                    Status::Uncertain => {}
                }
            }
        }
        for stored in &result.stored {
            assert!(options.messages.iter().any(|(_, content)| &normal(content, options.chunking) == stored));
        }
    }
}

// covers: RFC 1047 client
#[test]
fn fifty_messages_in_flight_have_true_outcomes_wherever_the_session_ends() {
    let to = |i: usize| {
        if i % 7 == 3 { vec![format!("no{i}@b"), format!("b{i}@b")] } else { vec![format!("b{i}@b")] }
    };
    let messages = (0..50).map(|i| (to(i), format!("{i}").into_bytes())).collect();
    let options = Options { pipelining: true, chunking: true, eager: 9, messages, ..Options::default() };
    dies_at_every(&Options { steady: true, ..options }, 17);
}

// covers: RFC 1047 client
#[test]
fn outcomes_are_true_wherever_the_connection_dies() {
    let messages = vec![
        (vec!["bob@b.example".to_string()], b"one\r\n.\r\n".to_vec()),
        (vec!["no@b.example".to_string(), "bob@b.example".to_string()], b"two".to_vec()),
        (vec!["no@b.example".to_string()], b"three\r\n".to_vec()),
        (vec!["carol@b.example".to_string()], b"four\n".to_vec()),
    ];
    for pipelining in [true, false] {
        for chunking in [true, false] {
            for eager in [0, 65536] {
                let messages = messages.clone();
                dies_everywhere(&Options { pipelining, chunking, eager, messages, ..Options::default() });
            }
        }
    }
}

// covers: RFC 2920 both
// covers: RFC 3030 section 4.2 both
#[test]
fn round_trips_are_few() {
    // Each way takes 25 ms. The greeting takes half a round trip, EHLO one, all messages together one, QUIT one.
    let messages: Vec<_> = (0..50).map(|i| (vec![format!("bob{i}@b.example")], b"x\r\n".to_vec())).collect();
    for count in [1, 50] {
        let options = Options {
            pipelining: true,
            chunking: true,
            eager: 65536,
            steady: true,
            messages: messages[..count].to_vec(),
            ..Options::default()
        };
        let trips = run(&options, &mut Random(1)).elapsed as f64 / 50.0;
        assert!(trips <= 3.5, "{count} messages take {trips} round trips");
    }
}

#[test]
fn a_message_given_up_after_data_takes_nothing_else_with_it() {
    for (data, closed) in [("550 no\r\n", false), ("354 go\r\n", true)] {
        let config = client::Config { tls: client::Tls::Off, ..client::Config::named("client.example") };
        let now = Millis::new(0);
        let mut client = Client::new(config, now).unwrap();
        let envelope = || Envelope::new("a@a.example", ["b@b.example"]).unwrap().octets(3);
        let (first, second) = (client.send(envelope()).unwrap(), client.send(envelope()).unwrap());
        let mut seen = Vec::new();
        let mut run = |client: &mut Client| loop {
            match client.poll(now) {
                client::Output::Event(client::Event::Outcome { transaction, outcome }) => {
                    seen.push((
                        transaction,
                        outcome.is_accepted(),
                        matches!(outcome, Outcome::NotSent { .. }),
                    ));
                }
                client::Output::Body { transaction, .. } => {
                    drop(client.content(transaction, b"x\r\n", true).unwrap())
                }
                client::Output::Wait { .. } => break false,
                client::Output::Closed(failure) => break failure.is_some(),
                _ => {}
            }
        };
        for replies in ["220 mx\r\n", "250-mx\r\n250 PIPELINING\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"] {
            client.receive(replies.as_bytes());
            run(&mut client);
        }
        client.cancel(second, "changed my mind");
        client.receive(b"250 first\r\n250 rset\r\n250 ok\r\n250 ok\r\n");
        run(&mut client);
        client.receive(data.as_bytes());
        assert_eq!(run(&mut client), closed);
        assert_eq!(seen, [(second, false, true), (first, true, false)]);
    }
}
