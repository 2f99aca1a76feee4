//! The hashes of SCRAM (RFC 5802 section 2.2): SHA-1 and SHA-256, their HMAC and `Hi()`.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Which hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// RFC 5802
    Sha1,
    /// RFC 7677
    Sha256,
}

/// What a hash gives: a key more often than not, so it is hidden, overwritten, and compared in constant time.
#[derive(Clone)]
pub struct Digested(Zeroizing<Vec<u8>>);

impl Digested {
    /// The octets.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Each octet with the other's.
    pub(super) fn xor(&self, other: &Self) -> Self {
        Self::from(self.0.iter().zip(other.0.iter()).map(|(one, other)| one ^ other).collect::<Vec<_>>())
    }
}

impl From<Vec<u8>> for Digested {
    fn from(octets: Vec<u8>) -> Self {
        Self(Zeroizing::new(octets))
    }
}

impl PartialEq for Digested {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digested {}

impl fmt::Debug for Digested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Hash {
    /// How many octets it gives.
    pub const fn octets(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// `H(str)`
    pub(super) fn hash(self, text: &Digested) -> Digested {
        match self {
            Self::Sha1 => Sha1::digest(text.reveal()).to_vec(),
            Self::Sha256 => Sha256::digest(text.reveal()).to_vec(),
        }
        .into()
    }

    /// `HMAC(key, str)` (RFC 2104)
    pub(super) fn hmac(self, key: &[u8], text: &[u8]) -> Digested {
        match self {
            Self::Sha1 => mac::<Hmac<Sha1>>(key, text),
            Self::Sha256 => mac::<Hmac<Sha256>>(key, text),
        }
    }

    /// `Hi(str, salt, i)`, which is PBKDF2 (RFC 8018 section 5.2) with an output as long as the hash's.
    pub(super) fn hi(self, text: &[u8], salt: &[u8], iterations: u32) -> Digested {
        let mut octets = vec![0; self.octets()];
        let done = match self {
            Self::Sha1 => pbkdf2::pbkdf2::<Hmac<Sha1>>(text, salt, iterations, &mut octets),
            Self::Sha256 => pbkdf2::pbkdf2::<Hmac<Sha256>>(text, salt, iterations, &mut octets),
        };
        debug_assert!(done.is_ok(), "HMAC takes keys of any length");
        octets.into()
    }
}

fn mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], text: &[u8]) -> Digested {
    // HMAC takes keys of any length.
    let Ok(mut mac) = <M as Mac>::new_from_slice(key) else {
        return Vec::new().into();
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec().into()
}
