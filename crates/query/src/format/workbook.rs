//! Results as an Excel workbook: one sheet, typed cells, a frozen head. A sheet has no time zones: instants are written in UTC.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::error::{QueryError, Sqlstate};

/// Rows a sheet can hold, the head included (a limit of the format).
const SHEET_ROWS_MAX: usize = 1_048_576;

/// Bytes of memory that a cell takes until the workbook is finished, beside its text: estimated at about 100.
const CELL_BYTES: usize = 128;

/// A workbook in the making. It is in memory until it is finished: the format has no other way.
pub(super) struct Sheet {
    sheet: Worksheet,
    /// The next row, from 0; the head is the first.
    row: u32,
    bytes: usize,
    day: Format,
    instant: Format,
}

fn failed(error: XlsxError) -> QueryError {
    QueryError::failed(error.to_string())
}

impl Sheet {
    /// A sheet with the names of its columns.
    pub(super) fn new(columns: &Schema) -> Result<Self, QueryError> {
        let mut sheet = Worksheet::new();
        let bold = Format::new().set_bold();
        for (column, field) in columns.fields().iter().enumerate() {
            let column = u16::try_from(column).unwrap_or(u16::MAX);
            sheet.write_string_with_format(0, column, field.name(), &bold).map_err(failed)?;
        }
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        let format = |shape: &str| Format::new().set_num_format(shape);
        Ok(Self { sheet, row: 1, bytes: 0, day: format("yyyy-mm-dd"), instant: format("yyyy-mm-dd hh:mm:ss") })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// More rows than a sheet can hold; anything the writer refuses, as a text of more than 32,767 characters.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        if self.row as usize + batch.num_rows() > SHEET_ROWS_MAX {
            return Err(QueryError::failed(format!("the rows do not fit into a sheet of {SHEET_ROWS_MAX}"))
                .of_kind(Sqlstate::ProgramLimitExceeded)
                .hint("take csv or parquet, or ask for fewer rows"));
        }
        for i in 0..batch.num_rows() {
            for (column, array) in batch.columns().iter().enumerate() {
                let column = u16::try_from(column).unwrap_or(u16::MAX);
                self.bytes += CELL_BYTES + self.cell(column, array.as_ref(), i).map_err(failed)?;
            }
            self.row += 1;
        }
        Ok(())
    }

    /// Bytes it holds, about.
    pub(super) const fn held(&self) -> usize {
        self.bytes
    }

    /// The file.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, QueryError> {
        self.sheet.autofit();
        let mut workbook = Workbook::new();
        workbook.push_worksheet(self.sheet);
        workbook.save_to_buffer().map_err(failed)
    }

    /// Writes a cell; gives the bytes of its text.
    fn cell(&mut self, column: u16, array: &dyn Array, i: usize) -> Result<usize, XlsxError> {
        if array.is_null(i) || array.data_type() == &DataType::Null {
            return Ok(0);
        }
        let Self { sheet, row, .. } = self;
        let row = *row;
        match array.data_type() {
            DataType::Int64 => sheet.write_number(row, column, array.as_primitive::<Int64Type>().value(i) as f64)?,
            DataType::Float64 => sheet.write_number(row, column, array.as_primitive::<Float64Type>().value(i))?,
            DataType::Boolean => sheet.write_boolean(row, column, array.as_boolean().value(i))?,
            DataType::Date32 => {
                let date = ExcelDateTime::from_timestamp(i64::from(array.as_primitive::<Date32Type>().value(i)) * 86_400)?;
                sheet.write_datetime_with_format(row, column, &date, &self.day)?
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let seconds = array.as_primitive::<TimestampMicrosecondType>().value(i).div_euclid(1_000_000);
                let instant = ExcelDateTime::from_timestamp(seconds)?;
                sheet.write_datetime_with_format(row, column, &instant, &self.instant)?
            }
            kind => {
                let shown = ArrayFormatter::try_new(array, &FormatOptions::default()).map(|f| f.value(i).to_string()).unwrap_or_default();
                match shown.parse::<f64>() {
                    Ok(number) if kind.is_numeric() => sheet.write_number(row, column, number)?,
                    _ => {
                        let length = shown.len();
                        sheet.write_string(row, column, shown)?;
                        return Ok(length);
                    }
                }
            }
        };
        Ok(0)
    }
}
