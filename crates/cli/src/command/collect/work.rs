//! The loop of `collect`: rounds, folds, and starting over where the log could not be written.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use trunkline_events::identity::CustomerSecret;
use trunkline_facts::FoldOptions;
use trunkline_ingest::collect::meters::Meters;
use trunkline_ingest::collect::{CollectError, Collector, Inlet, Line, Status};
use trunkline_ingest::jetstream::Report;
use trunkline_storage::{AppendOptions, Lake, LogAppender, schema};

use super::board::Board;
use crate::command::ingest::{folded, now};
use crate::command::maintain::compacted;
use crate::failure::Failure;

/// Bytes of events that a fold holds at once, roughly. What needs more is read in several passes: records are received meanwhile.
const FOLD_MEMORY: u64 = 128 << 20;
/// Events of files that such a fold reads together: few, for one lot is much already.
const FOLD_STAGE: u64 = 25_000;

/// Rewriting files waits until the facts follow, for they read what is new file by file; but not longer than this.
const TIDY_WITHIN: Duration = Duration::from_secs(300);
/// How often the loop looks whether something is due.
const LOOK: Duration = Duration::from_millis(200);
/// First pause after the log could not be written, doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the loop works with.
pub(super) struct Work {
    pub(super) lake: Lake,
    pub(super) secret: CustomerSecret,
    pub(super) lines: Vec<Line>,
    pub(super) meters: Meters,
    /// Why this process is not ready, for those who ask; `None` when it is.
    pub(super) unready: watch::Sender<Option<String>>,
    pub(super) stopped: watch::Receiver<bool>,
    pub(super) fold_every: Duration,
    said: HashMap<String, String>,
    board: Board,
    folded_at: Instant,
    tidied_at: Instant,
    is_behind: bool,
}

/// How a stretch of work ended.
enum Ended {
    /// It was told to.
    Stopped(Box<Collector<LogAppender>>),
    /// The log could not be written; perhaps it can be later.
    Failed(CollectError),
}

impl Work {
    pub(super) fn new(
        (lake, secret, lines): (Lake, CustomerSecret, Vec<Line>),
        meters: Meters,
        (unready, stopped): (watch::Sender<Option<String>>, watch::Receiver<bool>),
        fold_every: Duration,
    ) -> Self {
        let board = Board::new(&lines, now());
        Self {
            lake,
            secret,
            lines,
            meters,
            board,
            unready,
            stopped,
            fold_every,
            said: HashMap::new(),
            folded_at: Instant::now(),
            tidied_at: Instant::now(),
            is_behind: false,
        }
    }

    /// Opens the log and finds where each line goes on.
    pub(super) async fn begin(&self) -> Result<Collector<LogAppender>, Failure> {
        let appender = self.lake.appender(AppendOptions::default()).await.map_err(Failure::failed)?;
        let report: Report = Arc::new(crate::say);
        Collector::new(self.lines.clone(), self.secret.clone(), appender, &report).map_err(|error| {
            Failure::failed(error).hint("the queue lies in the lake's folder _trunkline/queues; see docs/how-to/collect.md")
        })
    }

    /// What a person accepted to lose was lost before the start, not after it.
    pub(super) fn forget_accepted_losses(&mut self) {
        for line in &mut self.lines {
            if let Inlet::Stream { accepts_loss, .. } = &mut line.inlet {
                *accepts_loss = false;
            }
        }
    }

