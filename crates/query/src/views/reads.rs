//! What a question reads, by name, and how often.
//!
//! A subquery of WITH counts as often as its name is used, since the engine plans it anew each time. Names mean what they mean to the engine: a subquery of WITH
//! goes before a table, and is not in sight inside itself.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Query, Statement, Visit, Visitor};

use super::ViewName;

/// Tables and views by name, with the number of times they are read: 0 in a subquery of WITH that nothing uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads(BTreeMap<ViewName, u64>);

impl Reads {
    /// Of a question; names without a schema are of schema `path`.
    #[must_use]
    pub fn of(statement: &Statement, path: &str) -> Self {
        let mut walk = Walk { path, frames: vec![Frame::default()] };
        // The walk never breaks off.
        let _walked = statement.visit(&mut walk);
        walk.frames.pop().unwrap_or_default().own
    }

    /// Exactly this, once.
    #[must_use]
    pub fn once(name: ViewName) -> Self {
        Self(BTreeMap::from([(name, 1)]))
    }

    /// Names and times.
    pub fn iter(&self) -> impl Iterator<Item = (&ViewName, u64)> {
        self.0.iter().map(|(name, times)| (name, *times))
    }

    /// Whether it is read, however often.
    #[must_use]
    pub fn has(&self, name: &ViewName) -> bool {
        self.0.contains_key(name)
    }

    fn add(&mut self, other: &Self) {
        for (name, times) in &other.0 {
            let count = self.0.entry(name.clone()).or_default();
            *count = count.saturating_add(*times);
        }
    }

    /// The same names, not once.
    fn mention(&mut self, other: &Self) {
        for name in other.0.keys() {
            self.0.entry(name.clone()).or_default();
        }
    }
}

/// A query that is being walked through.
#[derive(Debug, Default)]
struct Frame {
    own: Reads,
    /// Subqueries of its WITH that are in sight, with what they read.
    named: HashMap<String, Reads>,
    /// Those that come next: the walk meets them in order, before everything else.
    pending: VecDeque<String>,
}

struct Walk<'a> {
    path: &'a str,
    frames: Vec<Frame>,
}

impl Visitor for Walk<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let mut frame = Frame::default();
        if let Some(with) = &query.with {
            frame.pending = with.cte_tables.iter().map(|table| folded(&table.alias.name)).collect();
            if with.recursive {
                frame.named = frame.pending.iter().map(|name| (name.clone(), Reads::default())).collect();
            }
        }
        self.frames.push(frame);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        let done = self.frames.pop().unwrap_or_default().own;
        let Some(outer) = self.frames.last_mut() else { return ControlFlow::Continue(()) };
        match outer.pending.pop_front() {
            Some(name) => {
                outer.own.mention(&done);
                outer.named.insert(name, done);
            }
            None => outer.own.add(&done),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let parts: Vec<String> = relation.0.iter().filter_map(|part| part.as_ident().map(folded)).collect();
        let found = match parts.as_slice() {
            [name] => {
                let named = self.frames.iter().rev().find_map(|frame| frame.named.get(name)).cloned();
                named.unwrap_or_else(|| Reads::once(ViewName::new(self.path, name)))
            }
            [.., schema, name] => Reads::once(ViewName::new(schema, name)),
            [] => Reads::default(),
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.own.add(&found);
        }
        ControlFlow::Continue(())
    }
}

/// A name as the engine compares it.
fn folded(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}
