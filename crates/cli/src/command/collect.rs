//! `trunkline collect`: pipelines at work, until the process is told to stop.
//!
//! Three things go on at once: the server queues what it receives, the loop stores what is due, and after a commit the facts follow, at most
//! every so many seconds. Told to stop (Ctrl-C, SIGTERM), the server answers what is under way, the loop stores what waits, the facts follow.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::watch;
use trunkline_facts::FoldOptions;
use trunkline_ingest::collect::{Collector, Line};
use trunkline_ingest::http::{self, Endpoint, Limits};
use trunkline_ingest::pipeline::Pipeline;
use trunkline_ingest::queue::{Queue, QueueOptions};
use trunkline_storage::{AppendOptions, Lake, LogAppender};

use crate::args::{Cli, Collect};
use crate::command::ingest::{folded, is_mapping, now};
use crate::command::maintain::between_commits;
use crate::connectors::{CLOUDEVENTS, make};
use crate::failure::Failure;

/// How often the loop looks whether something is due.
const LOOK: Duration = Duration::from_millis(200);
/// How long requests under way may take once the process is to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// For those who have no pipeline yet.
const HINT: &str = "docs/how-to/collect.md has a pipeline to copy; --project says where the folder is";

/// Runs the command.
///
/// # Errors
/// A pipeline that is wrong or whose secret is not there (exit code 2), a lake or queue in use, a lake that cannot be written.
pub async fn run(cli: &Cli, args: &Collect) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() && !args.plain_http {
        let refused = Failure::usage(format!("{} is not an address of this machine only, and webhooks are received in clear", args.listen));
        return Err(refused.hint("listen on 127.0.0.1 behind a proxy that ends TLS, or say --plain-http"));
    }
    let pipelines = pipelines(cli, args)?;
    let signatures = pipelines.iter().map(secrets).collect::<Result<Vec<_>, _>>()?;
    let lake = Lake::open_or_create(&cli.lake).await.map_err(Failure::failed)?;
    let secret = lake.customer_secret().await.map_err(Failure::failed)?;
    let appender = lake.appender(AppendOptions::default()).await.map_err(Failure::failed)?;
    let folder = lake.queue_folder().map_err(Failure::failed)?;
    let lines = pipelines.iter().map(|pipeline| line(pipeline, &folder)).collect::<Result<Vec<_>, _>>()?;
    let endpoints = endpoints(&pipelines, &lines, signatures)?;
    let collector = Collector::new(lines, secret, appender).map_err(|error| {
        Failure::failed(error).hint("the queue lies in the lake's folder _trunkline/queues; see docs/how-to/collect.md")
    })?;

    // From here on it can be told to stop: before anybody knows that it is there.
    let told = told_to_stop()?;
    let listener =
        TcpListener::bind(args.listen).await.map_err(|cause| Failure::failed(format!("cannot listen on {}: {cause}", args.listen)))?;
    for (path, endpoint) in &endpoints {
        crate::say(&format!("pipeline {} receives on http://{}{path}", endpoint.name, listener.local_addr()?));
    }
    let (stop, stopped) = watch::channel(false);
    let router = http::router(endpoints, Limits::default(), Arc::new(now), Arc::new(crate::say));
    let mut until = stopped.clone();
    let server = tokio::spawn(http::serve(listener, router, async move {
        let _ = until.wait_for(|is_stopped| *is_stopped).await;
    }));
    let told = tokio::spawn(async move {
        told.await;
        let _ = stop.send(true);
    });
    let outcome = work(&lake, collector, server, stopped, Duration::from_secs(args.fold_every)).await;
    told.abort();
    outcome
}

type Server = tokio::task::JoinHandle<std::io::Result<()>>;

/// The loop.
async fn work(
    lake: &Lake,
    mut collector: Collector<LogAppender>,
    mut server: Server,
    mut stopped: watch::Receiver<bool>,
    fold_every: Duration,
) -> Result<(), Failure> {
    let (mut folded_at, mut is_behind) = (Instant::now(), false);
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        // Told to stop, the server may end before this is looked at: so that comes first.
        tokio::select! {
            biased;
            _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
            ended = &mut server => {
                ended.map_err(Failure::failed)?.map_err(Failure::failed)?;
                return Err(Failure::failed("the server ended"));
            }
            _ = look.tick() => {}
        }
        is_behind |= round(&mut collector, false).await?;
        if is_behind && folded_at.elapsed() >= fold_every {
            fold(lake).await?;
            (folded_at, is_behind) = (Instant::now(), false);
        }
        between_commits(collector.appender_mut()).await;
    }
    crate::say("stopping: what waits is stored, the facts follow");
    if tokio::time::timeout(STOP_WITHIN, &mut server).await.is_err() {
        server.abort();
    }
    round(&mut collector, true).await?;
    fold(lake).await?;
    collector.into_appender().close().await.map_err(Failure::failed)
}

