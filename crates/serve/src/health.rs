//! Whether what is served is fresh: when the lake was last looked at, and what was wrong then. Pure.

use std::time::{Duration, Instant};

/// How the following of the lake goes.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    /// When the lake was last looked at, with whatever result.
    looked_at: Instant,
    /// Since when it cannot be read.
    failing_since: Option<Instant>,
}

impl Health {
    /// It was read.
    pub(crate) const fn good(now: Instant) -> Self {
        Self { looked_at: now, failing_since: None }
    }

    /// It was looked at; `is_good`: and could be read. Gives whether that is news.
    pub(crate) fn looked(&mut self, is_good: bool, now: Instant) -> bool {
        let was_good = self.failing_since.is_none();
        self.looked_at = now;
        self.failing_since = if is_good { None } else { self.failing_since.or(Some(now)) };
        was_good != is_good
    }

    /// Whether answers are of now: the lake was looked at within `stale` and could be read.
    ///
    /// # Errors
    /// Why not, in words that tell a stranger nothing of the machine.
    pub(crate) fn ready(&self, now: Instant, stale: Duration) -> Result<(), String> {
        let seconds = |since: Instant| now.saturating_duration_since(since).as_secs();
        if let Some(since) = self.failing_since {
            return Err(format!(
                "the newest state of the lake could not be read for {} s; the reason is in the server's log",
                seconds(since)
            ));
        }
        if now.saturating_duration_since(self.looked_at) > stale {
            return Err(format!("the lake was not looked at for {} s", seconds(self.looked_at)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_what_was_read_lately_and_can_be_read() {
        let (begin, stale) = (Instant::now(), Duration::from_secs(30));
        let after = |seconds| begin + Duration::from_secs(seconds);
        let mut health = Health::good(begin);
        assert!(health.ready(after(30), stale).is_ok());
        assert!(health.ready(after(31), stale).is_err());
        assert!(health.looked(false, after(40)), "it is news");
        assert!(!health.looked(false, after(45)), "it is none any more");
        assert!(health.ready(after(50), stale).is_err_and(|why| why.contains("10 s")));
        assert!(health.looked(true, after(51)));
        assert!(health.ready(after(52), stale).is_ok());
    }
}
