//! `trunkline maintain`: few files, old ones gone, short logs, damage found. And what a collector does of it between commits.

use std::time::Duration;

use trunkline_storage::maintenance::{Checkpointed, Vacuumed};
use trunkline_storage::{CompactOptions, Compacted, Lake, StorageError, Upkeep, schema};

use crate::args::{Cli, Maintain, MaintainAction};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// No lake, an unknown table (exit code 2), a lake in use by a writer; with `verify` exit code 1 when a file is damaged.
pub async fn run(cli: &Cli, args: &Maintain) -> Result<(), Failure> {
    let lake = Lake::open(&cli.lake).await.map_err(Failure::failed)?;
    match &args.action {
        MaintainAction::Compact { tables, dry_run } => compact(&lake, &chosen(tables)?, *dry_run).await,
        MaintainAction::Vacuum { tables, retention_hours, dry_run } => {
            let (upkeep, retention) = (upkeep(&lake)?, Duration::from_secs(u64::from(*retention_hours) * 3_600));
            for table in chosen(tables)? {
                tell(&vacuumed(&upkeep.vacuum(table, retention, *dry_run).await.map_err(Failure::failed)?, *dry_run));
            }
            Ok(())
        }
        MaintainAction::Checkpoint { tables } => {
            let upkeep = upkeep(&lake)?;
            for table in chosen(tables)? {
                tell(&checkpointed(&upkeep.checkpoint(table).await.map_err(Failure::failed)?));
            }
            Ok(())
        }
        MaintainAction::Verify { tables } => verify(&lake, &chosen(tables)?).await,
    }
}

async fn compact(lake: &Lake, tables: &[&'static str], is_dry_run: bool) -> Result<(), Failure> {
    let upkeep = upkeep(lake)?;
    let options = CompactOptions { min_files: 2, ..CompactOptions::default() };
    let mut damaged = 0;
    for &table in tables {
        let done = if schema::FACT_TABLES.contains(&table) {
            trunkline_facts::compact(lake, table, is_dry_run).await.map_err(Failure::failed)?
        } else {
            upkeep.compact(table, &options, is_dry_run).await.map_err(Failure::failed)?
        };
        damaged += done.damaged.len();
        tell(&compacted(&done, is_dry_run));
    }
    if damaged == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!("{damaged} damaged files were left alone")).hint("`trunkline maintain verify` looks at every file"))
}

async fn verify(lake: &Lake, tables: &[&'static str]) -> Result<(), Failure> {
    let (mut files, mut damaged) = (0, 0);
    for table in tables {
        let found = lake.check_files(table).await.map_err(Failure::failed)?;
        (files, damaged) = (files + found.files, damaged + found.damaged.len());
        let state = if found.damaged.is_empty() { "whole" } else { "DAMAGED" };
        tell(&format!("{table}: {}, {} rows, {state} at version {}", amount(found.files, found.bytes), found.rows, found.version));
        found.damaged.iter().for_each(|file| tell(&format!("  {file}")));
    }
    if damaged == 0 {
        return Ok(());
    }
    let hint = "put the named files back from a copy; fact tables can be made again with `trunkline rebuild`";
    Err(Failure::failed(format!("{damaged} of {files} files are damaged")).hint(hint))
}

fn upkeep(lake: &Lake) -> Result<Upkeep, Failure> {
    lake.upkeep().map_err(|error| {
        let failure = Failure::failed(&error);
        match error {
            StorageError::Locked { .. } => failure.hint("`trunkline collect` keeps its lake in order by itself"),
            _ => failure,
        }
    })
}

/// The tables named, all of them when none is.
fn chosen(names: &[String]) -> Result<Vec<&'static str>, Failure> {
    if names.is_empty() {
        return Ok(schema::TABLES.to_vec());
    }
    let known = |name: &String| {
        let table = schema::TABLES.iter().copied().find(|table| table == name);
        table.ok_or_else(|| Failure::usage(StorageError::UnknownTable { table: name.clone() }))
    };
    names.iter().map(known).collect()
}

pub(super) fn compacted(done: &Compacted, is_dry_run: bool) -> String {
    let (table, before) = (&done.table, amount(done.files_before, done.bytes_before));
    let mut line = match (done.is_change(), is_dry_run) {
        (false, _) => format!("{table}: {before}, nothing to do"),
        (true, true) => format!("{table}: {before} would become {} files", done.files_after),
        (true, false) => format!("{table}: {before} became {}", amount(done.files_after, done.bytes_after)),
    };
    for file in &done.damaged {
        line += &format!("\n  left alone, damaged: {file}");
    }
    line
}

fn vacuumed(done: &Vacuumed, is_dry_run: bool) -> String {
    let would = if is_dry_run { "would be " } else { "" };
    format!("{}: {} {would}deleted", done.table, amount(done.files, done.bytes))
}

fn checkpointed(done: &Checkpointed) -> String {
    format!("{}: checkpoint at version {}, {} commits newer; {} log entries expired", done.table, done.version, done.commits, done.expired)
}

/// Files and their bytes as people write them.
fn amount(files: u64, bytes: u64) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    let size = match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", bytes as f64 / 1_073_741_824.0),
    };
    format!("{files} {noun}, {size}")
}

#[allow(clippy::print_stdout, reason = "the summary is the result")]
fn tell(line: &str) {
    println!("{line}");
}
