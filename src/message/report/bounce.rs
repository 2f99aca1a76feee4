//! Bounces that are no reports: what they say is found by what all of them have in common, not by who wrote them.
//!
//! An address that failed begins a line, or stands beside words of failure; what is said of it follows, and quotes a reply
//! (RFC 5321 section 4.2) or an enhanced code (RFC 3463) or uses words that all servers use.

use alloc::string::String;
use alloc::vec::Vec;

use super::text::{MOST_ADDRESSES, Text, addresses, starts_with};
use super::{Action, Cause, Kind, Original, Outer, Recipient, Report, cause, codes, dsn, fields, notice};
use crate::message::parse::Message;

/// Of what is said of one recipient, this much is kept.
const LONGEST: usize = 4096;

/// Reads a bounce; nothing when it is not likely to be one.
pub(super) fn read(message: &Message, outer: &Outer) -> Option<Report> {
    let head = Head::of(message);
    let text = Text::of(message, outer);
    if let Some(report) = notice::read(&text.said) {
        return Some(report);
    }
    if head.answers || head.points(&text, outer) < 2 {
        return None;
    }
    let mut report = Report::new(Kind::Bounce);
    // Some write the fields of RFC 3464 into the text, or damage the parts around them.
    dsn::read_groups(&fields::groups(text.said.as_bytes(), usize::MAX), &mut report);
    if report.recipients.is_empty() {
        report.recipients = head.failed.clone();
    }
    let known = !report.recipients.is_empty();
    if !known {
        report.recipients = named(&text, &head);
    }
    if let Some((part, Some(span))) = &text.original {
        report.original = Some(Original { part: *part, span: span.clone(), headers_only: false });
    }
    if report.recipients.is_empty() {
        // A report that was passed on says more than this.
        if outer.passed_on(message).is_some_and(|inner| super::by_its_parts(message, &inner).is_some()) {
            return None;
        }
        report.recipients = of_returned(message, outer, &text);
    }
    let action = if head.delays || is_delay(&text.said) { Action::Delayed } else { Action::Failed };
    for recipient in &mut report.recipients {
        recipient.action = recipient.action.or(Some(action));
    }
    tell(&text, &mut report.recipients);
    report.recipients.iter_mut().for_each(dsn::conclude);
    // Where nobody is named in a header, words have to say that something failed.
    let fails = known
        || head.by_daemon
        || report.recipients.iter().any(|recipient| {
            recipient.reply_code.is_some() || recipient.cause != Cause::Unknown
        });
    (fails && !report.recipients.is_empty()).then_some(report)
}

/// Puts what a report says in its text to the recipients of whom its fields say too little.
pub(super) fn explain(message: &Message, outer: &Outer, report: &mut Report) {
    let text = Text::of(message, outer);
    tell(&text, &mut report.recipients);
}

/// What the header section of a message says of whether it is a bounce.
#[derive(Debug, Default)]
struct Head {
    by_daemon: bool,
    null_path: bool,
    /// Its subject is one that bounces have.
    fails: bool,
    delays: bool,
    /// It is an answer of a person, or of a program for one.
    answers: bool,
    /// X-Failed-Recipients, of Exim and Google.
    failed: Vec<Recipient>,
    /// Who gets the bounce, and who has sent it: they did not fail.
    others: String,
}

const DAEMONS: [&str; 7] =
    ["mailer-daemon", "postmaster", "mail delivery", "mail.delivery", "maildaemon", "mail deliver", "mail administrator"];
