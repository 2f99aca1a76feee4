//! Delivery status notifications (RFC 3464; RFC 6533 for addresses outside ASCII).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::fields::{Group, groups, uncommented};
use super::{Action, Cause, Kind, Outer, Recipient, Report, bounce, cause, codes};
use crate::message::charset::Charsets;
use crate::message::parse::Message;
use crate::message::word;
use crate::wire::reply::EnhancedCode;
use crate::wire::{utf8_addr, xtext};

/// Reads the part with the fields; nothing when no recipient is named there.
///
/// ```abnf
/// delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )
/// ```
pub(super) fn read(message: &Message, outer: &Outer, number: usize) -> Option<Report> {
    let mut report = Report::new(Kind::DeliveryStatus);
    read_groups(&groups(&message.content(number), usize::MAX), message.charsets(), &mut report);
    if report.recipients.is_empty() {
        return None;
    }
    bounce::explain(message, outer, &mut report.recipients);
    report.recipients.iter_mut().for_each(conclude);
    Some(report)
}

/// Reads fields that were found anywhere.
pub(super) fn read_groups(groups: &[Group], charsets: &Charsets, report: &mut Report) {
    for group in groups {
        let text = |name| group.get(name).map(String::from);
        if let Some(recipient) = recipient(group, charsets) {
            report.recipients.push(recipient);
        }
        // Systems that forget the empty line have everything in one group.
        let name = |name| group.typed(name).map(mta);
        report.reporting_mta = report.reporting_mta.take().or_else(|| name("reporting-mta"));
        report.arrival_date = report.arrival_date.take().or_else(|| text("arrival-date"));
        let envelope_id = || group.get("original-envelope-id").map(unencoded);
        report.original_envelope_id = report.original_envelope_id.take().or_else(envelope_id);
        let message_id = || text("x-original-message-id");
        report.original_message_id = report.original_message_id.take().or_else(message_id);
    }
}

/// What the fields of one recipient say; nothing when they are of none.
fn recipient(group: &Group, charsets: &Charsets) -> Option<Recipient> {
    let last = group.get("final-recipient").and_then(address);
    let original = group.get("original-recipient").and_then(address);
    let action = group.get("action").and_then(Action::read);
    let address = last.or_else(|| original.clone())?;
    let diagnostic = group.get("diagnostic-code").map(|value| match value.split_once(';') {
        // A type is one word, and one that was forgotten leaves a reply.
        Some((kind, text)) if !kind.contains(' ') => text.trim(),
        _ => value,
    });
    Some(Recipient {
        address,
        original,
        action,
        status: group.get("status").and_then(status),
        diagnostic: diagnostic.filter(|text| !text.is_empty()).map(|text| decoded(text, charsets)),
        remote_mta: group.typed("remote-mta").map(mta),
        ..Recipient::default()
    })
}

/// A text in which encoded words may be.
fn decoded(text: &str, charsets: &Charsets) -> String {
    match text.contains("=?") {
        true => word::decode(text.as_bytes(), charsets),
        false => text.into(),
    }
}

/// ```abnf
/// status-field = "Status" ":" status-code
/// ```
/// A comment may follow; white space and zeros too much are read.
pub(super) fn status(value: &str) -> Option<EnhancedCode> {
    let code = uncommented(value);
    let code = code.split_whitespace().next()?;
    let mut numbers =
        code.split('.').map(|number| number.parse::<u16>().ok().filter(|number| *number < 1000));
    let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
    matches!(class, 2 | 4 | 5).then(|| EnhancedCode::new(class as u8, subject, detail))
}

/// The name of a system, without comments.
fn mta(value: &str) -> String {
    let name = uncommented(value);
    if name.is_empty() { value.to_string() } else { name }
}

/// An address, as it is written behind its type.
///
/// ```abnf
/// original-recipient-field = "Original-Recipient" ":" address-type ";" generic-address
/// ```
pub(super) fn address(value: &str) -> Option<String> {
    let (kind, address) = value.split_once(';').unwrap_or(("rfc822", value));
    let address = uncommented(address);
    let address = address.trim();
    let address = address.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(address);
    // A route is no part of it (RFC 5321 appendix C).
    let address = match address.strip_prefix('@').and_then(|route| route.rsplit_once(':')) {
        Some((_, address)) => address,
        None => address,
    };
    if address.is_empty() {
        return None;
    }
    if kind.trim().eq_ignore_ascii_case("utf-8") {
        return Some(utf8_addr::decode(address).unwrap_or_else(|_| address.into()));
    }
    Some(unencoded(address))
}

/// Text that should have been decoded from xtext and was not (RFC 3461 sections 4.2 and 6.3). `+40` may be the tag of an
/// address; `+2B` and `+3D` are what must be encoded.
fn unencoded(text: &str) -> String {
    let must = |piece: &str| piece.starts_with("2B") || piece.starts_with("3D");
    let mut pieces = text.split('+').skip(1).peekable();
    if pieces.peek().is_none() || !pieces.all(must) {
        return text.into();
    }
    xtext::decode_text(text).unwrap_or_else(|_| text.into())
}

