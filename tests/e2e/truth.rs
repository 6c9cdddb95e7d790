//! What the simulator knows to be true, the pipeline finds to the last unit: clean, and with duplicates, late and shuffled events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use trunkline_testkit::Bench;

/// What is compared: what figures are grouped by, KPIs, bases. It is all the simulator states and all the catalogue offers.
const COMPARED: &[(&str, &str, &str)] = &[
    ("queue", "offered answered abandoned short_abandons waits_over_limit", "arrival event completion"),
    ("queue", "asa longest_wait wait_p50 wait_p90 wait_p95", "arrival event completion"),
    ("queue", "abandonment_rate abandonment_rate_net answer_rate flow_out_rate", "arrival event completion"),
    ("queue", "wait_time", "arrival event completion start clipped"),
    ("queue", "service_level service_level_sl1 service_level_sl2 service_level_sl3", "arrival event completion sl_event"),
    ("queue", "service_level_sl4 service_level_sl4b service_level_sl5", "arrival event completion sl_event"),
    ("queue", "service_level_sl6 service_level_sl7", "arrival event completion sl_event"),
    ("queue", "handled ring_time", "arrival event completion start"),
    ("queue", "hold_rate agent_non_response", "arrival event completion"),
    ("queue", "talk hold avg_talk avg_hold avg_hold_held", "arrival event completion start clipped"),
    ("queue", "wrap_up avg_wrap_up aht_leg", "arrival event completion start clipped"),
    ("queue channel", "aht_contact", "arrival event completion start"),
    ("queue channel", "received", "arrival event completion"),
    ("queue channel", "transfer_rate", "arrival event completion"),
    ("queue channel", "repeat_contact_rate fcr_7d responses_pending", "arrival event"),
    ("queue channel", "first_response_time next_response_time", "arrival event completion"),
    ("channel", "channel_mix", "arrival event"),
    ("channel", "containment ivr_abandonment", "arrival event completion"),
    ("agent_id", "occupancy contacts_per_hour", "clipped"),
    ("agent_id", "idle_gap", "event completion"),
    ("agent_id", "handled", "event"),
];

/// Counts what sources leave out, not what happened in the centre.
const UNSTATED: &str = "wrap_ups_unknown";

/// KPIs asked in one run of the binary.
const TOGETHER: usize = 4;

/// Figures of the truth that are no KPIs of the catalogue.
const NO_KPIS: [&str; 6] = ["open_contacts", "waiting", "flow_out", "callback", "idle", "ringing"];

/// Grouping, KPI and basis.
type Question = (String, String, String);

/// Name of the queue, channel or agent, and the day.
type Place = (String, String);

/// Numerator, denominator, value.
type Figure = (Option<f64>, Option<f64>, Option<f64>);

/// Figures by question and place.
type Figures = BTreeMap<Question, BTreeMap<Place, Figure>>;

#[test]
fn every_kpi_equals_the_simulators_truth() {
    let bench = Bench::new();
    // Days enough for a cohort of fcr_7d. With this seed legs, wrap-ups and a hold go on at midnight.
    let size = ["simulate", "--contacts", "4500", "--days", "9", "--seed", "20", "--out", "e.jsonl", "--truth", "t.jsonl"];
    let _ = bench.run(&size).ok();
    let summary = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]);
    assert_eq!(summary.code, 0, "{}", summary.stderr);
    compare(&bench, "2026-01-14", &questions());
    let asked: BTreeSet<(String, String)> = questions().into_iter().map(|(_, kpi, basis)| (kpi, basis)).collect();
    let rows = bench.rows("select kpi, basis from catalog.kpi_bases");
    let is_asked = |row: &Value| {
        let (kpi, basis) = (row["kpi"].as_str().unwrap(), row["basis"].as_str().unwrap());
        kpi == UNSTATED || asked.contains(&(kpi.to_string(), basis.to_string()))
    };
    assert_eq!(rows.iter().find(|row| !is_asked(row)), None, "the catalogue offers it and nobody compares it");
}

#[test]
fn dirt_that_changes_nothing_changes_no_figure() {
    let bench = Bench::new();
    let dirty = ["simulate", "--contacts", "1200", "--days", "2", "--seed", "8", "--out", "e.jsonl", "--truth", "t.jsonl"];
    let options = ["--duplicates", "0.1", "--late", "0.05", "--shuffle", "500", "--missing-ends", "0.05", "--clock-skew", "-90000"];
    let _ = bench.run(&[&dirty[..], &options[..]].concat()).ok();
    let text = std::fs::read_to_string(bench.path("e.jsonl")).unwrap();
    // In three files, the last third first: what is late must find its contact again.
    let lines: Vec<&str> = text.lines().collect();
    for (name, part) in ["c.jsonl", "a.jsonl", "b.jsonl"].iter().zip(lines.chunks(lines.len().div_ceil(3)).rev()) {
        let _ = bench.write(name, part.join("\n") + "\n");
        let _ = bench.run(&["ingest", name, "--connector", "cloudevents"]).ok();
    }
    // One basis of each shows what dirt would do to the facts.
    let mut seen = BTreeSet::new();
    let first = questions().into_iter().filter(|(by, kpi, _)| seen.insert((by.clone(), kpi.clone()))).collect();
    compare(&bench, "2026-01-07", &first);
    assert_eq!(bench.run(&["rebuild", "--verify"]).code, 0, "facts differ from the log");
}

