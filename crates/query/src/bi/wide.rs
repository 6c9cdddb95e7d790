//! One fact row by row: friendly names, its dimensions, and what the row gives to every KPI.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::column::{self, Column, Kind};
use crate::kpi::Registry;
use crate::kpi::fact::{self, AGENT_TIME};
use crate::kpi::measure::row_measures;
use crate::kpi::spec::{KpiKind, KpiSpec, Unit};
use crate::kpi::sql::plan::quoted;

/// The view `bi.<fact>`.
#[derive(Debug)]
pub(crate) struct Wide {
    pub(crate) fact: String,
    pub(crate) columns: Vec<Column>,
}

impl Wide {
    /// Over the columns that the fact has.
    pub(super) fn of(fact: &str, base: &SchemaRef, registry: &Registry) -> Self {
        let mut columns = times(fact);
        columns.extend(base.fields().iter().filter_map(|field| dimension(field)));
        columns.extend(fact::dimensions(fact).into_iter().filter_map(|(name, sql)| credited(&name, &sql, base)));
        let of_fact = registry.specs().filter(|spec| spec.fact == fact && spec.derive.is_none());
        columns.extend(of_fact.flat_map(measures));
        columns.extend(base.fields().iter().filter_map(|field| amount(field)));
        columns.extend(duration(fact));
        let mut seen = BTreeSet::new();
        // The first of a name holds: what a definition measures goes before the raw number, a dimension before both.
        columns.retain(|column| seen.insert(column.name.clone()));
        Self { fact: fact.to_owned(), columns }
    }

    /// The question it answers, over a table of that name, in SQL that still holds [`super::ZONE`].
    pub(crate) fn sql(&self, table: &str) -> String {
        let columns: Vec<String> = self.columns.iter().map(|c| format!("{} AS {}", c.sql, quoted(&c.name))).collect();
        format!("SELECT {} FROM {table}", columns.join(", "))
    }

