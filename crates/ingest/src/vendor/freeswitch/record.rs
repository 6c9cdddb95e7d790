//! What was sent: an event as JSON or as header lines, with or without the frame of the event socket, or the record of a call.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use trunkline_events::Timestamp;

use crate::connector::Reject;
use crate::vendor::percent::{Plus, decode};
use crate::vendor::{NewEvent, Request};

/// What the members of an event that are variables of its channel begin with.
const VARIABLE: &str = "variable_";

/// A record, told apart.
#[derive(Debug)]
pub(super) enum Record {
    /// An event, by its headers.
    Event(Values),
    /// A call, by the variables of its channel.
    Cdr(Values),
}

impl Record {
    /// Reads a request.
    pub(super) fn of(request: &Request<'_>) -> Result<Self, Reject> {
        let body = request.body();
        if body.starts_with('{') {
            return Self::of_json(body);
        }
        if let Some(encoded) = body.strip_prefix("cdr=") {
            let decoded = decode(encoded, Plus::Blank).ok_or_else(|| Reject::new("bad_encoding", "cdr= is not UTF-8"))?;
            return match decoded.starts_with('{') {
                true => Self::of_json(&decoded),
                false => Err(Reject::new("bad_json", format!("cdr= is no JSON object: '{}'", excerpt(&decoded)))),
            };
        }
        Self::of_headers(body)
    }

    /// Header lines: an event in plain form, or the frame of the event socket with the event behind it.
    fn of_headers(text: &str) -> Result<Self, Reject> {
        let mut values = Values::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            if line.trim_ascii().is_empty() {
                // Behind a frame comes the event; behind an event nothing that matters.
                if values.is_event() {
                    break;
                }
                rest = after.trim_ascii_start();
                if rest.starts_with('{') {
                    return Self::of_json(rest);
                }
                continue;
            }
            let (name, value) =
                line.split_once(':').ok_or_else(|| Reject::new("bad_json", format!("neither JSON nor headers: '{}'", excerpt(line))))?;
            let value = decode(value.trim_ascii(), Plus::Plus);
            let value = value.ok_or_else(|| Reject::new("bad_encoding", format!("{name} is not UTF-8: '{}'", excerpt(line))))?;
            values.0.insert(name.trim_ascii().to_owned(), value.into_owned());
            rest = after;
        }
        if !values.is_event() {
            return Err(Reject::new("missing_field", format!("headers without Event-Name and CC-Action: '{}'", excerpt(text))));
        }
        Ok(Self::Event(values))
    }

    fn of_json(text: &str) -> Result<Self, Reject> {
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|cause| Reject::new("bad_json", cause.to_string()))?;
        if let Some(variables) = object.get("variables") {
            let variables = variables
                .as_object()
                .ok_or_else(|| Reject::new("bad_field", format!("variables is no object: '{}'", excerpt(&variables.to_string()))))?;
            let mut values = Values::of(variables, true);
            // Times of the channel, where its variables do not have them.
            let times = object.get("callflow").and_then(|flow| flow.get(0).or(Some(flow))?.get("times")?.as_object());
            for (name, value) in times.into_iter().flatten() {
                values.0.entry(format!("times.{name}")).or_insert_with(|| plain(value, false));
            }
            return Ok(Self::Cdr(values));
        }
        let has = |name: &str| object.contains_key(name);
        if has("Event-Name") || has("CC-Action") {
            Ok(Self::Event(Values::of(&object, false)))
        } else if has("uuid") && (has("hangup_cause") || has("cc_member_session_uuid")) {
            Ok(Self::Cdr(Values::of(&object, true)))
        } else {
            Err(Reject::new(
                "missing_field",
                "neither an event (Event-Name, CC-Action) nor a call record (variables, or uuid and hangup_cause)",
            ))
        }
    }
}

