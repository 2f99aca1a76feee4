//! The reply to `EHLO` (RFC 5321 section 4.1.1.1): what a server offers, and what the parameters of each extension say
//! (RFC 1870, 2852, 3865, 4468, 4865, 4954, 6710, 9422).

use alloc::string::String;

use super::date_time::DateTime;
use super::param::future_release::Interval;
use super::param::{esmtp_keyword, size_value};
use super::reply::Reply;

/// One line of the EHLO reply: a keyword, in upper case, and its parameters as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability<'a> {
    keyword: &'a str,
    /// With a space between them.
    parameters: &'a str,
}

impl<'a> Capability<'a> {
    /// The keyword, in upper case.
    pub const fn keyword(self) -> &'a str {
        self.keyword
    }

    /// The parameters as they were written.
    pub fn parameters(self) -> impl Iterator<Item = &'a str> + Clone {
        self.parameters.split_ascii_whitespace()
    }
}

/// What a server offers, in its order. Unknown keywords are kept; lines that are none are not.
///
/// All of it is one text: of each line the keyword in upper case, a space and a parameter for each that it has, and LF.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities(String);

impl Capabilities {
    /// Reads the reply: its first line is the server's name.
    ///
    /// ```abnf
    /// ehlo-line = ehlo-keyword *( SP ehlo-param )
    /// ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
    /// ehlo-param = 1*(%d33-126)
    /// ```
    /// `AUTH=LOGIN`, which old servers write, is read as `AUTH LOGIN`.
    pub fn parse(reply: &Reply) -> Self {
        let mut text = String::with_capacity(reply.text().len() + 1);
        for line in reply.lines().skip(1) {
            let Some((keyword, parameters)) = ehlo_line(line) else { continue };
            let start = text.len();
            text.push_str(keyword);
            text[start..].make_ascii_uppercase();
            for parameter in parameters.split_ascii_whitespace() {
                text.push(' ');
                text.push_str(parameter);
            }
            text.push('\n');
        }
        Self(text)
    }

    /// The first of this keyword, which is given in upper case.
    pub fn find(&self, keyword: &str) -> Option<Capability<'_>> {
        self.iter().find(|capability| capability.keyword == keyword)
    }

    /// True when this keyword, given in upper case, is offered.
    pub fn has(&self, keyword: &str) -> bool {
        self.find(keyword).is_some()
    }

    /// The largest message that the server takes, in octets (RFC 1870). `None` when it does not say.
    pub fn size(&self) -> Option<u64> {
        size_value(self.find("SIZE")?.parameters().next()?).filter(|&size| size > 0)
    }

    /// The SASL mechanisms (RFC 4954), of all AUTH lines.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        self.iter().filter(|capability| capability.keyword == "AUTH").flat_map(Capability::parameters)
    }

    /// What a server puts up with before it ends a session or refuses a recipient (RFC 9422).
    pub fn limits(&self) -> Limits {
        let given = |name: &str| {
            let mut values = self.find("LIMITS")?.parameters().filter_map(|parameter| {
                let (given, value) = parameter.split_once('=')?;
                given.eq_ignore_ascii_case(name).then(|| limit_value(value)).flatten()
            });
            values.next()
        };
        Limits {
            mail_max: given("MAILMAX"),
            rcpt_max: given("RCPTMAX"),
            rcpt_domain_max: given("RCPTDOMAINMAX"),
        }
    }

    /// When DELIVERBY is offered: the shortest time in seconds that may be asked for, if the server says (RFC 2852).
    pub fn deliver_by(&self) -> Option<Option<u64>> {
        let capability = self.find("DELIVERBY")?;
        // Behind a comma there may be what nobody has specified yet.
        let first = capability.parameters().next().and_then(|parameter| parameter.split(',').next());
        Some(first.and_then(|seconds| number(seconds, 9)))
    }

    /// When FUTURERELEASE is offered: how far away the release may be (RFC 4865).
    pub fn future_release(&self) -> Option<FutureRelease> {
        let mut parameters = self.find("FUTURERELEASE")?.parameters();
        let interval = parameters.next().and_then(|text| Interval::parse(text).ok());
        let until = parameters.next().and_then(|text| DateTime::parse(text).ok());
        Some(FutureRelease { interval: interval.map(Interval::seconds), until })
    }

    /// When MT-PRIORITY is offered: the priority assignment policy's name, as `MIXER`, if the server says (RFC 6710).
    pub fn priorities(&self) -> Option<Option<&str>> {
        Some(self.find("MT-PRIORITY")?.parameters().next())
    }

    /// The solicitation class keywords that the server does not want, when NO-SOLICITING is offered (RFC 3865).
    pub fn no_soliciting(&self) -> Option<impl Iterator<Item = &str>> {
        let capability = self.find("NO-SOLICITING")?;
        let words = capability.parameters().flat_map(|parameter| parameter.split(','));
        Some(words.filter(|word| !word.is_empty()))
    }

    /// What BURL may fetch: `imap`, or URLs that begin so, when it is offered (RFC 4468).
    pub fn burl(&self) -> Option<impl Iterator<Item = &str>> {
        self.find("BURL").map(Capability::parameters)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Capability<'_>> {
        self.0.split_terminator('\n').map(|line| {
            let (keyword, parameters) = line.split_once(' ').unwrap_or((line, ""));
            Capability { keyword, parameters }
        })
    }
}

