//! The states of a session, each with what is true only then, and the way from the greeting to an open session.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroize;

use super::error::{Cause, Failure, ProtocolError, Stage};
use super::flight::Open;
use super::{Config, Event, Output, Timeouts, Tls};
use crate::sasl::binding::{ChannelBinding, Flag};
use crate::sasl::{self, Credentials, ExchangeError, Mechanism, Secret, Terms, Wiped};
use crate::wire::base64;
use crate::wire::command::{Command, Initial};
use crate::wire::ehlo::Capabilities;
use crate::wire::reply::Reply;

/// Where a session is, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Phase {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Handshake,
    Xclient,
    Auth,
    Open,
    Closed,
}

/// Every way from one phase to another that is not a failure, and what opens it. Failures lead to `Closed` from anywhere.
pub const TRANSITIONS: &[(Phase, &str, Phase)] = &[
    (Phase::Greeting, "220", Phase::Ehlo),
    (Phase::Ehlo, "250, STARTTLS to come", Phase::StartTls),
    (Phase::Ehlo, "250, XCLIENT to come", Phase::Xclient),
    (Phase::Ehlo, "250, AUTH to come", Phase::Auth),
    (Phase::Ehlo, "250", Phase::Open),
    (Phase::Ehlo, "5yz", Phase::Helo),
    (Phase::Helo, "250", Phase::Open),
    (Phase::StartTls, "220", Phase::Handshake),
    (Phase::StartTls, "4yz or 5yz, TLS not required", Phase::Open),
    (Phase::Handshake, "TLS", Phase::Ehlo),
    (Phase::Xclient, "220", Phase::Ehlo),
    (Phase::Auth, "334", Phase::Auth),
    (Phase::Auth, "235", Phase::Open),
    (Phase::Open, "221", Phase::Closed),
];

/// Evidence that TLS protects the session: made by the host's word and nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secure(());

/// Evidence that credentials may go: over TLS, or because the host wants none.
struct Permit(());

/// An initial response may make a command line of 512 octets, not more (RFC 4954 section 4); this is its share, encoded.
const INITIAL_OCTETS: usize = 480;

/// What a line of AUTH may have at most, with its CRLF, in octets (RFC 4954 section 4).
pub(super) const AUTH_LINE: usize = 12_288;

#[derive(Debug)]
pub(super) enum State {
    Greeting,
    Ehlo(Hello),
    Helo(Hello),
    StartTls {
        hello: Hello,
        capabilities: Capabilities,
    },
    Handshake(Handshake),
    Xclient(Hello),
    Auth {
        hello: Hello,
        capabilities: Capabilities,
        exchange: Box<sasl::Client>,
        /// The initial response, where it is too long for the command.
        held: Option<Wiped>,
        secrets: Box<Secrets>,
    },
    Open(Open),
    Closed(Option<Failure>),
}

/// What a server may say back when it refuses AUTH, as some do with all that they do not understand.
#[derive(Debug)]
pub(super) struct Secrets {
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

/// What is known while the sides introduce themselves.
#[derive(Debug)]
pub(super) struct Hello {
    greeting: Reply,
    secure: Option<Secure>,
}

/// The host is busy with TLS. What the server offered in clear is forgotten already (RFC 3207 section 4.2).
#[derive(Debug)]
pub(super) struct Handshake {
    greeting: Reply,
}

impl Handshake {
    pub fn secured(self, ehlo: &Command) -> Step {
        let hello = Hello { greeting: self.greeting, secure: Some(Secure(())) };
        Step::send(State::Ehlo(hello), ehlo)
    }
}

/// A state to enter, and what to say on the way.
#[derive(Debug)]
pub(super) struct Step {
    pub state: State,
    pub outputs: Vec<Output>,
}

impl Step {
    fn send(state: State, command: &Command) -> Self {
        let mut line = Vec::new();
        command.write(&mut line);
        Self { state, outputs: [Output::Send(line)].into() }
    }

