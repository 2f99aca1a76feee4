//! The states of a session, each with what is true only then, and the way from the greeting to an open session.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::auth::{self, Auth, Question};
use super::error::{Cause, Failure, ProtocolError, Stage};
use super::flight::Open;
use super::{Config, Event, Output, Timeouts, Tls};
use crate::sasl::binding::ChannelBinding;
use crate::wire::command::Command;
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
pub(super) struct Permit(());

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
    Auth(Box<Auth>),
    /// The host plays the client's part of AUTH, and is asked what to say.
    Asked(Box<Auth>, Question),
    Open(Open),
    Closed(Option<Failure>),
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
    pub fn send(state: State, command: &Command) -> Self {
        let mut line = Vec::new();
        command.write(&mut line);
        Self { state, outputs: [Output::Send(line)].into() }
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
            Self::Auth(_) | Self::Asked(..) => Phase::Auth,
            Self::Open(_) => Phase::Open,
            Self::Closed(_) => Phase::Closed,
        }
    }

    pub fn stage(&self) -> Stage {
        match self {
            Self::Greeting => Stage::Greeting,
            Self::Ehlo(_) | Self::Helo(_) | Self::Xclient(_) => Stage::Ehlo,
            Self::StartTls { .. } | Self::Handshake(_) => Stage::StartTls,
            Self::Auth(_) | Self::Asked(..) => Stage::Auth,
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
            Self::Auth(_) | Self::Asked(..) => Some(timeouts.auth),
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
            Self::Auth(auth) => auth.reply(reply),
            // Nothing is asked of the server while the host is.
            Self::Asked(auth, _) => Err(auth.refused(reply)),
            state @ (Self::Handshake(_) | Self::Open(_) | Self::Closed(_)) => {
                Ok(Step { state, outputs: Vec::new() })
            }
        }
    }
}

impl Hello {
    pub const fn is_secure(&self) -> bool {
        self.secure.is_some()
    }

    /// A server that knows no EHLO has neither STARTTLS nor AUTH.
    fn needs_ehlo(&self, config: &Config) -> bool {
        config.auth.is_some() || (self.secure.is_none() && config.tls == Tls::Required)
    }

    fn offered(
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
            (true, false, _) => Err(Cause::Tls(
                "this transport cannot start TLS: use implicit TLS, or set tls to \"off\"".into(),
            )),
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
        auth::begin(permit, self, credentials, capabilities, config, bindings)
    }

    pub fn open(self, capabilities: Capabilities, authenticated: bool) -> Step {
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
pub(super) fn no(reply: Reply) -> Cause {
    if reply.is_negative() {
        Cause::Refused(reply)
    } else {
        Cause::Protocol(ProtocolError::Unexpected(reply))
    }
}
