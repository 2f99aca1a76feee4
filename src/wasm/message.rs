//! Messages for JavaScript: the skeleton of one in a single call, and content on its way.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::json::Object;
use crate::message::address::Address;
use crate::message::build::{Builder, Encoding, Kind, Lines, Options, Part, check_field};
use crate::message::{FieldError, base64, qp};
use crate::wire::SyntaxError;
use crate::wire::address::Mailbox;

/// Makes the skeleton of a message from records that end with NUL, each a letter and a value (js/skeleton.ts). The octets,
/// then where contents go in them, 4 octets each, little end first, then 1 if all is ASCII.
#[wasm_bindgen(js_name = composeSkeleton)]
pub fn compose_skeleton(text: &str) -> Result<Vec<u8>, JsValue> {
    let mut records = text.split('\0');
    let flags = records.next().unwrap_or_default();
    let stem = records.next().unwrap_or_default();
    let options = Options { utf8: flags.contains('u'), eight_bit: flags.contains('8'), ..Options::new(stem) };
    let mut script = Script {
        builder: Builder::new(options).map_err(|error| fault(0, error))?,
        list: None,
        addresses: Vec::new(),
        ids: Vec::new(),
        name: "",
        display_name: None,
        part: Part::new(""),
        params: Vec::new(),
        fields: Vec::new(),
    };
    for (at, record) in records.enumerate() {
        script.run(at, record)?;
    }
    let (mut out, contents) = script.builder.finish_flat();
    let ascii = out.is_ascii();
    for (at, _) in contents {
        out.extend_from_slice(&(at as u32).to_le_bytes());
    }
    out.push(u8::from(ascii));
    Ok(out)
}

struct Script<'a> {
    builder: Builder,
    /// A field of addresses or identifiers that is being told, and its record.
    list: Option<(usize, &'a str)>,
    addresses: Vec<Address>,
    ids: Vec<&'a str>,
    name: &'a str,
    display_name: Option<&'a str>,
    part: Part<'a>,
    params: Vec<(&'a str, &'a str)>,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Script<'a> {
    fn run(&mut self, at: usize, record: &'a str) -> Result<(), JsValue> {
        let Some((op, value)) = record.split_at_checked(1) else { return self.flush() };
        if !matches!(op, "n" | "m" | "i") {
            self.flush()?;
        }
        let done = match op {
            "A" | "I" => {
                self.list = Some((at, value));
                return Ok(());
            }
            "n" => {
                self.display_name = Some(value);
                return Ok(());
            }
            "m" => {
                let mailbox = Mailbox::parse(value).map_err(|error| no_mailbox(at, error))?;
                self.addresses.push(Address { name: self.display_name.take().map(String::from), mailbox });
                return Ok(());
            }
            "b" => {
                // Nowhere written; only the envelope has it. There is one that needs no domain (RFC 5321 section 4.5.1).
                return match Mailbox::parse(value) {
                    Err(error) if !value.eq_ignore_ascii_case("postmaster") => Err(no_mailbox(at, error)),
                    _ => Ok(()),
                };
            }
            "i" => {
                self.ids.push(value);
                return Ok(());
            }
            "H" | "h" => {
                self.name = value;
                return Ok(());
            }
            "w" => {
                self.fields.push((self.name, value));
                return check_field(self.name, value).map_err(|error| fault(at, error));
            }
            "p" => {
                self.params.push(value.split_once('=').unwrap_or((value, "")));
                return Ok(());
            }
            "t" => {
                self.part.media_type = value;
                return Ok(());
            }
            "d" => {
                self.part.disposition = Some(value);
                return Ok(());
            }
            "f" => {
                self.part.filename = Some(value);
                return Ok(());
            }
            "c" => {
                self.part.id = Some(value);
                return Ok(());
            }
            "D" => self.builder.date(value.parse().unwrap_or(i64::MAX)),
            "v" => self.builder.text_field(self.name, value),
            "(" => self.builder.open(value, &self.params),
            ")" => {
                self.builder.close();
                Ok(())
            }
            "V" => self.builder.verbatim(),
            _ => {
                let part = Part { params: &self.params, fields: &self.fields, ..self.part };
                if op == "T" {
                    self.builder.text(&part, value)
                } else {
                    self.builder.content(&part, Encoding::parse(value).unwrap_or(Encoding::Base64))
                }
            }
        };
        if op != "v" {
            self.part = Part::new("");
            self.params.clear();
            self.fields.clear();
        }
        done.map_err(|error| fault(at, error))
    }

    /// Ends a list.
    fn flush(&mut self) -> Result<(), JsValue> {
        let Some((at, name)) = self.list.take() else { return Ok(()) };
        let addresses = self.builder.addresses(name, &self.addresses);
        let ids = addresses.and_then(|()| self.builder.message_ids(name, &self.ids));
        self.addresses.clear();
        self.ids.clear();
        ids.map_err(|error| fault(at, error))
    }
}

fn no_mailbox(record: usize, SyntaxError { at, rule }: SyntaxError) -> JsValue {
    fault(record, FieldError { field: "mailbox", at, rule })
}

/// What is wrong, and with which record; js/skeleton.ts knows what that came from.
fn fault(record: usize, FieldError { field, at, rule }: FieldError) -> JsValue {
    Object::new()
        .field("record", record)
        .field("part", field)
        .field("position", at)
        .field("rule", rule)
        .done()
        .into()
}

/// How content may go: 0 as 7bit, 1 as 8bit, 2 only as binary. `stem` is what the message's boundaries are made of.
#[wasm_bindgen(js_name = kindOf)]
pub fn kind_of(octets: &[u8], stem: &str) -> u8 {
    Kind::of(octets, stem) as u8
}

/// Reads on in content that should be lines; the state to go on with, 0 at first, or -1 when it is not.
#[wasm_bindgen(js_name = readLines)]
pub fn read_lines(octets: &[u8], state: u32, eight_bit: bool) -> i32 {
    let mut lines = Lines::resumed(state);
    if (eight_bit || octets.is_ascii()) && lines.read(octets) { lines.state() as i32 } else { -1 }
}

/// Lines of base64; all but the last piece of content must be a multiple of 57 octets.
#[wasm_bindgen(js_name = base64Lines)]
pub fn base64_lines(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    base64::encode(octets, &mut out);
    out
}

/// Content in quoted-printable.
#[wasm_bindgen(js_name = quotedPrintable)]
pub fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    qp::encode(octets, &mut out);
    out
}
