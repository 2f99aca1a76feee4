//! HTML bodies: what programs do not show, what filters count, and links that are not what they say (RFC 2046 section 5.1.4,
//! RFC 2392, the HTML Standard).
//!
//! A place in a body that is quoted-printable is exact; in one that is base64 it is the letters that hold the octets.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::markup::{Markup, Piece, Tag};
use super::rule::family;
use super::{Checker, Edit, find, holds, hosts, listed};
use crate::message::encoding::Encoding;
use crate::message::part::{Kind, Part, Transfer};
use crate::message::{base64, qp};

family! {
    "HTML", check;

    NO_TEXT = "html-without-text" Warning MayBeFiltered, "RFC 2046 section 5.1.4",
        "HTML comes with the same as plain text beside it: some people read that, and filters count it when it is missing.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi\n--b\nContent-Type: text/html\n\n<p>Hi\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n" at "text/html";
    NO_ALT = "html-image-without-alt" Warning Style, "HTML Standard section 4.8.4.4",
        "An image has alt, the text for those who do not see it; an empty one where it is decoration.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<img src=\"https://a.example/a.png\" alt=\"Our shop\">\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<img src=\"https://a.example/a.png\">\n"
            at "<img src=\"https://a.example/a.png\">";
    SCRIPT = "html-script" Error MayBeFiltered, "RFC 2046 section 8",
        "Scripts run in no mail program: they are removed, and large receivers refuse the message.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<script>alert(1)</script>\n" at "<script>";
    HANDLER = "html-event-handler" Warning MayBeFiltered, "RFC 2046 section 8",
        "An attribute like onclick is a script, which runs in no mail program.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<p onclick=\"buy()\">Hi\n" at "onclick";
    FORM = "html-form" Warning MayBeFiltered, "HTML Standard section 4.10",
        "Forms work in few mail programs and are a sign of phishing: link to a page in their place.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/\">Answer</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<form action=\"https://a.example/\"><input></form>\n"
            at "<form action=\"https://a.example/\">";
    EMBEDDED = "html-embedded" Warning MayBeFiltered, "HTML Standard section 4.8",
        "Frames, objects, video and audio are removed by mail programs.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<iframe src=\"https://a.example/\"></iframe>\n"
            at "<iframe src=\"https://a.example/\">";
    STYLE_SHEET = "html-style-sheet-remote" Warning Style, "HTML Standard section 4.2.4",
        "Mail programs load no style sheets: what they should do has to be in the message.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<style>p { margin: 0 }</style><p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<link rel=stylesheet href=\"https://a.example/a.css\">\n"
            at "<link rel=stylesheet href=\"https://a.example/a.css\">";
    REFRESH = "html-refresh" Warning MayBeFiltered, "HTML Standard section 4.2.5.3",
        "A message that opens another page by itself is taken for an attack.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<meta http-equiv=refresh content=\"0; url=https://a.example/\">\n"
            at "<meta http-equiv=refresh content=\"0; url=https://a.example/\">";
    BASE = "html-base" Warning MayBeFiltered, "HTML Standard section 4.2.3",
        "With base, links lead elsewhere than they say; mail programs ignore it, and filters do not.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/x\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<base href=\"https://a.example/\">\n" at "<base href=\"https://a.example/\">";
    REMOTE = "html-image-remote" Info Style, "HTML Standard section 4.8.3",
        "Most mail programs do not load images of others before somebody allows it: the message has to do without.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"\" src=\"https://a.example/a.png\">\n" at "https://a.example/a.png";
    PIXEL = "html-tracking-pixel" Warning MayBeFiltered, "RFC 6973 section 5.2",
        "An image of one pixel tells its host who reads the message, and when: readers' programs block it.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"\" src=\"https://a.example/a.png\" width=600 height=80>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"\" src=\"https://a.example/a.png\" width=1 height=1>\n"
            at "<img alt=\"\" src=\"https://a.example/a.png\" width=1 height=1>";
    DATA = "html-image-data" Warning Style, "RFC 2397",
        "Large mail programs do not show images in data URLs: attach them, and refer to them by their Content-ID.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"\" src=\"data:image/png;base64,AAAA\">\n" at "data:image/png;base64,AAAA";
    IMAGE_ONLY = "html-image-only" Warning MayBeFiltered, "W3C WCAG 2.2 section 1.4.5",
        "There are images and hardly any text: filters cannot read those, nor can many people.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"Our shop\" src=\"https://a.example/a.png\"><p>Our shop is open again from nine to five.\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"\" src=\"https://a.example/a.png\">\n"
            at "<img alt=\"\" src=\"https://a.example/a.png\">";
    CID_MISSING = "html-content-id-missing" Error Style, "RFC 2392 section 2",
        "The HTML shows a part by its Content-ID, and there is no such part.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img alt=\"\" src=\"cid:1@a.example\">\n--b\nContent-Type: image/png\nContent-ID: <1@a.example>\n\nx\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<img alt=\"\" src=\"cid:1@a.example\">\n" at "cid:1@a.example";
    CID_UNUSED = "html-content-id-unused" Info Style, "RFC 2387",
        "This part is there to be shown by the HTML, which does not: programs show it as an attachment, or not at all.",
        pass "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<img alt=\"\" src=\"cid:1@a.example\">\n--b\nContent-Type: image/png\nContent-ID: <1@a.example>\n\nx\n--b--\n",
        fail "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Hi\n--b\nContent-Type: image/png\nContent-ID: <1@a.example>\n\nx\n--b--\n"
            at "<1@a.example>";
    MISMATCH = "html-link-mismatch" Warning MayBeFiltered, "RFC 3986 section 7.6",
        "The text of this link names another host than the one that it leads to, as in phishing.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://www.bank.example/login\">www.bank.example</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://login.evil.test/\">www.bank.example</a>\n"
            at "https://login.evil.test/";
    IP = "html-link-to-address" Warning MayBeFiltered, "RFC 3986 section 7.4",
        "A link leads to an IP address in place of a name, as in phishing.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"http://192.0.2.7/\">Hi</a>\n" at "http://192.0.2.7/";
    USER = "html-link-with-user" Warning MayBeFiltered, "RFC 3986 section 7.6",
        "What is before an @ in a link is no host, and looks like one: browsers go to the host behind it.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://bank.example/\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://bank.example@evil.test/\">Hi</a>\n" at "https://bank.example@evil.test/";
    LOOK_ALIKE = "html-link-look-alike" Warning MayBeFiltered, "UTS #39 section 5",
        "The host of this link mixes letters of several scripts that look alike, as in phishing.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://bank.example/\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://xn--80ak6aa92e.example/\">Hi</a>\n" at "https://xn--80ak6aa92e.example/";
    SHORT = "html-link-shortened" Info MayBeFiltered, "RFC 3986 section 7.6",
        "A link shortener hides where a link leads, and is shared with senders of spam.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/offer\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://bit.ly/3x\">Hi</a>\n" at "https://bit.ly/3x";
    RUNS = "html-link-runs" Error MayBeFiltered, "RFC 3986 section 7.6",
        "A link leads to a page: a javascript:, vbscript: or data: URL runs something, and is removed.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"javascript:buy()\">Hi</a>\n" at "javascript:buy()";
    INSECURE = "html-link-insecure" Info Style, "RFC 9110 section 4.2.2",
        "A link with http: is read and changed by anybody on the way; https: is not.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"http://a.example/\">Hi</a>\n" at "http://a.example/";
    RELATIVE = "html-link-relative" Warning Style, "RFC 3986 section 4.2",
        "A message has no address of its own: a relative link leads nowhere.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/x\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"/x\">Hi</a>\n" at "/x";
    EMPTY_LINK = "html-link-empty" Warning Style, "HTML Standard section 4.6.2",
        "This link leads nowhere.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/\">Hi</a>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"\">Hi</a>\n" at "<a href=\"\">";
    CARRIES = "html-link-carries-address" Info Style, "RFC 6973 section 6.1",
        "The recipient's address is in a link: it shows up in logs, and with whom the link is passed on to.",
        pass "To: bob@b.example\nMIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/?u=81c7\">Hi</a>\n",
        fail "To: bob@b.example\nMIME-Version: 1.0\nContent-Type: text/html\n\n<a href=\"https://a.example/?u=bob@b.example\">Hi</a>\n"
            at "https://a.example/?u=bob@b.example";
    HIDDEN = "html-text-hidden" Info MayBeFiltered, "W3C WCAG 2.2 section 1.3",
        "Text that nobody can see is what spam confuses filters with; they count it.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p style=\"font-size: 14px\">Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<p style=\"font-size: 0\">Hi\n" at "font-size: 0";
    LARGE = "html-over-102-kb" Warning Style, "RFC 5321 section 4.5.3.1.7",
        "Gmail cuts HTML behind 102 kB, and with it the link to unsubscribe.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>{x*105000}\n" at "text/html";
    LANGUAGE = "html-without-language" Info Style, "W3C WCAG 2.2 section 3.1.1",
        "The element html says in lang which language it is in, for those who have it read to them.",
        pass "MIME-Version: 1.0\nContent-Type: text/html\n\n<html lang=en><p>Hi</html>\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html\n\n<html><p>Hi</html>\n" at "<html>";
    CHARSET = "html-charset-differs" Warning Style, "HTML Standard section 4.2.5.4",
        "The HTML names another character set than Content-Type: programs do not agree on which one counts.",
        pass "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<meta charset=utf-8><p>Hi\n",
        fail "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<meta charset=iso-8859-1><p>Hi\n" at "<meta charset=iso-8859-1>";
}

