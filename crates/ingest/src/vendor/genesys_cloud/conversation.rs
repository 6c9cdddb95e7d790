//! Conversation details of the analytics API: participants, their sessions, and the segments of these.

mod agent;
mod bot;
mod queue;
mod review;
mod session;

use trunkline_events::Timestamp;

use self::session::Session;
use super::detail_event::addressed;
use super::{need_instant, rank, words};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// A conversation, and what all events made of it say.
#[derive(Debug)]
struct Conversation<'a> {
    doc: &'a Object<'a>,
    id: &'a str,
    start: Timestamp,
    end: Option<Timestamp>,
    channel: String,
    direction: Option<&'static str>,
    sessions: Vec<Session<'a>>,
}

/// Maps one conversation.
pub(super) fn map(doc: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let conversation = Conversation::read(doc)?;
    conversation.started(emit)?;
    for session in conversation.sessions.iter().filter(|session| !words::is_beside(&session.media)) {
        match session.purpose.as_str() {
            "acd" => conversation.queue(session, emit)?,
            "agent" | "user" => conversation.agent(session, emit)?,
            "ivr" | "botflow" => conversation.bot(session, emit)?,
            "voicemail" => conversation.voicemail(session, emit)?,
            _ => {}
        }
    }
    conversation.reviews(emit)?;
    conversation.ended(emit)
}

impl<'a> Conversation<'a> {
    fn read(doc: &'a Object<'a>) -> Result<Self, Reject> {
        let sessions = session::all(doc)?;
        let first = sessions.iter().find(|session| session.is_of_customer()).or(sessions.first());
        let direction = words::of(doc, "originatingDirection")?;
        Ok(Self {
            doc,
            id: doc.need_text("conversationId")?,
            start: need_instant(doc, "conversationStart")?,
            end: doc.instant("conversationEnd")?,
            channel: first.map_or("unknown", |session| words::channel(&session.media)).to_owned(),
            direction: words::direction(&direction),
            sessions,
        })
    }

    /// An event named by what happened and when: details fetched again give the same ones.
    fn event(&self, kind: &'static str, part: &str, at: Timestamp) -> NewEvent {
        let event = NewEvent::new(kind, at, &format!("{}/details/{part}/{at}", self.id)).subject(self.id);
        let event = event.text("contact_id", self.id).text("channel", &self.channel).maybe("direction", self.direction);
        event.number("revision", Some(rank::DETAILS))
    }

    /// Sessions of the customer; others outside are customers only where none is called so.
    fn customers(&self) -> impl Iterator<Item = &Session<'a>> {
        let is = |session: &Session<'_>, purpose: &str| session.purpose == purpose && !words::is_beside(&session.media);
        let purpose = if self.sessions.iter().any(|session| is(session, "customer")) { "customer" } else { "external" };
        self.sessions.iter().filter(move |session| is(session, purpose))
    }

    fn started(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(customer) = self.customers().next() else {
            return emit.push(self.event("contact.started", "", self.start));
        };
        // Agents may say later who the customer is: that is another statement.
        let part = customer.external.unwrap_or_default();
        let started = self.event("contact.started", part, self.start).maybe("subchannel", Some(&words::of(&customer.doc, "messageType")?));
        emit.push(addressed(started, &customer.doc, customer.external, self.direction)?)
    }

    fn voicemail(&self, session: &Session<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        for (kind, at) in [("participant.connected", session.from()), ("participant.disconnected", session.to())] {
            if let Some(at) = at {
                emit.push(self.event(kind, session.id, at).text("participant_id", session.id).text("role", "voicemail"))?;
            }
        }
        Ok(())
    }

    fn ended(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(at) = self.end else { return Ok(()) };
        self.sums(at, emit)?;
        let customer = self.customers().filter(|session| session.to().is_some()).max_by_key(|session| session.to());
        let disconnect = customer.map(|session| session.disconnect.as_str()).unwrap_or_default();
        let by = match words::ended_by(disconnect) {
            "agent" if self.sessions.iter().all(|session| session.connected().is_none()) => "system",
            by => by,
        };
        // Without a revision: a later end must count.
        let ended = NewEvent::new("contact.ended", at, &format!("{}/details/end/{at}", self.id)).subject(self.id);
        let ended = ended.text("contact_id", self.id).text("channel", &self.channel).maybe("direction", self.direction);
        emit.push(ended.text("ended_by", by).maybe("reason", Some(disconnect)))
    }

    /// Sums that Genesys Cloud made itself, for comparison with those of the facts.
    fn sums(&self, at: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let sum = |name: &str| self.sessions.iter().filter_map(|session| session.metric(name)).reduce(i64::saturating_add);
        let sums = [("talk_ms", "tTalk"), ("hold_ms", "tHeld"), ("acw_ms", "tAcw"), ("wait_ms", "tAcd"), ("ivr_ms", "tIvr")];
        let sums = sums.map(|(name, metric)| (name, sum(metric)));
        let mos = self.doc.number("mediaStatsMinConversationMos")?;
        let part = format!("sums/{:?}/{mos:?}", sums.map(|(_, sum)| sum));
        let event = sums.into_iter().fold(self.event("contact.summary_reported", &part, at), |event, (name, sum)| event.number(name, sum));
        emit.push(event.json("mos", serde_json::json!(mos)))
    }
}
