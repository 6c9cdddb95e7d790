//! Stays in queues (fold rule 5).

use super::data::Data;
use super::walk::Notes;
use crate::row::EventRow;
use crate::time::Timestamp;

/// Reported and computed wait may differ by this much before it is an anomaly.
const WAIT_TOLERANCE_MS: i64 = 2_000;

/// One stay while it is being put together.
#[derive(Debug, Clone)]
pub(super) struct Stint {
    pub(super) visit: Option<String>,
    pub(super) queue: Option<String>,
    pub(super) priority: Option<i64>,
    pub(super) enqueued_at: Timestamp,
    pub(super) left_at: Option<Timestamp>,
    pub(super) outcome: Option<&'static str>,
    pub(super) wait_ms: Option<i64>,
    pub(super) ring_ms: i64,
    pub(super) agent: Option<String>,
    /// The source itself said how it ended; what was only inferred gives way to that.
    is_explicit: bool,
}

impl Stint {
    pub(super) const fn is_open(&self) -> bool {
        self.outcome.is_none()
    }

    fn close(&mut self, at: Timestamp, outcome: &'static str) {
        self.outcome = Some(outcome);
        self.left_at = Some(at);
        self.wait_ms = Some(at.millis_since(self.enqueued_at).max(0));
    }
}

/// All stays of a contact.
#[derive(Debug, Default)]
pub(super) struct Stints(pub(super) Vec<Stint>);

impl Stints {
    pub(super) fn enter(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        for open in self.0.iter_mut().filter(|s| s.is_open()) {
            open.close(row.occurred_at, "flow_out");
            notes.add("unmatched_start", "a stay without an exit ended when the next one began", row.occurred_at);
        }
        self.0.push(Stint {
            visit: data.text(&["visit_id"]),
            queue: row.queue.map(str::to_string),
            priority: data.int("priority"),
            enqueued_at: row.occurred_at,
            left_at: None,
            outcome: None,
            wait_ms: None,
            ring_ms: 0,
            agent: None,
            is_explicit: false,
        });
    }

    pub(super) fn exit(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        let outcome = outcome(&data.text(&["outcome"]).unwrap_or_default());
        let reported = data.millis("wait_ms");
        let at = self.find(&data.text(&["visit_id"])).unwrap_or_else(|| self.imply(row, data, reported, notes));
        let stint = &mut self.0[at];
        let inferred_agent = stint.agent.take();
        stint.close(row.occurred_at, outcome);
        stint.is_explicit = true;
        stint.agent = row.agent_id.map(str::to_string).or(inferred_agent).filter(|_| outcome == "answered");
        if stint.queue.is_none() {
            stint.queue = row.queue.map(str::to_string);
        }
        if data.flag("wait_unknown") || data.flag("left_unknown") {
            (stint.left_at, stint.wait_ms) = (None, None);
            return;
        }
        if let (Some(said), Some(computed)) = (reported, stint.wait_ms) {
            if (said - computed).abs() > WAIT_TOLERANCE_MS {
                notes.add("wait_mismatch", &format!("the source says {said} ms, its times {computed} ms"), row.occurred_at);
            }
            stint.wait_ms = Some(said);
        }
    }

    /// The stay an exit speaks of: by visit id where there is one, else the last one whose end the source has not told.
    fn find(&self, visit: &Option<String>) -> Option<usize> {
        self.0.iter().rposition(|s| !s.is_explicit && (visit.is_none() || s.visit.is_none() || s.visit == *visit))
    }

    fn imply(&mut self, row: &EventRow<'_>, data: &Data<'_>, wait: Option<i64>, notes: &mut Notes) -> usize {
        notes.add("unmatched_end", "an exit without an entry: entered at exit less wait", row.occurred_at);
        self.0.push(Stint {
            visit: data.text(&["visit_id"]),
            queue: row.queue.map(str::to_string),
            priority: None,
            enqueued_at: row.occurred_at.plus_millis(-wait.unwrap_or(0)),
            left_at: None,
            outcome: None,
            wait_ms: None,
            ring_ms: 0,
            agent: None,
            is_explicit: false,
        });
        self.0.len() - 1
    }

    /// An agent connected: the open stay, if any, was answered; an answered one without an agent gets this one.
    pub(super) fn connected(&mut self, at: Timestamp, agent: Option<&str>) {
        if let Some(open) = self.0.iter_mut().rev().find(|s| s.is_open()) {
            open.close(at, "answered");
            open.agent = agent.map(str::to_string);
        } else if let Some(last) = self.0.last_mut()
            && last.outcome == Some("answered")
            && last.agent.is_none()
        {
            last.agent = agent.map(str::to_string);
        }
    }

    /// Adds ringing to the stay it happened in: the open one, else the last.
    pub(super) fn rang(&mut self, millis: i64) {
        let at = self.0.iter().rposition(Stint::is_open).or(self.0.len().checked_sub(1));
        if let Some(at) = at {
            self.0[at].ring_ms += millis;
        }
    }

    /// The contact ended: who still waited gave up, or was dropped by whoever ended it.
    pub(super) fn contact_ended(&mut self, at: Timestamp, by: &str, notes: &mut Notes) {
        let outcome = if matches!(by, "customer" | "unknown" | "") { "abandoned" } else { "dropped" };
        for open in self.0.iter_mut().filter(|s| s.is_open()) {
            open.close(at, outcome);
            notes.add("unmatched_start", "a stay without an exit ended with the contact", at);
        }
    }
}

/// The six outcomes a stay can have.
fn outcome(said: &str) -> &'static str {
    match said {
        "answered" => "answered",
        "abandoned" => "abandoned",
        "callback_requested" | "callback" => "callback",
        "error" | "dropped" | "system" => "dropped",
        _ => "flow_out",
    }
}
