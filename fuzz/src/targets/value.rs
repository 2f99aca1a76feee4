//! The typed values of parameters: DSN, DELIVERBY, FUTURERELEASE, MT-PRIORITY, RRVS, NO-SOLICITING, CHECKPOINT, AUTH and
//! BODY. What parses is written and read back equal, as a value that a parameter may have; so is what can be built.

use std::fmt::{Debug, Display};

use arbitrary::{Result, Unstructured};
use edgepost::wire::SyntaxError;
use edgepost::wire::address::Mailbox;
use edgepost::wire::date_time::DateTime;
use edgepost::wire::param::auth::Auth;
use edgepost::wire::param::body::Body;
use edgepost::wire::param::checkpoint::TransactionId;
use edgepost::wire::param::deliver_by::{DeliverBy, Mode};
use edgepost::wire::param::dsn::{Envid, Notify, Orcpt, Ret};
use edgepost::wire::param::future_release::{Hold, Interval};
use edgepost::wire::param::mt_priority::Priority;
use edgepost::wire::param::rrvs::{Rrvs, Unsupported};
use edgepost::wire::param::solicit::Solicitation;
use edgepost::wire::param::{KNOWN, Known, Param, Verb, known};

use crate::grammar;

type Parsed<T> = std::result::Result<T, SyntaxError>;

pub fn run(octets: &[u8]) {
    if let Ok(text) = std::str::from_utf8(octets) {
        KNOWN.iter().for_each(|known| parse(known, text));
    }
    let _ = build(&mut Unstructured::new(octets));
}

/// The table and the types agree on what a value is.
fn parse(known: &Known, text: &str) {
    let value = match known.keyword {
        "BODY" => read(text, Body::parse),
        "AUTH" => read(text, Auth::parse),
        "RET" => read(text, Ret::parse),
        "ENVID" => read(text, Envid::parse),
        "BY" => read(text, DeliverBy::parse),
        "HOLDFOR" => read(text, hold_for),
        "HOLDUNTIL" => read(text, DateTime::parse),
        "MT-PRIORITY" => read(text, Priority::parse),
        "SOLICIT" => read(text, Solicitation::parse),
        "TRANSID" => read(text, TransactionId::parse),
        "NOTIFY" => read(text, Notify::parse),
        "ORCPT" => read(text, Orcpt::parse),
        "RRVS" => read(text, Rrvs::parse),
        _ => known.check(Some(text)),
    };
    assert_eq!(known.check(Some(text)), value, "{}={text}", known.keyword);
    if let Err(error) = value {
        assert!(error.at <= text.len(), "{}={text}: {error}", known.keyword);
    }
    assert!(!known.extension_for(Some(text)).is_empty());
}

fn hold_for(text: &str) -> Parsed<Hold> {
    Interval::parse(text).map(Hold::For)
}

/// A value that was read is written and read back equal.
fn read<T: Debug + Display + PartialEq>(text: &str, parse: fn(&str) -> Parsed<T>) -> Parsed<()> {
    let value = parse(text)?;
    written(&value, parse);
    Ok(())
}

/// A value is written as a parameter may have it, and reads back equal.
fn written<T: Debug + Display + PartialEq>(value: &T, parse: fn(&str) -> Parsed<T>) {
    let text = value.to_string();
    assert!(Param::new("X", Some(&text)).is_ok(), "no value of a parameter: {text:?}");
    assert_eq!(parse(&text).as_ref(), Ok(value), "{text:?}");
}

fn build(u: &mut Unstructured) -> Result<()> {
    match u.int_in_range(0..=7)? {
        0 => {
            if let Ok(envid) = Envid::new(u.arbitrary()?) {
                written(&envid, Envid::parse);
            }
        }
        1 => {
            let (addr_type, address) = (u.arbitrary::<&str>()?, u.arbitrary::<&str>()?);
            let addr_type = if u.arbitrary()? { "utf-8" } else { addr_type };
            if let Ok(orcpt) = Orcpt::new(addr_type, address) {
                assert_eq!((orcpt.addr_type(), orcpt.address()), (addr_type, address));
                written(&orcpt, Orcpt::parse);
            }
        }
        2 => {
            let (local, domain) = grammar::mailbox(u, true)?;
            let address = format!("{local}@{domain}");
            if let Ok(orcpt) = Orcpt::of_mailbox(&address) {
                assert_eq!(orcpt.address(), address);
                written(&orcpt, Orcpt::parse);
            } else {
                assert!(
                    address.len() > 40,
                    "every mailbox has been somebody's original recipient: {address}"
                );
            }
        }
        3 => {
            let mode = if u.arbitrary()? { Mode::Return } else { Mode::Notify };
            if let Ok(by) = DeliverBy::new(u.arbitrary()?, mode, u.arbitrary()?) {
                written(&by, DeliverBy::parse);
            }
        }
        4 => {
            let notify = Notify { success: u.arbitrary()?, failure: u.arbitrary()?, delay: u.arbitrary()? };
            written(&notify, Notify::parse);
            if let Some(interval) = Interval::new(u.arbitrary()?) {
                written(&Hold::For(interval), hold_for);
            }
            if let Some(priority) = Priority::new(u.arbitrary()?) {
                written(&priority, Priority::parse);
            }
        }
        5 => {
            if let Some(since) = DateTime::from_unix(u.arbitrary::<i64>()? % 400_000_000_000) {
                let choices = [None, Some(Unsupported::Continue), Some(Unsupported::Reject)];
                written(&Rrvs { since, unsupported: *u.choose(&choices)? }, Rrvs::parse);
            }
        }
        6 => {
            let keyword = grammar::esmtp_keyword(u)?;
            for verb in [Verb::Mail, Verb::Rcpt] {
                let found = known(verb, &keyword);
                assert!(
                    found.is_none_or(
                        |known| known.verb == verb && known.keyword.eq_ignore_ascii_case(&keyword)
                    )
                );
            }
        }
        _ => {
            let (local, domain) = grammar::mailbox(u, true)?;
            if let Ok(mailbox) = Mailbox::parse(&format!("{local}@{domain}")) {
                written(&Auth::Mailbox(mailbox), Auth::parse);
            }
            written(&Auth::Nobody, Auth::parse);
        }
    }
    Ok(())
}
