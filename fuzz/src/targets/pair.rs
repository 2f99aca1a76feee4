//! Client and server joined by a link that cuts anywhere and dies anywhere: they agree on what was stored.
//!
//! The promise (RFC 1047), for each recipient: what the client calls accepted was stored once; what it calls refused or not
//! sent was not stored; of the rest it says that it does not know. And nothing but whole messages is ever stored.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::client::{self, Cause, Client, Envelope, Outcome, Status, TransactionId};
use edgepost::sasl::scram::StoredSecret;
use edgepost::sasl::{Credentials, Mechanism, Secret};
use edgepost::server::{self, Answer, Ask, Extension, Network, Server, Verdict};
use edgepost::time::Millis;
use edgepost::trace::{self, Reader};
use edgepost::wire::command::attributes::Attributes;
use edgepost::wire::reply::Reply;

use super::dot::ended;
use super::line::normal;
use crate::cuts::Random;

const SECRET: &str = "Zq9!secret-7w";
const TOKEN: &str = "Zq9.secret-7w";

#[derive(Debug, Arbitrary)]
struct Input {
    flags: u32,
    seed: u32,
    /// After so many octets of a direction nothing more comes out of it.
    up_dies: u16,
    down_dies: u16,
    /// The message that is given up, and in which step.
    cancelled: (u8, u8),
    messages: Vec<Message>,
}

#[derive(Debug, Arbitrary)]
struct Message {
    /// A recipient for each two bits.
    to: u8,
    declared: bool,
    binary: bool,
    prdr: bool,
    /// The server refuses it when it is there.
    refused: bool,
    content: Vec<u8>,
}

impl Input {
    const fn flag(&self, bit: u32) -> bool {
        self.flags & 1 << bit != 0
    }
}

impl Message {
    /// The server accepts `bob`, refuses `no` at once, and `late` when the content is there, if it is asked for each.
    fn recipients(&self, index: usize) -> Vec<String> {
        let name = |bits: u8| ["bob", "bob", "late", "no"][usize::from(bits & 3)];
        let names = (0..1 + usize::from(self.to >> 6)).map(|at| name(self.to >> (2 * (at % 3))));
        names.enumerate().map(|(at, name)| format!("{name}{index}{at}@b.example")).collect()
    }

    /// The content names its message, so that each is known by what is stored.
    fn content(&self, index: usize) -> Vec<u8> {
        let mark = if self.refused { "REFUSE" } else { "" };
        let mut content = format!("Subject: {index}{mark}\r\n\r\n").into_bytes();
        content.extend(self.content.iter().take(200).map(|&octet| match octet {
            0..128 => b"\r\n..x\n.\r"[usize::from(octet) % 8],
            other => other,
        }));
        content
    }
}

pub fn run(octets: &[u8]) {
    let Ok(mut input) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    input.messages.truncate(4);
    let mut link = Link::new(&input);
    link.run();
    link.check();
}

/// Octets on their way, and how many have come out.
#[derive(Default)]
struct Way {
    octets: Vec<u8>,
    carried: usize,
    dies_after: Option<usize>,
}

impl Way {
    fn pull(&mut self, most: usize) -> &[u8] {
        let until = self.dies_after.unwrap_or(usize::MAX).min(self.octets.len()).min(self.carried + most);
        let from = self.carried;
        self.carried = until.max(from);
        &self.octets[from..self.carried]
    }

    fn is_dead(&self) -> bool {
        self.dies_after == Some(self.carried)
    }

    fn is_empty(&self) -> bool {
        self.carried == self.octets.len()
    }
}

struct Link<'a> {
    input: &'a Input,
    random: Random,
    now: u64,
    client: Client,
    server: Server,
    up: Way,
    down: Way,
    reader: Reader,
    ids: Vec<TransactionId>,
    contents: Vec<Vec<u8>>,
    offsets: Vec<usize>,
    ended: Vec<bool>,
    outcomes: Vec<Option<Outcome>>,
    failure: Option<client::Failure>,
    /// The message that is coming in.
    coming: Vec<u8>,
    /// Its recipients, and whether the client hears of each.
    to: Vec<String>,
    each: bool,
    /// Messages, each with those it was stored for.
    stored: Vec<(Vec<u8>, Vec<String>)>,
    tls: (bool, bool),
    done: (bool, bool),
}

