//! Edges of the definitions, worked by hand: what is unknown, what lies on a boundary, what is still open.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

#[allow(dead_code, reason = "shared with the other golden tests")]
mod golden {
    pub mod fixture;
}

use golden::fixture::{Row, ask, by_period, centre, value};

#[track_caller]
fn near(got: Option<f64>, want: f64) {
    assert!(got.is_some_and(|g| (g - want).abs() < 1e-9), "got {got:?}, want {want}");
}

fn groups(rows: &[Row]) -> Vec<(Option<&str>, Option<f64>)> {
    rows.iter().map(|row| (row.by[0].as_deref(), row.value)).collect()
}

#[tokio::test]
async fn the_queue_closes_over_any_range_although_an_exit_is_unknown() {
    // Two exits whose instant and wait the source did not know: they count where the stay began.
    let stints = "
queue=q enqueued_at=10:00 left_at=10:01 wait_ms=60000 outcome=answered
queue=q enqueued_at=10:00 outcome=answered
queue=q enqueued_at=10:10 outcome=abandoned
queue=q enqueued_at=10:20 outcome=waiting
enqueued_at=10:25 left_at=10:26 wait_ms=60000 outcome=flow_out";
    let context = centre(&[("queue_stints", stints)]);
    near(value(&context, "offered").await, 5.0);
    near(value(&context, "answered").await, 2.0);
    near(value(&context, "abandoned").await, 1.0);
    near(value(&context, "offered basis=completion").await, 4.0);
    near(value(&context, "answer_rate basis=event").await, 0.4);
    near(value(&context, "abandonment_rate basis=completion").await, 0.25);
    near(value(&context, "flow_out_rate").await, 0.2);
    // Unknown waits are in no mean, no percentile, and not in time.
    near(value(&context, "asa").await, 60.0);
    assert_eq!(ask(&context, "wait_p50").await[0].n, 1);
    near(value(&context, "short_abandons").await, 0.0);
    near(value(&context, "service_level p.threshold_s=60").await, 1.0 / 5.0);
    // A stay without a queue is a group of its own.
    assert_eq!(groups(&ask(&context, "offered by=queue").await), [(Some("q"), Some(4.0)), (None, Some(1.0))]);
}

#[tokio::test]
async fn a_service_level_event_is_the_first_of_answer_abandonment_and_threshold() {
    let stints = "
queue=q enqueued_at=09:59:50 left_at=10:00:05 wait_ms=15000 outcome=answered
queue=q enqueued_at=09:59:30 left_at=10:00:10 wait_ms=40000 outcome=answered
queue=q enqueued_at=09:59:45 left_at=10:00:30 wait_ms=45000 outcome=abandoned
queue=q enqueued_at=09:59:40 left_at=10:00:00 wait_ms=20000 outcome=answered
queue=q enqueued_at=09:50 left_at=10:20 wait_ms=1800000 outcome=flow_out";
    let context = centre(&[("queue_stints", stints)]);
    // 9:59:50 was past the threshold before ten; 10:00:00, 10:00:05 and 10:00:05 (15 s after 9:59:50, 20 s after 9:59:45) after it.
    let rows = ask(&context, "service_level_sl6 grain=1h").await;
    let sums: Vec<_> =
        rows.iter().filter(|r| r.denominator != Some(0.0)).map(|r| (r.period.unwrap() / 3600, r.numerator, r.denominator)).collect();
    assert_eq!(sums, [(9, Some(0.0), Some(1.0)), (10, Some(2.0), Some(3.0))]);
}

