//! The agent event stream.

use serde_json::{Value, json};

use super::{agent_event, arn, at, desk, held, map, second, snapshot};

#[test]
fn a_working_day_is_told_in_states() {
    let nothing = |status| snapshot(status, Vec::new());
    let missed = || snapshot("Available", vec![held("MISSED", at(320, 0))]);
    let ringing = || snapshot("Available", vec![held("CONNECTING", at(300, 0))]);
    let events = [
        agent_event("LOGIN", at(0, 0), Value::Null, nothing("Available")),
        agent_event("STATE_CHANGE", at(100, 0), nothing("Available"), nothing("Lunch")),
        agent_event("HEART_BEAT", at(160, 0), nothing("Lunch"), nothing("Lunch")),
        agent_event("STATE_CHANGE", at(200, 0), nothing("Lunch"), nothing("Available")),
        agent_event("STATE_CHANGE", at(300, 0), nothing("Available"), ringing()),
        agent_event("STATE_CHANGE", at(320, 0), ringing(), missed()),
        agent_event("STATE_CHANGE", at(350, 0), missed(), nothing("Available")),
        agent_event("LOGOUT", at(400, 0), nothing("Available"), nothing("Offline")),
    ];
    let trial = map(&events);
    let facts = trial.agent("a1");
    let states: Vec<_> = facts.states.iter().map(|s| (s.state.as_str(), s.reason.as_deref().unwrap_or(""))).collect();
    let expected =
        [("available", ""), ("not_ready", "Lunch"), ("available", ""), ("offered", ""), ("not_ready", "missed contact"), ("available", "")];
    assert_eq!(states, expected);
    assert_eq!(facts.states[5].ended_at.unwrap().to_string(), second(400), "logged out");
    assert_eq!(facts.anomalies, []);
    assert_eq!(trial.data("source.status_reported")[0]["status"], "heartbeat");
    let leg = trial.contact("c1").legs.remove(0);
    assert_eq!((leg.outcome.as_str(), leg.ring_ms, leg.agent_id.as_deref()), ("missed", Some(20_000), Some("a1")));
}

#[test]
fn the_type_of_a_status_counts_before_its_name() {
    let typed = |kind: &str| {
        let mut after = snapshot("Verfügbar", Vec::new());
        after["AgentStatus"]["Type"] = kind.into();
        map(&[agent_event("STATE_CHANGE", at(1, 0), snapshot("Offline", Vec::new()), after)]).data("agent.state_changed")[0]["state"]
            .clone()
    };
    assert_eq!([typed("ROUTABLE"), typed("CUSTOM"), typed("OFFLINE")], ["available", "not_ready", "offline"]);
}

#[test]
fn refused_failed_and_vanished_offers_have_their_outcome() {
    let end = |after: Vec<Value>| {
        let before = snapshot("Available", vec![held("CONNECTING", at(10, 0))]);
        let trial = map(&[agent_event("STATE_CHANGE", at(20, 0), before, snapshot("Available", after))]);
        trial.data("offer.ended")[0]["outcome"].clone()
    };
    assert_eq!(end(vec![held("MISSED", at(20, 0))]), "no_answer");
    assert_eq!(end(vec![held("REJECTED", at(20, 0))]), "declined");
    assert_eq!(end(vec![held("ERROR", at(20, 0))]), "error");
    assert_eq!(end(vec![held("ENDED", at(20, 0))]), "caller_gone");
    assert_eq!(end(vec![held("CONNECTED", at(20, 0))]), "accepted");
    assert_eq!(end(Vec::new()), "rescinded");
}

#[test]
fn an_agents_own_call_is_offered_to_nobody() {
    let mut dialling = held("CONNECTING", at(10, 0));
    dialling["InitiationMethod"] = "OUTBOUND".into();
    let trial = map(&[agent_event("STATE_CHANGE", at(10, 0), snapshot("Available", Vec::new()), snapshot("Available", vec![dialling]))]);
    assert_eq!(trial.kinds(), ["agent.state_changed"]);
}

#[test]
fn a_supervisor_who_listens_in_is_no_agent_of_the_contact() {
    let mut listening = held("CONNECTED", at(40, 0));
    listening["InitiationMethod"] = "MONITOR".into();
    let trial = map(&[agent_event("STATE_CHANGE", at(40, 0), snapshot("Available", Vec::new()), snapshot("Available", vec![listening]))]);
    let connected = &trial.data("participant.connected")[0];
    assert_eq!((&connected["role"], &connected["mode"]), (&json!("supervisor"), &json!("monitor")));
    assert!(trial.contact("c1").legs.is_empty());
}

#[test]
fn another_routing_profile_is_an_assignment() {
    let (before, mut after) = (snapshot("Available", Vec::new()), snapshot("Available", Vec::new()));
    after["Configuration"]["RoutingProfile"]["ARN"] = arn("routing-profile/r2").into();
    after["NextAgentStatus"] = json!({"Name": "Lunch"});
    let trial = map(&[agent_event("STATE_CHANGE", at(1, 0), before, after)]);
    let changed = &trial.data("agent.assignment_changed")[0];
    assert_eq!((&changed["kind"], &changed["added"], &changed["removed"]), (&json!("routing_profile"), &json!(["r2"]), &json!(["r1"])));
    assert_eq!(trial.data("agent.state_changed")[0]["next_state"], "Lunch");
}

#[test]
fn the_stream_twice_gives_the_same_events_and_the_same_call() {
    let (once, twice) = (map(&desk()), map(&[desk(), desk()].concat()));
    assert_eq!(once.contents(), map(&desk()).contents());
    assert_eq!(once.contact("c1"), twice.contact("c1"));
}

#[test]
fn broken_events_are_refused_with_the_place() {
    let good = || agent_event("LOGIN", at(0, 0), Value::Null, snapshot("Available", vec![held("CONNECTED", at(1, 0))]));
    let without = |path: &str, value: Value| {
        let mut event = good();
        *event.pointer_mut(path).unwrap() = value;
        map(&[event])
    };
    assert_eq!(without("/EventTimestamp", Value::Null).refusal().0, "no_time");
    assert_eq!(without("/CurrentAgentSnapshot", Value::Null).refusal(), ("missing_field", "CurrentAgentSnapshot is missing"));
    let contact = without("/CurrentAgentSnapshot/Contacts/0/StateStartTimestamp", json!("now"));
    assert_eq!(contact.refusal(), ("bad_time", "CurrentAgentSnapshot.Contacts[0].StateStartTimestamp \"now\" is no instant"));
    let unknown = agent_event("SOMETHING", at(0, 0), Value::Null, snapshot("Available", Vec::new()));
    assert_eq!(map(&[unknown]).kinds(), ["source.unmapped"]);
}
