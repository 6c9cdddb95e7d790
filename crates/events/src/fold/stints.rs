//! Stays in queues (fold rule 5).

use super::event::Step;
use super::notes::{Notes, code};
use super::payload::Text;
use super::span::{before, millis_between};
use crate::time::Timestamp;

/// The source's wait and its times may differ by this many milliseconds before it is an anomaly.
const WAIT_TOLERANCE_MS: i64 = 2_000;

/// The six ways in which a stay can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Abandoned,
    FlowOut,
    Callback,
    Dropped,
    Waiting,
}

impl Outcome {
    /// From the outcome of `queue.exited`; what nobody knows has left the queue for somewhere else.
    fn of(said: &str) -> Self {
        match said {
            "answered" => Self::Answered,
            "abandoned" => Self::Abandoned,
            "callback_requested" | "callback" => Self::Callback,
            "error" | "dropped" | "system" => Self::Dropped,
            _ => Self::FlowOut,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
            Self::FlowOut => "flow_out",
            Self::Callback => "callback",
            Self::Dropped => "dropped",
            Self::Waiting => "waiting",
        }
    }
}

/// How the end of a stay is known. What was inferred gives way to an exit told later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    NextEntry,
    Connected,
    WithContact,
    Told,
}

/// One stay while it is being put together.
#[derive(Debug, Clone)]
pub(super) struct Stint<'a> {
    visit: Option<Text<'a>>,
    pub(super) queue: Option<Text<'a>>,
    pub(super) priority: Option<i64>,
    pub(super) enqueued_at: Timestamp,
    pub(super) left_at: Option<Timestamp>,
    pub(super) outcome: Outcome,
    pub(super) wait_ms: Option<i64>,
    pub(super) ring_ms: i64,
    pub(super) agent: Option<Text<'a>>,
    /// The entry was told, not implied by the exit.
    is_entry_told: bool,
    /// The leg of the agent who answered is known.
    has_leg: bool,
    end: End,
}

impl<'a> Stint<'a> {
    fn entered(step: &Step<'_, 'a>, at: Timestamp, is_told: bool) -> Self {
        Self {
            visit: step.data.text("visit_id"),
            queue: step.queue(),
            priority: if is_told { step.data.number("priority") } else { None },
            enqueued_at: at,
            left_at: None,
            outcome: Outcome::Waiting,
            wait_ms: None,
            ring_ms: 0,
            agent: None,
            is_entry_told: is_told,
            has_leg: false,
            end: End::Open,
        }
    }

    fn is_open(&self) -> bool {
        self.end == End::Open
    }

    /// Whether `queue` can be this stay's: they are equal, or one of them is not known.
    fn may_be_in(&self, queue: Option<Text<'a>>) -> bool {
        self.queue.is_none() || queue.is_none() || self.queue == queue
    }

    fn close(&mut self, at: Timestamp, outcome: Outcome, end: End) {
        self.outcome = outcome;
        self.left_at = Some(at.max(self.enqueued_at));
        self.wait_ms = Some(millis_between(self.enqueued_at, at));
        self.end = end;
    }
}

/// What an exit speaks of.
enum Found {
    Stay(usize),
    /// A stay whose entry was not told.
    Nothing,
    /// A stay whose exit was told already.
    Ended,
}

/// All stays of a contact, in the order in which they became known.
#[derive(Debug, Default)]
pub(super) struct Stints<'a>(pub(super) Vec<Stint<'a>>);

impl<'a> Stints<'a> {
    pub(super) fn enter(&mut self, step: &Step<'_, 'a>, notes: &mut Notes) {
        let visit = step.data.text("visit_id");
        let is_late = |s: &Stint<'a>| s.left_at.is_some_and(|left| millis_between(left, step.at) <= WAIT_TOLERANCE_MS);
        let implied = self.0.iter_mut().find(|s| !s.is_entry_told && visit.is_some() && s.visit == visit && is_late(s));
        if let Some(stint) = implied {
            notes.add(code::END_BEFORE_START, "a stay was left before it was entered", step.at);
            stint.is_entry_told = true;
            stint.priority = step.data.number("priority");
            stint.queue = step.queue().or(stint.queue);
            return;
        }
        for open in self.0.iter_mut().filter(|s| s.is_open()) {
            open.close(step.at, Outcome::FlowOut, End::NextEntry);
        }
        self.0.push(Stint::entered(step, step.at, true));
    }

