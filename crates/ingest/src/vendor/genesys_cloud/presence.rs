//! What agents do when they do not talk: presence and routing status.
//!
//! On queue is what other centres call available. "Available" in Genesys Cloud means at one's desk and off queue: nothing is routed.

use trunkline_events::Timestamp;

use super::{need_instant, words};
use crate::connector::Reject;
use crate::vendor::json_member::Object;
use crate::vendor::{Emit, NewEvent};

/// Maps what the topic `name` says of an agent; false when it is another topic, or says nothing for the vocabulary.
pub(super) fn map(name: &str, body: &Object<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    if let Some(agent) = name.strip_prefix("v2.audits.entitytype.UserPresence.entityid.") {
        return audited(agent, body, emit);
    }
    let Some((agent, what)) = name.strip_prefix("v2.users.").and_then(|rest| rest.split_once('.')) else { return Ok(false) };
    match what.to_ascii_lowercase().as_str() {
        "presence" => {
            let definition = body.object("presenceDefinition")?.ok_or_else(|| body.missing("presenceDefinition"))?;
            let label = definition.need_text("systemPresence")?;
            changed(agent, None, label, need_instant(body, "modifiedDate")?, emit)?;
            Ok(true)
        }
        "routingstatus" => routed(agent, body, emit),
        _ => Ok(false),
    }
}

/// The audit of a presence, which has the old and the new one.
fn audited(agent: &str, body: &Object<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let at = need_instant(body, "eventTime")?;
    let mut is_told = false;
    for change in body.list("propertyChanges")? {
        if change.text("property")? != Some("PRESENCE") {
            continue;
        }
        let first = |name: &str| change.get(name).and_then(|values| values.get(0)).and_then(serde_json::Value::as_str);
        let label = first("newValues").ok_or_else(|| change.missing("newValues"))?;
        changed(agent, first("oldValues"), label, at, emit)?;
        is_told = true;
    }
    Ok(is_told)
}

fn changed(agent: &str, old: Option<&str>, label: &str, at: Timestamp, emit: &mut Emit<'_>) -> Result<(), Reject> {
    let is_offline = |label: &str| words::plain(label) == "offline";
    let (state, reason) = match words::plain(label).as_str() {
        "onqueue" => ("available", None),
        "offline" => ("offline", None),
        _ => ("not_ready", Some(label)),
    };
    let transition = match old {
        _ if is_offline(label) => "logout",
        Some(old) if is_offline(old) => "login",
        _ => "change",
    };
    let event = NewEvent::new("agent.state_changed", at, &format!("presence/{agent}/{label}/{at}")).subject(agent);
    let event = event.text("agent_id", agent).text("transition", transition).text("state", state).maybe("reason", reason);
    emit.push(event.text("source_label", label))
}

/// On queue: waiting, talking, or not answering. Off queue the presence says more.
fn routed(agent: &str, body: &Object<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let status = body.object("routingStatus")?.ok_or_else(|| body.missing("routingStatus"))?;
    let label = status.need_text("status")?;
    let (state, reason) = match words::plain(label).as_str() {
        "idle" => ("available", None),
        "interacting" | "communicating" => ("busy", None),
        "notresponding" => ("not_ready", Some("not responding")),
        _ => return Ok(false),
    };
    let at = need_instant(&status, "startTime")?;
    let event = NewEvent::new("agent.state_changed", at, &format!("routing/{agent}/{label}/{at}")).subject(agent);
    let event = event.text("agent_id", agent).text("transition", "change").text("state", state).maybe("reason", reason);
    emit.push(event.text("source_label", label))?;
    Ok(true)
}
