//! Rows of a COPY: text, CSV, binary. Format: PostgreSQL documentation, COPY, "File Formats".

use arrow::datatypes::Schema;
use bytes::{BufMut, BytesMut};

use super::backend::copy_data;
use super::row::Rows;
use crate::refusal::Refusal;
use crate::statement::{CopyFormat, CopyQuotes, CopyWords};

/// Writes the rows of one COPY.
pub(super) struct Copy {
    format: CopyFormat,
    /// Whether the words of each column are always quoted.
    forced: Vec<bool>,
    /// Rows so far.
    pub(super) rows: u64,
}

impl Copy {
    /// # Errors
    /// A column that is to be quoted and is not there.
    pub(super) fn new(format: CopyFormat, columns: &Schema) -> Result<Self, Refusal> {
        let mut forced = vec![false; columns.fields().len()];
        if let CopyFormat::Words(CopyWords { quotes: Some(quotes), .. }) = &format {
            for name in &quotes.forced {
                let at =
                    columns.index_of(name).map_err(|_| Refusal::error("42703", format!("there is no column \"{name}\" to be quoted")))?;
                forced[at] = true;
            }
        }
        Ok(Self { format, forced, rows: 0 })
    }

    /// What comes before the rows, in a message of its own.
    pub(super) fn head(&self, columns: &Schema, out: &mut BytesMut) {
        let CopyFormat::Words(words) = &self.format else { return };
        if words.has_header {
            copy_data(out, |out| {
                for (i, field) in columns.fields().iter().enumerate() {
                    if i > 0 {
                        out.put_u8(words.delimiter);
                    }
                    let name = trunkline_query::postgres::shown_name(field.name()).as_bytes();
                    match &words.quotes {
                        Some(quotes) => quoted(name, words, quotes, self.needs_quotes(name, false), out),
                        None => escaped(name, words.delimiter, out),
                    }
                }
                out.put_u8(b'\n');
            });
        }
    }

    /// One row.
    pub(super) fn row(&mut self, rows: &Rows<'_>, i: usize, out: &mut BytesMut) {
        copy_data(out, |out| match &self.format {
            CopyFormat::Binary => {
                if self.rows == 0 {
                    signature(out);
                }
                rows.write_values(i, out);
            }
            CopyFormat::Words(words) => {
                let mut word = BytesMut::new();
                for column in 0..rows.len() {
                    if column > 0 {
                        out.put_u8(words.delimiter);
                    }
                    word.clear();
                    match (rows.write_value(column, i, &mut word), &words.quotes) {
                        (false, _) => out.put_slice(words.null.as_bytes()),
                        (true, None) => escaped(&word, words.delimiter, out),
                        (true, Some(quotes)) => quoted(&word, words, quotes, self.needs_quotes(&word, self.forced[column]), out),
                    }
                }
                out.put_u8(b'\n');
            }
        });
        self.rows += 1;
    }

    /// What comes after the rows, of which there may be none.
    pub(super) fn tail(&self, out: &mut BytesMut) {
        if self.format == CopyFormat::Binary {
            copy_data(out, |out| {
                if self.rows == 0 {
                    signature(out);
                }
                out.put_i16(-1);
            });
        }
    }

    /// Alone on its line, `\.` would be the end of the data.
    fn needs_quotes(&self, word: &[u8], is_forced: bool) -> bool {
        is_forced || (word == b"\\." && self.forced.len() == 1)
    }
}

/// What binary data begin with. As with PostgreSQL it is in the message of the first row; DuckDB reads it nowhere else.
fn signature(out: &mut BytesMut) {
    out.put_slice(b"PGCOPY\n\xff\r\n\0");
    out.put_u64(0);
}

fn escaped(word: &[u8], delimiter: u8, out: &mut BytesMut) {
    for byte in word {
        match byte {
            b'\x08' => out.put_slice(b"\\b"),
            b'\x0c' => out.put_slice(b"\\f"),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            b'\x0b' => out.put_slice(b"\\v"),
            byte => {
                if *byte == b'\\' || *byte == delimiter {
                    out.put_u8(b'\\');
                }
                out.put_u8(*byte);
            }
        }
    }
}

/// Quoted where it has to be: a word that looks like NULL differs from it by its quotes.
fn quoted(word: &[u8], words: &CopyWords, quotes: &CopyQuotes, is_forced: bool, out: &mut BytesMut) {
    let is_special = |byte: &u8| *byte == words.delimiter || *byte == quotes.quote || matches!(byte, b'\n' | b'\r');
    if !is_forced && word != words.null.as_bytes() && !word.iter().any(is_special) {
        out.put_slice(word);
        return;
    }
    out.put_u8(quotes.quote);
    for byte in word {
        if *byte == quotes.quote || *byte == quotes.escape {
            out.put_u8(quotes.escape);
        }
        out.put_u8(*byte);
    }
    out.put_u8(quotes.quote);
}