const SHORTENERS: &str = "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly shorturl.at tiny.cc rb.gy t.ly s.id \
    lnkd.in v.gd adf.ly bl.ink";
/// Ends of names that are no hosts.
const FILES: &str = "pdf doc docx xls xlsx txt html htm zip png jpg jpeg gif js css php md json csv";
const LARGEST: usize = 102 << 10;

fn check(checker: &mut Checker) {
    let message = checker.message;
    let is_html =
        |part: &&Part| part.kind == Kind::Leaf && part.media_type() == "text/html" && !part.is_attachment();
    let mut shown: Vec<Shown> = Vec::new();
    let mut any = false;
    let recipient = match &checker.mailboxes("to")[..] {
        [one] if one.address.contains('@') && one.address.len() < 255 => one.address.to_ascii_lowercase(),
        _ => String::new(),
    };
    for part in message.parts().iter().filter(is_html) {
        any = true;
        Page::new(checker, part, &recipient).read(checker, part, &mut shown);
    }
    if any {
        let bodies = message.bodies();
        let plain = |number: &usize| message.parts()[*number].media_type() == "text/plain";
        let html = bodies.html.iter().find(|number| message.parts()[**number].media_type() == "text/html");
        if let Some(number) = html
            && !bodies.text.iter().any(plain)
        {
            checker.add(&NO_TEXT, kind(checker, *number));
        }
    }
    content_ids(checker, shown, any);
}

