//! The receiving engine: it asks, the host answers (RFC 5321).
//!
//! # Driving it
//!
//! Call [`poll`](Server::poll) and do what it says, until it says [`Closed`](Output::Closed):
//!
//! ```text
//!              receive(bytes), end(), secured()
//!   network ─────────────────────────────────────▶ ┌────────┐ ──── Ask ──▶ answer(Answer) ─▶ host
//!           ◀──────── Send, StartTls ───────────── │ Server │ ──── Event, Body, Closed ────▶
//!                                                  └────────┘
//! ```
//!
//! While a question is open, no byte of the client is parsed, and [`Wait`](Output::Wait) says not to read: a host that
//! takes its time slows its client down, and nothing piles up. The reply to a message's content is sent after the host
//! has accepted [`Ask::Message`]: store it first.

mod answer;
mod auth;
mod command;
mod config;
mod content;
mod envelope;
mod error;
mod extension;
mod offer;
mod peer;
mod session;
mod state;
mod trust;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::mem;

pub use config::{Auth, Config, Limits, Protocol, Tarpit, Timeouts};
pub use error::{Failure, Misuse, ProtocolError};
pub use extension::{Extension, Extensions};
pub use state::{Phase, TRANSITIONS};
pub use trust::{Network, Trust};

use crate::sasl::binding::ChannelBinding;
use crate::sasl::scram::StoredSecret;
use crate::sasl::{Credentials, Mechanism};
use crate::time::Millis;
use crate::wire::SyntaxError;
use crate::wire::address::{ForwardPath, HostName, ReversePath};
use crate::wire::command::Text;
use crate::wire::command::attributes::Attributes;
use crate::wire::command::etrn::Etrn;
use crate::wire::command::url::Url;
use crate::wire::line::Input;
use crate::wire::param::Params;
use crate::wire::proxy::Header;
use crate::wire::reply::Reply;
use answer::fits;
use core::net::IpAddr;
use session::Session;
use state::State;

/// What a host has to do next.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes.
    Send(Vec<u8>),
    /// Write all that is pending, then start TLS, then call [`Server::secured`], or [`Server::abort`] if it fails.
    StartTls,
    /// Answer this, by [`Server::answer`]. Each question is asked once.
    Ask(Ask),
    /// Content of the present message: after [`Event::Content`], in order, without dots and chunk headers.
    Body(Vec<u8>),
    /// Something happened.
    Event(Event),
    /// Nothing to do until bytes come, the host answers, or it is this late.
    Wait {
        /// When to poll again at the latest.
        until: Option<Millis>,
        /// Whether to read from the network.
        read: bool,
    },
    /// The session is over, in order or by a failure: flush and close. Said from now on.
    Closed(Option<Failure>),
}

/// A challenge may be what a password could be guessed from: debug output hides it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) if bytes.starts_with(b"334") => write!(f, "Send([{} octets])", bytes.len()),
            Self::Send(bytes) => write!(f, "Send({:?})", String::from_utf8_lossy(bytes)),
            Self::StartTls => f.write_str("StartTls"),
            Self::Ask(ask) => write!(f, "Ask({ask:?})"),
            Self::Body(bytes) => write!(f, "Body([{} octets])", bytes.len()),
            Self::Event(event) => write!(f, "Event({event:?})"),
            Self::Wait { until, read } => write!(f, "Wait({until:?}, {read})"),
            Self::Closed(failure) => write!(f, "Closed({failure:?})"),
        }
    }
}

/// What a host is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A client has connected: may it?
    Connect,
    /// Are these credentials right?
    Auth {
        /// The mechanism they came by.
        mechanism: &'static str,
        /// The credentials.
        credentials: Credentials,
    },
    /// What is known of this user? To be answered by [`Answer::Secret`]; a refusal is said at once.
    Secret {
        /// The mechanism: SCRAM, or CRAM-MD5.
        mechanism: &'static str,
        /// Whose secret.
        user: String,
        /// Whom the user wants to act for. Who answers allows it.
        authzid: Option<String>,
    },
    /// A message from here?
    Mail {
        /// Where bounces go.
        from: ReversePath,
        /// The parameters of MAIL.
        params: Params,
    },
    /// Another recipient?
    Rcpt {
        /// The recipient.
        to: ForwardPath,
        /// The parameters of RCPT.
        params: Params,
    },
    /// The content is complete. Is the message stored? This may be answered by [`Answer::Each`].
    Message,
    /// Who is this? (RFC 5321 section 3.5)
    Vrfy(Text),
    /// Who is on this list?
    Expn(Text),
    /// Will the messages for this node be sent now? (RFC 1985)
    Etrn(Etrn),
    /// Which content is at this URL? (RFC 4468) Answered by [`Answer::Content`], or refused.
    Burl(Url),
}

