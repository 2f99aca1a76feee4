//! What a client asks for by parameters of MAIL and RCPT, decoded (RFC 3461, RFC 2852, RFC 4865, RFC 6710, RFC 7293, RFC
//! 8689, RFC 3030, RFC 4954 section 5, RFC 3865). The engine has checked them: what does not read here is not there.

use alloc::string::ToString;

use super::value::{Value, array, object};
use crate::wire::date_time::DateTime;
use crate::wire::param::auth::Auth;
use crate::wire::param::deliver_by::{DeliverBy, Mode};
use crate::wire::param::dsn::{Envid, Notify, Orcpt, Ret};
use crate::wire::param::rrvs::Rrvs;
use crate::wire::param::{Param, Params};

/// Of MAIL; nothing when it asks for nothing.
pub fn of_mail(params: &Params) -> Option<Value> {
    let value = |keyword| params.find(keyword).and_then(Param::value);
    let there = |keyword| params.find(keyword).map(|_| Value::from(true));
    let binary = value("BODY").filter(|body| body.eq_ignore_ascii_case("BINARYMIME"));
    asked(&[
        ("ret", value("RET").and_then(|text| Ret::parse(text).ok()).map(ret).into()),
        (
            "envid",
            value("ENVID").and_then(|text| Envid::parse(text).ok()).map(|id| id.as_str().to_string()).into(),
        ),
        ("deliverBy", value("BY").and_then(|text| DeliverBy::parse(text).ok()).map(deliver_by).into()),
        ("holdFor", value("HOLDFOR").and_then(|text| text.parse::<u32>().ok()).into()),
        ("holdUntil", value("HOLDUNTIL").and_then(|text| DateTime::parse(text).ok()).map(seconds).into()),
        ("priority", value("MT-PRIORITY").and_then(|text| text.parse::<i64>().ok()).into()),
        ("requireTls", there("REQUIRETLS").into()),
        ("binary", binary.map(|_| Value::from(true)).into()),
        ("prdr", there("PRDR").into()),
        ("submitter", value("AUTH").and_then(|text| Auth::parse(text).ok()).map(submitter).into()),
        ("solicit", value("SOLICIT").into()),
    ])
}

/// Of RCPT; nothing when it asks for nothing.
pub fn of_rcpt(params: &Params) -> Option<Value> {
    let value = |keyword| params.find(keyword).and_then(Param::value);
    asked(&[
        ("notify", value("NOTIFY").and_then(|text| Notify::parse(text).ok()).map(notify).into()),
        (
            "originalRecipient",
            value("ORCPT").and_then(|text| Orcpt::parse(text).ok()).and_then(original).into(),
        ),
        (
            "requireValidSince",
            value("RRVS").and_then(|text| Rrvs::parse(text).ok()).map(|rrvs| seconds(rrvs.since)).into(),
        ),
    ])
}

fn asked(fields: &[(&str, Value)]) -> Option<Value> {
    fields.iter().any(|(_, value)| value.is_there()).then(|| object(fields))
}

fn ret(ret: Ret) -> Value {
    match ret {
        Ret::Full => "full".into(),
        Ret::Hdrs => "headers".into(),
    }
}

fn deliver_by(by: DeliverBy) -> Value {
    let mode = match by.mode() {
        Mode::Return => "return",
        Mode::Notify => "notify",
    };
    object(&[
        ("seconds", i64::from(by.seconds()).into()),
        ("mode", mode.into()),
        ("trace", by.trace().then(|| Value::from(true)).into()),
    ])
}

/// Since 1970 began.
fn seconds(time: DateTime) -> Value {
    time.unix().into()
}

fn submitter(auth: Auth) -> Value {
    match auth {
        Auth::Nobody => "".into(),
        Auth::Mailbox(mailbox) => mailbox.as_str().into(),
        Auth::User(user) => user.into(),
    }
}

fn notify(notify: Notify) -> Value {
    let events = [("success", notify.success), ("failure", notify.failure), ("delay", notify.delay)];
    match notify {
        Notify::NEVER => "never".into(),
        _ => array(events.into_iter().filter(|(_, wanted)| *wanted).map(|(event, _)| event)),
    }
}

/// A mailbox; addresses of other kinds are in the parameters as they came.
fn original(orcpt: Orcpt) -> Option<Value> {
    let mail = ["rfc822", "utf-8"].iter().any(|kind| orcpt.addr_type().eq_ignore_ascii_case(kind));
    mail.then(|| orcpt.address().into())
}
