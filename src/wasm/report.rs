//! Reports about messages, for JavaScript.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::json::{Object, Value, array};
use super::value::{Options, syntax};
use crate::message::FieldError;
use crate::message::address::Address;
use crate::message::parse::Message;
use crate::message::report::{
    self, Action, DeliveryStatus, Disposition, Feedback, Original, Recipient, RecipientStatus, Returned,
};
use crate::wire::SyntaxError;
use crate::wire::address::Mailbox;
use crate::wire::reply::EnhancedCode;

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

/// Writes a notification, told as js/reporting.ts has it.
#[wasm_bindgen(js_name = composeReport)]
pub fn compose_report(given: JsValue) -> Result<Vec<u8>, JsValue> {
    let notification =
        notification(&Options::new(given)).map_err(|(field, error)| syntax(Some(&field), error))?;
    notification.write().map_err(|error| {
        let FieldError { at, rule, .. } = error;
        syntax(Some(&place(&notification, error)), SyntaxError { at, rule })
    })
}

type Wrong = (String, SyntaxError);

fn notification(given: &Options) -> Result<DeliveryStatus, Wrong> {
    let text = |name| given.string(name).unwrap_or_default();
    let from = given.options("from").unwrap_or(Options::new(JsValue::UNDEFINED));
    let from = Address { name: from.string("name"), mailbox: mailbox(&from, "address", "from")? };
    let recipients = given.options("recipients").and_then(|recipients| recipients.list()).unwrap_or_default();
    let recipients = recipients.iter().enumerate().map(|(at, recipient)| told(recipient, at));
    Ok(DeliveryStatus {
        subject: text("subject"),
        text: text("text"),
        date: date(given, "date").unwrap_or_default(),
        arrival_date: date(given, "arrivalDate"),
        original_envelope_id: given.string("originalEnvelopeId"),
        recipients: recipients.collect::<Result<_, _>>()?,
        returned: given.options("original").map(|original| Returned {
            content: original.octets("content").unwrap_or_default(),
            headers_only: original.boolean("headersOnly").unwrap_or_default(),
        }),
        ..DeliveryStatus::new(from, mailbox(given, "to", "to")?, text("reportingMta"), text("messageId"))
    })
}

fn told(given: &Options, at: usize) -> Result<RecipientStatus, Wrong> {
    let field = |name| format!("recipients[{at}].{name}");
    let address = mailbox(given, "recipient", &field("recipient"))?;
    let action = given.string("action").unwrap_or_default();
    let action = Action::ALL.into_iter().find(|known| known.name() == action);
    let action = action.ok_or((field("action"), SyntaxError { at: 0, rule: "an action" }))?;
    let status = EnhancedCode::parse(&given.string("status").unwrap_or_default());
    let status = status.map_err(|error| (field("status"), error))?;
    Ok(RecipientStatus {
        original: given.string("originalRecipient"),
        remote_mta: given.string("remoteMta"),
        diagnostic: given.string("diagnostic"),
        last_attempt: date(given, "lastAttempt"),
        retry_until: date(given, "willRetryUntil"),
        ..RecipientStatus::new(address, action, status)
    })
}

fn mailbox(given: &Options, name: &str, field: &str) -> Result<Mailbox, Wrong> {
    Mailbox::parse(&given.string(name).unwrap_or_default()).map_err(|error| (field.into(), error))
}

/// Milliseconds since 1970 began.
fn date(given: &Options, name: &str) -> Option<i64> {
    given.number(name).map(|date| date as i64)
}

/// Where JavaScript has the field that cannot be written.
fn place(notification: &DeliveryStatus, error: FieldError) -> String {
    let name = match error.field {
        "date" => "date",
        "message_id" => "messageId",
        "reporting_mta" => "reportingMta",
        "arrival_date" => "arrivalDate",
        "original_envelope_id" => "originalEnvelopeId",
        "original" => "originalRecipient",
        "remote_mta" => "remoteMta",
        "last_attempt" => "lastAttempt",
        "retry_until" => "willRetryUntil",
        same => same,
    };
    // Only of recipients there are several: the one with which alone it is as wrong.
    let is_wrong = |recipient: &RecipientStatus| {
        let alone =
            DeliveryStatus { recipients: vec![recipient.clone()], returned: None, ..notification.clone() };
        alone.write() == Err(error)
    };
    let of_recipients = ["original", "status", "remote_mta", "diagnostic", "last_attempt", "retry_until"]
        .contains(&error.field);
    match notification.recipients.iter().position(is_wrong).filter(|_| of_recipients) {
        Some(at) => format!("recipients[{at}].{name}"),
        None => name.into(),
    }
}
