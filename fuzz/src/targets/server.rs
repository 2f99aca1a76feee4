//! The server with a client that says anything: replies are replies, messages are whole or given up, and cuts change
//! nothing.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::sasl::scram::StoredSecret;
use edgepost::sasl::{Mechanism, Secret};
use edgepost::server::{self, Answer, Ask, Event, Extension, Network, Output, Phase, Server, Verdict};
use edgepost::time::Millis;
use edgepost::wire::reply::{Assembler, EnhancedCode, Reply};

use crate::cuts::{self, Cut, Random};
use crate::meter;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    options: Options,
    client: &'a [u8],
}

#[derive(Debug, Clone, Copy, Arbitrary)]
struct Options {
    flags: u16,
    /// Extensions that are offered though they are not by default, or not though they are.
    extensions: u32,
    /// The answers of the host.
    answers: u16,
    cut: u32,
}

impl Options {
    const fn flag(self, bit: u16) -> bool {
        self.flags & 1 << bit != 0
    }

    fn config(self) -> server::Config {
        let mut config = server::Config::named("mx.example");
        config.upgradable = self.flag(0);
        config.secure = self.flag(1);
        config.auth = self.flag(2).then(|| server::Auth {
            mechanisms: Mechanism::ALL.to_vec(),
            insecure: self.flag(3),
            nonce: vec![7; 18],
            pepper: vec![1; 16].into(),
            iterations: 2,
        });
        config.size = if self.flag(4) { 50 } else { 0 };
        for (bit, extension) in Extension::ALL.into_iter().enumerate() {
            match (self.extensions & 1 << bit != 0, config.extensions.has(extension)) {
                (false, _) => {}
                (true, true) => config.extensions.withdraw(extension),
                (true, false) => config.extensions.offer(extension, "").expect("no parameters"),
            }
        }
        config.remote = "192.0.2.1".parse().ok();
        let everybody = || vec![Network::parse("0.0.0.0/0").expect("a network")];
        if self.flag(7) {
            config.trust.xclient = everybody();
            config.trust.xforward = everybody();
        }
        if self.flag(8) {
            config.trust.proxy = everybody();
        }
        if self.flag(5) {
            config.protocol = server::Protocol::Lmtp;
        }
        config.limits.command_line = 512;
        config.limits.auth_line = 1024;
        config.limits.recipients = 3;
        if self.flag(10) {
            config.limits.faults = 1000;
        }
        config
    }
}

pub fn run(octets: &[u8]) {
    let Ok(Input { options, client }) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    let whole = play(options, client, Cut::Whole);
    let cut = play(options, client, Cut::Random(options.cut));
    // Whether something follows STARTTLS before the handshake is what a cut decides.
    if !whole.tls && !cut.tls {
        assert_eq!(whole, cut, "the session depends on cuts");
    }
    drop((whole, cut));
    held(options, client);
}

/// What a server keeps in the middle of a session, whatever was said to it: no more than a piece and its limits.
fn held(options: Options, client: &[u8]) {
    let mut host = Host::new(options, client);
    let pieces = Cut::Random(options.cut).pieces(client);
    for piece in &pieces[..pieces.len() / 2] {
        host.server.receive(piece);
        host.pump();
    }
    let before = meter::read().now;
    drop(host.server);
    let held = before - meter::read().now;
    let limit = (12 << 10) + 2 * pieces.iter().map(|piece| piece.len()).max().unwrap_or(0);
    assert!(held <= limit, "the server holds {held} octets");
}

/// What a session came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Session {
    written: Vec<u8>,
    /// What the host was asked and told, in order.
    log: Vec<Said>,
    stored: Vec<Vec<u8>>,
    failure: Option<server::Failure>,
    /// STARTTLS was begun, or refused for what follows it.
    tls: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Ask(Ask),
    Event(Event),
}

struct Host<'a> {
    server: Server,
    answers: Random,
    session: Session,
    /// The message that is coming in, once its content has begun.
    content: Option<Vec<u8>>,
    /// How many recipients it has, and whether each is answered for by itself.
    recipients: usize,
    each: bool,
    now: u64,
    closed: bool,
    polls: usize,
    client: &'a [u8],
}

