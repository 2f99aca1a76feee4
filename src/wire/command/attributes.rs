//! Attributes of `XCLIENT` and `XFORWARD`: what one server tells another of a client (Postfix's XCLIENT and XFORWARD
//! specifications).

use alloc::string::{String, ToString};
use core::fmt;
use core::net::IpAddr;

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;

use super::super::abnf::{Parsed, SyntaxError, miss, miss_at, rule, whole};
use super::super::xtext;

/// Names and values in the order in which they came, no name twice; at least one. Unknown names are kept.
///
/// Held as it is written: names in upper case, values in xtext, one space between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes(String);

/// One name, in upper case, and its value, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    name: String,
    value: String,
}

/// What a value of an attribute says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// A value.
    Value(&'a str),
    /// `[UNAVAILABLE]`: there is none.
    Unavailable,
    /// `[TEMPUNAVAIL]`: there is none now.
    TemporarilyUnavailable,
}

impl Attribute {
    const LONGEST: usize = 255;

    /// A name of letters, digits, hyphens and underscores; a value without controls, of 1 to 255 octets.
    pub fn new(name: &str, value: &str) -> Result<Self, SyntaxError> {
        whole(name, attribute_name, "the end of the name")?;
        if let Some(at) = value.find(char::is_control) {
            return Err(SyntaxError { at, rule: "a printable character" });
        }
        match value.len() {
            0 => Err(SyntaxError { at: 0, rule: "a value" }),
            1..=Self::LONGEST => Ok(Self { name: name.to_ascii_uppercase(), value: value.to_string() }),
            _ => Err(SyntaxError { at: Self::LONGEST, rule: "a shorter value" }),
        }
    }

    /// Of a pair as [`Attributes`] holds it.
    fn written((name, value): (&str, &str)) -> Self {
        Self { name: name.to_string(), value: xtext::decode_text(value).unwrap_or_default() }
    }

    /// In upper case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, decoded.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What the value says.
    pub fn given(&self) -> Given<'_> {
        match self.value.as_str() {
            value if value.eq_ignore_ascii_case("[UNAVAILABLE]") => Given::Unavailable,
            value if value.eq_ignore_ascii_case("[TEMPUNAVAIL]") => Given::TemporarilyUnavailable,
            value => Given::Value(value),
        }
    }

    /// The value as the address of a host: as `192.0.2.1`, `2001:db8::1` or `IPv6:2001:db8::1`.
    pub fn address(&self) -> Option<IpAddr> {
        let tag = self.value.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPV6:"));
        let address = self.value[tag.map_or(0, str::len)..].parse().ok()?;
        if tag.is_some() { Some(address).filter(IpAddr::is_ipv6) } else { Some(address) }
    }

    /// The value as the number of a port.
    pub fn port(&self) -> Option<u16> {
        self.value.parse().ok().filter(|_| self.value.bytes().all(|octet| octet.is_ascii_digit()))
    }
}

impl Attributes {
    /// How many there may be: each is compared with all.
    pub const MOST: usize = 100;

    /// Makes them of names and values that are not encoded; a name that comes twice is an error, and so are
    /// more than [`MOST`](Self::MOST).
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, SyntaxError> {
        let mut attributes = Self(String::new());
        for (name, value) in pairs {
            attributes.add(&Attribute::new(name, value)?)?;
        }
        if attributes.0.is_empty() {
            Err(SyntaxError { at: 0, rule: "an attribute" })
        } else {
            Ok(attributes)
        }
    }

    /// What another engine has written, which has judged it.
    #[cfg(feature = "wasm")]
    pub(crate) fn unchecked(written: String) -> Self {
        Self(written)
    }

    /// The attribute of this name, in whatever case.
    pub fn find(&self, name: &str) -> Option<Attribute> {
        self.pairs().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(Attribute::written)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Attribute> {
        self.pairs().map(Attribute::written)
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split(' ').filter_map(|pair| pair.split_once('='))
    }

    fn add(&mut self, Attribute { name, value }: &Attribute) -> Result<(), SyntaxError> {
        let rule = if self.pairs().any(|(known, _)| known == name) {
            "an attribute that is not there already"
        } else if self.pairs().count() == Self::MOST {
            "no more than 100 attributes"
        } else {
            let space = if self.0.is_empty() { "" } else { " " };
            self.0.extend([space, name, "=", &xtext::encode(value.as_bytes())]);
            return Ok(());
        };
        Err(SyntaxError { at: 0, rule })
    }
}

/// With a space between two, values in xtext.
impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ```abnf
/// attributes = attribute-name "=" attribute-value *( SP attribute-name "=" attribute-value )
/// attribute-value = xtext
/// ```
/// More than one space is let pass.
pub(super) fn attributes(mut input: &str) -> Parsed<'_, Attributes> {
    let mut attributes = Attributes(String::new());
    loop {
        let (rest, (name, _)) = (attribute_name, rule("\"=\"", char('='))).parse(input)?;
        let (rest, encoded) = rule("a value", take_while1(|c| c != ' ')).parse(rest)?;
        let at = input.len() - rest.len() - encoded.len();
        let attribute = xtext::decode_text(encoded).and_then(|value| Attribute::new(name, &value));
        let added = match attribute {
            Ok(attribute) => attributes.add(&attribute),
            Err(error) => Err(SyntaxError { at: at + error.at, ..error }),
        };
        if let Err(error) = added {
            return miss_at(input, error);
        }
        let next = rest.trim_start_matches(' ');
        if next.is_empty() {
            return Ok((next, attributes));
        }
        input = next;
    }
}

