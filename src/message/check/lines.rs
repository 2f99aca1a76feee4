//! Lines, their ends and their octets, in header sections and bodies (RFC 5322 sections 2.1 to 2.3, RFC 6532, RFC 2045
//! section 2.7).

use core::ops::Range;

use memchr::{memchr_iter, memchr2};

use super::rule::family;
use super::{Checker, Edit};
use crate::message::encoding::Encoding;
use crate::message::part::{Damage, Kind, Transfer};

family! {
    "Lines and octets", check;

    BARE_LF = "bare-lf" Error WillBeRefused, "RFC 5321 section 2.3.8",
        "A line ends with CRLF: servers refuse a LF without its CR, because it has been used to smuggle messages.",
        pass "Subject: Lunch\n\nAt one?\n",
        fail "Subject: Lunch\n\nAt one?{0A}" at "{0A}";
    BARE_CR = "bare-cr" Error WillBeRefused, "RFC 5321 section 2.3.8",
        "A CR may only come right before a LF: programs do not agree on whether it ends a line alone.",
        pass "Subject: Lunch\n\nAt one?\n",
        fail "Subject: Lunch\n\nAt one?{0D}Or two?\n" at "{0D}";
    NUL_OCTET = "nul-octet" Error WillBeRefused, "RFC 5322 section 4",
        "A NUL must not be in a message: many programs take it for the end of the text.",
        pass "Subject: Lunch\n\nAt one?\n",
        fail "Subject: Lunch\n\nAt {00}one?\n" at "{00}";
    LINE_TOO_LONG = "line-over-998" Error WillBeRefused, "RFC 5322 section 2.1.1",
        "A line has at most 998 octets before its CRLF: servers refuse longer ones, or cut them where they like.",
        pass "Subject: Lunch\n\n{x*998}\n",
        fail "Subject: Lunch\n\n{x*999}\n" at "{x*999}";
    HEADER_LINE_LONG = "header-line-over-78" Info Style, "RFC 5322 section 2.1.1",
        "Lines of a header should have at most 78 characters, so that every program can show them; fold at a space.",
        pass "Subject: {x*30}\n {y*60}\n\nHello\n",
        fail "Subject: {x*30} {y*60}\n\nHello\n" at "Subject: {x*30} {y*60}";
    CONTROL = "header-control-character" Warning MayBeFiltered, "RFC 5322 section 2.2",
        "A field's body is made of printable characters, spaces and tabs: others hide what it says.",
        pass "Subject: Lunch\n\nHello\n",
        fail "Subject: Lu{08}nch\n\nHello\n" at "{08}";
    NO_FINAL_LINE_END = "no-final-line-end" Info Style, "RFC 5321 section 4.1.1.4",
        "The last line ends with CRLF like every other: who sends the message has to add it, and a signature breaks.",
        pass "Subject: Lunch\n\nAt one?\n",
        fail "Subject: Lunch\n\nAt one?" at "?";
    BYTE_ORDER_MARK = "byte-order-mark" Error WillBeRefused, "RFC 5322 section 3.6.8",
        "A message begins with the name of a field: a byte order mark before it makes that another field.",
        pass "Subject: Lunch\n\nHello\n",
        fail "{EF}{BB}{BF}Subject: Lunch\n\nHello\n" at "{EF}{BB}{BF}";
    MBOX_LINE = "mbox-from-line" Error WillBeRefused, "RFC 4155",
        "The line From without a colon separates messages in a mailbox file, and is not part of a message.",
        pass "From: a@a.example\n\nHello\n",
        fail "From a@a.example Tue Mar  3 10:00:00 2026\nFrom: a@a.example\n\nHello\n"
            at "From a@a.example Tue Mar  3 10:00:00 2026";
    NOT_A_FIELD = "header-line-not-a-field" Error WillBeRefused, "RFC 5322 section 2.2",
        "Every line of a header is a name, a colon and a body, or goes on with the line above and begins with a space.",
        pass "Subject: Lunch\n at one\nTo: b@b.example\n\nHello\n",
        fail "Subject: Lunch\nat one\nTo: b@b.example\n\nHello\n" at "at one";
    HEADER_NOT_ENDED = "header-not-ended" Error WillBeRefused, "RFC 5322 section 2.1",
        "An empty line separates the header from the body: without it, readers guess where the text begins.",
        pass "Subject: Lunch\n\nAt one? Or later.\n",
        fail "Subject: Lunch\nAt one? Or later.\n" at "At one? Or later.";
    SPACE_BEFORE_COLON = "space-before-colon" Warning MayBeFiltered, "RFC 5322 section 4.5",
        "No space comes between a field's name and its colon: some programs read another name, and it is forbidden today.",
        pass "Subject: Lunch\n\nHello\n",
        fail "Subject : Lunch\n\nHello\n" at " ";
    BLANK_FOLD = "folded-line-blank" Warning MayBeFiltered, "RFC 5322 section 3.2.2",
        "A folded line has more in it than white space: some programs take a blank one for the end of the header.",
        pass "Subject: Lunch\n at one\n\nHello\n",
        fail "Subject: Lunch\n  \n at one\n\nHello\n" at "  ";
    HEADER_TOO_LARGE = "header-over-100-kb" Warning WillBeRefused, "RFC 5321 section 4.5.3",
        "Servers bound the header at some 100 kB, and refuse or cut what is longer.",
        pass "Subject: Lunch\n\nHello\n",
        fail "X-A: {x*900}{0D}{0A} {x*110000}\nSubject: Lunch\n\nHello\n" at "X-A";
    HEADER_8BIT = "header-not-ascii" Warning MayBeFiltered, "RFC 6532 section 3.2",
        "Text outside ASCII in a header needs SMTPUTF8 on the whole way; encoded words (RFC 2047) need nothing.",
        pass "Subject: =?utf-8?Q?D=C3=A9jeuner?=\n\nHello\n",
        fail "Subject: D\u{e9}jeuner\n\nHello\n" at "\u{e9}";
    HEADER_NOT_UTF8 = "header-not-utf8" Error MayBeFiltered, "RFC 6532 section 3.1",
        "What is in a header is ASCII, or else UTF-8: octets of another character set can only be guessed at.",
        pass "Subject: =?iso-8859-1?Q?D=E9jeuner?=\n\nHello\n",
        fail "Subject: D{E9}jeuner\n\nHello\n" at "{E9}";
    BODY_8BIT = "eight-bit-undeclared" Error WillBeRefused, "RFC 2045 section 6.2",
        "A body with octets above 127 says so in Content-Transfer-Encoding: what says nothing is 7bit, and may be cut to it.",
        pass "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nD\u{e9}jeuner\n",
        fail "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nD\u{e9}jeuner\n" at "\u{e9}";
}

