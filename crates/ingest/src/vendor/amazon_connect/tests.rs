//! Documents of Amazon Connect in, events and facts out.

mod agents;
mod contacts;
mod meeting;
mod reviews;

use serde_json::{Value, json};

use super::AmazonConnect;
use crate::vendor::trial::file::{Trial, run};

fn map(documents: &[Value]) -> Trial {
    run(AmazonConnect, &Value::from(documents.to_vec()).to_string())
}

fn arn(rest: &str) -> String {
    format!("arn:aws:connect:eu-central-1:111122223333:instance/i1/{rest}")
}

/// A contact event in its envelope; `detail` adds to what all of them say.
fn event(kind: &str, second: u32, detail: Value) -> Value {
    let mut all = json!({
        "eventType": kind, "contactId": "c1", "channel": "VOICE", "instanceArn": arn("x"), "initiationMethod": "INBOUND",
        "initiationTimestamp": "2026-03-02T09:00:00.400Z",
    });
    for (name, value) in detail.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({
        "version": "0", "id": format!("{kind}-{second}"), "detail-type": "Amazon Connect Contact Event", "source": "aws.connect",
        "account": "111122223333", "time": format!("2026-03-02T09:{:02}:{:02}Z", second / 60, second % 60), "region": "eu-central-1",
        "resources": [], "detail": all,
    })
}

fn at(second: u32, milli: u32) -> String {
    format!("2026-03-02T09:{:02}:{:02}.{milli:03}Z", second / 60, second % 60)
}

fn second(second: u32) -> String {
    format!("2026-03-02T09:{:02}:{:02}Z", second / 60, second % 60)
}

