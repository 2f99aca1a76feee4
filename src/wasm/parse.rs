//! Messages that were read, for JavaScript.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::charsets::CHARSETS;
use super::json::{Json, Object, Value, array, list};
use crate::message::address::{Entry, Found, read_list};
use crate::message::date::Date;
use crate::message::param::Parameter;
use crate::message::parse::Message;
use crate::message::part::{Damage, Kind, Part};
use crate::message::stream::{Event, Reader};
use crate::message::{Field, Limits, flowed, header_fields, unfolded, uuencode, word};

/// A message as `{ parts, bodies, … }`, its parts flat. The content of each part whose octets are not those of its body is put
/// into `contents`, at the number of the part.
#[wasm_bindgen(js_name = parseMessage)]
pub fn parse_message(
    octets: &[u8],
    contents: &Array,
    depth: Option<usize>,
    parts: Option<usize>,
    header: Option<usize>,
) -> Result<JsValue, JsValue> {
    let message = Message::parse_within(octets, limits(depth, parts, header), CHARSETS);
    let bodies = message.bodies();
    let mut files = Vec::new();
    for part in message.parts().iter().filter(|part| part.kind == Kind::Leaf) {
        if !part.transfer.is_identity() {
            let content = message.content(part.number);
            contents.set(part.number as u32, Uint8Array::from(&*content).into());
        } else if part.media_type() == "text/plain" {
            uuencoded(&message, part, &mut files);
        }
    }
    let paths = paths(message.parts());
    let mut object = fields_of(&message);
    object
        .field(
            "parts",
            list(message.parts().iter().zip(paths).map(|(part, path)| part_of(&message, part, &path))),
        )
        .field("textBody", list(bodies.text.iter().copied()))
        .field("htmlBody", list(bodies.html.iter().copied()))
        .field("attached", list(bodies.attachments.iter().copied()))
        .field("files", list(files.into_iter()))
        .field("report", super::report::report(&message));
    Ok(object.done().into())
}

/// The lines of flowed text, joined to paragraphs.
#[wasm_bindgen(js_name = joinFlowed)]
pub fn join_flowed(text: &str, delete_space: bool) -> String {
    flowed::joined(text, delete_space)
}

fn limits(depth: Option<usize>, parts: Option<usize>, header: Option<usize>) -> Limits {
    let usual = Limits::default();
    Limits {
        depth: depth.unwrap_or(usual.depth),
        parts: parts.unwrap_or(usual.parts),
        header: header.unwrap_or(usual.header),
    }
}

/// What the header section of the message says, by the names of its fields.
fn fields_of(message: &Message) -> Object {
    let mut object = Object::new();
    for (name, field) in [
        ("from", "from"),
        ("sender", "sender"),
        ("replyTo", "reply-to"),
        ("to", "to"),
        ("cc", "cc"),
        ("bcc", "bcc"),
    ] {
        let entries: Vec<Entry> = message
            .fields(0, field)
            .flat_map(|field| read_list(&message.body_of(field), &CHARSETS))
            .collect();
        if message.field(0, field).is_some() {
            object.field(name, list(entries.iter().map(entry)));
        }
    }
    let text = |name| message.field(0, name).map(|field| message.text_of(field));
    object.field("subject", text("subject"));
    let date = message.field(0, "date").and_then(|field| Date::read(&message.body_of(field)));
    object.field("date", date.map(|date| date.unix));
    for (name, field) in
        [("messageId", "message-id"), ("inReplyTo", "in-reply-to"), ("references", "references")]
    {
        let ids = text(field).map(|text| identifiers(&text));
        match ids {
            Some(mut ids) if field == "message-id" => {
                ids.truncate(1);
                object.field(name, ids.pop());
            }
            ids => {
                object.field(name, ids.map(|ids| list(ids.into_iter())));
            }
        }
    }
    object
}

/// Message identifiers, in angle brackets; what is in none, where there are none at all.
fn identifiers(text: &str) -> Vec<String> {
    let ids: Vec<String> = text
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| ["<", &id.split_ascii_whitespace().collect::<String>(), ">"].concat())
        .collect();
    if ids.is_empty() { text.split_ascii_whitespace().map(String::from).collect() } else { ids }
}

/// An entry of a list of addresses.
pub fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Mailbox(found) => mailbox(found),
        Entry::Group { name, members, .. } => Object::new()
            .field("group", name.as_str())
            .field("members", list(members.iter().map(mailbox)))
            .done(),
    }
}

fn mailbox(found: &Found) -> Value {
    Object::new()
        .field("name", found.name.as_deref())
        .field("address", found.address.as_deref().unwrap_or_default())
        .done()
}

fn part_of(message: &Message, part: &Part, path: &str) -> Value {
    let of = |range: &Range<usize>| &message.octets()[range.clone()];
    let none = list(core::iter::empty::<u32>());
    described(part, of).field("path", path).field("body", &part.body).field("parts", none).done()
}

