//! One event on its way through the fold: the row, what became of it by corrections, and its payload's members.

use super::kind::Kind;
use super::payload::{Payload, Text};
use super::scan::{self, Member};
use crate::row::EventRow;
use crate::time::Timestamp;

/// An event, ready to be put in order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) row: &'a EventRow<'a>,
    pub(super) kind: Kind,
    pub(super) at: Timestamp,
    data: &'a str,
    /// Range of the payload's members in the list shared by all events of a fold.
    members: (u32, u32),
    /// The payload was replaced by a correction, so that the row's columns may be out of date.
    is_rewritten: bool,
}

impl<'a> Event<'a> {
    pub(super) fn new(row: &'a EventRow<'a>, members: &mut Vec<Member>) -> Self {
        let mut event = Self { row, kind: Kind::of(row.kind), at: row.occurred_at, data: row.data, members: (0, 0), is_rewritten: false };
        event.find_members(members);
        event
    }

    fn find_members(&mut self, members: &mut Vec<Member>) {
        let start = members.len() as u32;
        if self.kind.is_read() {
            scan::members(self.data, members);
        }
        self.members = (start, members.len() as u32);
    }

    /// Puts a correction in place of what the event said; what the correction leaves out stays.
    pub(super) fn rewrite(&mut self, kind: Option<Kind>, at: Option<Timestamp>, data: Option<&'a str>, members: &mut Vec<Member>) {
        self.kind = kind.unwrap_or(self.kind);
        self.at = at.unwrap_or(self.at);
        self.is_rewritten |= data.is_some();
        self.data = data.unwrap_or(self.data);
        self.find_members(members);
    }

    /// The payload.
    pub(super) fn payload<'s>(&self, members: &'s [Member]) -> Payload<'s, 'a> {
        let (from, to) = self.members;
        Payload { data: self.data, members: members.get(from as usize..to as usize).unwrap_or_default() }
    }

    /// The source's own order among events of one instant.
    pub(super) fn sequence(&self, members: &[Member]) -> Option<&'a str> {
        self.payload(members).text("_seq").map(Text::word)
    }
}

/// An event in the walk, with its payload at hand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'s, 'a> {
    pub(super) kind: Kind,
    pub(super) at: Timestamp,
    pub(super) row: &'a EventRow<'a>,
    pub(super) data: Payload<'s, 'a>,
    is_rewritten: bool,
}

impl<'s, 'a> Step<'s, 'a> {
    pub(super) fn of(event: &Event<'a>, members: &'s [Member]) -> Self {
        Self { kind: event.kind, at: event.at, row: event.row, data: event.payload(members), is_rewritten: event.is_rewritten }
    }

    fn column(&self, column: Option<&'a str>, name: &str) -> Option<Text<'a>> {
        let corrected = if self.is_rewritten { self.data.text(name) } else { None };
        corrected.or_else(|| column.filter(|text| !text.is_empty()).map(Text::Plain))
    }

    pub(super) fn agent(&self) -> Option<Text<'a>> {
        self.column(self.row.agent_id, "agent_id")
    }

    pub(super) fn queue(&self) -> Option<Text<'a>> {
        self.column(self.row.queue, "queue")
    }

    pub(super) fn channel(&self) -> Option<Text<'a>> {
        self.column(self.row.channel, "channel")
    }

    pub(super) fn direction(&self) -> Option<Text<'a>> {
        self.column(self.row.direction, "direction")
    }
}
