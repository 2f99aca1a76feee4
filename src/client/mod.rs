//! The sending engine: what a client says, when, and what became of each message (RFC 5321).
//!
//! # Driving it
//!
//! Call [`poll`](Client::poll) and do what it says, until it says [`Closed`](Output::Closed):
//!
//! ```text
//!              receive(bytes), end(), secured()
//!   network ─────────────────────────────────────▶ ┌────────┐ ◀── send(envelope), request, quit ── host
//!           ◀──────── Send, StartTls ───────────── │ Client │ ──── Body ──▶ content(piece) ──────▶
//!                                                  └────────┘ ──── Event, Closed ────────────────▶
//! ```
//!
//! The socket is read when `poll` says [`Wait`](Output::Wait) with `read`, or [`Body`](Output::Body): a client that
//! only writes can block a server that only writes.
//!
//! # Pipelining
//!
//! What the client waits for is a queue of expected replies; a server without PIPELINING gets a queue of length one.
//! With PIPELINING, `MAIL`, all `RCPT` and `DATA` go out together; with CHUNKING too, small content goes with them and
//! the next message follows at once, behind a `RSET` that keeps a failed transaction from lending it an envelope.

mod auth;
mod config;
mod error;
mod flight;
mod split;
mod state;
mod transaction;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};

pub use auth::Exchange;
pub use config::{Config, Limits, LineEnds, Protocol, Timeouts, Tls};
pub use error::{Cause, Failure, Misuse, ProtocolError, Stage};
pub use state::{Phase, TRANSITIONS};
pub use transaction::{Envelope, Outcome, Piece, Recipient, Status, TransactionId};

use crate::sasl::binding::ChannelBinding;
use crate::sasl::{Credentials, ExchangeError, Wiped};
use crate::time::Millis;
use crate::wire::SyntaxError;
use crate::wire::address::HostName;
use crate::wire::command::Command;
use crate::wire::ehlo::Capabilities;
use crate::wire::line::Input;
use crate::wire::reply::{Assembler, Reply};
use flight::Orders;
use state::{State, Step};
use transaction::Transaction;

/// What a host has to do next.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Write these bytes.
    Send(Vec<u8>),
    /// Write all that is pending, then start TLS, then call [`Client::secured`], or [`Client::abort`] if it fails.
    StartTls,
    /// Play the client's part of AUTH, and answer by [`Client::respond`]. Only for mechanisms that are
    /// [delegated](Config::delegated).
    Exchange(Exchange),
    /// Supply the next piece of this message's content, by [`Client::content`]. Said again until that is done.
    Body {
        /// Which message.
        transaction: TransactionId,
        /// When to poll again if it takes longer.
        until: Option<Millis>,
    },
    /// Something happened.
    Event(Event),
    /// Nothing to do until bytes come, the host has something new, or it is this late.
    Wait {
        /// When to poll again at the latest.
        until: Option<Millis>,
        /// Whether to read from the network.
        read: bool,
    },
    /// The session is over, in order or by a failure: flush and close. Said from now on.
    Closed(Option<Failure>),
}

/// What is sent may be a password: debug output counts it.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "Send([{} octets])", bytes.len()),
            Self::StartTls => f.write_str("StartTls"),
            Self::Exchange(asked) => write!(f, "Exchange({asked:?})"),
            Self::Body { transaction, until } => write!(f, "Body({transaction:?}, {until:?})"),
            Self::Event(event) => write!(f, "Event({event:?})"),
            Self::Wait { until, read } => write!(f, "Wait({until:?}, {read})"),
            Self::Closed(failure) => write!(f, "Closed({failure:?})"),
        }
    }
}

/// What a host is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Greeted, encrypted and authenticated as far as the configuration asks.
    Ready {
        /// The server's greeting.
        greeting: Reply,
        /// What it offers, as said last.
        capabilities: Capabilities,
        /// TLS is there.
        secure: bool,
        /// AUTH succeeded.
        authenticated: bool,
    },
    /// What the server offers, each time that it says so.
    Offered {
        /// What EHLO came after: the greeting, STARTTLS, or, asked for by [`Client::refresh`], AUTH.
        after: Stage,
        /// What it offers.
        capabilities: Capabilities,
    },
    /// A message is done with. Each message has exactly one.
    Outcome {
        /// Which message.
        transaction: TransactionId,
        /// What became of it.
        outcome: Outcome,
    },
    /// The reply to a [`Client::request`].
    Replied {
        /// Which request.
        request: RequestId,
        /// What the server said.
        reply: Reply,
    },
}

/// Names a request for as long as its session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub u32);

