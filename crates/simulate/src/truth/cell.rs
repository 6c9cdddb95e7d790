//! Counters of one cell of the truth: a queue, a channel or an agent on one day.

use std::ops::AddAssign;

/// Service-level threshold in ms, inclusive.
pub(crate) const THRESHOLD_MS: i64 = 20_000;
/// Short-abandon limit in ms, inclusive.
const SHORT_MS: i64 = 5_000;
/// Limit of `waits_over_limit` in ms.
const LIMIT_MS: i64 = 180_000;

/// How a stint ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Answered,
    Abandoned,
    FlowOut,
    Callback,
}

/// Inbound stints that left, by how and how soon.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Exits {
    pub(crate) answered: u64,
    pub(crate) abandoned: u64,
    pub(crate) short: u64,
    pub(crate) flow_out: u64,
    pub(crate) callback: u64,
    pub(crate) answered_in: u64,
    pub(crate) abandoned_in: u64,
    pub(crate) callback_in: u64,
}

impl Exits {
    /// One stint left after `wait` ms.
    pub(crate) fn exit(&mut self, exit: Exit, wait: i64) {
        let is_in = u64::from(wait <= THRESHOLD_MS);
        match exit {
            Exit::Answered => {
                self.answered += 1;
                self.answered_in += is_in;
            }
            Exit::Abandoned => {
                self.abandoned += 1;
                self.abandoned_in += is_in;
                self.short += u64::from(wait <= SHORT_MS);
            }
            Exit::FlowOut => self.flow_out += 1,
            Exit::Callback => {
                self.callback += 1;
                self.callback_in += is_in;
            }
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> u64 {
        self.answered + self.abandoned + self.flow_out + self.callback
    }
}

/// Inbound stints with their waits.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stints {
    pub(crate) exits: Exits,
    pub(crate) over_limit: u64,
    pub(crate) wait_ms: i64,
    pub(crate) wait_answered_ms: i64,
    /// Over answered, abandoned and flowed out.
    pub(crate) longest_ms: Option<i64>,
    /// Waits of answered stints in ms.
    pub(crate) waits: Vec<u32>,
}

impl Stints {
    /// One stint left after `wait` ms.
    pub(crate) fn exit(&mut self, exit: Exit, wait: i64) {
        self.exits.exit(exit, wait);
        if exit == Exit::Answered {
            self.wait_answered_ms += wait;
            self.waits.push(u32::try_from(wait).unwrap_or(u32::MAX));
        }
        if exit != Exit::Callback {
            self.longest_ms = self.longest_ms.max(Some(wait));
        }
        self.wait_ms += wait;
        self.over_limit += u64::from(wait > LIMIT_MS);
    }
}

/// Number and length: what a mean is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mean {
    pub(crate) n: u64,
    pub(crate) ms: i64,
}

impl Mean {
    /// One more of `ms`.
    pub(crate) fn add(&mut self, ms: i64) {
        self.n += 1;
        self.ms += ms;
    }
}

/// Legs that ended, in one cell by acceptance, end, or end of wrap-up; inbound and outbound.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Legs {
    pub(crate) n: u64,
    /// Of them with a hold.
    pub(crate) held: u64,
    pub(crate) times: Times,
}

impl Legs {
    pub(crate) fn add(&mut self, is_held: bool, times: Times) {
        self.n += 1;
        self.held += u64::from(is_held);
        self.times += times;
    }
}

/// Lengths of work in ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) talk: i64,
    pub(crate) hold: i64,
    /// An unknown length counts as 0.
    pub(crate) wrap_up: i64,
    /// Dialling of outbound contacts.
    pub(crate) dial: i64,
}

impl Times {
    /// All work.
    pub(crate) fn all(&self) -> i64 {
        self.talk + self.hold + self.wrap_up + self.dial
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Self) {
        self.talk += other.talk;
        self.hold += other.hold;
        self.wrap_up += other.wrap_up;
        self.dial += other.dial;
    }
}

/// Offers that were closed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Offers {
    pub(crate) ring: Mean,
    /// Not answered or declined.
    pub(crate) missed: u64,
    /// Not answered, declined or taken back.
    pub(crate) refused: u64,
}

/// Contacts and turns of a channel, or of a first queue, on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Contacts {
    /// Inbound contacts by start.
    pub(crate) received: u64,
    /// Inbound contacts by end.
    pub(crate) received_ended: u64,
    /// Contacts of any direction that an agent handled, by start.
    pub(crate) handled: u64,
    /// Contacts with a completed transfer, by start.
    pub(crate) transferred: u64,
    /// The same two by end, of contacts that ended.
    pub(crate) handled_ended: u64,
    pub(crate) transferred_ended: u64,
    /// Inbound contacts with an earlier one of the same customer and reason within 7 days, by start.
    pub(crate) repeats: u64,
    /// Handled contacts that ended, with their work: by end, by start.
    pub(crate) work_by_end: Mean,
    pub(crate) work_by_start: Mean,
    /// Cohort of `fcr_7d`, and those of it that did not come back, by start.
    pub(crate) resolved: u64,
    pub(crate) stayed_away: u64,
    /// First turns by question, by answer; then all turns.
    pub(crate) first_by_ask: Mean,
    pub(crate) first_by_answer: Mean,
    pub(crate) turns_by_ask: Mean,
    pub(crate) turns_by_answer: Mean,
    /// Turns nobody has answered, by question.
    pub(crate) pending: u64,
}

/// Self-service sessions by one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sessions {
    pub(crate) all: u64,
    pub(crate) handed_over: u64,
    pub(crate) ivr: u64,
    pub(crate) ivr_abandoned: u64,
}

/// One queue on one UTC day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct QueueDay {
    /// Stints that were enqueued on this day, whatever became of them.
    pub(crate) offered: u64,
    /// Of them still waiting at the end of the run.
    pub(crate) waiting: u64,
    /// Stints that left, by entry.
    pub(crate) entered: Stints,
    /// Stints that left, by exit.
    pub(crate) left: Stints,
    /// Stints by service-level event.
    pub(crate) sl_event: Exits,
    /// Waits of the stints that left, by the clock.
    pub(crate) wait_clipped_ms: i64,
    /// Legs by acceptance, open ones included, and those of them with a hold.
    pub(crate) handled: u64,
    pub(crate) handled_held: u64,
    /// Legs that ended, by acceptance.
    pub(crate) legs_accepted: Legs,
    /// By end.
    pub(crate) legs_ended: Legs,
    /// By the end of the wrap-up, else of the leg.
    pub(crate) legs_finished: Legs,
    /// Work of the legs that ended, by the clock; and the holds of those with one.
    pub(crate) clipped: Times,
    /// Offers by when they were made.
    pub(crate) offers_made: Offers,
    /// Offers by when they were closed.
    pub(crate) offers_closed: Offers,
    /// Contacts whose first queue this is.
    pub(crate) contacts: Contacts,
}

/// One channel on one UTC day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ChannelDay {
    pub(crate) contacts: Contacts,
    /// Sessions by start.
    pub(crate) sessions: Sessions,
    /// Sessions that ended, by end.
    pub(crate) sessions_ended: Sessions,
}

/// One agent on one UTC day, on the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct AgentDay {
    pub(crate) handled: u64,
    pub(crate) handling_ms: i64,
    pub(crate) idle_ms: i64,
    pub(crate) ringing_ms: i64,
    /// Available time between the end of handling and the next acceptance, by acceptance.
    pub(crate) gaps: Mean,
}
