//! The tables and views that a plan reads. Pure.

use std::collections::BTreeSet;

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;

/// Their names as `schema.table`, at most so many, sorted; `schema` is where names without one are looked for.
pub(super) fn of(plan: &LogicalPlan, schema: &str, most: usize) -> Vec<String> {
    let mut found = BTreeSet::new();
    // Looking cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let name = match &scan.table_name {
                TableReference::Bare { table } => format!("{schema}.{table}"),
                TableReference::Partial { schema, table } | TableReference::Full { schema, table, .. } => format!("{schema}.{table}"),
            };
            // Rows of a function are nobody's.
            if !name.ends_with(')') {
                found.insert(name);
            }
        }
        Ok(if found.len() < most { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    found.into_iter().collect()
}
