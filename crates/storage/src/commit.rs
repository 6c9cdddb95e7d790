//! One Delta transaction, safe to repeat: rows, positions and books in one log entry.
//!
//! A commit that failed may still be durable (the answer was lost, or a step after the write failed), so every error is followed by
//! reading the log again: if our entry is there the commit succeeded; if our positions still stand where they stood, the same
//! files are committed again; else another writer owns the table and this one stops.

use std::collections::HashSet;
use std::time::Duration;

use deltalake_core::DeltaTable;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake_core::kernel::{Action, Add, Remove, Transaction};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use object_store::ObjectStoreExt;
use serde_json::Value;

use crate::encode::Encoded;
use crate::error::StorageError;
use crate::schema;

/// Attempts before a commit is given up.
const MAX_ATTEMPTS: u32 = 8;

/// First pause between attempts, doubled each time: five seconds in all before a commit is given up.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Member of the commit's metadata by which a writer knows its own entry again.
const COMMIT_ID: &str = "trunkline.commit_id";

/// A position that moves with a commit.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Application id, for example `pos/<journal>`.
    pub(crate) app: String,
    /// Where it stood when the commit was prepared.
    pub(crate) before: Option<i64>,
    /// Where it stands after.
    pub(crate) after: i64,
}

/// What one commit does.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) adds: Vec<Add>,
    pub(crate) removes: Vec<Remove>,
    pub(crate) steps: Vec<Step>,
    pub(crate) metadata: Vec<(String, Value)>,
    /// The same rows in other files: nothing in it is news (ADR 0011).
    pub(crate) is_rewrite: bool,
}

/// Stores encoded files; durable on return. A file without a commit that names it is invisible.
pub(crate) async fn store_files(table: &DeltaTable, files: Vec<Encoded>) -> Result<Vec<Add>, StorageError> {
    let store = table.object_store();
    let puts = files.into_iter().map(|file| {
        let store = store.clone();
        async move {
            store.put(&file.add.path.as_str().into(), file.bytes.into()).await?;
            Ok::<Add, StorageError>(file.add)
        }
    });
    futures::future::try_join_all(puts).await
}

/// Commits a plan and moves `table` to the new version, which is returned.
pub(crate) async fn commit(name: &str, table: &mut DeltaTable, plan: &Plan) -> Result<u64, StorageError> {
    commit_pausing(name, table, plan, FIRST_PAUSE).await
}

/// As [`commit`], with the first pause between attempts as an argument, so that tests need not wait.
async fn commit_pausing(name: &str, table: &mut DeltaTable, plan: &Plan, first_pause: Duration) -> Result<u64, StorageError> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let base = table.snapshot()?.version();
    let mut reason = String::new();
    for attempt in 0..MAX_ATTEMPTS {
        match attempt_commit(name, table, plan, &id).await {
            Ok(version) => return Ok(version),
            Err(error) => reason = error.to_string(),
        }
        tokio::time::sleep(first_pause * (1 << attempt)).await;
        if table.update_state().await.is_err() {
            continue;
        }
        if let Some(version) = find_own(table, base, &id).await? {
            return Ok(version);
        }
        check_fence(name, table, plan).await?;
    }
    Err(StorageError::CommitFailed { table: name.to_owned(), attempts: MAX_ATTEMPTS, reason })
}

async fn attempt_commit(name: &str, table: &mut DeltaTable, plan: &Plan, id: &str) -> Result<u64, StorageError> {
    let mut metadata = plan.metadata.clone();
    metadata.push((COMMIT_ID.to_owned(), id.into()));
    let properties = CommitProperties::default()
        .with_metadata(metadata)
        .with_application_transactions(plan.steps.iter().map(|step| Transaction::new(&step.app, step.after)).collect())
        .with_create_checkpoint(false)
        .with_cleanup_expired_logs(Some(false));
    let data_change = !plan.is_rewrite;
    let removes = plan.removes.iter().map(|remove| Action::Remove(Remove { data_change, ..remove.clone() }));
    let actions = removes.chain(plan.adds.iter().map(|add| Action::Add(Add { data_change, ..add.clone() }))).collect();
    let log_store = table.log_store();
    let snapshot = table.snapshot()?;
    let builder = CommitBuilder::from(properties).with_actions(actions);
    let done = builder.build(Some(snapshot as &dyn TableReference), log_store, operation(name, plan)).await?;
    fail::fail_point!("storage::answered", |_| std::process::abort());
    table.state = Some(done.snapshot());
    Ok(done.version())
}

fn operation(name: &str, plan: &Plan) -> DeltaOperation {
    if plan.is_rewrite {
        let size = plan.adds.iter().map(|add| add.size).max().unwrap_or_default();
        return DeltaOperation::Optimize { predicate: None, target_size: size };
    }
    let partition_by: Vec<String> = schema::partition_columns(name).iter().map(|&column| column.to_owned()).collect();
    DeltaOperation::Write {
        mode: if plan.removes.is_empty() { SaveMode::Append } else { SaveMode::Overwrite },
        partition_by: (!partition_by.is_empty()).then_some(partition_by),
        predicate: None,
    }
}

/// The version of our own entry among the commits after `base`, if it is there.
async fn find_own(table: &DeltaTable, base: u64, id: &str) -> Result<Option<u64>, StorageError> {
    for version in base + 1..=table.snapshot()?.version() {
        let entry = table.log_store().read_commit_entry(version).await?;
        if entry.is_some_and(|bytes| contains(&bytes, id.as_bytes())) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

async fn check_fence(name: &str, table: &DeltaTable, plan: &Plan) -> Result<(), StorageError> {
    let log_store = table.log_store();
    for step in &plan.steps {
        let now = table.snapshot()?.transaction_version(log_store.as_ref(), &step.app).await?;
        if now != step.before {
            let detail = format!("`{}` stands at {now:?}, not at {:?}", step.app, step.before);
            return Err(StorageError::Fenced { table: name.to_owned(), detail });
        }
    }
    // The library does not see that two rewrites take out the same file; both would then put its rows in.
    let mut gone: HashSet<&str> = plan.removes.iter().map(|remove| remove.path.as_str()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    for file in table.snapshot()?.log_data().iter() {
        gone.remove(file.path().as_ref());
    }
    match gone.iter().next() {
        Some(file) => Err(StorageError::Fenced { table: name.to_owned(), detail: format!("file `{file}` is no longer in it") }),
        None => Ok(()),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests;
