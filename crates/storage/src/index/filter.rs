//! A Bloom filter of cache-line blocks. Blocks are in key order, so a sorted batch walks the filter once from front to back,
//! in memory or on disk alike.

/// Bits per key; with [`PROBES`] probes inside one block about 1 in 80 absent keys passes.
const BITS_PER_KEY: u64 = 10;
/// Bits per block: one cache line.
const BLOCK_BITS: u64 = 512;
/// 64-bit words per block.
pub(super) const BLOCK_WORDS: usize = 8;
/// Bits set per key.
const PROBES: u32 = 6;

/// Blocks for so many keys.
pub(super) fn blocks_for(keys: u64) -> u64 {
    (keys * BITS_PER_KEY).div_ceil(BLOCK_BITS).max(1)
}

/// The block of a key: proportional to its upper half.
pub(super) fn block_of(hi: u64, blocks: u64) -> usize {
    ((u128::from(hi) * u128::from(blocks)) >> 64) as usize
}

/// Sets the key's bits in its block.
pub(super) fn set(block: &mut [u64], lo: u64) {
    for (word, bit) in probes(lo) {
        block[word] |= bit;
    }
}

/// False when the key is certainly absent.
pub(super) fn may_contain(block: &[u64], lo: u64) -> bool {
    probes(lo).all(|(word, bit)| block[word] & bit != 0)
}

/// Six times nine bits of the lower half, which the block number does not depend on.
fn probes(lo: u64) -> impl Iterator<Item = (usize, u64)> {
    (0..PROBES).map(move |i| {
        let nine = (lo >> (9 * i)) & (BLOCK_BITS - 1);
        ((nine >> 6) as usize, 1_u64 << (nine & 63))
    })
}
