//! The reader: follows a session from both directions and makes its steps.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem::take;

use super::expect::{Expect, Expectations};
use super::line::{Line, Lines};
use super::secret::{self, REDACTED};
use super::step::{Kind, Side, Step, counted};
use super::tls::Seal;
use crate::time::Millis;
use crate::wire::address;
use crate::wire::chunk::Chunk;
use crate::wire::command::{Command, url};
use crate::wire::dot::Decoder;
use crate::wire::reply::{Assembler, Reply};

/// How much of what is sent is kept to be shown, in octets. What is over a limit is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a line: 2048.
    pub line: usize,
    /// Of a reply, all its lines together: 65536.
    pub reply: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 2048, reply: 65536 }
    }
}

/// Reads a session passively. Hand it what each side sent, in the order in which it was seen.
///
/// The steps do not depend on how the bytes are cut. Memory is bounded by the [`Limits`], whatever is sent.
#[derive(Debug, Default)]
pub struct Reader {
    limits: Limits,
    client: Lines,
    client_seal: Seal,
    /// What the client sends now, when not lines.
    content: Content,
    server: Lines,
    server_seal: Seal,
    reply: Partial,
    expected: Expectations,
    /// The client has sent something.
    spoken: bool,
    /// The server has sent a reply.
    greeted: bool,
    /// The session was seen from its greeting on, and AUTH is not in it: its lines hold no secrets.
    harmless: bool,
    secrets: secret::Secrets,
}

/// Content of the client, whose size is `octets` when its end comes; `wire` is what went over the wire for it.
#[derive(Debug, Default)]
enum Content {
    #[default]
    None,
    /// After `DATA`. The client should wait for 354; one that does not wait sends content all the same.
    Dotted { decoder: Decoder, octets: u64, wire: u64 },
    /// After `BDAT`.
    Chunk { chunk: Chunk, octets: u64 },
}

/// A reply whose last line is still to come.
#[derive(Debug, Default)]
struct Partial {
    assembler: Assembler,
    /// The lines as they came.
    text: String,
    octets: u64,
}

/// Content is decoded in pieces of so many octets, so that as much memory does.
const PIECE: usize = 8192;

impl Reader {
    /// A reader that keeps as much as `limits` says.
    pub fn within(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The steps that end with these octets of the client.
    pub fn client(&mut self, bytes: &[u8], at: Millis) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.client_seal.closes_over(bytes) {
            return steps;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            self.spoken = true;
            let read = match self.content {
                Content::None => {
                    let (read, line) = self.client.take(rest, self.limits.line);
                    if let Some(line) = line {
                        steps.push(self.client_line(&line, at));
                    }
                    read
                }
                _ => self.take_content(rest, at, &mut steps),
            };
            rest = &rest[read..];
        }
        steps
    }