/// What a host says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes, with a text for the reply if there is more to say than `OK`.
    Accept(Option<String>),
    /// No, with this reply. One with code 421 ends the session.
    Refuse(Reply),
    /// To [`Ask::Message`]: one verdict for each recipient, in the order of [`Event::Content`]. LMTP and PRDR tell the
    /// client each; otherwise there is one reply for all, and it accepts the message if one verdict does: what the sender
    /// has to know of the others then is the host's to send (RFC 5321 section 6.1).
    Each(Vec<Verdict>),
    /// To [`Ask::Burl`]: what is at the URL.
    Content(Vec<u8>),
    /// To [`Ask::Secret`]: what is known of the user; `None` where there is none. The client hears of that only at
    /// the end of the exchange, as if its password were wrong.
    Secret(Option<StoredSecret>),
}

/// What a host says of a message for one of its recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Stored, with a text for the reply if there is more to say than `OK`.
    Accept(Option<String>),
    /// Not stored, with this reply.
    Refuse(Reply),
}

/// A recipient that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Where the message is to go.
    pub to: ForwardPath,
    /// The parameters of RCPT.
    pub params: Params,
}

impl Answer {
    /// Yes.
    pub const fn accept() -> Self {
        Self::Accept(None)
    }
}

/// What a host is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The client has introduced itself.
    Hello {
        /// The name it gives itself.
        name: HostName,
        /// `EHLO`, `HELO` or `LHLO`.
        verb: &'static str,
    },
    /// A trusted proxy says for whom it speaks, before anything else (PROXY).
    Proxied(Header),
    /// A trusted peer says for which client it speaks; the session begins anew (XCLIENT).
    Client(Attributes),
    /// A trusted peer says where the next message came from; it may say more of it by a further one (XFORWARD).
    Forwarded(Attributes),
    /// TLS is there; what was said before is forgotten.
    Secured,
    /// AUTH succeeded.
    Authenticated {
        /// The user.
        user: String,
    },
    /// AUTH was refused, by the host or by the mechanism: who counts these can lock out who tries passwords. What the
    /// client gave up, or said in a form that is none, is not among them.
    Denied {
        /// The mechanism.
        mechanism: &'static str,
        /// Who the client said that it is, if it came to that. It may be anybody.
        user: Option<String>,
        /// Why.
        reason: Denial,
    },
    /// The content of a message begins.
    Content {
        /// Where bounces go.
        from: ReversePath,
        /// The parameters of MAIL.
        params: Params,
        /// The recipients that were accepted.
        to: Vec<Recipient>,
        /// The client can be told of each recipient by itself: by LMTP, or because it asked for it by PRDR.
        each: bool,
    },
    /// The message whose content has begun will not be completed. No question is asked about it.
    Discard(Discard),
    /// The client has forgotten its transaction (RSET, or EHLO again).
    Reset,
    /// The client broke the protocol, as no client in order does, and was told so by this reply.
    Fault {
        /// How.
        error: ProtocolError,
        /// What it was told.
        reply: Reply,
    },
}

/// Why AUTH was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The host said so.
    Refused,
    /// The client does not know the secret, or there is no such user.
    Proof,
    /// The client is not bound to this TLS connection: somebody may be in between, who is not the user.
    Binding,
}

/// Why a message is not completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discard {
    /// It has more octets than the limit.
    TooLarge(u64),
    /// The client said RSET, EHLO or QUIT between two chunks.
    Reset,
    /// The host refused a part of it.
    Refused,
    /// The session ended in the middle of it.
    Lost,
}