    pub(super) fn exit(&mut self, step: &Step<'_, 'a>, notes: &mut Notes) {
        let reported = step.data.millis("wait_ms");
        let at = match self.find(step, reported) {
            Found::Stay(at) => at,
            Found::Ended => {
                notes.add(code::SECOND_END, "a stay that had ended was ended again: ignored", step.at);
                return;
            }
            Found::Nothing => {
                notes.add(code::UNMATCHED_END, "an exit without an entry: entered at the exit less the wait", step.at);
                self.0.push(Stint::entered(step, before(step.at, reported.unwrap_or(0)), false));
                self.0.len() - 1
            }
        };
        let outcome = Outcome::of(step.data.word("outcome"));
        let Some(stint) = self.0.get_mut(at) else { return };
        stint.close(step.at, outcome, End::Told);
        stint.agent = if outcome == Outcome::Answered { step.agent().or(stint.agent) } else { None };
        stint.queue = stint.queue.or(step.queue());
        if step.data.flag("left_unknown") || step.data.flag("wait_unknown") {
            (stint.left_at, stint.wait_ms) = (None, reported.filter(|_| !step.data.flag("wait_unknown")));
            return;
        }
        if let (Some(said), Some(computed)) = (reported, stint.wait_ms) {
            if stint.is_entry_told && (said - computed).abs() > WAIT_TOLERANCE_MS {
                notes.add(code::WAIT_MISMATCH, format!("the source says {said} ms, its times say {computed} ms"), step.at);
            }
            stint.wait_ms = Some(said);
        }
    }

    /// The stay that an exit speaks of: by visit id, and where there is none by order of appearance, the same queue first.
    fn find(&self, step: &Step<'_, 'a>, wait: Option<i64>) -> Found {
        let (visit, queue) = (step.data.text("visit_id"), step.queue());
        let last = |fits: &dyn Fn(&Stint<'a>) -> bool| self.0.iter().rposition(fits);
        if visit.is_some() && self.0.iter().any(|s| s.visit == visit) {
            return last(&|s| s.visit == visit && s.end != End::Told).map_or(Found::Ended, Found::Stay);
        }
        let is_nameless = |s: &Stint<'a>| visit.is_none() || s.visit.is_none();
        let open = last(&|s| s.is_open() && is_nameless(s) && s.may_be_in(queue)).or_else(|| last(&|s| s.is_open() && is_nameless(s)));
        let inferred = || last(&|s| s.end != End::Told && s.end != End::NextEntry && is_nameless(s) && s.may_be_in(queue));
        let replaced = || last(&|s| s.end == End::NextEntry && is_nameless(s) && queue.is_some() && s.queue == queue);
        if let Some(at) = open.or_else(inferred).or_else(replaced) {
            return Found::Stay(at);
        }
        // Nothing fits. An exit whose stay would overlap one told before is that one's second end.
        let entered_at = wait.map(|ms| before(step.at, ms));
        let is_second = |s: &Stint<'a>| match (entered_at, s.left_at) {
            (Some(entered_at), Some(left_at)) => entered_at < left_at || entered_at == step.at && left_at == step.at,
            _ => true,
        };
        match self.0.last() {
            Some(s) if visit.is_none() && s.may_be_in(queue) && is_second(s) => Found::Ended,
            _ => Found::Nothing,
        }
    }

    /// An agent connected: the stay that is open was answered by them. Returns the stay they answered, also when its exit was told
    /// before.
    pub(super) fn connected(&mut self, at: Timestamp, agent: Option<Text<'a>>) -> Option<usize> {
        let open = self.0.iter().rposition(Stint::is_open);
        let last = self.0.len().checked_sub(1);
        let found = open.or(last)?;
        let stint = self.0.get_mut(found)?;
        if stint.is_open() {
            stint.close(at, Outcome::Answered, End::Connected);
            stint.agent = agent;
        } else if stint.outcome != Outcome::Answered || stint.has_leg {
            return None;
        }
        stint.agent = stint.agent.or(agent);
        stint.has_leg = true;
        Some(found)
    }

    /// The stay in which something happened at `at`: the open one, or one that ended in that very instant.
    pub(super) fn at(&self, at: Timestamp) -> Option<usize> {
        self.0.iter().rposition(Stint::is_open).or_else(|| self.0.iter().rposition(|s| s.left_at == Some(at)))
    }

    /// Whether the customer waits.
    pub(super) fn is_waiting(&self) -> bool {
        self.0.iter().any(Stint::is_open)
    }

    /// The queue of the last stay.
    pub(super) fn last_queue(&self) -> Option<Text<'a>> {
        self.0.last().and_then(|s| s.queue)
    }

    /// The contact ended: who still waited gave up, or was dropped by whoever ended it.
    pub(super) fn contact_ended(&mut self, at: Timestamp, by: &str) {
        let outcome = if matches!(by, "customer" | "unknown" | "") { Outcome::Abandoned } else { Outcome::Dropped };
        for open in self.0.iter_mut().filter(|s| s.is_open()) {
            open.close(at, outcome, End::WithContact);
        }
    }

    /// Notes what stayed inferred. An agent's connection is as good an end as an exit (sources need not tell both).
    pub(super) fn note_inferred(&self, notes: &mut Notes) {
        for stint in &self.0 {
            let at = stint.left_at.unwrap_or(stint.enqueued_at);
            match stint.end {
                End::NextEntry => notes.add(code::UNMATCHED_START, "a stay without an exit ended when the next one began", at),
                End::WithContact => notes.add(code::UNMATCHED_START, "a stay without an exit ended with the contact", at),
                End::Open | End::Connected | End::Told => {}
            }
        }
    }
}
