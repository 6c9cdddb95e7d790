//! A small generator of our own (xoshiro256++ seeded by splitmix64), so that a seed means the same centre on every machine.
//!
//! Logarithm and exponential come from `libm`, never from the platform.

/// Deterministic random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// A stream for this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut x = seed;
        let mut next = || {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = x;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Whole number in `0..n`; 0 for `n` = 0.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// Milliseconds, uniform between two numbers of seconds.
    pub(crate) fn seconds(&mut self, low: f64, high: f64) -> i64 {
        ((low + (high - low) * self.unit()) * 1_000.0) as i64
    }

    /// Milliseconds, exponential with this mean in seconds, at least 1.
    pub(crate) fn exponential(&mut self, mean_s: f64) -> i64 {
        ((-libm::log(1.0 - self.unit()) * mean_s * 1_000.0) as i64).max(1)
    }

    /// Milliseconds, log-normal by its median in seconds and the sigma of the logarithm, at least 1.
    pub(crate) fn lognormal(&mut self, median_s: f64, sigma: f64) -> i64 {
        // Four uniforms, standardised: close enough to a normal for durations, and cheap.
        let z = (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 1.732_050_807_568_877_2;
        ((median_s * libm::exp(sigma * z) * 1_000.0) as i64).max(1)
    }
}
