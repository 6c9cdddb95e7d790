//! A question that is being answered: on threads of its own, its rows handed over a batch at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::Array as _;
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::dataframe::DataFrame;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use trunkline_query::postgres::of_field;
use trunkline_query::{Bounds, Running, Sqlstate, Unwanted};

use crate::audit;
use crate::meters::{Asked, Protocol};
use crate::refusal::Refusal;
use crate::server::Server;

/// Batches that wait for the client; with a client that reads slowly the question waits too. Some rows are long: a few batches more are
/// hundreds of MiB.
const AHEAD: usize = 2;

/// Rows on their way. Dropping it stops the work.
#[derive(Debug)]
pub struct Answer {
    columns: SchemaRef,
    rows: mpsc::Receiver<Result<Piece, Refusal>>,
    /// Its end was taken.
    is_over: bool,
    /// What is written of it.
    pub(crate) asked: audit::Asked,
    /// Dropped with it.
    _work: Option<Work>,
}

/// A piece of an answer. Without [`Self::End`] it is not whole.
#[derive(Debug)]
enum Piece {
    Rows(RecordBatch),
    End,
}

/// Work on threads of its own. Dropping this stops it where it gives way, and tells it where it does not.
#[derive(Debug)]
struct Work {
    task: AbortHandle,
    unwanted: Unwanted,
}

impl Drop for Work {
    fn drop(&mut self) {
        self.unwanted.say();
        self.task.abort();
    }
}

/// How many questions each user has.
#[derive(Debug, Default)]
pub(crate) struct ByUser(Mutex<HashMap<String, usize>>);

/// A question's place among those of its user; left when dropped.
struct Counted {
    counts: Arc<ByUser>,
    user: String,
}

impl ByUser {
    fn enter(self: &Arc<Self>, user: &str, most: usize) -> Result<Counted, Refusal> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user.to_string()).or_default();
        if *count >= most {
            return Err(Refusal::error("53300", format!("you have {most} questions open already")).hint("wait for them, or cancel some"));
        }
        *count += 1;
        Ok(Counted { counts: Arc::clone(self), user: user.to_string() })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.counts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

impl Answer {
    /// Starts a planned question of `user`. It waits for its turn where many are asked.
    ///
    /// # Errors
    /// Too many questions of this user.
    pub(crate) fn start(
        server: &Arc<Server>,
        (protocol, user): (Protocol, &str),
        question: DataFrame,
        sql: &str,
        written: audit::Asked,
    ) -> Result<Self, Refusal> {
        let counted = server.by_user.enter(user, server.limits.questions_per_user).inspect_err(|refusal| {
            server.meters.refused(protocol);
            written.ended(Some(refusal));
        })?;
        let mut asked = server.meters.begin(protocol);
        let mut beginning = written.begin(question.logical_plan());
        let columns: SchemaRef = Arc::new(question.schema().as_arrow().clone());
        let (send, rows) = mpsc::channel(AHEAD + 1);
        // Its last word has room from the beginning: a client that reads slowly does not keep a place for it.
        let last = send.clone().try_reserve_owned().ok();
        let (server, sql) = (Arc::clone(server), sql.to_string());
        let handle = server.questions.clone();
        let unwanted = Unwanted::default();
        let bounds = Bounds { memory_bytes: server.limits.question_bytes, unwanted: unwanted.clone() };
        let task = handle.spawn(async move {
            let _counted = counted;
            let done = run(&server, (question, &bounds), &sql, &send, (&mut asked, &mut beginning)).await;
            if done.is_err() {
                asked.ended(false);
            }
            if let Some(last) = last {
                drop(last.send(done.map(|()| Piece::End)));
            }
        });
        Ok(Self { columns, rows, is_over: false, asked: written, _work: Some(Work { task: task.abort_handle(), unwanted }) })
    }

    /// Rows that are there already.
    #[must_use]
    pub fn ready(batch: RecordBatch) -> Self {
        let (send, rows) = mpsc::channel(2);
        let columns = batch.schema();
        // There is room for both.
        let _ = send.try_send(Ok(Piece::Rows(batch)));
        let _ = send.try_send(Ok(Piece::End));
        Self { columns, rows, is_over: false, asked: audit::Asked::default(), _work: None }
    }

