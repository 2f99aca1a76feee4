//! A session as text, played against the client or the server: what the `.smtp` files under `tests/transcripts` say.
//!
//! ```text
//! # A comment
//! @covers RFC 5321 client       what a session shows, for the coverage table
//! @side both                     client, server or both
//! @client tls=off pipelining=no  options of the client under test
//! @client auth=alice:secret nonce=x iterations=16 mechanism=PLAIN,LOGIN token=alice:secret binding=tls-exporter:x
//! @server auth=yes tls=yes       options of the server under test
//! @server auth=yes mechanisms=SCRAM-SHA-256-PLUS,PLAIN binding=tls-exporter:x
//! @refuse bob@b.example 550 5.1.1 no such user
//! @verdict bob@b.example 452 4.2.2 mailbox full    the server decides on the content for each recipient
//! @send alice@a.example bob@b.example,carol@b.example "Subject: x\r\n\r\nhello\r\n"
//! @mail RET=HDRS ENVID=x         parameters of the MAIL of the message above
//! @rcpt 0 NOTIFY=NEVER           parameters of one RCPT of the message above
//! @prdr                          asks for PRDR for the message above
//! @outcome accepted 250          of each message, in order
//! @recipients accepted refused  what became of each recipient, a line for each message
//! @stored "..."                  what the server has got, in order
//! @content 10                    the client is given so many octets of content, and no more for now
//! @closed                        the end in order; or @closed and how the client's failure begins
//! S: 220 mx.example ESMTP Edgepost
//! C: EHLO client.example
//! TLS                            both sides start TLS
//! C| raw octets with \r\n escapes, without a line end of their own
//! EOF                            the peer under play closes
//! ```

mod player;

use std::collections::{BTreeSet, VecDeque};

use edgepost::client::{self, Client, Envelope};
use edgepost::sasl::binding::{BindingType, ChannelBinding};
use edgepost::sasl::scram::StoredSecret;
use edgepost::sasl::{Credentials, Mechanism, Proof, Secret};
use edgepost::server::{self, Answer, Ask, Server};
use edgepost::time::Millis;
use edgepost::wire::command::attributes::Attributes;
use edgepost::wire::param::Param;
use edgepost::wire::proxy::{Header, Version};
use edgepost::wire::reply::{EnhancedCode, Reply};
use player::Player;

/// One thing that happens on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Tls,
    Eof,
}

#[derive(Debug, Clone, Default)]
pub struct Scenario {
    pub name: String,
    pub side: String,
    client: Vec<(String, String)>,
    server: Vec<(String, String)>,
    refuse: Vec<(String, Reply)>,
    verdicts: Vec<(String, Reply)>,
    send: Vec<(Envelope, Vec<u8>)>,
    outcomes: Vec<String>,
    recipients: Vec<String>,
    stored: Vec<Vec<u8>>,
    content: Option<usize>,
    closed: Option<String>,
    pub turns: Vec<Turn>,
}

