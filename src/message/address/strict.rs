//! Address lists by the grammar of RFC 5322 section 3.4, with the obsolete forms of section 4.4 and the UTF-8 of RFC 6532
//! section 3 where the caller allows them.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::{AddrSpec, Entry, Found, Reading};
use crate::message::charset::Charsets;
use crate::message::cursor::{Cursor, Parsed};
use crate::message::word;
use crate::wire::SyntaxError;
use crate::wire::abnf;

/// ```abnf
/// address-list = (address *("," address)) / obs-addr-list
/// obs-addr-list = *([CFWS] ",") address *("," [address / CFWS])
/// ```
pub fn list(text: &str, reading: Reading, charsets: &Charsets) -> Parsed<Vec<Entry>> {
    let mut cursor = Cursor::new(text, reading);
    let mut entries = Vec::new();
    cursor.separated(|next| next.is_none(), &mut |cursor| {
        entries.push(cursor.address(charsets)?);
        Ok(())
    })?;
    // A list of commas alone is none.
    if entries.is_empty() { cursor.miss("an address") } else { Ok(entries) }
}

/// One `addr-spec` with whatever white space and comments may be around it, and nothing else.
pub fn addr_spec(text: &str, reading: Reading) -> Parsed<AddrSpec> {
    let mut cursor = Cursor::new(text, reading);
    let addr_spec = cursor.addr_spec()?;
    cursor.end("the end of the address")?;
    Ok(addr_spec)
}

/// What may stand between angle brackets.
///
/// ```abnf
/// angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr
/// obs-angle-addr = [CFWS] "<" obs-route addr-spec ">" [CFWS]
/// ```
pub fn routed(text: &str, reading: Reading) -> Parsed<AddrSpec> {
    let mut cursor = Cursor::new(text, reading);
    cursor.route()?;
    let addr_spec = cursor.addr_spec()?;
    cursor.end("\">\"")?;
    Ok(addr_spec)
}

#[derive(PartialEq, Eq)]
enum Kind {
    Atom,
    /// With what it means.
    Quoted(String),
    Dot,
}

/// What phrases and local parts are made of.
struct Item {
    kind: Kind,
    span: Range<usize>,
    /// White space or comments come before it.
    spaced: bool,
}

