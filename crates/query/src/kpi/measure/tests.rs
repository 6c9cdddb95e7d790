//! Measures expand where they are right and are refused, with the reason, where they are not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

fn expand(sql: &str) -> Result<String, String> {
    let registry = Registry::builtin().map_err(|e| format!("{e:?}"))?;
    expand_measures(sql, &registry, &BTreeMap::new()).map_err(|e| e.to_string())
}

#[test]
fn other_sql_is_left_alone() {
    let sql = "select  measured, kpi from contacts -- measure\n";
    assert_eq!(expand(sql).unwrap(), sql);
    assert_eq!(expand("COPY x TO 'measure(' broken").unwrap(), "COPY x TO 'measure(' broken");
}

#[test]
fn a_measure_becomes_sums_with_its_population() {
    let sql = expand("SELECT queue, MEASURE(abandonment_rate) FROM kpi.queue_stints GROUP BY queue").unwrap();
    assert!(sql.contains("sum(CASE WHEN ((direction IS DISTINCT FROM 'outbound')) AND enqueued_at IS NOT NULL THEN"), "{sql}");
    assert!(sql.contains("AS abandonment_rate FROM kpi.queue_stints"), "{sql}");
}

#[test]
fn a_filter_reaches_both_sides() {
    let sql = expand("SELECT AGGREGATE(answer_rate) FILTER (WHERE queue = 'a') AS r FROM kpi.queue_stints").unwrap();
    assert_eq!(sql.matches("AND (queue = 'a')").count(), 2, "{sql}");
}

#[test]
fn parameters_may_stand_in_the_call() {
    let sql = expand("SELECT measure(service_level, threshold_s => 30) FROM kpi.queue_stints").unwrap();
    assert!(sql.contains("wait_ms <= 30 * 1000"), "{sql}");
    let error = expand("SELECT measure(service_level, limit => 30) FROM kpi.queue_stints").unwrap_err();
    assert_eq!(error, "service_level has no parameter \"limit\"; it has short_s, threshold_s");
}

#[test]
fn order_by_and_having_expand_too() {
    let sql = "SELECT queue FROM kpi.queue_stints GROUP BY queue HAVING measure(offered) > 1 ORDER BY measure(asa)";
    let sql = expand(sql).unwrap();
    assert!(!sql.to_lowercase().contains("measure("), "{sql}");
}

#[test]
fn outside_its_grain_a_measure_says_why() {
    let error = expand("SELECT measure(asa) FROM kpi.contacts").unwrap_err();
    assert_eq!(error, "MEASURE(asa) cannot stand here: it counts rows of kpi.queue_stints, and this SELECT reads kpi.contacts");
    let error = expand("SELECT measure(asa) FROM queue_stints").unwrap_err();
    assert!(error.contains("this SELECT reads queue_stints"), "{error}");
    let error = expand("SELECT measure(asa) FROM kpi.queue_stints s JOIN kpi.agent_legs l ON true").unwrap_err();
    assert!(error.contains("joins"), "{error}");
    let error = expand("SELECT measure(occupancy) FROM kpi.agent_legs").unwrap_err();
    assert!(error.contains("it counts rows of kpi.agent_time"), "{error}");
    let error = expand("SELECT measure(fcr) FROM kpi.contacts").unwrap_err();
    assert!(error.contains("relates contacts"), "{error}");
}

#[test]
fn unknown_names_get_the_nearest() {
    let error = expand("SELECT measure(servicelevel) FROM kpi.queue_stints").unwrap_err();
    assert!(error.starts_with("unknown KPI \"servicelevel\"; did you mean \"service_level\""), "{error}");
}

