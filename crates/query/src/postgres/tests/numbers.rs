//! Numbers and days are those of PostgreSQL. What is wanted is what PostgreSQL 15 answered.

use super::Client;

#[rustfmt::skip]
const ANSWERS: &[(&str, &str)] = &[
    ("1.6::int", "2"),
    ("(-1.5)::int", "-2"),
    ("2.5::int", "3"),
    ("0.49999::int", "0"),
    ("x::int FROM (VALUES (1.6::double precision)) AS t(x)", "2"),
    ("avg(x)::int FROM (VALUES (1), (2)) AS t(x)", "2"),
    ("CAST(avg(x) AS bigint) FROM (VALUES (2), (3)) AS t(x)", "3"),
    ("CAST(sum(x) / 2 AS int) FROM (VALUES (1::bigint), (2)) AS t(x)", "2"),
    ("12.75::numeric(10,2)::int", "13"),
    ("(-12.5)::numeric(10,1)::bigint", "-13"),
    ("(7 / 2)::int", "3"),
    ("7 / 2 * 1.0", "3.0"),
    ("5 / 2.0", "2.5000000000000000"),
    ("5 / 2::double precision", "2.5"),
    ("sum(x) / 4.0 FROM (VALUES (1.5), (2.5)) AS t(x)", "1.00000000000000000000"),
    ("x / 7 FROM (VALUES (10.5::double precision)) AS t(x)", "1.5"),
    ("date '2026-01-01' + interval '1 hour'", "2026-01-01 01:00:00"),
    ("date '2026-01-31' - interval '90 minutes'", "2026-01-30 22:30:00"),
    ("interval '8 hours 30 minutes' + date '2026-01-01'", "2026-01-01 08:30:00"),
    ("d + interval '1 hour' FROM (VALUES (date '2026-01-01')) AS t(d)", "2026-01-01 01:00:00"),
    ("(d + interval '25 hours')::date FROM (VALUES (date '2026-01-01')) AS t(d)", "2026-01-02"),
    ("d + CASE WHEN d < date '2026-06-01' THEN interval '1 hour' ELSE interval '2 hours' END FROM (VALUES (date '2026-01-01')) AS t(d)", "2026-01-01 01:00:00"),
    ("(date '2026-01-31' + interval '1 month')::date", "2026-02-28"),
    ("date '2026-01-01' + 1", "2026-01-02"),
    ("date '2026-01-01' - date '2025-12-30'", "2"),
    ("max(d + interval '12 hours') FROM (VALUES (date '2026-01-01'), (date '2026-01-02')) AS t(d) GROUP BY d + interval '12 hours' ORDER BY d + interval '12 hours' DESC LIMIT 1", "2026-01-02 12:00:00"),
    ("mod(7, -3)", "1"),
    ("mod(-7, 3)", "-1"),
    ("sign(-3)", "-1"),
    ("every(x) FROM (VALUES (true), (false)) AS t(x)", "false"),
    ("variance(x) FROM (VALUES (1), (2), (4)) AS t(x)", "2.3333333333333333"),
    ("every(x > 1) FILTER (WHERE x > 1) FROM (VALUES (1), (2)) AS t(x)", "true"),
    ("'abc' SIMILAR TO 'a%'", "true"),
    ("'abc' SIMILAR TO 'b%'", "false"),
    ("'abc' NOT SIMILAR TO '%c'", "false"),
    ("'abc' SIMILAR TO '(b|a)_+'", "true"),
    ("'a.c' SIMILAR TO 'a.c'", "true"),
    ("'abc' SIMILAR TO 'a.c'", "false"),
    ("'a%c' SIMILAR TO 'a\\%c'", "true"),
    ("'abc' SIMILAR TO 'a\\%c'", "false"),
    ("'ab' SIMILAR TO '[a-c]{2}'", "true"),
    ("p SIMILAR TO q FROM (VALUES ('voice-1', 'voice-[0-9]')) AS t(p, q)", "true"),
    ("'a%c' SIMILAR TO 'a#%c' ESCAPE '#'", "true"),
    ("NULL SIMILAR TO 'a' IS NULL", "true"),
    ("extract(second FROM timestamp '2026-01-05 10:20:30.25')", "30.250000"),
    ("date_part('second', timestamptz '2026-01-05 10:20:30.25+00')", "30.25"),
    ("extract(milliseconds FROM timestamp '2026-01-05 10:20:30.25')", "30250.000"),
    ("extract(microseconds FROM time '10:20:30.25')", "30250000"),
    ("extract(second FROM timestamp '1969-12-31 23:59:59.75')", "59.750000"),
    ("extract(epoch FROM timestamp '2026-01-05 10:20:30.25')", "1767608430.250000"),
    ("extract(epoch FROM date '2026-01-05')", "1767571200"),
    ("extract(epoch FROM timestamp '2026-01-05 10:20:30.25' - timestamp '2026-01-04 10:20:29')", "86401.250000"),
    ("extract(epoch FROM timestamp '2026-01-05 10:20:30.25' - timestamp '2026-01-06 10:20:29')", "-86398.750000"),
    ("extract(epoch FROM interval '1 year 2 months 3 days 4.5 seconds')", "37000804.500000"),
    ("extract(second FROM interval '90.25 seconds')", "30.250000"),
    ("extract(second FROM interval '-90.25 seconds')", "-30.250000"),
    ("avg(extract(epoch FROM (b - a))) FROM (VALUES (timestamp '2026-01-05 10:00:00', timestamp '2026-01-05 10:00:01.5'), (timestamp '2026-01-05 10:00:00', timestamp '2026-01-05 10:00:02.25')) AS t(a, b)", "1.8750000000000000"),
    ("extract(epoch FROM avg(b - a)) FROM (VALUES (timestamp '2026-01-05 10:00:00', timestamp '2026-01-05 10:00:01.5'), (timestamp '2026-01-05 10:00:00', timestamp '2026-01-05 10:00:02.25')) AS t(a, b)", "1.875000"),
    ("extract(epoch FROM interval '1 hour' * 2.5)", "9000.000000"),
    ("extract(epoch FROM 3 * interval '1 month 1 day')", "8035200.000000"),
    ("extract(epoch FROM interval '1 month' * 0.5)", "1296000.000000"),
    ("extract(epoch FROM interval '1 month 1 day' / 4)", "669600.000000"),
    ("extract(epoch FROM -1.5 * interval '1 day')", "-129600.000000"),
    ("extract(epoch FROM (sum(x) / 1000) * interval '1 second') FROM (VALUES (1500), (2500)) AS t(x)", "4.000000"),
    ("extract(epoch FROM avg(x) * interval '1 millisecond') FROM (VALUES (1500), (2000)) AS t(x)", "1.750000"),
    ("timestamp '2026-01-05 10:00:00' + 90 * interval '1 minute'", "2026-01-05 11:30:00"),
    ("'abcdef'::varchar(3)", "abc"),
    ("CAST(12345 AS varchar(2))", "12"),
    ("'grüße'::character varying(4)", "grüß"),
    ("'ab'::varchar(255)", "ab"),
    ("x FROM (VALUES (1), (2), (3)) AS t(x) ORDER BY x DESC FETCH FIRST 1 ROWS ONLY", "3"),
    ("x FROM (VALUES (1), (2), (3)) AS t(x) ORDER BY x OFFSET 1 ROWS FETCH NEXT ROW ONLY", "2"),
    ("extract(day FROM timestamp '2026-03-01' - timestamp '2026-01-31 12:00:00')", "28"),
    ("extract(hour FROM timestamp '2026-03-01' - timestamp '2026-01-31 12:00:00')", "12"),
    ("extract(minute FROM timestamp '2026-03-01 10:52:00' - timestamp '2026-03-01 04:00:00')", "52"),
    ("extract(hour FROM sum(b - a)) FROM (VALUES (timestamp '2026-01-05 00:00:00', timestamp '2026-01-05 23:00:00'), (timestamp '2026-01-05 00:00:00', timestamp '2026-01-05 20:30:00')) AS t(a, b)", "43"),
    ("extract(hour FROM interval '40 hours 90 minutes')", "41"),
    ("extract(minute FROM interval '90 minutes')", "30"),
    ("extract(day FROM interval '1 month 3 days 30 hours')", "3"),
    ("extract(month FROM interval '14 months')", "2"),
    ("extract(hour FROM timestamp '2026-03-01 10:52:00') / 4", "2.5000000000000000"),
    ("extract(hour FROM timestamp '2026-03-01 10:52:00')::int / 4", "2"),
    ("date_part('dow', date '2026-03-07') / 4", "1.5"),
    ("(timestamp '2026-03-01 10:52:24.81' - timestamp '2026-03-01 04:00:00')::text", "06:52:24.81"),
    ("(timestamp '2026-03-02 10:52:00' - timestamp '2026-03-01 04:00:00')::text", "1 day 06:52:00"),
    ("(timestamp '2026-03-01 10:52:00' - timestamp '2026-03-02 14:00:00')::text", "-1 days -03:08:00"),
    ("(interval '14 months' - interval '90 minutes')::text", "1 year 2 mons -01:30:00"),
    ("(interval '0 days')::text", "00:00:00"),
    ("'took ' || (interval '90 seconds')::text", "took 00:01:30"),
    ("extract(century FROM timestamp '2026-01-01')", "21"),
    ("extract(century FROM date '2000-12-31')", "20"),
    ("extract(decade FROM date '2026-01-01')", "202"),
    ("date_part('millennium', timestamptz '2026-01-01 00:00:00Z')", "3"),
    ("isfinite(date '2026-01-01')", "true"),
    ("string_agg(d::date::text, ',' ORDER BY d) FROM generate_series((SELECT min(x)::date FROM (VALUES (timestamp '2026-01-05 10:00:00'), (timestamp '2026-01-07 11:30:00')) AS t(x)), (SELECT max(x)::date FROM (VALUES (timestamp '2026-01-05 10:00:00'), (timestamp '2026-01-07 11:30:00')) AS t(x)), interval '1 day') AS d", "2026-01-05,2026-01-06,2026-01-07"),
    ("sum(n) FROM generate_series(1, (SELECT count(*) FROM (VALUES (1), (2), (3)) AS t(x))) AS s(n)", "6"),
    ("(1, 'b') > (1, 'a')", "true"),
    ("(1, 'b') > (2, 'a')", "false"),
    ("(2, 1) <= (2, 1)", "true"),
    ("(1, 2, 3) = (1, 2, 3)", "true"),
    ("(1, 2) <> (1, 3)", "true"),
    ("(1, NULL) < (2, 1)", "true"),
    ("count(*) FROM (VALUES (1, 'a'), (1, 'b'), (2, 'a')) AS t(x, y) WHERE (x, y) >= (1, 'b')", "2"),
    ("date(timestamp '2026-03-01 10:52:00')", "2026-03-01"),
    ("1 / 30000::numeric", "0.000033333333333333333333"),
    ("100 * sum(x) / sum(y)::numeric FROM (VALUES (1, 7), (2, 9)) AS t(x, y)", "18.7500000000000000"),
    ("10::numeric(10, 2) / 3", "3.3333333333333333"),
    ("(sum(x)::numeric / count(*))::numeric(10, 3) FROM (VALUES (1), (2), (2)) AS t(x)", "1.667"),
    ("9000000000000000::bigint / 7::numeric", "1285714285714285.7143"),
    ("sum(x) / 7::numeric FROM (VALUES (20000000000000::bigint)) AS t(x)", "2857142857142.8571"),
    ("'2026-01-05 10:00'::timestamp", "2026-01-05 10:00:00"),
    ("timestamp '2026-01-05 10:00' + interval '1 hour'", "2026-01-05 11:00:00"),
    ("timestamptz '2026-01-05 10:00+02' = timestamptz '2026-01-05 08:00:00Z'", "true"),
    ("count(*) FROM (VALUES (timestamp '2026-01-05 10:00:00'), (timestamp '2026-01-05 11:30:00')) AS t(at) WHERE at > '2026-01-05 10:00'", "1"),
    ("count(*) FROM (VALUES (timestamp '2026-01-05 10:00:00'), (timestamp '2026-01-05 11:30:00')) AS t(at) WHERE at BETWEEN '2026-01-05 10:00' AND '2026-01-05T11:00'", "1"),
    ("count(*) FROM (VALUES (timestamp '2026-01-05 10:00:00'), (timestamp '2026-01-05 11:30:00')) AS t(at) WHERE at IN ('2026-01-05 11:30', '2026-01-05')", "1"),
    ("max(d) FROM (SELECT generate_series(date '2026-01-05', date '2026-01-12', interval '1 day')::date AS d) AS t", "2026-01-12"),
];

