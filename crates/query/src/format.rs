//! Results as text or files. Instants are RFC 3339 with the zone's offset.

mod json;
mod table;

use std::io::Write;

use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::error::QueryError;
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
    /// One JSON object a line.
    Ndjson,
    /// A Markdown table.
    Markdown,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

/// Writes batches (at least one, so that the columns are known) in a form; `zone` decides how instants are shown.
///
/// # Errors
/// What writing gives.
pub fn write(format: Format, batches: &[RecordBatch], zone: &str, out: &mut dyn Write) -> Result<(), QueryError> {
    match format {
        Format::Table => table::aligned(batches, zone, out),
        Format::Markdown => table::markdown(batches, zone, out),
        Format::Csv => table::separated(batches, zone, b',', out),
        Format::Tsv => table::separated(batches, zone, b'\t', out),
        Format::Json => json::array(batches, zone, out),
        Format::Ndjson => json::lines(batches, zone, out),
        Format::Parquet => parquet(batches, out),
        Format::Arrow => arrow(batches, out),
    }
}

fn parquet(batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), QueryError> {
    let Some(first) = batches.first() else { return Ok(()) };
    let fail = |e: parquet::errors::ParquetError| QueryError::failed(e.to_string());
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut buffer = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut buffer, first.schema(), Some(properties)).map_err(fail)?;
    for batch in batches {
        writer.write(batch).map_err(fail)?;
    }
    writer.close().map_err(fail)?;
    out.write_all(&buffer).map_err(|e| QueryError::failed(e.to_string()))
}

fn arrow(batches: &[RecordBatch], out: &mut dyn Write) -> Result<(), QueryError> {
    let Some(first) = batches.first() else { return Ok(()) };
    let mut writer = FileWriter::try_new(out, &first.schema())?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.finish()?)
}
