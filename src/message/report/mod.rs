//! Reports about messages: delivery status notifications (RFC 3464, RFC 6533), bounces that say it in their text only,
//! complaints (RFC 5965) and disposition notifications (RFC 8098), all as one value; and notifications that are written.

mod bounce;
mod cause;
mod codes;
mod compose;
mod dsn;
mod feedback;
mod fields;
mod mdn;
mod notice;
mod text;

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

pub use cause::Cause;
pub use compose::{DeliveryStatus, RecipientStatus, Returned};
pub use feedback::Feedback;
pub use mdn::Disposition;

use super::parse::Message;
use super::part::Kind as PartKind;
use crate::wire::reply::EnhancedCode;

/// What became of a message, as another system tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How it is told.
    pub kind: Kind,
    /// The name of the system that tells it, if it says so.
    pub reporting_mta: Option<String>,
    /// When the message came there, as it is written.
    pub arrival_date: Option<String>,
    /// The parameter ENVID of the message (RFC 3461 section 4.4), decoded.
    pub original_envelope_id: Option<String>,
    /// The Message-ID of the message, with its angle brackets.
    pub original_message_id: Option<String>,
    /// Whom it is about. Empty where nobody is named.
    pub recipients: Vec<Recipient>,
    /// Of a complaint: what is complained about.
    pub feedback: Option<Feedback>,
    /// Of a disposition notification: what was done with the message.
    pub disposition: Option<Disposition>,
    /// The message, or its header section, where it came back.
    pub original: Option<Original>,
}

/// How a report is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// By the rules of RFC 3464.
    DeliveryStatus,
    /// By its text alone: what is found there is likely, and no more.
    Bounce,
    /// Somebody does not want such messages (RFC 5965).
    Complaint,
    /// A reader has, or has not, shown it (RFC 8098).
    Disposition,
}

impl Kind {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeliveryStatus => "deliveryStatus",
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::Disposition => "disposition",
        }
    }
}

/// What became of the message for one recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// Where it was to go last: Final-Recipient.
    pub address: String,
    /// Where its sender had sent it, if that is told: Original-Recipient, decoded.
    pub original: Option<String>,
    /// What was done. Nothing where it is not about delivery.
    pub action: Option<Action>,
    /// What is told, or else what follows from the reply, the words or the action; of those the first number is the surest.
    pub status: Option<EnhancedCode>,
    /// The reply of a server that is quoted.
    pub reply_code: Option<u16>,
    /// What the last server said, or the text about this recipient.
    pub diagnostic: Option<String>,
    /// Who said it.
    pub remote_mta: Option<String>,
    /// Whether it is no use to send anything to this address again; nothing where the cause is not known.
    pub hard: Option<bool>,
    /// Why, as far as it can be told.
    pub cause: Cause,
}

/// What was done (RFC 3464 section 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It will not arrive.
    Failed,
    /// It has not arrived yet.
    Delayed,
    /// It is there.
    Delivered,
    /// It went to a system that may tell nothing more.
    Relayed,
    /// It is there, and went on to more addresses.
    Expanded,
}

impl Action {
    /// All that there are.
    pub const ALL: [Self; 5] = [Self::Failed, Self::Delayed, Self::Delivered, Self::Relayed, Self::Expanded];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let word = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        Self::ALL.into_iter().find(|action| word.eq_ignore_ascii_case(action.name()))
    }
}

/// A message that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The part that it is, or is in.
    pub part: usize,
    /// Where it is among the octets of the report, as they were transferred.
    pub span: Range<usize>,
    /// Without its body.
    pub headers_only: bool,
}

impl Recipient {
    fn new(address: &str) -> Self {
        Self { address: address.into(), ..Self::default() }
    }
}

impl Report {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            reporting_mta: None,
            arrival_date: None,
            original_envelope_id: None,
            original_message_id: None,
            recipients: Vec::new(),
            feedback: None,
            disposition: None,
            original: None,
        }
    }
}

