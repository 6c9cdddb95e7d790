//! Arrays that a FROM spreads into rows beside the row they are of: `FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(column, at)`.
//!
//! The engine has no joins whose right side looks to the left. It does spread arrays in a list of columns, so the relation that has the array
//! becomes a query that spreads it: `(SELECT *, unnest(i.indkey) AS column, unnest(range(...)) AS at FROM pg_index i) AS i`.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, Join, JoinConstraint, JoinOperator, ObjectName, Query, Select, SetExpr, TableAlias,
    TableFactor, TableFunctionArgs, Value, visit_expressions, visit_expressions_mut,
};

use super::build::{array, last, literal};
use super::{gathered, lateral, names};

/// Arrays that are read from side by side; mostly one.
pub(super) struct Spread {
    pub(super) arrays: Vec<Expr>,
    /// What their rows are called.
    pub(super) name: Ident,
    pub(super) values: Vec<Ident>,
    pub(super) place: Option<Ident>,
}

/// Says the arrays of a FROM otherwise.
pub(super) fn rewrite(select: &mut Select) {
    for from in &mut select.from {
        alone(&mut from.relation);
        from.joins.iter_mut().for_each(|join| alone(&mut join.relation));
    }
    for at in 0..select.from.len() {
        let joined = select.from[at].joins.len();
        for join in (0..joined).rev() {
            let Some(spread) = beside(&select.from[at].joins[join]) else { continue };
            if take(select, at, &spread) {
                let _gone = select.from[at].joins.remove(join);
                rename(select, &spread);
            }
        }
    }
    // After a comma.
    for at in (1..select.from.len()).rev() {
        let Some(spread) = Some(&select.from[at]).filter(|one| one.joins.is_empty()).and_then(|one| array_of(&one.relation)) else {
            continue;
        };
        if (0..at).any(|before| take(select, before, &spread)) {
            let _gone = select.from.remove(at);
            rename(select, &spread);
        }
    }
}

/// The array of a join that has no other condition than its place.
fn beside(join: &Join) -> Option<Spread> {
    let is_always = |on: &JoinConstraint| match on {
        JoinConstraint::None => true,
        JoinConstraint::On(Expr::Value(value)) => value.value == Value::Boolean(true),
        _ => false,
    };
    match &join.join_operator {
        JoinOperator::CrossJoin(on) | JoinOperator::Join(on) | JoinOperator::Inner(on) if is_always(on) => array_of(&join.relation),
        _ => None,
    }
}

/// The arrays of a relation that is made of some.
pub(super) fn array_of(factor: &TableFactor) -> Option<Spread> {
    let called = |name: &ObjectName| last(name).is_some_and(|(name, _)| name == "unnest");
    let (arrays, alias, has_places) = match factor {
        TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality, .. } => {
            (array_exprs.clone(), alias, *with_ordinality)
        }
        TableFactor::Function { name, args, alias, with_ordinality, .. } if called(name) => (arguments(args)?, alias, *with_ordinality),
        TableFactor::Table { name, args: Some(TableFunctionArgs { args, .. }), alias, with_ordinality, .. } if called(name) => {
            (arguments(args)?, alias, *with_ordinality)
        }
        TableFactor::Derived { lateral: true, subquery, alias: Some(alias), .. } => return listed(subquery, alias),
        _ => return None,
    };
    let columns = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
    let name = alias.as_ref().map_or_else(|| Ident::new("unnest"), |alias| alias.name.clone());
    let named = |at: usize, default: &Ident| columns.get(at).map_or_else(|| default.clone(), |column| column.name.clone());
    let values: Vec<Ident> = (0..arrays.len()).map(|at| named(at, &name)).collect();
    let place = has_places.then(|| named(arrays.len(), &Ident::new("ordinality")));
    Some(Spread { arrays, name, values, place })
}

