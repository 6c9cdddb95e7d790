//! Chores of the project, run as `cargo xtask <chore>`: `tidy` checks the house rules, `test` fetches what the tests need and
//! runs them. Knows the project only as text and manifests, never as code.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its streams")]

mod arrows;
mod functions;
mod odbc;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let chore = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let root = root();
    let outcome = match chore.as_str() {
        "tidy" => tidy::run(&root),
        "test" => test::run(&root, &rest),
        "tools" => test::fetch_tools(&root).map(|path| println!("{}", path.display())),
        other => Err(format!("unknown chore '{other}'; there are: tidy, test, tools")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The checkout: the folder above this crate's own, as cargo says when it runs us. Where the target folder is shared, we may have been built in another
/// checkout, which need not be there any more.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}
