//! A message of one plain text with a subject (RFC 5322), made at once.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Builder, Options, Part, Segment};
use crate::message::address::Address;
use crate::message::field::FieldError;

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
        let mut message = Builder::new(Options::new("text"))?;
        message.date(self.date)?;
        for (name, field, addresses) in self.lists() {
            message.addresses(name, addresses).map_err(|error| FieldError { field, ..error })?;
        }
        message
            .text_field("Subject", &self.subject)
            .map_err(|error| FieldError { field: "subject", ..error })?;
        message
            .message_ids("Message-ID", &[&self.message_id])
            .map_err(|error| FieldError { field: "message_id", ..error })?;
        message.text(&Part::new("text/plain"), &self.text)?;
        // There is nothing but octets: no content was left out.
        Ok(message.finish().into_iter().flat_map(Segment::into_octets).collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{base64, qp};
    use crate::wire::address::Mailbox;
    use std::string::ToString;
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
            ("née", "quoted-printable"),
            ("é", "base64"),
            ("日本語", "base64"),
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
            let (encoding, body) = body(&text);
            let mut decoded = vec![];
            let damage = match &*encoding {
                "base64" => base64::decode(body.as_bytes(), &mut decoded),
                _ => qp::decode(body.as_bytes(), &mut decoded),
            };
            assert!(damage.is_none());
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
        written(&Text { message_id: "a-b.c@[IPv6:::1]".to_string(), ..message() });
    }

    #[test]
    fn only_mailboxes_outside_ascii_need_smtputf8() {
        assert!(!Text { subject: "é".to_string(), text: "é".to_string(), ..message() }.needs_utf8());
        let message = Text { cc: vec![Address::named("José", mailbox("josé@例.example"))], ..message() };
        assert!(message.needs_utf8());
        assert!(written(&message).contains("\r\nCc: =?utf-8?B?Sm9zw6k=?= <josé@例.example>\r\n"));
    }
}
