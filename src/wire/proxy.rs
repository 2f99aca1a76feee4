//! The PROXY protocol, versions 1 and 2 (HAProxy's specification): a load balancer says who is behind it, before anything else.

use alloc::vec::Vec;
use core::fmt::Write;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::str::FromStr;

use super::SyntaxError;

/// How a header is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// A line of text.
    V1,
    /// Binary, with room for more than addresses.
    V2,
}

/// Who is behind the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peers {
    /// A client, and where it connected to.
    Known {
        /// The client.
        source: SocketAddr,
        /// Where it connected to.
        destination: SocketAddr,
    },
    /// Nobody: the proxy itself connects, to see whether the server is well. What the network says is true.
    Local,
    /// The proxy does not say, or in a family that is not IP. What the network says is all that is known.
    Unknown,
}

/// What a proxy says before the client's first octet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Header {
    version: Version,
    peers: Peers,
    /// As they came: type, length of two octets, value.
    tlvs: Vec<u8>,
}

/// With its CRLF.
const LONGEST_LINE: usize = 107;
/// Behind the 16 octets that every header of version 2 begins with.
const LONGEST_REST: usize = 4096 - 16;
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
const FIXED: usize = SIGNATURE.len() + 4;

impl Header {
    /// A client at `source` that connected to `destination`; both are of one family.
    pub fn new(version: Version, source: SocketAddr, destination: SocketAddr) -> Result<Self, SyntaxError> {
        if source.is_ipv4() != destination.is_ipv4() {
            return Err(SyntaxError { at: 0, rule: "two addresses of one family" });
        }
        // Flow and scope are of one host's view, and not written.
        let plain = |address: SocketAddr| SocketAddr::new(address.ip(), address.port());
        let peers = Peers::Known { source: plain(source), destination: plain(destination) };
        Ok(Self { version, peers, tlvs: Vec::new() })
    }

    /// The proxy itself; version 1 has no word for it but `UNKNOWN`.
    pub const fn local(version: Version) -> Self {
        let peers = match version {
            Version::V1 => Peers::Unknown,
            Version::V2 => Peers::Local,
        };
        Self { version, peers, tlvs: Vec::new() }
    }

    /// How it was written.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// Who is behind the proxy.
    pub const fn peers(&self) -> Peers {
        self.peers
    }

    /// What version 2 adds to the addresses, each with its type; only the checksum among them is looked at.
    pub fn tlvs(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let mut rest = self.tlvs.as_slice();
        core::iter::from_fn(move || {
            let (kind, value, after) = tlv(rest)?;
            rest = after;
            Some((kind, value))
        })
    }

    /// Reads a header from the first octets of a connection: the header and its length in octets, `None` until more
    /// come, or why it is none. An error is known as soon as one octet is wrong.
    ///
    /// ```
    /// use edgepost::wire::proxy::{Header, Peers};
    ///
    /// let input = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\nEHLO client.example\r\n";
    /// assert_eq!(Header::read(&input[..20])?, None);
    /// let (header, octets) = Header::read(input)?.unwrap();
    /// assert!(matches!(header.peers(), Peers::Known { source, .. } if source.port() == 56324));
    /// assert_eq!(&input[octets..], b"EHLO client.example\r\n");
    /// # Ok::<(), edgepost::wire::SyntaxError>(())
    /// ```
    pub fn read(input: &[u8]) -> Result<Option<(Self, usize)>, SyntaxError> {
        match input.first() {
            None => Ok(None),
            Some(b'P') => read_line(input),
            Some(_) => read_binary(input),
        }
    }

