//! Questions within questions, wherever they stand. What is wanted is what PostgreSQL 15 answered.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::Client;

/// Contacts and their stints.
const TABLES: &str = "c(id, channel, queue) AS (VALUES (1, 'voice', 'sales'), (2, 'voice', NULL), (3, 'chat', 'orders'), (4, 'email', 'sales')), \
                      s(contact, no, queue, wait) AS (VALUES (1, 1, 'sales', 30), (1, 2, 'billing', 90), (3, 1, 'orders', 5), \
                      (4, 1, 'sales', NULL), (4, 2, 'sales', 60), (4, 3, 'orders', 10))";

#[rustfmt::skip]
const ANSWERS: &[(&str, &str)] = &[
    ("SELECT array_to_string(ARRAY(SELECT DISTINCT queue FROM s ORDER BY 1 DESC), ',')", "sales,orders,billing"),
    ("SELECT array_to_string(ARRAY(SELECT wait FROM s WHERE wait > 0 ORDER BY wait DESC LIMIT 2), ',')", "90,60"),
    ("SELECT array_to_string(ARRAY(SELECT contact FROM s ORDER BY wait DESC NULLS LAST, no OFFSET 1 LIMIT 3), ',')", "4,1,4"),
    ("SELECT array_to_string(ARRAY(SELECT queue AS q FROM s GROUP BY q ORDER BY count(*) DESC, q), ',')", "sales,orders,billing"),
    ("SELECT array_to_string(ARRAY(SELECT id FROM c UNION ALL SELECT 9 ORDER BY 1 DESC), ',')", "9,4,3,2,1"),
    ("SELECT array_to_string(ARRAY(SELECT max(queue) FROM s), ',')", "sales"),
    ("SELECT cardinality(ARRAY(SELECT wait FROM s WHERE wait > 1000))", "0"),
    ("SELECT string_agg(array_to_string(ARRAY(SELECT s.queue FROM s WHERE s.contact = c.id ORDER BY s.no DESC), '>'), ';' ORDER BY id) FROM c", "billing>sales;;orders;orders>sales>sales"),
    ("SELECT array_to_string(ARRAY(SELECT queue FROM s ORDER BY wait), ',')", "orders,orders,sales,sales,billing,sales"),
    ("SELECT string_agg((id IN (SELECT contact FROM s ORDER BY wait NULLS LAST LIMIT 2))::text, ',' ORDER BY id) FROM c", "false,false,true,true"),
    ("SELECT count(*) FILTER (WHERE queue IN (SELECT max(queue) FROM s)) FROM c", "2"),
    ("SELECT 2 IN (SELECT wait FROM s)", "∅"),
    ("SELECT 5 IN (SELECT wait FROM s)", "true"),
    ("SELECT 2 NOT IN (SELECT wait FROM s WHERE wait > 9)", "true"),
    ("SELECT 2 NOT IN (SELECT wait FROM s)", "∅"),
    ("SELECT NULL::int IN (SELECT wait FROM s WHERE false)", "false"),
    ("SELECT NULL::int IN (SELECT 1 UNION ALL SELECT 2)", "∅"),
    ("SELECT count(*) FROM c WHERE queue NOT IN (SELECT 'orders') OR channel = 'chat'", "3"),
    ("SELECT count(*) FROM c WHERE NOT (queue IN (SELECT 'orders'))", "2"),
    ("SELECT count(*) FROM c WHERE NOT (queue IN (SELECT 'orders') AND channel = 'chat')", "3"),
    ("SELECT count(*) FROM c WHERE (queue IN (SELECT queue FROM s)) IS NULL", "1"),
    ("SELECT count(*) FROM c WHERE coalesce(queue IN (SELECT 'sales'), true)", "3"),
    ("SELECT count(*) FROM c WHERE queue IN (SELECT 'sales') OR channel = 'chat'", "3"),
    ("SELECT count(*) FROM c WHERE c.queue NOT IN (SELECT s.queue FROM s WHERE s.contact = c.id)", "1"),
    ("SELECT count(*) FROM c WHERE CASE WHEN queue IN (SELECT 'sales') THEN false ELSE true END", "2"),
    ("SELECT count(*) FROM c LEFT JOIN s ON s.contact = c.id AND c.queue NOT IN (SELECT 'orders')", "7"),
    ("SELECT count(*) FROM c JOIN s ON s.contact = c.id AND s.queue IN (SELECT queue FROM c)", "5"),
    ("SELECT string_agg(queue, ',' ORDER BY queue) FROM (SELECT queue FROM s GROUP BY queue HAVING max(wait) NOT IN (SELECT 90) OR queue = 'billing') t", "billing,orders,sales"),
    ("SELECT array_to_string(ARRAY(SELECT id FROM c ORDER BY queue IN (SELECT 'sales') DESC NULLS LAST, id), ',')", "1,4,3,2"),
    ("SELECT count(*) FROM s WHERE wait >= ALL (SELECT wait FROM s WHERE wait > 0)", "1"),
    ("SELECT count(*) FROM s WHERE wait >= ALL (SELECT wait FROM s)", "0"),
    ("SELECT count(*) FROM s WHERE wait > ANY (SELECT wait FROM s)", "4"),
    ("SELECT count(*) FROM s WHERE wait < SOME (SELECT wait FROM s WHERE queue = 'sales')", "3"),
    ("SELECT count(*) FROM s WHERE NOT wait <= ANY (SELECT wait FROM s WHERE queue = 'sales' AND wait > 0)", "1"),
    ("SELECT count(*) FROM s WHERE wait > ALL (SELECT id FROM c WHERE false)", "6"),
    ("SELECT count(*) FROM c WHERE queue = ANY (SELECT queue FROM s WHERE wait > 50)", "2"),
    ("SELECT count(*) FROM c WHERE queue <> ALL (SELECT queue FROM s WHERE wait > 50)", "1"),
    ("SELECT count(*) FROM c WHERE queue <> ANY (SELECT queue FROM s WHERE wait > 80)", "3"),
    ("SELECT count(*) FROM c WHERE queue = ALL (SELECT queue FROM s WHERE wait IS NULL)", "2"),
    ("SELECT count(*) FROM s AS o WHERE o.wait >= ALL (SELECT s.wait FROM s WHERE s.contact = o.contact AND s.wait > 0)", "3"),
    ("SELECT count(*) FROM s WHERE (queue, wait) IN (SELECT queue, max(wait) FROM s GROUP BY queue)", "3"),
    ("SELECT count(*) FROM s WHERE (queue, wait) NOT IN (SELECT queue, max(wait) FROM s GROUP BY queue)", "2"),
    ("SELECT count(*) FROM c WHERE (id, queue) NOT IN (SELECT contact, queue FROM s WHERE no = 1)", "1"),
    ("SELECT count(*) FROM s WHERE (queue, wait) IN (SELECT queue, max(wait) FROM s GROUP BY queue) OR no = 3", "3"),
    ("SELECT string_agg(coalesce((SELECT s.queue FROM s WHERE s.contact = c.id ORDER BY s.no DESC LIMIT 1), '-'), ',' ORDER BY id) FROM c", "billing,-,orders,orders"),
    ("SELECT string_agg(q, ',' ORDER BY id) FROM (SELECT id, coalesce((SELECT s.queue FROM s WHERE s.contact = c.id ORDER BY s.wait DESC FETCH FIRST 1 ROW ONLY), '-') AS q FROM c) t", "billing,-,orders,sales"),
    ("SELECT string_agg(q, ',' ORDER BY id) FROM (SELECT id, (SELECT s.queue FROM s WHERE s.contact = c.id AND s.no = 1) AS q FROM c) t", "sales,orders,sales"),
    ("SELECT count(*) FROM c WHERE (SELECT s.queue FROM s WHERE s.contact = c.id AND s.no = 2) = 'billing'", "1"),
    ("SELECT string_agg(k || n, ',' ORDER BY k) FROM (SELECT CASE WHEN EXISTS (SELECT 1 FROM s WHERE s.contact = c.id) THEN 'q' ELSE 'n' END k, count(*) n FROM c GROUP BY 1) t", "n1,q3"),
    ("SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM s WHERE s.contact = c.id)) FROM c", "1"),
    ("SELECT sum((SELECT count(*) FROM s WHERE s.contact = c.id)) FROM c", "6"),
    ("SELECT max((SELECT max(s.wait) FROM s WHERE s.contact = c.id) * 2) FROM c WHERE channel <> 'voice'", "120"),
    ("SELECT string_agg(channel || ':' || n, ',' ORDER BY channel) FROM (SELECT channel, count(*) FILTER (WHERE id IN (SELECT contact FROM s WHERE wait > 50)) n FROM c GROUP BY channel) t", "chat:0,email:1,voice:1"),
    ("SELECT string_agg(id || ':' || r, ',' ORDER BY id) FROM (SELECT id, rank() OVER (ORDER BY (SELECT count(*) FROM s WHERE s.contact = c.id) DESC) r FROM c) t", "1:2,2:4,3:3,4:1"),
    ("SELECT EXISTS (SELECT 1 FROM s WHERE wait > 1000) OR NOT EXISTS (SELECT 1 FROM s LIMIT 0)", "true"),
    ("SELECT EXISTS (SELECT max(wait) FROM s WHERE wait > 1000)", "true"),
    ("SELECT EXISTS (SELECT queue FROM s GROUP BY queue HAVING count(*) > 3)", "false"),
    ("SELECT EXISTS (SELECT DISTINCT queue FROM s ORDER BY queue)", "true"),
    ("SELECT string_agg(id || l.queue, ',' ORDER BY id) FROM c, LATERAL (SELECT queue FROM s WHERE s.contact = c.id ORDER BY no DESC LIMIT 1) l", "1billing,3orders,4orders"),
    ("SELECT string_agg(id || coalesce(l.queue, '-'), ',' ORDER BY id) FROM c LEFT JOIN LATERAL (SELECT s.queue, s.wait AS w FROM s WHERE s.contact = c.id ORDER BY w DESC NULLS LAST LIMIT 1) l ON true", "1billing,2-,3orders,4sales"),
    ("SELECT string_agg(id || ':' || l.n, ',' ORDER BY id) FROM c CROSS JOIN LATERAL (SELECT count(*) AS n FROM s WHERE s.contact = c.id) l", "1:2,2:0,3:1,4:3"),
    ("SELECT string_agg(l.k || l.v, ',' ORDER BY l.k, l.v) FROM c CROSS JOIN LATERAL (VALUES ('a', c.channel), ('b', c.queue)) l(k, v) WHERE l.v IS NOT NULL", "achat,aemail,avoice,avoice,borders,bsales,bsales"),
    ("SELECT string_agg(l.x, ',' ORDER BY id) FROM c, LATERAL (SELECT upper(c.channel) AS x) l", "VOICE,VOICE,CHAT,EMAIL"),
    ("WITH top AS (SELECT queue FROM s GROUP BY queue ORDER BY count(*) DESC LIMIT 1) SELECT string_agg(q || n, ',' ORDER BY q) FROM (SELECT CASE WHEN queue IN (SELECT queue FROM top) THEN queue ELSE 'other' END q, count(*) n FROM c GROUP BY 1) t", "other2,sales2"),
    ("SELECT count(*) FROM c, LATERAL (SELECT queue FROM s WHERE s.contact = c.id ORDER BY no DESC LIMIT 1) l WHERE c.id > 1 OR c.id = 1", "3"),
    ("SELECT count(*) FROM (SELECT * FROM c CROSS JOIN LATERAL (SELECT s.no, s.wait FROM s WHERE s.contact = c.id ORDER BY 1 LIMIT 1) l) t", "3"),
    ("SELECT count(*) FROM c LEFT JOIN LATERAL (SELECT s.no FROM s WHERE s.contact = c.id ORDER BY wait LIMIT 1) l ON true", "4"),
    ("SELECT count(*) FROM c LEFT JOIN LATERAL (SELECT s.no FROM s WHERE s.contact = c.id ORDER BY wait LIMIT 1) l ON true JOIN s ON s.no = l.no", "7"),
    ("SELECT array_length(ARRAY(SELECT 1 WHERE false), 1) IS NULL", "true"),
    ("SELECT count(*) FROM c WHERE channel LIKE ANY (ARRAY['v%', 'ch%'])", "3"),
    ("SELECT count(*) FROM c WHERE channel NOT LIKE ANY (ARRAY['v%', 'ch%'])", "4"),
    ("SELECT count(*) FROM c WHERE channel ILIKE ANY ('{V%, x}')", "2"),
    ("SELECT string_agg(queue, ',') FROM (SELECT DISTINCT queue FROM s ORDER BY queue DESC) t", "sales,orders,billing"),
    ("SELECT array_to_string(array_agg(q), ',') FROM (SELECT queue, count(*) FROM s GROUP BY 1 ORDER BY 2 DESC, queue) AS t(q, n)", "sales,orders,billing"),
];

