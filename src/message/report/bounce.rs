//! Bounces that are no reports: what they say is found by what all of them have in common, not by who wrote them.
//!
//! An address that failed begins a line, or stands beside words of failure; what is said of it follows, and quotes a reply
//! (RFC 5321 section 4.2) or an enhanced code (RFC 3463) or uses words that all servers use.

use alloc::string::String;
use alloc::vec::Vec;

use super::text::{self, MOST_ADDRESSES, Text, addresses, starts_with};
use super::{Action, Cause, Kind, Original, Outer, Recipient, Report, cause, codes, dsn, fields, notice};
use crate::message::parse::Message;

/// Of what is said of one recipient, this much is kept.
const LONGEST: usize = 4096;
/// Recipients of a report of RFC 3464 that are looked for in its text; those of lists have all in their fields.
const EXPLAINED: usize = 16;

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
    dsn::read_groups(&fields::groups(text.said.as_bytes(), usize::MAX), message.charsets(), &mut report);
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
        || report
            .recipients
            .iter()
            .any(|recipient| recipient.reply_code.is_some() || recipient.cause != Cause::Unknown);
    (fails && !report.recipients.is_empty()).then_some(report)
}

/// Puts what a report says in its text to the recipients of whom its fields say too little.
pub(super) fn explain(message: &Message, outer: &Outer, recipients: &mut [Recipient]) {
    let silent = recipients.iter().filter(|recipient| !tells(recipient)).count();
    if (1..=EXPLAINED).contains(&silent) {
        tell(&Text::of(message, outer), recipients);
    }
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
    /// Who has sent the bounce.
    from: String,
    /// Who gets it. Some write to themselves, so that it may have failed.
    to: String,
}

