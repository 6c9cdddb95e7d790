//! Which SELECT a measure may stand in: one that shows every row of the KPI's fact at most once.
//!
//! That is a SELECT over `kpi.<fact>`, or over a subquery that passes its rows on ([`super::passing`]), alone or joined (inner or left) to something in which each row of the fact meets at most
//! one row: `contacts` by its key, or a subquery by all columns it is grouped by or distinct in.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, Query, Select, SelectItem, SetExpr,
    TableAlias, TableFactor, Visit, Visitor,
};

use super::super::fact;
use super::passing::{is_column, passed};

/// A SELECT that shows rows of a fact at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// The fact.
    pub(super) fact: String,
    /// What its columns are called by, when something is joined that may have columns of the same names.
    pub(super) qualifier: Option<Ident>,
}

/// Why a measure cannot stand in a SELECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit {
    /// As the end of a sentence.
    pub(super) why: String,
    /// What was joined, as written, if that is the reason.
    pub(super) joined: Option<String>,
}

impl Unfit {
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), joined: None }
    }
}

/// Functions that are surely no aggregates, beside those of dates.
const SCALARS: [&str; 6] = ["arrow_cast", "coalesce", "concat", "lower", "trim", "upper"];

/// Columns that together are unique in each named subquery of a WITH; `None` when that is not known.
pub(super) type Named = BTreeMap<String, Option<Vec<String>>>;

/// The subqueries in sight inside `query`, those of outer queries among them.
pub(super) fn named(query: &Query, outer: &Named) -> Named {
    let mut all = outer.clone();
    for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
        let keys = if cte.alias.columns.is_empty() { unique_columns(&cte.query) } else { None };
        all.insert(folded(&cte.alias.name), keys);
    }
    all
}

/// Which fact a SELECT reads, each row at most once, or why it does not.
pub(super) fn scope(select: &Select, named: &Named) -> Result<Scope, Unfit> {
    let [from] = select.from.as_slice() else {
        let joined = select.from.get(1).map(|from| from.relation.to_string());
        return Err(Unfit { why: "this SELECT reads no single table".to_owned(), joined });
    };
    let (fact, alias) = match &from.relation {
        TableFactor::Table { name, alias, args: None, .. } => match parts(name).as_slice() {
            [.., schema, table] if schema == "kpi" && fact::is_measurable(table) => (table.clone(), alias),
            _ => return Err(Unfit::because(format!("this SELECT reads {name}"))),
        },
        TableFactor::Derived { lateral: false, subquery, alias, sample: None } if alias.as_ref().is_none_or(|a| a.columns.is_empty()) => {
            (passed(subquery, named)?.fact, alias)
        }
        _ => return Err(Unfit::because("this SELECT reads no table")),
    };
    let mut met = Vec::new();
    if let Some(join) = from.joins.iter().find(|join| !meets_at_most_one(join, named, &fact, &mut met)) {
        let why = "this SELECT joins, which may repeat rows; aggregate first, join after".to_owned();
        return Err(Unfit { why, joined: Some(join.relation.to_string()) });
    }
    let own = alias.as_ref().map_or_else(|| Ident::new(&fact), |alias| alias.name.clone());
    Ok(Scope { fact, qualifier: (!from.joins.is_empty()).then_some(own) })
}

/// Whether every row on the left meets at most one row of what is joined, and none is added. `met` are names of what was joined before.
fn meets_at_most_one(join: &Join, named: &Named, fact: &str, met: &mut Vec<String>) -> bool {
    let (JoinOperator::Join(constraint)
    | JoinOperator::Inner(constraint)
    | JoinOperator::Left(constraint)
    | JoinOperator::LeftOuter(constraint)) = &join.join_operator
    else {
        return false;
    };
    let Some((called, keys)) = keys_of(&join.relation, named) else { return false };
    let equated = match constraint {
        JoinConstraint::On(condition) => {
            let mut equated = Vec::new();
            let own = own_columns(&join.relation).filter(|_| met.is_empty()).unwrap_or_default();
            equalities(condition, &Side { called: &called, own: &own, fact }, &mut equated);
            equated
        }
        JoinConstraint::Using(columns) => columns.iter().filter_map(|c| parts(c).pop()).collect(),
        JoinConstraint::Natural | JoinConstraint::None => return false,
    };
    met.push(called);
    keys.iter().all(|key| equated.contains(key))
}

/// All output columns of a joined subquery, where they are known.
fn own_columns(relation: &TableFactor) -> Option<Vec<String>> {
    let TableFactor::Derived { subquery, .. } = relation else { return None };
    let SetExpr::Select(select) = subquery.body.as_ref() else { return None };
    select.projection.iter().map(|item| output(item).map(|(_, name)| name)).collect()
}

/// What is joined: its name, and its columns where a name without a table can be told to be one of them.
struct Side<'a> {
    called: &'a str,
    own: &'a [String],
    fact: &'a str,
}

impl Side<'_> {
    /// Whether a name without a table is a column of what is joined: it has one of that name, and the fact has none.
    fn has(&self, word: &Ident) -> bool {
        self.own.contains(&folded(word)) && !is_column(self.fact, word)
    }

    /// Whether it surely is none: what is joined has no column of that name.
    fn lacks(&self, word: &Ident) -> bool {
        !self.own.is_empty() && !self.own.contains(&folded(word))
    }
}

