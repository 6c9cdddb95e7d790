//! Things that happened, put into the cells of every basis they count in.

use super::cell::{Contacts, Exit, THRESHOLD_MS, Times};
use super::{Resolved, Truth};
use crate::centre::CHANNELS;
use crate::demand::DAY;

/// Most holds of one leg: one of the agent's own and one for a consultation.
pub(crate) const MAX_HOLDS: usize = 2;

/// A leg that ended. Instants in ms since the epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg<'a> {
    pub(crate) queue: usize,
    pub(crate) accepted: i64,
    pub(crate) ended: i64,
    /// Beginning and end of each hold.
    pub(crate) holds: &'a [(i64, i64)],
    /// Dialling before the acceptance; 0 for inbound contacts, whose ringing is not work.
    pub(crate) dialled: i64,
    /// Length of the wrap-up that follows at once; `None` without one, and for one that does not end within the run.
    pub(crate) wrap_up: Option<i64>,
}

impl Leg<'_> {
    /// Lengths of its parts.
    pub(crate) fn times(&self) -> Times {
        let hold = self.holds.iter().map(|(from, to)| to - from).sum();
        Times { talk: self.ended - self.accepted - hold, hold, wrap_up: self.wrap_up.unwrap_or(0), dial: self.dialled }
    }
}

/// How an offer was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfferEnd {
    Accepted,
    /// Not answered or declined.
    Missed,
    /// The caller hung up.
    TakenBack,
}

/// Days of the parts of `[from, to)` and their lengths.
fn by_day(from: i64, to: i64) -> impl Iterator<Item = (i64, i64)> {
    let mut at = from;
    std::iter::from_fn(move || {
        let start = at;
        at = to.min((start.div_euclid(DAY) + 1) * DAY);
        (start < to).then_some((start, at - start))
    })
}

impl Truth {
    /// A stint left its queue.
    pub(crate) fn exit(&mut self, queue: usize, enqueued: i64, now: i64, exit: Exit) {
        let wait = now - enqueued;
        self.queue(queue, enqueued).entered.exit(exit, wait);
        self.queue(queue, now).left.exit(exit, wait);
        let decided = match exit {
            Exit::Answered | Exit::Abandoned => now.min(enqueued + THRESHOLD_MS),
            Exit::FlowOut | Exit::Callback => now,
        };
        self.queue(queue, decided).sl_event.exit(exit, wait);
        for (day, ms) in by_day(enqueued, now) {
            self.queue(queue, day).wait_clipped_ms += ms;
        }
    }

    /// An offer was closed after ringing from `made` to `now`.
    pub(crate) fn offer(&mut self, queue: usize, made: i64, now: i64, end: OfferEnd) {
        for cell in [true, false] {
            let offers = if cell { &mut self.queue(queue, made).offers_made } else { &mut self.queue(queue, now).offers_closed };
            offers.ring.add(now - made);
            offers.missed += u64::from(end == OfferEnd::Missed);
            offers.refused += u64::from(end != OfferEnd::Accepted);
        }
    }

    /// A leg ended.
    pub(crate) fn leg(&mut self, leg: &Leg<'_>) {
        let (times, is_held, queue) = (leg.times(), !leg.holds.is_empty(), leg.queue);
        self.queue(queue, leg.accepted).legs_accepted.add(is_held, times);
        self.queue(queue, leg.ended).legs_ended.add(is_held, times);
        let finished = leg.ended + leg.wrap_up.unwrap_or(0);
        self.queue(queue, finished).legs_finished.add(is_held, times);
        for (day, ms) in by_day(leg.accepted, leg.ended) {
            self.queue(queue, day).clipped.talk += ms;
        }
        for (day, ms) in leg.holds.iter().flat_map(|&(from, to)| by_day(from, to)) {
            let clipped = &mut self.queue(queue, day).clipped;
            clipped.hold += ms;
            clipped.talk -= ms;
        }
        for (day, ms) in by_day(leg.ended, finished) {
            self.queue(queue, day).clipped.wrap_up += ms;
        }
        for (day, ms) in by_day(leg.accepted - leg.dialled, leg.accepted) {
            self.queue(queue, day).clipped.dial += ms;
        }
    }

    /// Counts in the cells of a contact's channel and first queue (if it had one) on the day of `ms`.
    pub(crate) fn contact(&mut self, channel: usize, first_queue: Option<usize>, ms: i64, count: impl Fn(&mut Contacts)) {
        count(&mut self.channel(channel, ms).contacts);
        if let Some(queue) = first_queue {
            count(&mut self.queue(queue, ms).contacts);
        }
    }

    /// A turn was answered.
    pub(crate) fn turn(&mut self, channel: usize, queue: usize, asked: i64, answered: i64, is_first: bool) {
        self.contact(channel, Some(queue), asked, |cell| {
            cell.turns_by_ask.add(answered - asked);
            if is_first {
                cell.first_by_ask.add(answered - asked);
            }
        });
        self.contact(channel, Some(queue), answered, |cell| {
            cell.turns_by_answer.add(answered - asked);
            if is_first {
                cell.first_by_answer.add(answered - asked);
            }
        });
    }

    /// A session of a channel ended.
    pub(crate) fn session(&mut self, channel: usize, started: i64, now: i64, is_handed_over: bool, is_abandoned: bool) {
        let is_ivr = CHANNELS[channel] == "voice";
        let (handed_over, abandoned) = (u64::from(is_handed_over), u64::from(is_abandoned && is_ivr));
        let by_start = &mut self.channel(channel, started).sessions;
        by_start.handed_over += handed_over;
        by_start.ivr_abandoned += abandoned;
        let by_end = &mut self.channel(channel, now).sessions_ended;
        by_end.all += 1;
        by_end.ivr += u64::from(is_ivr);
        by_end.handed_over += handed_over;
        by_end.ivr_abandoned += abandoned;
    }

    /// A contact of the cohort of `fcr_7d`: its window is over.
    pub(crate) fn resolved(&mut self, case: &Resolved) {
        let stayed_away = u64::from(!case.has_returned);
        self.contact(case.channel, Some(case.first_queue), case.started, |cell| {
            cell.resolved += 1;
            cell.stayed_away += stayed_away;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, by_day};

    #[test]
    fn a_stretch_is_cut_at_midnights() {
        let parts = |from, to| by_day(from, to).collect::<Vec<_>>();
        assert_eq!(parts(DAY - 10, 2 * DAY + 5), [(DAY - 10, 10), (DAY, DAY), (2 * DAY, 5)]);
        assert_eq!(parts(5, 5), []);
        assert_eq!(parts(0, DAY), [(0, DAY)]);
    }
}
