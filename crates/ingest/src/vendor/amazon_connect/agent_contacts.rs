//! What became of an agent's contacts between two snapshots of the agent event stream.
//!
//! Instants are those at which a state began, so the same change gives the same event from whichever two snapshots it is seen.

use trunkline_events::Timestamp;

use super::rank;
use super::words::{self, Method};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// One contact in one snapshot.
#[derive(Debug)]
struct Entry<'a> {
    contact: &'a str,
    state: String,
    since: Timestamp,
    connected: Option<Timestamp>,
    channel: Option<String>,
    method: Method<'a>,
    queue: Option<&'a str>,
}

/// Emits the differences.
pub(super) fn map(before: Option<&Object<'_>>, after: &Object<'_>, agent: &str, at: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let (was, is) = (before.map_or(Ok(Vec::new()), |before| entries(before, at))?, entries(after, at)?);
    for entry in &is {
        let earlier = was.iter().find(|other| other.contact == entry.contact);
        if earlier.is_none_or(|earlier| earlier.state != entry.state) {
            Change { agent, earlier, later: Some(entry), at: entry.since }.tell(emit)?;
        }
    }
    for entry in was.iter().filter(|entry| !is.iter().any(|other| other.contact == entry.contact)) {
        Change { agent, earlier: Some(entry), later: None, at }.tell(emit)?;
    }
    Ok(())
}

fn entries<'a>(snapshot: &Object<'a>, at: Timestamp) -> Result<Vec<Entry<'a>>, Reject> {
    let entry = |contact: &Object<'a>| {
        let queue = contact.object("Queue")?.map_or(Ok(None), |queue| queue.text("ARN"))?;
        Ok(Entry {
            contact: contact.need_text("ContactId")?,
            state: contact.text("State")?.unwrap_or_default().to_ascii_uppercase(),
            since: contact.instant("StateStartTimestamp")?.unwrap_or(at),
            connected: contact.instant("ConnectedToAgentTimestamp")?,
            channel: contact.text("Channel")?.map(words::channel),
            method: Method(contact.text("InitiationMethod")?.unwrap_or_default()),
            queue: queue.map(|arn| words::id_of(arn, "queue")),
        })
    };
    snapshot.list("Contacts")?.iter().map(entry).collect()
}

impl Entry<'_> {
    fn is(&self, states: &[&str]) -> bool {
        states.contains(&self.state.as_str())
    }

    fn phase(&self) -> Phase {
        let rings = !self.method.is_dialled_by_agent() && !self.method.is_callback();
        match self.state.as_str() {
            "INCOMING" => Phase::Offered,
            "CONNECTING" if rings => Phase::Offered,
            "CONNECTED" | "PAUSED" => Phase::Talking,
            "CONNECTED_ONHOLD" => Phase::OnHold,
            "ENDED" => Phase::Ended,
            _ => Phase::Other,
        }
    }
}

/// What a state means for the contact's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not among the agent's contacts.
    Gone,
    /// It rings at the agent's.
    Offered,
    Talking,
    OnHold,
    /// Over, and the agent works on after it.
    Ended,
    /// Missed, failed, dialling.
    Other,
}

impl Phase {
    const fn is_with_agent(self) -> bool {
        matches!(self, Self::Talking | Self::OnHold)
    }
}

/// One contact of one agent in both snapshots; absent where it is not among them.
#[derive(Debug)]
struct Change<'e, 'a> {
    agent: &'e str,
    earlier: Option<&'e Entry<'a>>,
    later: Option<&'e Entry<'a>>,
    /// When the later state began.
    at: Timestamp,
}

impl Change<'_, '_> {
    fn tell(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let phase = |entry: Option<&Entry<'_>>| entry.map_or(Phase::Gone, Entry::phase);
        let (was, is) = (phase(self.earlier), phase(self.later));
        if is == Phase::Offered && was != Phase::Offered {
            emit.push(self.event("offer.made", self.at).text("offer_id", &self.offer(self.at)))?;
        }
        if let Some(offer) = self.earlier.filter(|_| was == Phase::Offered && is != Phase::Offered) {
            let ended = self.event("offer.ended", self.at).text("offer_id", &self.offer(offer.since));
            emit.push(ended.text("outcome", self.answer()))?;
        }
        if is.is_with_agent() && !was.is_with_agent() {
            self.connected(emit)?;
        }
        if is == Phase::OnHold && was != Phase::OnHold {
            emit.push(self.hold("hold.started"))?;
        }
        if was == Phase::OnHold && is != Phase::OnHold {
            emit.push(self.hold("hold.ended"))?;
        }
        if was.is_with_agent() && !is.is_with_agent() {
            let left = self.part("participant.disconnected", self.at).text("role", self.role());
            emit.push(left.maybe("reason", self.later.filter(|entry| entry.is(&["ERROR"])).map(|_| "error")))?;
        }
        if was.is_with_agent() && is == Phase::Ended {
            emit.push(self.part("wrapup.started", self.at))?;
        }
        match self.earlier.filter(|entry| was == Phase::Ended && is == Phase::Gone && entry.connected.is_some()) {
            Some(ended) => {
                let length = Some(self.at.millis_since(ended.since)).filter(|length| *length >= 0);
                emit.push(self.part("wrapup.ended", self.at).number("wrapup_ms", length))
            }
            None => Ok(()),
        }
    }

    fn connected(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let at = self.later.and_then(|entry| entry.connected).unwrap_or(self.at);
        let mode = if self.role() == "supervisor" { "monitor" } else { "talk" };
        emit.push(self.part("participant.connected", at).text("role", self.role()).text("mode", mode))
    }

    fn entry(&self) -> Option<&Entry<'_>> {
        self.later.or(self.earlier)
    }

    fn role(&self) -> &'static str {
        if self.entry().is_some_and(|entry| entry.method.is_monitoring()) { "supervisor" } else { "agent" }
    }

    /// How an offer ended, by what came after it.
    fn answer(&self) -> &'static str {
        match self.later.map(|entry| entry.state.as_str()) {
            Some("MISSED") => "no_answer",
            Some("REJECTED") => "declined",
            Some("ERROR") => "error",
            Some("ENDED") => "caller_gone",
            Some(_) => "accepted",
            None => "rescinded",
        }
    }

    fn offer(&self, made: Timestamp) -> String {
        format!("{}@{made}", self.agent)
    }

    fn event(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        let contact = self.entry().map_or("", |entry| entry.contact);
        let key = format!("{contact}/agent/{}/{kind}/{at}", self.agent);
        let event = NewEvent::new(kind, at, &key).subject(contact).text("contact_id", contact).text("agent_id", self.agent);
        let entry = self.entry();
        event.maybe("channel", entry.and_then(|e| e.channel.as_deref())).maybe("queue", entry.and_then(|e| e.queue))
    }

    /// An event about the agent's part in the contact, which other feeds tell as well.
    fn part(&self, kind: &'static str, at: Timestamp) -> NewEvent {
        self.event(kind, at).text("participant_id", self.agent).number("revision", Some(rank::AGENT_EVENT))
    }

    fn hold(&self, kind: &'static str) -> NewEvent {
        self.part(kind, self.at).text("source_event_key", &rank::holds_of(self.agent))
    }
}
