//! Finds reply codes (RFC 5321 section 4.2) and enhanced status codes (RFC 3463) in what people and programs write.

use crate::wire::reply::EnhancedCode;

/// The codes of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Codes {
    pub reply: Option<u16>,
    pub status: Option<EnhancedCode>,
}

/// The first of each. Numbers that belong to addresses, versions, times and names are none.
pub(super) fn find(text: &str) -> Codes {
    let octets = text.as_bytes();
    let mut codes = Codes::default();
    let mut at = 0;
    while at < octets.len() {
        if !octets[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        // A run of digits and dots, whole.
        let start = at;
        while octets.get(at).is_some_and(|octet| octet.is_ascii_digit() || *octet == b'.') {
            at += 1;
        }
        let before = start.checked_sub(1).map(|at| octets[at]);
        let run = text[start..at].trim_end_matches('.');
        // Behind a hyphen only as in `550-5.7.1`.
        let behind_a_reply = before == Some(b'-') && start > 1 && octets[start - 2].is_ascii_digit();
        let inside = |octet: u8| octet.is_ascii_alphanumeric() || b"-_@/".contains(&octet);
        if before.is_some_and(inside) && !(behind_a_reply && run.contains('.')) {
            continue;
        }
        match octets.get(start + run.len()) {
            Some(octet) if octet.is_ascii_alphanumeric() || b"@_/=".contains(octet) => continue,
            _ => {}
        }
        if codes.status.is_none() {
            codes.status = status(run);
        }
        let colon = before == Some(b':') && octets[..start - 1].last().is_some_and(u8::is_ascii_digit);
        let bracket = before == Some(b':') && octets[..start - 1].ends_with(b"]");
        if codes.reply.is_none() && !colon && !bracket {
            codes.reply = reply(run);
        }
    }
    codes
}

fn status(run: &str) -> Option<EnhancedCode> {
    let code = EnhancedCode::parse(run).ok()?;
    (code.subject <= 7).then_some(code)
}

/// ```abnf
/// Reply-code = %x32-35 %x30-35 %x30-39
/// ```
fn reply(run: &str) -> Option<u16> {
    match *run.as_bytes() {
        [class @ (b'2' | b'4' | b'5'), b'0'..=b'5', _] if class != b'2' || run == "250" => run.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_and_numbers_are_not() {
        for (text, reply, status) in [
            ("550 5.1.1 <bob@b.example>... User unknown", Some(550), Some((5, 1, 1))),
            ("550-5.7.26 Unauthenticated email", Some(550), Some((5, 7, 26))),
            ("said: 421 4.7.0 [TSS04] - 4.16.55.1; see", Some(421), Some((4, 7, 0))),
            ("no mailbox here by that name (#5.1.1 - chkusr)", None, Some((5, 1, 1))),
            ("ERROR_CODE :550, ERROR_CODE :5.1.1", Some(550), Some((5, 1, 1))),
            ("connect to b.example[192.0.2.1]:25: timed out", None, None),
            ("connect to b.example[192.0.2.1]:450: timed out", None, None),
            (
                "at 23:45:50, 5.1.1.1, v5.1.1, 5.9.1, 12550, ab-550, bob550@b.example 550@b.example",
                None,
                None,
            ),
            ("550.", Some(550), None),
        ] {
            let status = status.map(|(class, subject, detail)| EnhancedCode::new(class, subject, detail));
            assert_eq!(find(text), Codes { reply, status }, "{text}");
        }
    }
}