/// A call that waited 20 s, talked from 30 to 130, was on hold for 25 s in two holds, and had 15 s of work after it. `changes` replaces
/// members.
fn record(changes: Value) -> Value {
    let mut all = json!({
        "AWSAccountId": "111122223333", "AWSContactTraceRecordFormatVersion": "2017-03-10", "InstanceARN": arn("x"), "ContactId": "c1",
        "Channel": "VOICE", "InitiationMethod": "INBOUND", "InitialContactId": null, "PreviousContactId": null, "NextContactId": null,
        "InitiationTimestamp": second(0), "ConnectedToSystemTimestamp": second(0), "DisconnectTimestamp": second(130),
        "DisconnectReason": "CUSTOMER_DISCONNECT", "LastUpdateTimestamp": second(200), "ScheduledTimestamp": null,
        "CustomerEndpoint": {"Address": "+34600111222", "Type": "TELEPHONE_NUMBER"},
        "SystemEndpoint": {"Address": "+34910000000", "Type": "TELEPHONE_NUMBER"},
        "Queue": {
            "ARN": arn("queue/q1"), "Name": "Billing", "EnqueueTimestamp": second(10), "DequeueTimestamp": second(30), "Duration": 20,
        },
        "Agent": {
            "ARN": arn("agent/a1"), "Username": "ana", "ConnectedToAgentTimestamp": second(30), "AgentInteractionDuration": 75,
            "CustomerHoldDuration": 25, "LongestHoldDuration": 20, "NumberOfHolds": 2, "AfterContactWorkStartTimestamp": second(130),
            "AfterContactWorkEndTimestamp": second(145), "AfterContactWorkDuration": 15,
        },
        "AgentConnectionAttempts": 1, "Attributes": {"tier": "gold", "Callback": "+34600111222", "tax": ""}, "Campaign": {"CampaignId": null},
        "Recording": {"Location": "bucket/a.wav", "Status": "AVAILABLE", "Type": "AUDIO"},
        "Recordings": [{"Location": "bucket/a.wav", "Status": "AVAILABLE", "MediaStreamType": "AUDIO", "StartTimestamp": null}],
    });
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn queue() -> Value {
    json!({"queueArn": arn("queue/q1"), "queueType": "STANDARD", "enqueueTimestamp": at(10, 200)})
}

fn agent_info() -> Value {
    json!({"agentArn": arn("agent/a1"), "connectedToAgentTimestamp": at(30, 700)})
}

/// The contact events of the call of [`record`].
fn call() -> Vec<Value> {
    let disconnected = json!({
        "connectedToSystemTimestamp": at(0, 500), "disconnectTimestamp": at(130, 300), "disconnectReason": "CUSTOMER_DISCONNECT",
        "queueInfo": queue(), "agentInfo": agent_info(),
    });
    let mut completed = disconnected.clone();
    completed["agentInfo"]["afterContactWorkStartTimestamp"] = at(130, 300).into();
    completed["agentInfo"]["afterContactWorkEndTimestamp"] = at(145, 100).into();
    vec![
        event("INITIATED", 0, json!({})),
        event("CONNECTED_TO_SYSTEM", 0, json!({"connectedToSystemTimestamp": at(0, 500)})),
        event("QUEUED", 10, json!({"queueInfo": queue()})),
        event("CONNECTED_TO_AGENT", 30, json!({"queueInfo": queue(), "agentInfo": agent_info()})),
        event("DISCONNECTED", 130, disconnected),
        event("COMPLETED", 145, completed),
    ]
}

/// An entry of an agent's contacts.
fn held(state: &str, since: String) -> Value {
    let connected = if ["CONNECTED", "CONNECTED_ONHOLD", "ENDED"].contains(&state) { Value::from(at(30, 800)) } else { Value::Null };
    json!({
        "ContactId": "c1", "InitialContactId": null, "Channel": "VOICE", "InitiationMethod": "INBOUND", "State": state,
        "StateStartTimestamp": since, "ConnectedToAgentTimestamp": connected, "QueueTimestamp": at(10, 200),
        "Queue": {"ARN": arn("queue/q1"), "Name": "Billing"},
    })
}

fn snapshot(status: &str, contacts: Vec<Value>) -> Value {
    json!({
        "AgentStatus": {"ARN": arn("agent-state/s1"), "Name": status, "StartTimestamp": second(0)},
        "Configuration": {
            "FirstName": "Ana", "LastName": "Ruiz", "Username": "ana", "AgentHierarchyGroups": null,
            "RoutingProfile": {"ARN": arn("routing-profile/r1"), "Name": "Basic", "InboundQueues": []},
        },
        "Contacts": contacts,
    })
}

fn agent_event(kind: &str, time: String, before: Value, after: Value) -> Value {
    json!({
        "AWSAccountId": "111122223333", "AgentARN": arn("agent/a1"), "InstanceARN": arn("x"), "EventId": format!("{kind}-{time}"),
        "EventTimestamp": time, "EventType": kind, "Version": "2017-10-01", "CurrentAgentSnapshot": after, "PreviousAgentSnapshot": before,
    })
}

/// The agent's side of the call of [`record`]: 4.5 s of ringing, one hold of 12.5 s, wrap-up until 145.600.
fn desk() -> Vec<Value> {
    let states = [
        held("CONNECTING", at(26, 300)),
        held("CONNECTED", at(30, 800)),
        held("CONNECTED_ONHOLD", at(60, 0)),
        held("CONNECTED", at(72, 500)),
        held("ENDED", at(130, 400)),
    ];
    let mut out = Vec::new();
    let mut before = snapshot("Available", Vec::new());
    for state in states {
        let after = snapshot("Available", vec![state.clone()]);
        let time = state["StateStartTimestamp"].as_str().unwrap().to_owned();
        out.push(agent_event("STATE_CHANGE", time, before, after.clone()));
        before = after;
    }
    out.push(agent_event("STATE_CHANGE", at(145, 600), before, snapshot("Available", Vec::new())));
    out
}

#[test]
fn documents_that_say_nothing_we_know_are_refused_by_their_members() {
    let (code, message) = ("unknown_document", "its members are hello");
    let trial = map(&[json!({"hello": 1})]);
    assert_eq!(trial.refusal().0, code);
    assert!(trial.refusal().1.ends_with(message), "{}", trial.refusal().1);
    assert_eq!(run(AmazonConnect, "{\"eventType\": \"QUEUED\",}\n").refusal().0, "bad_json");
    let other =
        json!({"version": "0", "id": "e1", "detail-type": "Voice ID Event", "source": "aws.voiceid", "time": second(1), "detail": {}});
    let trial = map(&[other]);
    assert_eq!((trial.kinds(), &trial.data("source.unmapped")[0]["vendor_type"]), (vec!["source.unmapped"], &json!("Voice ID Event")));
}
