//! Text whose paragraphs were broken into lines to be joined again (RFC 3676).

use alloc::string::String;

/// The paragraphs of a text that is `format=flowed`: a line that ends with a space goes on in the next one, if both are
/// quoted as deep. With `delete_space` (`DelSp=yes`) that space was put there by the writer. Lines end as they did.
///
/// ```
/// use edgepost::message::flowed::joined;
///
/// assert_eq!(joined("> one \r\n> two\r\nthree \r\nfour\r\n-- \r\nAnn\r\n", false), "> one two\r\nthree four\r\n-- \r\nAnn\r\n");
/// ```
pub fn joined(text: &str, delete_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // How deep the paragraph is quoted that goes on, and its line's end.
    let mut open: Option<(usize, &str)> = None;
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let end = &line[content.len()..];
        let depth = content.bytes().take_while(|octet| *octet == b'>').count();
        // A space is stuffed in front of what would be taken for something else.
        let said = content[depth..].strip_prefix(' ').unwrap_or(&content[depth..]);
        let signature = said == "-- ";
        match open.take() {
            Some((before, _)) if before == depth && !signature => {}
            Some((_, end)) => {
                out.push_str(end);
                begin(&mut out, content, depth);
            }
            None => begin(&mut out, content, depth),
        }
        if said.ends_with(' ') && !signature && !end.is_empty() {
            out.push_str(if delete_space { &said[..said.len() - 1] } else { said });
            open = Some((depth, end));
        } else {
            out.push_str(said);
            out.push_str(end);
        }
    }
    if let Some((_, end)) = open {
        out.push_str(end);
    }
    out
}

/// Writes the marks of a quotation.
fn begin(out: &mut String, content: &str, depth: usize) {
    out.push_str(&content[..depth]);
    if depth > 0 {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined() {
        for (text, delete_space, expected) in [
            ("", false, ""),
            ("one\r\ntwo\r\n", false, "one\r\ntwo\r\n"),
            ("one \r\ntwo\r\n", false, "one two\r\n"),
            ("one \r\ntwo\r\n", true, "onetwo\r\n"),
            ("one \ntwo", false, "one two"),
            ("one \r\n", false, "one \r\n"),
            (" From me\r\n >no quote\r\n", false, "From me\r\n>no quote\r\n"),
            (">one \r\n>>two \r\nthree\r\n", false, "> one \r\n>> two \r\nthree\r\n"),
            (">>one \r\n>> two\r\n", false, ">> one two\r\n"),
            ("text \r\n-- \r\nAnn\r\n", false, "text \r\n-- \r\nAnn\r\n"),
            (" \r\n", false, "\r\n"),
        ] {
            assert_eq!(joined(text, delete_space), expected, "{text:?}");
        }
    }
}
