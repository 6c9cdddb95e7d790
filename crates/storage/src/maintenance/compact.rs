//! Small files of one table become few. One commit takes the old ones out and puts the new ones in; a crash before it leaves files that
//! nobody sees, a crash after it files that nobody needs.

use std::collections::HashSet;

use deltalake_core::DeltaTable;

use super::rewrite::{Refused, rewrite};
use super::{CompactOptions, Compacted, plan};
use crate::append::blocking;
use crate::commit::{self, Plan};
use crate::error::StorageError;
use crate::lake::Lake;
use crate::table::{DataFile, LakeTable};

/// Compacts a table whose only writer the caller is.
pub(crate) async fn compact(
    lake: &Lake,
    name: &str,
    table: &mut DeltaTable,
    options: &CompactOptions,
    is_dry_run: bool,
) -> Result<Compacted, StorageError> {
    let before = LakeTable::of(name, table)?;
    let mut out = Compacted { table: name.to_owned(), ..Compacted::default() };
    (out.files_before, out.bytes_before) = measure(before.files());
    (out.files_after, out.bytes_after) = (out.files_before, out.bytes_before);
    let mut left_alone = HashSet::new();
    let mut groups = plan::groups(before.files(), &left_alone, options);
    if is_dry_run {
        out.files_after -= groups.iter().map(|group| group.len() as u64 - 1).sum::<u64>();
        return Ok(out);
    }
    while !groups.is_empty() {
        let alone_before = left_alone.len();
        commit_some(lake, name, table, (groups, options), &mut left_alone, &mut out.damaged).await?;
        let now = LakeTable::of(name, table)?;
        (out.files_after, out.bytes_after) = measure(now.files());
        groups = plan::groups(now.files(), &left_alone, options);
        if options.is_gradual && left_alone.len() == alone_before {
            break;
        }
    }
    Ok(out)
}

/// Rewrites groups up to the limit of one commit, and commits them. Damaged files are left alone from then on.
async fn commit_some(
    lake: &Lake,
    name: &str,
    table: &mut DeltaTable,
    (groups, options): (Vec<Vec<DataFile>>, &CompactOptions),
    left_alone: &mut HashSet<String>,
    damaged: &mut Vec<String>,
) -> Result<(), StorageError> {
    let now = chrono::Utc::now().timestamp_millis();
    let (mut bytes, mut plan) = (0, Plan { is_rewrite: true, ..Plan::default() });
    for group in groups {
        bytes += measure(&group).1;
        if !plan.adds.is_empty() && bytes > options.max_bytes_at_once {
            break;
        }
        let (root, table_name, most_bytes) = (lake.root().to_owned(), name.to_owned(), options.row_group_bytes);
        let (group, rewritten) = blocking(move || {
            let rewritten = rewrite(&root, &table_name, &group, most_bytes, now);
            Ok((group, rewritten))
        })
        .await?;
        match rewritten {
            Ok(file) => {
                plan.adds.extend(commit::store_files(table, vec![file]).await?);
                plan.removes.extend(group.iter().map(|file| file.remove(now)));
            }
            Err(Refused::Damaged { path, reason }) => {
                damaged.push(format!("`{path}`: {reason}"));
                left_alone.insert(path);
            }
            Err(Refused::Failed(error)) => return Err(error),
        }
    }
    if plan.adds.is_empty() {
        return Ok(());
    }
    plan.metadata.push(("trunkline.kind".into(), "compact".into()));
    commit::commit(name, table, &plan).await?;
    Ok(())
}

/// Number and bytes of files.
fn measure(files: &[DataFile]) -> (u64, u64) {
    (files.len() as u64, files.iter().map(|file| file.size).sum())
}