/// The keyword of a line and what follows it; nothing when it does not begin with one.
fn ehlo_line(line: &str) -> Option<(&str, &str)> {
    let (rest, keyword) = esmtp_keyword(line).ok()?;
    match rest.strip_prefix('=').filter(|_| keyword.eq_ignore_ascii_case("AUTH")) {
        Some(parameters) => Some((keyword, parameters)),
        None if rest.is_empty() || rest.starts_with([' ', '\t']) => Some((keyword, rest)),
        None => None,
    }
}

/// What a server puts up with (RFC 9422); `None` is what it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Transactions in one session.
    pub mail_max: Option<u32>,
    /// Recipients in one transaction.
    pub rcpt_max: Option<u32>,
    /// Different domains of recipients in one transaction.
    pub rcpt_domain_max: Option<u32>,
}

/// How far away a release may be (RFC 4865); `None` is what the server does not say, or not so that it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FutureRelease {
    /// Seconds from now.
    pub interval: Option<u32>,
    /// A point in time.
    pub until: Option<DateTime>,
}

/// ```abnf
/// limits-value = %x31-39 0*5DIGIT ; of each of the three limits
/// ```
fn limit_value(text: &str) -> Option<u32> {
    let value = number(text, 6).filter(|_| !text.starts_with('0'))?;
    u32::try_from(value).ok()
}