    /// Appends the header as it goes over the wire.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self.version {
            Version::V1 => self.write_line(out),
            Version::V2 => self.write_binary(out),
        }
    }

    fn write_line(&self, out: &mut Vec<u8>) {
        let mut line = alloc::string::String::from("PROXY UNKNOWN");
        if let Peers::Known { source, destination } = self.peers {
            let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
            let (from, to) = (source.ip(), destination.ip());
            line.clear();
            // Writing to a string cannot fail.
            let _ = write!(line, "PROXY {family} {from} {to} {} {}", source.port(), destination.port());
        }
        out.extend_from_slice(line.as_bytes());
        out.extend_from_slice(b"\r\n");
    }

    fn write_binary(&self, out: &mut Vec<u8>) {
        let (command, family) = match self.peers {
            Peers::Local => (0x20, 0x00),
            Peers::Unknown => (0x21, 0x00),
            Peers::Known { source: SocketAddr::V4(_), .. } => (0x21, 0x11),
            Peers::Known { .. } => (0x21, 0x21),
        };
        let mut rest = Vec::new();
        if let Peers::Known { source, destination } = self.peers {
            for ip in [source.ip(), destination.ip()] {
                match ip {
                    IpAddr::V4(ip) => rest.extend_from_slice(&ip.octets()),
                    IpAddr::V6(ip) => rest.extend_from_slice(&ip.octets()),
                }
            }
            rest.extend_from_slice(&source.port().to_be_bytes());
            rest.extend_from_slice(&destination.port().to_be_bytes());
            rest.extend_from_slice(&self.tlvs);
        }
        out.extend_from_slice(SIGNATURE);
        out.extend_from_slice(&[command, family]);
        out.extend_from_slice(&(rest.len() as u16).to_be_bytes());
        out.extend_from_slice(&rest);
    }
}

/// ```abnf
/// header = "PROXY" SP ( "UNKNOWN" *( any octet but CR ) / ( "TCP4" / "TCP6" ) SP source SP destination SP
///          source-port SP destination-port ) CRLF ; at most 107 octets
/// ```
fn read_line(input: &[u8]) -> Result<Option<(Header, usize)>, SyntaxError> {
    const UNKNOWN: &[u8] = b"PROXY UNKNOWN";
    const TCP: [&[u8]; 2] = [b"PROXY TCP4 ", b"PROXY TCP6 "];
    let words = [UNKNOWN, TCP[0], TCP[1]];
    let common = words.map(|word| begin_alike(input, word)).into_iter().max().unwrap_or(0);
    if common < input.len() && !words.iter().any(|word| input.starts_with(word)) {
        return Err(SyntaxError { at: common, rule: "a PROXY header" });
    }
    let Some(end) = input.iter().take(LONGEST_LINE - 1).position(|&octet| octet == b'\r') else {
        return match input.len() {
            0..LONGEST_LINE => Ok(None),
            _ => Err(SyntaxError { at: LONGEST_LINE, rule: "CRLF within 107 octets" }),
        };
    };
    match input.get(end + 1) {
        None => return Ok(None),
        Some(b'\n') => {}
        Some(_) => return Err(SyntaxError { at: end + 1, rule: "LF" }),
    }
    let line = super::abnf::text(&input[..end])?;
    let peers = match line.strip_prefix("PROXY UNKNOWN") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => Peers::Unknown,
        _ => peers(line)?,
    };
    Ok(Some((Header { version: Version::V1, peers, tlvs: Vec::new() }, end + 2)))
}

fn peers(line: &str) -> Result<Peers, SyntaxError> {
    let mut words = Words { line, at: 0 };
    words.next("PROXY", |word| (word == "PROXY").then_some(()))?;
    let is_ipv4 = words.next("TCP4, TCP6 or UNKNOWN", |word| match word {
        "TCP4" => Some(true),
        "TCP6" => Some(false),
        _ => None,
    })?;
    let address = |word: &str| -> Option<IpAddr> {
        if is_ipv4 {
            Ipv4Addr::from_str(word).ok().map(IpAddr::V4)
        } else {
            Ipv6Addr::from_str(word).ok().map(IpAddr::V6)
        }
    };
    let port = |word: &str| {
        let shortest = word == "0" || !word.starts_with('0');
        let digits = word.bytes().all(|octet| octet.is_ascii_digit());
        word.parse::<u16>().ok().filter(|_| digits && shortest)
    };
    let source = words.next("the source's address", address)?;
    let destination = words.next("the destination's address", address)?;
    let source = SocketAddr::new(source, words.next("the source's port", port)?);
    let destination = SocketAddr::new(destination, words.next("the destination's port", port)?);
    match words.at {
        at if at > line.len() => Ok(Peers::Known { source, destination }),
        at => Err(SyntaxError { at: at - 1, rule: "CRLF" }),
    }
}

