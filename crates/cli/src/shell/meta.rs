//! Commands of the shell that are not SQL.

use super::{Session, terminal};
use crate::answer;
use crate::args::FormatName;
use crate::command::query::today;
use crate::failure::Failure;
use clap::ValueEnum;

const HELP: &str = "\\d [TABLE]      tables, or the columns of one
\\df            functions
\\k [KPI]        KPIs, or the definition of one
\\q [QUERY]      queries of the library, or the text of one
\\run QUERY [NAME=VALUE ...]   runs a query of the library
\\set NAME=VALUE parameter $NAME for further statements
\\format NAME    table, csv, tsv, json, ndjson, markdown, parquet, arrow, xlsx
\\o [FILE]       results to a file; without a file back to the terminal
\\zone NAME      time zone in which instants are shown
\\timing         how long statements take, on or off
\\e              edit the last statement in $EDITOR
\\i FILE         runs the statements of a file
\\quit           leave";

/// Runs one command; false means leave.
pub(super) async fn run(session: &mut Session, line: &str) -> Result<bool, Failure> {
    let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim().trim_end_matches(';');
    match command {
        "\\quit" | "\\exit" => return Ok(false),
        "\\help" | "\\?" | "\\h" => crate::say(HELP),
        "\\timing" => {
            session.is_timing = !session.is_timing;
            crate::say(if session.is_timing { "timing is on" } else { "timing is off" });
        }
        "\\d" if rest.is_empty() => session.one("SELECT table_schema AS schema, table_name AS \"table\" FROM information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2").await?,
        "\\d" => session.one(&format!("DESCRIBE {rest}")).await?,
        "\\df" => session.engine.functions().iter().for_each(|f| crate::say(f)),
        "\\k" if rest.is_empty() => session.one("SELECT name, title, unit, grain, default_basis FROM catalog.kpis ORDER BY name").await?,
        "\\k" => definition(session, rest)?,
        "\\q" if rest.is_empty() => session.one("SELECT name, title, grain FROM catalog.queries ORDER BY name").await?,
        "\\q" => crate::say(session.engine.library().get(rest).map_err(answer::explain)?.sql.trim_end()),
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
        other => return Err(Failure::usage(format!("there is no command '{other}'")).hint("\\help lists them")),
    }
    Ok(true)
}

fn definition(session: &Session, name: &str) -> Result<(), Failure> {
    let spec = session.engine.registry().get(name).map_err(Failure::usage)?;
    crate::say(&format!("{}: {}\n{}", spec.name, spec.title, spec.doc));
    crate::say(&format!("table {}, default basis {}", spec.fact, spec.default_basis));
    if let Some(population) = &spec.population {
        crate::say(&format!("counted: {population}"));
    }
    crate::say(&format!("numerator: {}", spec.numerator));
    if let Some(text) = &spec.denominator {
        crate::say(&format!("denominator: {text}"));
    }
    for (parameter, default) in &spec.parameters {
        crate::say(&format!("-p {parameter}={default}"));
    }
    Ok(())
}

async fn query(session: &Session, rest: &str) -> Result<(), Failure> {
    let mut parts = rest.split_whitespace();
    let name = parts.next().unwrap_or_default();
    let given = answer::pairs(&parts.map(str::to_string).collect::<Vec<_>>())?;
    let batches = session.engine.run_query(name, &given, today(&session.zone)?).await.map_err(answer::explain)?;
    answer::deliver(&batches, &session.output, &session.zone)
}
