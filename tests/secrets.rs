//! No secret shows, nor what one could be guessed from: every mechanism, every outcome, in traces, errors and debug output.

#[path = "scenario/player.rs"]
mod player;

use std::fmt::Write;

use edgepost::client::{self, Client};
use edgepost::sasl::binding::{BindingType, ChannelBinding};
use edgepost::sasl::scram::StoredSecret;
use edgepost::sasl::{Credentials, Mechanism, Proof, Secret};
use edgepost::server::{self, Answer, Ask, Auth, Denial, Server};
use edgepost::time::Millis;
use edgepost::trace::Reader;
use edgepost::wire::base64;
use edgepost::wire::reply::{EnhancedCode, Reply};
use player::Player;

const PASSWORD: &str = "correct-horse-battery-staple";
const TOKEN: &str = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
const NOW: Millis = Millis::new(0);

/// How an exchange ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Success,
    /// The server has something else, or nothing.
    Refused,
    /// The server proves itself with something else: the client leaves.
    Impostor,
    /// The client is bound to another connection.
    Between,
}

/// What an exchange has shown, and what may not be among it.
#[derive(Default)]
struct Seen {
    shown: String,
    secrets: Vec<Vec<u8>>,
    denied: Vec<(Option<String>, Denial)>,
    authenticated: bool,
}

impl Seen {
    fn show(&mut self, thing: impl std::fmt::Debug) {
        writeln!(self.shown, "{thing:?}").unwrap();
    }

    /// What a line of AUTH says is a secret, and so is each part of it from which one could be guessed.
    fn overhear(&mut self, line: &str) {
        let Ok(message) = base64::decode(line.rsplit(' ').next().unwrap_or_default()) else {
            return;
        };
        let text = String::from_utf8_lossy(&message).into_owned();
        for attribute in text.split(',') {
            let proof = attribute.strip_prefix("p=").or(attribute.strip_prefix("v="));
            let octets = proof.and_then(|proof| base64::decode(proof).ok());
            if let (Some(proof), Some(octets)) = (proof, octets) {
                self.secrets.extend([octets, proof.into(), message.clone()]);
            }
        }
        if text.contains(PASSWORD) || text.contains(TOKEN) {
            self.secrets.push(message.clone());
        }
        // CRAM-MD5's answer
        if let Some((_, digest)) = text.rsplit_once(' ').filter(|(_, digest)| digest.len() == 32) {
            self.secrets.push(digest.into());
        }
    }

    fn assert_clean(&self, what: &str) {
        for secret in &self.secrets {
            let forms = [
                String::from_utf8_lossy(secret).into_owned(),
                base64::encode(secret).trim_end_matches('=').into(),
                format!("{secret:?}").trim_matches(['[', ']']).into(),
            ];
            for form in forms {
                let at = self.shown.lines().find(|line| line.contains(&form));
                assert_eq!(at, None, "{what}: {form:?} is shown");
            }
        }
    }
}

fn binding(data: &[u8]) -> ChannelBinding {
    ChannelBinding { kind: BindingType::TlsExporter, data: data.into() }
}

fn credentials(mechanism: Mechanism) -> Credentials {
    [
        Credentials::new("alice", PASSWORD),
        Credentials::with_token("alice", TOKEN),
        Credentials::unproven("alice"),
    ]
    .into_iter()
    .find(|credentials| mechanism.takes(&credentials.proof))
    .unwrap()
}