    /// The steps that end with these octets of the server.
    pub fn server(&mut self, bytes: &[u8], at: Millis) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() && !self.server_seal.closes_over(rest) {
            let (read, line) = self.server.take(rest, self.limits.line);
            rest = &rest[read..];
            if let Some(line) = line {
                self.server_line(&line, at, &mut steps);
            }
        }
        steps
    }

    /// The connection became TLS, from the start or after STARTTLS. What is handed over from here on is decrypted.
    pub fn secured(&mut self, at: Millis) -> Vec<Step> {
        let mut steps = Vec::new();
        self.cut_off_client(at, &mut steps);
        self.cut_off_server(at, &mut steps);
        self.expected.clear();
        let records = take(&mut self.client_seal).octets() + take(&mut self.server_seal).octets();
        (self.client_seal, self.server_seal) = (Seal::Open, Seal::Open);
        steps.push(Step::new(at, Side::Link, Kind::Tls, "secured by TLS".into(), records));
        steps
    }

    /// A side closed, or the connection was lost ([`Side::Link`]). What was begun is shown as cut off.
    pub fn closed(&mut self, side: Side, at: Millis) -> Vec<Step> {
        let mut steps = Vec::new();
        if side != Side::Server {
            self.cut_off_client(at, &mut steps);
            steps.extend(records(&mut self.client_seal, Side::Client, at));
        }
        if side != Side::Client {
            self.cut_off_server(at, &mut steps);
            steps.extend(records(&mut self.server_seal, Side::Server, at));
        }
        let text = match side {
            Side::Client => "closed by the client",
            Side::Server => "closed by the server",
            Side::Link => "connection lost",
        };
        steps.push(Step::new(at, side, Kind::Closed, text.into(), 0));
        steps
    }

    fn client_line(&mut self, line: &Line, at: Millis) -> Step {
        let step = |kind, text, verb| Step { verb, ..Step::new(at, Side::Client, kind, text, line.octets) };
        if self.expected.last() == Some(Expect::Auth) {
            self.secrets.hear(&line.head);
            if line.whole && line.head == b"*" {
                self.expected.cancel_auth();
                return step(Kind::Auth, "*".into(), None);
            }
            return step(Kind::Auth, REDACTED.into(), None);
        }
        let verb = if line.whole { secret::verb(&line.head) } else { None };
        let expect = match verb {
            Some("AUTH") => Expect::Auth,
            Some("DATA") => {
                self.content = Content::Dotted { decoder: Decoder::default(), octets: 0, wire: 0 };
                Expect::Data
            }
            Some("BDAT") => {
                self.content = chunk(line);
                Expect::Command(verb)
            }
            Some("STARTTLS") => Expect::StartTls,
            None if secret::may_be_auth(&line.head) => Expect::Auth,
            _ => Expect::Command(verb),
        };
        self.expected.push(expect);
        self.harmless &= expect != Expect::Auth;
        if expect == Expect::Auth {
            self.secrets.forget();
            self.secrets.hear(&line.head);
        }
        let kind = if verb.is_some() || line.is_text() { Kind::Command } else { Kind::Garbage };
        let text = match verb {
            Some("AUTH") => secret::auth(line),
            None if !self.harmless => REDACTED.into(),
            _ => url::redacted(&line.shown()),
        };
        step(kind, text, verb)
    }

    /// Reads content, up to its end at most; returns the octets read.
    fn take_content(&mut self, bytes: &[u8], at: Millis, steps: &mut Vec<Step>) -> usize {
        let piece = &bytes[..bytes.len().min(PIECE)];
        match &mut self.content {
            Content::None => 0,
            Content::Dotted { decoder, octets, wire } => {
                let mut decoded = Vec::with_capacity(piece.len() + 1);
                let (read, ended) = decoder.decode(piece, &mut decoded);
                *octets += decoded.len() as u64;
                *wire += read as u64;
                if ended {
                    steps.push(Step::content(at, *octets, *wire, true));
                    self.expected.push(Expect::Command(Some("DATA")));
                    self.content = Content::None;
                }
                read
            }
            Content::Chunk { chunk, octets } => {
                let read = chunk.take(bytes);
                *octets += read as u64;
                if chunk.is_complete() {
                    steps.push(Step::content(at, *octets, *octets, true));
                    self.content = Content::None;
                }
                read
            }
        }
    }

    fn server_line(&mut self, line: &Line, at: Millis, steps: &mut Vec<Step>) {
        let mut finished = if line.whole { self.reply.push(line, self.limits.reply) } else { Err(NoReply) };
        if finished.is_err() {
            let begun = self.reply.cut_off(at);
            if line.whole && begun.is_some() {
                // What was begun is no reply; this line may start another.
                finished = self.reply.push(line, self.limits.reply);
            }
            steps.extend(begun);
        }
        match finished {
            Ok(None) => {}
            Ok(Some(reply)) => self.replied(reply, at, steps),
            Err(NoReply) => {
                let step = garbage(line, at);
                steps.push(Step { text: self.secrets.hide(step.text), ..step });
            }
        }
    }

    fn replied(&mut self, (reply, text, octets): Finished, at: Millis, steps: &mut Vec<Step>) {
        let (code, enhanced) = (Some(reply.code()), reply.enhanced());
        let text = if reply.code() == 334 { secret::challenge(&text) } else { self.secrets.hide(text) };
        let step =
            |kind, verb| Step { verb, code, enhanced, ..Step::new(at, Side::Server, kind, text, octets) };
        if !core::mem::replace(&mut self.greeted, true) && self.is_greeting(&reply) {
            self.harmless = !self.spoken;
            return steps.push(step(Kind::Greeting, None));
        }
        let expect = self.expected.answer(reply.code());
        let verb = expect.and_then(Expect::verb);
        steps.push(step(if reply.code() == 334 { Kind::Auth } else { Kind::Reply }, verb));
        match (expect, reply.code()) {
            (Some(Expect::StartTls), 220) => {
                self.expected.clear();
                (self.client_seal, self.server_seal) = (Seal::Unknown, Seal::Unknown);
            }
            (Some(Expect::Data), 354) | (_, 334) => {}
            // DATA was refused: what the client sends next are commands again.
            (Some(Expect::Data), _) if self.expected.is_empty() => steps.extend(self.end_content(at)),
            // DATA was sent before anything was seen.
            (_, 354) if matches!(self.content, Content::None) => {
                let begun = self.client.cut_off(0).map_or(0, |line| line.octets);
                self.content = Content::Dotted { decoder: Decoder::default(), octets: begun, wire: begun };
            }
            _ => {}
        }
    }

    /// Asked of the server's first reply: a session may be handed over from its middle, and a client may speak first.
    fn is_greeting(&self, reply: &Reply) -> bool {
        match reply.code() {
            220 => self.expected.last() != Some(Expect::StartTls),
            _ => reply.is_negative() && !self.spoken,
        }
    }

    /// Content that ends before its end.
    fn end_content(&mut self, at: Millis) -> Option<Step> {
        let (octets, wire) = match take(&mut self.content) {
            Content::None => return None,
            Content::Dotted { octets, wire, .. } => (octets, wire),
            Content::Chunk { octets, .. } => (octets, octets),
        };
        (wire > 0).then(|| Step::content(at, octets, wire, false))
    }

    fn cut_off_client(&mut self, at: Millis, steps: &mut Vec<Step>) {
        steps.extend(self.end_content(at));
        if let Some(line) = self.client.cut_off(self.limits.line) {
            steps.push(self.client_line(&line, at));
        }
    }

    fn cut_off_server(&mut self, at: Millis, steps: &mut Vec<Step>) {
        steps.extend(self.reply.cut_off(at));
        if let Some(line) = self.server.cut_off(self.limits.line) {
            steps.push(garbage(&line, at));
        }
    }
}

