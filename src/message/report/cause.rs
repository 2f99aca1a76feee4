//! Why a message has not arrived, in a few words of our own: from what was said, and from the enhanced status code
//! (RFC 3463, RFC 7372, RFC 7504, RFC 7505).

use memchr::memmem;

use super::codes::Codes;
use crate::wire::reply::EnhancedCode;

/// Why a message has not arrived, or not yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cause {
    /// There is no such mailbox.
    NoSuchUser,
    /// The mailbox exists, and takes nothing: disabled, locked, not used for long.
    Suspended,
    /// The mailbox, or its system, has no room left.
    MailboxFull,
    /// The recipient is somewhere else now.
    Moved,
    /// The recipient's domain or host does not exist.
    HostUnknown,
    /// The recipient's host or domain takes no mail at all (RFC 7504, RFC 7505).
    NoMail,
    /// The sender's address or domain is not accepted.
    Sender,
    /// The message is larger than what is taken.
    TooLarge,
    /// The host that sent it is not accepted: listed, of bad reputation, without a name.
    Blocked,
    /// A rule of the recipient's side forbids it.
    Policy,
    /// It is taken for spam.
    Spam,
    /// Something harmful is in it.
    Virus,
    /// SPF, DKIM, DMARC or ARC failed.
    Authentication,
    /// The server does not relay there, or not for this client.
    Relay,
    /// Too much has come in too short a time.
    RateLimited,
    /// The content cannot be taken as it is written.
    Content,
    /// No connection, no answer, no route, a loop.
    Network,
    /// It could not be delivered in the time that it had.
    Expired,
    /// Something is broken on the recipient's side.
    System,
    /// Nobody knows.
    #[default]
    Unknown,
}

impl Cause {
    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSuchUser => "noSuchUser",
            Self::Suspended => "suspended",
            Self::MailboxFull => "mailboxFull",
            Self::Moved => "moved",
            Self::HostUnknown => "hostUnknown",
            Self::NoMail => "noMail",
            Self::Sender => "sender",
            Self::TooLarge => "tooLarge",
            Self::Blocked => "blocked",
            Self::Policy => "policy",
            Self::Spam => "spam",
            Self::Virus => "virus",
            Self::Authentication => "authentication",
            Self::Relay => "relay",
            Self::RateLimited => "rateLimited",
            Self::Content => "content",
            Self::Network => "network",
            Self::Expired => "expired",
            Self::System => "system",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is about the address, and not about the message or the hour; nothing where nobody knows.
    pub const fn hard(self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::NoSuchUser | Self::Moved | Self::HostUnknown | Self::NoMail => Some(true),
            _ => Some(false),
        }
    }

    /// The subject and the detail of an enhanced code that says it.
    const fn code(self) -> (u16, u16) {
        match self {
            Self::NoSuchUser => (1, 1),
            Self::Suspended => (2, 1),
            Self::MailboxFull => (2, 2),
            Self::Moved => (1, 6),
            Self::HostUnknown => (1, 2),
            Self::NoMail => (1, 10),
            Self::Sender => (1, 8),
            Self::TooLarge => (3, 4),
            Self::Blocked | Self::Policy | Self::Spam | Self::Relay => (7, 1),
            Self::Virus | Self::Authentication => (7, 0),
            Self::RateLimited => (4, 5),
            Self::Content => (6, 0),
            Self::Network => (4, 1),
            Self::Expired => (4, 7),
            Self::System => (3, 0),
            Self::Unknown => (0, 0),
        }
    }

    /// An enhanced code of this class that says it.
    pub(super) const fn status(self, class: u8) -> EnhancedCode {
        let (subject, detail) = self.code();
        EnhancedCode::new(class, subject, detail)
    }
}

/// Longer explanations are looked at so far.
const LONGEST: usize = 4096;

