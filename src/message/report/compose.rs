//! Writes delivery status notifications (RFC 3464, RFC 6522; RFC 6533 for addresses outside ASCII) that any server takes.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use memchr::memmem;

use super::Action;
use crate::message::address::{Address, write_list};
use crate::message::build::{Kind, message_id};
use crate::message::date::Date;
use crate::message::field::{self, FieldError};
use crate::message::header::Header;
use crate::message::qp;
use crate::wire::address::Mailbox;
use crate::wire::line::Normaliser;
use crate::wire::reply::EnhancedCode;
use crate::wire::utf8_addr;

/// A notification of what became of a message. It is sent from the null reverse-path, `<>`, to `to` alone, so that nothing
/// can come back for it, and never for a message that came from there itself (RFC 3461 section 6.1).
///
/// ```
/// use edgepost::message::parse::Message;
/// use edgepost::message::report::{Action, DeliveryStatus, RecipientStatus, report};
/// use edgepost::wire::address::Mailbox;
/// use edgepost::wire::reply::EnhancedCode;
///
/// let notification = DeliveryStatus {
///     recipients: vec![RecipientStatus {
///         diagnostic: Some("550 5.1.1 no such user".into()),
///         ..RecipientStatus::new(Mailbox::parse("bob@b.example")?, Action::Failed, EnhancedCode::new(5, 1, 1))
///     }],
///     ..DeliveryStatus::new(
///         Mailbox::parse("mailer-daemon@mx.example")?.into(),
///         Mailbox::parse("alice@a.example")?,
///         "mx.example",
///         "1@mx.example",
///     )
/// };
/// let content = notification.write()?;
/// let report = report(&Message::parse(&content)).unwrap();
/// assert_eq!(report.recipients[0].address, "bob@b.example");
/// assert_eq!(report.reporting_mta.as_deref(), Some("mx.example"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryStatus {
    /// The system that tells it.
    pub from: Address,
    /// The reverse-path of the message.
    pub to: Mailbox,
    /// What it is called; nothing for what everybody calls it.
    pub subject: String,
    /// What a person reads; nothing for a text made of the rest.
    pub text: String,
    /// Milliseconds since 1970 began, in UTC; of a year from 1900 to 9999.
    pub date: i64,
    /// `id-left@id-right` of the notification, in angle brackets or without.
    pub message_id: String,
    /// The name of the host that tells it.
    pub reporting_mta: String,
    /// When the message came there, as `date`.
    pub arrival_date: Option<i64>,
    /// What ENVID was (RFC 3461 section 4.4), decoded.
    pub original_envelope_id: Option<String>,
    /// What became of it, for each recipient that is told of.
    pub recipients: Vec<RecipientStatus>,
    /// What comes back.
    pub returned: Option<Returned>,
}

/// What became of a message for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientStatus {
    /// Where it was to go last.
    pub address: Mailbox,
    /// The address in ORCPT (RFC 3461 section 4.2), without its type and decoded.
    pub original: Option<String>,
    /// What was done.
    pub action: Action,
    /// Why: of the class 5 where it failed, 4 where it is late, 2 where it arrived; 4 is also what failed in the end.
    pub status: EnhancedCode,
    /// The name of the host that said it.
    pub remote_mta: Option<String>,
    /// The reply of that host, its lines with spaces between them.
    pub diagnostic: Option<String>,
    /// When it was tried last, as `date`.
    pub last_attempt: Option<i64>,
    /// Until when it will be tried, as `date`; only where it is late.
    pub retry_until: Option<i64>,
}

/// The message that comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// It, from its beginning; what is behind its header section is not needed where that is all that comes back.
    pub content: Vec<u8>,
    /// Leave its body out (`RET=HDRS`). It is also left out where it would need 8BITMIME.
    pub headers_only: bool,
}

