//! PLAIN (RFC 4616): one message with everything in it.

use alloc::vec::Vec;

use super::prepare;
use super::{Credentials, ExchangeError, Proof, Secret, Step, Wiped, text};
use crate::unicode::Unicode;

/// ```abnf
/// message = [authzid] UTF8NUL authcid UTF8NUL passwd
/// ```
///
/// As it was given: the server prepares it.
pub(super) fn message(credentials: &Credentials) -> Wiped {
    let authzid = credentials.authzid.as_deref().unwrap_or_default();
    Wiped::new([authzid.as_bytes(), credentials.user.as_bytes(), credentials.secret().as_bytes()].join(&0))
}

/// The server's side.
pub(super) fn respond(response: Option<&[u8]>, unicode: Unicode) -> Result<Step, ExchangeError> {
    let Some(response) = response else {
        return Ok(Step::Challenge(Vec::new()));
    };
    let mut parts = response.split(|&octet| octet == 0);
    let (Some(authzid), Some(user), Some(pass), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(ExchangeError::Malformed);
    };
    let (authzid, user, pass) = (text(authzid)?, text(user)?, text(pass)?);
    let authzid = (!authzid.is_empty()).then(|| prepare::user(authzid, unicode)).transpose()?;
    Ok(Step::Credentials(Credentials {
        authzid,
        user: prepare::user(user, unicode)?,
        proof: Proof::Password(Secret::from(prepare::password(pass, unicode)?)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RFC 4616 client server
    #[test]
    fn the_examples_of_rfc_4616_section_4() {
        let credentials = Credentials::new("tim", "tanstaaftanstaaf");
        assert_eq!(message(&credentials).as_slice(), b"\0tim\0tanstaaftanstaaf");
        assert_eq!(respond(Some(&message(&credentials)), Unicode::ASCII), Ok(Step::Credentials(credentials)));
        let other = Credentials { authzid: Some("Ursel".into()), ..Credentials::new("Kurt", "xipj3plmq") };
        assert_eq!(message(&other).as_slice(), b"Ursel\0Kurt\0xipj3plmq");
        assert_eq!(respond(Some(&message(&other)), Unicode::ASCII), Ok(Step::Credentials(other)));
    }

    #[test]
    fn malformed_messages_are_refused() {
        for response in [
            &b""[..],
            b"tim",
            b"tim\0pass",
            b"\0\0pass",
            b"\0tim\0",
            b"\0a\0b\0c",
            b"\0\xff\0pass",
            b"\0a\x07\0p",
        ] {
            assert_eq!(
                respond(Some(response), Unicode::ASCII),
                Err(ExchangeError::Malformed),
                "{response:?}"
            );
        }
    }
}
