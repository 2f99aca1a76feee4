//! Quoted-printable (RFC 2045 section 6.7).

use alloc::vec::Vec;

use super::base64::Damage;

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
pub fn encode(text: &[u8], out: &mut Vec<u8>) {
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
    loop {
        // Most octets stand for themselves, which is the short way for those in front of a limit.
        let plain = plain(&rest[..rest.len().saturating_sub(1).min((LIMIT - 1).saturating_sub(column))]);
        let (literals, behind) = rest.split_at(plain);
        out.extend_from_slice(literals);
        column += plain;
        rest = behind;
        let Some(&first) = rest.first() else { break };
        // Octets of no character stand alone.
        let more = if first >= 0xC0 { 3 } else { 0 };
        let length = 1 + rest[1..].iter().take(more).take_while(|&&octet| octet & 0xC0 == 0x80).count();
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

/// How many octets there are at the beginning that need no escape where more is behind them.
fn plain(text: &[u8]) -> usize {
    let is_escaped = |octet: &u8| !matches!(octet, b' '..=b'~' | b'\t') || *octet == b'=';
    text.iter().position(is_escaped).unwrap_or(text.len())
}

/// Appends what quoted-printable stands for. Lines end as they are written, soft line ends and white space at ends of lines
/// are gone. An "=" that is not followed by what should be there stands for itself, and is told of. Whole lines can be
/// decoded one after the other.
///
/// ```
/// let mut out = Vec::new();
/// assert!(edgepost::message::qp::decode(b"caf=C3=\r\n=a9  \r\n", &mut out).is_none());
/// assert_eq!(out, "café\r\n".as_bytes());
/// ```
pub fn decode(text: &[u8], out: &mut Vec<u8>) -> Damage {
    let mut damage = Damage::default();
    out.reserve(text.len());
    // White space that was encoded stays at the end of a line.
    let mut fixed = out.len();
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'=', b'\n', rest) {
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        out.extend_from_slice(before);
        if rest[at] == b'\n' {
            end_line(out, fixed, b"\n");
            fixed = out.len();
            rest = behind;
        } else if let Some((octet, after)) = escape(behind) {
            out.push(octet);
            fixed = out.len();
            rest = after;
        } else if let Some(after) = soft_line_end(behind) {
            // What is in front of "=" is not at the end of a line.
            fixed = out.len();
            damage.truncated |= behind.is_empty();
            rest = after;
        } else {
            out.push(b'=');
            damage.strays = true;
            rest = behind;
        }
    }
    out.extend_from_slice(rest);
    end_line(out, fixed, b"");
    damage
}

/// Takes white space from the end of a line that is to end now.
fn end_line(out: &mut Vec<u8>, fixed: usize, end: &[u8]) {
    let carriage_return = out.len() > fixed && out.ends_with(b"\r") && !end.is_empty();
    let line = &out[fixed..out.len() - usize::from(carriage_return)];
    let spaces = line.iter().rev().take_while(|&&octet| matches!(octet, b' ' | b'\t')).count();
    let length = fixed + line.len() - spaces;
    out.truncate(length);
    out.extend_from_slice(if carriage_return { b"\r\n" } else { end });
}

/// ```abnf
/// hex-octet = "=" 2(DIGIT / "A" / "B" / "C" / "D" / "E" / "F")
/// ```
/// Behind its "=", in whatever case.
pub(super) fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], after) = text.split_first_chunk()?;
    let digit = |letter: u8| char::from(letter).to_digit(16).map(|digit| digit as u8);
    Some((digit(high)? << 4 | digit(low)?, after))
}

/// What is behind the line end that an "=" takes away, with white space in front of it; the end of the text is one, too.
fn soft_line_end(text: &[u8]) -> Option<&[u8]> {
    let spaces = text.iter().take_while(|&&octet| matches!(octet, b' ' | b'\t')).count();
    match &text[spaces..] {
        [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => Some(after),
        [b'\r'] | [] => Some(&[]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(text.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn decoded(text: &str) -> (String, Damage) {
        let mut octets = Vec::new();
        let damage = decode(text.as_bytes(), &mut octets);
        (String::from_utf8_lossy(&octets).into_owned(), damage)
    }

    #[test]
    fn what_arrives_is_read_as_far_as_it_goes() {
        let damage = |strays, truncated| Damage { strays, truncated };
        for (text, expected, found) in [
            ("", "", damage(false, false)),
            ("a=20\r\nb \t\r\nc \n d \r\n", "a \r\nb\r\nc\n d\r\n", damage(false, false)),
            ("a=\r\nb=\nc= \t\r\nd =\r\n\r\ne", "abcd \r\ne", damage(false, false)),
            ("=c3=a9=C3=A9", "éé", damage(false, false)),
            ("=20 =\r\n \r\n", "  \r\n", damage(false, false)),
            ("a=", "a", damage(false, true)),
            ("1+1=2, =G0 =A =", "1+1=2, =G0 =A ", damage(true, true)),
            ("==3D=", "==", damage(true, true)),
            ("a =\r", "a ", damage(false, false)),
            ("no end  ", "no end", damage(false, false)),
            ("\r\n", "\r\n", damage(false, false)),
            (" \r \r\n", " \r\r\n", damage(false, false)),
        ] {
            assert_eq!(decoded(text), (expected.into(), found), "{text:?}");
        }
    }

    #[test]
    fn lines_can_be_decoded_one_after_the_other() {
        let text = "a =\r\nb=20 \r\n =3D=\n\r\n\r\nc= ";
        let mut octets = Vec::new();
        for line in text.split_inclusive('\n') {
            decode(line.as_bytes(), &mut octets);
        }
        assert_eq!(String::from_utf8(octets).unwrap(), decoded(text).0);
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
                assert_eq!(decoded(&encoded), (text, Damage::default()));
                for line in encoded.split("\r\n") {
                    assert!(line.len() <= 76 && !line.ends_with([' ', '\t']), "{line:?}");
                    assert!(line.bytes().all(|octet| matches!(octet, b'\t' | b' '..=b'~')), "{line:?}");
                }
            }
        }
    }
}
