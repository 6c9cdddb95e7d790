//! KPIs against numbers worked by hand, vendors' documented examples among them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod golden {
    pub mod fixture;
}

use golden::fixture::{ask, by_period, centre, value};

#[track_caller]
fn near(got: Option<f64>, want: f64) {
    assert!(got.is_some_and(|g| (g - want).abs() < 1e-9), "got {got:?}, want {want}");
}

#[track_caller]
fn about(got: Option<f64>, want: f64) {
    assert!(got.is_some_and(|g| (g - want).abs() < 0.000_5), "got {got:?}, want about {want}");
}

/// ICMI: answered 1000 (860 within 20 s), abandoned 60 (20 within 20 s, 10 of them within 5 s).
const ICMI: &str = "
x860 queue=q enqueued_at=10:00 left_at=10:00:20 wait_ms=20000 outcome=answered
x140 queue=q enqueued_at=10:00 left_at=10:00:21 wait_ms=20001 outcome=answered
x10 queue=q enqueued_at=10:00 left_at=10:00:05 wait_ms=5000 outcome=abandoned
x10 queue=q enqueued_at=10:00 left_at=10:00:20 wait_ms=20000 outcome=abandoned
x40 queue=q enqueued_at=10:00 left_at=10:00:40 wait_ms=40000 outcome=abandoned";

#[tokio::test]
async fn nine_service_levels_from_the_same_calls() {
    let context = centre(&[("queue_stints", ICMI)]);
    for (name, numerator, denominator) in [
        ("service_level", 860.0, 1050.0),
        ("service_level_sl1", 860.0, 1000.0),
        ("service_level_sl2", 860.0, 1060.0),
        ("service_level_sl3", 860.0, 1040.0),
        ("service_level_sl4", 880.0, 1060.0),
        ("service_level_sl4b", 870.0, 1060.0),
        ("service_level_sl5", 880.0, 1060.0),
        ("service_level_sl6", 860.0, 1060.0),
        ("service_level_sl7", 860.0, 1060.0),
    ] {
        let rows = ask(&context, name).await;
        assert_eq!((rows[0].numerator, rows[0].denominator, rows[0].n), (Some(numerator), Some(denominator), denominator as i64));
        near(rows[0].value, numerator / denominator);
    }
    near(value(&context, "abandonment_rate").await, 60.0 / 1060.0);
    near(value(&context, "abandonment_rate_net").await, 50.0 / 1050.0);
    near(value(&context, "short_abandons").await, 10.0);
    near(value(&context, "short_abandons p.short_s=20").await, 20.0);
    near(value(&context, "answer_rate").await, 1000.0 / 1060.0);
}

#[tokio::test]
async fn cisco_70_10_20() {
    let rows = "
x70 queue=q enqueued_at=10:00 left_at=10:00:10 wait_ms=10000 outcome=answered
x10 queue=q enqueued_at=10:00 left_at=10:00:15 wait_ms=15000 outcome=abandoned
x20 queue=q enqueued_at=10:00 left_at=10:01 wait_ms=60000 outcome=answered";
    let context = centre(&[("queue_stints", rows)]);
    about(value(&context, "service_level_sl3").await, 0.778);
    near(value(&context, "service_level_sl2").await, 0.7);
    near(value(&context, "service_level_sl4").await, 0.8);
}

#[tokio::test]
async fn flow_outs_callbacks_and_outbound_find_their_places() {
    let rows = "
x6 queue=q enqueued_at=10:00 left_at=10:00:10 wait_ms=10000 outcome=answered
x2 queue=q enqueued_at=10:00 left_at=10:00:10 wait_ms=10000 outcome=flow_out
queue=q enqueued_at=10:00 left_at=10:00:10 wait_ms=10000 outcome=callback
queue=q enqueued_at=10:00 outcome=waiting
x5 queue=q direction=outbound enqueued_at=10:00 left_at=10:00:10 wait_ms=10000 outcome=answered";
    let context = centre(&[("queue_stints", rows)]);
    near(value(&context, "offered").await, 10.0);
    near(value(&context, "flow_out_rate").await, 0.2);
    near(value(&context, "service_level_sl5").await, 0.7);
    near(value(&context, "service_level_sl7").await, 0.75);
    near(value(&context, "service_level").await, 0.6);
}

