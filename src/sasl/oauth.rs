//! OAUTHBEARER (RFC 7628) and XOAUTH2 (its predecessor at Google and Microsoft): a token that somebody else has issued.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::prepare;
use super::scram::{escaped, unescaped};
use super::{Credentials, ExchangeError, Proof, Secret, Step, Terms, Wiped, text};
use crate::unicode::Unicode;

/// Separates the pairs of both mechanisms (`kvsep`).
const SEPARATOR: char = '\x01';

/// The most of the server's words that is kept.
const SAID_CHARACTERS: usize = 1024;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// OAUTHBEARER
    Bearer,
    /// XOAUTH2
    Google,
}

/// The client's side: what the server has said.
#[derive(Debug)]
pub struct Client {
    form: Form,
    token: Secret,
    said: Option<String>,
}

impl Client {
    /// ```abnf
    /// client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep
    /// kvpair      = key "=" value kvsep
    /// ```
    pub(super) fn new(form: Form, credentials: &Credentials, terms: &Terms) -> (Self, Wiped) {
        let token = credentials.secret();
        let message = match form {
            Form::Google => format!("user={}\x01auth=Bearer {token}\x01\x01", credentials.user),
            Form::Bearer => {
                let place = match &terms.server {
                    Some((host, port)) => format!("host={host}\x01port={port}\x01"),
                    None => String::new(),
                };
                // The user is whom the token is to act for.
                let authzid = credentials.authzid.as_deref().filter(|authzid| !authzid.is_empty());
                let user = match authzid.unwrap_or(&credentials.user) {
                    "" => String::new(),
                    user => format!("a={}", escaped(user)),
                };
                format!("n,{user},\x01{place}auth=Bearer {token}\x01\x01")
            }
        };
        (Self { form, token: Secret::new(token), said: None }, Wiped::new(message.into_bytes()))
    }

    /// The server's only challenge says in JSON what is wrong, and wants an answer that says nothing (RFC 7628
    /// section 3.2.3). A server that says the token back does not get it shown.
    pub(super) fn respond(&mut self, challenge: &[u8]) -> Result<Wiped, ExchangeError> {
        if self.said.is_some() {
            return Err(ExchangeError::TooManyChallenges);
        }
        // First hidden, then cut: half a token is not found any more.
        let said = String::from_utf8_lossy(challenge).replace(self.token.reveal(), "[redacted]");
        self.said = Some(said.chars().take(SAID_CHARACTERS).collect());
        Ok(match self.form {
            Form::Bearer => Wiped::new(b"\x01".to_vec()),
            Form::Google => Wiped::default(),
        })
    }

    pub(super) fn succeeded(&self) -> Result<(), ExchangeError> {
        if self.said.is_none() { Ok(()) } else { Err(ExchangeError::Unproven) }
    }

    pub(super) fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }
}

/// The server's side.
pub(super) fn respond(form: Form, response: Option<&[u8]>, unicode: Unicode) -> Result<Step, ExchangeError> {
    let Some(response) = response else {
        return Ok(Step::Challenge(Vec::new()));
    };
    let message = text(response)?;
    let mut pairs = message.strip_suffix("\x01\x01").ok_or(ExchangeError::Malformed)?.split(SEPARATOR);
    let head = pairs.next().unwrap_or_default();
    let user = match form {
        Form::Google => head.strip_prefix("user=").ok_or(ExchangeError::Malformed)?.into(),
        Form::Bearer => match head.split(',').collect::<Vec<_>>()[..] {
            ["n" | "y", "", ""] => String::new(),
            ["n" | "y", authzid, ""] => {
                unescaped(authzid.strip_prefix("a=").ok_or(ExchangeError::Malformed)?)?
            }
            _ => return Err(ExchangeError::Malformed),
        },
    };
    let user = if user.is_empty() { user } else { prepare::user(&user, unicode)? };
    let mut token = None;
    for pair in pairs {
        match pair.split_once('=').ok_or(ExchangeError::Malformed)? {
            ("auth", value) if token.is_none() => token = Some(bearer(value)?),
            ("auth", _) => return Err(ExchangeError::Malformed),
            _ => {}
        }
    }
    let token = token.ok_or(ExchangeError::Malformed)?;
    Ok(Step::Credentials(Credentials { authzid: None, user, proof: Proof::Token(Secret::new(token)) }))
}

