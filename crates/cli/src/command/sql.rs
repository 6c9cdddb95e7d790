//! `trunkline sql`: one-off statements, or the shell.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};

use datafusion_common::ScalarValue;

use crate::answer;
use crate::args::{Cli, Output, Sql};
use crate::failure::Failure;
use crate::shell;
use crate::shell::words::statements;
use crate::source::Source;

/// Runs the command. Statements run one after the other; the first that fails ends the run.
///
/// # Errors
/// SQL that is wrong (exit code 2), a file that cannot be read, no lake.
pub async fn run(cli: &Cli, args: &Sql) -> Result<(), Failure> {
    let text = text(args)?;
    let params = answer::typed(&args.parameters)?;
    let source = Source::open(cli, args).await?;
    let Some(text) = text else { return shell::run(source, args, params).await };
    let (mut all, rest) = statements(&text);
    if !rest.trim().is_empty() {
        all.push(rest);
    }
    if all.is_empty() {
        return Err(Failure::usage("there is no statement to run"));
    }
    for sql in &all {
        let begin = std::time::Instant::now();
        one(&source, sql, &params, &args.output, &args.zone).await?;
        if args.timing {
            crate::say(&format!("{:.4} s", begin.elapsed().as_secs_f64()));
        }
    }
    Ok(())
}

/// Runs one statement and delivers its rows.
///
/// # Errors
/// As [`run`].
pub async fn one(source: &Source, sql: &str, params: &BTreeMap<String, ScalarValue>, output: &Output, zone: &str) -> Result<(), Failure> {
    let batches = source.ask(sql, params).await?;
    answer::deliver(&batches, output, zone)
}

/// The statements given on the line, in a file or on standard input; `None` means the shell.
fn text(args: &Sql) -> Result<Option<String>, Failure> {
    if let Some(sql) = &args.command {
        return Ok(Some(sql.clone()));
    }
    let from_stdin = args.stdin.as_deref() == Some("-")
        || args.file.as_deref().is_some_and(|f| f.as_os_str() == "-")
        || args.file.is_none() && !std::io::stdin().is_terminal();
    if let Some(other) = args.stdin.as_deref().filter(|s| *s != "-") {
        return Err(Failure::usage(format!("'{other}' is no option")).hint("a statement goes with -c, a file with -f"));
    }
    if from_stdin {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(Some(text));
    }
    match &args.file {
        Some(path) => {
            std::fs::read_to_string(path).map(Some).map_err(|cause| Failure::usage(format!("'{}' cannot be read: {cause}", path.display())))
        }
        None => Ok(None),
    }
}
