//! The text of a bounce: where it ends and the message that came back begins, and the addresses in it.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::Outer;
use crate::message::parse::Message;
use crate::message::part::Kind;

/// A text names no more recipients than these: lists of a thousand come as reports of RFC 3464.
pub(super) const MOST_ADDRESSES: usize = 500;
/// A bounce says what it says soon.
const LONGEST: usize = 1 << 16;

/// What a bounce says.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// The lines before the message that came back.
    pub said: String,
    /// The message that came back in the same text: the part, and where its octets are if they are not encoded.
    pub original: Option<(usize, Option<Range<usize>>)>,
    /// It, as text.
    pub returned: String,
}

impl Text {
    /// All that is text and not of the message that came back: plain text, or HTML where there is none.
    pub fn of(message: &Message, outer: &Outer) -> Self {
        let leaf = |kind: &str| {
            let named = move |part: &&crate::message::part::Part| {
                // A multipart that is none is a text, and so is a type with a line end too much.
                let is_text = part.media_type().starts_with(kind);
                let is_broken = kind == "text/plain"
                    && part.kind != Kind::Message
                    && part.media_type().starts_with("multipart/")
                    && message.children(part.number).next().is_none();
                (is_text && part.kind == Kind::Leaf) || is_broken
            };
            outer.parts(message).filter(named).map(|part| part.number).collect::<Vec<_>>()
        };
        let plain = leaf("text/plain");
        let html = plain.is_empty();
        let mut text = Self::default();
        for number in if html { leaf("text/html") } else { plain } {
            let part = &message.parts()[number];
            let content = match part.kind {
                Kind::Multipart => super::super::charset::unlabelled(&message.octets()[part.body.clone()]),
                _ => message.text(number),
            };
            let content = if html { untagged(&content) } else { content };
            let (lines, end) = before_original(&content);
            text.said.push_str(&content[..end]);
            text.said.push('\n');
            if let Some(lines) = lines {
                let octets = &message.octets()[part.body.clone()];
                // Characters may have other lengths than their octets, lines are the same.
                let lines = octets.split_inclusive(|octet| *octet == b'\n').take(lines);
                let start = part.body.start + lines.map(<[u8]>::len).sum::<usize>();
                let known = !html && part.transfer.is_identity();
                text.original = Some((number, known.then_some(start..part.body.end)));
                text.returned = content[end..].into();
                break;
            }
            if text.said.len() > LONGEST {
                break;
            }
        }
        text
    }

    /// The message that came back, without what introduces it.
    pub fn header(&self) -> &str {
        let mut at = 0;
        for line in self.returned.split_inclusive('\n').take(4) {
            if is_header(line) {
                return &self.returned[at..];
            }
            at += line.len();
        }
        &self.returned
    }
}

/// Begins of lines, in lower case, behind hyphens and the like, that introduce the message.
const INTRODUCTIONS: [&str; 20] = [
    "original message",
    "original mail",
    "original header",
    "original e-mail",
    "below this line",
    "below is a copy",
    "the header of the original",
    "the headers of the original",
    "this is a copy of",
    "a copy of the original",
    "here is a copy",
    "here is your original",
    "message headers follow",
    "message header follow",
    "headers of the original",
    "unsent message",
    "enclosed is a copy",
    "returned message",
    "returned mail follows",
    "message text follows",
];

/// Fields that a text has at the beginning of a line for one reason only.
const FIRST_FIELDS: [&str; 3] = ["received:", "return-path:", "dkim-signature:"];

fn is_header(line: &str) -> bool {
    let line = line.trim_start_matches(['>', ' ']);
    FIRST_FIELDS.iter().any(|name| starts_with(line, name))
}

/// How many lines are before the message that came back, if it is there, and where what is said ends.
fn before_original(text: &str) -> (Option<usize>, usize) {
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim_start_matches(['>', ' ', '-', '=', '*', '_', '#', '|']);
        // An introduction is a line of its own, or is drawn as one.
        let drawn = line.trim_start().starts_with(['-', '=', '*', '_', '#', '|']);
        let introduces = INTRODUCTIONS.iter().any(|words| starts_with(bare, words))
            && (drawn || bare.trim_end().len() < 64)
            && !starts_with(bare, "original message id");
        if introduces || is_header(line) {
            return (Some(number), at);
        }
        if at > LONGEST {
            break;
        }
        at += line.len();
    }
    (None, at)
}

pub(super) fn starts_with(text: &str, lower: &str) -> bool {
    text.as_bytes().get(..lower.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(lower.as_bytes()))
}

