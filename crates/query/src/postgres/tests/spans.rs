//! Intervals, values picked out of many, and texts beside truths and times are those of PostgreSQL. What is wanted is what PostgreSQL 15 answered.

use super::Client;

/// `{numbers}`, `{words}` and `{times}` stand for these rows.
const ROWS: [(&str, &str); 3] = [
    ("{numbers}", "FROM (VALUES (3), (1), (NULL), (4), (1), (5), (9), (2), (6)) AS t(x)"),
    ("{words}", "FROM (VALUES ('voice'), ('chat'), ('voice'), ('email'), ('chat'), (NULL)) AS t(x)"),
    (
        "{times}",
        "FROM (VALUES (timestamp '2026-01-05 00:00:00', timestamp '2026-01-05 23:00:00'), (timestamp '2026-01-05 00:00:00', timestamp '2026-01-05 20:30:10')) AS t(a, b)",
    ),
];

#[rustfmt::skip]
const ANSWERS: &[(&str, &str)] = &[
    ("to_char(interval '1 day 02:03:04.5', 'DD HH24:MI:SS.MS')", "01 02:03:04.500"),
    ("to_char(interval '-5 minutes -30 seconds', 'HH24:MI:SS')", "00:-05:-30"),
    ("to_char(interval '30 hours', 'HH24:MI HH12:MI am')", "30:00 06:00 am"),
    ("to_char(interval '0 days', 'HH12:MI AM')", "12:00 AM"),
    ("to_char(interval '-30 hours', 'HH24:MI|HH12:MI A.M.')", "-30:00|-06:00 A.M."),
    ("to_char(interval '13 months 5 days', 'YYYY-MM-DD YYY YY Y DDD')", "0001-01-05 001 01 1 395"),
    ("to_char(interval '-13 months -5 days', 'YYYY-MM-DD')", "-0001--01--5"),
    ("to_char(interval '-1.5 seconds', 'SS.MS|US|SSSS')", "-01.-500|-500000|-1"),
    ("to_char(interval '65 seconds', 'FMMI \"min\" FMSS \"s\"')", "1 min 5 s"),
    ("to_char(interval '3 hours', 'HH24th')", "03rd"),
    ("to_char(interval '3 days 2 milliseconds', 'FMDD FMMS')", "3 002"),
    ("to_char(avg(x) * interval '1 millisecond', 'MI:SS') FROM (VALUES (90500), (30500)) AS t(x)", "01:00"),
    ("to_char(timestamp '2026-01-03 10:00:00' - timestamp '2026-01-01 08:30:15', 'DD HH24:MI:SS')", "02 01:29:45"),
    ("to_char(sum(b - a), 'HH24:MI:SS') {times}", "43:30:10"),
    ("to_char(avg(b - a), 'HH24:MI:SS') {times}", "21:45:05"),
    ("to_char(NULL::interval, 'HH24')", "∅"),
    ("make_interval(secs => 90)", "00:01:30"),
    ("make_interval(mins => 5, secs => 1.5)", "00:05:01.5"),
    ("make_interval(days => 3, hours => 30)", "3 days 30:00:00"),
    ("make_interval(1, 2, 3, 4, 5, 6, 7.8)", "1 year 2 mons 25 days 05:06:07.8"),
    ("make_interval()", "00:00:00"),
    ("make_interval(0, 0, 0, 2)", "2 days"),
    ("make_interval(secs => -90.25)", "-00:01:30.25"),
    ("make_interval(secs => 12345678.9)", "3429:21:18.9"),
    ("make_interval(secs => NULL)", "∅"),
    ("make_interval(weeks => 1, years => -1)", "-1 years +7 days"),
    ("to_char(make_interval(secs => avg(x) / 1000.0), 'HH24:MI:SS') FROM (VALUES (90500), (30500)) AS t(x)", "00:01:00"),
    ("justify_hours(interval '50 hours')", "2 days 02:00:00"),
    ("justify_hours(interval '-50 hours 10 minutes')", "-2 days -01:50:00"),
    ("justify_hours(interval '1 day -1 hour')", "23:00:00"),
    ("justify_hours(sum(b - a)) {times}", "1 day 19:30:10"),
    ("justify_days(interval '65 days')", "2 mons 5 days"),
    ("justify_days(interval '-65 days')", "-2 mons -5 days"),
    ("justify_days(interval '1 month -1 day')", "29 days"),
    ("justify_interval(interval '1 month -1 hour')", "29 days 23:00:00"),
    ("justify_interval(interval '100 days 50 hours')", "3 mons 12 days 02:00:00"),
    ("justify_interval(interval '-100 days -50 hours')", "-3 mons -12 days -02:00:00"),
    ("justify_interval(interval '1 month -31 days')", "-1 days"),
    ("justify_interval(interval '-1 month 1 hour')", "-29 days -23:00:00"),
    ("justify_interval(interval '1 month -30 days -1 hour')", "-01:00:00"),
    ("age(timestamp '2026-03-01', timestamp '2026-01-31')", "1 mon 1 day"),
    ("age(timestamp '2026-01-31', timestamp '2026-03-01')", "-1 mons -1 days"),
    ("age(timestamp '2026-03-01 10:00:00', timestamp '2025-12-31 12:30:00')", "2 mons 21:30:00"),
    ("age(timestamp '2024-02-29', timestamp '2023-02-28')", "1 year 1 day"),
    ("age(timestamp '2023-03-30', timestamp '2024-02-29')", "-10 mons -30 days"),
    ("age(timestamp '2001-04-10', timestamp '1957-06-13')", "43 years 9 mons 27 days"),
    ("age(date '2026-01-05', date '2025-01-06')", "11 mons 30 days"),
    ("age(timestamp '2026-01-01 00:00:01.25', timestamp '2026-01-01')", "00:00:01.25"),
    ("age(NULL, timestamp '2026-01-01')", "∅"),
    ("age(current_date) = interval '0 days'", "true"),
    ("interval '2 days 03:04:05'", "2 days 03:04:05"),
    ("'1 year 2 mons 3 days 04:05:06.7'::interval", "1 year 2 mons 3 days 04:05:06.7"),
    ("interval '04:05'", "04:05:00"),
    ("'1 day -02:30'::interval", "1 day -02:30:00"),
    ("interval '+100:00:01'", "100:00:01"),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY x) {numbers}", "3"),
    ("percentile_disc(0.9) WITHIN GROUP (ORDER BY x DESC) {numbers}", "1"),
    ("percentile_disc(0) WITHIN GROUP (ORDER BY x) {numbers}", "1"),
    ("percentile_disc(1) WITHIN GROUP (ORDER BY x) {numbers}", "9"),
    ("percentile_disc(0.25) WITHIN GROUP (ORDER BY x) {numbers}", "1"),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY x) FILTER (WHERE x > 3) {numbers}", "5"),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY x) {numbers} WHERE x > 100", "∅"),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY x) {words}", "email"),
    ("mode() WITHIN GROUP (ORDER BY x) {numbers}", "1"),
    ("mode() WITHIN GROUP (ORDER BY x) {words}", "chat"),
    ("mode() WITHIN GROUP (ORDER BY x DESC) {words}", "voice"),
    ("mode() WITHIN GROUP (ORDER BY x) {numbers} WHERE x > 100", "∅"),
    ("string_agg(y || m, ',' ORDER BY y) FROM (SELECT y, mode() WITHIN GROUP (ORDER BY x) AS m FROM (VALUES ('a', 'p'), ('b', 'q'), ('b', 'q'), ('a', 'r'), ('a', 'r'), ('b', 'p')) AS t(y, x) GROUP BY y) AS s", "ar,bq"),
    ("percentile_cont(0.3) WITHIN GROUP (ORDER BY x) FROM (VALUES (0), (10000000)) AS t(x)", "3000000"),
    ("percentile_cont(0.3) WITHIN GROUP (ORDER BY x DESC) FROM (VALUES (0), (10000000)) AS t(x)", "7000000"),
    ("percentile_cont(0.9) WITHIN GROUP (ORDER BY x) {numbers}", "6.8999999999999995"),
    ("percentile_cont(0.5) WITHIN GROUP (ORDER BY x / 10.0) FILTER (WHERE x > 3) {numbers}", "0.55"),
    ("percentile_cont(1) WITHIN GROUP (ORDER BY x) {numbers}", "9"),
    ("percentile_cont(0.5) WITHIN GROUP (ORDER BY x) {numbers} WHERE x > 100", "∅"),
    ("percentile_cont(0.25) WITHIN GROUP (ORDER BY b - a) {times}", "21:07:37.5"),
    ("percentile_disc(0.5) WITHIN GROUP (ORDER BY b - a) {times}", "20:30:10"),
    ("max(m) FROM (SELECT a, percentile_cont(0.5) WITHIN GROUP (ORDER BY b - a) AS m {times} GROUP BY a) AS s", "21:45:05"),
    ("width_bucket(5.35, 0.024, 10.06, 5)", "3"),
    ("width_bucket(-1, 0, 10, 5)", "0"),
    ("width_bucket(0, 0, 10, 5)", "1"),
    ("width_bucket(10, 0, 10, 5)", "6"),
    ("width_bucket(3, 10, 0, 5)", "4"),
    ("width_bucket(0, 10, 0, 5)", "6"),
    ("width_bucket(12, 10, 0, 5)", "0"),
    ("width_bucket(10, 10, 0, 5)", "1"),
    ("width_bucket(29, 0, 100, 100)", "30"),
    ("width_bucket(NULL, 0, 10, 5)", "∅"),
    ("string_agg(width_bucket(x, 0, 9, 3)::text, ',' ORDER BY x) {numbers}", "1,1,1,2,2,2,3,4"),
    ("count(*) FROM (VALUES (true), (false), (true)) AS t(x) WHERE x = 'true'", "2"),
    ("count(*) FROM (VALUES (true), (false), (true)) AS t(x) WHERE x <> ' Y '", "1"),
    ("count(*) FROM (VALUES (true), (false), (true)) AS t(x) WHERE x IN ('f', 'no')", "1"),
    ("count(*) FROM (VALUES (true), (false), (true)) AS t(x) WHERE 'off' = x", "1"),
    ("true = 't'", "true"),
    ("count(*) FROM (VALUES (timestamp '2026-01-05 10:00:00'), (timestamp '2026-01-06 11:30:00')) AS t(at) WHERE at >= '20260106'", "1"),
    ("'20260105'::timestamp", "2026-01-05 00:00:00"),
];

