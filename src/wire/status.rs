//! The registry of enhanced status codes (RFC 3463, RFC 5248; the codes of RFC 3886, 4468, 4954, 6531, 6710, 7293, 7372,
//! 7504, 7505, 8617 and 8689), as IANA has it.

use super::reply::EnhancedCode;

/// What a registered code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    subject: u16,
    detail: u16,
    /// The sample text that is registered; empty for `X.6.10`, which is deprecated.
    pub name: &'static str,
    /// The reply codes that are registered with it; empty when none or no certain ones are.
    pub reply_codes: &'static [u16],
    /// Where it is specified.
    pub reference: &'static str,
    /// What it says, in plain words.
    pub description: &'static str,
}

impl Status {
    /// What it is about, as `"Addressing Status"`.
    pub fn subject(&self) -> &'static str {
        subject(self.subject).unwrap_or_default()
    }
}

/// What a code means, whatever its class; `None` when it is not registered.
///
/// ```
/// use edgepost::wire::{reply::EnhancedCode, status};
///
/// let status = status::describe(EnhancedCode::parse("5.1.1")?).unwrap();
/// assert_eq!(status.name, "Bad destination mailbox address");
/// # Ok::<(), edgepost::wire::SyntaxError>(())
/// ```
pub fn describe(code: EnhancedCode) -> Option<&'static Status> {
    class(code.class)?;
    REGISTRY.iter().find(|status| (status.subject, status.detail) == (code.subject, code.detail))
}

/// What the first number says (RFC 3463 section 3.1).
pub const fn class(class: u8) -> Option<&'static str> {
    match class {
        2 => Some("Success"),
        4 => Some("Persistent Transient Failure"),
        5 => Some("Permanent Failure"),
        _ => None,
    }
}

/// What the second number says (RFC 3463 section 3.2), for a code whose third is not registered too.
pub const fn subject(subject: u16) -> Option<&'static str> {
    match subject {
        0 => Some("Other or Undefined Status"),
        1 => Some("Addressing Status"),
        2 => Some("Mailbox Status"),
        3 => Some("Mail System Status"),
        4 => Some("Network and Routing Status"),
        5 => Some("Mail Delivery Protocol Status"),
        6 => Some("Message Content or Media Status"),
        7 => Some("Security or Policy Status"),
        _ => None,
    }
}

const fn row(
    subject: u16,
    detail: u16,
    name: &'static str,
    reply_codes: &'static [u16],
    reference: &'static str,
    description: &'static str,
) -> Status {
    Status { subject, detail, name, reply_codes, reference, description }
}