impl Scenario {
    pub fn parse(name: &str, text: &str) -> Self {
        let mut scenario = Self { name: name.into(), side: "both".into(), ..Self::default() };
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "@side" => scenario.side = rest.trim().into(),
                "@client" => scenario.client.extend(pairs(rest)),
                "@server" => scenario.server.extend(pairs(rest)),
                "@refuse" => {
                    let (address, reply) = rest.split_once(' ').expect("an address and a reply");
                    scenario.refuse.push((address.into(), reply_of(reply)));
                }
                "@verdict" => {
                    let (address, reply) = rest.split_once(' ').expect("an address and a reply");
                    scenario.verdicts.push((address.into(), reply_of(reply)));
                }
                "@send" => {
                    let mut parts = rest.splitn(3, ' ');
                    let from = parts.next().unwrap_or_default().trim_matches(|c| c == '<' || c == '>');
                    let envelope = Envelope::new(from, parts.next().unwrap_or_default().split(',')).unwrap();
                    let content = quoted(parts.next().unwrap_or("\"\""));
                    let envelope = envelope.octets(content.len() as u64).eight_bit(!content.is_ascii());
                    scenario.send.push((envelope, content));
                }
                "@mail" => scenario.amend(|envelope| {
                    params(rest).fold(envelope, |envelope, param| envelope.param(param).unwrap())
                }),
                "@rcpt" => scenario.amend(|envelope| {
                    let (index, rest) = rest.split_once(' ').expect("an index and parameters");
                    let index = index.parse().unwrap();
                    params(rest).fold(envelope, |envelope, param| envelope.rcpt_param(index, param).unwrap())
                }),
                "@prdr" => scenario.amend(Envelope::prdr),
                "@outcome" => scenario.outcomes.push(rest.trim().into()),
                "@recipients" => scenario.recipients.push(rest.trim().into()),
                "@stored" => scenario.stored.push(quoted(rest)),
                "@content" => scenario.content = rest.trim().parse().ok(),
                "@closed" => scenario.closed = Some(rest.trim().into()),
                "C:" => scenario.push(true, format!("{rest}\r\n").into_bytes()),
                "S:" => scenario.push(false, format!("{rest}\r\n").into_bytes()),
                "C|" => scenario.push(true, unescape(rest)),
                "S|" => scenario.push(false, unescape(rest)),
                "TLS" => scenario.turns.push(Turn::Tls),
                "EOF" => scenario.turns.push(Turn::Eof),
                "" | "#" | "@covers" => {}
                _ => panic!("{name}: what is {line:?}?"),
            }
        }
        scenario
    }

    fn amend(&mut self, change: impl FnOnce(Envelope) -> Envelope) {
        let (envelope, content) = self.send.pop().expect("a message above");
        self.send.push((change(envelope), content));
    }

    fn push(&mut self, client: bool, bytes: Vec<u8>) {
        match (self.turns.last_mut(), client) {
            (Some(Turn::Client(turn)), true) | (Some(Turn::Server(turn)), false) => turn.extend(bytes),
            (_, true) => self.turns.push(Turn::Client(bytes)),
            (_, false) => self.turns.push(Turn::Server(bytes)),
        }
    }

    /// Every way to cut the octets that one side gets: whole, each in two at one place, and one by one.
    pub fn cuts(&self, server: bool) -> Vec<Cut> {
        let mut cuts = vec![Cut::Whole, Cut::Single];
        for (index, turn) in self.turns.iter().enumerate() {
            let octets = match turn {
                Turn::Client(bytes) if server => bytes.len(),
                Turn::Server(bytes) if !server => bytes.len(),
                _ => continue,
            };
            cuts.extend((1..octets).map(|at| Cut::At { turn: index, at }));
        }
        cuts
    }

    fn pieces<'a>(&self, cut: Cut, index: usize, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        match cut {
            Cut::At { turn, at } if turn == index => vec![&bytes[..at], &bytes[at..]],
            Cut::Single => bytes.chunks(1).collect(),
            _ => vec![bytes],
        }
    }

    /// Plays the server's lines against the client; panics where it does not do what the text says. With `hosted`, the
    /// host plays the client's part of AUTH, and nobody outside sees a difference.
    pub fn play_client(&self, cut: Cut, hosted: bool, walk: &mut Walk) {
        let at = || format!("{} ({cut:?}{})", self.name, if hosted { ", hosted" } else { "" });
        let mut config = client::Config { tls: client::Tls::Off, ..client::Config::named("client.example") };
        let mut bindings = Vec::new();
        for (key, value) in &self.client {
            match (key.as_str(), value.as_str()) {
                ("tls", "required") => config.tls = client::Tls::Required,
                ("tls", "opportunistic") => config.tls = client::Tls::Opportunistic,
                ("tls", "off") => config.tls = client::Tls::Off,
                ("upgradable", value) => config.upgradable = value == "yes",
                ("secure", value) => config.secure = value == "yes",
                ("pipelining", value) => config.pipelining = value == "yes",
                ("protocol", "lmtp") => config.protocol = client::Protocol::Lmtp,
                ("xclient", value) => config.xclient = Attributes::new(value.split_once('=')).ok(),
                ("proxy", value) => {
                    let (source, destination) = value.split_once('>').unwrap();
                    let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
                    Header::new(Version::V1, source, destination).unwrap().write(&mut config.proxy);
                }
                ("line_ends", "refuse") => config.line_ends = client::LineEnds::Refuse,
                ("chunking", value) => config.chunking = value == "yes",
                ("eager", value) => config.eager = value.parse().unwrap(),
                ("mechanism", value) => {
                    config.mechanisms =
                        value.split(',').map(|name| Mechanism::parse(name).unwrap()).collect();
                }
                ("auth", value) => {
                    let (user, pass) = value.split_once(':').unwrap();
                    config.auth = Some(Credentials::new(user, pass));
                }
                ("token", value) => {
                    let (user, token) = value.split_once(':').unwrap();
                    config.auth = Some(Credentials::with_token(user, token));
                }
                ("unproven", value) => config.auth = Some(Credentials::unproven(value)),
                ("nonce", value) => config.nonce = value.into(),
                ("iterations", value) => config.iterations = value.parse().unwrap()..=600_000,
                ("binding", value) => bindings = vec![binding(value)],
                _ => panic!("{}: no client option {key}={value}", self.name),
            }
        }
        if hosted {
            config.delegated = Mechanism::ALL;
        }
        let mut player = Player::new(&config);
        let now = Millis::new(0);
        let mut client = Client::new(config, now).unwrap();
        client.bind(bindings);
        walk.begin(client.phase());
        let mut contents = VecDeque::new();
        for (envelope, content) in &self.send {
            contents.push_back((client.send(envelope.clone()).unwrap(), content.clone()));
        }
        client.quit();
        let mut supplied = false;
        let (mut written, mut outcomes, mut asked_tls, mut closed) = (Vec::new(), Vec::new(), false, None);
        let mut recipients = Vec::new();
        let mut run = |client: &mut Client, walk: &mut Walk, written: &mut Vec<u8>, asked_tls: &mut bool| loop {
            let output = client.poll(now);
            walk.go(client.phase());
            match output {
                client::Output::Send(bytes) => written.extend(bytes),
                client::Output::StartTls => *asked_tls = true,
                client::Output::Exchange(asked) => player.answer(client, asked),
                client::Output::Body { transaction, .. } => {
                    let (_, content) = contents.iter().find(|(id, _)| *id == transaction).unwrap();
                    match self.content {
                        None => written.extend(client.content(transaction, content, true).unwrap().concat()),
                        Some(_) if supplied => break,
                        Some(first) => {
                            supplied = true;
                            let piece = client.content(transaction, &content[..first], false).unwrap();
                            written.extend(piece.concat());
                        }
                    }
                }
                client::Output::Event(client::Event::Outcome { outcome, .. }) => {
                    recipients.push(recipients_text(&outcome));
                    outcomes.push(outcome_text(&outcome));
                }
                client::Output::Event(_) => {}
                client::Output::Wait { .. } => break,
                client::Output::Closed(failure) => {
                    closed = Some(failure.map_or(String::new(), |failure| failure.to_string()));
                    break;
                }
            }
        };
        for (index, turn) in self.turns.iter().enumerate() {
            match turn {
                Turn::Server(bytes) => {
                    for piece in self.pieces(cut, index, bytes) {
                        client.receive(piece);
                        run(&mut client, walk, &mut written, &mut asked_tls);
                    }
                }
                Turn::Client(bytes) => {
                    run(&mut client, walk, &mut written, &mut asked_tls);
                    assert_eq!(show(&written), show(bytes), "{}: turn {index}", at());
                    written.clear();
                }
                Turn::Tls => {
                    run(&mut client, walk, &mut written, &mut asked_tls);
                    assert!(asked_tls, "{}: the client does not start TLS", at());
                    client.secured().unwrap();
                    walk.go(client.phase());
                }
                Turn::Eof => {
                    client.end();
                    run(&mut client, walk, &mut written, &mut asked_tls);
                }
            }
        }
        run(&mut client, walk, &mut written, &mut asked_tls);
        assert_eq!(show(&written), "", "{}: after the last turn", at());
        assert_eq!(outcomes, self.outcomes, "{}", at());
        if !self.recipients.is_empty() {
            assert_eq!(recipients, self.recipients, "{}", at());
        }
        if let Some(expected) = &self.closed {
            let closed = closed.unwrap_or_else(|| panic!("{}: the session is not over", at()));
            assert!(
                if expected.is_empty() { closed.is_empty() } else { closed.starts_with(expected) },
                "{}: {closed:?}",
                at()
            );
        } else {
            assert_eq!(closed, None, "{}", at());
        }
    }

    /// Plays the client's lines against the server; panics where it does not do what the text says.
    pub fn play_server(&self, cut: Cut, walk: &mut Walk) {
        let at = || format!("{} ({cut:?})", self.name);
        let mut config = server::Config::named("mx.example");
        let mut bindings = Vec::new();
        for (key, value) in &self.server {
            match (key.as_str(), value.as_str()) {
                ("tls", value) => config.upgradable = value == "yes",
                ("secure", value) => config.secure = value == "yes",
                ("auth", value) => {
                    let auth = config.auth.get_or_insert_default();
                    auth.insecure = value == "insecure";
                    auth.nonce = b"the nonce of the server".to_vec();
                }
                ("lmtp", value) => {
                    config.protocol =
                        if value == "yes" { server::Protocol::Lmtp } else { server::Protocol::Smtp };
                }
                ("offer", value) => value.split(',').for_each(|line| {
                    let (keyword, parameters) = line.split_once(':').unwrap_or((line, ""));
                    let extension = server::Extension::parse(keyword).unwrap();
                    config.extensions.offer(extension, &parameters.replace('_', " ")).unwrap();
                }),
                ("remote", value) => config.remote = value.parse().ok(),
                ("trusted", value) => {
                    let networks = vec![server::Network::parse(value).unwrap()];
                    config.trust.xclient = networks.clone();
                    config.trust.xforward = networks;
                }
                ("proxy", value) => config.trust.proxy = vec![server::Network::parse(value).unwrap()],
                ("messages", value) => config.limits.messages = value.parse().unwrap(),
                ("iterations", value) => {
                    config.auth.get_or_insert_default().iterations = value.parse().unwrap();
                }
                ("mechanisms", value) => {
                    let mechanisms = value.split(',').map(|name| Mechanism::parse(name).unwrap()).collect();
                    config.auth.get_or_insert_default().mechanisms = mechanisms;
                }
                ("binding", value) => bindings = vec![binding(value)],
                ("size", value) => config.size = value.parse().unwrap(),
                ("recipients", value) => config.limits.recipients = value.parse().unwrap(),
                ("without", value) => {
                    value.split(',').for_each(|keyword| assert!(config.extensions.disable(keyword)));
                }
                _ => panic!("{}: no server option {key}={value}", self.name),
            }
        }
        let now = Millis::new(0);
        let mut server = Server::new(config, now).unwrap();
        server.bind(bindings);
        walk.begin(server.phase());
        let (mut written, mut asked_tls, mut stored, mut content) =
            (Vec::new(), false, Vec::new(), Vec::new());
        let mut recipients: Vec<server::Recipient> = Vec::new();
        let mut run = |server: &mut Server, walk: &mut Walk, written: &mut Vec<u8>, asked_tls: &mut bool| loop {
            let output = server.poll(now);
            walk.go(server.phase());
            match output {
                server::Output::Send(bytes) => written.extend(bytes),
                server::Output::StartTls => *asked_tls = true,
                server::Output::Ask(ask) => {
                    let answer = match ask {
                        Ask::Message if !self.verdicts.is_empty() => self.verdicts(&recipients),
                        _ => self.answer(&ask),
                    };
                    if ask == Ask::Message && !matches!(answer, Answer::Refuse(_)) {
                        stored.push(std::mem::take(&mut content));
                    }
                    server.answer(answer).unwrap();
                    walk.go(server.phase());
                }
                server::Output::Body(bytes) => content.extend(bytes),
                server::Output::Event(server::Event::Discard(_)) => content.clear(),
                server::Output::Event(server::Event::Content { to, .. }) => recipients = to,
                server::Output::Event(_) => {}
                server::Output::Wait { .. } | server::Output::Closed(_) => break,
            }
        };
        for (index, turn) in self.turns.iter().enumerate() {
            match turn {
                Turn::Client(bytes) => {
                    for piece in self.pieces(cut, index, bytes) {
                        server.receive(piece);
                        run(&mut server, walk, &mut written, &mut asked_tls);
                    }
                }
                Turn::Server(bytes) => {
                    run(&mut server, walk, &mut written, &mut asked_tls);
                    assert_eq!(show(&written), show(bytes), "{}: turn {index}", at());
                    written.clear();
                }
                Turn::Tls => {
                    run(&mut server, walk, &mut written, &mut asked_tls);
                    assert!(asked_tls, "{}: the server does not start TLS", at());
                    server.secured().unwrap();
                    walk.go(server.phase());
                }
                Turn::Eof => {
                    server.end();
                    run(&mut server, walk, &mut written, &mut asked_tls);
                }
            }
        }
        run(&mut server, walk, &mut written, &mut asked_tls);
        assert_eq!(show(&written), "", "{}: after the last turn", at());
        let stored: Vec<String> = stored.iter().map(|content| show(content)).collect();
        let expected: Vec<String> = self.stored.iter().map(|content| show(content)).collect();
        assert_eq!(stored, expected, "{}", at());
        if self.closed.is_some() {
            assert!(
                matches!(server.poll(now), server::Output::Closed(_)),
                "{}: the session is not over",
                at()
            );
        }
    }

    fn verdicts(&self, recipients: &[server::Recipient]) -> Answer {
        let verdict = |recipient: &server::Recipient| match self
            .verdicts
            .iter()
            .find(|(address, _)| address == recipient.to.as_str())
        {
            Some((_, reply)) if !reply.is_positive() => server::Verdict::Refuse(reply.clone()),
            said => server::Verdict::Accept(said.map(|(_, reply)| reply.lines().collect())),
        };
        Answer::Each(recipients.iter().map(verdict).collect())
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let subject = match ask {
            Ask::Mail { from, .. } => from.as_str(),
            Ask::Rcpt { to, .. } => to.as_str(),
            Ask::Auth { credentials, .. } => {
                return match (credentials.user.as_str(), credentials.secret(), &credentials.proof) {
                    ("alice", "secret", _) | (_, _, Proof::None) => Answer::accept(),
                    _ => Answer::Refuse(reply_of("535 5.7.8 wrong user or password")),
                };
            }
            Ask::Secret { user, .. } => {
                let secret = Secret::new("secret");
                return Answer::Secret((user == "alice").then_some(StoredSecret::Password(secret)));
            }
            Ask::Message => "message",
            Ask::Connect => "connect",
            Ask::Vrfy(_) | Ask::Expn(_) => return Answer::accept(),
            Ask::Etrn(etrn) => &etrn.to_string(),
            Ask::Burl(url) if url.as_str().ends_with("missing") => url.as_str(),
            Ask::Burl(url) => return Answer::Content(format!("{}\r\n", url.as_str()).into_bytes()),
        };
        match self.refuse.iter().find(|(refused, _)| refused == subject) {
            Some((_, reply)) => Answer::Refuse(reply.clone()),
            None => Answer::accept(),
        }
    }
}