/// Octets of a header that the strictest of large receivers still take.
const HEADER_LIMIT: usize = 102_400;

fn check(checker: &mut Checker) {
    let octets = checker.octets;
    if octets.starts_with("\u{feff}".as_bytes()) {
        let edit = Edit::new(0..3, "");
        checker.mend(&BYTE_ORDER_MARK, 0..3, "Remove the byte order mark", edit);
    }
    let parts = checker.message.parts();
    let mut at = 0;
    for part in parts {
        if part.transfer == Transfer::As(Encoding::Binary) && part.kind == Kind::Leaf {
            line_ends(checker, at..part.body.start);
            at = part.body.end;
        }
        header(checker, part.number);
        let body = &octets[part.body.clone()];
        if part.kind == Kind::Leaf
            && part.transfer == Transfer::As(Encoding::SevenBit)
            && let Some(found) = not_ascii(body)
        {
            undeclared(checker, part.number, part.body.start + found.start..part.body.start + found.end);
        }
    }
    line_ends(checker, at..octets.len());
    if octets.last().is_some_and(|octet| !matches!(octet, b'\r' | b'\n')) {
        let end = octets.len();
        let edit = Edit::new(end..end, "\r\n");
        checker.mend(&NO_FINAL_LINE_END, end - 1..end, "End the line", edit);
    }
}

/// Line ends, NULs and lengths in a range of octets that is not declared to be binary.
fn line_ends(checker: &mut Checker, range: Range<usize>) {
    let octets = &checker.octets[..range.end];
    let header = checker.message.parts()[0].body.start;
    let mut start = range.start;
    for end in memchr_iter(b'\n', &octets[range.clone()]).map(|at| range.start + at).chain([octets.len()]) {
        if start == octets.len() {
            break;
        }
        let line = &octets[start..end];
        let content = line.strip_suffix(b"\r").unwrap_or(line);
        if content.len() == line.len() && end < octets.len() {
            let edit = Edit::new(end..end, "\r");
            checker.mend(&BARE_LF, end..end + 1, "End the line with CRLF", edit);
        }
        let mut from = 0;
        while let Some(at) = memchr2(b'\r', 0, &content[from..]).map(|at| from + at) {
            let place = start + at..start + at + 1;
            if content[at] == 0 {
                checker.mend(&NUL_OCTET, place.clone(), "Remove the octet", Edit::new(place, ""));
            } else {
                // Before the line's end it is there twice. In a header, a line's end would make another field of the rest.
                let edit = match octets.get(place.end) {
                    Some(b'\r') => Edit::new(place.clone(), ""),
                    _ if place.start < header => Edit::new(place.clone(), " "),
                    _ => Edit::new(place.end..place.end, "\n"),
                };
                checker.mend(&BARE_CR, place, "Make it the end of a line, or nothing", edit);
            }
            from = at + 1;
        }
        if content.len() > 998 {
            checker.add(&LINE_TOO_LONG, start..start + content.len());
        }
        start = end + 1;
        if start > octets.len() {
            break;
        }
    }
}

