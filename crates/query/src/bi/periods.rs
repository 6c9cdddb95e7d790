//! All KPIs by local day or half-hour, channel and queue: `bi.kpi_daily` and `bi.kpi_interval`.
//!
//! Each KPI lands where its default basis says. A KPI is NULL in a row in which nothing could count for it, so that no total depends on which
//! other columns are asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::column::{self, Kind};
use super::relations;
use crate::kpi::Registry;
use crate::kpi::fact::{AGENT_TIME, WATERMARK};
use crate::kpi::measure::row_measures;
use crate::kpi::parameter::{effective, substitute};
use crate::kpi::spec::{Basis, KpiKind, KpiSpec, Unit};
use crate::kpi::sql::plan::dimensions;

/// Length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A local day.
    Day,
    /// A half-hour of the local clock.
    HalfHour,
}

/// Rows that are summed together: from where, when, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    relation: String,
    at: String,
    channel: String,
    queue: String,
}

/// One side of a KPI.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) source: Source,
    /// What a row gives.
    pub(crate) sql: String,
}

/// A KPI as a column of periods.
#[derive(Debug)]
pub(crate) struct PeriodKpi {
    pub(crate) spec: KpiSpec,
    pub(crate) numerator: Part,
    pub(crate) denominator: Option<Part>,
    /// The tables its rows come from.
    pub(crate) needs: BTreeSet<String>,
}

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Start of the period, for a day its date.
    Period,
    /// Local date of a half-hour.
    Day,
    /// 1 (Monday) to 7.
    Weekday,
    /// 0 to 23.
    Hour,
    /// Channel.
    Channel,
    /// Queue.
    Queue,
    /// Value of the KPI of that number.
    Value(usize),
    /// Its numerator.
    Numerator(usize),
    /// Its denominator.
    Denominator(usize),
}

/// A column of periods.
#[derive(Debug, Clone)]
pub(crate) struct PeriodColumn {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) comment: String,
    pub(crate) shown: Shown,
}

/// One of the two tables.
#[derive(Debug)]
pub(crate) struct Periods {
    pub(crate) step: Step,
    pub(crate) kpis: Vec<PeriodKpi>,
    columns: Vec<PeriodColumn>,
}

impl Periods {
    pub(super) fn of(step: Step, registry: &Registry) -> Self {
        let kpis: Vec<PeriodKpi> = registry.specs().filter_map(PeriodKpi::of).collect();
        let mut columns = keys(step);
        columns.extend(kpis.iter().enumerate().flat_map(|(at, kpi)| kpi.columns(at)));
        let mut seen = BTreeSet::new();
        columns.retain(|column| seen.insert(column.name.clone()));
        Self { step, kpis, columns }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self.step {
            Step::Day => "kpi_daily",
            Step::HalfHour => "kpi_interval",
        }
    }

    pub(super) const fn one_row_per(&self) -> &'static str {
        match self.step {
            Step::Day => "local day, channel and queue in which one of the KPIs asked for has something to count",
            Step::HalfHour => "local half-hour, channel and queue in which one of the KPIs asked for has something to count",
        }
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &PeriodColumn> {
        self.columns.iter()
    }

    /// The columns whose KPIs a session can compute.
    pub(crate) fn offered(&self, has: impl Fn(&PeriodKpi) -> bool) -> Vec<PeriodColumn> {
        let is_offered = |column: &&PeriodColumn| column.shown.kpi().is_none_or(|at| has(&self.kpis[at]));
        self.columns.iter().filter(is_offered).cloned().collect()
    }

    pub(crate) fn schema(&self, has: impl Fn(&PeriodKpi) -> bool) -> SchemaRef {
        let field = |c: &PeriodColumn| Field::new(&c.name, c.kind.arrow(), true);
        Arc::new(Schema::new(self.offered(has).iter().map(field).collect::<Vec<_>>()))
    }
}

impl Shown {
    /// The KPI it belongs to.
    pub(crate) const fn kpi(self) -> Option<usize> {
        match self {
            Self::Value(at) | Self::Numerator(at) | Self::Denominator(at) => Some(at),
            _ => None,
        }
    }
}

impl Source {
    /// Its rows: `at, lead, channel, queue` and what is asked. `lead` is NULL, or the column that is the instant where it is not NULL: files can
    /// be pruned by a column alone.
    pub(crate) fn rows(&self, asked: &[String]) -> String {
        let text = |sql: &str| format!("arrow_cast({sql}, 'Utf8View')");
        let lead = leading(&self.at).unwrap_or_else(|| "NULL".to_owned());
        let asked: String = asked.iter().map(|column| format!(", {column}")).collect();
        let (channel, queue, at) = (text(&self.channel), text(&self.queue), &self.at);
        let lead = format!("arrow_cast({lead}, 'Timestamp(Microsecond, Some(\"UTC\"))')");
        format!(
            "SELECT {at} AS at, {lead} AS lead, {channel} AS channel, {queue} AS queue{asked} FROM {} WHERE {at} IS NOT NULL",
            self.relation
        )
    }

