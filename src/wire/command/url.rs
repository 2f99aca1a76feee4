//! The URL of `BURL` (RFC 4468): content that the server fetches from an IMAP server.

use alloc::string::{String, ToString};
use core::fmt;

use super::super::abnf::SyntaxError;

/// An absolute URI. One with `URLAUTH` (RFC 4467) lets anybody read a message who has it, so that it is not shown whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

impl Url {
    /// ```abnf
    /// absolute-URI = scheme ":" hier-part [ "?" query ] ; RFC 3986 section 4.3
    /// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
    /// ```
    /// Of what is behind the scheme only the characters are checked, which are those of section 2.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let scheme_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let scheme = text.find(|c| !scheme_char(c)).unwrap_or(text.len());
        if scheme == 0 || !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(SyntaxError { at: 0, rule: "the scheme of a URL" });
        }
        if !text[scheme..].starts_with(':') {
            return Err(SyntaxError { at: scheme, rule: "\":\"" });
        }
        let wrong = |c: char| {
            !c.is_ascii_graphic() || matches!(c, '"' | '#' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
        };
        match text.find(wrong) {
            Some(at) => Err(SyntaxError { at, rule: "a character of a URL" }),
            None if text.len() == scheme + 1 => {
                Err(SyntaxError { at: text.len(), rule: "a place behind the scheme" })
            }
            None => Ok(Self(text.to_string())),
        }
    }

    /// The whole, secrets included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the token of URLAUTH begins.
    fn token(&self) -> Option<usize> {
        const URLAUTH: &[u8] = b";URLAUTH=";
        let octets = self.0.as_bytes();
        let at = octets.windows(URLAUTH.len()).position(|word| word.eq_ignore_ascii_case(URLAUTH))?;
        let value = at + URLAUTH.len();
        // enc-urlauth follows the access identifier and the mechanism, with a colon before each.
        Some(self.0[value..].match_indices(':').nth(1).map_or(value, |(colon, _)| value + colon + 1))
    }
}

/// Fit to be shown: without the token.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.token() {
            Some(at) => write!(f, "{}[redacted]", &self.0[..at]),
            None => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RFC 4468 server
    #[test]
    fn urls_are_shown_without_their_token() {
        for (text, shown) in [
            ("imap://harry@gryffindor.example/INBOX;uid=20", "imap://harry@gryffindor.example/INBOX;uid=20"),
            (
                "imap://h@g.example/s;uid=20;urlauth=submit+harry:internal:91354a473744909de610943775f92038",
                "imap://h@g.example/s;uid=20;urlauth=submit+harry:internal:[redacted]",
            ),
            ("imap://h/;URLAUTH=anonymous", "imap://h/;URLAUTH=[redacted]"),
            ("x:y", "x:y"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.as_str(), url.to_string().as_str()), (text, shown));
            assert_eq!(std::format!("{url:?}"), shown);
        }
    }

    // covers: RFC 4468 server
    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("imap", 4),
            (":x", 0),
            ("1imap://x", 0),
            ("imap:", 5),
            ("im ap://x", 2),
            ("imap://a b", 8),
            ("imap://a\r\nb", 8),
            ("imap://a\0", 8),
            ("imap://é", 7),
            ("imap://a#b", 8),
        ] {
            assert_eq!(Url::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
