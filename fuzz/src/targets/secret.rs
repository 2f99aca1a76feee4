//! Secrets in the engines: AUTH between our client and our server, with somebody in between who changes what he likes.
//! Neither the engines nor what they say of themselves shows the secret, in whatever form.

use std::fmt::Write;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use edgepost::client::{self, Client};
use edgepost::sasl::binding::{BindingType, ChannelBinding};
use edgepost::sasl::scram::StoredSecret;
use edgepost::sasl::{Credentials, Mechanism, Secret};
use edgepost::server::{self, Answer, Ask, Auth, Server};
use edgepost::time::Millis;
use edgepost::wire::base64;
use edgepost::wire::reply::{EnhancedCode, Reply};

use crate::cuts::lines;

/// Nobody says it but who has leaked it.
const SECRET: &str = "Zq9-secret_7w";
const NOW: Millis = Millis::new(1);
/// More turns than any session here has.
const TURNS: usize = 64;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    mechanism: u8,
    refused: bool,
    stored: bool,
    /// What one side says in place of, or behind, a line of the other's.
    changes: Vec<Change<'a>>,
}

#[derive(Debug, Arbitrary)]
struct Change<'a> {
    /// Which line, counted from the first that either side says.
    line: u8,
    at: u16,
    removed: u8,
    inserted: &'a [u8],
}

pub fn run(octets: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    let told = |change: &Change| {
        let inserted =
            change.inserted.windows(4).any(|piece| SECRET.as_bytes().windows(4).any(|of| of == piece));
        inserted || FORMS.iter().any(|form| String::from_utf8_lossy(change.inserted).contains(&form[..4]))
    };
    if input.changes.iter().any(told) {
        return;
    }
    let mechanism = Mechanism::ALL[usize::from(input.mechanism) % Mechanism::ALL.len()];
    let shown = Session::new(mechanism, &input).play();
    for form in FORMS.iter() {
        let at = shown.lines().find(|line| line.contains(form));
        assert_eq!(at, None, "{}: the secret shows as {form}", mechanism.name());
    }
}

static FORMS: LazyLock<Vec<String>> = LazyLock::new(forms);

/// The secret as text, as numbers, and in base64 behind any other octets.
fn forms() -> Vec<String> {
    let numbers = |radix: &str| {
        let number = |octet: u8| if radix == "x" { format!("{octet:02x}") } else { octet.to_string() };
        SECRET.bytes().map(number).collect::<Vec<_>>()
    };
    let encoded = (0..3).map(|before| {
        let text = base64::encode(&[&b"\0\0"[..before], SECRET.as_bytes()].concat());
        text[(before * 8).div_ceil(6)..(before + SECRET.len()) * 8 / 6].into()
    });
    let texts = [SECRET.into(), numbers("").join(", "), numbers("x").concat(), numbers("x").join(", ")];
    texts.into_iter().chain(encoded).collect()
}

/// Where the secret begins in a line, in whatever form.
fn secret_at(line: &[u8]) -> Option<usize> {
    let line = String::from_utf8_lossy(line);
    FORMS.iter().filter_map(|form| line.find(form)).min()
}

/// One way between the two.
#[derive(Default)]
struct Way {
    /// What has arrived does not end with a line's end.
    in_mid_line: bool,
    /// Nothing arrives any more.
    cut: bool,
}

struct Session<'a> {
    client: Client,
    server: Server,
    input: &'a Input<'a>,
    mechanism: Mechanism,
    shown: String,
    carried: usize,
}

impl<'a> Session<'a> {
    fn new(mechanism: Mechanism, input: &'a Input<'a>) -> Self {
        let binding = || vec![ChannelBinding { kind: BindingType::TlsExporter, data: vec![1; 32] }];
        let auth = Auth {
            mechanisms: Mechanism::ALL.to_vec(),
            nonce: vec![7; 18],
            pepper: vec![1; 16].into(),
            iterations: 2,
            ..Auth::default()
        };
        let config = server::Config { secure: true, auth: Some(auth), ..server::Config::named("mx.example") };
        let mut server = Server::new(config, NOW).expect("a good configuration");
        server.bind(binding());
        let all = [
            Credentials::new("alice", SECRET),
            Credentials::with_token("alice", SECRET),
            Credentials::unproven("alice"),
        ];
        let credentials = all.into_iter().find(|credentials| mechanism.takes(&credentials.proof));
        let config = client::Config {
            secure: true,
            auth: credentials,
            mechanisms: vec![mechanism],
            nonce: vec![9; 18],
            iterations: 1..=64,
            ..client::Config::named("client.example")
        };
        let mut client = Client::new(config, NOW).expect("a good configuration");
        client.bind(binding());
        Self { client, server, input, mechanism, shown: String::new(), carried: 0 }
    }

