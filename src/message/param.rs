//! Parameters of MIME headers (RFC 2045 section 5.1), whatever is in them (RFC 2231).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// Octets of a piece at most: with what is around it, it fits on a line.
const LIMIT: usize = 72;

/// A parameter as it is written: one piece, or several, to be put on lines of their own.
///
/// ```abnf
/// parameter = regular-parameter / extended-parameter
/// extended-initial-value = [charset] "'" [language] "'" extended-other-values
/// ```
pub(super) fn written(name: &str, value: &str) -> Vec<String> {
    if !value.is_empty() && value.bytes().all(is_token) && name.len() + 1 + value.len() <= LIMIT {
        return [[name, "=", value].concat()].into();
    }
    let ascii = value.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    if ascii && value.len() < LIMIT {
        let quoted = [name, "=", &quoted(value)].concat();
        if quoted.len() <= LIMIT {
            return [quoted].into();
        }
    }
    // The pieces that no octet or character may be cut in.
    let units = value.chars().map(|c| {
        let mut unit = String::new();
        if is_attribute(c) {
            unit.push(c);
        } else {
            for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(unit, "%{octet:02X}");
            }
        }
        unit
    });
    let mut pieces = Vec::new();
    let mut piece = String::from("utf-8''");
    for unit in units {
        if name.len() + 6 + piece.len() + unit.len() > LIMIT {
            pieces.push(core::mem::take(&mut piece));
        }
        piece.push_str(&unit);
    }
    pieces.push(piece);
    if let [piece] = &pieces[..] {
        return [[name, "*=", piece].concat()].into();
    }
    let numbered = |(number, piece)| {
        let mut written = String::new();
        let _ = write!(written, "{name}*{number}*={piece}");
        written
    };
    pieces.into_iter().enumerate().map(numbered).collect()
}

/// ```abnf
/// quoted-string = DQUOTE *( qtext / "\" ( DQUOTE / "\" ) ) DQUOTE
/// ```
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// ```abnf
/// token = 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>
/// ```
pub(super) fn is_token(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&octet)
}

/// ```abnf
/// attribute-char = <any (US-ASCII) CHAR except SPACE, CTLs, "*", "'", "%", or tspecials>
/// ```
fn is_attribute(c: char) -> bool {
    c.is_ascii() && is_token(c as u8) && !matches!(c, '*' | '\'' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (value, expected) in [
            ("a.txt", "filename=a.txt"),
            ("", "filename=\"\""),
            ("my file.txt", "filename=\"my file.txt\""),
            ("a\"b\\c", "filename=\"a\\\"b\\\\c\""),
            ("ä€.txt", "filename*=utf-8''%C3%A4%E2%82%AC.txt"),
            ("é '*%", "filename*=utf-8''%C3%A9%20%27%2A%25"),
        ] {
            assert_eq!(written("filename", value).join("; "), expected);
        }
        let long = "long name ".repeat(10);
        let pieces = written("filename", &long);
        assert!(pieces[0].starts_with("filename*0*=utf-8''long%20name%20"), "{pieces:?}");
        assert!(pieces[1].starts_with("filename*1*="), "{pieces:?}");
    }

    #[test]
    fn pieces_fit_on_lines_and_cut_no_character() {
        for text in ["日本語", "x", "é ", "\"\\", "🎉"] {
            for times in [1, 20, 200, 1100] {
                let value = text.repeat(times);
                for piece in written("filename", &value) {
                    assert!(piece.len() <= LIMIT, "{piece}");
                }
            }
        }
    }
}
