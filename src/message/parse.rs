//! Reads messages: a tree of parts over the octets, which are never copied and never lost (RFC 5322, RFC 2045, RFC 2046).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::charset::Charsets;
use super::encoding::Encoding;
use super::entity::{Event, Limits, Walker};
use super::header::{Field, unfolded};
use super::part::{Kind, Part, Transfer};
use super::{base64, qp, uuencode};

/// A message that was read. Reading never fails: what is damaged is marked where it is (`Part::damage`).
///
/// ```
/// use edgepost::message::parse::Message;
///
/// let message = Message::parse(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n");
/// let subject = message.field(0, "subject").unwrap();
/// assert_eq!(message.text_of(subject), "Grüße");
/// assert_eq!(*message.content(0), *b"Hello\r\n");
/// ```
#[derive(Debug, Clone)]
pub struct Message<'a> {
    octets: &'a [u8],
    parts: Vec<Part>,
    charsets: Charsets,
}

/// What a reader is shown, as places of parts (RFC 8621 section 4.1.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bodies {
    /// For who prefers plain text: in order, one behind the other.
    pub text: Vec<usize>,
    /// For who prefers HTML.
    pub html: Vec<usize>,
    /// What is not shown with either, or not with both.
    pub attachments: Vec<usize>,
}

impl<'a> Message<'a> {
    /// Reads within the usual limits, and with the character sets that are built in.
    pub fn parse(octets: &'a [u8]) -> Self {
        Self::parse_within(octets, Limits::default(), Charsets::BUILT_IN)
    }

    /// Reads within these limits; the host may know more character sets.
    pub fn parse_within(octets: &'a [u8], limits: Limits, charsets: Charsets) -> Self {
        let mut walker = Walker::new(limits, charsets);
        let mut parts: Vec<Part> = Vec::new();
        let mut at = 0;
        while let Some(event) = walker.next(&octets[at..], &mut at, true) {
            match event {
                Event::Begin(part) => parts.push(part),
                Event::Content(_) => {}
                Event::End { part, at, damage } => {
                    parts[part].body.end = at;
                    parts[part].damage.extend(damage);
                }
            }
        }
        Self { octets, parts, charsets }
    }

    /// How its texts are decoded.
    pub fn charsets(&self) -> &Charsets {
        &self.charsets
    }

    /// All of it.
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The parts in the order in which they begin; the first is the message, and there always is one.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The numbers of the parts right inside of one.
    pub fn children(&self, number: usize) -> impl Iterator<Item = usize> {
        // Those inside come right behind it.
        let inside = self.parts[number + 1..].iter();
        inside
            .take_while(move |part| part.parent.is_some_and(|parent| parent >= number))
            .filter(move |part| part.parent == Some(number))
            .map(|part| part.number)
    }

