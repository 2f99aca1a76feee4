//! What a server knows of a client: its name, TLS, its user, and the transaction that it has begun.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::address::ReversePath;
use crate::wire::param::{Param, Params};

use super::{ProtocolError, Recipient};

/// Evidence that TLS protects the session: made by the host's word and nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secure(());

impl Secure {
    /// The connection began with TLS.
    pub const fn at_start() -> Self {
        Self(())
    }
}

/// The host is busy with TLS; nothing of the session before it is kept.
#[derive(Debug)]
pub(super) struct Handshake(());

impl Handshake {
    pub const fn begin() -> Self {
        Self(())
    }

    pub const fn secured(self) -> Secure {
        Secure(())
    }
}

#[derive(Debug, Default)]
pub(super) struct Session {
    pub secure: Option<Secure>,
    /// The host does not want this client: it may say QUIT.
    pub barred: bool,
    /// EHLO or HELO was said.
    pub greeted: bool,
    /// How often the host refused credentials.
    pub refused_logins: u32,
    pub user: Option<String>,
    pub transaction: Option<Transaction>,
}

impl Session {
    pub fn new(secure: Option<Secure>) -> Self {
        Self { secure, ..Self::default() }
    }
}

/// One message on its way in.
#[derive(Debug)]
pub(super) struct Transaction {
    pub from: ReversePath,
    pub params: Params,
    pub to: Vec<Recipient>,
    pub content: Content,
}

/// How far the content has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Not begun.
    None,
    /// So many octets have come.
    Begun(u64),
    /// Given up; what follows is read and forgotten.
    Failed(ProtocolError),
}

impl Transaction {
    pub fn new(from: ReversePath, params: Params) -> Self {
        Self { from, params, to: Vec::new(), content: Content::None }
    }

    /// Its content has no lines: only chunks can carry it (RFC 3030 section 3).
    pub fn is_binary(&self) -> bool {
        let body = self.params.find("BODY").and_then(Param::value);
        body.is_some_and(|body| body.eq_ignore_ascii_case("BINARYMIME"))
    }

    /// The client wants a reply for each recipient (draft-hall-prdr-00 section 4.2).
    pub fn is_prdr(&self) -> bool {
        self.params.find("PRDR").is_some()
    }

    pub fn is_utf8(&self) -> bool {
        self.params.find("SMTPUTF8").is_some()
    }
}