/// One session with a client, from the greeting to QUIT.
#[derive(Debug)]
pub struct Server {
    config: Config,
    input: Input,
    /// The peer has closed its side.
    ended: bool,
    state: State,
    outputs: VecDeque<Output>,
    /// The host wants to end the session, with this reply.
    closing: Option<Reply>,
    /// The client's address: the network's, or what a trusted proxy says.
    remote: Option<IpAddr>,
    faults: u32,
    /// Recipients that the host refused since the last message.
    refused_recipients: u32,
    /// Commands that said nothing of a message since the last.
    idle_commands: u32,
    /// Commands that were refused without being faults since the last message.
    refused_commands: u32,
    messages: u32,
    /// The domains of the recipients that were accepted, where they are limited; in order, in lower case.
    domains: Vec<String>,
    /// The next reply is to be late.
    slow: bool,
    /// Until then nothing is said.
    held: Option<Millis>,
    /// When the session has to be over.
    deadline: Option<Millis>,
    /// What the TLS connection can be bound to.
    bindings: Vec<ChannelBinding>,
    /// How many exchanges of AUTH were begun.
    exchanges: u32,
    /// Since when the client is waited for; time that the host takes does not count.
    since: Option<Millis>,
}

impl Server {
    /// A session on a connection that has just been accepted.
    pub fn new(config: Config, now: Millis) -> Result<Self, Misuse> {
        HostName::parse(&config.name).map_err(|error| Misuse::Field { field: "name", error })?;
        if config
            .auth
            .iter()
            .flat_map(|auth| &auth.mechanisms)
            .any(|mechanism| Mechanism::NOT_BUILT_IN.contains(mechanism))
        {
            let error = SyntaxError { at: 0, rule: "mechanisms that are built in (feature `cram-md5`)" };
            return Err(Misuse::Field { field: "auth.mechanisms", error });
        }
        let session = Session::new(config.secure.then(session::Secure::at_start));
        let remote = config.remote;
        let proxied = trust::among(&config.trust.proxy, remote);
        let session_limit = config.timeouts.session;
        Ok(Self {
            config,
            input: Input::default(),
            ended: false,
            state: if proxied { State::Proxy(session) } else { State::Start(session) },
            outputs: VecDeque::new(),
            closing: None,
            remote,
            faults: 0,
            refused_recipients: 0,
            idle_commands: 0,
            refused_commands: 0,
            messages: 0,
            domains: Vec::new(),
            slow: false,
            held: None,
            deadline: (session_limit > 0).then(|| now.after(session_limit)),
            bindings: Vec::new(),
            exchanges: 0,
            since: Some(now),
        })
    }

    /// What the TLS connection can be bound to, for SCRAM's -PLUS forms, which are offered then. Say it before
    /// [`secured`](Self::secured), or, where TLS was there from the start, before the first poll.
    pub fn bind(&mut self, bindings: Vec<ChannelBinding>) {
        self.bindings = bindings;
    }

