//! What needs Unicode's tables: normalisation (UAX 15) and A-labels (RFC 5891, UTS 46). A host that has them gives them.

use alloc::string::{String, ToString};

/// Functions of the host's. Those that transform answer `None` for text that has no such form, or that they know nothing
/// about. ASCII never gets to them.
#[derive(Debug, Clone, Copy)]
pub struct Unicode {
    /// Normalization Form C.
    pub nfc: fn(&str) -> Option<String>,
    /// A domain with A-labels (`xn--`) in place of its U-labels.
    pub to_ascii: fn(&str) -> Option<String>,
    /// Whether Unicode has assigned every code point of a text; `true` where that is not known.
    pub assigned: fn(&str) -> bool,
}

impl Unicode {
    /// Knows ASCII only.
    pub const ASCII: Self = Self { nfc: |_| None, to_ascii: |_| None, assigned: |_| true };

    /// The text in Normalization Form C (UAX 15).
    pub fn nfc(&self, text: &str) -> Option<String> {
        if text.is_ascii() { Some(text.to_string()) } else { (self.nfc)(text) }
    }

    /// True when no code point is unassigned (RFC 8264 section 9.10), as far as is known.
    pub fn is_assigned(&self, text: &str) -> bool {
        text.is_ascii() || (self.assigned)(text)
    }

    /// The domain as a server without SMTPUTF8 has to see it (RFC 5891 section 5).
    pub fn to_ascii(&self, domain: &str) -> Option<String> {
        if domain.is_ascii() { Some(domain.to_string()) } else { (self.to_ascii)(domain) }
    }
}

/// The tables of this crate's feature `unicode`; without it, ASCII.
impl Default for Unicode {
    #[cfg(feature = "unicode")]
    fn default() -> Self {
        use idna::AsciiDenyList;
        use idna::uts46::{DnsLength, Hyphens, Uts46};
        use unicode_normalization::UnicodeNormalization;
        Self {
            nfc: |text| Some(text.nfc().collect()),
            to_ascii: |domain| {
                let labels = Uts46::new().to_ascii(
                    domain.as_bytes(),
                    AsciiDenyList::STD3,
                    Hyphens::CheckFirstLast,
                    DnsLength::Verify,
                );
                labels.ok().map(|labels| labels.to_string())
            },
            assigned: |text| text.chars().all(unicode_normalization::char::is_public_assigned),
        }
    }

    #[cfg(not(feature = "unicode"))]
    fn default() -> Self {
        Self::ASCII
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_what_it_is() {
        assert_eq!(Unicode::ASCII.nfc("a b").as_deref(), Some("a b"));
        assert_eq!(Unicode::ASCII.to_ascii("Mx.Example").as_deref(), Some("Mx.Example"));
        assert_eq!((Unicode::ASCII.nfc("ö"), Unicode::ASCII.to_ascii("ö.example")), (None, None));
    }

    #[cfg(feature = "unicode")]
    #[test]
    fn letters_are_joined_with_their_marks() {
        assert_eq!(Unicode::default().nfc("jo\u{308}rg").as_deref(), Some("jörg"));
    }

    #[cfg(feature = "unicode")]
    #[test]
    fn code_points_without_a_character_are_known() {
        assert!(Unicode::default().is_assigned("ö€例😀"));
        for unassigned in ["\u{378}", "a\u{E01F0}", "\u{FFFF}"] {
            assert!(!Unicode::default().is_assigned(unassigned) && Unicode::ASCII.is_assigned(unassigned));
        }
    }

    #[cfg(feature = "unicode")]
    #[test]
    fn u_labels_become_a_labels() {
        let unicode = Unicode::default();
        for (domain, ascii) in [
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("BÜCHER.example", Some("xn--bcher-kva.example")),
            ("例子.测试", Some("xn--fsqu00a.xn--0zwm56d")),
            ("ö_.example", None),
            ("\u{200d}.example", None),
        ] {
            assert_eq!(unicode.to_ascii(domain).as_deref(), ascii, "{domain}");
        }
    }
}
