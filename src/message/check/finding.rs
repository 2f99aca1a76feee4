//! What was found, where it is, and what would mend it.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use memchr::{memchr_iter, memrchr};

use super::rule::Rule;

/// Findings of one rule at most. The last of them says how many more there are, and mends them too.
pub const FINDINGS: usize = 100;
/// Edits for one rule at most: what is beyond is found when the rest is mended.
pub const EDITS: usize = 1 << 20;

/// A place in a message where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule.
    pub rule: &'static Rule,
    /// The octets at fault, from the beginning of the message. It is empty where something is missing.
    pub span: Range<usize>,
    /// The line in which they begin, from 1. Lines end behind LF.
    pub line: usize,
    /// Where in this line, from 1, in octets.
    pub column: usize,
    /// The rule's reason, and what exactly is meant.
    pub message: String,
    /// What would mend it, where that needs no thought.
    pub fix: Option<Fix>,
}

/// A way to mend what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order.
    pub description: &'static str,
    /// How, in order.
    pub edits: Vec<Edit>,
}

/// Other octets in place of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Which ones, from the beginning of the message.
    pub span: Range<usize>,
    /// What comes there.
    pub text: Cow<'static, str>,
}

impl Edit {
    pub(super) fn new(span: Range<usize>, text: impl Into<Cow<'static, str>>) -> Self {
        Self { span, text: text.into() }
    }
}

/// The message with all fixes of these findings. Of two that want to change the same octets the first one does; the other
/// may be wanted still when what comes of it is checked again.
pub fn apply(octets: &[u8], diagnostics: &[Diagnostic]) -> Vec<u8> {
    let fixes = diagnostics.iter().filter_map(|found| found.fix.as_ref());
    let mut edits: Vec<&Edit> = fixes.flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    let mut last: Option<&Edit> = None;
    for edit in edits {
        let Some(kept) = octets.get(at..edit.span.start) else { continue };
        if edit.span.end > octets.len() || last == Some(edit) {
            continue;
        }
        out.extend_from_slice(kept);
        out.extend_from_slice(edit.text.as_bytes());
        at = edit.span.end;
        last = Some(edit);
    }
    out.extend_from_slice(&octets[at..]);
    out
}

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<Diagnostic>,
    /// How often each rule was broken, and where its last finding is.
    counts: Vec<(&'static Rule, usize, usize)>,
}

impl Findings {
    pub fn report(
        &mut self,
        rule: &'static Rule,
        span: Range<usize>,
        detail: &str,
        fix: Option<(&'static str, Edit)>,
    ) {
        let place = self.found.len();
        let known = self.counts.iter_mut().find(|(known, ..)| core::ptr::eq(*known, rule));
        if let Some((_, count, last)) = known {
            *count += 1;
            if *count > FINDINGS {
                let of_last = self.found[*last].fix.as_mut();
                if let (Some(all), Some((_, edit))) = (of_last, fix)
                    && *count < EDITS
                {
                    all.edits.push(edit);
                }
                return;
            }
            *last = place;
        } else {
            self.counts.push((rule, 1, place));
        }
        let fix = fix.map(|(description, edit)| Fix { description, edits: [edit].into() });
        let message = detailed(rule.summary, detail);
        self.found.push(Diagnostic { rule, span, line: 0, column: 0, message, fix });
    }

    /// All findings in the order of their octets.
    pub fn finish(mut self, octets: &[u8]) -> Vec<Diagnostic> {
        for (_, count, last) in self.counts {
            if count > FINDINGS {
                let last = &mut self.found[last];
                last.message =
                    detailed(&last.message, &["and ", &(count - FINDINGS).to_string(), " more"].concat());
            }
        }
        let place = |found: &Diagnostic| (found.span.start, found.span.end);
        let order = super::order(self.found.len(), &|one, other| {
            place(&self.found[one]).cmp(&place(&self.found[other]))
        });
        let mut found: Vec<Option<Diagnostic>> = self.found.into_iter().map(Some).collect();
        let mut sorted: Vec<Diagnostic> = order.into_iter().filter_map(|at| found[at].take()).collect();
        let (mut at, mut line, mut begins) = (0, 1, 0);
        for found in &mut sorted {
            let between = &octets[at..found.span.start];
            line += memchr_iter(b'\n', between).count();
            if let Some(end) = memrchr(b'\n', between) {
                begins = at + end + 1;
            }
            at = found.span.start;
            (found.line, found.column) = (line, at - begins + 1);
        }
        sorted
    }
}

/// A sentence with something in parentheses.
fn detailed(sentence: &str, detail: &str) -> String {
    if detail.is_empty() {
        return sentence.into();
    }
    [sentence.strip_suffix('.').unwrap_or(sentence), " (", detail, ")."].concat()
}