#[test]
fn a_call_in_from_becomes_its_query() {
    let sql = expand("SELECT * FROM kpi('service_level', 'queue', '1d', '2026-01-01', '2026-02-01', 'UTC', NULL, 'threshold_s=30') k");
    let sql = sql.unwrap();
    assert!(sql.contains("local_bucket(enqueued_at, 'UTC', '1d')") && sql.contains("wait_ms <= 30 * 1000"), "{sql}");
    let sql = expand("SELECT value FROM kpi('asa', by => 'queue,channel', zone => 'Europe/Madrid')").unwrap();
    assert!(sql.contains("\"queue\", \"channel\""), "{sql}");
    assert!(expand("SELECT * FROM kpi('asa', 'colour')").unwrap_err().contains("\"colour\" is not a dimension of asa"));
    assert!(expand("SELECT * FROM kpi('asa', queue || 'x')").unwrap_err().contains("needs a literal"));
}

#[test]
fn every_kpi_makes_a_measure_or_says_why_not() {
    for spec in Registry::builtin().unwrap().specs() {
        let text = measure_expression(spec, &BTreeMap::new(), Some("true"), None);
        match not_an_aggregate(spec) {
            None => assert!(parse_expression(&spec.name, &text.unwrap()).is_ok(), "{}", spec.name),
            Some(_) => assert!(text.is_err(), "{}", spec.name),
        }
    }
}

/// What the SELECT is refused with; `None` when it is not.
fn refused(sql: &str) -> Option<(String, String)> {
    let registry = Registry::builtin().unwrap();
    match expand_measures(sql, &registry, &BTreeMap::new()) {
        Err(KpiError::OutsideGrain { why, hint, .. }) => Some((why, hint)),
        Err(other) => panic!("{sql}: {other}"),
        Ok(_) => None,
    }
}

#[test]
fn a_join_that_repeats_no_row_is_allowed() {
    for join in [
        "JOIN contacts c ON c.source = s.source AND c.contact_id = s.contact_id",
        "LEFT JOIN kpi.contacts AS c ON (s.contact_id = c.contact_id) AND c.source = s.source AND c.channel = 'voice'",
        "JOIN contacts c USING (source, contact_id)",
        "JOIN (SELECT queue, count(*) AS n FROM agent_legs GROUP BY queue) AS l ON l.queue = s.queue",
        "JOIN (SELECT local_date(ended_at, 'UTC') AS day, queue AS q FROM agent_legs GROUP BY day, 2) l \
         ON local_date(s.enqueued_at, 'UTC') = l.day AND s.queue = l.q",
        "JOIN (SELECT DISTINCT l.queue FROM agent_legs l) AS l ON l.queue = s.queue",
        "JOIN l ON l.queue = s.queue JOIN contacts c ON c.source = s.source AND c.contact_id = s.contact_id",
    ] {
        let with = "WITH l AS (SELECT queue FROM agent_legs GROUP BY queue) ";
        assert_eq!(refused(&format!("{with}SELECT measure(asa) FROM kpi.queue_stints s {join}")), None, "{join}");
    }
}

#[test]
fn a_join_that_may_repeat_or_add_rows_is_refused() {
    for join in [
        "JOIN agent_legs l ON l.contact_id = s.contact_id AND l.source = s.source",
        "JOIN contacts c ON c.contact_id = s.contact_id",
        "JOIN contacts c ON c.source = s.source AND c.contact_id = contact_id",
        "JOIN contacts c ON c.source = s.source OR c.contact_id = s.contact_id",
        "FULL JOIN contacts c ON c.source = s.source AND c.contact_id = s.contact_id",
        "RIGHT JOIN contacts c ON c.source = s.source AND c.contact_id = s.contact_id",
        "CROSS JOIN contacts c",
        "NATURAL JOIN contacts c",
        ", contacts c",
        "JOIN (SELECT queue, channel FROM agent_legs GROUP BY queue, channel) AS l ON l.queue = s.queue",
        "JOIN (SELECT queue FROM agent_legs GROUP BY queue, channel) AS l ON l.queue = s.queue",
        "JOIN (SELECT queue FROM agent_legs) AS l ON l.queue = s.queue",
        "JOIN (SELECT upper(queue) AS queue FROM agent_legs GROUP BY queue) AS l ON l.queue = s.queue",
        "JOIN (SELECT 'x' AS queue FROM agent_legs GROUP BY queue) AS l ON l.queue = s.queue",
        "JOIN (SELECT queue, unnest([1, 2]) AS u FROM agent_legs GROUP BY queue) AS l ON l.queue = s.queue",
        "JOIN (SELECT queue FROM agent_legs GROUP BY ROLLUP(queue)) AS l ON l.queue = s.queue",
        "JOIN (SELECT queue FROM agent_legs GROUP BY queue UNION ALL SELECT 'a') AS l ON l.queue = s.queue",
        "JOIN (SELECT queue, channel FROM agent_legs GROUP BY queue) AS l(channel, queue) ON l.queue = s.queue",
        "JOIN l ON l.queue = s.queue",
    ] {
        let with = "WITH l AS (SELECT queue FROM agent_legs) ";
        let (_, hint) = refused(&format!("{with}SELECT measure(asa) FROM kpi.queue_stints s {join}")).expect(join);
        assert!(hint.contains("WITH k AS (SELECT queue, MEASURE(asa) AS asa FROM kpi.queue_stints GROUP BY queue)"), "{hint}");
    }
}

