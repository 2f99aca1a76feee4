//! The client with a server that says anything: it ends, and what it says of each message can be true.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::client::ProtocolError::AcceptedAfterRefusal;
use edgepost::client::{
    self, Cause, Client, Envelope, Event, Exchange, Failure, LineEnds, Outcome, Output, Protocol, Status,
    TransactionId,
};
use edgepost::sasl::{self, Credentials, Mechanism, Terms};
use edgepost::time::Millis;
use edgepost::wire::command::Command;
use edgepost::wire::command::attributes::Attributes;
use edgepost::wire::param::Param;
use edgepost::wire::reply::Reply;

use crate::cuts::{Cut, lines};
use crate::meter;

/// Nobody says it but who has leaked it.
const SECRET: &str = "Zq9!secret-7w";
const CONTENT: &[u8] = b"Subject: x\r\n\r\n.dot\nline\r\n";

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    options: Options,
    server: &'a [u8],
}

#[derive(Debug, Clone, Copy, Arbitrary)]
struct Options {
    flags: u32,
    /// Messages, and recipients of each.
    messages: u8,
    /// The line of the server before which time passes, the message that is given up, and when.
    late: u8,
    cancelled: u8,
    cut: u32,
}

impl Options {
    const fn flag(self, bit: u32) -> bool {
        self.flags & 1 << bit != 0
    }

    fn config(self) -> client::Config {
        client::Config {
            tls: match (self.flag(0), self.flag(1)) {
                (false, _) => client::Tls::Off,
                (true, false) => client::Tls::Opportunistic,
                (true, true) => client::Tls::Required,
            },
            upgradable: self.flag(2),
            secure: self.flag(3),
            auth: self.flag(4).then(|| Credentials::new("alice", SECRET)),
            delegated: if self.flag(27) { Mechanism::ALL } else { &[] },
            nonce: vec![7; 18],
            iterations: 1..=64,
            pipelining: !self.flag(5),
            chunking: !self.flag(6),
            protocol: if self.flag(15) { Protocol::Lmtp } else { Protocol::Smtp },
            xclient: self.flag(26).then(|| Attributes::new([("ADDR", "192.0.2.9")]).expect("good")),
            line_ends: if self.flag(16) { LineEnds::Refuse } else { LineEnds::Normalise },
            eager: if self.flag(7) { 0 } else { 65_536 },
            window: if self.flag(8) { 1 } else { 100 },
            limits: client::Limits { reply_line: 512, reply: 2048 },
            ..client::Config::named("client.example")
        }
    }
}

impl Options {
    /// An envelope that asks for more than every server has; the first message's, or all of them.
    fn extended(self, mut envelope: Envelope, index: u8) -> Envelope {
        let all = self.flag(25);
        if index > 0 && !all {
            return envelope;
        }
        if self.flag(17) {
            envelope = envelope.prdr();
        }
        if self.flag(18) {
            envelope = envelope.binary();
        }
        for (bit, keyword, value) in
            [(19, "RET", Some("FULL")), (20, "REQUIRETLS", None), (21, "MT-PRIORITY", Some("3"))]
        {
            if self.flag(bit) {
                let param = Param::new(keyword, value).expect("a good parameter");
                envelope = envelope.param(param).expect("a good envelope");
            }
        }
        if self.flag(22) {
            let param = Param::new("NOTIFY", Some("SUCCESS,FAILURE")).expect("a good parameter");
            envelope = envelope.rcpt_param(0, param).expect("a good envelope");
        }
        envelope
    }
}

pub fn run(octets: &[u8]) {
    let Ok(Input { options, server }) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    let (whole, single) =
        (play(options, server, Cut::Whole), play(options, server, Cut::Random(options.cut)));
    assert_eq!(whole, single, "the session depends on how lines are cut");
    drop((whole, single));
    held(options, server);
}

/// What a session came to.
#[derive(Debug, PartialEq, Eq)]
struct Session {
    written: Vec<u8>,
    outcomes: Vec<(TransactionId, Outcome)>,
    replied: usize,
    failure: Option<client::Failure>,
}

/// A host that does what it is told, and checks every word.
struct Host<'a> {
    client: Client,
    options: Options,
    ids: Vec<TransactionId>,
    /// Messages whose end was handed over.
    ended: Vec<TransactionId>,
    /// Messages that were asked for once more.
    again: Vec<TransactionId>,
    exchange: Option<sasl::Client>,
    session: Session,
    now: u64,
    closed: bool,
    polls: usize,
    server: &'a [u8],
}