const DAEMONS: [&str; 7] = [
    "mailer-daemon",
    "postmaster",
    "mail delivery",
    "mail.delivery",
    "maildaemon",
    "mail deliver",
    "mail administrator",
];
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
const ANSWERS: [&str; 11] = [
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "auto:",
    "out of office",
    "out of the office",
    "automatische antwort",
    "abwesen",
    "r\u{e9}ponse automatique",
    "respuesta autom",
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
        let fails = SUBJECTS.iter().any(|words| subject.contains(words));
        let has = |name| message.field(0, name).is_some();
        let is_automatic = ANSWERS.iter().any(|begin| subject.starts_with(begin))
            || precedence.contains("auto_reply")
            || has("x-autoreply")
            || field("auto-submitted").contains("vacation");
        // What answers for people has a null path, too (RFC 3834 section 3.3).
        let is_answer =
            !fails && (has("in-reply-to") || has("x-auto-response-suppress") || has("auto-submitted"));
        let answers = !by_daemon && (is_automatic || is_answer)
            || subject.starts_with("re:") && !from.contains("mailer-daemon");
        Self {
            by_daemon,
            null_path: field("return-path").trim() == "<>",
            fails,
            delays: ["(delay)", "delayed", "warning:", "still being retried"]
                .iter()
                .any(|words| subject.contains(words)),
            answers: answers && !has("x-failed-recipients"),
            failed: failed.map(|found| Recipient::new(found.text)).collect(),
            from,
            to: field("to").to_ascii_lowercase(),
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
    says(&[
        "has been delayed",
        "been delayed",
        "will be retried",
        "will keep trying",
        "warning message only",
        "this is a warning only",
        "temporary problem",
        "still trying",
        "continue to try",
        "attempts will continue",
    ]) && !says(&["failed permanently", "permanent error", "permanent fatal"])
}

/// The recipients that a text names.
fn named(text: &Text, head: &Head) -> Vec<Recipient> {
    // Addresses that begin lines, and those beside words of failure, which count only where there are none of the others.
    let mut first: Vec<Recipient> = Vec::new();
    let mut beside: Vec<Recipient> = Vec::new();
    // A line that ends with a colon announces those that failed.
    let mut announced = false;
    for line in text.said.lines().filter(|line| !line.trim().is_empty()) {
        let lists = announced && line.len() < 200;
        announced = line.trim_end().ends_with(':') && is_beside(line);
        let fits = |found: &text::Found| {
            let before = line[..found.at].to_ascii_lowercase();
            let near = before.char_indices().rev().nth(15).map_or(0, |(at, _)| at);
            let other = ["from", "sender", "contact", "mailto:", "by ", "http", "reply to"];
            !other.iter().any(|word| before[near..].contains(word))
        };
        let Some(found) = addresses(line).find(fits) else { continue };
        let lower = found.text.to_ascii_lowercase();
        if head.from.contains(&lower) {
            continue;
        }
        if lists || line[..found.at].chars().all(|c| !c.is_alphanumeric()) {
            announced |= lists;
            add(&mut first, found.text);
        } else if first.is_empty() && is_beside(line) && !head.to.contains(&lower) {
            add(&mut beside, found.text);
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

/// Whether there is nothing to be told of this one: it arrived, or its diagnostic says why it did not.
fn tells(recipient: &Recipient) -> bool {
    let failed = matches!(recipient.action, None | Some(Action::Failed | Action::Delayed));
    !failed || recipient.diagnostic.as_deref().is_some_and(is_telling)
}

fn is_telling(text: &str) -> bool {
    let codes = codes::find(text);
    codes.reply.is_some() || codes.status.is_some() || cause::of(text, codes) != Cause::Unknown
}

/// Gives each recipient whose diagnostic tells nothing what the text says of it, or else what it says in all, as long as it
/// may be about all.
fn tell(text: &Text, recipients: &mut [Recipient]) {
    let told = recipients.iter().filter(|recipient| tells(recipient));
    let told: Vec<String> = told.take(MOST_ADDRESSES).map(|recipient| recipient.address.clone()).collect();
    let silent = recipients.iter_mut().filter(|recipient| !tells(recipient));
    let mut silent: Vec<_> =
        silent.take(MOST_ADDRESSES).map(|recipient| (recipient, String::new())).collect();
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
            } else if !told.is_empty()
                && addresses(line)
                    .take(4)
                    .any(|found| told.iter().any(|address| address.eq_ignore_ascii_case(found.text)))
            {
                current = None;
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
    let in_all = told.is_empty() && is_telling(&all);
    for (recipient, said) in silent {
        let said = if !in_all || is_telling(&said) { said } else { all.clone() };
        if recipient.diagnostic.is_some() {
            let codes = codes::find(&said);
            recipient.reply_code = codes.reply;
            recipient.cause = cause::of(&said, codes);
        } else {
            recipient.diagnostic = (!said.is_empty()).then_some(said);
        }
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

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;
    use std::string::ToString;

    const DAEMON: &str =
        "From: Mail Delivery System <MAILER-DAEMON@mx.a.example>\nTo: alice@a.example\nSubject: x\n\n";

    fn read(mail: &str) -> Option<Report> {
        report(&Message::parse(mail.as_bytes()))
    }

    /// Whom a text is about, with the status, the reply, and why.
    fn told(text: &str) -> Vec<String> {
        let report = read(&[DAEMON, text].concat());
        let recipients = report.map(|report| report.recipients).unwrap_or_default();
        let line = |recipient: &Recipient| {
            let status = recipient.status.map(|status| status.to_string()).unwrap_or_default();
            let reply = recipient.reply_code.map(|code| code.to_string()).unwrap_or_default();
            [recipient.address.as_str(), &status, &reply, recipient.cause.name()].join(" ")
        };
        recipients.iter().map(line).collect()
    }

    #[test]
    fn what_a_report_says_of_one_recipient_is_not_told_of_another() {
        let report = read(
            "Content-Type: multipart/report; boundary=b\n\n--b\n\n<carol@b.example>: not yet\n\
            <bob@b.example>: 550 5.1.1 User unknown\n\n--b\nContent-Type: message/delivery-status\n\n\
            Reporting-MTA: dns; mx.a.example\n\n\
            Final-Recipient: rfc822; bob@b.example\nAction: failed\nStatus: 5.1.1\n\
            Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n\
            Final-Recipient: rfc822; carol@b.example\nAction: delayed\nStatus: 4.4.1\n\n\
            Final-Recipient: rfc822; dave@b.example\nAction: delayed\nStatus: 4.4.1\n\n--b--\n",
        )
        .unwrap();
        let [bob, carol, dave] = &report.recipients[..] else { panic!("{report:?}") };
        assert_eq!((bob.reply_code, bob.cause), (Some(550), Cause::NoSuchUser));
        assert_eq!(carol.diagnostic.as_deref(), Some("<carol@b.example>: not yet"));
        assert_eq!((carol.reply_code, carol.cause), (None, Cause::Network));
        assert_eq!((dave.diagnostic.as_deref(), dave.cause), (None, Cause::Network));
    }

    #[test]
    fn each_way_to_write_a_bounce_names_who_failed_and_why() {
        for (text, expected) in [
            (
                "<bob@b.example>: host mx.b.example[192.0.2.1] said: 550 5.1.1 <bob@b.example>:\n    User unknown (in reply to RCPT TO command)\n",
                "bob@b.example 5.1.1 550 noSuchUser",
            ),
            (
                "Your message\n\n  To: bob\n  Subject: x\n\ndid not reach the following recipient(s):\n\n\
                Bob B on Thu, 29 Apr 2007 16:51:51 -0500\n  There was a SMTP communication problem.\n\
                  <mx.b.example #5.5.0 smtp;550 5.1.1 <bob@b.example>... User unknown>\n",
                "bob@b.example 5.5.0 550 noSuchUser",
            ),
            (
                "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  bob@b.example\n\nbecause:\n\n  User bob (bob@b.example) not listed in Domino Directory\n",
                "bob@b.example 5.1.1  noSuchUser",
            ),
            (
                "I include the list of recipients and the reason why.\n\nFailed recipient(s):\nbob@b.example\n\nError message:\n552 - Requested mail action aborted: over quota\n",
                "bob@b.example 5.2.2 552 mailboxFull",
            ),
            (
                "Sent <<< RCPT TO:<bob@b.example>\nReceived >>> 550 5.1.1 <bob@b.example>... User unknown\n\nUnable to deliver message to <bob@b.example>.\n",
                "bob@b.example 5.1.1 550 noSuchUser",
            ),
            (
                "Your message:\n   From: alice@a.example\n   Subject: x\nCould not be delivered because of\n\n550 5.7.1 Blocked using rbl.example\n\n\
                The following recipients were affected:\n    bob@b.example\n",
                "bob@b.example 5.7.1 550 blocked",
            ),
            (
                "|--------- Message log follows: --------|\n no valid recipients were found\n|--------- Failed addresses follow: ------|\n \
                <bob@b.example> ... unknown user\n|--------- Message text follows: ---------|\nTo: carol@c.example\n",
                "bob@b.example 5.1.1  noSuchUser",
            ),
            (
                "This Message was undeliverable due to the following reason:\n\nThe user(s) account is temporarily over quota.\n\n\
                <bob@b.example>\n\nPlease reply to <postmaster@b.example>\nif you feel this message to be in error.\n",
                "bob@b.example 5.2.2  mailboxFull",
            ),
            (
                "Delivery has failed to these recipients or groups:\n\nBob B (bob@b.example)\nThe email address you entered couldn't be found.\n",
                "bob@b.example 5.1.1  noSuchUser",
            ),
            (
                "Failed to deliver to 'bob@b.example'\nSMTP module(domain b.example) reports:\n account is full\n",
                "bob@b.example 5.2.2  mailboxFull",
            ),
            (
                "A message that you sent has not yet been delivered.\nThe address to which it has not yet been delivered is:\n\n  \
                bob@b.example\n    Delay reason: Connection refused\n\nDelivery attempts will continue for some time.\n",
                "bob@b.example 4.4.1  network",
            ),
            (
                "Your message could not be delivered.\n\n--- Original message ---\nFrom: alice@a.example\nTo: bob@b.example\nSubject: x\n",
                "bob@b.example 5.0.0  unknown",
            ),
            (
                "<p>Your message to <a href=\"mailto:bob@b.example\">bob@b.example</a> couldn't be delivered: mailbox is full.</p>\n",
                "bob@b.example 5.2.2  mailboxFull",
            ),
        ] {
            assert_eq!(told(text).join(", "), expected, "{text}");
        }
    }

    #[test]
    fn each_recipient_has_its_own_reason() {
        let text = "<bob@b.example>:\n550 5.1.1 User unknown\n\n<carol@c.example>:\n552 5.2.2 Mailbox full\n";
        assert_eq!(
            told(text),
            ["bob@b.example 5.1.1 550 noSuchUser", "carol@c.example 5.2.2 552 mailboxFull"]
        );
    }

    #[test]
    fn letters_and_automatic_answers_are_no_bounces() {
        for mail in [
            "From: bob@b.example\nSubject: Re: failure notice\n\nbob@b.example\nThat mailbox is full.\n",
            "From: bob@b.example\nSubject: Hello\n\nIt failed: carol@c.example could not be reached, 550 5.1.1\n",
            "Return-Path: <>\nFrom: bob@b.example\nAuto-Submitted: auto-replied\nSubject: Away\n\n\
            I cannot read mail. Please ask\ncarol@c.example\n",
            "Return-Path: <>\nFrom: bob@b.example\nSubject: Automatic reply: x\n\nUnknown user: carol@c.example\n",
            "From: postmaster@a.example\nSubject: New disks\n\nThe old ones were full.\n\n-- \npostmaster@a.example\n",
            "From: bob@b.example\n\n",
            "",
        ] {
            assert_eq!(read(mail), None, "{mail}");
        }
    }

    #[test]
    fn the_message_that_came_back_has_its_place() {
        let text = "<bob@b.example>:\n550 no\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <1@a.example>\nTo: bob@b.example\n";
        let mail = [DAEMON, text].concat();
        let report = read(&mail).unwrap();
        assert_eq!(report.original_message_id.as_deref(), Some("<1@a.example>"));
        let original = report.original.unwrap();
        assert!(mail[original.span].starts_with("--- Below"), "with what introduces it");
    }

    #[test]
    fn a_text_names_no_more_recipients_than_is_likely() {
        let text: String =
            (0..2000).map(|at| ["<", &at.to_string(), "@b.example>:\n550 no such user\n"].concat()).collect();
        assert_eq!(told(&text).len(), MOST_ADDRESSES);
    }
}
