//! xtext (RFC 3461 section 4).

use edgepost::wire::xtext::{decode, encode};

pub fn run(octets: &[u8]) {
    let encoded = encode(octets);
    assert!(encoded.bytes().all(|octet| matches!(octet, b'!'..=b'~') && octet != b'='), "{encoded:?}");
    assert_eq!(decode(&encoded).as_deref(), Ok(octets), "what can be built parses");
    if let Ok(text) = std::str::from_utf8(octets) {
        match decode(text) {
            // `+41` is `A` as well: decoding loses nothing but the choice.
            Ok(decoded) => assert_eq!(decode(&encode(&decoded)), Ok(decoded)),
            Err(error) => assert!(error.at <= text.len(), "{error}"),
        }
    }
}
