//! The messages of SCRAM, read and written (RFC 5802 section 7).

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "scram")]
use super::super::binding::Flag;
use super::super::{ExchangeError, text};
use crate::wire::base64;

/// ```abnf
/// attr-val = ALPHA "=" value
/// ```
pub(super) struct Attributes<'a>(core::str::Split<'a, char>);

impl<'a> Attributes<'a> {
    /// A message that begins with attributes; one with an extension that must be understood is refused.
    pub fn of(message: &'a str) -> Result<Self, ExchangeError> {
        if message.starts_with("m=") {
            return Err(ExchangeError::MandatoryExtension);
        }
        Ok(Self(message.split(',')))
    }

    /// The next attribute, which has to be this one.
    pub fn take(&mut self, name: &str) -> Result<&'a str, ExchangeError> {
        let value = self.0.next().and_then(|attribute| attribute.strip_prefix(name)?.strip_prefix('='));
        value.filter(|value| !value.is_empty()).ok_or(ExchangeError::Malformed)
    }

    /// What is left are extensions that may be ignored, if they look like some.
    pub fn end(self) -> Result<(), ExchangeError> {
        for attribute in self.0 {
            match attribute.as_bytes() {
                [b'm', b'=', ..] => return Err(ExchangeError::MandatoryExtension),
                [name, b'=', _, ..] if name.is_ascii_alphabetic() => {}
                _ => return Err(ExchangeError::Malformed),
            }
        }
        Ok(())
    }
}

/// ```abnf
/// gs2-header = gs2-cbind-flag "," [authzid] ","
/// ```
#[cfg(feature = "scram")]
pub(super) fn gs2_header(flag: &Flag, authzid: Option<&str>) -> String {
    let mut header = String::new();
    match flag {
        Flag::Unsupported => header.push('n'),
        Flag::NotOffered => header.push('y'),
        Flag::Bound(binding) => header.extend(["p=", binding.kind.name()]),
    }
    header.push(',');
    if let Some(authzid) = authzid.filter(|authzid| !authzid.is_empty()) {
        header.push_str("a=");
        header.push_str(&escaped(authzid));
    }
    header.push(',');
    header
}

/// What is behind `c=` before base64: the header again, and what the connection is bound to.
///
/// ```abnf
/// cbind-input = gs2-header [cbind-data]
/// ```
pub(super) fn cbind_input(gs2_header: &str, data: &[u8]) -> Vec<u8> {
    [gs2_header.as_bytes(), data].concat()
}

/// ```abnf
/// saslname = 1*(value-safe-char / "=2C" / "=3D")
/// ```
pub(in super::super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// The name of a `saslname`.
pub(in super::super) fn unescaped(saslname: &str) -> Result<String, ExchangeError> {
    let mut name = String::new();
    let mut parts = saslname.split('=');
    name.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (c, rest) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return Err(ExchangeError::Malformed),
        };
        name.push(c);
        name.push_str(rest);
    }
    if name.is_empty() { Err(ExchangeError::Malformed) } else { Ok(name) }
}

/// A nonce comes back in the answer to it, which has to fit into a reply's line.
const NONCE_OCTETS: usize = 256;

/// ```abnf
/// nonce     = "r=" c-nonce [s-nonce]
/// printable = %x21-2B / %x2D-7E
/// ```
pub(super) fn nonce(value: &str) -> Result<&str, ExchangeError> {
    if value.len() <= NONCE_OCTETS && value.bytes().all(|octet| octet.is_ascii_graphic()) {
        Ok(value)
    } else {
        Err(ExchangeError::Malformed)
    }
}

/// ```abnf
/// iteration-count = "i=" posit-number
/// posit-number    = %x31-39 *DIGIT
/// ```
#[cfg(feature = "scram")]
pub(super) fn iterations(value: &str) -> Result<u32, ExchangeError> {
    if value.starts_with('0') || !value.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(ExchangeError::Malformed);
    }
    // More than fits is over every limit.
    Ok(value.parse().unwrap_or(u32::MAX))
}

pub(super) fn octets(value: &str) -> Result<Vec<u8>, ExchangeError> {
    base64::decode(value).map_err(|_| ExchangeError::Malformed)
}

/// Why a server refuses, in the words that the grammar has for it.
#[cfg(feature = "scram")]
const SERVER_ERRORS: [&str; 10] = [
    "invalid-encoding",
    "extensions-not-supported",
    "invalid-proof",
    "channel-bindings-dont-match",
    "server-does-support-channel-binding",
    "channel-binding-not-supported",
    "unsupported-channel-binding-type",
    "unknown-user",
    "invalid-username-encoding",
    "no-resources",
];

/// What a message says that only tells of a failure. A word of the server's own counts as `other-error`, as the RFC has
/// it, and is not repeated: it could hold the password.
///
/// ```abnf
/// server-error = "e=" server-error-value
/// ```
#[cfg(feature = "scram")]
pub(super) fn server_error(message: &str) -> Option<&'static str> {
    let error = message.strip_prefix("e=")?;
    Some(SERVER_ERRORS.into_iter().find(|known| *known == error).unwrap_or("other-error"))
}

/// A message of the peer as text.
pub(super) fn message(octets: &[u8]) -> Result<&str, ExchangeError> {
    text(octets)
}
