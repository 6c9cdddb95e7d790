//! Cells as text: aligned, Markdown, separated by a character.

use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Schema, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::tz::TimeZone;

use crate::error::QueryError;
use crate::kpi::request;

/// The cells of a batch as text, row by row, exact; NULL is `None`.
///
/// # Errors
/// A zone that does not exist.
pub fn cells(batch: &RecordBatch, zone: &str) -> Result<Vec<Vec<Option<String>>>, QueryError> {
    by_row(batch, zone, column)
}

/// As [`cells`], with floating-point numbers rounded for reading.
fn rounded_cells(batch: &RecordBatch, zone: &str) -> Result<Vec<Vec<Option<String>>>, QueryError> {
    by_row(batch, zone, |array, zone| match array.data_type() {
        DataType::Float64 => Ok(array.as_primitive::<Float64Type>().iter().map(|v| v.map(rounded)).collect()),
        _ => column(array, zone),
    })
}

type Cells = Vec<Option<String>>;

fn by_row(
    batch: &RecordBatch,
    zone: &str,
    column: impl Fn(&dyn Array, &TimeZone) -> Result<Cells, QueryError>,
) -> Result<Vec<Cells>, QueryError> {
    let zone = request::zone(zone)?;
    let columns = batch.columns().iter().map(|c| column(c.as_ref(), &zone)).collect::<Result<Vec<_>, _>>()?;
    Ok((0..batch.num_rows()).map(|row| columns.iter().map(|c| c[row].clone()).collect()).collect())
}

/// At most six decimals after the leading zeros of a fraction, none for whole numbers; powers of ten for what is too large or
/// too small to be read otherwise.
fn rounded(value: f64) -> String {
    const DECIMALS: i32 = 6;
    let size = value.abs();
    if size == 0.0 {
        return "0".to_string();
    }
    if !value.is_finite() || !(1e-6..1e15).contains(&size) {
        return format!("{value:?}");
    }
    let leading_zeros = (-size.log10().floor() - 1.0).max(0.0) as i32;
    let text = format!("{value:.*}", (DECIMALS + leading_zeros) as usize);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

fn column(array: &dyn Array, zone: &TimeZone) -> Result<Cells, QueryError> {
    if let DataType::Timestamp(_, Some(_)) = array.data_type() {
        // Instants of any unit are shown by the bundled zones; the formatter's own tables are older.
        let micros = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
        return Ok(micros.as_primitive::<TimestampMicrosecondType>().iter().map(|v| v.map(|micros| instant(micros, zone))).collect());
    }
    if array.data_type() == &DataType::Null {
        return Ok(vec![None; array.len()]);
    }
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default())?;
    Ok((0..array.len()).map(|i| (!array.is_null(i)).then(|| formatter.value(i).to_string())).collect())
}

/// RFC 3339 with the zone's offset, microseconds only where there are any.
pub(super) fn instant(micros: i64, zone: &TimeZone) -> String {
    let Ok(stamp) = jiff::Timestamp::from_microsecond(micros) else { return format!("{micros}us") };
    if *zone == TimeZone::UTC {
        return stamp.to_string();
    }
    stamp.display_with_offset(zone.to_offset(stamp)).to_string()
}

fn names(batches: &[RecordBatch]) -> Vec<String> {
    batches.first().map(|b| b.schema().fields().iter().map(|f| f.name().clone()).collect()).unwrap_or_default()
}

fn io(error: std::io::Error) -> QueryError {
    QueryError::failed(error.to_string())
}

/// Columns aligned, numbers to the right, and how many rows there are.
pub(super) fn aligned(batches: &[RecordBatch], zone: &str, out: &mut dyn Write) -> Result<(), QueryError> {
    let heads = names(batches);
    let numeric: Vec<bool> =
        batches.first().map(|b| b.schema().fields().iter().map(|f| f.data_type().is_numeric()).collect()).unwrap_or_default();
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(rounded_cells(batch, zone)?);
    }
    let shown = |cell: &Option<String>| cell.as_deref().unwrap_or("").replace('\n', "⏎");
    let widths: Vec<usize> = (0..heads.len())
        .map(|c| rows.iter().map(|r| shown(&r[c]).chars().count()).chain([heads[c].chars().count()]).max().unwrap_or(0))
        .collect();
    let head: Vec<String> = heads.iter().zip(&widths).zip(&numeric).map(|((h, w), n)| pad(h, *w, *n)).collect();
    writeln!(out, "{}", head.join("  ").trim_end()).map_err(io)?;
    writeln!(out, "{}", widths.iter().map(|w| "─".repeat(*w)).collect::<Vec<_>>().join("  ")).map_err(io)?;
    for row in &rows {
        let line: Vec<String> = row.iter().zip(&widths).zip(&numeric).map(|((cell, w), n)| pad(&shown(cell), *w, *n)).collect();
        writeln!(out, "{}", line.join("  ").trim_end()).map_err(io)?;
    }
    writeln!(out, "({} row{})", rows.len(), if rows.len() == 1 { "" } else { "s" }).map_err(io)
}

fn pad(text: &str, width: usize, right: bool) -> String {
    let gap = " ".repeat(width.saturating_sub(text.chars().count()));
    if right { format!("{gap}{text}") } else { format!("{text}{gap}") }
}

/// A Markdown table; bars in cells are escaped.
pub(super) fn markdown(batches: &[RecordBatch], zone: &str, out: &mut dyn Write) -> Result<(), QueryError> {
    let heads = names(batches);
    writeln!(out, "| {} |", heads.join(" | ")).map_err(io)?;
    writeln!(out, "|{}", "---|".repeat(heads.len())).map_err(io)?;
    for batch in batches {
        for row in rounded_cells(batch, zone)? {
            let line: Vec<String> = row.into_iter().map(|c| c.unwrap_or_default().replace('|', "\\|").replace('\n', " ")).collect();
            writeln!(out, "| {} |", line.join(" | ")).map_err(io)?;
        }
    }
    Ok(())
}

/// The names of the columns, separated by a character.
pub(super) fn heads(columns: &Schema, by: u8, out: &mut Vec<u8>) {
    line(columns.fields().iter().map(|field| field.name().as_str()), by, out);
}

/// Values separated by a character, quoted where they must be (RFC 4180).
pub(super) fn separated(batch: &RecordBatch, zone: &str, by: u8, out: &mut Vec<u8>) -> Result<(), QueryError> {
    for row in cells(batch, zone)? {
        line(row.iter().map(|cell| cell.as_deref().unwrap_or("")), by, out);
    }
    Ok(())
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, by: u8, out: &mut Vec<u8>) {
    for (at, text) in cells.enumerate() {
        if at > 0 {
            out.push(by);
        }
        if text.contains([char::from(by), '"', '\n', '\r']) {
            out.extend_from_slice(format!("\"{}\"", text.replace('"', "\"\"")).as_bytes());
        } else {
            out.extend_from_slice(text.as_bytes());
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn doubles_are_rounded_for_reading() {
        for (value, shown) in [
            (0.127_325_301_204_819_28, "0.127325"),
            (0.001_234_567_89, "0.00123457"),
            (1_000.0, "1000"),
            (12_345.678_912_345, "12345.678912"),
            (0.999_999_99, "1"),
            (-0.5, "-0.5"),
            (0.1, "0.1"),
            (0.0, "0"),
            (-0.0, "0"),
            (1e20, "1e20"),
            (2.5e-9, "2.5e-9"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(rounded(value), shown);
        }
    }
}