const SUBJECTS: [&str; 28] = [
    "undeliver",
    "delivery status",
    "delivery fail",
    "delivery has failed",
    "delivery notification",
    "delivery problem",
    "delivery report",
    "delivery error",
    "delivery delay",
    "failed delivery",
    "failure delivery",
    "failure notice",
    "non delivery",
    "non-delivery",
    "nondeliver",
    "not delivered",
    "could not be delivered",
    "couldn't be delivered",
    "returned mail",
    "return mail",
    "returned to sender",
    "mail system error",
    "mail failure",
    "delayed mail",
    "error sending your mail",
    "\u{914D}\u{4FE1}\u{3067}\u{304D}",
    "\u{30E1}\u{30FC}\u{30EB}\u{30A8}\u{30E9}\u{30FC}",
    "unzustellbar",
];
const ANSWERS: [&str; 8] = [
    "re:",
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "auto:",
    "out of office",
    "out of the office",
];

impl Head {
    fn of(message: &Message) -> Self {
        let field = |name| message.field(0, name).map(|field| message.text_of(field)).unwrap_or_default();
        let from = field("from").to_ascii_lowercase();
        let subject = field("subject").to_ascii_lowercase();
        let precedence = field("precedence").to_ascii_lowercase();
        let failed = field("x-failed-recipients");
        let failed = addresses(&failed).take(MOST_ADDRESSES);
        let by_daemon = DAEMONS.iter().any(|name| from.contains(name)) || from.trim_end() == "<>";
        let answers = ANSWERS.iter().any(|begin| subject.starts_with(begin))
            || precedence.contains("auto_reply")
            || message.field(0, "x-autoreply").is_some()
            || field("auto-submitted").contains("vacation");
        Self {
            by_daemon,
            null_path: field("return-path").trim() == "<>",
            fails: SUBJECTS.iter().any(|words| subject.contains(words)),
            delays: ["(delay)", "delayed", "warning:", "still being retried"]
                .iter()
                .any(|words| subject.contains(words)),
            answers: answers && !by_daemon,
            failed: failed.map(|found| Recipient::new(found.text)).collect(),
            others: [from, field("to").to_ascii_lowercase()].concat(),
        }
    }

    /// How much speaks for a bounce: one thing alone may be by chance.
    fn points(&self, text: &Text, outer: &Outer) -> usize {
        let sure = [self.by_daemon, self.null_path, self.fails, !self.failed.is_empty()];
        let said = text.said.to_ascii_lowercase();
        let hints = [
            FAILURES.iter().any(|words| said.contains(words)),
            outer.returned.is_some() || text.original.is_some(),
        ];
        let count = |all: &[bool]| all.iter().filter(|is| **is).count();
        // Postmasters write letters, too, and automatic answers have a null path.
        match count(&sure) {
            0 => 0,
            1 => 1 + count(&hints),
            _ => 2,
        }
    }
}

/// Words of failure, in lower case.
const FAILURES: [&str; 28] = [
    "fail",
    "undeliver",
    "not deliver",
    "not be deliver",
    "wasn't able to",
    "unable to",
    "error",
    "unknown",
    "reject",
    "full",
    "refused",
    "could not",
    "couldn't",
    "can't",
    "cannot",
    "can not",
    "no such",
    "rcpt to",
    "recipient",
    "delay",
    "not reach",
    "bounced",
    "invalid",
    "disabled",
    "unavailable",
    "not found",
    "not exist",
    "over quota",
];

/// Whether a text says that there is still hope.
fn is_delay(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    says(&["has been delayed", "been delayed", "will be retried", "will keep trying", "warning message only", "this is a warning only", "temporary problem", "still trying", "continue to try", "attempts will continue"])
        && !says(&["failed permanently", "permanent error", "permanent fatal"])
}

