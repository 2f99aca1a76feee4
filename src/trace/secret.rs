//! What may be shown of a session (RFC 4954 section 4): a trace leaks no credentials, nor what a password could be guessed
//! from.

use alloc::string::String;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::line::Line;
use crate::wire::base64;
use crate::wire::reply::is_telling;

/// What stands for what is not shown.
pub(super) const REDACTED: &str = "[redacted]";

/// The verbs of RFC 5321 and its extensions, some of them only history.
const VERBS: [&str; 24] = [
    "EHLO", "HELO", "MAIL", "RCPT", "DATA", "BDAT", "BURL", "RSET", "NOOP", "QUIT", "STARTTLS", "AUTH",
    "VRFY", "EXPN", "HELP", "LHLO", "ETRN", "ATRN", "TURN", "SEND", "SOML", "SAML", "XCLIENT", "XFORWARD",
];

/// Mechanisms whose names are known in any case. Of others, only upper case is a mechanism (RFC 4422 section 3.1); what
/// is not may be the secret itself.
const MECHANISMS: [&str; 16] = [
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "DIGEST-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-512-PLUS",
    "OAUTHBEARER",
    "XOAUTH2",
    "EXTERNAL",
    "ANONYMOUS",
    "GSSAPI",
    "NTLM",
];

/// The verb of a line, if it is one that is known.
pub(super) fn verb(line: &[u8]) -> Option<&'static str> {
    let word = words(line).next()?;
    VERBS.into_iter().find(|verb| verb.as_bytes().eq_ignore_ascii_case(word))
}

/// `AUTH` anywhere in a line that is no command: it may be one to the server, or with a stray octet before it.
pub(super) fn may_be_auth(line: &[u8]) -> bool {
    line.windows(4).any(|word| word.eq_ignore_ascii_case(b"AUTH"))
}

/// What a client has said in AUTH, which a server may say back: some do with all that they do not understand.
#[derive(Default)]
pub(super) struct Secrets(Vec<Zeroizing<String>>);

impl core::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Secrets {
    /// Two for each of the last responses: a password is said in the last, and a token in the last but one.
    const MOST: usize = 6;

    /// Another exchange begins.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// A line of AUTH: its last word, and the end of what that stands for, which is a password, a token or a proof.
    pub fn hear(&mut self, line: &[u8]) {
        let word = words(line).last().and_then(|word| core::str::from_utf8(word).ok()).unwrap_or_default();
        let decoded = base64::decode(word).map(Zeroizing::new).unwrap_or_default();
        let text = core::str::from_utf8(&decoded).unwrap_or_default().trim_end_matches('\x01');
        let end = text.rsplit(['\0', '\x01']).next().unwrap_or_default();
        let end = end.strip_prefix("auth=Bearer ").unwrap_or(end);
        let telling = [word, end].into_iter().filter(|secret| is_telling(secret));
        self.0.extend(telling.map(|secret| Zeroizing::new(secret.into())));
        let over = self.0.len().saturating_sub(Self::MOST);
        self.0.drain(..over);
    }

    /// A text of the server without them.
    pub fn hide(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) { text.replace(secret.as_str(), REDACTED) } else { text }
        })
    }
}

/// An AUTH command with its initial response cut out.
pub(super) fn auth(line: &Line) -> String {
    let mut shown = String::from("AUTH");
    let mut words = words(&line.head).skip(1).filter(|word| !word.is_empty()).peekable();
    if let Some(mechanism) = words.peek().copied().and_then(mechanism) {
        shown.push(' ');
        shown.push_str(mechanism);
        words.next();
    }
    if words.next().is_some() || line.cut {
        shown.push(' ');
        shown.push_str(REDACTED);
    }
    shown
}

/// A reply of 334 as it is shown. A challenge shows when it asks for a name or a password, or begins an exchange that is
/// worth nothing without the client's answer: CRAM-MD5's, and SCRAM's first. SCRAM's last is the server's proof, from which a
/// password can be guessed as well as from the client's; and a server may say a token back.
pub(super) fn challenge(reply: &str) -> String {
    let begin = reply.find("334").map_or(0, |at| at + 3);
    let (code, text) = reply.split_at(begin);
    let shows =
        base64::decode(text.trim_start_matches([' ', '-'])).is_ok_and(|challenge| is_harmless(&challenge));
    if shows { reply.into() } else { [code, " ", REDACTED].concat() }
}

