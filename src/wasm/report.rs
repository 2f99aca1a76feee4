//! Reports about messages, for JavaScript.

use alloc::string::{String, ToString};

use super::json::{Object, Value, array};
use crate::message::parse::Message;
use crate::message::report::{self, Action, Disposition, Feedback, Original, Recipient};

/// What a message tells of another one, as `{ kind, recipients, … }`; nothing when it is no report.
pub fn report(message: &Message) -> Option<Value> {
    let report = report::report(message)?;
    let mut object = Object::new();
    object
        .field("kind", report.kind.name())
        .field("reportingMta", report.reporting_mta)
        .field("arrivalDate", report.arrival_date)
        .field("originalEnvelopeId", report.original_envelope_id)
        .field("originalMessageId", report.original_message_id)
        .field("recipients", array(report.recipients.iter().map(recipient)))
        .field("feedback", report.feedback.as_ref().map(feedback))
        .field("disposition", report.disposition.as_ref().map(disposition))
        .field("original", report.original.as_ref().map(original));
    Some(object.done())
}

fn recipient(recipient: &Recipient) -> Value {
    let mut object = Object::new();
    object
        .field("address", recipient.address.as_str())
        .field("original", recipient.original.as_deref())
        .field("action", recipient.action.map(Action::name))
        .field("status", recipient.status.map(|status| status.to_string()))
        .field("replyCode", recipient.reply_code)
        .field("diagnostic", recipient.diagnostic.as_deref())
        .field("remoteMta", recipient.remote_mta.as_deref())
        .field("hard", recipient.hard)
        .field("cause", recipient.cause.name());
    object.done()
}

fn feedback(feedback: &Feedback) -> Value {
    let list = |texts: &[String]| array(texts.iter().map(String::as_str));
    let mut object = Object::new();
    object
        .field("feedbackType", feedback.feedback_type.as_str())
        .field("userAgent", feedback.user_agent.as_deref())
        .field("originalMailFrom", feedback.original_mail_from.as_deref())
        .field("sourceIp", feedback.source_ip.as_deref())
        .field("incidents", feedback.incidents)
        .field("reportedDomains", list(&feedback.reported_domains))
        .field("reportedUris", list(&feedback.reported_uris))
        .field("authenticationResults", list(&feedback.authentication_results))
        .field("authFailure", feedback.auth_failure.as_deref());
    object.done()
}

fn disposition(disposition: &Disposition) -> Value {
    let list = |texts: &[String]| array(texts.iter().map(String::as_str));
    let mut object = Object::new();
    object
        .field("kind", disposition.kind.as_str())
        .field("manual", disposition.manual)
        .field("sentManually", disposition.sent_manually)
        .field("modifiers", list(&disposition.modifiers))
        .field("reportingUa", disposition.reporting_ua.as_deref())
        .field("errors", list(&disposition.errors));
    object.done()
}

fn original(original: &Original) -> Value {
    let span = Object::new().field("start", original.span.start).field("end", original.span.end).done();
    let mut object = Object::new();
    object.field("part", original.part).field("span", span).field("headersOnly", original.headers_only);
    object.done()
}
