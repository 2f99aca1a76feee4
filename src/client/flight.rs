//! An open session: transactions in flight, the replies that are expected, and what is written when.

use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::error::{Cause, Failure, Misuse, ProtocolError, Stage};
use super::transaction::{
    Answers, Envelope, Framing, Haste, Outcome, Piece, Progress, Transaction, TransactionId,
};
use super::{Config, Event, LineEnds, Output, Protocol, RequestId, Timeouts};
use crate::wire::address::{ForwardPath, Mailbox, ReversePath};
use crate::wire::command::Command;
use crate::wire::dot;
use crate::wire::ehlo::Capabilities;
use crate::wire::param::{Param, Params, Verb, known};
use crate::wire::reply::Reply;

type Outputs = VecDeque<Output>;

/// What the host wants and nobody has begun.
#[derive(Debug, Default)]
pub(super) struct Orders {
    pub messages: VecDeque<Transaction>,
    /// Lines to write, and what their replies are.
    requests: VecDeque<(Expect, Vec<u8>)>,
    pub quit: bool,
}

impl Orders {
    /// A command outside of transactions.
    pub fn request(&mut self, id: RequestId, command: &Command) {
        let expect = match command {
            Command::Ehlo(_) | Command::Lhlo(_) => Expect::Refresh(id),
            _ => Expect::Request(id),
        };
        let mut line = Vec::new();
        command.write(&mut line);
        self.requests.push_back((expect, line));
    }

    pub fn cancel(&mut self, id: TransactionId, cause: &Cause, outputs: &mut Outputs) -> bool {
        let Some(index) = self.messages.iter().position(|message| message.id == id) else {
            return false;
        };
        if let Some(mut transaction) = self.messages.remove(index) {
            let failure = Failure { stage: Stage::Ready, cause: cause.clone() };
            let outcome = transaction.give_up(failure, true);
            report(&mut transaction, outcome, outputs);
        }
        true
    }

    pub fn fail(&mut self, failure: &Failure, outputs: &mut Outputs) {
        while let Some(mut transaction) = self.messages.pop_front() {
            let outcome = transaction.give_up(failure.clone(), true);
            report(&mut transaction, outcome, outputs);
        }
    }
}

/// What a reply will be an answer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Mail(TransactionId),
    Rcpt(TransactionId, usize),
    Data(TransactionId),
    Chunk { id: TransactionId, last: bool },
    End(TransactionId),
    Rset,
    Request(RequestId),
    Refresh(RequestId),
    Quit,
}

impl Expect {
    const fn stage(self) -> Stage {
        match self {
            Self::Mail(_) => Stage::Mail,
            Self::Rcpt(..) => Stage::Rcpt,
            Self::Data(_) => Stage::Data,
            Self::Chunk { last: false, .. } => Stage::Content,
            Self::Chunk { last: true, .. } | Self::End(_) => Stage::End,
            Self::Rset | Self::Request(_) | Self::Refresh(_) => Stage::Ready,
            Self::Quit => Stage::Quit,
        }
    }

    const fn transaction(self) -> Option<TransactionId> {
        match self {
            Self::Mail(id) | Self::Rcpt(id, _) | Self::Data(id) | Self::Chunk { id, .. } | Self::End(id) => {
                Some(id)
            }
            Self::Rset | Self::Request(_) | Self::Refresh(_) | Self::Quit => None,
        }
    }
}

/// What became of an attempt to write.
pub(super) enum Pen {
    /// Something was written or reported.
    Sent,
    /// The host has to supply content.
    Body(TransactionId),
    /// There is nothing to write.
    Idle,
}

/// An open session.
#[derive(Debug)]
pub(super) struct Open {
    capabilities: Capabilities,
    expected: VecDeque<Expect>,
    /// In the order of their beginning; only the last can have something left to write.
    flight: VecDeque<Transaction>,
    /// The server may have a transaction open that did not end well: RSET goes before the next.
    dirty: bool,
    /// A transaction may begin behind another's end (RFC 2920 section 3.1), until a server refuses that.
    hasty: bool,
    secure: bool,
    /// How many transactions the server still takes (RFC 9422).
    left: Option<u32>,
    limit: u32,
}

