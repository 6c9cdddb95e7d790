//! Documents of Genesys Cloud in, events and facts out.

mod details;
mod events;
mod meeting;
mod presences;
mod topics;

use serde_json::{Value, json};

use super::GenesysCloud;
use crate::vendor::trial::file::{Trial, run};

/// 2026-03-02T09:00:00Z.
const NINE: i64 = 1_772_442_000_000;

fn map(documents: &[Value]) -> Trial {
    run(GenesysCloud, &Value::from(documents.to_vec()).to_string())
}

/// The instant `millis` after nine, as the analytics API writes it.
fn iso(millis: i64) -> String {
    format!("2026-03-02T09:{:02}:{:02}.{:03}Z", millis / 60_000, millis / 1_000 % 60, millis % 1_000)
}

/// A detail event in its envelope; `body` adds to what all of them say.
fn event(suffix: &str, millis: i64, session: &str, body: Value) -> Value {
    let mut all = json!({
        "eventTime": NINE + millis, "conversationId": "c1", "participantId": format!("p-{session}"), "sessionId": session, "mediaType": "VOICE",
        "provider": "Edge", "direction": "INBOUND", "ani": "tel:+34600111222", "dnis": "tel:+34910000000",
    });
    for (name, value) in body.as_object().unwrap() {
        all[name] = value.clone();
    }
    let topic = format!("v2.detail.events.conversation.c1.{suffix}");
    envelope(&format!("v2.detail.events.conversation.{{id}}.{suffix}"), &topic, all)
}

fn envelope(kind: &str, topic: &str, body: Value) -> Value {
    json!({
        "version": "0", "id": "e1", "detail-type": kind, "source": "aws.partner/genesys.com/cloud/o1/bus", "account": "111122223333",
        "time": "2026-03-02T10:00:00Z", "region": "eu-central-1", "resources": [],
        "detail": {"topicName": topic, "version": "2", "eventBody": body, "metadata": {"CorrelationId": "x"}, "timestamp": "2026-03-02T10:00:00.013Z"},
    })
}

/// A call: flow for 10 s, waits 20 s, rings 5 s of them, talks 70 s and holds 30 s, handed to nobody, 15 s of work after it.
fn call() -> Vec<Value> {
    let work = json!({"queueId": "q1", "wrapupCode": "invoice", "wrapupNotes": "asked for Mrs Puig", "wrapupDurationMs": 15_000});
    let mut acw = work.clone();
    acw["userId"] = "a1".into();
    vec![
        event("customer.start", 0, "s-cust", json!({"externalContactId": "x1"})),
        event("flow.start", 100, "s-flow", json!({"flowType": "INBOUNDCALL", "flowId": "f1", "flowVersion": "3"})),
        event("flow.end", 10_000, "s-flow", json!({"flowType": "INBOUNDCALL", "exitReason": "TRANSFER", "transferType": "ACD"})),
        event("acd.start", 10_000, "s-acd", json!({"queueId": "q1", "routingPriority": 5})),
        event("user.start", 25_000, "s-user", json!({"userId": "a1", "queueId": "q1"})),
        event(
            "acd.end",
            30_000,
            "s-acd",
            json!({
                "queueId": "q1", "acdOutcome": "ANSWERED", "answeredUserId": "a1", "connectedDurationMs": 20_000, "disconnectType": "TRANSFER",
            }),
        ),
        event(
            "user.end",
            130_000,
            "s-user",
            json!({
                "userId": "a1", "queueId": "q1", "alertingDurationMs": 5_000, "interactingDurationMs": 70_000, "heldDurationMs": 30_000,
                "disconnectType": "PEER",
            }),
        ),
        event("customer.end", 130_000, "s-cust", json!({"disconnectType": "ENDPOINT", "interactingDurationMs": 130_000})),
        event("wrapup", 145_000, "s-user", work),
        event("acw", 145_000, "s-user", acw),
    ]
}

fn segment(kind: &str, from: i64, to: i64) -> Value {
    json!({"segmentType": kind, "segmentStart": iso(from), "segmentEnd": iso(to), "queueId": "q1", "conference": false})
}

fn ended(mut segment: Value, disconnect: &str) -> Value {
    segment["disconnectType"] = disconnect.into();
    segment
}

fn participant(purpose: &str, session: &str, segments: Vec<Value>, metrics: Value) -> Value {
    let metrics: Vec<Value> =
        metrics.as_object().unwrap().iter().map(|(name, value)| json!({"name": name, "value": value, "emitDate": iso(0)})).collect();
    json!({
        "participantId": format!("p-{session}"), "purpose": purpose,
        "sessions": [{"sessionId": session, "mediaType": "voice", "direction": "inbound", "segments": segments, "metrics": metrics}],
    })
}

/// The details of the call of [`call`], with two holds of 10 and 20 s.
fn details() -> Value {
    let mut customer = participant("customer", "s-cust", vec![ended(segment("interact", 0, 130_000), "endpoint")], json!({}));
    customer["externalContactId"] = "x1".into();
    customer["sessions"][0]["ani"] = "tel:+34600111222".into();
    customer["sessions"][0]["dnis"] = "tel:+34910000000".into();
    let mut flow = participant("ivr", "s-flow", vec![ended(segment("ivr", 100, 10_000), "transfer")], json!({"tIvr": 9_900}));
    flow["sessions"][0]["flow"] = json!({"flowId": "f1", "flowVersion": "3", "flowType": "INBOUNDCALL", "exitReason": "TRANSFER"});
    let queue =
        participant("acd", "s-acd", vec![ended(segment("interact", 10_000, 30_000), "transfer")], json!({"nOffered": 1, "tAcd": 20_000}));
    let mut work = segment("wrapup", 130_000, 145_000);
    work["wrapUpCode"] = "invoice".into();
    work["wrapUpNote"] = "asked for Mrs Puig".into();
    let segments = vec![
        segment("alert", 25_000, 30_000),
        segment("interact", 30_000, 50_000),
        segment("hold", 50_000, 60_000),
        segment("interact", 60_000, 90_000),
        segment("hold", 90_000, 110_000),
        ended(segment("interact", 110_000, 130_000), "peer"),
        work,
    ];
    let metrics = json!({"tAlert": 5_000, "tAnswered": 20_000, "tTalk": 70_000, "tHeld": 30_000, "tAcw": 15_000});
    let mut agent = participant("agent", "s-user", segments, metrics);
    agent["userId"] = "a1".into();
    json!({
        "conversationId": "c1", "conversationStart": iso(0), "conversationEnd": iso(130_000), "originatingDirection": "inbound",
        "mediaStatsMinConversationMos": 4.5, "participants": [customer, flow, queue, agent],
    })
}