impl<'a> Link<'a> {
    fn new(input: &'a Input) -> Self {
        let now = 1_000;
        let auth = input.flag(0);
        // This link has no channel binding.
        let mechanisms: Vec<_> = Mechanism::ALL.iter().filter(|mechanism| !mechanism.is_plus()).collect();
        let mechanism = *mechanisms[(input.flags >> 24) as usize % mechanisms.len()];
        let client_config = client::Config {
            tls: if input.flag(1) { client::Tls::Required } else { client::Tls::Off },
            upgradable: true,
            auth: auth.then(|| credentials(mechanism)),
            nonce: vec![7; 18],
            iterations: 1..=64,
            mechanisms: vec![mechanism],
            protocol: if input.flag(13) { client::Protocol::Lmtp } else { client::Protocol::Smtp },
            proxy: if input.flag(16) {
                b"PROXY TCP4 192.0.2.7 192.0.2.8 1 25\r\n".to_vec()
            } else {
                Vec::new()
            },
            xclient: input.flag(17).then(|| Attributes::new([("ADDR", "192.0.2.9")]).expect("good")),
            pipelining: !input.flag(2),
            chunking: !input.flag(3),
            eager: if input.flag(4) { 30 } else { 65_536 },
            window: if input.flag(5) { 1 } else { 100 },
            ..client::Config::named("client.example")
        };
        let mut server_config = server::Config {
            upgradable: input.flag(1),
            protocol: if input.flag(13) { server::Protocol::Lmtp } else { server::Protocol::Smtp },
            auth: auth.then(|| server::Auth {
                mechanisms: Mechanism::ALL.to_vec(),
                insecure: true,
                nonce: vec![7; 18],
                iterations: 2,
                ..server::Auth::default()
            }),
            ..server::Config::named("mx.example")
        };
        let everybody = || vec![Network::parse("0.0.0.0/0").expect("a network")];
        server_config.remote = "192.0.2.1".parse().ok();
        server_config.trust.proxy = if input.flag(16) { everybody() } else { Vec::new() };
        server_config.trust.xclient = if input.flag(17) { everybody() } else { Vec::new() };
        let extensions = &mut server_config.extensions;
        for (bit, keyword) in
            [(6, "PIPELINING"), (7, "CHUNKING"), (8, "SIZE"), (9, "ENHANCEDSTATUSCODES"), (14, "BINARYMIME")]
        {
            if input.flag(bit) {
                extensions.disable(keyword);
            }
        }
        if input.flag(15) {
            extensions.offer(Extension::Prdr, "").expect("no parameters");
        }
        let mut client = Client::new(client_config, Millis::new(now)).expect("a good configuration");
        let server = Server::new(server_config, Millis::new(now)).expect("a good configuration");
        let contents: Vec<Vec<u8>> =
            input.messages.iter().enumerate().map(|(index, message)| message.content(index)).collect();
        let send = |(index, message): (usize, &Message)| {
            let to = message.recipients(index);
            let envelope = Envelope::new("alice@a.example", to.iter().map(String::as_str)).expect("good");
            let octets = contents[index].len() as u64;
            let envelope = if message.declared { envelope } else { envelope.octets(octets) };
            let envelope = if message.binary { envelope.binary() } else { envelope };
            let envelope = if message.prdr { envelope.prdr() } else { envelope };
            client.send(envelope).expect("an open session")
        };
        let ids: Vec<TransactionId> = input.messages.iter().enumerate().map(send).collect();
        client.quit();
        Self {
            random: Random::new(input.seed.into()),
            up: Way { dies_after: input.flag(10).then_some(input.up_dies.into()), ..Way::default() },
            down: Way { dies_after: input.flag(11).then_some(input.down_dies.into()), ..Way::default() },
            reader: Reader::default(),
            offsets: vec![0; ids.len()],
            ended: vec![false; ids.len()],
            outcomes: vec![None; ids.len()],
            failure: None,
            coming: Vec::new(),
            to: Vec::new(),
            each: false,
            stored: Vec::new(),
            tls: (false, false),
            done: (false, false),
            input,
            now,
            client,
            server,
            ids,
            contents,
        }
    }

    fn run(&mut self) {
        for step in 0.. {
            assert!(step < 20_000, "no end in sight");
            if self.input.flag(12) && step == usize::from(self.input.cancelled.1) {
                self.cancel();
            }
            let until = [self.poll_client(), self.poll_server()];
            if self.done == (true, true) {
                return;
            }
            if self.tls == (true, true) {
                self.tls = (false, false);
                self.client.secured().expect("a handshake");
                self.server.secured().expect("a handshake");
                self.reader.secured(Millis::new(self.now));
                continue;
            }
            if !self.carry() {
                let timer = until.into_iter().flatten().map(Millis::get).filter(|&at| at > self.now).min();
                self.now = timer.unwrap_or(self.now + 1);
            }
        }
    }

