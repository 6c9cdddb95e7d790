//! `trunkline demo`: a simulated centre end to end, offline.

mod figures;
mod pages;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use trunkline_facts::FoldOptions;
use trunkline_ingest::{CloudEvents, IngestOptions};
use trunkline_query::{Engine, EngineOptions};
use trunkline_simulate::{Dirt, Options, Truth};
use trunkline_storage::{AppendOptions, Lake};

use crate::answer;
use crate::args::{Cli, Demo};
use crate::command::ingest::now;
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// A folder that cannot be written, or that holds something else.
pub async fn run(_cli: &Cli, args: &Demo) -> Result<(), Failure> {
    let begin = Instant::now();
    prepare(&args.dir)?;
    let events = args.dir.join("events.jsonl");
    let simulated = simulate(args, &events)?;
    crate::say(&format!(
        "simulated {simulated} events of {} contacts over {} days ({:.1} s)",
        args.contacts,
        args.days,
        begin.elapsed().as_secs_f64()
    ));
    let lake = Lake::open_or_create(&args.dir.join("lake").display().to_string()).await.map_err(Failure::failed)?;
    store(&lake, &events).await?;
    crate::say(&format!("stored and folded ({:.1} s)", begin.elapsed().as_secs_f64()));
    let engine = Engine::open(&lake, &EngineOptions::default()).await.map_err(answer::explain)?;
    let figures = figures::all(&engine).await?;
    show(&figures)?;
    let report = args.dir.join("report.html");
    std::fs::write(&report, pages::page(&figures, args).html())?;
    next(args, &report, begin);
    Ok(())
}

/// An empty folder, or an earlier demo's: anything else is left alone.
fn prepare(dir: &Path) -> Result<(), Failure> {
    let is_ours = dir.join("events.jsonl").is_file() && dir.join("lake").is_dir();
    if dir.is_dir() && std::fs::read_dir(dir)?.next().is_some() && !is_ours {
        return Err(Failure::usage(format!("'{}' holds something else", dir.display())).hint("choose another folder with --dir"));
    }
    if is_ours {
        std::fs::remove_dir_all(dir.join("lake"))?;
    }
    std::fs::create_dir_all(dir).map_err(|cause| Failure::failed(format!("'{}' cannot be made: {cause}", dir.display())))
}

fn simulate(args: &Demo, path: &Path) -> Result<u64, Failure> {
    let options = Options { seed: args.seed, contacts: args.contacts, days: args.days, dirt: Dirt::default(), ..Options::default() };
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let stats = trunkline_simulate::run(&options, &mut file, &mut Truth::default())?;
    file.flush()?;
    Ok(stats.events)
}

async fn store(lake: &Lake, events: &Path) -> Result<(), Failure> {
    let secret = lake.customer_secret().await.map_err(Failure::failed)?;
    let mut appender = lake.appender(AppendOptions::default()).await.map_err(Failure::failed)?;
    let options = IngestOptions::new("cloudevents", secret, now());
    let factory = || -> Box<dyn trunkline_ingest::Connector> { Box::new(CloudEvents::new()) };
    let summary =
        trunkline_ingest::ingest(&[events.to_path_buf()], &factory, &options, &mut appender, &mut |_| {}).await.map_err(Failure::failed)?;
    appender.close().await.map_err(Failure::failed)?;
    crate::say(&summary.to_string());
    trunkline_facts::update(lake, &FoldOptions::default()).await.map_err(Failure::failed)?;
    Ok(())
}

/// The table a manager reads: per channel, what came and how it went.
#[allow(clippy::print_stdout, reason = "the table is the result")]
fn show(figures: &figures::Figures) -> Result<(), Failure> {
    println!(
        "\n{:<11}{:>10}{:>10}{:>10}{:>11}{:>12}{:>9}{:>9}",
        "queue", "offered", "answered", "abandoned", "abandon %", "in 20 s %", "ASA s", "AHT s"
    );
    for row in &figures.queues {
        println!(
            "{:<11}{:>10}{:>10}{:>10}{:>11}{:>12}{:>9}{:>9}",
            row.queue,
            figures::count(row.offered),
            figures::count(row.answered),
            figures::count(row.abandoned),
            figures::percent(row.abandonment_rate),
            figures::percent(row.service_level),
            figures::number(row.asa),
            figures::number(row.aht)
        );
    }
    Ok(())
}

fn next(args: &Demo, report: &Path, begin: Instant) {
    let lake = args.dir.join("lake");
    crate::say(&format!("\nReport: {} ({:.1} s in all)", report.display(), begin.elapsed().as_secs_f64()));
    crate::say("Next:");
    crate::say(&format!("  trunkline --lake {0} kpi service_level --by queue --grain 1d", lake.display()));
    crate::say(&format!("  trunkline --lake {0} kpi asa --by queue", lake.display()));
    crate::say(&format!("  trunkline --lake {0} query run daily_queue_summary -p from=2026-01-05 -p to=2026-01-12", lake.display()));
    crate::say(&format!("  trunkline --lake {0} sql", lake.display()));
}
