//! Agents' parts in a contact, and offers that were not accepted (fold rule 6).

use super::data::Data;
use super::walk::Notes;
use crate::row::EventRow;
use crate::time::Timestamp;

/// One leg, or an offer on its way to become one.
#[derive(Debug, Clone, Default)]
pub(super) struct Leg {
    pub(super) offer: Option<String>,
    pub(super) participant: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) queue: Option<String>,
    pub(super) offered_at: Option<Timestamp>,
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) connected_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) wrapped_up_at: Option<Timestamp>,
    pub(super) outcome: Option<&'static str>,
    pub(super) ring_ms: Option<i64>,
    pub(super) holds: Vec<(Timestamp, Option<Timestamp>)>,
    pub(super) wrap_up_started_at: Option<Timestamp>,
    pub(super) wrap_up_ms: Option<i64>,
    pub(super) has_wrap_up: bool,
    pub(super) is_transfer_in: bool,
    pub(super) is_transfer_out: bool,
    pub(super) transfer_kind: Option<String>,
    pub(super) ended_by: Option<String>,
    pub(super) is_talk_unknown: bool,
}

impl Leg {
    pub(super) const fn is_connected(&self) -> bool {
        self.connected_at.is_some()
    }

    pub(super) const fn is_talking(&self) -> bool {
        self.connected_at.is_some() && self.ended_at.is_none()
    }

    /// First instant of the leg, for its number.
    pub(super) fn begins_at(&self) -> Timestamp {
        self.offered_at.into_iter().chain(self.accepted_at).chain(self.connected_at).chain(self.ended_at).min().unwrap_or_default()
    }
}

/// All legs of a contact.
#[derive(Debug, Default)]
pub(super) struct Legs {
    pub(super) list: Vec<Leg>,
    pub(super) transfers: i64,
    is_transfer_pending: bool,
}

impl Legs {
    pub(super) fn offered(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        self.list.push(Leg {
            offer: data.text(&["offer_id"]),
            agent: row.agent_id.map(str::to_string),
            queue: row.queue.map(str::to_string),
            offered_at: Some(row.occurred_at),
            ..Leg::default()
        });
    }

    /// Returns how long the offer rang.
    pub(super) fn offer_ended(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) -> i64 {
        let id = data.text(&["offer_id"]);
        let reported = data.millis("ring_ms");
        let fits = |l: &Leg| {
            l.outcome.is_none()
                && l.accepted_at.is_none()
                && !l.is_connected()
                && if id.is_some() && l.offer.is_some() {
                    l.offer == id
                } else {
                    row.agent_id.is_none() || l.agent.as_deref() == row.agent_id
                }
        };
        let at = self.list.iter().rposition(fits).unwrap_or_else(|| {
            notes.add("unmatched_end", "an offer ended that was never made: made at its end less ringing", row.occurred_at);
            self.offered(row, data);
            let made = self.list.len() - 1;
            self.list[made].offered_at = Some(row.occurred_at.plus_millis(-reported.unwrap_or(0)));
            made
        });
        let leg = &mut self.list[at];
        let ring = reported.or_else(|| leg.offered_at.map(|made| row.occurred_at.millis_since(made).max(0)));
        leg.ring_ms = ring;
        if leg.agent.is_none() {
            leg.agent = row.agent_id.map(str::to_string);
        }
        match offer_outcome(&data.text(&["outcome"]).unwrap_or_default(), data.text(&["reason"]).as_deref()) {
            None => leg.accepted_at = Some(row.occurred_at),
            outcome => {
                leg.outcome = outcome;
                leg.ended_at = Some(row.occurred_at);
            }
        }
        ring.unwrap_or(0)
    }

    pub(super) fn connected(&mut self, row: &EventRow<'_>, data: &Data<'_>, dialled_from: Option<Timestamp>, notes: &mut Notes) -> bool {
        let participant = data.text(&["participant_id"]);
        let same = |l: &Leg| {
            l.is_talking() && if participant.is_some() { l.participant == participant } else { l.agent.as_deref() == row.agent_id }
        };
        if self.list.iter().any(same) {
            notes.add("second_start", "a leg that was connected already was connected again", row.occurred_at);
            return false;
        }
        let waiting = |l: &Leg| {
            !l.is_connected() && l.outcome.is_none() && (l.agent.is_none() || row.agent_id.is_none() || l.agent.as_deref() == row.agent_id)
        };
        let accepted =
            self.list.iter().rposition(|l| waiting(l) && l.accepted_at.is_some()).or_else(|| self.list.iter().rposition(waiting));
        let at = accepted.unwrap_or_else(|| {
            self.list.push(Leg::default());
            self.list.len() - 1
        });
        let is_first = !self.list.iter().any(Leg::is_connected);
        let is_transfer_in = std::mem::take(&mut self.is_transfer_pending);
        let leg = &mut self.list[at];
        leg.participant = participant;
        leg.agent = row.agent_id.map(str::to_string).or_else(|| leg.agent.take());
        leg.queue = leg.queue.take().or_else(|| row.queue.map(str::to_string));
        leg.connected_at = Some(row.occurred_at);
        leg.accepted_at = leg.accepted_at.or(Some(row.occurred_at));
        leg.outcome = Some("handled");
        leg.is_transfer_in = is_transfer_in;
        if leg.ring_ms.is_none() {
            let from = leg.offered_at.or(dialled_from.filter(|_| is_first));
            leg.ring_ms = from.map(|from| row.occurred_at.millis_since(from).max(0));
        }
        true
    }

