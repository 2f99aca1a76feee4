//! Names of hosts as far as a message shows them: which are private, and which belong together (RFC 6761, RFC 1918, RFC
//! 4193, RFC 3492).

use alloc::string::String;
use alloc::vec::Vec;
use core::str::from_utf8;

/// Top-level domains that are of no use outside of a network.
const INTERNAL: &str =
    "localhost localdomain local internal intranet lan home corp private arpa invalid test";

/// A host that nobody else can name: without a dot, or of a network's own domain.
pub fn is_local(host: &[u8]) -> bool {
    if host.starts_with(b"[") {
        return is_private(&host[1..]);
    }
    let last = host.rsplit(|octet| *octet == b'.').next().unwrap_or(host);
    last.len() == host.len() || is_internal(last)
}

/// Whether a host is of a network's own domain.
pub fn is_internal_name(host: &[u8]) -> bool {
    host.iter().position(|octet| *octet == b'.').is_some()
        && is_internal(host.rsplit(|octet| *octet == b'.').next().unwrap_or(host))
        && !host.to_ascii_lowercase().ends_with(b".in-addr.arpa")
}

fn is_internal(last: &[u8]) -> bool {
    from_utf8(last).is_ok_and(|last| !last.is_empty() && super::listed(INTERNAL, last))
}

/// Whether an IP address is of a network's own (RFC 1918, RFC 3927, RFC 4193), or of a host's.
pub fn is_private(text: &[u8]) -> bool {
    if let Some(numbers) = ipv4(text) {
        return matches!(numbers, [10 | 127, ..] | [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..]);
    }
    let text = text.to_ascii_lowercase();
    let text = text.strip_prefix(b"ipv6:").unwrap_or(&text);
    let first = text.split(|octet| *octet == b':').next().unwrap_or_default();
    text.contains(&b':')
        && (text == b"::1"
            || (first.len() == 4 && matches!(first, [b'f', b'c' | b'd', ..] | [b'f', b'e', b'8', ..])))
}

/// The numbers of an IPv4 address.
pub fn ipv4(text: &[u8]) -> Option<[u8; 4]> {
    let mut numbers = [0; 4];
    let mut parts = text.splitn(5, |octet| *octet == b'.');
    for number in &mut numbers {
        *number = from_utf8(parts.next()?).ok()?.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// What many domains are registered below, beside top-level domains of two letters with one of these before them.
const SECOND: &str = "co com net org gov edu ac or ne go gob gouv nom ltd plc sch";

/// The domain that was registered, as well as it can be told without asking the DNS (RFC 9989 section 4.10): the last
/// two labels, or three where the second is as in `co.uk`.
pub fn organization(domain: &str) -> &str {
    let before = |end: usize| domain[..end].rfind('.');
    let Some(last) = before(domain.len()) else { return domain };
    let Some(second) = before(last) else { return domain };
    let listed = domain.len() - last == 3 && super::listed(SECOND, &domain[second + 1..last]);
    let dot = if listed { before(second) } else { Some(second) };
    dot.map_or(domain, |dot| &domain[dot + 1..])
}

/// Whether two domains are of one organization (RFC 9989 section 4.4).
pub fn aligned(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim_end_matches('.'), other.trim_end_matches('.'));
    organization(one).eq_ignore_ascii_case(organization(other))
}

/// The host of a URL with a scheme and `//`, without its port and whoever is before an "@"; and whether there was one.
pub fn of_url(url: &str) -> Option<(&str, bool)> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.strip_prefix("//")?;
    if !scheme.bytes().all(|octet| octet.is_ascii_alphabetic()) {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').map_or((false, authority), |(_, host)| (true, host));
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    (!host.is_empty()).then_some((host, user))
}

/// The scripts that letters look alike in: Latin, Greek, Cyrillic and Armenian, as bits; 0 for what has no look-alikes.
fn script(c: char) -> u8 {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' => 1,
        '\u{370}'..='\u{3FF}' => 2,
        '\u{400}'..='\u{52F}' => 4,
        '\u{531}'..='\u{58F}' => 8,
        _ => 0,
    }
}