#[tokio::test]
async fn connect_52_minutes_or_7_30_15() {
    let legs = "agent_id=a outcome=handled accepted_at=05:23 ended_at=06:15 talk_ms=3120000 hold_ms=0 hold_count=0";
    let context = centre(&[("agent_legs", legs)]);
    assert_eq!(by_period(&context, "talk grain=30m basis=completion").await, [("06:00".to_owned(), 3120.0)]);
    let clipped = by_period(&context, "talk grain=30m from=05:00 to=07:00 basis=clipped").await;
    assert_eq!(clipped, [("05:00".to_owned(), 420.0), ("05:30".to_owned(), 1800.0), ("06:00".to_owned(), 900.0)]);
}

#[tokio::test]
async fn genesys_0_16_30_or_14_27_5() {
    let legs = "
agent_id=a outcome=handled accepted_at=09:16 ended_at=09:32 talk_ms=960000 hold_ms=0 hold_count=0
agent_id=a outcome=handled accepted_at=09:35 ended_at=10:05 talk_ms=1800000 hold_ms=0 hold_count=0";
    let context = centre(&[("agent_legs", legs)]);
    let whole = by_period(&context, "talk grain=30m basis=completion").await;
    assert_eq!(whole, [("09:30".to_owned(), 960.0), ("10:00".to_owned(), 1800.0)]);
    let clipped = by_period(&context, "talk grain=30m from=09:00 to=10:30 basis=clipped").await;
    assert_eq!(clipped, [("09:00".to_owned(), 840.0), ("09:30".to_owned(), 1620.0), ("10:00".to_owned(), 300.0)]);
    near(value(&context, "talk basis=clipped from=09:20 to=10:00").await, 720.0 + 1500.0);
}

#[tokio::test]
async fn genesys_offered_at_7_answered_at_7_30() {
    let stints = "queue=q enqueued_at=07:28 left_at=07:32 wait_ms=240000 outcome=answered";
    let legs = "agent_id=a outcome=handled accepted_at=07:32 ended_at=08:17 talk_ms=2700000 hold_ms=0 hold_count=0";
    let context = centre(&[("queue_stints", stints), ("agent_legs", legs)]);
    assert_eq!(by_period(&context, "offered grain=30m").await, [("07:00".to_owned(), 1.0)]);
    assert_eq!(by_period(&context, "answered grain=30m").await, [("07:30".to_owned(), 1.0)]);
    assert_eq!(by_period(&context, "answered grain=30m basis=arrival").await, [("07:00".to_owned(), 1.0)]);
    assert_eq!(by_period(&context, "aht_leg grain=30m").await, [("08:00".to_owned(), 2700.0)]);
}

#[tokio::test]
async fn a_wait_of_3_58_to_4_03_is_2_and_3_minutes() {
    let context = centre(&[("queue_stints", "queue=q enqueued_at=03:58 left_at=04:03 wait_ms=300000 outcome=answered")]);
    let split = by_period(&context, "wait_time grain=1h from=03:00 to=05:00 basis=clipped").await;
    assert_eq!(split, [("03:00".to_owned(), 120.0), ("04:00".to_owned(), 180.0)]);
}

#[tokio::test]
async fn queuemetrics_three_queues_one_contact() {
    let stints = "
contact_id=c queue=q1 enqueued_at=10:00:00 left_at=10:00:59 wait_ms=59000 outcome=flow_out
contact_id=c queue=q2 enqueued_at=10:01:00 left_at=10:01:59 wait_ms=59000 outcome=flow_out
contact_id=c queue=q3 enqueued_at=10:02:00 left_at=10:02:30 wait_ms=30000 outcome=answered";
    let contacts = "contact_id=c started_at=10:00 ended_at=10:03 outcome=answered wait_ms=148000 talk_ms=30000 hold_ms=0 wrap_up_ms=0";
    let context = centre(&[("queue_stints", stints), ("contacts", contacts)]);
    near(value(&context, "offered").await, 3.0);
    near(value(&context, "answered").await, 1.0);
    near(value(&context, "asa").await, 30.0);
    near(value(&context, "longest_wait").await, 59.0);
    near(value(&context, "wait_time").await, 148.0);
    near(value(&context, "received").await, 1.0);
    near(value(&context, "aht_contact").await, 30.0);
}