    fn cancel(&mut self) {
        if let Some(&id) = self.ids.get(usize::from(self.input.cancelled.0)) {
            self.client.cancel(id, "changed my mind");
        }
    }

    fn poll_client(&mut self) -> Option<Millis> {
        while !self.done.0 {
            match self.client.poll(Millis::new(self.now)) {
                client::Output::Send(bytes) => self.up.octets.extend(bytes),
                client::Output::StartTls => self.tls.0 = true,
                client::Output::Exchange(_) => unreachable!("no mechanism is delegated"),
                client::Output::Body { transaction, .. } => self.supply(transaction),
                client::Output::Event(client::Event::Outcome { transaction, outcome }) => {
                    let index = self.index(transaction);
                    assert!(self.outcomes[index].replace(outcome).is_none(), "a second outcome");
                }
                client::Output::Event(_) => {}
                client::Output::Wait { until, .. } => return until,
                client::Output::Closed(failure) => {
                    self.done.0 = true;
                    self.failure = failure;
                }
            }
        }
        None
    }

    fn index(&self, id: TransactionId) -> usize {
        self.ids.iter().position(|&known| known == id).expect("a message of ours")
    }

    fn supply(&mut self, id: TransactionId) {
        let index = self.index(id);
        if std::mem::take(&mut self.ended[index]) {
            // What was refused because it came too early is sent again.
            self.offsets[index] = 0;
        }
        let rest = &self.contents[index][self.offsets[index]..];
        let take = if self.random.chance(60) { rest.len() } else { self.random.below(rest.len() + 1) };
        let last = take == rest.len() && self.random.chance(70);
        let piece = self.client.content(id, &rest[..take], last).expect("it was asked for");
        self.up.octets.extend(piece.concat());
        self.offsets[index] += take;
        self.ended[index] = last;
    }

    fn poll_server(&mut self) -> Option<Millis> {
        while !self.done.1 {
            match self.server.poll(Millis::new(self.now)) {
                server::Output::Send(bytes) => self.down.octets.extend(bytes),
                server::Output::StartTls => self.tls.1 = true,
                server::Output::Ask(ask) => self.answer(&ask),
                server::Output::Body(bytes) => self.coming.extend(bytes),
                server::Output::Event(server::Event::Content { to, each, .. }) => {
                    self.to = to.iter().map(|recipient| recipient.to.as_str().to_string()).collect();
                    self.each = each;
                }
                server::Output::Event(server::Event::Discard(_)) => self.coming.clear(),
                server::Output::Event(_) => {}
                server::Output::Wait { until, .. } => return until,
                server::Output::Closed(_) => self.done.1 = true,
            }
        }
        None
    }

    fn answer(&mut self, ask: &Ask) {
        let refused = match ask {
            Ask::Rcpt { to, .. } => to.as_str().starts_with("no"),
            Ask::Message => self.coming.windows(6).any(|word| word == b"REFUSE"),
            Ask::Auth { credentials: given, .. } => ![
                credentials(Mechanism::Plain),
                credentials(Mechanism::XOAuth2),
                credentials(Mechanism::External),
            ]
            .contains(given),
            _ => false,
        };
        let no = Reply::new(550, None, "no");
        let answer = match ask {
            _ if refused => Answer::Refuse(no),
            Ask::Secret { .. } => Answer::Secret(Some(StoredSecret::Password(Secret::new(SECRET)))),
            Ask::Message if self.each => Answer::Each(self.verdicts(&no)),
            _ => Answer::accept(),
        };
        if *ask == Ask::Message {
            let message = std::mem::take(&mut self.coming);
            let is_stored = |to: &String| !self.each || !to.starts_with("late");
            let to: Vec<String> = self.to.drain(..).filter(is_stored).collect();
            if !refused && !to.is_empty() {
                self.stored.push((message, to));
            }
        }
        self.server.answer(answer).expect("a question is open");
    }

    fn verdicts(&self, no: &Reply) -> Vec<Verdict> {
        let verdict = |to: &String| match to.starts_with("late") {
            true => Verdict::Refuse(no.clone()),
            false => Verdict::Accept(None),
        };
        self.to.iter().map(verdict).collect()
    }

