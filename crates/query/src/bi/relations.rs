//! The tables that a definition's SQL reads, and those of a session put in their place.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Statement, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::kpi::fact::is_measurable;

/// The facts that a query reads; one that does not parse reads nothing.
pub(crate) fn read_by(sql: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let _ = resolved(sql, |name| {
        found.insert(name.to_owned());
        None
    });
    found
}

/// The query with every fact under the schema that `home` says; `None` when it does not parse.
pub(crate) fn resolved(sql: &str, home: impl FnMut(&str) -> Option<&'static str>) -> Option<Statement> {
    let mut statement = Parser::parse_sql(&GenericDialect {}, sql).ok()?.pop()?;
    let _ = statement.visit(&mut Names { home });
    Some(statement)
}

struct Names<F> {
    home: F,
}

impl<F: FnMut(&str) -> Option<&'static str>> VisitorMut for Names<F> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        if let [part] = relation.0.as_slice()
            && let Some(name) = part.as_ident().map(|ident| ident.value.clone()).filter(|name| is_measurable(name))
            && let Some(schema) = (self.home)(&name)
        {
            relation.0.insert(0, ObjectNamePart::Identifier(Ident::new(schema)));
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn facts_get_a_schema_and_nothing_else_does() {
        let sql =
            "WITH spans AS (SELECT * FROM agent_legs) SELECT (SELECT max(x) FROM ops.watermark) FROM spans JOIN contacts AS c ON true";
        let home = |name: &str| (name == "agent_legs").then_some("kpi");
        let expected =
            "WITH spans AS (SELECT * FROM kpi.agent_legs) SELECT (SELECT max(x) FROM ops.watermark) FROM spans JOIN contacts AS c ON true";
        assert_eq!(resolved(sql, home).unwrap().to_string(), expected);
        assert_eq!(read_by(sql).into_iter().collect::<Vec<_>>(), ["agent_legs", "contacts"]);
    }
}
