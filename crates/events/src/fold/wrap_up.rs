//! Work after a leg (fold rule 6).

use super::span::{before, millis_between};
use crate::time::Timestamp;

/// The wrap-up of one leg; usually one stretch, at times more.
#[derive(Debug, Clone, Default)]
pub(super) struct WrapUp {
    pub(super) has_begun: bool,
    open_since: Option<Timestamp>,
    sum_ms: i64,
    ended_at: Option<Timestamp>,
}

/// What became of an event about wrap-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    AsTold,
    /// The missing start was taken from the leg's end.
    Implied,
    /// It had begun, or ended, before.
    Again,
}

impl WrapUp {
    pub(super) const fn is_open(&self) -> bool {
        self.open_since.is_some()
    }

    pub(super) fn started(&mut self, at: Timestamp) -> Taken {
        if self.is_open() {
            return Taken::Again;
        }
        self.has_begun = true;
        self.open_since = Some(at);
        Taken::AsTold
    }

    /// `reported` is used when the start is missing, and without it the leg's end stands in for the start.
    pub(super) fn ended(&mut self, at: Timestamp, reported: Option<i64>, leg_ended_at: Option<Timestamp>) -> Taken {
        let (length, taken) = match (self.open_since.take(), reported) {
            (Some(since), _) => (millis_between(since, at), Taken::AsTold),
            (None, Some(_)) | (None, None) if self.overlaps(at, reported) => return Taken::Again,
            (None, Some(length)) => (length, Taken::AsTold),
            (None, None) => (leg_ended_at.map_or(0, |end| millis_between(end, at)), Taken::Implied),
        };
        self.has_begun = true;
        self.sum_ms = self.sum_ms.saturating_add(length);
        self.ended_at = Some(at);
        taken
    }

    /// Whether a stretch of which only the end is told begins before the last one ended.
    fn overlaps(&self, at: Timestamp, reported: Option<i64>) -> bool {
        self.ended_at.is_some_and(|ended| reported.is_none_or(|length| before(at, length) < ended))
    }

    /// Length in milliseconds; `None` without wrap-up and while one was never ended.
    pub(super) fn length_ms(&self) -> Option<i64> {
        (self.has_begun && !self.is_open()).then_some(self.sum_ms)
    }

    /// Its end; `None` without wrap-up and while one was never ended.
    pub(super) fn ended_at(&self) -> Option<Timestamp> {
        self.ended_at.filter(|_| !self.is_open())
    }
}
