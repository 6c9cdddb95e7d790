//! The plan of a view's question in the reader's session, with exactly the columns that the view has.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, Result, plan_datafusion_err};
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement;

use super::Unplanned;
use crate::error::{QueryError, Sqlstate};
use crate::kpi::{self, Registry};
use crate::postgres;
use crate::views::{View, ViewColumn};

/// A view, planned.
pub(super) async fn table(state: &SessionState, view: &View, registry: &Registry) -> Result<Arc<dyn TableProvider>, Unplanned> {
    let asked = view.question().map_err(|why| Unplanned::Text(why.to_owned()))?;
    let plan = question(state, asked, view.path(), registry).await?;
    let plan = shown(plan, view.columns()).map_err(Unplanned::Engine)?;
    Ok(Arc::new(ViewTable::new(plan, Some(view.text().to_owned()))))
}

/// A question whose names without a schema are looked for in `path`.
pub(super) async fn question(state: &SessionState, asked: &Statement, path: &str, registry: &Registry) -> Result<LogicalPlan, Unplanned> {
    let mut state = state.clone();
    path.clone_into(&mut state.config_mut().options_mut().catalog.default_schema);
    postgres::look_for_unheeded(asked, "").map_err(|error| Unplanned::Unheeded(Box::new(error)))?;
    let mut statement = asked.clone();
    let place = |definition: &str| super::super::placed(&state, definition);
    kpi::expand_in(&mut statement, registry, &BTreeMap::new(), &place).map_err(|error| Unplanned::Kpi(Box::new(error)))?;
    postgres::rewrite(&mut statement);
    let plan = state.statement_to_plan(Parsed::Statement(Box::new(statement))).await.map_err(Unplanned::Engine)?;
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan).map_err(Unplanned::Engine)?;
    Ok(plan)
}

/// Its columns by name, in the types they had when the view was made.
fn shown(plan: LogicalPlan, columns: &[ViewColumn]) -> Result<LogicalPlan> {
    let found = |column: &ViewColumn| {
        let gone = |_| plan_datafusion_err!("its question has no column \"{}\" any more", column.of);
        let (qualifier, field) = plan.schema().qualified_field_with_unqualified_name(&column.of).map_err(gone)?;
        let value = Expr::Column(Column::from((qualifier, field)));
        let value = if field.data_type() == &column.kind { value } else { cast(value, column.kind.clone()) };
        Ok(value.alias(&column.name))
    };
    let values = columns.iter().map(found).collect::<Result<Vec<_>>>()?;
    LogicalPlanBuilder::from(plan).project(values)?.build()
}

/// The columns that a view of this plan has.
pub(crate) fn columns(plan: &LogicalPlan) -> Result<Vec<ViewColumn>, QueryError> {
    let parameters = plan.get_parameter_names().unwrap_or_default();
    if let Some(name) = parameters.into_iter().min() {
        return Err(QueryError::usage(format!("there is no parameter {name}: a view has none")).of_kind(Sqlstate::UndefinedParameter));
    }
    let mut names = HashSet::new();
    let mut all = Vec::new();
    for field in plan.schema().fields() {
        let name = postgres::shown_name(field.name()).to_owned();
        if !names.insert(name.clone()) {
            let error = QueryError::usage(format!("column \"{name}\" is there more than once")).of_kind(Sqlstate::DuplicateColumn);
            return Err(error.hint("name them: SELECT a.x AS one, b.x AS other"));
        }
        let kind = match field.data_type() {
            DataType::Null => DataType::Utf8,
            kind => kind.clone(),
        };
        if kind.to_string().parse::<DataType>().ok().as_ref() != Some(&kind) {
            let error = QueryError::usage(format!("column \"{name}\" has a type that a view cannot keep: {kind}"));
            return Err(error.of_kind(Sqlstate::FeatureNotSupported).hint("cast it to text, or take it apart"));
        }
        all.push(ViewColumn { of: field.name().clone(), name, kind, comment: None });
    }
    Ok(all)
}
