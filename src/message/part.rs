//! One part of a message, as it was read: its header section, what it says of its body, and where the body is (RFC 2045,
//! RFC 2046, RFC 2183).

use alloc::vec::Vec;
use core::ops::Range;

use super::charset::Charsets;
use super::encoding::Encoding;
use super::header::{Field, unfolded};
use super::param::{self, Value};

/// A part of a message; the message itself is the first.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its place among the parts of the message, in the order in which they begin.
    pub number: usize,
    /// The part that it is in.
    pub parent: Option<usize>,
    /// What is in its body.
    pub kind: Kind,
    /// The lines of its header section.
    pub fields: Vec<Field>,
    /// Its header section, without the empty line.
    pub header: Range<usize>,
    /// Its body, as it was transferred.
    pub body: Range<usize>,
    /// What Content-Type says, if it is there.
    pub content_type: Option<Value>,
    /// What Content-Disposition says, if it is there.
    pub disposition: Option<Value>,
    /// How the body was encoded for transfer.
    pub transfer: Transfer,
    /// What is wrong with it.
    pub damage: Vec<Damage>,
    /// In a digest: a message, unless it says otherwise.
    in_digest: bool,
}

/// What is in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Content.
    Leaf,
    /// Parts.
    Multipart,
    /// A message, whose parts are parts of this one, too.
    Message,
}

/// How a body that has arrived was encoded for transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// By an encoding that there is.
    As(Encoding),
    /// As UUCP had it; never registered, and still met.
    Uuencode,
    /// By one that is not known. The body is left as it is (RFC 2045 section 6.4).
    Unknown,
}

impl Transfer {
    /// Its name, as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::As(encoding) => encoding.name(),
            Self::Uuencode => "x-uuencode",
            Self::Unknown => "unknown",
        }
    }

    /// Whether octets are what they are.
    pub const fn is_identity(self) -> bool {
        !matches!(self, Self::Uuencode | Self::As(Encoding::QuotedPrintable | Encoding::Base64))
    }

    fn read(value: &[u8]) -> Self {
        // Comments and parameters are seen there, and mean nothing.
        let end = value.iter().position(|octet| matches!(octet, b';' | b'(')).unwrap_or(value.len());
        let name = value[..end].trim_ascii();
        if name.is_empty() {
            return Self::As(Encoding::SevenBit);
        }
        let uuencode = ["x-uuencode", "uuencode", "x-uue", "uue"];
        match core::str::from_utf8(name).ok().and_then(Encoding::parse) {
            Some(encoding) => Self::As(encoding),
            None if uuencode.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes())) => {
                Self::Uuencode
            }
            None => Self::Unknown,
        }
    }
}

/// What was found wrong with a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// A multipart without a boundary: its body stays in one piece.
    NoBoundary,
    /// The last delimiter is missing: perhaps the message was cut.
    NotClosed,
    /// No empty line ends the header section.
    HeaderCut,
    /// The header section is longer than the limit: what is beyond it is in the body.
    HeaderTooLong,
    /// It is deeper than the limit: its body stays in one piece.
    TooDeep,
    /// There are more parts than the limit: what is beyond stays in one piece.
    TooManyParts,
}

impl Damage {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoBoundary => "noBoundary",
            Self::NotClosed => "notClosed",
            Self::HeaderCut => "headerCut",
            Self::HeaderTooLong => "headerTooLong",
            Self::TooDeep => "tooDeep",
            Self::TooManyParts => "tooManyParts",
        }
    }
}

impl Part {
    /// Reads what the fields say; `octets` begin at `base` of the message.
    pub(super) fn begin(
        octets: &[u8],
        base: usize,
        fields: Vec<Field>,
        header: Range<usize>,
        body: usize,
        in_digest: bool,
        charsets: &Charsets,
    ) -> Self {
        let mut part = Self {
            number: 0,
            parent: None,
            kind: Kind::Leaf,
            fields: Vec::new(),
            header,
            body: body..body,
            content_type: None,
            disposition: None,
            transfer: Transfer::As(Encoding::SevenBit),
            damage: Vec::new(),
            in_digest,
        };
        for field in &fields {
            let name = &octets[field.name.start - base..field.name.end - base];
            // Most fields are not of MIME.
            if name.len() < 12 || !name[..8].eq_ignore_ascii_case(b"content-") {
                continue;
            }
            let body = unfolded(&octets[field.body.start - base..field.body.end - base]);
            // Of two, the first counts, as for everybody else.
            match &name[8..] {
                rest if rest.eq_ignore_ascii_case(b"type") && part.content_type.is_none() => {
                    part.content_type = Some(param::read(&body, charsets));
                }
                rest if rest.eq_ignore_ascii_case(b"disposition") && part.disposition.is_none() => {
                    part.disposition = Some(param::read(&body, charsets));
                }
                rest if rest.eq_ignore_ascii_case(b"transfer-encoding") => {
                    part.transfer = Transfer::read(&body);
                }
                _ => {}
            }
        }
        part.fields = fields;
        part.kind = match part.media_type() {
            "message/rfc822" | "message/global" if part.transfer.is_identity() => Kind::Message,
            media_type if media_type.starts_with("multipart/") => Kind::Multipart,
            _ => Kind::Leaf,
        };
        part
    }

    /// As `text/plain`, in lower case; what it is without a type, or with one that cannot be read, is said by RFC 2045
    /// section 5.2 and RFC 2046 section 5.1.5.
    pub fn media_type(&self) -> &str {
        match &self.content_type {
            Some(Value { value, .. }) if is_media_type(value) => value,
            _ if self.in_digest => "message/rfc822",
            _ => "text/plain",
        }
    }

    /// The parameter `charset` of Content-Type.
    pub fn charset(&self) -> Option<&str> {
        self.content_type.as_ref()?.param("charset")
    }

    /// What separates its parts; never empty.
    pub fn boundary(&self) -> Option<&str> {
        let boundary = self.content_type.as_ref()?.param("boundary")?;
        // It never ends with white space, and some writers put it there (RFC 2046 section 5.1.1).
        let boundary = boundary.trim_end();
        (!boundary.is_empty()).then_some(boundary)
    }

    /// The name of the file that it was, without a path: what Content-Disposition says, or else Content-Type.
    pub fn file_name(&self) -> Option<&str> {
        let disposition = self.disposition.as_ref().and_then(|value| value.param("filename"));
        let name = disposition.or_else(|| self.content_type.as_ref()?.param("name"))?;
        // A path would be followed by those who store it (RFC 2183 section 2.3).
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
        (!name.is_empty()).then_some(name)
    }

    /// Whether it is not to be shown with the text.
    pub fn is_attachment(&self) -> bool {
        self.disposition.as_ref().is_some_and(|disposition| disposition.value == "attachment")
    }
}

fn is_media_type(value: &str) -> bool {
    value.split_once('/').is_some_and(|(kind, sub)| !kind.is_empty() && !sub.is_empty())
}
