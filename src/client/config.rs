//! What a host may choose for a client.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::sasl::binding::BindingType;
use crate::sasl::{Credentials, ITERATIONS, Mechanism};
use crate::unicode::Unicode;
use crate::wire::command::attributes::Attributes;

/// The choices for one session.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name in EHLO: a domain or an address literal (RFC 5321 section 4.1.4).
    pub name: String,
    /// Whether the session is to be encrypted.
    pub tls: Tls,
    /// TLS was there before the greeting (implicit TLS, RFC 8314).
    pub secure: bool,
    /// The host can start TLS when [`Output::StartTls`](super::Output::StartTls) asks it to.
    pub upgradable: bool,
    /// Whom to authenticate as. Credentials go over TLS, or in clear where `tls` is [`Tls::Off`]: that is asking for it.
    pub auth: Option<Credentials>,
    /// The mechanisms to choose from; the strongest that the server has too is used, and no other when it fails.
    pub mechanisms: Vec<Mechanism>,
    /// The mechanisms whose exchanges the host plays when [`Output::Exchange`](super::Output::Exchange) asks it to: for
    /// those that are [not built in](Mechanism::NOT_BUILT_IN), say. They are chosen as all others are.
    pub delegated: &'static [Mechanism],
    /// What is spoken: SMTP, or LMTP to a delivery agent.
    pub protocol: Protocol,
    /// What goes before everything else: a PROXY header, as [`Header::write`](crate::wire::proxy::Header::write) makes it.
    pub proxy: Vec<u8>,
    /// Whom we speak for (XCLIENT), to a server that trusts us.
    pub xclient: Option<Attributes>,
    /// What becomes of bare CR and bare LF in content.
    pub line_ends: LineEnds,
    /// 18 or more random octets, for SCRAM. Without, a session ends before AUTH where the server offers SCRAM and
    /// `mechanisms` has it: a weaker one is not used in its place.
    pub nonce: Vec<u8>,
    /// What SCRAM's -PLUS forms bind to. `None` is the best that the connection has: `tls-exporter` with TLS 1.3 (RFC
    /// 9266), `tls-server-end-point` where that is not there. No protocol says which ones a server knows: for one that
    /// refuses, say another.
    pub channel_binding: Option<BindingType>,
    /// How often a server may want a password hashed (SCRAM): [`ITERATIONS`](crate::sasl::ITERATIONS).
    pub iterations: RangeInclusive<u32>,
    /// The host and the port that were connected to, for OAUTHBEARER to say.
    pub server: Option<(String, u16)>,
    /// Use PIPELINING (RFC 2920) when offered.
    pub pipelining: bool,
    /// Use CHUNKING (RFC 3030) when offered.
    pub chunking: bool,
    /// Content of at most so many octets goes out with its envelope; more waits for the recipients' replies.
    pub eager: u64,
    /// How many messages may be in flight at once.
    pub window: usize,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How much a server may say.
    pub limits: Limits,
    /// Who knows about text outside ASCII.
    pub unicode: Unicode,
}

impl Config {
    /// The defaults, for a client of this name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_string(),
            tls: Tls::Required,
            secure: false,
            upgradable: false,
            auth: None,
            mechanisms: Mechanism::DEFAULT.to_vec(),
            delegated: &[],
            protocol: Protocol::Smtp,
            proxy: Vec::new(),
            xclient: None,
            line_ends: LineEnds::Normalise,
            nonce: Vec::new(),
            channel_binding: None,
            iterations: ITERATIONS,
            server: None,
            pipelining: true,
            chunking: true,
            eager: 64 << 10,
            window: 100,
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            unicode: Unicode::default(),
        }
    }
}

/// Whether a session that begins in clear has to become encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS, or no session.
    Required,
    /// STARTTLS where it is offered. Protects from nobody who can change what the server offers.
    Opportunistic,
    /// No STARTTLS.
    Off,
}

/// The protocol of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 5321.
    Smtp,
    /// RFC 2033: `LHLO`, and a reply to the content for each recipient.
    Lmtp,
}

/// What becomes of bare CR and bare LF in content, which are no line ends (RFC 5321 section 2.3.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// Each becomes a CRLF.
    Normalise,
    /// The message is not sent.
    Refuse,
}

/// How long to wait, in milliseconds (RFC 5321 section 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the greeting: 5 minutes (RFC 5321 section 4.5.3.2.1).
    pub greeting: u64,
    /// For the reply to EHLO or HELO: 5 minutes, as for MAIL; the RFC does not say.
    pub ehlo: u64,
    /// For the reply to STARTTLS: 2 minutes, as for DATA; the RFC does not say.
    pub start_tls: u64,
    /// For the handshake that follows: 1 minute.
    pub handshake: u64,
    /// For a reply during AUTH: 2 minutes.
    pub auth: u64,
    /// For the reply to MAIL: 5 minutes (RFC 5321 section 4.5.3.2.2).
    pub mail: u64,
    /// For the reply to RCPT: 5 minutes (RFC 5321 section 4.5.3.2.3).
    pub rcpt: u64,
    /// For the reply to DATA: 2 minutes (RFC 5321 section 4.5.3.2.4).
    pub data: u64,
    /// For a piece of content to be supplied and written: 3 minutes (RFC 5321 section 4.5.3.2.5).
    pub content: u64,
    /// For the reply to the end of the content: 10 minutes (RFC 5321 section 4.5.3.2.6).
    pub end: u64,
    /// For the reply to RSET, NOOP, VRFY and the like: 5 minutes.
    pub reset: u64,
    /// For the reply to QUIT: 5 seconds; nothing depends on it.
    pub quit: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        const MINUTE: u64 = 60_000;
        Self {
            greeting: 5 * MINUTE,
            ehlo: 5 * MINUTE,
            start_tls: 2 * MINUTE,
            handshake: MINUTE,
            auth: 2 * MINUTE,
            mail: 5 * MINUTE,
            rcpt: 5 * MINUTE,
            data: 2 * MINUTE,
            content: 3 * MINUTE,
            end: 10 * MINUTE,
            reset: 5 * MINUTE,
            quit: 5_000,
        }
    }
}

/// How much a server may say, in octets. More breaks the protocol, and ends the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One line of a reply with its CRLF. RFC 5321 section 4.5.3.1.5 says 512; servers are found that write more: 4,096.
    pub reply_line: usize,
    /// A whole reply: 65,536.
    pub reply: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { reply_line: 4096, reply: 64 << 10 }
    }
}
