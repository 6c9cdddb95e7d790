//! Holds of one leg: counted one by one, measured together (fold rule 6).

use super::span::micros_between;
use crate::time::Timestamp;

/// The holds of a leg: beginning and, unless never resumed, end.
#[derive(Debug, Clone, Default)]
pub(super) struct Holds(Vec<(Timestamp, Option<Timestamp>)>);

impl Holds {
    pub(super) fn started(&mut self, at: Timestamp) {
        self.0.push((at, None));
    }

    /// Ends the hold that is open; false when there is none.
    pub(super) fn ended(&mut self, at: Timestamp) -> bool {
        let open = self.0.iter_mut().find(|(_, end)| end.is_none());
        open.map(|hold| hold.1 = Some(at)).is_some()
    }

    /// A hold of which only the end is known.
    pub(super) fn implied(&mut self, from: Timestamp, to: Timestamp) {
        self.0.push((from.min(to), Some(to)));
    }

    pub(super) fn count(&self) -> i64 {
        self.0.len() as i64
    }

    /// Holds never resumed, by their beginnings.
    pub(super) fn never_resumed(&self) -> impl Iterator<Item = Timestamp> + '_ {
        self.0.iter().filter(|(_, end)| end.is_none()).map(|(start, _)| *start)
    }

    /// Milliseconds on hold within `from`..`to`, overlaps once. While the leg lasts (`to` is `None`) only holds that ended count.
    pub(super) fn held_ms(&self, from: Timestamp, to: Option<Timestamp>) -> i64 {
        let micros = self.stretches(from, to).into_iter().map(|(start, end)| micros_between(start, end));
        micros.fold(0, i64::saturating_add) / 1_000
    }

    /// The stretches on hold within `from`..`to`, in order, holds that overlap or touch as one.
    pub(super) fn stretches(&self, from: Timestamp, to: Option<Timestamp>) -> Vec<(Timestamp, Timestamp)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let inside = |(start, end): &(Timestamp, Option<Timestamp>)| {
            let end = match (*end, to) {
                (Some(end), Some(to)) => end.min(to),
                (end, to) => end.or(to)?,
            };
            Some(((*start).max(from), end))
        };
        let mut spans: Vec<(Timestamp, Timestamp)> = self.0.iter().filter_map(inside).collect();
        spans.sort_unstable();
        let mut out: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (start, end) in spans.into_iter().filter(|(start, end)| start < end) {
            match out.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => out.push((start, end)),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{Holds, Timestamp};

    #[test]
    fn overlaps_count_once_and_nothing_counts_outside() {
        let at = Timestamp::from_seconds;
        let mut holds = Holds::default();
        for (from, to) in [(5, 20), (15, 30), (40, 45)] {
            holds.implied(at(from), at(to));
        }
        holds.started(at(90));
        assert_eq!(holds.held_ms(at(10), Some(at(100))), 20_000 + 5_000 + 10_000);
        assert_eq!(holds.stretches(at(10), Some(at(100))), [(at(10), at(30)), (at(40), at(45)), (at(90), at(100))]);
        assert_eq!(holds.held_ms(at(10), None), 25_000, "a hold that lasts is not counted yet");
        assert_eq!((holds.count(), holds.never_resumed().count()), (4, 1));
    }
}
