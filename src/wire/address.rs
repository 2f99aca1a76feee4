//! Mailboxes, domains and paths of the envelope (RFC 5321 section 4.1.2, RFC 6531 section 3.3).

use alloc::string::{String, ToString};
use core::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::char;
use nom::combinator::{map, recognize};
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded, terminated};

use super::abnf::{
    ATEXT, Class, LET_DIG, Miss, Parsed, SyntaxError, is_utf8_non_ascii, many1, miss, miss_at, no_case, rule,
    whole,
};

/// How long the parts of a path may be, in octets (RFC 5321 section 4.5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a local part: 64 (RFC 5321 section 4.5.3.1.1).
    pub local_part: usize,
    /// Octets of a domain: 255 (RFC 5321 section 4.5.3.1.2).
    pub domain: usize,
    /// Octets of a path, with the angle brackets: 256 (RFC 5321 section 4.5.3.1.3).
    pub path: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { local_part: 64, domain: 255, path: 256 }
    }
}

/// `Local-part "@" ( Domain / address-literal )`, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    text: String,
    /// Octets before the `@` that parts it.
    at: usize,
}

impl Mailbox {
    /// Reads a mailbox; characters outside ASCII are read too, and [`is_ascii`](Self::is_ascii) tells.
    ///
    /// ```
    /// use edgepost::wire::address::Mailbox;
    ///
    /// let mailbox = Mailbox::parse(r#""a@b"@example.com"#)?;
    /// assert_eq!((mailbox.local_part(), mailbox.domain()), (r#""a@b""#, "example.com"));
    /// assert_eq!(Mailbox::parse("a b@example.com").unwrap_err().at, 1);
    /// # Ok::<(), edgepost::wire::SyntaxError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        Self::parse_within(text, &Limits::default())
    }

    /// Reads a mailbox whose parts may be as long as `limits` says.
    pub fn parse_within(text: &str, limits: &Limits) -> Result<Self, SyntaxError> {
        let mailbox = whole(text, mailbox, "the end of the mailbox")?;
        mailbox.check(limits, 0)?;
        Ok(mailbox)
    }

    /// The local part as it was written, with its quotes if it has any.
    pub fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// The domain, or the address literal with its brackets.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The whole, as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// False when it needs SMTPUTF8.
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    /// The local part, without its quotes, begins with a hyphen.
    fn is_option(&self) -> bool {
        let text = self.text.strip_prefix('"').unwrap_or(&self.text);
        text.strip_prefix('\\').unwrap_or(text).starts_with('-')
    }

    fn check(&self, limits: &Limits, offset: usize) -> Result<(), SyntaxError> {
        if self.at > limits.local_part {
            return Err(SyntaxError {
                at: offset + limits.local_part,
                rule: "a shorter local part (RFC 5321 section 4.5.3.1.1)",
            });
        }
        if self.domain().len() > limits.domain {
            return Err(SyntaxError {
                at: offset + self.at + 1 + limits.domain,
                rule: "a shorter domain (RFC 5321 section 4.5.3.1.2)",
            });
        }
        if self.text.len() + 2 > limits.path {
            return Err(SyntaxError {
                at: offset + limits.path - 2,
                rule: "a shorter path (RFC 5321 section 4.5.3.1.3)",
            });
        }
        Ok(())
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Where a message comes from: a mailbox, or nowhere (`<>`), which is what bounces come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`
    Null,
    /// A mailbox that bounces go to.
    Mailbox(Mailbox),
}

impl ReversePath {
    /// Reads a mailbox, or nothing at all for the null reverse-path.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.is_empty() { Ok(Self::Null) } else { Mailbox::parse(text).map(Self::Mailbox) }
    }

    /// The mailbox as text, empty for the null reverse-path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Mailbox(mailbox) => mailbox.as_str(),
        }
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

/// Where a message goes to. The grammar lets a local part begin with a hyphen; as a recipient it is refused, because
/// programs have taken such a one for an option (`sendmail -oX...`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ForwardPath {
    /// `<Postmaster>` without a domain: the postmaster of the server itself (RFC 5321 section 4.5.1).
    Postmaster,
    /// A mailbox.
    Mailbox(Mailbox),
}

impl ForwardPath {
    /// Reads a mailbox, or `postmaster` alone.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.eq_ignore_ascii_case("postmaster") {
            return Ok(Self::Postmaster);
        }
        let mailbox = Mailbox::parse(text)?;
        if mailbox.is_option() {
            Err(SyntaxError { at: 0, rule: NO_OPTION })
        } else {
            Ok(Self::Mailbox(mailbox))
        }
    }

    /// The mailbox as text, or `postmaster`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Postmaster => "postmaster",
            Self::Mailbox(mailbox) => mailbox.as_str(),
        }
    }
}

impl fmt::Display for ForwardPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.as_str())
    }
}

/// The name that a host gives itself in `EHLO`: a domain or an address literal by the grammar; as hosts call
/// themselves all sorts of things, any graphic characters up to 255 octets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(String);

impl HostName {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let graphic = |c: char| c.is_ascii_graphic() || is_utf8_non_ascii(c);
        match text.char_indices().find(|&(at, c)| !graphic(c) || at + c.len_utf8() > 255) {
            None if !text.is_empty() => Ok(Self(text.to_string())),
            None => Err(SyntaxError { at: 0, rule: "a host name or an address literal" }),
            Some((at, _)) => Err(SyntaxError { at, rule: "a host name of at most 255 graphic characters" }),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// ```abnf
/// Reverse-path = Path / "<>"
/// ```
pub(super) fn reverse_path<'a>(limits: &Limits) -> impl Parser<&'a str, Output = ReversePath, Error = Miss> {
    alt((map(tag("<>"), |_| ReversePath::Null), map(path(limits), ReversePath::Mailbox)))
}

/// ```abnf
/// Forward-path = Path / "<Postmaster>"
/// ```
pub(super) fn forward_path<'a>(limits: &Limits) -> impl Parser<&'a str, Output = ForwardPath, Error = Miss> {
    let mut path = path(limits);
    let mailbox = move |input| {
        let (rest, mailbox): (&str, Mailbox) = path.parse(input)?;
        if mailbox.is_option() {
            miss(&input[1..], NO_OPTION)
        } else {
            Ok((rest, ForwardPath::Mailbox(mailbox)))
        }
    };
    alt((map(no_case("<Postmaster>"), |_| ForwardPath::Postmaster), mailbox))
}

const NO_OPTION: &str = "a recipient that does not begin with a hyphen";

/// ```abnf
/// Path = "<" [ A-d-l ":" ] Mailbox ">"
/// A-d-l = At-domain *( "," At-domain )
/// At-domain = "@" Domain
/// ```
/// The source route is dropped, as RFC 5321 appendix C asks.
fn path<'a>(limits: &Limits) -> impl Parser<&'a str, Output = Mailbox, Error = Miss> {
    let limits = *limits;
    let route = terminated(separated_list1(char(','), preceded(char('@'), domain)), rule("\":\"", char(':')));
    let mut path = delimited(
        rule("\"<\"", char('<')),
        alt((preceded(route, mailbox), mailbox)),
        rule("\">\"", char('>')),
    );
    move |input: &'a str| {
        let (rest, mailbox): (&str, Mailbox) = path.parse(input)?;
        match mailbox.check(&limits, input.len() - rest.len() - 1 - mailbox.text.len()) {
            Ok(()) => Ok((rest, mailbox)),
            Err(error) => miss_at(input, error),
        }
    }
}