/// Values by name, all text.
#[derive(Debug, Clone, Default)]
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    fn of(object: &Map<String, Value>, is_encoded: bool) -> Self {
        let given = object.iter().filter(|(_, value)| !value.is_null());
        Self(given.map(|(name, value)| (name.clone(), plain(value, is_encoded))).collect())
    }

    /// The variables of the channel that an event is about.
    pub(super) fn variables(&self) -> Self {
        Self(self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(VARIABLE)?.to_owned(), value.clone()))).collect())
    }

    fn is_event(&self) -> bool {
        self.first(&["Event-Name", "CC-Action"]).is_some()
    }

    /// A value that is not blank.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim_ascii()).filter(|text| !text.is_empty())
    }

    /// The first of these that is not blank.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A value without which the record says nothing.
    pub(super) fn need(&self, name: &str) -> Result<&str, Reject> {
        self.text(name).ok_or_else(|| Reject::new("missing_field", format!("{name} is missing or blank")))
    }

    /// A whole number; 0, which the switch writes for "never", is absent.
    pub(super) fn number(&self, name: &str) -> Result<Option<i64>, Reject> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let refused = || Reject::new("bad_time", format!("{name} must be a whole number, not '{}'", excerpt(text)));
        let number: i64 = text.parse().ok().filter(|number| *number >= 0).ok_or_else(refused)?;
        Ok(Some(number).filter(|number| *number > 0))
    }

    /// Milliseconds between two times in whole seconds, if both are there and in order.
    pub(super) fn between(&self, from: &str, to: &str) -> Result<Option<i64>, Reject> {
        let (from, to) = (self.number(from)?, self.number(to)?);
        Ok(from.zip(to).and_then(|(from, to)| to.checked_sub(from)?.checked_mul(1_000)).filter(|length| *length >= 0))
    }

    /// An instant in microseconds.
    pub(super) fn micros(&self, name: &str) -> Result<Option<Timestamp>, Reject> {
        Ok(self.number(name)?.map(Timestamp::from_micros))
    }

    /// An instant in whole seconds.
    pub(super) fn seconds(&self, name: &str) -> Result<Option<Timestamp>, Reject> {
        Ok(self.number(name)?.map(Timestamp::from_seconds))
    }

    /// When the event happened: its own time, else the first of these, which are whole seconds.
    pub(super) fn at(&self, instead: &[&str]) -> Result<Timestamp, Reject> {
        if let Some(at) = self.micros("Event-Date-Timestamp")? {
            return Ok(at);
        }
        for name in instead {
            if let Some(at) = self.seconds(name)? {
                return Ok(at);
            }
        }
        let names: Vec<&str> = std::iter::once("Event-Date-Timestamp").chain(instead.iter().copied()).collect();
        Err(Reject::new("no_time", format!("the event names no instant, none of {}", names.join(", "))))
    }

    /// What names the event: core and number, else what happened to whom.
    pub(super) fn key(&self, change: &str) -> Result<String, Reject> {
        if let (Some(core), Some(number)) = (self.text("Core-UUID"), self.text("Event-Sequence")) {
            return Ok(format!("{core}:{number}"));
        }
        let times = ["Event-Date-Timestamp", "CC-Member-Leaving-Time", "CC-Bridge-Terminated-Time", "CC-Agent-Aborted-Time"];
        let times = times.into_iter().chain(["CC-Agent-Answered-Time", "CC-Agent-Called-Time", "CC-Member-Joined-Time"]);
        let time = times.into_iter().find_map(|name| self.text(name)).unwrap_or_default();
        let who = self.first(&["CC-Member-UUID", "Unique-ID"]).unwrap_or_default();
        Ok(format!("{change}:{who}:{}:{time}", self.text("CC-Agent").unwrap_or_default()))
    }

    /// Puts the core's own order on an event.
    pub(super) fn in_order(&self, event: NewEvent) -> NewEvent {
        match self.text("Event-Sequence") {
            Some(number) => event.sequence(number),
            None => event,
        }
    }
}

/// A value as text. Records of calls have their values percent-encoded, unless that is switched off; then decoding changes nothing but
/// what looks encoded.
fn plain(value: &Value, is_encoded: bool) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if !is_encoded {
        return text;
    }
    decode(&text, Plus::Plus).map_or(text.clone(), std::borrow::Cow::into_owned)
}

/// The number of a caller who shows one: names, and words such as `anonymous`, are none.
pub(super) fn customer(number: &str) -> Option<&str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (digits.len() >= 3 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(number)
}

/// The beginning of a text, for messages.
fn excerpt(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.char_indices().nth(60).map_or(line, |(end, _)| &line[..end])
}
