//! A KPI as an aggregate expression over the columns of its fact.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::super::error::KpiError;
use super::super::fact;
use super::super::parameter::{effective, substitute};
use super::super::request::parse_instant;
use super::super::spec::{KpiKind, KpiSpec, Unit};
use super::super::sql::envelope::order_statistic;
use super::super::sql::plan::instant;

/// Why the KPI is no aggregate of single rows of its fact, if it is none.
pub(super) fn not_an_aggregate(spec: &KpiSpec) -> Option<&'static str> {
    if spec.derive.is_some() {
        return Some("it relates contacts to each other");
    }
    (spec.kind == KpiKind::Share).then_some("a share needs the total of all groups")
}

/// The KPI as an aggregate expression over columns of its fact, each side restricted to `filter` where given. Counts are whole
/// numbers, everything else is a double. `qualifier` is put before the columns of the fact.
///
/// # Errors
/// For parameters that do not fit and for KPIs that are no aggregate of single rows.
pub fn measure_expression(
    spec: &KpiSpec,
    asked: &BTreeMap<String, String>,
    filter: Option<&str>,
    qualifier: Option<&Ident>,
) -> Result<String, KpiError> {
    if let Some(why) = not_an_aggregate(spec) {
        let hint = format!("ask kpi('{0}', ...) instead: SELECT * FROM kpi('{0}', grain => '1d')", spec.name);
        return Err(KpiError::OutsideGrain { kpi: spec.name.clone(), why: why.to_owned(), hint });
    }
    let side = Side { spec, asked, filter, qualifier };
    let numerator = side.numerator()?;
    let scale = if spec.scale == 1.0 { String::new() } else { format!(" / {:?}", spec.scale) };
    let whole = spec.unit == Unit::Count && spec.scale == 1.0;
    Ok(match spec.kind {
        KpiKind::Sum if whole => format!("CAST(coalesce(sum({numerator}), 0) AS BIGINT)"),
        KpiKind::Sum => format!("CAST(coalesce(sum({numerator}), 0) AS DOUBLE){scale}"),
        KpiKind::Ratio | KpiKind::Mean => {
            let denominator = side.denominator()?;
            format!("CAST(coalesce(sum({numerator}), 0) AS DOUBLE){scale} / nullif(CAST(sum({denominator}) AS DOUBLE), 0.0)")
        }
        KpiKind::Distinct if whole => order_statistic(spec, &numerator),
        _ => format!("CAST({} AS DOUBLE){scale}", order_statistic(spec, &numerator)),
    })
}

/// What one row gives to a KPI in its default basis, as SQL over the columns of its fact: what `MEASURE` sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMeasures {
    /// What is summed, ordered or told apart; NULL in a row that does not count.
    pub numerator: String,
    /// What the sum is divided by, of a ratio or mean.
    pub denominator: Option<String>,
    /// The instant whose period owns the numerator; NULL while that has not happened.
    pub at: String,
    /// The same of the denominator, where it is another.
    pub denominator_at: Option<String>,
}

/// The measures of single rows, with the definition's own parameters.
///
/// # Errors
/// For a definition that uses what it does not declare, or says no instant.
pub fn row_measures(spec: &KpiSpec) -> Result<RowMeasures, KpiError> {
    let asked = BTreeMap::new();
    let side = Side { spec, asked: &asked, filter: None, qualifier: None };
    let has_denominator = matches!(spec.kind, KpiKind::Ratio | KpiKind::Mean);
    let missing = || KpiError::Definition { kpi: spec.name.clone(), detail: format!("basis {} has no instant", spec.default_basis) };
    let first_piece = spec.clip.first().map(|piece| &piece.start);
    let at = spec.bases.get(&spec.default_basis).or(first_piece).ok_or_else(missing)?;
    let elsewhere = spec.denominator_bases.get(&spec.default_basis).filter(|_| has_denominator);
    Ok(RowMeasures {
        numerator: side.numerator()?,
        denominator: has_denominator.then(|| side.denominator()).transpose()?,
        at: side.versioned(at, |index| side.fill(&spec.in_version(index), at))?,
        denominator_at: elsewhere.map(|at| side.versioned(at, |index| side.fill(&spec.in_version(index), at))).transpose()?,
    })
}

