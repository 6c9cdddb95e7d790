//! What a user would look at: the facts of whole contacts.

use super::{CALL, Twilio, callback, contact};

const QUEUE: &str = "&TaskQueueSid=WQ1&TaskQueueName=Billing";

/// A callback about the call CA77.
fn call(kind: &str, ms: i64, more: &str) -> String {
    callback(kind, ms, &format!("&TaskChannelUniqueName=voice&TaskAttributes={CALL}{more}"))
}

/// A callback about a reservation of the call CA77.
fn reservation(kind: &str, ms: i64, sid: &str, worker: &str) -> String {
    call(kind, ms, &format!("&ReservationSid={sid}&WorkerSid=WK-{worker}&WorkerName={worker}{QUEUE}"))
}

fn texts(documents: &[String]) -> Vec<&str> {
    documents.iter().map(String::as_str).collect()
}

#[test]
fn a_call_missed_by_one_agent_and_answered_by_another() {
    let done = "%7B%22call_sid%22%3A%22CA77%22%2C%22direction%22%3A%22inbound%22%2C%22conversations%22%3A%7B%22outcome%22%3A%22Refund%22%2C%22hang_up_by%22%3A%22Customer%22%7D%7D";
    let documents = [
        call("task.created", 100, ""),
        call("workflow.entered", 120, ""),
        call("task-queue.entered", 150, QUEUE),
        reservation("reservation.created", 2_000, "WR1", "ana"),
        reservation("reservation.timeout", 17_000, "WR1", "ana"),
        reservation("reservation.created", 18_000, "WR2", "maria"),
        reservation("reservation.accepted", 23_150, "WR2", "maria"),
        reservation("reservation.wrapup", 123_150, "WR2", "maria"),
        call("task.wrapup", 123_160, QUEUE),
        reservation("reservation.completed", 153_150, "WR2", "maria"),
        callback("task.completed", 153_200, &format!("&TaskAttributes={done}&TaskCompletedReason=wrap")),
        callback("task.system-deleted", 453_200, &format!("&TaskAttributes={done}&TaskAssignmentStatus=completed")),
    ];
    let facts = contact(&Twilio, &texts(&documents), "CA77");
    let row = facts.contact.unwrap();
    assert_eq!((row.outcome.as_str(), row.channel.as_deref(), row.direction.as_deref()), ("answered", Some("voice"), Some("inbound")));
    assert_eq!((row.wait_ms, row.talk_ms, row.wrap_up_ms), (Some(23_000), 100_000, 30_000));
    assert_eq!((row.first_queue.as_deref(), row.last_agent_id.as_deref()), (Some("Billing"), Some("maria")));
    assert_eq!((row.disposition.as_deref(), row.ended_by.as_deref()), (Some("Refund"), Some("customer")));
    assert_eq!((row.entry_point.as_deref(), row.customer_key.is_some()), (Some("+34910000000"), true));
    assert_eq!(row.ended_at.unwrap().millis_since(row.started_at), 153_100, "cleaning the task away ends nothing later");
    let legs: Vec<_> = facts.legs.iter().map(|l| (l.agent_id.as_deref().unwrap(), l.outcome.as_str(), l.ring_ms)).collect();
    assert_eq!(legs, [("ana", "missed", Some(15_000)), ("maria", "handled", Some(5_150))]);
    assert_eq!(facts.anomalies, []);
}

#[test]
fn a_caller_who_hangs_up_while_waiting() {
    let documents = [
        call("task.created", 0, ""),
        call("task-queue.entered", 0, QUEUE),
        call("task-queue.timeout", 30_000, QUEUE),
        call("task-queue.entered", 30_000, "&TaskQueueSid=WQ2&TaskQueueName=Everybody"),
        call("task.canceled", 75_000, "&TaskQueueSid=WQ2&TaskQueueName=Everybody&TaskCanceledReason=hangup"),
    ];
    let facts = contact(&Twilio, &texts(&documents), "CA77");
    let row = facts.contact.unwrap();
    assert_eq!((row.outcome.as_str(), row.ended_by.as_deref(), row.wait_ms), ("abandoned", Some("customer"), Some(75_000)));
    let stints: Vec<_> = facts.stints.iter().map(|s| (s.queue.as_deref().unwrap(), s.outcome.as_str(), s.wait_ms)).collect();
    assert_eq!(stints, [("Billing", "flow_out", Some(30_000)), ("Everybody", "abandoned", Some(45_000))]);
}

#[test]
fn a_warm_transfer_to_another_agent() {
    let transfer = "&TaskTransferSid=TT1&TransferMode=WARM&TransferType=WORKER&TransferTo=WK-leo&TransferInitiatingReservationSid=WR1";
    let documents = [
        call("task.created", 0, ""),
        call("task-queue.entered", 0, QUEUE),
        reservation("reservation.created", 1_000, "WR1", "maria"),
        reservation("reservation.accepted", 5_000, "WR1", "maria"),
        call("task.transfer-initiated", 60_000, transfer),
        reservation("reservation.created", 60_100, "WR2", "leo"),
        reservation("reservation.accepted", 65_000, "WR2", "leo"),
        call("task.transfer-completed", 80_000, transfer),
        reservation("reservation.wrapup", 80_100, "WR1", "maria"),
        reservation("reservation.completed", 90_000, "WR1", "maria"),
        reservation("reservation.wrapup", 180_000, "WR2", "leo"),
        reservation("reservation.completed", 185_000, "WR2", "leo"),
        call("task.completed", 185_000, QUEUE),
    ];
    let facts = contact(&Twilio, &texts(&documents), "CA77");
    let row = facts.contact.unwrap();
    assert_eq!((row.transfer_count, row.wait_ms, row.leg_count), (1, Some(5_000), 2));
    let legs: Vec<_> =
        facts.legs.iter().map(|l| (l.agent_id.as_deref().unwrap(), l.talk_ms, l.is_transfer_out, l.is_transfer_in)).collect();
    assert_eq!(legs, [("maria", Some(75_100), true, false), ("leo", Some(115_000), false, true)]);
}

