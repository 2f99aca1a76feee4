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
}

/// A text without the tokens of URLAUTH in it, fit to be shown.
pub fn redacted(text: &str) -> String {
    const URLAUTH: &[u8] = b";URLAUTH=";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let found =
            rest.as_bytes().windows(URLAUTH.len()).position(|word| word.eq_ignore_ascii_case(URLAUTH));
        let Some((before, value)) = found.and_then(|at| rest.split_at_checked(at + URLAUTH.len())) else {
            shown.push_str(rest);
            return shown;
        };
        let (value, after) = value.split_at(value.find(' ').unwrap_or(value.len()));
        // The token follows the access identifier and the mechanism, with a colon before each (RFC 4467 section 9).
        let public = value.match_indices(':').nth(1).map_or(0, |(colon, _)| colon + 1);
        shown.extend([before, &value[..public], "[redacted]"]);
        rest = after;
    }
}

/// Fit to be shown: without the token.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted(&self.0))
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
            ("imap://h/;urlauth=a:b:c;urlauth=d:e:f", "imap://h/;urlauth=a:b:[redacted]"),
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
