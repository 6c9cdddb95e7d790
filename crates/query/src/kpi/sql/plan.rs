//! A question checked against its definition: the version windows, the substituted expressions, the rows to read.

use std::collections::BTreeMap;

use trunkline_events::time::Timestamp;

use super::super::agent_time;
use super::super::error::KpiError;
use super::super::fact;
use super::super::parameter::{effective, list, substitute};
use super::super::registry::Registry;
use super::super::request::{KpiRequest, parse_instant, zone};
use super::super::spec::{Basis, KpiKind, KpiSpec, Piece};

/// One version of the rule and the instants it holds for.
#[derive(Debug, Clone)]
pub struct Window {
    /// The rule.
    pub rule: KpiSpec,
    /// Its parameters.
    pub values: BTreeMap<String, f64>,
    /// First instant, `None` = always was.
    pub from: Option<Timestamp>,
    /// First instant after, `None` = still holds.
    pub to: Option<Timestamp>,
}

/// A checked question.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The question.
    pub request: &'a KpiRequest,
    /// The definition in its first version: kind, unit, scale do not change.
    pub spec: KpiSpec,
    /// Basis asked for, or the default.
    pub basis: Basis,
    /// Names of the output's dimensions.
    pub by: Vec<String>,
    /// SQL of each dimension.
    pub by_sql: Vec<String>,
    /// Versions of the rule inside the range.
    pub windows: Vec<Window>,
    watermark: String,
    through_contact: bool,
}

impl<'a> Plan<'a> {
    /// Checks names, parameters, zone and range.
    ///
    /// # Errors
    /// For what does not fit.
    pub fn new(registry: &Registry, request: &'a KpiRequest) -> Result<Self, KpiError> {
        let spec = registry.get(&request.name)?.clone();
        zone(&request.zone)?;
        if let (Some(from), Some(to)) = (request.from, request.to)
            && from >= to
        {
            return Err(KpiError::EmptyRange);
        }
        let basis = chosen_basis(&spec, request.basis.as_deref())?;
        let by = group_columns(&spec, &request.by);
        let (by_sql, through_contact) = group_expressions(&spec, &by)?;
        let watermark = match request.watermark {
            Some(at) => instant(at),
            None => fact::WATERMARK.to_owned(),
        };
        let windows = windows(&spec, request)?;
        Ok(Self { request, spec, basis, by, by_sql, windows, watermark, through_contact })
    }

    /// `text` with the parameters of `window` in place.
    ///
    /// # Errors
    /// For a parameter the definition does not declare.
    pub fn expression(&self, window: &Window, text: &str) -> Result<String, KpiError> {
        substitute(&self.spec.name, text, &window.values, &self.watermark)
    }

    /// What to read from, ready to stand after FROM.
    ///
    /// # Errors
    /// For a parameter the definition does not declare.
    pub fn relation(&self, window: &Window) -> Result<String, KpiError> {
        let derived = window.rule.derive.clone().or_else(|| agent_time::sweep_sql(&window.rule.fact));
        if let Some(query) = derived {
            return Ok(format!("({}) AS f", self.expression(window, &query)?));
        }
        Ok(self.with_contact(&window.rule.fact))
    }

    /// What a piece reads from: the rows of the fact, unless it says itself.
    ///
    /// # Errors
    /// As [`Self::relation`].
    pub fn piece_relation(&self, window: &Window, piece: &Piece) -> Result<String, KpiError> {
        match &piece.from {
            Some(query) => Ok(self.with_contact(&format!("({})", self.expression(window, query)?))),
            None => self.relation(window),
        }
    }

    /// Rows with the attributes of their contact, where the question groups by one.
    fn with_contact(&self, rows: &str) -> String {
        if !self.through_contact {
            return if rows.starts_with('(') { format!("{rows} AS f") } else { rows.to_owned() };
        }
        let attributes: Vec<String> = fact::CONTACT_ATTRIBUTES.iter().map(|a| format!("c.{a}")).collect();
        format!(
            "(SELECT f.*, {} FROM {rows} AS f LEFT JOIN contacts AS c ON c.source = f.source AND c.contact_id = f.contact_id) AS f",
            attributes.join(", ")
        )
    }