fn is_harmless(challenge: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(challenge) else {
        return false;
    };
    let prompt = text.trim_end_matches(['\0', ' ', ':']).to_ascii_lowercase();
    matches!(prompt.as_str(), "" | "username" | "user name" | "user" | "password")
        || text.starts_with('<') && text.ends_with('>')
        || text.starts_with("r=") && text.split(',').any(|attribute| attribute.starts_with("s="))
}

/// True for a line of the server that is a challenge, or may be the beginning of one.
pub(super) fn may_be_challenge(line: &[u8]) -> bool {
    line.windows(3).any(|code| code == b"334")
}

/// ```abnf
/// sasl-mech = 1*20mech-char
/// mech-char = UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE
/// ```
fn mechanism(word: &[u8]) -> Option<&str> {
    let is_mech_char = |c: &u8| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_');
    let known = MECHANISMS.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word));
    let word = core::str::from_utf8(word).ok()?;
    (known || word.len() <= 20 && word.as_bytes().iter().all(is_mech_char)).then_some(word)
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|octet| matches!(octet, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        auth(&Line { head: line.into(), octets: line.len() as u64 + 2, whole: true, cut: false })
    }

    #[test]
    fn only_mechanisms_show() {
        for (line, text) in [
            ("AUTH", "AUTH"),
            ("AUTH PLAIN", "AUTH PLAIN"),
            ("auth plain ", "AUTH plain"),
            ("AUTH PLAIN =", "AUTH PLAIN [redacted]"),
            ("AUTH  PLAIN   AGEAYg==", "AUTH PLAIN [redacted]"),
            ("AUTH PLAIN AGEA Yg==", "AUTH PLAIN [redacted]"),
            ("AUTH X-UNHEARD-OF c2VjcmV0", "AUTH X-UNHEARD-OF [redacted]"),
            ("AUTH\tXOAUTH2\tdXNlcj0=", "AUTH XOAUTH2 [redacted]"),
            ("AUTH AGFsaWNlAHNlY3JldA==", "AUTH [redacted]"),
            ("AUTH hunter2", "AUTH [redacted]"),
            ("AUTH PLAINAGEAYg==", "AUTH [redacted]"),
            ("AUTH PLAIN=AGEAYg", "AUTH [redacted]"),
        ] {
            assert_eq!(shown(line), text, "{line}");
        }
    }

    #[test]
    fn challenges_show_when_they_are_worth_nothing_alone() {
        let shown = |challenge: &[u8]| super::challenge(&["334 ", &base64::encode(challenge)].concat());
        for harmless in [
            "",
            "Username:",
            "User Name\0",
            "Password:",
            "<1896.697170952@postoffice.reston.mci.net>",
            "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        ] {
            let line = ["334 ", &base64::encode(harmless.as_bytes())].concat();
            assert_eq!(super::challenge(&line), line);
        }
        for secret in
            ["v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "rspauth=1", "hunter2", "{\"status\":\"hunter2\"}", "r=x"]
        {
            assert_eq!(shown(secret.as_bytes()), "334 [redacted]");
        }
        assert_eq!(super::challenge("334"), "334");
        assert_eq!(super::challenge("334 hunter2!"), "334 [redacted]");
        assert_eq!(super::challenge("334-dj1h\n334 dj1h"), "334 [redacted]");
    }

    #[test]
    fn verbs_are_known_in_any_case() {
        assert_eq!(verb(b"mail from:<>"), Some("MAIL"));
        assert_eq!(verb(b"Data"), Some("DATA"));
        for line in ["", " EHLO a", "MAILFROM:<>", "c2VjcmV0", "AUTHX"] {
            assert_eq!(verb(line.as_bytes()), None, "{line}");
        }
    }
}
