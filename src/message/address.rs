//! Addresses in headers: a mailbox, and the name of who reads it (RFC 5322 section 3.4).

mod lenient;
mod strict;

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::charset::Charsets;
pub use super::cursor::Reading;
use super::field::{FieldError, printable};
use super::header::Header;
use super::word;
use crate::wire::SyntaxError;
use crate::wire::abnf::{is_atext, is_utf8_non_ascii};
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

/// An `addr-spec` that was read, without comments and white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddrSpec {
    /// The local part, in quotes only if it needs them.
    pub local_part: String,
    /// The domain, or the domain literal with its brackets.
    pub domain: String,
    /// Where it is, in octets of what was read.
    pub span: Range<usize>,
}

impl AddrSpec {
    /// `local-part@domain`.
    pub fn address(&self) -> String {
        [&self.local_part, "@", &self.domain].concat()
    }

    /// Reads one `addr-spec` by the grammar (RFC 5322 section 3.4.1), with the white space and comments that may be around
    /// and in it. What it means can be more than an envelope takes: [`Mailbox`] has the last word.
    ///
    /// ```
    /// use edgepost::message::address::{AddrSpec, Reading};
    ///
    /// let obsolete = Reading { obsolete: true, ..Reading::default() };
    /// let text = r#"pete(his account) . "x" @ silly.test"#;
    /// assert_eq!(AddrSpec::parse(text, obsolete)?.address(), "pete.x@silly.test");
    /// assert_eq!(AddrSpec::parse(text, Reading::default()).unwrap_err().at, 18);
    /// # Ok::<(), edgepost::wire::SyntaxError>(())
    /// ```
    pub fn parse(text: &str, reading: Reading) -> Result<Self, SyntaxError> {
        strict::addr_spec(text, reading)
    }
}

/// Reads a list of mailboxes and groups by the grammar (RFC 5322 section 3.4).
///
/// ```
/// use edgepost::message::address::{Entry, Reading, parse_list};
/// use edgepost::message::charset::Charsets;
///
/// let list = parse_list("Ann <ann@a.example>, team: bob@b.example;", Reading::default(), &Charsets::BUILT_IN)?;
/// let [Entry::Mailbox(ann), Entry::Group { name, members, .. }] = &*list else { panic!() };
/// assert_eq!((ann.name.as_deref(), ann.address.as_deref()), (Some("Ann"), Some("ann@a.example")));
/// assert_eq!((&**name, members[0].address.as_deref()), ("team", Some("bob@b.example")));
/// # Ok::<(), edgepost::wire::SyntaxError>(())
/// ```
pub fn parse_list(text: &str, reading: Reading, charsets: &Charsets) -> Result<Vec<Entry>, SyntaxError> {
    strict::list(text, reading, charsets)
}

/// Reads what stands in an address field of real mail, and cannot fail: what the grammar has no place for becomes part of a
/// name, or an address as it was written. Never is there an address that was written inside quotes, a comment or an encoded
/// word.
///
/// ```
/// use edgepost::message::address::{Entry, read_list};
/// use edgepost::message::charset::Charsets;
///
/// let list = read_list(b"Doe, John Q. <john@a.example>; \"eve@e.example\" bob@b.example", &Charsets::BUILT_IN);
/// let [Entry::Mailbox(john), Entry::Mailbox(bob)] = &*list else { panic!() };
/// assert_eq!((john.name.as_deref(), john.address.as_deref()), (Some("Doe, John Q."), Some("john@a.example")));
/// assert_eq!((bob.name.as_deref(), bob.address.as_deref()), (Some("eve@e.example"), Some("bob@b.example")));
/// ```
pub fn read_list(value: &[u8], charsets: &Charsets) -> Vec<Entry> {
    lenient::list(value, charsets)
}

/// What comments say, which is the name in mail from before there were display names.
fn comments<'a>(
    text: &[u8],
    comments: impl Iterator<Item = &'a Range<usize>>,
    charsets: &Charsets,
) -> Option<String> {
    let mut name = String::new();
    for comment in comments {
        let text = &text[comment.clone()];
        let inner = text.strip_suffix(b")").unwrap_or(text).strip_prefix(b"(").unwrap_or_default();
        let said = word::decode(&unescaped(inner), charsets);
        if !name.is_empty() && !said.trim().is_empty() {
            name.push(' ');
        }
        // White space is a space, whatever it is.
        name.extend(said.trim().chars().map(|c| if c == '\t' { ' ' } else { c }));
    }
    (!name.is_empty()).then_some(name)
}

/// Without the backslashes of quoted pairs.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&octet) = rest.next() {
        octets.push(if octet == b'\\' { rest.next().copied().unwrap_or(octet) } else { octet });
    }
    octets
}

