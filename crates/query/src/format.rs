//! Results as text or files. Instants are RFC 3339 with the zone's offset.

mod json;
mod stream;
mod table;
mod workbook;

use std::io::Write;

use arrow::record_batch::RecordBatch;

use crate::error::QueryError;
pub use stream::Stream;
pub use table::cells;

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// One JSON array of objects.
    Json,
    /// One JSON object with the names and types of the columns, the rows as arrays, and how many there are.
    JsonTable,
    /// One JSON object a line.
    Ndjson,
    /// A Markdown table.
    Markdown,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
    /// An Arrow IPC stream.
    ArrowStream,
    /// An Excel workbook.
    Xlsx,
}

/// Writes batches (at least one, so that the columns are known) in a form; `zone` decides how instants are shown.
///
/// # Errors
/// What writing gives.
pub fn write(format: Format, batches: &[RecordBatch], zone: &str, out: &mut dyn Write) -> Result<(), QueryError> {
    let Some(first) = batches.first() else { return Ok(()) };
    let Some(mut stream) = Stream::new(format, &first.schema(), zone)? else {
        return if format == Format::Markdown { table::markdown(batches, zone, out) } else { table::aligned(batches, zone, out) };
    };
    let mut piece = Vec::new();
    let mut pass = |piece: &mut Vec<u8>| {
        out.write_all(piece).map_err(|error| QueryError::failed(error.to_string()))?;
        piece.clear();
        Ok::<(), QueryError>(())
    };
    stream.begin(&mut piece)?;
    for batch in batches {
        stream.write(batch, &mut piece)?;
        pass(&mut piece)?;
    }
    stream.finish(&mut piece)?;
    pass(&mut piece)
}