/// HTML as text: good for finding addresses and replies.
fn untagged(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        if let Some(tag) = tail.strip_prefix('<') {
            let Some(end) = tag.find('>') else {
                rest = "";
                break;
            };
            let name = tag[..end].trim_start_matches('/');
            if ["br", "p", "div", "tr", "li", "h", "td"].iter().any(|block| starts_with(name, block)) {
                out.push('\n');
            }
            rest = &tag[end + 1..];
            // What is not text.
            if starts_with(name, "style") && !tag.starts_with('/') {
                rest = rest.find("</").map_or("", |end| &rest[end..]);
            }
        } else {
            let entities = [
                ("&lt;", '<'),
                ("&gt;", '>'),
                ("&amp;", '&'),
                ("&nbsp;", ' '),
                ("&quot;", '"'),
                ("&#39;", '\''),
            ];
            match entities.iter().find(|(entity, _)| starts_with(tail, entity)) {
                Some((entity, character)) => {
                    out.push(*character);
                    rest = &tail[entity.len()..];
                }
                None => {
                    out.push('&');
                    rest = &tail[1..];
                }
            }
        }
    }
    out.push_str(rest);
    out
}

/// What looks like an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<'t> {
    pub text: &'t str,
    /// Where it begins.
    pub at: usize,
}

/// The addresses of a text, as far as they can be told from what is around them.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = Found<'_>> {
    let octets = text.as_bytes();
    let mut from = 0;
    core::iter::from_fn(move || {
        loop {
            let at = from + memchr::memchr(b'@', &octets[from..])?;
            let start = local_part(text, from, at);
            let domain = octets[at + 1..]
                .iter()
                .position(|octet| !(octet.is_ascii_alphanumeric() || b".-_".contains(octet)))
                .unwrap_or(octets.len() - at - 1);
            let domain = text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
            from = at + 1 + domain.len();
            let enclosed = start > 0 && octets[start - 1] == b'<' && octets.get(from) == Some(&b'>');
            let named = domain.contains('.') || enclosed;
            if start < at && !domain.is_empty() && domain.len() <= 255 && at - start <= 128 && named {
                return Some(Found { text: &text[start..from], at: start });
            }
        }
    })
}

/// Where the local part before this `@` begins.
fn local_part(text: &str, from: usize, at: usize) -> usize {
    let octets = &text.as_bytes()[from..at];
    if let Some(quoted) = octets.strip_suffix(b"\"") {
        return memchr::memrchr(b'"', quoted).map_or(at, |found| from + found);
    }
    let is_local = |octet: &u8| {
        octet.is_ascii_alphanumeric() || b"!#$%&*+-/?^_`{|}~.=".contains(octet) || !octet.is_ascii()
    };
    let start = octets.iter().rposition(|octet| !is_local(octet)).map_or(0, |found| found + 1);
    let start = from + start;
    // What often stands before an address and hardly ever begins one.
    let drawn = text[start..at].find(|c: char| !"-=*.|/".contains(c)).unwrap_or(0);
    start + drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_a_reader_sees_them_end() {
        for (text, expected) in [
            ("<bob@b.example>: no", &["bob@b.example"][..]),
            ("to bob@b.example. Reason", &["bob@b.example"]),
            ("\"a b\"@b.example,c@c.example", &["\"a b\"@b.example", "c@c.example"]),
            ("<bob@local> bob@local", &["bob@local"]),
            ("@ @@ a@ @b.example a@b@c.example", &[]),
            ("---bob@b.example您好", &["bob@b.example"]),
        ] {
            let found: Vec<_> = addresses(text).map(|found| found.text).collect();
            assert!(found == expected || expected.is_empty() && found.len() < 2, "{text}: {found:?}");
        }
    }

    #[test]
    fn the_message_that_came_back_is_not_what_is_said() {
        for (text, said) in [
            ("no\n--- Below this line is a copy of the message.\n\nReceived: x\n", "no\n"),
            ("no\n   ----- Original message -----\nFrom: x\n", "no\n"),
            ("no\n> Received: by x\n", "no\n"),
            (
                "The original message was received at noon\nno\n",
                "The original message was received at noon\nno\n",
            ),
        ] {
            assert_eq!(&text[..before_original(text).1], said);
        }
    }

    #[test]
    fn html_is_read_for_its_text() {
        assert_eq!(untagged("<p>a &lt;b@c.example&gt;<br/>d<b>e</b> & f<"), "\na <b@c.example>\nde & f");
    }
}
