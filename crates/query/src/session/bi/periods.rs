//! `bi.kpi_daily` and `bi.kpi_interval`: planned for the columns that are asked for, so that three KPIs of one fact read that fact alone.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, ScalarValue, plan_datafusion_err};
use datafusion::dataframe::DataFrame;
use datafusion::datasource::TableType;
use datafusion::execution::{FunctionRegistry, SessionState};
use datafusion::functions_aggregate::expr_fn::{count_distinct, max, min, sum};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, lit, when};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::super::view::{Home, placed, zone};
use crate::bi::{Part, PeriodColumn, PeriodKpi, Periods, Shown, Source, Step, Views, hour_of, weekday_of};
use crate::kpi::spec::KpiKind;

/// A table of periods.
#[derive(Debug)]
pub(super) struct Table {
    home: Home,
    views: Arc<Views>,
    /// Which of the two.
    at: usize,
    columns: Vec<PeriodColumn>,
    schema: SchemaRef,
}

/// A side of a KPI that is computed, and what it is called on the way.
struct Asked<'a> {
    name: String,
    kpi: &'a PeriodKpi,
    part: &'a Part,
}

impl Table {
    /// With the KPIs that the session can compute.
    pub(super) fn new(context: &SessionContext, views: &Arc<Views>, at: usize, has: impl Fn(&PeriodKpi) -> bool) -> Self {
        let periods = &views.periods[at];
        let (columns, schema) = (periods.offered(&has), periods.schema(&has));
        Self { home: Home::of(context), views: Arc::clone(views), at, columns, schema }
    }

    fn periods(&self) -> &Periods {
        &self.views.periods[self.at]
    }

    /// The sides of the KPIs that the columns show; for none of them, of all KPIs there are, since these say which rows there are.
    fn asked(&self, columns: &[usize]) -> (Vec<Asked<'_>>, bool) {
        let numbers = |columns: &mut dyn Iterator<Item = &PeriodColumn>| {
            let mut kpis: Vec<usize> = columns.filter_map(|column| column.shown.kpi()).collect();
            kpis.sort_unstable();
            kpis.dedup();
            kpis
        };
        let shown = numbers(&mut columns.iter().map(|at| &self.columns[*at]));
        let is_keys_only = shown.is_empty();
        let kpis = if is_keys_only { numbers(&mut self.columns.iter()) } else { shown };
        let mut asked = Vec::new();
        for at in kpis {
            let kpi = &self.periods().kpis[at];
            asked.push(Asked { name: format!("n{at}"), kpi, part: &kpi.numerator });
            asked.extend(kpi.denominator.iter().map(|part| Asked { name: format!("d{at}"), kpi, part }));
        }
        (asked, is_keys_only)
    }