/// What a joined relation is called and which of its columns are together unique.
fn keys_of(relation: &TableFactor, named: &Named) -> Option<(String, Vec<String>)> {
    let called = |alias: &TableAlias| alias.columns.is_empty().then(|| folded(&alias.name));
    match relation {
        TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None } => {
            Some((called(alias)?, unique_columns(subquery)?))
        }
        TableFactor::Table { name, alias, args: None, sample: None, .. } => {
            let parts = parts(name);
            let called = alias.as_ref().map_or_else(|| parts.last().cloned(), called)?;
            let keys = match parts.as_slice() {
                [one] if named.contains_key(one) => named.get(one).cloned().flatten()?,
                // The fold makes one row of each contact.
                [.., table] if table == "contacts" => vec!["source".to_owned(), "contact_id".to_owned()],
                _ => return None,
            };
            Some((called, keys))
        }
        _ => None,
    }
}

/// The output columns of a query that are together unique: those it is grouped by, or all of a DISTINCT.
fn unique_columns(query: &Query) -> Option<Vec<String>> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    // Unnesting in the SELECT repeats the rows of its groups.
    if select.projection.iter().any(|item| item.to_string().to_lowercase().contains("unnest")) {
        return None;
    }
    let outputs: Vec<(&Expr, String)> = select.projection.iter().filter_map(output).collect();
    if matches!(select.distinct, Some(Distinct::Distinct)) {
        return (outputs.len() == select.projection.len()).then(|| outputs.into_iter().map(|(_, name)| name).collect());
    }
    let GroupByExpr::Expressions(groups, modifiers) = &select.group_by else { return None };
    if groups.is_empty() || !modifiers.is_empty() {
        return None;
    }
    groups.iter().map(|group| shown_as(group, select, &outputs)).collect()
}

/// The name of the output column that shows a grouping expression: the same expression, its alias or its place.
fn shown_as(group: &Expr, select: &Select, outputs: &[(&Expr, String)]) -> Option<String> {
    if let Expr::Value(value) = group {
        let place: usize = value.to_string().parse().ok()?;
        return output(select.projection.get(place.checked_sub(1)?)?).map(|(_, name)| name);
    }
    let same = outputs.iter().find(|(expr, _)| *expr == group);
    let alias =
        || outputs.iter().find(|(expr, name)| matches!(group, Expr::Identifier(word) if folded(word) == *name) && is_derived(expr, name));
    same.or_else(alias).map(|(_, name)| name.clone())
}

/// Whether grouping by the alias `name` of `expr` must mean the expression: were there also a column of that name, the engine
/// would group by the column and refuse the expression, unless it is constant, an aggregate or made of that column.
fn is_derived(expr: &Expr, name: &str) -> bool {
    struct Plain<'a> {
        name: &'a str,
        columns: usize,
    }
    impl Visitor for Plain<'_> {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let column = match expr {
                Expr::Identifier(word) => Some(word),
                Expr::CompoundIdentifier(words) => words.last(),
                Expr::Function(call) => {
                    let called = call.name.to_string().to_lowercase();
                    let is_scalar = called.starts_with("local_") || called.starts_with("date_") || SCALARS.contains(&called.as_str());
                    return if is_scalar { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
                }
                Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => return ControlFlow::Break(()),
                _ => None,
            };
            self.columns += usize::from(column.is_some());
            if column.is_some_and(|word| folded(word) == self.name) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    let mut plain = Plain { name, columns: 0 };
    expr.visit(&mut plain).is_continue() && plain.columns > 0
}

/// An output column with its name; `None` for stars and expressions without a name of their own.
fn output(item: &SelectItem) -> Option<(&Expr, String)> {
    match item {
        SelectItem::ExprWithAlias { expr, alias } => Some((expr, folded(alias))),
        SelectItem::UnnamedExpr(expr @ Expr::Identifier(word)) => Some((expr, folded(word))),
        SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(words)) => Some((expr, folded(words.last()?))),
        _ => None,
    }
}

/// Columns of `side` that the condition fixes to something outside it.
fn equalities(condition: &Expr, side: &Side<'_>, found: &mut Vec<String>) {
    match condition {
        Expr::Nested(inner) => equalities(inner, side, found),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            equalities(left, side, found);
            equalities(right, side, found);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            for (one, other) in [(left, right), (right, left)] {
                let column = match one.as_ref() {
                    Expr::CompoundIdentifier(words) => match words.as_slice() {
                        [table, column] if folded(table) == side.called => Some(column),
                        _ => None,
                    },
                    Expr::Identifier(word) => Some(word).filter(|word| side.has(word)),
                    _ => None,
                };
                found.extend(column.filter(|_| is_outside(other, side)).map(folded));
            }
        }
        _ => {}
    }
}

/// Whether an expression names no column of `side`; a column without its table might be one.
fn is_outside(expr: &Expr, side: &Side<'_>) -> bool {
    struct Inside<'a>(&'a Side<'a>);
    impl Visitor for Inside<'_> {
        type Break = ();

        fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(word) if !self.0.lacks(word) => ControlFlow::Break(()),
                Expr::CompoundIdentifier(words) if words.first().is_none_or(|w| folded(w) == self.0.called) => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    expr.visit(&mut Inside(side)).is_continue()
}

/// A name as the engine compares it: lower case unless quoted.
pub(super) fn folded(word: &Ident) -> String {
    if word.quote_style.is_some() { word.value.clone() } else { word.value.to_lowercase() }
}

fn parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().filter_map(|part| part.as_ident().map(folded)).collect()
}