#[tokio::test]
async fn an_empty_denominator_gives_null_and_an_empty_count_gives_zero() {
    let context = centre(&[]);
    for spec in trunkline_query::kpi::Registry::builtin().unwrap().specs() {
        let rows = ask(&context, &spec.name).await;
        match (spec.kind, rows.as_slice()) {
            (trunkline_query::kpi::KpiKind::Sum, [row]) => assert_eq!(row.value, Some(0.0), "{}", spec.name),
            (_, [row]) => assert_eq!((row.value, row.n), (None, 0), "{}", spec.name),
            (_, rows) => assert!(rows.is_empty() && spec.name == "channel_mix", "{}", spec.name),
        }
    }
}

#[tokio::test]
async fn percentiles_interpolate_between_rows() {
    let rows = "
enqueued_at=10:00 left_at=10:01 wait_ms=1000 outcome=answered
enqueued_at=10:00 left_at=10:01 wait_ms=2000 outcome=answered
enqueued_at=10:00 left_at=10:01 wait_ms=4000 outcome=answered
enqueued_at=10:00 left_at=10:01 wait_ms=8000 outcome=answered
enqueued_at=10:00 left_at=10:01 wait_ms=999000 outcome=abandoned";
    let context = centre(&[("queue_stints", rows)]);
    near(value(&context, "wait_p50").await, 3.0);
    about(value(&context, "wait_p90").await, 6.8);
    about(value(&context, "wait_p95").await, 7.4);
    near(value(&context, "waits_over_limit").await, 1.0);
    near(value(&context, "waits_over_limit p.limit_s=3").await, 3.0);
}

#[tokio::test]
async fn intervals_end_at_none_and_all() {
    let context = centre(&[("queue_stints", "x899 enqueued_at=10:00 left_at=10:01 wait_ms=1000 outcome=answered")]);
    assert_eq!(ask(&context, "abandonment_rate").await[0].lower, Some(0.0));
    assert_eq!(ask(&context, "answer_rate").await[0].upper, Some(1.0));
}

#[tokio::test]
async fn wilson_of_45_in_50() {
    let rows = "x45 enqueued_at=10:00 left_at=10:01 wait_ms=1000 outcome=answered\nx5 enqueued_at=10:00 outcome=waiting is_final=false";
    let context = centre(&[("queue_stints", rows)]);
    let rows = ask(&context, "answer_rate").await;
    about(rows[0].lower, 0.786_4);
    about(rows[0].upper, 0.956_5);
    assert_eq!(rows[0].finality, "provisional");
    assert_eq!(ask(&context, "asa").await[0].finality, "final");
    assert_eq!(ask(&context, "asa").await[0].lower, None);
    let nothing = &ask(&context, "containment").await[0];
    assert_eq!((nothing.value, nothing.lower, nothing.upper), (None, None, None), "of nothing nothing is known");
}

