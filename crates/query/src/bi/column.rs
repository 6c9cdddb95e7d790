//! A column of a view: its name, what it is made of, and what it says of itself.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::logical_expr::{Expr, cast, lit};

use crate::kpi::spec::{KpiSpec, Unit};

/// Stands for the session's time zone in the SQL of a column.
pub(crate) const ZONE: &str = "$zone";

/// Type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A local date.
    Day,
    /// An instant.
    Instant,
    /// A whole number.
    Whole,
    /// A double.
    Double,
    /// As the column of the fact that it is.
    As(DataType),
}

impl Kind {
    pub(crate) fn arrow(&self) -> DataType {
        match self {
            Self::Day => DataType::Date32,
            Self::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Whole => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::As(kind) => kind.clone(),
        }
    }
}

/// A column over the columns of one fact.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) sql: String,
    pub(crate) kind: Kind,
    pub(crate) comment: String,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>, sql: impl Into<String>, kind: Kind, comment: impl Into<String>) -> Self {
        Self { name: name.into(), sql: sql.into(), kind, comment: comment.into() }
    }
}

/// The local date of an instant.
pub(crate) fn day(at: &str) -> String {
    format!("local_date({at}, {ZONE})")
}

/// 1 (Monday) to 7 (Sunday) of a date.
pub(crate) fn weekday(day: &str) -> String {
    // Days since Thursday, 1970-01-01.
    format!("((CAST(CAST({day} AS INT) AS BIGINT) + 3) % 7 + 7) % 7 + 1")
}

/// The same of a date that is an expression of a plan.
pub(crate) fn weekday_of(day: Expr) -> Expr {
    let days = cast(cast(day, DataType::Int32), DataType::Int64);
    ((days + lit(3_i64)) % lit(7_i64) + lit(7_i64)) % lit(7_i64) + lit(1_i64)
}

/// 0 to 23 of a local time that is an expression of a plan.
pub(crate) fn hour_of(local_time: Expr) -> Expr {
    cast(datafusion::functions::datetime::expr_fn::date_part(lit("hour"), local_time), DataType::Int64)
}

/// 0 to 23 of the local clock at an instant.
pub(crate) fn hour(at: &str) -> String {
    format!("CAST(date_part('hour', local_time({at}, {ZONE})) AS BIGINT)")
}

/// The local half-hour that holds an instant, as its start.
pub(crate) fn interval(at: &str) -> String {
    format!("local_bucket({at}, {ZONE}, '30m')")
}

/// What a KPI is, in a sentence or two.
pub(crate) fn definition(spec: &KpiSpec) -> String {
    let doc = spec.doc.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}: {doc}", spec.title)
}

/// The unit as one reads it.
pub(crate) const fn unit(spec: &KpiSpec) -> &'static str {
    match spec.unit {
        Unit::Count => "a count",
        Unit::Seconds => "seconds",
        Unit::Ratio => "a share, 1 is all",
        Unit::PerHour => "per hour",
    }
}
