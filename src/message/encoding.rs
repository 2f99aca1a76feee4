//! The names of content transfer encodings (RFC 2045 section 6).

/// A content transfer encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// ASCII in lines, as it is; also where nothing is said.
    SevenBit,
    /// Octets in lines, as they are; the way needs 8BITMIME (RFC 6152).
    EightBit,
    /// Octets as they are; the way needs BINARYMIME (RFC 3030).
    Binary,
    /// For texts that are mostly ASCII.
    QuotedPrintable,
    /// For everything else.
    Base64,
}

impl Encoding {
    /// As it is written in a header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SevenBit => "7bit",
            Self::EightBit => "8bit",
            Self::Binary => "binary",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64 => "base64",
        }
    }

    /// Reads a name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::SevenBit, Self::EightBit, Self::Binary, Self::QuotedPrintable, Self::Base64]
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }
}
