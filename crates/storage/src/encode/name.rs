//! Names of data files. A name carries a hash of the file's bytes, so that damage is found without any other record.

use xxhash_rust::xxh3::xxh3_64;

const BEGIN: &str = "part-";
const END: &str = ".zstd.parquet";

/// `part-<unique>-<XXH3 of the bytes>.zstd.parquet`.
pub(super) fn of(bytes: &[u8]) -> String {
    format!("{BEGIN}{}-{:016x}{END}", uuid::Uuid::new_v4().simple(), xxh3_64(bytes))
}

/// Whether bytes are those that the file at `path` was stored with; `None` for a file that was stored before names told.
pub(crate) fn checksum_in(path: &str, bytes: &[u8]) -> Option<bool> {
    let name = path.rsplit('/').next()?.strip_prefix(BEGIN)?.strip_suffix(END)?;
    let (_, hash) = name.split_once('-')?;
    Some(u64::from_str_radix(hash, 16).ok()? == xxh3_64(bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::{checksum_in, of};

    #[test]
    fn a_name_tells_its_bytes_from_others() {
        let path = format!("events/event_date=2026-01-05/{}", of(b"rows"));
        assert_eq!(checksum_in(&path, b"rows"), Some(true));
        assert_eq!(checksum_in(&path, b"rowt"), Some(false));
        assert_eq!(checksum_in("events/part-0123456789abcdef0123456789abcdef.zstd.parquet", b"rows"), None, "stored by an earlier version");
        assert_eq!(checksum_in("events/part-00000-foreign.c000.snappy.parquet", b"rows"), None);
    }
}
