//! The way of a question: planned, started and written on the threads for questions, a piece ahead of what the client took.
//!
//! What goes wrong before the first row is a status and a JSON object; what goes wrong later breaks the answer off, so that nobody takes a part
//! for the whole. A client that is gone ends the work: its request is dropped, and with it the other end of the pieces.

use std::future::pending;
use std::io;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use tokio::sync::mpsc;
use trunkline_query::format::Stream;
use trunkline_query::postgres::shown_name;

use super::ask::Ask;
use super::form::{self, Form};
use super::login;
use super::problem::Problem;
use super::router::guarded;
use crate::question::{Question, Rows};
use crate::refusal::Refusal;
use crate::server::Server;
use crate::settings::Settings;

/// A piece of an answer. Without [`Self::End`] it is not whole.
enum Piece {
    Bytes(Bytes),
    End,
}

type Pieces = mpsc::Receiver<Result<Piece, Refusal>>;

/// How an answer is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) form: Form,
    /// Zone in which instants are shown.
    pub(super) zone: String,
    /// What a file of it is called, without its ending.
    pub(super) name: Option<String>,
}

/// `POST /api/sql`.
pub(super) async fn sql(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    asked(&server, request).await.unwrap_or_else(|problem| problem.response())
}

async fn asked(server: &Arc<Server>, request: Request) -> Result<Response<Body>, Problem> {
    let (parts, sent) = request.into_parts();
    // Before anything is read: strangers cannot fill memory.
    let user = login::user(server, &parts).await?;
    let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let form = form::of_accept(header(header::ACCEPT)).ok_or_else(not_acceptable)?;
    let sent = trunkline_http::read(sent, server.limits.message_bytes, server.limits.http.body_time).await?;
    let ask = Ask::read(header(header::CONTENT_TYPE), sent, parts.uri.query())?;
    let values = ask.values()?;
    let settings = settings(&user, ask.zone.as_deref())?;
    let written = Written { form, zone: settings.zone_name().to_owned(), name: None };
    let (asking, visit) = (Arc::clone(server), Arc::clone(login::visit(&parts)?));
    let question = async move { Question::plan(&asking, &visit, &user, settings, &ask.sql, pending()).await?.bind(values) };
    answer(server, written, question).await
}

fn not_acceptable() -> Problem {
    let refusal = Refusal::error("22023", "none of the types that the header accept names can be had");
    Problem::new(StatusCode::NOT_ACCEPTABLE, refusal.hint(format!("there are {}", form::kinds())))
}

/// `GET /api/kpis`.
pub(super) async fn kpis(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let asked = async {
        let user = login::user(&server, &parts).await?;
        let settings = Settings::of(&user);
        let written = Written { form: form::FILE_OF_JSON, zone: settings.zone_name().to_owned(), name: None };
        let (asking, visit) = (Arc::clone(&server), Arc::clone(login::visit(&parts)?));
        let question = async move {
            let planned = Question::plan(&asking, &visit, &user, settings, "SELECT * FROM catalog.kpis ORDER BY name", pending()).await;
            planned.map_err(|refusal| match refusal.code {
                "42P01" => Refusal::error("42501", "you were not granted catalog.kpis"),
                _ => refusal,
            })
        };
        answer(&server, written, question).await
    };
    asked.await.unwrap_or_else(|problem: Problem| problem.response())
}

/// What a session begins with that lasts for one request.
pub(super) fn settings(user: &str, zone: Option<&str>) -> Result<Settings, Refusal> {
    let mut settings = Settings::of(user);
    if let Some(zone) = zone {
        settings.begin_with("timezone", zone)?;
    }
    Ok(settings)
}

/// Answers a question that is about to be planned.
///
/// # Errors
/// Whatever goes wrong before the first row.
pub(super) async fn answer(
    server: &Arc<Server>,
    written: Written,
    question: impl Future<Output = Result<Question, Refusal>> + Send + 'static,
) -> Result<Response<Body>, Problem> {
    let (send, mut pieces) = mpsc::channel(1);
    let Form { kind, ending, .. } = written.form;
    let name = written.name.clone();
    drop(server.questions.spawn(work(Arc::clone(server), written, question, send)));
    let first = pieces.recv().await.unwrap_or_else(|| Err(broken_off()))?;
    let mut response = Response::new(whole(first, pieces));
    guarded(&mut response, kind);
    if let Some(name) = name {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
        if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{plain}.{ending}\"")) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
        }
    }
    Ok(response)
}