/// ```abnf
/// Mailbox = Local-part "@" ( Domain / address-literal )
/// ```
fn mailbox(input: &str) -> Parsed<'_, Mailbox> {
    let (rest, local) = local_part(input)?;
    let (rest, _) = rule("\"@\"", char('@')).parse(rest)?;
    let (rest, _) = if rest.starts_with('[') { address_literal(rest) } else { domain(rest) }?;
    Ok((rest, Mailbox { text: input[..input.len() - rest.len()].to_string(), at: local.len() }))
}

/// ```abnf
/// Local-part = Dot-string / Quoted-string
/// Dot-string = Atom *("." Atom)
/// Quoted-string = DQUOTE *QcontentSMTP DQUOTE
/// QcontentSMTP = qtextSMTP / quoted-pairSMTP
/// quoted-pairSMTP = %d92 %d32-126
/// qtextSMTP = %d32-33 / %d35-91 / %d93-126 / UTF8-non-ascii
/// ```
pub(super) fn local_part(input: &str) -> Parsed<'_, &str> {
    if input.starts_with('"') { quoted_string(input) } else { dotted(input, atom) }
}

fn atom(input: &str) -> Parsed<'_, &str> {
    const CLASS: Class = ATEXT.and_others();
    many1(input, "a local part", &CLASS)
}

