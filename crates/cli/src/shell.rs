//! The SQL shell: statements over several lines, commands that begin with a backslash, completion, history, cancel.

mod meta;
mod terminal;
pub mod words;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use datafusion_common::ScalarValue;
use reedline::Signal;

use crate::args::{FormatName, Output, Sql};
use crate::command::sql;
use crate::failure::Failure;
use crate::source::Source;

/// What a session remembers between statements.
struct Session {
    source: Source,
    params: BTreeMap<String, ScalarValue>,
    output: Output,
    zone: String,
    is_timing: bool,
    last: String,
}

/// Runs the shell until `\quit` or Ctrl-D.
///
/// # Errors
/// A terminal that cannot be used; wrong statements are explained and the shell goes on.
pub async fn run(source: Source, args: &Sql, params: BTreeMap<String, ScalarValue>) -> Result<(), Failure> {
    let mut editor = terminal::editor(source.words().await, history().as_deref())?;
    let mut session =
        Session { source, params, output: args.output.clone(), zone: args.zone.clone(), is_timing: args.timing, last: String::new() };
    crate::say("trunkline shell: \\? for commands, Tab completes, \\q leaves");
    loop {
        let line = match editor.read_line(&terminal::TrunklinePrompt) {
            Ok(Signal::Success(line)) => line,
            Ok(Signal::CtrlD) => return Ok(()),
            Ok(_) => continue,
            Err(cause) => return Err(Failure::failed(cause)),
        };
        match session.take(&line).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(failure) => crate::explain(&failure),
        }
    }
}

impl Session {
    /// Handles one entry; false means leave.
    async fn take(&mut self, line: &str) -> Result<bool, Failure> {
        let text = line.trim();
        if text.is_empty() {
            return Ok(true);
        }
        if let Some(command) = words::plain_command(text) {
            return meta::run(self, command).await;
        }
        if text.starts_with('\\') {
            return meta::run(self, text).await;
        }
        self.statements(text).await.map(|()| true)
    }

    async fn statements(&mut self, text: &str) -> Result<(), Failure> {
        self.last = text.to_string();
        let (mut all, rest) = words::statements(text);
        if !rest.trim().is_empty() {
            all.push(rest);
        }
        for statement in all {
            self.one(&statement).await?;
        }
        Ok(())
    }

    /// Runs one statement; Ctrl-C drops it and keeps the session.
    async fn one(&self, statement: &str) -> Result<(), Failure> {
        let begin = Instant::now();
        tokio::select! {
            outcome = sql::one(&self.source, statement, &self.params, &self.output, &self.zone) => outcome?,
            _ = tokio::signal::ctrl_c() => crate::say("cancelled"),
        }
        if self.is_timing {
            crate::say(&format!("{:.3} s", begin.elapsed().as_secs_f64()));
        }
        if self.output.format != FormatName::Table && self.output.output.is_some() {
            crate::say("written");
        }
        Ok(())
    }
}

/// The history file, in the user's state folder.
fn history() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let folder = state.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))?.join("trunkline");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
