//! Asterisk's `queue_log`: one line per event, `epoch|callid|queue|agent|event|data`, of every version since 1.4.
//!
//! Read in this order: `line` (parsing), `emit` (events with deterministic ids), `calls` (what is known about the calls of
//! a log), `queues` (waiting), `talks` (talking), `agents` (sessions and pauses), `state` (handed on at a rotation). Every line
//! leaves at least one event or is refused; a verb that is not known leaves `source.unmapped`.
//!
//! What the log does not say is not invented: there is no hold, wrap-up, disposition or IVR unless a site writes the verbs for it.

mod agents;
mod calls;
mod emit;
mod line;
mod queues;
mod state;
mod talks;

use trunkline_events::{EventBatch, Timestamp};

use self::agents::Agents;
use self::calls::Calls;
use self::emit::{Emitter, Fields};
use self::line::Line;
use crate::connector::{Connector, MapContext, Misfit, RecordRef, Reject, Tail};

/// The connector; its state is what the log has said so far, the files before this one included.
#[derive(Debug, Default)]
pub struct Asterisk {
    calls: Calls,
    agents: Agents,
    first_epoch: Option<i64>,
    last_epoch: Option<i64>,
}

impl Asterisk {
    /// A connector for one file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A line about a call, if its verb is one of those.
    fn of_call(&mut self, line: &Line<'_>, emit: &mut Emitter<'_>) -> Option<Result<(), Reject>> {
        let id = line.call.as_deref()?;
        Some(match &*line.verb {
            "DID" => self.did(line, id, emit),
            "ENTERQUEUE" => self.enter(line, id, emit),
            "CONNECT" => self.connect(line, id, emit),
            "COMPLETEAGENT" | "COMPLETECALLER" => self.complete(line, id, emit),
            "ABANDON" | "EXITWITHTIMEOUT" | "EXITWITHKEY" | "EXITEMPTY" | "LEAVEEMPTY" | "WITHDRAW" => self.leave(line, id, emit),
            "RINGNOANSWER" | "RINGCANCELED" | "AGENTDUMP" | "SYSCOMPAT" => self.not_answered(line, id, emit),
            "BLINDTRANSFER" | "TRANSFER" => self.blind_transfer(line, id, emit),
            "ATTENDEDTRANSFER" => self.attended_transfer(line, id, emit),
            "FULL" | "CLOSED" | "JOINEMPTY" | "DIVERT_CA_RATIO" | "DIVERT_HOLDTIME" => self.refused(line, id, emit),
            "CALLERONHOLD" | "CALLEROFFHOLD" => self.hold(line, id, emit),
            "CALLSTATUS" => self.disposition(line, id, emit),
            "CALLOUTBOUND" => self.outbound(line, id, emit),
            "OUTCALL" => self.outcall(line, id, emit),
            _ => return None,
        })
    }

    /// A line about an agent, if its verb is one of those.
    fn of_agent(&mut self, line: &Line<'_>, emit: &mut Emitter<'_>) -> Option<Result<(), Reject>> {
        let agent = line.agent.as_deref()?;
        Some(match &*line.verb {
            "AGENTLOGIN" | "AGENTCALLBACKLOGIN" => self.login(line, agent, emit),
            "AGENTLOGOFF" | "AGENTCALLBACKLOGOFF" => self.logoff(line, agent, emit),
            "PAUSE" | "PAUSEALL" => self.pause(line, agent, emit),
            "UNPAUSE" | "UNPAUSEALL" => self.unpause(line, agent, emit),
            "ADDMEMBER" | "REMOVEMEMBER" => self.member(line, agent, emit),
            "PENALTY" | "RINGINUSE" => Self::member_setting(line, agent, emit),
            "WRAPUPSTART" => self.wrap_up(line, agent, emit),
            _ => return None,
        })
    }

    /// Keeps a line no rule covers. Long numbers in its text are replaced by their keyed hash.
    fn unmapped(&self, line: &Line<'_>, reason: &str, emit: &mut Emitter<'_>) -> Result<(), Reject> {
        let raw = emit.masked(&line.rest);
        let fields = Fields::new().text("vendor_type", &line.verb).text("reason", reason).maybe("callid", line.call.as_deref());
        let fields = fields.maybe("queue", line.queue.as_deref()).maybe("agent_id", line.agent.as_deref());
        emit.emit("source.unmapped", line.time(), None, fields.text("raw", &raw))
    }
}

impl Connector for Asterisk {
    fn name(&self) -> &'static str {
        "asterisk"
    }

    fn start(&mut self, head: &[u8], tail: Tail) -> Result<Option<usize>, Misfit> {
        let Some(end) = memchr::memchr(b'\n', head).or((tail.at_end() || head.len() > 4096).then_some(head.len())) else {
            return Ok(None);
        };
        let first = String::from_utf8_lossy(&head[..end]).to_ascii_lowercase();
        let names: Vec<&str> = first.split([',', ';', '\t']).map(|name| name.trim().trim_matches('"')).collect();
        if names.contains(&"callid") && names.contains(&"event") {
            let hint = "this is an export of the realtime table, not a queue_log file: its times are local and its columns named. \
                        Write a mapping with the server's zone and use --connector mapping --map SPEC";
            return Err(Misfit(hint.to_owned()));
        }
        Ok(Some(0))
    }

    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
        let line = Line::parse(record.line_bytes())?;
        let first_epoch = *self.first_epoch.get_or_insert(line.epoch);
        self.last_epoch = Some(line.epoch);
        let mut emit = Emitter { record, context, first_epoch, out, count: 0 };
        let outcome = match &*line.verb {
            "QUEUESTART" => self.restart(&line, &mut emit),
            "CONFIGRELOAD" => {
                let fields = Fields::new().text("status", "config_reload").text("source_label", &line.verb);
                emit.emit("source.status_reported", line.time(), None, fields)
            }
            _ => match self.of_call(&line, &mut emit) {
                Some(outcome) => outcome,
                None => match self.of_agent(&line, &mut emit) {
                    Some(outcome) => outcome,
                    None => self.unmapped(&line, "no rule for this line", &mut emit),
                },
            },
        };
        let count = emit.count;
        self.calls.sweep(line.epoch);
        outcome.map(|()| count)
    }

    fn keeps_state(&self) -> bool {
        true
    }

    fn names_by_content(&self) -> bool {
        true
    }

    fn continues(&self) -> bool {
        true
    }

    fn first_instant(&self, head: &[u8]) -> Option<Timestamp> {
        head.split_inclusive(|b| *b == b'\n').find_map(|line| Line::parse(line.trim_ascii_end()).ok()).map(|line| line.time())
    }

    fn reached(&self) -> Option<Timestamp> {
        self.last_epoch.map(Timestamp::from_seconds)
    }

    fn save(&self) -> Option<String> {
        state::save(self)
    }

    fn restore(&mut self, state: &str) -> bool {
        state::restore(state).map(|restored| *self = restored).is_some()
    }
}
