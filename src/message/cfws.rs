//! White space and comments between the parts of a field (RFC 5322 section 3.2.2), as they come.

/// ```abnf
/// CFWS = (1*([FWS] comment) [FWS]) / FWS
/// ```
/// Behind the white space and comments at `at`. A comment without an end is all of the rest.
pub(super) fn skip(text: &[u8], mut at: usize) -> usize {
    while let Some(&octet) = text.get(at) {
        at = match octet {
            b'(' => comment(text, at),
            octet if is_space(octet) => at + 1,
            _ => break,
        };
    }
    at
}

/// ```abnf
/// comment = "(" *([FWS] ( ctext / quoted-pair / comment )) [FWS] ")"
/// ```
/// Behind the comment whose parenthesis is at `at`; all of the rest if it has no end.
pub(super) fn comment(text: &[u8], at: usize) -> usize {
    comment_end(text, at).unwrap_or(text.len())
}

/// Behind the comment whose parenthesis is at `at`, if it has an end.
pub(super) fn comment_end(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'\\' => at += 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// ```abnf
/// quoted-string = DQUOTE *([FWS] ( qtext / quoted-pair )) [FWS] DQUOTE
/// ```
/// Behind the quoted string whose quote is at `at`; `None` if it has no end.
pub(super) fn quoted_string(text: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)? + 1;
        if text[at - 1] == b'"' {
            return Some(at);
        }
        at += 1;
    }
}

pub(super) const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_end_where_as_many_are_closed_as_were_opened() {
        for (text, rest) in [
            ("", ""),
            (" \t\r\n x", "x"),
            ("(a) (b(c)d)x", "x"),
            ("(\\) \\( \\\\)x", "x"),
            ("(a", ""),
            ("(a\\", ""),
            ("((((a)x", ""),
            (")x", ")x"),
        ] {
            assert_eq!(&text[skip(text.as_bytes(), 0)..], rest, "{text}");
        }
    }

    #[test]
    fn quoted_strings_end_at_a_quote_of_their_own() {
        for (text, end) in
            [("\"\"x", Some(2)), ("\"a\\\"b\"x", Some(6)), ("\"a", None), ("\"\\", None), ("\"a\\\"", None)]
        {
            assert_eq!(quoted_string(text.as_bytes(), 0), end, "{text}");
        }
    }
}
