//! The octets of a `BDAT` chunk (RFC 3030 section 2): counted, not looked at.

/// What is still to come of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    remaining: u64,
    last: bool,
}

impl Chunk {
    /// A chunk of `octets`, the last one of its message or not.
    pub const fn new(octets: u64, last: bool) -> Self {
        Self { remaining: octets, last }
    }

    /// How many octets of `input` belong to this chunk; they count as read.
    pub fn take(&mut self, input: &[u8]) -> usize {
        let octets = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(input.len());
        self.remaining -= octets as u64;
        octets
    }

    /// All octets have come.
    pub const fn is_complete(&self) -> bool {
        self.remaining == 0
    }

    /// `LAST` was given: the message ends with this chunk.
    pub const fn is_last(&self) -> bool {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_ends_after_its_octets_and_not_before() {
        let mut chunk = Chunk::new(5, true);
        assert_eq!(chunk.take(b"abc"), 3);
        assert!(!chunk.is_complete());
        assert_eq!(chunk.take(b"deQUIT\r\n"), 2);
        assert!(chunk.is_complete() && chunk.is_last());
        assert_eq!(chunk.take(b"QUIT\r\n"), 0);
    }

    #[test]
    fn an_empty_chunk_is_complete_at_once() {
        assert!(Chunk::new(0, false).is_complete());
    }
}
