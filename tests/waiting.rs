//! How long a client waits for whom, and what it knows when it stops (RFC 5321 sections 3.8 and 4.5.3.2, RFC 1047).

use edgepost::client::{Client, Config, Envelope, Event, Outcome, Output, Tls};
use edgepost::time::Millis;

const GREETING: &str = "220 mx.example\r\n";
const OFFERS: &str = "250-mx.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n";

/// A client with an open session, and a clock that the test moves.
struct Session {
    client: Client,
    now: u64,
    outcomes: Vec<Outcome>,
    over: bool,
}

impl Session {
    fn new() -> Self {
        let config = Config { tls: Tls::Off, ..Config::named("client.example") };
        let client = Client::new(config, Millis::new(0)).unwrap();
        let mut session = Self { client, now: 0, outcomes: Vec::new(), over: false };
        session.hear(GREETING);
        session.hear(OFFERS);
        session
    }

    /// Does what the client says until it waits; all content is `x` and a line end.
    fn run(&mut self) {
        loop {
            match self.client.poll(Millis::new(self.now)) {
                Output::Body { transaction, .. } => {
                    self.client.content(transaction, b"x\r\n", true).unwrap();
                }
                Output::Event(Event::Outcome { outcome, .. }) => self.outcomes.push(outcome),
                Output::Wait { .. } => return,
                Output::Closed(_) => {
                    self.over = true;
                    return;
                }
                Output::Send(_) | Output::Event(_) | Output::StartTls | Output::Exchange(_) => {}
            }
        }
    }

    fn hear(&mut self, replies: &str) {
        self.client.receive(replies.as_bytes());
        self.run();
    }

    fn send(&mut self) {
        let envelope = Envelope::new("ann@example.com", ["bob@example.org"]).unwrap();
        self.client.send(envelope.octets(3).eight_bit(false)).unwrap();
        self.run();
    }
}

#[test]
fn a_reply_is_waited_for_no_longer_because_more_is_sent() {
    let mut session = Session::new();
    session.send();
    while session.now < 290_000 {
        session.now += 10_000;
        session.send();
    }
    assert!(!session.over);
    session.now = 300_000;
    session.run();
    assert!(session.over, "the first reply to MAIL is five minutes late");
    assert!(session.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Uncertain { .. })));
}

/// Three messages are out, and the second ends with these replies from its RCPT on.
fn after(replies: &str) -> Vec<Outcome> {
    let mut session = Session::new();
    (0..3).for_each(|_| session.send());
    session.hear("250 mail\r\n250 rcpt\r\n250 taken\r\n250 rset\r\n250 mail\r\n");
    session.hear(replies);
    assert!(session.over);
    session.outcomes
}

#[test]
fn behind_421_nothing_was_read() {
    let outcomes = after("421 closing\r\n");
    assert!(matches!(
        outcomes[..],
        [Outcome::Accepted { .. }, Outcome::Refused { .. }, Outcome::NotSent { .. }]
    ));
    let outcomes = after("421 closing\r\n421 closing\r\n421 closing\r\n");
    assert!(matches!(outcomes[2], Outcome::NotSent { .. }));
}

#[test]
fn behind_421_all_is_uncertain_when_the_server_goes_on() {
    let outcomes = after("421 too many\r\n503 no recipients\r\n250 rset\r\n");
    assert!(matches!(
        outcomes[..],
        [Outcome::Accepted { .. }, Outcome::Refused { .. }, Outcome::Uncertain { .. }]
    ));
}
