//! Reads a message that comes in pieces, in constant memory: what begins, its content, decoded, and what ends (RFC 5322, RFC
//! 2045, RFC 2046).

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use memchr::{memchr_iter, memrchr};

use super::charset::Charsets;
use super::encoding::Encoding;
use super::entity::{self, Limits, Walker};
use super::part::{Damage, Kind, Part, Transfer};
use super::{base64, qp};

/// What comes next in a message.
#[derive(Debug, Clone)]
pub enum Event {
    /// A part begins: the message itself, then what is in it. Its body is still to come, and ends where it begins until then.
    Begin {
        /// The part. Places are octets from the beginning of the message.
        part: Box<Part>,
        /// Its header section, without the empty line; `part.header` says where it was.
        header: Vec<u8>,
    },
    /// Content of the part that has begun last, decoded from its transfer encoding. Uuencode is left as it is.
    Content(Vec<u8>),
    /// A part has ended.
    End {
        /// Its number.
        part: usize,
        /// Where its body has ended.
        at: usize,
        /// What was found wrong since it began.
        damage: Option<Damage>,
    },
}

/// Reads a message piece by piece.
///
/// ```
/// use edgepost::message::stream::{Event, Reader};
///
/// let mut reader = Reader::default();
/// let mut content = Vec::new();
/// for piece in ["Content-Transfer-Encoding: base64\r\n", "\r\nSGVs", "bG8=\r\n"] {
///     reader.receive(piece.as_bytes());
///     while let Some(event) = reader.poll() {
///         if let Event::Content(octets) = event {
///             content.extend(octets);
///         }
///     }
/// }
/// reader.end();
/// assert!(matches!(reader.poll(), Some(Event::End { part: 0, at: 47, damage: None })));
/// assert_eq!(content, b"Hello");
/// ```
#[derive(Debug)]
pub struct Reader {
    walker: Walker,
    /// What has come and is not done with, from `start` on.
    held: Vec<u8>,
    start: usize,
    /// Where `held[start]` is in the message.
    at: usize,
    /// How much was there when a header section was looked for in vain.
    tried: usize,
    ended: bool,
    decoder: Decoder,
    events: VecDeque<Event>,
}

/// What is known of the content that comes.
#[derive(Debug)]
enum Decoder {
    Identity,
    Base64(base64::Decoder),
    /// What is not whole: the beginning of a line.
    QuotedPrintable(Vec<u8>),
}

/// A line of quoted-printable that is longer is not waited for.
const LONGEST_LINE: usize = 16 * 1024;
/// What is done with is thrown away when it is so much.
const SPENT: usize = 64 * 1024;

impl Default for Reader {
    fn default() -> Self {
        Self::new(Limits::default(), Charsets::BUILT_IN)
    }
}

impl Reader {
    /// Reads within these limits; the host may know more character sets.
    pub fn new(limits: Limits, charsets: Charsets) -> Self {
        Self {
            walker: Walker::new(limits, charsets),
            held: Vec::new(),
            start: 0,
            at: 0,
            tried: 0,
            ended: false,
            decoder: Decoder::Identity,
            events: VecDeque::new(),
        }
    }

    /// Takes the next octets. Call [`poll`](Self::poll) until it has nothing more before the next ones.
    pub fn receive(&mut self, octets: &[u8]) {
        if !self.ended {
            self.held.extend_from_slice(octets);
        }
    }

    /// There are no more octets.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// What comes next; nothing when more octets are needed, or all is over.
    pub fn poll(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.walker.is_at_header() && !self.may_be_whole() {
                return None;
            }
            let before = self.at;
            let event = self.walker.next(&self.held[self.start..], &mut self.at, self.ended);
            let shown = before - self.start;
            if let Some(event) = event {
                self.tell(event, shown);
            } else if self.at == before {
                return None;
            }
            self.start += self.at - before;
            if self.start >= SPENT || self.start == self.held.len() {
                self.held.drain(..mem::take(&mut self.start));
            }
            if self.at > before {
                self.tried = 0;
            }
        }
    }

    /// Whether it pays to look for the end of a header section: not for each octet that comes.
    fn may_be_whole(&mut self) -> bool {
        let held = &self.held[self.start..];
        let new = &held[self.tried.saturating_sub(3)..];
        let whole = self.ended
            || held.len() >= 2 * self.tried.max(512)
            || held.starts_with(b"\r\n")
            || held.starts_with(b"\n")
            || memchr_iter(b'\n', new).any(|end| {
                let next = &new[end + 1..];
                next.starts_with(b"\n") || next.starts_with(b"\r\n")
            });
        if whole || self.tried == 0 {
            self.tried = held.len();
        }
        whole
    }

    /// Makes of what the walker says what is told; `base` is where `held` begins in the message.
    fn tell(&mut self, event: entity::Event, base: usize) {
        match event {
            entity::Event::Begin(part) => {
                self.decoder = match part.transfer {
                    _ if part.kind != Kind::Leaf => Decoder::Identity,
                    Transfer::As(Encoding::Base64) => Decoder::Base64(base64::Decoder::default()),
                    Transfer::As(Encoding::QuotedPrintable) => Decoder::QuotedPrintable(Vec::new()),
                    _ => Decoder::Identity,
                };
                let header = self.held[part.header.start - base..part.header.end - base].to_vec();
                self.events.push_back(Event::Begin { part: Box::new(part), header });
            }
            entity::Event::Content(range) => {
                let octets = &self.held[range.start - base..range.end - base];
                let mut out = Vec::new();
                match &mut self.decoder {
                    Decoder::Identity => out.extend_from_slice(octets),
                    Decoder::Base64(decoder) => decoder.write(octets, &mut out),
                    Decoder::QuotedPrintable(line) => {
                        line.extend_from_slice(octets);
                        let rest = line.split_off(whole_lines(line));
                        qp::decode(&mem::replace(line, rest), &mut out);
                    }
                }
                self.content(out);
            }
            entity::Event::End { part, at, damage } => {
                let mut out = Vec::new();
                match mem::replace(&mut self.decoder, Decoder::Identity) {
                    Decoder::Identity => {}
                    Decoder::Base64(decoder) => drop(decoder.finish(&mut out)),
                    Decoder::QuotedPrintable(line) => drop(qp::decode(&line, &mut out)),
                }
                self.content(out);
                self.events.push_back(Event::End { part, at, damage });
            }
        }
    }

    fn content(&mut self, octets: Vec<u8>) {
        if !octets.is_empty() {
            self.events.push_back(Event::Content(octets));
        }
    }
}

