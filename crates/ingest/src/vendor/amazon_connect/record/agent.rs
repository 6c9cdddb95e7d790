//! The agent of a contact record: when they talked, holds, transfer to somebody outside, after-contact work.

use serde_json::json;
use trunkline_events::Timestamp;

use super::{Record, inner_text, millis};
use crate::connector::Reject;
use crate::vendor::amazon_connect::{rank, words};
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// The one agent a record has.
#[derive(Debug)]
pub(super) struct Agent<'a> {
    pub(super) doc: Object<'a>,
    pub(super) id: &'a str,
    pub(super) connected: Timestamp,
}

impl<'a> Agent<'a> {
    /// `None` when no agent was connected.
    pub(super) fn read(record: &Object<'a>) -> Result<Option<Self>, Reject> {
        let Some(doc) = record.object("Agent")? else { return Ok(None) };
        let Some(connected) = doc.instant("ConnectedToAgentTimestamp")? else { return Ok(None) };
        let id = words::id_of(doc.need_text("ARN")?, "agent");
        Ok(Some(Self { doc, id, connected }))
    }
}

impl Record<'_> {
    pub(super) fn had_agent(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(agent) = &self.agent else { return Ok(()) };
        let (role, mode) = if self.method.is_monitoring() { ("supervisor", "monitor") } else { ("agent", "talk") };
        let connected = self.of_agent("participant.connected", agent.connected, agent).text("role", role).text("mode", mode);
        emit.push(connected.maybe("queue", self.queue_id).maybe("agent_username", agent.doc.text("Username")?))?;
        let stamp = |name: &str| agent.doc.instant(name);
        let (wrapup_began, wrapup_ended) = (stamp("AfterContactWorkStartTimestamp")?, stamp("AfterContactWorkEndTimestamp")?);
        let handed_over = self.doc.instant("TransferCompletedTimestamp")?;
        if let Some(left) = wrapup_began.or(handed_over).or(self.ended) {
            self.held(agent, left, emit)?;
            // Who left before the contact ended did so themselves.
            let by = if self.ended.is_some_and(|ended| left < ended) { "agent" } else { words::ended_by(self.reason) };
            emit.push(self.of_agent("participant.disconnected", left, agent).text("role", role).text("by", by))?;
        }
        if let Some(at) = handed_over {
            self.handed_over(agent, at, emit)?;
        }
        if let Some(at) = wrapup_began {
            emit.push(self.of_agent("wrapup.started", at, agent))?;
        }
        let Some(at) = wrapup_ended else { return Ok(()) };
        let length = millis(agent.doc.length("AfterContactWorkDuration")?);
        emit.push(self.of_agent("wrapup.ended", at, agent).number("wrapup_ms", length))
    }

    fn of_agent(&self, kind: &'static str, at: Timestamp, agent: &Agent<'_>) -> NewEvent {
        self.event(kind, at).text("participant_id", agent.id).text("agent_id", agent.id)
    }

    /// Holds, as many and as long as the record says, one after the other up to the end of the agent's part: when they were it does not say.
    fn held(&self, agent: &Agent<'_>, left: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let length = |name: &str| Ok::<_, Reject>(millis(agent.doc.length(name)?).unwrap_or(0));
        let (total, longest) = (length("CustomerHoldDuration")?, length("LongestHoldDuration")?);
        let mut at = left.plus_millis(-total).max(agent.connected);
        for length in lengths(agent.doc.length("NumberOfHolds")?.unwrap_or(0), total, longest) {
            for kind in ["hold.started", "hold.ended"] {
                let hold = self.of_agent(kind, at, agent).text("basis", "inferred");
                let hold = hold.text("source_event_key", &rank::holds_of(agent.id));
                emit.push(if kind == "hold.ended" { hold.number("held_ms", Some(length)) } else { hold })?;
                at = if kind == "hold.started" { at.plus_millis(length).min(left) } else { at };
            }
        }
        Ok(())
    }

    fn handed_over(&self, agent: &Agent<'_>, at: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let endpoint = self.doc.object("TransferredToEndpoint")?;
        let transfer = self.event("transfer.updated", at).text("transfer_id", &format!("{}/external", self.contact));
        let transfer = transfer.text("phase", "completed").text("kind", "external").text("by", agent.id).text("agent_id", agent.id);
        emit.push(match inner_text(endpoint.as_ref(), "Address")? {
            Some(address) => transfer.json("target", json!({"kind": "number", "id": address})),
            None => transfer,
        })
    }
}

/// Most holds of one agent in one contact that are told one by one.
const HOLDS_MAX: i64 = 1_000;

/// Lengths of `count` holds that add up to `total`: the longest, and the others alike.
fn lengths(count: i64, total: i64, longest: i64) -> Vec<i64> {
    let count = count.min(HOLDS_MAX);
    match count {
        ..=0 => Vec::new(),
        1 => vec![total],
        _ => {
            let longest = longest.min(total);
            let (each, rest) = ((total - longest) / (count - 1), (total - longest) % (count - 1));
            let others = (0..count - 1).map(|i| if i == 0 { each + rest } else { each });
            std::iter::once(longest).chain(others).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::lengths;

    #[test]
    fn holds_add_up_to_what_the_record_says() {
        assert_eq!(lengths(2, 221_000, 204_000), [204_000, 17_000]);
        assert_eq!(lengths(4, 10, 4), [4, 2, 2, 2]);
        assert_eq!(lengths(1, 30, 0), [30]);
        assert_eq!(lengths(0, 30, 30), [0_i64; 0]);
        assert_eq!(lengths(2, 5, 9), [5, 0]);
    }
}
