//! A password that does not show in debug output and does not stay in memory.

use alloc::string::String;
use core::fmt;

/// A secret text: debug output hides it, and its octets are overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: &str) -> Self {
        Self(secret.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut octets = core::mem::take(&mut self.0).into_bytes();
        octets.fill(0);
        core::hint::black_box(&octets);
    }
}