impl RecipientStatus {
    /// Nothing but what has to be there.
    pub const fn new(address: Mailbox, action: Action, status: EnhancedCode) -> Self {
        Self {
            address,
            original: None,
            action,
            status,
            remote_mta: None,
            diagnostic: None,
            last_attempt: None,
            retry_until: None,
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), FieldError> {
        let is_class = match self.action {
            Action::Failed => matches!(self.status.class, 4 | 5),
            Action::Delayed => self.status.class == 4,
            _ => self.status.class == 2,
        };
        if !is_class || self.status.subject > 999 || self.status.detail > 999 {
            return Err(FieldError { field: "status", at: 0, rule: "a status of the action's class" });
        }
        out.extend_from_slice(b"\r\n");
        if let Some(original) = &self.original {
            word("original", original)?;
            address("Original-Recipient", original, out);
        }
        address("Final-Recipient", self.address.as_str(), out);
        Header::new("Action", out).unit(self.action.name()).end();
        Header::new("Status", out).unit(&self.status.to_string()).end();
        if let Some(name) = &self.remote_mta {
            host("remote_mta", "Remote-MTA", name, out)?;
        }
        if let Some(diagnostic) = &self.diagnostic {
            field::printable("diagnostic", diagnostic)?;
            Header::new("Diagnostic-Code", out).unit("smtp;").text(diagnostic).end();
        }
        date("last_attempt", "Last-Attempt-Date", self.last_attempt, out)?;
        let until = self.retry_until.filter(|_| self.action == Action::Delayed);
        date("retry_until", "Will-Retry-Until", until, out)
    }
}

impl DeliveryStatus {
    /// A notification about nobody yet, of the start of 1970.
    pub fn new(
        from: Address,
        to: Mailbox,
        reporting_mta: impl Into<String>,
        message_id: impl Into<String>,
    ) -> Self {
        Self {
            from,
            to,
            subject: String::new(),
            text: String::new(),
            date: 0,
            message_id: message_id.into(),
            reporting_mta: reporting_mta.into(),
            arrival_date: None,
            original_envelope_id: None,
            recipients: Vec::new(),
            returned: None,
        }
    }

    /// True when only a server with SMTPUTF8 takes it: an address in its header is not ASCII.
    pub fn needs_utf8(&self) -> bool {
        !(self.from.is_ascii() && self.to.is_ascii() && self.message_id.is_ascii())
    }

    /// The notification as it is sent: lines that end with CRLF, at most 998 octets in each, ASCII in bodies.
    pub fn write(&self) -> Result<Vec<u8>, FieldError> {
        self.from.check("from")?;
        field::printable("subject", &self.subject)?;
        field::text("text", &self.text)?;
        let message_id = message_id(&self.message_id)?;
        if self.recipients.is_empty() {
            return Err(FieldError { field: "recipients", at: 0, rule: "a recipient" });
        }
        let parts = [self.explanation(), self.fields()?, self.returned.as_ref().map_or_else(Vec::new, part)];
        let boundary = boundary(&parts);

        let mut out = Vec::with_capacity(parts.iter().map(Vec::len).sum::<usize>() + 1024);
        date("date", "Date", Some(self.date), &mut out)?;
        for (name, address) in [("From", &self.from), ("To", &self.to.clone().into())] {
            let mut header = Header::new(name, &mut out);
            write_list(core::slice::from_ref(address), &mut header);
            header.end();
        }
        Header::new("Subject", &mut out).text(self.title()).end();
        Header::new("Message-ID", &mut out).unit(&["<", message_id, ">"].concat()).end();
        // Nothing that answers by itself is to answer this (RFC 3834 section 5).
        Header::new("Auto-Submitted", &mut out).unit("auto-replied").end();
        Header::new("MIME-Version", &mut out).unit("1.0").end();
        Header::new("Content-Type", &mut out)
            .unit("multipart/report;")
            .unit("report-type=delivery-status;")
            .unit(&["boundary=\"", &boundary, "\""].concat())
            .end();
        for part in parts.iter().filter(|part| !part.is_empty()) {
            out.extend_from_slice(b"\r\n--");
            out.extend_from_slice(boundary.as_bytes());
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(part);
        }
        out.extend_from_slice(b"\r\n--");
        out.extend_from_slice(boundary.as_bytes());
        out.extend_from_slice(b"--\r\n");
        Ok(out)
    }

