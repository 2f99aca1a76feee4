//! `BODY` of MAIL (RFC 6152, RFC 3030): what octets the content has.

use core::fmt;

use super::super::SyntaxError;

/// The octets of a message's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Body {
    /// Lines of ASCII, which is what no `BODY` at all means.
    SevenBit,
    /// Lines of any octets (RFC 6152).
    EightBitMime,
    /// Any octets, in lines or not; only BDAT carries them (RFC 3030).
    BinaryMime,
}

impl Body {
    /// ```abnf
    /// body-value = "7BIT" / "8BITMIME" / "BINARYMIME"
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        [Self::SevenBit, Self::EightBitMime, Self::BinaryMime]
            .into_iter()
            .find(|body| body.as_str().eq_ignore_ascii_case(text))
            .ok_or(SyntaxError { at: 0, rule: "7BIT, 8BITMIME or BINARYMIME" })
    }

    /// The value of the parameter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SevenBit => "7BIT",
            Self::EightBitMime => "8BITMIME",
            Self::BinaryMime => "BINARYMIME",
        }
    }
}

impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_values_and_no_other() {
        assert_eq!(Body::parse("7bit"), Ok(Body::SevenBit));
        assert_eq!(Body::parse("8BITMIME"), Ok(Body::EightBitMime));
        assert_eq!(Body::parse("BinaryMime"), Ok(Body::BinaryMime));
        for text in ["", "8BIT", "BINARY", "7BIT ", "8BITMIMEx", "__proto__"] {
            assert!(Body::parse(text).is_err(), "{text:?}");
        }
    }
}
