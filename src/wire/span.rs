//! Which octets of a reply or a command match which rule of the grammar (RFC 5321 section 4), for those who show it.

use alloc::vec::Vec;

use nom::{Offset, Parser};

use super::abnf::SyntaxError;
use super::address::{self, Limits};
use super::command::{Command, CommandError};
use super::param;
use super::reply::{Assembler, Reply, ReplyError, reply_line};

/// Octets that match a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The rule, by its name in the ABNF of the RFC that it comes from.
    pub rule: &'static str,
    /// The first octet, from the start of the text.
    pub start: usize,
    /// Behind the last octet.
    pub end: usize,
}

/// Reads a command line without its CRLF, and what its parts are; a part comes before what is in it.
///
/// ```
/// use edgepost::wire::{address::Limits, span};
///
/// let (_, spans) = span::command("RCPT TO:<bob@example.com>", &Limits::default())?;
/// let domain = spans.iter().find(|span| span.rule == "Domain").unwrap();
/// assert_eq!((domain.start, domain.end), (13, 24));
/// # Ok::<(), edgepost::wire::command::CommandError>(())
/// ```
pub fn command(line: &str, limits: &Limits) -> Result<(Command, Vec<Span>), CommandError> {
    let command = Command::parse(line.as_bytes(), limits)?;
    let line = line.trim_end_matches([' ', '\t']);
    let mut marks = Marks { text: line, spans: Vec::new() };
    let argument = line.get(command.verb().len()..).unwrap_or_default().trim_start_matches(' ');
    if let Some(rule) = command_rule(&command) {
        marks.add(rule, line);
    }
    match &command {
        Command::Ehlo(_) | Command::Helo(_) | Command::Lhlo(_) => marks.host(argument),
        Command::Mail { .. } => {
            let path = behind_colon(argument);
            let rest = address::reverse_path(limits).parse(path).map_or("", |(rest, _)| rest);
            marks.path("Reverse-path", &path[..path.len() - rest.len()]);
            marks.params("Mail-parameters", rest);
        }
        Command::Rcpt { .. } => {
            let path = behind_colon(argument);
            let rest = address::forward_path(limits).parse(path).map_or("", |(rest, _)| rest);
            marks.path("Forward-path", &path[..path.len() - rest.len()]);
            marks.params("Rcpt-parameters", rest);
        }
        Command::Bdat { .. } => marks.words(argument, ["chunk-size", "end-marker"]),
        Command::Burl { .. } => marks.words(argument, ["absolute-URI", "end-marker"]),
        Command::Auth { .. } => marks.words(argument, ["sasl-mech", "initial-response"]),
        Command::Vrfy(_) | Command::Expn(_) | Command::Help(Some(_)) | Command::Noop(Some(_)) => {
            marks.add("String", argument);
        }
        Command::Etrn(_) => marks.add("node-name", argument.trim_start_matches(['@', '#'])),
        Command::Xclient(_) | Command::Xforward(_) => {
            for attribute in words(argument) {
                if let Some((name, value)) = attribute.split_once('=') {
                    marks.add("attribute-name", name);
                    marks.add("attribute-value", value);
                }
            }
        }
        Command::Data
        | Command::Rset
        | Command::Quit
        | Command::StartTls
        | Command::Help(None)
        | Command::Noop(None) => {}
    }
    Ok((command, marks.spans))
}

/// The rule that the whole line matches, where an RFC has given it a name.
const fn command_rule(command: &Command) -> Option<&'static str> {
    match command {
        Command::Ehlo(_) => Some("ehlo"),
        Command::Helo(_) => Some("helo"),
        Command::Mail { .. } => Some("mail"),
        Command::Rcpt { .. } => Some("rcpt"),
        Command::Data => Some("data"),
        Command::Bdat { .. } => Some("bdat-cmd"),
        Command::Burl { .. } => Some("burl-cmd"),
        Command::Rset => Some("rset"),
        Command::Noop(_) => Some("noop"),
        Command::Quit => Some("quit"),
        Command::Auth { .. } => Some("auth-command"),
        Command::Vrfy(_) => Some("vrfy"),
        Command::Expn(_) => Some("expn"),
        Command::Help(_) => Some("help"),
        Command::Lhlo(_)
        | Command::StartTls
        | Command::Etrn(_)
        | Command::Xclient(_)
        | Command::Xforward(_) => None,
    }
}

