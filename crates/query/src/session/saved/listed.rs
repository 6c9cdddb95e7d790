//! A saved view as it is listed: its columns and its text. To be read it is planned first.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, plan_err};
use datafusion::datasource::TableType;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use crate::views::{View, ViewName};

/// The view's name, columns and text.
#[derive(Debug)]
pub(super) struct Listed {
    name: ViewName,
    schema: SchemaRef,
    definition: String,
}

impl Listed {
    pub(super) fn of(name: &ViewName, view: &View) -> Self {
        Self { name: name.clone(), schema: view.schema(), definition: view.text().to_owned() }
    }
}

#[async_trait]
impl TableProvider for Listed {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn get_table_definition(&self) -> Option<&str> {
        Some(&self.definition)
    }

    async fn scan(&self, _: &dyn Session, _: Option<&Vec<usize>>, _: &[Expr], _: Option<usize>) -> Result<Arc<dyn ExecutionPlan>> {
        plan_err!("view \"{}\" cannot be read from here", self.name)
    }
}
