//! The command line, as clap types. Global options may stand anywhere on the line.

mod serve;
mod upkeep;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use serve::{Audited, Serve, Token, User};
pub use upkeep::{Maintain, MaintainAction, Rejects, Replay};

/// Contact-centre analytics: events in, facts folded, KPIs answered in SQL.
#[derive(Debug, Parser)]
#[command(
    name = "trunkline",
    version,
    about,
    max_term_width = 120,
    after_help = "Exit codes: 0 ok, 1 failed, 2 wrong usage or specification, 3 an assertion fired, 4 data not ready."
)]
pub struct Cli {
    /// Where the tables are: a folder or a file:// URL.
    #[arg(long, global = true, env = "TRUNKLINE_LAKE", default_value = "./lake", value_name = "URL")]
    pub lake: String,
    /// Folder with pipelines/ and queries/; what it lacks comes from the definitions built in.
    #[arg(long, global = true, env = "TRUNKLINE_PROJECT", value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A simulated centre end to end, offline: lake, KPIs, an HTML report.
    Demo(Demo),
    /// Canonical events of a simulated centre, with the truth they imply.
    Simulate(Simulate),
    /// Files into the lake, resumable, safe to repeat.
    Ingest(Ingest),
    /// Live pipelines: receive webhooks, store them exactly once, keep the facts up to date.
    Collect(Collect),
    /// Answers for clients of PostgreSQL's protocol: BI tools, psql, Python.
    Serve(Serve),
    /// Who may log in, and what he may read.
    #[command(subcommand)]
    User(User),
    /// SQL: a shell, or one-off with -c or -f.
    Sql(Sql),
    /// One KPI, one row per period and group.
    Kpi(Kpi),
    /// The query library.
    Query(Query),
    /// Checks pipelines, queries and KPIs without data.
    Check(Check),
    /// Facts again from the log.
    Rebuild(Rebuild),
    /// Rejected records once more, as after a correction.
    #[command(subcommand)]
    Replay(Replay),
    /// The lake in order: few files, old ones gone, short logs, damage found.
    Maintain(Maintain),
}

/// `trunkline demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder for the demo's lake and report.
    #[arg(long, default_value = "./trunkline-demo", value_name = "DIR")]
    pub dir: PathBuf,
    /// Days to simulate.
    #[arg(long, default_value_t = 30)]
    pub days: u32,
    /// Contacts to simulate.
    #[arg(long, default_value_t = 120_000)]
    pub contacts: u64,
    /// Same seed, same centre.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// `trunkline simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Contacts to simulate.
    #[arg(long, default_value_t = 10_000)]
    pub contacts: u64,
    /// Days to simulate.
    #[arg(long, default_value_t = 30)]
    pub days: u32,
    /// Same seed, same centre.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// First day, UTC.
    #[arg(long, default_value = "2026-01-05", value_name = "DATE")]
    pub start: String,
    /// Where events go; `-` is standard output.
    #[arg(long, default_value = "-", value_name = "FILE")]
    pub out: String,
    /// Where the truth goes, as JSON Lines.
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
    /// Share of events sent twice, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub duplicates: f64,
    /// Share of events sent late, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub late: f64,
    /// Events are shuffled within windows of this many.
    #[arg(long, default_value_t = 0, value_name = "EVENTS")]
    pub shuffle: usize,
    /// Share of contacts whose end is never sent, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub missing_ends: f64,
    /// Error of the recorder's clock, milliseconds: every event then carries a `recordedtime`.
    #[arg(long, default_value_t = 0, value_name = "MS", allow_hyphen_values = true)]
    pub clock_skew: i64,
    /// Where events are published instead: to a stream, and in flight.
    #[command(flatten)]
    pub bus: SimulateBus,
}

/// `trunkline simulate --nats`.
#[derive(Debug, Args)]
pub struct SimulateBus {
    /// Publish the events to this NATS server, instead of writing them: nats:// or tls://, several with commas. The password of a user is
    /// taken from the environment, NATS_PASSWORD.
    #[arg(long, value_name = "URL", value_delimiter = ',', conflicts_with = "out", requires = "stream_subject")]
    pub nats: Vec<String>,
    /// Subject to publish on; a JetStream stream must listen on it.
    #[arg(long, value_name = "SUBJECT", requires = "nats")]
    pub stream_subject: Option<String>,
    /// Name of the user to log in as.
    #[arg(long, value_name = "NAME", requires = "nats")]
    pub nats_user: Option<String>,
    /// Certificate of the authority that vouches for the server, PEM, where the system does not know it; more than one by repeating it.
    #[arg(long, value_name = "FILE", requires = "nats")]
    pub nats_ca: Vec<PathBuf>,
    /// Events a second at most; without it, as fast as the server stores them.
    #[arg(long, value_name = "N", requires = "nats", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Seconds to try one message before all is given up.
    #[arg(long, value_name = "SECONDS", requires = "nats", default_value_t = 60)]
    pub give_up_after: u64,
}

/// `trunkline ingest`.
#[derive(Debug, Args)]
pub struct Ingest {
    /// Files: plain, gzip or zstd; recognised by content.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to read them; docs/connectors has a page for each vendor.
    #[arg(long, value_name = "NAME", value_parser = crate::connectors::names())]
    pub connector: String,
    /// Name of the source, for example asterisk://pbx1/queue_log; wins over the specification's.
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// Mapping specification (YAML) for --connector mapping.
    #[arg(long, value_name = "SPEC")]
    pub map: Option<PathBuf>,
    /// Stop as soon as more records than this were rejected; what was committed stays.
    #[arg(long, value_name = "N")]
    pub halt_above: Option<u64>,
    /// Read the files from their start although they are known, as after a correction of the specification: what was rejected and can
    /// be mapped now is stored, what is stored already is a duplicate.
    #[arg(long, conflicts_with = "dry_run")]
    pub again: bool,
    /// Show what would be stored, store nothing (mapping only).
    #[arg(long)]
    pub dry_run: bool,
    /// Only store the log; facts are folded by a later run.
    #[arg(long)]
    pub no_fold: bool,
}

