//! Commands of the shell that are not SQL.

use std::collections::BTreeMap;

use super::words::COMMANDS;
use super::{Session, terminal};
use crate::answer;
use crate::args::FormatName;
use crate::command::query::today;
use crate::failure::Failure;
use crate::source::Source;
use clap::ValueEnum;
use trunkline_query::kpi::error::nearest_hint;
use trunkline_query::kpi::sql::plan::dimensions;
use trunkline_query::kpi::{Basis, measure_expression};

const HELP: &str = "\\d [TABLE]      tables, or the columns of one
\\df            functions
\\k [KPI]        KPIs, or the definition of one
\\queries [NAME] queries of the library, or the text of one
\\run QUERY [NAME=VALUE ...]   runs a query of the library
\\set NAME=VALUE parameter $NAME for further statements
\\format NAME    table, csv, tsv, json, ndjson, markdown, parquet, arrow, xlsx
\\o [FILE]       results to a file; without a file back to the terminal
\\zone NAME      time zone in which instants are shown and days begin
\\timing [on|off] how long statements take
\\e              edit the last statement in $EDITOR
\\i FILE         runs the statements of a file
\\q              leave (also \\quit, quit, exit, Ctrl-D)";

/// Runs one command; false means leave.
pub(super) async fn run(session: &mut Session, line: &str) -> Result<bool, Failure> {
    let line = line.trim_end_matches(|c: char| c == ';' || c.is_whitespace());
    let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match command {
        "\\q" | "\\quit" | "\\exit" => return Ok(false),
        "\\help" | "\\?" | "\\h" => crate::say(HELP),
        "\\timing" => {
            session.is_timing = match rest {
                "" => !session.is_timing,
                "on" => true,
                "off" => false,
                other => return Err(Failure::usage(format!("\\timing is on or off, not '{other}'"))),
            };
            crate::say(if session.is_timing { "timing is on" } else { "timing is off" });
        }
        "\\d" if rest.is_empty() => session.one("SELECT table_schema AS schema, table_name AS \"table\" FROM information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2").await?,
        "\\d" => session.one(&session.source.columns_of(rest)).await?,
        "\\df" => session.source.engine("the list of functions")?.functions().iter().for_each(|f| crate::say(f)),
        "\\k" if rest.is_empty() => session.one("SELECT name, title, unit, grain, default_basis FROM catalog.kpis ORDER BY name").await?,
        "\\k" => definition(session, rest).await?,
        "\\queries" if rest.is_empty() => session.one("SELECT name, title, grain FROM catalog.queries ORDER BY name").await?,
        "\\queries" => crate::say(session.source.engine("the text of a query")?.library().get(rest).map_err(answer::explain)?.sql.trim_end()),
        "\\run" => query(session, rest).await?,
        "\\set" => session.params.extend(answer::typed(&[rest.to_string()])?),
        "\\format" => session.output.format = FormatName::from_str(rest, true).map_err(Failure::usage)?,
        "\\o" => session.output.output = (!rest.is_empty()).then(|| rest.into()),
        "\\zone" => {
            let _ = today(rest)?;
            session.zone = rest.to_string();
        }
        "\\e" => {
            let edited = terminal::edit(&session.last)?;
            crate::say(edited.trim_end());
            session.statements(&edited).await?;
        }
        "\\i" => {
            let text = std::fs::read_to_string(rest).map_err(|cause| Failure::usage(format!("'{rest}' cannot be read: {cause}")))?;
            session.statements(&text).await?;
        }
        other => {
            let near = nearest_hint(other, COMMANDS.iter().copied());
            let hint = if near.is_empty() { "\\? lists them" } else { near.trim_start_matches("; ") };
            return Err(Failure::usage(format!("there is no command '{other}'")).hint(hint));
        }
    }
    Ok(true)
}

/// Prints what a KPI means and how to ask for it.
async fn definition(session: &Session, name: &str) -> Result<(), Failure> {
    let Source::Here(engine) = &session.source else {
        let name = name.replace('\'', "''");
        return session.one(&format!("SELECT * FROM catalog.kpis WHERE name = '{name}'")).await;
    };
    let spec = engine.registry().get(name).map_err(|e| answer::explain(e.into()))?;
    crate::say(&format!("{}: {}\n{}", spec.name, spec.title, spec.doc));
    let bases: Vec<&str> = spec.offered_bases().into_iter().map(Basis::name).collect();
    crate::say(&format!("table {}, basis {} (of {})", spec.fact, spec.default_basis, bases.join(", ")));
    let by: Vec<String> = dimensions(spec).into_keys().collect();
    crate::say(&format!("by: {}", by.join(", ")));
    let lines = [
        ("counted", spec.population.clone()),
        ("numerator", Some(spec.numerator.clone())),
        ("denominator", spec.denominator.clone()),
        ("target", spec.target.map(|target| target.to_string())),
        ("benchmark", spec.benchmark.clone()),
        ("owner", Some(spec.owner.clone())),
        ("source", Some(spec.source.clone())),
    ];
    for (name, text) in lines {
        if let Some(text) = text {
            crate::say(&format!("{name}: {text}"));
        }
    }
    for (parameter, default) in &spec.parameters {
        crate::say(&format!("parameter {parameter} = {default}"));
    }
    let asked = match measure_expression(spec, &BTreeMap::new(), None, None) {
        Ok(_) => format!("SELECT MEASURE({}) FROM kpi.{};", spec.name, spec.fact),
        Err(_) => format!("SELECT * FROM kpi('{}');", spec.name),
    };
    crate::say(&format!("ask: {asked}"));
    Ok(())
}

async fn query(session: &Session, rest: &str) -> Result<(), Failure> {
    let mut parts = rest.split_whitespace();
    let name = parts.next().unwrap_or_default();
    let given = answer::pairs(&parts.map(str::to_string).collect::<Vec<_>>())?;
    let batches =
        session.source.engine("a query of the library")?.run_query(name, &given, today(&session.zone)?).await.map_err(answer::explain)?;
    answer::deliver(&batches, &session.output, &session.zone)
}
