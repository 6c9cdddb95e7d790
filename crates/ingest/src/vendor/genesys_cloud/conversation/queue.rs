//! A stay in a queue: one `acd` session.

use trunkline_events::Timestamp;

use super::Conversation;
use super::session::Session;
use crate::connector::Reject;
use crate::vendor::Emit;

/// An agent may be connected this long before the queue's session is over, in milliseconds.
const OVERLAP_MS: i64 = 1_000;

impl Conversation<'_> {
    pub(super) fn queue(&self, session: &Session<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(from) = session.from() else { return Ok(()) };
        let queue = session.segments.iter().map(|segment| segment.doc.text("queueId")).find_map(Result::transpose).transpose()?;
        let Some(queue) = queue else {
            let place = session.doc.path("segments[0].queueId");
            return Err(Reject::new("missing_field", format!("{place} is missing: a stay in which queue")));
        };
        let entered = self.event("queue.entered", session.id, from).text("queue", queue).text("visit_id", session.id);
        emit.push(entered)?;
        let Some(to) = session.to() else { return Ok(()) };
        let agent = self.answered_by(session, from, to);
        let outcome = match session.disconnect.as_str() {
            _ if session.metric("tAbandon").is_some() => "abandoned",
            _ if session.metric("tFlowOut").is_some() => "flow_out",
            _ if agent.is_some() => "answered",
            "peer" | "endpoint" | "client" => "abandoned",
            "timeout" | "inactivity" | "sessionexpired" => "timed_out",
            "error" | "transportfailure" => "error",
            "transfer" => "transferred",
            _ => "flow_out",
        };
        let exited = self.event("queue.exited", &format!("{}/{outcome}", session.id), to).text("queue", queue);
        let exited = exited.text("visit_id", session.id).text("outcome", outcome).number("wait_ms", session.metric("tAcd"));
        emit.push(exited.maybe("agent_id", agent.filter(|_| outcome == "answered")))
    }

    /// The first agent connected since the stay began, unless another stay began in between.
    fn answered_by(&self, stay: &Session<'_>, from: Timestamp, to: Timestamp) -> Option<&str> {
        let connections = self.sessions.iter().filter_map(|session| Some((session.connected()?, session.user?)));
        let (at, agent) = connections.filter(|(at, _)| at.plus_millis(OVERLAP_MS) >= to).min_by_key(|(at, _)| *at)?;
        let others = self.sessions.iter().filter(|other| other.purpose == "acd" && other.id != stay.id);
        let is_next = |other: &Session<'_>| other.from().is_some_and(|began| began > from && began <= at);
        (!others.into_iter().any(is_next)).then_some(agent)
    }
}
