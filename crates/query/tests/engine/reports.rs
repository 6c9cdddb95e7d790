//! The reports of the library on small facts, worked by hand.

use std::collections::BTreeMap;

use jiff::civil::date;
use trunkline_query::Engine;
use trunkline_query::library::{Header, Library, Query};

use super::ask::{centre, empty, text};

const STINTS: &str = "
contact_id=c1 stint_no=1 queue=sales channel=voice enqueued_at=2026-03-29T00:10:00Z outcome=answered wait_ms=10000
contact_id=c2 stint_no=1 queue=sales channel=voice enqueued_at=2026-03-29T01:10:00Z outcome=answered wait_ms=30000
contact_id=c3 stint_no=1 queue=sales channel=voice enqueued_at=2026-03-29T01:20:00Z outcome=abandoned wait_ms=40000
contact_id=c4 stint_no=1 queue=sales channel=voice enqueued_at=2026-03-29T01:25:00Z outcome=abandoned wait_ms=3000
contact_id=c5 stint_no=1 queue=help channel=chat enqueued_at=2026-03-29T21:30:00Z outcome=waiting
contact_id=c6 stint_no=1 queue=help channel=chat enqueued_at=2026-03-29T22:30:00Z outcome=callback wait_ms=200000
contact_id=c7 stint_no=1 queue=sales channel=voice direction=outbound enqueued_at=2026-03-29T10:00:00Z outcome=answered wait_ms=1";

async fn run(engine: &Engine, name: &str, given: &[(&str, &str)]) -> Vec<String> {
    let given: BTreeMap<String, String> = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    match engine.run_query(name, &given, date(2026, 3, 30)).await {
        Ok(batches) => text(&batches),
        Err(error) => panic!("{name}: {error:?}"),
    }
}

/// 2026-03-29 in Berlin: from 2026-03-28T23:00Z to 2026-03-29T22:00Z.
const THE_DAY: [(&str, &str); 3] = [("from", "yesterday"), ("to", "today"), ("zone", "Europe/Berlin")];

