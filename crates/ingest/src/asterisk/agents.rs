//! Lines about agents: sessions, pauses, membership of queues, wrap-up, and a restart of the exchange.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use trunkline_events::Timestamp;

use super::Asterisk;
use super::calls::of_contact;
use super::emit::{Emitter, Fields, quote};
use super::line::Line;
use crate::connector::Reject;

/// The name under which a pause of all queues is kept among the queues.
const EVERYWHERE: &str = "";

/// What is known about one agent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Agent {
    is_logged_in: bool,
    /// Queues in which the agent is paused; [`EVERYWHERE`] for PAUSEALL.
    paused_in: BTreeSet<String>,
}

/// Agents of a file by name. An interface and a member name are two agents: the log does not prove they are one.
pub(super) type Agents = BTreeMap<String, Agent>;

fn of_agent(agent: &str) -> Fields {
    Fields::new().text("agent_id", agent)
}

fn change(agent: &str, state: &str) -> Fields {
    of_agent(agent).text("transition", "change").text("state", state)
}

impl Asterisk {
    fn agent(&mut self, agent: &str) -> &mut Agent {
        self.agents.entry(agent.to_owned()).or_default()
    }

    /// AGENTLOGIN, AGENTCALLBACKLOGIN: `channel`.
    pub(super) fn login(&mut self, line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        self.agent(agent).is_logged_in = true;
        let fields = of_agent(agent).text("transition", "login").text("state", "available").text("scope", "all");
        emit.emit("agent.state_changed", line.time(), Some(agent), fields.text("source_label", &line.verb))
    }

    /// AGENTLOGOFF, AGENTCALLBACKLOGOFF: `channel | logintime s | reason`.
    pub(super) fn logoff(&mut self, line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let known = std::mem::take(self.agent(agent));
        if let (false, Some(ms)) = (known.is_logged_in, line.seconds(1)) {
            let fields = of_agent(agent).text("transition", "login").text("state", "available").text("scope", "all");
            emit.emit("agent.state_changed", line.time().plus_millis(-ms), Some(agent), fields.text("basis", "derived"))?;
        }
        let fields = of_agent(agent).text("transition", "logout").text("state", "offline").text("scope", "all");
        let fields = fields.maybe("reason", line.field(2)).number("login_ms", line.seconds(1)).text("source_label", &line.verb);
        emit.emit("agent.state_changed", line.time(), Some(agent), fields)
    }

    /// PAUSE, PAUSEALL: `reason`. An agent is paused while paused anywhere: only the first pause changes the agent's state, the others
    /// keep the scope they were set for.
    pub(super) fn pause(&mut self, line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let place = line.queue.as_deref().filter(|_| line.verb != "PAUSEALL").unwrap_or(EVERYWHERE);
        let paused = &mut self.agent(agent).paused_in;
        let is_first = paused.is_empty();
        paused.insert(place.to_owned());
        let reason = if line.verb == "ADDMEMBER" { None } else { line.field(0) };
        let fields = scoped(change(agent, "not_ready"), place, is_first).maybe("reason", reason);
        emit.emit("agent.state_changed", line.time(), Some(agent), fields.text("source_label", &line.verb))
    }

    /// UNPAUSE, UNPAUSEALL: `reason`. UNPAUSEALL ends the pauses of single queues too.
    pub(super) fn unpause(&mut self, line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let place = line.queue.as_deref().filter(|_| line.verb != "UNPAUSEALL").unwrap_or(EVERYWHERE);
        let is_known = self.agents.contains_key(agent);
        let paused = &mut self.agent(agent).paused_in;
        let was_paused = !paused.is_empty();
        if place == EVERYWHERE {
            paused.clear();
        } else {
            paused.remove(place);
        }
        // An agent never seen before may have been paused in an earlier file.
        let is_last = paused.is_empty() && (was_paused || !is_known);
        let fields = scoped(change(agent, "available"), place, is_last).maybe("reason", line.field(0));
        emit.emit("agent.state_changed", line.time(), Some(agent), fields.text("source_label", &line.verb))
    }

