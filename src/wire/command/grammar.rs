//! The parsers of commands, each under its ABNF.

use alloc::string::ToString;
use alloc::vec::Vec;

use nom::Parser;
use nom::bytes::complete::take_while1;
use nom::character::complete::{digit1, space0};
use nom::combinator::{map_res, opt};
use nom::sequence::{pair, preceded};

use super::super::abnf::{Class, Miss, Parsed, SyntaxError, many1, miss, miss_at, no_case, rule};
use super::super::address::{HostName, Limits, forward_path, reverse_path};
use super::super::base64;
use super::super::param::params;
use super::url::Url;
use super::{Command, Initial, Text};

pub(super) fn alone(argument: &str, command: Command) -> Result<Command, SyntaxError> {
    if argument.is_empty() { Ok(command) } else { Err(SyntaxError { at: 1, rule: "no argument" }) }
}

pub(super) fn space(input: &str) -> Parsed<'_, &str> {
    const CLASS: Class = Class::of(b" ");
    many1(input, "a space", &CLASS)
}

/// ```abnf
/// ehlo = "EHLO" SP ( Domain / address-literal ) CRLF
/// ```
pub(super) fn host_name(input: &str) -> Parsed<'_, HostName> {
    match HostName::parse(input) {
        Ok(name) => Ok(("", name)),
        Err(error) => miss_at(input, error),
    }
}

/// ```abnf
/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
/// ```
/// Spaces after the colon are no part of it, but common; they are let pass.
pub(super) fn mail<'a>(limits: &Limits) -> impl Parser<&'a str, Output = Command, Error = Miss> {
    preceded(pair(rule("\"FROM:\"", no_case("FROM:")), space0), pair(reverse_path(limits), params))
        .map(|(from, params)| Command::Mail { from, params })
}

/// ```abnf
/// rcpt = "RCPT TO:" Forward-path [SP Rcpt-parameters] CRLF
/// ```
pub(super) fn rcpt<'a>(limits: &Limits) -> impl Parser<&'a str, Output = Command, Error = Miss> {
    preceded(pair(rule("\"TO:\"", no_case("TO:")), space0), pair(forward_path(limits), params))
        .map(|(to, params)| Command::Rcpt { to, params })
}

/// ```abnf
/// bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF
/// chunk-size = 1*DIGIT
/// end-marker = "LAST"
/// ```
pub(super) fn bdat(input: &str) -> Parsed<'_, Command> {
    let size = rule("a number of octets", map_res(digit1, str::parse));
    let (rest, (octets, last)) =
        pair(size, opt(preceded(space, rule("\"LAST\"", no_case("LAST"))))).parse(input)?;
    Ok((rest, Command::Bdat { octets, last: last.is_some() }))
}

/// ```abnf
/// burl-cmd = "BURL" SP absolute-URI [ SP end-marker ] CRLF
/// ```
pub(super) fn burl(input: &str) -> Parsed<'_, Command> {
    let uri = rule("a URL", take_while1(|c| c != ' '));
    let (rest, (uri, last)) =
        pair(uri, opt(preceded(space, rule("\"LAST\"", no_case("LAST"))))).parse(input)?;
    match Url::parse(uri) {
        Ok(url) => Ok((rest, Command::Burl { url, last: last.is_some() })),
        Err(error) => miss_at(input, error),
    }
}

/// ```abnf
/// auth-command = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) [CRLF cancel-response]
/// sasl-mech = 1*20mech-char ; A-Z, 0-9, "-", "_"
/// initial-response = base64 / "="
/// ```
pub(super) fn auth(input: &str) -> Parsed<'_, Command> {
    let mech =
        rule("a SASL mechanism", take_while1(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
    let (rest, (mechanism, initial)) =
        pair(mech, opt(preceded(space, rule("base64", take_while1(|c: char| c.is_ascii_graphic())))))
            .parse(input)?;
    let initial = match initial {
        None => None,
        Some("=") => Some(Initial(Vec::new())),
        Some(encoded) => match base64::decode(encoded) {
            Ok(octets) => Some(Initial(octets)),
            Err(error) => return miss_at(encoded, error),
        },
    };
    if mechanism.len() > 20 {
        return miss(input, "a SASL mechanism");
    }
    Ok((rest, Command::Auth { mechanism: mechanism.to_ascii_uppercase(), initial }))
}

/// ```abnf
/// String = Atom / Quoted-string
/// ```
/// read as any printable characters: people send `VRFY Bob Example` and `HELP MAIL FROM`. Spaces around them do not count.
pub(super) fn string(input: &str) -> Parsed<'_, Text> {
    const PRINTABLE: Class = Class::of(b"\t").and_range(b' ', b'~').and_others();
    let (rest, text) = many1(input, "a text", &PRINTABLE)?;
    match text.trim_matches([' ', '\t']) {
        "" => miss(input, "a text"),
        text => Ok((rest, Text(text.to_string()))),
    }
}
