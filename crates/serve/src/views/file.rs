//! The file of views: read, and changed under a lock, since several servers may serve one lake.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use trunkline_query::views::{View, ViewColumn, ViewError, ViewName, Views, is_schema_name};

use crate::private::{self, FileError};
use crate::server::modified;
use crate::statement::{TextLimits, of_view};

/// How long a change waits for another process that changes views.
const WAIT: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(10);

/// Why views cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// The file cannot be read or written, or is not one of views.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process has been changing it for too long.
    #[error("{path}: another process holds it")]
    Busy {
        /// The lock.
        path: String,
    },
    /// The change does not fit what is there.
    #[error(transparent)]
    View(#[from] ViewError),
}

/// The file as it is written: schema, name, view.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    views: BTreeMap<String, BTreeMap<String, KeptView>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptView {
    text: String,
    path: String,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    columns: Vec<KeptColumn>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptColumn {
    name: String,
    /// What the question calls it, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// Reads the file; no file is no views. A question that is none (any more) is an error only for who reads that view.
///
/// # Errors
/// A file that cannot be read, or is not one of views.
pub fn load(path: &Path, limits: TextLimits) -> Result<Views, ViewsError> {
    let Some(kept) = private::read::<Kept>(path)? else { return Ok(Views::default()) };
    let wrong = |reason: String| ViewsError::from(FileError::wrong(path, reason));
    if kept.version != 1 {
        return Err(wrong(format!("version {} is not known; 1 is", kept.version)));
    }
    let mut all = Vec::new();
    for (schema, views) in kept.views {
        if !is_schema_name(&schema) {
            return Err(wrong(format!("\"{schema}\" is no schema for views")));
        }
        for (name, kept) in views {
            let name = ViewName::new(&schema, name);
            let view = kept.view(limits).map_err(|reason| wrong(format!("view {name}: {reason}")))?;
            all.push((name, view));
        }
    }
    Ok(all.into_iter().collect())
}

/// Changes the file: `change` makes the new state of the newest. Gives the new state, and when it was written. Waits for others: not for a thread that must go on.
pub(super) fn change(
    path: &Path,
    limits: TextLimits,
    change: impl FnOnce(&Views) -> Result<Views, ViewError>,
) -> Result<(Views, Option<SystemTime>), ViewsError> {
    let _lock = lock(&path.with_extension("lock"))?;
    let after = change(&load(path, limits)?)?;
    private::write(path, &Kept::of(&after))?;
    Ok((after, modified(path)))
}

/// Held until dropped, or until the process ends.
fn lock(path: &Path) -> Result<File, ViewsError> {
    let io = |cause| ViewsError::from(FileError::io(path, cause));
    let file = private::private().open(path).map_err(io)?;
    let until = Instant::now() + WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(cause)) => return Err(io(cause)),
            Err(TryLockError::WouldBlock) if Instant::now() > until => return Err(ViewsError::Busy { path: path.display().to_string() }),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOOK),
        }
    }
}

impl Kept {
    fn of(views: &Views) -> Self {
        let mut kept = Self { version: 1, views: BTreeMap::new() };
        for (name, view) in views.iter() {
            kept.views.entry(name.schema.clone()).or_default().insert(name.name.clone(), KeptView::of(view));
        }
        kept
    }
}

impl KeptView {
    fn of(view: &View) -> Self {
        let column = |column: &ViewColumn| KeptColumn {
            name: column.name.clone(),
            of: (column.of != column.name).then(|| column.of.clone()),
            kind: column.kind.to_string(),
            comment: column.comment.clone(),
        };
        Self {
            text: view.text().to_owned(),
            path: view.path().to_owned(),
            by: view.by().to_owned(),
            comment: view.comment().map(ToOwned::to_owned),
            columns: view.columns().iter().map(column).collect(),
        }
    }

    fn view(self, limits: TextLimits) -> Result<View, String> {
        let column = |column: KeptColumn| {
            let kind = column.kind.parse().map_err(|error| format!("column {}: {error}", column.name))?;
            Ok(ViewColumn { of: column.of.unwrap_or_else(|| column.name.clone()), name: column.name, kind, comment: column.comment })
        };
        let columns = self.columns.into_iter().map(column).collect::<Result<Vec<_>, String>>()?;
        let question = of_view(&self.text, limits).map_err(|refusal| refusal.message);
        Ok(View::new(self.text, self.path, self.by, columns, question).commented(self.comment))
    }
}

#[cfg(test)]
mod tests;