    /// Its columns.
    pub(crate) fn schema(&self) -> SchemaRef {
        let field = |c: &Column| Field::new(&c.name, c.kind.arrow(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }

    pub(super) fn one_row_per(&self) -> &'static str {
        match self.fact.as_str() {
            "contacts" => "contact, with friendly names and what it gives to each KPI",
            "queue_stints" => "stay of a contact in one queue, with friendly names and what it gives to each KPI",
            "agent_legs" => "agent taking part in a contact, and offer not accepted, with friendly names and what it gives to each KPI",
            "holds" => "stretch on hold, with friendly names",
            "agent_states" => "interval of one agent in one state, with friendly names",
            "responses" => "customer turn waiting for an answer, with friendly names and what it gives to each KPI",
            "self_service" => "self-service session, with friendly names and what it gives to each KPI",
            _ => "agent and minute or part of one, with friendly names and what it gives to each KPI",
        }
    }
}

/// The instants at which a row of the fact begins and is over.
fn ends(fact: &str) -> (&'static str, Option<&'static str>) {
    match fact {
        "queue_stints" => ("enqueued_at", Some("left_at")),
        "agent_legs" => ("coalesce(offered_at, accepted_at, ended_at)", Some("coalesce(wrapped_up_at, ended_at)")),
        "responses" => ("asked_at", Some("answered_at")),
        AGENT_TIME => ("started_at", None),
        _ => ("started_at", Some("ended_at")),
    }
}

fn times(fact: &str) -> Vec<Column> {
    let (start, end) = ends(fact);
    let day = column::day(start);
    let begun = "on which it began";
    let mut all = vec![
        Column::new("day", &day, Kind::Day, format!("Local date {begun}.")),
        Column::new("weekday", column::weekday(&day), Kind::Whole, format!("Weekday {begun}, 1 is Monday, 7 Sunday.")),
        Column::new("hour", column::hour(start), Kind::Whole, "Hour of the local clock in which it began, 0 to 23."),
        Column::new("interval_start", column::interval(start), Kind::Instant, "Start of the local half-hour in which it began."),
    ];
    all.extend(
        end.map(|end| Column::new("closed_day", column::day(end), Kind::Day, "Local date on which it was over; NULL while it is not.")),
    );
    all
}

/// What a column is called here. Names stay those of the glossary.
fn friendly(name: &str) -> String {
    match name {
        "customer_key" => "customer".to_owned(),
        _ => name.strip_suffix("agent_id").map_or_else(|| name.to_owned(), |before| format!("{before}agent")),
    }
}

fn is_amount(field: &Field) -> bool {
    field.data_type().is_integer() && !field.name().ends_with("_no") && field.name() != "priority"
}

fn dimension(field: &Field) -> Option<Column> {
    let name = field.name();
    if matches!(name.as_str(), "recorded_at" | "event_count") || is_amount(field) {
        return None;
    }
    let comment = match name.as_str() {
        "customer_key" => "Keyed hash of the customer's address or number: the same customer has the same.",
        "is_final" => "Whether later events are no longer expected to change this row.",
        "source" => "Where the events came from; ids are unique within it.",
        _ if field.data_type() == &DataType::Boolean => "Yes or no.",
        _ => "",
    };
    Some(Column::new(friendly(name), quoted(name), Kind::As(field.data_type().clone()), comment))
}

/// A dimension that KPIs have under another name than its column: a contact's queue is its first.
fn credited(name: &str, sql: &str, base: &SchemaRef) -> Option<Column> {
    let (_, field) = base.column_with_name(sql).filter(|_| name != sql)?;
    let comment = format!("The same as {}: what KPIs by {} count the row under.", friendly(sql), friendly(name));
    Some(Column::new(friendly(name), quoted(sql), Kind::As(field.data_type().clone()), comment))
}

/// A number of the fact that is no key, in seconds where it is a duration.
fn amount(field: &Field) -> Option<Column> {
    let name = field.name();
    if !is_amount(field) || name == "event_count" {
        return None;
    }
    let per_second =
        |of: &str, scale: &str| Column::new(format!("{of}_seconds"), format!("{} / {scale}", quoted(name)), Kind::Double, "Seconds.");
    Some(match name.rsplit_once('_') {
        Some((of, "ms")) => per_second(of, "1000.0"),
        Some((of, "us")) => per_second(of, "1000000.0"),
        _ => Column::new(name, quoted(name), Kind::Whole, "A count."),
    })
}

/// How long a row of a fact lasted that does not say so itself.
fn duration(fact: &str) -> Option<Column> {
    let (start, Some(end)) = ends(fact) else { return None };
    let named = match fact {
        "holds" | "agent_states" | "self_service" => "duration_seconds",
        "responses" => "response_seconds",
        _ => return None,
    };
    let sql = format!("(CAST({end} AS BIGINT) - CAST({start} AS BIGINT)) / 1000000.0");
    Some(Column::new(named, sql, Kind::Double, "Seconds; NULL while it is not over."))
}

/// What a row gives to a KPI, to be summed or ordered.
fn measures(spec: &KpiSpec) -> Vec<Column> {
    let Ok(row) = row_measures(spec) else { return Vec::new() };
    let (name, says, unit) = (&spec.name, column::definition(spec), column::unit(spec));
    let scale = if spec.scale == 1.0 { String::new() } else { format!(" / {:?}", spec.scale) };
    let suffix = if spec.unit == Unit::Seconds { "_seconds" } else { "" };
    let double = |sql: &str, scale: &str| format!("CAST(coalesce({sql}, 0) AS DOUBLE){scale}");
    let ordered = |how: &str| {
        let sql = format!("CAST({} AS DOUBLE){scale}", row.numerator);
        let suffix = if suffix.is_empty() { "_value" } else { suffix };
        vec![Column::new(format!("{name}{suffix}"), sql, Kind::Double, format!("Take {how}, do not sum. {says} Unit: {unit}."))]
    };
    match spec.kind {
        KpiKind::Sum if spec.unit == Unit::Count && spec.scale == 1.0 => {
            let sql = format!("CAST(coalesce({}, 0) AS BIGINT)", row.numerator);
            vec![Column::new(name, sql, Kind::Whole, format!("Sum it. {says} Unit: {unit}."))]
        }
        KpiKind::Sum => {
            let name = format!("{name}{suffix}");
            vec![Column::new(name, double(&row.numerator, &scale), Kind::Double, format!("Sum it. {says} Unit: {unit}."))]
        }
        KpiKind::Ratio | KpiKind::Mean => {
            let denominator = row.denominator.unwrap_or_else(|| "0".to_owned());
            let up = format!("Sum it and divide by the sum of {name}_denominator. {says} Unit of the quotient: {unit}.");
            let down = format!("Sum it: what the sum of {name}_numerator is divided by. {says}");
            vec![
                Column::new(format!("{name}_numerator"), double(&row.numerator, &scale), Kind::Double, up),
                Column::new(format!("{name}_denominator"), double(&denominator, ""), Kind::Double, down),
            ]
        }
        KpiKind::Min => ordered("the smallest"),
        KpiKind::Max => ordered("the largest"),
        KpiKind::Quantile => ordered(&format!("its {} quantile", spec.quantile.unwrap_or(0.5))),
        // A number of different things and a share are no sums of rows.
        KpiKind::Distinct | KpiKind::Share => Vec::new(),
    }
}
