//! A linter for mail: what of a message will be refused, may be filtered, or could be done better (RFC 5322, RFC 2045 to
//! RFC 2049, and what large receivers ask for). It asks nobody: all that it says is in the message itself.

mod addresses;
mod attachments;
mod bulk;
mod dates;
mod fields;
mod finding;
mod hosts;
mod html;
mod identifiers;
mod lines;
mod mailboxes;
mod markup;
mod privacy;
mod rule;
mod spoofing;
mod structure;
mod words;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::ops::Range;

use memchr::memchr;

use finding::Findings;
pub use finding::{Diagnostic, EDITS, Edit, FINDINGS, Fix, apply};
pub use rule::{Example, Group, Rule, Severity};

use super::header::Field;
use super::parse::Message;

/// Every rule, by family.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules.iter().copied())
}

/// A message for every rule that keeps to it and one that does not, in the order of [`rules`].
pub fn examples() -> impl Iterator<Item = &'static Example> {
    let all = [
        lines::EXAMPLES,
        fields::EXAMPLES,
        dates::EXAMPLES,
        identifiers::EXAMPLES,
        addresses::EXAMPLES,
        words::EXAMPLES,
        structure::EXAMPLES,
        attachments::EXAMPLES,
        html::EXAMPLES,
        bulk::EXAMPLES,
        privacy::EXAMPLES,
        spoofing::EXAMPLES,
    ];
    all.into_iter().flatten()
}

/// Rules about one thing, and who looks after them.
#[derive(Debug)]
struct Family {
    name: &'static str,
    rules: &'static [&'static Rule],
    check: fn(&mut Checker),
}

/// In the order in which a message is read.
static FAMILIES: &[&Family] = &[
    &lines::FAMILY,
    &fields::FAMILY,
    &dates::FAMILY,
    &identifiers::FAMILY,
    &addresses::FAMILY,
    &words::FAMILY,
    &structure::FAMILY,
    &attachments::FAMILY,
    &html::FAMILY,
    &bulk::FAMILY,
    &privacy::FAMILY,
    &spoofing::FAMILY,
];

/// The names of the families with the rules of each, as the manual shows them.
pub fn families() -> impl Iterator<Item = (&'static str, &'static [&'static Rule])> {
    FAMILIES.iter().map(|family| (family.name, family.rules))
}

/// What there is to say of a message, in the order of its octets. It takes time that grows linearly with them.
///
/// ```
/// use edgepost::message::check::{apply, check};
///
/// let message = b"From: a@a.example\r\nDate: Tue, 3 Mar 2026 10:00:00 GMT\r\n\r\nHello\r\n";
/// let found = check(message);
/// let zone = found.iter().find(|found| found.rule.name == "date-obsolete").unwrap();
/// assert_eq!((&message[zone.span.clone()], zone.line, zone.column), (&b"GMT"[..], 2, 32));
/// assert!(apply(message, &found).windows(5).any(|octets| octets == b"+0000"));
/// ```
pub fn check(octets: &[u8]) -> Vec<Diagnostic> {
    check_message(&Message::parse(octets))
}

/// As [`check`], for what was read already.
pub fn check_message(message: &Message) -> Vec<Diagnostic> {
    let mut checker = Checker { message, octets: message.octets(), found: Findings::default() };
    for family in FAMILIES {
        (family.check)(&mut checker);
    }
    checker.found.finish(message.octets())
}

/// A message that is being checked.
struct Checker<'m> {
    message: &'m Message<'m>,
    octets: &'m [u8],
    found: Findings,
}

impl<'m> Checker<'m> {
    /// These octets break the rule.
    fn add(&mut self, rule: &'static Rule, span: Range<usize>) {
        self.found.report(rule, span, "", None);
    }

    /// As `add`, with what exactly is meant.
    fn tell(&mut self, rule: &'static Rule, span: Range<usize>, detail: &str) {
        self.found.report(rule, span, detail, None);
    }

    /// As `add`, and would not if this were in its place.
    fn mend(&mut self, rule: &'static Rule, span: Range<usize>, description: &'static str, edit: Edit) {
        self.found.report(rule, span, "", Some((description, edit)));
    }