/// What all measures of one call share.
struct Side<'a> {
    spec: &'a KpiSpec,
    asked: &'a BTreeMap<String, String>,
    filter: Option<&'a str>,
    qualifier: Option<&'a Ident>,
}

impl Side<'_> {
    fn numerator(&self) -> Result<String, KpiError> {
        self.measure(|rule| Some(rule.numerator.clone()), &self.spec.bases)
    }

    fn denominator(&self) -> Result<String, KpiError> {
        let mut bases = self.spec.bases.clone();
        bases.extend(self.spec.denominator_bases.clone());
        self.measure(|rule| rule.denominator.clone(), &bases)
    }

    /// One measure under population and filter, by the version of the rule that holds at the row's instant. A row without the
    /// instant of the default basis has not happened yet: it counts no more here than it does in `kpi(...)`.
    fn measure(
        &self,
        pick: impl Fn(&KpiSpec) -> Option<String>,
        bases: &BTreeMap<super::super::spec::Basis, String>,
    ) -> Result<String, KpiError> {
        let spec = self.spec;
        let at = bases.get(&spec.default_basis);
        let decides = at.or_else(|| spec.clip.first().map(|piece| &piece.start));
        self.versioned(decides.map_or("recorded_at", String::as_str), |index| self.in_version(index, &pick, at))
    }

    /// What `text` gives in each version of the rule, by the one that holds at the instant `at`.
    fn versioned(&self, at: &str, text: impl Fn(usize) -> Result<String, KpiError>) -> Result<String, KpiError> {
        let mut expression = text(0)?;
        for (index, version) in self.spec.versions.iter().enumerate() {
            let from = instant(parse_instant(&version.valid_from, "UTC")?);
            let at = self.fill(&self.spec.in_version(index + 1), at)?;
            expression = format!("CASE WHEN {at} >= {from} THEN {} ELSE {expression} END", text(index + 1)?);
        }
        Ok(expression)
    }

    fn in_version(&self, index: usize, pick: &impl Fn(&KpiSpec) -> Option<String>, at: Option<&String>) -> Result<String, KpiError> {
        let rule = self.spec.in_version(index);
        let measure = self.fill(&rule, &pick(&rule).unwrap_or_else(|| "1".to_owned()))?;
        let mut conditions = Vec::new();
        if let Some(population) = &rule.population {
            conditions.push(format!("({})", self.fill(&rule, population)?));
        }
        if let Some(at) = at {
            conditions.push(format!("{} IS NOT NULL", self.fill(&rule, at)?));
        }
        conditions.extend(self.filter.map(|filter| format!("({filter})")));
        let when = conditions.join(" AND ");
        Ok(if when.is_empty() { measure } else { format!("CASE WHEN {when} THEN {measure} END") })
    }

    /// `text` with its parameters in place and its columns qualified.
    fn fill(&self, rule: &KpiSpec, text: &str) -> Result<String, KpiError> {
        let values = effective(rule, self.asked)?;
        let text = match self.qualifier {
            Some(qualifier) => qualified(&self.spec.name, text, qualifier)?,
            None => text.to_owned(),
        };
        substitute(&self.spec.name, &text, &values, fact::WATERMARK)
    }
}

/// The expression with `qualifier` before every column; `$name` is still a placeholder here.
fn qualified(kpi: &str, text: &str, qualifier: &Ident) -> Result<String, KpiError> {
    struct Columns<'a> {
        qualifier: &'a Ident,
        depth: usize,
    }
    impl VisitorMut for Columns<'_> {
        type Break = ();

        fn pre_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }

        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            if self.depth == 0
                && let Expr::Identifier(column) = expr
            {
                *expr = Expr::CompoundIdentifier(vec![self.qualifier.clone(), column.clone()]);
            }
            ControlFlow::Continue(())
        }
    }
    let mut parsed = parse_expression(kpi, text)?;
    let _ = parsed.visit(&mut Columns { qualifier, depth: 0 });
    Ok(parsed.to_string())
}

/// An expression the definitions made.
///
/// # Errors
/// [`KpiError::Definition`] when it is none.
pub(super) fn parse_expression(kpi: &str, text: &str) -> Result<Expr, KpiError> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
    parsed.map_err(|e| KpiError::Definition { kpi: kpi.to_owned(), detail: e.to_string() })
}
