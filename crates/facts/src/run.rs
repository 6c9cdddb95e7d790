//! Folding what was gathered: groups by subject, on two threads.

use hashbrown::HashMap;
use trunkline_events::fact::{AgentLeg, AgentState, Anomaly, Contact, QueueStint, Response, SelfService};
use trunkline_events::fold::Finality;
use trunkline_events::{EventRow, Timestamp};

use crate::folds::Folds;
use crate::gather::{At, Gathered};

/// Threads that fold.
const THREADS: usize = 2;

/// Rows of every fact table.
#[derive(Debug, Default)]
pub(crate) struct FactRows {
    pub(crate) contacts: Vec<Contact>,
    pub(crate) stints: Vec<QueueStint>,
    pub(crate) legs: Vec<AgentLeg>,
    pub(crate) states: Vec<AgentState>,
    pub(crate) responses: Vec<Response>,
    pub(crate) sessions: Vec<SelfService>,
    pub(crate) anomalies: Vec<Anomaly>,
    /// Contacts and agents folded.
    pub(crate) subjects: (u64, u64),
}

impl FactRows {
    fn append(&mut self, mut other: Self) {
        self.contacts.append(&mut other.contacts);
        self.stints.append(&mut other.stints);
        self.legs.append(&mut other.legs);
        self.states.append(&mut other.states);
        self.responses.append(&mut other.responses);
        self.sessions.append(&mut other.sessions);
        self.anomalies.append(&mut other.anomalies);
        self.subjects.0 += other.subjects.0;
        self.subjects.1 += other.subjects.1;
    }
}

/// What every fold of a run shares.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) folds: Folds,
    pub(crate) grace_ms: i64,
    pub(crate) watermarks: &'a HashMap<String, i64>,
}

impl Setting<'_> {
    fn finality(&self, source: &str) -> Finality {
        let watermark = Timestamp::from_micros(self.watermarks.get(source).copied().unwrap_or(i64::MIN));
        Finality { watermark, grace_ms: self.grace_ms }
    }
}

/// Folds everything gathered. Blocking.
pub(crate) fn fold(gathered: &mut Gathered, setting: &Setting<'_>) -> FactRows {
    gathered.contacts.sort_unstable();
    gathered.agents.sort_unstable();
    let gathered = &*gathered;
    let mut rows = FactRows::default();
    std::thread::scope(|scope| {
        let parts: Vec<_> = split(&gathered.contacts)
            .into_iter()
            .zip(split(&gathered.agents))
            .map(|(contacts, agents)| scope.spawn(move || fold_part(gathered, contacts, agents, setting)))
            .collect();
        for part in parts {
            match part.join() {
                Ok(part) => rows.append(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    rows
}

fn fold_part(gathered: &Gathered, contacts: &[(u64, At)], agents: &[(u64, At)], setting: &Setting<'_>) -> FactRows {
    let mut rows = FactRows::default();
    let mut events = Vec::new();
    for group in contacts.chunk_by(|a, b| a.0 == b.0) {
        load(gathered, group, &mut events);
        by_key(
            &mut events,
            |row| row.contact_id,
            |events| {
                let facts = (setting.folds.contact)(events, setting.finality(events[0].source));
                rows.contacts.extend(facts.contact);
                rows.stints.extend(facts.stints);
                rows.legs.extend(facts.legs);
                rows.responses.extend(facts.responses);
                rows.sessions.extend(facts.sessions);
                rows.anomalies.extend(facts.anomalies);
                rows.subjects.0 += 1;
            },
        );
    }
    let mut with_source = Vec::new();
    for group in agents.chunk_by(|a, b| a.0 == b.0) {
        load(gathered, group, &mut events);
        by_key(
            &mut events,
            |row| row.agent_id,
            |events| {
                let source = events[0].source;
                with_source.clear();
                with_source.extend_from_slice(events);
                with_source.extend(gathered.sources.get(source).into_iter().flatten().map(|&at| gathered.row(at)));
                let facts = (setting.folds.agent)(&with_source, setting.finality(source));
                rows.states.extend(facts.states);
                rows.anomalies.extend(facts.anomalies);
                rows.subjects.1 += 1;
            },
        );
    }
    rows
}

fn load<'a>(gathered: &'a Gathered, group: &[(u64, At)], events: &mut Vec<EventRow<'a>>) {
    events.clear();
    events.extend(group.iter().map(|&(_, at)| gathered.row(at)));
}

/// Calls `each` once per exact key; nearly always there is one, for a hash seldom meets another's.
fn by_key<'a>(events: &mut [EventRow<'a>], id: fn(&EventRow<'a>) -> Option<&'a str>, mut each: impl FnMut(&[EventRow<'a>])) {
    let key = |row: &EventRow<'a>| (row.source, id(row));
    if events.windows(2).any(|pair| key(&pair[0]) != key(&pair[1])) {
        events.sort_by(|a, b| key(a).cmp(&key(b)));
    }
    for group in events.chunk_by(|a, b| key(a) == key(b)) {
        each(group);
    }
}

/// Cuts a sorted list into [`THREADS`] parts between groups.
fn split(sorted: &[(u64, At)]) -> [&[(u64, At)]; THREADS] {
    let half = sorted.len() / THREADS;
    let at = sorted.get(half).map_or(sorted.len(), |(hash, _)| sorted.partition_point(|(other, _)| other < hash));
    [&sorted[..at], &sorted[at..]]
}
