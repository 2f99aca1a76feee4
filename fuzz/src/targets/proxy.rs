//! PROXY headers, versions 1 and 2: read from any octets at every cut, and written.

use std::net::SocketAddr;

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::proxy::{Header, Peers, Version};

/// Of version 2, all in all; a line of version 1 is shorter.
const LONGEST: usize = 4096;

pub fn run(octets: &[u8]) {
    read(octets);
    if let Ok(built) = Built::arbitrary_take_rest(Unstructured::new(octets)) {
        built.check();
    }
}

fn read(octets: &[u8]) {
    let whole = Header::read(octets);
    // What is known of a start does not change with what follows it.
    let mut known = None;
    for end in 0..octets.len().min(LONGEST + 1) {
        match (Header::read(&octets[..end]), &known) {
            (Ok(None), None) => assert!(end < LONGEST, "no end in sight"),
            (seen, None) => known = Some(seen),
            (seen, Some(Err(_))) => assert!(seen.is_err(), "cut at {end}"),
            (seen, Some(known)) => assert_eq!(&seen, known, "cut at {end}"),
        }
    }
    match (&known, &whole) {
        (Some(Err(_)), whole) => assert!(whole.is_err()),
        (Some(known), whole) => assert_eq!(known, whole),
        (None, _) => {}
    }
    if let Ok(Some((header, length))) = whole {
        assert!(length <= octets.len() && length <= LONGEST);
        written(&header);
        if header.version() == Version::V1 {
            assert!(length <= 107 && octets[..length].ends_with(b"\r\n"));
        } else {
            let kept: usize = header.tlvs().map(|(_, value)| 3 + value.len()).sum();
            assert!(kept <= length);
        }
    }
}

fn written(header: &Header) {
    let mut out = Vec::new();
    header.write(&mut out);
    let length = out.len();
    assert_eq!(Header::read(&out), Ok(Some((header.clone(), length))), "what is written reads back");
}

#[derive(Debug, Arbitrary)]
struct Built {
    first: bool,
    source: SocketAddr,
    destination: SocketAddr,
}

impl Built {
    fn check(&self) {
        let version = if self.first { Version::V1 } else { Version::V2 };
        written(&Header::local(version));
        match Header::new(version, self.source, self.destination) {
            Ok(header) => {
                written(&header);
                let Peers::Known { source, destination } = header.peers() else { panic!("nobody is there") };
                assert_eq!((source.ip(), source.port()), (self.source.ip(), self.source.port()));
                assert_eq!(destination.port(), self.destination.port());
            }
            Err(_) => assert_ne!(self.source.is_ipv4(), self.destination.is_ipv4()),
        }
    }
}
