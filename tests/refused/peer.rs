//! Both engines with a host that says yes to everything and remembers what it saw.

use std::collections::VecDeque;

use edgepost::client::{self, Client, Envelope, Outcome};
use edgepost::server::{self, Answer, Ask, Server};
use edgepost::time::Millis;

pub const NOW: Millis = Millis::new(0);

/// A server, and what its host saw.
pub struct Host {
    pub server: Server,
    pub said: Vec<u8>,
    pub asked: Vec<Ask>,
    pub events: Vec<server::Event>,
    pub stored: Vec<Vec<u8>>,
    pub closed: Option<Option<server::Failure>>,
    content: Vec<u8>,
    tls: bool,
}

impl Host {
    pub fn new(config: server::Config) -> Self {
        let server = Server::new(config, NOW).unwrap();
        let (said, asked, events, stored) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut host =
            Self { server, said, asked, events, stored, closed: None, content: Vec::new(), tls: false };
        host.run();
        host
    }

    pub fn named() -> Self {
        Self::new(server::Config::named("mx.example"))
    }

    /// Gives the server a piece of what a client sent.
    pub fn hear(&mut self, bytes: &[u8]) -> &mut Self {
        self.server.receive(bytes);
        self.run();
        self
    }

    /// The recipients that were asked about, as they were written.
    pub fn recipients(&self) -> Vec<&str> {
        let asked = self.asked.iter();
        asked
            .filter_map(|ask| if let Ask::Rcpt { to, .. } = ask { Some(to.as_str()) } else { None })
            .collect()
    }

    /// The senders that were asked about.
    pub fn senders(&self) -> Vec<&str> {
        let asked = self.asked.iter();
        asked
            .filter_map(|ask| if let Ask::Mail { from, .. } = ask { Some(from.as_str()) } else { None })
            .collect()
    }

    pub fn replies(&self) -> String {
        String::from_utf8(self.said.clone()).unwrap()
    }

    fn run(&mut self) {
        loop {
            match self.server.poll(NOW) {
                server::Output::Send(bytes) => self.said.extend(bytes),
                server::Output::Body(bytes) => self.content.extend(bytes),
                server::Output::StartTls => self.tls = true,
                server::Output::Ask(ask) => {
                    if matches!(ask, Ask::Message) {
                        self.stored.push(std::mem::take(&mut self.content));
                    }
                    self.asked.push(ask);
                    self.server.answer(Answer::accept()).unwrap();
                }
                server::Output::Event(event) => {
                    if matches!(event, server::Event::Discard(_)) {
                        self.content.clear();
                    }
                    self.events.push(event);
                }
                server::Output::Closed(failure) => return self.closed = Some(failure),
                server::Output::Wait { read, .. } => {
                    if !(read && std::mem::take(&mut self.tls)) {
                        return;
                    }
                }
            }
        }
    }
}

/// What a client said to a server of ours, and what came of it.
pub struct Talk {
    pub host: Host,
    /// The octets of the client, in order.
    pub wire: Vec<u8>,
    pub outcome: Outcome,
}

/// Sends one message, its content in these pieces.
pub fn talk(client: client::Config, server: server::Config, envelope: Envelope, pieces: &[&[u8]]) -> Talk {
    let mut host = Host::new(server);
    let mut client = Client::new(client, NOW).unwrap();
    client.send(envelope).unwrap();
    client.quit();
    let mut pieces: VecDeque<&[u8]> = pieces.iter().copied().collect();
    let (mut wire, mut known) = (Vec::new(), None);
    loop {
        let bytes = match client.poll(NOW) {
            client::Output::Send(bytes) => bytes,
            client::Output::Body { transaction, .. } => {
                let piece = pieces.pop_front().unwrap_or_default();
                client.content(transaction, piece, pieces.is_empty()).unwrap().concat()
            }
            client::Output::Event(client::Event::Outcome { outcome, .. }) => {
                assert!(known.replace(outcome).is_none(), "a second outcome");
                continue;
            }
            client::Output::Event(_) | client::Output::StartTls | client::Output::Exchange(_) => continue,
            client::Output::Wait { .. } => {
                let said = std::mem::take(&mut host.said);
                assert!(!said.is_empty(), "both sides wait");
                client.receive(&said);
                continue;
            }
            client::Output::Closed(_) => {
                return Talk { host, wire, outcome: known.expect("an outcome") };
            }
        };
        host.hear(&bytes);
        wire.extend(bytes);
    }
}

/// A client without TLS.
pub fn plain() -> client::Config {
    client::Config { tls: client::Tls::Off, ..client::Config::named("client.example") }
}

/// A client that has heard this, with the outcome of each message that it was given.
pub struct Hearer {
    pub client: Client,
    pub said: Vec<u8>,
    pub events: Vec<client::Event>,
    pub closed: Option<Option<client::Failure>>,
    /// How often `poll` was called.
    pub polls: usize,
}

impl Hearer {
    pub fn new(config: client::Config) -> Self {
        let client = Client::new(config, NOW).unwrap();
        Self { client, said: Vec::new(), events: Vec::new(), closed: None, polls: 0 }
    }

    pub fn hear(&mut self, bytes: &[u8]) -> &mut Self {
        self.client.receive(bytes);
        loop {
            self.polls += 1;
            match self.client.poll(NOW) {
                client::Output::Send(bytes) => self.said.extend(bytes),
                client::Output::Body { transaction, .. } => {
                    let piece = self.client.content(transaction, b"x\r\n", true).unwrap();
                    self.said.extend(piece.concat());
                }
                client::Output::Event(event) => self.events.push(event),
                client::Output::StartTls | client::Output::Exchange(_) => {}
                client::Output::Wait { .. } => return self,
                client::Output::Closed(failure) => {
                    self.closed = Some(failure);
                    return self;
                }
            }
        }
    }

    /// Whether the session has ended because the server broke the protocol.
    pub fn broken(&self) -> bool {
        matches!(&self.closed, Some(Some(client::Failure { cause: client::Cause::Protocol(_), .. })))
    }
}

/// The controls of ASCII, and two of those above it.
pub fn controls() -> impl Iterator<Item = char> {
    ('\0'..' ').chain(['\u{7f}', '\u{85}', '\u{9b}'])
}

/// The text with the character at every place.
pub fn with(text: &str, character: char) -> impl Iterator<Item = String> {
    let places = (0..=text.len()).filter(|&at| text.is_char_boundary(at));
    places.map(move |at| [&text[..at], character.encode_utf8(&mut [0; 4]), &text[at..]].concat())
}