/// Words with one space between two.
struct Words<'a> {
    line: &'a str,
    /// Behind the space.
    at: usize,
}

impl Words<'_> {
    fn next<T>(&mut self, rule: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, SyntaxError> {
        let at = self.at;
        let word = self.line.get(at..).unwrap_or_default().split(' ').next().unwrap_or_default();
        self.at += word.len() + 1;
        read(word).ok_or(SyntaxError { at: at.min(self.line.len()), rule })
    }
}

/// ```text
/// 12 octets   the signature
///  1 octet    version (high half, 2) and command (low half: 0 LOCAL, 1 PROXY)
///  1 octet    family (high half: 0 unspecified, 1 IPv4, 2 IPv6, 3 Unix) and transport (low half: 0, 1 stream, 2 datagram)
///  2 octets   how many octets follow
/// then        the addresses and ports of the family, and TLVs
/// ```
fn read_binary(input: &[u8]) -> Result<Option<(Header, usize)>, SyntaxError> {
    let common = begin_alike(input, SIGNATURE);
    if common < input.len().min(SIGNATURE.len()) {
        return Err(SyntaxError { at: common, rule: "a PROXY header" });
    }
    let is_local = match input.get(12) {
        None => return Ok(None),
        Some(0x20) => true,
        Some(0x21) => false,
        Some(_) => return Err(SyntaxError { at: 12, rule: "version 2 and a known command" }),
    };
    let Some(&family) = input.get(13) else { return Ok(None) };
    let addresses = match family {
        0x00 => 0,
        0x11 | 0x12 => 2 * (4 + 2),
        0x21 | 0x22 => 2 * (16 + 2),
        0x31 | 0x32 => 2 * 108,
        _ => return Err(SyntaxError { at: 13, rule: "a known family and transport" }),
    };
    let Some(&[high, low]) = input.get(14..FIXED) else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > LONGEST_REST {
        return Err(SyntaxError { at: 14, rule: "a header of 4096 octets at most" });
    }
    if !is_local && length < addresses {
        return Err(SyntaxError { at: 14, rule: "room for the addresses of the family" });
    }
    let Some(rest) = input.get(FIXED..FIXED + length) else { return Ok(None) };
    let mut header = Header { version: Version::V2, peers: Peers::Local, tlvs: Vec::new() };
    if !is_local {
        header.peers = binary_peers(family, rest);
        if header.peers != Peers::Unknown {
            check_tlvs(&rest[addresses..], FIXED + addresses)?;
            header.tlvs = rest[addresses..].to_vec();
        }
        check_checksum(&input[..FIXED + length], FIXED + addresses)?;
    }
    Ok(Some((header, FIXED + length)))
}

/// The addresses of a stream over IP; of everything else nothing is known that a mail server could use.
fn binary_peers(family: u8, rest: &[u8]) -> Peers {
    fn port(rest: &[u8], at: usize) -> u16 {
        rest.get(at..at + 2).and_then(|octets| octets.try_into().ok()).map_or(0, u16::from_be_bytes)
    }
    fn octets<const N: usize>(rest: &[u8], at: usize) -> [u8; N] {
        rest.get(at..at + N).and_then(|octets| octets.try_into().ok()).unwrap_or([0; N])
    }
    let ipv4 = |at| IpAddr::from(octets::<4>(rest, at));
    let ipv6 = |at| IpAddr::from(octets::<16>(rest, at));
    let (source, destination, ports) = match family {
        0x11 => (ipv4(0), ipv4(4), 8),
        0x21 => (ipv6(0), ipv6(16), 32),
        _ => return Peers::Unknown,
    };
    Peers::Known {
        source: SocketAddr::new(source, port(rest, ports)),
        destination: SocketAddr::new(destination, port(rest, ports + 2)),
    }
}

