//! Arrays: subscripts, literals, and functions that give rows in a list of columns.

use std::collections::HashSet;
use std::sync::LazyLock;

use datafusion::sql::sqlparser::ast::{AccessExpr, BinaryOperator, Expr, Select, SelectItem, Subscript};

use super::super::relation;
use super::build::{call, column, last, number, text};

/// Columns of the catalogue that are vectors: they count from 0 and are written without braces.
static VECTORS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| relation::columns_of(&["int2vector", "oidvector"]));

/// Whether an expression is a vector of the catalogue. The driver for Java calls one of them `i_indoption`.
pub(super) fn is_vector(expr: &Expr) -> bool {
    column(expr).is_some_and(|name| VECTORS.contains(name.as_str()) || VECTORS.contains(name.trim_start_matches("i_")))
}

/// `(…).field` and `array[at]`.
pub(super) fn access(expr: &mut Expr) {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else { return };
    let is_path = matches!(root.as_ref(), Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    let mut is_vector = is_vector(root);
    for access in access_chain {
        match access {
            AccessExpr::Dot(field @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_))) => {
                is_vector = self::is_vector(field);
                if !is_path && let Some(name) = column(field) {
                    *access = AccessExpr::Subscript(Subscript::Index { index: text(name) });
                }
            }
            AccessExpr::Subscript(Subscript::Index { index }) if is_vector => {
                let at = Expr::Nested(Box::new(index.clone()));
                *index = Expr::BinaryOp { left: Box::new(at), op: BinaryOperator::Plus, right: Box::new(number(1)) };
                is_vector = false;
            }
            _ => is_vector = false,
        }
    }
}

/// `generate_series` as a column gives rows.
pub(super) fn unnest_series(select: &mut Select) {
    for item in &mut select.projection {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { continue };
        // Cast, as to days, it is one too.
        let mut expr = expr;
        while let Expr::Cast { expr: inner, .. } | Expr::Nested(inner) = expr {
            expr = inner;
        }
        if let Expr::Function(function) = expr
            && last(&function.name).is_some_and(|(name, _)| name == "generate_series")
        {
            *expr = call("unnest", vec![expr.clone()]);
        }
    }
}

/// The items of an array literal of one dimension, `{a,"b,c",NULL}`; `None` is NULL. Arrays in arrays come out as texts.
#[must_use]
pub fn items(literal: &str) -> Vec<Option<String>> {
    let literal = literal.trim();
    let inner = literal.strip_prefix('{').unwrap_or(literal);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut items, mut item, mut is_quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let done = |item: &mut String, was_quoted: bool| {
        let is_null = !was_quoted && item.eq_ignore_ascii_case("null");
        let text = std::mem::take(item);
        if is_null { None } else { Some(text) }
    };
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => {
                is_quoted = !is_quoted;
                was_quoted = true;
            }
            ',' if !is_quoted => {
                items.push(done(&mut item, was_quoted));
                was_quoted = false;
            }
            c if c.is_whitespace() && !is_quoted => {}
            c => item.push(c),
        }
    }
    if !item.is_empty() || was_quoted || !items.is_empty() {
        items.push(done(&mut item, was_quoted));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::items;

    #[test]
    fn array_literals_are_taken_apart() {
        let texts = |literal| items(literal).into_iter().map(|i| i.unwrap_or_else(|| "<null>".to_owned())).collect::<Vec<_>>();
        assert_eq!(texts("{}"), Vec::<String>::new());
        assert_eq!(texts("{0}"), ["0"]);
        assert_eq!(texts(r#"{a,"b,c","",d\"}"#), ["a", "b,c", "", "d\""]);
        assert_eq!(texts(r#"{NULL,"NULL",null,"}"}"#), ["<null>", "NULL", "<null>", "}"]);
    }
}
