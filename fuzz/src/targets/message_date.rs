//! Dates of messages (RFC 5322 sections 3.3 and 4.3).

use arbitrary::Unstructured;
use edgepost::message::date::{Date, Reading};

pub fn run(octets: &[u8]) {
    let lenient = Date::read(octets);
    if let Some(read) = lenient {
        assert!(read.offset.is_none_or(|minutes| minutes.abs() < 100 * 60));
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        let strict = Reading { obsolete: false, utf8: true };
        match Date::parse(text, strict) {
            Ok(read) => {
                assert_eq!(Date::parse(text, Reading { obsolete: true, ..strict }), Ok(read));
                // Leniently, the clock knows no leap seconds.
                assert!(lenient == Some(read) || text.contains(":60"), "{text:?}: {read:?}, {lenient:?}");
            }
            Err(error) => assert!(error.at <= text.len(), "{error}"),
        }
    }
    let _ = build(&mut Unstructured::new(octets));
}

fn build(u: &mut Unstructured) -> arbitrary::Result<()> {
    let seconds = u.int_in_range(-2_208_988_800..=253_402_300_799_i64)?;
    let text = Date::from_unix(seconds * 1000).to_string();
    let read = Date::parse(&text, Reading::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!((read.unix, read.offset), (seconds * 1000, Some(0)), "{text}");
    assert_eq!(Date::read(text.as_bytes()), Some(read), "{text}");
    Ok(())
}
