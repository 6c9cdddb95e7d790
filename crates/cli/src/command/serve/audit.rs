//! The audit log of `trunkline serve`: opened before anybody is served, written to its end after the last one.

use std::sync::Arc;
use std::time::Duration;

use trunkline_serve::Audit;
use trunkline_serve::audit::{Settings, Writing};

use crate::args::Audited;
use crate::failure::Failure;

/// How long the end of the process waits for the last records.
const LAST: Duration = Duration::from_secs(5);

/// Opens it, where it is asked for.
///
/// # Errors
/// A file that cannot be opened (exit code 2).
pub(super) fn open(args: &Audited) -> Result<(Audit, Option<Writing>), Failure> {
    let Some(path) = &args.audit else { return Ok((Audit::default(), None)) };
    let settings = Settings { is_strict: args.audit_strict, shows_unknown_names: args.audit_unknown_names, ..Settings::default() };
    let opened = Audit::open(path, settings, Arc::new(|line: &str| crate::say(line)));
    let (audit, writing) = opened.map_err(|cause| {
        Failure::usage(format!("cannot write the audit log {}: {cause}", path.display()))
            .hint("name a file in a folder that this user may write to; it is made where there is none")
    })?;
    Ok((audit, Some(writing)))
}

/// Waits for the last records: those of connections that end with the process.
pub(super) async fn finish(writing: Option<Writing>) {
    if let Some(writing) = writing {
        // What is not written by then is of a question that does not stop.
        let _ = writing.finish(LAST).await;
    }
}
