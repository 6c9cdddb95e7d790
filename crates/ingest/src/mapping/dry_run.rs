//! A dry run: what a mapping makes of a file, without storing anything.

use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::compile::Mapping;
use super::error::SpecError;
use super::rows::{MappedEvent, Origin, Rows};
use super::value::write_json_text;

/// A record a dry run refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryReject {
    /// Physical line of the record's first byte, from 1.
    pub line: u64,
    /// Byte offset of the record's first byte.
    pub offset: u64,
    /// Reason code.
    pub code: String,
    /// Reason, column and offending text.
    pub message: String,
}

/// What a mapping makes of a file.
#[derive(Debug, Default)]
pub struct DryRun {
    /// CloudEvents, one JSON object per line; personal values are masked.
    pub events: Vec<String>,
    /// Records refused.
    pub rejects: Vec<DryReject>,
    /// Records read, the header not counted.
    pub records: u64,
    /// Columns (or JSON keys) nothing reads.
    pub unread_columns: Vec<String>,
    /// Local times met that happen twice.
    pub ambiguous_times: u64,
    /// Local times met that do not exist.
    pub missing_times: u64,
}

/// Maps `bytes`, a whole (decompressed) file, and reports.
///
/// # Errors
/// A [`SpecError`] when the spec does not fit the file.
pub fn dry_run(mapping: &Arc<Mapping>, bytes: &[u8]) -> Result<DryRun, SpecError> {
    let mut out = DryRun::default();
    let Some((rows, mut at)) = Rows::open(mapping, bytes, true)? else { return Ok(out) };
    let mut line = 1 + newlines(&bytes[..at]);
    let source = mapping.source().unwrap_or("dry-run");
    let keyed = mapping.event_key.is_some();
    let (mut content, mut hashed) = (Xxh3::new(), 0);
    while let Some(len) = rows.record_len(&bytes[at..], true) {
        let record = &bytes[at..at + len];
        let (record_line, offset) = (line, at as u64);
        line += newlines(record);
        at += len;
        if !keyed {
            content.update(&bytes[hashed..offset as usize]);
            hashed = offset as usize;
        }
        if rows.is_blank(record) {
            continue;
        }
        out.records += 1;
        let before = if keyed { 0 } else { content.digest() };
        match rows.map(record, Origin { source, before, secret: None }) {
            Ok(events) => out.events.extend(events.iter().map(|event| cloud_event(event, source))),
            Err(e) => out.rejects.push(DryReject { line: record_line, offset, code: e.code.to_owned(), message: e.message }),
        }
    }
    out.unread_columns = rows.unread();
    (out.ambiguous_times, out.missing_times) = rows.odd_times();
    Ok(out)
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn cloud_event(event: &MappedEvent, source: &str) -> String {
    let mut out = String::from("{\"specversion\":\"1.0\",\"id\":");
    write_json_text(&event.id, &mut out);
    for (name, value) in [("source", source), ("type", &event.kind), ("time", &event.time.to_string())] {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        write_json_text(value, &mut out);
    }
    if let Some(subject) = &event.subject {
        out.push_str(",\"subject\":");
        write_json_text(subject, &mut out);
    }
    out.push_str(",\"data\":");
    out.push_str(&event.data);
    out.push('}');
    out
}
