//! Why a question has no answer: what is wrong, where, and what was probably meant.

mod keyword;
mod place;
mod sqlstate;

use datafusion::common::{DataFusionError, SchemaError};

pub use place::Place;
pub use sqlstate::Sqlstate;

use crate::kpi::KpiError;
use crate::kpi::error::nearest_hint;

/// A question that cannot be answered. `Display` is the primary message, without the rest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{primary}")]
pub struct QueryError {
    /// What is wrong, quoting the user.
    pub primary: String,
    /// The lines of the statement it is about, with a caret.
    pub detail: Option<String>,
    /// What to try.
    pub hint: Option<String>,
    /// Where in the statement.
    pub position: Option<Place>,
    /// The question itself is wrong (usage), as opposed to a failure while answering it.
    pub is_usage: bool,
    /// PostgreSQL's kind for it.
    pub sqlstate: Sqlstate,
}

/// What there is, for hints.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Tables, qualified where they are not in the default schema.
    pub(crate) tables: Vec<String>,
    /// Functions.
    pub(crate) functions: Vec<String>,
}

impl QueryError {
    /// The question is wrong.
    #[must_use]
    pub fn usage(primary: impl Into<String>) -> Self {
        Self {
            primary: primary.into(),
            detail: None,
            hint: None,
            position: None,
            is_usage: true,
            sqlstate: Sqlstate::SyntaxErrorOrAccessRuleViolation,
        }
    }

    /// Answering failed.
    #[must_use]
    pub fn failed(primary: impl Into<String>) -> Self {
        Self { is_usage: false, sqlstate: Sqlstate::InternalError, ..Self::usage(primary) }
    }

    /// Sets PostgreSQL's kind.
    #[must_use]
    pub const fn of_kind(mut self, sqlstate: Sqlstate) -> Self {
        self.sqlstate = sqlstate;
        self
    }

    /// Adds a hint; an empty one is none.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.hint = (!hint.is_empty()).then_some(hint);
        self
    }

    /// Adds the place and the lines around it; without a place nothing changes.
    #[must_use]
    pub fn at(mut self, place: Option<Place>, sql: &str) -> Self {
        self.detail = place.and_then(|p| p.excerpt(sql));
        self.position = place.filter(|_| self.detail.is_some());
        self
    }

    /// What expanding KPIs in `sql` said, at the word it is about.
    pub(crate) fn expanding(error: KpiError, sql: &str) -> Self {
        let place = error.word().and_then(|word| Place::of_word(sql, word)).or_else(|| Place::of_word(sql, "measure"));
        Self::from(error).at(place, sql)
    }

    /// What planning said: always about the question. `sql` is what the user wrote; places are looked for in it.
    pub(crate) fn planning(error: &DataFusionError, sql: &str, known: &Known) -> Self {
        Self::planned(error, sql, known).of_kind(Sqlstate::of(error))
    }

    /// What the parser said of `sql`, at its place.
    #[must_use]
    pub fn of_parser(message: &str, sql: &str) -> Self {
        let (message, place) = place::of_parser(message);
        let error = Self::usage(message).of_kind(Sqlstate::SyntaxError);
        if sql.trim_start().starts_with('\\') {
            return Self { primary: "commands with a backslash belong to the shell".into(), ..error }
                .hint("start it by `trunkline sql` alone");
        }
        match place.and_then(|place| keyword::meant(sql, place)) {
            Some((keyword, at)) => error.hint(format!("did you mean {}?", keyword.to_uppercase())).at(Some(at), sql),
            None => error.at(place, sql),
        }
    }

    fn planned(error: &DataFusionError, sql: &str, known: &Known) -> Self {
        let root = error.find_root();
        if let DataFusionError::SchemaError(schema, _) = root
            && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
        {
            let names: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            let hint = sentence(&nearest_hint(&field.name, names.iter().copied()));
            return Self::usage(format!("there is no column \"{}\"", field.name)).hint(hint).at(Place::of_word(sql, &field.name), sql);
        }
        if let DataFusionError::SQL(parser, _) = root {
            return Self::of_parser(&parser.to_string(), sql);
        }
        let message = root.strip_backtrace();
        if let Some(name) = quoted_after(&message, "Invalid function '").or_else(|| quoted_after(&message, "table function '")) {
            let hint = sentence(&nearest_hint(&name, known.functions.iter().map(String::as_str)));
            let error = Self::usage(format!("there is no function \"{name}\"")).of_kind(Sqlstate::UndefinedFunction);
            return error.hint(hint).at(Place::of_word(sql, &name), sql);
        }
        if let Some(name) = quoted_after(&message, "table '") {
            let shown = name.trim_start_matches("trunkline.public.").trim_start_matches("trunkline.").to_string();
            let bare = name.rsplit('.').next().unwrap_or(&name);
            let hint = sentence(&nearest_hint(&shown, known.tables.iter().map(String::as_str)));
            let hint = if hint.is_empty() { "`show tables` lists what there is".to_string() } else { hint };
            return Self::usage(format!("there is no table \"{shown}\"")).hint(hint).at(Place::of_word(sql, bare), sql);
        }
        if let Some(column) = ungrouped(&message) {
            let primary = format!("column \"{column}\" stands neither in GROUP BY nor in an aggregate");
            return Self::usage(primary).hint(format!("add GROUP BY {column}")).at(Place::of_word(sql, column), sql);
        }
        if Sqlstate::of(root) == Sqlstate::DivisionByZero {
            return divided_by_zero();
        }
        if let Some(error) = unanswered(error, false) {
            return error;
        }
        let plain = plain(&message);
        match ["DDL", "DML", "Statement"].iter().any(|kind| plain.starts_with(&format!("{kind} not supported"))) {
            true => Self::usage(format!("only questions are answered here, nothing is changed: {plain}")),
            false => Self::usage(plain),
        }
    }
}

