//! The content of a message on its way in, after DATA and in chunks (RFC 5321 section 4.1.1.4, RFC 3030).

use alloc::vec::Vec;

use super::answer::ends_session;
use super::session::{Content, Session, Transaction};
use super::state::{Question, State};
use super::{Answer, Ask, Discard, Event, Output, Protocol, ProtocolError, Server};
use crate::wire::chunk::Chunk;
use crate::wire::command::url::Url;
use crate::wire::dot;

/// Content that is being read.
#[derive(Debug)]
pub(super) struct Reading<Framing> {
    pub session: Session,
    pub framing: Framing,
    /// The octets are not wanted; this will be said when they have all come.
    pub refusal: Option<ProtocolError>,
}

impl Server {
    pub(super) fn read_content(&mut self, mut reading: Reading<dot::Decoder>) -> bool {
        if self.input.is_empty() {
            self.state = State::Content(reading);
            return false;
        }
        let mut body = Vec::new();
        let (octets, ended) = reading.framing.decode(self.input.rest(), &mut body);
        self.input.consume(octets);
        self.keep(&mut reading.session, &mut reading.refusal, body);
        if ended {
            self.end_content(reading.session, reading.refusal);
        } else {
            self.state = State::Content(reading);
        }
        true
    }

    pub(super) fn begin_chunk(&mut self, mut session: Session, chunk: Chunk, octets: u64) {
        let mut refusal = self.go_on(&mut session).err();
        if refusal.is_none() {
            self.check_size(&mut session, octets, &mut refusal);
        }
        self.state = State::Chunk(Reading { session, framing: chunk, refusal });
    }

    /// The octets follow a BDAT that is refused all the same, and must not be taken for commands.
    pub(super) fn skip_chunk(&mut self, session: Session, chunk: Chunk, error: ProtocolError) {
        self.state = State::Chunk(Reading { session, framing: chunk, refusal: Some(error) });
    }

    pub(super) fn read_chunk(&mut self, mut reading: Reading<Chunk>) -> bool {
        if self.input.is_empty() && !reading.framing.is_complete() {
            self.state = State::Chunk(reading);
            return false;
        }
        let rest = self.input.rest();
        let octets = reading.framing.take(rest);
        let body = if reading.refusal.is_none() { rest[..octets].to_vec() } else { Vec::new() };
        self.input.consume(octets);
        self.keep(&mut reading.session, &mut reading.refusal, body);
        if !reading.framing.is_complete() {
            self.state = State::Chunk(reading);
        } else if reading.framing.is_last() {
            self.end_content(reading.session, reading.refusal);
        } else if let Some(error) = reading.refusal {
            self.state = State::Command(reading.session);
            self.fault(error);
        } else {
            self.ok(reading.session, (2, 0, 0), "OK");
        }
        true
    }

    /// Content is at a URL: which? (RFC 4468)
    pub(super) fn begin_url(&mut self, mut session: Session, url: Url, last: bool) {
        match self.go_on(&mut session) {
            Ok(()) => self.ask(session, Question::Burl { last }, Ask::Burl(url)),
            Err(error) if last => self.end_content(session, Some(error)),
            Err(error) => self.refuse(session, error),
        }
    }

    /// Does what the host's answer to a URL says.
    pub(super) fn take_url(&mut self, mut session: Session, last: bool, answer: Answer) {
        let mut refusal = None;
        match answer {
            Answer::Content(body) => self.keep(&mut session, &mut refusal, body),
            Answer::Refuse(reply) => {
                if let Some(transaction) = &mut session.transaction {
                    let error = ProtocolError::Sequence("a part of the content was refused: say RSET");
                    transaction.content = Content::Failed(error);
                    self.outputs.push_back(Output::Event(Event::Discard(Discard::Refused)));
                }
                let ended = session.transaction.take_if(|_| last);
                self.state = State::Command(session);
                let replies = ended.filter(|_| self.is_lmtp()).map_or(1, |transaction| transaction.to.len());
                (0..replies).for_each(|_| self.reply(&reply));
                if ends_session(&reply) {
                    return self.finish(None);
                }
                return self.count_refusal();
            }
            Answer::Accept(_) | Answer::Each(_) | Answer::Secret(_) => {}
        }
        match refusal {
            refusal if last => self.end_content(session, refusal),
            Some(error) => self.refuse(session, error),
            None => self.ok(session, (2, 0, 0), "OK"),
        }
    }

    /// More content is to come: is there a message that it belongs to?
    fn go_on(&mut self, session: &mut Session) -> Result<(), ProtocolError> {
        match &session.transaction {
            Some(Transaction { content: Content::Begun(_), .. }) => Ok(()),
            Some(Transaction { content: Content::Failed(error), .. }) => Err(error.clone()),
            _ => self.begin_content(session).map(|event| self.outputs.push_back(Output::Event(event))),
        }
    }

    /// Passes content on, as long as it is wanted and not too much.
    fn keep(&mut self, session: &mut Session, refusal: &mut Option<ProtocolError>, body: Vec<u8>) {
        if body.is_empty() || refusal.is_some() {
            return;
        }
        self.check_size(session, body.len() as u64, refusal);
        if let (Some(Transaction { content: Content::Begun(octets), .. }), None) =
            (&mut session.transaction, &refusal)
        {
            *octets += body.len() as u64;
            self.outputs.push_back(Output::Body(body));
        }
    }

    /// Gives the message up if `more` octets make it too large.
    fn check_size(&mut self, session: &mut Session, more: u64, refusal: &mut Option<ProtocolError>) {
        let Some(transaction) = &mut session.transaction else {
            return;
        };
        let Content::Begun(octets) = transaction.content else {
            return;
        };
        let size = self.config.size;
        if size > 0 && octets.saturating_add(more) > size {
            let error = ProtocolError::TooLarge(size);
            transaction.content = Content::Failed(error.clone());
            *refusal = Some(error);
            self.outputs.push_back(Output::Event(Event::Discard(Discard::TooLarge(size))));
        }
    }

    /// All content has come: is it stored?
    fn end_content(&mut self, mut session: Session, refusal: Option<ProtocolError>) {
        let Some(error) = refusal else {
            return self.ask(session, Question::Message, Ask::Message);
        };
        let begun = session.transaction.take_if(|transaction| transaction.content != Content::None);
        if let Some(Transaction { content: Content::Begun(_), .. }) = begun {
            self.outputs.push_back(Output::Event(Event::Discard(Discard::Refused)));
        }
        if let Some(transaction) = begun.filter(|_| self.is_lmtp()) {
            (1..transaction.to.len()).for_each(|_| self.reply(&error.reply()));
        }
        self.refuse(session, error);
    }

    /// Marks the content as begun, if a message is there that can have some.
    pub(super) fn begin_content(&self, session: &mut Session) -> Result<Event, ProtocolError> {
        let Some(transaction) = &mut session.transaction else {
            return Err(ProtocolError::Sequence("say MAIL first"));
        };
        if transaction.content != Content::None {
            return Err(ProtocolError::Sequence("the content has begun with BDAT"));
        }
        if transaction.to.is_empty() {
            return Err(match self.config.protocol {
                Protocol::Smtp => ProtocolError::NoRecipients,
                // RFC 2033 section 4.2 has a code of its own for it.
                Protocol::Lmtp => ProtocolError::Sequence("no valid recipients"),
            });
        }
        transaction.content = Content::Begun(0);
        let each = self.is_lmtp() || transaction.is_prdr();
        let Transaction { from, params, to, .. } = transaction;
        Ok(Event::Content { from: from.clone(), params: params.clone(), to: to.clone(), each })
    }
}
