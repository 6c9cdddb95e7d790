//! An object store that speaks S3, on a folder: `rclone serve s3`, which checks signatures.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::own::OwnChild;
use crate::wait::until;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running object store. Dropping it kills it.
#[derive(Debug)]
pub struct S3Server {
    child: OwnChild,
    folder: TempDir,
    url: String,
}

impl S3Server {
    /// Starts one with these buckets, open to this key and secret only, and waits until it listens.
    ///
    /// # Panics
    /// It ends instead.
    #[must_use]
    pub fn start(key: &str, secret: &str, buckets: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for bucket in buckets {
            std::fs::create_dir_all(folder.path().join("store").join(bucket)).expect("a folder can be made");
        }
        let tools = std::env::var_os("TRUNKLINE_TOOLS").expect("run the tests with `cargo xtask test`: it fetches rclone");
        let log = folder.path().join("log");
        let child = Command::new(std::path::Path::new(&tools).join("python/bin/rclone"))
            .args(["serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", &format!("{key},{secret}")])
            // What the tests put into the folder shall be seen at once.
            .args(["--dir-cache-time", "0s", "--config", "/dev/null"])
            .arg(folder.path().join("store"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).expect("a file can be made"))
            .spawn()
            .expect("rclone can be started");
        let mut server = Self { child: OwnChild(child), folder, url: String::new() };
        until("rclone serves", PATIENCE, || {
            let said = std::fs::File::open(&log).map(BufReader::new).expect("its log can be read");
            let address =
                said.lines().map_while(Result::ok).find_map(|line| line.split_once("server on [").map(|(_, rest)| rest.to_owned()));
            let ended = server.child.try_wait().expect("our own child can be asked");
            assert!(ended.is_none(), "rclone ended at once: {}", std::fs::read_to_string(&log).unwrap_or_default());
            server.url = address.as_deref().and_then(|rest| rest.split(['/', ']']).nth(2)).unwrap_or_default().to_owned();
            !server.url.is_empty()
        });
        server.url.insert_str(0, "http://");
        server
    }

    /// `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts an object, named `bucket/key`, without asking the server.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join("store").join(name);
        std::fs::create_dir_all(path.parent().expect("it lies in a bucket")).expect("a folder can be made");
        std::fs::write(path, content).expect("a file can be written");
    }
}
