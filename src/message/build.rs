//! Making messages: plain text with a subject.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::address::{Address, write_list};
use super::date::Date;
use super::field::{self, FieldError};
use super::header::Header;
use super::qp;
use crate::wire::line::Normaliser;

/// A message whose body is one plain text.
///
/// ```
/// use edgepost::message::build::Text;
/// use edgepost::wire::address::Mailbox;
///
/// let message = Text {
///     to: vec![Mailbox::parse("bob@b.example")?.into()],
///     subject: "Hello".into(),
///     text: "Hi Bob!\n".into(),
///     date: 951_827_696_000,
///     ..Text::new(Mailbox::parse("alice@a.example")?.into(), "1@a.example")
/// };
/// let content = String::from_utf8(message.write()?)?;
/// assert!(content.starts_with("Date: Tue, 29 Feb 2000 12:34:56 +0000\r\nFrom: alice@a.example\r\nTo: bob@b.example\r\n"));
/// assert!(content.ends_with("\r\n\r\nHi Bob!\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Who wrote it.
    pub from: Address,
    /// Who sends it, if somebody else.
    pub sender: Option<Address>,
    /// Where answers go, if not to `from`.
    pub reply_to: Vec<Address>,
    /// For whom it is.
    pub to: Vec<Address>,
    /// Who else gets it.
    pub cc: Vec<Address>,
    /// Any printable text.
    pub subject: String,
    /// The body, with line ends of any kind. TAB is the only control that it may hold.
    pub text: String,
    /// Milliseconds since 1970 began, in UTC; of a year from 1900 to 9999.
    pub date: i64,
    /// `id-left@id-right`, in angle brackets or without.
    pub message_id: String,
}

impl Text {
    /// An empty message to nobody, of the start of 1970.
    pub fn new(from: Address, message_id: impl Into<String>) -> Self {
        Self {
            from,
            sender: None,
            reply_to: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: String::new(),
            text: String::new(),
            date: 0,
            message_id: message_id.into(),
        }
    }

    /// True when a header holds characters outside ASCII that cannot be encoded, those of a mailbox: only a server with
    /// SMTPUTF8 takes the message (RFC 6532).
    pub fn needs_utf8(&self) -> bool {
        let mut addresses = self.lists().into_iter().flat_map(|(_, _, addresses)| addresses);
        !self.message_id.is_ascii() || addresses.any(|address| !address.is_ascii())
    }

    /// The message, as it is sent: lines that end with CRLF and no CR or LF elsewhere, at most 998 octets in each.
    pub fn write(&self) -> Result<Vec<u8>, FieldError> {
        for (_, field, addresses) in self.lists() {
            addresses.iter().try_for_each(|address| address.check(field))?;
        }
        field::printable("subject", &self.subject)?;
        field::text("text", &self.text)?;
        let message_id = message_id(&self.message_id)?;
        let date = Date::from_unix(self.date);
        if !(1900..=9999).contains(&date.year()) {
            return Err(FieldError { field: "date", at: 0, rule: "a year from 1900 to 9999" });
        }

        let mut out = Vec::with_capacity(self.text.len() + 1024);
        Header::new("Date", &mut out).unit(&date.to_string()).end();
        for (name, _, addresses) in self.lists() {
            if !addresses.is_empty() {
                let mut header = Header::new(name, &mut out);
                write_list(addresses, &mut header);
                header.end();
            }
        }
        Header::new("Subject", &mut out).text(&self.subject).end();
        Header::new("Message-ID", &mut out).unit(&["<", message_id, ">"].concat()).end();
        write_body(&self.text, &mut out);
        Ok(out)
    }

    /// The headers that hold addresses, with the fields that they come from.
    fn lists(&self) -> [(&'static str, &'static str, &[Address]); 5] {
        [
            ("From", "from", core::slice::from_ref(&self.from)),
            ("Sender", "sender", self.sender.as_slice()),
            ("Reply-To", "reply_to", &self.reply_to),
            ("To", "to", &self.to),
            ("Cc", "cc", &self.cc),
        ]
    }
}

/// Writes the MIME headers and the text (RFC 2045, RFC 2046 section 4.1).
fn write_body(text: &str, out: &mut Vec<u8>) {
    let mut body = Vec::new();
    let mut line_ends = Normaliser::default();
    line_ends.write(text.as_bytes(), &mut body);
    body.extend_from_slice(line_ends.finish());
    if !body.is_empty() && !body.ends_with(b"\r\n") {
        body.extend_from_slice(b"\r\n");
    }
    let seven_bit = is_7bit(&body);
    Header::new("MIME-Version", out).unit("1.0").end();
    Header::new("Content-Type", out).unit("text/plain; charset=utf-8").end();
    Header::new("Content-Transfer-Encoding", out)
        .unit(if seven_bit { "7bit" } else { "quoted-printable" })
        .end();
    out.extend_from_slice(b"\r\n");
    if seven_bit {
        out.append(&mut body);
    } else {
        qp::encode(&body, out);
    }
}

