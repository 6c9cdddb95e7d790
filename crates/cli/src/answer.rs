//! From the command line to an engine and from rows to the place the user wants them in.

use std::collections::BTreeMap;
use std::io::Write;

use arrow::record_batch::RecordBatch;
use datafusion_common::ScalarValue;
use trunkline_events::Timestamp;
use trunkline_query::format::{self, Format};
use trunkline_query::functions::zone_disagreements;
use trunkline_query::kpi::parse_instant;
use trunkline_query::{Engine, EngineOptions, QueryError};
use trunkline_serve::statement::TextLimits;
use trunkline_serve::views;
use trunkline_storage::Lake;

use crate::args::{Cli, FormatName, Output};
use crate::failure::Failure;

/// An engine over the lake of the line, as of `as_of` if given.
///
/// # Errors
/// No lake there; a definition of the project that is wrong.
pub async fn engine(cli: &Cli, zone: &str, as_of: Option<&str>) -> Result<Engine, Failure> {
    let lake = Lake::open(&cli.lake).await.map_err(no_lake)?;
    warn_of(zone);
    let options = EngineOptions { project: cli.project.clone(), zone: zone.to_string(), ..EngineOptions::default() };
    let Some(text) = as_of else {
        let engine = Engine::open(&lake, &options).await.map_err(explain)?;
        return with_views(engine, &lake);
    };
    let instant = parse_instant(text, zone).map_err(Failure::usage)?;
    let folded = trunkline_facts::fold_as_of(&lake, instant).await.map_err(Failure::failed)?;
    let rows = folded.tables.into_iter().map(|(name, batches)| (name.to_string(), batches)).collect();
    Engine::in_memory(rows, &EngineOptions { watermark: folded.watermark, ..options }).map_err(explain)
}

/// The lake's saved views can be read here too. A file that is damaged takes them away, not the tables.
fn with_views(engine: Engine, lake: &Lake) -> Result<Engine, Failure> {
    match views::load(&lake.views_file(), TextLimits::default()) {
        Ok(views) => engine.with_views(&views).map_err(explain),
        Err(error) => {
            crate::say(&format!("note: saved views are left out: {error}"));
            Ok(engine)
        }
    }
}

/// Says so when the engine's own zone tables are older than ours for a zone: `AT TIME ZONE` is wrong there, `local_bucket` is not.
fn warn_of(zone: &str) {
    const DAYS_BACK: i64 = 730;
    const DAYS_AHEAD: i64 = 365;
    let now = jiff::Timestamp::now().as_second();
    let differing = zone_disagreements(zone, now - DAYS_BACK * 86_400, now + DAYS_AHEAD * 86_400).unwrap_or_default();
    if let Some(first) = differing.first() {
        let at = Timestamp::from_seconds(first.from);
        crate::say(&format!(
            "note: for {zone} the engine's own clock differs from ours from {at} on; use local_bucket and local_date, not AT TIME ZONE"
        ));
    }
}

/// A lake that cannot be opened, with what to do.
pub fn no_lake(error: trunkline_storage::StorageError) -> Failure {
    let failure = Failure::failed(&error);
    match error {
        trunkline_storage::StorageError::NoLake { .. } => {
            failure.hint("`trunkline ingest FILE --connector NAME` makes one, --lake names another")
        }
        _ => failure,
    }
}