/// One session with a server, from the greeting to QUIT.
#[derive(Debug)]
pub struct Client {
    config: Config,
    /// EHLO or LHLO.
    hello: Command,
    input: Input,
    /// The peer has closed its side.
    ended: bool,
    replies: Assembler,
    /// What the TLS connection can be bound to.
    bindings: Vec<ChannelBinding>,
    state: State,
    outputs: VecDeque<Output>,
    orders: Orders,
    /// Since when the present reply is waited for; `None` is from the next poll on.
    since: Option<Millis>,
    last_id: u32,
}

impl Client {
    /// A session on a connection that has just been made.
    pub fn new(mut config: Config, now: Millis) -> Result<Self, Misuse> {
        let name = HostName::parse(&config.name).map_err(|error| Misuse::Field { field: "name", error })?;
        if let Some(at) = config.name.bytes().position(|octet| !octet.is_ascii()) {
            // Before EHLO, nobody has offered SMTPUTF8 (RFC 6531 section 3.7.1).
            return Err(Misuse::Field {
                field: "name",
                error: SyntaxError { at, rule: "ASCII: an A-label (xn--)" },
            });
        }
        if let Some((field, at, rule)) = config.auth.as_ref().and_then(Credentials::fault) {
            return Err(Misuse::Field { field, error: SyntaxError { at, rule } });
        }
        let hello = match config.protocol {
            Protocol::Smtp => Command::Ehlo(name),
            Protocol::Lmtp => Command::Lhlo(name),
        };
        let mut outputs = VecDeque::new();
        if !config.proxy.is_empty() {
            outputs.push_back(Output::Send(mem::take(&mut config.proxy)));
        }
        Ok(Self {
            config,
            hello,
            input: Input::default(),
            ended: false,
            replies: Assembler::default(),
            bindings: Vec::new(),
            state: State::Greeting,
            outputs,
            orders: Orders::default(),
            since: Some(now),
            last_id: 0,
        })
    }

