//! One sorted run on disk: `<name>.keys` holds the entries (24 bytes each, little-endian: upper key, lower key, content hash),
//! `<name>.filter` the first key of every block (fences) and then the Bloom filter.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Entry;
use super::filter::{self, BLOCK_WORDS};
use crate::error::StorageError;

/// Bytes of an entry.
const ENTRY_BYTES: usize = 24;
/// Entries per block: what one read fetches (6 KiB).
const BLOCK_ENTRIES: u64 = 256;
/// Filter blocks read at once when the filter stays on disk (16 KiB).
const DISK_FILTER_BLOCKS: usize = 256;
/// Buffer for writing and merging.
const BUFFER_BYTES: usize = 256 * 1024;

/// A run, open for lookups.
#[derive(Debug)]
pub(super) struct Run {
    name: String,
    path: PathBuf,
    count: u64,
    /// Upper half of the first key of each block.
    fences: Vec<u64>,
    blocks: u64,
    /// The filter's words when they fit the memory limit.
    filter: Option<Vec<u64>>,
}

impl Run {
    /// Opens a run whose sizes agree with the manifest. `left`: bytes of memory left for filters.
    pub(super) fn open(folder: &Path, name: &str, count: u64, left: &mut u64) -> Result<Self, StorageError> {
        let path = folder.join(name);
        let blocks = filter::blocks_for(count);
        let keys = path.with_extension("keys");
        let filter_path = path.with_extension("filter");
        let fences = count.div_ceil(BLOCK_ENTRIES);
        let filter_bytes = blocks * BLOCK_WORDS as u64 * 8;
        for (file, want) in [(&keys, count * ENTRY_BYTES as u64), (&filter_path, fences * 8 + filter_bytes)] {
            let have = std::fs::metadata(file).map_err(StorageError::io(file))?.len();
            if have != want {
                return Err(StorageError::Damaged { path: file.display().to_string(), reason: format!("{have} bytes instead of {want}") });
            }
        }
        let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(&filter_path).map_err(StorageError::io(&filter_path))?);
        let fences = read_words(&mut file, fences as usize).map_err(StorageError::io(&filter_path))?;
        let filter = if filter_bytes <= *left {
            *left -= filter_bytes;
            Some(read_words(&mut file, blocks as usize * BLOCK_WORDS).map_err(StorageError::io(&filter_path))?)
        } else {
            None
        };
        Ok(Self { name: name.to_owned(), path, count, fences, blocks, filter })
    }

    /// Writes a run of `count` ascending entries, durably. The filter is built in memory, then kept if `left` allows.
    pub(super) fn write<I>(folder: &Path, count: u64, entries: I, left: &mut u64) -> Result<Self, StorageError>
    where
        I: Iterator<Item = Result<Entry, StorageError>>,
    {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let path = folder.join(&name);
        let keys = path.with_extension("keys");
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(&keys).map_err(StorageError::io(&keys))?);
        let blocks = filter::blocks_for(count);
        let mut words = vec![0_u64; blocks as usize * BLOCK_WORDS];
        let mut fences = Vec::with_capacity(count.div_ceil(BLOCK_ENTRIES) as usize);
        for (i, entry) in entries.enumerate() {
            let entry = entry?;
            if (i as u64).is_multiple_of(BLOCK_ENTRIES) {
                fences.push(entry.hi);
            }
            let at = filter::block_of(entry.hi, blocks) * BLOCK_WORDS;
            filter::set(&mut words[at..at + BLOCK_WORDS], entry.lo);
            file.write_all(&to_bytes(&entry)).map_err(StorageError::io(&keys))?;
        }
        let file = file.into_inner().map_err(|error| StorageError::Io { path: keys.clone(), source: error.into_error() })?;
        file.sync_all().map_err(StorageError::io(&keys))?;
        let filter_path = path.with_extension("filter");
        let bytes: Vec<u8> = fences.iter().chain(&words).flat_map(|word| word.to_le_bytes()).collect();
        crate::durable::write_durably(&filter_path, &[&bytes], false).map_err(StorageError::io(&filter_path))?;
        let filter_bytes = words.len() as u64 * 8;
        let keep = filter_bytes <= *left;
        if keep {
            *left -= filter_bytes;
        }
        Ok(Self { name, path, count, fences, blocks, filter: keep.then_some(words) })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of memory the filter takes.
    pub(super) fn filter_memory(&self) -> u64 {
        self.filter.as_ref().map_or(0, |words| words.len() as u64 * 8)
    }

    /// Fills `found` where a key of `sorted` (ascending) is in the run.
    pub(super) fn lookup(&self, sorted: &[Entry], found: &mut [Option<u64>]) -> Result<(), StorageError> {
        let mut blocks = BlockReader::open(self)?;
        let mut disk = DiskFilter::open(self)?;
        for (probe, slot) in sorted.iter().zip(found) {
            let at = filter::block_of(probe.hi, self.blocks);
            let words = match &self.filter {
                Some(words) => &words[at * BLOCK_WORDS..][..BLOCK_WORDS],
                None => disk.block(at)?,
            };
            if filter::may_contain(words, probe.lo)
                && let Some(content) = blocks.find(probe)?
            {
                *slot = Some(content);
            }
        }
        Ok(())
    }
}

/// Reads blocks of entries, keeping the last one.
struct BlockReader<'a> {
    run: &'a Run,
    path: PathBuf,
    file: File,
    at: Option<usize>,
    entries: Vec<Entry>,
}

