//! What a host may choose for a server.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::IpAddr;

use super::{Extensions, Trust};
use crate::sasl::{Mechanism, Wiped};
use crate::unicode::Unicode;
use crate::wire::address;

/// The choices for one session.
#[derive(Debug, Clone)]
pub struct Config {
    /// The server's name in its greeting and its reply to EHLO.
    pub name: String,
    /// What the client has to speak.
    pub protocol: Protocol,
    /// What the greeting says behind the name and the protocol's.
    pub greeting: String,
    /// TLS was there before the greeting (implicit TLS, RFC 8314).
    pub secure: bool,
    /// The host can start TLS when [`Output::StartTls`](super::Output::StartTls) asks it to: STARTTLS is offered.
    pub upgradable: bool,
    /// AUTH, if it is offered.
    pub auth: Option<Auth>,
    /// The reply to HELP; without it, the commands there are.
    pub help: Option<String>,
    /// The largest message, in octets; 0 is no limit. 25 MiB unless said otherwise.
    pub size: u64,
    /// The extensions that are offered.
    pub extensions: Extensions,
    /// The client's address, as the network knows it: who is trusted depends on it.
    pub remote: Option<IpAddr>,
    /// Who may speak for other clients.
    pub trust: Trust,
    /// Patience with clients that do wrong.
    pub tarpit: Tarpit,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How much a client may say.
    pub limits: Limits,
    /// Who knows about text outside ASCII.
    pub unicode: Unicode,
}

impl Config {
    /// The defaults, for a server of this name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_string(),
            protocol: Protocol::Smtp,
            greeting: "Edgepost".to_string(),
            secure: false,
            upgradable: false,
            auth: None,
            help: None,
            size: 25 << 20,
            extensions: Extensions::default(),
            remote: None,
            trust: Trust::default(),
            tarpit: Tarpit::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            unicode: Unicode::default(),
        }
    }
}

/// The protocol that a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 5321
    Smtp,
    /// RFC 2033: LHLO instead of EHLO and HELO, and a reply for each recipient when the content has come.
    Lmtp,
}

impl Protocol {
    /// What the greeting calls it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Smtp => "ESMTP",
            Self::Lmtp => "LMTP",
        }
    }
}

/// How clients may authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The mechanisms on offer.
    pub mechanisms: Vec<Mechanism>,
    /// Offer them without TLS too: passwords then cross the network in clear.
    pub insecure: bool,
    /// 18 or more random octets, new for each session. Without, mechanisms that need some are not offered: SCRAM and
    /// CRAM-MD5.
    pub nonce: Vec<u8>,
    /// 16 or more random octets, the same for all sessions: what salts are made of for users who have none of their own,
    /// or do not exist. Without, who asks twice can tell that a user does not exist.
    pub pepper: Wiped,
    /// How often passwords are hashed that the host gives in clear, and what is said of users who do not exist: 15,000
    /// (RFC 7677 section 4). A host that keeps [`StoredSecret::Scram`](crate::sasl::scram::StoredSecret::Scram) gives its
    /// number here, so that both look the same; they take the same time, too. A password in clear is hashed each time:
    /// who measures that can tell who exists.
    pub iterations: u32,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            mechanisms: [Mechanism::Plain, Mechanism::Login].into(),
            insecure: false,
            nonce: Vec::new(),
            pepper: Wiped::default(),
            iterations: 15_000,
        }
    }
}

/// How a client that does wrong is slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tarpit {
    /// By how much the reply to each fault and each refused recipient is late, in milliseconds: 1,000; 0 is not at all.
    pub delay: u64,
    /// Faults and refused recipients that are answered at once: 10.
    pub after: u32,
}

impl Default for Tarpit {
    fn default() -> Self {
        Self { delay: 1_000, after: 10 }
    }
}

/// How long to wait for the client, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the next command: 5 minutes (RFC 5321 section 4.5.3.2.7).
    pub command: u64,
    /// For the next octets of content: 5 minutes (RFC 5321 section 4.5.3.2.7).
    pub content: u64,
    /// For the TLS handshake, or a PROXY header: 1 minute.
    pub handshake: u64,
    /// For the whole session: 240 minutes; 0 is no limit. What the host decides at that time is still said.
    pub session: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        const MINUTE: u64 = 60_000;
        Self { command: 5 * MINUTE, content: 5 * MINUTE, handshake: MINUTE, session: 240 * MINUTE }
    }
}

/// How much a client may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a command line with its CRLF: 2,048, which is 512 (RFC 5321 section 4.5.3.1.4) and room for parameters.
    pub command_line: usize,
    /// Octets of a line during AUTH: 12,288 (RFC 4954 section 4).
    pub auth_line: usize,
    /// Recipients of one message: 100 (RFC 5321 section 4.5.3.1.8).
    pub recipients: usize,
    /// Faults before the session ends with 421: 50.
    pub faults: u32,
    /// Credentials that the host refuses before the session ends with 421: 5 (RFC 4954 section 4 asks for a limit).
    pub logins: u32,
    /// Recipients that the host refuses, since the last message, before the session ends with 421: 100.
    pub refused_recipients: u32,
    /// Commands that say nothing of a message (NOOP, RSET, VRFY, BDAT 0 and the like), since the last message, before the session
    /// ends with 421: 100.
    pub idle_commands: u32,
    /// Commands that are refused without being faults (out of sequence, over a limit, given up, or by the host), since the
    /// last message, before the session ends with 421: 1,000. A client that pipelines may run into some hundred.
    pub refused_commands: u32,
    /// Messages of one session: 0, which is no limit (MAILMAX of RFC 9422).
    pub messages: u32,
    /// Domains of the recipients of one session: 0, which is no limit (RCPTDOMAINMAX of RFC 9422).
    pub recipient_domains: usize,
    /// The lengths of paths.
    pub path: address::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 2048,
            auth_line: 12_288,
            recipients: 100,
            faults: 50,
            logins: 5,
            refused_recipients: 100,
            idle_commands: 100,
            refused_commands: 1_000,
            messages: 0,
            recipient_domains: 0,
            path: address::Limits::default(),
        }
    }
}