    /// As `mend`, where there may be no way to.
    fn maybe(
        &mut self,
        rule: &'static Rule,
        span: Range<usize>,
        description: &'static str,
        edit: Option<Edit>,
    ) {
        self.found.report(rule, span, "", edit.map(|edit| (description, edit)));
    }

    /// The field breaks the rule by being there.
    fn remove(&mut self, rule: &'static Rule, field: &Field) {
        let edit = Edit::new(field.span.clone(), "");
        let name = self.message.name_of(field);
        let name = core::str::from_utf8(name).unwrap_or_default();
        self.found.report(rule, field.name.clone(), name, Some(("Remove the field", edit)));
    }

    /// The fields of this name that the message has, of its own.
    fn fields(&self, name: &str) -> Vec<&'m Field> {
        let message = self.message;
        message.fields(0, name).collect()
    }

    fn field(&self, name: &str) -> Option<&'m Field> {
        self.message.field(0, name)
    }

    /// The body of a field with spaces in place of line ends: what is in it is where it was.
    fn flat(&self, field: &Field) -> Vec<u8> {
        let spaced = |octet: &u8| if matches!(octet, b'\r' | b'\n') { b' ' } else { *octet };
        self.octets[field.body.clone()].iter().map(spaced).collect()
    }

    /// Where the body of a field is, without the space around it; or else the name, so that there is something to point at.
    fn value(&self, field: &Field) -> Range<usize> {
        let value = trimmed(self.octets, field.body.clone());
        if value.is_empty() { field.name.clone() } else { value }
    }

    /// Where one can point at when something is not there: the name of the first field, or nothing at the beginning.
    fn top(&self) -> Range<usize> {
        self.message.parts()[0].fields.first().map_or(0..0, |field| field.name.clone())
    }

    /// A new last field of a part's header section; nothing if that has no end.
    fn new_field(&self, part: usize, text: Cow<'static, str>) -> Option<Edit> {
        let end = self.message.parts()[part].header.end;
        let begun = self.octets[..end].last().is_none_or(|octet| *octet == b'\n');
        (begun && self.octets.get(end).is_some_and(|octet| matches!(octet, b'\r' | b'\n')))
            .then_some(Edit { span: end..end, text })
    }
}

/// A range of octets without the white space around them.
fn trimmed(octets: &[u8], range: Range<usize>) -> Range<usize> {
    let text = octets.get(range.clone()).unwrap_or_default();
    let start = range.start + (text.len() - text.trim_ascii_start().len());
    start..start + text.trim_ascii().len()
}

/// Whether a text holds another, in whatever case of ASCII; that must be in lower case, and short.
fn holds(text: &[u8], part: &str) -> bool {
    find(text, part).is_some()
}

/// Where it does.
fn find(text: &[u8], part: &str) -> Option<usize> {
    text.windows(part.len()).position(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Where some octets are first.
fn seek(text: &[u8], octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(octets[0], text.get(at..)?)?;
        if text[at..].starts_with(octets) {
            return Some(at);
        }
        at += 1;
    }
}

/// Numbers below `count` in an order; those that are equal stay as they are. All that is put in order here is put so by this
/// one function: those of the standard library are made anew for each type, and are 10 kB each.
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut heap: Vec<usize> = (0..count).collect();
    for root in (0..count / 2).rev() {
        sift(&mut heap, root, compare);
    }
    for end in (1..count).rev() {
        heap.swap(0, end);
        sift(&mut heap[..end], 0, compare);
    }
    heap
}

/// Lets a number sink in a heap to below those that are larger.
fn sift(heap: &mut [usize], mut root: usize, compare: &dyn Fn(usize, usize) -> Ordering) {
    let below = |one: usize, other: usize| compare(one, other).then(one.cmp(&other)).is_lt();
    loop {
        let mut child = 2 * root + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && below(heap[child], heap[child + 1]) {
            child += 1;
        }
        if !below(heap[root], heap[child]) {
            return;
        }
        heap.swap(root, child);
        root = child;
    }
}

/// Whether a list of words that are separated by spaces has this one.
fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests;
