//! One file per command. [`dispatch`] is the only place that lists them all.

pub mod check;
pub mod collect;
pub mod demo;
pub mod ingest;
pub mod kpi;
pub mod maintain;
pub mod query;
pub mod rebuild;
pub mod replay;
pub mod serve;
pub mod simulate;
pub mod sql;
pub mod user;

use crate::allocator;
use crate::args::{Cli, Command};
use crate::failure::Failure;

/// Bytes of a thread's stack: statements are trees, and walked by functions that call themselves.
const STACK_BYTES: usize = 64 << 20;

/// Threads of a command, whatever the machine has: a statement that is long in planning keeps one, and others must still be let in.
const WORKERS: usize = 8;

/// How long threads may take to end once a command is done.
const LINGER: std::time::Duration = std::time::Duration::from_secs(2);

/// Runs the command of a line.
///
/// # Errors
/// The command's failure, with its exit code.
pub fn dispatch(cli: &Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Simulate(args) if args.bus.nats.is_empty() => simulate::run(args),
        Command::Simulate(args) => block_on(simulate::bus::run(args)),
        Command::Demo(args) => block_on(demo::run(cli, args)),
        Command::Ingest(args) => block_on(ingest::run(cli, args)),
        Command::Collect(args) => {
            allocator::give_back(allocator::AT_ONCE);
            block_on(collect::run(cli, args))
        }
        Command::Serve(args) => {
            allocator::give_back(if args.is_collecting() { allocator::AT_ONCE } else { allocator::WHEN_NOBODY_ASKS });
            block_on(serve::run(cli, args))
        }
        Command::User(action) => user::run(cli, action),
        Command::Sql(args) => block_on(sql::run(cli, args)),
        Command::Kpi(args) => block_on(kpi::run(cli, args)),
        Command::Query(args) => block_on(query::run(cli, args)),
        Command::Check(args) => block_on(check::run(cli, args)),
        Command::Rebuild(args) => block_on(rebuild::run(cli, args)),
        Command::Replay(args) => block_on(replay::run(cli, args)),
        Command::Maintain(args) => block_on(maintain::run(cli, args)),
    }
}

fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(WORKERS)
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(Failure::failed)?;
    let outcome = runtime.block_on(work);
    // A client's statement that is being planned does not give way; nobody waits for it any more.
    runtime.shutdown_timeout(LINGER);
    outcome
}
