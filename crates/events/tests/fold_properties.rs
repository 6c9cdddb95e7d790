//! Properties of the fold: whatever the events, in whatever order and however often they arrive.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use trunkline_events::fact::{AgentFacts, ContactFacts};
use trunkline_events::fold::{Finality, Folder, fold_agent, fold_contact};
use trunkline_events::{EventRow, Timestamp};

const FINALITY: Finality = Finality { watermark: Timestamp::from_seconds(1_000), grace_ms: 60_000 };

/// One event: type, milliseconds, payload.
#[derive(Debug, Clone)]
struct Made {
    kind: &'static str,
    at_ms: i64,
    members: Vec<(&'static str, String)>,
}

impl Made {
    fn new(kind: &'static str, at_ms: i64) -> Self {
        Self { kind, at_ms, members: Vec::new() }
    }

    fn text(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.members.push((name, format!("\"{}\"", value.as_ref())));
        self
    }

    fn raw(mut self, name: &'static str, value: impl ToString) -> Self {
        self.members.push((name, value.to_string()));
        self
    }

    fn data(&self) -> String {
        let members: Vec<String> = self.members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn lifted(&self, name: &str) -> Option<&str> {
        let (_, value) = self.members.iter().find(|(n, _)| *n == name)?;
        value.strip_prefix('"')?.strip_suffix('"')
    }
}

/// The events as rows, with ids by position in the list.
fn with_rows<T>(made: &[Made], fold: impl FnOnce(&[EventRow<'_>]) -> T) -> T {
    let texts: Vec<(String, String)> = made.iter().enumerate().map(|(i, m)| (format!("{:x}-{i}", i * 7919 % 101), m.data())).collect();
    let row = |(i, (m, (id, data))): (usize, (&'_ Made, &'_ (String, String)))| -> (usize, Made, String, String) {
        (i, m.clone(), id.clone(), data.clone())
    };
    let owned: Vec<_> = made.iter().zip(&texts).enumerate().map(row).collect();
    let rows: Vec<EventRow<'_>> = owned
        .iter()
        .map(|(i, m, id, data)| EventRow {
            event_id: id,
            source: "s",
            kind: m.kind,
            occurred_at: Timestamp::from_millis(m.at_ms),
            recorded_at: Timestamp::from_millis(m.at_ms + *i as i64),
            subject: None,
            contact_id: Some("c"),
            channel: m.lifted("channel"),
            direction: m.lifted("direction"),
            queue: m.lifted("queue"),
            agent_id: m.lifted("agent_id"),
            customer_key: None,
            case_id: None,
            connector: "t",
            schema_version: 1,
            journal: "j",
            journal_seq: *i as i64,
            data,
        })
        .collect();
    fold(&rows)
}

const KINDS: &[&str] = &[
    "contact.started",
    "contact.updated",
    "contact.state_changed",
    "contact.ended",
    "entity.linked",
    "routing.decided",
    "queue.entered",
    "queue.exited",
    "offer.made",
    "offer.ended",
    "participant.connected",
    "participant.disconnected",
    "hold.started",
    "hold.ended",
    "transfer.updated",
    "wrapup.started",
    "wrapup.ended",
    "disposition.set",
    "message.received",
    "message.sent",
    "selfservice.started",
    "selfservice.ended",
    "note.added",
    "case.updated",
    "agent.state_changed",
    "record.corrected",
    "source.status_reported",
    "nobody.knows",
];

/// Members with values that may fit together, or not at all.
fn member() -> impl Strategy<Value = (&'static str, String)> {
    let text = |name: &'static str, values: &'static [&'static str]| select(values).prop_map(move |v| (name, format!("\"{v}\""))).boxed();
    let length = |name: &'static str| {
        prop_oneof![4 => (0..90_000_i64).prop_map(|v| v.to_string()), 1 => select(vec!["-5", "null", "\"7\"", "1e300", "9223372036854775807", "{}"]).prop_map(str::to_string)]
            .prop_map(move |v| (name, v))
            .boxed()
    };
    prop_oneof![
        text("queue", &["q1", "q2", ""]),
        text("visit_id", &["v1", "v2", "v3"]),
        text("offer_id", &["o1", "o2", "o3"]),
        text("participant_id", &["p1", "p2", "p3"]),
        text("agent_id", &["a1", "a2"]),
        text("role", &["agent", "agent", "customer", "supervisor", "bot"]),
        text("mode", &["talk", "talk", "monitor"]),
        text(
            "outcome",
            &[
                "answered",
                "abandoned",
                "timed_out",
                "callback_requested",
                "error",
                "accepted",
                "no_answer",
                "declined",
                "contained",
                "handoff",
                "?"
            ]
        ),
        text("by", &["a1", "p1", "customer", "agent"]),
        text("phase", &["completed", "initiated"]),
        text("kind", &["blind", "attended", "conference", "external", "ivr"]),
        text("ended_by", &["customer", "system", "agent", "unknown"]),
        text("author", &["customer", "agent", "bot", "system"]),
        text("state", &["available", "not_ready", "busy", "wrapup", "offline", "unknown"]),
        text("transition", &["login", "logout", "change", "change"]),
        text("scope", &["all", "queue(q1)", "queue(q2)", "channel(chat)"]),
        text("direction", &["inbound", "outbound"]),
        text("status", &["restarted", "heartbeat"]),
        text("target_id", &["0-0", "27-1", "4e-2"]),
        text("_seq", &["1", "2", "03", "b"]),
        text("reason", &["agent_dump", "transfer", "l\\u00ed"]),
        Just(("replacement", r#"{"type":"queue.entered","data":{"queue":"q9"}}"#.to_string())),
        Just(("target", r#"{"kind":"agent","id":"a2"}"#.to_string())),
        select(vec!["true", "false"]).prop_map(|v| ("automatic", v.to_string())),
        select(vec!["true", "false"]).prop_map(|v| ("wait_unknown", v.to_string())),
        select(vec!["0", "1", "2"]).prop_map(|v| ("revision", v.to_string())),
        length("wait_ms"),
        length("ring_ms"),
        length("held_ms"),
        length("wrapup_ms"),
        length("talk_ms"),
        length("login_ms"),
    ]
}

fn nonsense() -> impl Strategy<Value = Vec<Made>> {
    let event = (select(KINDS), (0..40_i64).prop_map(|t| t * 2_500), vec(member(), 0..7)).prop_map(|(kind, at_ms, mut members)| {
        members.sort_by_key(|(name, _)| *name);
        members.dedup_by_key(|(name, _)| *name);
        Made { kind, at_ms, members }
    });
    vec(event, 0..24)
}

/// A call as calls go: some stays, an agent at times, holds, transfers, wrap-up; now and then an event is missing.
fn plausible() -> impl Strategy<Value = Vec<Made>> {
    let stay = (1..60_000_i64, 0..5_u8, 0..90_000_i64, 0..20_000_i64, any::<bool>());
    (vec(stay, 0..4), any::<bool>(), vec(0..100_u8, 40), select(vec!["customer", "agent", "system"])).prop_map(
        |(stays, has_ivr, luck, by)| {
            let (mut t, mut out) = (0_i64, vec![Made::new("contact.started", 0).text("channel", "voice").text("direction", "inbound")]);
            if has_ivr {
                out.push(Made::new("selfservice.started", t).text("kind", "ivr"));
                t += 8_000;
                out.push(Made::new("selfservice.ended", t).text("outcome", "handoff"));
            }
            for (i, (wait, ending, talk, hold, is_transferred)) in stays.into_iter().enumerate() {
                let (visit, offer, part, agent) = (format!("v{i}"), format!("o{i}"), format!("p{i}"), format!("a{i}"));
                out.push(Made::new("queue.entered", t).text("queue", format!("q{i}")).text("visit_id", &visit));
                t += wait;
                let said = ["answered", "abandoned", "timed_out", "callback_requested", "error"][ending as usize];
                out.push(Made::new("offer.made", t - wait / 2).text("offer_id", &offer).text("agent_id", &agent));
                let end = if ending == 0 { "accepted" } else { "no_answer" };
                out.push(Made::new("offer.ended", t).text("offer_id", &offer).text("agent_id", &agent).text("outcome", end));
                out.push(Made::new("queue.exited", t).text("visit_id", &visit).text("outcome", said).raw("wait_ms", wait));
                if ending != 0 {
                    continue;
                }
                out.push(
                    Made::new("participant.connected", t).text("participant_id", &part).text("role", "agent").text("agent_id", &agent),
                );
                out.push(Made::new("hold.started", t + talk / 3).text("participant_id", &part));
                out.push(Made::new("hold.ended", t + talk / 3 + hold).text("participant_id", &part).raw("held_ms", hold));
                t += talk + hold;
                if is_transferred {
                    out.push(Made::new("transfer.updated", t).text("phase", "completed").text("kind", "blind").text("by", &agent));
                }
                out.push(Made::new("participant.disconnected", t).text("participant_id", &part).text("by", "customer"));
                out.push(Made::new("wrapup.started", t).text("agent_id", &agent));
                out.push(Made::new("wrapup.ended", t + hold).text("agent_id", &agent).raw("wrapup_ms", hold));
            }
            out.push(Made::new("contact.ended", t).text("ended_by", by));
            let mut luck = luck.into_iter();
            out.retain(|_| luck.next().is_none_or(|n| n >= 7));
            out
        },
    )
}

fn contacts() -> impl Strategy<Value = Vec<Made>> {
    prop_oneof![plausible(), nonsense()]
}

fn check_sums(facts: &ContactFacts) {
    let Some(c) = &facts.contact else {
        assert!(facts.stints.is_empty() && facts.legs.is_empty() && facts.responses.is_empty() && facts.sessions.is_empty());
        return;
    };
    assert_eq!(c.stint_count, facts.stints.len() as i64);
    assert_eq!(c.leg_count, facts.legs.len() as i64);
    assert_eq!(c.wait_ms.unwrap_or(0), facts.stints.iter().filter_map(|s| s.wait_ms).sum::<i64>());
    assert_eq!(c.talk_ms, facts.legs.iter().filter_map(|l| l.talk_ms).sum::<i64>());
    assert_eq!(c.hold_ms, facts.legs.iter().map(|l| l.hold_ms).sum::<i64>());
    assert_eq!(c.hold_count, facts.legs.iter().map(|l| l.hold_count).sum::<i64>());
    assert_eq!(c.wrap_up_ms, facts.legs.iter().filter_map(|l| l.wrap_up_ms).sum::<i64>());
    let is_answered = facts.legs.iter().any(|l| l.outcome == "handled");
    assert_eq!(c.outcome == "open", c.ended_at.is_none());
    assert!(c.outcome == "open" || !is_answered || c.outcome == "answered", "{}", c.outcome);
    assert!(!c.provenance.is_final || c.ended_at.is_some());
}

fn check_stints(facts: &ContactFacts) {
    for (s, no) in facts.stints.iter().zip(1..) {
        assert_eq!(s.stint_no, no);
        assert!(["answered", "abandoned", "flow_out", "callback", "dropped", "waiting"].contains(&s.outcome.as_str()), "{}", s.outcome);
        assert_eq!(s.outcome == "waiting", s.left_at.is_none() && s.wait_ms.is_none() && s.outcome == "waiting");
        assert!(s.left_at.is_none_or(|left| left >= s.enqueued_at) && s.wait_ms.is_none_or(|w| w >= 0) && s.ring_ms >= 0, "{s:?}");
        assert!(s.agent_id.is_none() || s.outcome == "answered");
    }
    assert!(facts.stints.windows(2).all(|w| w[0].enqueued_at <= w[1].enqueued_at));
    assert!(facts.stints.iter().filter(|s| s.outcome == "waiting").count() <= 1);
}

fn check_legs(facts: &ContactFacts) {
    for (l, no) in facts.legs.iter().zip(1..) {
        assert_eq!(l.leg_no, no);
        assert!(["handled", "missed", "declined", "cancelled"].contains(&l.outcome.as_str()), "{}", l.outcome);
        assert!([l.ring_ms, l.talk_ms, l.wrap_up_ms, Some(l.hold_ms)].iter().flatten().all(|ms| *ms >= 0), "{l:?}");
        assert!(l.outcome == "handled" || l.talk_ms.is_none() && l.hold_ms == 0, "{l:?}");
        if let (Some(talk), Some(ended), Some(offered)) = (l.talk_ms, l.ended_at, l.offered_at.or(l.accepted_at)) {
            assert!(talk + l.hold_ms <= ended.millis_since(offered.min(l.accepted_at.unwrap_or(offered))), "{l:?}");
        }
        assert!(l.has_wrap_up || l.wrap_up_ms.is_none() && l.wrapped_up_at.is_none(), "{l:?}");
    }
    for t in &facts.responses {
        assert!(t.answered_at.is_none_or(|at| at >= t.asked_at) && t.bot_answered_at.is_none_or(|at| at >= t.asked_at), "{t:?}");
    }
    assert!(facts.sessions.iter().all(|s| s.ended_at.is_none_or(|end| end >= s.started_at)));
}

fn check_states(facts: &AgentFacts) {
    for s in &facts.states {
        assert!(s.ended_at.is_none_or(|end| end > s.started_at), "{s:?}");
    }
    for pair in facts.states.windows(2) {
        assert!(pair[0].ended_at.is_some_and(|end| end <= pair[1].started_at), "{pair:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn facts_hold_together(made in contacts()) {
        with_rows(&made, |rows| {
            let facts = fold_contact(rows, FINALITY);
            check_sums(&facts);
            check_stints(&facts);
            check_legs(&facts);
        });
    }

    #[test]
    fn order_of_arrival_and_duplicates_do_not_matter(made in contacts(), picks in vec(any::<prop::sample::Index>(), 0..12), seed in any::<u64>()) {
        with_rows(&made, |rows| {
            let mut shuffled = rows.to_vec();
            if !rows.is_empty() {
                shuffled.extend(picks.iter().map(|i| *i.get(rows)));
            }
            let mut state = seed;
            for i in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                shuffled.swap(i, (state >> 33) as usize % (i + 1));
            }
            let mut folder = Folder::default();
            let expected = folder.contact(rows, FINALITY);
            assert_eq!(folder.contact(&shuffled, FINALITY), expected);
            assert_eq!(fold_agent(&shuffled, FINALITY), folder.agent(rows, FINALITY));
        });
    }

    #[test]
    fn agents_are_in_one_state_at_a_time(made in nonsense()) {
        let made: Vec<Made> = made
            .into_iter()
            .map(|m| Made { kind: if m.kind == "source.status_reported" || m.at_ms % 10_000 == 0 { "source.status_reported" } else { "agent.state_changed" }, ..m })
            .collect();
        with_rows(&made, |rows| check_states(&fold_agent(rows, FINALITY)));
    }

    #[test]
    fn no_text_and_no_instant_makes_it_panic(kind in select(KINDS), data in ".{0,60}", other in r#"\{("[a-z_]{1,12}":("[^"]{0,8}"|-?[0-9]{1,20}|\{|\[|\\|"),?){0,5}"#, times in vec(any::<i64>(), 3)) {
        let rows: Vec<EventRow<'_>> = [(kind, &data), ("queue.entered", &other), ("participant.disconnected", &other)]
            .into_iter()
            .zip(times)
            .zip(["1", "2", "3"])
            .map(|(((kind, data), at), id)| EventRow {
                event_id: id,
                source: "",
                kind,
                occurred_at: Timestamp::from_micros(at),
                recorded_at: Timestamp::from_micros(at),
                agent_id: Some("a"),
                connector: "",
                journal: "",
                journal_seq: 0,
                data,
                ..EventRow::default()
            })
            .collect();
        let _ = (fold_contact(&rows, FINALITY), fold_agent(&rows, FINALITY));
    }
}