#[test]
fn a_cold_transfer_to_another_queue() {
    let transfer = "&TaskTransferSid=TT1&TransferMode=COLD&TransferType=QUEUE&TransferTo=WQ2&TransferInitiatingReservationSid=WR1&TransferStarted=1718000060";
    let second = "&TaskQueueSid=WQ2&TaskQueueName=Experts";
    let documents = [
        call("task.created", 0, ""),
        call("task-queue.entered", 0, QUEUE),
        reservation("reservation.created", 1_000, "WR1", "maria"),
        reservation("reservation.accepted", 5_000, "WR1", "maria"),
        call("task.transfer-initiated", 60_000, transfer),
        reservation("reservation.wrapup", 60_050, "WR1", "maria"),
        call("task-queue.entered", 60_100, second),
        reservation("reservation.completed", 70_000, "WR1", "maria"),
        call("reservation.created", 72_000, "&ReservationSid=WR2&WorkerSid=WK2&WorkerName=leo&TaskQueueSid=WQ2&TaskQueueName=Experts"),
        call("reservation.accepted", 75_100, "&ReservationSid=WR2&WorkerSid=WK2&WorkerName=leo&TaskQueueSid=WQ2&TaskQueueName=Experts"),
        call("task.transfer-completed", 75_100, transfer),
        call("reservation.wrapup", 175_100, "&ReservationSid=WR2&WorkerSid=WK2&WorkerName=leo"),
        call("reservation.completed", 180_000, "&ReservationSid=WR2&WorkerSid=WK2&WorkerName=leo"),
        call("task.completed", 180_000, second),
    ];
    let facts = contact(&Twilio, &texts(&documents), "CA77");
    let row = facts.contact.unwrap();
    assert_eq!((row.transfer_count, row.wait_ms, row.last_queue.as_deref()), (1, Some(20_000), Some("Experts")));
    let legs: Vec<_> =
        facts.legs.iter().map(|l| (l.agent_id.as_deref().unwrap(), l.talk_ms, l.is_transfer_out, l.is_transfer_in)).collect();
    assert_eq!(legs, [("maria", Some(55_050), true, false), ("leo", Some(100_000), false, true)]);
    assert_eq!(facts.anomalies, []);
}

#[test]
fn a_message_answered_first_by_a_program_then_by_an_agent() {
    let message = |id: &str, second: i64, author: &str, source: &str| {
        format!(
            "EventType=onMessageAdded&ConversationSid=CH1&MessageSid={id}&Index={second}&DateCreated=2024-06-10T06%3A14%3A{second:02}Z&Author={author}&Source={source}&Body=x"
        )
    };
    let chat = |kind: &str, ms: i64, more: &str| {
        let attributes = "%7B%22conversationSid%22%3A%22CH1%22%2C%22channelType%22%3A%22whatsapp%22%2C%22direction%22%3A%22inbound%22%2C%22customerAddress%22%3A%22whatsapp%3A%2B34600111222%22%7D";
        callback(kind, ms, &format!("&TaskChannelUniqueName=chat&TaskAttributes={attributes}{QUEUE}{more}"))
    };
    let maria = "&ReservationSid=WR1&WorkerSid=WK1&WorkerName=maria%40example.com";
    let documents = [
        "EventType=onConversationAdded&ConversationSid=CH1&DateCreated=2024-06-10T06%3A14%3A00Z&Source=WHATSAPP&MessagingBinding.Address=whatsapp%3A%2B34600111222"
            .to_owned(),
        message("IM1", 0, "whatsapp%3A%2B34600111222", "WHATSAPP"),
        message("IM2", 1, "system", "API"),
        chat("task.created", 41_500, ""),
        chat("task-queue.entered", 41_600, ""),
        chat("reservation.created", 42_000, maria),
        chat("reservation.accepted", 50_600, maria),
        message("IM3", 45, "maria_40example_2Ecom", "SDK"),
        chat("reservation.wrapup", 100_000, maria),
        chat("reservation.completed", 101_000, maria),
        chat("task.completed", 101_000, ""),
    ];
    let facts = contact(&Twilio, &texts(&documents), "CH1");
    let row = facts.contact.unwrap();
    assert_eq!((row.outcome.as_str(), row.channel.as_deref(), row.wait_ms), ("answered", Some("messaging"), Some(9_000)));
    let [turn] = &facts.responses[..] else { panic!("{:?}", facts.responses) };
    assert_eq!(turn.answered_at.unwrap().millis_since(turn.asked_at), 45_000);
    assert_eq!(turn.bot_answered_at.unwrap().millis_since(turn.asked_at), 1_000);
    assert_eq!((turn.agent_id.as_deref(), turn.is_first), (row.first_agent_id.as_deref(), true));
    assert_eq!(turn.agent_id.as_deref(), Some("maria@example.com"), "the worker's name and the author's identity are one agent");
}
