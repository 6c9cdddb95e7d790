//! Sessions of participants: segments in order, metrics, how they ended.

use trunkline_events::Timestamp;

use super::super::{need_instant, words};
use crate::connector::Reject;
use crate::vendor::json_member::Object;

/// One session of one participant.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) doc: Object<'a>,
    pub(super) id: &'a str,
    pub(super) purpose: String,
    pub(super) user: Option<&'a str>,
    pub(super) external: Option<&'a str>,
    pub(super) media: String,
    pub(super) is_outbound: bool,
    /// By their beginning.
    pub(super) segments: Vec<Segment<'a>>,
    /// How it ended, work after it left aside.
    pub(super) disconnect: String,
    metrics: Vec<(&'a str, i64)>,
}

/// One stretch of a session.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) doc: Object<'a>,
    pub(super) kind: String,
    pub(super) from: Timestamp,
    /// `None` while it lasts.
    pub(super) to: Option<Timestamp>,
}

/// All sessions of all participants.
pub(super) fn all<'a>(conversation: &Object<'a>) -> Result<Vec<Session<'a>>, Reject> {
    let mut out = Vec::new();
    for participant in conversation.list("participants")? {
        for session in participant.list("sessions")? {
            out.push(Session::read(&participant, session)?);
        }
    }
    Ok(out)
}

impl<'a> Session<'a> {
    fn read(participant: &Object<'a>, doc: Object<'a>) -> Result<Self, Reject> {
        let segment = |doc: Object<'a>| {
            let kind = words::plain(doc.need_text("segmentType")?);
            Ok(Segment { kind, from: need_instant(&doc, "segmentStart")?, to: doc.instant("segmentEnd")?, doc })
        };
        let mut segments = doc.list("segments")?.into_iter().map(segment).collect::<Result<Vec<_>, Reject>>()?;
        segments.sort_by_key(|segment| segment.from);
        let mut disconnect = String::new();
        for segment in segments.iter().filter(|segment| segment.kind != "wrapup") {
            let word = words::of(&segment.doc, "disconnectType")?;
            disconnect = if word.is_empty() { disconnect } else { word };
        }
        let mut metrics = Vec::new();
        for metric in doc.list("metrics")? {
            // Some metrics are not whole numbers; none of those is read here.
            if let (Some(name), Some(value)) = (metric.text("name")?, metric.get("value").and_then(serde_json::Value::as_i64)) {
                metrics.push((name, value));
            }
        }
        Ok(Self {
            id: doc.need_text("sessionId")?,
            purpose: words::plain(participant.need_text("purpose")?),
            user: participant.text("userId")?,
            external: participant.text("externalContactId")?,
            media: words::of(&doc, "mediaType")?,
            is_outbound: words::of(&doc, "direction")? == "outbound",
            segments,
            disconnect,
            metrics,
            doc,
        })
    }

    pub(super) fn is_of_customer(&self) -> bool {
        matches!(self.purpose.as_str(), "customer" | "external")
    }

    /// Sum of a metric; `None` when it was not measured.
    pub(super) fn metric(&self, name: &str) -> Option<i64> {
        let values = self.metrics.iter().filter(|(known, value)| *known == name && *value >= 0).map(|(_, value)| *value);
        values.reduce(i64::saturating_add)
    }

    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Segment<'a>> {
        self.segments.iter().filter(move |segment| segment.kind == kind)
    }

    pub(super) fn from(&self) -> Option<Timestamp> {
        self.segments.first().map(|segment| segment.from)
    }

    /// Its end; `None` while any of its segments lasts.
    pub(super) fn to(&self) -> Option<Timestamp> {
        end(self.segments.iter())
    }

    fn talks(&self) -> impl Iterator<Item = &Segment<'a>> {
        self.segments.iter().filter(|segment| matches!(segment.kind.as_str(), "interact" | "hold" | "parked"))
    }

    /// When an agent was connected; `None` for everybody else, and for those who never were.
    pub(super) fn connected(&self) -> Option<Timestamp> {
        let is_agent = matches!(self.purpose.as_str(), "agent" | "user") && self.listens().is_none() && !words::is_beside(&self.media);
        self.talks().next().filter(|_| is_agent).map(|segment| segment.from)
    }

    /// When an agent who was connected left; `None` while they talk.
    pub(super) fn left(&self) -> Option<Timestamp> {
        end(self.talks())
    }

    /// How somebody takes part who does not talk to the customer alone.
    pub(super) fn listens(&self) -> Option<&'static str> {
        self.segments.iter().find_map(|segment| match segment.kind.as_str() {
            "monitoring" => Some("monitor"),
            "coaching" => Some("whisper"),
            "barging" => Some("barge"),
            _ => None,
        })
    }
}

fn end<'s, 'a: 's>(segments: impl Iterator<Item = &'s Segment<'a>>) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> = segments.map(|segment| segment.to).collect();
    ends?.into_iter().max()
}
