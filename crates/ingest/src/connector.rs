//! The seam between reading and mapping: a connector cuts bytes into records and makes events of each record.
//!
//! A connector does no I/O. It may keep state along one file (open calls, a header); the runner makes one value per file and feeds it
//! records in file order. Everything else is a pure function of the record, so reading a file again gives the same events.

use trunkline_events::identity::CustomerSecret;
use trunkline_events::wire::{WireContext, WireError};
use trunkline_events::{EventBatch, Timestamp};

/// One record as found in the (decompressed) file.
#[derive(Debug, Clone, Copy)]
pub struct RecordRef<'a> {
    /// The record with its terminator, as cut by [`Connector::split`].
    pub bytes: &'a [u8],
    /// Offset of the record's first byte in the decompressed content.
    pub offset: i64,
    /// Offset of the record's first byte in the log, files before this one included; `offset` where the connector does not continue.
    pub place: i64,
    /// Physical line of the first byte, 1-based.
    pub line: i64,
    /// Hash of the whole content (of the log, see [`Self::place`]) before the record when the connector asks for it
    /// ([`Connector::names_by_content`]), else 0. With the record itself it names a place in the content for ever, whatever the file is
    /// called and however long it is by now.
    pub before: u64,
}

impl<'a> RecordRef<'a> {
    /// The record without `\n` or `\r\n`.
    #[must_use]
    pub fn line_bytes(&self) -> &'a [u8] {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(self.bytes);
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }
}

/// Why a record gives no events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Stable code in snake case.
    pub code: &'static str,
    /// What is wrong, with the field and the offending text.
    pub message: String,
}

impl Reject {
    /// A refusal.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<WireError> for Reject {
    fn from(error: WireError) -> Self {
        Self { code: error.code, message: error.message }
    }
}

/// A file that does not fit the connector at all: wrong usage (exit code 2), nothing of it is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misfit(pub String);

/// What may follow the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// More bytes of the file have not been read yet.
    More,
    /// The file ends here, for now: it is plain and may grow.
    MayGrow,
    /// The file ends here for good: it is compressed.
    Final,
}

impl Tail {
    /// True when the bytes at hand are the last ones.
    #[must_use]
    pub const fn at_end(self) -> bool {
        !matches!(self, Self::More)
    }
}

/// What stands at the beginning of a buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// A complete record of that many bytes, terminator included.
    Record(usize),
    /// That many bytes are no record (header, separators); not received, not rejected.
    Skip(usize),
    /// A complete record of that many bytes that is refused as it stands.
    Refuse(usize, Reject),
    /// No complete record. At the end of the file: an incomplete one, left for later.
    NeedMore,
}

/// What mapping may know besides the record.
#[derive(Debug, Clone, Copy)]
pub struct MapContext<'a> {
    /// Name of the connector, as stored with every event.
    pub connector: &'a str,
    /// Journal id of the file.
    pub journal: &'a str,
    /// The moment of ingest.
    pub now: Timestamp,
    /// Key for customer addresses.
    pub secret: &'a CustomerSecret,
    /// Source given on the command line (or by the spec).
    pub source: &'a str,
}

impl<'a> MapContext<'a> {
    /// The context of one event at `offset`.
    #[must_use]
    pub const fn wire(&self, offset: i64) -> WireContext<'a> {
        WireContext {
            connector: self.connector,
            journal: self.journal,
            journal_seq: offset,
            now: self.now,
            secret: self.secret,
            source_override: None,
        }
    }
}

/// Turns the content of one file into events.
pub trait Connector: Send {
    /// Name on the command line and in the column `connector`.
    fn name(&self) -> &'static str;

    /// Looks at the beginning of the file before anything else, also when reading resumes in its middle. Returns how many bytes
    /// are a preamble and no record (a header), or `None` when `head` is too short to tell.
    ///
    /// # Errors
    /// [`Misfit`] when the file is none of this connector's.
    fn start(&mut self, head: &[u8], tail: Tail) -> Result<Option<usize>, Misfit> {
        let _ = (head, tail);
        Ok(Some(0))
    }

    /// Finds the record that `buffer` begins with. By default a record is a line; a last line without `\n` is incomplete, unless nothing can
    /// follow.
    fn split(&mut self, buffer: &[u8], tail: Tail) -> Split {
        match memchr::memchr(b'\n', buffer) {
            Some(at) => Split::Record(at + 1),
            None if tail == Tail::Final => Split::Record(buffer.len()),
            None => Split::NeedMore,
        }
    }

    /// True for a blank record, which is none: neither received nor rejected.
    fn is_blank(&self, record: &[u8]) -> bool {
        record.iter().all(u8::is_ascii_whitespace)
    }

    /// Pushes the events of one record and says how many. After an error the runner takes back what was pushed for the record.
    ///
    /// # Errors
    /// [`Reject`] when the record cannot be mapped; it is then kept whole.
    fn map(&mut self, record: &RecordRef<'_>, context: &MapContext<'_>, out: &mut EventBatch) -> Result<u32, Reject>;

    /// True when [`Self::map`] depends on the records before: reading then resumes by mapping the known part again, unstored.
    fn keeps_state(&self) -> bool {
        false
    }

    /// True when a record can be mapped by itself, without its file: no header, no records before it.
    fn stands_alone(&self) -> bool {
        !self.keeps_state() && !self.names_by_content()
    }

    /// True when ids of events are derived from [`RecordRef::before`].
    fn names_by_content(&self) -> bool {
        false
    }

    /// True when a file may go on where another one ended, as after a rotation: state and places are then handed on.
    fn continues(&self) -> bool {
        false
    }

    /// The first instant in the beginning of a file, by which files of one log are put in order.
    fn first_instant(&self, head: &[u8]) -> Option<Timestamp> {
        let _ = head;
        None
    }

    /// The instant of the last record mapped.
    fn reached(&self) -> Option<Timestamp> {
        None
    }

    /// The state as text, for [`Self::restore`].
    fn save(&self) -> Option<String> {
        None
    }

    /// Takes a state that [`Self::save`] gave; false, and nothing changed, when it is none.
    fn restore(&mut self, state: &str) -> bool {
        let _ = state;
        false
    }

    /// An independent copy for mapping on another thread; `None` when order matters.
    fn fork(&self) -> Option<Box<dyn Connector>> {
        None
    }

    /// Remarks for the summary once the file has been read to its end, for example columns never read.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}
