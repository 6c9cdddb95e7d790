//! Why a question has no answer: what is wrong, and what was probably meant.

use datafusion::common::{DataFusionError, SchemaError};

use crate::kpi::KpiError;
use crate::kpi::error::nearest_hint;

/// A question that cannot be answered. `Display` is the primary message, without hint.
#[derive(Debug, thiserror::Error)]
#[error("{primary}")]
pub struct QueryError {
    /// What is wrong, quoting the user.
    pub primary: String,
    /// What to try.
    pub hint: Option<String>,
    /// The question itself is wrong (usage), as opposed to a failure while answering it.
    pub is_usage: bool,
}

impl QueryError {
    /// The question is wrong.
    #[must_use]
    pub fn usage(primary: impl Into<String>) -> Self {
        Self { primary: primary.into(), hint: None, is_usage: true }
    }

    /// Answering failed.
    #[must_use]
    pub fn failed(primary: impl Into<String>) -> Self {
        Self { primary: primary.into(), hint: None, is_usage: false }
    }

    /// Adds a hint; an empty one is none.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = (!hint.is_empty()).then_some(hint);
        self
    }

    /// What planning said: always about the question. `tables` are the names there are.
    pub(crate) fn planning(error: &DataFusionError, tables: &[String]) -> Self {
        let root = error.find_root();
        if let DataFusionError::SchemaError(schema, _) = root
            && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
        {
            let known: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            let hint = nearest_hint(&field.name, known.iter().copied());
            return Self::usage(format!("there is no column \"{}\"", field.name)).hint(sentence(&hint));
        }
        let message = root.strip_backtrace();
        if let Some(name) = quoted_after(&message, "table '") {
            let bare = name.rsplit('.').next().unwrap_or(&name).to_string();
            let shown = name.trim_start_matches("trunkline.public.").trim_start_matches("trunkline.").to_string();
            let hint = nearest_hint(&bare, tables.iter().map(String::as_str));
            let hint = if hint.is_empty() { "`show tables` lists what there is".to_string() } else { sentence(&hint) };
            return Self::usage(format!("there is no table \"{shown}\"")).hint(hint);
        }
        Self::usage(message)
    }
}

fn sentence(hint: &str) -> String {
    hint.trim_start_matches("; ").to_string()
}

fn quoted_after(message: &str, before: &str) -> Option<String> {
    let rest = &message[message.find(before)? + before.len()..];
    rest.split('\'').next().map(str::to_string)
}

impl From<KpiError> for QueryError {
    fn from(error: KpiError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        Self::failed(error.strip_backtrace())
    }
}

impl From<arrow::error::ArrowError> for QueryError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::failed(error.to_string())
    }
}
