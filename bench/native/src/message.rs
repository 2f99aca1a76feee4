//! A message, read by each crate to the same depth: every header field as what it is (addresses, a date, media types, or text
//! without encoded words), every body decoded from its transfer encoding, and text from its charset, too.

use edgepost::message::address::{Entry, read_list};
use edgepost::message::date::Date;
use edgepost::message::parse::Message;
use edgepost::message::part::{Kind, Part};
use mail_parser::{HeaderValue, MessageParser, PartType};

use crate::Seen;

/// What our reader leaves to be asked for is asked for here: [`Message::parse`] finds parts and fields, and reads those of
/// MIME. Received is text for us.
pub fn edgepost(octets: &[u8]) -> Read<'_> {
    let message = Message::parse(octets);
    let fields = message.parts().iter().flat_map(|part| fields(&message, part)).collect();
    let leaves = message.parts().iter().filter(|part| part.kind == Kind::Leaf);
    let bodies = leaves.map(|part| body(&message, part)).collect();
    Read { message, fields, bodies }
}

pub struct Read<'a> {
    message: Message<'a>,
    fields: Vec<Value>,
    bodies: Vec<Body<'a>>,
}

enum Value {
    Addresses(Vec<Entry>),
    Date(Option<i64>),
    Text(String),
}

enum Body<'a> {
    Text(String),
    Octets(std::borrow::Cow<'a, [u8]>),
}

fn fields(message: &Message, part: &Part) -> Vec<Value> {
    const ADDRESSES: [&[u8]; 7] = [b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"return-path"];
    // Those of MIME are in the part already.
    const READ: [&[u8]; 3] = [b"content-type", b"content-disposition", b"content-transfer-encoding"];
    let is_one_of = |name: &[u8], names: &[&[u8]]| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    let value = |field| match message.name_of(field) {
        name if is_one_of(name, &READ) => None,
        name if is_one_of(name, &ADDRESSES) => {
            Some(Value::Addresses(read_list(&message.body_of(field), message.charsets())))
        }
        name if name.eq_ignore_ascii_case(b"date") => {
            Some(Value::Date(Date::read(&message.body_of(field)).map(|date| date.unix)))
        }
        _ => Some(Value::Text(message.text_of(field))),
    };
    part.fields.iter().filter_map(value).collect()
}

fn body<'a>(message: &Message<'a>, part: &Part) -> Body<'a> {
    if part.media_type().starts_with("text/") {
        Body::Text(message.text(part.number))
    } else {
        Body::Octets(message.content(part.number))
    }
}

pub fn seen_by_edgepost(read: &Read) -> Seen {
    let texts = read.bodies.iter().filter_map(|body| match body {
        Body::Text(text) => Some(text.as_bytes()),
        Body::Octets(_) => None,
    });
    let files = read.bodies.iter().filter_map(|body| match body {
        Body::Octets(octets) => Some(&**octets),
        Body::Text(_) => None,
    });
    let addresses = read.fields.iter().map(|value| match value {
        Value::Addresses(list) => list.len(),
        _ => 0,
    });
    let date = read.fields.iter().find_map(|value| match value {
        Value::Date(date) => *date,
        _ => None,
    });
    let written = read.fields.iter().filter(|value| matches!(value, Value::Text(text) if !text.is_empty()));
    let fields = read.message.parts().iter().map(|part| part.fields.len()).sum();
    assert!(written.count() > 0, "no field is a text");
    seen(read.message.parts().len(), fields, addresses.sum(), date.unwrap_or_default() / 1000, texts, files)
}

/// All of this is done by one call.
pub fn mail_parser(octets: &[u8]) -> mail_parser::Message<'_> {
    MessageParser::default().parse(octets).expect("a message")
}

pub fn seen_by_mail_parser(message: &mail_parser::Message) -> Seen {
    let texts = message.parts.iter().filter_map(|part| match &part.body {
        PartType::Text(text) | PartType::Html(text) => Some(text.as_bytes()),
        _ => None,
    });
    let files = message.parts.iter().filter_map(|part| match &part.body {
        PartType::Binary(octets) | PartType::InlineBinary(octets) => Some(&**octets),
        _ => None,
    });
    let headers = || message.parts.iter().flat_map(|part| &part.headers);
    let addresses = headers().map(|header| match header.value() {
        HeaderValue::Address(list) => list.iter().count(),
        // For mail-parser, a Return-Path is an identifier.
        HeaderValue::Text(_) if header.name() == "Return-Path" => 1,
        _ => 0,
    });
    let date = message.date().map(|date| date.to_timestamp());
    seen(message.parts.len(), headers().count(), addresses.sum(), date.unwrap_or_default(), texts, files)
}

fn seen<'a>(
    parts: usize,
    fields: usize,
    addresses: usize,
    date: i64,
    texts: impl Iterator<Item = &'a [u8]>,
    files: impl Iterator<Item = &'a [u8]>,
) -> Seen {
    let (text, text_sum) = summed(texts);
    let (file, file_sum) = summed(files);
    vec![
        ("parts", parts as u64),
        ("fields", fields as u64),
        ("addresses", addresses as u64),
        ("date", date as u64),
        ("textOctets", text),
        ("textSum", text_sum),
        ("fileOctets", file),
        ("fileSum", file_sum),
    ]
}

/// How many octets there are, and a checksum of them all (FNV-1a, of which JavaScript's numbers hold 32 bits).
fn summed<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (u64, u64) {
    let (mut octets, mut sum) = (0, 0x811C_9DC5_u32);
    for piece in pieces {
        octets += piece.len() as u64;
        sum = piece.iter().fold(sum, |sum, octet| (sum ^ u32::from(*octet)).wrapping_mul(0x0100_0193));
    }
    (octets, u64::from(sum))
}
