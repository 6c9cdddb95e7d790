//! Agents' states on the clock (fold rule 9).

use super::Finality;
use super::data::Data;
use crate::fact::{AgentFacts, AgentState, Anomaly, Provenance};
use crate::row::EventRow;
use crate::time::Timestamp;

struct Clock<'e> {
    agent: String,
    events: &'e [EventRow<'e>],
    states: Vec<(String, Option<String>, Timestamp, Option<Timestamp>)>,
    anomalies: Vec<(String, Timestamp)>,
}

pub(super) fn fold(events: &[EventRow<'_>], finality: Finality) -> AgentFacts {
    let Some(agent) = events.iter().find_map(|e| e.agent_id) else { return AgentFacts::default() };
    let mut clock = Clock { agent: agent.to_string(), events, states: Vec::new(), anomalies: Vec::new() };
    for event in events {
        match event.kind {
            "agent.state_changed" => clock.changed(event),
            "source.status_reported" => clock.source_reported(event),
            _ => {}
        }
    }
    clock.facts(finality)
}

impl Clock<'_> {
    fn changed(&mut self, row: &EventRow<'_>) {
        let data = Data::of(row);
        let scope = data.text(&["scope"]);
        // A state of one queue or channel only does not split the agent's own.
        if scope.as_deref().is_some_and(|s| s != "all") {
            return;
        }
        let transition = data.text(&["transition"]);
        let state = data.text(&["state"]).unwrap_or_else(|| "other".to_string());
        let is_logged_in = self.states.last().is_some_and(|s| s.3.is_none());
        let logged_in_for = data.millis("logintime_ms").or_else(|| data.millis("login_ms"));
        if let (Some("logout"), false, Some(since)) = (transition.as_deref(), is_logged_in, logged_in_for) {
            let start = row.occurred_at.plus_millis(-since);
            let start = self.states.last().and_then(|s| s.3).map_or(start, |end| end.max(start));
            self.states.push(("available".to_string(), None, start, None));
            self.anomalies.push(("a logout without a login: logged in as long as the source says".to_string(), row.occurred_at));
        }
        self.close(row.occurred_at);
        if transition.as_deref() != Some("logout") && state != "offline" {
            self.states.push((state, data.text(&["reason"]).or_else(|| data.text(&["source_label"])), row.occurred_at, None));
        }
    }

    fn source_reported(&mut self, row: &EventRow<'_>) {
        let is_restart = Data::of(row).text(&["status"]).as_deref() == Some("restarted");
        if is_restart && self.states.last().is_some_and(|s| s.3.is_none() && s.0 != "unknown") {
            self.close(row.occurred_at);
            self.states.push(("unknown".to_string(), Some("source restarted".to_string()), row.occurred_at, None));
        }
    }

    /// Ends the running interval; one of no length never was.
    fn close(&mut self, at: Timestamp) {
        let is_empty = match self.states.last_mut() {
            Some(last) if last.3.is_none() => {
                last.3 = Some(at);
                last.2 >= at
            }
            _ => false,
        };
        if is_empty {
            self.states.pop();
        }
    }

    fn facts(self, finality: Finality) -> AgentFacts {
        let recorded_at = self.events.iter().map(|e| e.recorded_at).max().unwrap_or_default();
        let provenance = |end: Option<Timestamp>| Provenance {
            source: self.events.first().map(|e| e.source.to_string()).unwrap_or_default(),
            recorded_at,
            is_final: finality.is_final(end),
            event_count: i64::try_from(self.events.len()).unwrap_or(i64::MAX),
        };
        let states = self.states.iter().map(|(state, reason, start, end)| AgentState {
            provenance: provenance(*end),
            agent_id: self.agent.clone(),
            state: state.clone(),
            reason: reason.clone(),
            started_at: *start,
            ended_at: *end,
        });
        let anomalies = self.anomalies.iter().map(|(detail, at)| Anomaly {
            provenance: provenance(None),
            contact_id: None,
            agent_id: Some(self.agent.clone()),
            code: "unmatched_end".to_string(),
            detail: detail.clone(),
            occurred_at: *at,
        });
        AgentFacts { states: states.collect(), anomalies: anomalies.collect() }
    }
}
