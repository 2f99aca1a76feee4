//! AUTH (RFC 4954): which mechanism is used, and the client's part of its exchange, played by the engine or its host.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use zeroize::Zeroize;

use super::error::{Cause, ProtocolError};
use super::state::{Hello, Permit, State, Step, no};
use super::{Config, Output};
use crate::sasl::binding::{ChannelBinding, Flag};
use crate::sasl::{self, Credentials, ExchangeError, Mechanism, Secret, Terms, Wiped};
use crate::wire::base64;
use crate::wire::command::{Command, Initial};
use crate::wire::ehlo::Capabilities;
use crate::wire::reply::Reply;

/// An initial response may make a command line of 512 octets, not more (RFC 4954 section 4); this is its share, encoded.
const INITIAL_OCTETS: usize = 480;

/// What a line of AUTH may have at most, with its CRLF, in octets (RFC 4954 section 4).
pub(super) const AUTH_LINE: usize = 12_288;

/// What a host is asked that plays the client's part of an exchange: a [`sasl::Client`] knows the answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// It begins. The credentials and the other [`Terms`] are those of the [`Config`].
    Begin {
        /// What was chosen.
        mechanism: Mechanism,
        /// What to say about channel binding.
        flag: Flag,
    },
    /// The server asks this.
    Challenge(Wiped),
    /// The server says that all is well: may it?
    Success,
}

/// An [`Exchange`] without what belongs to it: what an answer is waited for to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Question {
    Begin,
    Challenge,
    Success,
}

impl Question {
    /// Whether this is an answer to it.
    pub const fn takes(self, answer: &Result<Option<Wiped>, ExchangeError>) -> bool {
        match self {
            Self::Begin => true,
            Self::Challenge => !matches!(answer, Ok(None)),
            Self::Success => !matches!(answer, Ok(Some(_))),
        }
    }
}

/// AUTH under way.
#[derive(Debug)]
pub(super) struct Auth {
    hello: Hello,
    capabilities: Capabilities,
    mechanism: Mechanism,
    player: Player,
    /// The initial response, where it is too long for the command.
    held: Option<Wiped>,
    secrets: Secrets,
}

/// Who plays the client's part.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "what holds it is in a box")]
enum Player {
    Engine(sasl::Client),
    Host {
        /// What the server has said about a failure.
        said: Option<String>,
    },
}

/// What a server may say back when it refuses AUTH, as some do with all that they do not understand.
#[derive(Debug)]
struct Secrets {
    /// The password or the token.
    own: Secret,
    /// What was said last.
    response: Wiped,
}

impl Secrets {
    /// The reply without them.
    fn hide(&self, reply: Reply) -> Reply {
        let encoded = Secret::from(base64::encode(&self.response));
        reply.without(encoded.reveal()).without(self.own.reveal())
    }
}

/// Chooses a mechanism and begins its exchange.
pub(super) fn begin(
    _: Permit,
    hello: Hello,
    credentials: Credentials,
    capabilities: Capabilities,
    config: &Config,
    bindings: &[ChannelBinding],
) -> Result<Step, Cause> {
    let offered: Vec<Mechanism> = capabilities.mechanisms().filter_map(Mechanism::parse).collect();
    let bindings = if hello.is_secure() { bindings } else { &[] };
    let mut bindings = bindings.iter();
    let binding = bindings.find(|it| config.channel_binding.is_none_or(|wanted| it.kind == wanted));
    let usable = |mechanism: &&Mechanism| {
        config.mechanisms.contains(mechanism)
            && mechanism.suits(&credentials)
            && (binding.is_some() || !mechanism.is_plus())
    };
    let mut choice = Mechanism::ALL.iter().filter(usable);
    let Some(&mechanism) = choice.find(|mechanism| offered.contains(mechanism)) else {
        let theirs: Vec<&str> = capabilities.mechanisms().collect();
        return Err(Cause::Unsupported(match theirs.is_empty() {
            true => "the server does not offer AUTH".into(),
            false => {
                format!("the server offers AUTH with {}, and none of them can be used", theirs.join(", "))
            }
        }));
    };
    let flag = match binding {
        Some(binding) if mechanism.is_plus() => Flag::Bound(binding.clone()),
        // Had the server offered it, it would be used.
        Some(_) if mechanism.plus().is_some_and(|plus| config.mechanisms.contains(&plus)) => Flag::NotOffered,
        _ => Flag::Unsupported,
    };
    let secrets = Secrets { own: Secret::new(credentials.secret()), response: Wiped::default() };
    let auth = |player| Box::new(Auth { hello, capabilities, mechanism, player, held: None, secrets });
    if config.delegated.contains(&mechanism) {
        let asked = Exchange::Begin { mechanism, flag };
        return Ok(auth(Player::Host { said: None }).ask(Question::Begin, asked));
    }
    let terms = Terms {
        nonce: config.nonce.clone(),
        flag,
        iterations: config.iterations.clone(),
        server: config.server.clone(),
        unicode: config.unicode,
    };
    let mut client = mechanism.client(credentials, terms).map_err(unusable)?;
    let initial = client.initial();
    Ok(auth(Player::Engine(client)).command(initial))
}

