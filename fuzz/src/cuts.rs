//! How octets are cut into pieces: the network cuts where it likes, and nothing may depend on it.

/// A small generator, the same on every machine (xorshift64*).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        // Zero would stay zero.
        self.0 = self.0.max(1);
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `limit`; 0 when that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.bits() >> 33) as usize % limit }
    }

    /// True so many times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// How to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Not at all.
    Whole,
    /// Behind every octet.
    Single,
    /// Where a generator says, from this seed on.
    Random(u32),
}

impl Cut {
    /// The pieces of `octets`; none is empty.
    pub fn pieces(self, octets: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Whole => octets.chunks(octets.len().max(1)).collect(),
            Self::Single => octets.chunks(1).collect(),
            Self::Random(seed) => {
                let mut random = Random::new(seed.into());
                let (mut pieces, mut rest) = (Vec::new(), octets);
                while !rest.is_empty() {
                    let most = [1, 2, 5, 40, rest.len()][random.below(5)];
                    let (piece, after) = rest.split_at((1 + random.below(most)).min(rest.len()));
                    pieces.push(piece);
                    rest = after;
                }
                pieces
            }
        }
    }
}

/// The octets up to and with each CRLF; the last line may lack it.
pub fn lines(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = octets;
    std::iter::from_fn(move || {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").map_or(rest.len(), |at| at + 2);
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole_again() {
        let octets: Vec<u8> = (0..200).collect();
        for cut in [Cut::Whole, Cut::Single, Cut::Random(0), Cut::Random(7)] {
            assert_eq!(cut.pieces(&octets).concat(), octets, "{cut:?}");
            assert!(cut.pieces(b"").is_empty());
        }
        assert_eq!(lines(b"a\r\n\nb\r\r\nc").collect::<Vec<_>>(), [&b"a\r\n"[..], b"\nb\r\r\n", b"c"]);
    }
}
