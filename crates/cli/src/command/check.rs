//! `trunkline check`: everything people write, checked without data.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use trunkline_ingest::pipeline::Pipeline;
use trunkline_query::library::Library;
use trunkline_query::{Engine, EngineOptions, kpi};

use crate::args::{Check, Cli, SchemaName};
use crate::command::ingest::{is_mapping, read_mapping};
use crate::failure::Failure;

/// Runs the command: all mistakes at once, exit code 2 when there is one.
///
/// # Errors
/// The mistakes, with file, line and column.
#[allow(clippy::print_stdout, reason = "the schema is the result")]
pub async fn run(cli: &Cli, args: &Check) -> Result<(), Failure> {
    if let Some(SchemaName::Pipeline) = args.schema {
        println!("{}", Pipeline::json_schema());
        return Ok(());
    }
    let mut mistakes = Vec::new();
    let mut checked = 0;
    let project = cli.project.clone().unwrap_or_else(|| PathBuf::from("."));
    if args.paths.is_empty() {
        checked += definitions(&project, &mut mistakes).await;
        checked += pipelines(&project.join("pipelines"), &mut mistakes);
    }
    for path in &args.paths {
        checked += one_path(path, &mut mistakes).await;
    }
    if mistakes.is_empty() {
        crate::say(&format!("{checked} definition{} in order", if checked == 1 { "" } else { "s" }));
        return Ok(());
    }
    Err(Failure::usage(mistakes.join("\n")))
}

async fn one_path(path: &Path, mistakes: &mut Vec<String>) -> usize {
    if path.is_dir() {
        let project = if path.join("queries").is_dir() { path } else { Path::new("") };
        return definitions(project, mistakes).await + pipelines(path, mistakes);
    }
    match path.extension().and_then(|e| e.to_str()) {
        Some("sql") => {
            let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let parsed = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
            let outcome = parsed.and_then(|text| {
                trunkline_query::library::Header::parse(&path.display().to_string(), &stem, &text).map_err(|e| e.to_string())
            });
            mistakes.extend(outcome.err());
        }
        Some("yaml" | "yml") => mistakes.extend(yaml(path).err()),
        _ => mistakes.push(format!("{}: neither .sql nor .yaml", path.display())),
    }
    1
}

/// A KPI says `fact:`, a mapping says `mapping:`, a pipeline says `version:`.
fn yaml(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    if is_mapping(&text) {
        return read_mapping(path).map(|_| ()).map_err(|f| f.message);
    }
    if text.lines().any(|line| line.starts_with("version:")) {
        let wrong = super::collect::read(path).map_err(|f| f.message)?.try_out();
        return if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.iter().map(|wrong| format!("{}: {wrong}", path.display())).collect::<Vec<_>>().join("\n"))
        };
    }
    kpi::KpiSpec::parse(&path.display().to_string(), &text).map(|_| ()).map_err(|e| e.to_string())
}

async fn definitions(project: &Path, mistakes: &mut Vec<String>) -> usize {
    let kpis = project.join("queries/kpis");
    let registry = if kpis.is_dir() { kpi::Registry::with_folder(&kpis) } else { kpi::Registry::builtin() };
    let mut count = 0;
    match registry {
        Ok(registry) => {
            count += registry.specs().count();
            mistakes.extend(kpi::check::check(&registry).await.iter().map(ToString::to_string));
        }
        Err(errors) => mistakes.extend(errors.iter().map(ToString::to_string)),
    }
    let reports = project.join("queries/reports");
    match Library::load(Some(reports.as_path()).filter(|p| p.is_dir())) {
        Ok(library) => {
            for query in library.queries() {
                count += 1;
                if let Err(mistake) = plan(query).await {
                    mistakes.push(format!("{}.sql: {mistake}", query.header.name));
                }
            }
        }
        Err(errors) => mistakes.extend(errors.iter().map(ToString::to_string)),
    }
    count
}

/// Plans a query on empty tables and compares columns and types with the header.
async fn plan(query: &trunkline_query::library::Query) -> Result<(), String> {
    let engine = Engine::in_memory(HashMap::new(), &EngineOptions::default()).map_err(|e| e.to_string())?;
    engine.check_query(query).await.map_err(|e| [Some(e.primary), e.detail, e.hint].into_iter().flatten().collect::<Vec<_>>().join("\n"))
}

fn pipelines(folder: &Path, mistakes: &mut Vec<String>) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    paths.sort();
    let mut count = 0;
    for path in paths {
        if path.is_dir() {
            count += pipelines(&path, mistakes);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            count += 1;
            mistakes.extend(yaml(&path).err());
        }
    }
    count
}