    /// Whether its instants are those of a column, unless that is NULL.
    pub(crate) fn has_lead(&self) -> bool {
        leading(&self.at).is_some()
    }
}

/// `a` in `coalesce(a, ...)`.
fn leading(at: &str) -> Option<String> {
    let Expr::Function(call) = Parser::new(&GenericDialect {}).try_with_sql(at).ok()?.parse_expr().ok()? else { return None };
    let FunctionArguments::List(list) = &call.args else { return None };
    match list.args.first()? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(column))) if call.name.to_string() == "coalesce" => {
            Some(column.to_string())
        }
        _ => None,
    }
}

impl PeriodKpi {
    /// Nothing for a share (its total lies across rows), and for stretches that would have to be cut at the ends of periods.
    fn of(spec: &KpiSpec) -> Option<Self> {
        let is_cut = spec.default_basis == Basis::Clipped && spec.fact != AGENT_TIME;
        if spec.kind == KpiKind::Share || is_cut || (spec.derive.is_some() && !spec.versions.is_empty()) {
            return None;
        }
        let relation = match &spec.derive {
            Some(query) => format!(
                "({}) AS f",
                substitute(&spec.name, query, &effective(spec, &std::collections::BTreeMap::new()).ok()?, WATERMARK).ok()?
            ),
            None => spec.fact.clone(),
        };
        let known = dimensions(spec);
        let dimension = |name: &str| known.get(name).cloned().unwrap_or_else(|| "NULL".to_owned());
        let (channel, queue) = (dimension("channel"), dimension("queue"));
        let row = row_measures(spec).ok()?;
        let part = |sql: &str, at: &str| Part {
            source: Source { relation: relation.clone(), at: at.to_owned(), channel: channel.clone(), queue: queue.clone() },
            sql: if spec.kind == KpiKind::Distinct { sql.to_owned() } else { format!("CAST({sql} AS DOUBLE)") },
        };
        let numerator = part(&row.numerator, &row.at);
        let denominator = row.denominator.as_ref().map(|sql| part(sql, row.denominator_at.as_ref().unwrap_or(&row.at)));
        let texts = std::iter::once(&numerator).chain(&denominator).map(|part| part.source.rows(std::slice::from_ref(&part.sql)));
        let needs = texts.flat_map(|sql| relations::read_by(&sql)).collect();
        Some(Self { spec: spec.clone(), numerator, denominator, needs })
    }

    fn columns(&self, at: usize) -> Vec<PeriodColumn> {
        let spec = &self.spec;
        let (name, says, unit) = (&spec.name, column::definition(spec), column::unit(spec));
        let column = |name: String, kind: Kind, comment: String, shown: Shown| PeriodColumn { name, kind, comment, shown };
        let is_whole = spec.unit == Unit::Count && spec.scale == 1.0 && matches!(spec.kind, KpiKind::Sum | KpiKind::Distinct);
        let over_rows = match spec.kind {
            KpiKind::Sum => "Over rows sum it.".to_owned(),
            KpiKind::Ratio | KpiKind::Mean => format!("Over rows divide the sum of {name}_numerator by the sum of {name}_denominator."),
            KpiKind::Min => "Over rows take the smallest.".to_owned(),
            KpiKind::Max => "Over rows take the largest.".to_owned(),
            _ => format!("It holds for this row alone; for other groups ask MEASURE({name}) of kpi.{}.", spec.fact),
        };
        let kind = if is_whole { Kind::Whole } else { Kind::Double };
        let mut all = vec![column(name.clone(), kind, format!("{says} Unit: {unit}. {over_rows}"), Shown::Value(at))];
        if self.denominator.is_some() {
            let sides = [("numerator", Shown::Numerator(at)), ("denominator", Shown::Denominator(at))];
            all.extend(sides.map(|(side, shown)| {
                column(
                    format!("{name}_{side}"),
                    Kind::Double,
                    format!("The {side} of {name}, to be summed. {says} Unit of the quotient: {unit}."),
                    shown,
                )
            }));
        }
        all
    }
}

fn keys(step: Step) -> Vec<PeriodColumn> {
    let text = || Kind::As(DataType::Utf8View);
    let column =
        |name: &str, kind: Kind, comment: &str, shown: Shown| PeriodColumn { name: name.into(), kind, comment: comment.into(), shown };
    let weekday = column("weekday", Kind::Whole, "1 is Monday, 7 Sunday.", Shown::Weekday);
    let mut keys = match step {
        Step::Day => vec![column("day", Kind::Day, "Local date.", Shown::Period), weekday],
        Step::HalfHour => vec![
            column("interval_start", Kind::Instant, "Start of the local half-hour; it owns its start, not its end.", Shown::Period),
            column("day", Kind::Day, "Local date.", Shown::Day),
            weekday,
            column("hour", Kind::Whole, "Hour of the local clock, 0 to 23.", Shown::Hour),
        ],
    };
    keys.push(column("channel", text(), "Channel; NULL for KPIs on agents' clocks.", Shown::Channel));
    keys.push(column(
        "queue",
        text(),
        "Queue, of a contact its first; NULL where there was none, and for KPIs without a queue.",
        Shown::Queue,
    ));
    keys
}