/// What the engine says, without what it says to its own developers.
fn plain(message: &str) -> &str {
    // Of a function of its own it lists what each signature thinks, and then says it once more; of ours it says why, and that is kept.
    let again = message.find("No function matches").filter(|_| message.contains("failed to match any signature"));
    let message = again.map_or(message, |at| &message[at..]);
    // Of one that chooses its types itself it says why between words of its own.
    let why = message.split_once("user-defined coercion failed with: Error during planning: ").map(|(_, why)| why);
    let message = why.map_or(message, |why| why.split(". No function matches").next().unwrap_or(why));
    let message = message.find("\nThis issue was likely caused by a bug").map_or(message, |at| &message[..at]);
    ["Internal error: ", "Error during planning: ", "Arrow error: ", "Compute error: ", "Execution error: "]
        .iter()
        .fold(message, |message, prefix| message.strip_prefix(prefix).unwrap_or(message))
}

fn divided_by_zero() -> QueryError {
    let error = QueryError::failed("division by zero").of_kind(Sqlstate::DivisionByZero);
    error.hint("write NULLIF(divisor, 0), and the quotient is NULL there")
}

/// A subquery for which the engine has no plan where it stands. It says so in its own words for it, or after planning misses a column of it.
fn unanswered(error: &DataFusionError, is_planned: bool) -> Option<QueryError> {
    let root = error.find_root();
    let message = root.strip_backtrace();
    let kinds = ["OuterReferenceColumn", "ScalarSubquery", "InSubquery", "Exists"];
    let is_named = message
        .find("Physical plan does not support logical expression ")
        .is_some_and(|at| kinds.iter().any(|kind| message[at..].contains(kind)));
    let misses = |error: &DataFusionError| matches!(error, DataFusionError::SchemaError(schema, _) if matches!(schema.as_ref(), SchemaError::FieldNotFound { .. }));
    (is_named || (is_planned && misses(root))).then(|| {
        QueryError::usage("a subquery that looks at the query around it, in this way and in this place, is not available")
            .of_kind(Sqlstate::FeatureNotSupported)
            .hint("write it as a join, or with DISTINCT ON or row_number() OVER (PARTITION BY ...) where it takes the first rows of each; what it compares with \
                   the query around it by = is available in most places")
    })
}

fn sentence(hint: &str) -> String {
    hint.trim_start_matches("; ").to_string()
}

/// The column of a SELECT that is neither grouped by nor aggregated, if that is what the message says.
fn ungrouped(message: &str) -> Option<&str> {
    let before = &message[..message.find("\" must appear in the GROUP BY clause")?];
    before.rsplit(['"', '.']).next()
}

fn quoted_after(message: &str, before: &str) -> Option<String> {
    let rest = &message[message.find(before)? + before.len()..];
    rest.split('\'').next().map(str::to_string)
}

impl From<KpiError> for QueryError {
    fn from(error: KpiError) -> Self {
        match &error {
            KpiError::UnknownKpi { name, hint } => Self::usage(format!("unknown KPI \"{name}\"")).hint(sentence(hint)),
            KpiError::OutsideGrain { hint, .. } => Self::usage(error.to_string()).hint(hint),
            KpiError::UnknownDimension { column: word, known, .. }
            | KpiError::UnknownParameter { parameter: word, known, .. }
            | KpiError::UnknownBasis { basis: word, known, .. } => {
                Self::usage(error.to_string()).hint(sentence(&nearest_hint(word, known.split(", "))))
            }
            _ => Self::usage(error.to_string()),
        }
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        if let DataFusionError::ResourcesExhausted(message) = error.find_root() {
            let primary = format!("the query needs more memory than it may have: {message}");
            return Self::failed(primary)
                .hint("ask for a shorter range or fewer groups, or raise the memory limit")
                .of_kind(Sqlstate::of(&error));
        }
        let kind = Some(Sqlstate::of(&error))
            .filter(|kind| *kind != Sqlstate::SyntaxErrorOrAccessRuleViolation)
            .unwrap_or(Sqlstate::InternalError);
        if kind == Sqlstate::DivisionByZero {
            return divided_by_zero();
        }
        if kind == Sqlstate::CardinalityViolation {
            let error = Self::failed("more than one row returned by a subquery used as an expression").of_kind(kind);
            return error.hint("ORDER BY ... LIMIT 1 takes the first, an aggregate such as max() or string_agg() makes one of all");
        }
        if let Some(error) = unanswered(&error, true) {
            return error;
        }
        let said = error.find_root().strip_backtrace();
        // Which library said it helps nobody.
        Self::failed(plain(&said)).of_kind(kind)
    }
}

impl From<arrow::error::ArrowError> for QueryError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::failed(error.to_string())
    }
}