/// What these words and codes mean. The words come first: they say more than codes, of which servers know few.
pub(super) fn of(text: &str, codes: Codes) -> Cause {
    let end = (0..=LONGEST.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let text = text[..end].to_ascii_lowercase();
    let said = PHRASES.iter().find(|(_, phrases)| {
        phrases.split('|').any(|phrase| memmem::find(text.as_bytes(), phrase.as_bytes()).is_some())
    });
    match (said, codes.status.and_then(by_status)) {
        // A reply often repeats that a user is not known because of something else.
        (Some((cause, _)), _) if !matches!(cause, Cause::Policy | Cause::Network | Cause::System) => *cause,
        (_, Some(cause)) => cause,
        (Some((cause, _)), None) => *cause,
        (None, None) => match codes.reply {
            Some(552) => Cause::MailboxFull,
            Some(551) => Cause::Moved,
            Some(521 | 556) => Cause::NoMail,
            Some(525) => Cause::Suspended,
            Some(421) => Cause::System,
            _ => Cause::Unknown,
        },
    }
}

/// What a registered code says of the cause, if it is more than that there is one.
const fn by_status(code: EnhancedCode) -> Option<Cause> {
    Some(match (code.subject, code.detail) {
        (1, 1 | 3 | 4) => Cause::NoSuchUser,
        (1, 0) if code.class == 5 => Cause::NoSuchUser,
        (1, 2) => Cause::HostUnknown,
        (1, 6) => Cause::Moved,
        (1, 7 | 8) | (7, 27) => Cause::Sender,
        (1, 10) | (3, 2) if code.class == 5 => Cause::NoMail,
        (2, 1) | (7, 13) => Cause::Suspended,
        (2, 2) | (3, 1) => Cause::MailboxFull,
        (2, 3) | (3, 4) | (7, 16) => Cause::TooLarge,
        (3, _) => Cause::System,
        (4, 4) => Cause::HostUnknown,
        (4, 7) => Cause::Expired,
        (4, _) => Cause::Network,
        (5, 3) => Cause::RateLimited,
        (6, _) => Cause::Content,
        (7, 20..=24 | 26 | 29) => Cause::Authentication,
        (7, 25) => Cause::Blocked,
        (7, 28) => Cause::RateLimited,
        (7, _) => Cause::Policy,
        _ => return None,
    })
}

/// What servers say, in lower case, with `|` between phrases: the first row that has one decides, so what is special comes
/// before what is common.
#[rustfmt::skip]
const PHRASES: &[(Cause, &str)] = &[
    (Cause::NoMail, "null mx|no smtp service|does not accept mail|doesn't receive email|does not accept email|no mx record found"),
    (Cause::Virus, "virus|infected|malware|trojan"),
    (Cause::TooLarge, "message too big|message too large|too large|message size exceeds|size exceeds|message length exceeds|exceeds maximum|exceeded maximum|size limit|message is larger|exceeding the maximum message size"),
    (Cause::RateLimited, "rate limit|rate-limit|ratelimit|too many|throttl|unusual rate|sending rate|exceeded the max|temporarily deferred|concurren|try again later: too|receiving mail at a rate"),
    (Cause::Authentication, "dmarc|spf |spf)|spf-|spf:|dkim|domainkeys|authentication checks|unauthenticated email|sender policy framework|arc validation|has an spf"),
    (Cause::Blocked, "blacklist|black list|blocklist|block list|blocked using|blocked by|client host|rbl|spamhaus|spamcop|barracuda|abuseat|ip reputation|reputation|ptr record|reverse dns|reverse lookup|rdns|dynamic ip|smtp server of your isp|blocked - see|invalid ip|bad helo|helo command rejected|mismatches client ip|open relay|temporarily blocked|your ip|banned"),
    (Cause::Spam, "spam|junk|unsolicited|bulk mail|looks like unwanted|ofr_506"),
    (Cause::MailboxFull, "mailbox full|mailbox is full|mailbox for user is full|mailfolder is full|folder is full|inbox is full|is full|over quota|overquota|over-quota|quota|out of storage|storage space|storage limit|insufficient system storage|insufficient storage|not enough space|not enough storage|no space left|disk space|disk full|exceeded storage|boite du destinataire pleine|usage limit|maildir over"),
    (Cause::Suspended, "disabled|suspended|inactive|frozen|deactivated|discontinued|locked|expired account|account expired|account has expired|temporarily unavailable account|account closed|not active|not been activated|not yet activated|no longer active|account is unavailable"),
    (Cause::Moved, "has moved|no longer on server|not our user|moved to|has changed|new address|forwarding address"),
    (Cause::Relay, "relaying|relay access|insecure mail relay|relay denied|relay not permitted|not permitted to relay|to relay|not relay|cannot relay|can't relay|unable to relay|not a gateway|locally hosted|isn't in my list of allowed|is not verified|authentication required|authentication is required|smtp authentication|must authenticate|authenticated first"),
    (Cause::Sender, "sender address rejected|sender rejected|sender denied|sender verify failed|sender address|domain of sender|sender domain|sender is not|bad sender|invalid sender|mail from refused|access denied for sender|valid from:|from address|sending to/from an address|verify sender"),
    (Cause::NoSuchUser, "user unknown|unknown user|unknown recipient|unknown address|unknown local|unknown or illegal alias|unknown account|recipient unknown|mailbox unknown|no such|nosuchuser|not a valid mailbox|not a valid user|not a valid recipient|invalid recipient|invalid address|invalid mailbox|invalid user|bad address|bad destination|bad recipient|recipient not found|recipnotfound|user not found|address not found|mailbox not found|account not found|could not be found|couldn't be found|wasn't found|wasn\u{2019}t found|was not found|was not recognized|not recognized|does not exist|doesn't exist|not exist|unrouteable|no mailbox|mailbox unavailable|mailbox not available|recipient address rejected|address rejected|rejected address|not listed in|not have a|doesn't have|no longer available|user doesn|isn't a valid|recipient rejected|undeliverable address|no valid recipients|destinataire invalide|no account|not known|no user|unknown in|r\u{e9}cipient inconnu|unbekannt|empf\u{e4}nger unbekannt|not a known user|unknown: |user invalid|user is unknown|is unknown|mailbox does|delivery to this address|address unknown|non-existent|nonexistent"),
    (Cause::HostUnknown, "host unknown|unknown host|host not found|domain not found|domain name not found|unknown domain|no such domain|invalid domain|nxdomain|name or service not known|name service error|dns error|dns query failed|could not find a gateway|could not find any|couldn't find any host|unrouteable domain|unable to route|no route to domain|illegal host|bad destination host|host or domain name not found|domain does not|all relevant mx records|lowest numbered mx|cannot find your hostname"),
    (Cause::Content, "bad header|duplicate header|invalid header|header|8-bit data|media error|content rejected|mime|attachment|message content|non-ascii|line too long|multiple addresses in from|not rfc|rfc 5322|rfc5322|rfc 2822|potential security|potentially"),
    (Cause::Expired, "queue too long|retry timeout|retry time not|message expired|delivery time expired|retries exceeded|too old|not delivered within|failed 20 attempts|time out|undelivered for|in the queue|expired"),
    (Cause::Network, "timed out|timeout|connection refused|connection reset|connection lost|lost connection|network is unreachable|no route to host|socket error|not accept our requests to connect|not responding|unable to connect|couldn't connect|could not connect|connect to|connection dropped|connection died|connection closed|did not respond|establish|too many hops|loop|starttls|tls"),
    (Cause::System, "system error|local error|configuration error|internal error|server error|i/o error|temporary failure|service unavailable|mailer error|local configuration|procmail|pipe to|unexpected|out of memory|resources temporarily|program|command died|lmtp"),
    (Cause::Policy, "policy|not allowed|access denied|not authorized|prohibited|refused|denied|rejected|blocked|not accepted|not permitted|security"),
];

#[cfg(test)]
mod tests {
    use super::super::codes;
    use super::*;

    #[test]
    fn words_say_why_and_codes_where_there_are_none() {
        for (text, cause) in [
            ("550 5.1.1 <bob@b.example>... User unknown", Cause::NoSuchUser),
            ("552 5.2.2 Over quota", Cause::MailboxFull),
            ("550 5.2.2", Cause::MailboxFull),
            ("554 5.7.1 Client host [192.0.2.1] blocked using rbl.example", Cause::Blocked),
            ("550-5.7.26 DMARC policy", Cause::Authentication),
            ("421 4.4.2 Connection timed out", Cause::Network),
            ("554 5.7.1 Relay access denied", Cause::Relay),
            ("556", Cause::NoMail),
            ("hello", Cause::Unknown),
        ] {
            assert_eq!(of(text, codes::find(text)), cause, "{text}");
        }
    }

    #[test]
    fn phrases_are_in_lower_case() {
        for (_, phrases) in PHRASES {
            assert_eq!(phrases.to_lowercase(), *phrases);
            assert!(phrases.split('|').all(|phrase| phrase.len() > 2), "{phrases}");
        }
    }
}
