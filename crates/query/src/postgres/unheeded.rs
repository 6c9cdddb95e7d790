//! Clauses that the parser reads and the engine passes over without a word: an answer that leaves them out would be another one. Pure.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, ObjectNamePart, Query, SetExpr, SetOperator,
    SetQuantifier, Statement, TableFactor, Visit as _, Visitor,
};

use crate::error::{Place, QueryError, Sqlstate};

/// Orders of texts that are what texts have here: by their bytes.
const BY_BYTES: [&str; 4] = ["c", "posix", "default", "ucs_basic"];

/// Looks for them in a statement, of which `sql` is the text.
///
/// # Errors
/// The first there is.
pub(crate) fn look(statement: &Statement, sql: &str) -> Result<(), QueryError> {
    match statement.visit(&mut Looking { sql }) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Looking<'a> {
    sql: &'a str,
}

impl Looking<'_> {
    fn unheeded(&self, what: &str, word: &str, hint: &str) -> ControlFlow<QueryError> {
        let error = QueryError::usage(format!("{what} is not available")).of_kind(Sqlstate::FeatureNotSupported);
        ControlFlow::Break(error.hint(hint).at(Place::of_word(self.sql, word), self.sql))
    }
}

impl Visitor for Looking<'_> {
    type Break = QueryError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<QueryError> {
        if let Some(op) = counting(&query.body) {
            let hint = format!("{op} without ALL gives each row once; number equal rows with row_number() to tell them apart");
            return self.unheeded(&format!("{op} ALL"), &op.to_string().to_lowercase(), &hint);
        }
        let Some(lock) = query.locks.first() else { return ControlFlow::Continue(()) };
        let message = format!("cannot execute SELECT FOR {} in a read-only transaction", lock.lock_type);
        let error = QueryError::usage(message).of_kind(Sqlstate::ReadOnlySqlTransaction);
        ControlFlow::Break(error.hint("nothing changes while it is read: leave it out"))
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<QueryError> {
        if let TableFactor::Derived { lateral: true, subquery, .. } = factor
            && let SetExpr::Select(select) = subquery.body.as_ref()
            && let (Some(_), GroupByExpr::Expressions(by, _)) = (&select.having, &select.group_by)
            && by.is_empty()
        {
            return self.unheeded(
                "HAVING without GROUP BY in LATERAL",
                "having",
                "take the aggregate as a column, and ask for it in WHERE",
            );
        }
        let (TableFactor::Table { sample, .. } | TableFactor::Derived { sample, .. }) = factor else { return ControlFlow::Continue(()) };
        match sample {
            Some(_) => self.unheeded("TABLESAMPLE", "tablesample", "WHERE random() < 0.1 leaves about a tenth of the rows"),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<QueryError> {
        if let Expr::Function(Function { name, args: FunctionArguments::List(list), .. }) = expr
            && let [FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(of))] = list.args.as_slice()
        {
            let hint = format!("count a column of {of} that is never NULL, as its key");
            return self.unheeded(&format!("{name}({of}.*)"), &of.to_string(), &hint);
        }
        let Expr::Collate { collation, .. } = expr else { return ControlFlow::Continue(()) };
        match collation.0.last().and_then(ObjectNamePart::as_ident).map(|name| &name.value) {
            Some(name) if !BY_BYTES.contains(&name.to_ascii_lowercase().as_str()) => {
                let hint =
                    "texts are in the order of their bytes, COLLATE \"C\"; ORDER BY lower(x), x puts large letters beside small ones";
                self.unheeded(&format!("collation \"{name}\""), "collate", hint)
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// `EXCEPT ALL` and `INTERSECT ALL` count how often a row is there; the engine takes away, or keeps, all that are alike.
fn counting(body: &SetExpr) -> Option<SetOperator> {
    let SetExpr::SetOperation { op, set_quantifier, left, right } = body else { return None };
    let is_counting = matches!(op, SetOperator::Except | SetOperator::Intersect) && *set_quantifier == SetQuantifier::All;
    if is_counting { Some(*op) } else { counting(left).or_else(|| counting(right)) }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    use super::*;

    fn refused(sql: &str) -> Option<(String, Sqlstate)> {
        let statements = Parser::parse_sql(&PostgreSqlDialect {}, sql);
        assert!(statements.is_ok(), "{statements:?}");
        let looked: Result<(), QueryError> = statements.into_iter().flatten().try_for_each(|statement| look(&statement, sql));
        looked.err().map(|error| (error.primary, error.sqlstate))
    }

    #[test]
    fn what_would_be_left_out_is_refused_wherever_it_stands() {
        let sample = Some(("TABLESAMPLE is not available".to_owned(), Sqlstate::FeatureNotSupported));
        assert_eq!(refused("SELECT count(*) FROM contacts TABLESAMPLE SYSTEM (10)"), sample);
        assert_eq!(refused("SELECT (SELECT count(*) FROM contacts c TABLESAMPLE BERNOULLI (1) REPEATABLE (3))"), sample);
        let counting = Some(("EXCEPT ALL is not available".to_owned(), Sqlstate::FeatureNotSupported));
        assert_eq!(refused("SELECT 1 UNION ALL (SELECT channel FROM contacts EXCEPT ALL SELECT 'voice')"), counting);
        // The engine counts all rows for it, also those of an outer join that have none of the table.
        let whole = Some(("count(s.*) is not available".to_owned(), Sqlstate::FeatureNotSupported));
        assert_eq!(refused("SELECT count(s.*) FROM c LEFT JOIN s ON s.id = c.id"), whole);
        let having = "SELECT 1 FROM c, LATERAL (SELECT max(x) FROM s WHERE s.id = c.id HAVING count(*) > 1) AS l";
        assert!(refused(having).is_some_and(|(said, _)| said.contains("HAVING without GROUP BY")));
        let order = Some(("collation \"de_DE\" is not available".to_owned(), Sqlstate::FeatureNotSupported));
        assert_eq!(refused("WITH q AS (SELECT 'ä' AS x) SELECT x FROM q ORDER BY x COLLATE \"de_DE\""), order);
        let lock = Some(("cannot execute SELECT FOR UPDATE in a read-only transaction".to_owned(), Sqlstate::ReadOnlySqlTransaction));
        assert_eq!(refused("SELECT 1 FROM contacts FOR UPDATE SKIP LOCKED"), lock);
        for sql in [
            "SELECT x COLLATE \"C\" FROM t ORDER BY x COLLATE pg_catalog.\"default\"",
            "SELECT 'TABLESAMPLE', 'FOR UPDATE' FROM t EXCEPT SELECT 1, 2",
        ] {
            assert_eq!(refused(sql), None, "{sql}");
        }
    }
}
