//! Which MAIL and RCPT are taken, before the host is asked (RFC 5321 section 4.1.1.2, section 4.1.1.3, and the extensions).

use super::offer::is_offered;
use super::session::{Content, Session};
use super::{Extension, ProtocolError, Server};
use crate::wire::address::{ForwardPath, ReversePath};
use crate::wire::param::{Params, size_value};

impl Server {
    pub(super) fn check_mail(
        &self,
        session: &Session,
        from: &ReversePath,
        params: &Params,
    ) -> Result<(), ProtocolError> {
        if !session.greeted {
            return Err(ProtocolError::Sequence("say EHLO first"));
        }
        if session.transaction.is_some() {
            return Err(ProtocolError::Sequence("a message has been begun already: say RSET first"));
        }
        for param in params.iter() {
            let bad = || Err(ProtocolError::ParameterValue(param.keyword().into()));
            match param.keyword().to_ascii_uppercase().as_str() {
                "SIZE" if self.offers(Extension::Size) => match param.value().map(size_value) {
                    Some(Some(octets)) if self.config.size > 0 && octets > self.config.size => {
                        return Err(ProtocolError::TooLarge(self.config.size));
                    }
                    Some(Some(_)) => {}
                    _ => return bad(),
                },
                "BODY" if self.offers(Extension::EightBitMime) => {
                    match param.value().map(str::to_ascii_uppercase).as_deref() {
                        Some("7BIT" | "8BITMIME") => {}
                        Some("BINARYMIME") if is_offered(&self.config, session, Extension::BinaryMime) => {}
                        _ => return bad(),
                    }
                }
                "SMTPUTF8" if self.offers(Extension::Smtputf8) => {
                    if param.value().is_some() {
                        return bad();
                    }
                }
                // RFC 4954 section 5: any client may send it, and few servers believe it.
                "AUTH" if self.config.auth.is_some() && param.value().is_some() => {}
                _ => return Err(ProtocolError::UnknownParameter(param.keyword().into())),
            }
        }
        if !from.as_str().is_ascii() && params.find("SMTPUTF8").is_none() {
            return Err(ProtocolError::NeedsUtf8);
        }
        Ok(())
    }

    pub(super) fn check_rcpt(
        &self,
        session: &Session,
        to: &ForwardPath,
        params: &Params,
    ) -> Result<(), ProtocolError> {
        let Some(transaction) = &session.transaction else {
            return Err(ProtocolError::Sequence("say MAIL first"));
        };
        if transaction.content != Content::None {
            return Err(ProtocolError::Sequence("the content has begun: no more recipients"));
        }
        if let Some(param) = params.iter().next() {
            return Err(ProtocolError::UnknownParameter(param.keyword().into()));
        }
        if !to.as_str().is_ascii() && !transaction.is_utf8() {
            return Err(ProtocolError::NeedsUtf8);
        }
        let limit = self.config.limits.recipients;
        if transaction.to.len() >= limit { Err(ProtocolError::TooManyRecipients(limit)) } else { Ok(()) }
    }
}
