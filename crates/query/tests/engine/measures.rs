//! `MEASURE` through the engine: agents' clocks, joins that are right, and refusals whose rewrite works.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use trunkline_query::kpi::agent_time::view_columns;

use super::ask::{centre, empty, refusal, rows, text};

const STINTS: &str =
    "contact_id=c1 source=s queue=a outcome=answered enqueued_at=2026-03-02T10:00:00Z left_at=2026-03-02T10:00:10Z wait_ms=10000
contact_id=c2 source=s queue=a outcome=abandoned enqueued_at=2026-03-02T10:00:00Z left_at=2026-03-02T10:00:30Z wait_ms=30000
contact_id=c3 source=s queue=b outcome=answered enqueued_at=2026-03-02T11:00:00Z left_at=2026-03-02T11:00:20Z wait_ms=20000";
const CONTACTS: &str = "contact_id=c1 source=s reason=bill started_at=2026-03-02T10:00:00Z outcome=answered
contact_id=c2 source=s reason=bill started_at=2026-03-02T10:00:00Z outcome=abandoned
contact_id=c3 source=s reason=move started_at=2026-03-02T11:00:00Z outcome=answered
contact_id=c3 source=other reason=move started_at=2026-03-02T11:00:00Z outcome=answered";
const LEGS: &str = "contact_id=c1 source=s queue=a agent_id=x outcome=handled offered_at=2026-03-02T09:59:50Z accepted_at=2026-03-02T10:00:10Z ended_at=2026-03-02T10:40:10Z ring_ms=20000
contact_id=c1 source=s queue=a agent_id=y outcome=handled accepted_at=2026-03-02T10:00:10Z ended_at=2026-03-02T10:10:10Z
contact_id=c3 source=s queue=b agent_id=x outcome=handled accepted_at=2026-03-02T11:00:20Z ended_at=2026-03-02T11:20:20Z";
const STATES: &str = "agent_id=x source=s state=available started_at=2026-03-02T09:00:00Z ended_at=2026-03-02T12:00:00Z
agent_id=y source=s state=available started_at=2026-03-02T10:00:10Z ended_at=2026-03-02T10:20:10Z";

#[tokio::test]
async fn agents_clocks_by_agent_and_by_hour() {
    let engine = centre(&[("agent_legs", LEGS), ("agent_states", STATES)]);
    // x: 40 + 20 minutes of three hours; y: 10 of 20 minutes.
    let by_agent = "SELECT agent_id, MEASURE(occupancy) * 180 AS o, round(MEASURE(contacts_per_hour), 6), MEASURE(idle_gap) FROM kpi.agent_time GROUP BY 1 ORDER BY 1";
    let got = rows(&engine, by_agent).await;
    assert!(got[0].starts_with("x|60.0|0.6") && got[0].ends_with("|1210.0"), "{got:?}");
    assert_eq!(got[1], "y|90.0|3.0|-");
    // From 10:00 to 11:00 x handles 40 minutes and rings 10 seconds, y handles 10 of 20 minutes.
    let by_hour = "SELECT MEASURE(occupancy) * 80 AS o, sum(ringing_us) AS r FROM kpi.agent_time \
                   WHERE started_at >= '2026-03-02T10:00:00Z' AND started_at < '2026-03-02T11:00:00Z' \
                   GROUP BY local_bucket(started_at, 'UTC', '1h')";
    assert_eq!(rows(&engine, by_hour).await, ["50.0|10000000"]);
    // In Kathmandu, 5:45 ahead, hours begin at a quarter past: 14:50 + 10 minutes, 25:10 + 14:40, 5:20.
    let there = "SELECT round(sum(handling_us) / 60000000, 2) AS minutes FROM kpi.agent_time GROUP BY local_bucket(started_at, 'Asia/Kathmandu', '1h') \
                 HAVING sum(handling_us) > 0 ORDER BY min(started_at)";
    assert_eq!(rows(&engine, there).await, ["24.83", "39.83", "5.33"]);
    let asked = "SELECT k.value = m.o AS same FROM kpi('occupancy', 'agent_id') k JOIN \
                 (SELECT agent_id, MEASURE(occupancy) AS o FROM kpi.agent_time GROUP BY agent_id) AS m USING (agent_id)";
    assert_eq!(rows(&engine, asked).await, ["true", "true"]);
}

