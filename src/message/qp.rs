//! Quoted-printable (RFC 2045 section 6.7).

use alloc::vec::Vec;

/// Octets of a line at most, without CRLF.
const LIMIT: usize = 76;

/// Appends a text whose line ends are CRLF; every other CR and LF is encoded. Soft line ends come between characters of
/// UTF-8 only.
///
/// ```abnf
/// quoted-printable = qp-line *(CRLF qp-line)
/// qp-line = *(qp-segment transport-padding CRLF) qp-part transport-padding
/// qp-segment = qp-section *(SPACE / TAB) "="
/// ```
pub(super) fn encode(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + text.len() / 8);
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', text) {
        if at > start && text[at - 1] == b'\r' {
            encode_line(&text[start..at - 1], false, out);
            out.extend_from_slice(b"\r\n");
            start = at + 1;
        }
    }
    encode_line(&text[start..], false, out);
}

/// Appends the beginning of a line whose rest comes later, and ends it softly.
pub(super) fn encode_cut(line: &[u8], out: &mut Vec<u8>) {
    encode_line(line, true, out);
    out.extend_from_slice(b"=\r\n");
}

fn encode_line(line: &[u8], cut: bool, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut column = 0;
    let mut rest = line;
    while let Some(&first) = rest.first() {
        let length = 1 + rest[1..].iter().take(3).take_while(|&&octet| octet & 0xC0 == 0x80).count();
        let (character, after) = rest.split_at(length);
        let literal = match first {
            // Spaces at the end of a line get lost on the way.
            b' ' | b'\t' => !after.is_empty(),
            b'!'..=b'~' => first != b'=',
            _ => false,
        };
        let width = if literal { length } else { 3 * length };
        // The "=" of a soft line end needs its place too.
        let limit = if after.is_empty() && !cut { LIMIT } else { LIMIT - 1 };
        if column + width > limit {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if literal {
            out.extend_from_slice(character);
        } else {
            for octet in character {
                out.extend([b'=', DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]]);
            }
        }
        column += width;
        rest = after;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::string::String;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    /// What a reader makes of it.
    pub fn decode(text: &str) -> String {
        let text = text.replace("=\r\n", "");
        let mut octets = Vec::new();
        let mut letters = text.bytes();
        while let Some(letter) = letters.next() {
            octets.push(match letter {
                b'=' => {
                    let digits = [letters.next().unwrap(), letters.next().unwrap()];
                    u8::from_str_radix(core::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        String::from_utf8(octets).unwrap()
    }

    #[test]
    fn known_answers() {
        for (text, expected) in [
            ("", ""),
            ("plain\r\n", "plain\r\n"),
            ("a=b\r\n", "a=3Db\r\n"),
            ("Müsli\r\n", "M=C3=BCsli\r\n"),
            ("trailing \r\ntab\t\r\n", "trailing=20\r\ntab=09\r\n"),
            ("two  \r\n", "two =20\r\n"),
            (" \r\n\r\n \tx", "=20\r\n\r\n \tx"),
            (".\r\n..\r\n. dot\r\n", ".\r\n..\r\n. dot\r\n"),
            ("\u{7f}\u{1}", "=7F=01"),
            ("\n\r\r\n\r", "=0A=0D\r\n=0D"),
        ] {
            assert_eq!(encoded(text), expected);
        }
    }

    #[test]
    fn lines_end_softly_at_76() {
        let x = |n| "x".repeat(n);
        assert_eq!(encoded(&x(76)), x(76));
        assert_eq!(encoded(&x(77)), [&x(75), "=\r\nxx"].concat());
        assert_eq!(encoded(&[&x(73), "="].concat()), [&x(73), "=3D"].concat());
        assert_eq!(encoded(&[&x(74), "="].concat()), [&x(74), "=\r\n=3D"].concat());
        assert_eq!(encoded(&[&x(72), "=y"].concat()), [&x(72), "=3Dy"].concat());
        assert_eq!(encoded(&[&x(73), "=y"].concat()), [&x(73), "=\r\n=3Dy"].concat());
        assert_eq!(encoded(&[&x(75), " "].concat()), [&x(75), "=\r\n=20"].concat());
        assert_eq!(encoded(&[&x(70), "ü"].concat()), [&x(70), "=C3=BC"].concat());
        assert_eq!(encoded(&[&x(71), "ü"].concat()), [&x(71), "=\r\n=C3=BC"].concat());
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        for text in ["ü", "日本語 ", "a b=", "🎉\t", "x", " "] {
            for times in 1..100 {
                let text = text.repeat(times);
                let text = [&text, "\r\n", &text].concat();
                let encoded = encoded(&text);
                assert_eq!(decode(&encoded), text);
                for line in encoded.split("\r\n") {
                    assert!(line.len() <= 76 && !line.ends_with([' ', '\t']), "{line:?}");
                    assert!(line.bytes().all(|octet| matches!(octet, b'\t' | b' '..=b'~')), "{line:?}");
                }
            }
        }
    }
}
