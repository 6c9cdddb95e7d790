//! What is said about a contact as a whole: channel, direction, customer, reason, disposition, what it continues.

use super::event::{Event, Step};
use super::kind::Kind;
use super::notes::{Notes, code};
use super::payload::{Payload, Text};
use super::scan::Member;
use crate::time::Timestamp;

/// The description of a contact.
#[derive(Debug, Default)]
pub(super) struct About<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) channel: Option<Text<'a>>,
    pub(super) direction: Option<Text<'a>>,
    pub(super) customer_key: Option<&'a str>,
    pub(super) entry_point: Option<Text<'a>>,
    pub(super) started_at: Timestamp,
    /// `contact.started` was told.
    pub(super) is_start_told: bool,
    /// Attribute `reason`.
    reason: Option<Text<'a>>,
    pub(super) disposition: Option<Text<'a>>,
    pub(super) is_resolved: Option<bool>,
    pub(super) is_escalated: bool,
    pub(super) previous: Option<Text<'a>>,
    /// The contact as a whole is the outcome of a transfer.
    pub(super) is_transferred_here: bool,
}

impl<'a> About<'a> {
    /// Reads what counts wherever it arrives: `contact.started`, and the first word on what it leaves open. `None` when none of the events
    /// makes a contact.
    pub(super) fn read(events: &[Event<'a>], members: &[Member], notes: &mut Notes) -> Option<Self> {
        let first = events.iter().find(|e| e.kind.makes_contact())?;
        let mut about = Self { id: events.iter().find_map(|e| e.row.contact_id), started_at: first.at, ..Self::default() };
        if let Some(start) = events.iter().find(|e| e.kind == Kind::ContactStarted) {
            let step = Step::of(start, members);
            about.is_start_told = true;
            about.started_at = start.at;
            about.channel = step.channel();
            about.direction = step.direction();
            about.customer_key = start.row.customer_key;
            about.entry_point = ["entry_point", "to_addr", "campaign"].iter().find_map(|name| step.data.text(name));
        } else {
            notes.add(code::NO_START, "no contact.started: the earliest event stands in", first.at);
        }
        let steps = || events.iter().map(|e| Step::of(e, members));
        about.channel = about.channel.or_else(|| steps().find_map(|s| s.channel()));
        about.direction = about.direction.or_else(|| steps().find_map(|s| s.direction()));
        about.customer_key = about.customer_key.or_else(|| events.iter().find_map(|e| e.row.customer_key)).filter(|key| !key.is_empty());
        Some(about)
    }

    /// What the events of a session that belongs to no contact say about who and where.
    pub(super) fn of_session(events: &[Event<'a>], members: &[Member]) -> Self {
        Self {
            started_at: events.first().map(|e| e.at).unwrap_or_default(),
            channel: events.iter().find_map(|e| Step::of(e, members).channel()),
            customer_key: events.iter().find_map(|e| e.row.customer_key).filter(|key| !key.is_empty()),
            is_start_told: true,
            ..Self::default()
        }
    }

    /// When dialling began, for an outbound contact.
    pub(super) fn dialled_from(&self) -> Option<Timestamp> {
        let is_outbound = self.direction.is_some_and(|d| d.word() == "outbound");
        (is_outbound && self.is_start_told).then_some(self.started_at)
    }

    /// The attribute, else the disposition.
    pub(super) fn reason(&self) -> Option<Text<'a>> {
        self.reason.or(self.disposition)
    }

    pub(super) fn updated(&mut self, step: &Step<'_, 'a>) {
        if step.data.raw("unset").is_some_and(|list| list.contains("\"reason\"")) {
            self.reason = None;
        }
        step.data.nested("set", |set| {
            self.reason = set.text("reason").or(self.reason);
            self.is_resolved = set.yes_no("resolved").or_else(|| set.yes_no("is_resolved")).or(self.is_resolved);
            self.escalated(&set);
            Some(())
        });
    }

    /// A case, or an attribute, that says so.
    pub(super) fn escalated(&mut self, data: &Payload<'_, 'a>) {
        self.is_escalated |= data.flag("escalated") || data.flag("is_escalated");
    }

    pub(super) fn disposed(&mut self, step: &Step<'_, 'a>) {
        self.disposition = step.data.text("code").or(self.disposition);
        self.is_resolved = step.data.yes_no("resolved").or(self.is_resolved);
    }

    /// Another contact that this one continues. A link told on the older contact points at that one itself and says nothing about it.
    pub(super) fn linked(&mut self, step: &Step<'_, 'a>) {
        let relation = step.data.word("relation");
        if !matches!(relation, "transfer_of" | "callback_of" | "same_conversation") {
            return;
        }
        let end = |name: &str| step.data.nested(name, |end| Some((end.word("kind"), end.text("id"))));
        let own = self.id.map(Text::Plain);
        let Some((kind, Some(id))) = end("to") else { return };
        let is_contact = !matches!(kind, "case" | "customer" | "order" | "agent" | "survey" | "evaluation" | "conversation");
        let other = match end("from") {
            Some((_, Some(from))) if relation == "same_conversation" && Some(id) == own => from,
            _ => id,
        };
        if is_contact && Some(other) != own {
            self.previous = Some(other);
            self.is_transferred_here |= relation == "transfer_of";
        }
    }
}