/// Compares figures from 2026-01-05 to before `to`.
fn compare(bench: &Bench, to: &str, questions: &BTreeSet<Question>) {
    let truth = truth(bench);
    let stated: Vec<&Question> = truth.keys().collect();
    assert_eq!(stated, self::questions().iter().collect::<Vec<_>>(), "the table is not what the simulator states");
    let kpis: Vec<&String> = questions.iter().map(|(_, kpi, _)| kpi).collect::<BTreeSet<_>>().into_iter().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some(part) = kpis.chunks(TOGETHER).nth(next.fetch_add(1, Ordering::Relaxed)) {
            let asked: Vec<&Question> = questions.iter().filter(|(_, kpi, _)| part.contains(&kpi)).collect();
            wrong.extend(differences(&truth, &asked, measured(bench, &asked, to)));
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} figures differ from the truth: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    let open = bench.rows("select count(*) as n from contacts where outcome = 'open'")[0]["n"].as_f64();
    let lines = std::fs::read_to_string(bench.path("t.jsonl")).unwrap();
    let line: Value = serde_json::from_str(lines.lines().find(|l| l.contains("open_contacts")).unwrap()).unwrap();
    assert_eq!(open, line["numerator"].as_f64(), "open contacts");
}

/// Everything in [`COMPARED`], in order.
fn questions() -> BTreeSet<Question> {
    let mut all = BTreeSet::new();
    for (places, kpis, bases) in COMPARED {
        for kpi in kpis.split(' ') {
            for basis in bases.split(' ') {
                all.extend(places.split(' ').map(|by| (by.to_string(), kpi.to_string(), basis.to_string())));
            }
        }
    }
    all
}

/// The truth, by question and place.
fn truth(bench: &Bench) -> Figures {
    let text = std::fs::read_to_string(bench.path("t.jsonl")).unwrap();
    let mut figures: Figures = BTreeMap::new();
    for line in text.lines() {
        let v: Value = serde_json::from_str(line).unwrap();
        let kpi = v["kpi"].as_str().unwrap();
        if NO_KPIS.contains(&kpi) {
            continue;
        }
        let by = ["queue", "agent_id", "channel"].into_iter().find(|by| v[by].is_string()).unwrap();
        let text = |name: &str| v[name].as_str().unwrap().to_string();
        let place = figures.entry((by.to_string(), kpi.to_string(), text("basis"))).or_default();
        place.insert((text(by), text("day")), figure(&v));
    }
    figures
}

fn figure(row: &Value) -> Figure {
    (row["numerator"].as_f64(), row["denominator"].as_f64(), row["value"].as_f64())
}

/// What the pipeline says otherwise than the truth.
fn differences(truth: &Figures, questions: &[&Question], mut found: Figures) -> Vec<String> {
    let mut wrong = Vec::new();
    for question in questions {
        let mut rows = found.remove(*question).unwrap_or_default();
        for (place, want) in &truth[*question] {
            let got = rows.remove(place);
            if !is_same(&question.1, got, *want) {
                wrong.push(format!("{question:?} {place:?}: found {got:?}, true {want:?}"));
            }
        }
        // Contacts that never reached a queue belong to none.
        let others = rows.iter().filter(|((name, _), row)| !name.is_empty() && row.2.is_some_and(|value| value != 0.0));
        wrong.extend(others.map(|(place, got)| format!("{question:?} {place:?}: found {got:?}, nothing is true of it")));
    }
    wrong
}

/// Equal up to the last bits of a division, and measured against as much. Where nothing happened there may be no row.
fn is_same(kpi: &str, got: Option<Figure>, want: Figure) -> bool {
    let Some(got) = got else { return want.0 == Some(0.0) && want.1.unwrap_or(0.0) == 0.0 };
    let is_value = match (got.2, want.2) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (a, b) => a == b,
    };
    // The pipeline has agents' time in other units than the truth, and quantiles are no quotients.
    let is_counted = !["occupancy", "contacts_per_hour"].contains(&kpi) && got.1.is_some() && want.1.is_some();
    is_value && (!is_counted || got.1 == want.1)
}

/// The answers by day to all questions, in one statement.
fn measured(bench: &Bench, questions: &[&Question], to: &str) -> Figures {
    let selects = questions.iter().map(|(by, kpi, basis)| {
        format!(
            "select '{by}' as grouping, '{kpi}' as kpi, '{basis}' as basis, \"{by}\" as place, cast(period_start as date) as day, \
             cast(numerator as double) as numerator, cast(denominator as double) as denominator, value \
             from kpi('{kpi}', '{by}', '1d', '2026-01-05', '{to}', 'UTC', '{basis}')"
        )
    });
    let mut found = Figures::new();
    for row in bench.rows(&selects.collect::<Vec<_>>().join(" union all ")) {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_string();
        let question = (text("grouping"), text("kpi"), text("basis"));
        found.entry(question).or_default().insert((text("place"), text("day")), figure(&row));
    }
    found
}
