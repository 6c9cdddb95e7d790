//! Counters of one cell of the truth.

/// Service-level threshold in ms, inclusive.
const THRESHOLD_MS: i64 = 20_000;
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

/// Inbound stints.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Stints {
    pub(crate) offered: u64,
    pub(crate) answered: u64,
    pub(crate) abandoned: u64,
    pub(crate) short: u64,
    pub(crate) flow_out: u64,
    pub(crate) callback: u64,
    pub(crate) waiting: u64,
    pub(crate) answered_in: u64,
    pub(crate) abandoned_in: u64,
    pub(crate) callback_in: u64,
    pub(crate) over_limit: u64,
    pub(crate) wait_answered_ms: i64,
    pub(crate) longest_ms: Option<i64>,
    /// Waits of answered stints in ms.
    pub(crate) waits: Vec<u32>,
}

impl Stints {
    /// One stint left after `wait` ms.
    pub(crate) fn exit(&mut self, exit: Exit, wait: i64) {
        let is_in = u64::from(wait <= THRESHOLD_MS);
        match exit {
            Exit::Answered => {
                self.answered += 1;
                self.answered_in += is_in;
                self.wait_answered_ms += wait;
                self.waits.push(u32::try_from(wait).unwrap_or(u32::MAX));
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
        if exit != Exit::Callback {
            self.longest_ms = self.longest_ms.max(Some(wait));
        }
        self.over_limit += u64::from(wait > LIMIT_MS);
    }

    /// Stints that left.
    pub(crate) fn closed(&self) -> u64 {
        self.answered + self.abandoned + self.flow_out + self.callback
    }
}

/// Legs and offers of a queue on a day, inbound and outbound.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LegCell {
    /// Accepted on the day.
    pub(crate) handled: u64,
    /// Of them with a hold.
    pub(crate) held: u64,
    /// Ended on the day.
    pub(crate) ended: u64,
    /// Of them with a hold.
    pub(crate) ended_held: u64,
    pub(crate) talk_ms: i64,
    pub(crate) hold_ms: i64,
    /// Wrap-ups ended on the day.
    pub(crate) wrap_ups: u64,
    pub(crate) wrap_up_ms: i64,
    /// Talk, hold and wrap-up of the legs finished (wrap-up included) on the day.
    pub(crate) handle_ms: i64,
    pub(crate) finished: u64,
    pub(crate) offers: u64,
    /// Offers not answered or declined, by the time of the offer.
    pub(crate) missed: u64,
}

/// Contacts, sessions and turns of a channel on a day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ChannelCell {
    /// Inbound contacts started.
    pub(crate) received: u64,
    /// Contacts of any direction, by start, that an agent handled.
    pub(crate) handled: u64,
    /// Contacts, by start, with a completed transfer.
    pub(crate) transferred: u64,
    /// Inbound contacts with an earlier one of the same customer and reason within 7 days.
    pub(crate) repeats: u64,
    pub(crate) sessions: u64,
    pub(crate) handed_over: u64,
    pub(crate) ivr_sessions: u64,
    pub(crate) ivr_abandoned: u64,
    /// First turns: asked on the day, then answered on the day.
    pub(crate) first_by_ask: (u64, i64),
    pub(crate) first_by_answer: (u64, i64),
    /// All turns.
    pub(crate) turns_by_ask: (u64, i64),
    pub(crate) turns_by_answer: (u64, i64),
}

/// One agent on one day, on the clock.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct AgentCell {
    pub(crate) handled: u64,
    pub(crate) handling_ms: i64,
    pub(crate) idle_ms: i64,
    pub(crate) ringing_ms: i64,
}