/// What a message tells of another one; nothing when it is no report. Answers of people, and of programs for them
/// (RFC 3834), are none.
///
/// ```
/// use edgepost::message::parse::Message;
/// use edgepost::message::report::{Cause, Kind, report};
///
/// let message = Message::parse(
///     b"From: MAILER-DAEMON@a.example\r\nSubject: failure notice\r\n\r\n\
///     I wasn't able to deliver your message to the following addresses.\r\n\r\n\
///     <bob@b.example>:\r\nRemote host said: 550 5.1.1 no mailbox here by that name\r\n",
/// );
/// let report = report(&message).unwrap();
/// assert_eq!(report.kind, Kind::Bounce);
/// assert_eq!(report.recipients[0].address, "bob@b.example");
/// assert_eq!(report.recipients[0].reply_code, Some(550));
/// assert_eq!(report.recipients[0].cause, Cause::NoSuchUser);
/// ```
pub fn report(message: &Message) -> Option<Report> {
    let outer = Outer::of(message, 0);
    let report = by_its_parts(message, &outer);
    let report = report.or_else(|| feedback::without_a_report(message, &outer));
    if let Some(report) = report.or_else(|| bounce::read(message, &outer)) {
        return Some(finished(message, &outer, report));
    }
    // A filter on the way may have put the report into a message of its own.
    let outer = outer.passed_on(message)?;
    let report = by_its_parts(message, &outer)?;
    Some(finished(message, &outer, report))
}

/// A report that has a part for it (RFC 6522).
fn by_its_parts(message: &Message, outer: &Outer) -> Option<Report> {
    let part = |names: &[&str]| {
        let mut parts = outer.parts(message).filter(|part| names.contains(&part.media_type()));
        parts.next().map(|part| part.number)
    };
    let status = part(&["message/delivery-status", "message/global-delivery-status"]);
    let report = status.and_then(|part| dsn::read(message, outer, part));
    let feedback = || part(&["message/feedback-report"]).map(|part| feedback::read(message, part));
    let disposition = || {
        let names = ["message/disposition-notification", "message/global-disposition-notification"];
        mdn::read(message, part(&names)?)
    };
    report.or_else(feedback).or_else(disposition)
}

/// Adds what is known of the message that came back.
fn finished(message: &Message, outer: &Outer, mut report: Report) -> Report {
    if let Some(part) = outer.returned {
        let span = message.parts()[part].body.clone();
        let headers_only = message.parts()[part].media_type().contains("headers");
        report.original = Some(Original { part, span, headers_only });
    }
    if report.original_message_id.is_none() {
        report.original_message_id = original_field(message, &report, "message-id");
    }
    // Complaints often hide who complains, and show the message.
    if report.recipients.is_empty() {
        let to = original_field(message, &report, "to").unwrap_or_default();
        let addresses = text::addresses(&to).take(text::MOST_ADDRESSES);
        report.recipients.extend(addresses.map(|found| Recipient::new(found.text)));
    }
    report
}

/// A field of the message that came back.
fn original_field(message: &Message, report: &Report, name: &str) -> Option<String> {
    let original = report.original.as_ref()?;
    // A message in a message is taken apart already.
    if message.parts()[original.part].kind == PartKind::Message {
        let inside = message.children(original.part).next()?;
        return Some(message.text_of(message.field(inside, name)?));
    }
    let content = message.content(original.part);
    let part = &message.parts()[original.part];
    // Inside of a text it is at a place that is known only where nothing was encoded.
    let from = original.span.start - part.body.start;
    let header = fields::groups(content.get(from..).unwrap_or_default(), 1).pop()?;
    header.get(name).map(String::from)
}

/// The parts of a report that are its own, not those of a message that came back with it.
pub(super) struct Outer {
    inside: Vec<bool>,
    /// The part that is a message, or its header section, that came back.
    returned: Option<usize>,
}

const RETURNED: [&str; 4] =
    ["message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"];

impl Outer {
    /// The parts of the message that begins with the part `first`.
    fn of(message: &Message, first: usize) -> Self {
        let mut inside: Vec<bool> = Vec::with_capacity(message.parts().len());
        for part in message.parts() {
            // Parents come before their parts; those of other messages are as those inside.
            let is_inside = match part.parent {
                _ if part.number == first => false,
                Some(parent) if part.number > first => {
                    inside[parent] || message.parts()[parent].kind == PartKind::Message
                }
                _ => part.number != first,
            };
            inside.push(is_inside);
        }
        let mut outer = Self { inside, returned: None };
        let returned = outer.parts(message).find(|part| RETURNED.contains(&part.media_type()));
        outer.returned = returned.map(|part| part.number);
        outer
    }

    /// The parts of the message in this one.
    fn passed_on(&self, message: &Message) -> Option<Self> {
        let first = message.children(self.returned?).next()?;
        Some(Self::of(message, first))
    }

    fn parts<'m>(&'m self, message: &'m Message) -> impl Iterator<Item = &'m super::part::Part> {
        message.parts().iter().filter(|part| !self.inside[part.number])
    }
}
