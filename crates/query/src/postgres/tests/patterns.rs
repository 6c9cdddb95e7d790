//! `to_char` and its kin. What is wanted was given by PostgreSQL.

use super::{Client, row};

const AT: &str = "timestamp '2026-03-05 14:07:08.123456'";

#[tokio::test]
async fn dates_are_shown_by_postgresqls_patterns() {
    let client = Client::new().await;
    for (pattern, wanted) in [
        ("YYYY-MM-DD HH24:MI:SS.US", "2026-03-05 14:07:08.123456"),
        ("YYYY-MM-DD\"T\"HH24:MI:SS.MS", "2026-03-05T14:07:08.123"),
        ("HH12:MI AM", "02:07 PM"),
        ("HH:MI p.m.", "02:07 p.m."),
        ("Day, DD Month YYYY", "Thursday , 05 March     2026"),
        ("FMDay, FMDD FMMonth YYYY", "Thursday, 5 March 2026"),
        ("DY Mon dd", "THU Mar 05"),
        ("FMDDth", "5th"),
        ("IYYY-\"W\"IW ID", "2026-W10 4"),
        ("Q WW W DDD D", "1 10 1 064 5"),
        ("YY Y,YYY CC", "26 2,026 21"),
        ("SSSS RM", "50828 III "),
        ("HH24h", "14h"),
    ] {
        assert_eq!(client.value(&format!("SELECT to_char({AT}, '{pattern}')")).await, wanted, "{pattern}");
    }
    assert_eq!(client.value("SELECT to_char(date '2026-12-31', 'DD.MM.YYYY')").await, "31.12.2026");
    assert_eq!(client.value("SELECT to_char(CAST(NULL AS date), 'DD')").await, "∅");
}

#[tokio::test]
async fn instants_are_shown_in_the_sessions_zone() {
    let client = Client::new().await;
    client.settings().set("TimeZone", "Europe/Madrid");
    let at = "timestamptz '2026-07-01 10:00:00Z'";
    assert_eq!(client.value(&format!("SELECT to_char({at}, 'YYYY-MM-DD HH24:MI TZ OF')")).await, "2026-07-01 12:00 CEST +02");
    assert_eq!(
        client.value("SELECT to_timestamp('2026-07-01 12:00', 'YYYY-MM-DD HH24:MI') = timestamptz '2026-07-01 10:00:00Z'").await,
        "true"
    );
}

#[tokio::test]
async fn numbers_are_shown_by_postgresqls_patterns() {
    let client = Client::new().await;
    for (number, pattern, wanted) in [
        ("1234.5", "9,999.99", " 1,234.50"),
        ("-1234.5", "9,999.99", "-1,234.50"),
        ("1234.5", "FM999,990.00", "1,234.50"),
        ("0.5", "FM990.0", "0.5"),
        ("0.5", "FM999.99", ".5"),
        ("12", "0000", " 0012"),
        ("12", "9999", "   12"),
        ("-12", "9999", "  -12"),
        ("12345", "999", " ###"),
        ("485", "FM999th", "485th"),
        ("-485", "999MI", "485-"),
        ("-485", "999PR", "<485>"),
        ("485", "S999", "+485"),
        ("1234567", "FM9,999,999", "1,234,567"),
        ("99.999", "FM999.00", "100.00"),
    ] {
        assert_eq!(client.value(&format!("SELECT to_char({number}, '{pattern}')")).await, wanted, "{number} {pattern}");
    }
}

#[tokio::test]
async fn dates_are_read_by_postgresqls_patterns() {
    let client = Client::new().await;
    for (sql, wanted) in [
        ("to_date('2026-03-05', 'YYYY-MM-DD')", "2026-03-05"),
        ("to_date('05 Mar 2026', 'DD Mon YYYY')", "2026-03-05"),
        ("to_date('20260305', 'YYYYMMDD')", "2026-03-05"),
        ("to_date('2026-03', 'YYYY-MM')", "2026-03-01"),
        ("to_timestamp('2000-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')", "2000-01-01T00:00:00Z"),
        ("to_timestamp('03/05/2026 02:07 PM', 'MM/DD/YYYY HH:MI AM')", "2026-03-05T14:07:00Z"),
        ("to_timestamp('2026-03-05 14:07:08.5', 'YYYY-MM-DD HH24:MI:SS.MS')", "2026-03-05T14:07:08.500Z"),
        ("to_timestamp(86400)", "1970-01-02T00:00:00Z"),
        ("to_number('1,234.5', '9,999.9')", "1234.5"),
    ] {
        assert_eq!(client.value(&format!("SELECT {sql}")).await, wanted, "{sql}");
    }
    assert!(client.answer("SELECT to_date('2026-13-05', 'YYYY-MM-DD')").await.is_err());
}

#[tokio::test]
async fn what_superset_asks_of_a_table_is_answered() {
    let client = Client::new().await;
    let sql = "SELECT DATE_TRUNC('HOUR', started_at) AS started_at, COUNT(*) AS count FROM public.contacts \
               WHERE started_at >= TO_TIMESTAMP('2000-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
               AND started_at < TO_TIMESTAMP('2100-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') \
               GROUP BY DATE_TRUNC('HOUR', started_at) LIMIT 5000";
    assert_eq!(client.rows(sql).await, Vec::<Vec<String>>::new());
    assert_eq!(client.rows("SELECT count(*) FROM \"centre\".\"public\".\"contacts\"").await, [row(&["0"])]);
}