/// ```abnf
/// dot-atom-text = 1*atext *("." 1*atext)
/// ```
fn is_dot_atom(text: &str) -> bool {
    let is_atext = |c| is_atext(c) || is_utf8_non_ascii(c);
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
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
    !word.is_empty() && word.chars().all(is_atext)
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

    /// Names and addresses, a group as its name and what is in it.
    fn shown(entries: &[Entry]) -> String {
        let one = |found: &Found| {
            let name = found.name.as_ref().map(|name| [name, " "].concat()).unwrap_or_default();
            [&name, "<", found.address.as_deref().unwrap_or("-"), ">"].concat()
        };
        let entry = |entry: &Entry| match entry {
            Entry::Mailbox(found) => one(found),
            Entry::Group { name, members, .. } => {
                [name, ":", &members.iter().map(one).collect::<Vec<_>>().join(","), ";"].concat()
            }
        };
        entries.iter().map(entry).collect::<Vec<_>>().join("|")
    }

    fn read(text: &str) -> String {
        shown(&read_list(text.as_bytes(), &Charsets::BUILT_IN))
    }

    // covers: RFC 5322 section 3.4 both
    // covers: RFC 5322 section 4.4 both
    #[test]
    fn lists_by_the_grammar_are_read_alike_in_both_ways() {
        for (text, expected, obsolete) in [
            ("ann@a.example", "<ann@a.example>", false),
            ("Ann <ann@a.example>,<bob@b.example>", "Ann <ann@a.example>|<bob@b.example>", false),
            ("\"Doe, \\\"J\\\"\" <j@a.example>", "Doe, \"J\" <j@a.example>", false),
            ("\"john.doe\"@a.example", "<john.doe@a.example>", false),
            ("\"a@evil.test\"@good.test", "<\"a@evil.test\"@good.test>", false),
            ("\"a b\\\\c\"@a.example", "<\"a b\\\\c\"@a.example>", false),
            ("team:;", "team:;", false),
            ("A Group:Ed <c@a.test>,joe@where.test;", "A Group:Ed <c@a.test>,<joe@where.test>;", false),
            ("ann@[192.0.2.1]", "<ann@[192.0.2.1]>", false),
            (" ann @\r\n a.example (Ann)", "Ann <ann@a.example>", false),
            ("=?utf-8?Q?J=C3=B6rg?=\r\n =?utf-8?Q?_D?= E <j@a.example>", "Jörg D E <j@a.example>", false),
            ("=?utf-8?q?x=40evil.test?= <a@good.test>", "x@evil.test <a@good.test>", true),
            // RFC 5322 appendix A.5 and A.6.
            (
                "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
                "Pete <pete@silly.test>",
                false,
            ),
            (
                "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
                "A Group:Chris Jones <c@public.example>,<joe@example.org>,John <jdoe@one.test>;",
                false,
            ),
            ("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "Hidden recipients:;", false),
            ("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public <john.q.public@example.com>", true),
            (
                "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
                "Mary Smith <mary@example.net>|<jdoe@test.example>",
                true,
            ),
            ("<@a.test,,@b.test (c) : ann @ c.test>", "<ann@c.test>", true),
            ("\"a\".b . \"c d\"@a.example", "<\"a.b.c d\"@a.example>", true),
            (",ann@a.example,,", "<ann@a.example>", true),
            ("team:,;", "team:;", true),
        ] {
            let parse = |obsolete| {
                let reading = Reading { obsolete, utf8: false };
                parse_list(text, reading, &Charsets::BUILT_IN).map(|list| shown(&list))
            };
            assert_eq!(parse(true).as_deref(), Ok(expected), "{text}");
            assert_eq!(parse(false).is_ok(), !obsolete, "{text}");
            if !text.contains("my dear friend") {
                assert_eq!(read(text), expected, "{text}");
            }
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            (" ", 1),
            (",", 0),
            ("ann", 3),
            ("ann@", 4),
            ("ann@a.example,", 14),
            ("ann@a.example bob@b.example", 14),
            ("Ann ann@a.example", 4),
            ("Ann <ann@a.example", 18),
            ("Ann <>", 5),
            ("Ann Q. <ann@a.example>", 5),
            ("\"Ann <ann@a.example>", 20),
            ("(Ann ann@a.example", 18),
            ("a..b@c", 2),
            (".a@b", 0),
            ("a.@b", 2),
            ("a@b..c", 4),
            ("a@-b", 2),
            ("a@[b", 4),
            ("a@b]", 3),
            ("é@b", 0),
            ("team: ann@a.example", 19),
            ("team: b: c@d;;", 7),
            ("a\r\nb@c", 1),
            ("a@b\r\n", 3),
        ] {
            let error = parse_list(text, Reading::default(), &Charsets::BUILT_IN);
            assert_eq!(error.map_err(|error| error.at), Err(at), "{text:?}");
        }
    }

    #[test]
    fn what_arrives_is_read_as_it_was_meant() {
        for (text, expected) in [
            ("", ""),
            (" , ;", ""),
            ("<>", "<->"),
            ("Mail Delivery System <MAILER-DAEMON>", "Mail Delivery System <MAILER-DAEMON>"),
            ("root", "root <->"),
            ("undisclosed-recipients: ;", "undisclosed-recipients:;"),
            ("Undisclosed recipients:", "Undisclosed recipients:;"),
            ("Ann Example <ann@a.example", "Ann Example <ann@a.example>"),
            ("Ann <ann@a.example, Bob <bob@b.example>", "Ann <ann@a.example>|Bob <bob@b.example>"),
            ("Ann <ann@a.example> Bob <bob@b.example>", "Ann <ann@a.example>|Bob <bob@b.example>"),
            ("<ann@a.example> Ann", "Ann <ann@a.example>"),
            ("<ann@a.example> (Ann)", "Ann <ann@a.example>"),
            ("ann@a.example (Ann \\(A\\))", "Ann (A) <ann@a.example>"),
            ("ann@a.example <ann@a.example>", "ann@a.example <ann@a.example>"),
            ("Ann @ Work <ann@a.example>", "Ann @ Work <ann@a.example>"),
            ("Doe, John Q. <john@a.example>, bob@b.example", "Doe, John Q. <john@a.example>|<bob@b.example>"),
            ("ann@a.example; bob@b.example", "<ann@a.example>|<bob@b.example>"),
            ("<mailto:ann@a.example>, mailto:bob@b.example", "<ann@a.example>|<bob@b.example>"),
            ("\"=?utf-8?Q?J=C3=B6rg?=\" <j@a.example>", "Jörg <j@a.example>"),
            ("=?utf-8?Q?Doe, John?= <j@a.example>", "Doe, John <j@a.example>"),
            ("< ann@a.example >", "<ann@a.example>"),
            ("<ann smith@a.example>", "<ann smith@a.example>"),
            ("Ann ann @ a.example", "Ann <ann@a.example>"),
            ("<a,b@c.example>", "<a,b@c.example>"),
            ("a: b: c@d.example; e@f.example", "a:<c@d.example>;|<e@f.example>"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
        assert_eq!(shown(&read_list(b"J\xF6rg <j@a.example>", &Charsets::BUILT_IN)), "Jörg <j@a.example>");
    }

    #[test]
    fn no_address_comes_out_of_quotes_comments_and_encoded_words() {
        for (text, expected) in [
            ("\"evil@e.test\" ann@a.example", "evil@e.test <ann@a.example>"),
            ("\"evil@e.test\"", "evil@e.test <->"),
            ("(evil@e.test) ann@a.example", "evil@e.test <ann@a.example>"),
            ("(evil@e.test", ""),
            ("=?utf-8?Q?evil=40e.test?=", "evil@e.test <->"),
            ("=?utf-8?Q?evil@e.test?= <ann@a.example>", "evil@e.test <ann@a.example>"),
            ("=?utf-8?B?PGV2aWxAZS50ZXN0Pg==?=", "<evil@e.test> <->"),
            ("Ann \"evil@e.test\"@a.example", "Ann <\"evil@e.test\"@a.example>"),
            ("\"evil@e.test, b\"@a.example", "<\"evil@e.test, b\"@a.example>"),
            ("<\"evil@e.test\">", "<\"evil@e.test\">"),
            ("\"<evil@e.test>\" <ann@a.example>", "<evil@e.test> <ann@a.example>"),
            // What goes on behind a comment is one domain.
            ("Ann ann@a.example(x).evil.test", "Ann <ann@a.example.evil.test>"),
            ("ann@a.example\0", "<ann@a.example >"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn spans_are_where_things_are_written() {
        let text = " Ann (c) < ann@a.example >, \"b\" . c@d.example (x), g : e@f.example ;";
        let spans = |found: &Found| (&text[found.addr_spec.clone()], &text[found.whole.clone()]);
        for list in [
            read_list(text.as_bytes(), &Charsets::BUILT_IN),
            parse_list(text, Reading { obsolete: true, utf8: false }, &Charsets::BUILT_IN).unwrap(),
        ] {
            let [Entry::Mailbox(ann), Entry::Mailbox(b), Entry::Group { members, whole, .. }] = &*list else {
                panic!("{list:?}")
            };
            assert_eq!(spans(ann), ("ann@a.example", "Ann (c) < ann@a.example >"));
            assert_eq!(spans(b), ("\"b\" . c@d.example", "\"b\" . c@d.example (x)"));
            assert_eq!(spans(&members[0]), ("e@f.example", "e@f.example"));
            assert_eq!(&text[whole.clone()], "g : e@f.example ;");
        }
    }
}