impl Open {
    pub fn new(capabilities: Capabilities, secure: bool) -> Self {
        let left = capabilities.limits().mail_max;
        Self {
            capabilities,
            expected: VecDeque::new(),
            flight: VecDeque::new(),
            dirty: false,
            hasty: true,
            secure,
            left,
            limit: left.unwrap_or_default(),
        }
    }

    pub fn stage(&self) -> Stage {
        match (self.expected.front(), self.flight.back()) {
            (Some(expect), _) => expect.stage(),
            (None, Some(transaction)) if matches!(transaction.progress, Progress::Content(_)) => {
                Stage::Content
            }
            (None, _) => Stage::Ready,
        }
    }

    pub fn timeout(&self, timeouts: &Timeouts) -> Option<u64> {
        match self.stage() {
            Stage::Mail => Some(timeouts.mail),
            Stage::Rcpt => Some(timeouts.rcpt),
            Stage::Data => Some(timeouts.data),
            Stage::Content => Some(timeouts.content),
            Stage::End => Some(timeouts.end),
            Stage::Quit => Some(timeouts.quit),
            _ if self.expected.is_empty() => None,
            _ => Some(timeouts.reset),
        }
    }

    /// No reply is waited for.
    pub fn is_idle(&self) -> bool {
        self.expected.is_empty()
    }

    /// What is waited for is about this transaction, if anything is.
    pub fn waits_on(&self, id: TransactionId) -> bool {
        self.expected.front().is_none_or(|expect| expect.transaction() == Some(id))
    }

    pub fn is_quitting(&self) -> bool {
        self.expected.front() == Some(&Expect::Quit)
    }

    pub fn is_chunked(&self, id: TransactionId) -> bool {
        self.flight.back().is_some_and(|last| {
            let chunks = matches!(last.progress, Progress::Content(Framing::Chunks(_) | Framing::Binary));
            last.id == id && chunks
        })
    }

    /// Takes a reply; true when it ends the session in order.
    pub fn reply(
        &mut self,
        reply: Reply,
        orders: &mut Orders,
        outputs: &mut Outputs,
    ) -> Result<bool, Failure> {
        let Some(expect) = self.expected.pop_front() else {
            return Err(self.unsolicited(reply));
        };
        let stage = expect.stage();
        let closing = (reply.code() == 421).then(|| Failure { stage, cause: Cause::Refused(reply.clone()) });
        let unexpected = match expect {
            Expect::Data(_) => reply.code() != 354 && !reply.is_negative(),
            Expect::Quit => false,
            // The content is there, and a reply for each recipient is to come.
            Expect::End(_) | Expect::Chunk { last: true, .. } if reply.code() == 353 => {
                self.flight.iter().all(|transaction| {
                    Some(transaction.id) != expect.transaction() || transaction.answers != Answers::Asked
                })
            }
            _ => reply.is_intermediate(),
        };
        if unexpected {
            return Err(Failure { stage, cause: Cause::Protocol(ProtocolError::Unexpected(reply)) });
        }
        match expect {
            Expect::Quit => return Ok(true),
            Expect::Refresh(request) => {
                if reply.is_positive() {
                    self.capabilities = Capabilities::parse(&reply);
                    let (after, capabilities) = (Stage::Auth, self.capabilities.clone());
                    outputs.push_back(Output::Event(Event::Offered { after, capabilities }));
                }
                outputs.push_back(Output::Event(Event::Replied { request, reply }));
            }
            Expect::Request(request) => outputs.push_back(Output::Event(Event::Replied { request, reply })),
            Expect::Rset if reply.code() == 503 && self.refuse_haste() => {}
            Expect::Rset if reply.is_negative() && self.dirty && closing.is_none() => {
                // RSET cannot be refused (RFC 5321 section 4.3.2): the next message may get the last one's envelope.
                return Err(Failure { stage, cause: Cause::Protocol(ProtocolError::Unexpected(reply)) });
            }
            Expect::Rset => {}
            _ => {
                let cause = self.advance(expect, reply, orders, outputs).err();
                if let Some(cause) = cause {
                    return Err(Failure { stage, cause });
                }
            }
        }
        match closing {
            Some(failure) => Err(failure),
            None => Ok(false),
        }
    }