fn check_tlvs(tlvs: &[u8], offset: usize) -> Result<(), SyntaxError> {
    let mut rest = tlvs;
    while !rest.is_empty() {
        let at = offset + tlvs.len() - rest.len();
        (_, _, rest) = tlv(rest).ok_or(SyntaxError { at, rule: "a type, a length and so many octets" })?;
    }
    Ok(())
}

/// A checksum of the header is there or not (`PP2_TYPE_CRC32C`); a wrong one tells of a header that was changed on its way.
fn check_checksum(header: &[u8], offset: usize) -> Result<(), SyntaxError> {
    const CRC32C: u8 = 0x03;
    let mut at = offset;
    while let Some((kind, value, rest)) = tlv(&header[at..]) {
        let end = header.len() - rest.len();
        if kind == CRC32C {
            let whole = header[..at + 3].iter().chain(&[0; 4]).chain(rest);
            if value != crc32c(whole).to_be_bytes() {
                return Err(SyntaxError { at: at + 3, rule: "the checksum of the header" });
            }
        }
        at = end;
    }
    Ok(())
}

/// CRC-32C (RFC 9260 appendix A), bit by bit: a header is short, and there is one for a connection.
fn crc32c<'a>(octets: impl Iterator<Item = &'a u8>) -> u32 {
    const POLYNOMIAL: u32 = 0x82F6_3B78;
    !octets.fold(!0, |sum, octet| {
        (0..8).fold(sum ^ u32::from(*octet), |sum, _| (sum >> 1) ^ (POLYNOMIAL & (sum & 1).wrapping_neg()))
    })
}

/// Type, value and what follows.
fn tlv(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[kind, high, low], rest) = octets.split_first_chunk()?;
    let (value, after) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
    Some((kind, value, after))
}

