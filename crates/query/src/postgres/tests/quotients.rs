//! Whole numbers are divided as PostgreSQL divides them. What is wanted is what PostgreSQL 15 answered.

use super::Client;

/// A table of stays: two columns of `bigint`, and one of `integer`.
const STAYS: &str = "t(queue, answered, offered, few) AS (SELECT queue, answered::bigint, offered::bigint, few::integer \
                     FROM (VALUES ('a', 1, 2, 1), ('a', 2, 2, 1), ('b', 0, 3, 1), ('b', NULL, 0, 1)) AS v(queue, answered, offered, few))";

#[rustfmt::skip]
const ANSWERS: &[(&str, &str)] = &[
    ("SELECT sum(answered) / sum(offered) FROM t", "0.42857142857142857143"),
    ("SELECT sum(answered) / count(*) FROM t", "0.75000000000000000000"),
    ("SELECT count(answered) / count(*) FROM t", "0"),
    ("SELECT count(answered) * 3 / sum(few) FROM t", "2"),
    ("SELECT sum(few) / 3 FROM t", "1"),
    ("SELECT sum(answered) / 2 FROM t", "1.5000000000000000"),
    ("SELECT 7 / sum(offered) FROM t", "1.00000000000000000000"),
    ("SELECT max(answered) / max(offered) FROM t", "0"),
    ("SELECT sum(CASE WHEN answered > 0 THEN 1 ELSE 0 END) / count(*) FROM t", "0"),
    ("SELECT sum(CASE WHEN answered > 0 THEN offered ELSE 0 END) / count(*) FROM t", "1.00000000000000000000"),
    ("SELECT sum(few * answered) / 2 FROM t", "1.5000000000000000"),
    ("SELECT sum(answered::int) / 2 FROM t", "1"),
    ("SELECT sum(few::bigint) / 3 FROM t", "1.3333333333333333"),
    ("SELECT sum(answered)::bigint / sum(offered) FROM t", "0.42857142857142857143"),
    ("SELECT sum(answered)::bigint / sum(offered)::bigint FROM t", "0"),
    ("SELECT -sum(answered) / (sum(offered) + 1) FROM t", "-0.37500000000000000000"),
    ("SELECT coalesce(sum(answered), 0) / nullif(sum(offered), 0) FROM t", "0.42857142857142857143"),
    ("SELECT round(sum(answered) / sum(offered), 2) FROM t", "0.43"),
    ("SELECT 100 * sum(answered) / sum(offered) FROM t", "42.8571428571428571"),
    ("SELECT sum(answered) / sum(offered) * 100 FROM t", "42.85714285714285714300"),
    ("SELECT x / y FROM (SELECT sum(answered) AS x, sum(offered) AS y FROM t) AS s", "0.42857142857142857143"),
    ("SELECT x / y FROM (SELECT count(answered) AS x, count(offered) AS y FROM t) AS s", "0"),
    ("SELECT (SELECT sum(answered) FROM t) / (SELECT count(*) FROM t)", "0.75000000000000000000"),
    ("SELECT sum(x) / 2 FROM (SELECT sum(few) AS x FROM t GROUP BY queue) AS s", "2.0000000000000000"),
    ("SELECT max(x) / 2 FROM (SELECT sum(answered) AS x FROM t GROUP BY queue UNION ALL SELECT 9) AS s", "4.5000000000000000"),
    ("SELECT sum(a.answered) / sum(b.offered) FROM t a JOIN t b ON a.queue = b.queue", "0.42857142857142857143"),
    ("SELECT max(share) FROM (SELECT answered / sum(offered) OVER (PARTITION BY queue) AS share FROM t) AS s", "0.50000000000000000000"),
    ("SELECT max(x / y) FROM (SELECT DISTINCT queue, sum(answered) AS x, sum(offered) AS y FROM t GROUP BY queue ORDER BY queue LIMIT 5) AS s", "0.75000000000000000000"),
    ("SELECT sum(answered) / sum(offered) FROM t WHERE queue = 'b' AND offered = 0", "∅"),
    ("SELECT min(queue) FROM t GROUP BY queue HAVING sum(answered) / sum(offered) > 0.5", "a"),
    ("SELECT queue FROM t GROUP BY queue ORDER BY sum(answered) / sum(offered) DESC LIMIT 1", "a"),
    ("SELECT sum(answered) / (SELECT sum(offered) FROM t AS u WHERE u.queue = t.queue) FROM t GROUP BY queue ORDER BY queue LIMIT 1", "0.75000000000000000000"),
    ("SELECT pg_typeof(sum(answered) / sum(offered)) FROM t", "numeric"),
    ("SELECT x / y FROM (SELECT sum(answered), sum(offered) FROM t) AS s(x, y)", "0.42857142857142857143"),
    ("WITH s AS (SELECT sum(answered) AS x FROM t) SELECT a.x / b.x + 1 FROM s a, s b", "2.00000000000000000000"),
    ("SELECT sum(answered) % 2 FROM t", "1"),
    ("SELECT sum(answered) / 7.0 FROM t", "0.42857142857142857143"),
    ("SELECT sum(offered) / sum(answered) / 2 FROM t", "1.16666666666666665000"),
    ("SELECT sum(offered) / (4 / 3) FROM t", "7.0000000000000000"),
];

#[tokio::test]
async fn quotients_of_sums_are_fractions_where_they_are_in_postgresql() {
    let client = Client::new().await;
    for (sql, wanted) in ANSWERS {
        let sql = sql.strip_prefix("WITH ").map_or_else(|| format!("WITH {STAYS} {sql}"), |rest| format!("WITH {STAYS}, {rest}"));
        client.answers(&sql, wanted).await;
    }
    let nothing =
        client.answer(&format!("WITH {STAYS} SELECT sum(answered) / sum(offered) FROM t WHERE offered = 0 AND answered IS NOT NULL")).await;
    assert_eq!(nothing.unwrap().1, [["∅"]]);
    let zero = client.answer(&format!("WITH {STAYS} SELECT sum(offered) / sum(answered) FROM t WHERE answered = 0")).await;
    assert!(zero.unwrap_err().to_string().to_lowercase().contains("divide by zero"));
}