    /// ADDMEMBER (`PAUSED` or nothing), REMOVEMEMBER.
    pub(super) fn member(&mut self, line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let mut queue = "[".to_owned();
        quote(&mut queue, line.queue.as_deref().unwrap_or("NONE"));
        queue.push(']');
        let list = if line.verb == "ADDMEMBER" { "added" } else { "removed" };
        let fields = of_agent(agent).maybe("queue", line.queue.as_deref()).text("kind", "queue").json(list, &queue);
        emit.emit("agent.assignment_changed", line.time(), Some(agent), fields.text("source_label", &line.verb))?;
        if line.verb == "ADDMEMBER" && line.field(0) == Some("PAUSED") {
            return self.pause(line, agent, emit);
        }
        Ok(())
    }

    /// PENALTY `n`, RINGINUSE `0/1`.
    pub(super) fn member_setting(line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let kind = if line.verb == "PENALTY" { "penalty" } else { "capacity" };
        let fields = of_agent(agent).maybe("queue", line.queue.as_deref()).text("kind", kind);
        let fields = match line.number(0) {
            Some(n) => fields.number("value", Some(n)),
            None => fields.maybe("value", line.field(0)),
        };
        emit.emit("agent.assignment_changed", line.time(), Some(agent), fields.text("source_label", &line.verb))
    }

    /// WRAPUPSTART: `seconds`. The end is derived from the length.
    pub(super) fn wrap_up(&mut self, line: &Line<'_>, agent: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let length = line.seconds(0);
        let Some(call) = &line.call else {
            let fields = change(agent, "wrapup").text("scope", "all").text("source_label", &line.verb);
            emit.emit("agent.state_changed", line.time(), Some(agent), fields)?;
            let Some(ms) = length else { return Ok(()) };
            let after = if self.agent(agent).paused_in.is_empty() { "available" } else { "not_ready" };
            let fields = change(agent, after).text("scope", "all").text("basis", "derived");
            return emit.emit("agent.state_changed", line.time().plus_millis(ms), Some(agent), fields);
        };
        let contact = self.calls.contact_of(call);
        let state = self.calls.get(&contact);
        let time = state.clock(line);
        let leg = state.last_leg.as_ref().or(state.leg.as_ref()).filter(|leg| leg.agent == agent).map(|leg| leg.id.clone());
        let fields = || of_contact(&contact).text("agent_id", agent).maybe("participant_id", leg.as_deref());
        emit.emit("wrapup.started", time, Some(&contact), fields().number("planned_ms", length))?;
        let Some(ms) = length else { return Ok(()) };
        let fields = fields().number("wrapup_ms", length).text("basis", "derived");
        emit.emit("wrapup.ended", time.plus_millis(ms), Some(&contact), fields)
    }

    /// QUEUESTART: the exchange was restarted. Waiting calls are dropped, talking ones end with unknown talk, agents become unknown.
    pub(super) fn restart(&mut self, line: &Line<'_>, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let fields = Fields::new().text("status", "restarted").text("source_label", &line.verb);
        emit.emit("source.status_reported", line.time(), None, fields)?;
        for (contact, mut call) in self.calls.end_all() {
            let time = call.clock(line);
            if let Some(stay) = &call.stay {
                let fields = of_contact(&contact).text("queue", &stay.queue).text("visit_id", &stay.visit);
                emit.emit("queue.exited", time, Some(&contact), fields.text("outcome", "error").text("reason", "restart"))?;
            }
            let fields = of_contact(&contact).text("ended_by", "system").text("reason", "restart");
            let fields = if call.leg.is_some() { fields.yes("talk_unknown") } else { fields };
            emit.emit("contact.ended", time, Some(&contact), fields)?;
        }
        let time: Timestamp = line.time();
        for (agent, known) in std::mem::take(&mut self.agents) {
            if known.is_logged_in || !known.paused_in.is_empty() {
                let fields = change(&agent, "unknown").text("reason", "restart").text("scope", "all");
                emit.emit("agent.state_changed", time, Some(&agent), fields)?;
            }
        }
        Ok(())
    }
}

/// The scope of a change: `all` when it changes the agent's state as a whole, else the queue it was made for.
fn scoped(fields: Fields, place: &str, is_effective: bool) -> Fields {
    let queue = (place != EVERYWHERE).then_some(place);
    match queue {
        Some(queue) if !is_effective => fields.text("scope", &format!("queue({queue})")),
        Some(queue) => fields.text("scope", "all").text("set_in", queue),
        None => fields.text("scope", "all"),
    }
}
