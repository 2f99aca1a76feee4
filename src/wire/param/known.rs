//! The parameters that somebody has specified: where each may stand, what has to be offered for it, and its values.

use super::super::abnf::SyntaxError;
use super::super::date_time::DateTime;
use super::{
    auth, body, checkpoint, deliver_by, dsn, future_release, mt_priority, rrvs, size_value, solicit,
};

/// The commands that have parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// `MAIL`
    Mail,
    /// `RCPT`
    Rcpt,
}

/// A parameter that is specified.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// In upper case.
    pub keyword: &'static str,
    /// Where it may stand.
    pub verb: Verb,
    /// The EHLO keyword that has to be offered; some values need another, which
    /// [`extension_for`](Self::extension_for) knows.
    pub extension: &'static str,
    /// Where it is specified.
    pub reference: &'static str,
    form: Form,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// There is none.
    Alone,
    Size,
    Body,
    Auth,
    Ret,
    Envid,
    By,
    HoldFor,
    HoldUntil,
    Priority,
    Solicit,
    Transid,
    Notify,
    Orcpt,
    Rrvs,
}

/// All of them.
pub const KNOWN: &[Known] = {
    use Verb::{Mail, Rcpt};
    &[
        row("SIZE", Mail, "SIZE", "RFC 1870", Form::Size),
        row("BODY", Mail, "8BITMIME", "RFC 6152", Form::Body),
        row("SMTPUTF8", Mail, "SMTPUTF8", "RFC 6531", Form::Alone),
        row("AUTH", Mail, "AUTH", "RFC 4954", Form::Auth),
        row("RET", Mail, "DSN", "RFC 3461", Form::Ret),
        row("ENVID", Mail, "DSN", "RFC 3461", Form::Envid),
        row("BY", Mail, "DELIVERBY", "RFC 2852", Form::By),
        row("HOLDFOR", Mail, "FUTURERELEASE", "RFC 4865", Form::HoldFor),
        row("HOLDUNTIL", Mail, "FUTURERELEASE", "RFC 4865", Form::HoldUntil),
        row("MT-PRIORITY", Mail, "MT-PRIORITY", "RFC 6710", Form::Priority),
        row("REQUIRETLS", Mail, "REQUIRETLS", "RFC 8689", Form::Alone),
        row("SOLICIT", Mail, "NO-SOLICITING", "RFC 3865", Form::Solicit),
        row("TRANSID", Mail, "CHECKPOINT", "RFC 1845", Form::Transid),
        row("PRDR", Mail, "PRDR", "PRDR", Form::Alone),
        row("NOTIFY", Rcpt, "DSN", "RFC 3461", Form::Notify),
        row("ORCPT", Rcpt, "DSN", "RFC 3461", Form::Orcpt),
        row("RRVS", Rcpt, "RRVS", "RFC 7293", Form::Rrvs),
    ]
};

const fn row(
    keyword: &'static str,
    verb: Verb,
    extension: &'static str,
    reference: &'static str,
    form: Form,
) -> Known {
    Known { keyword, verb, extension, reference, form }
}

/// The parameter of this keyword, in whatever case, for this command.
pub fn known(verb: Verb, keyword: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.verb == verb && known.keyword.eq_ignore_ascii_case(keyword))
}

