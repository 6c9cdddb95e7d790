//! Results as an Excel workbook: one sheet, typed cells, a frozen head.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::failure::Failure;

/// Rows a sheet can hold, the head included (a limit of the format).
const SHEET_ROWS_MAX: usize = 1_048_576;

/// The workbook as bytes. Instants are written in UTC, since a sheet has no time zones.
///
/// # Errors
/// More rows than a sheet can hold; anything the writer refuses.
pub fn bytes(batches: &[RecordBatch]) -> Result<Vec<u8>, Failure> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    if rows >= SHEET_ROWS_MAX {
        return Err(Failure::failed(format!("{rows} rows do not fit into a sheet of {SHEET_ROWS_MAX}")).hint("use --format csv or parquet"));
    }
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet(), batches).map_err(Failure::failed)?;
    workbook.save_to_buffer().map_err(Failure::failed)
}

fn fill(sheet: &mut Worksheet, batches: &[RecordBatch]) -> Result<(), XlsxError> {
    let Some(first) = batches.first() else { return Ok(()) };
    let bold = Format::new().set_bold();
    for (column, field) in first.schema().fields().iter().enumerate() {
        sheet.write_string_with_format(0, column as u16, field.name(), &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let mut row = 1;
    for batch in batches {
        for i in 0..batch.num_rows() {
            for (column, array) in batch.columns().iter().enumerate() {
                write_cell(sheet, row, column as u16, array.as_ref(), i)?;
            }
            row += 1;
        }
    }
    sheet.autofit();
    Ok(())
}

fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, array: &dyn Array, i: usize) -> Result<(), XlsxError> {
    if array.is_null(i) {
        return Ok(());
    }
    match array.data_type() {
        DataType::Int64 => sheet.write_number(row, column, array.as_primitive::<Int64Type>().value(i) as f64)?,
        DataType::Float64 => sheet.write_number(row, column, array.as_primitive::<Float64Type>().value(i))?,
        DataType::Boolean => sheet.write_boolean(row, column, array.as_boolean().value(i))?,
        DataType::Date32 => {
            let date = ExcelDateTime::from_timestamp(i64::from(array.as_primitive::<Date32Type>().value(i)) * 86_400)?;
            sheet.write_datetime_with_format(row, column, &date, &Format::new().set_num_format("yyyy-mm-dd"))?
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let seconds = array.as_primitive::<TimestampMicrosecondType>().value(i).div_euclid(1_000_000);
            let instant = ExcelDateTime::from_timestamp(seconds)?;
            sheet.write_datetime_with_format(row, column, &instant, &Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"))?
        }
        _ => {
            let shown = ArrayFormatter::try_new(array, &FormatOptions::default()).map(|f| f.value(i).to_string()).unwrap_or_default();
            sheet.write_string(row, column, shown)?
        }
    };
    Ok(())
}
