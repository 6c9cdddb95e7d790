//! Functions and operators with the meaning they have in SQL: no value in gives no value out, and a comparison with no value is
//! neither true nor false.

use std::cmp::Ordering;

use super::error::RowError;
use super::eval::Scope;
use super::node::{Function, Node};
use super::value::{Number, Value};

type Out<'a> = Result<Value<'a>, RowError>;

/// Calls `function`. The number of arguments was checked when the spec was compiled.
pub(crate) fn call<'a>(scope: &Scope<'a>, function: Function, arguments: &'a [Node]) -> Out<'a> {
    let decimal = scope.decimal;
    match function {
        Function::And | Function::Or => return logic(scope, arguments, function == Function::Or),
        Function::In => return member(scope, arguments),
        Function::Least | Function::Greatest => return extreme(scope, arguments, function == Function::Greatest),
        _ => {}
    }
    let values = arguments.iter().map(|node| scope.eval(node)).collect::<Result<Vec<_>, _>>()?;
    match function {
        Function::IsNull => return Ok(Value::Bool(values.first().is_none_or(Value::is_null))),
        Function::NotNull => return Ok(Value::Bool(values.first().is_some_and(|v| !v.is_null()))),
        Function::NullIf => return null_if(values, decimal),
        _ => {}
    }
    if values.iter().any(Value::is_null) {
        return Ok(Value::Null);
    }
    match function {
        Function::Not => match values.first() {
            Some(Value::Bool(b)) => Ok(Value::Bool(!b)),
            _ => Err(RowError::new("bad_value", "NOT needs a truth value")),
        },
        Function::Eq | Function::Ne | Function::Lt | Function::Le | Function::Gt | Function::Ge => match values.as_slice() {
            [left, right] => compare(function, left, right, decimal).map(Value::Bool),
            _ => Ok(Value::Null),
        },
        Function::Lower | Function::Upper | Function::Trim | Function::Replace | Function::Substr | Function::Length => {
            text(function, &values, decimal)
        }
        Function::Between => match values.as_slice() {
            [Value::Time(from), Value::Time(to)] => Ok(Value::Int(to.millis_since(*from))),
            _ => Err(RowError::new("bad_time", "`between` needs two times")),
        },
        _ => arithmetic(function, &values, decimal),
    }
}

fn logic<'a>(scope: &Scope<'a>, arguments: &'a [Node], or: bool) -> Out<'a> {
    let mut unknown = false;
    for node in arguments {
        match scope.eval(node)? {
            Value::Bool(b) if b == or => return Ok(Value::Bool(or)),
            Value::Bool(_) => {}
            Value::Null => unknown = true,
            other => return Err(RowError::new("bad_value", format!("`{}` is not a truth value", other.text_or_empty()))),
        }
    }
    Ok(if unknown { Value::Null } else { Value::Bool(!or) })
}

fn member<'a>(scope: &Scope<'a>, arguments: &'a [Node]) -> Out<'a> {
    let Some((needle, rest)) = arguments.split_first() else { return Ok(Value::Null) };
    let needle = scope.eval(needle)?;
    if needle.is_null() {
        return Ok(Value::Null);
    }
    for node in rest {
        let candidate = scope.eval(node)?;
        if !candidate.is_null() && compare(Function::Eq, &needle, &candidate, scope.decimal)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

/// LEAST and GREATEST skip what has no value, as in PostgreSQL.
fn extreme<'a>(scope: &Scope<'a>, arguments: &'a [Node], greatest: bool) -> Out<'a> {
    let mut best = Value::Null;
    for node in arguments {
        let value = scope.eval(node)?;
        if value.is_null() {
            continue;
        }
        let better = best.is_null() || compare(if greatest { Function::Gt } else { Function::Lt }, &value, &best, scope.decimal)?;
        if better {
            best = value;
        }
    }
    Ok(best)
}

fn null_if(values: Vec<Value<'_>>, decimal: char) -> Result<Value<'_>, RowError> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(value), Some(other)) if !value.is_null() && !other.is_null() && compare(Function::Eq, &value, &other, decimal)? => {
            Ok(Value::Null)
        }
        (Some(value), _) => Ok(value),
        (None, _) => Ok(Value::Null),
    }
}

