//! Rows written as they come, so that a result of any size takes little memory (a workbook excepted).

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::workbook::Sheet;
use super::{Format, json, table};
use crate::error::QueryError;

/// Bytes of a row group of Parquet, as it will be in the file, after which the next one begins.
const GROUP_BYTES: usize = 32 << 20;

/// A result in the making, in one of the forms that do not need all rows at once.
pub struct Stream {
    zone: String,
    form: Form,
    rows: u64,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("rows", &self.rows).finish_non_exhaustive()
    }
}

enum Form {
    Separated(u8, SchemaRef),
    Json,
    Lines,
    Table(SchemaRef),
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    File(SchemaRef, FileWriter<Vec<u8>>),
    Stream(SchemaRef, StreamWriter<Vec<u8>>),
    Sheet(Box<Sheet>),
}

fn failed(error: impl std::fmt::Display) -> QueryError {
    QueryError::failed(error.to_string())
}

impl Stream {
    /// A result with these columns; `zone` decides how instants are shown in text. `None`: the form needs all rows at once.
    ///
    /// # Errors
    /// What the writers refuse.
    pub fn new(format: Format, columns: &SchemaRef, zone: &str) -> Result<Option<Self>, QueryError> {
        let form = match format {
            Format::Table | Format::Markdown => return Ok(None),
            Format::Csv => Form::Separated(b',', Arc::clone(columns)),
            Format::Tsv => Form::Separated(b'\t', Arc::clone(columns)),
            Format::Json => Form::Json,
            Format::Ndjson => Form::Lines,
            Format::JsonTable => Form::Table(Arc::clone(columns)),
            Format::Parquet => {
                let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
                Form::Parquet(Box::new(ArrowWriter::try_new(Vec::new(), Arc::clone(columns), Some(properties)).map_err(failed)?))
            }
            Format::Arrow => {
                let columns = without_views(columns);
                Form::File(Arc::clone(&columns), FileWriter::try_new(Vec::new(), &columns)?)
            }
            Format::ArrowStream => {
                let columns = without_views(columns);
                Form::Stream(Arc::clone(&columns), StreamWriter::try_new(Vec::new(), &columns)?)
            }
            Format::Xlsx => Form::Sheet(Box::new(Sheet::new(columns)?)),
        };
        Ok(Some(Self { zone: zone.to_string(), form, rows: 0 }))
    }

    /// What stands before the first row.
    ///
    /// # Errors
    /// What writing gives.
    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), QueryError> {
        match &mut self.form {
            Form::Separated(by, columns) => table::heads(columns, *by, out),
            Form::Json => out.push(b'['),
            Form::Table(columns) => json::begin_table(columns, out),
            Form::Lines | Form::Parquet(_) | Form::File(..) | Form::Stream(..) | Form::Sheet(_) => {}
        }
        Ok(())
    }

    /// Adds rows. What is not written to `out` yet comes later.
    ///
    /// # Errors
    /// A zone that does not exist; what the writers refuse.
    pub fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), QueryError> {
        let Self { zone, form, rows } = self;
        let is_first = *rows == 0;
        *rows += batch.num_rows() as u64;
        match form {
            Form::Separated(by, _) => table::separated(batch, zone, *by, out)?,
            Form::Json => json::elements(&json::objects(batch, zone)?, is_first, out),
            Form::Lines => json::lines(&json::objects(batch, zone)?, out),
            Form::Table(_) => json::elements(&json::arrays(batch, zone)?, is_first, out),
            Form::Parquet(writer) => {
                writer.write(batch).map_err(failed)?;
                if writer.in_progress_size() > GROUP_BYTES {
                    writer.flush().map_err(failed)?;
                }
                out.append(writer.inner_mut());
            }
            Form::File(columns, writer) => {
                writer.write(&as_columns(batch, columns)?)?;
                out.append(writer.get_mut());
            }
            Form::Stream(columns, writer) => {
                writer.write(&as_columns(batch, columns)?)?;
                out.append(writer.get_mut());
            }
            Form::Sheet(sheet) => sheet.write(batch)?,
        }
        Ok(())
    }

    /// Bytes held until the end, about: of a workbook all, else little.
    #[must_use]
    pub const fn held(&self) -> usize {
        match &self.form {
            Form::Sheet(sheet) => sheet.held(),
            _ => 0,
        }
    }

    /// What stands after the last row.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), QueryError> {
        match self.form {
            Form::Separated(..) | Form::Lines => {}
            Form::Json => out.extend_from_slice(if self.rows == 0 { b"]\n" } else { b"\n]\n" }),
            Form::Table(_) => json::end_table(self.rows, out),
            Form::Parquet(mut writer) => {
                writer.finish().map_err(failed)?;
                out.append(writer.inner_mut());
            }
            Form::File(_, mut writer) => {
                writer.finish()?;
                out.append(writer.get_mut());
            }
            Form::Stream(_, mut writer) => {
                writer.finish()?;
                out.append(writer.get_mut());
            }
            Form::Sheet(sheet) => out.append(&mut sheet.finish()?),
        }
        Ok(())
    }
}

/// The columns with plain text instead of views of it: many readers of Arrow do not know views.
fn without_views(columns: &SchemaRef) -> SchemaRef {
    fn plain(field: &Field) -> Field {
        let kind = match field.data_type() {
            DataType::Utf8View => DataType::Utf8,
            DataType::BinaryView => DataType::Binary,
            DataType::List(item) => DataType::List(Arc::new(plain(item))),
            other => other.clone(),
        };
        field.clone().with_data_type(kind)
    }
    let fields: Vec<Field> = columns.fields().iter().map(|field| plain(field)).collect();
    Arc::new(Schema::new_with_metadata(fields, columns.metadata().clone()))
}

fn as_columns(batch: &RecordBatch, columns: &SchemaRef) -> Result<RecordBatch, QueryError> {
    let arrays = batch.columns().iter().zip(columns.fields()).map(|(array, field)| cast(array, field.data_type()));
    // There may be rows and no columns.
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(columns), arrays.collect::<Result<_, _>>()?, &options)?)
}