    fn title(&self) -> &str {
        let has = |action| self.recipients.iter().any(|recipient| recipient.action == action);
        match self.subject.as_str() {
            "" if has(Action::Failed) => "Delivery Status Notification (Failure)",
            "" if has(Action::Delayed) => "Delivery Status Notification (Delay)",
            "" => "Delivery Status Notification (Success)",
            subject => subject,
        }
    }

    /// The part for a person.
    fn explanation(&self) -> Vec<u8> {
        let mut text = self.text.clone();
        if text.is_empty() {
            text.push_str("This is an automatic notification of what became of your message.\n");
            for recipient in &self.recipients {
                let what = match recipient.action {
                    Action::Failed => "could not be delivered",
                    Action::Delayed => "has not been delivered yet, and will be tried again",
                    Action::Delivered => "has been delivered",
                    Action::Relayed => "has been passed on to a system that may tell nothing more",
                    Action::Expanded => "has been delivered, and passed on to more addresses",
                };
                text.extend(["\n<", recipient.address.as_str(), ">: ", what, "\n"]);
                text.extend(recipient.diagnostic.iter().flat_map(|said| ["    ", said, "\n"]));
            }
        }
        let mut out = Vec::new();
        encoded("text/plain; charset=utf-8", text.as_bytes(), &mut out);
        out
    }

    /// The part for a program.
    fn fields(&self) -> Result<Vec<u8>, FieldError> {
        let mut out = Vec::new();
        Header::new("Content-Type", &mut out).unit("message/delivery-status").end();
        out.extend_from_slice(b"\r\n");
        if let Some(id) = &self.original_envelope_id {
            word("original_envelope_id", id)?;
            Header::new("Original-Envelope-Id", &mut out).unit(id).end();
        }
        host("reporting_mta", "Reporting-MTA", &self.reporting_mta, &mut out)?;
        date("arrival_date", "Arrival-Date", self.arrival_date, &mut out)?;
        self.recipients.iter().try_for_each(|recipient| recipient.write(&mut out))?;
        Ok(out)
    }
}

/// The part that is the message, or its header section where a body does not go as it is: what is in `message/rfc822` must
/// not be encoded (RFC 2046 section 5.2.1).
fn part(returned: &Returned) -> Vec<u8> {
    let content = normalised(&returned.content);
    let mut out = Vec::new();
    if !returned.headers_only && Kind::of(&content, "") == Kind::SevenBit {
        Header::new("Content-Type", &mut out).unit("message/rfc822").end();
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&content);
        return out;
    }
    let end = match content.starts_with(b"\r\n") {
        true => 0,
        false => memmem::find(&content, b"\r\n\r\n").map_or(content.len(), |at| at + 2),
    };
    encoded("text/rfc822-headers", &content[..end], &mut out);
    out
}

/// A body with the fields that say how it is encoded.
fn encoded(content_type: &str, body: &[u8], out: &mut Vec<u8>) {
    let body = normalised(body);
    let as_is = Kind::of(&body, "") == Kind::SevenBit;
    Header::new("Content-Type", out).unit(content_type).end();
    Header::new("Content-Transfer-Encoding", out).unit(if as_is { "7bit" } else { "quoted-printable" }).end();
    out.extend_from_slice(b"\r\n");
    if as_is {
        out.extend_from_slice(&body);
    } else {
        qp::encode(&body, out);
    }
}

/// Lines that all end with CRLF.
fn normalised(text: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(text.len());
    let mut line_ends = Normaliser::default();
    line_ends.write(text, &mut body);
    body.extend_from_slice(line_ends.finish());
    if !body.is_empty() && !body.ends_with(b"\r\n") {
        body.extend_from_slice(b"\r\n");
    }
    body
}

