//! The command line of Trunkline: the only crate that knows all the others and joins them.
//!
//! [`run`] parses the line ([`args`]), runs one command of [`command`] and turns a [`failure::Failure`] into a message, a hint
//! and one of the documented [`exit`] codes. Results go to standard output, everything else to standard error.

pub mod allocator;
pub mod answer;
pub mod args;
pub mod command;
pub mod connectors;
pub mod exit;
pub mod failure;
pub mod progress;
pub mod remote;
pub mod report;
pub mod shell;
pub mod source;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::failure::Failure;

/// Runs one command line.
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(line) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { exit::USAGE } else { exit::OK };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match command::dispatch(&cli) {
        Ok(()) => ExitCode::from(exit::OK),
        Err(failure) => {
            explain(&failure);
            ExitCode::from(failure.code)
        }
    }
}

pub(crate) fn explain(failure: &Failure) {
    say(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        say(&format!("hint: {hint}"));
    }
}

/// A line for the person at the terminal; never part of a result.
#[allow(clippy::print_stderr, reason = "the one place that talks to people")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
