//! Parameters of MIME fields (RFC 2045 section 5.1, RFC 2231).

use edgepost::message::charset::Charsets;
use edgepost::message::param::{read, written};

pub fn run(octets: &[u8]) {
    let value = read(octets, &Charsets::BUILT_IN);
    for param in &value.params {
        assert!(param.span.start < param.span.end && param.span.end <= octets.len());
        assert!(!param.value.contains(|c: char| c.is_control() && c != '\t'), "{value:?}");
        assert!(value.param(&param.name).is_some());
    }
    let Ok(text) = std::str::from_utf8(octets) else { return };
    // What is read of controls is a space.
    let expected: String = text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    for name in ["filename", "charset"] {
        let units = written(name, text);
        assert!(
            units
                .iter()
                .all(|unit| unit.len() <= 75 && unit.bytes().all(|octet| matches!(octet, b' '..=b'~')))
        );
        let field = format!("a/b; {}", units.join("\r\n "));
        let read = read(field.as_bytes(), &Charsets::BUILT_IN);
        assert_eq!(read.param(name), Some(&*expected), "{field}");
    }
}
