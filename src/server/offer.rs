//! The reply to EHLO: what is on offer (RFC 5321 section 4.1.1.1).

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use super::Config;
use super::session::Session;

/// The text of the reply to EHLO.
pub(super) fn offer(config: &Config, session: &Session) -> String {
    let extensions = config.extensions;
    let mut text = config.name.clone();
    let mut line = |offered: bool, keyword: &str| {
        if offered {
            text.push('\n');
            text.push_str(keyword);
        }
    };
    line(extensions.pipelining, "PIPELINING");
    line(extensions.size, &if config.size > 0 { format!("SIZE {}", config.size) } else { "SIZE".into() });
    line(extensions.eight_bit_mime, "8BITMIME");
    line(extensions.smtputf8, "SMTPUTF8");
    line(extensions.chunking, "CHUNKING");
    line(extensions.enhanced_status_codes, "ENHANCEDSTATUSCODES");
    line(extensions.starttls && config.upgradable && session.secure.is_none(), "STARTTLS");
    if let Some(auth) = config.auth.as_ref().filter(|auth| auth.insecure || session.secure.is_some()) {
        let mut mechanisms = String::from("AUTH");
        for mechanism in &auth.mechanisms {
            let _ = write!(mechanisms, " {}", mechanism.name());
        }
        line(true, &mechanisms);
    }
    line(true, "HELP");
    text
}
