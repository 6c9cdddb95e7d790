//! Which file is this, and how far was it read? A file is known by its decompressed content, never by its path.
//!
//! A journal is named `file:<connector>:<source>:<hash of the first line>-<n>`. Two files may begin with the same line (every CSV export
//! has its header), so each known journal of that name is checked: the hash of the file's first `offset` bytes must be the
//! committed one. The longest that fits is the journal to continue; if none fits the file is a new one with the next `n`.

use std::io;
use std::path::Path;

use trunkline_events::port::{Carry, Position};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::chain::Chain;
use crate::file::{BLOCK_BYTES, Content};

/// How much of a first line goes into the name of its journal.
pub(crate) const FIRST_LINE_BYTES: usize = 64 << 10;

/// A hash over everything read so far.
#[derive(Clone, Default)]
pub(crate) struct Running {
    hash: Xxh3,
    /// Bytes hashed.
    pub(crate) offset: i64,
    /// Line feeds seen.
    pub(crate) lines: i64,
    /// The log of which this file is a part.
    pub(crate) chain: Option<Chain>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("offset", &self.offset).field("lines", &self.lines).finish_non_exhaustive()
    }
}

impl Running {
    /// Nothing of the file yet; the log as far as it is known.
    pub(crate) fn of(chain: Option<Chain>) -> Self {
        Self { chain, ..Self::default() }
    }

    /// Takes in the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.offset += bytes.len() as i64;
        if let Some(chain) = &mut self.chain {
            chain.update(bytes);
        }
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as i64;
    }

    /// [`Position::check`]: 63 bits.
    pub(crate) fn check(&self) -> i64 {
        (self.hash.digest() & (u64::MAX >> 1)) as i64
    }

    /// All 64 bits, over the whole log.
    pub(crate) fn digest(&self) -> u64 {
        self.chain.as_ref().map_or_else(|| self.hash.digest(), Chain::digest)
    }

    /// Bytes of the whole log.
    pub(crate) fn place(&self) -> i64 {
        self.chain.as_ref().map_or(self.offset, |chain| chain.offset)
    }
}

/// Where reading starts.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Journal id.
    pub(crate) journal: String,
    /// Hash and offsets at which to continue; 0 for a new journal.
    pub(crate) at: Running,
    /// Journals of earlier readings of the same bytes.
    pub(crate) again: Vec<String>,
    /// Where in its log the file begins, for a connector that continues.
    pub(crate) chain: Option<Chain>,
    /// That beginning, to be kept with the first rows.
    pub(crate) begin: Option<Carry>,
    /// The connector was brought to `at`: nothing needs to be mapped again.
    pub(crate) is_restored: bool,
}

/// The name of the journals that begin like `head`, without the number. A first line that still grows names nothing yet that counts:
/// a position is only committed behind a complete record.
pub(crate) fn name_prefix(connector: &str, source: &str, head: &[u8]) -> String {
    let line = head.iter().position(|b| *b == b'\n').map_or(head, |end| &head[..end]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    format!("file:{connector}:{source}:{:016x}-", xxh3_64(&line[..line.len().min(FIRST_LINE_BYTES)]))
}

/// Finds the journal a file continues among the `known` ones of its name. With `is_again` it continues none: it is read from its start
/// as a new journal, and those it might have continued are its earlier readings.
///
/// # Errors
/// Reading errors. Damage in the packing ends the search: what can be read decides.
pub(crate) fn locate(path: &Path, prefix: &str, mut known: Vec<Position>, is_again: bool) -> io::Result<Place> {
    let number = |p: &Position| p.journal.strip_prefix(prefix).and_then(|n| n.parse::<u64>().ok());
    known.sort_by_key(|p| (p.offset, number(p)));
    let next = known.iter().filter_map(number).max().map_or(1, |n| n + 1);
    let new = Place { journal: format!("{prefix}{next}"), ..Place::default() };
    let mut fitting = Vec::new();
    let mut content = Content::open(path)?;
    let mut running = Running::default();
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    'known: for position in known.iter().filter(|p| p.offset > 0) {
        while running.offset < position.offset {
            block.clear();
            let want = usize::try_from(position.offset - running.offset).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
            match content.read_some(&mut block, want) {
                Ok(0) | Err(_) => break 'known,
                Ok(_) => running.update(&block),
            }
        }
        if running.check() == position.check {
            fitting.push((position.journal.clone(), running.clone()));
        }
    }
    if is_again {
        return Ok(Place { again: fitting.into_iter().map(|(journal, _)| journal).collect(), ..new });
    }
    Ok(fitting.pop().map_or(new, |(journal, at)| Place { journal, at, ..Place::default() }))
}