    /// The name of a field, as it was written.
    pub fn name_of(&self, field: &Field) -> &'a [u8] {
        &self.octets[field.name.clone()]
    }

    /// The body of a field without its folds, not decoded.
    pub fn body_of(&self, field: &Field) -> Cow<'a, [u8]> {
        unfolded(&self.octets[field.body.clone()])
    }

    /// The body of a field as text: encoded words decoded, white space around it gone (RFC 2047).
    pub fn text_of(&self, field: &Field) -> String {
        super::word::decode(self.body_of(field).trim_ascii(), &self.charsets)
    }

    /// The first field of this name in a part, in whatever case.
    pub fn field(&self, part: usize, name: &str) -> Option<&Field> {
        self.fields(part, name).next()
    }

    /// All fields of this name in a part.
    pub fn fields(&self, part: usize, name: &str) -> impl Iterator<Item = &Field> {
        self.parts[part]
            .fields
            .iter()
            .filter(move |field| self.name_of(field).eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The body of a part, decoded from its transfer encoding.
    pub fn content(&self, number: usize) -> Cow<'a, [u8]> {
        let part = &self.parts[number];
        let body = &self.octets[part.body.clone()];
        if part.kind != Kind::Leaf {
            return Cow::Borrowed(body);
        }
        let mut out = Vec::new();
        match part.transfer {
            Transfer::As(Encoding::QuotedPrintable) => drop(qp::decode(body, &mut out)),
            Transfer::As(Encoding::Base64) => drop(base64::decode(body, &mut out)),
            Transfer::Uuencode => match uuencode::find(body) {
                Some(file) => return Cow::Owned(uuencode::decode(&body[file.lines])),
                None => return Cow::Borrowed(body),
            },
            _ => return Cow::Borrowed(body),
        }
        Cow::Owned(out)
    }

    /// The text in a part, decoded; in whatever it says that it is in, or else in what it may be.
    pub fn text(&self, number: usize) -> String {
        self.charsets.text(self.parts[number].charset(), &self.content(number))
    }

    /// Which parts are the bodies, and which are attachments (RFC 8621 section 4.1.4).
    pub fn bodies(&self) -> Bodies {
        let mut bodies = Bodies::default();
        let mut levels = Vec::from([Choice::new("mixed", [0].into(), false, (true, true), &bodies)]);
        while let Some(level) = levels.last_mut() {
            let Some(number) = level.parts.get(level.next).copied() else {
                level.complete(&mut bodies);
                levels.pop();
                continue;
            };
            level.next += 1;
            let part = &self.parts[number];
            if part.kind == Kind::Multipart {
                let kind = part.media_type().strip_prefix("multipart/").unwrap_or_default();
                let parts = self.children(number).collect();
                let inside = Choice::new(kind, parts, level.in_alternative, level.open, &bodies);
                levels.push(inside);
            } else {
                level.take(part, &mut bodies);
            }
        }
        bodies
    }
}

/// What is going on inside of one multipart.
#[derive(Debug)]
struct Choice<'m> {
    kind: &'m str,
    parts: Vec<usize>,
    next: usize,
    in_alternative: bool,
    /// Whether the text and the HTML take what comes.
    open: (bool, bool),
    /// How many parts they had before.
    before: (usize, usize),
}

impl<'m> Choice<'m> {
    fn new(
        kind: &'m str,
        parts: Vec<usize>,
        in_alternative: bool,
        open: (bool, bool),
        bodies: &Bodies,
    ) -> Self {
        let in_alternative = in_alternative || kind == "alternative";
        Self { kind, parts, next: 0, in_alternative, open, before: (bodies.text.len(), bodies.html.len()) }
    }

    fn take(&mut self, part: &Part, bodies: &mut Bodies) {
        let media_type = part.media_type();
        let media = ["image/", "audio/", "video/"].iter().any(|kind| media_type.starts_with(kind));
        let text = matches!(media_type, "text/plain" | "text/html");
        let first = self.next == 1;
        let inline = !part.is_attachment()
            && (text || media)
            && (first || (self.kind != "related" && (media || part.file_name().is_none())));
        let Bodies { text, html, attachments } = bodies;
        if !inline {
            attachments.push(part.number);
        } else if self.kind == "alternative" {
            match media_type {
                "text/plain" => text.push(part.number),
                "text/html" => html.push(part.number),
                _ => attachments.push(part.number),
            }
        } else {
            match media_type {
                "text/plain" if self.in_alternative => self.open.1 = false,
                "text/html" if self.in_alternative => self.open.0 = false,
                _ => {}
            }
            if self.open.0 {
                text.push(part.number);
            }
            if self.open.1 {
                html.push(part.number);
            }
            if media && self.open != (true, true) {
                attachments.push(part.number);
            }
        }
    }

