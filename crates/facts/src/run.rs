//! Folding what was gathered: groups by subject, in the order of their first event, on as many threads as there are lists.

use hashbrown::HashMap;
use trunkline_events::fact::{AgentLeg, AgentState, Anomaly, Contact, QueueStint, Response, SelfService};
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::{EventRow, Timestamp};

use crate::folds::Folds;
use crate::gather::{At, Gathered};

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

/// Folds everything gathered; each thread's rows stay where they are, for moving them costs more than looking them up. Blocking.
pub(crate) fn fold(gathered: &Gathered, setting: &Setting<'_>) -> Vec<FactRows> {
    std::thread::scope(|scope| {
        let parts: Vec<_> = gathered
            .contacts
            .iter()
            .zip(&gathered.agents)
            .map(|(contacts, agents)| scope.spawn(move || fold_part(gathered, &Groups::of(contacts), &Groups::of(agents), setting)))
            .collect();
        parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Events by subject, subjects in the order of their first event: contacts of one time are folded one after the other, while what the
/// batches hold of that time is in the processor's cache.
#[derive(Debug)]
struct Groups {
    /// Where each group begins, and where the last one ends.
    starts: Vec<u32>,
    events: Vec<At>,
}

impl Groups {
    fn of(list: &[(u64, At)]) -> Self {
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut starts = vec![0_u32];
        let numbered: Vec<u32> = list
            .iter()
            .map(|(hash, _)| {
                let next = numbers.len() as u32;
                let number = *numbers.entry(*hash).or_insert(next);
                if number == next {
                    starts.push(0);
                }
                starts[number as usize + 1] += 1;
                number
            })
            .collect();
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut events = vec![(0, 0); list.len()];
        for (number, (_, at)) in numbered.iter().zip(list) {
            let slot = &mut next[*number as usize];
            events[*slot as usize] = *at;
            *slot += 1;
        }
        Self { starts, events }
    }

    fn iter(&self) -> impl Iterator<Item = &[At]> {
        self.starts.windows(2).map(|pair| &self.events[pair[0] as usize..pair[1] as usize])
    }
}

fn fold_part(gathered: &Gathered, contacts: &Groups, agents: &Groups, setting: &Setting<'_>) -> FactRows {
    let (mut rows, mut folder) = (FactRows::default(), Folder::default());
    let mut events = Vec::new();
    for group in contacts.iter() {
        load(gathered, group, &mut events);
        by_key(
            &mut events,
            |row| row.contact_id,
            |events| {
                let facts = (setting.folds.contact)(&mut folder, events, setting.finality(events[0].source));
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
    for group in agents.iter() {
        load(gathered, group, &mut events);
        by_key(
            &mut events,
            |row| row.agent_id,
            |events| {
                let source = events[0].source;
                with_source.clear();
                with_source.extend_from_slice(events);
                with_source.extend(gathered.sources.get(source).into_iter().flatten().map(|&at| gathered.row(at)));
                let facts = (setting.folds.agent)(&mut folder, &with_source, setting.finality(source));
                rows.states.extend(facts.states);
                rows.anomalies.extend(facts.anomalies);
                rows.subjects.1 += 1;
            },
        );
    }
    rows
}

fn load<'a>(gathered: &'a Gathered, group: &[At], events: &mut Vec<EventRow<'a>>) {
    events.clear();
    events.extend(group.iter().map(|&at| gathered.row(at)));
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