#[tokio::test]
async fn numbers_and_days_are_those_of_postgresql() {
    let client = Client::new().await;
    for (sql, wanted) in ANSWERS {
        client.answers(&format!("SELECT {sql}"), wanted).await;
    }
}

#[tokio::test]
async fn short_numbers_do_not_go_round() {
    let client = Client::new().await;
    for (sql, wanted) in [
        ("x * x FROM (VALUES (2000000000::int)) AS t(x)", "4000000000000000000"),
        ("x + 2000000000::int FROM (VALUES (2000000000::int)) AS t(x)", "4000000000"),
        ("-2000000000::int - x FROM (VALUES (2000000000::int)) AS t(x)", "-4000000000"),
        ("sum(x * 1000::smallint) FROM (VALUES (1000::smallint)) AS t(x)", "1000000"),
        ("x * x / 2 FROM (VALUES (3::int)) AS t(x)", "4"),
        ("date '2026-01-05' + 1::int", "2026-01-06"),
    ] {
        client.answers(&format!("SELECT {sql}"), wanted).await;
    }
}

#[tokio::test]
async fn long_numbers_that_do_not_fit_are_refused() {
    let client = Client::new().await;
    let stays = "FROM (VALUES ('a', 3000000000), ('a', 3000000000), ('b', 2)) AS t(queue, stay)";
    for sql in [
        &format!("sum(stay * stay) {stays}"),
        &format!("sum(stay * stay) {stays} GROUP BY queue"),
        &format!("sum(stay * stay) OVER (PARTITION BY queue ORDER BY queue) {stays}"),
        &format!("sum(stay * stay) OVER (ORDER BY queue ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) {stays}"),
        &format!("stay * stay * stay {stays}"),
        &format!("max(stay * 4000000000) {stays}"),
        "9223372036854775807 + 1",
        "9223372036854775807 * 2",
        "-9223372036854775807 - x FROM (VALUES (2)) AS t(x)",
    ] {
        let error = client.answer(&format!("SELECT {sql}")).await.unwrap_err().to_string();
        assert!(error.contains("bigint out of range") && error.contains("double precision"), "{sql}: {error}");
    }
    for (sql, wanted) in [
        (format!("sum(stay * stay::double precision) {stays}"), "1.8e19"),
        (format!("sum((stay * stay)::numeric) {stays}"), "18000000000000000004"),
        (format!("sum(stay) {stays}"), "6000000002"),
        (format!("sum(DISTINCT stay) {stays}"), "3000000002"),
        (format!("sum(stay) FILTER (WHERE queue = 'c') {stays}"), "∅"),
        (format!("sum(stay * 2) {stays} GROUP BY queue HAVING queue = 'b'"), "4"),
        ("sum(x) FROM (VALUES (9223372036854775807), (1), (-1)) AS t(x)".into(), "9223372036854775807"),
        ("sum(s) FROM (SELECT sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) AS s FROM (VALUES (1), (2), (4)) AS t(x)) AS w".into(), "10"),
        ("x * y FROM (VALUES (3, -4)) AS t(x, y)".into(), "-12"),
    ] {
        client.answers(&format!("SELECT {sql}"), wanted).await;
    }
}