/// ```abnf
/// credentials = "Bearer" 1*SP b64token
/// b64token    = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
/// ```
/// (RFC 6750 section 2.1), the scheme in any case.
fn bearer(value: &str) -> Result<&str, ExchangeError> {
    let (scheme, token) = value.split_once(' ').ok_or(ExchangeError::Malformed)?;
    let token = token.trim_start_matches(' ');
    if scheme.eq_ignore_ascii_case("Bearer") && is_token(token) {
        Ok(token)
    } else {
        Err(ExchangeError::Malformed)
    }
}

/// A token as it may be sent.
pub(super) fn is_token(token: &str) -> bool {
    let body = token.trim_end_matches('=');
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~+/".contains(&octet);
    !body.is_empty() && body.bytes().all(fits)
}

/// What a server says when the token is refused, before its reply.
pub(super) const fn refusal(form: Form) -> &'static [u8] {
    match form {
        Form::Bearer => br#"{"status":"invalid_token"}"#,
        Form::Google => br#"{"status":"401","schemes":"bearer","scope":""}"#,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms { server: Some(("server.example.com".into(), 587)), ..Terms::default() }
    }

    // covers: RFC 7628 client server
    // covers: XOAUTH2 client server
    #[test]
    fn both_sides_agree() {
        let credentials =
            Credentials::with_token("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        for form in [Form::Bearer, Form::Google] {
            let (_, message) = Client::new(form, &credentials, &terms());
            assert_eq!(
                respond(form, Some(&message), Unicode::ASCII),
                Ok(Step::Credentials(credentials.clone()))
            );
        }
    }

    #[test]
    fn a_name_with_a_comma_is_escaped() {
        let credentials = Credentials::with_token("a,b=c", "t");
        let (_, message) = Client::new(Form::Bearer, &credentials, &Terms::default());
        assert_eq!(message.as_slice(), b"n,a=a=2Cb=3Dc,\x01auth=Bearer t\x01\x01");
        assert_eq!(respond(Form::Bearer, Some(&message), Unicode::ASCII), Ok(Step::Credentials(credentials)));
    }

    #[test]
    fn malformed_messages_are_refused() {
        for message in [
            "",
            "\x01",
            "n,,\x01\x01",
            "n,,\x01auth=Basic eDp5\x01\x01",
            "n,,\x01auth=Bearer \x01\x01",
            "n,,\x01auth=Bearer a b\x01\x01",
            "n,,\x01auth=Bearer a\x01auth=Bearer b\x01\x01",
            "n,,\x01auth=Bearer a\x01",
            "n,a=x=2,\x01auth=Bearer a\x01\x01",
            "n,x\x01auth=Bearer a\x01\x01",
            "p=tls-exporter,,\x01auth=Bearer a\x01\x01",
        ] {
            let step = respond(Form::Bearer, Some(message.as_bytes()), Unicode::ASCII);
            assert_eq!(step, Err(ExchangeError::Malformed), "{message:?}");
        }
        assert_eq!(
            respond(Form::Google, Some(b"usr=a\x01auth=Bearer a\x01\x01"), Unicode::ASCII),
            Err(ExchangeError::Malformed)
        );
    }

    #[test]
    fn the_token_is_not_shown_when_a_server_says_it_back() {
        let (mut client, _) =
            Client::new(Form::Bearer, &Credentials::with_token("u", "hunter2"), &Terms::default());
        assert_eq!(client.respond(br#"{"status":"bad hunter2"}"#).unwrap().as_slice(), b"\x01");
        assert_eq!(client.said(), Some(r#"{"status":"bad [redacted]"}"#));
        assert_eq!(client.succeeded(), Err(ExchangeError::Unproven));
        assert!(client.respond(b"").is_err());
    }

    #[test]
    fn no_part_of_the_token_is_shown_where_the_servers_words_are_cut() {
        const TOKEN: &str = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg";
        for before in 1024 - TOKEN.len()..=1024 {
            let (mut client, _) =
                Client::new(Form::Bearer, &Credentials::with_token("u", TOKEN), &Terms::default());
            client.respond([&"x".repeat(before), TOKEN].concat().as_bytes()).unwrap();
            assert!(!client.said().unwrap().contains("ya"), "{before}");
        }
    }

    #[test]
    fn nobody_to_act_for_is_the_user() {
        for (authzid, user, header) in [
            (Some(""), "ann", "n,a=ann,\x01"),
            (Some(""), "", "n,,\x01"),
            (Some("list"), "ann", "n,a=list,\x01"),
            (None, "ann", "n,a=ann,\x01"),
        ] {
            let credentials =
                Credentials { authzid: authzid.map(String::from), ..Credentials::with_token(user, "t") };
            let (_, message) = Client::new(Form::Bearer, &credentials, &Terms::default());
            assert!(message.starts_with(header.as_bytes()), "{authzid:?} {user}");
        }
    }
}
