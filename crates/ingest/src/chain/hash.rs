//! XXH3 (64 bits, default secret) whose state can be written down and taken up again, which the crate's hasher cannot. Same digests:
//! <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>, section XXH3.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes taken in at a time.
const STRIPE: usize = 64;
/// Stripes after which the accumulators are scrambled.
const STRIPES_PER_BLOCK: u32 = 16;
/// Content up to this length has a formula of its own.
const SHORT_MAX: usize = 240;

const PRIME32_1: u64 = 0x9E37_79B1;
const PRIME64_1: u64 = 0x9E37_79B1_85EB_CA87;

/// The accumulators before the first stripe.
const INITIAL: [u64; 8] = [
    0xC2B2_AE3D,
    PRIME64_1,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x85EB_CA77,
    0x27D4_EB2F_1656_67C5,
    PRIME32_1,
];

/// The algorithm's default secret.
#[rustfmt::skip]
const SECRET: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
];

/// A hash over everything taken in so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Xxh3State {
    acc: [u64; 8],
    /// A stripe has gone into the accumulators; the tail begins with the last one.
    is_begun: bool,
    /// Stripes since the last scrambling.
    stripes: u32,
    /// Bytes taken in.
    total: u64,
    /// The first bytes, up to [`SHORT_MAX`].
    head: Vec<u8>,
    /// The last stripe that went into the accumulators, then what has not: never empty once there is content, at most a stripe.
    tail: Vec<u8>,
}

impl Default for Xxh3State {
    fn default() -> Self {
        Self { acc: INITIAL, is_begun: false, stripes: 0, total: 0, head: Vec::new(), tail: Vec::new() }
    }
}

impl Xxh3State {
    /// Takes in the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = SHORT_MAX.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        let mut rest = bytes;
        // The last 1 to 64 bytes stay out: they go in otherwise at the end.
        while self.pending() + rest.len() > STRIPE {
            let want = STRIPE - self.pending();
            if want == STRIPE {
                // Nothing is pending: stripes need not be copied, save the last for the tail.
                let whole = (rest.len() - 1) / STRIPE;
                for stripe in rest[..whole * STRIPE].chunks_exact(STRIPE) {
                    self.stripe(stripe);
                }
                self.tail.clear();
                self.tail.extend_from_slice(&rest[(whole - 1) * STRIPE..whole * STRIPE]);
                rest = &rest[whole * STRIPE..];
            } else {
                self.tail.extend_from_slice(&rest[..want]);
                rest = &rest[want..];
                let stripe: Vec<u8> = self.tail.split_off(self.tail.len() - STRIPE);
                self.stripe(&stripe);
                self.tail = stripe;
            }
        }
        self.tail.extend_from_slice(rest);
    }

    /// The digest of what was taken in.
    pub(crate) fn digest(&self) -> u64 {
        if self.total <= SHORT_MAX as u64 {
            return xxh3_64(&self.head);
        }
        let mut acc = self.acc;
        accumulate(&mut acc, &self.tail[self.tail.len() - STRIPE..], &SECRET[SECRET.len() - STRIPE - 7..]);
        let mut result = self.total.wrapping_mul(PRIME64_1);
        for (pair, secret) in acc.chunks_exact(2).zip(SECRET[11..].chunks_exact(16)) {
            let product = u128::from(pair[0] ^ word(secret, 0)) * u128::from(pair[1] ^ word(secret, 1));
            result = result.wrapping_add((product as u64) ^ (product >> 64) as u64);
        }
        result = (result ^ (result >> 37)).wrapping_mul(0x1656_6791_9E37_79F9);
        result ^ (result >> 32)
    }

    /// Bytes of the tail that are not in the accumulators.
    fn pending(&self) -> usize {
        if self.is_begun { self.tail.len() - STRIPE } else { self.tail.len() }
    }

    fn stripe(&mut self, bytes: &[u8]) {
        accumulate(&mut self.acc, bytes, &SECRET[self.stripes as usize * 8..]);
        self.is_begun = true;
        self.stripes += 1;
        if self.stripes == STRIPES_PER_BLOCK {
            self.stripes = 0;
            for (i, acc) in self.acc.iter_mut().enumerate() {
                *acc = (*acc ^ (*acc >> 47) ^ word(&SECRET[SECRET.len() - STRIPE..], i)).wrapping_mul(PRIME32_1);
            }
        }
    }
}

fn accumulate(acc: &mut [u64; 8], stripe: &[u8], secret: &[u8]) {
    for i in 0..8 {
        let value = word(stripe, i);
        let key = value ^ word(secret, i);
        acc[i ^ 1] = acc[i ^ 1].wrapping_add(value);
        acc[i] = acc[i].wrapping_add((key & 0xFFFF_FFFF).wrapping_mul(key >> 32));
    }
}

/// Word `i`, little-endian.
fn word(bytes: &[u8], i: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[i * 8..i * 8 + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use xxhash_rust::xxh3::xxh3_64;

    use super::Xxh3State;

    #[test]
    fn digests_are_those_of_the_crate_however_the_content_is_cut_and_wherever_the_state_was_written_down() {
        let content: Vec<u8> = (0..9_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for len in (0..600).chain([1_023, 1_024, 1_025, 1_088, 2_048, 2_049, 4_097, 9_000]) {
            for step in [1, 7, 63, 64, 65, 128, 241, 1_024, 9_000] {
                let mut hash = Xxh3State::default();
                for (i, piece) in content[..len].chunks(step).enumerate() {
                    hash.update(piece);
                    if i % 5 == 3 {
                        hash = serde_json::from_str(&serde_json::to_string(&hash).unwrap()).unwrap();
                    }
                }
                assert_eq!(hash.digest(), xxh3_64(&content[..len]), "{len} bytes by {step}");
            }
        }
    }
}