    /// Some servers refuse, against RFC 2920 section 3.1, every command that comes with the end of content, as it might be
    /// smuggled in. RSET, which nobody can refuse, shows it. True when that explains the refusal of the last RSET.
    fn refuse_haste(&mut self) -> bool {
        let Some(&Expect::Mail(id)) = self.expected.front() else { return false };
        let hasty =
            |transaction: &&mut Transaction| transaction.id == id && transaction.haste == Haste::Behind;
        let Some(transaction) = self.flight.iter_mut().find(hasty) else { return false };
        transaction.haste = Haste::Refused;
        self.hasty = false;
        true
    }

    /// A reply that nothing was waiting for: 421, or a refusal of content that is still on its way after `DATA`.
    fn unsolicited(&mut self, reply: Reply) -> Failure {
        let stage = self.stage();
        let writing = self.flight.back_mut().filter(|last| matches!(last.progress, Progress::Content(_)));
        match writing {
            Some(transaction) if reply.is_negative() => {
                transaction.refusal = Some((Stage::Content, reply.clone()));
                Failure { stage, cause: Cause::Refused(reply) }
            }
            _ if reply.code() == 421 => Failure { stage, cause: Cause::Refused(reply) },
            _ => Failure { stage, cause: Cause::Protocol(ProtocolError::Unsolicited(reply)) },
        }
    }

    /// Takes a reply to a part of a transaction.
    fn advance(
        &mut self,
        expect: Expect,
        reply: Reply,
        orders: &mut Orders,
        outputs: &mut Outputs,
    ) -> Result<(), Cause> {
        // Replies come in order, so that it is the first transaction unless that is waiting for nothing.
        let Some(transaction) =
            self.flight.iter_mut().find(|transaction| Some(transaction.id) == expect.transaction())
        else {
            return Ok(());
        };
        transaction.pending -= 1;
        let mut end = None;
        match expect {
            Expect::Mail(_) => {
                if reply.is_positive() && transaction.haste == Haste::Refused && self.dirty {
                    return Err(Cause::Protocol(ProtocolError::Unexpected(reply)));
                }
                transaction.mail = Some(reply);
            }
            Expect::Rcpt(_, index) => transaction.recipients[index] = Some(reply),
            Expect::Data(id) if reply.is_intermediate() => {
                let wanted = transaction.mail_stands() && transaction.has_recipient();
                if wanted && transaction.reported {
                    return Err(Cause::Closed);
                }
                if wanted {
                    transaction.progress = Progress::Content(Framing::Dot(dot::Encoder::default()));
                } else if transaction.answers == Answers::Each {
                    // How many replies come for nobody, nobody knows: RFC 2033 section 4.2 asks for a 503 here.
                    return Err(Cause::Protocol(ProtocolError::Unexpected(reply)));
                } else {
                    // 354 for nobody: the empty message that RFC 2920 section 3.1 asks for.
                    outputs.push_back(Output::Send(b".\r\n".to_vec()));
                    transaction.progress = Progress::Ended;
                    transaction.pending += 1;
                    self.expected.push_back(Expect::End(id));
                }
            }
            Expect::Data(_) => {
                transaction.refusal = Some((Stage::Data, reply));
                transaction.progress = Progress::Stopped;
            }
            Expect::Chunk { last: true, .. } | Expect::End(_) => {
                let mut more = false;
                match (transaction.answers, transaction.unanswered()) {
                    (Answers::Asked, _) if reply.is_intermediate() => {
                        transaction.answers = Answers::Both;
                        more = true;
                    }
                    (Answers::Each | Answers::Both, Some(index)) => {
                        transaction.contents[index] = Some(reply);
                        more = transaction.answers == Answers::Both || transaction.unanswered().is_some();
                        end = transaction.verdict().cloned();
                    }
                    _ => end = Some(reply),
                }
                if more {
                    transaction.pending += 1;
                    self.expected.push_front(expect);
                    return Ok(());
                }
            }
            Expect::Chunk { .. } => {
                if reply.is_negative() && transaction.refusal.is_none() {
                    transaction.refusal = Some((Stage::Content, reply));
                    if matches!(transaction.progress, Progress::Content(_)) {
                        transaction.progress = Progress::Stopped;
                    }
                }
            }
            Expect::Rset | Expect::Request(_) | Expect::Refresh(_) | Expect::Quit => {}
        }
        self.finish(end, orders, outputs).map_err(Cause::Protocol)
    }

