//! The truth: what happened in the centre, counted where it happens and never read back from the events.
//!
//! One JSON line per KPI, basis and place: `kpi, basis, queue, channel, agent_id, day, numerator, denominator, value`. Sums of time
//! are exact milliseconds in `numerator` (and in `denominator` where it is time); `value` is in the unit of the catalogue: seconds
//! for durations, 0-1 for ratios. `basis` says which day owns the number: `arrival` (enqueue, start of the contact, acceptance of a
//! leg), `event` (when it happened), `completion` (when the measured thing ended), `clipped` (split by overlap), `start`, `sl_event`.
//!
//! Three sorts of places: a queue with its channel (stints, legs, and contacts by their first queue), a channel alone (contacts, turns,
//! self-service), an agent alone (time on the clock). What the horizon cuts: a leg that has not ended counts in `handled` only, a
//! wrap-up that has not ended has no length, an offer that is still open is none yet.
//!
//! [`cell`] holds the counters, [`tally`] puts things that happened into them, [`returns`] watches who comes back, [`write`] prints.

use std::collections::BTreeMap;
use std::io::{self, Write};

mod cell;
mod lines;
mod returns;
mod tally;
mod write;

pub(crate) use cell::{AgentDay, ChannelDay, Exit, QueueDay};
pub(crate) use returns::{Resolved, Returns, WEEK};
pub(crate) use tally::{Leg, MAX_HOLDS, OfferEnd};

/// Everything counted; fill it with [`crate::run`], print it with [`Truth::write`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Truth {
    first_day: i64,
    days: usize,
    /// By day, then queue.
    queues: Vec<QueueDay>,
    /// By day, then channel.
    channels: Vec<ChannelDay>,
    agents: BTreeMap<(i64, u64), AgentDay>,
    open_contacts: u64,
    unended: u64,
}

impl Truth {
    /// Prepares for `days` days from day number `first_day`.
    pub(crate) fn reset(&mut self, first_day: i64, days: u32) {
        let days = days as usize;
        *self = Self {
            first_day,
            days,
            queues: vec![QueueDay::default(); days * crate::centre::QUEUES.len()],
            channels: vec![ChannelDay::default(); days * crate::centre::CHANNELS.len()],
            ..Self::default()
        };
    }

    /// The cell of a queue on the day of `ms`.
    pub(crate) fn queue(&mut self, queue: usize, ms: i64) -> &mut QueueDay {
        let at = self.day(ms) * crate::centre::QUEUES.len() + queue;
        &mut self.queues[at]
    }

    /// The cell of a channel on the day of `ms`.
    pub(crate) fn channel(&mut self, channel: usize, ms: i64) -> &mut ChannelDay {
        let at = self.day(ms) * crate::centre::CHANNELS.len() + channel;
        &mut self.channels[at]
    }

    /// The cell of an agent on a day number.
    pub(crate) fn agent(&mut self, agent: u64, day: i64) -> &mut AgentDay {
        self.agents.entry((day, agent)).or_default()
    }

    /// Contacts still open at the horizon, apart from those whose end was withheld.
    pub(crate) fn still_open(&mut self, contacts: u64) {
        self.open_contacts = contacts + self.unended;
    }

    /// The end of a contact was withheld by the dirt.
    pub(crate) fn unended(&mut self) {
        self.unended += 1;
    }

    fn day(&self, ms: i64) -> usize {
        ((ms.div_euclid(crate::demand::DAY) - self.first_day).max(0) as usize).min(self.days.saturating_sub(1))
    }

    /// Writes the truth as JSON Lines, in a fixed order.
    ///
    /// # Errors
    /// What `out` returns.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write::write(self, out)
    }

    /// Per queue and day in arrival basis: offered, and the stints answered, abandoned, flowed out, called back, dropped and still
    /// waiting. The first equals the sum of the others.
    pub fn closure(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.queues.iter().map(|day| (day.offered, day.entered.exits.all() + day.waiting))
    }

    /// Sums over the run for one queue, or all for `None`.
    #[must_use]
    pub fn totals(&self, queue: Option<&str>) -> Totals {
        let names = crate::centre::QUEUES;
        let mut totals = Totals::default();
        for (at, day) in self.queues.iter().enumerate() {
            if queue.is_some_and(|name| name != names[at % names.len()].name) {
                continue;
            }
            let exits = &day.entered.exits;
            totals.offered += day.offered;
            totals.answered += exits.answered;
            totals.abandoned += exits.abandoned;
            totals.short_abandons += exits.short;
            totals.flow_out += exits.flow_out;
            totals.answered_in_threshold += exits.answered_in;
        }
        for cell in self.agents.values() {
            totals.handling_ms += cell.handling_ms;
            totals.idle_ms += cell.idle_ms + cell.ringing_ms;
        }
        totals
    }
}

/// Sums over a run, for a look at how the centre behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Inbound stints.
    pub offered: u64,
    /// Of them answered.
    pub answered: u64,
    /// Of them abandoned.
    pub abandoned: u64,
    /// Abandoned within 5 s.
    pub short_abandons: u64,
    /// Timed out, out of hours.
    pub flow_out: u64,
    /// Answered within 20 s.
    pub answered_in_threshold: u64,
    /// All agents: on the clock with at least one leg.
    pub handling_ms: i64,
    /// All agents: available without a leg, ringing included.
    pub idle_ms: i64,
}
