//! `trunkline collect`: pipelines at work, until the process is told to stop.
//!
//! Three things go on at once: the server queues what it receives and readers read ahead, the loop stores what is due, and after a commit the
//! facts follow, at most every so many seconds. Told to stop (Ctrl-C, SIGTERM), the server answers what is under way, the loop stores what
//! waits, the facts follow. Read in this order: `setup`, `work`, `stop`.

mod board;
mod setup;
pub(crate) mod stop;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use trunkline_ingest::collect::Collector;
use trunkline_ingest::collect::meters::Meters;
use trunkline_ingest::http::{self, Hooks, Limits, Requests};
use trunkline_storage::{Lake, LogAppender};

use crate::args::{Cli, Collect};
use crate::command::ingest::now;
use crate::failure::Failure;
pub use setup::{Ready, read};
use work::Work;

/// How long requests under way may take once the process is to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Runs the command.
///
/// # Errors
/// A pipeline that is wrong or whose secret is not there (exit code 2), a lake or queue in use, a lake that cannot be written.
pub async fn run(cli: &Cli, args: &Collect) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() && !args.plain_http {
        let refused = Failure::usage(format!("{} is not an address of this machine only, and webhooks are received in clear", args.listen));
        return Err(refused.hint("listen on 127.0.0.1 behind a proxy that ends TLS, or say --plain-http"));
    }
    let armed = setup::armed(setup::pipelines(cli, args)?)?;
    let lake = Lake::open_or_create(&cli.lake).await.map_err(Failure::failed)?;
    let secret = lake.customer_secret().await.map_err(Failure::failed)?;
    let folder = lake.queue_folder().map_err(Failure::failed)?;
    let lines = armed.iter().map(|armed| setup::line(armed, &folder, args)).collect::<Result<Vec<_>, _>>()?;
    let endpoints = setup::endpoints(&armed, &lines)?;
    let (stop, stopped) = watch::channel(false);
    let (unready, readiness) = watch::channel(None::<String>);
    let requests = Requests::default();
    let about = "Requests to pipelines, by what became of them";
    let meters = Meters::with(|registry| registry.register("http_requests", about, requests.clone()));
    let mut work = Work::new((lake, secret, lines), meters.clone(), (unready, stopped.clone()), Duration::from_secs(args.fold_every));
    let collector = work.begin().await?;
    // A decision is taken once: what is lost later is another matter.
    work.forget_accepted_losses();

    // From here on it can be told to stop: before anybody knows that it is there.
    let told = stop::told_to_stop()?;
    let listener =
        TcpListener::bind(args.listen).await.map_err(|cause| Failure::failed(format!("cannot listen on {}: {cause}", args.listen)))?;
    let address = listener.local_addr()?;
    crate::say(&format!("health and metrics on http://{address}/readyz and /metrics"));
    for (path, endpoint) in &endpoints {
        crate::say(&format!("pipeline {} receives on http://{address}{path}", endpoint.name));
    }
    let limits = Limits::default();
    let ready = move || readiness.borrow().clone().map_or(Ok(()), Err);
    let metrics = move || meters.text();
    let hooks = Hooks { clock: Arc::new(now), report: Arc::new(crate::say), ready: Arc::new(ready), metrics: Arc::new(metrics), requests };
    let router = http::router(endpoints, limits, hooks);
    let mut until = stopped.clone();
    let mut server = tokio::spawn(http::serve(listener, router, limits, async move {
        let _ = until.wait_for(|is_stopped| *is_stopped).await;
    }));
    let told = tokio::spawn(async move {
        told.await;
        let _ = stop.send(true);
    });
    let outcome = at_work(&mut work, collector, &mut server, &stopped).await;
    told.abort();
    let mut collector = outcome?;
    crate::say("stopping: what waits is stored, the facts follow");
    if !server.is_finished() && tokio::time::timeout(STOP_WITHIN, &mut server).await.is_err() {
        server.abort();
    }
    work.round(&mut collector, true).await.map_err(Failure::failed)?;
    work.fold().await;
    let is_broken = collector.status().into_iter().find(|line| line.is_broken);
    collector.into_appender().close().await.map_err(Failure::failed)?;
    match is_broken {
        Some(line) => Err(Failure::failed(format!("pipeline {} stopped: {}", line.pipeline, line.trouble.unwrap_or_default()))),
        None => Ok(()),
    }
}

/// The loop, until it is told to stop or cannot go on.
async fn at_work(
    work: &mut Work,
    collector: Collector<LogAppender>,
    server: &mut tokio::task::JoinHandle<std::io::Result<()>>,
    stopped: &watch::Receiver<bool>,
) -> Result<Collector<LogAppender>, Failure> {
    // Told to stop, the server ends before the loop does: only one that ends by itself is a failure.
    let died = async {
        let ended = server.await;
        if *stopped.borrow() { std::future::pending().await } else { ended }
    };
    tokio::select! {
        biased;
        outcome = work.run(collector) => outcome,
        ended = died => {
            ended.map_err(Failure::failed)?.map_err(Failure::failed)?;
            Err(Failure::failed("the server ended"))
        }
    }
}