fn quoted_string(input: &str) -> Parsed<'_, &str> {
    let qtext = |c| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~') || is_utf8_non_ascii(c);
    let mut rest = &input[1..];
    loop {
        let mut chars = rest.chars();
        match chars.next() {
            Some('\\') if matches!(chars.next(), Some(' '..='~')) => {}
            Some(c) if qtext(c) => {}
            _ => break,
        }
        rest = chars.as_str();
    }
    let (rest, _) = rule("a closing quote", char('"')).parse(rest)?;
    Ok((rest, &input[..input.len() - rest.len()]))
}

/// `item *("." item)`; a dot without an item behind it is a failure of the whole. A function of a function, not of a
/// parser that the compiler makes copies of: addresses are in every module.
fn dotted<'a>(input: &'a str, item: fn(&'a str) -> Parsed<'a, &'a str>) -> Parsed<'a, &'a str> {
    let (mut rest, _) = item(input)?;
    while let Some(next) = rest.strip_prefix('.') {
        (rest, _) = item(next)?;
    }
    Ok((rest, &input[..input.len() - rest.len()]))
}

/// ```abnf
/// Domain = sub-domain *("." sub-domain)
/// sub-domain = Let-dig [Ldh-str] / U-label
/// ```
/// A label has at most 63 octets (RFC 1035 section 2.3.4).
pub(super) fn domain(input: &str) -> Parsed<'_, &str> {
    dotted(input, sub_domain)
}

fn sub_domain(input: &str) -> Parsed<'_, &str> {
    const CLASS: Class = LET_DIG.and(b"-").and_others();
    let (rest, label) = many1(input, "a domain", &CLASS)?;
    if label.len() > 63 || label.starts_with('-') || label.ends_with('-') {
        return miss(input, "a domain");
    }
    Ok((rest, label))
}

/// ```abnf
/// address-literal = "[" ( IPv4-address-literal / IPv6-address-literal / General-address-literal ) "]"
/// IPv6-address-literal = "IPv6:" IPv6-addr
/// General-address-literal = Standardized-tag ":" 1*dcontent
/// Standardized-tag = Ldh-str
/// dcontent = %d33-90 / %d94-126
/// ```
pub(super) fn address_literal(input: &str) -> Parsed<'_, &str> {
    let literal = alt((ipv4, ipv6, general));
    recognize(delimited(char('['), rule("an IP address", literal), rule("\"]\"", char(']')))).parse(input)
}

fn ipv6(input: &str) -> Parsed<'_, &str> {
    let (input, _) = no_case("IPv6:").parse(input)?;
    let (rest, address) = dcontent(input, "an IPv6 address")?;
    if is_ipv6(address) { Ok((rest, address)) } else { miss(input, "an IPv6 address") }
}

fn general(input: &str) -> Parsed<'_, &str> {
    const TAG: Class = LET_DIG.and(b"-");
    let (rest, tag) = many1(input, "", &TAG)?;
    if tag.ends_with('-') || tag.eq_ignore_ascii_case("IPv6") {
        return miss(input, "");
    }
    let (rest, _) = char(':').parse(rest)?;
    dcontent(rest, "")
}

fn dcontent<'a>(input: &'a str, name: &'static str) -> Parsed<'a, &'a str> {
    const CLASS: Class = Class::of(b"").and_range(b'!', b'Z').and_range(b'^', b'~');
    many1(input, name, &CLASS)
}

/// ```abnf
/// IPv6-addr = IPv6-full / IPv6-comp / IPv6v4-full / IPv6v4-comp
/// IPv6-full = IPv6-hex 7(":" IPv6-hex)
/// IPv6-comp = [IPv6-hex *5(":" IPv6-hex)] "::" [IPv6-hex *5(":" IPv6-hex)]
/// IPv6v4-full = IPv6-hex 5(":" IPv6-hex) ":" IPv4-address-literal
/// IPv6v4-comp = [IPv6-hex *3(":" IPv6-hex)] "::" [IPv6-hex *3(":" IPv6-hex) ":"] IPv4-address-literal
/// IPv6-hex = 1*4HEXDIG
/// ```
/// `::` stands for two groups at least. Not by the parser of `core`: with that, the module that sends has 2 kB more.
fn is_ipv6(text: &str) -> bool {
    match text.as_bytes().windows(2).position(|pair| pair == b"::") {
        None => ipv6_groups(text, true) == Some(8),
        Some(at) => {
            let some = |part: &str, last| if part.is_empty() { Some(0) } else { ipv6_groups(part, last) };
            let written = some(&text[..at], false).zip(some(&text[at + 2..], true));
            written.is_some_and(|(before, behind)| before + behind <= 6)
        }
    }
}