/// Compares two values: times with times, numbers with whatever reads as a number, text with text.
fn compare(function: Function, left: &Value<'_>, right: &Value<'_>, decimal: char) -> Result<bool, RowError> {
    let numeric = |v: &Value<'_>| matches!(v, Value::Int(_) | Value::Float(_) | Value::Digits(_));
    let ordering = match (left, right) {
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Time(_), other) | (other, Value::Time(_)) => {
            return Err(RowError::new("bad_time", format!("`{}` is compared with a time but is none", other.text_or_empty())));
        }
        (a, b) if numeric(a) || numeric(b) => match (a.number(decimal), b.number(decimal)) {
            (Ok(Number::Int(a)), Ok(Number::Int(b))) => Some(a.cmp(&b)),
            (Ok(a), Ok(b)) => a.float().partial_cmp(&b.float()),
            _ if matches!(function, Function::Eq | Function::Ne) => Some(a.text_or_empty().cmp(&b.text_or_empty())),
            (Err(e), _) | (_, Err(e)) => return Err(e),
        },
        (a, b) => Some(a.text_or_empty().cmp(&b.text_or_empty())),
    };
    let Some(ordering) = ordering else { return Ok(false) };
    Ok(match function {
        Function::Eq => ordering == Ordering::Equal,
        Function::Ne => ordering != Ordering::Equal,
        Function::Lt => ordering == Ordering::Less,
        Function::Le => ordering != Ordering::Greater,
        Function::Gt => ordering == Ordering::Greater,
        _ => ordering != Ordering::Less,
    })
}

fn text<'a>(function: Function, values: &[Value<'a>], decimal: char) -> Out<'a> {
    let at = |i: usize| values.get(i).map(Value::text_or_empty).unwrap_or_default();
    let whole = |i: usize| -> Result<i64, RowError> {
        match values.get(i).map(|v| v.number(decimal)) {
            Some(Ok(Number::Int(n))) => Ok(n),
            _ => Err(RowError::new("bad_number", format!("`{}` is not a whole number", at(i)))),
        }
    };
    Ok(match function {
        Function::Lower => Value::owned(at(0).to_lowercase()),
        Function::Upper => Value::owned(at(0).to_uppercase()),
        Function::Trim => Value::owned(at(0).trim().to_owned()),
        Function::Replace => Value::owned(at(0).replace(at(1).as_ref(), at(2).as_ref())),
        Function::Length => Value::Int(at(0).chars().count() as i64),
        _ => {
            // SUBSTR counts from 1; a start before the text eats into the length.
            let start = whole(1)?;
            let end = if values.len() > 2 { start.saturating_add(whole(2)?.max(0)) } else { i64::MAX };
            let skip = usize::try_from((start - 1).max(0)).unwrap_or(usize::MAX);
            let take = usize::try_from((end - start.max(1)).max(0)).unwrap_or(usize::MAX);
            Value::owned(at(0).chars().skip(skip).take(take).collect())
        }
    })
}

/// Numbers with numbers; a time plus or minus a number moves by milliseconds; a time minus a time is milliseconds.
fn arithmetic<'a>(function: Function, values: &[Value<'a>], decimal: char) -> Out<'a> {
    let too_big = || RowError::new("bad_number", "the result does not fit 64 bits");
    match (function, values) {
        (Function::Negate, [value]) => match value.number(decimal)? {
            Number::Int(i) => i.checked_neg().map(Value::Int).ok_or_else(too_big),
            Number::Float(x) => Ok(Value::Float(-x)),
        },
        (Function::Subtract, [Value::Time(a), Value::Time(b)]) => Ok(Value::Int(a.millis_since(*b))),
        (Function::Add | Function::Subtract, [Value::Time(t), by]) => {
            let millis = by.number(decimal)?.float() as i64;
            Ok(Value::Time(t.plus_millis(if function == Function::Add { millis } else { -millis })))
        }
        (_, [left, right]) => numbers(function, left.number(decimal)?, right.number(decimal)?),
        _ => Err(RowError::new("bad_value", "wrong number of arguments")),
    }
}

fn numbers<'a>(function: Function, left: Number, right: Number) -> Out<'a> {
    let too_big = || RowError::new("bad_number", "the result does not fit 64 bits");
    if matches!(function, Function::Divide | Function::Modulo) && right.float() == 0.0 {
        return Err(RowError::new("bad_number", "division by zero"));
    }
    if let (Number::Int(a), Number::Int(b)) = (left, right) {
        return match function {
            Function::Add => a.checked_add(b),
            Function::Subtract => a.checked_sub(b),
            Function::Multiply => a.checked_mul(b),
            Function::Divide => a.checked_div(b),
            _ => a.checked_rem(b),
        }
        .map(Value::Int)
        .ok_or_else(too_big);
    }
    let (a, b) = (left.float(), right.float());
    let result = match function {
        Function::Add => a + b,
        Function::Subtract => a - b,
        Function::Multiply => a * b,
        Function::Divide => a / b,
        _ => a % b,
    };
    if result.is_finite() { Ok(Value::Float(result)) } else { Err(too_big()) }
}