/// A number of so many digits at most.
fn number(text: &str, digits: usize) -> Option<u64> {
    let known = (1..=digits).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    known.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn capabilities(text: &str) -> Capabilities {
        Capabilities::parse(&Reply::new(250, None, text))
    }

    #[test]
    fn keywords_in_any_case_and_their_parameters() {
        let capabilities = capabilities(
            "mx.example greets you\npipelining\nSize 1000\nAUTH PLAIN LOGIN\nAUTH=CRAM-MD5\nX-Own a b",
        );
        assert!(capabilities.has("PIPELINING"));
        assert!(!capabilities.has("CHUNKING"));
        assert_eq!(capabilities.size(), Some(1000));
        assert_eq!(capabilities.mechanisms().collect::<Vec<_>>(), ["PLAIN", "LOGIN", "CRAM-MD5"]);
        assert_eq!(capabilities.find("X-OWN").unwrap().parameters().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn the_first_line_is_no_keyword() {
        assert!(!capabilities("PIPELINING").has("PIPELINING"));
    }

    #[test]
    fn odd_lines_do_no_harm() {
        let capabilities = capabilities(
            "mx\n\n=\n__proto__\nconstructor\nSIZE\nSTARTTLS=x\n-X\nAUTH.PLAIN\nAUTH\u{a0}LOGIN",
        );
        assert_eq!(capabilities.iter().map(Capability::keyword).collect::<Vec<_>>(), ["CONSTRUCTOR", "SIZE"]);
        assert_eq!(capabilities.size(), None);
    }

    #[test]
    fn limits_are_numbers_of_six_digits() {
        for (line, limits) in [
            ("LIMITS", (None, None, None)),
            ("LIMITS MAILMAX=10 RCPTMAX=100 RCPTDOMAINMAX=1", (Some(10), Some(100), Some(1))),
            ("limits rcptmax=999999 X-NEW=5", (None, Some(999_999), None)),
            ("LIMITS MAILMAX=0 RCPTMAX=05", (None, None, None)),
            ("LIMITS MAILMAX=1000000 RCPTMAX=-1 RCPTDOMAINMAX=+1", (None, None, None)),
            ("LIMITS MAILMAX= RCPTMAX RCPTDOMAINMAX=1x", (None, None, None)),
            ("LIMITS MAILMAX=4294967297", (None, None, None)),
            ("LIMITS __proto__=1 constructor=2 MAILMAX=3 MAILMAX=4", (Some(3), None, None)),
            ("LIMITS MAILMAX=1\nLIMITS MAILMAX=2", (Some(1), None, None)),
            ("LIMITS MAILMAX=x MAILMAX=7", (Some(7), None, None)),
        ] {
            let Limits { mail_max, rcpt_max, rcpt_domain_max } =
                capabilities(&["mx\n", line].concat()).limits();
            assert_eq!((mail_max, rcpt_max, rcpt_domain_max), limits, "{line}");
        }
    }

    // covers: RFC 4468 server
    #[test]
    fn what_extensions_say_of_themselves() {
        let nothing = capabilities("mx");
        assert_eq!(
            (nothing.deliver_by(), nothing.future_release(), nothing.priorities()),
            (None, None, None)
        );
        assert!(nothing.no_soliciting().is_none() && nothing.burl().is_none());
        let bare = capabilities("mx\nDELIVERBY\nFUTURERELEASE\nMT-PRIORITY\nNO-SOLICITING\nBURL");
        assert_eq!((bare.deliver_by(), bare.priorities()), (Some(None), Some(None)));
        assert_eq!(bare.future_release(), Some(FutureRelease::default()));
        assert_eq!(bare.no_soliciting().map(Iterator::count), Some(0));
        assert_eq!(bare.burl().map(Iterator::count), Some(0));
        let full = capabilities(
            "mx\nDELIVERBY 120,X-NEW\nFUTURERELEASE 864000 2030-01-01T00:00:00Z\nMT-PRIORITY MIXER\n\
             NO-SOLICITING net.example:ADV,org.example:ADLT\nBURL imap imap://imap.example",
        );
        assert_eq!((full.deliver_by(), full.priorities()), (Some(Some(120)), Some(Some("MIXER"))));
        let until = DateTime::parse("2030-01-01T00:00:00Z").ok();
        assert_eq!(full.future_release(), Some(FutureRelease { interval: Some(864_000), until }));
        let unwanted: Vec<&str> = full.no_soliciting().unwrap().collect();
        assert_eq!(unwanted, ["net.example:ADV", "org.example:ADLT"]);
        assert!(full.burl().unwrap().eq(["imap", "imap://imap.example"]));
    }

    #[test]
    fn parameters_that_cannot_be_read_do_not_take_the_extension_away() {
        for (text, seconds) in [("-5", None), ("1234567890", None), ("0", Some(0)), ("x", None), (",", None)]
        {
            assert_eq!(
                capabilities(&["mx\nDELIVERBY ", text].concat()).deliver_by(),
                Some(seconds),
                "{text}"
            );
        }
        let odd = capabilities("mx\nFUTURERELEASE 0 2030-02-30T00:00:00Z").future_release();
        assert_eq!(odd, Some(FutureRelease::default()));
    }

    // covers: RFC 5321 section 4.1.1.1 client
    #[test]
    fn of_a_keyword_that_comes_twice_the_first_counts_and_both_are_kept() {
        let capabilities = capabilities("mx\nSIZE 100\nSIZE 200\nX 1\nx 2");
        assert_eq!(capabilities.size(), Some(100));
        assert_eq!(capabilities.iter().count(), 4);
    }

    #[test]
    fn a_size_of_zero_or_none_is_no_limit() {
        for (line, size) in [
            ("SIZE", None),
            ("SIZE 0", None),
            ("SIZE x", None),
            ("SIZE -1", None),
            ("SIZE 99999999999999999999", Some(u64::MAX)),
            ("SIZE 1 2", Some(1)),
        ] {
            assert_eq!(capabilities(&["mx\n", line].concat()).size(), size, "{line}");
        }
    }
}