    /// A response of AUTH.
    fn response(response: &[u8]) -> Result<Vec<u8>, Cause> {
        let mut line = base64::encode(response).into_bytes();
        line.extend_from_slice(b"\r\n");
        if line.len() > AUTH_LINE {
            line.zeroize();
            return Err(Cause::unsupported(
                "the credentials are too long: an AUTH line has at most 12288 octets",
            ));
        }
        Ok(line)
    }
}

impl State {
    pub fn phase(&self) -> Phase {
        match self {
            Self::Greeting => Phase::Greeting,
            Self::Ehlo(_) => Phase::Ehlo,
            Self::Helo(_) => Phase::Helo,
            Self::StartTls { .. } => Phase::StartTls,
            Self::Handshake(_) => Phase::Handshake,
            Self::Xclient(_) => Phase::Xclient,
            Self::Auth { .. } => Phase::Auth,
            Self::Open(_) => Phase::Open,
            Self::Closed(_) => Phase::Closed,
        }
    }

    pub fn stage(&self) -> Stage {
        match self {
            Self::Greeting => Stage::Greeting,
            Self::Ehlo(_) | Self::Helo(_) | Self::Xclient(_) => Stage::Ehlo,
            Self::StartTls { .. } | Self::Handshake(_) => Stage::StartTls,
            Self::Auth { .. } => Stage::Auth,
            Self::Open(open) => open.stage(),
            Self::Closed(_) => Stage::Quit,
        }
    }

    /// How long the present state may last, in milliseconds.
    pub fn timeout(&self, timeouts: &Timeouts) -> Option<u64> {
        match self {
            Self::Greeting => Some(timeouts.greeting),
            Self::Ehlo(_) | Self::Helo(_) | Self::Xclient(_) => Some(timeouts.ehlo),
            Self::StartTls { .. } => Some(timeouts.start_tls),
            Self::Handshake(_) => Some(timeouts.handshake),
            Self::Auth { .. } => Some(timeouts.auth),
            Self::Open(open) => open.timeout(timeouts),
            Self::Closed(_) => None,
        }
    }

    /// False while the bytes on the network are TLS's, not ours.
    pub fn reads(&self) -> bool {
        !matches!(self, Self::Handshake(_))
    }

    pub fn is_quitting(&self) -> bool {
        matches!(self, Self::Open(open) if open.is_quitting())
    }

    /// What a reply leads to before the session is open.
    pub fn reply(
        self,
        reply: Reply,
        ehlo: &Command,
        config: &mut Config,
        bindings: &[ChannelBinding],
    ) -> Result<Step, Cause> {
        match self {
            Self::Greeting => match reply.code() {
                220 => {
                    let hello = Hello { greeting: reply, secure: config.secure.then_some(Secure(())) };
                    Ok(Step::send(Self::Ehlo(hello), ehlo))
                }
                _ => Err(no(reply)),
            },
            Self::Ehlo(hello) => match reply.code() {
                250 => hello.offered(Capabilities::parse(&reply), config, bindings),
                code => match ehlo {
                    // LMTP has no HELO (RFC 2033 section 4.1).
                    Command::Ehlo(name)
                        if matches!(code, 500..=599) && code != 521 && !hello.needs_ehlo(config) =>
                    {
                        Ok(Step::send(Self::Helo(hello), &Command::Helo(name.clone())))
                    }
                    _ => Err(no(reply)),
                },
            },
            // The server begins again, for somebody else.
            Self::Xclient(hello) => match reply.code() {
                220 => {
                    let hello = Hello { greeting: reply, ..hello };
                    Ok(Step::send(Self::Ehlo(hello), ehlo))
                }
                _ => Err(no(reply)),
            },
            Self::Helo(hello) => match reply.code() {
                250 => hello.offered(Capabilities::default(), config, bindings),
                _ => Err(no(reply)),
            },
            Self::StartTls { hello, capabilities } => match reply.code() {
                220 => {
                    let handshake = Handshake { greeting: hello.greeting };
                    Ok(Step { state: Self::Handshake(handshake), outputs: [Output::StartTls].into() })
                }
                _ if reply.is_negative() && reply.code() != 421 && config.tls == Tls::Opportunistic => {
                    hello.encrypted_or_not(capabilities, config, bindings)
                }
                _ => Err(no(reply)),
            },
            Self::Auth { hello, capabilities, mut exchange, held, mut secrets } => match reply.code() {
                235 if held.is_none() => {
                    exchange.succeeded().map_err(exchange_broken)?;
                    Ok(hello.open(capabilities, true))
                }
                334 => {
                    let response = match held {
                        Some(response) => response,
                        None => exchange.respond(&challenge(&reply, &exchange)?).map_err(exchange_broken)?,
                    };
                    let line = Step::response(&response)?;
                    secrets.response = response;
                    let state = Self::Auth { hello, capabilities, exchange, held: None, secrets };
                    Ok(Step { state, outputs: [Output::Send(line)].into() })
                }
                _ => {
                    let reply = secrets.hide(reply);
                    Err(match exchange.said() {
                        Some(said) if reply.is_negative() => Cause::Denied { said: shown(said), reply },
                        _ => no(reply),
                    })
                }
            },
            state @ (Self::Handshake(_) | Self::Open(_) | Self::Closed(_)) => {
                Ok(Step { state, outputs: Vec::new() })
            }
        }
    }
}

impl Hello {
    /// What another engine has heard before.
    pub const fn heard(greeting: Reply, secure: bool) -> Self {
        Self { greeting, secure: if secure { Some(Secure(())) } else { None } }
    }

