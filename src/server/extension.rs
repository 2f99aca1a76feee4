//! The extensions that a server may offer in its reply to EHLO, and the choice among them (RFC 5321 section 2.2).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::wire::SyntaxError;

macro_rules! extensions {
    ($($(#[$meta:meta])* $name:ident = $keyword:literal,)*) => {
        /// One extension that a host may switch on and off. AUTH, XCLIENT and XFORWARD follow from other choices.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Extension {
            $($(#[$meta])* $name,)*
        }

        impl Extension {
            /// All there are, in the order of the reply.
            pub const ALL: [Self; [$($keyword),*].len()] = [$(Self::$name),*];

            /// The EHLO keyword.
            pub const fn keyword(self) -> &'static str {
                match self {
                    $(Self::$name => $keyword,)*
                }
            }
        }
    };
}

extensions! {
    /// RFC 2920
    Pipelining = "PIPELINING",
    /// RFC 1870
    Size = "SIZE",
    /// RFC 6152
    EightBitMime = "8BITMIME",
    /// RFC 6531
    Smtputf8 = "SMTPUTF8",
    /// RFC 3030
    Chunking = "CHUNKING",
    /// RFC 3030 section 3; needs CHUNKING.
    BinaryMime = "BINARYMIME",
    /// RFC 2034
    EnhancedStatusCodes = "ENHANCEDSTATUSCODES",
    /// RFC 3207; offered when the host can do it.
    StartTls = "STARTTLS",
    /// RFC 9422: the numbers are those of [`Limits`](super::Limits).
    Limits = "LIMITS",
    /// RFC 3461
    Dsn = "DSN",
    /// RFC 2852; its parameter is the least number of seconds that can be asked for.
    DeliverBy = "DELIVERBY",
    /// RFC 4865; its parameters are the longest interval in seconds and the latest date-time.
    FutureRelease = "FUTURERELEASE",
    /// RFC 6710; its parameter is the profile of priorities.
    MtPriority = "MT-PRIORITY",
    /// RFC 8689; offered under TLS only.
    RequireTls = "REQUIRETLS",
    /// RFC 7293
    Rrvs = "RRVS",
    /// RFC 3865; its parameter is a list of keywords.
    NoSoliciting = "NO-SOLICITING",
    /// RFC 4468; its parameters are kinds of URL.
    Burl = "BURL",
    /// RFC 1845
    Checkpoint = "CHECKPOINT",
    /// draft-hall-prdr-00
    Prdr = "PRDR",
    /// RFC 1985
    Etrn = "ETRN",
    /// RFC 5321 section 3.5.2: VRFY has something to say.
    Vrfy = "VRFY",
    /// RFC 5321 section 3.5.2: EXPN has something to say.
    Expn = "EXPN",
}

use Extension::*;

impl Extension {
    /// The extension of a keyword, in whatever case.
    pub fn parse(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|extension| extension.keyword().eq_ignore_ascii_case(keyword))
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The extensions that are on offer. [`Default`] has those that ask nothing of the host; what promises the sender
/// something that only the host can keep has to be added.
#[derive(Clone, PartialEq, Eq)]
pub struct Extensions {
    offered: u32,
    parameters: Vec<(Extension, String)>,
}

impl Default for Extensions {
    fn default() -> Self {
        const ALWAYS: [Extension; 9] = [
            Pipelining,
            Size,
            EightBitMime,
            Smtputf8,
            Chunking,
            BinaryMime,
            EnhancedStatusCodes,
            StartTls,
            Limits,
        ];
        let offered = ALWAYS.into_iter().fold(0, |offered, extension| offered | extension.bit());
        Self { offered, parameters: Vec::new() }
    }
}

impl Extensions {
    /// Whether it is on offer.
    pub const fn has(&self, extension: Extension) -> bool {
        self.offered & extension.bit() != 0
    }

    /// What follows the keyword in the reply to EHLO; empty for nothing.
    pub fn parameters(&self, extension: Extension) -> &str {
        self.parameters.iter().find(|(owner, _)| *owner == extension).map_or("", |(_, text)| text)
    }

    /// Offers an extension, with what follows its keyword in the reply; empty for nothing.
    ///
    /// ```abnf
    /// ehlo-param = 1*(%d33-126)
    /// ```
    /// with a space between two.
    pub fn offer(&mut self, extension: Extension, parameters: &str) -> Result<(), SyntaxError> {
        if let Some(at) = parameters.bytes().position(|octet| octet != b' ' && !octet.is_ascii_graphic()) {
            return Err(SyntaxError { at, rule: "printable ASCII characters" });
        }
        self.withdraw(extension);
        self.offered |= extension.bit();
        if !parameters.is_empty() {
            self.parameters.push((extension, parameters.to_string()));
        }
        Ok(())
    }

    /// Does not offer an extension.
    pub fn withdraw(&mut self, extension: Extension) {
        self.offered &= !extension.bit();
        self.parameters.retain(|(owner, _)| *owner != extension);
    }

    /// Switches an extension off by its EHLO keyword, in whatever case. False when there is none of this name.
    pub fn disable(&mut self, keyword: &str) -> bool {
        let extension = Extension::parse(keyword);
        extension.into_iter().for_each(|extension| self.withdraw(extension));
        extension.is_some()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Extension::ALL.into_iter().filter(|&extension| self.has(extension))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_is_that_of_one_extension() {
        for extension in Extension::ALL {
            assert_eq!(Extension::parse(&extension.keyword().to_lowercase()), Some(extension));
        }
        assert_eq!(Extension::parse("__proto__"), None);
    }

    #[test]
    fn what_is_offered_has_its_parameters_until_it_is_withdrawn() {
        let mut extensions = Extensions::default();
        assert!(!extensions.has(DeliverBy));
        extensions.offer(DeliverBy, "120").unwrap();
        extensions.offer(DeliverBy, "240").unwrap();
        assert_eq!((extensions.has(DeliverBy), extensions.parameters(DeliverBy)), (true, "240"));
        assert!(extensions.disable("deliverby"));
        assert_eq!((extensions.has(DeliverBy), extensions.parameters(DeliverBy)), (false, ""));
        assert!(!extensions.disable("constructor"));
        assert_eq!(extensions.offer(NoSoliciting, "a\r\nb").map_err(|error| error.at), Err(1));
        assert!(!extensions.has(NoSoliciting));
    }
}
