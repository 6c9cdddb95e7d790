//! A file of a vendor's documents.

use std::sync::Arc;

use serde::de::IgnoredAny;
use trunkline_events::EventBatch;

use super::Vendor;
use super::emit::Emit;
use super::request::Request;
use crate::cloudevents;
use crate::connector::{Connector, MapContext, Misfit, RecordRef, Reject, Split, Tail};

/// How documents follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Elements of one JSON array.
    Array,
    /// One a line: JSON Lines, or forms.
    Lines,
    /// JSON objects one after the other, with or without blanks between them, over as many lines as they like.
    Values,
}

/// Cuts a file into documents and has a vendor's connector map them.
#[derive(Debug, Clone)]
pub struct Documents {
    vendor: Arc<dyn Vendor>,
    layout: Layout,
}

impl Documents {
    /// The layout is told by the beginning of the file.
    #[must_use]
    pub fn new(vendor: Arc<dyn Vendor>) -> Self {
        Self { vendor, layout: Layout::Lines }
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Connector for Documents {
    fn name(&self) -> &'static str {
        self.vendor.name()
    }

    fn start(&mut self, head: &[u8], tail: Tail) -> Result<Option<usize>, Misfit> {
        let bom = if head.starts_with(BOM) { BOM.len() } else { 0 };
        let Some(first) = head[bom..].iter().position(|b| !b.is_ascii_whitespace()) else {
            return Ok(tail.at_end().then_some(bom));
        };
        let begin = bom + first;
        self.layout = match head[begin] {
            b'[' => {
                self.layout = Layout::Array;
                return Ok(Some(begin + 1));
            }
            b'{' => match line_at(&head[begin..], tail) {
                Some(line) if serde_json::from_slice::<IgnoredAny>(line).is_ok() => Layout::Lines,
                Some(_) => Layout::Values,
                None if is_followed(&head[begin..]) => Layout::Values,
                None => return Ok(None),
            },
            _ => Layout::Lines,
        };
        Ok(Some(bom))
    }

    fn split(&mut self, buffer: &[u8], tail: Tail) -> Split {
        match self.layout {
            Layout::Lines => cloudevents::line(buffer, tail),
            Layout::Array | Layout::Values => cloudevents::element(buffer, tail),
        }
    }

    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
        let request = Request::of(record.line_bytes())?;
        let mut emit = Emit::new(context, record.offset, out);
        self.vendor.map(&request, &mut emit)?;
        match emit.count() {
            // Counted as a duplicate it would leave no trace.
            0 => Err(Reject::new("no_events", "the document gave no event")),
            count => Ok(count),
        }
    }

    fn fork(&self) -> Option<Box<dyn Connector>> {
        Some(Box::new(self.clone()))
    }
}

/// The first line; `None` while it may go on.
fn line_at(head: &[u8], tail: Tail) -> Option<&[u8]> {
    match memchr::memchr(b'\n', head) {
        Some(at) => Some(&head[..at]),
        None => tail.at_end().then_some(head),
    }
}

/// True when the first object is followed by another on the same line: no line feed need come for the rest of the file, and waiting for one
/// would read all of it into memory.
fn is_followed(head: &[u8]) -> bool {
    match cloudevents::element(head, Tail::More) {
        Split::Record(length) => head[length..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{'),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{Connector, Documents, Layout, Tail};
    use crate::vendor::named;

    #[test]
    fn a_file_of_one_endless_line_is_told_by_its_second_document() {
        let mut documents = Documents::new(named("amazon-connect").unwrap());
        assert_eq!(documents.start(br#"{"a":"}{"}"#, Tail::More).unwrap(), None, "a line feed may follow");
        assert_eq!(documents.start(br#"{"a":"}{"} {"b""#, Tail::More).unwrap(), Some(0));
        assert_eq!(documents.layout, Layout::Values);
        assert_eq!(documents.start(b"{\"a\":1}\n{", Tail::More).unwrap(), Some(0));
        assert_eq!(documents.layout, Layout::Lines);
    }
}
