//! Message disposition notifications (RFC 8098).

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{groups, uncommented};
use super::{Kind, Recipient, Report, dsn};
use crate::message::parse::Message;

/// What was done with a message that had been delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disposition {
    /// `displayed`, `deleted`, `dispatched` or `processed`, or what older programs say, in lower case.
    pub kind: String,
    /// Whether a person did it, not a rule.
    pub manual: bool,
    /// Whether a person has allowed to tell it.
    pub sent_manually: bool,
    /// What is said of it more: `error` of RFC 8098, and others, in lower case.
    pub modifiers: Vec<String>,
    /// The program that tells it.
    pub reporting_ua: Option<String>,
    /// What went wrong.
    pub errors: Vec<String>,
}

/// Reads the part with the fields; nothing without what was done, which is the point of it.
///
/// ```abnf
/// disposition-field = "Disposition" ":" disposition-mode ";" disposition-type [ "/" disposition-modifier *( "," ... ) ]
/// disposition-mode = action-mode "/" sending-mode
/// ```
pub(super) fn read(message: &Message, number: usize) -> Option<Report> {
    let group = groups(&message.content(number), 1).pop()?;
    let text = |name| group.get(name).map(String::from);
    let value = uncommented(group.get("disposition")?).to_ascii_lowercase();
    let (mode, rest) = value.split_once(';').unwrap_or(("", &value));
    let (action, sending) = mode.split_once('/').unwrap_or((mode, ""));
    let (kind, modifiers) = rest.split_once('/').unwrap_or((rest, ""));
    let words = modifiers.split(',').map(str::trim).filter(|word| !word.is_empty());
    let mut report = Report::new(Kind::Disposition);
    report.original_message_id = text("original-message-id");
    let mta = group.typed("mdn-gateway").map(String::from);
    report.reporting_mta = mta;
    report.disposition = Some(Disposition {
        kind: kind.trim().into(),
        manual: action.trim() == "manual-action",
        sent_manually: sending.trim() == "mdn-sent-manually",
        modifiers: words.map(String::from).collect(),
        reporting_ua: text("reporting-ua"),
        errors: group.all("error").map(String::from).collect(),
    });
    let original = group.get("original-recipient").and_then(dsn::address);
    let address = group.get("final-recipient").and_then(dsn::address).or_else(|| original.clone());
    if let Some(address) = address {
        report.recipients.push(Recipient { address, original, ..Recipient::default() });
    }
    Some(report)
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    #[test]
    fn a_notification_says_what_was_done() {
        let text = "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n\
            --b\r\n\r\nSeen.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n\
            Reporting-UA: joes-pc.cs.example.com; Foomail 97.1\r\nOriginal-Recipient: rfc822;joe@b.example\r\n\
            Final-Recipient: rfc822;joe@b.example\r\nOriginal-Message-ID: <199509192301.23456@a.example>\r\n\
            Disposition: manual-action/MDN-sent-manually; displayed/error,x\r\n\r\n--b--\r\n";
        let report = report(&Message::parse(text.as_bytes())).unwrap();
        assert_eq!(report.kind, Kind::Disposition);
        assert_eq!(report.recipients[0].address, "joe@b.example");
        assert_eq!(report.recipients[0].action, None);
        assert_eq!(report.original_message_id.as_deref(), Some("<199509192301.23456@a.example>"));
        let disposition = report.disposition.unwrap();
        assert_eq!(disposition.kind, "displayed");
        assert!(disposition.manual && disposition.sent_manually);
        assert_eq!(disposition.modifiers, ["error", "x"]);
    }
}
