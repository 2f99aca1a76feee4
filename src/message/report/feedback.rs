//! Complaints (RFC 5965), reports of failed authentication in the same form (RFC 6591), and complaints without the form.

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::groups;
use super::text::{addresses, starts_with};
use super::{Kind, Outer, Recipient, Report, dsn};
use crate::message::parse::Message;

/// What a complaint says of the message that it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feedback {
    /// `abuse`, `fraud`, `virus`, `not-spam`, `auth-failure`, `opt-out` or `other`, in lower case.
    pub feedback_type: String,
    /// The program that made it.
    pub user_agent: Option<String>,
    /// The reverse-path of the message, without angle brackets.
    pub original_mail_from: Option<String>,
    /// The address of the host that the message came from.
    pub source_ip: Option<String>,
    /// How many complaints this one stands for.
    pub incidents: Option<u32>,
    /// Domains that it is about.
    pub reported_domains: Vec<String>,
    /// Addresses of the web, or of mail, that it is about.
    pub reported_uris: Vec<String>,
    /// What the one who complains has checked (RFC 8601), one text for each field.
    pub authentication_results: Vec<String>,
    /// What has failed: `adsp`, `bodyhash`, `revoked`, `signature`, `spf` or `dmarc` (RFC 6591, RFC 9991).
    pub auth_failure: Option<String>,
}

/// Reads the part with the fields.
///
/// ```abnf
/// feedback-report = *( feedback-type / user-agent / version ) opt-fields-once *( opt-fields-many ) *( ext-field )
/// ```
pub(super) fn read(message: &Message, number: usize) -> Report {
    let mut report = Report::new(Kind::Complaint);
    let group = groups(&message.content(number), 1).pop().unwrap_or_default();
    let text = |name| group.get(name).map(String::from);
    let all = |name| group.all(name).map(String::from).collect();
    report.reporting_mta = group.typed("reporting-mta").map(String::from);
    report.arrival_date = text("arrival-date").or_else(|| text("received-date"));
    report.original_envelope_id = text("original-envelope-id");
    report.recipients = dsn::addresses(&group, "original-rcpt-to");
    report.feedback = Some(Feedback {
        feedback_type: group.get("feedback-type").unwrap_or("other").to_ascii_lowercase(),
        user_agent: text("user-agent"),
        original_mail_from: group.get("original-mail-from").and_then(dsn::address),
        source_ip: text("source-ip"),
        incidents: group.get("incidents").and_then(|number| number.parse().ok()),
        reported_domains: all("reported-domain"),
        reported_uris: all("reported-uri"),
        authentication_results: all("authentication-results"),
        auth_failure: group.get("auth-failure").map(str::to_ascii_lowercase),
    });
    report
}

/// Complaints that say it in the header only: those of Outlook.com's programme for senders, with the message that came
/// back, and messages that a mail program sends to unsubscribe (RFC 2369 section 3.2).
pub(super) fn without_a_report(message: &Message, outer: &Outer) -> Option<Report> {
    let field = |name| message.field(0, name).map(|field| message.text_of(field));
    let subject = field("subject")?;
    let mut report = Report::new(Kind::Complaint);
    let mut feedback = Feedback { feedback_type: "abuse".into(), ..Feedback::default() };
    if let (Some(ip), Some(returned)) = (rest_of(&subject, "complaint about message from "), outer.returned) {
        feedback.source_ip = Some(ip.into());
        let inside = message.children(returned).next();
        let to = inside.and_then(|inside| message.field(inside, "x-hmxmroriginalrecipient"));
        let to = to.map(|field| message.text_of(field)).unwrap_or_default();
        report.recipients = addresses(&to).take(1).map(|found| Recipient::new(found.text)).collect();
    } else {
        let automatic = field("auto-submitted").is_some_and(|value| !starts_with(&value, "no"));
        if !automatic || !subject.eq_ignore_ascii_case("unsubscribe") {
            return None;
        }
        feedback.feedback_type = "opt-out".into();
        let from = field("from").unwrap_or_default();
        report.recipients = addresses(&from).take(1).map(|found| Recipient::new(found.text)).collect();
    }
    report.feedback = Some(feedback);
    Some(report)
}

fn rest_of<'t>(text: &'t str, begin: &str) -> Option<&'t str> {
    starts_with(text, begin).then(|| text[begin.len()..].trim())
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    #[test]
    fn a_complaint_says_what_it_is_about() {
        let text = "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n\
            --b\r\n\r\nA complaint.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n\
            Feedback-Type: Abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\
            Original-Mail-From: <alice@a.example>\r\nOriginal-Rcpt-To: <bob@b.example>\r\nSource-IP: 192.0.2.1\r\n\
            Reported-Domain: a.example\r\nReported-Domain: c.example\r\nIncidents: 7\r\n\
            --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <1@a.example>\r\n\r\nBuy!\r\n--b--\r\n";
        let report = report(&Message::parse(text.as_bytes())).unwrap();
        assert_eq!(report.kind, Kind::Complaint);
        assert_eq!(report.recipients[0].address, "bob@b.example");
        assert_eq!(report.original_message_id.as_deref(), Some("<1@a.example>"));
        let feedback = report.feedback.unwrap();
        assert_eq!(feedback.feedback_type, "abuse");
        assert_eq!(feedback.original_mail_from.as_deref(), Some("alice@a.example"));
        assert_eq!(feedback.source_ip.as_deref(), Some("192.0.2.1"));
        assert_eq!(feedback.reported_domains, ["a.example", "c.example"]);
        assert_eq!(feedback.incidents, Some(7));
        let original = report.original.unwrap();
        assert_eq!(&text[original.span], "Message-ID: <1@a.example>\r\n\r\nBuy!");
        assert!(!original.headers_only);
    }
}
