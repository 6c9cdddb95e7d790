//! The binary as a process that goes on: started until it listens, and all it says kept.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::own::OwnChild;
use crate::wait::until;

/// How long a process may take for one thing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A running process; what it said is shown when its test fails.
#[derive(Debug)]
pub(crate) struct Logged {
    pub(crate) child: OwnChild,
    name: &'static str,
    said: Arc<Mutex<String>>,
    reading: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Logged {
    #[allow(clippy::print_stderr, reason = "a failing test must show what the process said")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} said:\n{}", self.name, self.said());
        }
    }
}

impl Logged {
    /// Starts a command and waits until it said `listens`; gives the word that follows.
    ///
    /// # Panics
    /// It ends instead.
    pub(crate) fn start(mut command: Command, name: &'static str, listens: &str) -> (Self, String) {
        let mut child = OwnChild(command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the binary runs"));
        let log = BufReader::new(child.stderr.take().expect("the pipe was asked for"));
        let said = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&said);
        let reading = std::thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                let mut said = shared.lock().unwrap_or_else(PoisonError::into_inner);
                said.push_str(&line);
                said.push('\n');
            }
        });
        let mut process = Self { child, name, said, reading: Some(reading) };
        until(&format!("{name} listens"), PATIENCE, || {
            assert!(process.ended().is_none(), "it ended: {}", process.said());
            process.said().contains(listens)
        });
        let word = process.word_after(listens);
        (process, word)
    }

    /// The word it said right after others, waiting for them.
    pub(crate) fn word_after(&self, words: &str) -> String {
        until(words, PATIENCE, || self.said().contains(words));
        let said = self.said();
        said.split(words).nth(1).and_then(|rest| rest.split(['/', ' ', '\n']).next()).unwrap_or_default().to_owned()
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The status if it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("our own child can be asked")
    }

    /// Its status once it has ended, and all it said.
    pub(crate) fn outcome(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("our own child can be waited for");
        if let Some(reading) = self.reading.take() {
            let _ = reading.join();
        }
        (status, self.said())
    }
}
