//! LIMITS in the reply to EHLO (RFC 9422 section 3): what a server puts up with is what it has written, and no more.

use edgepost::wire::ehlo::{Capabilities, Limits};
use edgepost::wire::reply::Reply;

pub fn run(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    // A line of EHLO is no longer than a reply's: what is over goes into the next, and is another line.
    let line: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
    let offered = |lines: &str| Capabilities::parse(&Reply::new(250, None, lines)).limits();
    assert_eq!(offered(&format!("mx.example\nLIMITS {line}")), oracle(&line), "{line:?}");
    assert_eq!(
        offered(&format!("mx.example\nlimits {line}\nLIMITS MAILMAX=1")),
        oracle(&line),
        "the first counts"
    );
    assert_eq!(offered(&format!("LIMITS {line}")), Limits::default(), "the first line is the server's name");
    let limits = oracle(&line);
    let again: String = [
        ("MAILMAX", limits.mail_max),
        ("RCPTMAX", limits.rcpt_max),
        ("RCPTDOMAINMAX", limits.rcpt_domain_max),
    ]
    .iter()
    .filter_map(|(name, value)| value.map(|value| format!(" {name}={value}")))
    .collect();
    assert_eq!(offered(&format!("mx.example\nLIMITS{again}")), limits, "what parses re-parses equal");
}

/// ```abnf
/// limits-param = limit-name "=" limit-value
/// MAILMAX-value, RCPTMAX-value, RCPTDOMAINMAX-value = %x31-39 0*5DIGIT ; 1 to 999,999
/// ```
fn oracle(line: &str) -> Limits {
    let mut limits = Limits::default();
    for word in line.split([' ', '\t']) {
        let Some((name, value)) = word.split_once('=') else { continue };
        let limit = match name.to_ascii_uppercase().as_str() {
            "MAILMAX" => &mut limits.mail_max,
            "RCPTMAX" => &mut limits.rcpt_max,
            "RCPTDOMAINMAX" => &mut limits.rcpt_domain_max,
            _ => continue,
        };
        let fits = (1..=6).contains(&value.len())
            && value
                .bytes()
                .enumerate()
                .all(|(at, octet)| matches!((at, octet), (_, b'1'..=b'9') | (1.., b'0')));
        if fits && limit.is_none() {
            *limit = value.parse().ok();
        }
    }
    limits
}
