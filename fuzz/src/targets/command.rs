//! Commands (RFC 5321 section 4.1 and the extensions): any line, and every command that can be built.

use arbitrary::{Result, Unstructured};
use edgepost::wire::address::{ForwardPath, HostName, Limits, ReversePath};
use edgepost::wire::command::attributes::Attributes;
use edgepost::wire::command::etrn::{Etrn, Scope};
use edgepost::wire::command::url::Url;
use edgepost::wire::command::{Command, CommandError, Initial, Text};
use edgepost::wire::param::{Param, Params};
use edgepost::wire::span;

use crate::grammar;

pub fn run(octets: &[u8]) {
    let limits = Limits::default();
    match Command::parse(octets, &limits) {
        Ok(command) => check(&command),
        Err(CommandError::Syntax(error)) => assert!(error.at <= octets.len(), "{error}"),
        Err(CommandError::Unrecognised) => {}
    }
    if let Ok(line) = std::str::from_utf8(octets) {
        check_spans(line);
    }
    if let Ok(command) = build(&mut Unstructured::new(octets)) {
        check(&command);
    }
}

/// Written, a command is one line that means the same; shown, it holds no secret.
fn check(command: &Command) {
    let mut written = Vec::new();
    command.write(&mut written);
    let line = written.strip_suffix(b"\r\n").expect("a line");
    assert!(!line.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)), "{command:?}");
    check_spans(std::str::from_utf8(line).expect("text"));
    assert_eq!(Command::parse(line, &Limits::default()).as_ref(), Ok(command), "what is written reads back");
    let shown = command.to_string();
    assert!(shown.starts_with(command.verb()));
    assert!(!shown.contains(|c: char| c.is_control() && c != '\t'), "{shown:?}");
    if let Command::Auth { mechanism, initial } = command {
        let redacted = if initial.is_some() { " [redacted]" } else { "" };
        assert_eq!(shown, format!("AUTH {mechanism}{redacted}"));
    } else if matches!(command, Command::Burl { .. }) {
        assert!(shown.len() <= line.len() + "[redacted]".len());
    } else {
        assert_eq!(shown.as_bytes(), line);
    }
}

/// A part is a part of the line, at characters, and of what comes before it or behind that.
fn check_spans(line: &str) {
    let limits = Limits::default();
    let Ok((command, spans)) = span::command(line, &limits) else {
        return assert!(Command::parse(line.as_bytes(), &limits).is_err(), "{line:?}");
    };
    assert_eq!(Command::parse(line.as_bytes(), &limits), Ok(command));
    check_nested(line, &spans);
}

/// Spans lie within the text, each inside an earlier one or behind it.
pub fn check_nested(text: &str, spans: &[span::Span]) {
    for (index, span) in spans.iter().enumerate() {
        assert!(text.get(span.start..span.end).is_some(), "{span:?} of {text:?}");
        for earlier in &spans[..index] {
            let inside = earlier.start <= span.start && span.end <= earlier.end;
            assert!(inside || earlier.end <= span.start, "{span:?} and {earlier:?} of {text:?}");
        }
    }
}

/// Any command, by its constructors.
fn build(u: &mut Unstructured) -> Result<Command> {
    let bad = |_| arbitrary::Error::IncorrectFormat;
    let utf8 = u.arbitrary()?;
    Ok(match u.int_in_range(0..=18)? {
        0 => Command::Ehlo(host(u, utf8)?),
        1 => Command::Helo(host(u, utf8)?),
        2 => {
            let null = u.ratio(1, 4)?;
            let (local, domain) = grammar::mailbox(u, utf8)?;
            let text = if null { String::new() } else { format!("{local}@{domain}") };
            Command::Mail { from: ReversePath::parse(&text).map_err(bad)?, params: params(u, utf8)? }
        }
        3 => {
            let postmaster = u.ratio(1, 8)?;
            let (local, domain) = grammar::mailbox(u, utf8)?;
            let text = if postmaster { "postmaster".into() } else { format!("{local}@{domain}") };
            Command::Rcpt { to: ForwardPath::parse(&text).map_err(bad)?, params: params(u, utf8)? }
        }
        4 => Command::Bdat { octets: u.arbitrary()?, last: u.arbitrary()? },
        5 => Command::Auth {
            mechanism: ["PLAIN", "LOGIN", "SCRAM-SHA-256-PLUS", "X_9"][u.choose_index(4)?].into(),
            initial: if u.arbitrary()? { Some(Initial(u.arbitrary()?)) } else { None },
        },
        6 => Command::Vrfy(text(u)?),
        7 => Command::Expn(text(u)?),
        8 => Command::Help(if u.arbitrary()? { Some(text(u)?) } else { None }),
        9 => Command::Noop(if u.arbitrary()? { Some(text(u)?) } else { None }),
        10 => Command::Data,
        11 => Command::Rset,
        12 => Command::Quit,
        13 => Command::Lhlo(host(u, utf8)?),
        14 => Command::Burl { url: Url::parse(u.arbitrary()?).map_err(bad)?, last: u.arbitrary()? },
        15 => {
            let scope = *u.choose(&[Scope::Node, Scope::Subdomains, Scope::Queue])?;
            let name =
                if u.arbitrary()? { grammar::domain(u, utf8)? } else { u.arbitrary::<&str>()?.to_string() };
            Command::Etrn(Etrn::new(scope, &name).map_err(bad)?)
        }
        16 => Command::Xclient(attributes(u)?),
        17 => Command::Xforward(attributes(u)?),
        _ => Command::StartTls,
    })
}

fn host(u: &mut Unstructured, utf8: bool) -> Result<HostName> {
    let name = if u.arbitrary()? { grammar::domain(u, utf8)? } else { grammar::address_literal(u)? };
    Ok(HostName::parse(&name).unwrap_or_else(|error| panic!("what can be built parses: {name:?}: {error}")))
}

/// Texts are built from the input itself, too: what the constructor lets in has to come back.
fn text(u: &mut Unstructured) -> Result<Text> {
    if u.arbitrary()? {
        let text = grammar::text(u)?;
        return Ok(Text::parse(&text).unwrap_or_else(|error| panic!("{text:?}: {error}")));
    }
    Text::parse(u.arbitrary()?).map_err(|_| arbitrary::Error::IncorrectFormat)
}

/// Up to three parameters of the grammar.
pub fn params(u: &mut Unstructured, utf8: bool) -> Result<Params> {
    let mut params = Params::default();
    for _ in 0..u.int_in_range(0..=3)? {
        let keyword = grammar::esmtp_keyword(u)?;
        let value = if u.arbitrary()? { Some(grammar::esmtp_value(u, utf8)?) } else { None };
        let param = Param::new(&keyword, value.as_deref())
            .unwrap_or_else(|error| panic!("what can be built parses: {keyword}={value:?}: {error}"));
        params.add(param);
    }
    Ok(params)
}

fn attributes(u: &mut Unstructured) -> Result<Attributes> {
    let names = ["NAME", "addr", "PORT", "X_Own-1", "LOGIN"];
    let pairs: Result<Vec<(&str, &str)>> =
        (0..u.int_in_range(1..=3)?).map(|_| Ok((*u.choose(&names)?, u.arbitrary()?))).collect();
    Attributes::new(pairs?).map_err(|_| arbitrary::Error::IncorrectFormat)
}
