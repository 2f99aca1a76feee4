//! One message on its way: what the host gives, and what is known of it in the end.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::error::{Cause, Failure, Misuse, ProtocolError, Stage};
use crate::wire::SyntaxError;
use crate::wire::address::{ForwardPath, ReversePath};
use crate::wire::line::Normaliser;
use crate::wire::param::{Param, Params, Verb, known};
use crate::wire::reply::Reply;

/// Names a transaction for as long as its session lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub u32);

/// Where a message comes from and goes to, and what is known of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub(super) from: ReversePath,
    pub(super) to: Vec<ForwardPath>,
    pub(super) octets: Option<u64>,
    pub(super) eight_bit: Option<bool>,
    pub(super) prdr: bool,
    pub(super) params: Params,
    /// In the order of the recipients.
    pub(super) rcpt_params: Vec<Params>,
}

impl Envelope {
    /// An envelope; `from` may be empty, which is the null reverse-path.
    pub fn new<'a>(from: &str, to: impl IntoIterator<Item = &'a str>) -> Result<Self, Misuse> {
        let from = ReversePath::parse(from).map_err(|error| Misuse::Field { field: "from", error })?;
        let to: Result<Vec<_>, _> = to.into_iter().map(ForwardPath::parse).collect();
        let to = to.map_err(|error| Misuse::Field { field: "to", error })?;
        if to.is_empty() {
            return Err(Misuse::NoRecipients);
        }
        let rcpt_params = to.iter().map(|_| Params::default()).collect();
        let params = Params::default();
        Ok(Self { from, to, octets: None, eight_bit: None, prdr: false, params, rcpt_params })
    }

    /// Says how many octets the content has; small content then goes out with its envelope.
    #[must_use]
    pub fn octets(self, octets: u64) -> Self {
        Self { octets: Some(octets), ..self }
    }

    /// Says whether the content has octets above 127.
    #[must_use]
    pub fn eight_bit(self, eight_bit: bool) -> Self {
        Self { eight_bit: Some(eight_bit), ..self }
    }

    /// Says that the content is any octets, in lines or not: it goes as it is, by BDAT, to a server with BINARYMIME
    /// (RFC 3030), and to no other.
    #[must_use]
    pub fn binary(mut self) -> Self {
        if let Ok(body) = Param::new("BODY", Some("BINARYMIME")) {
            self.params.add(body);
        }
        self
    }

    /// Asks for a reply to the content for each recipient, where there is more than one and the server offers PRDR.
    #[must_use]
    pub fn prdr(self) -> Self {
        Self { prdr: true, ..self }
    }

    /// Adds a parameter of MAIL. A server that does not offer the extension that it belongs to does not get the message.
    pub fn param(self, param: Param<'_>) -> Result<Self, Misuse> {
        check(Verb::Mail, param)?;
        self.unchecked(None, param)
    }

    /// As [`param`](Self::param), of RCPT, for the recipient of this index.
    pub fn rcpt_param(self, index: usize, param: Param<'_>) -> Result<Self, Misuse> {
        check(Verb::Rcpt, param)?;
        self.unchecked(Some(index), param)
    }

    /// Adds a parameter of MAIL, or of the RCPT of this index, whose value its maker has checked.
    pub(crate) fn unchecked(mut self, rcpt: Option<usize>, param: Param<'_>) -> Result<Self, Misuse> {
        let params = match rcpt {
            None => &mut self.params,
            Some(index) => self.rcpt_params.get_mut(index).ok_or(Misuse::NoRecipients)?,
        };
        match params.add(param) {
            true => Ok(self),
            false => Err(wrong(SyntaxError { at: 0, rule: "each parameter once" })),
        }
    }

    pub(super) fn is_binary(&self) -> bool {
        let body = self.params.find("BODY").and_then(Param::value);
        body.is_some_and(|body| body.eq_ignore_ascii_case("BINARYMIME"))
    }

    pub(super) fn is_ascii(&self) -> bool {
        let addresses = self.from.as_str().is_ascii() && self.to.iter().all(|to| to.as_str().is_ascii());
        addresses && self.has_ascii_params()
    }

    /// What is not ASCII in a parameter has no form for a server without SMTPUTF8.
    pub(super) fn has_ascii_params(&self) -> bool {
        self.params.is_ascii() && self.rcpt_params.iter().all(Params::is_ascii)
    }
}

fn check(verb: Verb, param: Param<'_>) -> Result<(), Misuse> {
    known(verb, param.keyword()).map_or(Ok(()), |known| known.check(param.value()).map_err(wrong))
}

const fn wrong(error: SyntaxError) -> Misuse {
    Misuse::Field { field: "params", error }
}

/// A piece of content as it goes over the wire: `before`, `body`, `after`, with nothing in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The `BDAT` line.
    pub before: Vec<u8>,
    /// The content; borrowed when it can go as it is.
    pub body: Cow<'a, [u8]>,
    /// The end of the content after `DATA`.
    pub after: &'static [u8],
}