/// The ways from phase to phase that were gone, by their names.
#[derive(Debug, Default)]
pub struct Walk {
    at: String,
    pub gone: BTreeSet<(String, String)>,
}

impl Walk {
    fn begin(&mut self, phase: impl std::fmt::Debug) {
        self.at = format!("{phase:?}");
    }

    fn go(&mut self, phase: impl std::fmt::Debug) {
        let phase = format!("{phase:?}");
        if phase != self.at {
            self.gone.insert((std::mem::replace(&mut self.at, phase.clone()), phase));
        }
    }
}

/// How the octets of a scenario are cut.
#[derive(Debug, Clone, Copy)]
pub enum Cut {
    Whole,
    At { turn: usize, at: usize },
    Single,
}

fn outcome_text(outcome: &client::Outcome) -> String {
    match outcome {
        client::Outcome::Accepted { reply, recipients } => {
            let accepted = recipients.iter().filter(|recipient| recipient.is_accepted()).count();
            format!("accepted {} for {accepted} of {}", reply.code(), recipients.len())
        }
        client::Outcome::Refused { stage, reply, .. } => {
            format!("refused {} {}", stage.name(), reply.code())
        }
        client::Outcome::NotSent { failure, .. } => format!("not sent: {failure}"),
        client::Outcome::Uncertain { failure, .. } => format!("uncertain: {failure}"),
    }
}

