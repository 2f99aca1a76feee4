//! What an open session writes, and when: commands (RFC 5321 section 4.1.1, RFC 2920) and content (RFC 3030).

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Expect, Open, Orders, Outputs, Pen, report};
use crate::client::error::{Cause, Failure, Misuse, Stage};
use crate::client::transaction::{
    Answers, Envelope, Framing, Haste, Piece, Progress, Transaction, TransactionId,
};
use crate::client::{Config, LineEnds, Output, Protocol};
use crate::wire::address::{ForwardPath, Mailbox, ReversePath};
use crate::wire::command::Command;
use crate::wire::param::{Param, Params, Verb, known};

impl Open {
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
    fn cannot(&self, verb: Verb, param: Param<'_>) -> Result<(), Cause> {
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
}

fn eight_bit_content() -> Cause {
    Cause::unsupported("the content has octets above 127, and the server does not offer 8BITMIME")
}