#[tokio::test]
async fn nothing_is_divided_by_zero() {
    let client = Client::new().await;
    for sql in [
        "1.0 / 0",
        "0.0 / 0",
        "sum(1.5) / 0",
        "x / 0 FROM (VALUES (1.5::double precision)) AS t(x)",
        "1 / x FROM (VALUES (2.0), (0.0)) AS t(x)",
        "avg(x) / sum(0) FROM (VALUES (1)) AS t(x)",
    ] {
        let error = client.answer(&format!("SELECT {sql}")).await.unwrap_err().to_string();
        assert!(error.to_lowercase().contains("divide by zero"), "{sql}: {error}");
    }
    for sql in [
        "NULL::double precision / 0",
        "1.5 / NULL",
        "1.0 / NULLIF(0, 0)",
        "CASE WHEN x = 0 THEN NULL ELSE 1 / x END FROM (VALUES (0.0)) AS t(x)",
    ] {
        assert_eq!(client.value(&format!("SELECT {sql}")).await, "∅", "{sql}");
    }
}

#[tokio::test]
async fn rows_in_rows_do_not_grow_without_end() {
    let client = Client::new().await;
    let deep = (0..40).fold("1 = 1".to_owned(), |inner, _| format!("({inner}, 1) = ({inner_again}, 1)", inner_again = "true"));
    // Whatever becomes of it, it is soon, and not the end of the process.
    let _ = client.answer(&format!("SELECT {deep}")).await;
    let wide = vec!["1"; 20_000].join(", ");
    let _ = client.answer(&format!("SELECT ({wide}) >= ({wide})")).await;
}