impl Piece<'_> {
    /// Nothing to write: the message is not wanted any more.
    pub(super) const NOTHING: Piece<'static> =
        Piece { before: Vec::new(), body: Cow::Borrowed(b""), after: b"" };

    /// All of it in one.
    pub fn concat(&self) -> Vec<u8> {
        [&self.before[..], &self.body, self.after].concat()
    }
}

/// What is known of a message in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server has taken it, for the recipients that it accepted: at least one.
    Accepted {
        /// The reply to the content.
        reply: Reply,
        /// What was said to each recipient.
        recipients: Vec<Recipient>,
    },
    /// The server has refused it.
    Refused {
        /// When.
        stage: Stage,
        /// With what.
        reply: Reply,
        /// What was said to each recipient.
        recipients: Vec<Recipient>,
    },
    /// The server cannot have taken it: its end was never sent, or what was before it failed.
    NotSent {
        /// Why.
        failure: Failure,
        /// What was said to each recipient.
        recipients: Vec<Recipient>,
    },
    /// Its end was sent and no reply came: the server may have taken it or not (RFC 1047).
    Uncertain {
        /// What kept the reply from coming.
        failure: Failure,
        /// What was said to each recipient.
        recipients: Vec<Recipient>,
    },
}

impl Outcome {
    /// True when the server has taken the message.
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }

    /// What became of each recipient, in the order of the envelope.
    pub fn recipients(&self) -> &[Recipient] {
        match self {
            Self::Accepted { recipients, .. }
            | Self::Refused { recipients, .. }
            | Self::NotSent { recipients, .. }
            | Self::Uncertain { recipients, .. } => recipients,
        }
    }
}

/// A recipient, what was said to it, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The mailbox.
    pub mailbox: String,
    /// The reply to its RCPT, if one came.
    pub reply: Option<Reply>,
    /// Its own reply to the content, where each recipient gets one (RFC 2033 section 4.2).
    pub content: Option<Reply>,
    /// Whether the server has taken the message for it.
    pub status: Status,
}

impl Recipient {
    /// True when the server has taken the message for it.
    pub fn is_accepted(&self) -> bool {
        self.status == Status::Accepted
    }
}

/// What is known of a recipient in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The server has taken the message for it.
    Accepted,
    /// The server has refused it, or the message.
    Refused,
    /// The server cannot have taken the message.
    NotSent,
    /// The server may have taken the message for it, or not (RFC 1047).
    Uncertain,
}

/// How far the writing of a transaction has come.
#[derive(Debug)]
pub(super) enum Progress {
    /// Not begun.
    Queued,
    /// The envelope, in lock-step: MAIL is to come, or the recipient of this index.
    Envelope(Option<usize>),
    /// The envelope is out; the content waits for replies.
    Waiting,
    /// The content is being written.
    Content(Framing),
    /// The end of the content is out.
    Ended,
    /// Nothing more will be written.
    Stopped,
}

/// How content is told from commands.
#[derive(Debug)]
pub(super) enum Framing {
    Dot(crate::wire::dot::Encoder),
    Chunks(Normaliser),
    /// Chunks of octets that stay as they are.
    Binary,
}

/// How many replies the end of the content gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    One,
    /// PRDR was asked for: 353, and then [`Both`](Self::Both), or one.
    Asked,
    /// One for each recipient that was accepted (RFC 2033 section 4.2).
    Each,
    /// One for each, and one for all of them, without which none counts.
    Both,
}

/// One message on its way.
#[derive(Debug)]
pub(super) struct Transaction {
    pub id: TransactionId,
    pub envelope: Envelope,
    pub progress: Progress,
    /// Replies that are still to come.
    pub pending: usize,
    pub mail: Option<Reply>,
    pub recipients: Vec<Option<Reply>>,
    pub answers: Answers,
    /// What checks line ends, where wrong ones are refused.
    pub line_ends: Normaliser,
    /// The replies to the content, one for each recipient that was accepted.
    pub contents: Vec<Option<Reply>>,
    /// The reply to DATA or to a chunk, when it was a refusal.
    pub refusal: Option<(Stage, Reply)>,
    pub haste: Haste,
    /// The host has been told what became of it.
    pub reported: bool,
}

/// Whether it waited for what is before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Haste {
    None,
    /// It was written behind another transaction that had no outcome yet.
    Behind,
    /// So it was, and the server refuses that.
    Refused,
}

impl Transaction {
    pub fn new(id: TransactionId, envelope: Envelope) -> Self {
        let none = || envelope.to.iter().map(|_| None).collect();
        Self {
            id,
            recipients: none(),
            contents: none(),
            envelope,
            progress: Progress::Queued,
            answers: Answers::One,
            line_ends: Normaliser::default(),
            pending: 0,
            mail: None,
            refusal: None,
            haste: Haste::None,
            reported: false,
        }
    }

    /// How its content goes in BDAT.
    pub fn chunks(&self) -> Framing {
        match self.envelope.is_binary() {
            true => Framing::Binary,
            false => Framing::Chunks(Normaliser::default()),
        }
    }

    /// MAIL was accepted, or may still be.
    pub fn mail_stands(&self) -> bool {
        self.mail.as_ref().is_none_or(Reply::is_positive)
    }

