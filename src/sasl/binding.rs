//! Channel binding: what ties an exchange to the TLS connection that carries it (RFC 5056, RFC 5929, RFC 9266).

use alloc::vec::Vec;

/// How a TLS connection is told from every other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingType {
    /// `tls-exporter` (RFC 9266): keying material of this very connection. For TLS 1.3.
    TlsExporter,
    /// `tls-server-end-point` (RFC 5929 section 4): the hash of the server's certificate.
    TlsServerEndPoint,
}

impl BindingType {
    /// All there are, the better one first.
    pub const ALL: [Self; 2] = [Self::TlsExporter, Self::TlsServerEndPoint];

    /// The name in the IANA registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsServerEndPoint => "tls-server-end-point",
        }
    }

    /// The type of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What both ends of one TLS connection know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelBinding {
    /// By which rule.
    pub kind: BindingType,
    /// The octets.
    pub data: Vec<u8>,
}

/// What a client says about channel binding, in the first octet of its first message.
///
/// ```abnf
/// gs2-cbind-flag = ("p=" cb-name) / "n" / "y"
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flag {
    /// `n`: it does not bind.
    Unsupported,
    /// `y`: it could, but believes that the server cannot. A server that can knows by this that somebody has changed what
    /// it offered.
    NotOffered,
    /// `p=`: it binds to this.
    Bound(ChannelBinding),
}
