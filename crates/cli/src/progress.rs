//! How far a statement is, for a person who waits.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use arrow::record_batch::RecordBatch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use trunkline_query::{QueryError, Running};

/// Statements that are done sooner show nothing.
const QUIET: Duration = Duration::from_secs(1);

/// How often the display moves.
const TICK: Duration = Duration::from_millis(200);

/// Finishes a statement; on a terminal shows rows read and, where the total is known, how much is left.
///
/// # Errors
/// What running the statement gives.
pub async fn finish(running: Running) -> Result<Vec<RecordBatch>, QueryError> {
    if !std::io::stderr().is_terminal() {
        return running.finish().await;
    }
    let (watch, begin) = (running.watch(), Instant::now());
    let mut work = std::pin::pin!(running.finish());
    let mut bar: Option<ProgressBar> = None;
    loop {
        tokio::select! {
            outcome = &mut work => {
                if let Some(bar) = bar {
                    bar.finish_and_clear();
                }
                return outcome;
            }
            () = tokio::time::sleep(TICK) => {
                if begin.elapsed() > QUIET {
                    let bar = bar.get_or_insert_with(|| display(watch.rows_total()));
                    bar.set_position(watch.rows_read());
                }
            }
        }
    }
}

fn display(total: Option<u64>) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    let template = if total.is_some() {
        "{bar:30} {human_pos}/{human_len} rows  {elapsed}  eta {eta}"
    } else {
        "{spinner} {human_pos} rows  {elapsed}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