/// Where a part says what it is.
fn kind(checker: &Checker, part: usize) -> Range<usize> {
    let field = checker.message.field(part, "content-type");
    field.map_or(0..0, |field| {
        let value = checker.value(field);
        value.start
            ..value.start + checker.octets[value.clone()].iter().take_while(|octet| **octet != b';').count()
    })
}

/// Parts that are shown by HTML, and what HTML shows.
fn content_ids(checker: &mut Checker, mut ids: Vec<Shown>, any: bool) {
    let message = checker.message;
    for part in message.parts() {
        if let Some(field) = message.field(part.number, "content-id") {
            let place = checker.value(field);
            let id = checker.octets[place.clone()].iter().copied();
            let id = id.filter(|octet| !matches!(octet, b'<' | b'>' | b' ')).collect();
            ids.push(Shown { id, part: Some(part.number), place });
        }
    }
    let order = super::order(ids.len(), &|one, other| ids[one].id.cmp(&ids[other].id));
    for same in order.chunk_by(|one, other| ids[*one].id == ids[*other].id) {
        let same = same.iter().map(|at| &ids[*at]);
        let (has_part, is_shown) = same.clone().fold((false, false), |(part, shown), one| {
            (part || one.part.is_some(), shown || one.part.is_none())
        });
        for Shown { part, place, .. } in same {
            match part {
                None if !has_part => checker.add(&CID_MISSING, place.clone()),
                Some(number) if any && !is_shown => {
                    let part = &message.parts()[*number];
                    let parent = part.parent.map(|parent| message.parts()[parent].media_type());
                    if parent == Some("multipart/related") && part.media_type().starts_with("image/") {
                        checker.add(&CID_UNUSED, place.clone());
                    }
                }
                _ => {}
            }
        }
    }
}

/// A Content-ID, of a part or where HTML shows one.
struct Shown {
    id: Vec<u8>,
    part: Option<usize>,
    place: Range<usize>,
}

/// An HTML body, decoded, and where its octets came from.
struct Page<'m> {
    content: Cow<'m, [u8]>,
    body: Range<usize>,
    transfer: Transfer,
    /// Where lines of the body begin, in what is decoded and in the message.
    lines: Vec<(usize, usize)>,
    /// To whom the message is, if it is to one only; and as it is in a URL.
    recipient: String,
    encoded_recipient: String,
}