/// The header section of a part.
fn header(checker: &mut Checker, number: usize) {
    let (octets, message) = (checker.octets, checker.message);
    let part = &message.parts()[number];
    if number == 0 && part.header.len() > HEADER_LIMIT {
        checker.add(&HEADER_TOO_LARGE, checker.top());
    }
    for field in &part.fields {
        if field.name.is_empty() {
            let mbox = number == 0 && octets[field.span.clone()].starts_with(b"From ");
            if mbox && field.span.start == 0 {
                let edit = Edit::new(field.span.clone(), "");
                checker.mend(&MBOX_LINE, field.body.clone(), "Remove the line", edit);
            } else {
                checker.add(&NOT_A_FIELD, field.body.clone());
            }
            continue;
        }
        let space = field.name.end..field.body.start - 1;
        if !space.is_empty() {
            checker.mend(
                &SPACE_BEFORE_COLON,
                space.clone(),
                "Remove the space before the colon",
                Edit::new(space, ""),
            );
        }
        // What servers and signers write is nobody's to fold.
        let name = message.name_of(field);
        let by_servers = ["received", "dkim-", "arc-", "authentication-", "x-"].iter().any(|start| {
            name.get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start.as_bytes()))
        });
        let body = &octets[field.body.clone()];
        let mut at = field.body.start;
        for (i, line) in body.split_inclusive(|octet| *octet == b'\n').enumerate() {
            let text = at..at + line.trim_ascii_end().len();
            let whole = if i == 0 { field.span.start..text.end } else { text.clone() };
            let name = if i == 0 { field.name.len() + 2 } else { 1 };
            let width = octets[whole.clone()].iter().filter(|octet| **octet & 0xC0 != 0x80).count();
            if i > 0 && text.is_empty() {
                let blank = line.strip_suffix(b"\n").unwrap_or(line);
                let blank = at..at + blank.strip_suffix(b"\r").unwrap_or(blank).len();
                let before = octets[..at].strip_suffix(b"\n").unwrap_or(&octets[..at]);
                let before = before.strip_suffix(b"\r").unwrap_or(before).len();
                let edit = Edit::new(before..blank.end, "");
                checker.mend(&BLANK_FOLD, blank, "Remove the line", edit);
            } else if width > 78
                && !by_servers
                && octets[whole.clone()].iter().skip(name).any(|octet| *octet == b' ')
            {
                checker.add(&HEADER_LINE_LONG, whole);
            }
            at += line.len();
        }
        let is_control = |octet: &u8| matches!(octet, 1..=8 | 11 | 12 | 14..=31 | 127);
        if let Some(at) = body.iter().position(is_control) {
            checker.add(&CONTROL, field.body.start + at..field.body.start + at + 1);
        }
        match core::str::from_utf8(body) {
            Err(error) => {
                let start = field.body.start + error.valid_up_to();
                checker.add(&HEADER_NOT_UTF8, start..start + error.error_len().unwrap_or(1));
            }
            Ok(_) => {
                if let Some(found) = not_ascii(body) {
                    checker.add(&HEADER_8BIT, field.body.start + found.start..field.body.start + found.end);
                }
            }
        }
    }
    if part.damage.contains(&Damage::HeaderCut) && !part.body.is_empty() {
        let line = octets[part.body.clone()].split(|octet| *octet == b'\n').next().unwrap_or_default();
        let span = part.body.start..part.body.start + line.trim_ascii_end().len();
        let edit = Edit::new(part.body.start..part.body.start, "\r\n");
        checker.mend(&HEADER_NOT_ENDED, span, "Put an empty line before the body", edit);
    }
}

/// A body of 7bit is none.
fn undeclared(checker: &mut Checker, number: usize, span: Range<usize>) {
    let message = checker.message;
    // Of two, the last one counts.
    let edit = match message.fields(number, "content-transfer-encoding").last() {
        Some(field) => Some(Edit::new(checker.value(field), "8bit")),
        None => {
            let bare = number == 0 && checker.field("mime-version").is_none();
            let version = if bare { "MIME-Version: 1.0\r\n" } else { "" };
            checker.new_field(number, [version, "Content-Transfer-Encoding: 8bit\r\n"].concat().into())
        }
    };
    checker.maybe(&BODY_8BIT, span, "Declare the body as 8bit", edit);
}

/// The first octets in a row that are not ASCII.
pub(super) fn not_ascii(octets: &[u8]) -> Option<Range<usize>> {
    // Whole blocks are looked at fast.
    let block = octets.chunks(4096).position(|block| !block.is_ascii())? * 4096;
    let start = block + octets[block..].iter().position(|octet| !octet.is_ascii())?;
    let length = octets[start..].iter().take_while(|octet| !octet.is_ascii()).count();
    Some(start..start + length)
}
