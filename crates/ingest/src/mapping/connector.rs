//! The mapping as a [`Connector`]: one value per file, shared state behind an `Arc` so that records can be mapped on many threads.

use std::sync::Arc;

use trunkline_events::EventBatch;
use trunkline_events::wire::{Draft, push_draft};

use super::compile::Mapping;
use super::error::RowError;
use super::rows::{Origin, Rows};
use crate::connector::{Connector, MapContext, Misfit, RecordRef, Reject, Split, Tail};

/// Maps the records of one file by a spec.
#[derive(Debug, Clone)]
pub struct MappingConnector {
    mapping: Arc<Mapping>,
    /// The spec matched with the file; `None` before [`Connector::start`].
    rows: Option<Arc<Rows>>,
}

impl MappingConnector {
    /// A connector for one file.
    #[must_use]
    pub fn new(mapping: Arc<Mapping>) -> Self {
        Self { mapping, rows: None }
    }
}

impl From<RowError> for Reject {
    fn from(error: RowError) -> Self {
        Self::new(error.code, error.message)
    }
}

impl Connector for MappingConnector {
    fn name(&self) -> &'static str {
        "mapping"
    }

    fn start(&mut self, head: &[u8], tail: Tail) -> Result<Option<usize>, Misfit> {
        let opened = Rows::open(&self.mapping, head, tail.at_end()).map_err(|e| Misfit(e.to_string()))?;
        Ok(opened.map(|(rows, preamble)| {
            self.rows = Some(Arc::new(rows));
            preamble
        }))
    }

    fn split(&mut self, buffer: &[u8], tail: Tail) -> Split {
        let Some(rows) = &self.rows else { return Split::NeedMore };
        let Some(len) = rows.record_len(buffer, tail.at_end()) else { return Split::NeedMore };
        let record = &buffer[..len];
        if rows.is_ended(record) {
            // A line that opens a quote which nothing closes. Is somebody still writing it? Then what follows are no records.
            let open_quote = tail == Tail::MayGrow && len < buffer.len() && !rows.is_ended(buffer);
            let still_written = open_quote && rows.is_unclosed(record) && !rows.any_complete_line(&buffer[len..]);
            return if still_written { Split::NeedMore } else { Split::Record(len) };
        }
        if rows.is_blank(record) {
            return Split::Skip(len);
        }
        match (rows.completeness(record), tail) {
            (Ok(()), _) => Split::Record(len),
            (Err(_), Tail::Final) => Split::Refuse(len, Reject::new("torn_record", "the file ends in the middle of this record")),
            (Err(_), _) => Split::NeedMore,
        }
    }

    fn is_blank(&self, record: &[u8]) -> bool {
        self.rows.as_ref().is_some_and(|rows| rows.is_blank(record))
    }

    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
        let Some(rows) = &self.rows else { return Err(Reject::new("no_header", "the file was not opened")) };
        let origin = Origin { source: context.source, before: record.before, secret: Some(context.secret) };
        let events = rows.map(record.bytes, origin)?;
        let wire = context.wire(record.offset);
        for event in &events {
            let draft = Draft {
                id: &event.id,
                source: context.source,
                kind: &event.kind,
                schema_version: 1,
                occurred_at: event.time,
                recorded_at: None,
                subject: event.subject.as_deref(),
                data: &event.data,
            };
            push_draft(&draft, &wire, out)?;
        }
        Ok(events.len() as u32)
    }

    fn stands_alone(&self) -> bool {
        let input = &self.mapping.input;
        !self.names_by_content() && !(input.header && input.marks.is_some())
    }

    fn names_by_content(&self) -> bool {
        self.mapping.event_key.is_none()
    }

    fn fork(&self) -> Option<Box<dyn Connector>> {
        Some(Box::new(self.clone()))
    }

    fn notes(&self) -> Vec<String> {
        let Some(rows) = &self.rows else { return Vec::new() };
        let mut notes = Vec::new();
        if rows.is_empty() {
            notes.push("the file has no rows".to_owned());
        }
        let unread = rows.unread();
        if !unread.is_empty() {
            notes.push(format!("columns never read: {}", unread.join(", ")));
        }
        let (ambiguous, gap) = rows.odd_times();
        if ambiguous > 0 {
            notes.push(format!("{ambiguous} local times happen twice at a clock change (on_ambiguous: {})", self.mapping.on_ambiguous()));
        }
        if gap > 0 {
            notes.push(format!("{gap} local times do not exist at a clock change (on_gap: {})", self.mapping.on_gap()));
        }
        notes
    }
}
