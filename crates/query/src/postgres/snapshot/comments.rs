//! Comments of tables and columns: what one row is, what a KPI means, which unit a number has.
//!
//! They are read from schema `catalog` as far as the session sees it.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::CatalogProvider;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use crate::bi::{SCHEMA, Views};
use crate::views::is_house;

/// Key of a field's metadata under which its comment stands: what a view says of its own columns goes before everything else.
pub const COMMENT_KEY: &str = "comment";

/// What is known of tables and columns by name.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// By table, qualified where it is not in schema `public`.
    tables: HashMap<String, About>,
    kpis: HashMap<String, String>,
    views: Option<Arc<Views>>,
}

/// What is known of a table: what one row is, how many there are and how many bytes.
#[derive(Debug)]
struct About {
    comment: String,
    rows: Option<i64>,
    bytes: Option<i64>,
}

impl Comments {
    /// Reads schema `catalog`; what is not there has no comments.
    pub(super) async fn read(context: &SessionContext, catalog: &dyn CatalogProvider) -> Self {
        let views = context.state_ref().read().config().get_extension::<Views>();
        let mut comments = Self { views, ..Self::default() };
        for batch in rows(context, catalog, "tables").await {
            let (Some(names), Some(grains)) = (text(&batch, "name"), text(&batch, "one_row_per")) else { continue };
            let number = |column: &str, at: usize| {
                let numbers = batch.column_by_name(column).and_then(|c| c.as_any().downcast_ref::<Int64Array>())?;
                numbers.is_valid(at).then(|| numbers.value(at))
            };
            for at in 0..batch.num_rows() {
                let comment = format!("One row per {}.", grains.value(at));
                comments.tables.insert(names.value(at).to_owned(), About { comment, rows: number("rows", at), bytes: number("bytes", at) });
            }
        }
        for batch in rows(context, catalog, "kpis").await {
            let columns = ["name", "title", "doc", "unit"].map(|name| text(&batch, name));
            let [Some(names), Some(titles), Some(docs), Some(units)] = columns else { continue };
            for at in 0..batch.num_rows() {
                let doc = docs.value(at).split_whitespace().collect::<Vec<_>>().join(" ");
                let text = format!("{}: {doc} Unit: {}.", titles.value(at), units.value(at));
                comments.kpis.insert(names.value(at).to_owned(), text);
            }
        }
        comments
    }

    /// Comment of a table. Facts say the same in every schema they are in.
    pub(super) fn table(&self, schema: &str, table: &str) -> Option<String> {
        self.entry(schema, table).map(|about| about.comment.clone())
    }

    /// Rows of a table as far as they were counted.
    pub(super) fn rows(&self, schema: &str, table: &str) -> Option<i64> {
        self.entry(schema, table).and_then(|about| about.rows)
    }

    /// Bytes of a table's files.
    pub(super) fn bytes(&self, schema: &str, table: &str) -> Option<i64> {
        self.entry(schema, table).and_then(|about| about.bytes)
    }

    fn entry(&self, schema: &str, table: &str) -> Option<&About> {
        let qualified = self.tables.get(&format!("{schema}.{table}"));
        qualified.or_else(|| matches!(schema, "public" | "kpi" | "bi").then(|| self.tables.get(table)).flatten())
    }

    /// Comment of a column: its own, that of the KPI with its name, else its unit.
    pub(super) fn column(&self, schema: &str, table: &str, field: &Field) -> Option<String> {
        let views = self.views.as_ref().filter(|_| schema == SCHEMA);
        if let Some(meaning) = views.and_then(|views| views.comment(table, field.name())) {
            return Some(meaning.to_owned());
        }
        let said = field.metadata().get(COMMENT_KEY).cloned();
        if !is_house(schema) {
            // What somebody calls a column of his view is for him to say.
            return said;
        }
        let own = said.or_else(|| self.kpis.get(field.name()).cloned());
        own.or_else(|| unit(field).map(ToOwned::to_owned))
    }
}

/// The unit that the last part of a name tells.
fn unit(field: &Field) -> Option<&'static str> {
    let is_number = field.data_type().is_numeric();
    match field.name().rsplit_once('_')?.1 {
        "ms" if is_number => Some("Milliseconds."),
        "us" if is_number => Some("Microseconds."),
        "seconds" | "s" if is_number => Some("Seconds."),
        "bytes" if is_number => Some("Bytes."),
        "count" if is_number => Some("A count."),
        "ratio" if is_number => Some("A share, 1 is all."),
        "at" if matches!(field.data_type(), DataType::Timestamp(..)) => Some("An instant, kept in UTC to the microsecond."),
        _ => None,
    }
}

/// Comment of a schema.
pub(super) fn schema(name: &str) -> Option<&'static str> {
    Some(match name {
        "public" => "The log and the facts made of it.",
        "kpi" => "The facts as MEASURE() reads them.",
        "bi" => "The facts with friendly names, and KPIs by day and interval, for drag and drop.",
        "catalog" => "What there is to ask about: tables, columns, KPIs, the query library.",
        "ops" => "How the lake is doing.",
        _ => return None,
    })
}

async fn rows(context: &SessionContext, catalog: &dyn CatalogProvider, table: &str) -> Vec<RecordBatch> {
    let Some(schema) = catalog.schema("catalog") else { return Vec::new() };
    let Ok(Some(provider)) = schema.table(table).await else { return Vec::new() };
    let provider_ref: &dyn std::any::Any = provider.as_ref();
    // Rows in memory need no plan: this is part of every login.
    if let Some(memory) = provider_ref.downcast_ref::<MemTable>() {
        let mut all = Vec::new();
        for partition in &memory.batches {
            all.extend(partition.read().await.iter().cloned());
        }
        return all;
    }
    match context.read_table(provider) {
        Ok(frame) => frame.collect().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn text(batch: &RecordBatch, column: &str) -> Option<StringArray> {
    let column = arrow::compute::cast(batch.column_by_name(column)?, &DataType::Utf8).ok()?;
    column.as_any().downcast_ref::<StringArray>().cloned()
}
