//! Flows: what customers do before anybody talks to them.

use super::Body;
use crate::connector::Reject;
use crate::vendor::Emit;
use crate::vendor::genesys_cloud::{need_instant, words};

/// Why some flows have no word.
const NO_SESSION: &str = "a flow without a customer who serves themselves";

impl Body<'_> {
    pub(super) fn flow_began(&self, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
        let Some(kind) = words::flow(&words::of(self.doc, "flowType")?) else { return Ok(Some(NO_SESSION)) };
        let started = self.event("selfservice.started", self.at).text("session_id", self.session).text("kind", kind);
        emit.push(started.maybe("flow_ref", self.doc.text("flowId")?).maybe("version", self.doc.text("flowVersion")?))?;
        Ok(None)
    }

    pub(super) fn flow_ended(&self, emit: &mut Emit<'_>) -> Result<Option<&'static str>, Reject> {
        if words::flow(&words::of(self.doc, "flowType")?).is_none() {
            return Ok(Some(NO_SESSION));
        }
        let ended = self.event("selfservice.ended", self.at).text("session_id", self.session);
        let ended = ended.text("outcome", words::flow_end(&words::of(self.doc, "exitReason")?));
        emit.push(ended.maybe("exit_reason", self.doc.text("exitReason")?).maybe("transfer_type", self.doc.text("transferType")?))?;
        Ok(None)
    }

    /// An outcome that the flow's author defined, and the milestones on the way to it.
    pub(super) fn flow_outcome(&self, emit: &mut Emit<'_>) -> Result<(), Reject> {
        for milestone in self.doc.list("flowMilestones")? {
            let at = need_instant(&milestone, "milestoneTime")?;
            let step = self.event("selfservice.step_completed", at).text("session_id", self.session);
            emit.push(step.text("step", milestone.need_text("milestoneId")?).text("outcome", "milestone"))?;
        }
        let step = self.event("selfservice.step_completed", self.at).text("session_id", self.session);
        let value = self.doc.text("flowOutcomeValue")?.map(str::to_ascii_lowercase);
        emit.push(step.text("step", self.doc.need_text("flowOutcomeId")?).maybe("outcome", value.as_deref()))
    }
}