    /// Whether a recipient was accepted, or may still be.
    pub fn recipient_stands(&self) -> bool {
        self.recipients.iter().any(|reply| reply.as_ref().is_none_or(Reply::is_positive))
    }

    pub fn has_recipient(&self) -> bool {
        self.recipients.iter().flatten().any(Reply::is_positive)
    }

    /// The first recipient that was accepted and has no reply to the content.
    pub fn unanswered(&self) -> Option<usize> {
        let positive = |reply: &Option<Reply>| reply.as_ref().is_some_and(Reply::is_positive);
        (0..self.recipients.len())
            .find(|&index| positive(&self.recipients[index]) && self.contents[index].is_none())
    }

    /// What became of each; of those whose own replies do not say, it is `rest`.
    pub fn recipients(&self, rest: Status) -> Vec<Recipient> {
        let replies = self.recipients.iter().zip(&self.contents);
        let recipient = |(to, (reply, content)): (&ForwardPath, (&Option<Reply>, &Option<Reply>))| {
            let status = match (reply, content) {
                (Some(refusal), _) | (_, Some(refusal)) if refusal.is_negative() => Status::Refused,
                (_, Some(_)) if self.answers == Answers::Each && self.decisive().is_none() => {
                    Status::Accepted
                }
                // Accepted after a refusal: nobody knows what was taken.
                (_, Some(_)) if self.answers == Answers::Each => Status::Uncertain,
                _ => rest,
            };
            let (reply, content) = (reply.clone(), content.clone());
            Recipient { mailbox: to.as_str().to_string(), reply, content, status }
        };
        self.envelope.to.iter().zip(replies).map(recipient).collect()
    }

    /// Of the replies to the content, the one that says most: that it was taken for somebody, else why not.
    pub fn verdict(&self) -> Option<&Reply> {
        let mut replies = self.contents.iter().flatten();
        replies.clone().find(|reply| reply.is_positive()).or_else(|| replies.next())
    }

    /// The refusal that decides, if there is one: of MAIL, of the content, or of all recipients.
    fn decisive(&self) -> Option<(Stage, &Reply)> {
        if let Some(mail) = self.mail.as_ref().filter(|mail| mail.is_negative()) {
            return Some((Stage::Mail, mail));
        }
        if !self.recipient_stands() {
            return self.recipients.iter().flatten().next().map(|reply| (Stage::Rcpt, reply));
        }
        self.refusal.as_ref().map(|(stage, reply)| (*stage, reply))
    }

    /// The outcome when the last reply has come; `end` is the one to the content, if it got that far.
    pub fn settle(&self, end: Option<Reply>) -> Result<Outcome, ProtocolError> {
        if let Some((stage, reply)) = self.decisive() {
            return match end {
                Some(end) if end.is_positive() && self.has_recipient() => {
                    Err(ProtocolError::AcceptedAfterRefusal(end))
                }
                _ => Ok(self.refused(stage, reply.clone())),
            };
        }
        // Refused for each is refused, whatever is said in the end.
        let end = self.verdict().filter(|reply| reply.is_negative()).cloned().or(end);
        Ok(match end {
            Some(reply) if reply.is_positive() => self.accepted(reply, Status::Accepted),
            Some(reply) => self.refused(Stage::End, reply),
            None => {
                let failure = Failure { stage: Stage::Content, cause: Cause::Closed };
                Outcome::NotSent { failure, recipients: self.recipients(Status::NotSent) }
            }
        })
    }

    fn accepted(&self, reply: Reply, rest: Status) -> Outcome {
        Outcome::Accepted { reply, recipients: self.recipients(rest) }
    }

    fn refused(&self, stage: Stage, reply: Reply) -> Outcome {
        Outcome::Refused { stage, reply, recipients: self.recipients(Status::Refused) }
    }

    pub fn uncertain(&self, failure: Failure) -> Outcome {
        Outcome::Uncertain { failure, recipients: self.recipients(Status::Uncertain) }
    }

    /// The outcome when no more replies will come. `known` says that the server did not get to its end.
    pub fn give_up(&self, failure: Failure, known: bool) -> Outcome {
        let contradicted = self.contents.iter().flatten().any(Reply::is_positive);
        match self.decisive() {
            Some((stage, reply)) if !contradicted => return self.refused(stage, reply.clone()),
            Some(_) => return self.uncertain(failure),
            None => {}
        }
        match (&self.progress, self.verdict()) {
            // Taken for one, and who knows for whom else.
            (Progress::Ended, Some(reply)) if reply.is_positive() && self.answers == Answers::Each => {
                self.accepted(reply.clone(), Status::Uncertain)
            }
            (Progress::Ended, Some(reply)) if reply.is_negative() && self.unanswered().is_none() => {
                self.refused(Stage::End, reply.clone())
            }
            // A server that has answered for one recipient has read the message to its end.
            (Progress::Ended, verdict) if !known || verdict.is_some() => self.uncertain(failure),
            _ => Outcome::NotSent { failure, recipients: self.recipients(Status::NotSent) },
        }
    }
}