#[test]
fn columns_are_qualified_only_beside_a_join() {
    let sql = expand("SELECT measure(answer_rate) FILTER (WHERE q = 1) FROM kpi.queue_stints JOIN contacts c USING (source, contact_id)");
    let sql = sql.unwrap();
    assert!(
        sql.contains("queue_stints.direction IS DISTINCT FROM 'outbound'") && sql.contains("queue_stints.outcome = 'answered'"),
        "{sql}"
    );
    assert!(sql.contains("AND (q = 1)"), "{sql}");
    assert!(!expand("SELECT measure(answer_rate) FROM kpi.queue_stints AS s").unwrap().contains("s.outcome"));
}

#[test]
fn a_subquery_that_passes_rows_on_is_their_fact() {
    for from in [
        "(SELECT * FROM kpi.queue_stints) AS t",
        "(SELECT *, local_date(enqueued_at, 'UTC') AS day FROM kpi.queue_stints s WHERE s.queue = 'a' ORDER BY 1)",
        "(SELECT \"_\".\"outcome\", wait_ms AS wait_ms, direction, left_at, enqueued_at FROM (SELECT * FROM kpi.queue_stints) \"_\") x",
        "(SELECT * FROM kpi.queue_stints) t JOIN (SELECT queue AS q, count(*) AS n FROM agent_legs GROUP BY queue ORDER BY n LIMIT 3) l ON queue = q",
    ] {
        assert_eq!(refused(&format!("SELECT measure(asa) FROM {from}")), None, "{from}");
    }
    for from in [
        "(SELECT queue, count(*) AS n FROM kpi.queue_stints GROUP BY queue) AS t",
        "(SELECT * FROM kpi.queue_stints LIMIT 5) AS t",
        "(SELECT * FROM kpi.queue_stints OFFSET 5) AS t",
        "(SELECT DISTINCT * FROM kpi.queue_stints) AS t",
        "(SELECT *, unnest([1, 2]) AS u FROM kpi.queue_stints) AS t",
        "(SELECT *, generate_series(1, 2) AS u FROM kpi.queue_stints) AS t",
        "(SELECT ring_ms AS wait_ms, outcome, direction FROM kpi.queue_stints) AS t",
        "(SELECT * EXCEPT (wait_ms) FROM kpi.queue_stints) AS t",
        "(SELECT s.* FROM kpi.queue_stints s JOIN agent_legs l ON l.queue = s.queue) AS t",
        "(SELECT * FROM kpi.queue_stints UNION ALL SELECT * FROM kpi.queue_stints) AS t",
        "(SELECT * FROM kpi.queue_stints) AS t(contact_id, stint_no)",
        "(SELECT * FROM kpi.queue_stints) t JOIN (SELECT queue AS q FROM agent_legs) l ON queue = q",
        "(SELECT * FROM kpi.queue_stints) t JOIN (SELECT queue AS channel FROM agent_legs GROUP BY queue) l ON queue = channel",
    ] {
        assert!(refused(&format!("SELECT measure(asa) FROM {from}")).is_some(), "{from}");
    }
}
