//! Making messages (RFC 5322, RFC 2045, RFC 2046): headers and the skeleton of entities, into which the host puts content.
//!
//! A [`Builder`] is told the header fields, then the parts in the order in which they stand. Texts are in what it makes; of
//! other content only the place is, and whoever holds the content, or a stream of it, runs it through an [`Encoder`] on its
//! way. So a message of any size is made in constant memory.
//!
//! ```
//! use edgepost::message::build::{Builder, Encoder, Encoding, Options, Part, Segment};
//! use edgepost::wire::address::Mailbox;
//!
//! let mut message = Builder::new(Options::new("a-random-text"))?;
//! message.date(951_827_696_000)?;
//! message.addresses("From", &[Mailbox::parse("alice@a.example")?.into()])?;
//! message.text_field("Subject", "Grüße")?;
//! message.open("mixed", &[])?;
//! message.text(&Part::new("text/plain"), "Look at this.\n")?;
//! let pdf = Part { filename: Some("größe.pdf"), disposition: Some("attachment"), ..Part::new("application/pdf") };
//! message.content(&pdf, Encoding::Base64)?;
//!
//! let mut octets = Vec::new();
//! for segment in message.finish() {
//!     match segment {
//!         Segment::Octets(skeleton) => octets.extend(skeleton),
//!         Segment::Content { part, encoding } => {
//!             assert_eq!(part, 0);
//!             let mut encoder = Encoder::new(encoding);
//!             encoder.write(b"%PDF-", &mut octets)?;
//!             encoder.write(b"2.0", &mut octets)?;
//!             encoder.finish(&mut octets)?;
//!         }
//!     }
//! }
//! let octets = String::from_utf8(octets)?;
//! assert!(octets.contains("filename*=utf-8''gr%C3%B6%C3%9Fe.pdf\r\n"));
//! assert!(octets.contains("\r\n\r\nJVBERi0yLjA=\r\n--=_a-random-text_0--\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod encoder;
mod lines;
#[cfg(test)]
mod tests;
mod text;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use super::encoding::Encoding;
pub use encoder::Encoder;
pub use lines::{Kind, Lines};
pub use text::Text;

use super::address::{Address, write_list};
use super::date::Date;
use super::field::{self, FieldError};
use super::header::Header;
use super::{param, word};
use crate::wire::line::Normaliser;

/// What the whole message is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What boundaries are made of: 1 to 40 letters, digits and hyphens, so random (128 bits or more) that nobody who gives
    /// content can know it.
    pub stem: String,
    /// Headers hold characters outside ASCII as they are; the way needs SMTPUTF8 (RFC 6531).
    pub utf8: bool,
    /// Texts may be 8bit; the way needs 8BITMIME (RFC 6152).
    pub eight_bit: bool,
}

impl Options {
    /// A message that every server takes.
    pub fn new(stem: impl Into<String>) -> Self {
        Self { stem: stem.into(), utf8: false, eight_bit: false }
    }
}

/// The header of a part (RFC 2045, RFC 2183).
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// `type/subtype`.
    pub media_type: &'a str,
    /// Parameters of the type; for texts without `charset`, which is UTF-8.
    pub params: &'a [(&'a str, &'a str)],
    /// `attachment`, `inline` or another token.
    pub disposition: Option<&'a str>,
    /// Any printable text. It is written as RFC 2231 wants it, and for readers older than that as a parameter `name` in the
    /// form that they take.
    pub filename: Option<&'a str>,
    /// The Content-ID, `id-left@id-right` or any other token, without angle brackets.
    pub id: Option<&'a str>,
    /// Other fields: name and text.
    pub fields: &'a [(&'a str, &'a str)],
}

impl<'a> Part<'a> {
    /// A part that is nothing but a type.
    pub const fn new(media_type: &'a str) -> Self {
        Self { media_type, params: &[], disposition: None, filename: None, id: None, fields: &[] }
    }
}

/// A piece of a message that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Octets that are ready.
    Octets(Vec<u8>),
    /// Here the content goes that only the host has, through an [`Encoder`].
    Content {
        /// The how manieth content it is, from 0.
        part: usize,
        /// How it is encoded.
        encoding: Encoding,
    },
}

impl Segment {
    fn into_octets(self) -> Vec<u8> {
        match self {
            Self::Octets(octets) => octets,
            Self::Content { .. } => Vec::new(),
        }
    }
}

/// Writes a message from its top to its end.
#[derive(Debug, Clone)]
pub struct Builder {
    options: Options,
    out: Vec<u8>,
    /// Where contents go.
    contents: Vec<(usize, Encoding)>,
    boundaries: usize,
    /// The boundaries of the multiparts that are open.
    open: Vec<String>,
    /// There is a body, or one has begun.
    bodied: bool,
    /// What comes next is at the start of a line.
    at_start: bool,
}

