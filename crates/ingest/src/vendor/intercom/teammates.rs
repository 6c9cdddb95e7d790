//! Teammates: logged in and out, away and back.

use super::notification::Notification;
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Maps a notification about a teammate; false when there is no rule for its topic.
pub(super) fn map(notification: &Notification<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let item = notification.item;
    let (transition, state) = match notification.topic.as_str() {
        "admin.logged_in" => ("login", "available"),
        "admin.logged_out" => ("logout", "offline"),
        "admin.away_mode_updated" => match item.flag("away_mode_enabled")? {
            Some(true) => ("change", "not_ready"),
            Some(false) => ("change", "available"),
            None => return Err(Reject::new("missing_field", "'away_mode_enabled' is missing")),
        },
        _ => return Ok(false),
    };
    let agent = item.required("id")?;
    let told = NewEvent::new("agent.state_changed", notification.at, &notification.key).subject(&agent).text("agent_id", &agent);
    let told = told.text("transition", transition).text("state", state).text("scope", "all").text("source_label", &notification.topic);
    let reason = if state == "not_ready" { item.text("away_status_reason")? } else { None };
    emit.push(told.maybe("reason", reason.as_deref()))?;
    Ok(true)
}
