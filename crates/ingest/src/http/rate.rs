//! How many requests a pipeline takes, over time: so many a second, and so many at once after a pause.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// A limit on requests. Clones share it.
#[derive(Debug, Clone)]
pub struct Rate(Arc<DefaultDirectRateLimiter>);

impl Rate {
    /// One request every `interval`, `burst` at once after a pause. `None` for an interval of nothing.
    #[must_use]
    pub fn every(interval: Duration, burst: NonZeroU32) -> Option<Self> {
        let quota = Quota::with_period(interval)?.allow_burst(burst);
        Some(Self(Arc::new(RateLimiter::direct(quota))))
    }

    /// Takes a request.
    ///
    /// # Errors
    /// The seconds until there is room for one, at least 1.
    pub(super) fn take(&self) -> Result<(), u64> {
        self.0.check().map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero())
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::Rate;

    #[test]
    fn after_a_burst_one_comes_at_a_time_and_is_told_when() {
        // An hour: however slow the machine, no room comes back during the test.
        let rate = Rate::every(Duration::from_secs(3600), NonZeroU32::new(2).unwrap()).unwrap();
        assert_eq!((rate.take(), rate.clone().take()), (Ok(()), Ok(())));
        let wait = rate.take().unwrap_err();
        assert!((3000..=3600).contains(&wait), "{wait}");
        assert!(Rate::every(Duration::ZERO, NonZeroU32::MIN).is_none());
    }
}
