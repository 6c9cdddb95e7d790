//! Folding what was gathered: groups by subject, in the order of their first event, on as many threads as there are lists.

use compact_str::CompactString;
use hashbrown::HashMap;
use trunkline_events::fact::{AgentLeg, AgentState, Anomaly, Contact, Hold, QueueStint, Response, SelfService};
use trunkline_events::fold::{Finality, Folder, session_name};
use trunkline_events::{EventRow, Timestamp};

use crate::agents::AgentEvents;
use crate::folds::Folds;
use crate::gather::{At, Gathered};
use crate::options::THREADS;
use crate::watermark::Watermarks;

/// Rows of every fact table.
#[derive(Debug, Default)]
pub(crate) struct FactRows {
    pub(crate) contacts: Vec<Contact>,
    pub(crate) stints: Vec<QueueStint>,
    pub(crate) legs: Vec<AgentLeg>,
    pub(crate) holds: Vec<Hold>,
    pub(crate) states: Vec<AgentState>,
    pub(crate) responses: Vec<Response>,
    pub(crate) sessions: Vec<SelfService>,
    pub(crate) anomalies: Vec<Anomaly>,
    /// Contacts and agents folded, and their events.
    pub(crate) contacts_folded: u64,
    pub(crate) agents_folded: u64,
    pub(crate) events: u64,
}

impl FactRows {
    /// Rows of all tables.
    pub(crate) fn len(&self) -> u64 {
        let contacts = self.contacts.len() + self.stints.len() + self.legs.len() + self.holds.len() + self.responses.len();
        (contacts + self.states.len() + self.sessions.len() + self.anomalies.len()) as u64
    }
}

/// What every fold of a run shares.
#[derive(Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) folds: Folds,
    pub(crate) grace_ms: i64,
    pub(crate) watermarks: &'a Watermarks,
}

impl Setting<'_> {
    fn finality(&self, source: &str) -> Finality {
        let watermark = Timestamp::from_micros(self.watermarks.get(source).copied().unwrap_or(i64::MIN));
        Finality { watermark, grace_ms: self.grace_ms }
    }
}

/// Events by subject, subjects in the order of their first event: contacts of one time are folded one after the other, while what the
/// batches hold of that time is in the processor's cache.
#[derive(Debug)]
struct Groups {
    /// Where each group begins, and where the last one ends.
    starts: Vec<u32>,
    events: Vec<At>,
    /// Events of subjects that are not to be folded yet.
    later: Vec<(u64, At)>,
}

/// Number of a group that is not to be folded yet.
const LATER: u32 = u32::MAX;

impl Groups {
    fn of(list: &[(u64, At)], is_complete: impl Fn(u64) -> bool) -> Self {
        let mut numbers: HashMap<u64, u32> = HashMap::with_capacity(list.len() / 8);
        let mut starts = vec![0_u32];
        let mut later = Vec::new();
        let mut numbered: Vec<u32> = Vec::with_capacity(list.len());
        for (hash, at) in list {
            let next = starts.len() as u32 - 1;
            let number = *numbers.entry(*hash).or_insert_with(|| if is_complete(*hash) { next } else { LATER });
            numbered.push(number);
            if number == LATER {
                later.push((*hash, *at));
                continue;
            }
            if number == next {
                starts.push(0);
            }
            starts[number as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut events = vec![(0, 0); list.len() - later.len()];
        for (number, (_, at)) in numbered.iter().zip(list).filter(|(number, _)| **number != LATER) {
            let slot = &mut next[*number as usize];
            events[*slot as usize] = *at;
            *slot += 1;
        }
        Self { starts, events, later }
    }

    fn iter(&self) -> impl Iterator<Item = &[At]> {
        self.starts.windows(2).map(|pair| &self.events[pair[0] as usize..pair[1] as usize])
    }
}

/// Folds the contacts of which all events are there; returns the rows, thread by thread, and the events of the others. Blocking.
pub(crate) fn contacts(
    gathered: &Gathered,
    setting: &Setting<'_>,
    is_complete: impl Fn(u64) -> bool + Sync,
) -> (Vec<FactRows>, [Vec<(u64, At)>; THREADS]) {
    let is_complete = &is_complete;
    let parts = on_lists(&gathered.contacts, |list| {
        let groups = Groups::of(list, is_complete);
        (contacts_of(gathered, &groups, setting), groups.later)
    });
    let mut later = <[Vec<(u64, At)>; THREADS]>::default();
    let rows = parts.into_iter().zip(&mut later).map(|((rows, list), slot)| {
        *slot = list;
        rows
    });
    (rows.collect(), later)
}

/// Folds agents. Blocking.
pub(crate) fn agents(events: &AgentEvents, setting: &Setting<'_>) -> Vec<FactRows> {
    on_lists(&events.agents, |list| agents_of(events, &Groups::of(list, |_| true), setting))
}

/// The same work for every list, each on a thread of its own.
fn on_lists<T: Send>(lists: &[Vec<(u64, At)>; THREADS], work: impl Fn(&[(u64, At)]) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = lists.iter().map(|list| scope.spawn(move || work(list))).collect();
        parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

fn contacts_of(gathered: &Gathered, groups: &Groups, setting: &Setting<'_>) -> FactRows {
    let (mut rows, mut folder, mut events) = (FactRows::default(), Folder::default(), Vec::new());
    for group in groups.iter() {
        events.clear();
        events.extend(group.iter().map(|&at| gathered.row(at)));
        rows.events += events.len() as u64;
        if events.iter().any(|row| row.contact_id.is_none()) {
            sessions_of(&mut rows, &mut folder, &mut events, setting);
        }
        by_key(
            &mut events,
            |row| row.contact_id,
            |events| {
                let facts = (setting.folds.contact)(&mut folder, events, setting.finality(events[0].source));
                rows.contacts.extend(facts.contact);
                rows.stints.extend(facts.stints);
                rows.legs.extend(facts.legs);
                rows.holds.extend(facts.holds);
                rows.responses.extend(facts.responses);
                rows.sessions.extend(facts.sessions);
                rows.anomalies.extend(facts.anomalies);
                rows.contacts_folded += 1;
            },
        );
    }
    rows
}

/// Takes out and folds the sessions of no contact. A hash seldom meets another's, so there is nearly always one.
fn sessions_of(rows: &mut FactRows, folder: &mut Folder, events: &mut Vec<EventRow<'_>>, setting: &Setting<'_>) {
    let mut sessions: HashMap<(&str, CompactString), Vec<EventRow<'_>>> = HashMap::new();
    for row in events.extract_if(.., |row| row.contact_id.is_none()) {
        sessions.entry((row.source, session_name(&row))).or_default().push(row);
    }
    for ((source, _), events) in sessions {
        let facts = (setting.folds.session)(folder, &events, setting.finality(source));
        rows.sessions.extend(facts.sessions);
        rows.anomalies.extend(facts.anomalies);
    }
}

fn agents_of(gathered: &AgentEvents, groups: &Groups, setting: &Setting<'_>) -> FactRows {
    let (mut rows, mut folder) = (FactRows::default(), Folder::default());
    let (mut events, mut with_source) = (Vec::new(), Vec::new());
    for group in groups.iter() {
        events.clear();
        events.extend(group.iter().map(|&at| gathered.row(at)));
        rows.events += events.len() as u64;
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
                rows.agents_folded += 1;
            },
        );
    }
    rows
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
