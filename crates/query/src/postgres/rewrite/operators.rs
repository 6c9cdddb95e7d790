//! Operators: qualified ones, collations, `ANY` and `ALL` over arrays, truths written as letters.

use std::collections::HashSet;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::{ArrayElemTypeDef, BinaryOperator, DataType, Expr, UnaryOperator, Value, ValueWithSpan};

use super::super::relation;
use super::arrays::items;
use super::build::{array, call, cast, column, inside, item, literal, number, text, value};
use super::{casts, rows};

/// Columns of the catalogue that are truths.
static FLAGS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let columns = relation::all().iter().filter(|r| r.schema == "pg_catalog").flat_map(|r| &r.columns);
    columns.filter(|c| c.kind == "bool").map(|c| c.name).collect()
});

/// Columns of the catalogue that are arrays of numbers.
static NUMBERS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let columns = relation::all().iter().filter(|r| r.schema == "pg_catalog").flat_map(|r| &r.columns);
    columns.filter(|c| matches!(c.kind, "_oid" | "_int2" | "_int4")).map(|c| c.name).collect()
});

/// An expression whose parts are already rewritten.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Collate { expr: inner, .. } => *expr = inner.as_ref().clone(),
        Expr::AtTimeZone { timestamp, time_zone } => {
            *expr = call("timezone", vec![time_zone.as_ref().clone(), timestamp.as_ref().clone()]);
        }
        Expr::Like { any: true, .. } | Expr::ILike { any: true, .. } => {
            if let Some(found) = like_any(expr) {
                *expr = found;
            }
        }
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => escape(pattern, escape_char),
        // The first group of the pattern, or all of it where there is none.
        Expr::Substring { expr: of, substring_from: Some(pattern), substring_for: None, shorthand: false, .. }
            if literal(pattern).is_some() =>
        {
            let groups = call("regexp_match", vec![of.as_ref().clone(), pattern.as_ref().clone()]);
            *expr = call("array_element", vec![groups, number(1)]);
        }
        Expr::SimilarTo { negated, expr: of, pattern, escape_char } => {
            let escape = escape_char.take().map(|ValueWithSpan { value: sign, .. }| value(sign));
            let pattern = call("similar_to_escape", std::iter::once(pattern.as_ref().clone()).chain(escape).collect());
            let op = if *negated { BinaryOperator::PGRegexNotMatch } else { BinaryOperator::PGRegexMatch };
            *expr = Expr::BinaryOp { left: of.clone(), op, right: Box::new(pattern) };
        }
        Expr::BinaryOp { left, op, right } => {
            if let BinaryOperator::PGCustomBinaryOperator(parts) = op {
                if let Some(plain) = parts.last().and_then(|sign| plain(sign)) {
                    *op = plain;
                } else if let Some(like) = parts.last().and_then(|sign| like(sign, left, right)) {
                    *expr = like;
                    return;
                }
            }
            if let Some(by_column) = rows::compared(left, op, right) {
                *expr = by_column;
                return;
            }
            if matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
                casts::compare(left, right);
                known(left, right);
                known(right, left);
            }
        }
        Expr::AnyOp { left, compare_op, right, .. } => {
            if let Some(found) = any(left, compare_op, right) {
                *expr = found;
            }
        }
        Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
            if let Some(Expr::InList { expr: of, list, .. }) = any(left, &BinaryOperator::Eq, right) {
                *expr = Expr::InList { expr: of, list, negated: true };
            } else if let Some(found) = any(left, &BinaryOperator::Eq, right) {
                *expr = Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(found) };
            }
        }
        _ => {}
    }
}

fn plain(sign: &str) -> Option<BinaryOperator> {
    Some(match sign {
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "=" => BinaryOperator::Eq,
        "<>" | "!=" => BinaryOperator::NotEq,
        "<" => BinaryOperator::Lt,
        "<=" => BinaryOperator::LtEq,
        ">" => BinaryOperator::Gt,
        ">=" => BinaryOperator::GtEq,
        "||" => BinaryOperator::StringConcat,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "%" => BinaryOperator::Modulo,
        _ => return None,
    })
}

