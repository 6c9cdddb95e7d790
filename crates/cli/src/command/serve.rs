//! `trunkline serve`: answers for clients elsewhere, until the process is told to stop; with `--collect` it collects as well.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use trunkline_query::session::Limits as Memory;
use trunkline_query::{EngineOptions, Snapshots};
use trunkline_serve::pg::listen::{self, Door};
use trunkline_serve::{Limits, Refusal, Server, tls};
use trunkline_storage::Lake;

use crate::args::{Cli, Serve};
use crate::command::collect::stop::told_to_stop;
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
/// An address of other machines without TLS, certificates that do not fit, no users (exit code 2); a lake that cannot be read.
pub async fn run(cli: &Cli, args: &Serve) -> Result<(), Failure> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(tls::acceptor(certificate, key, &["postgresql"]).map_err(Failure::usage)?),
        _ => None,
    };
    let is_local = args.pg.ip().is_loopback();
    if !is_local && tls.is_none() && !args.plain_pg {
        let refused = Failure::usage(format!("{} is not an address of this machine only, and there is no certificate", args.pg));
        return Err(refused.hint("give --tls-cert and --tls-key, or say --plain-pg inside a private network"));
    }
    let opened = if args.is_collecting() { Lake::open_or_create(&cli.lake).await } else { Lake::open(&cli.lake).await };
    let lake = opened.map_err(Failure::failed)?;
    let limits = Limits {
        connections: args.connections,
        questions: args.questions,
        statement_time: Duration::from_secs(args.statement_seconds),
        result_rows: args.result_rows,
        ..Limits::default()
    };
    let memory = Memory { memory_bytes: args.memory_mib << 20, ..Memory::default() };
    let options = EngineOptions { project: cli.project.clone(), limits: memory, ..EngineOptions::default() };
    // Questions have threads of their own, so that logins and cancels are answered whatever questions cost.
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("question").build()?;
    let users = lake.users_file();
    let opened =
        Server::open(Snapshots::of(lake, options), users, limits, threads.handle().clone(), Arc::new(|line: &str| crate::say(line))).await;
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
    outcome
}

async fn serve(args: &Serve, server: Arc<Server>, tls: Option<tls::TlsAcceptor>, needs_tls: bool) -> Result<(), Failure> {
    let told = told_to_stop()?;
    let listener = TcpListener::bind(args.pg).await.map_err(|cause| Failure::failed(format!("cannot listen on {}: {cause}", args.pg)))?;
    let address = listener.local_addr()?;
    let mode = match (&tls, needs_tls) {
        (Some(_), true) => "TLS only",
        (Some(_), false) => "TLS, or in clear",
        (None, _) => "in clear",
    };
    crate::say(&format!("PostgreSQL protocol on {address} ({mode}): psql -h {} -p {} -U NAME trunkline", address.ip(), address.port()));
    let door = Door::new(Arc::clone(&server), tls, needs_tls);
    tokio::select! {
        () = listen::serve(door, listener) => {}
        () = server.follow() => {}
        () = told => crate::say("stopping"),
    }
    Ok(())
}

fn failure(refusal: Refusal) -> Failure {
    let failure = if refusal.code == "F0000" { Failure::usage(refusal.message) } else { Failure::failed(refusal.message) };
    match refusal.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