    /// Names and types of the columns.
    #[must_use]
    pub fn columns(&self) -> SchemaRef {
        Arc::clone(&self.columns)
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    /// What answering gives.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, Refusal>> {
        if self.is_over {
            return None;
        }
        let refusal = match self.rows.recv().await {
            Some(Ok(Piece::Rows(batch))) => return Some(Ok(batch)),
            Some(Ok(Piece::End)) => None,
            Some(Err(refusal)) => Some(refusal),
            // Its task ended without a word, as it does when something panics: what came so far is not all.
            None => Some(Refusal::error("XX000", "the answer broke off").hint("ask whoever runs the server")),
        };
        self.is_over = true;
        self.asked.ended(refusal.as_ref());
        refusal.map(Err)
    }
}

/// What a client was told of columns is what comes: it reads bytes by that, and would take them for other values.
fn as_told(told: &SchemaRef, found: &SchemaRef) -> Result<(), Refusal> {
    let oid = |kind: &DataType| of_field(&Field::new("", kind.clone(), true)).oid;
    let other = told
        .fields()
        .iter()
        .zip(found.fields())
        .find(|(told, found)| told.data_type() != found.data_type() && oid(told.data_type()) != oid(found.data_type()));
    let Some((told, found)) = other else { return Ok(()) };
    let message = format!("column \"{}\" was told as {} and is {}", told.name(), told.data_type(), found.data_type());
    Err(Refusal::error("XX000", message).hint("cast it to the type that you want, and tell whoever runs the server"))
}

async fn run(
    server: &Server,
    (question, bounds): (DataFrame, &Bounds),
    sql: &str,
    send: &mpsc::Sender<Result<Piece, Refusal>>,
    (asked, beginning): (&mut Asked, &mut audit::Beginning),
) -> Result<(), Refusal> {
    beginning.confirmed().await?;
    let place = tokio::time::timeout(server.limits.queue_time, Arc::clone(&server.places).acquire_owned()).await;
    let busy = || Refusal::error("53000", "too many questions are being answered").hint("ask again later");
    let _place = place.map_err(|_| busy())?.map_err(|_| busy())?;
    beginning.answers();
    let said = |error: trunkline_query::QueryError| {
        if matches!(error.sqlstate, Sqlstate::IoError | Sqlstate::InternalError) {
            (server.report)(&format!("a question failed: {error}"));
        }
        Refusal::of(error, sql)
    };
    let told: SchemaRef = Arc::new(question.schema().as_arrow().clone());
    let mut running = Running::start_within(question, bounds).await.map_err(said)?;
    let (mut rows, mut bytes) = (0, 0);
    while let Some(batch) = running.next().await {
        let batch = batch.map_err(said)?;
        as_told(&told, &batch.schema()).inspect_err(|refusal| (server.report)(&format!("a question failed: {}", refusal.message)))?;
        let count = batch.num_rows();
        rows += count as u64;
        if rows > server.limits.result_rows {
            let message = format!("the result has more than the {} rows allowed", server.limits.result_rows);
            return Err(Refusal::error("54000", message).hint("ask for fewer: LIMIT, a shorter range, or sums instead of rows"));
        }
        bytes += batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0) as u64).sum::<u64>();
        if bytes > server.limits.result_bytes {
            let message = format!("the result has more than the {} MiB allowed", server.limits.result_bytes >> 20);
            return Err(Refusal::error("54000", message).hint("ask for fewer columns or rows"));
        }
        if send.send(Ok(Piece::Rows(batch))).await.is_err() {
            return Ok(());
        }
        asked.rows(count);
    }
    asked.ended(true);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use arrow::datatypes::Schema;

    use super::*;

    fn column(kind: DataType) -> SchemaRef {
        Arc::new(Schema::new(vec![Field::new("share", kind, true)]))
    }

    #[test]
    fn what_comes_is_what_was_told_or_nothing_comes() {
        assert!(as_told(&column(DataType::Utf8), &column(DataType::Utf8View)).is_ok(), "both are text to a client");
        let refusal = as_told(&column(DataType::Int64), &column(DataType::Float64)).unwrap_err();
        assert_eq!((refusal.code, refusal.message.as_str()), ("XX000", "column \"share\" was told as Int64 and is Float64"));
    }
}