    /// Reports the transactions that have nothing more to come.
    fn finish(
        &mut self,
        mut end: Option<Reply>,
        orders: &mut Orders,
        outputs: &mut Outputs,
    ) -> Result<(), ProtocolError> {
        let done =
            |t: &Transaction| t.pending == 0 && matches!(t.progress, Progress::Ended | Progress::Stopped);
        while self.flight.front().is_some_and(done) {
            let Some(mut transaction) = self.flight.pop_front() else { break };
            if transaction.haste == Haste::Refused && !transaction.mail_stands() && !transaction.reported {
                // Nothing of it was taken, nor of its content given: it goes again.
                orders.messages.push_front(Transaction::new(transaction.id, transaction.envelope));
                continue;
            }
            match transaction.settle(end.take()) {
                Ok(outcome) => {
                    self.dirty = !outcome.is_accepted();
                    report(&mut transaction, outcome, outputs);
                }
                Err(error) => {
                    let failure = Failure { stage: Stage::End, cause: Cause::Protocol(error.clone()) };
                    let outcome = transaction.uncertain(failure);
                    report(&mut transaction, outcome, outputs);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Writes what can be written now.
    pub fn write(&mut self, orders: &mut Orders, config: &Config, outputs: &mut Outputs) -> Pen {
        let pipelining = config.pipelining && self.capabilities.has("PIPELINING");
        let chunking = config.chunking && self.capabilities.has("CHUNKING");
        let idle = self.expected.is_empty();
        if let Some(transaction) = self.flight.back_mut() {
            let id = transaction.id;
            match transaction.progress {
                Progress::Queued => {}
                Progress::Envelope(_) if !idle => return Pen::Idle,
                Progress::Envelope(None) => {
                    transaction.progress = Progress::Envelope(Some(0));
                    return match self.mail(&self.flight[self.flight.len() - 1], config) {
                        Ok(mail) => self.command(&mail, Expect::Mail(id), outputs),
                        Err(_) => self.stop(orders, outputs),
                    };
                }
                Progress::Envelope(Some(next)) => {
                    if !transaction.mail_stands() {
                        return self.stop(orders, outputs);
                    }
                    if next < transaction.envelope.to.len() {
                        transaction.progress = Progress::Envelope(Some(next + 1));
                        let command = self.rcpt(&self.flight[self.flight.len() - 1].envelope, next, config);
                        return self.command(&command, Expect::Rcpt(id, next), outputs);
                    }
                    if !transaction.has_recipient() {
                        return self.stop(orders, outputs);
                    }
                    if chunking {
                        transaction.progress = Progress::Content(transaction.chunks());
                        return Pen::Body(id);
                    }
                    transaction.progress = Progress::Waiting;
                    return self.command(&Command::Data, Expect::Data(id), outputs);
                }
                // With DATA, its reply decides; with BDAT, those to the envelope.
                Progress::Waiting if transaction.pending > 0 => return Pen::Idle,
                Progress::Waiting => {
                    if !transaction.mail_stands() || !transaction.has_recipient() {
                        return self.stop(orders, outputs);
                    }
                    transaction.progress = Progress::Content(transaction.chunks());
                    return Pen::Body(id);
                }
                // How many replies come to a last chunk behind a refused one is not certain where it may be several.
                Progress::Content(_)
                    if transaction.answers != Answers::One
                        && matches!(self.expected.back(), Some(Expect::Chunk { .. })) =>
                {
                    return Pen::Idle;
                }
                Progress::Content(_) if !pipelining && !idle => return Pen::Idle,
                Progress::Content(_) => return Pen::Body(id),
                Progress::Ended | Progress::Stopped if !pipelining && !idle => return Pen::Idle,
                Progress::Ended | Progress::Stopped => {}
            }
        }
        if idle && let Some((expect, line)) = orders.requests.pop_front() {
            self.expected.push_back(expect);
            outputs.push_back(Output::Send(line));
            return Pen::Sent;
        }
        if self.left == Some(0) && !orders.messages.is_empty() {
            // First is seen what becomes of those that it takes.
            if !idle {
                return Pen::Idle;
            }
            orders.fail(&Failure { stage: Stage::Ready, cause: Cause::Limit(self.limit) }, outputs);
            return Pen::Sent;
        }
        let window = if self.hasty { config.window } else { 1 };
        let room = self.flight.len() < window && orders.requests.is_empty();
        if room && let Some(transaction) = orders.messages.pop_front() {
            self.begin(transaction, config, pipelining, chunking, outputs);
            return Pen::Sent;
        }
        if orders.quit && idle && orders.messages.is_empty() && orders.requests.is_empty() {
            return self.command(&Command::Quit, Expect::Quit, outputs);
        }
        Pen::Idle
    }

    fn command(&mut self, command: &Command, expect: Expect, outputs: &mut Outputs) -> Pen {
        let mut line = Vec::new();
        self.push(command, expect, &mut line);
        outputs.push_back(Output::Send(line));
        Pen::Sent
    }

    fn push(&mut self, command: &Command, expect: Expect, out: &mut Vec<u8>) {
        command.write(out);
        self.expected.push_back(expect);
        if let Some(last) = self.flight.back_mut().filter(|last| Some(last.id) == expect.transaction()) {
            last.pending += 1;
        }
    }

    /// Nothing more will be written for the last transaction.
    fn stop(&mut self, orders: &mut Orders, outputs: &mut Outputs) -> Pen {
        if let Some(transaction) = self.flight.back_mut() {
            transaction.progress = Progress::Stopped;
        }
        // Without a reply to content there is nothing that could contradict.
        let _ = self.finish(None, orders, outputs);
        Pen::Sent
    }

    fn begin(
        &mut self,
        mut transaction: Transaction,
        config: &Config,
        pipelining: bool,
        chunking: bool,
        outputs: &mut Outputs,
    ) {
        let mail = match self.mail(&transaction, config) {
            Ok(mail) => mail,
            Err(cause) => {
                let outcome = transaction.give_up(Failure { stage: Stage::Mail, cause }, true);
                return report(&mut transaction, outcome, outputs);
            }
        };
        self.left = self.left.map(|left| left.saturating_sub(1));
        let id = transaction.id;
        transaction.answers = match (config.protocol, &mail) {
            (Protocol::Lmtp, _) => Answers::Each,
            (_, Command::Mail { params, .. }) if params.find("PRDR").is_some() => Answers::Asked,
            _ => Answers::One,
        };
        let envelope = &transaction.envelope;
        let recipients: Vec<Command> = match pipelining {
            true => (0..envelope.to.len()).map(|index| self.rcpt(envelope, index, config)).collect(),
            false => Vec::new(),
        };
        let eager = transaction.envelope.octets.is_some_and(|octets| octets <= config.eager);
        let mut out = Vec::new();
        // After DATA alone: in chunks the content may have gone out, too.
        if !self.flight.is_empty() && !chunking {
            transaction.haste = Haste::Behind;
        }
        if self.dirty || !self.flight.is_empty() {
            self.push(&Command::Rset, Expect::Rset, &mut out);
        }
        transaction.progress = match (pipelining, chunking, eager) {
            (false, ..) => Progress::Envelope(None),
            (true, true, true) => Progress::Content(transaction.chunks()),
            (true, ..) => Progress::Waiting,
        };
        self.flight.push_back(transaction);
        if pipelining {
            self.push(&mail, Expect::Mail(id), &mut out);
            for (index, rcpt) in recipients.iter().enumerate() {
                self.push(rcpt, Expect::Rcpt(id, index), &mut out);
            }
            if !chunking {
                self.push(&Command::Data, Expect::Data(id), &mut out);
            }
        }
        if !out.is_empty() {
            outputs.push_back(Output::Send(out));
        }
    }

    fn rcpt(&self, envelope: &Envelope, index: usize, config: &Config) -> Command {
        let to = match &envelope.to[index] {
            ForwardPath::Mailbox(mailbox) => {
                ForwardPath::Mailbox(self.seen(mailbox, config).unwrap_or_else(|| mailbox.clone()))
            }
            postmaster @ ForwardPath::Postmaster => postmaster.clone(),
        };
        Command::Rcpt { to, params: envelope.rcpt_params[index].clone() }
    }

    /// A mailbox as this server can take it: without SMTPUTF8, with A-labels for its domain (RFC 5891). `None` when it
    /// cannot.
    fn seen(&self, mailbox: &Mailbox, config: &Config) -> Option<Mailbox> {
        if mailbox.is_ascii() || self.capabilities.has("SMTPUTF8") {
            return Some(mailbox.clone());
        }
        let domain = config.unicode.to_ascii(mailbox.domain())?;
        let ascii = Mailbox::parse(&format!("{}@{domain}", mailbox.local_part())).ok();
        ascii.filter(Mailbox::is_ascii)
    }

    /// Why the server cannot take such a parameter.
    fn cannot(&self, verb: Verb, param: &Param) -> Result<(), Cause> {
        let (keyword, value) = (param.keyword(), param.value());
        // What nobody has specified is the host's to know.
        let Some(known) = known(verb, keyword) else { return Ok(()) };
        let extension = known.extension_for(value);
        if !self.capabilities.has(extension) {
            return Err(Cause::Unsupported(format!(
                "{param} needs {extension}, which the server does not offer"
            )));
        }
        if extension == "REQUIRETLS" && !self.secure {
            return Err(Cause::unsupported("REQUIRETLS needs TLS, and there is none"));
        }
        Ok(())
    }

    /// The MAIL command, or why the server cannot take such a message.
    fn mail(&self, transaction: &Transaction, config: &Config) -> Result<Command, Cause> {
        let envelope = &transaction.envelope;
        let mut params = envelope.params.clone();
        params.iter().try_for_each(|param| self.cannot(Verb::Mail, param))?;
        envelope
            .rcpt_params
            .iter()
            .flat_map(Params::iter)
            .try_for_each(|param| self.cannot(Verb::Rcpt, param))?;
        if envelope.is_binary() && !(config.chunking && self.capabilities.has("CHUNKING")) {
            return Err(Cause::unsupported("binary content needs CHUNKING"));
        }
        let utf8 = !envelope.is_ascii() && self.capabilities.has("SMTPUTF8");
        if !utf8 && !envelope.has_ascii_params() {
            return Err(Cause::unsupported(
                "a parameter has characters outside ASCII, and the server does not offer SMTPUTF8",
            ));
        }
        let mut add = |keyword: &str, value: Option<&str>| {
            if let Ok(param) = Param::new(keyword, value) {
                params.add(param);
            }
        };
        if let (Some(octets), true) = (envelope.octets, self.capabilities.has("SIZE")) {
            if let Some(size) = self.capabilities.size().filter(|&size| octets > size) {
                let message = format!("the message has {octets} octets and the server takes {size} at most");
                return Err(Cause::Unsupported(message));
            }
            add("SIZE", Some(&octets.to_string()));
        }
        if envelope.prdr
            && envelope.to.len() > 1
            && self.capabilities.has("PRDR")
            && config.protocol == Protocol::Smtp
        {
            add("PRDR", None);
        }
        match (envelope.eight_bit, self.capabilities.has("8BITMIME")) {
            _ if envelope.params.find("BODY").is_some() => {}
            (Some(false), _) | (None, false) => {}
            (Some(true) | None, true) => add("BODY", Some("8BITMIME")),
            (Some(true), false) => return Err(eight_bit_content()),
        }
        if utf8 {
            add("SMTPUTF8", None);
        }
        let from = match &envelope.from {
            ReversePath::Mailbox(mailbox) => self.seen(mailbox, config).map(ReversePath::Mailbox),
            ReversePath::Null => Some(ReversePath::Null),
        };
        let to = envelope.to.iter().all(|to| match to {
            ForwardPath::Mailbox(mailbox) => self.seen(mailbox, config).is_some(),
            ForwardPath::Postmaster => true,
        });
        match from {
            Some(from) if to => Ok(Command::Mail { from, params }),
            _ => Err(Cause::unsupported(
                "an address has characters outside ASCII, and the server does not offer SMTPUTF8",
            )),
        }
    }

    /// The transaction that may be given content, if it is this one; `None` when it is done with.
    fn writing(&mut self, id: TransactionId) -> Result<Option<&mut Transaction>, Misuse> {
        match self.flight.iter_mut().find(|transaction| transaction.id == id) {
            None => Ok(None),
            Some(transaction) => match transaction.progress {
                Progress::Content(_) => Ok(Some(transaction)),
                Progress::Stopped => Ok(None),
                _ => Err(Misuse::NotNow),
            },
        }
    }

    /// Frames a piece of content.
    pub fn content<'a>(
        &mut self,
        id: TransactionId,
        piece: &'a [u8],
        last: bool,
        line_ends: LineEnds,
    ) -> Result<Result<Piece<'a>, Cause>, Misuse> {
        let eight_bit = self.capabilities.has("8BITMIME");
        let Some(transaction) = self.writing(id)? else {
            return Ok(Ok(Piece::NOTHING));
        };
        if matches!(transaction.progress, Progress::Content(Framing::Binary)) {
            let before = self.chunk(id, piece.len() as u64, last);
            return Ok(Ok(Piece { before, body: Cow::Borrowed(piece), after: b"" }));
        }
        if !eight_bit && !piece.is_ascii() {
            return Ok(Err(eight_bit_content()));
        }
        let checked = &mut transaction.line_ends;
        if line_ends == LineEnds::Refuse && !(checked.pass(piece) && (!last || checked.finish().is_empty())) {
            return Ok(Err(Cause::unsupported("the content has a bare CR or LF")));
        }
        let Progress::Content(framing) = &mut transaction.progress else {
            return Err(Misuse::NotNow);
        };
        match framing {
            Framing::Dot(encoder) => {
                let mut body = encoder.encode(piece);
                let after = match if last { encoder.finish() } else { Cow::Borrowed(&b""[..]) } {
                    Cow::Borrowed(after) => after,
                    Cow::Owned(after) => {
                        body.to_mut().extend(after);
                        b""
                    }
                };
                if last {
                    transaction.progress = Progress::Ended;
                    transaction.pending += 1;
                    self.expected.push_back(Expect::End(id));
                }
                Ok(Ok(Piece { before: Vec::new(), body, after }))
            }
            Framing::Binary => Err(Misuse::NotNow),
            Framing::Chunks(line_ends) => {
                let mut body = if line_ends.pass(piece) {
                    Cow::Borrowed(piece)
                } else {
                    let mut normal = Vec::new();
                    line_ends.write(piece, &mut normal);
                    Cow::Owned(normal)
                };
                let tail = if last { line_ends.finish() } else { b"" };
                if !tail.is_empty() {
                    body.to_mut().extend_from_slice(tail);
                }
                let before = self.chunk(id, body.len() as u64, last);
                Ok(Ok(Piece { before, body, after: b"" }))
            }
        }
    }

    pub fn clean_content(
        &mut self,
        id: TransactionId,
        octets: u64,
        last: bool,
    ) -> Result<Result<Piece<'static>, Cause>, Misuse> {
        let Some(transaction) = self.writing(id)? else {
            return Ok(Ok(Piece::NOTHING));
        };
        if !matches!(transaction.progress, Progress::Content(Framing::Chunks(_) | Framing::Binary)) {
            return Err(Misuse::NotNow);
        }
        let before = self.chunk(id, octets, last);
        Ok(Ok(Piece { before, ..Piece::NOTHING }))
    }

    /// The `BDAT` line; none for an empty chunk that is not the last.
    fn chunk(&mut self, id: TransactionId, octets: u64, last: bool) -> Vec<u8> {
        let mut line = Vec::new();
        if octets == 0 && !last {
            return line;
        }
        self.push(&Command::Bdat { octets, last }, Expect::Chunk { id, last }, &mut line);
        if let Some(transaction) = self.flight.back_mut().filter(|_| last) {
            transaction.progress = Progress::Ended;
        }
        line
    }

    /// Gives a transaction up; an error when that takes the session with it.
    pub fn cancel(&mut self, id: TransactionId, cause: Cause, outputs: &mut Outputs) -> Result<(), Failure> {
        let waits_for = self.expected.iter().find(|expect| expect.transaction() == Some(id)).copied();
        let data = self.expected.contains(&Expect::Data(id));
        let Some(transaction) = self.flight.iter_mut().find(|transaction| transaction.id == id) else {
            return Ok(());
        };
        let stage = match transaction.progress {
            Progress::Ended => Stage::End,
            Progress::Content(_) => Stage::Content,
            _ => waits_for.map_or(Stage::Rcpt, Expect::stage),
        };
        let failure = Failure { stage, cause };
        let outcome = transaction.give_up(failure, false);
        report(transaction, outcome, outputs);
        if matches!(transaction.progress, Progress::Content(Framing::Dot(_))) {
            return Err(Failure { stage, cause: Cause::Closed });
        }
        // The reply to DATA decides whether the session has to end: see `advance`.
        if !data && !matches!(transaction.progress, Progress::Ended) {
            transaction.progress = Progress::Stopped;
            self.dirty = true;
        }
        self.flight.retain(|transaction| !(transaction.reported && transaction.pending == 0));
        Ok(())
    }

    /// The session is over. `known` says that the server did not get to the end of what is in flight.
    pub fn fail(&mut self, failure: &Failure, known: bool, outputs: &mut Outputs) {
        while let Some(mut transaction) = self.flight.pop_front() {
            let outcome = transaction.give_up(failure.clone(), known);
            report(&mut transaction, outcome, outputs);
        }
    }
}

fn report(transaction: &mut Transaction, outcome: Outcome, outputs: &mut Outputs) {
    if !core::mem::replace(&mut transaction.reported, true) {
        outputs.push_back(Output::Event(Event::Outcome { transaction: transaction.id, outcome }));
    }
}

fn eight_bit_content() -> Cause {
    Cause::unsupported("the content has octets above 127, and the server does not offer 8BITMIME")
}