#[tokio::test]
async fn the_view_is_described_as_it_is() {
    let engine = empty();
    let said: Vec<String> = view_columns().into_iter().map(|(name, _)| name.to_owned()).collect();
    let described = "SELECT name FROM catalog.columns WHERE \"table\" = 'kpi.agent_time' ORDER BY position";
    assert_eq!(rows(&engine, described).await, said);
    assert_eq!(rows(&engine, "SELECT kind FROM catalog.tables WHERE name = 'kpi.agent_time'").await, ["view"]);
    assert_eq!(rows(&engine, "DESCRIBE kpi.agent_time").await.len(), said.len());
    let batches = engine.collect("SELECT * FROM kpi.agent_time", &BTreeMap::new()).await.unwrap();
    for (field, (name, kind)) in batches[0].schema().fields().iter().zip(view_columns()) {
        let same = *field.data_type() == kind || (kind == DataType::Utf8 && *field.data_type() == DataType::Utf8View);
        assert!(field.name() == name && same, "{field:?} is not {name} {kind}");
    }
}

#[tokio::test]
async fn counts_are_whole_numbers() {
    let engine = centre(&[("queue_stints", STINTS)]);
    let sql = "SELECT MEASURE(offered), MEASURE(waits_over_limit), MEASURE(asa), MEASURE(wait_time) FROM kpi.queue_stints";
    let batches = engine.collect(sql, &BTreeMap::new()).await.unwrap();
    let kinds: Vec<String> = batches[0].schema().fields().iter().map(|f| f.data_type().to_string()).collect();
    assert_eq!(kinds, ["Int64", "Int64", "Float64", "Float64"]);
    assert_eq!(text(&batches), ["3|0|15.0|60.0"]);
}

#[tokio::test]
async fn a_join_by_a_key_repeats_nothing() {
    let engine = centre(&[("queue_stints", STINTS), ("contacts", CONTACTS), ("agent_legs", LEGS)]);
    let by_reason = "SELECT reason, MEASURE(offered), MEASURE(answer_rate), MEASURE(asa) FROM kpi.queue_stints s \
                     JOIN contacts c ON c.source = s.source AND c.contact_id = s.contact_id GROUP BY reason ORDER BY reason";
    assert_eq!(rows(&engine, by_reason).await, ["bill|2|0.5|10.0", "move|1|1.0|20.0"]);
    let by_size = "WITH busy AS (SELECT queue, count(*) AS legs FROM agent_legs GROUP BY queue) \
                   SELECT busy.legs, MEASURE(offered) FILTER (WHERE busy.legs > 1) AS busy, MEASURE(offered) FROM kpi.queue_stints AS s \
                   LEFT JOIN busy ON busy.queue = s.queue GROUP BY busy.legs ORDER BY 1";
    assert_eq!(rows(&engine, by_size).await, ["1|0|1", "2|2|2"]);
}

/// The statement in a hint.
fn rewrite(hint: &str) -> String {
    hint.trim_start_matches("write ").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_refused_says_what_works_instead() {
    let engine = centre(&[("queue_stints", STINTS), ("agent_legs", LEGS), ("agent_states", STATES)]);
    for (sql, lines) in [
        ("SELECT MEASURE(asa) FROM kpi.queue_stints s JOIN agent_legs l ON l.contact_id = s.contact_id", 3),
        ("SELECT MEASURE(asa) FROM kpi.queue_stints s, agent_legs l", 3),
        ("SELECT MEASURE(asa) OVER (ORDER BY queue) FROM kpi.queue_stints", 2),
        ("SELECT MEASURE(asa) FROM contacts", 2),
        ("SELECT MEASURE(occupancy) FROM kpi.agent_legs", 2),
        ("SELECT MEASURE(occupancy) FROM kpi.agent_time t JOIN agent_states s ON s.agent_id = t.agent_id", 2),
        ("SELECT MEASURE(received) OVER () FROM kpi.contacts", 0),
    ] {
        let error = refusal(&engine, sql).await;
        assert!(error.is_usage && error.primary.contains("cannot stand here"), "{sql}: {error:?}");
        assert!(error.detail.clone().is_some_and(|detail| detail.contains('^')), "{sql}: {error:?}");
        let instead = rewrite(&error.hint.unwrap());
        assert_eq!(rows(&engine, &instead).await.len(), lines, "{instead}");
    }
    let error = refusal(&engine, "SELECT MEASURE(fcr) FROM kpi.contacts").await;
    assert!(error.hint.unwrap().ends_with("SELECT * FROM kpi('fcr_7d', grain => '1d')"));
}

#[tokio::test]
async fn windows_over_groups_work_in_place() {
    let engine = centre(&[("queue_stints", STINTS)]);
    let sql = "SELECT queue, MEASURE(asa) - lag(MEASURE(asa)) OVER (ORDER BY queue) AS more, \
               sum(MEASURE(offered)) OVER (ORDER BY queue) AS so_far FROM kpi.queue_stints GROUP BY queue ORDER BY queue";
    assert_eq!(rows(&engine, sql).await, ["a|-|2", "b|10.0|3"]);
}
