//! Where answers come from: the lake of this machine, or a server.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;
use datafusion_common::ScalarValue;
use trunkline_query::Engine;
use trunkline_query::format::cells;

use crate::args::{Cli, Sql};
use crate::failure::Failure;
use crate::remote::{Login, Remote};
use crate::shell::words::Words;
use crate::{answer, progress};

/// One of the two.
#[derive(Debug)]
pub enum Source {
    /// The lake.
    Here(Box<Engine>),
    /// A server.
    There(Box<Remote>),
}

impl Source {
    /// Opens what the line names.
    ///
    /// # Errors
    /// No lake, no server, a login that is refused.
    pub async fn open(cli: &Cli, args: &Sql) -> Result<Self, Failure> {
        let Some(server) = &args.server else {
            return Ok(Self::Here(Box::new(answer::engine(cli, &args.zone, args.as_of.as_deref()).await?)));
        };
        let user = args.user.as_deref().ok_or_else(|| Failure::usage("nobody is named to log in").hint("add --user NAME"))?;
        let password = match std::env::var("TRUNKLINE_PASSWORD") {
            Ok(password) => password,
            Err(_) => rpassword::prompt_password(format!("password of {user}: "))
                .map_err(|cause| Failure::usage(format!("no password: {cause}")).hint("TRUNKLINE_PASSWORD may hold it"))?,
        };
        let login = Login { server, user, password: &password, authority: args.server_ca.as_deref(), zone: &args.zone };
        Ok(Self::There(Box::new(Remote::connect(&login).await?)))
    }

    /// Asks one question; `$name` takes its value from `params`.
    ///
    /// # Errors
    /// SQL that is wrong, and what running it gives.
    pub async fn ask(&self, sql: &str, params: &BTreeMap<String, ScalarValue>) -> Result<Vec<RecordBatch>, Failure> {
        match self {
            Self::Here(engine) => {
                let running = engine.start(sql, params).await.map_err(answer::explain)?;
                progress::finish(running).await.map_err(answer::explain)
            }
            Self::There(remote) => remote.ask(sql, params).await,
        }
    }

    /// The engine of this machine.
    ///
    /// # Errors
    /// Answers come from a server; `what` says what cannot be had from there.
    pub fn engine(&self, what: &str) -> Result<&Engine, Failure> {
        match self {
            Self::Here(engine) => Ok(engine),
            Self::There(_) => Err(Failure::usage(format!("{what} is not to be had from a server"))
                .hint("its catalogue is: SELECT * FROM catalog.kpis, catalog.queries, catalog.columns")),
        }
    }

    /// The statement that shows the columns of a table.
    #[must_use]
    pub fn columns_of(&self, table: &str) -> String {
        let Self::There(_) = self else { return format!("DESCRIBE {table}") };
        let (schema, name) = table.split_once('.').unwrap_or(("public", table));
        let text = |name: &str| name.trim_matches('"').replace('\'', "''");
        format!(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = '{}' AND table_name = '{}' ORDER BY ordinal_position",
            text(schema),
            text(name)
        )
    }

    /// What Tab offers. Of a server, as far as the user may see it.
    pub async fn words(&self) -> Words {
        let Self::Here(engine) = self else { return self.told_words().await };
        let columns = |table: &str| {
            let base = table.trim_start_matches("kpi.");
            let schema = trunkline_storage::schema::arrow_schema(base);
            schema.map(|s| s.fields().iter().map(|f| f.name().clone()).collect()).unwrap_or_default()
        };
        let mut functions: Vec<String> = engine.functions();
        functions.sort();
        Words {
            tables: engine.tables().iter().map(|t| (t.clone(), columns(t))).collect(),
            functions,
            kpis: engine.registry().names().map(str::to_string).collect(),
            queries: engine.library().queries().map(|q| q.header.name.clone()).collect(),
        }
    }

    async fn told_words(&self) -> Words {
        let columns = "SELECT table_schema, table_name, column_name FROM information_schema.columns \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, ordinal_position";
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        for row in self.rows(columns).await {
            let [schema, table, column] = row.as_slice() else { continue };
            let name = if schema == "public" { table.clone() } else { format!("{schema}.{table}") };
            match tables.last_mut().filter(|(last, _)| *last == name) {
                Some((_, columns)) => columns.push(column.clone()),
                None => tables.push((name, vec![column.clone()])),
            }
        }
        let first = |rows: Vec<Vec<String>>| rows.into_iter().filter_map(|row| row.into_iter().next()).collect();
        let kpis = first(self.rows("SELECT name FROM catalog.kpis ORDER BY 1").await);
        let queries = first(self.rows("SELECT name FROM catalog.queries ORDER BY 1").await);
        Words { tables, functions: Vec::new(), kpis, queries }
    }

    /// Rows as text; of what is not granted there are none.
    async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        let batches = self.ask(sql, &BTreeMap::new()).await.unwrap_or_default();
        let texts = batches.iter().filter_map(|batch| cells(batch, "UTC").ok()).flatten();
        texts.map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect()
    }
}