    /// What comes in one form only is shown to both.
    fn complete(&self, bodies: &mut Bodies) {
        if self.kind != "alternative" || self.open != (true, true) {
            return;
        }
        let (text, html) = self.before;
        let Bodies { text: texts, html: htmls, .. } = bodies;
        match (texts.len() > text, htmls.len() > html) {
            (false, true) => texts.extend_from_slice(&htmls[html..]),
            (true, false) => htmls.extend_from_slice(&texts[text..]),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::part::Damage;
    use std::format;
    use std::vec;

    /// Each part as `depth type "body"`, damage behind it.
    fn outline(text: &str) -> Vec<String> {
        let message = Message::parse(text.as_bytes());
        let mut depths = Vec::new();
        let line = |part: &Part| {
            let depth = part.parent.map_or(0, |parent: usize| depths[parent] + 1);
            depths.push(depth);
            let body = if part.kind == Kind::Leaf { message.text(part.number) } else { String::new() };
            let damage: Vec<_> = part.damage.iter().map(|damage| damage.name()).collect();
            format!("{depth} {} {body:?} {}", part.media_type(), damage.join(",")).trim_end().into()
        };
        message.parts().iter().map(line).collect()
    }

    const NESTED: &str = "Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n--a\r\n\r\none\r\n--a \r\n\
        Content-Type: multipart/alternative; boundary=\"b b\"\r\n\r\n--b b\r\nContent-Type: text/plain\r\n\r\ntwo\r\n\r\n--b b\r\n\
        Content-Type: text/html\r\n\r\n<p>three</p>\r\n--b b--\r\nepilogue\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n\
        Subject: inside\r\n\r\nfour\r\n--a--\r\nthe end";

    #[test]
    fn parts_begin_and_end_where_their_delimiters_are() {
        assert_eq!(
            outline(NESTED),
            [
                r#"0 multipart/mixed """#,
                r#"1 text/plain "one""#,
                r#"1 multipart/alternative """#,
                r#"2 text/plain "two\r\n""#,
                r#"2 text/html "<p>three</p>""#,
                r#"1 message/rfc822 """#,
                r#"2 text/plain "four""#,
            ]
        );
    }

    #[test]
    fn bare_line_feeds_end_lines_too() {
        assert_eq!(outline(&NESTED.replace("\r\n", "\n")).len(), 7);
        assert_eq!(outline("Subject: a\n b\n\nbody\n"), [r#"0 text/plain "body\n""#]);
    }

    #[test]
    fn what_is_damaged_is_marked_and_nothing_is_lost() {
        for (text, expected) in [
            ("", vec![r#"0 text/plain "" headerCut"#]),
            ("\r\nbody", vec![r#"0 text/plain "body""#]),
            ("Subject: x", vec![r#"0 text/plain "" headerCut"#]),
            ("Subject: x\r\nno field\r\nmore", vec![r#"0 text/plain "no field\r\nmore" headerCut"#]),
            ("A: 1\r\nbroken\r\nB: 2\r\n\r\nbody", vec![r#"0 text/plain "body""#]),
            ("From a@b Mon Jan  1\r\nA: 1\r\n\r\nbody", vec![r#"0 text/plain "body""#]),
            (
                "Content-Type: multipart/mixed\r\n\r\n--a\r\n",
                vec![r#"0 multipart/mixed "--a\r\n" noBoundary"#],
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\ncut",
                vec![r#"0 multipart/mixed "" notClosed"#, r#"1 text/plain "cut""#],
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nX: y\r\n--a\r\n\r\ntwo\r\n--a--",
                vec![r#"0 multipart/mixed """#, r#"1 text/plain "" headerCut"#, r#"1 text/plain "two""#],
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n--a--\r\n",
                vec![r#"0 multipart/mixed """#, r#"1 message/rfc822 """#, r#"2 text/plain "" headerCut"#],
            ),
            (
                "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--a\r\n\r\ntwo\r\n--a--",
                vec![
                    r#"0 multipart/mixed """#,
                    r#"1 multipart/mixed "" notClosed"#,
                    r#"2 text/plain "one""#,
                    r#"1 text/plain "two""#,
                ],
            ),
        ] {
            assert_eq!(outline(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_boundary_is_no_prefix_of_another() {
        let text = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=ab\r\n\r\n\
            --ab\r\n\r\none\r\n--ab--\r\n--a\r\n\r\n--abc\r\n --a\r\nx--a\r\n--a--\r\n";
        assert_eq!(
            outline(text),
            [
                r#"0 multipart/mixed """#,
                r#"1 multipart/mixed """#,
                r#"2 text/plain "one""#,
                r#"1 text/plain "--abc\r\n --a\r\nx--a""#,
            ]
        );
    }

    #[test]
    fn parts_of_a_digest_are_messages() {
        let text = "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: one\r\n\r\n1\r\n--a\r\n\r\nSubject: two\r\n\r\n2\r\n--a--";
        assert_eq!(
            outline(text),
            [
                r#"0 multipart/digest """#,
                r#"1 message/rfc822 """#,
                r#"2 text/plain "1""#,
                r#"1 message/rfc822 """#,
                r#"2 text/plain "2""#,
            ]
        );
    }

    #[test]
    fn limits_mark_what_is_beyond_them() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(100);
        let limits = Limits { depth: 3, ..Limits::default() };
        let message = Message::parse_within(nested.as_bytes(), limits, Charsets::BUILT_IN);
        assert_eq!(message.parts().len(), 4);
        assert_eq!(message.parts()[3].damage, [Damage::TooDeep]);

        let many = format!(
            "Content-Type: multipart/mixed; boundary=a\r\n\r\n{}--a--",
            "--a\r\n\r\nx\r\n".repeat(20)
        );
        let limits = Limits { parts: 5, ..Limits::default() };
        let message = Message::parse_within(many.as_bytes(), limits, Charsets::BUILT_IN);
        assert_eq!(message.parts().len(), 5);
        assert_eq!(message.parts()[0].damage, [Damage::TooManyParts]);

        let long = format!("A: 1\r\n{}\r\nbody", "B: 2\r\n".repeat(100));
        let limits = Limits { header: 64, ..Limits::default() };
        let message = Message::parse_within(long.as_bytes(), limits, Charsets::BUILT_IN);
        let part = &message.parts()[0];
        assert!(part.damage.contains(&Damage::HeaderTooLong));
        assert_eq!(part.body, part.header.end..long.len());
    }

    #[test]
    fn bodies_are_chosen_as_rfc_8621_does() {
        for (parts, expected) in [
            ("text/plain", (vec![1], vec![1], vec![])),
            ("text/html", (vec![1], vec![1], vec![])),
            ("text/plain image/png text/plain", (vec![1, 2, 3], vec![1, 2, 3], vec![])),
            ("text/plain application/pdf", (vec![1], vec![1], vec![2])),
        ] {
            let parts: String =
                parts.split(' ').map(|kind| format!("--a\r\nContent-Type: {kind}\r\n\r\nx\r\n")).collect();
            let text = format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{parts}--a--\r\n");
            let (text_parts, html, attachments) = expected;
            let message = Message::parse(text.as_bytes());
            assert_eq!(message.bodies(), Bodies { text: text_parts, html, attachments }, "{text}");
        }
        // The example of RFC 8621 section 4.1.4.
        let leaf = |kind: &str, more: &str| format!("Content-Type: {kind}\r\n{more}\r\nx\r\n");
        let multi = |kind: &str, boundary: &str, parts: &[String]| {
            let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}")).collect();
            format!("Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{parts}--{boundary}--\r\n")
        };
        let inline = "Content-Disposition: inline\r\n";
        let attached = "Content-Disposition: attachment\r\n";
        let text = multi(
            "mixed",
            "b0",
            &[
                leaf("text/plain", inline),
                multi(
                    "mixed",
                    "b1",
                    &[
                        multi(
                            "alternative",
                            "b2",
                            &[
                                multi(
                                    "mixed",
                                    "b3",
                                    &[
                                        leaf("text/plain", inline),
                                        leaf("image/jpeg", inline),
                                        leaf("text/plain", inline),
                                    ],
                                ),
                                multi("related", "b4", &[leaf("text/html", ""), leaf("image/jpeg", "")]),
                            ],
                        ),
                        leaf("image/jpeg", attached),
                        leaf("application/x-excel", ""),
                        leaf("message/rfc822", "").replace("x\r\n", "Subject: J\r\n\r\nx\r\n"),
                    ],
                ),
                leaf("text/plain", inline),
            ],
        );
        let message = Message::parse(text.as_bytes());
        // A=1, B=5, C=6, D=7, E=9, F=10, G=11, H=12, J=13 (and its inside 14), K=15.
        assert_eq!(
            message.bodies(),
            Bodies { text: vec![1, 5, 6, 7, 15], html: vec![1, 9, 15], attachments: vec![6, 10, 11, 12, 13] }
        );
    }
}