#[tokio::test]
async fn thresholds_are_inclusive_and_limits_are_not() {
    let stints = "
enqueued_at=10:00 left_at=10:00:20 wait_ms=20000 outcome=answered
enqueued_at=10:00 left_at=10:00:20 wait_ms=20001 outcome=answered
enqueued_at=10:00 left_at=10:00:05 wait_ms=5000 outcome=abandoned
enqueued_at=10:00 left_at=10:00:05 wait_ms=5001 outcome=abandoned
enqueued_at=10:00 left_at=10:03 wait_ms=180000 outcome=flow_out
enqueued_at=10:00 left_at=10:03 wait_ms=180001 outcome=dropped";
    let context = centre(&[("queue_stints", stints)]);
    near(value(&context, "service_level").await, 1.0 / 5.0);
    near(value(&context, "short_abandons").await, 1.0);
    near(value(&context, "abandonment_rate_net").await, 1.0 / 5.0);
    near(value(&context, "waits_over_limit").await, 1.0);
    near(value(&context, "longest_wait").await, 180.0);
}

#[tokio::test]
async fn a_period_owns_its_start_and_not_its_end() {
    let stints = "
enqueued_at=10:00 left_at=10:30 wait_ms=1800000 outcome=answered
enqueued_at=10:30 left_at=11:00 wait_ms=1800000 outcome=answered";
    let context = centre(&[("queue_stints", stints)]);
    near(value(&context, "offered from=10:00 to=10:30").await, 1.0);
    near(value(&context, "answered from=10:00 to=10:30").await, 0.0);
    assert_eq!(by_period(&context, "answered grain=30m").await, [("10:30".to_owned(), 1.0), ("11:00".to_owned(), 1.0)]);
}

#[tokio::test]
async fn one_period_begins_where_the_range_begins() {
    let stints = "
queue=a enqueued_at=10:17 left_at=10:18 wait_ms=60000 outcome=answered
queue=b enqueued_at=12:00 left_at=12:01 wait_ms=60000 outcome=answered";
    let legs = "agent_id=a outcome=handled accepted_at=10:18 ended_at=10:20 talk_ms=120000";
    let context = centre(&[("queue_stints", stints), ("agent_legs", legs)]);
    let begins = async |question: &str| ask(&context, question).await.iter().map(|r| r.period.map(|s| s / 60)).collect::<Vec<_>>();
    assert_eq!(begins("offered from=09:00").await, [Some(540)]);
    assert_eq!(begins("offered").await, [Some(617)]);
    assert_eq!(begins("offered by=queue").await, [Some(617), Some(617)]);
    assert_eq!(begins("answer_rate basis=event").await, [Some(617)]);
    assert_eq!(begins("talk basis=clipped").await, [Some(618)]);
    assert_eq!(begins("containment").await, [None]);
}

#[tokio::test]
async fn legs_that_are_open_or_held_or_of_no_agent() {
    let legs = "
contact_id=1 agent_id=a outcome=handled accepted_at=10:00 ended_at=10:10 talk_ms=540000 hold_ms=60000 hold_count=1 has_wrap_up=true wrap_up_ms=30000 wrapped_up_at=10:10:30
contact_id=2 agent_id=a outcome=handled accepted_at=11:00 ended_at=11:10 talk_ms=600000 hold_ms=0 hold_count=0 has_wrap_up=true
contact_id=3 outcome=handled accepted_at=12:00 ended_at=12:05 talk_ms=300000 hold_ms=0 hold_count=0 has_wrap_up=false
contact_id=4 agent_id=a outcome=handled accepted_at=13:00 hold_ms=20000 hold_count=1 has_wrap_up=false";
    let context = centre(&[("agent_legs", legs)]);
    near(value(&context, "hold").await, 60.0);
    near(value(&context, "hold_rate").await, 0.5);
    near(value(&context, "avg_hold").await, 20.0);
    near(value(&context, "avg_hold_held").await, 60.0);
    near(value(&context, "avg_wrap_up").await, 10.0);
    near(value(&context, "wrap_ups_unknown").await, 1.0);
    near(value(&context, "aht_leg").await, (630.0 + 600.0 + 300.0) / 3.0);
    assert_eq!(groups(&ask(&context, "handled by=agent_id").await), [(Some("a"), Some(3.0)), (None, Some(1.0))]);
    // A leg of no agent is on no agent's clock.
    assert_eq!(ask(&context, "occupancy by=agent_id").await.len(), 1);
}

