//! Replies (RFC 5321 section 4.2): parsed from any lines, and built from any code and text.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::wire::reply::{Assembler, EnhancedCode, Reply};
use edgepost::wire::{span, status};

use super::command::check_nested;
use crate::cuts::lines;

const LIMIT: usize = 4096;

pub fn run(octets: &[u8]) {
    let mut assembler = Assembler::default();
    for line in lines(octets) {
        let line = line.strip_suffix(b"\r\n").unwrap_or(line);
        match assembler.push(line, LIMIT) {
            Ok(Some(reply)) => {
                check(&reply);
                assert_eq!(reparsed(&reply), reply, "what parses re-parses equal");
            }
            Ok(None) => {}
            Err(_) => assembler = Assembler::default(),
        }
    }
    if let Ok(text) = std::str::from_utf8(octets)
        && let Ok((reply, spans)) = span::reply(text)
    {
        check(&reply);
        check_nested(text, &spans);
    }
    if let Ok(built) = Built::arbitrary_take_rest(Unstructured::new(octets)) {
        built.check();
    }
}

/// A reply as a host may build it.
#[derive(Debug, Arbitrary)]
struct Built<'a> {
    code: u16,
    fits: bool,
    enhanced: Option<(u8, u16, u16)>,
    text: &'a str,
}

impl Built<'_> {
    fn check(&self) {
        let code = if self.fits { 200 + self.code % 400 } else { self.code };
        let enhanced = self.enhanced.map(|(class, subject, detail)| match self.fits {
            true => EnhancedCode::new((code / 100) as u8, subject % 1000, detail % 1000),
            false => EnhancedCode::new(class, subject, detail),
        });
        let reply = Reply::new(code, enhanced, self.text);
        check(&reply);
        let mut written = Vec::new();
        reply.write(&mut written);
        for line in lines(&written) {
            assert!(line.len() <= 512, "a line of {} octets", line.len());
        }
        let again = reparsed(&reply);
        assert_eq!(reparsed(&again), again);
        // The class 3 has no enhanced codes, and a text that begins with a code is one.
        if enhanced.is_some() && self.fits && code / 100 != 3 {
            assert_eq!(again, reply, "what can be built parses");
        }
        assert_eq!(again.code(), reply.code());
    }
}

pub fn check(reply: &Reply) {
    assert!((200..=599).contains(&reply.code()));
    if let Some(status) = reply.enhanced().and_then(status::describe) {
        assert!(!status.name.is_empty() && !status.subject().is_empty());
    }
    let shown = reply.to_string();
    let texts = reply.lines().chain([shown.as_str()]);
    assert!(texts.flat_map(str::chars).all(|c| c == '\t' || !c.is_control()), "a control in {reply:?}");
}

/// The reply, written and read.
pub fn reparsed(reply: &Reply) -> Reply {
    let mut written = Vec::new();
    reply.write(&mut written);
    assert!(written.ends_with(b"\r\n"));
    let mut assembler = Assembler::default();
    let mut read = None;
    for line in lines(&written) {
        assert_eq!(read, None, "one reply, not more");
        read = assembler.push(&line[..line.len() - 2], usize::MAX).expect("a reply's own lines");
    }
    read.expect("a whole reply")
}