/// How many groups of 16 bits are written; an IPv4 address is two, and can only be the `last`.
fn ipv6_groups(text: &str, last: bool) -> Option<usize> {
    let mut groups = 0;
    let mut rest = text;
    while let Some((group, behind)) = rest.split_once(':') {
        groups += is_ipv6_hex(group).then_some(1)?;
        rest = behind;
    }
    if last && matches!(ipv4(rest), Ok(("", _))) {
        return Some(groups + 2);
    }
    is_ipv6_hex(rest).then_some(groups + 1)
}

fn is_ipv6_hex(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_hexdigit())
}

/// ```abnf
/// IPv4-address-literal = Snum 3("." Snum)
/// Snum = 1*3DIGIT ; 0 through 255
/// ```
fn ipv4(input: &str) -> Parsed<'_, &str> {
    let (mut rest, _) = snum(input)?;
    for _ in 0..3 {
        (rest, _) = char('.').parse(rest)?;
        (rest, _) = snum(rest)?;
    }
    Ok((rest, &input[..input.len() - rest.len()]))
}

fn snum(input: &str) -> Parsed<'_, &str> {
    let digits = input.bytes().take(3).take_while(u8::is_ascii_digit).count();
    match input[..digits].parse::<u8>() {
        Ok(_) => Ok((&input[digits..], &input[..digits])),
        Err(_) => miss(input, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::vec::Vec;

    // covers: RFC 5321 section 4.1.2 both
    // covers: RFC 6531 section 3.3 both
    #[test]
    fn mailboxes_of_every_form() {
        for (text, local, domain) in [
            ("a@b", "a", "b"),
            ("first.last@example.com", "first.last", "example.com"),
            ("a+b=c!#$%&'*/?^_`{|}~-@example.com", "a+b=c!#$%&'*/?^_`{|}~-", "example.com"),
            ("\"a b\"@example.com", "\"a b\"", "example.com"),
            ("\"a@b\\\"c\\\\\"@example.com", "\"a@b\\\"c\\\\\"", "example.com"),
            ("\"\"@example.com", "\"\"", "example.com"),
            ("a@[192.0.2.1]", "a", "[192.0.2.1]"),
            ("a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"),
            ("a@[ipv6:::ffff:192.0.2.1]", "a", "[ipv6:::ffff:192.0.2.1]"),
            ("a@[tag:content]", "a", "[tag:content]"),
            ("a@1.2.3", "a", "1.2.3"),
            ("jörg@bücher.example", "jörg", "bücher.example"),
            ("用户@例子.测试", "用户", "例子.测试"),
        ] {
            let mailbox = Mailbox::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((mailbox.local_part(), mailbox.domain()), (local, domain));
            assert_eq!(mailbox.to_string(), text);
        }
    }

    #[test]
    fn errors_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("a", 1),
            ("@b", 0),
            ("a@", 2),
            (".a@b", 0),
            ("a.@b", 2),
            ("a..b@c", 2),
            ("a b@c", 1),
            ("a@b c", 3),
            ("a@-b", 2),
            ("a@b-", 2),
            ("a@b.", 4),
            ("a@b..c", 4),
            ("\"a@b", 4),
            ("a@[192.0.2.256]", 11),
            ("a@[IPv6:1::2::3]", 8),
            ("a@[IPv6:fe80::1%eth0]", 8),
            ("a@[IPv6:1:2:3:4:5:6::8]", 8),
            ("a@[IPv6:1:2:3:4:5::192.0.2.1]", 8),
            ("a@[]", 3),
            ("a@[1.2.3.4", 10),
            ("a@b>", 3),
            ("a\r\n@b", 1),
            ("\"a\r\n\"@b", 2),
            ("a@b\0", 3),
            ("a\u{85}@b", 1),
        ] {
            assert_eq!(Mailbox::parse(text).map_err(|error| error.at), Err(at), "{text:?}");
            assert!(!Mailbox::parse(text).unwrap_err().rule.is_empty(), "{text:?}");
        }
    }

    // covers: RFC 5321 section 4.1.3 both
    #[test]
    fn ipv6_addresses_are_those_of_the_standard_library_but_one_group_is_written() {
        let parts = ["", "1", "fe80", "0db8", "12345", "g", "192.0.2.1", "192.0.2", "256.0.0.1"];
        let mut texts: Vec<String> = [""].map(String::from).into();
        for groups in 0..6 {
            let longer = texts.iter().flat_map(|text| {
                parts
                    .iter()
                    .map(move |part| if groups == 0 { (*part).into() } else { format!("{text}:{part}") })
            });
            texts = longer.filter(|text: &String| text.matches("12345").count() < 2).collect();
            for text in
                texts.iter().flat_map(|text| [text.clone(), format!("1:2:{text}"), format!("{text}:7:8")])
            {
                let written: usize = text
                    .split(':')
                    .map(|group| if group.contains('.') { 2 } else { usize::from(!group.is_empty()) })
                    .sum();
                let expected = text.parse::<core::net::Ipv6Addr>().is_ok() && (written == 8 || written <= 6);
                assert_eq!(is_ipv6(&text), expected, "{text}");
            }
            // Every end goes on, but only some of the many beginnings.
            texts = texts
                .into_iter()
                .enumerate()
                .filter(|(at, _)| groups < 3 || at % 17 == 0)
                .map(|(_, text)| text)
                .collect();
        }
        assert!(is_ipv6("::192.000.002.001"), "Snum has up to three digits");
    }

    // covers: RFC 5321 section 4.5.3.1 both
    #[test]
    fn the_limits_of_rfc_5321_section_4_5_3_1() {
        let long = |n: usize| "a".repeat(n);
        let labels = |n: usize| [long(63), long(63), long(63), long(n)].join(".");
        assert!(Mailbox::parse(&format!("{}@b", long(64))).is_ok());
        assert!(Mailbox::parse(&format!("{}@b", long(65))).is_err());
        assert!(Mailbox::parse(&format!("a@{}", long(63))).is_ok());
        assert!(Mailbox::parse(&format!("a@{}", long(64))).is_err());
        assert!(Mailbox::parse(&format!("a@{}", labels(60))).is_ok());
        assert!(Mailbox::parse(&format!("a@{}", labels(61))).is_err());
        let wide = Limits { local_part: 100, domain: 300, path: 500 };
        assert!(Mailbox::parse_within(&format!("{}@b", long(65)), &wide).is_ok());
    }

    // covers: RFC 5321 section 4.1.2 server
    #[test]
    fn paths_lose_their_route() {
        let limits = Limits::default();
        let parse = |text| whole(text, forward_path(&limits), "the end");
        for text in
            ["<bob@example.com>", "<@a.example:bob@example.com>", "<@a.example,@b.example:bob@example.com>"]
        {
            assert_eq!(parse(text).unwrap().as_str(), "bob@example.com", "{text}");
        }
        assert_eq!(parse("<postMASTER>"), Ok(ForwardPath::Postmaster));
        assert_eq!(whole("<>", reverse_path(&limits), "the end"), Ok(ReversePath::Null));
        let errors: Vec<_> = [
            "<>",
            "bob@example.com",
            "<bob@example.com",
            "<@a.example bob@example.com>",
            "<bob>",
            "<<a@b>>",
            "<a@b>x",
        ]
        .into_iter()
        .map(|text| parse(text).unwrap_err().at)
        .collect();
        assert_eq!(errors, [1, 0, 16, 11, 4, 1, 5]);
    }

    #[test]
    fn host_names_hold_no_controls() {
        assert!(HostName::parse("mail.example").is_ok());
        assert!(HostName::parse("[127.0.0.1]").is_ok());
        for text in ["", "a b", "a\r\nMAIL", "a\0", &"a".repeat(256)] {
            assert!(HostName::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn host_names_are_measured_in_octets_to_the_end_of_the_last_character() {
        for last in ["a", "é", "스", "😀"] {
            let name = |octets: usize| ["a".repeat(octets - last.len()).as_str(), last].concat();
            assert!(HostName::parse(&name(255)).is_ok(), "{last}");
            for octets in 256..=258 {
                let error = HostName::parse(&name(octets)).unwrap_err();
                assert_eq!(error.at, (octets - last.len()).min(255), "{last} {octets}");
            }
        }
    }
}
