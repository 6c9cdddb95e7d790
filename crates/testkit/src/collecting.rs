//! `trunkline collect` as a process of its own, spoken to as senders and operators do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::bench::Bench;
use crate::logged::{Logged, PATIENCE};
use crate::wait::until;

/// A running `trunkline collect`.
#[derive(Debug)]
pub struct Collect {
    process: Logged,
    address: String,
}

impl Collect {
    /// Starts it on the pipelines of the bench's folder `pipelines` and waits until it listens.
    ///
    /// # Panics
    /// It ends instead.
    #[must_use]
    pub fn start(bench: &Bench, more: &[&str]) -> Self {
        Self::of(Self::command(bench, more))
    }

    /// The command of [`Self::start`], for more environment or another place to run.
    #[must_use]
    pub fn command(bench: &Bench, more: &[&str]) -> Command {
        let project = bench.path("").display().to_string();
        let line = [&["--project", &project, "collect", "--listen", "127.0.0.1:0", "--fold-every", "1"], more].concat();
        bench.command(&line)
    }

    /// Starts a command.
    ///
    /// # Panics
    /// It ends before it listens.
    #[must_use]
    pub fn of(command: Command) -> Self {
        let (process, address) = Logged::start(command, "collect", "health and metrics on http://");
        Self { process, address }
    }

    /// What it said so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Waits until it said something.
    ///
    /// # Panics
    /// It does not, or ended.
    pub fn wait_for(&mut self, text: &str) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !self.said().contains(text) {
            let is_late = std::time::Instant::now() > deadline;
            assert!(!is_late && self.ended().is_none(), "it never said {text:?}: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// Address it listens on.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Status and body of the answer to a post.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        post(&self.address, path, headers, body).expect("there is an answer")
    }

    /// Status and body of the answer to a get.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn get(&self, path: &str) -> (u16, String) {
        ask(&self.address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).expect("there is an answer")
    }

    /// The status if it has ended.
    ///
    /// # Panics
    /// The system does not say.
    #[must_use]
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.ended()
    }

    /// Waits until it ends by itself; gives its status and what it said.
    ///
    /// # Panics
    /// It does not.
    #[must_use]
    pub fn end(mut self) -> (ExitStatus, String) {
        until("collect ends", PATIENCE, || self.ended().is_some());
        self.process.outcome()
    }

    /// SIGKILL.
    ///
    /// # Panics
    /// The system does not allow it.
    pub fn kill(mut self) {
        self.process.child.kill().expect("our own child can be killed");
        self.process.child.wait().expect("our own child can be waited for");
    }

    /// Ends it as an operator would, and gives what it said.
    ///
    /// # Panics
    /// It ends with an error.
    #[must_use]
    pub fn stop(self) -> String {
        let (status, said) = self.terminate();
        assert!(status.success(), "{status}: {said}");
        said
    }

    /// SIGTERM, and what came of it.
    ///
    /// # Panics
    /// The system does not allow it.
    #[must_use]
    pub fn terminate(mut self) -> (ExitStatus, String) {
        signal(self.id(), "TERM");
        self.process.outcome()
    }
}

/// Sends a signal to a process the test started.
///
/// # Panics
/// It is not there.
pub fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().expect("kill runs");
    assert!(sent.success(), "no process {id}");
}

/// Posts a body.
///
/// # Errors
/// No connection, or it broke.
pub fn post(address: &str, path: &str, headers: &[(&str, &str)], body: &str) -> std::io::Result<(u16, String)> {
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    ask(address, &format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"))
}

fn ask(address: &str, request: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    Ok((status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
}