/// `~~` and its kin are LIKE.
fn like(sign: &str, left: &Expr, right: &Expr) -> Option<Expr> {
    let (negated, is_blind) = match sign {
        "~~" => (false, false),
        "!~~" => (true, false),
        "~~*" => (false, true),
        "!~~*" => (true, true),
        _ => return None,
    };
    let (expr, pattern) = (Box::new(left.clone()), Box::new(right.clone()));
    Some(if is_blind {
        Expr::ILike { negated, any: false, expr, pattern, escape_char: None }
    } else {
        Expr::Like { negated, any: false, expr, pattern, escape_char: None }
    })
}

/// `x LIKE ANY (ARRAY['a%', 'b%'])` as one of several, where the patterns are written out.
fn like_any(expr: &Expr) -> Option<Expr> {
    let one = |pattern: &Expr| {
        let mut one = expr.clone();
        if let Expr::Like { any, pattern: of, escape_char, .. } | Expr::ILike { any, pattern: of, escape_char, .. } = &mut one {
            *any = false;
            **of = pattern.clone();
            escape(of, escape_char);
        }
        one
    };
    let (Expr::Like { pattern, .. } | Expr::ILike { pattern, .. }) = expr else { return None };
    let patterns = match inside(pattern) {
        Expr::Array(list) => list.elem.clone(),
        Expr::Tuple(list) => list.clone(),
        written => items(literal(written)?).into_iter().map(item).collect(),
    };
    let or = |left, right| Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Or, right: Box::new(right) };
    patterns.iter().map(one).reduce(or).map(|found| Expr::Nested(Box::new(found)))
}

/// Turns a text beside a column of the catalogue into what the column has: `'t'` into a truth, `'{0}'` into an array.
fn known(of: &Expr, written: &mut Expr) {
    let (Some(name), Some(letters)) = (column(of), literal(written)) else { return };
    let replaced = match letters {
        "t" | "true" | "1" if FLAGS.contains(name.as_str()) => value(Value::Boolean(true)),
        "f" | "false" | "0" if FLAGS.contains(name.as_str()) => value(Value::Boolean(false)),
        _ if letters.starts_with('{') && NUMBERS.contains(name.as_str()) => {
            let numbers: Vec<Expr> = items(letters).iter().flatten().filter_map(|n| n.parse().ok()).map(number).collect();
            cast(array(numbers), DataType::Array(ArrayElemTypeDef::SquareBracket(Box::new(DataType::Integer(None)), None)))
        }
        _ => return,
    };
    *written = replaced;
}

/// `LIKE` with an escape of its own as one with a backslash, the only one the engine has.
fn escape(pattern: &mut Box<Expr>, escape_char: &mut Option<ValueWithSpan>) {
    let Some(ValueWithSpan { value: Value::SingleQuotedString(sign), .. }) = escape_char else { return };
    if sign != "\\" {
        let doubled = call("replace", vec![Expr::Nested(pattern.clone()), text("\\"), text("\\\\")]);
        **pattern = if sign.is_empty() { doubled } else { call("replace", vec![doubled, text(sign.clone()), text("\\")]) };
    }
    *escape_char = None;
}

/// `x = ANY (array)`: one of a list when the items are written out, else a question to the array.
fn any(left: &Expr, op: &BinaryOperator, right: &Expr) -> Option<Expr> {
    if op != &BinaryOperator::Eq || matches!(right, Expr::Subquery(_)) {
        return None;
    }
    match right {
        Expr::Nested(inner) => any(left, op, inner),
        Expr::Array(list) if !list.elem.is_empty() => {
            Some(Expr::InList { expr: Box::new(left.clone()), list: list.elem.clone(), negated: false })
        }
        Expr::Value(_) if literal(right).is_some() => {
            let written = items(literal(right)?).into_iter().map(item).collect();
            any(left, op, &array(written)).filter(|e| matches!(e, Expr::InList { .. })).or_else(|| Some(value(Value::Boolean(false))))
        }
        _ => Some(call("array_has", vec![right.clone(), left.clone()])),
    }
}
