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

/// What these words and codes mean. Words that are about one thing come first: they say more than codes, of which servers
/// know few; words that go with every reply come last.
pub(super) fn of(text: &str, codes: Codes) -> Cause {
    let end = (0..=LONGEST.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    let text = text[..end].to_ascii_lowercase();
    let said = |phrases: &[(Cause, &str)]| {
        let is_in = |phrase: &str| memmem::find(text.as_bytes(), phrase.as_bytes()).is_some();
        phrases.iter().find(|(_, phrases)| phrases.split('|').any(is_in)).map(|(cause, _)| *cause)
    };
    let coded = || codes.status.and_then(by_status);
    let replied = || match codes.reply {
        Some(552) => Some(Cause::MailboxFull),
        Some(551) => Some(Cause::Moved),
        Some(521 | 556) => Some(Cause::NoMail),
        Some(525) => Some(Cause::Suspended),
        Some(421) => Some(Cause::System),
        _ => None,
    };
    let cause = said(PHRASES).or_else(coded).or_else(|| said(COMMON)).or_else(replied);
    cause.unwrap_or_default()
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
    (Cause::NoMail, "null mx|indicated no smtp service|does not accept mail|doesn't receive email|does not accept email|no mx record found"),
    (Cause::Virus, "virus|infected|malware|trojan"),
    (Cause::TooLarge, "message too big|too large|size exceeds|length exceeds|exceeds maximum message|exceeded maximum message|maximum message size|size limit|message is larger|exceeds the size|exceeds size"),
    (Cause::Content, "duplicate header|bad header|invalid header|8-bit data|media error|content rejected|multiple addresses in from|rfc 5322|rfc5322|rfc 2822|rfc2822|not rfc|potential security|presents a potential|bare lf|bare <lf>|bare cr|line too long|attachment type"),
    (Cause::RateLimited, "rate limit|rate-limit|ratelimit|too many rec|too many con|too many mess|too many mail|too many err|too many concurrent|throttl|unusual rate|sending rate|receiving mail at a rate|exceeded the max|temporarily deferred|concurren|greylist|graylist|slow down|too fast|too frequent"),
    (Cause::Authentication, "dmarc|spf |spf)|spf-|spf:|spf=|dkim|domainkeys|authentication checks|unauthenticated email|sender policy framework|arc validation"),
    (Cause::Blocked, "blacklist|black list|blocklist|block list|blocked using|blocked by|client host|dnsbl|.rbl|rbl.|spamhaus|spamcop|barracuda|abuseat|ip reputation|reputation|ptr record|reverse dns|reverse lookup|rdns|dynamic ip|smtp server of your isp|blocked - see|invalid ip|bad helo|helo command rejected|mismatches client ip|open relay|temporarily blocked|your ip|ip address|banned|poor reputation"),
    (Cause::Spam, "spam|junk|unsolicited|bulk mail|unwanted mail|ofr_506"),
    (Cause::MailboxFull, "mailbox full|is full|folder full|quota|out of storage|storage space|storage limit|exceeded storage|insufficient storage|insufficient system storage|not enough space|not enough storage|no space left|disk space|disk full|destinataire pleine|usage limit|too many messages in|mailbox size"),
    (Cause::Suspended, "disabled|suspend|inactive|frozen|deactivated|discontinued|is locked|been locked|account locked|account expired|account has expired|account closed|been closed|not active|not been activated|not yet activated|no longer active|no longer in use|account is unavailable"),
    (Cause::Moved, "has moved|no longer on server|not our user|user not local|moved to|address has changed|new address is|forwarding address|please forward"),
    (Cause::Relay, "relaying|relay access|mail relay|relay denied|relay not permitted|to relay|not relay|cannot relay|can't relay|not a gateway|locally hosted|my list of allowed|is not verified|authentication required|authentication is required|smtp authentication|must authenticate|authenticated first"),
    (Cause::Sender, "sender address rejected|sender rejected|sender denied|sender verify|domain of sender|sender domain|sender is not|bad sender|invalid sender|mail from refused|access denied for sender|valid from:|from address|to/from an address|verify sender|from domain"),
    (Cause::HostUnknown, "host unknown|unknown host|host not found|domain not found|domain name not found|unknown domain|no such domain|invalid domain|nxdomain|name or service not known|name service error|could not find a gateway|couldn't find any host|unrouteable domain|unroutable domain|no route to domain|illegal host|bad destination host|all relevant mx records|lowest numbered mx|domain does not exist|domain doesn't exist|domain is not|no such host|dns lookup fail|dns domain"),
    (Cause::NoSuchUser, "user unknown|unknown user|unknown recipient|unknown address|unknown local|unknown or illegal|unknown account|recipient unknown|mailbox unknown|address unknown|account unknown|is unknown|unknown in|unknown: |no such user|no such mailbox|no such recipient|no such address|no such person|no such account|no such email|no such local|nosuchuser|not a valid mailbox|not a valid user|not a valid recipient|isn't a valid|invalid recipient|invalid address|invalid mailbox|invalid user|bad address|bad recipient|recipient not found|recipnotfound|recipientnotfound|user not found|address not found|mailbox not found|account not found|user was not found|not be found|wasn't found|wasn\u{2019}t found|couldn\u{2019}t be found|couldn't be found|not recognized|does not exist|doesn't exist|not exist|unrouteable address|unroutable address|no mailbox|mailbox unavailable|mailbox not available|mailbox is unavailable|not listed in|user doesn't have|no longer available|no valid recipients|destinataire invalide|no account|not a known user|user invalid|non-existent|nonexistent|undeliverable address|destinataire inconnu|empf\u{e4}nger unbekannt|no local mailbox|recipient no longer|possibly incorrect|address is incorrect"),
    (Cause::Expired, "queue too long|retry time|message expired|delivery time expired|retries exceeded|too old|not delivered within|failed 20 attempts|undelivered for|in the queue for|message has expired|unable to deliver in|lifetime"),
    (Cause::Network, "too many hops|hop count|mail loop|loops back|routing loop|mail loops"),
];

/// What is said with other things as well, or by programs that were not asked.
#[rustfmt::skip]
const COMMON: &[(Cause, &str)] = &[
    (Cause::NoSuchUser, "address rejected|rejected address|recipient rejected|delivery to this address|no user|not known"),
    (Cause::Content, "header|mime|attachment|message content|non-ascii"),
    (Cause::HostUnknown, "dns error|dns query failed|unable to route|domain name"),
    (Cause::Network, "timed out|timeout|connection refused|connection reset|connection lost|lost connection|network is unreachable|no route to host|socket error|requests to connect|not responding|unable to connect|couldn't connect|could not connect|connect to|connection dropped|connection died|connection closed|did not respond|establish|starttls|tls"),
    (Cause::System, "system error|local error|configuration error|internal error|server error|i/o error|temporary failure|service unavailable|mailer error|local configuration|procmail|pipe to|generated by|out of memory|resources temporarily|command died|lmtp"),
    (Cause::Policy, "policy|not allowed|access denied|not authorized|prohibited|refused|denied|rejected|blocked|not accepted|not permitted|security"),
    (Cause::Expired, "expired|in the queue|time out"),
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
        for (_, phrases) in PHRASES.iter().chain(COMMON) {
            assert_eq!(phrases.to_lowercase(), *phrases);
            assert!(phrases.split('|').all(|phrase| phrase.len() > 2), "{phrases}");
        }
    }
}
