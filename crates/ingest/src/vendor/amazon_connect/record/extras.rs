//! What a contact record says besides its course: recordings, attributes, and its own sums.

use serde_json::{Map, Value};

use super::{Record, millis};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, attributes};

impl Record<'_> {
    pub(super) fn extras(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let recordings = self.doc.list("Recordings")?;
        match self.doc.object("Recording")? {
            // The older member repeats the first of the list.
            Some(recording) if recordings.is_empty() => self.recorded(&recording, emit)?,
            _ => recordings.iter().try_for_each(|recording| self.recorded(recording, emit))?,
        }
        self.attributes(emit)?;
        self.sums(emit)
    }

    fn recorded(&self, recording: &Object<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let started = recording.instant("StartTimestamp")?;
        let at = started.or(self.ended).unwrap_or(self.updated);
        let media = recording.text("MediaStreamType")?.or(recording.text("Type")?).unwrap_or_default();
        let kind = match media.to_ascii_uppercase().as_str() {
            "CHAT" => "transcript",
            "SCREEN" => "screen",
            _ => "recording",
        };
        let length = match (started, recording.instant("StopTimestamp")?) {
            (Some(started), Some(stopped)) => Some(stopped.millis_since(started)).filter(|length| *length >= 0),
            _ => None,
        };
        let artifact = self.event("artifact.attached", at).text("kind", kind).maybe("uri", recording.text("Location")?);
        let artifact = artifact.maybe("started_at", started.map(|at| at.to_string()).as_deref()).number("duration_ms", length);
        let status = recording.text("Status")?.map(str::to_ascii_lowercase);
        emit.push(artifact.maybe("status", status.as_deref()))
    }

    /// Attributes as of this version of the record.
    fn attributes(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let own = self.doc.object("Attributes")?;
        let mut set = own.map_or_else(Map::new, |own| attributes::kept(own.members()));
        if let Some(status) = self.doc.text("AnsweringMachineDetectionStatus")? {
            set.insert("answering_machine_detection".to_owned(), Value::from(status));
        }
        if set.is_empty() {
            return Ok(());
        }
        emit.push(self.event("contact.updated", self.updated).json("set", Value::Object(set)))
    }

    /// Connect's own sums, for comparison with those of the facts.
    fn sums(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let of_queue = |name: &str| self.queue.as_ref().map_or(Ok(None), |queue| queue.length(name));
        let of_agent = |name: &str| self.agent.as_ref().map_or(Ok(None), |agent| agent.doc.length(name));
        let at = self.ended.unwrap_or(self.updated);
        let sums = self.event("contact.summary_reported", at).number("wait_ms", millis(of_queue("Duration")?));
        let sums = sums.number("talk_ms", millis(of_agent("AgentInteractionDuration")?));
        let sums = sums.number("hold_ms", millis(of_agent("CustomerHoldDuration")?)).number("holds", of_agent("NumberOfHolds")?);
        let sums = sums.number("longest_hold_ms", millis(of_agent("LongestHoldDuration")?));
        let sums = sums.number("acw_ms", millis(of_agent("AfterContactWorkDuration")?));
        emit.push(sums.number("agent_connection_attempts", self.doc.length("AgentConnectionAttempts")?))
    }
}
