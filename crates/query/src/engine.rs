//! Questions in, rows out: the API of this crate.

mod views;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement;
use trunkline_events::Timestamp;
use trunkline_storage::{Lake, schema};

use crate::error::{Known, Place, QueryError};
use crate::kept::Kept;
use crate::kpi::{self, KpiRequest, Registry};
use crate::library::{Library, Query};
use crate::ops;
use crate::peers::{Granted, Peers};
use crate::postgres::{self, Identity};
use crate::rights::Rights;
use crate::running::Running;
use crate::session::saved::Saved;
use crate::session::{self, Limits, Tables};
use crate::views::Views;

/// How to build an engine.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Project folder with `queries/`; what it lacks is built in.
    pub project: Option<PathBuf>,
    /// Zone in which instants are shown; UTC when empty.
    pub zone: String,
    /// Limits of memory and parallelism.
    pub limits: Limits,
    /// For rows in memory: the `occurred_at` of the last event they were folded from. A lake knows its own.
    pub watermark: Option<Timestamp>,
}

/// Whose session [`Engine::fork`] makes.
#[derive(Debug, Clone)]
pub struct Client<'a> {
    /// Zone in which instants are shown.
    pub zone: &'a str,
    /// Schemas in which names without one are looked for: the first of them that there is.
    pub schemas: Vec<String>,
    /// What may be read.
    pub rights: &'a Rights,
    /// Who it is.
    pub identity: Identity,
    /// All saved views; those he may not read are not there for him.
    pub views: Arc<Views>,
}

/// A read-only session over one snapshot.
pub struct Engine {
    context: SessionContext,
    registry: Arc<Registry>,
    library: Arc<Library>,
    peers: Peers,
    watermark: Option<Timestamp>,
    saved: Arc<Saved>,
    /// What a fork was made of: its views are planned in there.
    _granted: Option<Arc<Granted>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine over the newest snapshot of a lake's tables.
    ///
    /// # Errors
    /// A lake that cannot be read, a definition that is wrong.
    pub async fn open(lake: &Lake, options: &EngineOptions) -> Result<Self, QueryError> {
        let mut snapshots = Vec::new();
        for name in schema::TABLES {
            snapshots.push(lake.table(name).await.map_err(|e| QueryError::failed(e.to_string()))?);
        }
        let of = |name: &str| snapshots.iter().find(|table| table.name() == name).cloned();
        let books = match (of(schema::EVENTS), of(schema::REJECTED)) {
            (Some(events), Some(rejected)) => ops::Source::Lake(lake.clone(), events, rejected),
            _ => ops::Source::None,
        };
        let watermark = of(schema::EVENTS).as_ref().and_then(ops::last_event);
        Self::build(&Tables::Lake(lake.root().to_path_buf(), snapshots), books, watermark, options)
    }

    /// An engine over rows in memory, by table name; tables that are missing are empty.
    ///
    /// # Errors
    /// A definition that is wrong.
    pub fn in_memory(rows: HashMap<String, Vec<RecordBatch>>, options: &EngineOptions) -> Result<Self, QueryError> {
        Self::build(&Tables::Memory(rows), ops::Source::None, options.watermark, options)
    }

    fn build(tables: &Tables, books: ops::Source, watermark: Option<Timestamp>, options: &EngineOptions) -> Result<Self, QueryError> {
        let folder = |name: &str| options.project.as_ref().map(|p| p.join("queries").join(name)).filter(|p| p.is_dir());
        let registry = match folder("kpis") {
            Some(path) => Registry::with_folder(&path),
            None => Registry::builtin(),
        };
        let registry = registry.map_err(|errors| QueryError::usage(lines(errors.iter())))?;
        let library = Library::load(folder("reports").as_deref()).map_err(|errors| QueryError::usage(lines(errors.iter())))?;
        let mut extra = kpi::catalog::tables(&registry)?;
        extra.push(("queries", library.table()?));
        let zone = if options.zone.is_empty() { "UTC" } else { &options.zone };
        kpi::request::zone(zone)?;
        let context = session::build(tables, extra, &registry, &options.limits, zone, watermark)?;
        let snapshots = if let Tables::Lake(_, snapshots) = tables { snapshots.as_slice() } else { &[] };
        ops::register(&context, books, watermark, snapshots)?;
        session::bi::register(&context)?;
        let (registry, library) = (Arc::new(registry), Arc::new(library));
        Ok(Self { context, registry, library, peers: Peers::default(), watermark, saved: Arc::default(), _granted: None })
    }