    /// Moves some octets both ways; false when there were none.
    fn carry(&mut self) -> bool {
        let most = [1, 2, 7, 100, 100_000][self.random.below(5)];
        let at = Millis::new(self.now);
        let up = self.up.pull(most);
        self.server.receive(up);
        let mut steps = self.reader.client(up, at);
        let down = self.down.pull(most);
        self.client.receive(down);
        steps.extend(self.reader.server(down, at));
        let moved = !up.is_empty() || !down.is_empty();
        let lost = self.up.is_dead() || self.down.is_dead();
        if lost || (self.done.1 && self.down.is_empty()) {
            self.client.end();
        }
        if lost || (self.done.0 && self.up.is_empty()) {
            self.server.end();
        }
        steps.iter().for_each(check_step);
        moved
    }

    fn check(&self) {
        let input = self.input;
        let lives = self.up.dies_after.is_none() && self.down.dies_after.is_none() && !input.flag(12);
        let expected: Vec<Vec<u8>> = (0..input.messages.len()).map(|index| self.expected(index)).collect();
        for (content, _) in &self.stored {
            assert!(expected.contains(content), "nobody has sent this: {}", content.escape_ascii());
        }
        for (index, (message, outcome)) in input.messages.iter().zip(&self.outcomes).enumerate() {
            let outcome = outcome.as_ref().expect("each message has an outcome");
            let stored: Vec<&String> = self
                .stored
                .iter()
                .filter(|(content, _)| *content == expected[index])
                .flat_map(|(_, to)| to)
                .collect();
            let recipients = outcome.recipients();
            let mailboxes: Vec<&str> = recipients.iter().map(|recipient| &*recipient.mailbox).collect();
            assert_eq!(mailboxes, message.recipients(index), "each recipient is spoken of");
            for recipient in recipients {
                let times = stored.iter().filter(|to| ***to == recipient.mailbox).count();
                match recipient.status {
                    Status::Accepted => assert_eq!(times, 1, "a success that is none: {outcome:?}"),
                    Status::Refused | Status::NotSent => {
                        assert_eq!(times, 0, "a duplicate to come: {outcome:?}");
                    }
                    Status::Uncertain => assert!(times <= 1, "stored {times} times: {outcome:?}"),
                }
            }
            match outcome {
                Outcome::Accepted { .. } => {
                    assert!(!stored.is_empty(), "a success that is none: {outcome:?}")
                }
                Outcome::Refused { .. } | Outcome::NotSent { .. } => {
                    assert!(stored.is_empty(), "a duplicate to come: {outcome:?}");
                }
                Outcome::Uncertain { failure, .. } => assert!(
                    !lives && !matches!(failure.cause, Cause::Protocol(_)),
                    "no doubt on a link that lives: {outcome:?}"
                ),
            }
            if lives {
                let doubt = recipients.iter().any(|recipient| recipient.status == Status::Uncertain);
                assert!(!doubt, "no doubt on a link that lives: {outcome:?}");
                assert_eq!(!stored.is_empty(), self.is_wanted(index, message), "{outcome:?}");
            }
        }
        if lives {
            assert_eq!(self.failure, None, "a session in order");
        }
    }

    fn chunked(&self) -> bool {
        !self.input.flag(3) && !self.input.flag(7)
    }

    /// What the server is to store of a message.
    fn expected(&self, index: usize) -> Vec<u8> {
        let content = &self.contents[index];
        match (self.input.messages[index].binary, self.chunked()) {
            (true, _) => content.clone(),
            (false, true) => normal(content),
            (false, false) => ended(normal(content)),
        }
    }

    /// Somebody is to get it, on a link that lives.
    fn is_wanted(&self, index: usize, message: &Message) -> bool {
        let to = message.recipients(index);
        let each = self.input.flag(13) || (message.prdr && self.input.flag(15) && to.len() > 1);
        let can = !message.binary || (self.chunked() && !self.input.flag(14));
        can && !message.refused
            && to.iter().any(|to| !(to.starts_with("no") || each && to.starts_with("late")))
    }
}

/// What this mechanism takes.
fn credentials(mechanism: Mechanism) -> Credentials {
    let all = [
        Credentials::new("alice", SECRET),
        Credentials::with_token("alice", TOKEN),
        Credentials::unproven("alice"),
    ];
    all.into_iter().find(|credentials| mechanism.takes(&credentials.proof)).expect("credentials for each")
}

/// What a person is shown of a session holds no password, in clear or in base64.
fn check_step(step: &trace::Step) {
    for secret in [SECRET, TOKEN, "WnE5IXNlY3JldC03dw", "AGFsaWNlAFpxOSFzZWNyZXQtN3c"] {
        assert!(!step.text.contains(secret), "a secret is shown: {step}");
    }
}
