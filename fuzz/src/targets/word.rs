//! Encoded words (RFC 2047), as they come and as they are written.

use edgepost::message::build::Text;
use edgepost::message::charset::Charsets;
use edgepost::message::word::decode;
use edgepost::wire::address::Mailbox;

pub fn run(octets: &[u8]) {
    let decoded = decode(octets, &Charsets::BUILT_IN);
    assert!(!decoded.contains(|c: char| c.is_control() && c != '\t'), "{decoded:?}");
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let is_plain = !text.contains("=?") && !text.contains(char::is_control);
    assert!(!is_plain || decoded == text, "{decoded:?}");
    let from = Mailbox::parse("a@a.example").unwrap().into();
    let subject: String = text.chars().filter(|c| !c.is_control()).collect();
    let message = Text { subject: subject.clone(), ..Text::new(from, "1@a.example") };
    let content = String::from_utf8(message.write().expect("it can be written")).unwrap();
    let (_, field) = content.split_once("\r\nSubject:").expect("there is a subject");
    let field = field.split_once("\r\nMessage-ID:").expect("there is a Message-ID").0;
    let field = field.strip_prefix(' ').unwrap_or(field);
    assert_eq!(decode(field.as_bytes(), &Charsets::BUILT_IN), subject, "{field:?}");
}