    /// What the server has said, for another engine to hear.
    fn said(&self, capabilities: &Capabilities) -> Vec<u8> {
        let mut said = Vec::new();
        self.greeting.write(&mut said);
        said.extend_from_slice(b"250-");
        for capability in capabilities.iter() {
            said.extend_from_slice(b"\r\n250-");
            said.extend_from_slice(capability.keyword().as_bytes());
            for parameter in capability.parameters() {
                said.push(b' ');
                said.extend_from_slice(parameter.as_bytes());
            }
        }
        // What is no keyword is no capability.
        said.extend_from_slice(b"\r\n250 -\r\n");
        said
    }

    pub const fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// A server that knows no EHLO has neither STARTTLS nor AUTH.
    fn needs_ehlo(&self, config: &Config) -> bool {
        config.auth.is_some() || (self.secure.is_none() && config.tls == Tls::Required)
    }

    pub fn offered(
        self,
        capabilities: Capabilities,
        config: &mut Config,
        bindings: &[ChannelBinding],
    ) -> Result<Step, Cause> {
        if self.secure.is_some() || config.tls == Tls::Off {
            return self.encrypted_or_not(capabilities, config, bindings);
        }
        match (capabilities.has("STARTTLS"), config.upgradable, config.tls) {
            (true, true, _) => {
                Ok(Step::send(State::StartTls { hello: self, capabilities }, &Command::StartTls))
            }
            (_, _, Tls::Opportunistic) => self.encrypted_or_not(capabilities, config, bindings),
            (false, ..) => Err(Cause::Tls("the server does not offer STARTTLS, and TLS is required".into())),
            (true, false, _) => {
                Err(Cause::Tls("this transport cannot start TLS, and TLS is required".into()))
            }
        }
    }

    /// TLS is settled, one way or the other.
    fn encrypted_or_not(
        self,
        capabilities: Capabilities,
        config: &mut Config,
        bindings: &[ChannelBinding],
    ) -> Result<Step, Cause> {
        if config.xclient.is_some() && !capabilities.has("XCLIENT") {
            return Err(Cause::unsupported("the server does not offer XCLIENT"));
        }
        if let Some(attributes) = config.xclient.take() {
            return Ok(Step::send(State::Xclient(self), &Command::Xclient(attributes)));
        }
        let Some(credentials) = config.auth.take() else {
            return Ok(self.open(capabilities, false));
        };
        let permit = match (self.secure, config.tls) {
            (Some(Secure(())), _) | (None, Tls::Off) => Permit(()),
            (None, Tls::Required | Tls::Opportunistic) => {
                return Err(Cause::unsupported(
                    "there is no TLS, and credentials do not go in clear unless TLS is switched off",
                ));
            }
        };
        self.authenticate(permit, credentials, capabilities, config, bindings)
    }