/// How many octets two texts have in common at their beginnings.
fn begin_alike(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;
    use std::vec;

    fn known(source: &str, destination: &str) -> Peers {
        Peers::Known { source: source.parse().unwrap(), destination: destination.parse().unwrap() }
    }

    /// A header of version 2: command, family, what follows.
    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = (rest.len() as u16).to_be_bytes();
        [SIGNATURE.as_slice(), &[command, family], &length, rest].concat()
    }

    const IPV4: &[u8] = &[192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 0, 25];

    fn headers() -> Vec<(Vec<u8>, Peers)> {
        let ipv4 = known("192.0.2.1:56324", "198.51.100.1:25");
        let ipv6 = known("[2001:db8::1]:1", "[2001:db8::2]:65535");
        let mut octets6 = vec![0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        octets6.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 255, 255]);
        vec![
            (b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n".to_vec(), ipv4),
            (b"PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n".to_vec(), ipv6),
            (b"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n".to_vec(), known("0.0.0.0:0", "0.0.0.0:0")),
            (b"PROXY UNKNOWN\r\n".to_vec(), Peers::Unknown),
            (b"PROXY UNKNOWN ffff::1 whatever there is 1 2\r\n".to_vec(), Peers::Unknown),
            (format!("PROXY UNKNOWN {}\r\n", "f".repeat(91)).into_bytes(), Peers::Unknown),
            (binary(0x21, 0x11, IPV4), ipv4),
            (binary(0x21, 0x21, &octets6), ipv6),
            (binary(0x21, 0x11, &[IPV4, &[4, 0, 2, 7, 7, 0xEE, 0, 0]].concat()), ipv4),
            (binary(0x20, 0x00, b""), Peers::Local),
            (binary(0x20, 0x11, b"whatever"), Peers::Local),
            (binary(0x21, 0x00, b"whatever"), Peers::Unknown),
            (binary(0x21, 0x12, IPV4), Peers::Unknown),
            (binary(0x21, 0x31, &[b'/'; 216]), Peers::Unknown),
            (binary(0x21, 0x11, &[IPV4, &[4, 0x0F, 0xE1], &[0; 0x0FE1]].concat()), ipv4),
        ]
    }

    #[test]
    fn a_header_is_read_whole_and_what_follows_is_left() {
        for (octets, peers) in headers() {
            let (header, length) =
                Header::read(&[octets.as_slice(), b"EHLO a\r\n"].concat()).unwrap().unwrap();
            assert_eq!((header.peers(), length), (peers, octets.len()));
            let mut written = Vec::new();
            header.write(&mut written);
            assert_eq!(Header::read(&written), Ok(Some((header, written.len()))), "{octets:?}");
        }
    }

    #[test]
    fn a_header_may_come_in_any_pieces() {
        for (octets, _) in headers() {
            for cut in 0..octets.len() {
                assert_eq!(Header::read(&octets[..cut]), Ok(None), "{:?}", &octets[..cut]);
            }
        }
    }

    #[test]
    fn what_is_no_header_is_refused_at_its_first_octet_that_is_wrong() {
        for (text, at) in [
            ("EHLO client.example\r\n", 0),
            ("proxy TCP4", 0),
            ("PROXY\tTCP4 ", 5),
            ("PROXY TCP5 ", 9),
            ("PROX]Y TCP4 \r", 4),
            ("PROXY UNKNOWNX\r\n", 6),
            ("PROXY \r\n", 6),
            ("PROXY TCP4\r\n", 10),
            ("PROXY TCP4 192.0.2.1\r\n", 20),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n", 35),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n", 37),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", 37),
            ("PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n", 11),
            ("PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n", 11),
            ("PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n", 11),
            ("PROXY TCP4 2001:db8::1 198.51.100.1 1 2\r\n", 11),
            ("PROXY TCP6 2001:db8::1 198.51.100.1 1 2\r\n", 23),
            ("PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n", 11),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n", 34),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n", 34),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 1 02\r\n", 36),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\rX", 38),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n\r\n", 36),
        ] {
            let found = Header::read(text.as_bytes());
            assert_eq!(found.map_err(|error| error.at), Err(at), "{text:?}");
        }
        assert!(Header::read(b"PROXY TCP4 192.0.2.1\xff 198.51.100.1 1 2\r\n").is_err());
    }

    #[test]
    fn a_checksum_that_is_there_is_right() {
        assert_eq!(crc32c(b"123456789".iter()), 0xE306_9283);
        let unix = [b'/'; 216];
        for (family, addresses) in [(0x11, IPV4), (0x12, IPV4), (0x31, &unix), (0x00, b"")] {
            let octets = |sum: u32, more: &[u8]| {
                let tlv = [[3, 0, 4].as_slice(), &sum.to_be_bytes()].concat();
                binary(0x21, family, &[addresses, &[4, 0, 1, 7], &tlv, more].concat())
            };
            for more in [&b""[..], &[4, 0, 2, 1, 2]] {
                let right = crc32c(octets(0, more).iter());
                assert!(matches!(Header::read(&octets(right, more)), Ok(Some(_))), "{family:#x}");
                let at = Err(FIXED + addresses.len() + 4 + 3);
                for wrong in [0, right ^ 1, right.swap_bytes(), !right] {
                    let found = Header::read(&octets(wrong, more));
                    assert_eq!(found.map_err(|error| error.at), at, "{family:#x}");
                }
                let mut changed = octets(right, more);
                changed[FIXED + addresses.len() + 3] = 8;
                assert_eq!(Header::read(&changed).map_err(|error| error.at), at, "{family:#x}");
            }
        }
        for length in [0, 3, 5] {
            let tlv = [&[3, 0, length as u8][..], &vec![0; length]].concat();
            assert!(Header::read(&binary(0x21, 0x11, &[IPV4, &tlv].concat())).is_err());
        }
        // What the proxy says of itself is not looked at.
        assert!(matches!(
            Header::read(&binary(0x20, 0x11, &[IPV4, &[3, 0, 4, 1, 2, 3, 4]].concat())),
            Ok(Some(_))
        ));
    }

    #[test]
    fn a_line_ends_within_107_octets() {
        let long = |octets: usize| format!("PROXY UNKNOWN {}", "f".repeat(octets - 14));
        assert_eq!(Header::read(long(106).as_bytes()), Ok(None));
        assert_eq!(Header::read(long(107).as_bytes()).map_err(|error| error.at), Err(107));
        let line = long(106) + "\r\n";
        assert!(Header::read(line.as_bytes()).is_err());
        assert!(Header::read(String::from("PROXY TCP4 ").repeat(100).as_bytes()).is_err());
    }

    #[test]
    fn binary_headers_have_a_known_form_and_a_limit() {
        let mut bad = binary(0x21, 0x11, IPV4);
        bad[4] = b'X';
        assert_eq!(Header::read(&bad).map_err(|error| error.at), Err(4));
        for (octets, at) in [
            (binary(0x11, 0x11, IPV4), 12),
            (binary(0x22, 0x11, IPV4), 12),
            (binary(0x21, 0x41, IPV4), 13),
            (binary(0x21, 0x13, IPV4), 13),
            (binary(0x21, 0x11, &IPV4[..11]), 14),
            (binary(0x21, 0x21, IPV4), 14),
            (binary(0x21, 0x31, IPV4), 14),
            (binary(0x21, 0x11, &[IPV4, &[4]].concat()), 28),
            (binary(0x21, 0x11, &[IPV4, &[4, 0, 1]].concat()), 28),
            (binary(0x21, 0x11, &[IPV4, &[4, 0, 0, 5, 255, 255]].concat()), 31),
            (binary(0x21, 0x11, &[0; LONGEST_REST + 1]), 14),
            (binary(0x20, 0x00, &[0; LONGEST_REST + 1]), 14),
        ] {
            assert_eq!(Header::read(&octets).map_err(|error| error.at), Err(at), "{:?}", &octets[12..16]);
        }
        // A length over the limit is refused before the octets come.
        let huge = [SIGNATURE.as_slice(), &[0x21, 0x11, 0xFF, 0xFF]].concat();
        assert_eq!(Header::read(&huge).map_err(|error| error.at), Err(14));
    }

    #[test]
    fn what_is_written_is_what_was_meant() {
        let header = |version, source: &str, destination: &str| {
            Header::new(version, source.parse().unwrap(), destination.parse().unwrap())
        };
        assert!(header(Version::V2, "192.0.2.1:1", "[::1]:2").is_err());
        for version in [Version::V1, Version::V2] {
            for header in [
                header(version, "192.0.2.1:1", "192.0.2.2:25").unwrap(),
                header(version, "[2001:db8::1]:1", "[::ffff:192.0.2.2]:25").unwrap(),
                header(version, "[fe80::1%3]:1", "[fe80::2]:25").unwrap(),
                Header::local(version),
            ] {
                let mut written = Vec::new();
                header.write(&mut written);
                assert_eq!(Header::read(&written), Ok(Some((header, written.len()))));
            }
        }
        let mut written = Vec::new();
        header(Version::V1, "192.0.2.1:1", "192.0.2.2:25").unwrap().write(&mut written);
        assert_eq!(written, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n");
    }

    #[test]
    fn what_version_2_adds_is_kept() {
        let octets = binary(0x21, 0x11, &[IPV4, &[2, 0, 3, b'a', b'.', b'b', 0xEE, 0, 0]].concat());
        let (header, _) = Header::read(&octets).unwrap().unwrap();
        assert_eq!(header.version(), Version::V2);
        assert_eq!(header.tlvs().collect::<Vec<_>>(), [(2, b"a.b".as_slice()), (0xEE, b"")]);
    }
}