fn play(options: Options, client: &[u8], cut: Cut) -> Session {
    let mut host = Host::new(options, client);
    host.pump();
    for piece in cut.pieces(client) {
        host.server.receive(piece);
        host.pump();
    }
    host.server.end();
    host.pump();
    host.close()
}

impl<'a> Host<'a> {
    fn new(options: Options, client: &'a [u8]) -> Self {
        Self {
            server: Server::new(options.config(), Millis::new(1)).expect("a good configuration"),
            answers: Random::new(options.answers.into()),
            session: Session::default(),
            content: None,
            recipients: 0,
            each: options.flag(6),
            now: 1,
            closed: false,
            polls: 0,
            client,
        }
    }

    fn pump(&mut self) {
        loop {
            self.polls += 1;
            assert!(self.polls <= 100 + 16 * self.client.len(), "no end");
            match self.server.poll(Millis::new(self.now)) {
                Output::Send(bytes) => self.session.written.extend(bytes),
                Output::StartTls => {
                    self.session.tls = true;
                    // Fails where the client has said more in clear, and the next poll says so.
                    let _ = self.server.secured();
                }
                Output::Ask(ask) => self.answer(ask),
                Output::Body(octets) => self.content.as_mut().expect("content has begun").extend(octets),
                Output::Event(event) => self.told(event),
                // A client that errs too often waits for its replies.
                Output::Wait { until: Some(until), read: false }
                    if self.server.phase() != Phase::Handshake =>
                {
                    self.now = until.get();
                }
                Output::Wait { .. } => return,
                Output::Closed(failure) => {
                    self.session.failure = failure;
                    self.closed = true;
                    return;
                }
            }
        }
    }

    fn answer(&mut self, ask: Ask) {
        let refused = self.answers.chance(12);
        let code = if self.answers.chance(5) { 421 } else { 550 };
        let no = Reply::new(code, Some(EnhancedCode::new((code / 100) as u8, 7, 1)), "no");
        let answer = match &ask {
            _ if refused => Answer::Refuse(no),
            Ask::Secret { .. } => {
                Answer::Secret(self.answers.chance(80).then(|| StoredSecret::Password(Secret::new("secret"))))
            }
            Ask::Burl(_) => Answer::Content(b"from elsewhere\r\n".to_vec()),
            Ask::Message if self.each => {
                let verdict = |_| match self.answers.chance(50) {
                    true => Verdict::Accept(None),
                    false => Verdict::Refuse(no.clone()),
                };
                Answer::Each((0..self.recipients).map(verdict).collect())
            }
            _ => Answer::accept(),
        };
        if ask == Ask::Message {
            let content = self.content.take().expect("a message has content");
            if !refused {
                self.session.stored.push(content);
            }
        }
        self.session.log.push(Said::Ask(ask));
        self.server.answer(answer).expect("a question is open");
    }

    fn told(&mut self, event: Event) {
        match &event {
            Event::Content { to, .. } => {
                self.recipients = to.len();
                assert!(!to.is_empty() && to.len() <= 3, "content for {} recipients", to.len());
                assert!(self.content.replace(Vec::new()).is_none(), "content inside content");
            }
            Event::Discard(why) => {
                let given_up = self.content.take().is_some();
                assert!(given_up, "nothing to give up: {why:?}");
            }
            Event::Fault { error: server::ProtocolError::Residue, .. } => self.session.tls = true,
            _ => {}
        }
        self.session.log.push(Said::Event(event));
    }

    fn close(self) -> Session {
        assert!(self.closed, "the connection has ended and the session has not");
        assert!(self.content.is_none(), "a message that is neither asked about nor given up");
        self.check_written();
        self.session
    }

    /// Replies of whole lines, no longer than they may be, and no more than were asked for.
    fn check_written(&self) {
        let mut assembler = Assembler::default();
        let mut replies = 0;
        for line in cuts::lines(&self.session.written) {
            assert!(line.ends_with(b"\r\n") && line.len() <= 512, "no line of a reply: {line:?}");
            let reply = assembler.push(&line[..line.len() - 2], usize::MAX).expect("a reply");
            replies += usize::from(reply.is_some());
        }
        let asked = self.client.iter().filter(|octet| matches!(octet, b'\r' | b'\n')).count();
        assert!(replies <= 5 * asked + 4, "{replies} replies to {asked} lines");
    }
}