/// Small letters of Cyrillic that look like Latin ones.
const CYRILLIC: &str = "\u{430}\u{435}\u{43E}\u{440}\u{441}\u{443}\u{445}\u{456}\u{458}\u{455}\u{501}\u{51B}\u{51D}\u{4BB}\u{4CF}";

/// Whether a word mixes scripts whose letters look alike (UTS #39 section 5).
pub fn is_mixed(word: &str) -> bool {
    word.chars().fold(0, |all, c| all | script(c)).count_ones() > 1
}

/// Whether a host is one that looks like another: a label of it mixes scripts, or is of look-alikes only. A-labels are read.
pub fn is_look_alike(host: &str) -> bool {
    host.split('.').any(|label| {
        let decoded = label
            .get(..4)
            .filter(|start| start.eq_ignore_ascii_case("xn--"))
            .and_then(|_| punycode(&label[4..]));
        let label = decoded.as_deref().unwrap_or(label);
        let foreign = !label.is_ascii();
        let alike = |c: char| CYRILLIC.contains(c) || (c.is_ascii() && !c.is_ascii_alphabetic());
        is_mixed(label) || (foreign && label.chars().all(alike))
    })
}

/// What an A-label stands for behind its `xn--` (RFC 3492 section 6.2).
fn punycode(text: &str) -> Option<String> {
    let (basic, digits) = text.rsplit_once('-').unwrap_or(("", text));
    if text.len() > 63 {
        return None;
    }
    let mut out: Vec<char> = basic.chars().collect();
    let (mut n, mut i, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = digits.bytes().peekable();
    while digits.peek().is_some() {
        let (before, mut weight, mut k) = (i, 1_u32, 36_u32);
        loop {
            let digit = match digits.next()? {
                letter @ (b'a'..=b'z' | b'A'..=b'Z') => u32::from(letter.to_ascii_lowercase() - b'a'),
                digit @ b'0'..=b'9' => u32::from(digit - b'0') + 26,
                _ => return None,
            };
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(1, 26);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(36 - threshold)?;
            k += 36;
        }
        let length = out.len() as u32 + 1;
        let mut delta = if before == 0 { i / 700 } else { (i - before) / 2 };
        delta += delta / length;
        let mut steps = 0;
        while delta > 455 {
            delta /= 35;
            steps += 36;
        }
        bias = steps + 36 * delta / (delta + 38);
        n = n.checked_add(i / length)?;
        i %= length;
        out.insert(i as usize, char::from_u32(n)?);
        i += 1;
    }
    Some(out.into_iter().collect())
}

/// Characters that turn the direction of text around (UAX #9), in names that are shown.
pub const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}')
}

/// Characters that nobody sees.
pub const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{180E}' | '\u{E0000}'..='\u{E007F}' | '\0'..='\x08' | '\x0B'..='\x1F' | '\x7F'..='\u{9F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_labels_are_read() {
        for (label, text) in [("mnchen-3ya", "münchen"), ("80ak6aa92e", "аррӏе"), ("wgv71a119e", "日本語")]
        {
            assert_eq!(punycode(label).as_deref(), Some(text));
        }
        assert_eq!(punycode("99999999"), None);
        assert!(is_look_alike("www.xn--80ak6aa92e.com") && is_look_alike("p\u{430}ypal.example"));
        assert!(!is_look_alike("xn--mnchen-3ya.example") && !is_look_alike("пример.example"));
    }

    #[test]
    fn domains_of_one_organization() {
        assert_eq!(organization("a.b.example.com"), "example.com");
        assert_eq!(organization("a.b.example.co.uk"), "example.co.uk");
        assert_eq!(organization("example"), "example");
        assert!(aligned("mail.example.com", "EXAMPLE.com") && !aligned("a.co.uk", "b.co.uk"));
    }

    #[test]
    fn networks_of_their_own() {
        for host in ["10.1.2.3", "192.168.0.1", "172.20.0.1", "127.0.0.1", "::1", "fd00::1", "IPv6:fe80::1"] {
            assert!(is_private(host.as_bytes()), "{host}");
        }
        for host in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "a.example", "10.1.2", "fcb.example"] {
            assert!(!is_private(host.as_bytes()), "{host}");
        }
        assert!(is_local(b"localhost") && is_local(b"db.internal") && !is_local(b"a.example"));
    }
}
