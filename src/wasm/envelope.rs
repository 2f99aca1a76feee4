//! What a client asks for by parameters of MAIL and RCPT, decoded (RFC 3461, RFC 2852, RFC 4865, RFC 6710, RFC 7293, RFC
//! 8689, RFC 3030, RFC 4954 section 5, RFC 3865, RFC 1870, RFC 1845). The engine has checked them: what does not read here
//! is not there.

use alloc::string::{String, ToString};

use super::json::{Object, Value, array};
use crate::wire::date_time::DateTime;
use crate::wire::param::auth::Auth;
use crate::wire::param::deliver_by::{DeliverBy, Mode};
use crate::wire::param::dsn::{Envid, Notify, Orcpt, Ret};
use crate::wire::param::rrvs::Rrvs;
use crate::wire::param::{Param, Params, size_value};

/// Of MAIL; nothing when it asks for nothing.
pub fn of_mail(params: &Params) -> Option<Value> {
    let value = |keyword| params.find(keyword).and_then(Param::value);
    let there = |keyword| params.find(keyword).map(|_| true);
    let binary = value("BODY").filter(|body| body.eq_ignore_ascii_case("BINARYMIME"));
    Object::new()
        .field("size", value("SIZE").and_then(size_value))
        .field("ret", value("RET").and_then(|text| Ret::parse(text).ok()).map(ret))
        .field(
            "envid",
            value("ENVID").and_then(|text| Envid::parse(text).ok()).map(|id| id.as_str().to_string()),
        )
        .field("deliverBy", value("BY").and_then(|text| DeliverBy::parse(text).ok()).map(deliver_by))
        .field("holdFor", value("HOLDFOR").and_then(|text| text.parse::<u32>().ok()))
        .field("holdUntil", value("HOLDUNTIL").and_then(|text| DateTime::parse(text).ok()).map(seconds))
        .field("priority", value("MT-PRIORITY").and_then(|text| text.parse::<i64>().ok()))
        .field("requireTls", there("REQUIRETLS"))
        .field("binary", binary.map(|_| true))
        .field("prdr", there("PRDR"))
        .field("submitter", value("AUTH").and_then(|text| Auth::parse(text).ok()).map(submitter))
        .field("solicit", value("SOLICIT"))
        .field("transaction", value("TRANSID"))
        .if_any()
}

/// Of RCPT; nothing when it asks for nothing.
pub fn of_rcpt(params: &Params) -> Option<Value> {
    let value = |keyword| params.find(keyword).and_then(Param::value);
    Object::new()
        .field("notify", value("NOTIFY").and_then(|text| Notify::parse(text).ok()).map(notify))
        .field(
            "originalRecipient",
            value("ORCPT").and_then(|text| Orcpt::parse(text).ok()).and_then(original),
        )
        .field(
            "requireValidSince",
            value("RRVS").and_then(|text| Rrvs::parse(text).ok()).map(|rrvs| seconds(rrvs.since)),
        )
        .if_any()
}

fn ret(ret: Ret) -> &'static str {
    match ret {
        Ret::Full => "full",
        Ret::Hdrs => "headers",
    }
}

fn deliver_by(by: DeliverBy) -> Value {
    let mode = match by.mode() {
        Mode::Return => "return",
        Mode::Notify => "notify",
    };
    Object::new()
        .field("seconds", i64::from(by.seconds()))
        .field("mode", mode)
        .field("trace", by.trace().then_some(true))
        .done()
}

/// Since 1970 began.
fn seconds(time: DateTime) -> i64 {
    time.unix()
}

fn submitter(auth: Auth) -> String {
    match auth {
        Auth::Nobody => String::new(),
        Auth::Mailbox(mailbox) => mailbox.as_str().into(),
        Auth::User(user) => user,
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
fn original(orcpt: Orcpt) -> Option<String> {
    let mail = ["rfc822", "utf-8"].iter().any(|kind| orcpt.addr_type().eq_ignore_ascii_case(kind));
    mail.then(|| orcpt.address().into())
}