#[tokio::test]
async fn queues_by_day_and_interval() {
    let engine = centre(&[("queue_stints", STINTS)]);
    // c6 is of the next local day. Sales: 1 of 3 within 20 s (c4 is a short abandon), waits 10 and 30 s.
    let rows = run(&engine, "daily_queue_summary", &THE_DAY).await;
    let third = (1.0_f64 / 3.0).to_string();
    assert_eq!(
        rows,
        ["2026-03-29|chat|help|1|0|0|0.0|0.0|-|-|-|0".to_owned(), format!("2026-03-29|voice|sales|4|2|2|0.5|{third}|20.0|28.0|40.0|0")]
    );
    let one = run(&engine, "daily_queue_summary", &[THE_DAY[0], THE_DAY[1], THE_DAY[2], ("queue", "help")]).await;
    assert_eq!(one.len(), 1);
    let heat = run(&engine, "interval_heatmap", &[THE_DAY[0], THE_DAY[1], THE_DAY[2], ("queue", "sales")]).await;
    let starts: Vec<&str> = heat.iter().map(|r| r.split('|').next().unwrap()).collect();
    assert_eq!(starts, ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"], "{heat:?}");
    assert!(heat[1].starts_with("2026-03-29T01:00:00Z|3|1|2|0.0|30.0"), "{heat:?}");
}

#[tokio::test]
async fn offered_closes_in_every_queue_and_interval() {
    let engine = centre(&[("queue_stints", STINTS)]);
    let days = run(&engine, "closure_check", &[THE_DAY[0], ("to", "tomorrow"), THE_DAY[2]]).await;
    let want = [
        "2026-03-28T23:00:00Z|help|1|0|0|0|0|0|1|0",
        "2026-03-28T23:00:00Z|sales|4|2|2|0|0|0|0|0",
        "2026-03-29T22:00:00Z|help|1|0|0|0|1|0|0|0",
    ];
    assert_eq!(days, want);
    let fine = run(&engine, "closure_check", &[THE_DAY[0], ("to", "tomorrow"), ("step", "15m")]).await;
    assert!(fine.len() == 5 && fine.iter().all(|r| r.ends_with("|0")), "{fine:?}");
}

#[tokio::test]
async fn agents_channels_and_quality() {
    let legs = "
contact_id=c1 leg_no=1 agent_id=a channel=voice outcome=handled offered_at=2026-03-29T09:00:00Z accepted_at=2026-03-29T09:00:05Z ended_at=2026-03-29T09:02:05Z talk_ms=100000 hold_ms=20000 hold_count=1 wrap_up_ms=30000 has_wrap_up=true
contact_id=c2 leg_no=1 agent_id=a channel=voice outcome=missed offered_at=2026-03-29T09:10:00Z ended_at=2026-03-29T09:10:20Z";
    let contacts = "
contact_id=c1 channel=voice direction=inbound started_at=2026-03-29T09:00:00Z outcome=answered transfer_count=1
contact_id=c2 channel=voice started_at=2026-03-29T09:10:00Z outcome=abandoned
contact_id=c3 channel=voice direction=outbound started_at=2026-03-29T09:10:00Z outcome=answered";
    let anomalies = "source=pbx contact_id=c1 code=no_start detail=x occurred_at=2026-03-29T09:00:00Z";
    let engine = centre(&[("agent_legs", legs), ("contacts", contacts), ("anomalies", anomalies)]);
    assert_eq!(run(&engine, "agent_report", &THE_DAY).await, ["a|voice|1|100.0|20.0|30.0|150.0|1.0|0.5"]);
    assert_eq!(run(&engine, "channel_overview", &THE_DAY).await, ["voice|2|1|1|0|0|0|1"]);
    let quality = run(&engine, "data_quality", &THE_DAY).await;
    assert_eq!(quality, ["pbx|anomaly|no_start|1|2026-03-29T09:00:00Z|2026-03-29T09:00:00Z"]);
}

#[tokio::test]
async fn every_built_in_query_keeps_what_its_header_says() {
    let engine = empty();
    assert_eq!(engine.library().queries().count(), 6);
    for query in engine.library().queries() {
        assert_eq!(engine.check_query(query).await, Ok(()), "{}", query.header.name);
        assert!(query.header.doc.is_some() && query.header.owner.is_some(), "{}", query.header.name);
    }
}

#[tokio::test]
async fn a_query_that_returns_something_else_is_found_out() {
    let engine = empty();
    let sql = "--! name: x\n--! title: X\n--! grain: one row per queue\n--! params: {n: {type: int, default: 5}}\n\
               --! returns: {queue: int, gone: text}\n--! order: [queue]\nselect queue, wait_ms from queue_stints where stint_no < $n";
    let query = Query { header: Header::parse("x.sql", "x", sql).unwrap(), sql: sql.to_owned() };
    let said = engine.check_query(&query).await.unwrap_err().primary;
    for part in ["\"queue\" is declared int", "\"wait_ms\" is not declared", "\"gone\" is declared but not returned"] {
        assert!(said.contains(part), "{said}");
    }
    let writing = Query { sql: "delete from contacts where $n > 1".to_owned(), ..query };
    assert!(engine.check_query(&writing).await.is_err());
}

#[tokio::test]
async fn a_project_adds_queries_and_replaces_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| {
        format!(
            "--! name: {name}\n--! title: Mine\n--! grain: one row\n--! returns: {{n: int}}\n--! order: [n]\nselect count(*) as n from contacts order by 1"
        )
    };
    std::fs::write(folder.path().join("mine.sql"), text("mine")).unwrap();
    std::fs::write(folder.path().join("agent_report.sql"), text("agent_report")).unwrap();
    let library = Library::load(Some(folder.path())).unwrap();
    assert_eq!(library.queries().count(), 7);
    assert_eq!(library.get("agent_report").unwrap().header.title, "Mine");
    std::fs::write(folder.path().join("bad.sql"), text("good")).unwrap();
    assert_eq!(Library::load(Some(folder.path())).unwrap_err().len(), 1);
}