/// `trunkline collect`.
#[derive(Debug, Args)]
pub struct Collect {
    /// Pipelines by name; all of `pipelines/*.yaml` in the project when none is named.
    #[arg(value_name = "PIPELINE")]
    pub pipelines: Vec<String>,
    /// Address that webhooks are received on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Speak HTTP in clear on an address beyond this machine, as behind a proxy that ends TLS.
    #[arg(long)]
    pub plain_http: bool,
    /// Seconds between two folds at least.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub fold_every: u64,
    /// Go on although the broker lost messages of this pipeline that it had acknowledged; the loss is put on record (ops.gaps).
    #[arg(long, value_name = "PIPELINE")]
    pub accept_loss: Vec<String>,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// Aligned columns for people.
    Table,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A Markdown table.
    Markdown,
    /// An Apache Parquet file.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
    /// An Excel workbook.
    Xlsx,
}

/// Where a result goes and in which form.
#[derive(Debug, Clone, Args)]
pub struct Output {
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = FormatName::Table)]
    pub format: FormatName,
    /// File for the result instead of standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `trunkline sql`.
#[derive(Debug, Args)]
pub struct Sql {
    /// Run this statement.
    #[arg(short = 'c', value_name = "SQL", conflicts_with = "file")]
    pub command: Option<String>,
    /// Run the statements of this file; `-` is standard input.
    #[arg(short = 'f', value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// `-`: read statements from standard input.
    #[arg(value_name = "-")]
    pub stdin: Option<String>,
    /// Value of a parameter, `name=value` for `$name`; a type may be given: `name:int=5`.
    #[arg(short = 'p', value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Time zone in which instants are shown and days begin.
    #[arg(long, default_value = "UTC")]
    pub zone: String,
    /// Say how long each statement took.
    #[arg(long)]
    pub timing: bool,
    /// The tables as events recorded up to this instant make them.
    #[arg(long, value_name = "T")]
    pub as_of: Option<String>,
    /// Ask a server (`trunkline serve --flight`) instead of the lake: grpc://HOST:PORT, or grpc+tls://HOST:PORT.
    #[arg(long, value_name = "URL", conflicts_with = "as_of", env = "TRUNKLINE_SERVER")]
    pub server: Option<String>,
    /// User of the server; the password is asked for, or taken from `TRUNKLINE_PASSWORD`.
    #[arg(long, value_name = "NAME", env = "TRUNKLINE_USER")]
    pub user: Option<String>,
    /// Certificates of authorities that are believed instead of the machine's own (PEM).
    #[arg(long, value_name = "FILE", requires = "server")]
    pub server_ca: Option<PathBuf>,
    /// Form and place of the result.
    #[command(flatten)]
    pub output: Output,
}

/// `trunkline kpi`.
#[derive(Debug, Args)]
pub struct Kpi {
    /// KPI, or `list`.
    pub name: String,
    /// Columns to group by.
    #[arg(long, value_delimiter = ',', value_name = "COL")]
    pub by: Vec<String>,
    /// Length of a period: 15m, 30m, 1h, 1d, 1w, 1mo. Without it there is one period, the whole range.
    #[arg(long)]
    pub grain: Option<String>,
    /// First instant (RFC 3339) or local day.
    #[arg(long, value_name = "T")]
    pub from: Option<String>,
    /// End, exclusive: instant or local day.
    #[arg(long, value_name = "T")]
    pub to: Option<String>,
    /// Time zone of days and periods.
    #[arg(long, default_value = "UTC")]
    pub zone: String,
    /// Which instant decides the period: event, arrival, completion, clipped, sl_event.
    #[arg(long)]
    pub basis: Option<String>,
    /// The number as events recorded up to this instant make it.
    #[arg(long, value_name = "T")]
    pub as_of: Option<String>,
    /// Value of a KPI parameter, for example `threshold_s=30`.
    #[arg(short = 'p', value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// Form and place of the result.
    #[command(flatten)]
    pub output: Output,
}

/// `trunkline query`.
#[derive(Debug, Args)]
pub struct Query {
    /// What to do with the library.
    #[command(subcommand)]
    pub action: QueryAction,
}

/// What `trunkline query` does.
#[derive(Debug, Subcommand)]
pub enum QueryAction {
    /// Names and titles.
    List,
    /// One query: header and SQL.
    Show {
        /// Query.
        name: String,
    },
    /// Runs one query.
    Run {
        /// Query.
        name: String,
        /// Value of a parameter.
        #[arg(short = 'p', value_name = "NAME=VALUE")]
        parameters: Vec<String>,
        /// The tables as events recorded up to this instant make them.
        #[arg(long, value_name = "T")]
        as_of: Option<String>,
        /// Form and place of the result.
        #[command(flatten)]
        output: Output,
    },
}

/// `trunkline check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Files or folders; without any, the project's pipelines and queries and everything built in.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the JSON Schema of what people write instead, for editors.
    #[arg(long, value_name = "WHAT", conflicts_with = "paths")]
    pub schema: Option<SchemaName>,
}

/// What has a JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// `pipelines/*.yaml`.
    Pipeline,
}

/// `trunkline rebuild`.
#[derive(Debug, Args)]
pub struct Rebuild {
    /// Fact tables; all of them without any.
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,
    /// Compare with the stored facts instead of replacing them; exit code 3 when they differ.
    #[arg(long)]
    pub verify: bool,
}
