//! Notifications of Amazon SES, which come as JSON in the text of a mail.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Action, Feedback, Kind, Recipient, Report, dsn};

/// Reads one; nothing where the text is none.
pub(super) fn read(text: &str) -> Option<Report> {
    if !text.contains("notificationType\\\"") && !text.contains("\"notificationType\"") {
        return None;
    }
    // A notification may be a text in another one. Escapes, and the line ends of the mail, mean nothing for what is read.
    let json: String = text.chars().filter(|c| !matches!(c, '\\' | '\r' | '\n')).collect();
    let mut report = Report::new(Kind::Bounce);
    let kind = value(&json, "notificationType")?;
    let list = match kind {
        "Bounce" => "bouncedRecipients",
        "Complaint" => "complainedRecipients",
        "Delivery" => "recipients",
        _ => return None,
    };
    let (_, list) = json.split_once(&["\"", list, "\":["].concat())?;
    let (list, rest) = list.split_once(']')?;
    report.reporting_mta = value(rest, "reportingMTA").and_then(|name| name.rsplit(';').next()).map(clean);
    report.recipients = match kind {
        "Delivery" => list
            .split(',')
            .map(|address| Recipient {
                address: clean(address.trim_matches(['"', ' '])),
                action: Some(Action::Delivered),
                diagnostic: value(rest, "smtpResponse").map(clean),
                ..Recipient::default()
            })
            .collect(),
        _ => list.split('{').skip(1).filter_map(|object| recipient(object, kind)).collect(),
    };
    if kind == "Complaint" {
        report.kind = Kind::Complaint;
        let feedback_type = value(rest, "complaintFeedbackType").unwrap_or("abuse").to_ascii_lowercase();
        let user_agent = value(rest, "userAgent").map(clean);
        report.feedback = Some(Feedback { feedback_type, user_agent, ..Feedback::default() });
    } else {
        report.recipients.iter_mut().for_each(dsn::conclude);
    }
    (!report.recipients.is_empty()).then_some(report)
}

fn recipient(object: &str, kind: &str) -> Option<Recipient> {
    let address = clean(value(object, "emailAddress")?);
    if kind == "Complaint" {
        return Some(Recipient { address, ..Recipient::default() });
    }
    let diagnostic = value(object, "diagnosticCode").map(|text| text.strip_prefix("smtp;").unwrap_or(text));
    Some(Recipient {
        address,
        action: value(object, "action").and_then(Action::read).or(Some(Action::Failed)),
        status: value(object, "status").and_then(dsn::status),
        diagnostic: diagnostic.map(clean),
        ..Recipient::default()
    })
}

/// The text behind a key.
fn value<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    let (_, rest) = json.split_once(&["\"", key, "\""].concat())?;
    let rest = rest.trim_start_matches([' ', ':']).strip_prefix('"')?;
    rest.split_once('"').map(|(value, _)| value)
}

fn clean(text: &str) -> String {
    let printable: Vec<&str> = text.split(char::is_control).collect();
    String::from(printable.concat().trim())
}
