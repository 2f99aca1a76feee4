//! The reply to `EHLO` (RFC 5321 section 4.1.1.1): what a server offers.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::param::{esmtp_keyword, size_value};
use super::reply::Reply;

/// One line of the EHLO reply: a keyword, in upper case, and its parameters as they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    keyword: String,
    parameters: Vec<String>,
}

impl Capability {
    /// Reads a line; `None` when it does not begin with a keyword.
    ///
    /// ```abnf
    /// ehlo-line = ehlo-keyword *( SP ehlo-param )
    /// ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
    /// ehlo-param = 1*(%d33-126)
    /// ```
    /// `AUTH=LOGIN`, which old servers write, is read as `AUTH LOGIN`.
    pub fn parse(line: &str) -> Option<Self> {
        let (rest, keyword) = esmtp_keyword(line).ok()?;
        let keyword = keyword.to_ascii_uppercase();
        let rest = rest.strip_prefix('=').filter(|_| keyword == "AUTH").unwrap_or(rest);
        let parameters: Vec<String> = rest.split_ascii_whitespace().map(ToString::to_string).collect();
        let spaced = rest.is_empty() || rest.starts_with([' ', '\t']) || keyword == "AUTH";
        spaced.then_some(Self { keyword, parameters })
    }

    /// The keyword, in upper case.
    pub fn keyword(&self) -> &str {
        &self.keyword
    }

    /// The parameters as they were written.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }
}

/// What a server offers, in its order. Unknown keywords are kept; lines that are none are not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities(Vec<Capability>);

impl Capabilities {
    /// Reads the reply: its first line is the server's name.
    pub fn parse(reply: &Reply) -> Self {
        Self(reply.lines().iter().skip(1).filter_map(|line| Capability::parse(line)).collect())
    }

    /// The first of this keyword, which is given in upper case.
    pub fn find(&self, keyword: &str) -> Option<&Capability> {
        self.0.iter().find(|capability| capability.keyword == keyword)
    }

    /// True when this keyword, given in upper case, is offered.
    pub fn has(&self, keyword: &str) -> bool {
        self.find(keyword).is_some()
    }

    /// The largest message that the server takes, in octets (RFC 1870). `None` when it does not say.
    pub fn size(&self) -> Option<u64> {
        size_value(self.find("SIZE")?.parameters.first()?).filter(|&size| size > 0)
    }

    /// The SASL mechanisms (RFC 4954), of all AUTH lines.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        let lines = self.0.iter().filter(|capability| capability.keyword == "AUTH");
        lines.flat_map(|capability| capability.parameters.iter().map(String::as_str))
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Capability> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(text: &str) -> Capabilities {
        Capabilities::parse(&Reply::new(250, None, text))
    }

    #[test]
    fn keywords_in_any_case_and_their_parameters() {
        let capabilities = capabilities(
            "mx.example greets you\npipelining\nSize 1000\nAUTH PLAIN LOGIN\nAUTH=CRAM-MD5\nX-Own a b",
        );
        assert!(capabilities.has("PIPELINING"));
        assert!(!capabilities.has("CHUNKING"));
        assert_eq!(capabilities.size(), Some(1000));
        assert_eq!(capabilities.mechanisms().collect::<Vec<_>>(), ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert_eq!(capabilities.find("X-OWN").unwrap().parameters(), ["a", "b"]);
    }

    #[test]
    fn the_first_line_is_no_keyword() {
        assert!(!capabilities("PIPELINING").has("PIPELINING"));
    }

    #[test]
    fn odd_lines_do_no_harm() {
        let capabilities = capabilities("mx\n\n=\n__proto__\nconstructor\nSIZE\nSTARTTLS=x\n-X");
        assert_eq!(capabilities.iter().map(Capability::keyword).collect::<Vec<_>>(), ["CONSTRUCTOR", "SIZE"]);
        assert_eq!(capabilities.size(), None);
    }
}
