//! `AUTH` of MAIL (RFC 4954 section 5): who submitted the message, as somebody trusted knows.

use alloc::string::ToString;
use core::fmt;

use super::super::address::{Mailbox, ReversePath};
use super::super::{SyntaxError, xtext};

/// Who submitted a message; nobody knows when it is [`ReversePath::Null`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Auth(pub ReversePath);

impl Auth {
    /// ```abnf
    /// auth-param = "AUTH=" xtext ; stands for a Mailbox or for "<>"
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let decoded = xtext::decode_text(text)?;
        if decoded == "<>" {
            return Ok(Self(ReversePath::Null));
        }
        let mailbox = Mailbox::parse(&decoded)
            .map_err(|error| SyntaxError { at: xtext::position(text, error.at), ..error })?;
        Ok(Self(ReversePath::Mailbox(mailbox)))
    }
}

impl fmt::Display for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ReversePath::Null => f.write_str("<>"),
            ReversePath::Mailbox(mailbox) => f.write_str(&xtext::encode(mailbox.to_string().as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_in_xtext_or_nobody() {
        for (text, address) in [
            ("<>", ""),
            ("e+3Dmc2@example.com", "e=mc2@example.com"),
            ("+22a+20b+22@example.com", "\"a b\"@example.com"),
        ] {
            let auth = Auth::parse(text).unwrap();
            assert_eq!(auth.0.as_str(), address);
            assert_eq!(Auth::parse(&auth.to_string()), Ok(auth));
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused_where_it_ends() {
        for (text, at) in [
            ("", 0),
            ("<", 0),
            ("<a@b>", 0),
            ("a", 1),
            ("a+3Db@c+20d", 7),
            ("a@b+0D+0ARCPT", 3),
            ("a@b+00", 3),
            ("a+3db@c", 2),
            ("a=b@c", 1),
        ] {
            assert_eq!(Auth::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
