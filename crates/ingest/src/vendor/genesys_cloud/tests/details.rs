//! Conversation details alone.

use serde_json::{Value, json};

use super::{details, ended, iso, map, participant, segment};

#[test]
fn a_call_told_by_its_details_has_its_times() {
    let trial = map(&[details()]);
    let facts = trial.contact("c1");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.outcome.as_str(), contact.ended_by.as_deref()), ("answered", Some("customer")));
    assert_eq!((contact.wait_ms, contact.talk_ms, contact.hold_ms, contact.wrap_up_ms), (Some(20_000), 70_000, 30_000, 15_000));
    assert_eq!((contact.hold_count, facts.holds.len(), contact.self_service_ms), (2, 2, 9_900));
    assert_eq!((contact.disposition.as_deref(), contact.entry_point.as_deref()), (Some("invoice"), Some("+34910000000")));
    assert_eq!((facts.legs[0].ring_ms, facts.stints[0].agent_id.as_deref()), (Some(5_000), Some("a1")));
    assert!(facts.sessions[0].is_handed_over);
    assert_eq!(facts.anomalies, []);
    let sums = &trial.data("contact.summary_reported")[0];
    assert_eq!((&sums["talk_ms"], &sums["wait_ms"], &sums["mos"]), (&json!(70_000), &json!(20_000), &json!(4.5)));
    let text: String = trial.batch.rows().map(|row| row.data.to_owned()).collect();
    assert!(!text.contains("600111222") && !text.contains("Puig") && !text.contains("\"x1\""));
}

#[test]
fn details_fetched_while_it_lasts_grow_without_counting_twice() {
    let mut early = details();
    early["conversationEnd"] = Value::Null;
    early["participants"][0]["sessions"][0]["segments"][0]["segmentEnd"] = Value::Null;
    let segments = early["participants"][3]["sessions"][0]["segments"].as_array_mut().unwrap();
    segments.truncate(5);
    segments[4]["segmentEnd"] = Value::Null;
    let open = map(&[early.clone()]).contact("c1");
    assert_eq!((open.contact.unwrap().outcome.as_str(), open.legs[0].talk_ms), ("open", None));
    let both = map(&[early, details(), details()]);
    assert_eq!(both.rows().len(), map(&[details()]).rows().len(), "what was known before is the same event");
    let (once, all) = (map(&[details()]).contact("c1"), both.contact("c1"));
    assert_eq!((all.contact, all.legs, all.stints), (once.contact, once.legs, once.stints));
}

#[test]
fn details_that_know_the_customer_later_do_not_contradict_the_earlier() {
    let mut early = details();
    early["participants"][0].as_object_mut().unwrap().remove("externalContactId");
    let facts = map(&[early, details()]).contact("c1");
    assert!(facts.contact.unwrap().customer_key.is_some());
}

#[test]
fn a_page_of_a_query_holds_many() {
    let mut other = details();
    other["conversationId"] = "c2".into();
    let trial = map(&[json!({"conversations": [details(), other], "totalHits": 2})]);
    assert_eq!((trial.contact("c1").legs.len(), trial.contact("c2").legs.len()), (1, 1));
}

fn waited(disconnect: &str, metrics: Value) -> String {
    let mut all = details();
    let people = all["participants"].as_array_mut().unwrap();
    people.truncate(2);
    people.push(participant("acd", "s-acd", vec![ended(segment("interact", 10_000, 30_000), disconnect)], metrics));
    map(&[all]).contact("c1").stints[0].outcome.to_string()
}

#[test]
fn a_stay_that_nobody_answered_says_why() {
    assert_eq!(waited("peer", json!({"tAbandon": 20_000})), "abandoned");
    assert_eq!(waited("peer", json!({})), "abandoned");
    assert_eq!(waited("transfer", json!({"tFlowOut": 20_000})), "flow_out");
    assert_eq!(waited("transfer", json!({})), "flow_out");
    assert_eq!(waited("error", json!({})), "dropped");
}

#[test]
fn the_first_of_two_stays_is_not_answered_by_the_agent_of_the_second() {
    let mut all = details();
    let first = participant("acd", "s-one", vec![ended(segment("interact", 2_000, 10_000), "transfer")], json!({}));
    all["participants"].as_array_mut().unwrap().insert(2, first);
    let facts = map(&[all]).contact("c1");
    let outcomes: Vec<_> = facts.stints.iter().map(|stint| stint.outcome.as_str()).collect();
    assert_eq!(outcomes, ["flow_out", "answered"]);
}

