//! Names of columns: those PostgreSQL gives, and no two alike, since the engine refuses that.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, DataType, Expr, Ident, OrderBy, OrderByKind, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    TrimWhereField, Value, ValueWithSpan,
};

use super::build::{last, number};

/// What begins the ending that tells columns of one name apart: no name has this character.
const ENDING: char = '\u{1f}';

/// The name of a column as the client is told it: without the ending that tells it from another of the same name.
#[must_use]
pub fn shown_name(name: &str) -> &str {
    name.split_once(ENDING).map_or(name, |(shown, _)| shown)
}

/// Gives the columns of a statement's result the names that PostgreSQL gives them.
pub(super) fn name_columns(query: &mut Query) {
    let mut body = query.body.as_mut();
    let select = loop {
        match body {
            SetExpr::Select(select) => break select,
            SetExpr::Query(inner) => body = inner.body.as_mut(),
            SetExpr::SetOperation { left, .. } => body = left.as_mut(),
            _ => return,
        }
    };
    if select.distinct.is_some() {
        order_by_place(select, query.order_by.as_mut());
    }
    for item in &mut select.projection {
        if let SelectItem::UnnamedExpr(expr) = item
            && !matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            let alias = Ident::with_quote('"', label(expr));
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        }
    }
}

/// Orders distinct rows by the place of a column instead of by what it is computed from: with a name it is no longer that.
fn order_by_place(select: &Select, order: Option<&mut OrderBy>) {
    let Some(OrderBy { kind: OrderByKind::Expressions(all), .. }) = order else { return };
    for by in all {
        let is_it = |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(expr) if *expr == by.expr);
        let is_computed = !matches!(by.expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_));
        let place = select.projection.iter().position(is_it).and_then(|place| i64::try_from(place + 1).ok());
        if let Some(place) = place.filter(|_| is_computed) {
            by.expr = number(place);
        }
    }
}

/// Gives columns that are called alike different names.
pub(super) fn tell_apart(select: &mut Select) {
    let mut seen = HashSet::new();
    let starred = Starred::of(select);
    for (place, item) in select.projection.iter_mut().enumerate() {
        let (key, shown) = match item {
            SelectItem::ExprWithAlias { alias, .. } => (plain(alias), plain(alias)),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => (plain(name), plain(name)),
            // Qualified columns of one name are told apart by what qualifies them.
            SelectItem::UnnamedExpr(expr @ Expr::CompoundIdentifier(_)) => (expr.to_string(), label(expr)),
            SelectItem::UnnamedExpr(expr) => (expr.to_string(), label(expr)),
            _ => continue,
        };
        if seen.insert(key) && !starred.has(item) {
            continue;
        }
        let alias = Ident::with_quote('"', format!("{shown}{ENDING}{}", place + 1));
        match item {
            SelectItem::ExprWithAlias { alias: old, .. } => *old = alias,
            SelectItem::UnnamedExpr(expr) => *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias },
            _ => {}
        }
    }
}

/// What the stars of a list of columns stand for: `SELECT queue, *` has the queue twice.
struct Starred {
    is_all: bool,
    relations: HashSet<String>,
    is_one: bool,
}

impl Starred {
    fn of(select: &Select) -> Self {
        let qualifier = |item: &SelectItem| match item {
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => last(name).map(|(name, _)| name),
            _ => None,
        };
        Self {
            is_all: select.projection.iter().any(|item| matches!(item, SelectItem::Wildcard(_))),
            relations: select.projection.iter().filter_map(qualifier).collect(),
            is_one: matches!(select.from.as_slice(), [from] if from.joins.is_empty()),
        }
    }

    /// Whether a column without a name of its own is among them.
    fn has(&self, item: &SelectItem) -> bool {
        match item {
            SelectItem::UnnamedExpr(Expr::Identifier(_)) => self.is_all || (self.is_one && !self.relations.is_empty()),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                self.is_all || matches!(parts.as_slice(), [.., relation, _] if self.relations.contains(&relation.value.to_lowercase()))
            }
            _ => false,
        }
    }
}

fn plain(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// The name PostgreSQL gives a column that has none.
fn label(expr: &Expr) -> String {
    named(expr).unwrap_or_else(|| "?column?".to_owned())
}

fn named(expr: &Expr) -> Option<String> {
    Some(match expr {
        Expr::Identifier(name) => plain(name),
        Expr::CompoundIdentifier(parts) => plain(parts.last()?),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => return named(inner),
        Expr::Function(function) => last(&function.name)?.0,
        Expr::Cast { expr: inner, data_type, .. } => return named(inner).or_else(|| Some(type_label(data_type))),
        Expr::Case { else_result, .. } => return else_result.as_deref().and_then(named).or_else(|| Some("case".to_owned())),
        Expr::Exists { .. } => "exists".to_owned(),
        Expr::Array(_) => "array".to_owned(),
        Expr::Extract { .. } => "extract".to_owned(),
        Expr::Substring { .. } => "substring".to_owned(),
        Expr::Position { .. } => "position".to_owned(),
        Expr::Ceil { .. } => "ceil".to_owned(),
        Expr::Floor { .. } => "floor".to_owned(),
        Expr::Overlay { .. } => "overlay".to_owned(),
        Expr::AtTimeZone { .. } => "timezone".to_owned(),
        Expr::Interval(_) => "interval".to_owned(),
        Expr::Tuple(_) => "row".to_owned(),
        Expr::Trim { trim_where, .. } => match trim_where {
            Some(TrimWhereField::Leading) => "ltrim".to_owned(),
            Some(TrimWhereField::Trailing) => "rtrim".to_owned(),
            _ => "btrim".to_owned(),
        },
        Expr::TypedString(typed) => type_label(&typed.data_type),
        Expr::Value(ValueWithSpan { value: Value::Boolean(_), .. }) => "bool".to_owned(),
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.first()? {
                SelectItem::ExprWithAlias { alias, .. } => plain(alias),
                SelectItem::UnnamedExpr(inner) => return named(inner),
                _ => return None,
            },
            _ => return None,
        },
        Expr::CompoundFieldAccess { root, access_chain } => {
            let fields = access_chain.iter().rev().find_map(|a| if let AccessExpr::Dot(field) = a { named(field) } else { None });
            return fields.or_else(|| named(root));
        }
        _ => return None,
    })
}

/// What PostgreSQL calls the type in a column's name.
fn type_label(kind: &DataType) -> String {
    let written = kind.to_string().to_lowercase();
    let plain = written.split('(').next().unwrap_or_default().trim().trim_start_matches("pg_catalog.").trim_matches('"');
    super::super::types::by_name(plain)
        .map_or_else(|| plain.trim_end_matches("[]").to_owned(), |e| e.kind.name.trim_start_matches('_').to_owned())
}
