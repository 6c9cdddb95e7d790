//! The server process: start, kill, start again, copy the store away and back.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::{Access, NatsOptions, Publisher};
use crate::own::OwnChild;
use crate::port::ReservedPort;
use crate::wait::until;

/// How long a start or a stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `nats-server` with JetStream, on a port of its own that it keeps through restarts. Dropping it kills it.
#[derive(Debug)]
pub struct NatsServer {
    child: Option<OwnChild>,
    port: ReservedPort,
    folder: TempDir,
    options: NatsOptions,
    snapshots: u32,
}

/// A copy of a server's store; see [`NatsServer::snapshot_store`].
#[derive(Debug, Clone)]
pub struct Snapshot(PathBuf);

impl Default for NatsServer {
    fn default() -> Self {
        Self::new()
    }
}

impl NatsServer {
    /// An open server that syncs every write.
    #[must_use]
    pub fn new() -> Self {
        Self::start(NatsOptions::default())
    }

    /// Starts a server and waits until it answers.
    #[must_use]
    pub fn start(options: NatsOptions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut server = Self { child: None, port: ReservedPort::new(), folder, options, snapshots: 0 };
        server.restart();
        server
    }

    /// `nats://127.0.0.1:<port>`, `tls://` with TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.options.tls.is_some() { "tls" } else { "nats" };
        format!("{scheme}://{}", self.port.address())
    }

    /// What a client needs to get in.
    #[must_use]
    pub fn access(&self) -> Access {
        self.options.access()
    }

    /// A client of this server.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        Publisher::connect(&self.url(), &self.access()).expect("a running server takes the client it was set up for")
    }

    /// Process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(|child| child.id())
    }

    /// What the server wrote into its log, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends the server as a crash would (SIGKILL). What it wrote without a sync stays in the kernel: a loss of power is
    /// [`NatsServer::roll_back`].
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("our own child can be killed");
            child.wait().expect("our own child can be waited for");
        }
    }

    /// Ends the server in good order (SIGTERM) and waits for its end.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        signal(child.id(), "TERM");
        // A frozen one ends only once it is thawed.
        signal(child.id(), "CONT");
        until("nats-server stops", PATIENCE, || child.try_wait().expect("our own child can be waited for").is_some());
    }

    /// Freezes the server: connections stay open, nothing answers.
    pub fn freeze(&self) {
        signal(self.pid().expect("the server runs"), "STOP");
    }

    /// Lets a frozen server go on.
    pub fn thaw(&self) {
        signal(self.pid().expect("the server runs"), "CONT");
    }

    /// Starts the server on the same port and store, after ending it if it runs, and waits until it answers.
    pub fn restart(&mut self) {
        self.stop();
        let folder = self.folder.path();
        let ports = folder.join("ports");
        // A file left by a killed server would look like the answer of the new one if the process ids met.
        if ports.exists() {
            std::fs::remove_dir_all(&ports).expect("our own folder can be removed");
        }
        std::fs::create_dir_all(&ports).expect("a folder can be made");
        let config = self.write_config();
        let child = Command::new(binary())
            .args(["-a", "127.0.0.1", "-p", &self.port.address().port().to_string()])
            .arg("-c")
            .arg(&config)
            .arg("--ports_file_dir")
            .arg(&ports)
            .arg("-l")
            .arg(folder.join("log"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("stderr")).expect("a file can be made"))
            .spawn()
            .expect("nats-server can be started");
        self.child = Some(OwnChild(child));
        self.wait_until_it_answers(&ports);
    }

    /// Starts the server again with other options: other logins, limits or certificates over the same store.
    pub fn restart_with(&mut self, options: NatsOptions) {
        self.options = options;
        self.restart();
    }

    /// Makes the running server read other options (SIGHUP) and waits until it has: it takes logins, certificates and limits, and closes
    /// connections whose login is gone, these in its own time.
    pub fn reload(&mut self, options: NatsOptions) {
        let before = self.reloads();
        self.options = options;
        self.write_config();
        signal(self.pid().expect("the server runs"), "HUP");
        // The signal is only a wish: whoever connects before it is granted meets the server as it was.
        until("the server has read its configuration again", PATIENCE, || self.reloads() > before);
    }

    fn reloads(&self) -> usize {
        self.log().matches("Reloaded server configuration").count()
    }

    /// Copies the store aside, as a loss of power would find it later. The server must be stopped or killed.
    #[must_use]
    pub fn snapshot_store(&mut self) -> Snapshot {
        assert!(self.child.is_none(), "stop or kill the server before its store is copied");
        self.snapshots += 1;
        let copy = self.folder.path().join(format!("snapshot-{}", self.snapshots));
        copy_folder(&self.store(), &copy);
        Snapshot(copy)
    }

    /// Puts an earlier copy in the store's place: everything acknowledged since is lost. The server must be stopped or killed; a copy can be
    /// used again.
    pub fn roll_back(&mut self, snapshot: &Snapshot) {
        assert!(self.child.is_none(), "stop or kill the server before its store is rolled back");
        std::fs::remove_dir_all(self.store()).expect("our own folder can be removed");
        copy_folder(&snapshot.0, &self.store());
    }

    /// The folder of the streams, for tests that damage it.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn write_config(&self) -> PathBuf {
        let path = self.folder.path().join("nats.conf");
        std::fs::write(&path, self.options.config(&self.store())).expect("a file can be written");
        path
    }

    /// The server writes its ports file once it listens and its streams are back; then it must greet a client.
    fn wait_until_it_answers(&mut self, ports: &Path) {
        let greets = self.options.tls.is_none() || !self.options.tls_first;
        until("nats-server answers", PATIENCE, || {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("our own child can be waited for"));
            let said = || std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default();
            assert!(ended.is_none(), "nats-server ended at once ({ended:?})\n{}{}", said(), self.log());
            let listens = std::fs::read_dir(ports).is_ok_and(|mut files| files.next().is_some());
            listens && (!greets || self.greeting().is_some_and(|line| line.starts_with("INFO ")))
        });
    }

    fn greeting(&self) -> Option<String> {
        let stream = TcpStream::connect_timeout(&self.port.address(), Duration::from_secs(5)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).ok()?;
        Some(line)
    }
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("`kill` can be run");
    assert!(status.success(), "process {pid} does not take SIG{name}");
}

fn binary() -> PathBuf {
    let tools = std::env::var_os("TRUNKLINE_TOOLS").expect("run the tests with `cargo xtask test`: it fetches nats-server");
    let binary = PathBuf::from(tools).join("python/bin/nats-server");
    assert!(binary.is_file(), "{} is missing: run the tests with `cargo xtask test`", binary.display());
    binary
}

fn copy_folder(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("`cp` can be run");
    assert!(status.success(), "{} cannot be copied", from.display());
}