/// Both engines, joined, and a reader of the wire on it. With `hosted`, the host plays the client's part.
fn exchange(mechanism: Mechanism, ending: Ending, hosted: bool) -> Seen {
    let mut seen = Seen { secrets: vec![PASSWORD.into(), TOKEN.into()], ..Seen::default() };
    let auth = Auth {
        mechanisms: vec![mechanism],
        nonce: b"the nonce of the server".to_vec(),
        pepper: b"the pepper of the server".to_vec().into(),
        iterations: 4096,
        ..Auth::default()
    };
    seen.secrets.push(b"the pepper of the server".to_vec());
    let config = server::Config { secure: true, auth: Some(auth), ..server::Config::named("mx.example") };
    let mut server = Server::new(config, NOW).unwrap();
    server.bind(vec![binding(b"this connection")]);
    let mut config = client::Config::named("client.example");
    config.secure = true;
    config.auth = Some(credentials(mechanism));
    config.mechanisms = vec![mechanism];
    config.nonce = b"the nonce of the client".to_vec();
    config.delegated = if hosted { Mechanism::ALL } else { &[] };
    let mut player = Player::new(&config);
    let mut client = Client::new(config, NOW).unwrap();
    let ours: &[u8] = if ending == Ending::Between { b"that connection" } else { b"this connection" };
    client.bind(vec![binding(ours)]);

    let mut reader = Reader::default();
    let (mut up, mut down) = (Vec::new(), Vec::new());
    loop {
        seen.show(&client);
        match client.poll(NOW) {
            client::Output::Send(bytes) => {
                seen.show(client::Output::Send(bytes.clone()));
                up.extend(bytes);
                continue;
            }
            client::Output::Exchange(asked) => {
                seen.show(client::Output::Exchange(asked.clone()));
                player.answer(&mut client, asked);
                continue;
            }
            client::Output::Event(event) => {
                seen.authenticated |= matches!(event, client::Event::Ready { authenticated: true, .. });
                seen.show(event);
                client.quit();
                continue;
            }
            client::Output::Closed(failure) => {
                if let Some(failure) = &failure {
                    writeln!(seen.shown, "{failure} {failure:?}").unwrap();
                }
                if up.is_empty() {
                    break;
                }
            }
            output => seen.show(output),
        }
        for line in String::from_utf8_lossy(&up).lines() {
            seen.overhear(line);
        }
        seen.show(reader.client(&up, NOW));
        server.receive(&std::mem::take(&mut up));
        loop {
            seen.show(&server);
            match server.poll(NOW) {
                server::Output::Send(bytes) => {
                    seen.show(server::Output::Send(bytes.clone()));
                    down.extend(bytes);
                }
                server::Output::Ask(ask) => {
                    seen.show(&ask);
                    server.answer(answer(&ask, mechanism, ending)).unwrap();
                }
                server::Output::Event(event) => {
                    if let server::Event::Denied { user, reason, .. } = &event {
                        seen.denied.push((user.clone(), *reason));
                    }
                    seen.show(event);
                }
                _ => break,
            }
        }
        if ending == Ending::Impostor {
            // Whoever does not know the password cannot sign.
            let signature = format!("v={}", base64::encode(&[7; 32]));
            let said = String::from_utf8(down).unwrap();
            let last = |line: &str| {
                line.strip_prefix("334 ").is_some_and(|text| base64::decode(text).unwrap().starts_with(b"v="))
            };
            let change = |line: &str| match last(line) {
                true => format!("334 {}\r\n", base64::encode(signature.as_bytes())),
                false => format!("{line}\r\n"),
            };
            down = said.lines().map(change).collect::<String>().into_bytes();
        }
        for line in String::from_utf8_lossy(&down).lines() {
            seen.overhear(line);
        }
        seen.show(reader.server(&down, NOW));
        client.receive(&std::mem::take(&mut down));
    }
    seen
}

fn answer(ask: &Ask, mechanism: Mechanism, ending: Ending) -> Answer {
    let refused = Reply::new(535, Some(EnhancedCode::new(5, 7, 8)), "no");
    match (ask, ending) {
        (Ask::Secret { .. }, Ending::Refused) => Answer::Secret(None),
        (Ask::Secret { .. }, _) => Answer::Secret(Some(StoredSecret::Password(Secret::new(PASSWORD)))),
        (Ask::Auth { credentials, .. }, Ending::Success) => {
            assert_eq!(credentials.secret(), self::credentials(mechanism).secret());
            Answer::accept()
        }
        (Ask::Auth { .. }, _) => Answer::Refuse(refused),
        _ => Answer::accept(),
    }
}

