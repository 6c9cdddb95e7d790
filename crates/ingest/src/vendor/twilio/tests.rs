//! Documents in the shapes Twilio sends, then events; whole stories, then facts.

use super::Twilio;
use crate::vendor::trial::events::{Told, agent, contact, events, kinds, refused};

mod stories;

/// Second 0 of every document here, in epoch milliseconds.
const ZERO_MS: i64 = 1_718_000_000_000;

/// Attributes of a call as Flex sets them.
const CALL: &str = "%7B%22call_sid%22%3A%22CA77%22%2C%22direction%22%3A%22inbound%22%2C%22called%22%3A%22%2B34910000000%22%2C%22from%22%3A%22%2B34600111222%22%7D";

/// A callback of TaskRouter, `ms` after second 0, about task WT1.
pub(super) fn callback(kind: &str, ms: i64, more: &str) -> String {
    let at = ZERO_MS + ms;
    format!(
        "AccountSid=AC1&WorkspaceSid=WS1&EventType={kind}&Sid=EV-{kind}-{ms}&ResourceSid=R1&Timestamp={}&TimestampMs={at}&TaskSid=WT1{more}",
        at / 1000
    )
}

fn told(document: &str) -> Vec<Told> {
    events(&Twilio, &[document])
}

/// What one document gives: types, with a member of each.
fn gives(document: &str, member: &str) -> Vec<(String, String)> {
    kinds(&Twilio, document, member)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(kind, value)| ((*kind).to_owned(), (*value).to_owned())).collect()
}

const WORKER: &str = "&WorkerSid=WK1&WorkerName=maria%40example.com";