/// The server's lines are handed over one at a time, each in pieces: replies that come early are another session.
fn play(options: Options, server: &[u8], cut: Cut) -> Session {
    let mut host = Host::new(options, server);
    host.hear(cut, usize::MAX);
    host.client.end();
    host.pump();
    host.close()
}

/// What a client keeps in the middle of a session, whatever was said to it: its messages, a piece, and its limits.
fn held(options: Options, server: &[u8]) {
    let mut host = Host::new(options, server);
    host.hear(Cut::Random(options.cut), lines(server).count() / 2);
    let before = meter::read().now;
    drop(host.client);
    let held = before - meter::read().now;
    let limit = (24 << 10) + 2 * lines(server).map(<[u8]>::len).max().unwrap_or(0);
    assert!(held <= limit, "the client holds {held} octets");
}

impl<'a> Host<'a> {
    fn new(options: Options, server: &'a [u8]) -> Self {
        let now = 1;
        let mut client = Client::new(options.config(), Millis::new(now)).expect("a good configuration");
        let mut ids = Vec::new();
        for index in 0..1 + options.messages % 4 {
            let to = ["b@b.example", "c@c.example", "d@d.example", "e@e.example"];
            let to = &to[..1 + usize::from(options.messages >> 6)];
            let envelope = Envelope::new("a@a.example", to.iter().copied()).expect("a good envelope");
            let declared = !options.flag(9 + u32::from(index) % 2);
            let envelope = if declared { envelope.octets(CONTENT.len() as u64) } else { envelope };
            let envelope = options.extended(envelope, index);
            ids.push(client.send(envelope).expect("an open session"));
        }
        if options.flag(23) {
            client.request(Command::Noop(None)).expect("an open session");
        }
        if options.flag(24) {
            client.refresh().expect("an open session");
        }
        if options.flag(11) {
            client.quit();
        }
        let session = Session { written: Vec::new(), outcomes: Vec::new(), replied: 0, failure: None };
        Self {
            client,
            options,
            ids,
            ended: Vec::new(),
            again: Vec::new(),
            exchange: None,
            session,
            now,
            closed: false,
            polls: 0,
            server,
        }
    }

    /// Takes the first lines of the server.
    fn hear(&mut self, cut: Cut, most: usize) {
        self.pump();
        for (index, line) in lines(self.server).take(most).enumerate() {
            if index == usize::from(self.options.late) {
                self.now += 3_600_000;
                self.pump();
            }
            for piece in cut.pieces(line) {
                self.client.receive(piece);
                self.pump();
            }
            if index == usize::from(self.options.cancelled) && self.options.flag(12) {
                let id = self.ids[0];
                self.client.cancel(id, "changed my mind");
                self.pump();
            }
        }
    }

    fn pump(&mut self) {
        loop {
            self.polls += 1;
            assert!(self.polls <= 200 + 8 * self.server.len(), "no end");
            match self.client.poll(Millis::new(self.now)) {
                Output::Send(bytes) => self.session.written.extend(bytes),
                Output::StartTls => {
                    // Fails where the server has said more in clear, and the next poll says so.
                    let _ = self.client.secured();
                }
                Output::Exchange(asked) => self.play(asked),
                Output::Body { transaction, .. } => self.supply(transaction),
                Output::Event(event) => self.told(event),
                Output::Wait { .. } => return,
                Output::Closed(failure) => {
                    self.session.failure = failure;
                    self.closed = true;
                    return;
                }
            }
        }
    }

    /// The client's part of AUTH. The answer may come too late for the session.
    fn play(&mut self, asked: Exchange) {
        let answer = match asked {
            Exchange::Begin { mechanism, flag } => {
                let terms = Terms { nonce: vec![7; 18], flag, iterations: 1..=64, ..Terms::default() };
                let credentials = Credentials::new("alice", SECRET);
                mechanism.client(credentials, terms).map(|client| self.exchange.insert(client).initial())
            }
            Exchange::Challenge(challenge) => match &mut self.exchange {
                Some(client) => client.respond(&challenge).map(Some),
                None => unreachable!("a challenge before the beginning"),
            },
            Exchange::Success => {
                self.exchange.as_ref().map_or(Ok(None), |client| client.succeeded().map(|()| None))
            }
        };
        let said = self.exchange.as_ref().and_then(sasl::Client::said).map(String::from);
        let _ = self.client.respond(answer, said);
    }