#[test]
fn an_alert_nobody_took_is_a_missed_leg() {
    let mut missed =
        participant("agent", "s-no", vec![ended(segment("alert", 12_000, 24_000), "transfer")], json!({"tNotResponding": 12_000}));
    missed["userId"] = "a0".into();
    let mut all = details();
    all["participants"].as_array_mut().unwrap().push(missed);
    let facts = map(&[all]).contact("c1");
    let leg = &facts.legs[0];
    assert_eq!((leg.agent_id.as_deref(), leg.outcome.as_str(), leg.ring_ms), (Some("a0"), "missed", Some(12_000)));
    assert_eq!(facts.legs.len(), 2);
}

#[test]
fn supervisors_and_voicemail_are_no_agents() {
    let mut supervisor = participant("user", "s-sup", vec![segment("monitoring", 40_000, 80_000)], json!({}));
    supervisor["userId"] = "boss".into();
    let voicemail = participant("voicemail", "s-vm", vec![segment("voicemail", 130_000, 140_000)], json!({}));
    let mut all = details();
    all["participants"].as_array_mut().unwrap().extend([supervisor, voicemail]);
    let trial = map(&[all]);
    assert_eq!(trial.contact("c1").contact.unwrap().leg_count, 1);
    let roles: Vec<_> = trial.data("participant.connected").into_iter().map(|data| data["role"].clone()).collect();
    assert_eq!(roles, ["agent", "supervisor", "voicemail"]);
}

#[test]
fn reviews_surveys_and_resolutions_come_along() {
    let mut all = details();
    all["evaluations"] = json!([{
        "evaluationId": "ev1", "evaluationStatus": "Finished", "evaluatorId": "eva", "formId": "f9", "formName": "Courtesy", "userId": "a1",
        "eventTime": iso(500_000), "oTotalScore": 92, "oTotalCriticalScore": 100,
    }]);
    all["surveys"] = json!([{
        "surveyId": "su1", "surveyFormId": "sf1", "surveyStatus": "Finished", "surveyCompletedDate": iso(600_000), "eventTime": iso(550_000),
        "surveyPromoterScore": 9, "oSurveyTotalScore": 80, "userId": "a1",
    }]);
    all["resolutions"] = json!([{"eventTime": iso(700_000), "queueId": "q1", "userId": "a1", "nNextContactAvoided": 1}]);
    let trial = map(&[all]);
    let review = &trial.data("qa.evaluation_recorded")[0];
    assert_eq!((&review["state"], &review["score"], &review["evaluated_agent_id"]), (&json!("finished"), &json!(92.0), &json!("a1")));
    let survey = &trial.data("survey.answered")[0];
    assert_eq!((&survey["answers"][0]["metric"], &survey["answers"][0]["value_num"]), (&json!("nps"), &json!(9)));
    assert_eq!(trial.data("survey.sent").len(), 1);
    assert_eq!(trial.contact("c1").contact.unwrap().is_resolved, Some(true));
}

#[test]
fn invalid_times_are_refused_with_their_place() {
    let mut bad = details();
    bad["participants"][2]["sessions"][0]["segments"][0]["segmentStart"] = "2026-03-2T09:00:10.000Z".into();
    let place = "participants[2].sessions[0].segments[0].segmentStart \"2026-03-2T09:00:10.000Z\" is no instant";
    assert_eq!(map(&[bad]).refusal(), ("bad_time", place));
    let mut timeless = details();
    timeless["conversationStart"] = Value::Null;
    assert_eq!(map(&[timeless]).refusal().0, "no_time");
    let mut nameless = details();
    nameless["participants"][2]["sessions"][0]["sessionId"] = json!(7);
    assert_eq!(map(&[nameless]).refusal(), ("bad_field", "participants[2].sessions[0].sessionId must be text, not 7"));
    let mut homeless = details();
    homeless["participants"][2]["sessions"][0]["segments"][0]["queueId"] = Value::Null;
    assert_eq!(map(&[homeless]).refusal().0, "missing_field");
}

#[test]
fn a_callback_taken_on_is_no_missed_offer() {
    let mut back = participant("agent", "s-back", vec![segment("alert", 12_000, 16_000), segment("callback", 16_000, 20_000)], json!({}));
    back["userId"] = "a1".into();
    let mut all = details();
    all["participants"].as_array_mut().unwrap().insert(3, back);
    let outcomes: Vec<_> = map(&[all]).data("offer.ended").into_iter().map(|data| data["outcome"].clone()).collect();
    assert_eq!(outcomes, ["accepted", "accepted"]);
}

#[test]
fn who_is_called_in_from_outside_is_not_the_customer() {
    let mut outside = participant("external", "s-out", vec![ended(segment("interact", 20_000, 140_000), "client")], json!({}));
    outside["sessions"][0]["ani"] = "tel:+34922000000".into();
    let mut all = details();
    all["participants"].as_array_mut().unwrap().insert(0, outside);
    let with = map(&[all]).contact("c1").contact.unwrap();
    let without = map(&[details()]).contact("c1").contact.unwrap();
    assert_eq!((with.customer_key, with.ended_by), (without.customer_key, without.ended_by));
}