    /// Goes round until it is told to stop. A log that cannot be written is tried again and again: what comes meanwhile waits in its journal.
    pub(super) async fn run(&mut self, mut collector: Collector<LogAppender>) -> Result<Collector<LogAppender>, Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            let began = Instant::now();
            let cause = match self.stretch(collector).await {
                Ended::Stopped(collector) => return Ok(*collector),
                Ended::Failed(cause) => cause.to_string(),
            };
            if began.elapsed() > LONGEST_PAUSE {
                pause = FIRST_PAUSE;
            }
            collector = self.begin_again(cause, &mut pause).await?;
        }
    }

    async fn begin_again(&mut self, mut cause: String, pause: &mut Duration) -> Result<Collector<LogAppender>, Failure> {
        loop {
            self.meters.failed();
            self.say_once("", &format!("the log cannot be written, what comes waits: {cause}"));
            let _ = self.unready.send(Some("the log cannot be written".to_owned()));
            let mut stopped = self.stopped.clone();
            let waited = tokio::time::timeout(*pause, stopped.wait_for(|is_stopped| *is_stopped)).await;
            if waited.is_ok() {
                return Err(Failure::failed(format!("stopped while the log cannot be written: {cause}"))
                    .hint("what was received lies in the queues and is stored with the next start"));
            }
            *pause = (*pause * 2).min(LONGEST_PAUSE);
            match self.begin().await {
                Ok(collector) => return Ok(collector),
                Err(failure) => cause = failure.message,
            }
        }
    }

    async fn stretch(&mut self, mut collector: Collector<LogAppender>) -> Ended {
        let filled = collector.filled();
        let mut stopped = self.stopped.clone();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = stopped.wait_for(|is_stopped| *is_stopped) => return Ended::Stopped(Box::new(collector)),
                () = filled.notified() => {}
                _ = look.tick() => {}
            }
            match self.round(&mut collector, false).await {
                Ok(is_behind) => self.is_behind |= is_behind,
                Err(cause) => return Ended::Failed(cause),
            }
            if self.is_behind && self.folded_at.elapsed() >= self.fold_every {
                self.fold().await;
            }
            if !self.is_behind || self.tidied_at.elapsed() >= TIDY_WITHIN {
                self.tidy(collector.appender_mut()).await;
            }
        }
    }

    /// Small files are put together between commits. What goes wrong is said; collecting goes on, and a later call tries again.
    async fn tidy(&mut self, appender: &mut LogAppender) {
        self.tidied_at = Instant::now();
        match appender.maintain_if_due().await {
            Ok(done) => {
                done.iter().for_each(|done| crate::say(&compacted(done, false)));
                if !done.is_empty() {
                    self.count_files().await;
                }
            }
            Err(error) => self.say_once("maintenance", &format!("maintenance: {error}")),
        }
    }

    /// Stores what is due; true when something was.
    pub(super) async fn round(&mut self, collector: &mut Collector<LogAppender>, is_last: bool) -> Result<bool, CollectError> {
        let done = collector.round(now(), is_last).await?;
        for commit in &done {
            let (name, r) = (&commit.pipeline, &commit.receipt);
            self.meters.committed(commit);
            self.board.committed(commit, now());
            for gap in &commit.gaps {
                let to = gap.to.map_or_else(|| "?".to_owned(), |to| to.to_string());
                let are = if gap.why == "perhaps_expired" { "may be" } else { "are" };
                crate::say(&format!("pipeline {name}: ALARM: messages {} to {to} {are} lost ({}); see ops.gaps", gap.from, gap.why));
            }
            self.say_once(name, &commit.notes.iter().map(|note| format!("pipeline {name}: {note}")).collect::<Vec<_>>().join("\n"));
            if r.received > 0 {
                self.said.remove("");
                crate::say(&format!(
                    "pipeline {name}: received {} = stored {} + duplicate {} + rejected {} (events {})",
                    r.received, r.stored, r.duplicate, r.rejected, r.events
                ));
            }
        }
        self.status(&collector.status(), is_last);
        Ok(!done.is_empty())
    }

    fn status(&mut self, status: &[Status], is_last: bool) {
        if let Some(told) = self.board.tell(status, now(), is_last)
            && let Err(cause) = self.lake.tell_pipelines(&told)
        {
            self.say_once("board", &format!("ops.pipelines is out of date: {cause}"));
        }
        for line in status {
            self.meters.status(line, now());
        }
        let trouble = |line: &Status| line.trouble.as_ref().map(|reason| format!("pipeline {}: {reason}", line.pipeline));
        let troubles: Vec<String> = status.iter().filter_map(trouble).collect();
        let _ = self.unready.send((!troubles.is_empty()).then(|| troubles.join("\n")));
    }

    /// Says what was not the last thing said about the same matter.
    fn say_once(&mut self, about: &str, text: &str) {
        if text.is_empty() {
            self.said.remove(about);
        } else if self.said.get(about).map(String::as_str) != Some(text) {
            crate::say(text);
            self.said.insert(about.to_owned(), text.to_owned());
        }
    }

    /// For the meters; a table that cannot be read just now keeps the number it had.
    async fn count_files(&self) {
        for name in schema::TABLES {
            if let Ok(table) = self.lake.table(name).await {
                self.meters.files(name, table.files().len());
            }
        }
    }

    /// Brings the facts up to date. Where that fails the log is still right, and the next fold does what this one did not.
    pub(super) async fn fold(&mut self) {
        let begin = Instant::now();
        self.folded_at = begin;
        let options = FoldOptions { memory_bytes: FOLD_MEMORY, stage_events: FOLD_STAGE, ..FoldOptions::default() };
        match trunkline_facts::update(&self.lake, &options).await {
            Ok(report) => {
                self.is_behind = false;
                self.meters.folded(begin.elapsed());
                self.say_once("facts", "");
                if report.events > 0 {
                    crate::say(&folded(&report, begin.elapsed()));
                }
                self.count_files().await;
            }
            Err(cause) => {
                self.meters.failed();
                self.say_once("facts", &format!("the facts do not follow: {cause}"));
            }
        }
    }
}
