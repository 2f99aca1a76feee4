//! Telling TLS records, which nobody can read, from SMTP (RFC 8446 section 5.1).

/// What comes from one side, as far as TLS is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Seal {
    /// The next octet tells: so it is at the start of a connection and after STARTTLS was granted.
    #[default]
    Unknown,
    /// SMTP.
    Open,
    /// TLS records; so many octets came.
    Records(u64),
}

impl Seal {
    /// True when `bytes` are TLS records; they are counted.
    pub fn closes_over(&mut self, bytes: &[u8]) -> bool {
        let Some(first) = bytes.first() else { return false };
        if *self == Self::Unknown {
            *self = if is_record(*first) { Self::Records(0) } else { Self::Open };
        }
        match self {
            Self::Records(octets) => {
                *octets += bytes.len() as u64;
                true
            }
            _ => false,
        }
    }

    /// Octets of TLS records that came.
    pub const fn octets(self) -> u64 {
        match self {
            Self::Records(octets) => octets,
            _ => 0,
        }
    }
}

/// `ContentType` of a TLS record: `change_cipher_spec`, `alert`, `handshake`, `application_data`. All are controls in SMTP.
const fn is_record(octet: u8) -> bool {
    matches!(octet, 20..=23)
}
