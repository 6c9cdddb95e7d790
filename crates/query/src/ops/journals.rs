//! `ops.journals`: how far every journal was read, and its counters.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use trunkline_storage::{JournalBooks, Lake, LakeTable};

use super::live::{Live, schema_of};

/// Where the books are.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// Nowhere: rows in memory have no journals.
    None,
    /// In the log of a lake, as of these snapshots of `events` and `rejected_records`.
    Lake(Lake, LakeTable, LakeTable),
}

fn schema() -> SchemaRef {
    use DataType::{Int64, Utf8};
    schema_of(&[
        ("source", Utf8, true),
        ("connector", Utf8, true),
        ("journal", Utf8, false),
        ("position", Int64, false),
        ("received", Int64, true),
        ("duplicate", Int64, true),
    ])
}

/// The table.
pub(super) fn table(source: Source) -> Live {
    Live::made(schema(), move || {
        let source = source.clone();
        Box::pin(async move { rows(&source).await })
    })
}

async fn rows(source: &Source) -> Result<RecordBatch> {
    let books = match source {
        Source::None => Vec::new(),
        Source::Lake(lake, events, rejected) => {
            lake.books(events, rejected).await.map_err(|error| DataFusionError::External(Box::new(error)))?
        }
    };
    let text = |of: fn(&JournalBooks) -> Option<&str>| -> ArrayRef { Arc::new(books.iter().map(of).collect::<StringArray>()) };
    let number = |of: fn(&JournalBooks) -> Option<i64>| -> ArrayRef { Arc::new(books.iter().map(of).collect::<Int64Array>()) };
    let columns = vec![
        text(|b| names(&b.journal).map(|(_, source)| source)),
        text(|b| names(&b.journal).map(|(connector, _)| connector)),
        text(|b| Some(&b.journal)),
        number(|b| Some(b.position)),
        number(|b| b.received),
        number(|b| b.duplicate),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}

/// Connector and source of a journal: `file:<connector>:<source>:<content>` (ADR 0005); `queue:<connector>:<source>:<incarnation>`,
/// `js:<connector>:<source>:<stream>@<created>` and `gaps:<connector>:<source>` (ADR 0010).
fn names(journal: &str) -> Option<(&str, &str)> {
    if let Some(named) = journal.strip_prefix("gaps:") {
        return named.split_once(':');
    }
    let named = ["file:", "queue:", "js:"].into_iter().find_map(|kind| journal.strip_prefix(kind))?;
    let (connector, rest) = named.split_once(':')?;
    Some((connector, rest.rsplit_once(':')?.0))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_journal_names_its_connector_and_its_source() {
        assert_eq!(names("file:asterisk:pbx://1:00ff-1"), Some(("asterisk", "pbx://1")));
        assert_eq!(names("queue:zendesk:zendesk://acme:0af3"), Some(("zendesk", "zendesk://acme")));
        assert_eq!(names("js:cloudevents:nats://cc:EVENTS@1767607200000000~1"), Some(("cloudevents", "nats://cc")));
        assert_eq!(names("gaps:cloudevents:nats://cc"), Some(("cloudevents", "nats://cc")));
        assert_eq!(names("mine"), None);
    }
}