impl Auth {
    /// What a reply of the server leads to.
    pub fn reply(mut self: Box<Self>, reply: Reply) -> Result<Step, Cause> {
        match reply.code() {
            235 if self.held.is_none() => match &self.player {
                Player::Engine(client) => {
                    client.succeeded().map_err(broken)?;
                    Ok(self.success())
                }
                Player::Host { .. } => Ok(self.ask(Question::Success, Exchange::Success)),
            },
            334 => {
                if let Some(initial) = self.held.take() {
                    return self.response(initial);
                }
                let challenge = challenge(&reply, self.mechanism)?;
                match &mut self.player {
                    Player::Engine(client) => {
                        let response = client.respond(&challenge).map_err(broken)?;
                        self.response(response)
                    }
                    Player::Host { .. } => Ok(self.ask(Question::Challenge, Exchange::Challenge(challenge))),
                }
            }
            _ => Err(self.refused(reply)),
        }
    }

    /// What the host's answer leads to, which the question [takes](Question::takes).
    pub fn answered(
        mut self: Box<Self>,
        question: Question,
        answer: Result<Option<Wiped>, ExchangeError>,
        said: Option<String>,
    ) -> Result<Step, Cause> {
        let fault = if matches!(question, Question::Begin) { unusable } else { broken };
        let response = answer.map_err(fault)?;
        self.player = Player::Host { said };
        match question {
            Question::Begin => Ok(self.command(response)),
            Question::Challenge => self.response(response.unwrap_or_default()),
            Question::Success => Ok(self.success()),
        }
    }

    /// What a reply comes to that does not go on.
    pub fn refused(&self, reply: Reply) -> Cause {
        let reply = self.secrets.hide(reply);
        let said = match &self.player {
            Player::Engine(client) => client.said(),
            Player::Host { said } => said.as_deref(),
        };
        match said {
            Some(said) if reply.is_negative() => Cause::Denied { said: shown(said), reply },
            _ => no(reply),
        }
    }

    fn ask(self: Box<Self>, question: Question, asked: Exchange) -> Step {
        Step { state: State::Asked(self, question), outputs: [Output::Exchange(asked)].into() }
    }

    /// AUTH itself.
    fn command(mut self: Box<Self>, initial: Option<Wiped>) -> Step {
        let long = initial.as_ref().is_some_and(|initial| initial.len().div_ceil(3) * 4 > INITIAL_OCTETS);
        let (held, response) = if long { (initial, None) } else { (None, initial) };
        let initial = response.as_ref().map(|initial| Initial(initial.to_vec()));
        let command = Command::Auth { mechanism: self.mechanism.name().into(), initial };
        self.held = held;
        self.secrets.response = response.unwrap_or_default();
        Step::send(State::Auth(self), &command)
    }

    fn response(mut self: Box<Self>, response: Wiped) -> Result<Step, Cause> {
        let mut line = base64::encode(&response).into_bytes();
        line.extend_from_slice(b"\r\n");
        if line.len() > AUTH_LINE {
            line.zeroize();
            return Err(Cause::unsupported(
                "the credentials are too long: an AUTH line has at most 12288 octets",
            ));
        }
        self.secrets.response = response;
        Ok(Step { state: State::Auth(self), outputs: [Output::Send(line)].into() })
    }

    fn success(self) -> Step {
        self.hello.open(self.capabilities, true)
    }
}

/// What a 334 reply asks. Some servers write the challenges of LOGIN and PLAIN in plain words; both mean nothing.
fn challenge(reply: &Reply, mechanism: Mechanism) -> Result<Wiped, Cause> {
    let text = reply.lines().next().unwrap_or_default();
    match base64::decode(text) {
        Ok(challenge) => Ok(challenge.into()),
        Err(_) if mechanism.ignores_challenges() && !text.is_empty() && text.len() < 64 => {
            Ok(Wiped::default())
        }
        Err(_) => Err(broken(ExchangeError::Malformed)),
    }
}

/// An exchange that cannot begin.
fn unusable(error: ExchangeError) -> Cause {
    Cause::Unsupported(match error {
        ExchangeError::Malformed => {
            "the user or the password holds characters that cannot be in one (RFC 8265)".into()
        }
        error => error.to_string(),
    })
}

fn broken(error: ExchangeError) -> Cause {
    Cause::Protocol(ProtocolError::Exchange(error))
}

/// The server's words as they may be shown: without control characters, and not for ever.
fn shown(said: &str) -> String {
    said.chars().take(512).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