    /// In one piece or in two.
    fn supply(&mut self, id: TransactionId) {
        if self.ended.contains(&id) {
            // What was refused because it came too early is sent again, once.
            assert!(!self.again.contains(&id), "content is asked for without end");
            self.again.push(id);
            self.ended.retain(|ended| *ended != id);
        }
        let middle = if self.options.flag(13) { CONTENT.len() / 2 } else { CONTENT.len() };
        for (piece, last) in [(&CONTENT[..middle], false), (&CONTENT[middle..], true)] {
            let piece = self.client.content(id, piece, last).expect("it was asked for").concat();
            // Nothing is written of a message that is not wanted any more.
            if last && !piece.is_empty() {
                self.ended.push(id);
            }
            self.session.written.extend(piece);
        }
    }

    fn told(&mut self, event: Event) {
        match event {
            Event::Outcome { transaction, outcome } => {
                let twice = self.session.outcomes.iter().any(|(id, _)| *id == transaction);
                assert!(!twice, "a second outcome of {transaction:?}");
                self.check(transaction, &outcome);
                self.session.outcomes.push((transaction, outcome));
            }
            Event::Replied { .. } => self.session.replied += 1,
            _ => {}
        }
    }

    /// What is said of a message has to be possible: a lost reply is neither success nor failure.
    fn check(&self, id: TransactionId, outcome: &Outcome) {
        let ended = self.ended.contains(&id);
        // After 354 for nobody, the client sends the empty message by itself; a server may accept even that.
        let contradicted = matches!(
            outcome,
            Outcome::Uncertain {
                failure: Failure { cause: Cause::Protocol(AcceptedAfterRefusal(_)), .. },
                ..
            }
        );
        match outcome {
            Outcome::Accepted { reply, recipients } => {
                assert!(ended, "accepted before its end");
                assert!(reply.is_positive() && self.was_said(reply), "accepted by nobody: {reply:?}");
                assert!(recipients.iter().any(client::Recipient::is_accepted), "accepted for nobody");
            }
            Outcome::Refused { reply, .. } => {
                assert!(reply.is_negative() && self.was_said(reply), "refused by nobody: {reply:?}");
            }
            Outcome::NotSent { failure, .. } => {
                let told = matches!(&failure.cause, Cause::Refused(reply) if self.was_said(reply));
                assert!(!ended || told, "its end was sent, and no reply came: {failure:?}");
            }
            Outcome::Uncertain { .. } => assert!(ended || contradicted, "its end was never sent"),
        }
        for recipient in outcome.recipients() {
            let refused =
                [&recipient.reply, &recipient.content].into_iter().flatten().any(Reply::is_negative);
            match recipient.status {
                Status::Accepted => {
                    assert!(ended && !refused && matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
                }
                Status::Refused => {
                    assert!(refused || matches!(outcome, Outcome::Refused { .. }), "{outcome:?}")
                }
                Status::NotSent => assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}"),
                Status::Uncertain => assert!(ended || contradicted, "{outcome:?}"),
            }
        }
    }

    /// The reply's code is at the start of a line that the server has sent.
    fn was_said(&self, reply: &Reply) -> bool {
        let code = reply.code().to_string();
        self.server.windows(3).any(|digits| digits == code.as_bytes())
    }

    fn close(self) -> Session {
        assert!(self.closed, "the connection has ended and the session has not");
        let done: Vec<TransactionId> = self.session.outcomes.iter().map(|(id, _)| *id).collect();
        assert!(self.ids.iter().all(|id| done.contains(id)), "a message without an outcome");
        self.check_written();
        if self.options.flag(14) && !self.server.windows(4).any(|word| word == &SECRET.as_bytes()[..4]) {
            let shown = format!("{:?} {:?}", self.client, self.session.failure);
            assert!(!shown.contains(SECRET), "a secret in debug output");
        }
        self.session
    }

    /// Whatever a server says, the client writes lines, and credentials only when it may.
    fn check_written(&self) {
        let written = &self.session.written;
        let binary = self.options.flag(18);
        for (at, &octet) in written.iter().enumerate() {
            let next = written.get(at + 1);
            assert!(octet != b'\r' || next == Some(&b'\n') || next.is_none(), "a bare CR is written");
            assert!(binary || octet != b'\n' || at > 0 && written[at - 1] == b'\r', "a bare LF is written");
        }
        if !self.options.flag(4) {
            assert!(!written.windows(5).any(|word| word == b"AUTH "), "credentials from nowhere");
        }
    }
}
