//! `trunkline serve`: answers for clients elsewhere, until the process is told to stop; with `--collect` it collects as well.

mod audit;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use trunkline_query::session::Limits as Memory;
use trunkline_query::{EngineOptions, Snapshots};
use trunkline_serve::pg::listen::{self, Door};
use trunkline_serve::server::{Files, Report};
use trunkline_serve::{Audit, Limits, Refusal, Server, http, tls};
use trunkline_storage::Lake;

use crate::args::{Cli, Serve};
use crate::command::STACK_BYTES;
use crate::command::collect::stop::told_to_stop;
use crate::failure::Failure;

/// Acceptors of TLS, one for each protocol.
struct Certificates {
    pg: tls::TlsAcceptor,
    flight: tls::TlsAcceptor,
    http: tls::TlsAcceptor,
}

impl Certificates {
    fn read(args: &Serve) -> Result<Option<Self>, Failure> {
        let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) else { return Ok(None) };
        let acceptor = |protocol| tls::acceptor(certificate, key, &[protocol]).map_err(Failure::usage);
        Ok(Some(Self { pg: acceptor("postgresql")?, flight: acceptor("h2")?, http: acceptor("http/1.1")? }))
    }
}

/// Nothing is spoken in clear to other machines unless `option` says so.
fn secure(option: &str, address: SocketAddr, is_plain: bool, has_tls: bool) -> Result<(), Failure> {
    if address.ip().is_loopback() || has_tls || is_plain {
        return Ok(());
    }
    let refused = Failure::usage(format!("{address} is not an address of this machine only, and there is no certificate"));
    Err(refused.hint(format!("give --tls-cert and --tls-key, or say {option} inside a private network")))
}

/// Runs the command.
///
/// # Errors
/// An address of other machines without TLS, certificates that do not fit, no users (exit code 2); a lake that cannot be read.
pub async fn run(cli: &Cli, args: &Serve) -> Result<(), Failure> {
    let tls = Certificates::read(args)?;
    let is_local = args.pg.ip().is_loopback();
    secure("--plain-pg", args.pg, args.plain_pg, tls.is_some())?;
    if let Some(flight) = args.flight {
        secure("--plain-flight", flight, args.plain_flight, tls.is_some())?;
    }
    if let Some(http) = args.http {
        secure("--plain-http", http, args.live.plain_http, tls.is_some())?;
    }
    let (audit, writing) = audit::open(&args.audited)?;
    let opened = if args.is_collecting() { Lake::open_or_create(&cli.lake).await } else { Lake::open(&cli.lake).await };
    let lake = opened.map_err(Failure::failed)?;
    let limits = Limits {
        connections: args.connections,
        questions: args.questions,
        questions_per_user: args.questions_per_user,
        statement_time: Duration::from_secs(args.statement_seconds),
        result_rows: args.result_rows,
        result_bytes: args.result_mib << 20,
        question_bytes: args.question_mib << 20,
        ..Limits::default()
    };
    let partitions = Memory::default().partitions;
    let memory = Memory { memory_bytes: args.memory_mib << 20, spill_bytes: args.spill_mib << 20, ..Memory::default() };
    let options = EngineOptions { project: cli.project.clone(), limits: memory, ..EngineOptions::default() };
    // Questions have threads of their own, so that logins and cancels are answered whatever questions cost.
    // As many as there are partitions of all questions: one that does not give way for a while leaves the others theirs.
    let workers = (args.questions * partitions).max(partitions);
    let threads = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(workers)
        .thread_stack_size(STACK_BYTES)
        .thread_name("question")
        .build()?;
    let files = Files { users: lake.users_file(), views: lake.views_file() };
    let told: (Report, Audit) = (Arc::new(|line: &str| crate::say(line)), audit);
    let opened = Server::open(Snapshots::of(lake, options), files, limits, threads.handle().clone(), told).await;
    let outcome = match opened {
        Ok(server) => {
            let answering = serve(args, server, tls, args.require_tls || (!is_local && !args.plain_pg));
            // Both are told to stop by the same signal. Who fails ends the other: one half alone would look like the whole.
            match args.is_collecting() {
                true => tokio::try_join!(answering, super::collect::run(cli, &args.live)).map(|_| ()),
                false => answering.await,
            }
        }
        Err(refusal) => Err(failure(refusal)),
    };
    // What is still asked nobody waits for any more.
    threads.shutdown_background();
    audit::finish(writing).await;
    outcome
}

async fn serve(args: &Serve, server: Arc<Server>, tls: Option<Certificates>, needs_tls: bool) -> Result<(), Failure> {
    let told = told_to_stop()?;
    let (tls, flight_tls, http_tls) = match tls {
        Some(tls) => (Some(tls.pg), Some(tls.flight), Some(tls.http)),
        None => (None, None, None),
    };
    let flying = flight(args, Arc::clone(&server), flight_tls).await?;
    let http = over_http(args, Arc::clone(&server), http_tls).await?;
    let (listener, address) = bind(args.pg).await?;
    let mode = match (&tls, needs_tls) {
        (Some(_), true) => "TLS only",
        (Some(_), false) => "TLS, or in clear",
        (None, _) => "in clear",
    };
    crate::say(&format!("PostgreSQL protocol on {address} ({mode}): psql -h {} -p {} -U NAME trunkline", address.ip(), address.port()));
    let door = Door::new(Arc::clone(&server), tls, needs_tls);
    tokio::select! {
        () = listen::serve(door, listener) => {}
        ended = flying => ended?,
        () = http => {}
        () = server.follow() => {}
        () = told => crate::say("stopping"),
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|cause| Failure::failed(format!("cannot listen on {address}: {cause}")))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Flight SQL, where it is asked for: it has its address when this returns, and what it returns goes on for ever.
async fn flight(
    args: &Serve,
    server: Arc<Server>,
    tls: Option<tls::TlsAcceptor>,
) -> Result<impl Future<Output = Result<(), Failure>>, Failure> {
    let bound = match args.flight {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    if let Some((_, address)) = &bound {
        let (scheme, mode) = if tls.is_some() { ("grpc+tls", "TLS only") } else { ("grpc", "in clear") };
        crate::say(&format!("Flight SQL on {address} ({mode}): {scheme}://{address}"));
    }
    Ok(async move {
        match bound {
            Some((listener, _)) => trunkline_serve::flight::listen::serve(server, tls, listener).await.map_err(Failure::failed),
            None => std::future::pending().await,
        }
    })
}

/// HTTP, in the same way.
async fn over_http(args: &Serve, server: Arc<Server>, tls: Option<tls::TlsAcceptor>) -> Result<impl Future<Output = ()>, Failure> {
    let bound = match args.http {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    if let Some((_, address)) = &bound {
        let (scheme, mode) = if tls.is_some() { ("https", "TLS only") } else { ("http", "in clear") };
        crate::say(&format!("HTTP on {address} ({mode}): {scheme}://{address}/api/queries"));
    }
    Ok(async move {
        match bound {
            Some((listener, _)) => http::serve(server, tls, listener).await,
            None => std::future::pending().await,
        }
    })
}

fn failure(refusal: Refusal) -> Failure {
    let failure = if refusal.code == "F0000" { Failure::usage(refusal.message) } else { Failure::failed(refusal.message) };
    match refusal.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
