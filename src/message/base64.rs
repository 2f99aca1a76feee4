//! Base64 of bodies (RFC 2045 section 6.8): lines of 76, and whatever arrives in their place.

use alloc::vec::Vec;

/// What was wrong with an encoded body that was decoded all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// There was something in it that does not belong there, and was skipped or kept as it is.
    pub strays: bool,
    /// It ends before its end.
    pub truncated: bool,
}

impl Damage {
    /// True when there was none.
    pub const fn is_none(self) -> bool {
        !self.strays && !self.truncated
    }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Octets of a line.
pub(super) const LINE: usize = 57;
const LETTERS_OF_A_LINE: usize = 76;

/// Appends octets as base64 in lines of 76 columns, each with its CRLF. What comes in multiples of 57 octets can be
/// continued.
///
/// ```
/// let mut out = Vec::new();
/// edgepost::message::base64::encode(b"any octets", &mut out);
/// assert_eq!(out, b"YW55IG9jdGV0cw==\r\n");
/// ```
pub fn encode(octets: &[u8], out: &mut Vec<u8>) {
    out.reserve(octets.len().div_ceil(LINE) * (LETTERS_OF_A_LINE + 2));
    let (lines, last) = octets.as_chunks::<LINE>();
    for line in lines {
        let mut text = [b'\n'; LETTERS_OF_A_LINE + 2];
        if let Some(letters) = text.first_chunk_mut() {
            encode_whole_line(line, letters);
        }
        text[LETTERS_OF_A_LINE] = b'\r';
        out.extend_from_slice(&text);
    }
    if !last.is_empty() {
        let mut letters = [b'='; LETTERS_OF_A_LINE];
        encode_line(last, &mut letters);
        out.extend_from_slice(&letters[..last.len().div_ceil(3) * 4]);
        out.extend_from_slice(b"\r\n");
    }
}

/// `to` is at least as long as the line becomes, and holds the padding already.
fn encode_line(line: &[u8], to: &mut [u8]) {
    let letter = |bits: u32| LETTERS[bits as usize & 63];
    let (groups, last) = line.as_chunks::<3>();
    let (quads, _) = to.as_chunks_mut::<4>();
    for (&[a, b, c], quad) in groups.iter().zip(quads.iter_mut()) {
        let bits = u32::from(a) << 16 | u32::from(b) << 8 | u32::from(c);
        *quad = [letter(bits >> 18), letter(bits >> 12), letter(bits >> 6), letter(bits)];
    }
    if let (Some(quad), Some(&a)) = (quads.get_mut(groups.len()), last.first()) {
        let b = last.get(1).copied();
        let bits = u32::from(a) << 16 | u32::from(b.unwrap_or_default()) << 8;
        quad[0] = letter(bits >> 18);
        quad[1] = letter(bits >> 12);
        if b.is_some() {
            quad[2] = letter(bits >> 6);
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn encode_whole_line(line: &[u8; LINE], to: &mut [u8; LETTERS_OF_A_LINE]) {
    encode_line(line, to);
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd::encode_whole_line;

/// Twelve octets at a time: V8 makes of the loop above a fourth of the speed.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use super::{LETTERS_OF_A_LINE, LINE};
    use core::arch::wasm32::{
        i8x16, i8x16_add, u8x16_lt, u8x16_splat, u8x16_sub_sat, u8x16_swizzle, u32x4_shl, u32x4_shr,
        u32x4_splat, u64x2, u64x2_extract_lane, v128, v128_and, v128_or,
    };

    /// What is added to a value for its letter: for 52 to 61, 62, 63, 0 to 25, and 26 to 51 in front of all.
    const OFFSETS: v128 = i8x16(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);

    /// Where the octets of each group of four letters are.
    const FIRST_TWELVE: v128 = i8x16(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    /// The same of the last nine of 16.
    const LAST_NINE: v128 = i8x16(8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14, -1, -1, -1, -1);

    /// Nothing is copied that is not 16 octets, because V8 calls a function for it.
    pub fn encode_whole_line(line: &[u8; LINE], to: &mut [u8; LETTERS_OF_A_LINE]) {
        for (group, letters) in to.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            if let Some(octets) = line[12 * group..].first_chunk() {
                *letters = encode_sixteen(octets, FIRST_TWELVE);
            }
        }
        if let (Some(octets), Some(letters)) = (line.last_chunk(), to.last_chunk_mut::<12>()) {
            let last = encode_sixteen(octets, LAST_NINE);
            if let Some(last) = last.first_chunk() {
                *letters = *last;
            }
        }
    }

    /// Letters of those octets that `spread` picks. After W. Muła and D. Lemire, Faster Base64 Encoding and Decoding using AVX2
    /// Instructions, 2018.
    fn encode_sixteen(octets: &[u8; 16], spread: v128) -> [u8; 16] {
        let bits = u128::from_le_bytes(*octets);
        let octets = u64x2(bits as u64, (bits >> 64) as u64);
        let spread = u8x16_swizzle(octets, spread);
        let at = |mask| v128_and(spread, u32x4_splat(mask));
        let values = v128_or(
            v128_or(u32x4_shr(at(0x0000_FC00), 10), u32x4_shl(at(0x0000_03F0), 4)),
            v128_or(u32x4_shr(at(0x0FC0_0000), 6), u32x4_shl(at(0x003F_0000), 8)),
        );
        let place = u8x16_sub_sat(values, u8x16_splat(51));
        let upper = v128_and(u8x16_lt(values, u8x16_splat(26)), u8x16_splat(13));
        let letters = i8x16_add(values, u8x16_swizzle(OFFSETS, v128_or(place, upper)));
        let (low, high) = (u64x2_extract_lane::<0>(letters), u64x2_extract_lane::<1>(letters));
        (u128::from(low) | u128::from(high) << 64).to_le_bytes()
    }
}

/// Between lines and around them.
const SPACE: u8 = 64;
const PADDING: u8 = 65;
const STRAY: u8 = 66;

/// What each octet stands for.
const VALUES: [u8; 256] = {
    let mut values = [STRAY; 256];
    let mut value = 0;
    while value < 64 {
        values[LETTERS[value] as usize] = value as u8;
        value += 1;
    }
    values[b' ' as usize] = SPACE;
    values[b'\t' as usize] = SPACE;
    values[b'\r' as usize] = SPACE;
    values[b'\n' as usize] = SPACE;
    values[b'=' as usize] = PADDING;
    values
};

/// Reads base64 that comes in pieces of any size, and gives what can be made of it: line ends are skipped wherever they
/// are, padding ends a group and not the whole, and what is not of the alphabet is left out and told of.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    bits: u32,
    /// How many letters of a group are in `bits`.
    letters: u8,
    damage: Damage,
}

impl Decoder {
    /// Appends what the next piece stands for.
    pub fn write(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        // A group is at most three octets, and one may have been begun before.
        out.resize(start + text.len().div_ceil(4) * 3 + 3, 0);
        let to = &mut out[start..];
        let mut length = 0;
        let mut rest = text;
        while let Some((&first, after)) = rest.split_first() {
            if self.letters == 0 {
                let (read, made) = whole_groups(rest, &mut to[length..]);
                if read > 0 {
                    rest = &rest[read..];
                    length += made;
                    continue;
                }
            }
            rest = after;
            length += self.letter(VALUES[usize::from(first)], &mut to[length..]);
        }
        out.truncate(start + length);
    }

    /// Takes one letter, and gives the number of octets that it completes.
    fn letter(&mut self, value: u8, to: &mut [u8]) -> usize {
        match value {
            SPACE => 0,
            PADDING => self.end_group(to),
            STRAY => {
                self.damage.strays = true;
                0
            }
            value => {
                self.bits = self.bits << 6 | u32::from(value);
                self.letters += 1;
                if self.letters == 4 { self.end_group(to) } else { 0 }
            }
        }
    }

    /// Writes the octets that are whole.
    fn end_group(&mut self, to: &mut [u8]) -> usize {
        let letters = self.letters;
        let bits = self.bits << (6 * (4 - u32::from(letters.min(4))));
        // One letter is no octet.
        let length = usize::from(letters.saturating_sub(1));
        self.damage.truncated |= letters == 1;
        if let Some(to) = to.get_mut(..length) {
            to.copy_from_slice(&bits.to_be_bytes()[1..=length]);
        }
        (self.bits, self.letters) = (0, 0);
        length
    }

    /// Appends what the last group stands for, and tells what was wrong.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Damage {
        self.damage.truncated |= self.letters > 0;
        let mut last = [0; 3];
        let length = self.end_group(&mut last);
        out.extend_from_slice(&last[..length]);
        self.damage
    }
}

/// Decodes groups of four letters as long as there is nothing else; gives how many octets were read, and made of it.
fn whole_groups(text: &[u8], to: &mut [u8]) -> (usize, usize) {
    let mut groups = 0;
    for (quad, three) in text.as_chunks::<4>().0.iter().zip(to.as_chunks_mut::<3>().0) {
        let [a, b, c, d] = quad.map(|letter| VALUES[usize::from(letter)]);
        if (a | b | c | d) >= SPACE {
            break;
        }
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        let [_, x, y, z] = bits.to_be_bytes();
        *three = [x, y, z];
        groups += 1;
    }
    (groups * 4, groups * 3)
}

/// True when there are only letters, padding and white space in a text.
pub(super) fn is_clean(text: &[u8]) -> bool {
    text.iter().all(|&letter| VALUES[usize::from(letter)] != STRAY)
}

/// Appends what base64 stands for, as far as it is; see [`Decoder`].
///
/// ```
/// use edgepost::message::base64;
///
/// let mut out = Vec::new();
/// assert!(base64::decode(b"YW55IG9j\r\ndGV0cw==\r\n", &mut out).is_none());
/// assert_eq!(out, b"any octets");
/// ```
pub fn decode(text: &[u8], out: &mut Vec<u8>) -> Damage {
    let mut decoder = Decoder::default();
    decoder.write(text, out);
    decoder.finish(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec;

    fn encoded(octets: &[u8]) -> Vec<u8> {
        let mut out = vec![];
        encode(octets, &mut out);
        out
    }

    fn decoded(text: &str) -> (String, Damage) {
        let mut out = vec![];
        let damage = decode(text.as_bytes(), &mut out);
        (String::from_utf8(out).unwrap(), damage)
    }

    #[test]
    fn rfc_4648_section_10() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg==\r\n"),
            ("fo", "Zm8=\r\n"),
            ("foo", "Zm9v\r\n"),
            ("foob", "Zm9vYg==\r\n"),
            ("fooba", "Zm9vYmE=\r\n"),
            ("foobar", "Zm9vYmFy\r\n"),
        ] {
            assert_eq!(encoded(octets.as_bytes()), text.as_bytes());
            assert_eq!(decoded(text), (octets.into(), Damage::default()));
        }
    }

    #[test]
    fn every_length_comes_back_whole_and_in_pieces() {
        let octets: Vec<u8> = (0..1000_u32).map(|at| (at * 7 + at / 256) as u8).collect();
        for length in (0..200).chain([999, 1000]) {
            let text = encoded(&octets[..length]);
            assert!(text.split(|&octet| octet == b'\n').all(|line| line.len() <= 77));
            for size in [1, 2, 3, 5, 78, 1000] {
                let (mut decoder, mut out) = (Decoder::default(), vec![]);
                text.chunks(size).for_each(|piece| decoder.write(piece, &mut out));
                assert_eq!(decoder.finish(&mut out), Damage::default());
                assert_eq!(out, &octets[..length]);
            }
        }
    }

    #[test]
    fn multiples_of_57_can_be_continued() {
        let octets: Vec<u8> = (0..=255).cycle().take(57 * 9 + 5).collect();
        let mut out = vec![];
        octets.chunks(57 * 2).for_each(|piece| encode(piece, &mut out));
        assert_eq!(out, encoded(&octets));
    }

    #[test]
    fn what_arrives_is_read_as_far_as_it_goes() {
        let damage = |strays, truncated| Damage { strays, truncated };
        for (text, octets, found) in [
            ("Zm9v YmFy\n", "foobar", damage(false, false)),
            ("Z\r\nm9\r\nvYmFy", "foobar", damage(false, false)),
            // Padding is missing, or all of a last octet.
            ("Zm8", "fo", damage(false, true)),
            ("Zg", "f", damage(false, true)),
            ("Zm9vZ", "foo", damage(false, true)),
            ("Zm9vZ===", "foo", damage(false, true)),
            // One encoded text behind the other.
            ("Zg==Zm8=Zm9v", "ffofoo", damage(false, false)),
            ("Zm9v====", "foo", damage(false, false)),
            ("Zm-9v", "foo", damage(true, false)),
            ("Zm9v\r\n-- \r\n", "foo", damage(true, false)),
            ("é", "", damage(true, false)),
        ] {
            assert_eq!(decoded(text), (octets.into(), found), "{text}");
        }
    }
}