#[test]
fn events_of_tasks_and_queues() {
    let queue = "&TaskQueueSid=WQ1&TaskQueueName=Billing";
    for (kind, more, member, expected) in [
        ("task.created", "&TaskChannelUniqueName=voice", "channel", &[("contact.started", "voice")][..]),
        ("task.created", "", "channel", &[("contact.started", "task")]),
        ("task.updated", "&TaskPriority=3", "set", &[("contact.updated", r#"{"task_priority":"3"}"#)]),
        ("task.wrapup", "&TaskAssignmentStatus=wrapping", "set", &[("contact.updated", r#"{"task_status":"wrapping"}"#)]),
        ("task.completed", "&TaskCompletedReason=done", "reason", &[("contact.ended", "done")]),
        ("task.deleted", "&TaskAssignmentStatus=pending", "reason", &[("contact.ended", "deleted")]),
        ("task.system-deleted", "&TaskAssignmentStatus=completed", "reason", &[("contact.updated", "")]),
        ("task-queue.entered", "&TaskQueueSid=WQ1&TaskQueueName=Billing&TaskPriority=5", "queue", &[("queue.entered", "Billing")]),
        ("task-queue.entered", "&TaskQueueSid=WQ1", "queue", &[("queue.entered", "WQ1")]),
        ("task-queue.timeout", queue, "outcome", &[("queue.exited", "timed_out")]),
        ("task-queue.moved", queue, "outcome", &[("queue.exited", "overflow")]),
        ("workflow.entered", "&WorkflowName=All", "target", &[("routing.decided", "All")]),
        ("workflow.target-matched", "&WorkflowName=All&WorkflowFilterTargetName=First", "target", &[("routing.decided", "First")]),
        ("workflow.skipped", "", "result", &[("routing.decided", "skipped")]),
        ("workflow.timeout", "", "result", &[("routing.decided", "timed_out")]),
        ("workflow.timeout", queue, "outcome", &[("queue.exited", "timed_out")]),
    ] {
        assert_eq!(gives(&callback(kind, 0, more), member), pairs(expected), "{kind} {more}");
    }
}

#[test]
fn a_cancelled_task_says_who_gave_up_or_nothing() {
    let queue = "&TaskQueueSid=WQ1";
    for (more, expected) in [
        ("&TaskCanceledReason=hangup", &[("queue.exited", "abandoned"), ("contact.ended", "")][..]),
        ("&TaskCanceledReason=Task+canceled+on+Workflow+timeout", &[("contact.ended", "")]),
        ("&TaskCanceledReason=duplicate", &[("queue.exited", "withdrawn"), ("contact.ended", "")]),
        ("", &[("contact.ended", "")]),
    ] {
        assert_eq!(gives(&callback("task.canceled", 0, &format!("{queue}{more}")), "outcome"), pairs(expected), "{more}");
    }
    let by = |more: &str| told(&callback("task.canceled", 0, more)).last().unwrap().member("ended_by");
    let by: Vec<String> = ["&TaskCanceledReason=hangup", "&TaskCanceledReason=TTL+exceeded", ""].into_iter().map(by).collect();
    assert_eq!(by, ["customer", "system", "unknown"]);
    assert_eq!(told(&callback("task.canceled", 0, "&TaskCanceledReason=hangup")).len(), 1, "who never reached a queue left none");
}

#[test]
fn events_of_reservations() {
    let more = format!("&ReservationSid=WR1{WORKER}");
    for (kind, member, expected) in [
        ("reservation.created", "offer_id", &[("offer.made", "WR1")][..]),
        ("reservation.accepted", "outcome", &[("offer.ended", "accepted"), ("participant.connected", "")]),
        ("reservation.rejected", "outcome", &[("offer.ended", "declined")]),
        ("reservation.timeout", "outcome", &[("offer.ended", "no_answer")]),
        ("reservation.canceled", "outcome", &[("offer.ended", "caller_gone")]),
        ("reservation.rescinded", "outcome", &[("offer.ended", "rescinded")]),
        ("reservation.failed", "outcome", &[("offer.ended", "error")]),
        ("reservation.wrapup", "participant_id", &[("participant.disconnected", "WR1"), ("wrapup.started", "WR1")]),
        ("reservation.completed", "participant_id", &[("wrapup.ended", "WR1")]),
    ] {
        assert_eq!(gives(&callback(kind, 0, &more), member), pairs(expected), "{kind}");
    }
    assert_eq!(told(&callback("reservation.created", 0, &more))[0].member("agent_id"), "maria@example.com");
    assert_eq!(told(&callback("reservation.failed", 0, "&ReservationSid=WR1"))[0].member("agent_id"), "", "no worker is named");
}

#[test]
fn events_of_transfers() {
    let more = "&TaskTransferSid=TT1&TransferMode=COLD&TransferType=QUEUE&TransferTo=WQ2&TransferInitiatingReservationSid=WR1";
    for (kind, phase) in [
        ("task.transfer-initiated", "initiated"),
        ("task.transfer-attempt-failed", "failed"),
        ("task.transfer-failed", "failed"),
        ("task.transfer-canceled", "cancelled"),
        ("task.transfer-completed", "completed"),
    ] {
        assert_eq!(gives(&callback(kind, 0, more), "phase"), pairs(&[("transfer.updated", phase)]), "{kind}");
    }
    let transfer = &told(&callback("task.transfer-initiated", 0, more))[0];
    let said = (transfer.member("kind"), transfer.member("target"), transfer.member("by"));
    assert_eq!(said, ("queue".into(), r#"{"kind":"queue","id":"WQ2"}"#.into(), "WR1".into()));
}

#[test]
fn events_of_workers() {
    let channel = "&TaskChannelUniqueName=chat&WorkerChannelAvailable=0&WorkerChannelCapacity=3";
    for (kind, more, member, expected) in [
        ("worker.activity.update", "&WorkerActivityName=Lunch", "state", &[("agent.state_changed", "not_ready")][..]),
        ("worker.activity.update", "&WorkerActivityName=Lunch&WorkerAvailable=true", "state", &[("agent.state_changed", "available")]),
        (
            "worker.attributes.update",
            "&WorkerAttributes=%7B%22routing%22%3A%7B%22skills%22%3A%5B%22billing%22%5D%7D%7D",
            "value",
            &[("agent.assignment_changed", r#"["billing"]"#)],
        ),
        ("worker.attributes.update", "&WorkerAttributes=%7B%7D", "vendor_type", &[("source.unmapped", "worker.attributes.update")]),
        ("worker.capacity.update", channel, "value", &[("agent.assignment_changed", "3")]),
        ("worker.channel.availability.update", channel, "scope", &[("agent.state_changed", "channel(chat)")]),
        ("worker.created", "", "vendor_type", &[("source.unmapped", "worker.created")]),
        ("worker.deleted", "", "vendor_type", &[("source.unmapped", "worker.deleted")]),
    ] {
        assert_eq!(gives(&callback(kind, 0, &format!("{WORKER}{more}")), member), pairs(expected), "{kind} {more}");
    }
}

#[test]
fn the_day_of_a_worker() {
    let change = |ms: i64, was: &str, is: &str| {
        callback("worker.activity.update", ms, &format!("{WORKER}&WorkerActivityName={is}&WorkerPreviousActivityName={was}"))
    };
    let day = [change(0, "Offline", "Available"), change(60_000, "Available", "Lunch"), change(90_000, "Lunch", "Idle")];
    let end = change(200_000, "Idle", "Offline");
    let documents: Vec<&str> = day.iter().chain([&end]).map(String::as_str).collect();
    let facts = agent(&Twilio, &documents, "maria@example.com");
    let length = |s: &trunkline_events::fact::AgentState| s.ended_at.map(|to| to.millis_since(s.started_at));
    let states: Vec<_> = facts.states.iter().map(|s| (s.state.as_str(), s.reason.as_deref(), length(s))).collect();
    let expected = [("available", None, Some(60_000)), ("not_ready", Some("Lunch"), Some(30_000)), ("available", None, Some(110_000))];
    assert_eq!((states, facts.anomalies.len()), (expected.to_vec(), 0));
}

#[test]
fn one_event_by_three_feeds_is_one_event() {
    let attributes = r#"{\"call_sid\":\"CA77\",\"direction\":\"inbound\",\"called\":\"+34910000000\",\"from\":\"+34600111222\"}"#;
    let form = format!(
        "EventType=reservation.created&Sid=EV9&TaskSid=WT1&TaskAttributes={CALL}&ReservationSid=WR1&WorkerName=m&WorkerSid=WK1&TaskQueueName=Q&TimestampMs=1718000000100"
    );
    let members = format!(
        r#""task_sid":"WT1","task_attributes":"{attributes}","reservation_sid":"WR1","worker_name":"m","worker_sid":"WK1","task_queue_name":"Q""#
    );
    let stream = format!(
        r#"[{{"specversion":"1.0","type":"com.twilio.taskrouter.reservation.created","source":"AB1","id":"NO1","data":{{"sid":"EV9","name":"ReservationAccepted","timestamp":"2024-06-10T06:13:20.100Z","payload":{{{members},"timestamp_ms":1718000000100}}}}}}]"#
    );
    let resource =
        format!(r#"{{"sid":"EV9","event_type":"reservation.created","event_date_ms":1718000000100,"event_data":{{{members}}}}}"#);
    let first = told(&form);
    let page = format!(r#"{{"meta":{{"page_size":50}},"events":[{resource}]}}"#);
    assert_eq!((told(&stream), told(&resource), told(&page)), (first.clone(), first.clone(), first.clone()));
    assert_eq!((first[0].subject.as_deref(), first[0].member("channel")), (Some("CA77"), "voice".to_owned()));
}

#[test]
fn a_document_that_comes_again_says_the_same_and_another_one_something_else() {
    let more = format!("&ReservationSid=WR1{WORKER}&TaskAttributes={CALL}");
    let accepted = callback("reservation.accepted", 5_000, &more);
    let message = "EventType=onMessageUpdated&ConversationSid=CH1&MessageSid=IM1&DateUpdated=2026-03-02T09:16:00Z&RetryCount=";
    assert_eq!(events(&Twilio, &[&accepted, &accepted])[..2], events(&Twilio, &[&accepted, &accepted])[2..]);
    assert_eq!(told(&format!("{message}0")), told(&format!("{message}1")), "how often it was sent is no part of it");
    let edited_again = told(&message.replace("16:00", "17:00"));
    assert_ne!(told(message)[0].id, edited_again[0].id);
}

#[test]
fn which_contact_a_task_is() {
    let subject = |attributes: &str| {
        let body = serde_json::json!({"EventType":"task.created","Sid":"EV1","TaskSid":"WT1","TaskAttributes":attributes,"Timestamp":1_718_000_000});
        told(&body.to_string())[0].clone()
    };
    for (attributes, id, channel) in [
        (r#"{"call_sid":"CA1","direction":"inbound"}"#, "CA1", "voice"),
        (r#"{"call_sid":"CA1","direction":"outbound","outbound_to":"+34600111222"}"#, "WT1", "voice"),
        (r#"{"conversationSid":"CH1","channelType":"whatsapp","conversations":{"conversation_id":"WT0"}}"#, "CH1", "messaging"),
        (r#"{"conversationSid":"CH1","channelType":"web"}"#, "CH1", "chat"),
        (r#"{"conversations":{"conversation_id":"WT0"}}"#, "WT0", "task"),
        ("{}", "WT1", "task"),
    ] {
        let start = subject(attributes);
        assert_eq!((start.subject.as_deref(), start.member("channel").as_str()), (Some(id), channel), "{attributes}");
    }
    let by = |attributes: &str| subject(attributes).customer;
    let phone = by(r#"{"direction":"inbound","from":"+34600111222"}"#);
    assert!(phone.is_some());
    assert_eq!(by(r#"{"direction":"outbound","outbound_to":"+34600111222","from":"+34910000000"}"#), phone);
    assert_eq!(by(r#"{"customerAddress":"whatsapp:+34600111222","from":"Ana"}"#), phone);
    assert_eq!(by(r#"{"direction":"inbound","from":"+266696687"}"#), None, "a withheld number is nobody");
}

#[test]
fn messages_of_conversations() {
    let webhook = |name: &str, more: &str| {
        format!("EventType={name}&ConversationSid=CH1&MessageSid=IM1&DateCreated=2026-03-02T09%3A15%3A04.000Z{more}")
    };
    let later = "&DateUpdated=2026-03-02T09%3A16%3A00Z&DateRemoved=2026-03-02T09%3A17%3A00Z";
    for (document, member, expected) in [
        (webhook("onMessageAdded", "&Author=%2B34600111222&Source=SMS&Body=hello"), "author", ("message.received", "customer")),
        (webhook("onMessageAdded", "&Author=maria_40example_2Ecom&Source=SDK&Body=hi"), "agent_id", ("message.sent", "maria@example.com")),
        (webhook("onMessageAdded", "&Author=system&Source=API&Body=hi"), "author", ("message.sent", "bot")),
        (webhook("onMessageAdded", "&Author=jdoe&Source=SDK&Body=hi"), "vendor_type", ("source.unmapped", "onMessageAdded")),
        (webhook("onMessageUpdated", later), "change", ("message.changed", "edited")),
        (webhook("onMessageRemoved", later), "change", ("message.changed", "deleted")),
        (webhook("onMessageAdd", ""), "vendor_type", ("source.unmapped", "onMessageAdd")),
        (webhook("onDeliveryUpdated", "&Status=undelivered&ErrorCode=30003"), "state", ("message.delivery_updated", "failed")),
        (
            webhook("onConversationAdded", "&MessagingBinding.Address=whatsapp%3A%2B34600111222"),
            "channel",
            ("contact.started", "messaging"),
        ),
        (webhook("onConversationAdded", ""), "channel", ("contact.started", "chat")),
        (webhook("onConversationUpdated", later), "set", ("contact.updated", "{}")),
        (webhook("onConversationStateUpdated", "&StateTo=closed&StateUpdated=2026-03-02T09%3A18%3A00Z"), "ended_by", ("contact.ended", "")),
        (
            webhook("onConversationStateUpdated", "&StateTo=inactive&StateUpdated=2026-03-02T09%3A18%3A00Z"),
            "to",
            ("contact.state_changed", "paused"),
        ),
        (
            webhook("onParticipantAdded", "&ParticipantSid=MB1&MessagingBinding.Address=%2B34600111222"),
            "role",
            ("participant.connected", "customer"),
        ),
        (webhook("onParticipantAdded", "&ParticipantSid=MB1&Identity=maria"), "vendor_type", ("source.unmapped", "onParticipantAdded")),
    ] {
        assert_eq!(gives(&document, member), pairs(&[expected]), "{document}");
    }
    let received = &told(&webhook("onMessageAdded", "&Author=%2B34600111222&Source=SMS&Body=secret+words"))[0];
    assert!(!received.text.contains("secret") && !received.text.contains("34600111222"), "{}", received.text);
    let media = r#"{"type":"com.twilio.conversations.message.added","id":"NO1","data":{"ConversationSid":"CH1","MessageSid":"IM2","Author":"whatsapp:+34600111222","DateCreated":"2026-03-02T09:15:04.250Z","Index":3,"Media":[{"MediaSid":"ME1","Filename":"ana.png","ContentType":"image/png","Size":12}]}}"#;
    let media = &told(media)[0];
    assert_eq!((media.member("content_type"), media.member("_seq")), ("image/png".into(), "3".into()));
    assert!(media.member("attachments").contains("ME1") && !media.text.contains("ana.png"));
}

#[test]
fn single_messages_and_flows() {
    let stream = |kind: &str, data: &str| {
        format!(r#"{{"specversion":"1.0","type":"com.twilio.{kind}","id":"EZ1","time":"2026-03-02T09:15:04Z","data":{{{data}}}}}"#)
    };
    let message = r#""messageSid":"SM1","to":"+34600111222","from":"+34910000000","timestamp":"2026-03-02T09:15:03.500Z""#;
    let flow = r#""execution_sid":"FN1","flow_sid":"FW1","flow_revision":12,"contact_channel_address":"+34600111222","started_by":"CA77","date_created":"2026-03-02T09:15:00Z","date_updated":"2026-03-02T09:15:09Z""#;
    let sent = r#"{"sid":"SM1","status":"sent","direction":"outbound-api","from":"+34910000000","to":"+34600111222","date_sent":"Mon, 02 Mar 2026 09:15:03 +0000","date_updated":"Mon, 02 Mar 2026 09:15:03 +0000"}"#;
    for (document, member, expected) in [
        (stream("messaging.message.undelivered", message), "state", &[("message.delivery_updated", "failed")][..]),
        (stream("messaging.message.sent", message), "source_label", &[("message.delivery_updated", "sent")]),
        (stream("messaging.inbound-message.received", message), "direction", &[("message.received", "inbound")]),
        (stream("studio.flow.execution.started", flow), "contact_id", &[("selfservice.started", "CA77")]),
        (
            stream("studio.flow.execution.ended", &format!(r#"{flow},"ended_reason":"USER_HUNG_UP""#)),
            "outcome",
            &[("selfservice.ended", "abandoned")],
        ),
        (
            stream("studio.flow.execution.ended", &format!(r#"{flow},"ended_reason":"FLOW_END""#)),
            "outcome",
            &[("selfservice.ended", "ended")],
        ),
        (
            stream(
                "studio.flow.step.ended",
                r#""execution_sid":"FN1","step_sid":"FT1","name":"keypress","transitioned_from":"menu","transitioned_to":"queue","date_created":"2026-03-02T09:15:05Z""#,
            ),
            "step",
            &[("selfservice.step_completed", "menu")],
        ),
        (
            stream("voice.insights.call-summary.complete", r#""call_sid":"CA77""#),
            "vendor_type",
            &[("source.unmapped", "com.twilio.voice.insights.call-summary.complete")],
        ),
        (sent.to_owned(), "state", &[("message.sent", ""), ("message.delivery_updated", "sent")]),
        (sent.replace("outbound-api", "inbound"), "author", &[("message.received", "customer")]),
    ] {
        assert_eq!(gives(&document, member), pairs(expected), "{document}");
    }
    let queued = sent.replace("\"sent\"", "\"queued\"").replace("\"date_sent\":\"Mon, 02 Mar 2026 09:15:03 +0000\"", "\"date_sent\":null");
    assert_eq!(gives(&queued, "state"), pairs(&[("message.delivery_updated", "accepted")]), "not told before it is sent");
    let dated = r#"{"headers":{"Date":"Mon, 02 Mar 2026 09:15:04 GMT"},"body":"MessageSid=SM1&MessageStatus=read&EventType=READ"}"#;
    assert_eq!(gives(dated, "state"), pairs(&[("message.delivery_updated", "read")]));
}

#[test]
fn refusals_name_the_field_and_the_text() {
    for (document, code, words) in [
        (callback("task.created", 0, "").replace("&TaskSid=WT1", ""), "missing_field", "TaskSid"),
        (callback("reservation.created", 0, ""), "missing_field", "ReservationSid"),
        (callback("task-queue.entered", 0, ""), "missing_field", "TaskQueueSid"),
        (
            callback("task-queue.entered", 0, "&TaskQueueSid=WQ1&TaskPriority=high"),
            "bad_field",
            "TaskPriority must be a whole number, not 'high'",
        ),
        (callback("task.created", 0, "&TaskAttributes=%7B%22a"), "bad_field", "'{\"a'"),
        ("EventType=task.created&Sid=EV1&TaskSid=WT1".to_owned(), "no_time", "TimestampMs"),
        ("EventType=task.created&Sid=EV1&TaskSid=WT1&Timestamp=yesterday".to_owned(), "bad_time", "Timestamp 'yesterday'"),
        ("MessageSid=SM1&MessageStatus=delivered&RawDlrDoneDate=2605201200".to_owned(), "no_time", "Header.Date"),
        (
            "EventType=onMessageAdded&ConversationSid=CH1&Author=%2B34600111222&DateCreated=2026-03-02T09:15:04Z".to_owned(),
            "missing_field",
            "MessageSid",
        ),
        (r#"{"type":"com.twilio.taskrouter.task.created","id":"NO1","data":{"sid":"EV1"}}"#.to_owned(), "missing_field", "data.payload"),
        (r#"{"hello":1}"#.to_owned(), "missing_field", "no document of Twilio's"),
        ("[1]".to_owned(), "bad_json", "element 0"),
        ("{".to_owned(), "bad_json", "EOF"),
        ("plain words".to_owned(), "bad_form", "'plain words'"),
        ("A=%ff".to_owned(), "bad_encoding", "field A"),
    ] {
        let (found, message) = refused(&Twilio, &document);
        assert!(found == code && message.contains(words), "{document}: {found} {message}");
    }
}
