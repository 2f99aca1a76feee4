//! What a rule is, and how its table is written.

use alloc::vec::Vec;

/// How bad it is to break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A standard is broken, or a large receiver refuses.
    Error,
    /// It harms the message, or those who read it.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What comes of breaking a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Some receivers refuse such messages.
    WillBeRefused,
    /// Filters count it against a message, or readers are shown less of it.
    MayBeFiltered,
    /// It arrives all the same.
    Style,
}

impl Group {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WillBeRefused => "will be refused",
            Self::MayBeFiltered => "may be filtered",
            Self::Style => "style",
        }
    }
}

/// A rule. Its name never changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// In small letters and hyphens.
    pub name: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// What comes of it.
    pub group: Group,
    /// The document and its section that say so.
    pub reference: &'static str,
    /// The reason, in one sentence.
    pub summary: &'static str,
}

/// Messages that show a rule. A line's end in them is CRLF; `{0A}` is an octet and `{x*999}` are as many.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// The name of the rule.
    pub rule: &'static str,
    /// Keeps to it.
    pub pass: &'static str,
    /// Breaks it.
    pub fail: &'static str,
    /// The octets of `fail` that the finding points at, in the same notation.
    pub at: &'static str,
}

impl Example {
    /// The octets that an example's text stands for.
    ///
    /// ```
    /// use edgepost::message::check::Example;
    ///
    /// assert_eq!(Example::octets("a{0A}b{-*3}\n{c}"), b"a\nb---\r\n{c}");
    /// ```
    pub fn octets(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            match first {
                b'\n' => out.extend_from_slice(b"\r\n"),
                b'{' => {
                    let end = after.iter().position(|octet| *octet == b'}').unwrap_or_default();
                    match special(&after[..end]) {
                        Some((octet, count)) => {
                            out.resize(out.len() + count, octet);
                            rest = &after[end + 1..];
                        }
                        None => out.push(first),
                    }
                }
                octet => out.push(octet),
            }
        }
        out
    }
}

/// `0A` or `x*999`.
fn special(text: &[u8]) -> Option<(u8, usize)> {
    let digits = |text| core::str::from_utf8(text).ok();
    match text {
        [octet, b'*', count @ ..] => Some((*octet, digits(count)?.parse().ok()?)),
        [b'0'..=b'9' | b'A'..=b'F', b'0'..=b'9' | b'A'..=b'F'] => {
            Some((u8::from_str_radix(digits(text)?, 16).ok()?, 1))
        }
        _ => None,
    }
}

/// A family's table: what a rule is, and below it the messages that show it. The examples are in a table of their own, so
/// that who does not ask for them does not carry them.
macro_rules! family {
    ($family:literal, $check:path;
     $($id:ident = $name:literal $severity:ident $group:ident, $reference:literal,
       $summary:literal,
       pass $pass:literal,
       fail $fail:literal at $at:literal;)*) => {
        $(static $id: $crate::message::check::Rule = $crate::message::check::Rule {
            name: $name,
            severity: $crate::message::check::Severity::$severity,
            group: $crate::message::check::Group::$group,
            reference: $reference,
            summary: $summary,
        };)*

        pub(super) static FAMILY: $crate::message::check::Family = $crate::message::check::Family {
            name: $family,
            rules: &[$(&$id),*],
            check: $check,
        };

        pub(super) static EXAMPLES: &[$crate::message::check::Example] =
            &[$($crate::message::check::Example { rule: $name, pass: $pass, fail: $fail, at: $at }),*];
    };
}
pub(super) use family;