/// All of them, in order.
#[rustfmt::skip]
const REGISTRY: &[Status] = &[
    row(0, 0, "Other undefined Status", &[], "RFC 3463", "Nothing more is known than the class."),
    row(1, 0, "Other address status", &[], "RFC 3463", "Something about an address of the message."),
    row(1, 1, "Bad destination mailbox address", &[451, 550], "RFC 3463", "There is no such mailbox at the recipient's domain."),
    row(1, 2, "Bad destination system address", &[], "RFC 3463", "The recipient's domain does not exist or takes no mail."),
    row(1, 3, "Bad destination mailbox address syntax", &[501], "RFC 3463", "The recipient's address is not written as one."),
    row(1, 4, "Destination mailbox address ambiguous", &[], "RFC 3463", "The address could mean more than one mailbox."),
    row(1, 5, "Destination address valid", &[250], "RFC 3463", "The recipient's address is right."),
    row(1, 6, "Destination mailbox has moved, No forwarding address", &[], "RFC 3463", "The mailbox was there once; nobody knows where it went."),
    row(1, 7, "Bad sender's mailbox address syntax", &[], "RFC 3463", "The sender's address is not written as one."),
    row(1, 8, "Bad sender's system address", &[451, 501], "RFC 3463", "The sender's domain does not exist or takes no mail back."),
    row(1, 9, "Message relayed to non-compliant mailer", &[], "RFC 3886", "The message went on to a system that reports nothing."),
    row(1, 10, "Recipient address has null MX", &[556], "RFC 7505", "The recipient's domain says that it takes no mail at all."),
    row(2, 0, "Other or undefined mailbox status", &[], "RFC 3463", "Something about a mailbox that exists."),
    row(2, 1, "Mailbox disabled, not accepting messages", &[], "RFC 3463", "The mailbox exists and takes no messages."),
    row(2, 2, "Mailbox full", &[552], "RFC 3463", "The mailbox has no room left."),
    row(2, 3, "Message length exceeds administrative limit", &[552], "RFC 3463", "The message is larger than this mailbox takes."),
    row(2, 4, "Mailing list expansion problem", &[450, 452], "RFC 3463", "The mailing list could not be made into its members."),
    row(3, 0, "Other or undefined mail system status", &[221, 250, 421, 451, 550, 554], "RFC 3463", "Something about the recipient's mail system."),
    row(3, 1, "Mail system full", &[452], "RFC 3463", "The mail system has no room left."),
    row(3, 2, "System not accepting network messages", &[453, 521], "RFC 3463, RFC 7504", "The host takes no messages, now or ever."),
    row(3, 3, "System not capable of selected features", &[], "RFC 3463", "The mail system cannot do what the message asks for."),
    row(3, 4, "Message too big for system", &[552, 554], "RFC 3463", "The message is larger than this mail system takes."),
    row(3, 5, "System incorrectly configured", &[], "RFC 3463", "The mail system is set up in a way that it cannot take the message."),
    row(3, 6, "Requested priority was changed", &[250, 251], "RFC 6710", "The message was taken with another priority than it asked for."),
    row(4, 0, "Other or undefined network or routing status", &[], "RFC 3463", "Something went wrong on the way."),
    row(4, 1, "No answer from host", &[451], "RFC 3463", "The next host did not answer."),
    row(4, 2, "Bad connection", &[421], "RFC 3463", "The connection to the next host broke or was too slow."),
    row(4, 3, "Directory server failure", &[451, 550], "RFC 3463", "A directory, as DNS is one, did not answer."),
    row(4, 4, "Unable to route", &[], "RFC 3463", "No directory says where the message should go."),
    row(4, 5, "Mail system congestion", &[451], "RFC 3463", "The mail system has too much to do."),
    row(4, 6, "Routing loop detected", &[], "RFC 3463", "The message went in circles."),
    row(4, 7, "Delivery time expired", &[], "RFC 3463", "The message is too old, or past the time that it was given."),
    row(5, 0, "Other or undefined protocol status", &[220, 250, 251, 252, 253, 451, 452, 454, 458, 459, 501, 502, 503, 554], "RFC 3463", "Something about the protocol."),
    row(5, 1, "Invalid command", &[430, 500, 501, 503, 530, 550, 554, 555], "RFC 3463", "The command is not known, or not for now."),
    row(5, 2, "Syntax error", &[500, 501, 502, 550, 555], "RFC 3463", "The command cannot be read."),
    row(5, 3, "Too many recipients", &[451], "RFC 3463", "The message has more recipients than one transaction may have."),
    row(5, 4, "Invalid command arguments", &[451, 501, 502, 503, 504, 550, 555], "RFC 3463", "What follows the command cannot be read, or is out of range."),
    row(5, 5, "Wrong protocol version", &[], "RFC 3463", "The two sides speak different versions of the protocol."),
    row(5, 6, "Authentication Exchange line is too long", &[500], "RFC 4954", "A line of the authentication is longer than the server takes."),
    row(6, 0, "Other or undefined media error", &[], "RFC 3463", "Something about the content of the message."),
    row(6, 1, "Media not supported", &[], "RFC 3463", "The kind of content is not taken on the way."),
    row(6, 2, "Conversion required and prohibited", &[], "RFC 3463", "The content would have to be converted, and may not be."),
    row(6, 3, "Conversion required but not supported", &[554], "RFC 3463", "The content would have to be converted, and cannot be."),
    row(6, 4, "Conversion with loss performed", &[250], "RFC 3463", "The content was converted, and lost something."),
    row(6, 5, "Conversion Failed", &[], "RFC 3463", "The content was to be converted, which failed."),
    row(6, 6, "Message content not available", &[554], "RFC 4468", "The content could not be fetched from where it is."),
    row(6, 7, "Non-ASCII addresses not permitted for that sender/recipient", &[553, 550], "RFC 6531", "An address outside ASCII is not taken here."),
    row(6, 8, "UTF-8 string reply is required, but not permitted by the SMTP client", &[252, 553, 550], "RFC 6531", "The answer needs UTF-8, and the client did not say that it reads it."),
    row(6, 9, "UTF-8 header message cannot be transferred to one or more recipients, so the message must be rejected", &[550], "RFC 6531", "A recipient cannot get a message with UTF-8 in its header."),
    row(6, 10, "Deprecated duplicate of X.6.8", &[], "RFC 6531", "The same as X.6.8, which is to be used in its place."),
    row(7, 0, "Other or undefined security status", &[220, 235, 450, 454, 500, 501, 503, 504, 530, 535, 550], "RFC 3463", "Something about security or policy."),
    row(7, 1, "Delivery not authorized, message refused", &[451, 454, 502, 503, 533, 550, 551], "RFC 3463", "The sender may not send there, or the message is not wanted."),
    row(7, 2, "Mailing list expansion prohibited", &[550], "RFC 3463", "The sender may not send to this mailing list."),
    row(7, 3, "Security conversion required but not possible", &[], "RFC 3463", "One kind of protection would have to become another, which cannot be done."),
    row(7, 4, "Security features not supported", &[504], "RFC 3463", "The protection that the message asks for is not there on the way."),
    row(7, 5, "Cryptographic failure", &[], "RFC 3463", "The message could not be verified or decrypted: a key was missing or wrong."),
    row(7, 6, "Cryptographic algorithm not supported", &[], "RFC 3463", "The message could not be verified or decrypted: the algorithm is not known."),
    row(7, 7, "Message integrity failure", &[], "RFC 3463", "The message was changed or damaged."),
    row(7, 8, "Authentication credentials invalid", &[535, 554], "RFC 4954", "The user or the secret is wrong."),
    row(7, 9, "Authentication mechanism is too weak", &[534], "RFC 4954", "This user needs a stronger mechanism."),
    row(7, 10, "Encryption Needed", &[523], "RFC 5248", "The mechanism needs TLS, which is not there yet."),
    row(7, 11, "Encryption required for requested authentication mechanism", &[524, 538], "RFC 4954", "The mechanism may only be used under TLS."),
    row(7, 12, "A password transition is needed", &[422, 432], "RFC 4954", "The user has to log in once with PLAIN before this mechanism works."),
    row(7, 13, "User Account Disabled", &[525], "RFC 5248", "The account is locked; its administrator can tell why."),
    row(7, 14, "Trust relationship required", &[535, 554], "RFC 5248", "The server is not trusted where the content would have to be fetched."),
    row(7, 15, "Priority Level is too low", &[450, 550], "RFC 6710", "Messages of this priority are not taken, at least now."),
    row(7, 16, "Message is too big for the specified priority", &[552], "RFC 6710", "The message is larger than its priority allows, at least now."),
    row(7, 17, "Mailbox owner has changed", &[], "RFC 7293", "The mailbox has belonged to somebody else since the time that was asked about."),
    row(7, 18, "Domain owner has changed", &[], "RFC 7293", "The domain has belonged to somebody else since the time that was asked about."),
    row(7, 19, "RRVS test cannot be completed", &[], "RFC 7293", "The server does not know since when the mailbox has had its owner."),
    row(7, 20, "No passing DKIM signature found", &[550], "RFC 7372", "No DKIM signature of the message is right."),
    row(7, 21, "No acceptable DKIM signature found", &[550], "RFC 7372", "DKIM signatures are right, and none is accepted."),
    row(7, 22, "No valid author-matched DKIM signature found", &[550], "RFC 7372", "No DKIM signature is of the author's domain."),
    row(7, 23, "SPF validation failed", &[550], "RFC 7372", "The sender's domain does not let this host send for it."),
    row(7, 24, "SPF validation error", &[451, 550], "RFC 7372", "The sender's SPF record cannot be fetched or read."),
    row(7, 25, "Reverse DNS validation failed", &[550], "RFC 7372", "The client's address has no name that leads back to it."),
    row(7, 26, "Multiple authentication checks failed", &[550], "RFC 7372", "More than one check of the sender failed."),
    row(7, 27, "Sender address has null MX", &[550], "RFC 7505", "The sender's domain takes no mail, so that no bounce could reach it."),
    row(7, 28, "Mail flood detected", &[], "draft-levine-mailbomb-header", "The message is one of a flood of the same."),
    row(7, 29, "ARC validation failure", &[550], "RFC 8617", "The message's ARC chain is broken."),
    row(7, 30, "REQUIRETLS support required", &[550], "RFC 8689", "No next server can promise TLS all the way, which the message requires."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn status(code: &str) -> Option<&'static Status> {
        describe(EnhancedCode::parse(code).unwrap())
    }

    // covers: RFC 3463 both
    // covers: RFC 5248 both
    #[test]
    fn the_registry_has_every_code_once_and_in_order() {
        let codes: Vec<_> = REGISTRY.iter().map(|status| (status.subject, status.detail)).collect();
        // The last code of each subject, all those before it being registered.
        let last = [(0, 0), (1, 10), (2, 4), (3, 6), (4, 7), (5, 6), (6, 10), (7, 30)];
        let expected: Vec<_> = last
            .into_iter()
            .flat_map(|(subject, last)| (0..=last).map(move |detail| (subject, detail)))
            .collect();
        assert_eq!(codes, expected);
    }

    // covers: RFC 3463 both
    // covers: RFC 7372 both
    // covers: RFC 7504 both
    // covers: RFC 7505 both
    #[test]
    fn codes_as_they_are_registered() {
        for (code, name, reply_codes, reference) in [
            ("2.0.0", "Other undefined Status", &[][..], "RFC 3463"),
            ("5.1.1", "Bad destination mailbox address", &[451, 550], "RFC 3463"),
            ("5.1.10", "Recipient address has null MX", &[556], "RFC 7505"),
            ("5.3.2", "System not accepting network messages", &[453, 521], "RFC 3463, RFC 7504"),
            ("2.3.6", "Requested priority was changed", &[250, 251], "RFC 6710"),
            ("5.6.6", "Message content not available", &[554], "RFC 4468"),
            ("5.7.8", "Authentication credentials invalid", &[535, 554], "RFC 4954"),
            ("4.7.24", "SPF validation error", &[451, 550], "RFC 7372"),
            ("5.7.27", "Sender address has null MX", &[550], "RFC 7505"),
            ("5.7.30", "REQUIRETLS support required", &[550], "RFC 8689"),
        ] {
            let status = status(code).unwrap();
            assert_eq!(
                (status.name, status.reply_codes, status.reference),
                (name, reply_codes, reference),
                "{code}"
            );
        }
    }

    #[test]
    fn every_code_has_its_words() {
        for status in REGISTRY {
            let code = (status.subject, status.detail);
            assert!(!status.name.is_empty(), "{code:?}");
            assert!(status.description.ends_with('.') && !status.subject().is_empty(), "{code:?}");
            assert!(status.reference.starts_with("RFC ") || code == (7, 28), "{code:?}");
            assert!(status.reply_codes.iter().all(|code| (200..=599).contains(code)), "{code:?}");
        }
    }

    #[test]
    fn what_is_not_registered_is_not_made_up() {
        for code in ["5.0.1", "5.1.11", "5.1.999", "5.8.0", "5.999.999", "4.7.31"] {
            assert_eq!(status(code), None, "{code}");
        }
        assert_eq!(describe(EnhancedCode::new(3, 1, 1)), None);
        assert_eq!((class(3), subject(8)), (None, None));
        assert_eq!((class(4), subject(1)), (Some("Persistent Transient Failure"), Some("Addressing Status")));
    }
}
