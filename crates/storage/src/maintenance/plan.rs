//! Which files are rewritten together. Pure.

use std::collections::{BTreeMap, HashSet};

use super::CompactOptions;
use crate::table::{ColumnRange, DataFile, StatValue};

/// Groups of files of one partition each; every group becomes one file. None of `left_alone` is in them.
pub(super) fn groups(files: &[DataFile], left_alone: &HashSet<String>, options: &CompactOptions) -> Vec<Vec<DataFile>> {
    let mut partitions: BTreeMap<Option<i32>, Vec<&DataFile>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.size < options.small_bytes && !left_alone.contains(&file.path)) {
        partitions.entry(file.event_date).or_default().push(file);
    }
    let of_partition = |mut small: Vec<&DataFile>| {
        small.sort_by_key(|file| file.size);
        if options.is_gradual {
            small.truncate(worthwhile(&small, options.min_files));
        }
        if small.len() < options.min_files.max(2) {
            return Vec::new();
        }
        small.sort_by_key(|file| (earliest(file), file.path.clone()));
        filled(&small, options.target_bytes)
    };
    partitions.into_values().flat_map(of_partition).collect()
}

/// How many of the files, ascending by size, are rewritten when each must come with at least as many bytes of smaller ones.
fn worthwhile(ascending: &[&DataFile], min_files: usize) -> usize {
    let mut smaller = 0;
    let mut most = 0;
    for (i, file) in ascending.iter().enumerate() {
        if file.size <= smaller && i + 1 >= min_files {
            most = i + 1;
        }
        smaller += file.size;
    }
    most
}

/// Files in their order, cut where the next one would make a group too large. What stands alone is left out.
fn filled(files: &[&DataFile], target_bytes: u64) -> Vec<Vec<DataFile>> {
    let mut groups: Vec<Vec<DataFile>> = vec![Vec::new()];
    let mut bytes = 0;
    for &file in files {
        if bytes > 0 && bytes + file.size > target_bytes {
            groups.push(Vec::new());
            bytes = 0;
        }
        bytes += file.size;
        if let Some(group) = groups.last_mut() {
            group.push(file.clone());
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// Earliest event, or earliest moment of being rejected; files without come first.
fn earliest(file: &DataFile) -> Option<i64> {
    let at = |column: &str| match file.ranges.get(column) {
        Some(ColumnRange { min: Some(StatValue::Instant(at)), .. }) => Some(*at),
        _ => None,
    };
    at("occurred_at").or_else(|| at("recorded_at"))
}