/// Reads one whole reply, each line with or without its CRLF, and what its parts are. An error comes with the octet at
/// which its line begins, or at which the text is wrong.
pub fn reply(text: &str) -> Result<(Reply, Vec<Span>), (usize, ReplyError)> {
    let fault = |at, rule| (at, ReplyError::Syntax(SyntaxError { at, rule }));
    let text = text.strip_suffix('\n').unwrap_or(text);
    let mut marks = Marks { text, spans: Vec::new() };
    let mut assembler = Assembler::default();
    let mut enhanced = None;
    let mut reply = None;
    for line in text.split('\n') {
        let at = text.offset(line);
        if reply.is_some() {
            return Err(fault(at, "the end of the reply"));
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        reply = assembler.push(line.as_bytes(), usize::MAX).map_err(|error| match error {
            ReplyError::Syntax(SyntaxError { at: inside, rule }) => fault(at + inside, rule),
            error => (at, error),
        })?;
        let Ok(parts) = reply_line(line) else { continue };
        marks.add("Reply-line", line);
        marks.add("Reply-code", &line[..3]);
        if parts.enhanced.is_some() && *enhanced.get_or_insert(parts.enhanced) == parts.enhanced {
            let code = &parts.whole[..parts.whole.len() - parts.text.len()];
            marks.add("status-code", code.trim_end_matches(' '));
            marks.add("textstring", parts.text);
        } else {
            enhanced.get_or_insert(None);
            marks.add("textstring", parts.whole);
        }
    }
    reply.map(|reply| (reply, marks.spans)).ok_or(fault(text.len(), "another line of the reply"))
}

struct Marks<'a> {
    text: &'a str,
    spans: Vec<Span>,
}

impl<'a> Marks<'a> {
    /// Marks a part of the text; an empty one is none.
    fn add(&mut self, rule: &'static str, part: &'a str) {
        if !part.is_empty() {
            let start = self.text.offset(part);
            self.spans.push(Span { rule, start, end: start + part.len() });
        }
    }

    /// The name in EHLO, which need not be a domain.
    fn host(&mut self, name: &'a str) {
        if address::address_literal(name).is_ok_and(|(rest, _)| rest.is_empty()) {
            self.add("address-literal", name);
        } else if address::domain(name).is_ok_and(|(rest, _)| rest.is_empty()) {
            self.add("Domain", name);
        }
    }

    fn path(&mut self, rule: &'static str, path: &'a str) {
        self.add(rule, path);
        let inside = path.strip_prefix('<').and_then(|path| path.strip_suffix('>')).unwrap_or_default();
        let mailbox = match inside.split_once(':').filter(|_| inside.starts_with('@')) {
            Some((route, mailbox)) => {
                self.add("A-d-l", route);
                mailbox
            }
            None => inside,
        };
        let Ok((rest, local_part)) = address::local_part(mailbox) else { return };
        let Some(domain) = rest.strip_prefix('@') else { return };
        self.add("Mailbox", mailbox);
        self.add("Local-part", local_part);
        self.add(if domain.starts_with('[') { "address-literal" } else { "Domain" }, domain);
    }

    fn params(&mut self, rule: &'static str, params: &'a str) {
        self.add(rule, params.trim_start_matches(' '));
        for text in words(params) {
            let Ok((rest, keyword)) = param::esmtp_keyword(text) else { return };
            self.add("esmtp-param", text);
            self.add("esmtp-keyword", keyword);
            self.add("esmtp-value", rest.strip_prefix('=').unwrap_or_default());
        }
    }

