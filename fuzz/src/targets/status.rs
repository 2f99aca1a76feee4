//! Enhanced status codes (RFC 3463): what they say is what IANA registers, and a reply has one where an oracle sees it.

use std::fmt::Write;

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::reply::{Assembler, EnhancedCode};
use edgepost::wire::{span, status};

/// The last detail that is registered of each subject, all before it being registered too.
const LAST: [u16; 8] = [0, 10, 4, 6, 7, 6, 10, 30];

pub fn run(octets: &[u8]) {
    if let Ok((class, subject, detail)) = <_>::arbitrary_take_rest(Unstructured::new(octets)) {
        described(EnhancedCode::new(class, subject, detail));
        described(EnhancedCode::new(class % 8, subject % 9, detail % 40));
    }
    let text = String::from_utf8_lossy(octets);
    let expected = oracle(&text).filter(|(_, length)| *length == text.len()).map(|(code, _)| code);
    assert_eq!(EnhancedCode::parse(&text).ok(), expected, "{text:?}");
    replied(&text);
}

/// What a code says.
fn described(code: EnhancedCode) {
    let classes = matches!(code.class, 2 | 4 | 5);
    let registered = classes && LAST.get(usize::from(code.subject)).is_some_and(|&last| code.detail <= last);
    assert_eq!(status::class(code.class).is_some(), classes);
    assert_eq!(status::subject(code.subject).is_some(), usize::from(code.subject) < LAST.len());
    let status = status::describe(code);
    assert_eq!(status.is_some(), registered, "{code}");
    let Some(status) = status else { return };
    assert_eq!(Some(status.subject()), status::subject(code.subject));
    assert!(!status.name.is_empty() && !status.description.is_empty() && !status.reference.is_empty());
    assert!(status.reply_codes.iter().all(|code| (200..=599).contains(code)));
    let again = EnhancedCode::parse(&code.to_string()).expect("a code that is registered");
    assert_eq!((again, status::describe(again)), (code, Some(status)));
}

/// A reply has an enhanced code where one of its class is, and nothing of its text is lost.
fn replied(text: &str) {
    let line: String = text.chars().filter(|c| !c.is_control()).collect();
    for reply_code in ["250", "354", "451", "550"] {
        let mut whole = String::from(reply_code);
        let _ = write!(whole, " {line}");
        let reply = Assembler::default().push(whole.as_bytes(), usize::MAX).expect("a reply").expect("whole");
        let expected = oracle(&line).filter(|(code, length)| {
            reply_code.starts_with(&code.class.to_string())
                && matches!(line.as_bytes().get(*length), None | Some(b' '))
        });
        assert_eq!(reply.enhanced(), expected.map(|(code, _)| code), "{whole:?}");
        let text = expected.map_or(line.as_str(), |(_, length)| line.get(length + 1..).unwrap_or_default());
        assert_eq!(reply.text(), text);
        let (spanned, _) = span::reply(&whole).expect("the same reply");
        assert_eq!(spanned, reply, "spans change nothing");
    }
}

/// A code at the beginning of a text, and its length: `class "." 1*3digit "." 1*3digit` without leading zeros, as far as
/// digits go.
fn oracle(text: &str) -> Option<(EnhancedCode, usize)> {
    let (class, rest) = text.split_at_checked(1).filter(|(class, _)| ["2", "4", "5"].contains(class))?;
    let rest = rest.strip_prefix('.')?;
    let (subject, rest) = digits(rest)?;
    let (detail, rest) = digits(rest.strip_prefix('.')?)?;
    Some((EnhancedCode::new(class.parse().ok()?, subject, detail), text.len() - rest.len()))
}

fn digits(text: &str) -> Option<(u16, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let shortest = end == 1 || !text.starts_with('0');
    let number = text[..end].parse().ok().filter(|_| (1..=3).contains(&end) && shortest)?;
    Some((number, &text[end..]))
}
