//! Which MAIL and RCPT are taken, before the host is asked (RFC 5321 sections 4.1.1.2 and 4.1.1.3, and the extensions).

use alloc::string::String;

use super::offer::is_offered;
use super::session::{Content, Session};
use super::{Extension, ProtocolError, Server};
use crate::wire::address::{ForwardPath, ReversePath};
use crate::wire::date_time::DateTime;
use crate::wire::param::deliver_by::{DeliverBy, Mode};
use crate::wire::param::{Param, Params, Verb, known, size_value};

impl Server {
    pub(super) fn check_mail(
        &self,
        session: &Session,
        from: &ReversePath,
        params: &Params,
    ) -> Result<(), ProtocolError> {
        self.check_greeted(session)?;
        if session.transaction.is_some() {
            return Err(ProtocolError::Sequence("a message has been begun already: say RSET first"));
        }
        self.check_params(session, Verb::Mail, params)?;
        if params.find("HOLDFOR").is_some() && params.find("HOLDUNTIL").is_some() {
            return Err(ProtocolError::Conflict("HOLDFOR", "HOLDUNTIL"));
        }
        let ascii = from.as_str().is_ascii() && params.is_ascii();
        if !ascii && params.find("SMTPUTF8").is_none() {
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
        self.check_params(session, Verb::Rcpt, params)?;
        let ascii = to.as_str().is_ascii() && params.is_ascii();
        if !ascii && !transaction.is_utf8() {
            return Err(ProtocolError::NeedsUtf8);
        }
        let limits = &self.config.limits;
        if transaction.to.len() >= limits.recipients {
            return Err(ProtocolError::TooManyRecipients(limits.recipients));
        }
        let most = limits.recipient_domains;
        if most > 0 && self.domains.len() >= most && self.new_domain(to).is_some() {
            return Err(ProtocolError::TooManyDomains(most));
        }
        Ok(())
    }

    /// Where a domain goes that no recipient of the session had before, and the domain (RFC 9422 section 4.3).
    pub(super) fn new_domain(&self, to: &ForwardPath) -> Option<(usize, String)> {
        let ForwardPath::Mailbox(mailbox) = to else { return None };
        let domain = mailbox.domain().to_ascii_lowercase();
        self.domains.binary_search(&domain).err().map(|place| (place, domain))
    }

    /// The client has introduced itself.
    pub(super) fn check_greeted(&self, session: &Session) -> Result<(), ProtocolError> {
        match (session.greeted, self.is_lmtp()) {
            (true, _) => Ok(()),
            (false, false) => Err(ProtocolError::Sequence("say EHLO first")),
            (false, true) => Err(ProtocolError::Sequence("say LHLO first")),
        }
    }

    /// Every parameter is one of an extension on offer, and has a value that it can have.
    fn check_params(&self, session: &Session, verb: Verb, params: &Params) -> Result<(), ProtocolError> {
        for param in params.iter() {
            let unknown = || ProtocolError::UnknownParameter(param.keyword().into());
            let known = known(verb, param.keyword()).ok_or_else(unknown)?;
            if !self.has_keyword(session, known.extension) {
                return Err(unknown());
            }
            let wrong = |error| ProtocolError::ParameterValue(known.keyword, error);
            known.check(param.value()).map_err(wrong)?;
            if !self.has_keyword(session, known.extension_for(param.value())) {
                return Err(ProtocolError::ParameterNotOffered(known.keyword));
            }
            self.check_bounds(param)?;
        }
        Ok(())
    }

    fn has_keyword(&self, session: &Session, keyword: &str) -> bool {
        match Extension::parse(keyword) {
            Some(extension) => is_offered(&self.config, session, extension),
            // RFC 4954 section 5: any client may send it, and few servers believe it.
            None => keyword == "AUTH" && self.config.auth.is_some(),
        }
    }

    /// A value that is right may be more than this server said that it does.
    fn check_bounds(&self, param: Param<'_>) -> Result<(), ProtocolError> {
        let value = param.value().unwrap_or_default();
        match param.keyword().to_ascii_uppercase().as_str() {
            "SIZE" => {
                let size = self.config.size;
                if size > 0 && size_value(value).is_some_and(|octets| octets > size) {
                    return Err(ProtocolError::TooLarge(size));
                }
            }
            "BY" => {
                let least = self.bound(Extension::DeliverBy, 0).parse().unwrap_or(0);
                let asked = DeliverBy::parse(value).ok();
                if asked.is_some_and(|asked| asked.mode() == Mode::Return && asked.seconds() < least) {
                    return Err(ProtocolError::OutOfBounds("BY"));
                }
            }
            "HOLDFOR" => {
                let most = self.bound(Extension::FutureRelease, 0).parse().unwrap_or(u64::MAX);
                if value.parse().is_ok_and(|seconds: u64| seconds > most) {
                    return Err(ProtocolError::OutOfBounds("HOLDFOR"));
                }
            }
            "HOLDUNTIL" => {
                let latest = DateTime::parse(self.bound(Extension::FutureRelease, 1));
                if let (Ok(asked), Ok(latest)) = (DateTime::parse(value), latest)
                    && asked.unix() > latest.unix()
                {
                    return Err(ProtocolError::OutOfBounds("HOLDUNTIL"));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What the reply to EHLO says of an extension: the word of this number behind its keyword.
    fn bound(&self, extension: Extension, word: usize) -> &str {
        self.config.extensions.parameters(extension).split(' ').nth(word).unwrap_or_default()
    }
}