#[tokio::test]
async fn leg_times_by_their_own_ends() {
    let legs = "
contact_id=c1 agent_id=a outcome=handled accepted_at=10:00 ended_at=10:05 wrapped_up_at=10:31 talk_ms=240000 hold_ms=60000 hold_count=2 wrap_up_ms=60000
contact_id=c2 agent_id=a outcome=handled accepted_at=10:10 ended_at=10:15 talk_ms=300000 hold_ms=0 hold_count=0
contact_id=c3 agent_id=b outcome=handled direction=outbound accepted_at=10:20 ended_at=10:21 ring_ms=30000 talk_ms=60000 hold_ms=0 hold_count=0
contact_id=c4 agent_id=b outcome=handled accepted_at=10:25 hold_ms=0 hold_count=0";
    let context = centre(&[("agent_legs", legs)]);
    near(value(&context, "handled").await, 4.0);
    near(value(&context, "talk").await, 600.0);
    near(value(&context, "avg_talk").await, 200.0);
    near(value(&context, "avg_hold").await, 20.0);
    near(value(&context, "avg_hold_held").await, 60.0);
    near(value(&context, "avg_wrap_up").await, 20.0);
    near(value(&context, "aht_leg").await, 750.0 / 3.0);
    near(value(&context, "hold_rate").await, 0.25);
    assert_eq!(by_period(&context, "wrap_up grain=30m").await, [("10:30".to_owned(), 60.0)]);
    let aht = by_period(&context, "aht_leg grain=30m").await;
    assert_eq!(aht, [("10:00".to_owned(), 195.0), ("10:30".to_owned(), 360.0)]);
    let by_agent = ask(&context, "aht_leg by=agent_id").await;
    assert_eq!(
        by_agent.iter().map(|r| (r.by[0].as_deref(), r.value)).collect::<Vec<_>>(),
        [(Some("a"), Some(330.0)), (Some("b"), Some(90.0))]
    );
}

#[tokio::test]
async fn offers_not_taken() {
    let legs = "
x6 agent_id=a outcome=handled offered_at=10:00 accepted_at=10:00:04 ended_at=10:01 ring_ms=4000 talk_ms=56000
x2 agent_id=a outcome=missed offered_at=10:00 ring_ms=20000
agent_id=a outcome=declined offered_at=10:00 ring_ms=2000
agent_id=a outcome=cancelled offered_at=10:00 ring_ms=4000";
    let context = centre(&[("agent_legs", legs)]);
    near(value(&context, "agent_non_response").await, 0.3);
    near(value(&context, "ring_time").await, 7.0);
}

#[tokio::test]
async fn occupancy_counts_overlapping_chats_once() {
    // Handling 10:00-10:30 (two chats overlap), wrap-up 10:30-10:35, ringing 10:39-10:40, talk 10:40-10:50; available all hour.
    let legs = "
agent_id=a outcome=handled accepted_at=10:00 ended_at=10:20 talk_ms=1200000
agent_id=a outcome=handled accepted_at=10:10 ended_at=10:30 wrapped_up_at=10:35 talk_ms=1200000 wrap_up_ms=300000
agent_id=a outcome=handled offered_at=10:39 accepted_at=10:40 ended_at=10:50 ring_ms=60000 talk_ms=600000";
    let states = "
agent_id=a state=available started_at=10:00 ended_at=10:39
agent_id=a state=offered started_at=10:39 ended_at=10:40
agent_id=a state=available started_at=10:40 ended_at=11:00
agent_id=a state=not_ready started_at=11:00 ended_at=12:00";
    let context = centre(&[("agent_legs", legs), ("agent_states", states)]);
    let rows = ask(&context, "occupancy by=agent_id").await;
    // 45 minutes of handling, 14 idle, 1 ringing.
    near(rows[0].value, 45.0 / 60.0);
    assert_eq!((rows[0].n, rows[0].lower), (3, None));
    let halves = by_period(&context, "occupancy grain=30m from=10:00 to=11:00").await;
    assert_eq!(halves, [("10:00".to_owned(), 1.0), ("10:30".to_owned(), 0.5)]);
    near(value(&context, "contacts_per_hour").await, 3.0 / (59.0 / 60.0));
    // One gap: from the wrap-up's end 10:35 to the acceptance 10:40, four minutes of it available.
    near(value(&context, "idle_gap").await, 240.0);
}

