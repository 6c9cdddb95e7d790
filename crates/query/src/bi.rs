//! Tables of schema `bi`, for tools that drag, drop and sum: what they are, without a session.
//!
//! [`wide`] lays one fact out row by row, with friendly names and the measures of every KPI beside the dimensions; [`periods`] says how KPIs
//! become `bi.kpi_daily` and `bi.kpi_interval`; [`relations`] puts the tables of a session in. Everything about KPIs comes from the
//! catalogue, so that a new definition is a new column. `session::bi` makes table providers of it.

mod column;
mod periods;
pub(crate) mod relations;
mod wide;

use datafusion::arrow::datatypes::SchemaRef;
use trunkline_events::Timestamp;

use crate::kpi::Registry;
use crate::kpi::fact::{AGENT_TIME, FACTS};
use crate::kpi::sql::plan::instant;

pub(crate) use column::{Kind, ZONE, hour_of, weekday_of};
pub(crate) use periods::{Part, PeriodColumn, PeriodKpi, Periods, Shown, Source, Step};
pub(crate) use wide::Wide;

/// Name of the schema.
pub(crate) const SCHEMA: &str = "bi";

/// Everything in schema `bi`.
#[derive(Debug)]
pub(crate) struct Views {
    /// SQL of the instant up to which the log tells what happened: known to definitions, whatever is granted.
    pub(crate) watermark: String,
    pub(crate) wide: Vec<Wide>,
    pub(crate) periods: Vec<Periods>,
}

impl Views {
    /// From the definitions; `base` is the schema of a fact.
    pub(crate) fn of(registry: &Registry, watermark: Option<Timestamp>, base: impl Fn(&str) -> Option<SchemaRef>) -> Self {
        let watermark = match watermark {
            Some(at) => instant(at),
            None => "arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))')".to_owned(),
        };
        let facts = FACTS.into_iter().chain([AGENT_TIME]);
        let wide = facts.filter_map(|fact| Some(Wide::of(fact, &base(fact)?, registry))).collect();
        Self { watermark, wide, periods: vec![Periods::of(Step::Day, registry), Periods::of(Step::HalfHour, registry)] }
    }

    /// The comment of a column.
    pub(crate) fn comment(&self, table: &str, column: &str) -> Option<&str> {
        let wide = self.wide.iter().filter(|view| view.fact == table).flat_map(|view| &view.columns);
        let periods = self.periods.iter().filter(|view| view.name() == table).flat_map(Periods::columns);
        let wide = wide.map(|c| (c.name.as_str(), c.comment.as_str()));
        let found = wide.chain(periods.map(|c| (c.name.as_str(), c.comment.as_str()))).find(|(name, _)| *name == column);
        found.map(|(_, comment)| comment).filter(|comment| !comment.is_empty())
    }

    /// Name of every view, what one row of it is, and its columns with their types and comments.
    pub(crate) fn described(&self) -> Vec<(&str, &'static str, SchemaRef)> {
        let wide = self.wide.iter().map(|view| (view.fact.as_str(), view.one_row_per(), view.schema()));
        let periods = self.periods.iter().map(|view| (view.name(), view.one_row_per(), view.schema(|_| true)));
        wide.chain(periods).collect()
    }
}
