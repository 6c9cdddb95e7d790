//! What clients ask when they connect and browse, replayed: the statements lie beside this file by client, each with a name.
//!
//! Those of psql, JDBC, ODBC, SQLAlchemy, Superset, dbt, node and pgAdmin (6.21) were logged, with our tables put in and two very long lists cut
//! short; so were those of `libraries.sql`, of ADBC, Django, DBD::Pg, pgcli and Rails.
//! Those of Power BI, Npgsql, Metabase and Grafana are written after what these are known to send, and `drivers.sql` is partly our own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod arrays;
mod browse;
mod doors;
mod metadata;
mod numbers;
mod patterns;
mod quotients;
mod spans;
mod statements;
mod subqueries;
mod values;

use std::collections::HashMap;

use arrow::array::Array;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DataFusionError, Result};
use datafusion::sql::parser::Statement as Planned;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::{Identity, Settings, list, register, rewrite, shown_name};
use crate::{Engine, EngineOptions};

/// The statements by client.
const FILES: [(&str, &str); 11] = [
    ("drivers", include_str!("tests/drivers.sql")),
    ("psql", include_str!("tests/psql.sql")),
    ("jdbc", include_str!("tests/jdbc.sql")),
    ("odbc", include_str!("tests/odbc.sql")),
    ("sqlalchemy", include_str!("tests/sqlalchemy.sql")),
    ("superset", include_str!("tests/superset.sql")),
    ("dbt and node", concat!(include_str!("tests/dbt.sql"), "\n", include_str!("tests/node.sql"))),
    ("power bi", include_str!("tests/powerbi.sql")),
    ("metabase", include_str!("tests/metabase.sql")),
    ("libraries", include_str!("tests/libraries.sql")),
    ("pgadmin", include_str!("tests/pgadmin.sql")),
];

/// Rows as text; NULL is `∅`.
type Rows = Vec<Vec<String>>;

/// A session of `anna` over tables without rows.
struct Client {
    engine: Engine,
}

impl Client {
    async fn new() -> Self {
        Self::within("UTC").await
    }

    /// The same in a zone.
    async fn within(zone: &str) -> Self {
        let engine = Engine::in_memory(HashMap::new(), &EngineOptions { zone: zone.into(), ..EngineOptions::default() }).unwrap();
        let identity = Identity { user: "anna".into(), database: "centre".into(), backend_pid: 4711, sessions: None };
        let listing = list(engine.context(), &identity).await.unwrap();
        register(engine.context(), &listing, &identity).unwrap();
        Self { engine }
    }

    fn settings(&self) -> std::sync::Arc<Settings> {
        self.engine.context().state().config().get_extension::<Settings>().unwrap()
    }

    /// Names of the columns, and the rows.
    async fn answer(&self, sql: &str) -> Result<(Vec<String>, Rows)> {
        let mut statements =
            Parser::parse_sql(&PostgreSqlDialect {}, sql).map_err(|e| DataFusionError::Plan(format!("does not parse: {e}")))?;
        let planned = self.engine.plan_statement(statements.remove(0), sql).await;
        let frame = planned.map_err(|e| DataFusionError::Plan(e.to_string()))?;
        let names = frame.schema().fields().iter().map(|f| shown_name(f.name()).to_owned()).collect();
        let batches = frame.collect().await?;
        let options = FormatOptions::new().with_null("∅");
        let mut rows = Vec::new();
        for batch in &batches {
            let columns: Vec<ArrayFormatter> = batch
                .columns()
                .iter()
                .map(|c| ArrayFormatter::try_new(c.as_ref() as &dyn Array, &options))
                .collect::<std::result::Result<_, _>>()?;
            for row in 0..batch.num_rows() {
                rows.push(columns.iter().map(|c| c.value(row).to_string()).collect());
            }
        }
        Ok((names, rows))
    }

    async fn rows(&self, sql: &str) -> Rows {
        match self.answer(sql).await {
            Ok((_, rows)) => rows,
            Err(error) => panic!("{error}\n{sql}"),
        }
    }

    /// The only value of the only row.
    async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!((rows.len(), rows.first().map(Vec::len)), (1, Some(1)), "{sql}");
        rows[0][0].clone()
    }

    /// The only value is what PostgreSQL gave: numbers to nine places, times without the `T`.
    async fn answers(&self, sql: &str, wanted: &str) {
        let found = self.value(sql).await.replace('T', " ");
        let is_same = match (found.parse::<f64>(), wanted.parse::<f64>()) {
            (Ok(found), Ok(wanted)) => (found - wanted).abs() < 1e-9,
            _ => found == wanted,
        };
        assert!(is_same, "{sql}: {found} instead of {wanted}");
    }

    /// The rows of a recorded statement.
    async fn recorded(&self, name: &str) -> Rows {
        let statement = statements().into_iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no statement {name}")).1;
        self.rows(&self.filled(&statement).await).await
    }

    /// A recorded statement with the OIDs of this session in it.
    async fn filled(&self, statement: &str) -> String {
        let oid = async |name: &str| self.value(&format!("SELECT '{name}'::regclass::oid")).await;
        statement.replace("{table}", &oid("public.agent_legs").await).replace("{view}", &oid("kpi.agent_time").await)
    }
}

/// Every recorded statement with its name.
fn statements() -> Vec<(String, String)> {
    let all = FILES.iter().flat_map(|(_, text)| text.split("\n;\n"));
    let named = all.filter_map(|text| text.trim().strip_prefix("-- ")?.split_once('\n'));
    named.map(|(name, sql)| (name.to_owned(), sql.to_owned())).collect()
}

fn row(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