    /// The output dimensions as `, expression AS "name"` (leading comma when there are any).
    #[must_use]
    pub fn dimension_columns(&self) -> String {
        self.by.iter().zip(&self.by_sql).map(|(name, sql)| format!(", {sql} AS {}", quoted(name))).collect()
    }

    /// The output dimensions as `, "name"`.
    #[must_use]
    pub fn dimension_names(&self) -> String {
        self.by.iter().map(|name| format!(", {}", quoted(name))).collect()
    }
}

/// An instant as SQL.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    format!("arrow_cast({}, 'Timestamp(Microsecond, Some(\"UTC\"))')", at.micros())
}

/// A name as SQL.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn chosen_basis(spec: &KpiSpec, asked: Option<&str>) -> Result<Basis, KpiError> {
    let Some(text) = asked else { return Ok(spec.default_basis) };
    let offered = spec.offered_bases();
    Basis::parse(text).filter(|b| offered.contains(b)).ok_or_else(|| KpiError::UnknownBasis {
        kpi: spec.name.clone(),
        basis: text.to_owned(),
        known: list(offered.iter().map(|b| b.name())),
    })
}

/// The columns asked for; a share is always shown by the dimension it is a share of.
fn group_columns(spec: &KpiSpec, asked: &[String]) -> Vec<String> {
    let mut by: Vec<String> = Vec::new();
    let needed = spec.share_of.iter().filter(|_| spec.kind == KpiKind::Share);
    for name in asked.iter().chain(needed) {
        if !by.contains(name) {
            by.push(name.clone());
        }
    }
    by
}

/// All dimensions of a KPI: its fact's, its contact's, its own.
#[must_use]
pub fn dimensions(spec: &KpiSpec) -> BTreeMap<String, String> {
    let mut known = fact::dimensions(&spec.fact);
    if spec.derive.is_none() && fact::belongs_to_contact(&spec.fact) {
        known.extend(fact::CONTACT_ATTRIBUTES.iter().map(|a| ((*a).to_owned(), (*a).to_owned())));
    }
    known.extend(spec.dimensions.clone());
    known
}

fn group_expressions(spec: &KpiSpec, by: &[String]) -> Result<(Vec<String>, bool), KpiError> {
    let known = dimensions(spec);
    let sql: Result<Vec<String>, KpiError> = by
        .iter()
        .map(|name| {
            known.get(name).cloned().ok_or_else(|| KpiError::UnknownDimension {
                kpi: spec.name.clone(),
                column: name.clone(),
                known: list(known.keys().map(String::as_str)),
            })
        })
        .collect();
    let through_contact = spec.derive.is_none()
        && fact::belongs_to_contact(&spec.fact)
        && by.iter().any(|name| fact::CONTACT_ATTRIBUTES.contains(&name.as_str()));
    Ok((sql?, through_contact))
}

/// The versions that hold somewhere in the range. The first holds since ever: a rule is not void before its first date.
fn windows(spec: &KpiSpec, request: &KpiRequest) -> Result<Vec<Window>, KpiError> {
    let starts: Result<Vec<Timestamp>, KpiError> = spec.versions.iter().map(|v| parse_instant(&v.valid_from, "UTC")).collect();
    let starts = starts?;
    let mut found = Vec::new();
    for index in 0..=starts.len() {
        let from = index.checked_sub(1).and_then(|i| starts.get(i)).copied();
        let to = starts.get(index).copied();
        let before = request.to.zip(from).is_some_and(|(end, from)| from >= end);
        let after = request.from.zip(to).is_some_and(|(start, to)| to <= start);
        if !before && !after {
            let rule = spec.in_version(index);
            let values = effective(&rule, &request.params)?;
            found.push(Window { rule, values, from, to });
        }
    }
    Ok(found)
}
