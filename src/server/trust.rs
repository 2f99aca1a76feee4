//! Whom a server believes what it says of others: networks that may use XCLIENT, XFORWARD and the PROXY protocol
//! (RFC 4632, RFC 4291 section 2.3).

use alloc::vec::Vec;
use core::net::IpAddr;

use crate::wire::SyntaxError;

/// An address and all that share its first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads an address, or an address and the length of a prefix in bits.
    ///
    /// ```abnf
    /// network = ( IPv4address / IPv6address ) [ "/" 1*3DIGIT ]
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let parsed: IpAddr = address.parse().map_err(|_| SyntaxError { at: 0, rule: "an IP address" })?;
        let bits = if parsed.is_ipv4() { 32 } else { 128 };
        let digits = |text: &&str| text.bytes().all(|octet| octet.is_ascii_digit());
        let prefix = match prefix {
            None => bits,
            Some(prefix) => Some(prefix)
                .filter(digits)
                .and_then(|prefix| prefix.parse().ok())
                .filter(|&prefix| prefix <= bits)
                .ok_or(SyntaxError { at: address.len() + 1, rule: "a prefix within the address" })?,
        };
        // An IPv4 address in IPv6 is the one that `contains` sees.
        match parsed.to_canonical() {
            address @ IpAddr::V4(_) if parsed.is_ipv6() && prefix >= 96 => {
                Ok(Self { address, prefix: prefix - 96 })
            }
            _ => Ok(Self { address: parsed, prefix }),
        }
    }

    /// Whether the address is one of the network's; an IPv4 address in IPv6 is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= u32::from(self.prefix)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= u32::from(self.prefix)
            }
            _ => false,
        }
    }
}

/// Who may say what; nobody unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// May say for which client they speak (XCLIENT).
    pub xclient: Vec<Network>,
    /// May say where a message came from (XFORWARD).
    pub xforward: Vec<Network>,
    /// Begin with a PROXY header, always. TLS before the header cannot be.
    pub proxy: Vec<Network>,
}

/// Whether one of the networks has the address; one that is not known is in none.
pub(super) fn among(networks: &[Network], address: Option<IpAddr>) -> bool {
    address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_of_its_prefix() {
        for (network, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.0"),
            ("192.0.2.128/25", "::ffff:192.0.2.200", "192.0.2.1"),
            ("::ffff:192.0.2.0/120", "192.0.2.7", "192.0.3.7"),
            ("0.0.0.0/0", "203.0.113.1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
        ] {
            let network = Network::parse(network).unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network:?} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network:?} {outside}");
        }
    }

    #[test]
    fn what_is_no_network_is_an_error() {
        for (text, at) in [
            ("", 0),
            ("localhost", 0),
            ("192.0.2.1/33", 10),
            ("::1/129", 4),
            ("192.0.2.1/", 10),
            ("192.0.2.1/+8", 10),
        ] {
            assert_eq!(Network::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
    }
}