/// Stores what is due; true when something was.
async fn round(collector: &mut Collector<LogAppender>, is_last: bool) -> Result<bool, Failure> {
    let done = collector.round(now(), is_last).await.map_err(Failure::failed)?;
    for commit in &done {
        let r = &commit.receipt;
        crate::say(&format!(
            "pipeline {}: received {} = stored {} + duplicate {} + rejected {} (events {})",
            commit.pipeline, r.received, r.stored, r.duplicate, r.rejected, r.events
        ));
    }
    Ok(!done.is_empty())
}

async fn fold(lake: &Lake) -> Result<(), Failure> {
    let begin = Instant::now();
    let report = trunkline_facts::update(lake, &FoldOptions::default()).await.map_err(Failure::failed)?;
    if report.events > 0 {
        crate::say(&folded(&report, begin.elapsed()));
    }
    Ok(())
}

/// The pipelines to run.
fn pipelines(cli: &Cli, args: &Collect) -> Result<Vec<Pipeline>, Failure> {
    let folder = cli.project.clone().unwrap_or_else(|| PathBuf::from(".")).join("pipelines");
    let mut found = Vec::new();
    let unreadable = |cause| Failure::usage(format!("'{}' cannot be read: {cause}", folder.display())).hint(HINT);
    for path in files(&folder).map_err(unreadable)? {
        // Specifications for `ingest` may lie beside pipelines.
        if !std::fs::read_to_string(&path).is_ok_and(|text| is_mapping(&text)) {
            found.push(read(&path)?);
        }
    }
    if args.pipelines.is_empty() {
        return if found.is_empty() {
            Err(Failure::usage(format!("there is no pipeline in '{}'", folder.display())).hint(HINT))
        } else {
            Ok(found)
        };
    }
    let named = |name: &String| {
        let known = || found.iter().map(|pipeline| pipeline.name.as_str()).collect::<Vec<_>>().join(", ");
        let one = found.iter().find(|pipeline| pipeline.name == *name).cloned();
        one.ok_or_else(|| {
            Failure::usage(format!("there is no pipeline \"{name}\" in '{}'", folder.display())).hint(format!("there are: {}", known()))
        })
    };
    args.pipelines.iter().map(named).collect()
}

/// The YAML files of a folder, by name; those of folders inside it are examples.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    files.sort();
    Ok(files)
}

/// Reads a pipeline.
///
/// # Errors
/// Exit code 2 with file, line and column.
pub fn read(path: &Path) -> Result<Pipeline, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| Failure::usage(format!("'{}' cannot be read: {cause}", path.display())))?;
    Pipeline::parse(&text, &path.display().to_string()).map_err(Failure::usage)
}

type Signed = Option<(http::signature::Scheme, Vec<String>, i64)>;

/// The scheme of a pipeline with its secrets, from the environment.
fn secrets(pipeline: &Pipeline) -> Result<Signed, Failure> {
    let Some(signature) = &pipeline.http.signature else { return Ok(None) };
    let secret = |name: &String| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.ok_or_else(|| Failure::usage(format!("pipeline {}: the environment has no {name}", pipeline.name)))
    };
    let secrets = signature.secrets.iter().map(secret).collect::<Result<Vec<_>, _>>()?;
    Ok(Some((signature.scheme, secrets, signature.tolerance_s)))
}

fn line(pipeline: &Pipeline, folder: &Path) -> Result<Line, Failure> {
    let options = QueueOptions { max_bytes: pipeline.queue_bytes, ..QueueOptions::default() };
    let queue = Queue::open(&folder.join(format!("{}.redb", pipeline.name)), options).map_err(Failure::failed)?;
    let connector = pipeline.connector.clone();
    Ok(Line {
        name: pipeline.name.clone(),
        source: pipeline.source.clone(),
        connector: pipeline.connector.clone(),
        make: Arc::new(move || make(&connector, None)),
        queue: Arc::new(queue),
        flush: pipeline.flush.clone(),
    })
}

/// The URLs of pipelines; each has its own.
fn endpoints(pipelines: &[Pipeline], lines: &[Line], signatures: Vec<Signed>) -> Result<HashMap<String, Endpoint>, Failure> {
    let mut endpoints: HashMap<String, Endpoint> = HashMap::new();
    for ((pipeline, line), signature) in pipelines.iter().zip(lines).zip(signatures) {
        let endpoint = Endpoint {
            name: pipeline.name.clone(),
            connector: Arc::clone(&line.make),
            keeps_headers: pipeline.connector != CLOUDEVENTS,
            signature,
            public_url: pipeline.http.public_url.clone(),
            body_bytes: pipeline.http.body_bytes,
            queue: Arc::clone(&line.queue),
        };
        if let Some(other) = endpoints.insert(pipeline.http.path.clone(), endpoint) {
            return Err(Failure::usage(format!("pipelines {} and {} both receive on {}", other.name, pipeline.name, pipeline.http.path)));
        }
    }
    Ok(endpoints)
}

/// Comes with Ctrl-C or SIGTERM. Both are listened for from the call on, not from the first wait.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Comes with Ctrl-C.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