// covers: RFC 4954 section 4 both
// covers: RFC 5802 section 9 both
#[test]
fn no_secret_shows_whatever_the_mechanism_and_however_it_ends() {
    for (&mechanism, hosted) in Mechanism::ALL.iter().flat_map(|it| [(it, false), (it, true)]) {
        for ending in [Ending::Success, Ending::Refused] {
            let what = format!("{} {ending:?} {hosted}", mechanism.name());
            let seen = exchange(mechanism, ending, hosted);
            seen.assert_clean(&what);
            assert!(seen.shown.contains(&format!("AUTH {}", mechanism.name())), "{what}: {}", seen.shown);
            assert_eq!(seen.authenticated, ending == Ending::Success, "{what}: {}", seen.shown);
            let proven = mechanism.scram().is_some() || mechanism == Mechanism::CramMd5;
            let reason = if proven { Denial::Proof } else { Denial::Refused };
            let denied = if seen.authenticated { vec![] } else { vec![(Some("alice".into()), reason)] };
            assert_eq!(seen.denied, denied, "{what}");
            let none = credentials(mechanism).proof == Proof::None;
            assert!(none || seen.secrets.len() > 3, "{what} tests nothing");
        }
        if mechanism.scram().is_some() {
            let seen = exchange(mechanism, Ending::Impostor, hosted);
            seen.assert_clean(mechanism.name());
            assert!(seen.shown.contains("does not know the password"), "{}", seen.shown);
        }
        if mechanism.is_plus() {
            let seen = exchange(mechanism, Ending::Between, hosted);
            seen.assert_clean(mechanism.name());
            assert_eq!(seen.denied, [(Some("alice".into()), Denial::Binding)]);
        }
    }
}

/// What a server says that says back what it hears, as old ones do with what they do not understand.
#[test]
fn what_a_server_says_back_of_an_exchange_is_not_shown() {
    for mechanism in [Mechanism::Plain, Mechanism::Login, Mechanism::OAuthBearer, Mechanism::XOAuth2] {
        let config = client::Config {
            secure: true,
            auth: Some(credentials(mechanism)),
            mechanisms: vec![mechanism],
            ..client::Config::named("client.example")
        };
        let secret = credentials(mechanism).secret().to_owned();
        let mut client = Client::new(config, NOW).unwrap();
        let mut reader = Reader::default();
        let mut seen = Seen { secrets: vec![secret.clone().into()], ..Seen::default() };
        let offers = format!("220 mx\r\n250-mx\r\n250 AUTH {}\r\n", mechanism.name());
        client.receive(offers.as_bytes());
        seen.show(reader.server(offers.as_bytes(), NOW));
        let mut prompts = if mechanism == Mechanism::Login { vec!["Password:", "Username:"] } else { vec![] };
        loop {
            match client.poll(NOW) {
                client::Output::Send(line) => {
                    seen.show(reader.client(&line, NOW));
                    let line = String::from_utf8(line).unwrap();
                    if line.starts_with("EHLO") || line.starts_with("QUIT") {
                        continue;
                    }
                    let reply = match prompts.pop() {
                        Some(prompt) => format!("334 {}\r\n", base64::encode(prompt.as_bytes())),
                        None => {
                            seen.secrets.push(line.rsplit(' ').next().unwrap().trim().into());
                            format!(
                                "500-5.5.1 Command unrecognized: \"{}\"\r\n500 5.5.1 {secret}?\r\n",
                                line.trim()
                            )
                        }
                    };
                    client.receive(reply.as_bytes());
                    seen.show(reader.server(reply.as_bytes(), NOW));
                }
                client::Output::Closed(failure) => {
                    let failure = failure.unwrap();
                    writeln!(seen.shown, "{failure} {failure:?}").unwrap();
                    break;
                }
                output => seen.show(output),
            }
        }
        assert_eq!(seen.shown.matches("Command unrecognized").count(), 3, "{}", seen.shown);
        seen.assert_clean(mechanism.name());
    }
}
