//! Statements that are prepared, and questions on their way.

use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::LogicalPlan;

use trunkline_query::postgres::of_type;

use super::parameter;
use super::row::Format;
use super::types;
use crate::answer::Answer;
use crate::parameters::{bound as with_values, of_plan};
use crate::refusal::Refusal;
use crate::statement::Kind;

/// A statement with a name.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) sql: String,
    /// Nothing is an empty statement.
    pub(crate) kind: Option<Kind>,
    /// Types that the client declared; 0 where it left it to us.
    pub(crate) declared: Vec<u32>,
    /// The plan of a question, and the session's state it is of.
    pub(crate) plan: Option<(u64, DataFrame)>,
}

/// What a parameter is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    /// As told to the client.
    pub(crate) oid: u32,
    /// What the plan takes, where it says so.
    pub(crate) wanted: Option<DataType>,
}

/// The parameters of a plan, `$1` first.
pub(crate) fn parameters(plan: &LogicalPlan, declared: &[u32]) -> Result<Vec<Parameter>, Refusal> {
    let by_number = of_plan(plan)?;
    let count = by_number.keys().last().copied().unwrap_or(0).max(declared.len());
    let parameter = |number: usize| {
        let wanted = by_number.get(&number).cloned().flatten();
        let declared = declared.get(number - 1).copied().filter(|oid| !matches!(*oid, 0 | types::UNKNOWN));
        let oid = declared.unwrap_or_else(|| wanted.as_ref().map_or(types::TEXT, |kind| of_type(kind).oid.cast_unsigned()));
        Parameter { oid, wanted }
    };
    Ok((1..=count).map(parameter).collect())
}

/// A question with values, or what else a statement does; executed in pieces.
#[derive(Debug)]
pub(crate) struct Portal {
    pub(crate) sql: String,
    pub(crate) kind: Option<Kind>,
    /// A question that has not begun.
    pub(crate) question: Option<DataFrame>,
    pub(crate) codes: Vec<i16>,
    pub(crate) source: Option<Source>,
    /// It was executed to its end.
    pub(crate) is_done: bool,
}

/// Values for the parameters of a plan, in the session's zone.
pub(crate) fn bound(
    plan: &DataFrame,
    parameters: &[Parameter],
    formats: &[i16],
    values: &[Option<bytes::Bytes>],
    zone: &str,
) -> Result<DataFrame, Refusal> {
    if values.len() != parameters.len() {
        let message = format!("bind message supplies {} parameters, but prepared statement requires {}", values.len(), parameters.len());
        return Err(Refusal::error("08P01", message));
    }
    if values.is_empty() {
        return Ok(plan.clone());
    }
    let mut scalars: Vec<ScalarValue> = Vec::with_capacity(values.len());
    for (i, (value, parameter)) in values.iter().zip(parameters).enumerate() {
        let format = Format::of(formats, i).ok_or_else(|| Refusal::error("08P01", "a format of a parameter that does not exist"))?;
        scalars.push(parameter::value(value.as_deref(), format, (parameter.oid, parameter.wanted.as_ref()), zone, i + 1)?);
    }
    with_values(plan, scalars)
}

/// Rows on their way, as far as they have come.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) answer: Answer,
    pub(crate) formats: Vec<Format>,
    /// The batch under way and its next row.
    pub(crate) batch: Option<(RecordBatch, usize)>,
}

impl Source {
    /// With the formats of a Bind.
    pub(crate) fn new(answer: Answer, codes: &[i16]) -> Result<Self, Refusal> {
        let formats = formats(&answer.columns(), codes)?;
        Ok(Self { answer, formats, batch: None })
    }
}

/// The format of each column.
pub(crate) fn formats(columns: &SchemaRef, codes: &[i16]) -> Result<Vec<Format>, Refusal> {
    let wrong = || {
        Refusal::error("08P01", format!("bind message has {} result formats but query has {} columns", codes.len(), columns.fields().len()))
    };
    (0..columns.fields().len()).map(|i| Format::of(codes, i).ok_or_else(wrong)).collect()
}
