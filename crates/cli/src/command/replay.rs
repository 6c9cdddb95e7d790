//! `trunkline replay rejected`: records that were refused, mapped once more by the connectors of today.

use std::sync::Arc;

use trunkline_events::identity::CustomerSecret;
use trunkline_events::port::{Receipt, Rejected};
use trunkline_facts::FoldOptions;
use trunkline_ingest::Connector;
use trunkline_ingest::mapping::Mapping;
use trunkline_ingest::replay::{Staying, map_again};
use trunkline_storage::{AppendOptions, Lake, LogAppender, RejectedFilter, schema};

use crate::args::{Cli, Rejects, Replay};
use crate::command::ingest::{folded, now, read_mapping};
use crate::connectors::{MAPPING, make};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// No lake, a specification that is wrong (exit code 2), a lake in use by a writer; reading and writing errors, after which the command may be
/// repeated.
pub async fn run(cli: &Cli, args: &Replay) -> Result<(), Failure> {
    let Replay::Rejected(args) = args;
    let mapping = args.map.as_deref().map(read_mapping).transpose()?;
    let filter = filter(args, mapping.as_deref())?;
    let lake = Lake::open(&cli.lake).await.map_err(Failure::failed)?;
    let secret = lake.customer_secret().await.map_err(Failure::failed)?;
    let connector = |record: &Rejected| connector_of(record, mapping.as_ref());
    if args.dry_run {
        let (mut staying, mut found) = (Staying::new(), Receipt::default());
        for_each(&lake, &filter, async |records| {
            let replay = map_again(records, &connector, (&secret, now()), &mut staying);
            (found.received, found.events) = (found.received + replay.records.len() as u64, found.events + replay.events.len() as u64);
            Ok(())
        })
        .await?;
        tell(&format!("{} records would give {} events, less those that are known", found.received, found.events));
        tell_staying(&staying);
        return Ok(());
    }
    let appender = lake.appender(AppendOptions::default()).await.map_err(Failure::failed)?;
    let (receipt, staying) = store(&lake, appender, &filter, &connector, &secret).await?;
    tell(&format!(
        "{} records mapped: stored {} + duplicate {} + in conflict {} (events {})",
        receipt.received, receipt.stored, receipt.duplicate, receipt.rejected, receipt.events
    ));
    tell_staying(&staying);
    if receipt.events > 0 {
        let begin = std::time::Instant::now();
        let report = trunkline_facts::update(&lake, &FoldOptions::default()).await.map_err(Failure::failed)?;
        crate::say(&folded(&report, begin.elapsed()));
    }
    Ok(())
}

type MakeConnector<'a> = &'a dyn Fn(&Rejected) -> Result<Box<dyn Connector>, String>;

async fn store(
    lake: &Lake,
    mut appender: LogAppender,
    filter: &RejectedFilter,
    connector: MakeConnector<'_>,
    secret: &CustomerSecret,
) -> Result<(Receipt, Staying), Failure> {
    let (mut staying, mut receipt) = (Staying::new(), Receipt::default());
    for_each(lake, filter, async |mut records| {
        // The others were written by a delivery that broke off; it comes again by itself.
        records.retain(|record| appender.is_acknowledged(record));
        let replay = map_again(records, connector, (secret, now()), &mut staying);
        if !replay.records.is_empty() {
            receipt.add(&appender.replay(replay).await.map_err(Failure::failed)?);
        }
        Ok(())
    })
    .await?;
    appender.close().await.map_err(Failure::failed)?;
    Ok((receipt, staying))
}

/// Goes through the rejected records as they are now, some at a time.
async fn for_each(
    lake: &Lake,
    filter: &RejectedFilter,
    mut work: impl AsyncFnMut(Vec<Rejected>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // Files that a replay takes out of the table stay on disk, so each row is met once.
    for file in lake.table(schema::REJECTED).await.map_err(Failure::failed)?.files() {
        let mut group = 0;
        while let Some(records) = lake.rejected_in(file, group, filter).await.map_err(Failure::failed)? {
            work(records).await?;
            group += 1;
        }
    }
    Ok(())
}

/// Which records: with a specification those of its source that a mapping refused.
fn filter(args: &Rejects, mapping: Option<&Mapping>) -> Result<RejectedFilter, Failure> {
    let mut filter = RejectedFilter { connector: args.connector.clone(), source: args.source.clone(), code: args.code.clone() };
    if let Some(mapping) = mapping {
        match filter.connector.as_deref() {
            None | Some(MAPPING) => filter.connector = Some(MAPPING.to_owned()),
            Some(_) => return Err(Failure::usage("--map goes with --connector mapping only")),
        }
        filter.source = filter.source.or_else(|| mapping.source().map(str::to_owned));
        if filter.source.is_none() {
            return Err(Failure::usage("the source has no name").hint("give --source: records of other sources need other specifications"));
        }
    }
    Ok(filter)
}

fn connector_of(record: &Rejected, mapping: Option<&Arc<Mapping>>) -> Result<Box<dyn Connector>, String> {
    match (record.connector.as_str(), mapping) {
        (MAPPING, None) => Err("needs its specification: give --map".into()),
        (name, _) if !crate::connectors::is_known(name) => Err("its connector is not known here".into()),
        (name, mapping) => Ok(make(name, mapping)),
    }
}

fn tell_staying(staying: &Staying) {
    for ((connector, code, reason), records) in staying {
        tell(&format!("{records} of {connector} with code {code} stay as they are: {reason}"));
    }
}

#[allow(clippy::print_stdout, reason = "the summary is the result")]
fn tell(line: &str) {
    println!("{line}");
}