#[tokio::test]
async fn spans_and_picked_values_are_those_of_postgresql() {
    let client = Client::new().await;
    for (sql, wanted) in ANSWERS {
        let sql = ROWS.iter().fold((*sql).to_owned(), |sql, (word, rows)| sql.replace(word, rows));
        client.answers(&format!("SELECT v::text FROM (SELECT {sql}) AS asked(v)"), wanted).await;
    }
}

/// PostgreSQL 15 gives -2147483648 here.
#[tokio::test]
async fn bounds_may_be_as_far_apart_as_doubles_go() {
    let client = Client::new().await;
    assert_eq!(client.value("SELECT width_bucket(0, -1.7e308::double precision, 1.7e308, 4)").await, "3");
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_says_why() {
    let client = Client::new().await;
    for (sql, why) in [
        ("to_char(interval '1 hour', 'Mon')", "invalid format specification for an interval value"),
        ("to_char(interval '1 hour', repeat('MI:', 400))", "a pattern may have 1024 bytes"),
        ("to_char(timestamp '2026-01-05 10:00:00', repeat('MI:', 400))", "a pattern may have 1024 bytes"),
        ("make_interval(secs => 1e300)", "interval out of range"),
        ("make_interval(years => 1000000000)", "interval out of range"),
        ("make_interval(minutes => 5)", "make_interval"),
        ("width_bucket(1, 0, 10, 0)", "count of width_bucket must be greater than zero"),
        ("width_bucket(1, 5, 5, 3)", "lower bound of width_bucket cannot equal upper bound"),
        ("percentile_disc(1.5) WITHIN GROUP (ORDER BY x) FROM (VALUES (1)) AS t(x)", "from 0 to 1"),
        ("percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM (VALUES ('a')) AS t(x)", "percentile_cont takes numbers"),
        ("true = 'maybe'", "invalid input syntax for type boolean: \"maybe\""),
        ("count(*) FROM (VALUES (true)) AS t(x) WHERE '' <> x", "invalid input syntax for type boolean: \"\""),
        ("make_interval(mins => 1.5)", "secs may have a fraction"),
        ("make_interval(secs => 'x')", "'x'"),
        ("'1 day 02:60'::interval", "interval"),
    ] {
        let error = client.answer(&format!("SELECT {sql}")).await.unwrap_err().to_string();
        assert!(error.contains(why), "{sql}: {error}");
    }
}

#[tokio::test]
async fn an_age_is_one_of_local_days() {
    let client = Client::within("Europe/Madrid").await;
    client.settings().set("TimeZone", "Europe/Madrid");
    // A day of 23 hours; PostgreSQL 15 answers the same in that zone.
    let age = "age(timestamptz '2026-03-30 00:00:00+02', timestamptz '2026-03-29 00:00:00+01')::text";
    assert_eq!(client.value(&format!("SELECT {age}")).await, "1 day");
}
