//! `trunkline query`: the library of queries.

use std::collections::BTreeMap;

use trunkline_query::Engine;
use trunkline_query::format::cells;
use trunkline_query::library::Library;

use crate::answer;
use crate::args::{Cli, Query, QueryAction};
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// An unknown query, parameters that do not fit its header (exit code 2); no lake.
pub async fn run(cli: &Cli, args: &Query) -> Result<(), Failure> {
    match &args.action {
        QueryAction::List => list(cli),
        QueryAction::Show { name } => show(cli, name),
        QueryAction::Run { name, parameters, as_of, output } => {
            let given = answer::pairs(parameters)?;
            let zone = given.get("zone").cloned().unwrap_or_else(|| "UTC".to_string());
            let engine = answer::engine(cli, &zone, as_of.as_deref()).await?;
            let batches = engine.run_query(name, &given, today(&zone)?).await.map_err(answer::explain)?;
            answer::deliver(&batches, output, &zone)?;
            if batches.iter().all(|batch| batch.num_rows() == 0) {
                explain_nothing(cli, &engine, name, &given).await?;
            }
            Ok(())
        }
    }
}

/// Most often nothing is found because the range of the question ends where the data begin, or begins where they end.
async fn explain_nothing(cli: &Cli, engine: &Engine, name: &str, given: &BTreeMap<String, String>) -> Result<(), Failure> {
    let library = library(cli)?;
    let params = &library.get(name).map_err(answer::explain)?.header.params;
    let asked = params.iter().filter_map(|(name, param)| Some(format!("{name}={}", given.get(name).or(param.default.as_ref())?)));
    let last = engine.collect("SELECT occurred_at FROM ops.watermark", &BTreeMap::new()).await.map_err(answer::explain)?;
    let last = last.first().and_then(|batch| cells(batch, "UTC").ok()?.into_iter().next()?.into_iter().next()?);
    let last = last.map_or_else(|| "the log is empty".to_owned(), |at| format!("the last event of the log is of {at}"));
    crate::say(&format!("asked with {}; {last}", asked.collect::<Vec<_>>().join(", ")));
    Ok(())
}

/// The local day it is now.
///
/// # Errors
/// A zone that does not exist.
pub fn today(zone: &str) -> Result<jiff::civil::Date, Failure> {
    let zone = trunkline_query::kpi::request::zone(zone).map_err(Failure::usage)?;
    Ok(zone.to_datetime(jiff::Timestamp::now()).date())
}

fn library(cli: &Cli) -> Result<Library, Failure> {
    let folder = cli.project.as_ref().map(|p| p.join("queries/reports")).filter(|p| p.is_dir());
    Library::load(folder.as_deref()).map_err(|errors| Failure::usage(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

#[allow(clippy::print_stdout, reason = "the list is the result")]
fn list(cli: &Cli) -> Result<(), Failure> {
    for query in library(cli)?.queries() {
        println!("{:22} {} ({})", query.header.name, query.header.title, query.header.grain);
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "the query is the result")]
fn show(cli: &Cli, name: &str) -> Result<(), Failure> {
    let library = library(cli)?;
    let query = library.get(name).map_err(answer::explain)?;
    println!("{}", query.sql.trim_end());
    let defaults: BTreeMap<&String, &trunkline_query::library::Param> = query.header.params.iter().collect();
    for (name, param) in defaults {
        let default = param.default.as_deref().unwrap_or(if param.optional { "none" } else { "required" });
        crate::say(&format!("-p {name}=…  {} [{default}]", param.doc.as_deref().unwrap_or_default()));
    }
    Ok(())
}
