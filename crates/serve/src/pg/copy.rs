//! Rows of a COPY: text, CSV, binary. Format: PostgreSQL documentation, COPY, "File Formats".

use arrow::datatypes::Schema;
use bytes::{BufMut, BytesMut};

use super::backend::copy_data;
use super::row::Rows;
use crate::statement::CopyFormat;

/// What comes before the rows, in a message of its own.
pub(super) fn head(columns: &Schema, format: CopyFormat, out: &mut BytesMut) {
    if format == (CopyFormat::Csv { has_header: true }) {
        copy_data(out, |out| {
            for (i, field) in columns.fields().iter().enumerate() {
                if i > 0 {
                    out.put_u8(b',');
                }
                quoted(field.name().as_bytes(), out);
            }
            out.put_u8(b'\n');
        });
    }
}

/// What binary data begin with. As with PostgreSQL it is in the message of the first row; DuckDB reads it nowhere else.
fn signature(out: &mut BytesMut) {
    out.put_slice(b"PGCOPY\n\xff\r\n\0");
    out.put_u64(0);
}

/// One row; `is_first` of all.
pub(super) fn row(rows: &Rows<'_>, i: usize, format: CopyFormat, is_first: bool, out: &mut BytesMut) {
    copy_data(out, |out| match format {
        CopyFormat::Binary => {
            if is_first {
                signature(out);
            }
            rows.write_values(i, out);
        }
        CopyFormat::Text | CopyFormat::Csv { .. } => {
            let mut word = BytesMut::new();
            for column in 0..rows.len() {
                if column > 0 {
                    out.put_u8(if format == CopyFormat::Text { b'\t' } else { b',' });
                }
                word.clear();
                match (rows.write_value(column, i, &mut word), format) {
                    (false, CopyFormat::Text) => out.put_slice(b"\\N"),
                    (false, _) => {}
                    (true, CopyFormat::Text) => escaped(&word, out),
                    (true, _) => quoted(&word, out),
                }
            }
            out.put_u8(b'\n');
        }
    });
}

/// What comes after the rows, of which there may be none.
pub(super) fn tail(format: CopyFormat, is_empty: bool, out: &mut BytesMut) {
    if format == CopyFormat::Binary {
        copy_data(out, |out| {
            if is_empty {
                signature(out);
            }
            out.put_i16(-1);
        });
    }
}

fn escaped(word: &[u8], out: &mut BytesMut) {
    for byte in word {
        match byte {
            b'\\' => out.put_slice(b"\\\\"),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            byte => out.put_u8(*byte),
        }
    }
}

/// Quoted where it has to be: empty text differs from NULL by its quotes.
fn quoted(word: &[u8], out: &mut BytesMut) {
    if !word.is_empty() && word != b"\\." && !word.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.put_slice(word);
        return;
    }
    out.put_u8(b'"');
    for byte in word {
        if *byte == b'"' {
            out.put_u8(b'"');
        }
        out.put_u8(*byte);
    }
    out.put_u8(b'"');
}