fn recipients_text(outcome: &client::Outcome) -> String {
    let words = outcome.recipients().iter().map(|recipient| match recipient.status {
        client::Status::Accepted => "accepted",
        client::Status::Refused => "refused",
        client::Status::NotSent => "not-sent",
        client::Status::Uncertain => "uncertain",
    });
    words.collect::<Vec<_>>().join(" ")
}

fn params(text: &str) -> impl Iterator<Item = Param<'_>> {
    text.split_whitespace().map(|param| {
        let (keyword, value) =
            param.split_once('=').map_or((param, None), |(keyword, value)| (keyword, Some(value)));
        Param::new(keyword, value).unwrap()
    })
}

/// A channel binding of one TLS connection, as `tls-exporter:octets`.
fn binding(text: &str) -> ChannelBinding {
    let (kind, data) = text.split_once(':').expect("a type and its data");
    ChannelBinding { kind: BindingType::parse(kind).expect("a type"), data: data.into() }
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split_whitespace()
        .map(|pair| pair.split_once('=').map(|(k, v)| (k.into(), v.into())).expect("key=value"))
}

fn reply_of(text: &str) -> Reply {
    let mut parts = text.splitn(3, ' ');
    let code = parts.next().unwrap().parse().unwrap();
    let enhanced = EnhancedCode::parse(parts.next().unwrap()).unwrap();
    Reply::new(code, Some(enhanced), parts.next().unwrap())
}

fn quoted(text: &str) -> Vec<u8> {
    unescape(text.trim().trim_matches('"'))
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('r') => out.push(b'\r'),
                Some('n') => out.push(b'\n'),
                Some('0') => out.push(0),
                Some('\\') => out.push(b'\\'),
                other => panic!("\\{other:?}"),
            },
            (c, false) => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\r', "\\r").replace('\n', "\\n\n")
}