fn over(sql: &str) -> String {
    sql.strip_prefix("WITH ").map_or_else(|| format!("WITH {TABLES} {sql}"), |rest| format!("WITH {TABLES}, {rest}"))
}

#[tokio::test]
async fn a_question_within_another_is_answered_as_in_postgresql_wherever_it_stands() {
    let client = Client::new().await;
    let mut others = Vec::new();
    for (sql, wanted) in ANSWERS {
        match client.answer(&over(sql)).await {
            Ok((_, rows)) if rows == [[*wanted]] => {}
            Ok((_, rows)) => others.push(format!("{sql}\n  {rows:?} instead of {wanted}")),
            Err(error) => others.push(format!("{sql}\n  {error} instead of {wanted}")),
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test]
async fn several_rows_where_there_may_be_one_are_an_error() {
    let client = Client::new().await;
    for sql in [
        "SELECT count((SELECT s.queue FROM s WHERE s.contact = c.id)) FROM c",
        "SELECT (SELECT s.queue FROM s WHERE s.contact = c.id) FROM c",
        "SELECT count(*) FROM c WHERE (SELECT s.queue FROM s WHERE s.contact = c.id) = 'sales'",
        "SELECT (SELECT queue FROM s)",
    ] {
        let said = client.answer(&over(sql)).await.unwrap_err();
        assert_eq!(crate::QueryError::from(said).sqlstate.code(), "21000", "{sql}");
    }
}

#[tokio::test]
async fn a_number_is_not_looked_for_among_texts() {
    let client = Client::new().await;
    let sql = over("SELECT id IN (SELECT queue FROM s) FROM c");
    let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, &sql).unwrap();
    let said = client.engine.plan_statement(statements.remove(0), &sql).await.unwrap_err();
    assert_eq!(said.sqlstate.code(), "42883");
    assert_eq!(said.primary, "bigint and text are not compared: cast one of them to the type of the other");
}

#[tokio::test]
async fn what_cannot_be_asked_where_it_stands_is_refused_in_words() {
    let client = Client::new().await;
    let sql = "SELECT l.queue FROM c, LATERAL (SELECT s.queue FROM s WHERE s.contact = c.id ORDER BY s.no LIMIT 2) AS l";
    let said = crate::QueryError::from(client.answer(&over(sql)).await.unwrap_err());
    assert_eq!(said.sqlstate.code(), "0A000");
    assert!(said.primary.contains("looks at the query around it") && said.hint.unwrap().contains("row_number()"));
}