impl Known {
    /// The EHLO keyword that has to be offered for this value: `BODY=BINARYMIME` needs more than `BODY=8BITMIME`.
    pub fn extension_for(&self, value: Option<&str>) -> &'static str {
        match (self.form, value) {
            (Form::Body, Some(value)) if value.eq_ignore_ascii_case("BINARYMIME") => "BINARYMIME",
            _ => self.extension,
        }
    }

    /// Checks a value; an error counts in it.
    pub fn check(&self, value: Option<&str>) -> Result<(), SyntaxError> {
        let value = match (self.form, value) {
            (Form::Alone, None) => return Ok(()),
            (Form::Alone, Some(_)) => return Err(SyntaxError { at: 0, rule: "no value" }),
            (_, None) => return Err(SyntaxError { at: 0, rule: "a value" }),
            (_, Some(value)) => value,
        };
        match self.form {
            Form::Alone => Ok(()),
            Form::Size => {
                let at = value.bytes().position(|octet| !octet.is_ascii_digit()).unwrap_or(20).min(20);
                let rule = "a number of octets, of 20 digits at most";
                size_value(value).map(drop).ok_or(SyntaxError { at: at.min(value.len()), rule })
            }
            Form::Body => body::Body::parse(value).map(drop),
            Form::Auth => auth::Auth::parse(value).map(drop),
            Form::Ret => dsn::Ret::parse(value).map(drop),
            Form::Envid => dsn::Envid::parse(value).map(drop),
            Form::By => deliver_by::DeliverBy::parse(value).map(drop),
            Form::HoldFor => future_release::Interval::parse(value).map(drop),
            Form::HoldUntil => DateTime::parse(value).map(drop),
            Form::Priority => mt_priority::Priority::parse(value).map(drop),
            Form::Solicit => solicit::Solicitation::parse(value).map(drop),
            Form::Transid => checkpoint::TransactionId::parse(value).map(drop),
            Form::Notify => dsn::Notify::parse(value).map(drop),
            Form::Orcpt => dsn::Orcpt::parse(value).map(drop),
            Form::Rrvs => rrvs::Rrvs::parse(value).map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Right = &'static [Option<&'static str>];
    /// With the octet where each goes wrong.
    type Wrong = &'static [(Option<&'static str>, usize)];

    const VALUES: &[(Verb, &str, Right, Wrong)] = &[
        (
            Verb::Mail,
            "size",
            &[Some("0"), Some("1"), Some("18446744073709551615"), Some("99999999999999999999")],
            &[
                (None, 0),
                (Some(""), 0),
                (Some("1k"), 1),
                (Some("-1"), 0),
                (Some("100000000000000000000"), 20),
            ],
        ),
        (
            Verb::Mail,
            "BODY",
            &[Some("7BIT"), Some("8bitmime"), Some("BINARYMIME")],
            &[(None, 0), (Some("9BIT"), 0)],
        ),
        (Verb::Mail, "SMTPUTF8", &[None], &[(Some("1"), 0)]),
        (Verb::Mail, "AUTH", &[Some("<>"), Some("a@b")], &[(None, 0), (Some("a@"), 2)]),
        (Verb::Mail, "RET", &[Some("FULL"), Some("hdrs")], &[(None, 0), (Some("HALF"), 0)]),
        (Verb::Mail, "ENVID", &[Some("a+20b")], &[(None, 0), (Some("a+0Ab"), 1)]),
        (Verb::Mail, "BY", &[Some("1;R"), Some("-1;NT")], &[(None, 0), (Some("0;R"), 0)]),
        (
            Verb::Mail,
            "HOLDFOR",
            &[Some("1"), Some("999999999")],
            &[(None, 0), (Some("0"), 0), (Some("01"), 0), (Some("1000000000"), 9), (Some("1s"), 1)],
        ),
        (
            Verb::Mail,
            "HOLDUNTIL",
            &[Some("2030-01-01T00:00:00Z")],
            &[(None, 0), (Some("2030-02-30T00:00:00Z"), 8), (Some("1"), 0)],
        ),
        (Verb::Mail, "MT-PRIORITY", &[Some("-9"), Some("0")], &[(None, 0), (Some("10"), 1)]),
        (Verb::Mail, "REQUIRETLS", &[None], &[(Some("YES"), 0)]),
        (Verb::Mail, "SOLICIT", &[Some("org.example:ADV")], &[(None, 0), (Some("1"), 0)]),
        (Verb::Mail, "TRANSID", &[Some("<a@b>")], &[(None, 0), (Some("a@b"), 0)]),
        (Verb::Mail, "PRDR", &[None], &[(Some(""), 0)]),
        (Verb::Rcpt, "NOTIFY", &[Some("NEVER"), Some("SUCCESS,DELAY")], &[(None, 0), (Some("DELAY,"), 6)]),
        (Verb::Rcpt, "ORCPT", &[Some("rfc822;a@b")], &[(None, 0), (Some("a@b"), 0)]),
        (Verb::Rcpt, "RRVS", &[Some("2014-04-03T23:01:00Z;C")], &[(None, 0), (Some("2014"), 4)]),
    ];

    // covers: RFC 5321 section 4.1.1.11 both
    #[test]
    fn every_known_parameter_says_which_values_it_has() {
        assert_eq!(VALUES.len(), KNOWN.len());
        for &(verb, keyword, right, wrong) in VALUES {
            let known = known(verb, keyword).unwrap_or_else(|| panic!("{keyword}"));
            for &value in right {
                assert_eq!(known.check(value), Ok(()), "{keyword}={value:?}");
            }
            for &(value, at) in wrong {
                assert_eq!(known.check(value).map_err(|error| error.at), Err(at), "{keyword}={value:?}");
            }
        }
    }

    #[test]
    fn a_parameter_is_known_for_its_command_only() {
        for keyword in ["NOTIFY", "ORCPT", "RRVS", "X-OWN", "", "__proto__", "constructor", "SIZE=1"] {
            assert_eq!(known(Verb::Mail, keyword), None, "{keyword}");
        }
        for keyword in ["SIZE", "BODY", "RET", "ENVID", "AUTH", "constructor"] {
            assert_eq!(known(Verb::Rcpt, keyword), None, "{keyword}");
        }
    }

    #[test]
    fn binary_content_needs_its_own_extension() {
        let body = known(Verb::Mail, "body").unwrap();
        for (value, extension) in [
            (Some("BINARYMIME"), "BINARYMIME"),
            (Some("binarymime"), "BINARYMIME"),
            (Some("8BITMIME"), "8BITMIME"),
            (Some("7BIT"), "8BITMIME"),
            (None, "8BITMIME"),
        ] {
            assert_eq!(body.extension_for(value), extension);
        }
        assert_eq!(known(Verb::Mail, "RET").unwrap().extension_for(Some("BINARYMIME")), "DSN");
    }
}