fn broken_off() -> Refusal {
    Refusal::error("XX000", "the answer broke off").hint("ask whoever runs the server")
}

/// The body of an answer: its pieces until the end; an error where that does not come.
fn whole(first: Piece, pieces: Pieces) -> Body {
    let begin = (Some(Ok(first)), pieces);
    Body::from_stream(futures::stream::unfold(Some(begin), async |state| {
        let (first, mut pieces) = state?;
        let next = match first {
            Some(first) => first,
            None => pieces.recv().await.unwrap_or_else(|| Err(broken_off())),
        };
        match next {
            Ok(Piece::Bytes(bytes)) => Some((Ok(bytes), Some((None, pieces)))),
            Ok(Piece::End) => None,
            Err(refusal) => Some((Err(io::Error::other(refusal.message)), None)),
        }
    }))
}

/// Does the work until it is done, out of time, or not wanted any more.
async fn work(
    server: Arc<Server>,
    written: Written,
    question: impl Future<Output = Result<Question, Refusal>> + Send,
    send: mpsc::Sender<Result<Piece, Refusal>>,
) {
    let done = async { write(question.await?.start()?, &written, server.limits.http.workbook_bytes, &send).await };
    let last = tokio::select! {
        biased;
        () = send.closed() => return,
        done = tokio::time::timeout(server.limits.statement_time, done) => match done {
            Ok(Ok(())) => Ok(Piece::End),
            Ok(Err(refusal)) => Err(refusal),
            Err(_) => Err(Refusal::timed_out()),
        },
    };
    // Nobody waits for it any more when this fails.
    let _ = send.send(last).await;
}

/// Writes rows as they come. Nothing is sent before there is a row or the end, so that what fails until then can be said.
async fn write(
    mut rows: Rows,
    written: &Written,
    workbook_bytes: usize,
    send: &mpsc::Sender<Result<Piece, Refusal>>,
) -> Result<(), Refusal> {
    let failed = |error| Refusal::of(error, "");
    let columns = shown(&rows.columns());
    let stream = Stream::new(written.form.format, &columns, &written.zone).map_err(failed)?;
    let mut stream = stream.ok_or_else(|| Refusal::unsupported("this form"))?;
    let mut piece = Vec::new();
    stream.begin(&mut piece).map_err(failed)?;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if batch.num_rows() == 0 {
            continue;
        }
        // There may be rows and no columns.
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&columns), batch.columns().to_vec(), &options);
        let batch = batch.map_err(|error| Refusal::error("XX000", error.to_string()))?;
        stream.write(&batch, &mut piece).map_err(failed)?;
        if stream.held() > workbook_bytes {
            let message = format!("a workbook of this result takes more than the {} MiB allowed", workbook_bytes >> 20);
            return Err(rows.ended(Refusal::error("54000", message).hint("take csv or parquet, or ask for fewer rows")));
        }
        pass(&mut piece, send, &rows).await;
    }
    stream.finish(&mut piece).map_err(failed)?;
    pass(&mut piece, send, &rows).await;
    Ok(())
}

/// Hands over what there is; when nobody takes it any more, the whole work ends by that.
async fn pass(piece: &mut Vec<u8>, send: &mpsc::Sender<Result<Piece, Refusal>>, rows: &Rows) {
    if !piece.is_empty() {
        rows.asked().sent(0, piece.len() as u64);
        let _ = send.send(Ok(Piece::Bytes(std::mem::take(piece).into()))).await;
    }
}

/// The columns under the names that clients are shown. Any of them may be NULL: what the planner knows better is not promised.
fn shown(columns: &SchemaRef) -> SchemaRef {
    let fields = columns.fields().iter().map(|field| {
        let named = field.as_ref().clone().with_name(shown_name(field.name()));
        named.with_nullable(true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
