//! `trunkline rebuild`: facts again from the log, or the proof that they equal it.

use trunkline_facts::FoldOptions;
use trunkline_storage::Lake;

use crate::args::{Cli, Rebuild};
use crate::command::ingest::folded;
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// No lake, an unknown table; with `--verify` exit code 3 when stored facts differ from the fold of the log.
pub async fn run(cli: &Cli, args: &Rebuild) -> Result<(), Failure> {
    let lake = Lake::open(&cli.lake).await.map_err(Failure::failed)?;
    if args.verify {
        let report = trunkline_facts::verify(&lake).await.map_err(Failure::failed)?;
        crate::say(&format!(
            "compared {} rows with the fold of the log (version {}): {} differ",
            report.rows, report.log_version, report.differences
        ));
        report.first.iter().for_each(|difference| crate::say(difference));
        if report.is_equal() {
            return Ok(());
        }
        return Err(Failure::assertion("stored facts differ from the fold of the log").hint("`trunkline rebuild` makes them again"));
    }
    let begin = std::time::Instant::now();
    let report = trunkline_facts::rebuild(&lake, &args.tables, &FoldOptions::default()).await.map_err(Failure::failed)?;
    crate::say(&folded(&report, begin.elapsed()));
    Ok(())
}
