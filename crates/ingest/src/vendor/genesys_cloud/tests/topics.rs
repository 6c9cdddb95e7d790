//! Every topic, and what is no detail event.

use serde_json::{Value, json};

use super::{call, envelope, event, map};
use crate::vendor::genesys_cloud::GenesysCloud;
use crate::vendor::trial::file::run;

#[test]
fn every_topic_has_its_word() {
    let cases = [
        ("customer.start", json!({}), vec!["contact.started"]),
        ("customer.end", json!({}), vec!["contact.ended"]),
        ("flow.start", json!({"flowType": "DIGITALBOT"}), vec!["selfservice.started"]),
        ("flow.end", json!({"flowType": "BOT", "exitReason": "FLOW_EXIT"}), vec!["selfservice.ended"]),
        ("flow.start", json!({"flowType": "INQUEUECALL"}), vec!["source.unmapped"]),
        ("flow.end", json!({"flowType": "WORKFLOW"}), vec!["source.unmapped"]),
        (
            "flow.outcome",
            json!({"flowOutcomeId": "o1", "flowOutcomeValue": "SUCCESS", "flowMilestones": [{"milestoneId": "m1", "milestoneTime": 1_772_442_000_000_i64}]}),
            vec!["selfservice.step_completed", "selfservice.step_completed"],
        ),
        ("acd.start", json!({"queueId": "q1"}), vec!["queue.entered"]),
        ("acd.end", json!({"acdOutcome": "ABANDON"}), vec!["queue.exited"]),
        ("user.start", json!({"userId": "a1"}), vec!["offer.made"]),
        ("user.end", json!({"userId": "a1"}), vec!["offer.ended"]),
        ("user.end", json!({"userId": "a1", "direction": "OUTBOUND"}), vec!["source.unmapped"]),
        ("acw", json!({"userId": "a1", "wrapupDurationMs": 5}), vec!["wrapup.started", "wrapup.ended"]),
        ("wrapup", json!({"wrapupCode": "x"}), vec!["wrapup.ended", "disposition.set"]),
        ("voicemail.start", json!({}), vec!["participant.connected"]),
        ("voicemail.end", json!({"voicemailDurationMs": 900}), vec!["participant.disconnected", "artifact.attached"]),
        ("attributes", json!({"attributes": {"reason": "move", "phone": "+34600111222"}}), vec!["contact.updated"]),
        ("contact", json!({"externalContactId": "x1"}), vec!["entity.linked"]),
        ("contact", json!({}), vec!["source.unmapped"]),
        ("outbound", json!({"outboundCampaignId": "k1", "outboundContactId": "x9"}), vec!["contact.updated"]),
        ("customer.start", json!({"mediaType": "COBROWSE"}), vec!["source.unmapped"]),
        ("something.new", json!({}), vec!["source.unmapped"]),
    ];
    for (suffix, body, kinds) in cases {
        let trial = map(&[event(suffix, 1_000, "s1", body)]);
        assert_eq!((trial.kinds(), &trial.rejects[..]), (kinds, &[][..]), "{suffix}");
        let text: String = trial.batch.rows().map(|row| row.data.to_owned()).collect();
        assert!(!text.contains("600111222") && !text.contains("\"x1\"") && !text.contains("\"x9\""), "{text}");
    }
}

#[test]
fn attributes_of_the_site_reach_the_facts() {
    let events = [call()[0].clone(), event("attributes", 50, "s1", json!({"attributes": {"reason": "move"}, "mediaType": null}))];
    assert_eq!(map(&events).contact("c1").contact.unwrap().reason.as_deref(), Some("move"));
}

#[test]
fn media_are_channels() {
    let channel =
        |media: &str| map(&[event("customer.start", 0, "s1", json!({"mediaType": media}))]).data("contact.started")[0]["channel"].clone();
    let pairs = [("VOICE", "voice"), ("CHAT", "chat"), ("EMAIL", "email"), ("MESSAGE", "messaging"), ("CALLBACK", "callback")];
    assert!(pairs.iter().all(|(media, word)| channel(media) == *word));
}

#[test]
fn a_topic_that_contradicts_its_envelope_is_kept_but_not_counted() {
    let mut odd = call()[0].clone();
    odd["detail-type"] = "v2.something.but.conversation.{id}.customer.start".into();
    let trial = map(&[odd]);
    assert_eq!(
        (trial.kinds(), &trial.data("source.unmapped")[0]["reason"]),
        (vec!["source.unmapped"], &json!("detail-type and topicName disagree"))
    );
    let bare = map(&[call()[0]["detail"].clone()]);
    assert_eq!(bare.contents(), map(&[call()[0].clone()]).contents(), "a notification has no envelope");
}

#[test]
fn other_topics_are_counted_without_their_ids() {
    let topic = "v2.quality.evaluations.conversation.0b89d1f7-ab32-48f8-9870-67be7409181f";
    let trial = map(&[envelope("v2.quality.evaluations.conversation.{id}", topic, json!({"id": "e1"}))]);
    assert_eq!(trial.data("source.unmapped")[0]["vendor_type"], "v2.quality.evaluations.conversation.{id}");
}

#[test]
fn broken_documents_are_refused_with_the_place() {
    let cases = [
        (event("acd.start", 0, "s1", json!({})), "missing_field", "eventBody.queueId is missing"),
        (event("acd.start", 0, "s1", json!({"queueId": "q", "eventTime": null})), "no_time", "eventBody.eventTime is missing"),
        (
            event("acd.start", 0, "s1", json!({"queueId": "q", "eventTime": "soon"})),
            "bad_time",
            "eventBody.eventTime \"soon\" is no instant",
        ),
        (event("user.start", 0, "s1", json!({})), "missing_field", "eventBody.userId is missing"),
        (
            event("user.end", 0, "s1", json!({"userId": "a", "heldDurationMs": -5})),
            "bad_field",
            "eventBody.heldDurationMs must be 0 or more, not -5",
        ),
        (event("customer.start", 0, "s1", json!({"mediaType": null})), "missing_field", "eventBody.mediaType is missing"),
        (json!({"detail-type": "x", "detail": {"eventBody": {}}}), "missing_field", "detail.topicName is missing"),
        (json!({"topicName": "v2.users.u1.presence"}), "missing_field", "eventBody is missing"),
        (json!({"userDetails": []}), "unknown_document", "its members are userDetails"),
    ];
    for (document, code, message) in cases {
        let trial = map(&[document]);
        assert_eq!(trial.refusal().0, code);
        assert!(trial.refusal().1.contains(message), "{}", trial.refusal().1);
    }
    let torn = format!("{}\n{{\"topicName\": \n", Value::from(call()[0].to_string()).as_str().unwrap());
    assert_eq!(run(GenesysCloud, &torn).rejects[0].code, "bad_json");
}
