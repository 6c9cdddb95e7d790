//! What is known about the calls of one log: stays in queues, legs of agents, transfers under other ids.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use trunkline_events::Timestamp;

use super::emit::Fields;
use super::line::Line;

/// Calls without a line for this many seconds of log time are forgotten; a later line of theirs counts as a first sight.
const FORGET_AFTER_S: i64 = 48 * 3_600;
/// How often (in lines of calls) old calls are looked for.
const SWEEP_EVERY: u32 = 1 << 14;

/// An agent talking on a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Leg {
    pub(super) id: String,
    pub(super) agent: String,
    pub(super) queue: Option<String>,
}

/// An open stay in a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Stay {
    pub(super) queue: String,
    pub(super) visit: String,
}

/// One contact.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Call {
    /// `contact.started` has been emitted.
    pub(super) is_started: bool,
    /// Opened by an outgoing call.
    pub(super) is_outbound: bool,
    /// Number dialled by the caller.
    pub(super) dialed: Option<String>,
    pub(super) stay: Option<Stay>,
    pub(super) leg: Option<Leg>,
    /// Last leg that ended.
    pub(super) last_leg: Option<Leg>,
    /// The last stay ended because the queue had no agents, and nothing has happened since.
    pub(super) left_empty: bool,
    /// A consultation call whose stay this call takes over.
    pub(super) consultation: Option<String>,
    visits: BTreeMap<String, u32>,
    legs: BTreeMap<String, u32>,
    offers: u32,
    /// Latest time seen: file order wins over a clock stepped back.
    floor: i64,
    last_epoch: i64,
}

impl Call {
    /// The time of a line within the call: never before the call's last one.
    pub(super) fn clock(&mut self, line: &Line<'_>) -> Timestamp {
        self.floor = self.floor.max(line.time().micros());
        self.last_epoch = line.epoch;
        Timestamp::from_micros(self.floor)
    }

    /// The id of the next stay in a queue: a call may enter one several times.
    pub(super) fn next_visit(&mut self, queue: &str) -> String {
        let n = self.visits.entry(queue.to_owned()).or_insert(0);
        *n += 1;
        format!("{queue}#{n}")
    }

    /// The id of the next offer to an agent.
    pub(super) fn next_offer(&mut self, agent: &str) -> String {
        self.offers += 1;
        format!("{agent}#o{}", self.offers)
    }

    /// Begins a leg.
    pub(super) fn connect(&mut self, agent: &str, queue: Option<&str>) -> String {
        let n = self.legs.entry(agent.to_owned()).or_insert(0);
        *n += 1;
        let id = format!("{agent}#{n}");
        self.last_leg = None;
        self.leg = Some(Leg { id: id.clone(), agent: agent.to_owned(), queue: queue.map(str::to_owned) });
        id
    }

    /// Ends the leg; the one that ended last if none is open (a second end), the first of `agent` if none was seen.
    pub(super) fn disconnect(&mut self, agent: &str, queue: Option<&str>) -> (Leg, bool) {
        let is_second = self.leg.is_none() && self.last_leg.is_some();
        let leg = self.leg.take().or_else(|| self.last_leg.clone());
        let leg = leg.unwrap_or_else(|| Leg { id: format!("{agent}#1"), agent: agent.to_owned(), queue: queue.map(str::to_owned) });
        self.last_leg = Some(leg.clone());
        (leg, is_second)
    }
}

/// All calls of a log.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Calls {
    #[serde(with = "super::state::by_name")]
    calls: HashMap<String, Call>,
    /// Consultation calls that are part of another contact.
    #[serde(with = "super::state::by_name")]
    alias: HashMap<String, String>,
    lines: u32,
}

impl Calls {
    /// The contact a call id belongs to.
    pub(super) fn contact_of(&self, call: &str) -> String {
        self.alias.get(call).map_or_else(|| call.to_owned(), Clone::clone)
    }

    /// The state of a contact, made if unknown.
    pub(super) fn get(&mut self, contact: &str) -> &mut Call {
        self.calls.entry(contact.to_owned()).or_default()
    }

    /// From here on lines of `call` belong to `contact`.
    pub(super) fn join(&mut self, call: &str, contact: &str) {
        self.alias.insert(call.to_owned(), contact.to_owned());
    }

    /// The one contact on which an agent answering to `matches` is talking; `None` when there is none or more than one.
    pub(super) fn talking(&self, except: &str, matches: impl Fn(&Leg) -> bool) -> Option<String> {
        let mut found = self.calls.iter().filter(|(id, call)| *id != except && call.leg.as_ref().is_some_and(&matches));
        let (id, _) = found.next()?;
        found.next().is_none().then(|| id.clone())
    }

    /// Contacts with an open stay or leg, in order of their ids, with that state ended.
    pub(super) fn end_all(&mut self) -> Vec<(String, Call)> {
        let is_open = |call: &Call| call.stay.is_some() || call.leg.is_some();
        let mut open: Vec<(String, Call)> = self.calls.iter().filter(|(_, c)| is_open(c)).map(|(id, c)| (id.clone(), c.clone())).collect();
        open.sort_by(|a, b| a.0.cmp(&b.0));
        self.calls.clear();
        self.alias.clear();
        open
    }

    /// Forgets what is long past, so that memory follows the calls of two days and not the file.
    pub(super) fn sweep(&mut self, epoch: i64) {
        self.lines += 1;
        if self.lines < SWEEP_EVERY {
            return;
        }
        self.lines = 0;
        self.calls.retain(|_, call| epoch - call.last_epoch < FORGET_AFTER_S);
        let calls = &self.calls;
        self.alias.retain(|_, contact| calls.contains_key(contact));
    }
}

/// The members every event of a contact has.
pub(super) fn of_contact(contact: &str) -> Fields {
    Fields::new().text("contact_id", contact).text("channel", "voice")
}

/// True when a caller id is the extension of an interface: `7009` of `PJSIP/7009` or `Local/7009@from-queue/n`.
pub(super) fn is_extension_of(caller: &str, interface: &str) -> bool {
    let name = interface.split_once('/').map_or(interface, |(_, name)| name);
    let end = name.find(['@', '-', '/']).unwrap_or(name.len());
    !caller.is_empty() && name[..end] == *caller
}