/// Puts in what follows from the rest.
pub(super) fn conclude(recipient: &mut Recipient) {
    let said = recipient.diagnostic.as_deref().unwrap_or_default();
    let mut codes = codes::find(said);
    recipient.reply_code = recipient.reply_code.or(codes.reply);
    codes.reply = recipient.reply_code;
    let class = match (recipient.status, codes.status, codes.reply, recipient.action) {
        (Some(status), ..) => status.class,
        (None, Some(status), ..) => status.class,
        (None, None, Some(reply), _) => (reply / 100) as u8,
        (None, None, None, Some(Action::Delayed)) => 4,
        (None, None, None, Some(Action::Failed)) => 5,
        (None, None, None, _) => 2,
    };
    // What says nothing but the class is worth less than what was said.
    let vague = |status: &EnhancedCode| (status.subject, status.detail) == (0, 0);
    let told = recipient.status.filter(|status| !vague(status));
    let quoted = codes.status.filter(|status| status.class == class && !vague(status));
    codes.status = told.or(quoted).or(recipient.status).or(codes.status);
    if class == 2 && !matches!(recipient.action, Some(Action::Failed | Action::Delayed)) {
        recipient.status = codes.status;
        return;
    }
    if recipient.cause == Cause::Unknown {
        recipient.cause = cause::of(said, codes);
    }
    let known = recipient.cause != Cause::Unknown;
    let derived = || if known { recipient.cause.status(class) } else { EnhancedCode::new(class, 0, 0) };
    recipient.status = Some(codes.status.unwrap_or_else(derived));
    let for_now = recipient.action == Some(Action::Delayed);
    recipient.hard = recipient.cause.hard().map(|hard| hard && !for_now);
}

/// The addresses of fields of this name.
pub(super) fn addresses<'g>(group: &'g Group, name: &'g str) -> Vec<Recipient> {
    let all = group.all(name).filter_map(address);
    all.map(|address| Recipient::new(&address)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    const HEAD: &str = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\n";

    fn read(fields: &str) -> Report {
        report(&Message::parse([HEAD, fields, "\r\n--b--\r\n"].concat().as_bytes())).unwrap()
    }

    #[test]
    fn fields_are_of_the_message_or_of_a_recipient() {
        let report = read(
            "Reporting-MTA: dns; mx.a.example (the first)\r\nOriginal-Envelope-Id: QQ+2B1\r\nArrival-Date: today\r\n\r\n\
            Original-Recipient: rfc822;bob+2Bx@b.example\r\nFinal-Recipient: rfc822; <bob@b.example>\r\nAction: failed\r\n\
            Status: 5.1.1 (no such)\r\nRemote-MTA: dns; mx.b.example\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n  no such user\r\n\r\n\
            Final-Recipient: utf-8; j\\x{F6}rg@b.example\r\nAction: Delayed\r\nStatus: 4.0.0\r\nDiagnostic-Code: x-unix; 75\r\n",
        );
        assert_eq!(report.reporting_mta.as_deref(), Some("mx.a.example"));
        assert_eq!(report.original_envelope_id.as_deref(), Some("QQ+1"));
        assert_eq!(report.arrival_date.as_deref(), Some("today"));
        let [bob, jörg] = &report.recipients[..] else { panic!("{report:?}") };
        assert_eq!(
            (bob.address.as_str(), bob.original.as_deref()),
            ("bob@b.example", Some("bob+x@b.example"))
        );
        assert_eq!((bob.status, bob.reply_code), (Some(EnhancedCode::new(5, 1, 1)), Some(550)));
        assert_eq!((bob.cause, bob.hard), (Cause::NoSuchUser, Some(true)));
        assert_eq!(bob.diagnostic.as_deref(), Some("550 5.1.1 no such user"));
        assert_eq!(bob.remote_mta.as_deref(), Some("mx.b.example"));
        assert_eq!((jörg.address.as_str(), jörg.action), ("jörg@b.example", Some(Action::Delayed)));
        assert_eq!(jörg.status, Some(EnhancedCode::new(4, 0, 0)));
    }

    #[test]
    fn a_status_that_says_little_or_is_missing_comes_from_the_rest() {
        for (fields, expected) in [
            ("Status: 5.0.0\r\nDiagnostic-Code: smtp; 550 5.1.1 x", (5, 1, 1)),
            ("Status: 4.0.0\r\nDiagnostic-Code: smtp; 550 5.1.1 x", (4, 0, 0)),
            ("Status: 5.7.1\r\nDiagnostic-Code: smtp; 550 5.1.1 x", (5, 7, 1)),
            ("Diagnostic-Code: smtp; 450 4.2.2 x", (4, 2, 2)),
            ("Diagnostic-Code: smtp; 452 mailbox full", (4, 2, 2)),
            ("Action: failed", (5, 0, 0)),
            ("Action: delayed", (4, 0, 0)),
            ("Action: delivered\r\nStatus: 2.1.5", (2, 1, 5)),
        ] {
            let report = read(&["Final-Recipient: rfc822; b@b.example\r\n", fields, "\r\n"].concat());
            let status = report.recipients[0].status.map(|code| (code.class, code.subject, code.detail));
            assert_eq!(status, Some(expected), "{fields}");
        }
    }

    #[test]
    fn a_tag_of_an_address_is_not_decoded() {
        for (text, expected) in [
            ("rfc822;bob+40@b.example", "bob+40@b.example"),
            ("rfc822; bob+tag@b.example", "bob+tag@b.example"),
            ("rfc822;bob+3Dx@b.example", "bob=x@b.example"),
            ("rfc822;@a.example,@c.example:bob@b.example", "bob@b.example"),
            ("bob@b.example", "bob@b.example"),
        ] {
            assert_eq!(address(text).as_deref(), Some(expected));
        }
    }
}
