//! Presence and routing status.

use serde_json::{Value, json};

use super::{envelope, iso, map};

fn presence(millis: i64, label: &str) -> Value {
    let body = json!({"source": "PURECLOUD", "presenceDefinition": {"id": "d1", "systemPresence": label}, "modifiedDate": iso(millis)});
    envelope("v2.users.{id}.presence", "v2.users.u1.presence", body)
}

fn routing(millis: i64, status: &str) -> Value {
    let body = json!({"id": "u1", "routingStatus": {"userId": "u1", "status": status, "startTime": iso(millis)}});
    envelope("v2.users.{id}.routingStatus", "v2.users.u1.routingStatus", body)
}

#[test]
fn a_shift_is_told_in_states() {
    let events = [
        presence(0, "AVAILABLE"),
        presence(10_000, "ON_QUEUE"),
        routing(10_005, "IDLE"),
        routing(60_000, "INTERACTING"),
        routing(90_000, "IDLE"),
        routing(120_000, "NOT_RESPONDING"),
        presence(150_000, "BREAK"),
        routing(150_005, "OFF_QUEUE"),
        presence(200_000, "OFFLINE"),
    ];
    let trial = map(&events);
    let facts = trial.agent("u1");
    let states: Vec<_> = facts.states.iter().map(|s| (s.state.as_str(), s.reason.as_deref().unwrap_or(""))).collect();
    let expected = [
        ("not_ready", "AVAILABLE"),
        ("available", ""),
        ("busy", ""),
        ("available", ""),
        ("not_ready", "not responding"),
        ("not_ready", "BREAK"),
    ];
    assert_eq!(states, expected, "off queue the presence says why");
    assert!(facts.states[5].ended_at.is_some(), "offline is a logout");
    assert_eq!(trial.data("source.unmapped").len(), 1);
}

#[test]
fn an_audit_of_presence_has_the_old_and_the_new() {
    let audit = |old: &str, new: &str| {
        let body = json!({
            "id": "x", "userId": "admin", "serviceName": "Presence", "eventTime": iso(5_000), "action": "Update", "entityType": "UserPresence",
            "entity": {"id": "u1", "name": "Ana"},
            "propertyChanges": [{"property": "PRESENCE", "oldValues": [old], "newValues": [new]}],
        });
        let topic = "v2.audits.entitytype.UserPresence.entityid.u1";
        map(&[envelope("v2.audits.entitytype.{id}.entityid.{id}", topic, body)])
    };
    let told = |old: &str, new: &str| {
        let data = audit(old, new).data("agent.state_changed").remove(0);
        [data["transition"].clone(), data["state"].clone()]
    };
    assert_eq!(told("Offline", "On Queue"), ["login", "available"]);
    assert_eq!(told("Break", "Available"), ["change", "not_ready"]);
    assert_eq!(told("Available", "Offline"), ["logout", "offline"]);
    assert_eq!(audit("a", "b").batch.row(0).agent_id, Some("u1"), "whose presence it is, not who changed it");
    let body = json!({"eventTime": iso(5_000), "propertyChanges": [{"property": "PRESENCE", "oldValues": []}]});
    let broken = map(&[envelope("v2.audits.entitytype.{id}.entityid.{id}", "v2.audits.entitytype.UserPresence.entityid.u1", body)]);
    assert_eq!(broken.refusal(), ("missing_field", "detail.eventBody.propertyChanges[0].newValues is missing"));
}