/// The numbers by which IMAP names each part, as `1.2`; none for the message. What a message has is numbered as its own,
/// unless it has one body only (RFC 3501 section 6.4.5).
fn paths(parts: &[Part]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::with_capacity(parts.len());
    let mut inside = alloc::vec![0_usize; parts.len()];
    for part in parts {
        let mut path = String::new();
        if let Some(outer) = part.parent {
            inside[outer] += 1;
            path.push_str(&paths[outer]);
            if !(parts[outer].kind == Kind::Message && part.kind == Kind::Multipart) {
                if !path.is_empty() {
                    path.push('.');
                }
                inside[outer].write(&mut path);
            }
        }
        paths.push(path);
    }
    paths
}

/// What a part is; `of` gives the octets of its header section.
fn described<'a>(part: &Part, of: impl Fn(&Range<usize>) -> &'a [u8]) -> Object {
    let mut object = Object::new();
    let kind = match part.kind {
        Kind::Leaf => "leaf",
        Kind::Multipart => "multipart",
        Kind::Message => "message",
    };
    let mut params = Object::new();
    let mut seen: Vec<&str> = Vec::new();
    for Parameter { name, value, .. } in
        part.content_type.iter().flat_map(|value| &value.params).take(MOST_PARAMS)
    {
        // The first of a name is the one that counts.
        if !seen.contains(&name.as_str()) {
            seen.push(name);
            params.named(name, value.as_str());
        }
    }
    let cid =
        part.fields.iter().find(|field| of(&field.name).eq_ignore_ascii_case(b"content-id")).map(|field| {
            let value = word::decode(unfolded(of(&field.body)).trim_ascii(), &CHARSETS);
            let id = value.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
            String::from(id.unwrap_or(&value))
        });
    object
        .field("number", part.number)
        .field("parent", part.parent)
        .field("kind", kind)
        .field("contentType", part.media_type())
        .field("params", params.done())
        .field("charset", part.charset())
        .field("encoding", part.transfer.name())
        .field("disposition", part.disposition.as_ref().map(|value| value.value.as_str()))
        .field("filename", part.file_name())
        .field("cid", cid)
        .field("header", &part.header)
        .field("damage", list(part.damage.iter().map(|damage| damage.name())));
    object
}

/// Each name is compared with all; who has more wants to be slow.
const MOST_PARAMS: usize = 100;

/// The fields of a header section that begins at `base` of the message. They are asked for when somebody looks at them: to
/// decode them all costs more than the rest of a message, and most of them are read by nobody.
#[wasm_bindgen(js_name = headersOf)]
pub fn headers_of(section: &[u8], base: usize) -> Result<JsValue, JsValue> {
    let fields = header_fields(section, base);
    let text = |range: &Range<usize>| &section[range.start - base..range.end - base];
    Ok(array(fields.iter().map(|field| header(field, text(&field.name), text(&field.body)))).into())
}

fn header(field: &Field, name: &[u8], raw: &[u8]) -> Value {
    Object::new()
        .field("name", &*String::from_utf8_lossy(name))
        .field("value", word::decode(unfolded(raw).trim_ascii(), &CHARSETS))
        .field("raw", CHARSETS.text(None, raw))
        .field("span", &field.span)
        .done()
}

/// Files in a text, as `{ part, filename, span, content }` with the content's place behind all parts.
fn uuencoded(message: &Message, part: &Part, files: &mut Vec<Value>) {
    let body = &message.octets()[part.body.clone()];
    let mut from = 0;
    while let Some(file) = uuencode::find(&body[from..]) {
        let at = part.body.start + from;
        let name = CHARSETS.text(None, &body[from..][file.name]);
        let place = |range: &Range<usize>| at + range.start..at + range.end;
        files.push(
            Object::new()
                .field("part", part.number)
                .field("filename", name)
                .field("span", &place(&file.span))
                .field("lines", &place(&file.lines))
                .done(),
        );
        from += file.span.end;
    }
}

/// The octets of a file in a text.
#[wasm_bindgen(js_name = uudecode)]
pub fn uudecode(lines: &[u8]) -> Vec<u8> {
    uuencode::decode(lines)
}

/// Reads a message that comes in pieces.
#[wasm_bindgen]
pub struct MessageReader(Reader);

#[wasm_bindgen]
impl MessageReader {
    #[wasm_bindgen(constructor)]
    pub fn new(depth: Option<usize>, parts: Option<usize>, header: Option<usize>) -> MessageReader {
        Self(Reader::new(limits(depth, parts, header), CHARSETS))
    }

    pub fn receive(&mut self, octets: &[u8]) {
        self.0.receive(octets);
    }

    pub fn end(&mut self) {
        self.0.end();
    }

    /// The next event, as an object or, for content, its octets; nothing when more has to come.
    pub fn poll(&mut self) -> Result<JsValue, JsValue> {
        Ok(match self.0.poll() {
            None => JsValue::UNDEFINED,
            Some(Event::Content(octets)) => Uint8Array::from(&*octets).into(),
            Some(Event::Begin { part, header }) => {
                let base = part.header.start;
                let of = |range: &Range<usize>| &header[range.start - base..range.end - base];
                let headers = array(
                    part.fields.iter().map(|field| self::header(field, of(&field.name), of(&field.body))),
                );
                let object = described(&part, of).field("headers", headers).done();
                Object::of("part").field("part", object).done().into()
            }
            Some(Event::End { part, at, damage }) => Object::of("end")
                .field("part", part)
                .field("at", at)
                .field("damage", damage.map(Damage::name))
                .done()
                .into(),
        })
    }
}
