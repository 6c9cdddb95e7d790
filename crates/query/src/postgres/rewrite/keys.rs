//! Names of the columns of a key, as Django asks for them: `ARRAY(SELECT attname FROM unnest(c.conkey) WITH ORDINALITY AS k(colid, at)
//! JOIN pg_attribute a ON k.colid = a.attnum WHERE a.attrelid = c.conrelid ORDER BY k.at)`.
//!
//! The array is of the row outside, which the engine cannot look at from a FROM; so the question becomes a call of `pg_column_names`.

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, JoinConstraint, JoinOperator, Query, SelectItem, SetExpr, TableFactor};

use super::build::{call, column, last};
use super::spread::{array_of, owner};

/// The call that a question for names of columns means.
pub(super) fn names(query: &Query) -> Option<Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let [SelectItem::UnnamedExpr(shown) | SelectItem::ExprWithAlias { expr: shown, .. }] = select.projection.as_slice() else {
        return None;
    };
    let [from] = select.from.as_slice() else { return None };
    let [join] = from.joins.as_slice() else { return None };
    let (JoinOperator::Join(JoinConstraint::On(on)) | JoinOperator::Inner(JoinConstraint::On(on))) = &join.join_operator else {
        return None;
    };
    let is_plain = column(shown).is_some_and(|name| name == "attname") && query.limit_clause.is_none();
    let spread = array_of(&from.relation).filter(|_| is_plain && is_attributes(&join.relation))?;
    let ([array], [value]) = (spread.arrays.as_slice(), spread.values.as_slice()) else { return None };
    let _of_outside = owner(array)??;
    let mut conditions = Vec::new();
    parts(on, &mut conditions);
    parts(select.selection.as_ref()?, &mut conditions);
    let beside = |name: &str| conditions.iter().find_map(|(left, right)| of(left, right, name).or_else(|| of(right, left, name)));
    let is_number = column(beside("attnum")?).is_some_and(|name| name.eq_ignore_ascii_case(&value.value));
    let table = beside("attrelid")?;
    (is_number && conditions.len() == 2).then(|| call("pg_column_names", vec![table.clone(), array.clone()]))
}

fn of<'a>(left: &Expr, right: &'a Expr, name: &str) -> Option<&'a Expr> {
    column(left).is_some_and(|column| column == name).then_some(right)
}

fn is_attributes(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::Table { name, args: None, .. } if last(name).is_some_and(|(name, _)| name == "pg_attribute"))
}

/// The equalities of a condition; one that is no equality counts as one that nothing fits.
fn parts<'a>(condition: &'a Expr, found: &mut Vec<(&'a Expr, &'a Expr)>) {
    match condition {
        Expr::Nested(inner) => parts(inner, found),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            parts(left, found);
            parts(right, found);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => found.push((left, right)),
        other => found.push((other, other)),
    }
}
