//! The fold of one contact and of one agent, with memory that is used again from fold to fold.

use compact_str::CompactString;

use super::about::About;
use super::agent;
use super::event::{Event, Step};
use super::finality::Finality;
use super::payload::{Payload, Text};
use super::rows::{self, Shared};
use super::scan::{self, Member};
use super::walk::Walk;
use super::{contact, order, revise};
use crate::fact::{AgentFacts, ContactFacts, Provenance};
use crate::row::EventRow;
use crate::upcast;

/// Folds contact after contact; keeps nothing between them but memory.
#[derive(Debug, Default)]
pub struct Folder {
    members: Vec<Member>,
}

impl Folder {
    /// Folds all events of one contact (same `source` and `contact_id`), in any order, duplicates allowed.
    #[must_use]
    pub fn contact(&mut self, rows: &[EventRow<'_>], finality: Finality) -> ContactFacts {
        with_current_payloads(rows, |rows| self.current_contact(rows, finality))
    }

    /// Folds all state events of one agent (same `source` and `agent_id`), and those of the source as a whole, in any order, duplicates
    /// allowed.
    #[must_use]
    pub fn agent(&mut self, rows: &[EventRow<'_>], finality: Finality) -> AgentFacts {
        with_current_payloads(rows, |rows| {
            let (events, _) = self.ordered(rows);
            agent::facts(&events, &self.members, finality)
        })
    }

    /// Folds all events of one self-service session that belongs to no contact (same `source` and [`session_name`]), in any order, duplicates
    /// allowed: sessions and anomalies only. Without a contact nothing but the session's own events can end it or hand it over.
    #[must_use]
    pub fn session(&mut self, rows: &[EventRow<'_>], finality: Finality) -> ContactFacts {
        let Some(name) = rows.first().map(session_name) else { return ContactFacts::default() };
        with_current_payloads(rows, |rows| {
            let (events, mut provenance) = self.ordered(rows);
            let members = self.members.as_slice();
            let mut walk = Walk::default();
            walk.about = About::of_session(&events, members);
            for event in &events {
                walk.step(&Step::of(event, members));
            }
            let open = walk.sessions.0.iter().any(|session| session.ended_at.is_none());
            provenance.is_final = !open && finality.is_final(walk.sessions.0.iter().filter_map(|session| session.ended_at).max());
            let shared = Shared {
                contact_id: "",
                channel: walk.about.channel,
                direction: None,
                customer_key: walk.about.customer_key,
                provenance: &provenance,
            };
            let mut sessions = rows::sessions(&walk, &shared);
            for session in &mut sessions {
                session.contact_id = None;
                session.session_id = name.clone();
            }
            ContactFacts { sessions, anomalies: walk.notes.rows(Some(&name), None, &provenance), ..ContactFacts::default() }
        })
    }

    fn current_contact(&mut self, rows: &[EventRow<'_>], finality: Finality) -> ContactFacts {
        let (events, mut provenance) = self.ordered(rows);
        let members = self.members.as_slice();
        let mut walk = Walk::default();
        let Some(about) = About::read(&events, members, &mut walk.notes) else { return ContactFacts::default() };
        walk.about = about;
        for event in &events {
            walk.step(&Step::of(event, members));
        }
        walk.finish();
        provenance.is_final = finality.is_final(walk.end.map(|end| end.at));
        let shared = Shared {
            contact_id: walk.about.id.unwrap_or_default(),
            channel: walk.about.channel,
            direction: walk.about.direction,
            customer_key: walk.about.customer_key,
            provenance: &provenance,
        };
        let (stints, legs) = (rows::stints(&walk, &shared), rows::legs(&walk, &shared));
        let holds = rows::holds(&walk, &legs);
        let (responses, sessions) = (rows::responses(&walk, &shared), rows::sessions(&walk, &shared));
        let contact = contact::row(&walk, &shared, &stints, &legs, &sessions);
        let anomalies = walk.notes.rows(Some(&contact.contact_id), None, &provenance);
        ContactFacts { contact: Some(contact), stints, legs, holds, responses, sessions, anomalies }
    }

    /// Events without duplicates, corrected, in order; and what all of them together say about the row they make.
    fn ordered<'a>(&mut self, rows: &'a [EventRow<'a>]) -> (Vec<Event<'a>>, Provenance) {
        self.members.clear();
        let mut distinct = Vec::with_capacity(rows.len());
        order::distinct(rows, &mut distinct);
        let provenance = Provenance {
            source: distinct.first().map(|row| row.source.into()).unwrap_or_default(),
            recorded_at: distinct.iter().map(|row| row.recorded_at).max().unwrap_or_default(),
            is_final: false,
            event_count: distinct.len() as i64,
        };
        let mut events: Vec<Event<'a>> = distinct.into_iter().map(|row| Event::new(row, &mut self.members)).collect();
        revise::apply(&mut events, &mut self.members);
        order::sort(&mut events, &self.members);
        (events, provenance)
    }
}

/// What a self-service session of no contact is called: `session_id` of the payload, else the event's subject, else the event's own id.
#[must_use]
pub fn session_name(row: &EventRow<'_>) -> CompactString {
    let mut members = Vec::new();
    scan::members(row.data, &mut members);
    let told = Payload { data: row.data, members: &members }.text("session_id").map(Text::owned);
    told.unwrap_or_else(|| row.subject.unwrap_or(row.event_id).into())
}

/// Calls `fold` with rows whose payloads have the current version's form; only old ones are copied.
fn with_current_payloads<T>(rows: &[EventRow<'_>], fold: impl FnOnce(&[EventRow<'_>]) -> T) -> T {
    let upcast = |row: &EventRow<'_>| match upcast::upcast(row.kind, row.schema_version, row.data) {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(data) => Some(data),
    };
    let Some(first) = rows.iter().position(|row| upcast(row).is_some()) else { return fold(rows) };
    let lifted: Vec<Option<String>> = rows.iter().enumerate().map(|(i, row)| if i < first { None } else { upcast(row) }).collect();
    let current: Vec<EventRow<'_>> =
        rows.iter().zip(&lifted).map(|(row, data)| EventRow { data: data.as_deref().unwrap_or(row.data), ..*row }).collect();
    fold(&current)
}

/// Folds all events of one contact (same `source` and `contact_id`), in any order, duplicates allowed. For many contacts a [`Folder`] saves
/// memory traffic.
#[must_use]
pub fn fold_contact(events: &[EventRow<'_>], finality: Finality) -> ContactFacts {
    Folder::default().contact(events, finality)
}

/// Folds all state events of one agent (same `source` and `agent_id`), in any order, duplicates allowed.
#[must_use]
pub fn fold_agent(events: &[EventRow<'_>], finality: Finality) -> AgentFacts {
    Folder::default().agent(events, finality)
}