/// What the server said, and is no reply. It may be a broken challenge.
fn garbage(line: &Line, at: Millis) -> Step {
    let text = if secret::may_be_challenge(&line.head) { REDACTED.into() } else { line.shown() };
    Step::new(at, Side::Server, Kind::Garbage, text, line.octets)
}

/// A reply, its lines as they came, and their octets.
type Finished = (Reply, String, u64);

/// A line that is no reply, or does not belong to the reply that it follows.
struct NoReply;

impl Partial {
    fn push(&mut self, line: &Line, limit: usize) -> Result<Option<Finished>, NoReply> {
        let Ok(finished) = self.assembler.push(&line.head, limit) else {
            self.assembler = Assembler::default();
            return Err(NoReply);
        };
        if self.octets > 0 {
            self.text.push('\n');
        }
        self.text.push_str(&line.shown());
        self.octets += line.octets;
        Ok(finished.map(|reply| {
            let Self { text, octets, .. } = take(self);
            (reply, text, octets)
        }))
    }

    fn cut_off(&mut self, at: Millis) -> Option<Step> {
        let Self { text, octets, .. } = take(self);
        let text = if secret::may_be_challenge(text.as_bytes()) { REDACTED.into() } else { text };
        (octets > 0).then(|| Step::new(at, Side::Server, Kind::Garbage, text, octets))
    }
}

/// The content that follows a `BDAT` line.
fn chunk(line: &Line) -> Content {
    match Command::parse(&line.head, &address::Limits::default()) {
        Ok(Command::Bdat { octets, last }) if octets > 0 && !line.cut => {
            Content::Chunk { chunk: Chunk::new(octets, last), octets: 0 }
        }
        _ => Content::None,
    }
}

fn records(seal: &mut Seal, side: Side, at: Millis) -> Option<Step> {
    let octets = take(seal).octets();
    (octets > 0).then(|| {
        let text = [&counted(octets), " of TLS records"].concat();
        Step::new(at, side, Kind::Tls, text, octets)
    })
}