    /// One row per period, channel and queue: `period, channel, queue` and the sides asked for.
    async fn summed(&self, state: &SessionState, asked: &[Asked<'_>], is_keys_only: bool, filters: &[Expr]) -> Result<DataFrame> {
        let mut sources: Vec<&Source> = Vec::new();
        for side in asked {
            if !sources.contains(&&side.part.source) {
                sources.push(&side.part.source);
            }
        }
        let shown = if is_keys_only { &[] } else { asked };
        let mut all: Option<DataFrame> = None;
        for source in &sources {
            let one = self.of_source(state, source, shown, filters).await?;
            all = Some(match all {
                Some(before) => before.union(one)?,
                None => one,
            });
        }
        let all = all.ok_or_else(|| plan_datafusion_err!("no KPI can be computed"))?;
        if sources.len() == 1 {
            return Ok(all);
        }
        // Of each side at most one source has a value.
        let merged = shown.iter().map(|side| max(ident(&side.name)).alias(&side.name)).collect();
        all.aggregate(keys(), merged)
    }

    async fn of_source(&self, state: &SessionState, source: &Source, shown: &[Asked<'_>], filters: &[Expr]) -> Result<DataFrame> {
        let is_own = |side: &&Asked<'_>| side.part.source == *source;
        let columns: Vec<String> = shown.iter().filter(is_own).map(|side| format!("{} AS {}", side.part.sql, side.name)).collect();
        let sql = source.rows(&columns);
        let statement = placed(state, &sql).ok_or_else(|| plan_datafusion_err!("a definition does not parse: {sql}"))?;
        let mut frame = DataFrame::new(state.clone(), state.statement_to_plan(statement).await?);
        if source.has_lead() {
            for filter in filters {
                if let Some(early) = self.on_lead(state, filter)? {
                    frame = frame.filter(ident("lead").is_null().or(early))?;
                }
            }
        }
        let mut rows = vec![self.period(state, ident("at"))?.alias("period"), ident("channel"), ident("queue")];
        rows.extend(shown.iter().filter(is_own).map(|side| ident(&side.name)));
        let sums = shown.iter().filter(is_own).map(|side| Ok(aggregate(state, side)?.alias(&side.name))).collect::<Result<_>>()?;
        let frame = frame.select(rows)?.aggregate(keys(), sums)?;
        let mut same = keys();
        same.extend(shown.iter().map(|side| if is_own(&side) { ident(&side.name) } else { nothing(side).alias(&side.name) }));
        frame.select(same)
    }

    /// The period that an instant lies in.
    fn period(&self, state: &SessionState, at: Expr) -> Result<Expr> {
        match self.periods().step {
            Step::Day => Ok(state.udf("local_date")?.call(vec![at, lit(zone(state))])),
            Step::HalfHour => Ok(state.udf("local_bucket")?.call(vec![at, lit(zone(state)), lit("30m")])),
        }
    }

    /// A condition on periods alone as one on the column that the instants come from where it is not NULL.
    fn on_lead(&self, state: &SessionState, filter: &Expr) -> Result<Option<Expr>> {
        let shown = |column: &Column| self.columns.iter().find(|c| c.name == column.name).map(|c| c.shown);
        if !filter.column_refs().iter().all(|column| matches!(shown(column), Some(Shown::Period | Shown::Day))) {
            return Ok(None);
        }
        let (period, day) = (self.period(state, ident("lead"))?, state.udf("local_date")?.call(vec![ident("lead"), lit(zone(state))]));
        let placed = filter.clone().transform(|expr| {
            Ok(match &expr {
                Expr::Column(column) if shown(column) == Some(Shown::Day) => Transformed::yes(day.clone()),
                Expr::Column(_) => Transformed::yes(period.clone()),
                _ => Transformed::no(expr),
            })
        })?;
        Ok(Some(placed.data))
    }

    /// What a column shows, over the rows of [`Self::summed`].
    fn column(&self, state: &SessionState, column: &PeriodColumn) -> Result<Expr> {
        let kpi = |at: usize| &self.periods().kpis[at];
        let numerator = |at: usize| match kpi(at).spec.scale {
            1.0 => ident(&format!("n{at}")),
            scale => ident(&format!("n{at}")) / lit(scale),
        };
        let denominator = |at: usize| ident(&format!("d{at}"));
        let day = || -> Result<Expr> {
            match self.periods().step {
                Step::Day => Ok(ident("period")),
                Step::HalfHour => Ok(state.udf("local_date")?.call(vec![ident("period"), lit(zone(state))])),
            }
        };
        let shown = match column.shown {
            Shown::Period => ident("period"),
            Shown::Day => day()?,
            Shown::Weekday => weekday_of(day()?),
            Shown::Hour => hour_of(state.udf("local_time")?.call(vec![ident("period"), lit(zone(state))])),
            Shown::Channel => ident("channel"),
            Shown::Queue => ident("queue"),
            Shown::Numerator(at) => numerator(at),
            Shown::Denominator(at) => denominator(at),
            Shown::Value(at) if kpi(at).denominator.is_none() => numerator(at),
            Shown::Value(at) => when(denominator(at).not_eq(lit(0.0)), numerator(at) / denominator(at)).end()?,
        };
        let kind = column.kind.arrow();
        let shown = if kind == DataType::Int64 { datafusion::logical_expr::cast(shown, kind) } else { shown };
        Ok(shown.alias(&column.name))
    }
}

/// A column by exactly this name.
fn ident(name: &str) -> Expr {
    Expr::Column(Column::from_name(name))
}

fn keys() -> Vec<Expr> {
    ["period", "channel", "queue"].map(ident).into()
}

/// The value of a side where nothing can count for it.
fn nothing(side: &Asked<'_>) -> Expr {
    lit(if side.kpi.spec.kind == KpiKind::Distinct { ScalarValue::Int64(None) } else { ScalarValue::Float64(None) })
}

fn aggregate(state: &SessionState, side: &Asked<'_>) -> Result<Expr> {
    let value = ident(&side.name);
    Ok(match side.kpi.spec.kind {
        KpiKind::Min => min(value),
        KpiKind::Max => max(value),
        KpiKind::Distinct => count_distinct(value),
        KpiKind::Quantile => state.udaf("quantile_r7")?.call(vec![value, lit(side.kpi.spec.quantile.unwrap_or(0.5))]),
        // 0 where rows could count and none did.
        _ => sum(datafusion::functions::core::expr_fn::coalesce(vec![value, lit(0.0)])),
    })
}

#[async_trait]
impl TableProvider for Table {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let state = self.home.state().ok_or_else(|| plan_datafusion_err!("the session has ended"))?;
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.columns.len()).collect());
        let mut read = wanted.clone();
        for column in filters.iter().flat_map(Expr::column_refs) {
            let at = self.columns.iter().position(|c| c.name == column.name);
            let at = at.ok_or_else(|| plan_datafusion_err!("there is no column {column}"))?;
            if !read.contains(&at) {
                read.push(at);
            }
        }
        let (asked, is_keys_only) = self.asked(&read);
        let frame = self.summed(&state, &asked, is_keys_only, filters).await?;
        let columns = read.iter().map(|at| self.column(&state, &self.columns[*at])).collect::<Result<Vec<_>>>()?;
        let mut frame = frame.select(columns)?;
        if let Some(filter) = conjunction(filters.to_vec()) {
            frame = frame.filter(filter)?;
        }
        let shown = wanted.iter().map(|at| ident(&self.columns[*at].name)).collect::<Vec<_>>();
        frame = frame.select(shown)?;
        if limit.is_some() {
            frame = frame.limit(0, limit)?;
        }
        session.create_physical_plan(frame.logical_plan()).await
    }
}
