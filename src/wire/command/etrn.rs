//! `ETRN` (RFC 1985): a client asks for the messages that wait for it.

use alloc::string::String;
use core::fmt;

use super::super::abnf::{Parsed, SyntaxError, is_utf8_non_ascii, miss_at, whole};

/// Which messages are to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etrn {
    scope: Scope,
    name: String,
}

/// What the name of an ETRN is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A host or domain.
    Node,
    /// `@`: a domain and all below it.
    Subdomains,
    /// `#`: a queue, by whatever name the server has for it.
    Queue,
}

impl Etrn {
    /// A name of graphic characters, at most 255 octets, that does not begin with `@` or `#`.
    pub fn new(scope: Scope, name: &str) -> Result<Self, SyntaxError> {
        let graphic = |c: char| c.is_ascii_graphic() || is_utf8_non_ascii(c);
        match name
            .char_indices()
            .find(|&(at, c)| !graphic(c) || at + c.len_utf8() > 255 || at == 0 && matches!(c, '@' | '#'))
        {
            Some((at, _)) => Err(SyntaxError { at, rule: "a name of at most 255 graphic characters" }),
            None if name.is_empty() => Err(SyntaxError { at: 0, rule: "the name of a node or a queue" }),
            None => Ok(Self { scope, name: name.into() }),
        }
    }

    /// Reads the argument of the command.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        whole(text, etrn, "the end of the name")
    }

    /// What the name is.
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// The name, without the character before it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// ```abnf
/// etrn = "ETRN" SP [ "@" / "#" ] node-name CRLF
/// ```
pub(super) fn etrn(input: &str) -> Parsed<'_, Etrn> {
    let (scope, name) = match input.split_at_checked(1) {
        Some(("@", name)) => (Scope::Subdomains, name),
        Some(("#", name)) => (Scope::Queue, name),
        _ => (Scope::Node, input),
    };
    match Etrn::new(scope, name) {
        Ok(etrn) => Ok(("", etrn)),
        Err(error) => miss_at(name, error),
    }
}

impl fmt::Display for Etrn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = match self.scope {
            Scope::Node => "",
            Scope::Subdomains => "@",
            Scope::Queue => "#",
        };
        write!(f, "{option}{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_node_a_domain_or_a_queue() {
        for (text, scope, name) in [
            ("mx.example", Scope::Node, "mx.example"),
            ("@example.com", Scope::Subdomains, "example.com"),
            ("#uucp", Scope::Queue, "uucp"),
        ] {
            let etrn = Etrn::parse(text).unwrap();
            assert_eq!((etrn.scope(), etrn.name()), (scope, name));
            assert_eq!(etrn.to_string(), text);
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in
            [("", 0), ("@", 1), ("@@a", 1), ("#@a", 1), ("a b", 1), ("@a\r\n", 2), ("a\0", 1), ("a\u{9b}", 1)]
        {
            assert_eq!(Etrn::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        assert_eq!(Etrn::parse(&"a".repeat(256)).map_err(|error| error.at), Err(255));
        // The last character begins within 255 octets and ends behind them.
        assert!(Etrn::parse(&["a".repeat(252).as_str(), "스"].concat()).is_ok());
        let long = ["a".repeat(253).as_str(), "스"].concat();
        assert_eq!(Etrn::parse(&long).map_err(|error| error.at), Err(253));
    }
}
