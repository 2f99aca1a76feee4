//! What a trusted peer says of the client behind it: PROXY headers, XCLIENT and XFORWARD (HAProxy's and Postfix's
//! specifications).

use super::session::Session;
use super::state::State;
use super::trust::among;
use super::{Event, Failure, Output, ProtocolError, Server};
use crate::wire::command::attributes::{Attribute, Attributes, Given};
use crate::wire::proxy::{Header, Peers};

/// The attributes that XCLIENT may have, as the reply to EHLO has them.
pub(super) const XCLIENT: &str = "NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT";
/// The attributes that XFORWARD may have.
pub(super) const XFORWARD: &str = "NAME ADDR PORT PROTO HELO IDENT SOURCE";

impl Server {
    /// The peer may say for whom it speaks.
    pub(super) fn takes_xclient(&self) -> bool {
        among(&self.config.trust.xclient, self.remote)
    }

    /// The peer may say where messages came from.
    pub(super) fn takes_xforward(&self) -> bool {
        among(&self.config.trust.xforward, self.remote)
    }

    /// Reads the header that a proxy begins with; what is none ends the session without a word.
    pub(super) fn read_proxy(&mut self, session: Session) -> bool {
        match Header::read(self.input.rest()) {
            Ok(None) => {
                self.state = State::Proxy(session);
                return false;
            }
            Ok(Some((header, octets))) => {
                self.input.consume(octets);
                match header.peers() {
                    Peers::Known { source, .. } => self.remote = Some(source.ip()),
                    Peers::Local => {}
                    Peers::Unknown => self.remote = None,
                }
                self.outputs.push_back(Output::Event(Event::Proxied(header)));
                self.state = State::Start(session);
            }
            Err(error) => self.state = State::Closed(Some(Failure::Protocol(ProtocolError::Proxy(error)))),
        }
        true
    }

    /// The session begins anew, as that of another client.
    pub(super) fn become_client(&mut self, session: Session, attributes: Attributes) {
        if let Err(error) = check(&session, &attributes, "XCLIENT", XCLIENT, self.takes_xclient()) {
            return self.refuse(session, error);
        }
        // Who the peer itself is says nothing of the client.
        let login = attributes.find("LOGIN");
        let user = match login.as_ref().map(Attribute::given) {
            Some(Given::Value(user)) => Some(user.into()),
            _ => None,
        };
        self.domains.clear();
        self.outputs.push_back(Output::Event(Event::Client(attributes)));
        self.state = State::Start(Session { user, ..Session::new(session.secure) });
    }

    /// The next message came from there.
    pub(super) fn take_forward(&mut self, session: Session, attributes: Attributes) {
        if let Err(error) = check(&session, &attributes, "XFORWARD", XFORWARD, self.takes_xforward()) {
            return self.refuse(session, error);
        }
        self.outputs.push_back(Output::Event(Event::Forwarded(attributes)));
        self.ok(session, (2, 0, 0), "OK");
    }
}

fn check(
    session: &Session,
    attributes: &Attributes,
    verb: &'static str,
    known: &str,
    trusted: bool,
) -> Result<(), ProtocolError> {
    if !trusted {
        return Err(ProtocolError::NotTrusted(verb));
    }
    if session.transaction.is_some() {
        return Err(ProtocolError::Sequence("a message has been begun already: say RSET first"));
    }
    for attribute in attributes.iter() {
        let fits = match (attribute.name(), attribute.given()) {
            (name, _) if !known.split(' ').any(|known| known == name) => false,
            (_, Given::Unavailable | Given::TemporarilyUnavailable) => true,
            ("ADDR" | "DESTADDR", _) => attribute.address().is_some(),
            ("PORT" | "DESTPORT", _) => attribute.port().is_some(),
            _ => true,
        };
        if !fits {
            return Err(ProtocolError::Attribute(attribute.name().into()));
        }
    }
    Ok(())
}
