//! ANONYMOUS (RFC 4505): nobody in particular, with a word about who it is.

use alloc::vec::Vec;

use super::{Credentials, ExchangeError, Proof, Step, Wiped, text};

/// ```abnf
/// message = [ email / token ]   ;; token = 1*255TCHAR
/// ```
pub(super) fn message(credentials: &Credentials) -> Wiped {
    Wiped::new(credentials.user.as_bytes().to_vec())
}

/// The server's side.
pub(super) fn respond(response: Option<&[u8]>) -> Result<Step, ExchangeError> {
    let Some(response) = response else {
        return Ok(Step::Challenge(Vec::new()));
    };
    let trace = text(response)?;
    if trace.chars().count() > 255 || trace.chars().any(char::is_control) {
        return Err(ExchangeError::Malformed);
    }
    Ok(Step::Credentials(Credentials { authzid: None, user: trace.into(), proof: Proof::None }))
}