    /// Takes bytes from the server; [`poll`](Self::poll) says what they mean.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.input.push(bytes);
    }

    /// The server has closed its side, or the connection is lost.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// What the TLS connection can be bound to, the best first, for SCRAM's -PLUS forms. Say it before
    /// [`secured`](Self::secured), or, where TLS was there from the start, before the first poll.
    pub fn bind(&mut self, bindings: Vec<ChannelBinding>) {
        self.bindings = bindings;
    }

    /// The handshake that [`Output::StartTls`] asked for has succeeded, and the certificate is the server's.
    pub fn secured(&mut self) -> Result<(), Misuse> {
        match mem::replace(&mut self.state, State::Closed(None)) {
            State::Handshake(handshake) if self.input.is_empty() => {
                self.since = None;
                let step = handshake.secured(&self.hello);
                self.enter(step);
                Ok(())
            }
            state => {
                self.state = state;
                Err(Misuse::NotNow)
            }
        }
    }

    /// Answers [`Output::Exchange`], with what a [`sasl::Client`](crate::sasl::Client) answers: to
    /// [`Begin`](Exchange::Begin) with the initial response, if there is one; to a [`Challenge`](Exchange::Challenge) with
    /// the response; to [`Success`](Exchange::Success) with `None`, and it has succeeded. An error ends the session. `said`
    /// is what the server has said in the exchange about a failure, for [`Cause::Denied`].
    pub fn respond(
        &mut self,
        answer: Result<Option<Wiped>, ExchangeError>,
        said: Option<String>,
    ) -> Result<(), Misuse> {
        match mem::replace(&mut self.state, State::Closed(None)) {
            State::Asked(auth, question) if question.takes(&answer) => {
                self.since = None;
                self.settle(auth.answered(question, answer, said), Stage::Auth, Stage::Auth);
                Ok(())
            }
            state => {
                self.state = state;
                Err(Misuse::NotNow)
            }
        }
    }

    /// Queues a message. Its content is asked for when its turn comes.
    pub fn send(&mut self, envelope: Envelope) -> Result<TransactionId, Misuse> {
        self.open()?;
        let id = TransactionId(self.next_id());
        self.orders.messages.push_back(Transaction::new(id, envelope));
        Ok(id)
    }

    /// Turns a piece of content into what goes over the wire. Any bytes will do: bare CR and LF become CRLF, unless
    /// [`Config::line_ends`] refuses them or the content is [binary](Envelope::binary), and with `DATA` dots are doubled. `last` ends the message; the piece may then be empty.
    ///
    /// Write the result whole before anything that `poll` says later. It is empty when the message is not wanted any
    /// more: its outcome is on its way.
    pub fn content<'a>(
        &mut self,
        id: TransactionId,
        piece: &'a [u8],
        last: bool,
    ) -> Result<Piece<'a>, Misuse> {
        let line_ends = self.config.line_ends;
        self.supply(id, |open| open.content(id, piece, last, line_ends))
    }

    /// The `BDAT` line for a piece of content that the host writes itself, for content known to be clean: every CR and
    /// LF in it is in a CRLF. Only when [`is_chunked`](Self::is_chunked).
    pub fn clean_content(
        &mut self,
        id: TransactionId,
        octets: u64,
        last: bool,
    ) -> Result<Piece<'static>, Misuse> {
        self.supply(id, |open| open.clean_content(id, octets, last))
    }

    /// True when the content of this message goes in `BDAT` chunks.
    pub fn is_chunked(&self, id: TransactionId) -> bool {
        matches!(&self.state, State::Open(open) if open.is_chunked(id))
    }

    /// Gives a message up. Its outcome says whether it was in time. Once the server waits for content after `DATA`,
    /// nothing but the end of the connection keeps a half message from being delivered: then the session ends, and the
    /// messages that were not sent yet say [`Cause::Closed`].
    pub fn cancel(&mut self, id: TransactionId, reason: &str) {
        self.give_up(id, Cause::Aborted(reason.into()));
    }

    /// Queues a command outside of transactions: `NOOP`, `RSET`, `VRFY`, `EXPN`, `ETRN` or `HELP`. It goes out between messages.
    pub fn request(&mut self, command: Command) -> Result<RequestId, Misuse> {
        if !matches!(
            command,
            Command::Noop(_)
                | Command::Rset
                | Command::Vrfy(_)
                | Command::Expn(_)
                | Command::Etrn(_)
                | Command::Help(_)
        ) {
            return Err(Misuse::NotNow);
        }
        self.open()?;
        let id = RequestId(self.next_id());
        self.orders.request(id, &command);
        Ok(id)
    }

    /// Says EHLO again, between messages: what is offered after AUTH may differ. [`Event::Offered`] tells it.
    pub fn refresh(&mut self) -> Result<RequestId, Misuse> {
        self.open()?;
        let id = RequestId(self.next_id());
        self.orders.request(id, &self.hello);
        Ok(id)
    }

    /// Ends the session in order, after what has been queued.
    pub fn quit(&mut self) {
        self.orders.quit = true;
    }

    /// Ends the session now. Every message that is not done with gets its outcome.
    pub fn abort(&mut self, cause: Cause) {
        let stage = self.state.stage();
        self.fail(Failure { stage, cause });
    }

    /// Where the session is.
    pub fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// Says what to do next.
    pub fn poll(&mut self, now: Millis) -> Output {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            if let State::Closed(failure) = &self.state {
                return Output::Closed(failure.clone());
            }
            match self.next_reply() {
                Some(Ok(reply)) => {
                    self.since = None;
                    self.answer(reply);
                    continue;
                }
                Some(Err(error)) => {
                    self.abort(Cause::Protocol(error));
                    continue;
                }
                None if self.ended && self.state.is_quitting() => {
                    self.close();
                    continue;
                }
                None if self.ended => {
                    self.abort(Cause::Closed);
                    continue;
                }
                None => {}
            }
            let timeout = self.state.timeout(&self.config.timeouts);
            let since = *self.since.get_or_insert(now);
            let until = timeout.map(|timeout| since.after(timeout));
            if let (Some(timeout), true) = (timeout, until.is_some_and(|until| until <= now)) {
                if self.state.is_quitting() {
                    self.close();
                } else {
                    self.abort(Cause::Timeout(timeout));
                }
                continue;
            }
            let State::Open(open) = &mut self.state else {
                return Output::Wait { until, read: self.state.reads() };
            };
            let idle = open.is_idle();
            match open.write(&mut self.orders, &self.config, &mut self.outputs) {
                // Whoever is waited for is waited for no longer because there is more to say.
                flight::Pen::Sent if idle => self.since = None,
                flight::Pen::Sent => {}
                flight::Pen::Body(transaction) => return Output::Body { transaction, until },
                flight::Pen::Idle => return Output::Wait { until, read: true },
            }
        }
    }

    /// The next whole reply. What comes during a handshake came in clear: it is none.
    fn next_reply(&mut self) -> Option<Result<Reply, ProtocolError>> {
        if !self.state.reads() {
            return (!self.input.is_empty()).then_some(Err(ProtocolError::Residue));
        }
        let limits = self.config.limits;
        let authenticating = matches!(self.state, State::Auth(_));
        let reply_line =
            if authenticating { limits.reply_line.max(auth::AUTH_LINE) } else { limits.reply_line };
        loop {
            let line = match self.input.line(reply_line)? {
                Ok(line) => line,
                Err(error) => return Some(Err(ProtocolError::Line(error))),
            };
            match self.replies.push(line, limits.reply) {
                Ok(Some(reply)) => return Some(Ok(reply)),
                Ok(None) => {}
                Err(error) => return Some(Err(ProtocolError::Reply(error))),
            }
        }
    }

    fn answer(&mut self, reply: Reply) {
        if let State::Open(open) = &mut self.state {
            match open.reply(reply, &mut self.orders, &mut self.outputs) {
                Ok(false) => {}
                Ok(true) => self.close(),
                Err(failure) => self.fail(failure),
            }
            return;
        }
        if let (State::Ehlo(hello), 250) = (&self.state, reply.code()) {
            let after =
                if hello.is_secure() && !self.config.secure { Stage::StartTls } else { Stage::Greeting };
            let capabilities = Capabilities::parse(&reply);
            self.outputs.push_back(Output::Event(Event::Offered { after, capabilities }));
        }
        let stage = self.state.stage();
        let unsupported = if self.config.xclient.is_some() { stage } else { Stage::Auth };
        let state = mem::replace(&mut self.state, State::Closed(None));
        let step = state.reply(reply, &self.hello, &mut self.config, &self.bindings);
        self.settle(step, stage, unsupported);
    }

    /// Goes where a reply leads to that came at this stage; what the server cannot do is noticed at another.
    fn settle(&mut self, step: Result<Step, Cause>, stage: Stage, unsupported: Stage) {
        match step {
            Ok(step) if matches!(step.state, State::Handshake(_)) && !self.input.is_empty() => {
                self.fail(Failure { stage, cause: Cause::Protocol(ProtocolError::Residue) });
            }
            Ok(step) => self.enter(step),
            Err(cause) => {
                let stage = match &cause {
                    Cause::Tls(_) => Stage::StartTls,
                    Cause::Unsupported(_) => unsupported,
                    _ => stage,
                };
                let polite = match &cause {
                    Cause::Refused(reply) | Cause::Denied { reply, .. } => reply.code() != 421,
                    Cause::Unsupported(_) | Cause::Tls(_) => true,
                    _ => false,
                };
                if polite {
                    self.outputs.push_back(Output::Send(b"QUIT\r\n".to_vec()));
                }
                self.fail(Failure { stage, cause });
            }
        }
    }

    fn enter(&mut self, step: Step) {
        self.state = step.state;
        self.outputs.extend(step.outputs);
    }

    /// Ends the session: each message gets its outcome first.
    fn fail(&mut self, failure: Failure) {
        if matches!(self.state, State::Closed(Some(_))) {
            return;
        }
        // A server that says 421 has read no further, unless it shows that it has.
        let mut known = matches!(&failure.cause, Cause::Refused(_));
        while let (true, Some(Ok(reply))) = (known, self.next_reply()) {
            known = !reply.is_positive();
        }
        if let State::Open(open) = &mut self.state {
            open.fail(&failure, known, &mut self.outputs);
        }
        self.orders.fail(&failure, &mut self.outputs);
        self.state = State::Closed(Some(failure));
    }

    /// Ends the session in order.
    fn close(&mut self) {
        self.orders.fail(&Failure { stage: Stage::Quit, cause: Cause::Closed }, &mut self.outputs);
        self.state = State::Closed(None);
    }

    fn supply<'a>(
        &mut self,
        id: TransactionId,
        content: impl FnOnce(&mut flight::Open) -> Result<Result<Piece<'a>, Cause>, Misuse>,
    ) -> Result<Piece<'a>, Misuse> {
        if id.0 == 0 || id.0 > self.last_id {
            return Err(Misuse::NotNow);
        }
        let State::Open(open) = &mut self.state else {
            return Ok(Piece::NOTHING);
        };
        if open.waits_on(id) {
            self.since = None;
        }
        match content(open)? {
            Ok(piece) => Ok(piece),
            Err(cause) => {
                self.give_up(id, cause);
                Ok(Piece::NOTHING)
            }
        }
    }

    fn give_up(&mut self, id: TransactionId, cause: Cause) {
        if self.orders.cancel(id, &cause, &mut self.outputs) {
            return;
        }
        let State::Open(open) = &mut self.state else {
            return;
        };
        if let Err(failure) = open.cancel(id, cause, &mut self.outputs) {
            self.fail(failure);
        }
    }

    fn open(&self) -> Result<(), Misuse> {
        if matches!(self.state, State::Closed(_)) || self.orders.quit { Err(Misuse::Closed) } else { Ok(()) }
    }

    fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }
}
