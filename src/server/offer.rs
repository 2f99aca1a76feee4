//! The reply to EHLO: what is on offer (RFC 5321 section 4.1.1.1).

use alloc::string::String;
use core::fmt::Write;

use super::peer::{XCLIENT, XFORWARD};
use super::session::Session;
use super::{Config, Extension, Limits, Server};

impl Server {
    /// The text of the reply to EHLO.
    pub(super) fn offer(&self, session: &Session) -> String {
        let config = &self.config;
        let mut text = config.name.clone();
        for extension in
            Extension::ALL.into_iter().filter(|&extension| is_offered(config, session, extension))
        {
            line(&mut text, extension.keyword());
            match extension {
                Extension::Size if config.size > 0 => {
                    // Writing to a string cannot fail.
                    let _ = write!(text, " {}", config.size);
                }
                Extension::Limits => {
                    for (name, value) in sayable(&config.limits) {
                        let _ = write!(text, " {name}={value}");
                    }
                }
                _ => {
                    let parameters = config.extensions.parameters(extension);
                    text.extend([if parameters.is_empty() { "" } else { " " }, parameters]);
                }
            }
        }
        let mechanisms = self.mechanisms(session);
        if !mechanisms.is_empty() {
            line(&mut text, "AUTH");
            mechanisms.iter().for_each(|mechanism| text.extend([" ", mechanism.name()]));
        }
        if self.takes_xclient() {
            line(&mut text, "XCLIENT ");
            text.push_str(XCLIENT);
        }
        if self.takes_xforward() {
            line(&mut text, "XFORWARD ");
            text.push_str(XFORWARD);
        }
        line(&mut text, "HELP");
        text
    }
}

fn line(text: &mut String, keyword: &str) {
    text.extend(["\n", keyword]);
}

/// The limits that can be said (RFC 9422 section 4).
///
/// ```abnf
/// value = %x31-39 0*5DIGIT
/// ```
fn sayable(limits: &Limits) -> impl Iterator<Item = (&'static str, usize)> {
    [
        ("MAILMAX", limits.messages as usize),
        ("RCPTMAX", limits.recipients),
        ("RCPTDOMAINMAX", limits.recipient_domains),
    ]
    .into_iter()
    .filter(|(_, value)| (1..=999_999).contains(value))
}

/// Whether the host wants an extension offered, and the session can have it.
pub(super) fn is_offered(config: &Config, session: &Session, extension: Extension) -> bool {
    config.extensions.has(extension)
        && match extension {
            Extension::StartTls => config.upgradable && session.secure.is_none(),
            Extension::RequireTls => session.secure.is_some(),
            Extension::Limits => sayable(&config.limits).next().is_some(),
            Extension::BinaryMime => config.extensions.has(Extension::Chunking),
            _ => true,
        }
}
