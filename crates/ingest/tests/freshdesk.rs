//! What analysts see of Freshdesk through the example of a mapping.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod support;

use serde_json::{Value, json};
use support::corpus::{Corpus, corpus};
use trunkline_events::fact::ContactFacts;
use trunkline_events::fold::{Finality, Folder};
use trunkline_events::identity::CustomerSecret;
use trunkline_events::{EventBatch, Timestamp};
use trunkline_ingest::connector::{MapContext, RecordRef, Reject, Tail};

fn mapped(corpus: &Corpus, lines: &[String]) -> Result<EventBatch, Reject> {
    let mut connector = corpus.connector();
    connector.start(lines.concat().as_bytes(), Tail::Final).unwrap();
    let secret = CustomerSecret::new("secret");
    let context = MapContext { connector: "mapping", journal: "j", now: Timestamp::default(), secret: &secret, source: "freshdesk://acme" };
    let mut out = EventBatch::default();
    for line in lines {
        let record = RecordRef { bytes: line.as_bytes(), offset: 0, place: 0, line: 1, before: 0 };
        connector.map(&record, &context, &mut out)?;
    }
    Ok(out)
}

fn facts(batch: &EventBatch, ticket: &str) -> ContactFacts {
    let rows: Vec<_> = batch.rows().filter(|row| row.contact_id == Some(ticket)).collect();
    Folder::default().contact(&rows, Finality { watermark: Timestamp::from_seconds(0), grace_ms: 0 })
}

/// The line of the ticket 71 with other members.
fn ticket(changes: Value) -> String {
    let mut ticket: Value = serde_json::from_str(&corpus("freshdesk").documents[0]).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value.as_object() {
            Some(inner) => ticket[name].as_object_mut().unwrap().extend(inner.clone()),
            None => ticket[name] = value.clone(),
        }
    }
    ticket.to_string()
}

#[test]
fn a_ticket_with_its_conversations_tells_how_long_its_customer_waited_and_what_they_thought() {
    let freshdesk = corpus("freshdesk");
    let batch = mapped(&freshdesk, &freshdesk.documents).unwrap();
    let facts = facts(&batch, "71");
    let contact = facts.contact.unwrap();
    assert_eq!((contact.channel.as_deref(), contact.direction.as_deref()), (Some("email"), Some("inbound")));
    assert_eq!(contact.ended_at.map(|at| at.to_string()).as_deref(), Some("2026-03-02T10:00:00Z"));
    let turns: Vec<_> =
        facts.responses.iter().map(|turn| (turn.answered_at.unwrap().millis_since(turn.asked_at), turn.agent_id.as_deref())).collect();
    assert_eq!(turns, [(600_000, Some("31")), (600_000, Some("32"))], "a note answers nobody");
    assert_eq!(facts.responses[0].queue.as_deref(), Some("8"));
    assert!(facts.anomalies.is_empty(), "{:?}", facts.anomalies);
    assert_eq!((facts.stints.len(), facts.legs.len()), (0, 0), "Freshdesk tells no queue and no talk: no rows, not zeros");
    let rating = batch.rows().find(|row| row.kind == "survey.answered").unwrap();
    let data: Value = serde_json::from_str(rating.data).unwrap();
    assert_eq!((&data["answers"][0]["value_num"], &data["answers"][0]["scale_max"]), (&json!(6), &json!(7)));
    assert_eq!((rating.contact_id, rating.agent_id, &data["comment_present"]), (Some("71"), Some("31"), &json!(true)));
    assert!(contact.customer_key.is_some());
    let stored: String = batch.rows().map(|row| row.data).collect();
    assert!(["Jane", "parcel", "\"900\"", ":900", "yesterday"].iter().all(|word| !stored.contains(word)), "{stored}");
}

#[test]
fn tickets_that_staff_opened_are_no_questions_of_customers() {
    let freshdesk = corpus("freshdesk");
    let batch = mapped(&freshdesk, &freshdesk.documents).unwrap();
    let call = facts(&batch, "72");
    let (contact, started) = (call.contact.unwrap(), batch.rows().find(|row| row.contact_id == Some("72")).unwrap());
    assert_eq!((started.channel, started.direction, contact.ended_at, call.responses.len()), (Some("voice"), None, None, 0));
    let status = batch.rows().find(|row| row.kind == "case.status_changed" && row.contact_id == Some("72")).unwrap();
    assert!(status.data.contains("\"to\":\"6\"") && !status.data.contains("category"), "{}", status.data);
    let ours = facts(&batch, "73").contact.unwrap();
    assert_eq!(ours.direction.as_deref(), Some("outbound"));
    assert_eq!(ours.ended_at.map(|at| at.to_string()).as_deref(), Some("2026-03-04T09:00:00Z"), "closing by itself moves no end");
}

#[test]
fn a_ticket_fetched_again_says_what_is_true_now() {
    let freshdesk = corpus("freshdesk");
    let first = freshdesk.documents[0].clone();
    let open = json!({"status": 2, "updated_at": "2026-03-03T09:00:00Z", "stats": {"status_updated_at": "2026-03-03T09:00:00Z", "reopened_at": "2026-03-03T09:00:00Z", "resolved_at": null}});
    let again = ticket(
        json!({"updated_at": "2026-03-04T09:00:00Z", "stats": {"reopened_at": "2026-03-03T09:00:00Z", "resolved_at": "2026-03-04T09:00:00Z"}}),
    );
    let ended = |lines: &[String]| facts(&mapped(&freshdesk, lines).unwrap(), "71").contact.unwrap().ended_at.map(|at| at.to_string());
    assert_eq!(ended(&[first.clone(), ticket(open.clone())]), None, "opened again");
    let all = [again, ticket(open), first.clone()];
    assert_eq!(ended(&all).as_deref(), Some("2026-03-04T09:00:00Z"), "in any order");
    let twice = mapped(&freshdesk, &[first.clone(), first]).unwrap();
    let half = twice.len() / 2;
    assert!((0..half).all(|i| twice.row(i).event_id == twice.row(i + half).event_id && twice.row(i).data == twice.row(i + half).data));
}

#[test]
fn what_cannot_be_placed_is_refused() {
    let freshdesk = corpus("freshdesk");
    let refused = |line: String| mapped(&freshdesk, &[line]).unwrap_err().code;
    assert_eq!(refused(ticket(json!({"created_at": "02/03/2026 09:00"}))), "bad_time");
    assert_eq!(refused(ticket(json!({"updated_at": null}))), "check_failed");
    let rating = freshdesk.documents[5].replace("102", "7");
    assert_eq!(refused(rating), "lookup_miss");
}