/// The recipients that a text names.
fn named(text: &Text, head: &Head) -> Vec<Recipient> {
    // Addresses that begin lines, and those beside words of failure, which count only where there are none of the others.
    let mut first: Vec<Recipient> = Vec::new();
    let mut beside: Vec<Recipient> = Vec::new();
    for line in text.said.lines() {
        let Some(found) = addresses(line).next() else { continue };
        if line[..found.at].chars().all(|c| !c.is_alphanumeric()) {
            add(&mut first, found.text);
        } else if first.is_empty() && is_beside(line) {
            let fit = addresses(line).find(|found| {
                let before = &line[..found.at].to_ascii_lowercase();
                let near = before.char_indices().rev().nth(15).map_or(0, |(at, _)| at);
                let near = &before[near..];
                let other = ["from", "sender", "contact", "mailto:", "by ", "http"];
                !other.iter().any(|word| near.contains(word))
                    && !head.others.contains(&found.text.to_ascii_lowercase())
            });
            fit.iter().for_each(|found| add(&mut beside, found.text));
        }
    }
    if first.is_empty() { beside } else { first }
}

fn is_beside(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let lower = lower.trim_start_matches(['>', '<', ' ']);
    FAILURES.iter().any(|words| lower.contains(words))
        || starts_with(lower, "to:")
        || codes::find(lower).reply.is_some()
}

fn add(recipients: &mut Vec<Recipient>, address: &str) {
    let is_new = !recipients.iter().any(|recipient| recipient.address.eq_ignore_ascii_case(address));
    if is_new && recipients.len() < MOST_ADDRESSES {
        recipients.push(Recipient::new(address));
    }
}

/// Those for whom the message was that came back, if its bounce names nobody.
fn of_returned(message: &Message, outer: &Outer, text: &Text) -> Vec<Recipient> {
    let inside = outer.returned.and_then(|part| message.children(part).next());
    let to = match inside.and_then(|inside| message.field(inside, "to")) {
        Some(field) => message.text_of(field),
        None => {
            // Some begin with the field right behind the words that introduce the message.
            let mut header = fields::groups(text.header().as_bytes(), 2).into_iter();
            header.find_map(|group| group.get("to").map(String::from)).unwrap_or_default()
        }
    };
    let mut recipients = Vec::new();
    addresses(&to).take(MOST_ADDRESSES).for_each(|found| add(&mut recipients, found.text));
    recipients
}

/// Gives each recipient without a diagnostic what the text says of it, or else what it says in all.
fn tell(text: &Text, recipients: &mut [Recipient]) {
    let silent = recipients.iter_mut().filter(|recipient| recipient.diagnostic.is_none());
    let mut silent: Vec<_> = silent.take(MOST_ADDRESSES).map(|recipient| (recipient, String::new())).collect();
    let mut current: Option<usize> = None;
    // Lines of a session come before what was made of them.
    let mut session = String::new();
    let mut all = String::new();
    for line in text.said.lines() {
        let bare = line.trim();
        let names = addresses(line).take(4).find_map(|found| {
            silent.iter().position(|(recipient, _)| recipient.address.eq_ignore_ascii_case(found.text))
        });
        let quotes = bare.trim_start_matches("> ");
        if quotes.starts_with("<<<") || quotes.starts_with(">>>") || starts_with(bare, "while talking") {
            push(&mut session, quotes.trim_start_matches(['<', '>', ' ']));
        } else {
            if let Some(recipient) = names {
                current = Some(recipient);
                push(&mut silent[recipient].1, &core::mem::take(&mut session));
            }
            if let Some(recipient) = current {
                push(&mut silent[recipient].1, line);
            }
        }
        push(&mut all, line);
    }
    if let Some(recipient) = current {
        push(&mut silent[recipient].1, &session);
    }
    let is_telling = |text: &str| {
        let codes = codes::find(text);
        codes.reply.is_some() || codes.status.is_some() || cause::of(text, codes) != Cause::Unknown
    };
    let in_all = is_telling(&all);
    for (recipient, said) in silent {
        let said = if !in_all || is_telling(&said) { said } else { all.clone() };
        recipient.diagnostic = (!said.is_empty()).then_some(said);
    }
}

/// Appends a line, if there is room for it, without what would move a cursor.
fn push(text: &mut String, line: &str) {
    let line = line.trim();
    if line.is_empty() || text.len() + line.len() > LONGEST {
        return;
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
}