    /// The session of one client over the same snapshot: settings of its own, nothing in it but what its rights grant, and PostgreSQL's catalogue of that.
    ///
    /// # Errors
    /// A zone that does not exist, a row filter that is no condition on its table.
    pub async fn fork(&self, client: &Client<'_>) -> Result<Self, QueryError> {
        kpi::request::zone(client.zone)?;
        let granted = self.peers.granted(&self.context, client).await?;
        let context = granted.session(&client.identity)?;
        let (registry, library) = (Arc::clone(&self.registry), Arc::clone(&self.library));
        let saved = Arc::clone(granted.saved());
        Ok(Self { context, registry, library, peers: Peers::default(), watermark: self.watermark, saved, _granted: Some(granted) })
    }

    /// Plans one parsed question; `MEASURE` and `kpi()` are expanded. `sql` is what the client wrote, for places in errors. Parameters stay open.
    ///
    /// # Errors
    /// What cannot be planned, or would write.
    pub async fn plan_statement(&self, mut statement: Statement, sql: &str) -> Result<DataFrame, QueryError> {
        let kept = self.context.state_ref().read().config().get_extension::<Kept>();
        if let Some(plan) = kept.as_ref().and_then(|kept| kept.plan(&statement)) {
            let mut state = self.context.state();
            session::ease(&mut state);
            return Ok(DataFrame::new(state, plan));
        }
        postgres::look_for_unheeded(&statement, sql)?;
        let laid = self.laid_over(&statement, sql).await?;
        // What reads a saved view is planned in a state of its own.
        let keep = kept.filter(|_| laid.is_none()).map(|kept| (kept, statement.clone()));
        let mut state = laid.unwrap_or_else(|| self.context.state());
        let place = |definition: &str| session::placed(&state, definition);
        kpi::expand_in(&mut statement, &self.registry, &BTreeMap::new(), &place).map_err(|e| QueryError::expanding(e, sql))?;
        postgres::rewrite(&mut statement);
        let plan = state.statement_to_plan(Parsed::Statement(Box::new(statement))).await;
        let plan = plan.and_then(|plan| session::meant(plan, &state)).map_err(|e| self.wrong(&e, sql))?;
        crate::plan_size::bounded(&plan)?;
        read_only().verify_plan(&plan).map_err(|e| self.wrong(&e, sql))?;
        if postgres::is_of_system(&plan) {
            session::ease(&mut state);
        }
        if let Some((kept, written)) = keep {
            kept.keep_plan(written, sql, &plan);
        }
        Ok(DataFrame::new(state, plan))
    }

    /// Tells functions that show settings, and names without a schema, what the session set.
    pub fn tell(&self, name: &str, value: &str) {
        // A session begins by telling all of them: the state is looked at, not copied.
        let settings = self.context.state_ref().read().config().get_extension::<postgres::Settings>();
        if let Some(settings) = settings {
            settings.set(name, value);
        }
    }

    /// What `set_config` wants to be set, since the last time it was asked for.
    #[must_use]
    pub fn wishes(&self) -> Vec<postgres::Wish> {
        let settings = self.context.state_ref().read().config().get_extension::<postgres::Settings>();
        settings.map(|settings| settings.wishes()).unwrap_or_default()
    }