impl Builder {
    /// An empty message.
    pub fn new(options: Options) -> Result<Self, FieldError> {
        let Options { stem, .. } = &options;
        let letter = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        if !(1..=40).contains(&stem.len()) || !stem.bytes().all(letter) {
            return Err(FieldError { field: "stem", at: 0, rule: "1 to 40 letters, digits and hyphens" });
        }
        Ok(Self {
            options,
            out: Vec::with_capacity(2048),
            contents: Vec::new(),
            boundaries: 0,
            open: Vec::new(),
            bodied: false,
            at_start: true,
        })
    }

    /// The `Date`: milliseconds since 1970 began, in UTC; of a year from 1900 to 9999.
    pub fn date(&mut self, milliseconds: i64) -> Result<(), FieldError> {
        let date = Date::from_unix(milliseconds);
        if !(1900..=9999).contains(&date.year()) {
            return Err(FieldError { field: "date", at: 0, rule: "a year from 1900 to 9999" });
        }
        self.header("Date")?.unit(&date.to_string()).end();
        Ok(())
    }

    /// A field of addresses, such as `To`; none where there are none.
    pub fn addresses(&mut self, name: &str, addresses: &[Address]) -> Result<(), FieldError> {
        addresses.iter().try_for_each(|address| address.check("addresses"))?;
        if !addresses.is_empty() {
            let mut header = self.header(name)?;
            write_list(addresses, &mut header);
            header.end();
        }
        Ok(())
    }

    /// A field of message identifiers, such as `References`, each in angle brackets or without; none where there are none.
    pub fn message_ids(&mut self, name: &str, ids: &[&str]) -> Result<(), FieldError> {
        for id in ids {
            message_id(id)?;
        }
        if !ids.is_empty() {
            let mut header = self.header(name)?;
            for id in ids {
                header.unit(&["<", message_id(id)?, ">"].concat());
            }
            header.end();
        }
        Ok(())
    }

    /// Any other field, with any printable text, which is encoded if it must be.
    pub fn text_field(&mut self, name: &str, text: &str) -> Result<(), FieldError> {
        field::printable("value", text)?;
        self.header(name)?.text(text).end();
        Ok(())
    }

    /// A text in UTF-8, with line ends of any kind; TAB is the only control that it may hold. It becomes 7bit, 8bit,
    /// quoted-printable or base64.
    pub fn text(&mut self, part: &Part<'_>, text: &str) -> Result<(), FieldError> {
        field::text("text", text)?;
        let mut body = Vec::with_capacity(text.len() + 2);
        let mut line_ends = Normaliser::default();
        line_ends.write(text.as_bytes(), &mut body);
        body.extend_from_slice(line_ends.finish());
        // A message ends with a line; what is between boundaries is exactly as it was.
        if self.open.is_empty() && !body.is_empty() && !body.ends_with(b"\r\n") {
            body.extend_from_slice(b"\r\n");
        }
        let kind = Kind::of(&body, &self.options.stem);
        let encoding = Encoding::for_text(&body, kind, self.options.eight_bit);
        self.entity(part, true, encoding)?;
        match encoding {
            Encoding::QuotedPrintable => super::qp::encode(&body, &mut self.out),
            Encoding::Base64 => super::base64::encode(&body, &mut self.out),
            _ => self.out.append(&mut body),
        }
        self.at_start = self.open.is_empty() || encoding == Encoding::Base64;
        Ok(())
    }

    /// A part whose content the host has; `encoding` must be one that it fits in. 7bit and 8bit are for content that is such
    /// lines already (see [`Kind`]).
    pub fn content(&mut self, part: &Part<'_>, encoding: Encoding) -> Result<(), FieldError> {
        self.entity(part, false, encoding)?;
        self.contents.push((self.out.len(), encoding));
        self.at_start = encoding == Encoding::Base64;
        Ok(())
    }

    /// The place of a part whose content has a header of its own: an entity that was signed (RFC 1847 section 2.1), in 7bit.
    pub fn verbatim(&mut self) -> Result<(), FieldError> {
        if self.open.is_empty() {
            return Err(FieldError { field: "part", at: 0, rule: "an open multipart" });
        }
        self.delimit()?;
        self.contents.push((self.out.len(), Encoding::SevenBit));
        self.at_start = false;
        Ok(())
    }

