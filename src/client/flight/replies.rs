//! What replies mean to an open session (RFC 5321 section 4.3, RFC 2033 section 4.2).

use super::{Expect, Open, Orders, Outputs, report};
use crate::client::error::{Cause, Failure, ProtocolError, Stage};
use crate::client::transaction::{Answers, Framing, Haste, Progress, Transaction};
use crate::client::{Event, Output};
use crate::wire::dot;
use crate::wire::ehlo::Capabilities;
use crate::wire::reply::Reply;

impl Open {
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
    pub(super) fn finish(
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
}
