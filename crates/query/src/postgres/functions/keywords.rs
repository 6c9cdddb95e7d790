//! The words of PostgreSQL's SQL: `pg_get_keywords()`, and which names must be quoted.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use datafusion::catalog::{MemTable, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::Result;

/// Word, category, whether it may be a bare label, and both in words.
const WORDS: &str = include_str!("../data/keywords.tsv");

/// The table function.
#[derive(Debug)]
pub(super) struct Keywords;

impl TableFunctionImpl for Keywords {
    fn call_with_args(&self, _args: TableFunctionArgs) -> Result<Arc<dyn TableProvider>> {
        let rows: Vec<Vec<&str>> = WORDS.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        let text = |at: usize| Arc::new(rows.iter().map(|r| r.get(at).copied()).collect::<StringArray>()) as ArrayRef;
        let labels = rows.iter().map(|r| r.get(2).map(|label| *label == "t")).collect::<BooleanArray>();
        let batch = RecordBatch::try_from_iter(vec![
            ("word", text(0)),
            ("catcode", text(1)),
            ("barelabel", Arc::new(labels) as ArrayRef),
            ("catdesc", text(3)),
            ("baredesc", text(4)),
        ])?;
        Ok(Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]])?))
    }
}

/// Whether a name must be quoted because it is a word of the language.
pub(in super::super) fn is_reserved(name: &str) -> bool {
    static RESERVED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let words = WORDS.lines().skip(1).filter_map(|line| line.split_once('\t'));
        words.filter(|(_, rest)| !rest.starts_with('U')).map(|(word, _)| word).collect()
    });
    RESERVED.contains(name)
}
