//! Bytes of one input file: plain, gzip or zstd, told by their first bytes, decompressed in blocks of bounded size.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::connector::Tail;

/// Bytes read (decompressed) at a time.
pub const BLOCK_BYTES: usize = 1 << 20;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// Gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
}

impl Packing {
    /// By the first bytes, not by the name.
    #[must_use]
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// What the end of the file means.
    #[must_use]
    pub const fn tail(self) -> Tail {
        match self {
            Self::Plain => Tail::MayGrow,
            Self::Gzip | Self::Zstd => Tail::Final,
        }
    }
}

/// Counts the bytes taken from the file as it lies on disk, for progress.
struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.taken.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The decompressed content of a file, read from front to back.
pub struct Content {
    reader: Box<dyn Read + Send>,
    packing: Packing,
    size: u64,
    taken: Arc<AtomicU64>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("packing", &self.packing).field("size", &self.size).finish_non_exhaustive()
    }
}

impl Content {
    /// Opens a file at the beginning of its content.
    ///
    /// # Errors
    /// What the operating system says; a folder is an error too.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let meta = file.metadata()?;
        if meta.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder, not a file"));
        }
        let mut head = [0_u8; 4];
        let mut known = 0;
        while known < head.len() {
            match file.read(&mut head[known..])? {
                0 => break,
                n => known += n,
            }
        }
        file.seek(SeekFrom::Start(0))?;
        let packing = Packing::of(&head[..known]);
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, taken: Arc::clone(&taken) };
        let reader: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(counted),
            Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(BLOCK_BYTES / 4, counted))),
            Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
        };
        Ok(Self { reader, packing, size: meta.len(), taken })
    }

    /// How the file is packed.
    #[must_use]
    pub const fn packing(&self) -> Packing {
        self.packing
    }

    /// Bytes on disk when the file was opened.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// A counter of the bytes taken from disk so far.
    #[must_use]
    pub fn taken(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.taken)
    }

    /// Appends up to `limit` bytes of content to `buffer`; returns how many, 0 at the end.
    ///
    /// # Errors
    /// Of the file or of its packing (damaged or cut short).
    pub fn read_some(&mut self, buffer: &mut Vec<u8>, limit: usize) -> io::Result<usize> {
        let before = buffer.len();
        buffer.resize(before + limit, 0);
        let mut filled = before;
        let outcome = loop {
            if filled == before + limit {
                break Ok(());
            }
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => break Ok(()),
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // What was read before the damage is good and is delivered first; the damage shows at the next call.
                Err(_) if filled > before => break Ok(()),
                Err(e) => break Err(e),
            }
        };
        buffer.truncate(filled);
        outcome.map(|()| filled - before)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io::Write;

    use super::{Content, Packing};

    fn content(bytes: &[u8]) -> (Packing, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, bytes).unwrap();
        let mut content = Content::open(&path).unwrap();
        let mut out = Vec::new();
        while content.read_some(&mut out, 7).unwrap() > 0 {}
        (content.packing(), out)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_packing_gives_the_same_content_members_included() {
        assert_eq!(content(b"one\ntwo\n"), (Packing::Plain, b"one\ntwo\n".to_vec()));
        let members = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(content(&members), (Packing::Gzip, b"one\ntwo\n".to_vec()));
        let frames = [zstd::encode_all(&b"one\n"[..], 1).unwrap(), zstd::encode_all(&b"two\n"[..], 1).unwrap()].concat();
        assert_eq!(content(&frames), (Packing::Zstd, b"one\ntwo\n".to_vec()));
        assert_eq!(content(b""), (Packing::Plain, Vec::new()));
    }

    #[test]
    fn content_before_damage_is_delivered_and_the_damage_is_an_error() {
        let mut bytes = gzip(&b"line\n".repeat(50_000));
        bytes.truncate(bytes.len() - 9);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cut.gz");
        std::fs::write(&path, bytes).unwrap();
        let mut content = Content::open(&path).unwrap();
        let mut out = Vec::new();
        let end = loop {
            match content.read_some(&mut out, 4096) {
                Ok(0) => break Ok(()),
                Ok(_) => {}
                Err(e) => break Err(e.kind()),
            }
        };
        assert_eq!(end, Err(std::io::ErrorKind::UnexpectedEof));
        assert!(out.starts_with(b"line\nline\n"));
    }
}