    fn words(&mut self, argument: &'a str, rules: [&'static str; 2]) {
        for (rule, word) in rules.into_iter().zip(words(argument)) {
            self.add(rule, word);
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// What follows `FROM:` or `TO:`, and spaces.
fn behind_colon(argument: &str) -> &str {
    let (_, rest) = argument.split_once(':').unwrap_or_default();
    rest.trim_start_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::String;

    fn shown(text: &str, spans: &[Span]) -> Vec<String> {
        spans.iter().map(|span| format!("{}={}", span.rule, &text[span.start..span.end])).collect()
    }

    // covers: RFC 5321 section 4.1.1 both
    #[test]
    fn the_parts_of_commands() {
        for (line, parts) in [
            ("EHLO client.example", &["ehlo=EHLO client.example", "Domain=client.example"][..]),
            ("lhlo [192.0.2.1] ", &["address-literal=[192.0.2.1]"]),
            ("HELO under_score", &["helo=HELO under_score"]),
            ("MAIL FROM:<>", &["mail=MAIL FROM:<>", "Reverse-path=<>"]),
            (
                "MAIL FROM: <jörg@bücher.example>  SIZE=1 SMTPUTF8",
                &[
                    "mail=MAIL FROM: <jörg@bücher.example>  SIZE=1 SMTPUTF8",
                    "Reverse-path=<jörg@bücher.example>",
                    "Mailbox=jörg@bücher.example",
                    "Local-part=jörg",
                    "Domain=bücher.example",
                    "Mail-parameters=SIZE=1 SMTPUTF8",
                    "esmtp-param=SIZE=1",
                    "esmtp-keyword=SIZE",
                    "esmtp-value=1",
                    "esmtp-param=SMTPUTF8",
                    "esmtp-keyword=SMTPUTF8",
                ],
            ),
            (
                "rcpt to:<@a.example,@b.example:\"x:@y\"@[IPv6:::1]> NOTIFY=NEVER",
                &[
                    "rcpt=rcpt to:<@a.example,@b.example:\"x:@y\"@[IPv6:::1]> NOTIFY=NEVER",
                    "Forward-path=<@a.example,@b.example:\"x:@y\"@[IPv6:::1]>",
                    "A-d-l=@a.example,@b.example",
                    "Mailbox=\"x:@y\"@[IPv6:::1]",
                    "Local-part=\"x:@y\"",
                    "address-literal=[IPv6:::1]",
                    "Rcpt-parameters=NOTIFY=NEVER",
                    "esmtp-param=NOTIFY=NEVER",
                    "esmtp-keyword=NOTIFY",
                    "esmtp-value=NEVER",
                ],
            ),
            ("RCPT TO:<Postmaster>", &["rcpt=RCPT TO:<Postmaster>", "Forward-path=<Postmaster>"]),
            ("BDAT  5   LAST", &["bdat-cmd=BDAT  5   LAST", "chunk-size=5", "end-marker=LAST"]),
            (
                "BURL imap://a LAST",
                &["burl-cmd=BURL imap://a LAST", "absolute-URI=imap://a", "end-marker=LAST"],
            ),
            ("AUTH PLAIN =", &["auth-command=AUTH PLAIN =", "sasl-mech=PLAIN", "initial-response=="]),
            ("VRFY Bob Example", &["vrfy=VRFY Bob Example", "String=Bob Example"]),
            ("ETRN @example.com", &["node-name=example.com"]),
            ("DATA ", &["data=DATA"]),
            ("STARTTLS", &[]),
            (
                "XCLIENT ADDR=192.0.2.1  NAME=a+20b",
                &[
                    "attribute-name=ADDR",
                    "attribute-value=192.0.2.1",
                    "attribute-name=NAME",
                    "attribute-value=a+20b",
                ],
            ),
        ] {
            let (_, spans) =
                command(line, &Limits::default()).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert_eq!(shown(line, &spans), parts, "{line}");
        }
    }

    // covers: RFC 5321 section 4.2 both
    #[test]
    fn the_parts_of_replies() {
        for (text, parts) in [
            ("250 OK", &["Reply-line=250 OK", "Reply-code=250", "textstring=OK"][..]),
            ("250", &["Reply-line=250", "Reply-code=250"]),
            ("550 5.1.1\r\n", &["Reply-line=550 5.1.1", "Reply-code=550", "status-code=5.1.1"]),
            (
                "550-5.1.1 no\r\n550-5.1.2 other\r\n550 5.1.1 user\r\n",
                &[
                    "Reply-line=550-5.1.1 no",
                    "Reply-code=550",
                    "status-code=5.1.1",
                    "textstring=no",
                    "Reply-line=550-5.1.2 other",
                    "Reply-code=550",
                    "textstring=5.1.2 other",
                    "Reply-line=550 5.1.1 user",
                    "Reply-code=550",
                    "status-code=5.1.1",
                    "textstring=user",
                ],
            ),
            (
                "250-é\n250 2.0.0 x",
                &[
                    "Reply-line=250-é",
                    "Reply-code=250",
                    "textstring=é",
                    "Reply-line=250 2.0.0 x",
                    "Reply-code=250",
                    "textstring=2.0.0 x",
                ],
            ),
        ] {
            let (_, spans) = reply(text).unwrap();
            assert_eq!(shown(text, &spans), parts, "{text}");
        }
    }

    // covers: RFC 5321 section 4.2 both
    #[test]
    fn errors_of_replies_point_at_the_octet() {
        for (text, at) in [
            ("", 0),
            ("hello", 0),
            ("250-a", 5),
            ("250-a\r\n", 6),
            ("250-a\r\n251 b", 7),
            ("250 a\r\n250 b", 7),
            ("250 a\r\n\r\n", 7),
            ("250-a\r\n250x", 10),
            ("250-é\r\nx", 8),
        ] {
            assert_eq!(reply(text).map_err(|(at, _)| at).map(drop), Err(at), "{text:?}");
        }
    }

    #[test]
    fn spans_are_inside_the_text_and_on_characters_for_all_that_parses() {
        let words = [
            "MAIL FROM:",
            "<",
            ">",
            "@",
            "a",
            "é",
            "\"",
            "\\",
            " ",
            "SIZE=",
            "1",
            ":",
            ",",
            "[IPv6:::1]",
            ".",
        ];
        let mut seed = 1_u32;
        for _ in 0..20_000 {
            let mut line = String::from("MAIL FROM:<");
            for _ in 0..8 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                line.push_str(words[(seed >> 16) as usize % words.len()]);
            }
            line.push('>');
            if let Ok((_, spans)) = command(&line, &Limits::default()) {
                assert_eq!(shown(&line, &spans).len(), spans.len());
                assert!(spans.iter().any(|span| span.rule == "Reverse-path"), "{line}");
            }
        }
    }
}
