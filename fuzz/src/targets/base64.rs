//! Base64 (RFC 4648 section 4): one text for any octets, and no other.

use edgepost::wire::base64::{decode, encode};

pub fn run(octets: &[u8]) {
    let encoded = encode(octets);
    assert_eq!(encoded.len(), octets.len().div_ceil(3) * 4);
    assert_eq!(decode(&encoded).as_deref(), Ok(octets), "what can be built parses");
    if let Ok(text) = std::str::from_utf8(octets) {
        match decode(text) {
            Ok(decoded) => assert_eq!(encode(&decoded), text, "what parses re-encodes equal"),
            Err(error) => assert!(error.at <= text.len(), "{error}"),
        }
    }
}
