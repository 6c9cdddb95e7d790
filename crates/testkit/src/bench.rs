//! The real binary in a folder of its own, and DuckDB to read its tables back.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A clean folder with the binary at hand.
#[derive(Debug)]
pub struct Bench {
    folder: TempDir,
}

/// What a run of the binary said.
#[derive(Debug)]
pub struct Said {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Said {
    /// The standard output, after checking that the command succeeded.
    #[must_use]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "command failed\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.stdout
    }
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// A new temporary folder.
    #[must_use]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    /// Path of a file in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    #[must_use]
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file can be written");
        path
    }

    /// A command of the binary, to be started by the caller; the working folder is the bench's.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.folder.path()).env_remove("TRUNKLINE_LAKE").env_remove("TRUNKLINE_PROJECT");
        command
    }

    /// Runs the binary to its end.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("the binary runs"))
    }

    /// Runs SQL and returns the rows as JSON objects.
    #[must_use]
    pub fn rows(&self, sql: &str) -> Vec<serde_json::Value> {
        let out = self.run(&["sql", "-c", sql, "--format", "json"]).ok();
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("not JSON ({e}): {out}"))
    }

    /// Runs a query on DuckDB, with `{lake}` replaced by the lake's folder, and returns the rows as JSON arrays.
    #[must_use]
    pub fn duckdb(&self, sql: &str) -> Vec<serde_json::Value> {
        let tools = PathBuf::from(std::env::var_os("TRUNKLINE_TOOLS").expect("run the tests with `cargo xtask test`: it fetches DuckDB"));
        let extension = find(&tools.join("python"), "delta.duckdb_extension").expect("DuckDB's Delta reader is among the tools");
        let script = "import duckdb,json,sys\nc=duckdb.connect(config={'allow_unsigned_extensions':'true','autoinstall_known_extensions':'false'})\nc.execute(\"load '\"+sys.argv[1]+\"'\")\nprint(json.dumps(c.execute(sys.argv[2]).fetchall(),default=str))\n";
        let sql = sql.replace("{lake}", &self.path("lake").display().to_string());
        let output = Command::new("python3").arg("-c").arg(script).arg(extension).arg(sql).env("PYTHONPATH", tools.join("python")).output();
        let out = said(output.expect("python3 runs")).ok();
        serde_json::from_str(&out).unwrap_or_else(|e| panic!("not JSON ({e}): {out}"))
    }
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The binary beside the test's own executable: `cargo xtask test` builds it first.
fn binary() -> PathBuf {
    let me = std::env::current_exe().expect("a test knows its executable");
    let profile = me.parent().and_then(Path::parent).expect("test executables lie in <profile>/deps");
    let binary = profile.join("trunkline");
    assert!(binary.is_file(), "{} is missing: run the tests with `cargo xtask test`", binary.display());
    binary
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.file_name().is_some_and(|n| n == name) {
            return Some(path);
        }
        if path.is_dir()
            && let Some(found) = find(&path, name)
        {
            return Some(found);
        }
    }
    None
}