#[tokio::test]
async fn transfers_of_contacts_an_agent_handled() {
    let contacts = "
contact_id=1 started_at=10:00 ended_at=10:10 outcome=answered transfer_count=2 talk_ms=400000 hold_ms=100000 wrap_up_ms=40000
contact_id=2 started_at=10:00 ended_at=11:10 outcome=answered transfer_count=0 talk_ms=60000 hold_ms=0 wrap_up_ms=0
contact_id=3 started_at=10:00 outcome=answered transfer_count=0 talk_ms=0 hold_ms=0 wrap_up_ms=0
contact_id=4 direction=outbound started_at=10:00 ended_at=10:20 outcome=answered transfer_count=0 talk_ms=60000 hold_ms=0 wrap_up_ms=0
contact_id=5 started_at=10:00 ended_at=10:05 outcome=abandoned transfer_count=1 talk_ms=0 hold_ms=0 wrap_up_ms=0";
    let context = centre(&[("contacts", contacts)]);
    near(value(&context, "transfer_rate").await, 1.0 / 4.0);
    near(value(&context, "aht_contact").await, (540.0 + 60.0 + 60.0) / 3.0);
    near(value(&context, "received").await, 4.0);
    assert_eq!(by_period(&context, "aht_contact grain=1h").await, [("10:00".to_owned(), 300.0), ("11:00".to_owned(), 60.0)]);
}

#[tokio::test]
async fn an_agent_without_legs_is_idle_until_the_watermark() {
    // No leg at all, so the watermark is that of the states.
    let states = "agent_id=a state=available started_at=10:00 recorded_at=11:00\nagent_id=b state=available started_at=10:00 ended_at=10:30 recorded_at=11:00";
    let context = centre(&[("agent_states", states)]);
    let rows = ask(&context, "contacts_per_hour by=agent_id").await;
    assert_eq!(
        rows.iter().map(|r| (r.by[0].as_deref(), r.value, r.denominator)).collect::<Vec<_>>(),
        [(Some("a"), Some(0.0), Some(1.0)), (Some("b"), Some(0.0), Some(0.5))]
    );
}

#[tokio::test]
async fn a_gap_ends_with_an_acceptance_and_not_with_a_late_wrap_up() {
    // Talk to 10:10, wrap-up 10:11 to 10:12, next acceptance 10:15; available all the time: the gap is three minutes.
    let legs = "
agent_id=a outcome=handled accepted_at=10:00 ended_at=10:10 wrapped_up_at=10:12 wrap_up_ms=60000 talk_ms=600000
agent_id=a outcome=handled accepted_at=10:15 ended_at=10:20 talk_ms=300000";
    let context = centre(&[("agent_legs", legs), ("agent_states", "agent_id=a state=available started_at=10:00 ended_at=11:00")]);
    let rows = ask(&context, "idle_gap").await;
    assert_eq!((rows[0].value, rows[0].n), (Some(180.0), 1));
}

#[tokio::test]
async fn repeats_on_the_edge_of_the_window() {
    let contacts = "
contact_id=1 customer_key=k reason=bill started_at=10:00 ended_at=10:10
contact_id=2 customer_key=k reason=bill started_at=+7d10:00 ended_at=+7d10:10
contact_id=3 customer_key=k reason=bill started_at=+14d10:01 ended_at=+14d10:11
contact_id=4 customer_key=k started_at=+14d10:02 ended_at=+14d10:12
contact_id=5 customer_key=k started_at=+14d10:03 ended_at=+14d10:13
contact_id=6 reason=bill started_at=+14d10:04 ended_at=+14d10:14
contact_id=7 reason=bill started_at=+14d10:05 ended_at=+14d10:15";
    let context = centre(&[("contacts", contacts)]);
    // Exactly seven days is within them; a minute more is not; what is missing equals nothing.
    near(value(&context, "repeat_contact_rate").await, 1.0 / 7.0);
    // The earlier contact may lie before the range.
    near(value(&context, "repeat_contact_rate from=+7d00:00 to=+8d00:00").await, 1.0);
}