impl<'a> BlockReader<'a> {
    fn open(run: &'a Run) -> Result<Self, StorageError> {
        let path = run.path.with_extension("keys");
        let file = File::open(&path).map_err(StorageError::io(&path))?;
        Ok(Self { run, path, file, at: None, entries: Vec::new() })
    }

    /// The content hash under the probe's key. Blocks that begin with an equal upper half are all looked at.
    fn find(&mut self, probe: &Entry) -> Result<Option<u64>, StorageError> {
        let mut block = self.run.fences.partition_point(|fence| *fence < probe.hi).saturating_sub(1);
        while block < self.run.fences.len() && self.run.fences[block] <= probe.hi {
            self.load(block)?;
            if let Ok(at) = self.entries.binary_search_by(|entry| entry.key().cmp(&probe.key())) {
                return Ok(Some(self.entries[at].content));
            }
            block += 1;
        }
        Ok(None)
    }

    fn load(&mut self, block: usize) -> Result<(), StorageError> {
        if self.at == Some(block) {
            return Ok(());
        }
        let first = block as u64 * BLOCK_ENTRIES;
        let entries = BLOCK_ENTRIES.min(self.run.count - first) as usize;
        let mut bytes = vec![0_u8; entries * ENTRY_BYTES];
        self.file
            .seek(SeekFrom::Start(first * ENTRY_BYTES as u64))
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(StorageError::io(&self.path))?;
        self.entries.clear();
        self.entries.extend(bytes.chunks_exact(ENTRY_BYTES).map(from_bytes));
        self.at = Some(block);
        Ok(())
    }
}

/// A filter that does not fit the memory limit, read in pieces in key order.
struct DiskFilter {
    path: PathBuf,
    file: File,
    fence_bytes: u64,
    blocks: usize,
    first: usize,
    words: Vec<u64>,
}

impl DiskFilter {
    fn open(run: &Run) -> Result<Self, StorageError> {
        let path = run.path.with_extension("filter");
        let file = File::open(&path).map_err(StorageError::io(&path))?;
        Ok(Self { path, file, fence_bytes: run.fences.len() as u64 * 8, blocks: run.blocks as usize, first: 0, words: Vec::new() })
    }

    fn block(&mut self, at: usize) -> Result<&[u64], StorageError> {
        if at < self.first || at >= self.first + self.words.len() / BLOCK_WORDS {
            let blocks = DISK_FILTER_BLOCKS.min(self.blocks - at);
            let start = self.fence_bytes + (at * BLOCK_WORDS * 8) as u64;
            self.words = self
                .file
                .seek(SeekFrom::Start(start))
                .and_then(|_| read_words(&mut self.file, blocks * BLOCK_WORDS))
                .map_err(StorageError::io(&self.path))?;
            self.first = at;
        }
        Ok(&self.words[(at - self.first) * BLOCK_WORDS..][..BLOCK_WORDS])
    }
}

/// All entries of several runs, ascending.
pub(super) fn merged(runs: &[Run]) -> Result<impl Iterator<Item = Result<Entry, StorageError>>, StorageError> {
    let mut cursors = runs.iter().map(Cursor::open).collect::<Result<Vec<_>, _>>()?;
    Ok(std::iter::from_fn(move || {
        let next = cursors.iter_mut().filter(|cursor| cursor.head.is_some()).min_by_key(|cursor| cursor.head)?;
        next.take().transpose()
    }))
}

struct Cursor {
    path: PathBuf,
    file: BufReader<File>,
    left: u64,
    head: Option<Entry>,
}

impl Cursor {
    fn open(run: &Run) -> Result<Self, StorageError> {
        let path = run.path.with_extension("keys");
        let file = BufReader::with_capacity(BUFFER_BYTES, File::open(&path).map_err(StorageError::io(&path))?);
        let mut cursor = Self { path, file, left: run.count, head: None };
        cursor.take()?;
        Ok(cursor)
    }

    /// Gives the head and reads the next entry in its place.
    fn take(&mut self) -> Result<Option<Entry>, StorageError> {
        let head = self.head.take();
        if self.left > 0 {
            let mut bytes = [0_u8; ENTRY_BYTES];
            self.file.read_exact(&mut bytes).map_err(StorageError::io(&self.path))?;
            self.left -= 1;
            self.head = Some(from_bytes(&bytes));
        }
        Ok(head)
    }
}

fn to_bytes(entry: &Entry) -> [u8; ENTRY_BYTES] {
    let mut bytes = [0; ENTRY_BYTES];
    bytes[..8].copy_from_slice(&entry.hi.to_le_bytes());
    bytes[8..16].copy_from_slice(&entry.lo.to_le_bytes());
    bytes[16..].copy_from_slice(&entry.content.to_le_bytes());
    bytes
}

fn from_bytes(bytes: &[u8]) -> Entry {
    Entry { hi: word(&bytes[..8]), lo: word(&bytes[8..16]), content: word(&bytes[16..24]) }
}

fn word(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(bytes);
    u64::from_le_bytes(eight)
}

fn read_words(reader: &mut impl Read, count: usize) -> std::io::Result<Vec<u64>> {
    let mut bytes = vec![0_u8; count * 8];
    reader.read_exact(&mut bytes)?;
    Ok(bytes.chunks_exact(8).map(word).collect())
}
