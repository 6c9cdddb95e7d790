//! A small centre drawn from a linear congruential sequence: the same on every machine. Three days over a clock change of Madrid.

use std::collections::HashMap;

use trunkline_events::Timestamp;
use trunkline_query::{Client, Engine, EngineOptions, Grant, Rights, postgres::Identity};

use super::ask::batch;

/// 2026-03-28T00:00:00Z.
const FIRST: i64 = 1_774_656_000;
/// First instant inside and first outside, in Madrid.
pub const RANGE: (&str, &str) = ("2026-03-27", "2026-04-03");
pub const ZONE: &str = "Europe/Madrid";

/// Lines of every fact.
pub fn facts() -> Vec<(&'static str, String)> {
    let mut state = 7_u64;
    let mut draw = move |below: u64| -> i64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).unwrap()
    };
    let (mut stints, mut legs, mut contacts, mut turns, mut sessions, mut states) = Default::default();
    let all: [&mut String; 6] = [&mut stints, &mut legs, &mut contacts, &mut turns, &mut sessions, &mut states];
    let [stints, legs, contacts, turns, sessions, states] = all;
    for id in 0..300 {
        let (start, wait, talk, wrap) = (draw(3 * 86_400), draw(30) * draw(11), 30 + draw(900), draw(60));
        let outcome = ["answered", "answered", "abandoned", "flow_out", "callback", "dropped", "waiting"][draw(7) as usize];
        let (queue, channel) = (["a", "b", "c"][draw(3) as usize], ["voice", "email"][draw(2) as usize]);
        let direction = ["direction=inbound", "direction=outbound", ""][draw(3) as usize];
        let left = start + wait;
        let exit = match (outcome, draw(5)) {
            ("waiting", _) => String::new(),
            (_, 0) => format!("wait_ms={}", wait * 1000),
            _ => format!("left_at={} wait_ms={}", at(left), wait * 1000),
        };
        let own = format!("contact_id=c{id} source=s channel={channel} {direction}");
        *stints += &format!("{own} queue={queue} enqueued_at={} outcome={outcome} agent_id=g{} {exit}\n", at(start), draw(5));
        let offered = format!("{own} leg_no=1 queue={queue} agent_id=g{} offered_at={} ring_ms=5000", draw(5), at(left));
        let (accepted, ended) = (left + 5, left + 5 + talk);
        *legs += &match outcome {
            "answered" => handled(&mut draw, &offered, accepted, (talk, wrap)),
            _ => format!("{offered} outcome={}\n", ["missed", "declined", "cancelled"][draw(3) as usize]),
        };
        let ends = if outcome == "waiting" { String::new() } else { format!("ended_at={}", at(ended)) };
        *contacts += &format!(
            "{own} first_queue={queue} first_agent_id=g1 reason=r{} customer_key=k{} started_at={} {ends} outcome={outcome} transfer_count={} talk_ms={} is_resolved={}\n",
            draw(3),
            draw(40),
            at(start - 20),
            draw(2),
            talk * 1000,
            draw(2) == 1
        );
        let answered = if draw(4) > 0 { format!("answered_at={}", at(start + 600 + draw(9000))) } else { String::new() };
        *turns += &format!(
            "contact_id=c{id} source=s turn_no=1 channel={channel} queue={queue} asked_at={} is_first={} {answered}\n",
            at(start),
            draw(2) == 1
        );
        *sessions += &format!(
            "session_id=x{id} source=s channel={channel} started_at={} ended_at={} is_handed_over={}\n",
            at(start - 20),
            at(start),
            draw(2) == 1
        );
    }
    for (agent, slot) in (0..5).flat_map(|agent| (0..36).map(move |slot| (agent, slot * 7200))) {
        *states += &format!("agent_id=g{agent} source=s state=available started_at={} ended_at={}\n", at(slot), at(slot + 7000));
    }
    vec![
        ("queue_stints", stints.clone()),
        ("agent_legs", legs.clone()),
        ("contacts", contacts.clone()),
        ("responses", turns.clone()),
        ("self_service", sessions.clone()),
        ("agent_states", states.clone()),
    ]
}

/// The rest of a leg that was accepted, talked on and perhaps wrapped up for so many seconds.
fn handled(draw: &mut impl FnMut(u64) -> i64, offered: &str, accepted: i64, (talk, wrap): (i64, i64)) -> String {
    let ended = accepted + talk;
    let wrapped = match draw(3) {
        0 => String::new(),
        _ => format!("wrapped_up_at={} wrap_up_ms={} has_wrap_up=true", at(ended + wrap), wrap * 1000),
    };
    let (hold, holds) = (draw(20) * 1000, draw(2));
    format!(
        "{offered} outcome=handled accepted_at={} ended_at={} talk_ms={} hold_ms={hold} hold_count={holds} {wrapped}\n",
        at(accepted),
        at(ended),
        talk * 1000
    )
}

/// An instant so many seconds after the first.
fn at(seconds: i64) -> String {
    let stamp = jiff::Timestamp::from_second(FIRST + seconds).unwrap();
    stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An engine over them, in Madrid.
pub fn centre() -> Engine {
    let rows: HashMap<_, _> = facts().into_iter().map(|(table, lines)| (table.to_owned(), vec![batch(table, &lines)])).collect();
    let watermark = Some(Timestamp::from_seconds(FIRST + 30 * 86_400));
    Engine::in_memory(rows, &EngineOptions { zone: ZONE.into(), watermark, ..EngineOptions::default() }).unwrap()
}

/// A grant of whole tables.
pub fn grant(tables: &str) -> Grant {
    Grant { tables: tables.into(), ..Grant::default() }
}

/// The session of a client with these grants, who looks in `schemas` for names without one.
pub async fn fork(engine: &Engine, grants: Vec<Grant>, schemas: &[&str]) -> Engine {
    let rights = Rights::of(grants);
    let identity = Identity { user: "north".into(), database: "trunkline".into(), backend_pid: 1, sessions: None };
    let schemas = schemas.iter().map(ToString::to_string).collect();
    engine.fork(&Client { zone: ZONE, schemas, rights: &rights, identity, views: std::sync::Arc::default() }).await.unwrap()
}
