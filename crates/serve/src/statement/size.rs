//! How many tables a question reads, where what WITH names counts each time it is used: forty names, each using the one before twice, are few lines,
//! and planned for ever. Pure.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart, Query, Statement, Visit as _, Visitor};

use super::folded;
use crate::refusal::Refusal;

/// Refuses a question that reads more than `most`.
///
/// # Errors
/// 54000.
pub(super) fn look(statement: &Statement, most: usize) -> Result<(), Refusal> {
    let mut count = Count { most, open: vec![0], named: HashMap::new(), known: HashMap::new() };
    match statement.visit(&mut count) {
        ControlFlow::Break(refusal) => Err(refusal),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Count {
    most: usize,
    /// Tables of the queries that are being read, the innermost last.
    open: Vec<usize>,
    /// Names of queries of WITH, by where they are in memory.
    named: HashMap<*const Query, String>,
    /// Tables that a name of WITH stands for; the last of its kind, wherever it holds.
    known: HashMap<String, usize>,
}

impl Count {
    fn add(&mut self, tables: usize) -> ControlFlow<Refusal> {
        let Some(open) = self.open.last_mut() else { return ControlFlow::Continue(()) };
        *open = open.saturating_add(tables);
        if *open <= self.most {
            return ControlFlow::Continue(());
        }
        let refusal = Refusal::error("54000", format!("the statement reads more than the {} tables allowed", self.most));
        ControlFlow::Break(refusal.hint("what WITH names counts each time it is used: use it once, or ask in two questions"))
    }
}

impl Visitor for Count {
    type Break = Refusal;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Refusal> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.named.insert(std::ptr::from_ref(cte.query.as_ref()), folded(&cte.alias.name));
        }
        self.open.push(0);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Refusal> {
        let tables = self.open.pop().unwrap_or_default();
        if let Some(name) = self.named.remove(&std::ptr::from_ref(query)) {
            self.known.insert(name, tables.max(1));
        }
        // It is planned where it is named too, used or not.
        self.add(tables)
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Refusal> {
        let known = match relation.0.as_slice() {
            [ObjectNamePart::Identifier(name)] => self.known.get(&folded(name)).copied(),
            _ => None,
        };
        self.add(known.unwrap_or(1))
    }
}