impl<'m> Page<'m> {
    fn new(checker: &Checker<'m>, part: &Part, recipient: &str) -> Self {
        let body = &checker.octets[part.body.clone()];
        let (mut content, mut lines) = (Vec::new(), Vec::new());
        let mut at = part.body.start;
        let mut decoder = base64::Decoder::default();
        if matches!(part.transfer, Transfer::As(Encoding::QuotedPrintable | Encoding::Base64)) {
            let mut rest = body;
            while !rest.is_empty() {
                let (line, after) = rest.split_at(line(rest));
                lines.push((content.len(), at));
                if part.transfer == Transfer::As(Encoding::Base64) {
                    decoder.write(line, &mut content);
                } else {
                    let _ = qp::decode(line, &mut content);
                }
                at += line.len();
                rest = after;
            }
            let _ = decoder.finish(&mut content);
        }
        let content = if lines.is_empty() { Cow::Borrowed(body) } else { content.into() };
        let (local, domain) = recipient.split_once('@').unwrap_or_default();
        Self {
            content,
            body: part.body.clone(),
            transfer: part.transfer,
            lines,
            recipient: recipient.into(),
            encoded_recipient: [local, "%40", domain].concat(),
        }
    }

    /// The place in the message of a place in what is decoded.
    fn place(&self, checker: &Checker, range: &Range<usize>) -> Range<usize> {
        self.octet(checker, range.start, false)..self.octet(checker, range.end, true)
    }

    fn octet(&self, checker: &Checker, at: usize, end: bool) -> usize {
        if self.lines.is_empty() {
            return (self.body.start + at).min(self.body.end);
        }
        // The end of something is in the line where its last octet is.
        let before = self.lines.partition_point(|(decoded, _)| *decoded + usize::from(end) <= at);
        let before = before.saturating_sub(1);
        let (decoded, start) = self.lines[before];
        let next = self.lines.get(before + 1).map_or(self.body.end, |(_, next)| *next);
        let line = checker.octets[start..next].trim_ascii_end();
        let count = at.saturating_sub(decoded);
        let ahead = if self.transfer == Transfer::As(Encoding::Base64) {
            if end { (count * 4).div_ceil(3) } else { count * 4 / 3 }
        } else {
            let mut ahead = 0;
            for _ in 0..count {
                ahead += if line.get(ahead) == Some(&b'=') { 3 } else { 1 };
            }
            ahead
        };
        start + ahead.min(line.len())
    }

    /// All that can be said of it.
    fn read(&self, checker: &mut Checker, part: &Part, shown: &mut Vec<Shown>) {
        let content = &*self.content;
        let mut from = 0;
        while let Some(found) = super::seek(&content[from..], b"cid:") {
            let start = from + found;
            let ends = |octet: &u8| b"\"'()<> \t\r\n".contains(octet);
            let length = content[start + 4..].iter().position(ends).unwrap_or(content.len() - start - 4);
            from = start + 4 + length;
            let id = &content[start + 4..from];
            let id = match super::seek(id, b"%40") {
                Some(at) => [&id[..at], b"@", &id[at + 3..]].concat(),
                None => id.to_vec(),
            };
            let quoted = start.checked_sub(1).is_some_and(|at| b"\"'(=".contains(&content[at]));
            if quoted && !id.is_empty() && !id.contains(&b'%') {
                let place = self.place(checker, &(start..from));
                shown.push(Shown { id, part: None, place });
            }
        }
        if content.len() > LARGEST {
            checker.add(&LARGE, kind(checker, part.number));
        }
        let mut state = Reading { page: self, link: None, images: 0, image: 0..0, letters: 0 };
        for piece in Markup::new(content) {
            match piece {
                Piece::Open(tag) => state.open(checker, part, &tag),
                Piece::Close(name) if content[name.clone()].eq_ignore_ascii_case(b"a") => {
                    state.close(checker)
                }
                Piece::Close(_) | Piece::Raw(_) => {}
                Piece::Text(text) => {
                    let text = &content[text];
                    state.letters += text.iter().filter(|octet| !octet.is_ascii_whitespace()).count();
                    if let Some((_, shown)) = &mut state.link
                        && shown.len() < 1000
                    {
                        shown.extend_from_slice(text);
                    }
                }
            }
        }
        if state.images > 0 && state.letters < 20 {
            let place = self.place(checker, &state.image);
            checker.add(&IMAGE_ONLY, place);
        }
    }
}

