//! The linter for mail: findings are about octets of the message, and fixes come to an end.

use edgepost::message::check::{FINDINGS, apply, check, rules};

/// Fixes of several rules may be in each other's way; a line's end that one has put in may show another what it is for.
const ROUNDS: usize = 16;

pub fn run(octets: &[u8]) {
    let mut mended = octets.to_vec();
    for _ in 0..ROUNDS {
        let found = check(&mended);
        let mut before = 0;
        for found in &found {
            assert!(before <= found.span.start && found.span.start <= found.span.end);
            assert!(found.span.end <= mended.len(), "{found:?}");
            assert!(found.line > 0 && (1..=found.span.start + 1).contains(&found.column), "{found:?}");
            before = found.span.start;
        }
        assert!(found.len() <= FINDINGS * rules().count());
        let next = apply(&mended, &found);
        if next == mended {
            assert!(found.iter().all(|found| found.fix.is_none()), "a fix changes something: {found:?}");
            return;
        }
        mended = next;
    }
    panic!("fixes come to no end: {}", mended.escape_ascii());
}