/// ASCII in lines of at most 998 octets (RFC 2045 section 2.7).
pub(super) fn is_7bit(body: &[u8]) -> bool {
    let mut start = 0;
    body.is_ascii()
        && memchr::memchr_iter(b'\n', body).all(|end| {
            let length = end - 1 - start;
            start = end + 1;
            length <= 998
        })
}

/// ```abnf
/// msg-id = "<" id-left "@" id-right ">"
/// id-left = dot-atom-text
/// id-right = dot-atom-text / no-fold-literal
/// no-fold-literal = "[" *dtext "]"
/// ```
/// Read without its brackets, and as generously as readers do: graphic characters around one `@`.
pub(super) fn message_id(text: &str) -> Result<&str, FieldError> {
    let error = |at, rule| FieldError { field: "message_id", at, rule };
    let inner = text.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    let (id, offset) = inner.map_or((text, 0), |id| (id, 1));
    let graphic = |c: char| {
        !(c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')' | ',' | ';' | '\\'))
    };
    if let Some(at) = id.find(|c| !graphic(c)) {
        return Err(error(offset + at, "a character of a message identifier"));
    }
    let Some((left, right)) = id.split_once('@') else {
        return Err(error(offset + id.len(), "\"@\""));
    };
    match right.find('@') {
        Some(at) => Err(error(offset + left.len() + 1 + at, "one \"@\"")),
        None if left.is_empty() => Err(error(offset, "what is before \"@\"")),
        None if right.is_empty() => Err(error(offset + id.len(), "what is behind \"@\"")),
        None if id.len() > 900 => Err(error(900, "a shorter message identifier")),
        None => Ok(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::address::Mailbox;
    use std::vec;

    fn mailbox(text: &str) -> Mailbox {
        Mailbox::parse(text).unwrap()
    }

    fn message() -> Text {
        Text {
            to: vec![mailbox("bob@b.example").into()],
            date: 951_827_696_000,
            ..Text::new(Address::named("Alice", mailbox("alice@a.example")), "1@a.example")
        }
    }

    fn written(message: &Text) -> String {
        let content = String::from_utf8(message.write().unwrap()).unwrap();
        assert!(content.ends_with("\r\n"));
        let mut unclean = content.replace("\r\n", "");
        unclean.retain(|c| matches!(c, '\r' | '\n' | '\0'));
        assert_eq!(unclean, "");
        assert!(content.lines().all(|line| line.len() <= 998));
        content
    }

    fn body(text: &str) -> (String, String) {
        let content = written(&Text { text: text.to_string(), ..message() });
        let (headers, body) = content.split_once("\r\n\r\n").unwrap();
        let (_, encoding) = headers.rsplit_once("Content-Transfer-Encoding: ").unwrap();
        (encoding.to_string(), body.to_string())
    }

    #[test]
    fn a_message_with_every_header() {
        let message = Text {
            sender: Some(mailbox("office@a.example").into()),
            reply_to: vec![mailbox("help@a.example").into()],
            to: vec![Address::named("Bob", mailbox("bob@b.example")), mailbox("carol@c.example").into()],
            cc: vec![Address::named("Dörte", mailbox("doerte@d.example"))],
            subject: "Grüße".to_string(),
            text: "Hallo Bob,\n\nschöne Grüße\n".to_string(),
            ..message()
        };
        assert_eq!(
            written(&message),
            "Date: Tue, 29 Feb 2000 12:34:56 +0000\r\n\
             From: Alice <alice@a.example>\r\n\
             Sender: office@a.example\r\n\
             Reply-To: help@a.example\r\n\
             To: Bob <bob@b.example>, carol@c.example\r\n\
             Cc: =?utf-8?B?RMO2cnRl?= <doerte@d.example>\r\n\
             Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\
             Message-ID: <1@a.example>\r\n\
             MIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\
             \r\n\
             Hallo Bob,\r\n\
             \r\n\
             sch=C3=B6ne Gr=C3=BC=C3=9Fe\r\n"
        );
        assert!(!message.needs_utf8());
    }

    #[test]
    fn a_text_is_encoded_only_if_it_must_be() {
        let x = |n| "x".repeat(n);
        for (text, encoding) in [
            ("", "7bit"),
            ("a = b \tc ", "7bit"),
            (&*x(998), "7bit"),
            (&*[&x(998), "\n", &x(998), "\r\n"].concat(), "7bit"),
            (&*x(999), "quoted-printable"),
            (&*["short\n", &x(999)].concat(), "quoted-printable"),
            ("é", "quoted-printable"),
        ] {
            assert_eq!(body(text).0, encoding, "{text}");
        }
    }

    #[test]
    fn line_ends_of_any_kind_become_crlf() {
        for text in ["a\nb\n", "a\r\nb\r\n", "a\rb\r", "a\nb", "a\r\nb"] {
            assert_eq!(body(text).1, "a\r\nb\r\n", "{text:?}");
        }
        assert_eq!(body("\n\r\r\n").1, "\r\n\r\n\r\n");
        assert_eq!(body("é\rb\n\n").1, "=C3=A9\r\nb\r\n\r\n");
        assert_eq!(body("").1, "");
        assert_eq!(body(".\n..\n").1, ".\r\n..\r\n");
    }

    #[test]
    fn a_text_reads_back_equal() {
        for text in
            ["Ünïcödé tëxt \t\r\n".repeat(50), "x".repeat(5000) + "\r\n", "日本語\r\n.\r\n=\r\n".repeat(9)]
        {
            let mut decoded = vec![];
            assert!(qp::decode(body(&text).1.as_bytes(), &mut decoded).is_none());
            assert_eq!(String::from_utf8(decoded).unwrap(), text);
        }
    }

    #[test]
    fn nothing_gets_into_the_headers_by_a_field() {
        let evil = "x\r\nBcc: eve@e.example";
        let address = || Address::named(evil, mailbox("bob@b.example"));
        for (message, field, at) in [
            (Text { subject: evil.to_string(), ..message() }, "subject", 1),
            (Text { subject: "tab\t".to_string(), ..message() }, "subject", 3),
            (Text { from: address(), ..message() }, "from", 1),
            (Text { sender: Some(address()), ..message() }, "sender", 1),
            (Text { reply_to: vec![address()], ..message() }, "reply_to", 1),
            (Text { to: vec![mailbox("a@b").into(), address()], ..message() }, "to", 1),
            (Text { cc: vec![address()], ..message() }, "cc", 1),
            (Text { text: "a\r\n\tb\0".to_string(), ..message() }, "text", 5),
            (Text { text: "\u{1b}[2J".to_string(), ..message() }, "text", 0),
            (Text { message_id: "1@a\r\nX: y".to_string(), ..message() }, "message_id", 3),
            (Text { message_id: "<1 @a>".to_string(), ..message() }, "message_id", 2),
            (Text { message_id: "<1>".to_string(), ..message() }, "message_id", 2),
            (Text { message_id: "@a".to_string(), ..message() }, "message_id", 0),
            (Text { message_id: "1@".to_string(), ..message() }, "message_id", 2),
            (Text { message_id: "1@a@b".to_string(), ..message() }, "message_id", 3),
            (Text { message_id: "<1@a".to_string(), ..message() }, "message_id", 0),
            (Text { message_id: String::new(), ..message() }, "message_id", 0),
            (Text { date: i64::MIN, ..message() }, "date", 0),
            (Text { date: -2_208_988_800_001, ..message() }, "date", 0),
            (Text { date: 253_402_300_800_000, ..message() }, "date", 0),
        ] {
            let error = message.write().unwrap_err();
            assert_eq!((error.field, error.at), (field, at), "{message:?}");
        }
    }

    #[test]
    fn message_identifiers_with_and_without_brackets() {
        for id in ["1@a.example", "<1@a.example>"] {
            assert!(
                written(&Text { message_id: id.to_string(), ..message() })
                    .contains("\r\nMessage-ID: <1@a.example>\r\n")
            );
        }
        assert!(message_id("a-b.c@[IPv6:::1]").is_ok());
    }

    #[test]
    fn only_mailboxes_outside_ascii_need_smtputf8() {
        assert!(!Text { subject: "é".to_string(), text: "é".to_string(), ..message() }.needs_utf8());
        let message = Text { cc: vec![Address::named("José", mailbox("josé@例.example"))], ..message() };
        assert!(message.needs_utf8());
        assert!(written(&message).contains("\r\nCc: =?utf-8?B?Sm9zw6k=?= <josé@例.example>\r\n"));
    }
}
