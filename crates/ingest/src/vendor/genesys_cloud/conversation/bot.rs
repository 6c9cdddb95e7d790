//! A flow that the customer went through before anybody talked to them.

use super::Conversation;
use super::session::Session;
use crate::connector::Reject;
use crate::vendor::Emit;
use crate::vendor::genesys_cloud::words;

impl Conversation<'_> {
    pub(super) fn bot(&self, session: &Session<'_>, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let Some(from) = session.from() else { return Ok(()) };
        let flow = session.doc.object("flow")?;
        let of_flow = |name: &str| flow.as_ref().map_or(Ok(None), |flow| flow.text(name));
        let kind = match of_flow("flowType")? {
            Some(word) => match words::flow(&words::plain(word)) {
                Some(kind) => kind,
                None => return Ok(()),
            },
            None if session.purpose == "ivr" && session.media == "voice" => "ivr",
            None => "bot",
        };
        let started = self.event("selfservice.started", session.id, from).text("session_id", session.id).text("kind", kind);
        emit.push(started.maybe("flow_ref", of_flow("flowId")?).maybe("version", of_flow("flowVersion")?))?;
        let Some(to) = session.to() else { return Ok(()) };
        let exit = of_flow("exitReason")?;
        let outcome = match (exit, session.disconnect.as_str()) {
            (Some(exit), _) => words::flow_end(&words::plain(exit)),
            (None, _) if self.doc.flag("selfServed")? == Some(true) => "contained",
            (None, "transfer") => "handoff",
            (None, "peer") => "abandoned",
            (None, "error" | "transportfailure") => "error",
            (None, "timeout" | "inactivity" | "sessionexpired") => "timeout",
            (None, _) => "unknown",
        };
        let ended = self.event("selfservice.ended", &format!("{}/{outcome}", session.id), to).text("session_id", session.id);
        emit.push(ended.text("outcome", outcome).maybe("exit_reason", exit))
    }
}
