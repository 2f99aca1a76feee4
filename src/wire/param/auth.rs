//! `AUTH` of MAIL (RFC 4954 section 5): who submitted the message, as somebody trusted knows.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use super::super::address::Mailbox;
use super::super::{SyntaxError, xtext};

/// Who submitted a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Auth {
    /// Nobody knows.
    Nobody,
    /// The owner of this mailbox.
    Mailbox(Mailbox),
    /// A user, by a name without a domain, which the RFC does not have. Dovecot says it, and no mail should be lost for it.
    User(String),
}

impl Auth {
    /// ```abnf
    /// auth-param = "AUTH=" xtext ; stands for a Mailbox or for "<>"
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let decoded = xtext::decode_text(text)?;
        if decoded == "<>" {
            return Ok(Self::Nobody);
        }
        match Mailbox::parse(&decoded) {
            Ok(mailbox) => Ok(Self::Mailbox(mailbox)),
            Err(_) if Mailbox::parse(&format!("{decoded}@localhost")).is_ok() => Ok(Self::User(decoded)),
            Err(error) => Err(SyntaxError { at: xtext::position(text, error.at), ..error }),
        }
    }
}

impl fmt::Display for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("<>"),
            Self::Mailbox(mailbox) => f.write_str(&xtext::encode(mailbox.to_string().as_bytes())),
            Self::User(name) => f.write_str(&xtext::encode(name.as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_in_xtext_or_nobody() {
        let mailbox = |text| Auth::Mailbox(Mailbox::parse(text).unwrap());
        for (text, expected) in [
            ("<>", Auth::Nobody),
            ("e+3Dmc2@example.com", mailbox("e=mc2@example.com")),
            ("+22a+20b+22@example.com", mailbox("\"a b\"@example.com")),
            ("ann+3Db", Auth::User("ann=b".into())),
        ] {
            let auth = Auth::parse(text).unwrap();
            assert_eq!(auth, expected);
            assert_eq!(Auth::parse(&auth.to_string()), Ok(auth));
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused_where_it_ends() {
        for (text, at) in [
            ("", 0),
            ("<", 0),
            ("<a@b>", 0),
            ("a@", 2),
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
