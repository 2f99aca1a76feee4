//! EXTERNAL (RFC 4422 appendix A): who the client is, is known by other means, as its certificate.

use alloc::vec::Vec;

use super::prepare;
use super::{Credentials, ExchangeError, Proof, Step, Wiped, text};
use crate::unicode::Unicode;

/// ```abnf
/// extern-initial-resp = [ authzid ]
/// ```
pub(super) fn message(credentials: &Credentials) -> Wiped {
    let authzid = credentials.authzid.as_deref().unwrap_or(&credentials.user);
    Wiped::new(authzid.as_bytes().to_vec())
}

/// The server's side.
pub(super) fn respond(response: Option<&[u8]>, unicode: Unicode) -> Result<Step, ExchangeError> {
    let Some(response) = response else {
        return Ok(Step::Challenge(Vec::new()));
    };
    let authzid = text(response)?;
    let user = if authzid.is_empty() { authzid.into() } else { prepare::user(authzid, unicode)? };
    Ok(Step::Credentials(Credentials { authzid: None, user, proof: Proof::None }))
}