/// How much of quoted-printable can be decoded by itself.
fn whole_lines(text: &[u8]) -> usize {
    match memrchr(b'\n', text) {
        Some(end) => end + 1,
        None if text.len() < LONGEST_LINE => 0,
        // Not within an escape, and not behind white space that a line's end may follow.
        None => {
            let mut cut = text.len();
            let escape = memrchr(b'=', text).filter(|at| *at + 3 > cut);
            cut = escape.unwrap_or(cut);
            let kept =
                text[..cut].iter().rev().take_while(|octet| matches!(octet, b' ' | b'\t' | b'\r')).count();
            if kept == cut { text.len() } else { cut - kept }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::parse::Message;
    use std::format;
    use std::string::String;
    use std::vec;

    /// What the events say, put together again: for each leaf its content, and where each body ended.
    fn read(
        message: &[u8],
        pieces: impl Iterator<Item = usize>,
    ) -> Vec<(usize, Vec<u8>, usize, Vec<Damage>)> {
        let mut reader = Reader::default();
        let mut parts: Vec<(usize, Vec<u8>, usize, Vec<Damage>)> = Vec::new();
        let mut at = 0;
        let mut take = |reader: &mut Reader| {
            while let Some(event) = reader.poll() {
                match event {
                    Event::Begin { part, header } => {
                        assert_eq!(header, message[part.header.clone()]);
                        parts.push((part.number, Vec::new(), 0, part.damage));
                    }
                    Event::Content(octets) => parts.last_mut().unwrap().1.extend(octets),
                    Event::End { part, at, damage } => {
                        parts[part].2 = at;
                        parts[part].3.extend(damage);
                    }
                }
            }
        };
        for piece in pieces {
            let end = message.len().min(at + piece);
            reader.receive(&message[at..end]);
            at = end;
            take(&mut reader);
        }
        reader.end();
        take(&mut reader);
        parts
    }

    fn expected(octets: &[u8]) -> Vec<(usize, Vec<u8>, usize, Vec<Damage>)> {
        let message = Message::parse(octets);
        let leaf = |part: &Part| part.kind == Kind::Leaf;
        let content =
            |part: &Part| if leaf(part) { message.content(part.number).into_owned() } else { Vec::new() };
        message
            .parts()
            .iter()
            .map(|part| (part.number, content(part), part.body.end, part.damage.clone()))
            .collect()
    }

    fn messages() -> Vec<String> {
        let parts = "--a\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8s\r\nIHdvcmxk\r\n--a\r\nContent-Type: text/html\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\n=C3=9Fe  \r\n--no\r\n-\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n\
            Subject: x\r\n\r\nbody\r\n\r\n--a--\r\nepilogue\r\n";
        vec![
            format!("Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n{parts}"),
            format!("Content-Type: multipart/mixed; boundary=a\n\n{}", parts.replace("\r\n", "\n")),
            format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{}", &parts[..150]),
            "Subject: x".into(),
            String::new(),
            "\r\nbody\r".into(),
            "A: 1\r\nB: 2\r\nno field\r\nmore\r\n".into(),
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nX: y\r\n--a\r\n\r\ntwo\r\n--a--".into(),
        ]
    }

    #[test]
    fn pieces_of_any_size_make_the_same_message() {
        for text in messages() {
            let message = text.as_bytes();
            let whole = expected(message);
            for size in 1..=message.len().max(1) {
                assert_eq!(
                    read(message, vec![size; message.len() / size + 1].into_iter()),
                    whole,
                    "{size}: {text:?}"
                );
            }
            for cut in 0..=message.len() {
                assert_eq!(read(message, [cut, message.len()].into_iter()), whole, "at {cut}: {text:?}");
            }
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut reader = Reader::default();
        reader.receive(b"Content-Type: multipart/mixed; boundary=a\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
        let mut most = 0;
        for _ in 0..1000 {
            reader.receive(&[b'x'; 4096]);
            while reader.poll().is_some() {}
            most = most.max(reader.held.capacity());
            if let Decoder::QuotedPrintable(line) = &reader.decoder {
                most = most.max(line.capacity());
            }
        }
        assert!(most < 200_000, "{most}");
    }
}
