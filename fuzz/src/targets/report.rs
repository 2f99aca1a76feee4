//! Reports: whatever comes is read, or is none, and what is written is read back.

use edgepost::message::parse::Message;
use edgepost::message::report::{Action, DeliveryStatus, Kind, RecipientStatus, Returned, report};
use edgepost::wire::address::Mailbox;
use edgepost::wire::reply::EnhancedCode;

pub fn run(octets: &[u8]) {
    if let Some(report) = report(&Message::parse(octets)) {
        assert!(
            report.kind == Kind::Disposition || report.feedback.is_some() || !report.recipients.is_empty()
        );
        if let Some(original) = report.original {
            assert!(octets.get(original.span).is_some());
        }
    }
    written(octets);
}

/// Any octets come back as a message, and any text is a diagnostic.
fn written(octets: &[u8]) {
    let mailbox = |text| Mailbox::parse(text).expect("a mailbox");
    let text = String::from_utf8_lossy(octets);
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    let diagnostic = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut recipient =
        RecipientStatus::new(mailbox("bob@b.example"), Action::Failed, EnhancedCode::new(5, 1, 1));
    recipient.diagnostic = Some(diagnostic).filter(|text| !text.is_empty());
    let notification = DeliveryStatus {
        recipients: vec![recipient],
        returned: Some(Returned { content: octets.to_vec(), headers_only: octets.len().is_multiple_of(2) }),
        ..DeliveryStatus::new(
            mailbox("mailer-daemon@a.example").into(),
            mailbox("alice@a.example"),
            "a.example",
            "1@a.example",
        )
    };
    let content = notification.write().expect("a notification");
    assert!(content.is_ascii());
    let read = report(&Message::parse(&content)).expect("a report");
    assert_eq!(read.kind, Kind::DeliveryStatus);
    assert_eq!(read.recipients.len(), 1);
    assert_eq!(read.recipients[0].status, Some(EnhancedCode::new(5, 1, 1)));
    assert!(read.original.is_some());
}