    /// The KPI definitions.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The query library.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// `occurred_at` of the last event in the snapshot; `None` in an empty log.
    #[must_use]
    pub const fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }

    /// Bytes that running questions hold together, of this engine and its forks, and how many they may hold before they spill.
    #[must_use]
    pub fn memory(&self) -> (usize, Option<usize>) {
        let pool = Arc::clone(&self.context.runtime_env().memory_pool);
        let limit = if let MemoryLimit::Finite(bytes) = pool.memory_limit() { Some(bytes) } else { None };
        (pool.reserved(), limit)
    }

    /// The DataFusion session, for completion and description.
    #[must_use]
    pub const fn context(&self) -> &SessionContext {
        &self.context
    }

    /// Plans a read-only statement; `$name` takes its value from `params`, `MEASURE` and `kpi()` are expanded.
    ///
    /// # Errors
    /// SQL that is wrong, that would write, or that has a `$name` without a value.
    pub async fn plan(&self, sql: &str, params: &BTreeMap<String, ScalarValue>) -> Result<DataFrame, QueryError> {
        let frame = self.describe(sql).await?;
        let wanted = frame.logical_plan().get_parameter_names().map_err(|e| self.wrong(&e, sql))?;
        let bare = |name: &String| name.trim_start_matches('$').to_string();
        if let Some(name) = wanted.iter().map(bare).filter(|name| !params.contains_key(name)).min() {
            return Err(QueryError::usage(format!("${name} has no value"))
                .hint(format!("-p {name}=..."))
                .at(Place::of_word(sql, &name), sql));
        }
        if wanted.is_empty() {
            return Ok(frame);
        }
        let values: Vec<(String, ScalarValue)> = params.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        frame.with_param_values(values).map_err(|e| self.wrong(&e, sql))
    }

    /// Plans a read-only statement without values for its parameters: enough for columns, types and parameters, not to run it.
    ///
    /// # Errors
    /// SQL that is wrong, or that would write.
    pub async fn describe(&self, sql: &str) -> Result<DataFrame, QueryError> {
        let expanded = kpi::expand_measures(sql, &self.registry, &BTreeMap::new()).map_err(|e| QueryError::expanding(e, sql))?;
        // The parser's places hold for the text it read, which is the user's unless a measure was expanded.
        let told = if expanded == sql { sql } else { "" };
        let wrong = |e: DataFusionError| {
            QueryError::planning(&e, if matches!(e.find_root(), DataFusionError::SQL(..)) { told } else { sql }, &self.known())
        };
        let state = self.context.state();
        let dialect = state.config().options().sql_parser.dialect;
        let mut statement = state.sql_to_statement(&expanded, &dialect).map_err(wrong)?;
        let laid = match &statement {
            Parsed::Statement(statement) => {
                postgres::look_for_unheeded(statement, sql)?;
                self.laid_over(statement, sql).await?
            }
            _ => None,
        };
        let state = laid.unwrap_or(state);
        if let Parsed::Statement(statement) = &mut statement {
            postgres::reword(statement);
        }
        let plan = state.statement_to_plan(statement).await;
        let plan = plan.and_then(|plan| session::meant(plan, &state)).map_err(wrong)?;
        read_only().verify_plan(&plan).map_err(wrong)?;
        Ok(DataFrame::new(state, plan))
    }

    fn wrong(&self, error: &DataFusionError, sql: &str) -> QueryError {
        QueryError::planning(error, sql, &self.known())
    }

    fn known(&self) -> Known {
        Known { tables: self.tables(), functions: self.functions() }
    }

    /// Runs a query of the library; `given` are parameter values as text, `today` resolves relative days.
    ///
    /// # Errors
    /// An unknown query, parameters that do not fit its header, and what running it gives.
    pub async fn run_query(
        &self,
        name: &str,
        given: &BTreeMap<String, String>,
        today: jiff::civil::Date,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let query = self.library.get(name)?;
        let values = query.bind(given, today)?;
        self.collect(&query.sql, &values).await
    }

    /// Proves without data that a query is read-only, plans, and returns the columns, in the types, that its header declares.
    ///
    /// # Errors
    /// The first thing that is not so.
    pub async fn check_query(&self, query: &Query) -> Result<(), QueryError> {
        let frame = self.plan(&query.sql, &query.sample()).await?;
        query.header.check_columns(frame.schema().as_arrow())
    }

    /// Starts a statement; its rows come as they are made, dropping it cancels it.
    ///
    /// # Errors
    /// As [`Self::plan`].
    pub async fn start(&self, sql: &str, params: &BTreeMap<String, ScalarValue>) -> Result<Running, QueryError> {
        Running::start(self.plan(sql, params).await?).await
    }

    /// Runs a statement to its end. There is always at least one batch, so that the columns are known.
    ///
    /// # Errors
    /// As [`Self::plan`], and what running it gives.
    pub async fn collect(&self, sql: &str, params: &BTreeMap<String, ScalarValue>) -> Result<Vec<RecordBatch>, QueryError> {
        self.start(sql, params).await?.finish().await
    }

    /// Answers a question about a KPI in the long form.
    ///
    /// # Errors
    /// Names, parameters and ranges that do not fit the KPI.
    pub async fn kpi(&self, request: &KpiRequest) -> Result<Vec<RecordBatch>, QueryError> {
        let mut request = request.clone();
        if (request.from.is_none() || request.to.is_none()) && request.grain.is_some() {
            self.fill_range(&mut request).await?;
        }
        let sql = kpi::kpi_sql(&self.registry, &request)?;
        self.collect(&sql, &BTreeMap::new()).await
    }

    /// Sets the ends of the range that are open to those of the data.
    async fn fill_range(&self, request: &mut KpiRequest) -> Result<(), QueryError> {
        let sql = format!(
            "SELECT arrow_cast(first_at, 'Int64') AS f, arrow_cast(last_at, 'Int64') AS l FROM ({}) AS r",
            kpi::range_sql(&self.registry, request)?
        );
        let batches = self.collect(&sql, &BTreeMap::new()).await?;
        let bound = |column: usize| {
            let batch = batches.iter().find(|b| b.num_rows() > 0)?;
            let values = batch.column(column).as_primitive_opt::<Int64Type>()?;
            arrow::array::Array::is_valid(values, 0).then(|| Timestamp::from_micros(values.value(0)))
        };
        request.from = request.from.or_else(|| bound(0));
        request.to = request.to.or_else(|| bound(1).map(|last| Timestamp::from_micros(last.micros() + 1)));
        Ok(())
    }

    /// Names of all functions.
    #[must_use]
    pub fn functions(&self) -> Vec<String> {
        let state = self.context.state();
        let mut names: Vec<String> = state
            .scalar_functions()
            .keys()
            .chain(state.aggregate_functions().keys())
            .chain(state.window_functions().keys())
            .chain(state.table_functions().keys())
            .cloned()
            .collect();
        names.extend(["measure".to_string(), "kpi".to_string()]);
        names.sort();
        names.dedup();
        names
    }

    /// Names of the tables, qualified where they are not in the default schema.
    #[must_use]
    pub fn tables(&self) -> Vec<String> {
        let Some(catalog) = self.context.catalog(session::CATALOG) else { return Vec::new() };
        let mut names = Vec::new();
        for schema in catalog.schema_names().into_iter().filter(|name| !postgres::is_system(name)) {
            let tables = catalog.schema(&schema).map(|s| s.table_names()).unwrap_or_default();
            names.extend(tables.into_iter().map(|t| if schema == "public" { t } else { format!("{schema}.{t}") }));
        }
        names.sort();
        names
    }
}

/// Questions only.
fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}

fn lines<T: std::fmt::Display>(errors: impl Iterator<Item = T>) -> String {
    errors.map(|e| e.to_string()).collect::<Vec<_>>().join("\n")
}