/// ```abnf
/// attribute-name = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-" / "_")
/// ```
fn attribute_name(input: &str) -> Parsed<'_, &str> {
    let name = take_while1(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if input.starts_with(['-', '_']) {
        return miss(input, "the name of an attribute");
    }
    rule("the name of an attribute", name).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn parse(text: &str) -> Result<Attributes, SyntaxError> {
        whole(text, attributes, "a space")
    }

    #[test]
    fn names_keep_their_order_and_unknown_ones_are_kept() {
        let text = "name=spike.example ADDR=168.100.189.2 X-New_1=a+20b LOGIN=J+C3+B6rg";
        let attributes = parse(text).unwrap();
        let all: Vec<_> = attributes.iter().collect();
        let pairs: Vec<_> = all.iter().map(|attribute| (attribute.name(), attribute.value())).collect();
        let expected =
            [("NAME", "spike.example"), ("ADDR", "168.100.189.2"), ("X-NEW_1", "a b"), ("LOGIN", "Jörg")];
        assert_eq!(pairs, expected);
        assert_eq!(parse(&attributes.to_string()), Ok(attributes.clone()));
        assert_eq!(Attributes::new(expected), Ok(attributes));
    }

    #[test]
    fn addresses_and_ports() {
        for (value, address) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("IPv6:2001:db8::1", Some("2001:db8::1")),
            ("ipv6:192.0.2.1", None),
            ("192.0.2.01", None),
            ("[UNAVAILABLE]", None),
            ("[192.0.2.1]", None),
            ("fe80::1%eth0", None),
            ("ééé", None),
        ] {
            let attribute = Attribute::new("ADDR", value).unwrap();
            assert_eq!(attribute.address(), address.map(|address| address.parse().unwrap()), "{value}");
        }
        for (value, port) in
            [("25", Some(25)), ("0", Some(0)), ("65535", Some(65535)), ("65536", None), ("+25", None)]
        {
            assert_eq!(Attribute::new("PORT", value).unwrap().port(), port);
        }
    }

    #[test]
    fn some_values_say_that_there_is_none() {
        for (value, given) in [
            ("[UNAVAILABLE]", Given::Unavailable),
            ("[tempunavail]", Given::TemporarilyUnavailable),
            ("[OTHER]", Given::Value("[OTHER]")),
        ] {
            assert_eq!(Attribute::new("NAME", value).unwrap().given(), given);
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("NAME", 4),
            ("NAME=", 5),
            ("NAME= ADDR=1", 5),
            ("=x", 0),
            ("_A=1", 0),
            ("__proto__=1", 0),
            ("NAME=a ADDR", 11),
            ("NAME=a NAME=b", 7),
            ("NAME=a name=b", 7),
            ("NAME=a+0D+0AMAIL", 6),
            ("NAME=+00", 5),
            ("NAME=ab+1B[2J", 7),
            ("NAME=a+7F", 6),
            ("NAME=+C2+9B", 5),
            ("NAME=+FF", 5),
            ("NAME=a=b", 6),
            ("NAME=a+4", 7),
            ("NAME=é", 5),
            ("NÄME=a", 1),
            ("NAME=a\tADDR=b", 6),
        ] {
            assert_eq!(parse(text).map_err(|error| error.at), Err(at), "{text:?}");
        }
        let many = |count| (0..count).fold(String::new(), |text, n| text + &std::format!("X{n}=1 "));
        assert!(parse(&many(100)).is_ok());
        assert_eq!(parse(&many(101)).map_err(|error| error.at), Err(many(100).len()));
        assert!(parse(&std::format!("NAME={}", "a".repeat(255))).is_ok());
        assert!(parse(&std::format!("NAME={}", "a".repeat(256))).is_err());
    }

    #[test]
    fn nothing_gets_in_that_could_get_out_as_a_line() {
        for (name, value) in
            [("NAME", "a\r\nb"), ("NAME", "\0"), ("A B", "c"), ("", "c"), ("A=B", "c"), ("NAME", "")]
        {
            assert!(Attribute::new(name, value).is_err(), "{name}={value:?}");
        }
        assert!(Attributes::new([]).is_err());
        assert!(Attributes::new([("NAME", "a"), ("name", "b")]).is_err());
        assert!(Attributes::new([("constructor", "a")]).unwrap().find("__proto__").is_none());
    }
}