    /// Begins a multipart of a subtype, such as `mixed`; what follows is in it, up to [`close`](Self::close).
    pub fn open(&mut self, subtype: &str, params: &[(&str, &str)]) -> Result<(), FieldError> {
        let boundary = ["=_", &self.options.stem, "_", &self.boundaries.to_string()].concat();
        self.boundaries += 1;
        let media_type = ["multipart/", subtype].concat();
        self.delimit()?;
        self.part_header(&Part { params, ..Part::new(&media_type) }, false, None, Some(&boundary))?;
        self.open.push(boundary);
        Ok(())
    }

    /// Ends the multipart that was opened last.
    pub fn close(&mut self) {
        if let Some(boundary) = self.open.pop() {
            let before = if self.at_start { "--" } else { "\r\n--" };
            self.out.extend_from_slice([before, &boundary, "--\r\n"].concat().as_bytes());
            self.at_start = true;
        }
    }

    /// Ends what is open, and gives the message in pieces.
    pub fn finish(self) -> Vec<Segment> {
        let (out, contents) = self.finish_flat();
        let mut segments = Vec::with_capacity(2 * contents.len() + 1);
        let mut start = 0;
        for (part, &(at, encoding)) in contents.iter().enumerate() {
            segments.push(Segment::Octets(out[start..at].to_vec()));
            segments.push(Segment::Content { part, encoding });
            start = at;
        }
        segments.push(Segment::Octets(out[start..].to_vec()));
        segments
    }

    /// As [`finish`](Self::finish): the skeleton as a whole, and where contents go in it.
    pub(crate) fn finish_flat(mut self) -> (Vec<u8>, Vec<(usize, Encoding)>) {
        while !self.open.is_empty() {
            self.close();
        }
        if !self.bodied {
            self.out.extend_from_slice(b"\r\n");
        } else if !self.at_start {
            // Content that is alone ends with a line, too.
            self.out.extend_from_slice(b"\r\n");
        }
        (self.out, self.contents)
    }

    /// Begins a field.
    fn header(&mut self, name: &str) -> Result<Header<'_>, FieldError> {
        field_name(name)?;
        if self.bodied && self.open.is_empty() {
            return Err(FieldError { field: "name", at: 0, rule: "fields before the body" });
        }
        Ok(Header::new(name, &mut self.out).raw(self.options.utf8))
    }

    /// Begins an entity: in a multipart its delimiter; at the top there is one only.
    fn delimit(&mut self) -> Result<(), FieldError> {
        match self.open.last() {
            Some(boundary) => {
                let before = if self.at_start { "--" } else { "\r\n--" };
                self.out.extend_from_slice([before, boundary, "\r\n"].concat().as_bytes());
            }
            None if self.bodied => {
                return Err(FieldError { field: "part", at: 0, rule: "one body, or parts in a multipart" });
            }
            None => Header::new("MIME-Version", &mut self.out).unit("1.0").end(),
        }
        self.bodied = true;
        Ok(())
    }

    fn entity(&mut self, part: &Part<'_>, is_text: bool, encoding: Encoding) -> Result<(), FieldError> {
        self.delimit()?;
        self.part_header(part, is_text, Some(encoding), None)
    }

    fn part_header(
        &mut self,
        part: &Part<'_>,
        is_text: bool,
        encoding: Option<Encoding>,
        boundary: Option<&str>,
    ) -> Result<(), FieldError> {
        let utf8 = self.options.utf8;
        let is_type = part.media_type.split_once('/').is_some_and(|(of, sub)| is_token(of) && is_token(sub));
        if !is_type || part.media_type.len() > 127 {
            return Err(FieldError { field: "media_type", at: 0, rule: "a type/subtype" });
        }
        let mut params: Vec<Vec<String>> = Vec::new();
        for (name, value) in part.params {
            if !is_token(name) || name.len() > 40 || name.contains(['*', '\'', '%']) {
                return Err(FieldError { field: "params", at: 0, rule: "the name of a parameter" });
            }
            params.push(parameter("params", name, value, utf8)?);
        }
        if is_text {
            params.push(["charset=utf-8".into()].into());
        }
        if let Some(boundary) = boundary {
            params.push([["boundary=\"", boundary, "\""].concat()].into());
        }
        if let Some(filename) = part.filename {
            field::printable("filename", filename)?;
            params.push([old_name(filename, utf8)].into());
        }
        write_params("Content-Type", part.media_type, &params, &mut self.out);
        if let Some(encoding) = encoding {
            Header::new("Content-Transfer-Encoding", &mut self.out).unit(encoding.name()).end();
        }
        if let Some(disposition) = part.disposition {
            if !is_token(disposition) || disposition.len() > 40 {
                return Err(FieldError { field: "disposition", at: 0, rule: "a token" });
            }
            let params = match part.filename {
                Some(filename) => [parameter("filename", "filename", filename, utf8)?].into(),
                None => Vec::new(),
            };
            write_params("Content-Disposition", disposition, &params, &mut self.out);
        }
        if let Some(id) = part.id {
            let graphic = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>');
            if let Some(at) = id.find(|c| !graphic(c)) {
                return Err(FieldError { field: "id", at, rule: "a character of a message identifier" });
            }
            if !(1..=900).contains(&id.len()) {
                return Err(FieldError { field: "id", at: 0, rule: "1 to 900 characters" });
            }
            Header::new("Content-ID", &mut self.out).unit(&["<", id, ">"].concat()).end();
        }
        for (name, text) in part.fields {
            self.text_field(name, text)?;
        }
        self.out.extend_from_slice(b"\r\n");
        self.at_start = true;
        Ok(())
    }
}