/// How long the line is that these octets begin with. Very long ones are cut where nothing encoded is, so that no place is far
/// from where one begins.
fn line(octets: &[u8]) -> usize {
    const LONG: usize = 1000;
    let end = memchr::memchr(b'\n', &octets[..octets.len().min(LONG)]);
    if let Some(end) = end {
        return end + 1;
    }
    let is_apart = |three: &[u8]| {
        three[2] == b'\n' || (three[2].is_ascii_graphic() && three[2] != b'=' && three[1] != b'=')
    };
    octets
        .get(LONG..)
        .and_then(|rest| rest.windows(3).position(is_apart))
        .map_or(octets.len(), |at| LONG + at + 3)
}

/// Where in a page one is.
struct Reading<'p, 'm> {
    page: &'p Page<'m>,
    /// Where the link that is open leads to, and its text.
    link: Option<(Range<usize>, Vec<u8>)>,
    images: usize,
    image: Range<usize>,
    /// Octets of text.
    letters: usize,
}

impl Reading<'_, '_> {
    fn value(&self, tag: &Tag, name: &str) -> Option<Range<usize>> {
        let content = &self.page.content;
        let found =
            tag.attributes.iter().find(|(at, _)| content[at.clone()].eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value)| super::trimmed(content, value.clone()))
    }

    fn text(&self, range: Range<usize>) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.page.content[range])
    }

    fn open(&mut self, checker: &mut Checker, part: &Part, tag: &Tag) {
        let content = &*self.page.content;
        let place = self.page.place(checker, &tag.span);
        let name = content[tag.name.clone()].to_ascii_lowercase();
        for (attribute, value) in &tag.attributes {
            let name = &content[attribute.clone()];
            if name.len() > 4
                && name[..2].eq_ignore_ascii_case(b"on")
                && name.iter().all(u8::is_ascii_alphabetic)
            {
                checker.add(&HANDLER, self.page.place(checker, attribute));
            } else if name.eq_ignore_ascii_case(b"style")
                && let Some(at) = hidden(&content[value.clone()])
            {
                let at = value.start + at.start..value.start + at.end;
                checker.add(&HIDDEN, self.page.place(checker, &at));
            }
        }
        match &name[..] {
            b"a" | b"area" => self.link(checker, tag, place),
            b"img" => self.image(checker, tag, place),
            b"script" => checker.add(&SCRIPT, place),
            b"form" => checker.add(&FORM, place),
            b"iframe" | b"frame" | b"object" | b"embed" | b"applet" | b"video" | b"audio" => {
                checker.add(&EMBEDDED, place)
            }
            b"base" => checker.add(&BASE, place),
            b"html" if self.value(tag, "lang").is_none() => checker.add(&LANGUAGE, place),
            b"link" => {
                let rel = self.value(tag, "rel").map(|rel| self.text(rel));
                if rel.is_some_and(|rel| rel.eq_ignore_ascii_case("stylesheet")) {
                    checker.add(&STYLE_SHEET, place);
                }
            }
            b"meta" => self.meta(checker, part, tag, place),
            _ => {}
        }
    }

    fn meta(&self, checker: &mut Checker, part: &Part, tag: &Tag, place: Range<usize>) {
        let equivalent = self.value(tag, "http-equiv").map(|value| self.text(value).to_ascii_lowercase());
        if equivalent.as_deref() == Some("refresh") {
            checker.add(&REFRESH, place);
            return;
        }
        let named = match self.value(tag, "charset") {
            Some(charset) => Some(charset),
            None if equivalent.as_deref() == Some("content-type") => {
                self.value(tag, "content").and_then(|content| {
                    let at = find(&self.page.content[content.clone()], "charset=")?;
                    Some(content.start + at + 8..content.end)
                })
            }
            None => None,
        };
        if let (Some(named), Some(charset)) = (named, part.charset()) {
            let plain = |text: &str| -> String {
                text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
            };
            if plain(&self.text(named)) != plain(charset) {
                checker.add(&CHARSET, place);
            }
        }
    }

    fn image(&mut self, checker: &mut Checker, tag: &Tag, place: Range<usize>) {
        if self.images == 0 {
            self.image = tag.span.clone();
        }
        self.images += 1;
        let one = |name| {
            self.value(tag, name).is_some_and(|value| matches!(&*self.text(value), "0" | "1" | "0px" | "1px"))
        };
        let source = self.value(tag, "src");
        let remote = source.clone().is_some_and(|source| {
            let text = self.text(source);
            text.starts_with("http") || text.starts_with("//")
        });
        let pixel = one("width") && one("height") && remote;
        if pixel {
            checker.add(&PIXEL, place.clone());
        } else if remote && let Some(source) = &source {
            checker.add(&REMOTE, self.page.place(checker, source));
        } else if let Some(source) = &source {
            let text = self.text(source.clone());
            if text.starts_with("data:") {
                checker.add(&DATA, self.page.place(checker, source));
            } else if !text.contains(':') && !text.is_empty() && !text.contains(['{', '$', '%']) {
                checker.add(&RELATIVE, self.page.place(checker, source));
            }
        }
        if self.value(tag, "alt").is_none() && !pixel {
            let at = place.start + 4;
            let edit = self.page.lines.is_empty().then(|| Edit::new(at..at, " alt=\"\""));
            checker.maybe(&NO_ALT, place, "Say that it is decoration", edit);
        }
    }

    fn link(&mut self, checker: &mut Checker, tag: &Tag, place: Range<usize>) {
        let Some(value) = self.value(tag, "href") else { return };
        let url = self.text(value.clone()).into_owned();
        let url = url.trim();
        if matches!(url, "" | "#") {
            checker.add(&EMPTY_LINK, place);
            return;
        }
        let at = self.page.place(checker, &value);
        let scheme = url.split(':').next().unwrap_or_default();
        if listed("javascript vbscript data file", scheme) && scheme.len() < url.len() {
            checker.add(&RUNS, at);
            return;
        }
        if !url.contains(':') && !url.starts_with(['#', '{', '[', '%', '*']) || url.starts_with("//") {
            checker.add(&RELATIVE, at);
            return;
        }
        let Some((host, user)) = hosts::of_url(url) else { return };
        if user {
            checker.add(&USER, at.clone());
        }
        let is_number = !host.is_empty() && host.bytes().all(|octet| octet.is_ascii_digit());
        if hosts::ipv4(host.as_bytes()).is_some() || host.starts_with('[') || is_number {
            checker.add(&IP, at.clone());
        } else if scheme.eq_ignore_ascii_case("http") {
            checker.add(&INSECURE, at.clone());
        }
        if hosts::is_look_alike(host) {
            checker.add(&LOOK_ALIKE, at.clone());
        }
        if listed(SHORTENERS, host) {
            checker.add(&SHORT, at.clone());
        }
        let recipient = &self.page.recipient;
        if !recipient.is_empty() {
            let mut forms = [recipient, &self.page.encoded_recipient].into_iter();
            if url.len() < 2048 && forms.any(|form| holds(url.as_bytes(), form)) {
                checker.add(&CARRIES, at);
            }
        }
        self.link = Some((value, Vec::new()));
    }

    /// A link has its whole text.
    fn close(&mut self, checker: &mut Checker) {
        let Some((value, shown)) = self.link.take() else { return };
        let url = self.text(value.clone()).into_owned();
        let shown = String::from_utf8_lossy(&shown);
        let shown = shown.trim();
        let (Some((host, _)), Some(named)) = (hosts::of_url(url.trim()), named_host(shown)) else { return };
        if !hosts::aligned(host, named) {
            checker.add(&MISMATCH, self.page.place(checker, &value));
        }
    }
}

/// The host that a text names: a URL, or nothing but a host.
fn named_host(text: &str) -> Option<&str> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    if let Some((host, _)) = hosts::of_url(text) {
        return Some(host);
    }
    let host = text.split(['/', '?', '#', ':']).next()?;
    let (_, last) = host.rsplit_once('.')?;
    let is_host = host.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-'));
    let is_domain =
        last.len() >= 2 && last.bytes().all(|octet| octet.is_ascii_alphabetic()) && !listed(FILES, last);
    (is_host && is_domain).then_some(host)
}

/// A size of nothing in a style.
fn hidden(style: &[u8]) -> Option<Range<usize>> {
    let start = find(style, "font-size")?;
    let end = start + style[start..].iter().position(|octet| *octet == b';').unwrap_or(style.len() - start);
    let declared = style[start..end].trim_ascii_end();
    let value = declared[9..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let digits = value.strip_suffix(b"px").or(value.strip_suffix(b"pt")).unwrap_or(value);
    matches!(digits, b"0" | b"1")
        .then(|| start..start + declared.len())
        .filter(|_| digits == b"0" || value.len() > 1)
}