/// What is in none of the parts. What was encoded never has `=_`, and others would have to guess what this counts from
/// all of them (FNV-1a).
fn boundary(parts: &[Vec<u8>]) -> String {
    const LETTERS: &[u8; 16] = b"abcdefghijklmnop";
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    parts.iter().flatten().for_each(|octet| hash = (hash ^ u64::from(*octet)).wrapping_mul(0x100_0000_01B3));
    loop {
        let letters = (0..16).map(|at| char::from(LETTERS[(hash >> (4 * at)) as usize & 15]));
        let boundary: String = "=_".chars().chain(letters).collect();
        if parts.iter().all(|part| memmem::find(part, boundary.as_bytes()).is_none()) {
            return boundary;
        }
        hash = hash.wrapping_add(1);
    }
}

/// An address with its type.
fn address(name: &str, address: &str, out: &mut Vec<u8>) {
    let value = match address.is_ascii() {
        true => ["rfc822; ", address].concat(),
        false => ["utf-8; ", &utf8_addr::encode(address)].concat(),
    };
    Header::new(name, out).unit(&value).end();
}

/// What is one word of printable characters in its field.
fn word(field: &'static str, text: &str) -> Result<(), FieldError> {
    let is_wrong = |c: char| c.is_control() || c.is_whitespace();
    match text.find(is_wrong) {
        Some(at) => Err(FieldError { field, at, rule: "a printable character" }),
        None if text.is_empty() || text.len() > 900 => {
            Err(FieldError { field, at: 0, rule: "from 1 to 900 octets" })
        }
        None => Ok(()),
    }
}

/// The name of a host, or an address literal.
fn host(field: &'static str, name: &str, value: &str, out: &mut Vec<u8>) -> Result<(), FieldError> {
    let is_wrong = |c: char| !(c.is_ascii_alphanumeric() || ".-_[]:".contains(c));
    if let Some(at) = value.find(is_wrong) {
        return Err(FieldError { field, at, rule: "a character of a host name" });
    }
    word(field, value)?;
    Header::new(name, out).unit(&["dns; ", value].concat()).end();
    Ok(())
}

