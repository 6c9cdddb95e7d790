//! Schema `bi` over a lake: sums that are the KPIs, and only the files that are needed.

use trunkline_testkit::Bench;

/// Two days, a month apart, in files of their own.
fn two_days() -> Bench {
    let bench = Bench::new();
    for (start, seed) in [("2026-01-05", "1"), ("2026-02-05", "2")] {
        let file = format!("{start}.jsonl");
        let _ = bench.run(&["simulate", "--contacts", "200", "--days", "1", "--seed", seed, "--start", start, "--out", &file]).ok();
        // Every simulation numbers its contacts from 1: without a source of its own the second would go on with those of the first.
        let events = std::fs::read_to_string(bench.path(&file)).unwrap().replace("\"source\":\"", &format!("\"source\":\"{seed}-"));
        std::fs::write(bench.path(&file), events).unwrap();
        let _ = bench.run(&["ingest", &file, "--connector", "cloudevents"]).ok();
    }
    bench
}

/// Files of the lake that a plan reads, by table.
fn files_read(bench: &Bench, sql: &str) -> Vec<String> {
    let plan = bench.run(&["sql", "-c", &format!("EXPLAIN FORMAT INDENT {sql}"), "--format", "csv"]).ok();
    let words = plan.split(|c: char| !(c.is_alphanumeric() || "-_./=".contains(c)));
    let mut files: Vec<String> = words.filter(|word| word.ends_with(".parquet")).map(ToOwned::to_owned).collect();
    files.sort();
    files.dedup();
    assert!(!files.is_empty(), "{plan}");
    files
}

#[test]
fn sums_over_a_simulated_centre_are_its_kpis() {
    let bench = two_days();
    let rows = bench.rows(
        "SELECT d.queue, d.offered = w.offered AND d.offered = m.offered AS same_count, \
         abs(d.sl - m.sl) < 1e-9 AND abs(w.sl - m.sl) < 1e-9 AS same_level, abs(d.asa - m.asa) < 1e-9 AND abs(w.asa - m.asa) < 1e-9 AS same_asa FROM \
         (SELECT queue, SUM(offered) AS offered, SUM(service_level_numerator) / SUM(service_level_denominator) AS sl, \
          SUM(asa_numerator) / SUM(asa_denominator) AS asa FROM bi.kpi_daily GROUP BY queue) AS d JOIN \
         (SELECT queue, SUM(offered) AS offered, SUM(service_level_numerator) / SUM(service_level_denominator) AS sl, \
          SUM(asa_numerator) / SUM(asa_denominator) AS asa FROM bi.queue_stints GROUP BY queue) AS w ON w.queue = d.queue JOIN \
         (SELECT queue, MEASURE(offered) AS offered, MEASURE(service_level) AS sl, MEASURE(asa) AS asa FROM kpi.queue_stints GROUP BY queue) AS m \
         ON m.queue = d.queue",
    );
    assert!(rows.len() > 2, "{rows:?}");
    for row in rows {
        assert!(row["same_count"] == true && row["same_level"] == true && row["same_asa"] == true, "{row}");
    }
}

#[test]
fn a_day_of_some_kpis_reads_the_files_of_one_fact_and_that_day() {
    let bench = two_days();
    let all = files_read(&bench, "SELECT * FROM queue_stints");
    assert!(all.len() >= 2, "{all:?}");
    for view in ["bi.kpi_daily", "bi.kpi_interval", "bi.queue_stints"] {
        for day in
            ["day = '2026-02-05'", "day >= DATE '2026-02-01' AND day < DATE '2026-03-01'", "day BETWEEN '2026-02-01' AND '2026-02-28'"]
        {
            let columns = "queue, offered, service_level_numerator, service_level_denominator";
            let read = files_read(&bench, &format!("SELECT {columns} FROM {view} WHERE {day}"));
            assert!(read.len() < all.len() && read.iter().all(|file| all.contains(file)), "{view} {day}: {read:?} of {all:?}");
        }
        let exits = files_read(&bench, &format!("SELECT queue, answered FROM {view}"));
        assert_eq!(exits, all, "{view}");
    }
    let everything = files_read(&bench, "SELECT * FROM bi.kpi_daily");
    assert!(
        ["queue_stints/", "agent_legs/", "contacts/"].iter().all(|table| everything.iter().any(|f| f.contains(table))),
        "{everything:?}"
    );
}
