//! xtext (RFC 3461 section 4) and utf-8-addr-xtext (RFC 6533 section 3).

use edgepost::wire::utf8_addr;
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
        address(text);
    }
}

fn address(text: &str) {
    let encoded = utf8_addr::encode(text);
    assert!(
        encoded.bytes().all(|octet| matches!(octet, b'!'..=b'~') && !matches!(octet, b'+' | b'=')),
        "{encoded}"
    );
    match utf8_addr::decode(&encoded) {
        Ok(decoded) => assert_eq!(decoded, text, "what can be built parses"),
        Err(_) => assert!(text.contains(char::is_control), "{text:?} as {encoded}"),
    }
    match utf8_addr::decode(text) {
        Ok(decoded) => {
            assert!(!decoded.contains(char::is_control), "{decoded:?}");
            assert_eq!(utf8_addr::decode(&utf8_addr::encode(&decoded)), Ok(decoded));
        }
        Err(error) => assert!(error.at <= text.len(), "{error}"),
    }
}
