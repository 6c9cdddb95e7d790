//! One pass over a contact's events: each goes to the part it concerns.

use super::data::Data;
use super::legs::Legs;
use super::sessions::Sessions;
use super::stints::Stints;
use super::turns::Turns;
use crate::row::EventRow;
use crate::time::Timestamp;

/// Repairs made on the way: code, detail, when.
#[derive(Debug, Default)]
pub(super) struct Notes(pub(super) Vec<(&'static str, String, Timestamp)>);

impl Notes {
    pub(super) fn add(&mut self, code: &'static str, detail: &str, at: Timestamp) {
        self.0.push((code, detail.to_string(), at));
    }
}

/// The contact's end that counts so far.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) at: Timestamp,
    pub(super) by: String,
}

/// Everything known while walking.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) channel: Option<String>,
    pub(super) direction: Option<String>,
    pub(super) entry_point: Option<String>,
    pub(super) customer_key: Option<String>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) first_at: Option<Timestamp>,
    pub(super) reason: Option<String>,
    pub(super) disposition: Option<String>,
    pub(super) is_resolved: Option<bool>,
    pub(super) is_escalated: bool,
    pub(super) previous: Option<String>,
    pub(super) end: Option<End>,
    pub(super) stints: Stints,
    pub(super) legs: Legs,
    pub(super) turns: Turns,
    pub(super) sessions: Sessions,
    pub(super) notes: Notes,
}

impl Walk {
    /// `contact.started` counts wherever it arrives, so it is read before the walk.
    pub(super) fn new(events: &[EventRow<'_>]) -> Self {
        let mut walk = Self { first_at: events.iter().find(|e| makes_contact(e.kind)).map(|e| e.occurred_at), ..Self::default() };
        walk.customer_key = events.iter().find_map(|e| e.customer_key).map(str::to_string);
        if let Some(start) = events.iter().find(|e| e.kind == "contact.started") {
            let data = Data::of(start);
            walk.started_at = Some(start.occurred_at);
            walk.channel = start.channel.map(str::to_string);
            walk.direction = start.direction.map(str::to_string);
            walk.customer_key = start.customer_key.map(str::to_string).or(walk.customer_key);
            walk.entry_point = ["entry_point", "to_addr", "campaign"].iter().find_map(|name| data.text(&[name]));
        } else if let Some(at) = walk.first_at {
            walk.notes.add("no_start", "no contact.started: the earliest event stands in", at);
        }
        walk.channel = walk.channel.take().or_else(|| events.iter().find_map(|e| e.channel).map(str::to_string));
        walk.direction = walk.direction.take().or_else(|| events.iter().find_map(|e| e.direction).map(str::to_string));
        walk
    }

    pub(super) fn step(&mut self, row: &EventRow<'_>) {
        if reopens(row.kind) {
            self.end = None;
        }
        let data = Data::of(row);
        let notes = &mut self.notes;
        match row.kind {
            "queue.entered" => {
                self.sessions.queue_entered(row.occurred_at);
                self.stints.enter(row, &data, notes);
            }
            "queue.exited" => self.stints.exit(row, &data, notes),
            "offer.made" => self.legs.offered(row, &data),
            "offer.ended" => {
                let ring = self.legs.offer_ended(row, &data, notes);
                self.stints.rang(ring);
            }
            "participant.connected" => self.connected(row, &data),
            "participant.disconnected" => self.legs.disconnected(row, &data, notes),
            "hold.started" => self.legs.hold_started(row, &data, notes),
            "hold.ended" => self.legs.hold_ended(row, &data, notes),
            "transfer.updated" => self.legs.transferred(row, &data),
            "wrapup.started" => self.legs.wrap_up_started(row, &data, notes),
            "wrapup.ended" => self.legs.wrap_up_ended(row, &data, notes),
            "message.received" => {
                let queue = self.stints.0.last().and_then(|s| s.queue.clone());
                self.turns.received(row, &data, queue.as_deref());
            }
            "message.sent" => self.turns.sent(row, &data),
            "selfservice.started" => self.sessions.started(row, &data),
            "selfservice.ended" => self.sessions.ended(row, &data),
            "contact.ended" => self.ended(row, &data),
            _ => self.described(row, &data),
        }
    }

    fn connected(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        let role = data.text(&["role"]);
        let mode = data.text(&["mode"]);
        let listens_in = matches!(mode.as_deref(), Some("monitor" | "whisper" | "barge"));
        if role.as_deref() == Some("supervisor") && !listens_in {
            self.is_escalated = true;
        }
        if role.as_deref() != Some("agent") || listens_in {
            return;
        }
        let dialled_from = self.started_at.filter(|_| self.direction.as_deref() == Some("outbound"));
        if self.legs.connected(row, data, dialled_from, &mut self.notes) {
            self.stints.connected(row.occurred_at, row.agent_id);
            self.sessions.queue_entered(row.occurred_at);
        }
    }

    fn ended(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        let by = data.text(&["ended_by"]).unwrap_or_default();
        self.stints.contact_ended(row.occurred_at, &by, &mut self.notes);
        self.legs.contact_ended(row, &by, data.flag("talk_unknown"));
        self.sessions.contact_ended(row.occurred_at);
        self.turns.contact_ended();
        self.end = Some(End { at: row.occurred_at, by });
    }

    /// Events that describe the contact without moving it.
    fn described(&mut self, row: &EventRow<'_>, data: &Data<'_>) {
        match row.kind {
            "contact.updated" => {
                self.reason = data.text(&["set", "reason"]).or_else(|| self.reason.take());
                self.is_resolved = data.yes_no(&["set", "resolved"]).or(self.is_resolved);
                self.is_escalated |= data.yes_no(&["set", "escalated"]) == Some(true);
            }
            "disposition.set" => {
                self.disposition = data.text(&["code"]).or_else(|| self.disposition.take());
                self.is_resolved = data.yes_no(&["resolved"]).or(self.is_resolved);
            }
            "entity.linked" => {
                let relation = data.text(&["relation"]);
                if matches!(relation.as_deref(), Some("transfer_of" | "callback_of" | "same_conversation")) {
                    self.previous = data.text(&["to", "id"]).or_else(|| self.previous.take());
                }
            }
            _ => {}
        }
    }
}

/// Whether an event of this type alone makes a contact: descriptions and words about the source do not.
pub(super) fn makes_contact(kind: &str) -> bool {
    let family = kind.split('.').next().unwrap_or_default();
    match family {
        "contact" => kind != "contact.updated" && kind != "contact.summary_reported",
        "queue" | "offer" | "participant" | "hold" | "transfer" | "wrapup" | "disposition" | "message" | "selfservice" | "routing" => true,
        _ => false,
    }
}

/// Whether an event after the end means that the contact goes on (fold rule 3).
fn reopens(kind: &str) -> bool {
    makes_contact(kind)
        && !matches!(
            kind,
            "contact.ended"
                | "contact.started"
                | "wrapup.started"
                | "wrapup.ended"
                | "disposition.set"
                | "message.delivery_updated"
                | "message.changed"
        )
}
