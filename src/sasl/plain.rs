//! PLAIN (RFC 4616): one message with everything in it.

use alloc::vec::Vec;

use super::{Credentials, ExchangeError, Secret, Step, text};

/// The client's side.
#[derive(Debug)]
pub struct Client {
    credentials: Option<Credentials>,
}

impl Client {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { credentials: Some(credentials) }
    }

    /// ```abnf
    /// message = [authzid] UTF8NUL authcid UTF8NUL passwd
    /// ```
    pub(super) fn response(&mut self) -> Option<Vec<u8>> {
        let Credentials { authzid, user, pass } = self.credentials.take()?;
        let authzid = authzid.unwrap_or_default();
        Some([authzid.as_bytes(), user.as_bytes(), pass.reveal().as_bytes()].join(&0))
    }
}

/// The server's side.
#[derive(Debug)]
pub struct Server;

impl Server {
    pub(super) fn respond(&mut self, response: Option<&[u8]>) -> Result<Step, ExchangeError> {
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
        if user.is_empty() || pass.is_empty() {
            return Err(ExchangeError::Malformed);
        }
        let authzid = (!authzid.is_empty()).then(|| authzid.into());
        Ok(Step::Credentials(Credentials { authzid, user: user.into(), pass: Secret::new(pass) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_4616_section_4() {
        let credentials = Credentials::new("tim", "tanstaaftanstaaf");
        let response = Client::new(credentials.clone()).response().unwrap();
        assert_eq!(response, b"\0tim\0tanstaaftanstaaf");
        assert_eq!(Server.respond(Some(&response)), Ok(Step::Credentials(credentials)));
        let Ok(Step::Credentials(other)) = Server.respond(Some(b"Ursel\0Kurt\0xipj3plmq")) else { panic!() };
        assert_eq!((other.authzid.as_deref(), other.user.as_str()), (Some("Ursel"), "Kurt"));
    }

    #[test]
    fn malformed_messages_are_refused() {
        for response in
            [&b""[..], b"tim", b"tim\0pass", b"\0\0pass", b"\0tim\0", b"\0a\0b\0c", b"\0\xff\0pass"]
        {
            assert_eq!(Server.respond(Some(response)), Err(ExchangeError::Malformed), "{response:?}");
        }
    }
}
