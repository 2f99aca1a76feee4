//! Groups of fields, as reports have them in their bodies (RFC 3464 section 2.1, RFC 5965 section 3, RFC 8098 section 3.1).

use alloc::string::String;
use alloc::vec::Vec;

use crate::message::charset;

/// Fields with no empty line between them.
#[derive(Debug, Default)]
pub(super) struct Group {
    fields: Vec<(String, String)>,
}

impl Group {
    /// The first of this name, which is in lower case, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.fields.iter().filter(move |(field, value)| field == name && !value.is_empty());
        named.map(|(_, value)| value.as_str())
    }

    /// What is behind `type;`.
    pub fn typed(&self, name: &str) -> Option<&str> {
        let value = self.get(name)?;
        let value = value.split_once(';').map_or(value, |(_, value)| value).trim();
        (!value.is_empty()).then_some(value)
    }
}

/// The fields of one recipient, which come once each.
const ONCE: [&str; 5] = ["original-recipient", "final-recipient", "action", "status", "diagnostic-code"];

/// Reads up to `most` groups. What is no field is skipped, so that groups are found in a text, too; where somebody has
/// forgotten the empty line, a field that may come once only begins a group.
///
/// ```abnf
/// group = 1*( field CRLF )
/// ```
pub(super) fn groups(octets: &[u8], most: usize) -> Vec<Group> {
    let text = charset::unlabelled(octets);
    let mut groups = Vec::new();
    let mut group = Group::default();
    // A line that is no field has no lines that belong to it.
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            open = false;
            if !group.fields.is_empty() {
                groups.push(core::mem::take(&mut group));
                if groups.len() >= most {
                    return groups;
                }
            }
        } else if line.starts_with([' ', '\t']) {
            if let (true, Some((_, value))) = (open, group.fields.last_mut()) {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(line.trim());
            }
        } else {
            open = false;
            let Some((name, value)) = line.split_once(':') else { continue };
            let name = name.trim_end().to_ascii_lowercase();
            if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-') {
                continue;
            }
            open = true;
            if ONCE.contains(&name.as_str()) && group.get(&name).is_some() {
                groups.push(core::mem::take(&mut group));
            }
            group.fields.push((name, value.trim().into()));
        }
    }
    if !group.fields.is_empty() {
        groups.push(group);
    }
    groups
}

/// A value without its comments (RFC 5322 section 3.2.2).
pub(super) fn uncommented(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for c in value.chars() {
        if depth == 0 {
            if !quoted && c == '(' && !escaped {
                depth = 1;
                continue;
            }
            quoted ^= c == '"' && !escaped;
            out.push(c);
        } else if !escaped {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
        }
        escaped = c == '\\' && !escaped;
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_folded_and_groups_have_empty_lines_between_them() {
        let groups =
            groups(b"A: one\r\n two\r\n\tthree\r\nno field\r\n lost\r\n\r\n\r\nb : x;y\r\nA:\r\n", 9);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].get("a"), Some("one two three"));
        assert_eq!(groups[1].typed("b"), Some("y"));
        assert_eq!(groups[1].get("a"), None);
    }

    #[test]
    fn a_recipient_without_an_empty_line_before_it_is_another_one() {
        let groups = groups(b"Final-Recipient: rfc822;a@a\nAction: failed\nFinal-Recipient: rfc822;b@b\n", 9);
        let names: Vec<_> = groups.iter().map(|group| group.typed("final-recipient")).collect();
        assert_eq!(names, [Some("a@a"), Some("b@b")]);
    }

    #[test]
    fn comments_nest_and_are_no_part_of_a_value() {
        for (value, expected) in [
            ("5.1.1 (no (such) mailbox)", "5.1.1"),
            ("\"a(b\"@c.example (x)", "\"a(b\"@c.example"),
            ("a (\\) b) c", "a  c"),
            ("(", ""),
        ] {
            assert_eq!(uncommented(value), expected);
        }
    }
}