    pub(super) fn disconnected(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        let participant = data.text(&["participant_id"]);
        let is_ours = |l: &Leg| {
            l.is_connected()
                && if participant.is_some() {
                    l.participant == participant
                } else {
                    row.agent_id.is_none() || l.agent.as_deref() == row.agent_id
                }
        };
        let Some(at) = self.list.iter().rposition(|l| is_ours(l) && l.ended_at.is_none()) else {
            if self.list.iter().any(is_ours) {
                notes.add("second_end", "a leg that had ended was ended again", row.occurred_at);
            }
            return;
        };
        let leg = &mut self.list[at];
        leg.ended_at = Some(row.occurred_at.max(leg.connected_at.unwrap_or(row.occurred_at)));
        leg.ended_by =
            if leg.is_transfer_out { Some("transfer".to_string()) } else { data.text(&["by"]).or_else(|| data.text(&["reason"])) };
        leg.is_talk_unknown |= data.flag("talk_unknown");
    }

    fn of(&mut self, row: &EventRow<'_>, data: &Data<'_>, name: &str) -> Option<&mut Leg> {
        let participant = data.text(&[name]);
        let by_id = |l: &Leg| l.is_connected() && participant.is_some() && (l.participant == participant || l.agent == participant);
        let by_agent = |l: &Leg| l.is_connected() && row.agent_id.is_some() && l.agent.as_deref() == row.agent_id;
        let list = &self.list;
        let at = list
            .iter()
            .rposition(by_id)
            .or_else(|| list.iter().rposition(by_agent))
            .or_else(|| list.iter().rposition(Leg::is_talking))
            .or_else(|| list.iter().rposition(Leg::is_connected));
        at.map(|at| &mut self.list[at])
    }

    pub(super) fn hold_started(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        match self.of(row, data, "participant_id") {
            Some(leg) => leg.holds.push((row.occurred_at, None)),
            None => notes.add("unmatched_start", "a hold without a leg", row.occurred_at),
        }
    }

    pub(super) fn hold_ended(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        let Some(leg) = self.of(row, data, "participant_id") else {
            notes.add("unmatched_end", "a hold ended without a leg", row.occurred_at);
            return;
        };
        if let Some(open) = leg.holds.iter_mut().find(|(_, end)| end.is_none()) {
            open.1 = Some(row.occurred_at);
            return;
        }
        let begin = leg.connected_at.unwrap_or(row.occurred_at);
        let start = data.millis("held_ms").map_or(begin, |held| row.occurred_at.plus_millis(-held).max(begin));
        leg.holds.push((start.min(row.occurred_at), Some(row.occurred_at)));
        notes.add("unmatched_end", "a hold ended that was never begun", row.occurred_at);
    }

    pub(super) fn transferred(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        if data.text(&["phase"]).as_deref() != Some("completed") {
            return;
        }
        self.transfers += 1;
        self.is_transfer_pending = true;
        let kind = data.text(&["kind"]);
        if let Some(leg) = self.of(row, data, "by") {
            leg.is_transfer_out = true;
            leg.transfer_kind = kind.or_else(|| Some("unknown".to_string()));
            if leg.ended_at == Some(row.occurred_at) {
                leg.ended_by = Some("transfer".to_string());
            }
        }
    }

    pub(super) fn wrap_up_started(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        match self.of(row, data, "participant_id") {
            Some(leg) => {
                leg.has_wrap_up = true;
                leg.wrap_up_started_at = Some(row.occurred_at);
            }
            None => notes.add("unmatched_start", "wrap-up without a leg", row.occurred_at),
        }
    }

    pub(super) fn wrap_up_ended(&mut self, row: &EventRow<'_>, data: &Data<'_>, notes: &mut Notes) {
        let reported = data.millis("wrapup_ms");
        let Some(leg) = self.of(row, data, "participant_id") else {
            notes.add("unmatched_end", "wrap-up ended without a leg", row.occurred_at);
            return;
        };
        leg.has_wrap_up = true;
        leg.wrapped_up_at = Some(row.occurred_at);
        let counted = leg.wrap_up_started_at.map(|start| row.occurred_at.millis_since(start).max(0));
        leg.wrap_up_ms = counted.or(reported).or_else(|| leg.ended_at.map(|end| row.occurred_at.millis_since(end).max(0)));
    }

    /// The contact ended: offers still open were taken back, who still talked was cut off.
    pub(super) fn contact_ended(&mut self, row: &EventRow<'_>, by: &str, is_talk_unknown: bool) {
        for leg in &mut self.list {
            if leg.is_talking() {
                leg.ended_at = Some(row.occurred_at);
                leg.ended_by = (!by.is_empty()).then(|| by.to_string());
                leg.is_talk_unknown |= is_talk_unknown;
            } else if leg.outcome.is_none() {
                leg.outcome = Some("cancelled");
                leg.ended_at = Some(row.occurred_at);
            }
        }
    }
}

/// What an offer that was not accepted becomes; `None` means accepted.
fn offer_outcome(said: &str, reason: Option<&str>) -> Option<&'static str> {
    match (said, reason) {
        ("accepted", _) => None,
        ("no_answer" | "busy", _) => Some("missed"),
        ("declined", _) | ("error", Some("agent_dump" | "incompatible")) => Some("declined"),
        _ => Some("cancelled"),
    }
}