/// ```abnf
/// field-name = 1*ftext
/// ```
fn field_name(name: &str) -> Result<(), FieldError> {
    if let Some(at) = name.bytes().position(|octet| !octet.is_ascii_graphic() || octet == b':') {
        return Err(FieldError { field: "name", at, rule: "a character of a header's name" });
    }
    if !(1..=70).contains(&name.len()) {
        return Err(FieldError { field: "name", at: 0, rule: "a name of 1 to 70 characters" });
    }
    Ok(())
}

/// Whether a field can be written.
#[cfg(feature = "wasm")]
pub(crate) fn check_field(name: &str, text: &str) -> Result<(), FieldError> {
    field_name(name)?;
    field::printable("value", text)
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(param::is_token)
}

/// A parameter in as many pieces as it takes; raw where headers are UTF-8 (RFC 6532).
fn parameter(field: &'static str, name: &str, value: &str, utf8: bool) -> Result<Vec<String>, FieldError> {
    field::printable(field, value)?;
    if utf8 && !value.is_ascii() && value.len() < 200 {
        return Ok([[name, "=", &word::quote(value)].concat()].into());
    }
    Ok(param::written_once(name, value))
}

/// What readers older than RFC 2231 take for a file's name: encoded words where RFC 2047 section 5 has none.
fn old_name(filename: &str, utf8: bool) -> String {
    if utf8 || filename.bytes().all(|octet| matches!(octet, b' '..=b'~')) {
        // One that is too long for a line is in Content-Disposition only as a whole.
        let short = filename.char_indices().nth(200).map_or(filename, |(at, _)| &filename[..at]);
        return ["name=", &word::quote(short)].concat();
    }
    let words = word::encode(filename, 70);
    ["name=\"", &words[..words.len().min(12)].join(" "), "\""].concat()
}

/// Parameters in their units, each but the last of which has its semicolon.
fn write_params(name: &str, value: &str, params: &[Vec<String>], out: &mut Vec<u8>) {
    let mut header = Header::new(name, out);
    let after = |more| if more { ";" } else { "" };
    header.unit(&[value, after(!params.is_empty())].concat());
    for (i, units) in params.iter().enumerate() {
        for (at, unit) in units.iter().enumerate() {
            let more = at + 1 == units.len() && i + 1 < params.len();
            header.plain(&[unit, after(more)].concat());
        }
    }
    header.end();
}

/// ```abnf
/// msg-id = "<" id-left "@" id-right ">"
/// id-left = dot-atom-text
/// id-right = dot-atom-text / no-fold-literal
/// no-fold-literal = "[" *dtext "]"
/// ```
/// Read without its brackets, and as generously as readers do: graphic characters around one `@`.
pub(super) fn message_id(text: &str) -> Result<&str, FieldError> {
    let error = |at, rule| FieldError { field: "message_id", at, rule };
    let inner = text.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    let (id, offset) = inner.map_or((text, 0), |id| (id, 1));
    let graphic = |c: char| {
        !(c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ';' | '\\'))
    };
    if let Some(at) = id.find(|c| !graphic(c)) {
        return Err(error(offset + at, "a character of a message identifier"));
    }
    let Some((left, right)) = id.split_once('@') else {
        return Err(error(offset + id.len(), "\"@\""));
    };
    match right.find('@') {
        Some(at) => Err(error(offset + left.len() + 1 + at, "one \"@\"")),
        None if left.is_empty() => Err(error(offset, "what is before \"@\"")),
        None if right.is_empty() => Err(error(offset + id.len(), "what is behind \"@\"")),
        None if id.len() > 900 => Err(error(900, "a shorter message identifier")),
        None => Ok(id),
    }
}