fn date(field: &'static str, name: &str, date: Option<i64>, out: &mut Vec<u8>) -> Result<(), FieldError> {
    let Some(date) = date else { return Ok(()) };
    let date = Date::from_unix(date);
    if !(1900..=9999).contains(&date.year()) {
        return Err(FieldError { field, at: 0, rule: "a year from 1900 to 9999" });
    }
    Header::new(name, out).unit(&date.to_string()).end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, report};
    use super::*;
    use crate::message::parse::Message;
    use std::vec;

    type Change = fn(&mut DeliveryStatus);

    fn mailbox(text: &str) -> Mailbox {
        Mailbox::parse(text).unwrap()
    }

    fn notification() -> DeliveryStatus {
        DeliveryStatus {
            original_envelope_id: Some("QQ314159".into()),
            arrival_date: Some(951_827_696_000),
            recipients: vec![
                RecipientStatus {
                    original: Some("bob+list@b.example".into()),
                    remote_mta: Some("mx.b.example".into()),
                    diagnostic: Some(
                        "550 5.1.1 <bob@b.example>... no such user here ".repeat(9).trim().into(),
                    ),
                    last_attempt: Some(0),
                    ..RecipientStatus::new(
                        mailbox("bob@b.example"),
                        Action::Failed,
                        EnhancedCode::new(5, 1, 1),
                    )
                },
                RecipientStatus {
                    original: Some("jörg@b.example".into()),
                    retry_until: Some(0),
                    ..RecipientStatus::new(
                        mailbox("jürgen@b.example"),
                        Action::Delayed,
                        EnhancedCode::new(4, 4, 1),
                    )
                },
                RecipientStatus::new(
                    mailbox("\"a (b\"@b.example"),
                    Action::Relayed,
                    EnhancedCode::new(2, 1, 9),
                ),
            ],
            returned: Some(Returned {
                content: b"Message-ID: <1@a.example>\nSubject: x\n\nbody\n".to_vec(),
                headers_only: false,
            }),
            ..DeliveryStatus::new(
                mailbox("mailer-daemon@mx.example").into(),
                mailbox("alice@a.example"),
                "mx.example",
                "2@mx.example",
            )
        }
    }

    // covers: RFC 3464 both
    // covers: RFC 6522 both
    #[test]
    fn what_is_written_is_read_back() {
        let written = notification();
        let content = written.write().unwrap();
        let message = Message::parse(&content);
        let read = report(&message).unwrap();
        assert_eq!(read.kind, Kind::DeliveryStatus);
        assert_eq!(read.reporting_mta.as_deref(), Some("mx.example"));
        assert_eq!(read.original_envelope_id, written.original_envelope_id);
        assert_eq!(read.original_message_id.as_deref(), Some("<1@a.example>"));
        assert_eq!(read.recipients.len(), 3);
        for (read, written) in read.recipients.iter().zip(&written.recipients) {
            assert_eq!(read.address, written.address.as_str());
            assert_eq!(read.original, written.original);
            assert_eq!(read.action, Some(written.action));
            assert_eq!(read.status, Some(written.status));
            assert_eq!(read.remote_mta, written.remote_mta);
            if written.diagnostic.is_some() {
                assert_eq!(read.diagnostic, written.diagnostic);
            }
        }
        assert_eq!(
            &content[read.original.unwrap().span],
            b"Message-ID: <1@a.example>\r\nSubject: x\r\n\r\nbody\r\n"
        );
        assert!(message.parts().iter().all(|part| part.damage.is_empty()));
    }

    #[test]
    fn a_notification_is_ascii_in_short_lines() {
        let mut written = notification();
        for (content, headers_only) in [
            (&b"Subject: \xC3\xB6\r\n\r\nbody"[..], false),
            (b"Subject: x\r\n\r\n\xFF", false),
            (b"Subject: x\r\n\r\nbody", true),
            (b"", false),
            (b"--=_\r\n\rx\ny", true),
        ] {
            written.returned = Some(Returned { content: content.to_vec(), headers_only });
            let content = written.write().unwrap();
            assert!(content.is_ascii());
            let text = String::from_utf8(content).unwrap();
            assert!(
                text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])),
                "{text}"
            );
            assert!(text.contains("Auto-Submitted: auto-replied\r\n"));
            assert!(!text.contains("body"));
            let message = Message::parse(text.as_bytes());
            assert!(message.parts().iter().all(|part| part.damage.is_empty()), "{text}");
            assert!(
                report(&message).unwrap().original.is_some_and(|original| original.headers_only)
                    || text.contains("message/rfc822")
            );
        }
    }

    #[test]
    fn nothing_gets_into_a_field_that_was_not_meant_for_it() {
        let changes: [(&str, Change); 9] = [
            ("subject", |it| it.subject = "x\r\nBcc: eve@e.example".into()),
            ("text", |it| it.text = "\u{1b}[2J".into()),
            ("message_id", |it| it.message_id = "1".into()),
            ("reporting_mta", |it| it.reporting_mta = "mx.example\r\n\r\nFinal-Recipient: x".into()),
            ("original_envelope_id", |it| it.original_envelope_id = Some("a b".into())),
            ("recipients", |it| it.recipients.clear()),
            ("original", |it| it.recipients[0].original = Some("a\nb@b.example".into())),
            ("diagnostic", |it| it.recipients[0].diagnostic = Some("550 x\r\nStatus: 2.0.0".into())),
            ("status", |it| it.recipients[0].status = EnhancedCode::new(2, 0, 0)),
        ];
        for (field, change) in changes {
            let mut notification = notification();
            change(&mut notification);
            assert_eq!(notification.write().unwrap_err().field, field);
        }
    }
}
