//! An open session: transactions in flight, and the replies that are expected.

mod replies;
mod writing;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::error::{Cause, Failure, Stage};
use super::transaction::{Framing, Outcome, Progress, Transaction, TransactionId};
use super::{Event, Output, RequestId, Timeouts};
use crate::wire::command::Command;
use crate::wire::ehlo::Capabilities;

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
