//! CloudEvents 1.0 in structured JSON: one event a line, or a file that is one JSON array of events. [`binary`] makes it of the other mode.

pub mod binary;

use trunkline_events::EventBatch;
use trunkline_events::wire::read_event;

use crate::connector::{Connector, MapContext, Misfit, RecordRef, Reject, Split, Tail};

/// JSON Lines or a batch array of CloudEvents. The source of each event is its own.
#[derive(Debug, Clone, Default)]
pub struct CloudEvents {
    is_array: bool,
}

impl CloudEvents {
    /// The form of the file is told by its first byte that is not blank.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Connector for CloudEvents {
    fn name(&self) -> &'static str {
        "cloudevents"
    }

    fn start(&mut self, head: &[u8], tail: Tail) -> Result<Option<usize>, Misfit> {
        let bom = if head.starts_with(BOM) { BOM.len() } else { 0 };
        let Some(first) = head[bom..].iter().position(|b| !b.is_ascii_whitespace()) else {
            return Ok(tail.at_end().then_some(bom));
        };
        self.is_array = head[bom + first] == b'[';
        Ok(Some(if self.is_array { bom + first + 1 } else { bom }))
    }

    fn split(&mut self, buffer: &[u8], tail: Tail) -> Split {
        if self.is_array { element(buffer, tail) } else { line(buffer, tail) }
    }

    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject> {
        let before = out.len();
        let read = read_event(record.line_bytes(), &context.wire(record.offset), out);
        read.map_err(|refused| binary::reason(record.line_bytes()).unwrap_or_else(|| refused.into()))?;
        Ok((out.len() - before) as u32)
    }

    fn fork(&self) -> Option<Box<dyn Connector>> {
        Some(Box::new(self.clone()))
    }
}

/// A line; or all there is, where nothing can follow and it is one document over several lines. The last one counts without a line feed when it is whole JSON, or when nothing can follow.
pub(crate) fn line(buffer: &[u8], tail: Tail) -> Split {
    let is_whole = || serde_json::from_slice::<&serde_json::value::RawValue>(buffer).is_ok();
    if let Some(at) = memchr::memchr(b'\n', buffer) {
        // A message may be one event written over several lines.
        let is_open = tail == Tail::Final && !buffer[..at].trim_ascii_end().ends_with(b"}");
        return if is_open && is_whole() { Split::Record(buffer.len()) } else { Split::Record(at + 1) };
    }
    match tail {
        Tail::Final => Split::Record(buffer.len()),
        Tail::MayGrow if is_whole() => Split::Record(buffer.len()),
        Tail::More | Tail::MayGrow => Split::NeedMore,
    }
}

/// An element of the array, or what stands between two.
pub(crate) fn element(buffer: &[u8], tail: Tail) -> Split {
    let between = buffer.iter().take_while(|b| b.is_ascii_whitespace() || **b == b',' || **b == b']').count();
    if between > 0 {
        return Split::Skip(between);
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (i, byte) in buffer.iter().enumerate() {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 1 => depth -= 1,
            b'}' if depth == 1 => return Split::Record(i + 1),
            b']' if depth == 1 => return Split::Record(i + 1),
            b',' | b']' if depth == 0 => return Split::Record(i),
            _ => {}
        }
    }
    if tail == Tail::Final {
        return Split::Refuse(buffer.len(), Reject::new("bad_json", "the array ends inside an element"));
    }
    Split::NeedMore
}