/// Rows that are written out of the columns to the left: `LATERAL (VALUES ('wait', s.wait_ms), ('talk', s.talk_ms)) AS v(what, ms)`.
fn listed(query: &Query, alias: &TableAlias) -> Option<Spread> {
    if query.with.is_some() || query.order_by.is_some() || gathered::is_limited(query) {
        return None;
    }
    let (rows, named): (Vec<Vec<Expr>>, Vec<Ident>) = match query.body.as_ref() {
        SetExpr::Values(values) => {
            let width = values.rows.first()?.len();
            (values.rows.iter().map(|row| row.to_vec()).collect(), (1..=width).map(|at| Ident::new(format!("column{at}"))).collect())
        }
        SetExpr::Select(select) if select.from.is_empty() && select.selection.is_none() && gathered::is_ungrouped(select) => {
            let shown: Option<Vec<(Expr, Ident)>> = select.projection.iter().map(lateral::shown).collect();
            let (row, named) = shown?.into_iter().unzip();
            (vec![row], named)
        }
        _ => return None,
    };
    let values = named.into_iter().enumerate().map(|(at, name)| alias.columns.get(at).map_or(name, |column| column.name.clone())).collect();
    let column = |at: usize| rows.iter().map(|row| row.get(at).cloned()).collect::<Option<Vec<Expr>>>().map(array);
    let arrays = (0..rows.first()?.len()).map(column).collect::<Option<Vec<Expr>>>()?;
    Some(Spread { arrays, name: alias.name.clone(), values, place: None })
}

fn arguments(arguments: &[FunctionArg]) -> Option<Vec<Expr>> {
    let array = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(array)) => Some(array.clone()),
        _ => None,
    };
    arguments.iter().map(array).collect()
}

impl Spread {
    /// The first array, which says what all are columns of.
    fn first(&self) -> Option<&Expr> {
        self.arrays.first()
    }

    /// The columns that spread them: values, then one, two, and so on for as many as the first array has.
    fn columns(&self) -> String {
        let values = self.arrays.iter().zip(&self.values).map(|(array, value)| format!("unnest({array}) AS {value}"));
        let place = self.place.iter().zip(self.first());
        let places =
            place.map(|(place, array)| format!("unnest(range(1, CAST(coalesce(cardinality({array}), 0) AS bigint) + 1)) AS {place}"));
        values.chain(places).collect::<Vec<_>>().join(", ")
    }
}

/// Makes the relation that has the array one that spreads it: the one the array is qualified with, else the first.
fn take(select: &mut Select, at: usize, spread: &Spread) -> bool {
    let from = &mut select.from[at];
    let Some(owner) = spread.arrays.iter().find_map(owner) else { return false };
    let factors = std::iter::once(&mut from.relation).chain(from.joins.iter_mut().map(|join| &mut join.relation));
    let mut named = factors.filter(|factor| owner.as_ref().is_none_or(|owner| alias(factor).is_some_and(|name| same(&name, owner))));
    let Some(factor) = named.next() else { return false };
    let Some(name) = alias(factor) else { return false };
    let Some(query) = names::subquery(&format!("SELECT *, {} FROM {factor}", spread.columns()), &name.to_string()) else { return false };
    *factor = query;
    true
}

/// Arrays that are no columns, with their places: a query of their own. Without, the engine reads from them by itself.
fn alone(factor: &mut TableFactor) {
    let Some(spread) = array_of(factor).filter(|spread| spread.place.is_some()) else { return };
    if spread.first().is_some_and(|array| owner(array).is_none())
        && let Some(query) = names::subquery(&format!("SELECT {}", spread.columns()), &spread.name.to_string())
    {
        *factor = query;
    }
}

/// What the column that an array is, or is computed of, is qualified with; nothing where there is no column.
pub(super) fn owner(array: &Expr) -> Option<Option<Ident>> {
    let mut found = None;
    let _walked = visit_expressions(array, |expr| {
        match expr {
            Expr::Identifier(_) => found = Some(None),
            Expr::CompoundIdentifier(parts) => found = Some(parts.len().checked_sub(2).and_then(|at| parts.get(at)).cloned()),
            _ => return ControlFlow::<()>::Continue(()),
        }
        ControlFlow::Break(())
    });
    found.filter(|_| literal(array).is_none())
}

fn alias(factor: &TableFactor) -> Option<Ident> {
    match factor {
        TableFactor::Table { alias: Some(TableAlias { name, .. }), .. }
        | TableFactor::Derived { alias: Some(TableAlias { name, .. }), .. } => Some(name.clone()),
        TableFactor::Table { name, args: None, .. } => name.0.last()?.as_ident().cloned(),
        _ => None,
    }
}

fn same(a: &Ident, b: &Ident) -> bool {
    a.value.eq_ignore_ascii_case(&b.value)
}

/// The spread columns are those of the relation that spreads now: what they were qualified with is gone.
fn rename(select: &mut Select, spread: &Spread) {
    let _walked = visit_expressions_mut(select, |expr| {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [name, column] = parts.as_slice()
            && same(name, &spread.name)
        {
            *expr = Expr::Identifier(column.clone());
        }
        ControlFlow::<()>::Continue(())
    });
}