impl Cursor<'_> {
    /// Items and commas between them; none or too many commas are obsolete.
    fn separated(
        &mut self,
        is_end: fn(Option<u8>) -> bool,
        item: &mut dyn FnMut(&mut Self) -> Parsed<()>,
    ) -> Parsed<()> {
        loop {
            let start = self.at;
            self.cfws()?;
            if self.next() == Some(b',') || is_end(self.next()) {
                self.obsolete(self.at, "an address")?;
            } else {
                self.at = start;
                self.comments.clear();
                item(self)?;
            }
            if is_end(self.next()) {
                return Ok(());
            }
            self.take(b',', "\",\"")?;
        }
    }

    /// ```abnf
    /// address = mailbox / group
    /// group = display-name ":" [group-list] ";" [CFWS]
    /// group-list = mailbox-list / CFWS / obs-group-list
    /// obs-group-list = 1*([CFWS] ",") [CFWS]
    /// ```
    fn address(&mut self, charsets: &Charsets) -> Parsed<Entry> {
        let items = self.items()?;
        if self.next() != Some(b':') || items.is_empty() {
            return Ok(Entry::Mailbox(self.mailbox(&items, charsets)?));
        }
        let name = self.phrase(&items, charsets)?;
        let start = items[0].span.start;
        self.at += 1;
        self.cfws()?;
        let mut members = Vec::new();
        if self.next() != Some(b';') {
            self.separated(|next| matches!(next, Some(b';') | None), &mut |cursor| {
                let items = cursor.items()?;
                members.push(cursor.mailbox(&items, charsets)?);
                Ok(())
            })?;
        }
        self.take(b';', "\",\" or \";\"")?;
        let whole = start..self.at;
        self.cfws()?;
        Ok(Entry::Group { name, members, whole })
    }

    /// ```abnf
    /// mailbox = name-addr / addr-spec
    /// name-addr = [display-name] angle-addr
    /// display-name = phrase
    /// ```
    /// What it begins with was read.
    fn mailbox(&mut self, items: &[Item], charsets: &Charsets) -> Parsed<Found> {
        let start = items.first().map_or(self.at, |item| item.span.start);
        if self.next() != Some(b'<') {
            let addr_spec = self.addr_spec_of(items)?;
            let comments = self.comments.iter().filter(|comment| comment.start >= addr_spec.span.end);
            let name = super::comments(self.text.as_bytes(), comments, charsets);
            let whole = start..self.comments.last().map_or(0, |comment| comment.end).max(addr_spec.span.end);
            return Ok(Found { name, address: Some(addr_spec.address()), addr_spec: addr_spec.span, whole });
        }
        let name = if items.is_empty() { None } else { Some(self.phrase(items, charsets)?) };
        self.at += 1;
        self.route()?;
        let addr_spec = self.addr_spec()?;
        self.take(b'>', "\">\"")?;
        let whole = start..self.at;
        self.cfws()?;
        let name = name.filter(|name| !name.is_empty());
        Ok(Found { name, address: Some(addr_spec.address()), addr_spec: addr_spec.span, whole })
    }

    /// ```abnf
    /// obs-route = obs-domain-list ":"
    /// obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
    /// ```
    fn route(&mut self) -> Parsed<()> {
        self.cfws()?;
        if !matches!(self.next(), Some(b'@' | b',')) {
            return Ok(());
        }
        self.obsolete(self.at, "a local part")?;
        loop {
            while self.next() == Some(b',') {
                self.at += 1;
                self.cfws()?;
            }
            match self.next() {
                Some(b'@') => {
                    self.at += 1;
                    self.domain()?;
                }
                Some(b':') => break,
                _ => return self.miss("\"@\" or \":\""),
            }
            if !matches!(self.next(), Some(b',' | b':')) {
                return self.miss("\",\" or \":\"");
            }
        }
        self.at += 1;
        Ok(())
    }

    /// ```abnf
    /// addr-spec = local-part "@" domain
    /// ```
    fn addr_spec(&mut self) -> Parsed<AddrSpec> {
        let items = self.items()?;
        self.addr_spec_of(&items)
    }

    fn addr_spec_of(&mut self, items: &[Item]) -> Parsed<AddrSpec> {
        let Some(first) = items.first() else { return self.miss("an address") };
        if self.next() != Some(b'@') {
            return self.miss("\"@\"");
        }
        let local_part = self.local_part(items)?;
        self.at += 1;
        let (domain, end) = self.domain()?;
        Ok(AddrSpec { local_part, domain, span: first.span.start..end })
    }

    /// ```abnf
    /// local-part = dot-atom / quoted-string / obs-local-part
    /// obs-local-part = word *("." word)
    /// ```
    /// What it means, written in the shortest way.
    fn local_part(&self, items: &[Item]) -> Parsed<String> {
        let mut local = String::new();
        let mut quoted = false;
        let mut is_word_next = true;
        for (at, item) in items.iter().enumerate() {
            if (item.kind != Kind::Dot) != is_word_next {
                let rule = if is_word_next { "a local part" } else { "\".\" or \"@\"" };
                return Err(SyntaxError { at: item.span.start, rule });
            }
            is_word_next = !is_word_next;
            quoted |= matches!(item.kind, Kind::Quoted(_));
            if at > 0 && (item.spaced || quoted) {
                self.obsolete(item.span.start, "\"@\"")?;
            }
            match &item.kind {
                Kind::Quoted(text) => local.push_str(text),
                _ => local.push_str(&self.text[item.span.clone()]),
            }
        }
        if is_word_next {
            return self.miss("a local part");
        }
        if quoted && !super::is_dot_atom(&local) {
            local = word::quote(&local);
        }
        Ok(local)
    }

    /// ```abnf
    /// phrase = 1*word / obs-phrase
    /// obs-phrase = word *(word / "." / CFWS)
    /// ```
    /// Encoded words may be in it, but not inside quotes (RFC 2047 section 5, rule 3).
    fn phrase(&self, items: &[Item], charsets: &Charsets) -> Parsed<String> {
        let mut text = String::new();
        let mut raw = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match &item.kind {
                Kind::Dot if at == 0 => return Err(SyntaxError { at: item.span.start, rule: "a word" }),
                Kind::Dot => self.obsolete(item.span.start, "a word")?,
                _ => {}
            }
            if at > 0 && item.spaced {
                raw.push(b' ');
            }
            match &item.kind {
                Kind::Quoted(quoted) => {
                    text.push_str(&word::decode(&raw, charsets));
                    raw.clear();
                    word::push_clean(quoted, &mut text);
                }
                _ => raw.extend_from_slice(self.text[item.span.clone()].as_bytes()),
            }
        }
        text.push_str(&word::decode(&raw, charsets));
        Ok(text)
    }

    /// ```abnf
    /// word = atom / quoted-string
    /// atom = [CFWS] 1*atext [CFWS]
    /// quoted-string = [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]
    /// ```
    /// Words and dots, up to what is neither.
    fn items(&mut self) -> Parsed<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            let spaced = self.cfws()?;
            let start = self.at;
            let kind = match self.next() {
                Some(b'.') => {
                    self.at += 1;
                    Kind::Dot
                }
                Some(b'"') => {
                    self.at += 1;
                    Kind::Quoted(self.quoted_string()?)
                }
                _ if self.atom()? => Kind::Atom,
                _ => return Ok(items),
            };
            items.push(Item { kind, span: start..self.at, spaced });
        }
    }

    /// Passes `1*atext`, if it is there.
    fn atom(&mut self) -> Parsed<bool> {
        let start = self.at;
        while self.pass(is_atext)? {}
        Ok(self.at > start)
    }

    /// ```abnf
    /// domain = dot-atom / domain-literal / obs-domain
    /// obs-domain = atom *("." atom)
    /// ```
    /// As it is meant, and where it ends. It is the name of a host, whose labels neither begin nor end with a hyphen (STD 13,
    /// which section 3.4.1 refers to).
    fn domain(&mut self) -> Parsed<(String, usize)> {
        self.cfws()?;
        if self.next() == Some(b'[') {
            return self.domain_literal();
        }
        let mut domain = String::new();
        loop {
            let start = self.at;
            if !self.atom()? {
                return self.miss("a domain");
            }
            let label = &self.text[start..self.at];
            if label.starts_with('-') || label.ends_with('-') {
                return Err(SyntaxError { at: start, rule: "a domain without hyphens at ends of labels" });
            }
            domain.push_str(label);
            let end = self.at;
            let mut spaced = self.cfws()?;
            if self.next() != Some(b'.') {
                return Ok((domain, end));
            }
            self.at += 1;
            spaced |= self.cfws()?;
            if spaced {
                self.obsolete(end, "a domain without spaces")?;
            }
            domain.push('.');
        }
    }

    /// ```abnf
    /// domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS]
    /// dtext = %d33-90 / %d94-126 / obs-dtext
    /// obs-dtext = obs-NO-WS-CTL / quoted-pair
    /// ```
    fn domain_literal(&mut self) -> Parsed<(String, usize)> {
        self.at += 1;
        let mut literal = String::from("[");
        loop {
            if self.fws()? {
                literal.push(' ');
            }
            let start = self.at;
            if self.next() == Some(b'\\') {
                self.obsolete(start, "a domain literal")?;
                self.quoted_pair()?;
            } else if !self.pass_text(is_dtext)? {
                break;
            }
            literal.push_str(&self.text[start..self.at]);
        }
        self.take(b']', "\"]\"")?;
        literal.push(']');
        let end = self.at;
        self.cfws()?;
        Ok((literal, end))
    }

    /// ```abnf
    /// qcontent = qtext / quoted-pair
    /// qtext = %d33 / %d35-91 / %d93-126 / obs-qtext
    /// obs-qtext = obs-NO-WS-CTL
    /// ```
    /// What it means; the quote in front of it was read.
    fn quoted_string(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            let mut start = self.at;
            if self.fws()? {
                // Line ends are folds.
                text.extend(self.text[start..self.at].chars().filter(|c| !matches!(c, '\r' | '\n')));
                start = self.at;
            }
            if self.next() == Some(b'\\') {
                start += 1;
                self.quoted_pair()?;
            } else if !self.pass_text(is_qtext)? {
                break;
            }
            text.push_str(&self.text[start..self.at]);
        }
        self.take(b'"', "a closing quote")?;
        Ok(text)
    }
}

fn is_atext(octet: u8) -> bool {
    abnf::is_atext(char::from(octet))
}

fn is_qtext(octet: u8) -> bool {
    matches!(octet, b'!' | b'#'..=b'[' | b']'..=b'~')
}

fn is_dtext(octet: u8) -> bool {
    matches!(octet, b'!'..=b'Z' | b'^'..=b'~')
}
