//! `trunkline ingest`: files into the lake, then the facts they touch.

use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use trunkline_events::Timestamp;
use trunkline_facts::FoldOptions;
use trunkline_ingest::mapping::{Mapping, dry_run};
use trunkline_ingest::run::Factory;
use trunkline_ingest::{IngestError, IngestOptions, Progress, Summary};
use trunkline_storage::{AppendOptions, Lake, LogAppender};

use crate::args::{Cli, Ingest};
use crate::connectors::{CLOUDEVENTS, MAPPING, make};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// A file that cannot be read, a specification that is wrong or does not fit (exit code 2), more rejects than allowed.
pub async fn run(cli: &Cli, args: &Ingest) -> Result<(), Failure> {
    let mapping = mapping(args)?;
    if args.dry_run {
        return show_dry_run(args, mapping.as_ref());
    }
    let source = source(args, mapping.as_deref())?;
    // A name mistyped shall not leave an empty lake behind.
    for path in &args.files {
        std::fs::metadata(path).map_err(|cause| Failure::failed(format!("cannot read {path:?}: {cause}")))?;
    }
    let lake = Lake::open_or_create(&cli.lake).await.map_err(Failure::failed)?;
    let secret = lake.customer_secret().await.map_err(Failure::failed)?;
    let mut options = IngestOptions::new(source, secret, now());
    options.halt_above = args.halt_above;
    options.is_again = args.again;
    let factory = || make(&args.connector, mapping.as_ref());
    let appender = lake.appender(AppendOptions::default()).await.map_err(Failure::failed)?;
    let outcome = store(appender, args, &factory, &options).await;
    match outcome {
        Ok(summary) => crate::say(&summary.to_string()),
        Err(failure) => {
            fold(&lake, args).await?;
            return Err(failure);
        }
    }
    fold(&lake, args).await
}

async fn store(mut appender: LogAppender, args: &Ingest, factory: &Factory<'_>, options: &IngestOptions) -> Result<Summary, Failure> {
    let bar = bar();
    let outcome = trunkline_ingest::ingest(&args.files, factory, options, &mut appender, &mut |progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    let closed = appender.close().await;
    let summary = outcome.map_err(explain)?;
    closed.map_err(Failure::failed)?;
    Ok(summary)
}

async fn fold(lake: &Lake, args: &Ingest) -> Result<(), Failure> {
    if args.no_fold {
        return Ok(());
    }
    let begin = std::time::Instant::now();
    let report = trunkline_facts::update(lake, &FoldOptions::default()).await.map_err(Failure::failed)?;
    crate::say(&folded(&report, begin.elapsed()));
    Ok(())
}

/// One line about a fold.
#[must_use]
pub fn folded(report: &trunkline_facts::FoldReport, took: std::time::Duration) -> String {
    format!(
        "folded {} events of {} contacts and {} agents into {} rows in {:.3} s",
        report.events,
        report.contacts,
        report.agents,
        report.rows,
        took.as_secs_f64()
    )
}

fn explain(error: IngestError) -> Failure {
    match &error {
        IngestError::Misfit { .. } => Failure::usage(error),
        IngestError::Halted { summary, .. } => {
            crate::say(&summary.to_string());
            Failure::failed(error).hint("without --halt-above a later run continues where this one stopped")
        }
        _ => Failure::failed(error),
    }
}

fn mapping(args: &Ingest) -> Result<Option<Arc<Mapping>>, Failure> {
    match (args.connector.as_str(), &args.map) {
        (MAPPING, None) => {
            Err(Failure::usage("--connector mapping needs --map SPEC").hint("see pipelines/examples for specifications to copy"))
        }
        (MAPPING, Some(path)) => read_mapping(path).map(Some),
        (_, Some(_)) => Err(Failure::usage("--map goes with --connector mapping only")),
        (_, None) if args.dry_run => Err(Failure::usage("--dry-run goes with --connector mapping only")),
        (_, None) => Ok(None),
    }
}

/// True for the text of a mapping specification.
pub(crate) fn is_mapping(text: &str) -> bool {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    // A pipeline may name one.
    has("mapping:") && !has("version:")
}

/// Reads a mapping specification; lookup tables lie beside it.
///
/// # Errors
/// Exit code 2 with file, line and column.
pub fn read_mapping(path: &Path) -> Result<Arc<Mapping>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| Failure::usage(format!("'{}' cannot be read: {cause}", path.display())))?;
    let folder = path.parent().unwrap_or_else(|| Path::new("")).to_path_buf();
    let load = move |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|cause| cause.to_string());
    Mapping::parse_with(&text, &path.display().to_string(), &load).map(Arc::new).map_err(Failure::usage)
}

fn source(args: &Ingest, mapping: Option<&Mapping>) -> Result<String, Failure> {
    let given = args.source.clone().or_else(|| mapping.and_then(|m| m.source().map(str::to_string)));
    match (given, args.connector.as_str()) {
        (Some(source), _) => Ok(source),
        // A CloudEvent names its own source; this one only names the file's journal.
        (None, CLOUDEVENTS) => Ok("cloudevents".to_string()),
        (None, _) => Err(Failure::usage("the source has no name").hint("give --source, for example asterisk://pbx1/queue_log")),
    }
}

#[allow(clippy::print_stdout, reason = "the events of a dry run are its result")]
fn show_dry_run(args: &Ingest, mapping: Option<&Arc<Mapping>>) -> Result<(), Failure> {
    let Some(mapping) = mapping else { return Err(Failure::usage("--dry-run goes with --connector mapping only")) };
    for path in &args.files {
        let bytes = std::fs::read(path).map_err(|cause| Failure::failed(format!("'{}' cannot be read: {cause}", path.display())))?;
        let run = dry_run(mapping, &bytes).map_err(Failure::usage)?;
        run.events.iter().for_each(|event| println!("{event}"));
        for reject in &run.rejects {
            crate::say(&format!("{}:{}: {}: {}", path.display(), reject.line, reject.code, reject.message));
        }
        crate::say(&format!("{} records, {} events, {} rejected", run.records, run.events.len(), run.rejects.len()));
        if !run.unread_columns.is_empty() {
            crate::say(&format!("columns never read: {}", run.unread_columns.join(", ")));
        }
    }
    Ok(())
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg} eta {eta}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.bytes_total);
    bar.set_position(progress.bytes_done);
    let seconds = bar.elapsed().as_secs_f64().max(0.001);
    bar.set_message(format!("{} records, {:.0}/s", progress.records, progress.records as f64 / seconds));
}

/// The moment of ingest.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
}