    fn play(mut self) -> String {
        let (mut to_client, mut to_server) = (Way::default(), Way::default());
        for _ in 0..TURNS {
            let (from_server, served) = self.serve();
            let arrived = self.carry(&from_server, &mut to_client);
            self.client.receive(&arrived);
            let (from_client, sent) = self.send();
            let arrived = self.carry(&from_client, &mut to_server);
            self.server.receive(&arrived);
            if served && sent || from_server.is_empty() && from_client.is_empty() {
                return self.shown;
            }
        }
        self.shown
    }

    fn show(&mut self, thing: &dyn std::fmt::Debug) {
        let _ = writeln!(self.shown, "{thing:?}");
    }

    /// Octets with the changes of those lines that they are. A line with the secret keeps what is before the secret: who
    /// makes `EHLO <secret>` of it makes a name of the secret, and no server can know.
    fn carry(&mut self, octets: &[u8], way: &mut Way) -> Vec<u8> {
        let mut arrived = Vec::new();
        for line in lines(octets) {
            let mut line = line.to_vec();
            if way.in_mid_line && secret_at(&line).is_some() {
                way.cut = true;
            }
            for change in self.input.changes.iter().filter(|change| usize::from(change.line) == self.carried)
            {
                let at = usize::from(change.at) % (line.len() + 1);
                if secret_at(&line).is_some_and(|secret| at <= secret) {
                    continue;
                }
                let end = (at + usize::from(change.removed)).min(line.len());
                line.splice(at..end, change.inserted.iter().copied());
            }
            self.carried += 1;
            way.in_mid_line = if line.is_empty() { way.in_mid_line } else { !line.ends_with(b"\r\n") };
            if !way.cut {
                arrived.extend(line);
            }
        }
        arrived
    }

    /// What the server says until it waits, and whether it has ended.
    fn serve(&mut self) -> (Vec<u8>, bool) {
        let mut said = Vec::new();
        for _ in 0..TURNS {
            let output = self.server.poll(NOW);
            self.show(&output);
            match output {
                server::Output::Send(octets) => said.extend(octets),
                server::Output::Ask(ask) => {
                    let answer = self.answer(&ask);
                    self.show(&answer);
                    self.server.answer(answer).expect("a question is open");
                }
                server::Output::Closed(failure) => {
                    let _ = failure.map(|failure| writeln!(self.shown, "{failure}"));
                    return (said, true);
                }
                server::Output::Event(server::Event::Fault { error, reply }) => {
                    let _ = writeln!(self.shown, "{error} {reply}");
                }
                server::Output::Wait { .. } => break,
                _ => {}
            }
            let _ = writeln!(self.shown, "{:?}", self.server);
        }
        (said, false)
    }

    fn answer(&self, ask: &Ask) -> Answer {
        let refused = Reply::new(535, Some(EnhancedCode::new(5, 7, 8)), "no");
        match ask {
            Ask::Secret { .. } if self.input.stored => {
                Answer::Secret(Some(StoredSecret::Password(Secret::new(SECRET))))
            }
            Ask::Secret { .. } => Answer::Secret(None),
            Ask::Auth { .. } if self.input.refused => Answer::Refuse(refused),
            _ => Answer::accept(),
        }
    }

    /// What the client says until it waits, and whether it has ended.
    fn send(&mut self) -> (Vec<u8>, bool) {
        let mut said = Vec::new();
        for _ in 0..TURNS {
            let output = self.client.poll(NOW);
            self.show(&output);
            match output {
                client::Output::Send(octets) => said.extend(octets),
                client::Output::Event(client::Event::Ready { .. }) => self.client.quit(),
                client::Output::Closed(failure) => {
                    let _ = failure.map(|failure| writeln!(self.shown, "{failure} {failure:?}"));
                    return (said, true);
                }
                client::Output::Wait { .. } => break,
                _ => {}
            }
            let _ = writeln!(self.shown, "{:?} {}", self.client, self.mechanism.name());
        }
        (said, false)
    }
}
