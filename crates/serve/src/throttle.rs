//! Failed logins, counted by address and by user: who guesses has to wait. Pure.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long a failure counts.
const WINDOW: Duration = Duration::from_secs(60);

/// Names and addresses remembered at once; beyond that the oldest are forgotten.
const REMEMBERED: usize = 10_000;

/// Whose failures are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Address(IpAddr),
    User(String),
}

/// Failures of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    failures: HashMap<Who, (u32, Instant)>,
}

impl Throttle {
    /// How long `who` has to wait before his next try; `None`: not at all.
    pub(crate) fn wait(&self, who: &Who, most: u32, now: Instant) -> Option<Duration> {
        let (count, since) = self.failures.get(who)?;
        let left = (*since + WINDOW).checked_duration_since(now)?;
        (*count >= most && !left.is_zero()).then_some(left)
    }

    /// A try failed.
    pub(crate) fn failed(&mut self, who: Who, now: Instant) {
        if self.failures.len() >= REMEMBERED {
            self.failures.retain(|_, (_, since)| *since + WINDOW > now);
            // An attack from more addresses than that: those that came first go.
            if let Some(oldest) = self.failures.iter().min_by_key(|(_, (_, since))| *since).map(|(who, _)| who.clone())
                && self.failures.len() >= REMEMBERED
            {
                self.failures.remove(&oldest);
            }
        }
        let entry = self.failures.entry(who).or_insert((0, now));
        if entry.1 + WINDOW <= now {
            *entry = (0, now);
        }
        entry.0 += 1;
    }

    /// A login succeeded.
    pub(crate) fn succeeded(&mut self, who: &Who) {
        self.failures.remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_too_often_waits_for_a_minute() {
        let (mut throttle, begin) = (Throttle::default(), Instant::now());
        let anna = Who::User("anna".into());
        for _ in 0..3 {
            assert_eq!(throttle.wait(&anna, 3, begin), None);
            throttle.failed(anna.clone(), begin);
        }
        assert_eq!(throttle.wait(&anna, 3, begin), Some(WINDOW));
        assert_eq!(throttle.wait(&Who::User("bert".into()), 3, begin), None);
        assert_eq!(throttle.wait(&anna, 3, begin + WINDOW), None);
        throttle.failed(anna.clone(), begin + WINDOW);
        assert_eq!(throttle.wait(&anna, 3, begin + WINDOW), None);
    }
}
