//! Who comes back about a matter that was marked resolved, for `fcr_7d`.
//!
//! Contacts end in time order, so the oldest case is always the first whose week is over.

use std::collections::VecDeque;

use ahash::AHashMap;

use crate::demand::DAY;

/// Time in which a further contact speaks against the resolution.
pub(crate) const WEEK: i64 = 7 * DAY;
/// A further contact within this many ms of the end is taken for the same one.
const GAP_MS: i64 = 300_000;

/// A contact that was handled, marked resolved and ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolved {
    pub(crate) customer: u32,
    pub(crate) reason: u8,
    pub(crate) channel: usize,
    pub(crate) first_queue: usize,
    /// Instants in ms since the epoch.
    pub(crate) started: i64,
    pub(crate) ended: i64,
    pub(crate) has_returned: bool,
}

/// Resolved contacts of the last seven days.
#[derive(Debug, Default)]
pub(crate) struct Returns {
    /// Each with the number of the previous one of the same customer and reason, 0 for none.
    cases: VecDeque<(Resolved, u64)>,
    /// Number of the first case that is still held; numbers begin with 1.
    first: u64,
    /// Number of the latest case of a customer and reason.
    latest: AHashMap<(u32, u8), u64>,
}

impl Returns {
    /// A case begins.
    pub(crate) fn resolved(&mut self, case: Resolved) {
        self.first = self.first.max(1);
        let number = self.first + self.cases.len() as u64;
        let previous = self.latest.insert((case.customer, case.reason), number).unwrap_or(0);
        self.cases.push_back((case, previous));
    }

    /// An inbound contact began.
    pub(crate) fn came(&mut self, customer: u32, reason: u8, now: i64) {
        let mut number = self.latest.get(&(customer, reason)).copied().unwrap_or(0);
        while number >= self.first.max(1) {
            let Some((case, previous)) = self.cases.get_mut((number - self.first) as usize) else { return };
            case.has_returned |= now > case.ended + GAP_MS && now <= case.ended + WEEK;
            number = *previous;
        }
    }

    /// Takes out the cases whose week was over before `now`.
    pub(crate) fn over(&mut self, now: i64) -> Vec<Resolved> {
        let count = self.cases.iter().take_while(|(case, _)| case.ended + WEEK < now).count();
        self.first += count as u64;
        let first = self.first;
        self.latest.retain(|_, number| *number >= first);
        self.cases.drain(..count).map(|(case, _)| case).collect()
    }

    /// The cases left at the end whose contacts began more than a week before `watermark`.
    pub(crate) fn finish(&mut self, watermark: i64) -> impl Iterator<Item = Resolved> {
        let cases = std::mem::take(&mut self.cases);
        cases.into_iter().map(|(case, _)| case).filter(move |case| case.started + WEEK < watermark)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, GAP_MS, Resolved, Returns, WEEK};

    fn case(customer: u32, ended: i64) -> Resolved {
        Resolved { customer, reason: 0, channel: 0, first_queue: 0, started: ended - 60_000, ended, has_returned: false }
    }

    #[test]
    fn a_return_counts_after_five_minutes_and_within_a_week() {
        for (after, is_return) in [(GAP_MS, false), (GAP_MS + 1, true), (WEEK, true), (WEEK + 1, false)] {
            let mut returns = Returns::default();
            returns.resolved(case(1, DAY));
            returns.resolved(case(2, DAY));
            returns.came(1, 0, DAY + after);
            returns.came(2, 1, DAY + after);
            let found: Vec<bool> = returns.over(10 * DAY).iter().map(|case| case.has_returned).collect();
            assert_eq!(found, [is_return, false], "{after} ms later, and about another matter");
        }
    }

    #[test]
    fn one_return_speaks_against_every_case_of_its_week() {
        let mut returns = Returns::default();
        returns.resolved(case(1, DAY));
        returns.resolved(case(1, 2 * DAY));
        returns.came(1, 0, 8 * DAY);
        assert_eq!(returns.over(10 * DAY).iter().map(|case| case.has_returned).collect::<Vec<_>>(), [true, true]);
        returns.resolved(case(1, 12 * DAY));
        returns.came(1, 0, 13 * DAY);
        returns.resolved(case(1, 14 * DAY));
        let left: Vec<bool> = returns.finish(20 * DAY).map(|case| case.has_returned).collect();
        assert_eq!(left, [true], "what began less than a week before the watermark is not in the cohort");
    }
}
