//! Tests inside a pipeline: given a record, these events or this refusal. `trunkline check` runs them.
//!
//! ```yaml
//! tests:
//!   - name: an order is placed
//!     given: {headers: {x-shopify-topic: orders/create}, body: {id: 820, created_at: "2026-01-05T10:00:00Z"}}
//!     expect: [{type: order.progressed, subject: "820", data: {stage: placed}}]
//!   - name: what is no document
//!     given: {body: "{"}
//!     reject: bad_json
//! ```
//!
//! An expected event names the members that matter; there must be as many events as are expected, in that order.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};

use super::{Pipeline, Text};
use crate::collect::map_alone;
use crate::connector::{Connector, MapContext};
use crate::mapping::SpecError;

/// A test of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What it shows.
    pub name: String,
    /// Headers of the record.
    pub headers: BTreeMap<String, String>,
    /// The record.
    pub body: Vec<u8>,
    /// What shall come of it.
    pub expect: Expect,
}

/// What shall come of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// These events: objects of `id`, `type`, `subject`, `time` and `data`, each left out where it does not matter.
    Events(Vec<Value>),
    /// A refusal with this code.
    Reject(String),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialDoc {
    #[schemars(with = "String")]
    name: Spanned<String>,
    given: GivenDoc,
    expect: Option<Vec<Value>>,
    reject: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GivenDoc {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
}

impl TrialDoc {
    pub(super) fn read(&self, text: &Text<'_>) -> Result<Trial, SpecError> {
        let expect = match (&self.expect, &self.reject) {
            (Some(events), None) => Expect::Events(events.clone()),
            (None, Some(code)) => Expect::Reject(code.clone()),
            _ => return Err(text.wrong(&self.name, "a test has one of expect (a list of events) and reject (a code)")),
        };
        let body = match &self.given.body {
            Value::String(text) => text.clone().into_bytes(),
            document => document.to_string().into_bytes(),
        };
        let headers = self.given.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        Ok(Trial { name: self.name.value.clone(), headers, body, expect })
    }
}

impl Pipeline {
    /// Runs the tests of the pipeline with its connector; gives what does not hold.
    #[must_use]
    pub fn try_out(&self, make: &dyn Fn() -> Box<dyn Connector>) -> Vec<String> {
        self.tests.iter().filter_map(|test| Some(format!("test {:?}: {}", test.name, self.outcome(test, make).err()?))).collect()
    }

    fn outcome(&self, test: &Trial, make: &dyn Fn() -> Box<dyn Connector>) -> Result<(), String> {
        let secret = CustomerSecret::new(b"test".to_vec());
        let context = MapContext {
            connector: &self.connector,
            journal: "test",
            now: Timestamp::from_seconds(0),
            secret: &secret,
            source: &self.source,
        };
        let mut events = EventBatch::default();
        let headers: Vec<(String, String)> = test.headers.clone().into_iter().collect();
        match (map_alone(&mut *make(), &headers, (0, &test.body), &context, &mut events), &test.expect) {
            (Err(reject), Expect::Reject(code)) if reject.code == code => Ok(()),
            (Err(reject), _) => Err(format!("the record is refused: {}: {}", reject.code, reject.message)),
            (Ok(_), Expect::Reject(code)) => Err(format!("{code} was expected, but there are events: {}", shown(&events))),
            (Ok(_), Expect::Events(expected)) => {
                let found = documents(&events);
                let fits = found.len() == expected.len() && expected.iter().zip(&found).all(|(expected, found)| covers(expected, found));
                if fits { Ok(()) } else { Err(format!("other events came: {}", shown(&events))) }
            }
        }
    }
}

/// Events as documents.
fn documents(events: &EventBatch) -> Vec<Value> {
    let document = |row: trunkline_events::EventRow<'_>| {
        let data: Value = serde_json::from_str(row.data).unwrap_or_default();
        let time = row.occurred_at.to_string();
        serde_json::json!({ "id": row.event_id, "source": row.source, "type": row.kind, "subject": row.subject, "time": time, "data": data })
    };
    events.rows().map(document).collect()
}

fn shown(events: &EventBatch) -> String {
    documents(events).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// True when everything that is expected is there.
fn covers(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| covers(value, found)))
        }
        (Value::Number(expected), Value::Number(found)) => expected.as_f64() == found.as_f64(),
        (expected, found) => expected == found,
    }
}
