//! The query library: SQL files with a `--!` YAML header, built in or from the project folder.

mod header;
mod relative;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use jiff::civil;

use crate::error::QueryError;
use crate::kpi::SpecError;
use crate::kpi::error::nearest_hint;

pub use header::{Chart, Header, Param, ParamType};

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../queries/reports/", $name, ".sql")))),*]
    };
}

/// One query of the library.
#[derive(Debug, Clone)]
pub struct Query {
    /// What its header says.
    pub header: Header,
    /// The statement, header included: comments do no harm and lines keep their numbers.
    pub sql: String,
}

/// All queries by name.
#[derive(Debug, Clone, Default)]
pub struct Library {
    queries: BTreeMap<String, Query>,
}

impl Library {
    /// The built-in queries, with those of `folder` added or put in their place.
    ///
    /// # Errors
    /// Every header that is wrong, with file, line and column.
    pub fn load(folder: Option<&Path>) -> Result<Self, Vec<SpecError>> {
        let mut library = Self::default();
        let mut errors = Vec::new();
        let built_in =
            builtin!("agent_report", "channel_overview", "closure_check", "daily_queue_summary", "data_quality", "interval_heatmap");
        for (name, text) in built_in {
            library.add(&format!("{name}.sql"), name, text, &mut errors);
        }
        for path in folder.into_iter().flat_map(sql_files) {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let shown = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => library.add(&shown, &name, &text, &mut errors),
                Err(cause) => errors.push(SpecError { file: shown, line: 0, column: 0, message: cause.to_string() }),
            }
        }
        if errors.is_empty() { Ok(library) } else { Err(errors) }
    }

    fn add(&mut self, file: &str, stem: &str, text: &str, errors: &mut Vec<SpecError>) {
        match Header::parse(file, stem, text) {
            Ok(header) => {
                self.queries.insert(stem.to_string(), Query { header, sql: text.to_string() });
            }
            Err(error) => errors.push(error),
        }
    }

    /// The query of that name.
    ///
    /// # Errors
    /// An unknown name, with the nearest ones.
    pub fn get(&self, name: &str) -> Result<&Query, QueryError> {
        self.queries.get(name).ok_or_else(|| {
            let hint = nearest_hint(name, self.queries.keys().map(String::as_str));
            let hint = if hint.is_empty() { "`trunkline query list` shows them all" } else { hint.trim_start_matches("; ") };
            QueryError::usage(format!("there is no query \"{name}\"")).hint(hint)
        })
    }

    /// All queries, by name.
    pub fn queries(&self) -> impl Iterator<Item = &Query> {
        self.queries.values()
    }

    /// `catalog.queries`.
    ///
    /// # Errors
    /// Never in practice: all columns have the same length.
    pub fn table(&self) -> Result<RecordBatch, ArrowError> {
        let column =
            |pick: fn(&Header) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(self.queries().map(|q| pick(&q.header)))) };
        RecordBatch::try_from_iter(vec![("name", column(|h| &h.name)), ("title", column(|h| &h.title)), ("grain", column(|h| &h.grain))])
    }
}

impl Query {
    /// A value of the right type for every parameter, to plan the query without being asked for any: the default where it has one
    /// that is fixed, else one that stands for it.
    #[must_use]
    pub fn sample(&self) -> BTreeMap<String, ScalarValue> {
        let epoch = civil::date(1970, 1, 1);
        let value = |name: &String, param: &Param| {
            let text = param.default.clone().or_else(|| param.one_of.first().cloned()).unwrap_or_else(|| param.kind.example().to_string());
            relative::value(name, param, &text, epoch).unwrap_or_else(|_| param.kind.null())
        };
        self.header.params.iter().map(|(name, param)| (name.clone(), value(name, param))).collect()
    }

    /// The values of the parameters: those given as text, else the defaults. `today` resolves relative days.
    ///
    /// # Errors
    /// An unknown name, a value that is not of its type, a required parameter that is missing.
    pub fn bind(&self, given: &BTreeMap<String, String>, today: civil::Date) -> Result<BTreeMap<String, ScalarValue>, QueryError> {
        if let Some(name) = given.keys().find(|name| !self.header.params.contains_key(*name)) {
            let known: Vec<&str> = self.header.params.keys().map(String::as_str).collect();
            return Err(
                QueryError::usage(format!("{} has no parameter \"{name}\"", self.header.name)).hint(format!("it has {}", known.join(", ")))
            );
        }
        let mut values = BTreeMap::new();
        for (name, param) in &self.header.params {
            let text = given.get(name).map(String::as_str).or(param.default.as_deref());
            let value = match text {
                Some(text) => relative::value(name, param, text, today)?,
                None if param.optional => param.kind.null(),
                None => {
                    return Err(
                        QueryError::usage(format!("{} needs a value for \"{name}\"", self.header.name)).hint(format!("-p {name}=..."))
                    );
                }
            };
            values.insert(name.clone(), value);
        }
        Ok(values)
    }
}

fn sql_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).map(|e| e.flatten().map(|e| e.path()).collect::<Vec<_>>()).unwrap_or_default();
    let mut files: Vec<_> = entries.into_iter().filter(|p| p.extension().is_some_and(|e| e == "sql")).collect();
    files.sort();
    files
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