    /// Takes bytes from the client; [`poll`](Self::poll) says what they mean.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.input.push(bytes);
    }

    /// The client has closed its side, or the connection is lost.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The handshake that [`Output::StartTls`] asked for has succeeded. All that the client said before is forgotten.
    pub fn secured(&mut self) -> Result<(), Misuse> {
        if !matches!(self.state, State::Handshake(_)) || !self.input.is_empty() {
            return Err(Misuse::NotNow);
        }
        if let State::Handshake(handshake) = mem::replace(&mut self.state, State::Closed(None)) {
            self.state = State::Command(Session::new(Some(handshake.secured())));
            self.outputs.push_back(Output::Event(Event::Secured));
        }
        Ok(())
    }

    /// Answers the open question. When the answer does not fit, the question stays open.
    pub fn answer(&mut self, answer: Answer) -> Result<(), Misuse> {
        match mem::replace(&mut self.state, State::Closed(None)) {
            State::Asked(session, question) if fits(&session, &question, &answer) => {
                self.since = None;
                self.answered(session, question, answer);
                Ok(())
            }
            state => {
                let misuse =
                    if matches!(state, State::Asked(..)) { Misuse::Answer } else { Misuse::NothingAsked };
                self.state = state;
                Err(misuse)
            }
        }
    }

    /// Ends the session in order, as soon as no question is open, with this reply: 421 says why.
    pub fn close(&mut self, reply: Reply) {
        self.closing = Some(reply);
    }

    /// Ends the session now.
    pub fn abort(&mut self, message: &str) {
        self.fail(Failure::Aborted(message.into()));
    }

    /// Where the session is.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Says what to do next.
    pub fn poll(&mut self, now: Millis) -> Output {
        loop {
            if mem::take(&mut self.slow) {
                self.held = Some(now.after(self.config.tarpit.delay));
            }
            if let Some(until) = self.held.filter(|&until| until > now && !self.is_ending()) {
                return Output::Wait { until: Some(until), read: false };
            }
            self.held = None;
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            let timeout = match &self.state {
                State::Closed(failure) => return Output::Closed(failure.clone()),
                State::Asked(..) => {
                    return Output::Wait { until: None, read: false };
                }
                State::Start(_) => None,
                State::Proxy(_) | State::Handshake(_) => Some(self.config.timeouts.handshake),
                State::Content(_) | State::Chunk(_) => Some(self.config.timeouts.content),
                State::Command(_) | State::Auth(..) => Some(self.config.timeouts.command),
            };
            if let Some(reply) = self.closing.take_if(|_| !matches!(self.state, State::Handshake(_))) {
                self.reply(&reply);
                self.finish(None);
                continue;
            }
            if self.advance() {
                self.since = None;
                continue;
            }
            if self.ended {
                let failure = if self.state.is_idle() { None } else { Some(Failure::Closed) };
                self.finish(failure);
                continue;
            }
            let since = *self.since.get_or_insert(now);
            let until = timeout.map(|timeout| since.after(timeout)).into_iter().chain(self.deadline).min();
            if until.is_some_and(|until| until <= now) {
                if self.state.reads() && !matches!(self.state, State::Proxy(_)) {
                    self.fail_with(ProtocolError::Timeout);
                } else {
                    self.fail(Failure::Protocol(ProtocolError::Timeout));
                }
                continue;
            }
            return Output::Wait { until, read: self.state.reads() };
        }
    }

    fn is_lmtp(&self) -> bool {
        self.config.protocol == Protocol::Lmtp
    }

    fn offers(&self, extension: Extension) -> bool {
        self.config.extensions.has(extension)
    }

    /// Sends a reply, without its enhanced code where the extension is switched off.
    fn reply(&mut self, reply: &Reply) {
        let mut bytes = Vec::new();
        match reply.enhanced() {
            Some(_) if !self.offers(Extension::EnhancedStatusCodes) => {
                Reply::new(reply.code(), None, reply.text()).write(&mut bytes);
            }
            _ => reply.write(&mut bytes),
        }
        self.outputs.push_back(Output::Send(bytes));
    }

    /// Tells the client what it did wrong; too often, and the session ends.
    fn fault(&mut self, error: ProtocolError) {
        let reply = error.reply();
        self.reply(&reply);
        if error.is_fault() {
            self.faults += 1;
            self.slow_down();
            self.outputs.push_back(Output::Event(Event::Fault { error, reply }));
        } else {
            self.count_refusal();
        }
        if self.faults >= self.config.limits.faults {
            self.fail_with(ProtocolError::TooManyFaults);
        }
    }

    /// One more command that was refused without being a fault; too many, and the session ends.
    fn count_refusal(&mut self) {
        self.refused_commands += 1;
        if self.refused_commands >= self.config.limits.refused_commands {
            self.fail_with(ProtocolError::TooManyCommands);
        }
    }

    /// Makes the reply late, if it is not among the first to something wrong.
    fn slow_down(&mut self) {
        let Tarpit { delay, after } = self.config.tarpit;
        self.slow = delay > 0 && self.faults + self.refused_recipients > after;
    }

    /// Nobody is to be slowed down any more.
    fn is_ending(&self) -> bool {
        self.closing.is_some() || matches!(self.state, State::Closed(_))
    }

    /// Says why, and ends the session.
    fn fail_with(&mut self, error: ProtocolError) {
        self.reply(&error.reply());
        self.fail(Failure::Protocol(error));
    }

    fn fail(&mut self, failure: Failure) {
        if !matches!(self.state, State::Closed(_)) {
            self.finish(Some(failure));
        }
    }

    /// Ends the session; a message that has begun is given up.
    fn finish(&mut self, failure: Option<Failure>) {
        if self.state.has_content() {
            self.outputs.push_back(Output::Event(Event::Discard(Discard::Lost)));
        }
        self.state = State::Closed(failure);
    }
}