    fn authenticate(
        self,
        Permit(()): Permit,
        credentials: Credentials,
        capabilities: Capabilities,
        config: &Config,
        bindings: &[ChannelBinding],
    ) -> Result<Step, Cause> {
        let offered: Vec<Mechanism> = capabilities.mechanisms().filter_map(Mechanism::parse).collect();
        let bindings = if self.secure.is_some() { bindings } else { &[] };
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
        if !mechanism.is_built_in() {
            return Err(Cause::NotBuiltIn { mechanism: mechanism.name(), said: self.said(&capabilities) });
        }
        let flag = match binding {
            Some(binding) if mechanism.is_plus() => Flag::Bound(binding.clone()),
            // Had the server offered it, it would be used.
            Some(_) if mechanism.plus().is_some_and(|plus| config.mechanisms.contains(&plus)) => {
                Flag::NotOffered
            }
            _ => Flag::Unsupported,
        };
        let terms = Terms {
            nonce: config.nonce.clone(),
            flag,
            iterations: config.iterations.clone(),
            server: config.server.clone(),
            unicode: config.unicode,
        };
        #[cfg(feature = "scram")]
        if mechanism.scram().is_some() && terms.nonce.is_empty() {
            return Err(Cause::unsupported(
                "SCRAM needs a nonce of random octets, and a weaker mechanism is not used in its place",
            ));
        }
        let own = Secret::new(credentials.secret());
        let mut exchange = Box::new(mechanism.client(credentials, terms).map_err(|_| {
            Cause::unsupported("the user or the password holds characters that cannot be in one (RFC 8265)")
        })?);
        let initial = exchange.initial();
        let long = initial.as_ref().is_some_and(|initial| initial.len().div_ceil(3) * 4 > INITIAL_OCTETS);
        let (held, response) = if long { (initial, None) } else { (None, initial) };
        let initial = response.as_ref().map(|initial| Initial(initial.to_vec()));
        let command = Command::Auth { mechanism: mechanism.name().into(), initial };
        let secrets = Box::new(Secrets { own, response: response.unwrap_or_default() });
        Ok(Step::send(State::Auth { hello: self, capabilities, exchange, held, secrets }, &command))
    }

    fn open(self, capabilities: Capabilities, authenticated: bool) -> Step {
        let event = Event::Ready {
            greeting: self.greeting,
            capabilities: capabilities.clone(),
            secure: self.secure.is_some(),
            authenticated,
        };
        Step {
            state: State::Open(Open::new(capabilities, self.secure.is_some())),
            outputs: [Output::Event(event)].into(),
        }
    }
}

/// A reply that is not the one to go on with: a refusal, or not an answer at all.
fn no(reply: Reply) -> Cause {
    if reply.is_negative() {
        Cause::Refused(reply)
    } else {
        Cause::Protocol(ProtocolError::Unexpected(reply))
    }
}

fn exchange_broken(error: ExchangeError) -> Cause {
    Cause::Protocol(ProtocolError::Exchange(error))
}

/// What a 334 reply asks. Some servers write the challenges of LOGIN and PLAIN in plain words; both mean nothing.
fn challenge(reply: &Reply, exchange: &sasl::Client) -> Result<Vec<u8>, Cause> {
    let text = reply.lines().first().map(String::as_str).unwrap_or_default();
    match base64::decode(text) {
        Ok(challenge) => Ok(challenge),
        Err(_) if exchange.ignores_challenges() && !text.is_empty() && text.len() < 64 => Ok(Vec::new()),
        Err(_) => Err(exchange_broken(ExchangeError::Malformed)),
    }
}

/// The server's words as they may be shown: without control characters, and not for ever.
fn shown(said: &str) -> String {
    said.chars().take(512).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