#[tokio::test]
async fn self_service_and_turns() {
    let sessions = "
x5 kind=ivr started_at=10:00 ended_at=10:01 is_goal_reached=true is_handed_over=false
x3 kind=ivr started_at=10:00 ended_at=10:01 is_goal_reached=false is_handed_over=true
x2 kind=ivr started_at=10:00 ended_at=10:01 is_goal_reached=false is_handed_over=false
x10 kind=bot started_at=10:00 ended_at=10:01 is_goal_reached=false is_handed_over=false";
    let turns = "
contact_id=m1 channel=messaging is_first=true asked_at=09:00 bot_answered_at=09:05 answered_at=09:10
contact_id=m1 channel=messaging is_first=false asked_at=09:20 answered_at=09:22
contact_id=m1 channel=messaging is_first=true asked_at=+4d14:00 answered_at=+4d14:10
contact_id=m2 channel=email is_first=true asked_at=09:00
contact_id=v1 channel=chat is_first=true asked_at=09:00 answered_at=09:30";
    let context = centre(&[("self_service", sessions), ("responses", turns)]);
    near(value(&context, "containment").await, 17.0 / 20.0);
    near(value(&context, "ivr_abandonment").await, 0.2);
    // The reopened episode counts ten minutes from the new question, not five days from the first.
    near(value(&context, "first_response_time").await, 600.0);
    near(value(&context, "next_response_time").await, (600.0 + 120.0 + 600.0) / 3.0);
    near(value(&context, "responses_pending").await, 1.0);
}

#[tokio::test]
async fn repeats_and_first_contact_resolution() {
    let contacts = "
contact_id=c1 customer_key=k reason=bill channel=voice outcome=answered is_resolved=true first_agent_id=a started_at=10:00 ended_at=10:10
contact_id=c2 customer_key=k reason=bill channel=email outcome=answered is_resolved=true first_agent_id=b started_at=+7d10:05 ended_at=+7d10:20
contact_id=c3 customer_key=k reason=move channel=voice outcome=answered is_resolved=true first_agent_id=a started_at=+1d10:00 ended_at=+1d10:10
contact_id=c4 customer_key=m reason=bill channel=voice outcome=answered is_resolved=true first_agent_id=a started_at=10:00 ended_at=10:10
contact_id=c5 customer_key=m reason=bill channel=voice outcome=abandoned started_at=10:14 ended_at=10:15
contact_id=c6 customer_key=n outcome=answered is_resolved=true first_agent_id=b started_at=10:00 ended_at=10:10
contact_id=c7 customer_key=n outcome=answered is_resolved=false first_agent_id=b started_at=11:00 ended_at=11:10
contact_id=c8 customer_key=k reason=bill direction=outbound outcome=answered started_at=12:00 ended_at=12:10
contact_id=c9 customer_key=z reason=bill outcome=answered is_resolved=true first_agent_id=b started_at=+28d10:00 ended_at=+28d10:10";
    let context = centre(&[("contacts", contacts)]);
    // Inbound: 8. c2 starts 7 days and 5 minutes after c1 started: no repeat by start. c5 repeats c4.
    near(value(&context, "repeat_contact_rate").await, 1.0 / 8.0);
    near(value(&context, "repeat_contact_rate p.window_days=8").await, 2.0 / 8.0);
    // Cohort c1 c2 c3 c4 c6: c9 is too young, c7 unresolved. c1 is repeated by c2 within 7 days of its end; c5 came within 5 minutes of c4.
    let rows = ask(&context, "fcr_7d").await;
    assert_eq!((rows[0].numerator, rows[0].denominator), (Some(4.0), Some(5.0)));
    let rows = ask(&context, "fcr_7d by=agent_id").await;
    assert_eq!(rows.iter().map(|r| (r.numerator, r.denominator)).collect::<Vec<_>>(), [(Some(2.0), Some(3.0)), (Some(2.0), Some(2.0))]);
    near(value(&context, "fcr_7d watermark=+7d10:10").await, 2.0 / 3.0);
    let mix = ask(&context, "channel_mix").await;
    assert_eq!(
        mix.iter().map(|r| (r.by[0].as_deref(), r.value)).collect::<Vec<_>>(),
        [(Some("email"), Some(0.125)), (Some("voice"), Some(0.5)), (None, Some(0.375))]
    );
}