/// A question that has no answer, as a failure of the command.
pub fn explain(error: QueryError) -> Failure {
    let message = [Some(error.primary.as_str()), error.detail.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
    let failure = if error.is_usage { Failure::usage(message) } else { Failure::failed(message) };
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Writes rows to standard output or a file. Forms for programs refuse a terminal.
///
/// # Errors
/// A file that cannot be written, a binary form for a terminal.
pub fn deliver(batches: &[RecordBatch], output: &Output, zone: &str) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    format::write(form(output.format), batches, zone, &mut bytes).map_err(explain)?;
    if let Some(path) = &output.output {
        return std::fs::write(path, bytes).map_err(|cause| Failure::failed(format!("'{}' cannot be written: {cause}", path.display())));
    }
    let is_binary = matches!(output.format, FormatName::Parquet | FormatName::Arrow | FormatName::Xlsx);
    if is_binary && std::io::IsTerminal::is_terminal(&std::io::stdout()) {
        return Err(Failure::usage("this format is not for a terminal").hint("add -o FILE or send the output to a file"));
    }
    match std::io::stdout().lock().write_all(&bytes) {
        // A reader that had enough (`| head`) is no failure.
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(cause.into()),
        _ => Ok(()),
    }
}

const fn form(name: FormatName) -> Format {
    match name {
        FormatName::Table => Format::Table,
        FormatName::Csv => Format::Csv,
        FormatName::Tsv => Format::Tsv,
        FormatName::Json => Format::Json,
        FormatName::Ndjson => Format::Ndjson,
        FormatName::Markdown => Format::Markdown,
        FormatName::Parquet => Format::Parquet,
        FormatName::Arrow => Format::Arrow,
        FormatName::Xlsx => Format::Xlsx,
    }
}

/// `name=value` pairs as text.
///
/// # Errors
/// A pair without `=`, a name given twice.
pub fn pairs(parameters: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let mut found = BTreeMap::new();
    for pair in parameters {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Failure::usage(format!("-p '{pair}' has no '='")).hint("write -p name=value"));
        };
        if found.insert(name.trim().to_string(), value.to_string()).is_some() {
            return Err(Failure::usage(format!("-p {name} is given twice")));
        }
    }
    Ok(found)
}

/// `name=value` or `name:type=value` as typed values; without a type, what the text looks like.
///
/// # Errors
/// A value that is not of its type, an unknown type.
pub fn typed(parameters: &[String]) -> Result<BTreeMap<String, ScalarValue>, Failure> {
    let mut values = BTreeMap::new();
    for (name, text) in pairs(parameters)? {
        let (name, kind) = name.split_once(':').map_or((name.as_str(), None), |(n, k)| (n, Some(k)));
        let bad = |what: &str| Failure::usage(format!("-p {name}: '{text}' is no {what}"));
        let value = match kind {
            None => guessed(&text),
            Some("text") => ScalarValue::Utf8(Some(text.clone())),
            Some("int") => ScalarValue::Int64(Some(text.parse().map_err(|_| bad("whole number"))?)),
            Some("float") => ScalarValue::Float64(Some(text.parse().map_err(|_| bad("number"))?)),
            Some("bool") => ScalarValue::Boolean(Some(text.parse().map_err(|_| bad("true or false"))?)),
            Some("date") => ScalarValue::Date32(Some(days(&text).ok_or_else(|| bad("date"))?)),
            Some("time") => {
                let at = parse_instant(&text, "UTC").map_err(Failure::usage)?;
                ScalarValue::TimestampMicrosecond(Some(at.micros()), Some("UTC".into()))
            }
            Some(other) => {
                return Err(Failure::usage(format!("-p {name}: there is no type '{other}'")).hint("text, int, float, bool, date or time"));
            }
        };
        values.insert(name.to_string(), value);
    }
    Ok(values)
}

fn guessed(text: &str) -> ScalarValue {
    if let Ok(n) = text.parse::<i64>() {
        return ScalarValue::Int64(Some(n));
    }
    if let Ok(n) = text.parse::<f64>() {
        return ScalarValue::Float64(Some(n));
    }
    days(text).map_or_else(|| ScalarValue::Utf8(Some(text.to_string())), |d| ScalarValue::Date32(Some(d)))
}

fn days(text: &str) -> Option<i32> {
    let date: jiff::civil::Date = text.parse().ok()?;
    date.since(jiff::civil::date(1970, 1, 1)).ok().map(|span| span.get_days())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use datafusion_common::ScalarValue;

    use super::{pairs, typed};

    #[test]
    fn parameters_have_the_type_given_or_the_one_they_look_like() {
        let values = typed(&["a=5".into(), "b:text=5".into(), "c=2026-03-01".into(), "d=x=y".into()]).unwrap();
        assert_eq!(values["a"], ScalarValue::Int64(Some(5)));
        assert_eq!(values["b"], ScalarValue::Utf8(Some("5".into())));
        assert_eq!(values["c"], ScalarValue::Date32(Some(20_513)));
        assert_eq!(values["d"], ScalarValue::Utf8(Some("x=y".into())));
        assert!(typed(&["a:int=five".into()]).is_err() && pairs(&["a".into()]).is_err() && pairs(&["a=1".into(), "a=2".into()]).is_err());
    }
}
