//! `trunkline serve` and `trunkline user`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Collect;

/// `trunkline serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address for PostgreSQL's protocol.
    #[arg(long, default_value = "127.0.0.1:5432", value_name = "ADDRESS:PORT")]
    pub pg: SocketAddr,
    /// Address for Arrow Flight SQL, which is not served without it. With a certificate it is spoken over TLS only.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub flight: Option<SocketAddr>,
    /// File with the certificate and those above it (PEM). Needed for an address that is not of this machine only.
    #[arg(long, requires = "tls_key", env = "TRUNKLINE_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// File with the certificate's key (PEM).
    #[arg(long, requires = "tls_cert", env = "TRUNKLINE_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Send away who does not ask for TLS, also on this machine.
    #[arg(long, requires = "tls_cert")]
    pub require_tls: bool,
    /// Speak in clear to other machines too, as inside a private network of containers.
    #[arg(long)]
    pub plain_pg: bool,
    /// Flight SQL in clear to other machines too.
    #[arg(long, requires = "flight")]
    pub plain_flight: bool,
    /// Address for HTTP; without one there is none. With a certificate it speaks TLS only; without one, in clear: on this machine, or with
    /// --plain-http to others too.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub http: Option<SocketAddr>,
    /// Connections at once, of each protocol.
    #[arg(long, default_value_t = 500)]
    pub connections: usize,
    /// Questions answered at once; others wait.
    #[arg(long, default_value_t = 8)]
    pub questions: usize,
    /// Questions of one user at once, waiting ones included.
    #[arg(long, default_value_t = 200)]
    pub questions_per_user: usize,
    /// Seconds a statement may take, whatever the client sets.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    pub statement_seconds: u64,
    /// Rows of a result.
    #[arg(long, default_value_t = 100_000_000, value_name = "ROWS")]
    pub result_rows: u64,
    /// Bytes of a result, in MiB.
    #[arg(long, default_value_t = 65_536, value_name = "MIB")]
    pub result_mib: u64,
    /// Bytes all questions may hold together before they spill to disk, in MiB.
    #[arg(long, default_value_t = 4096, value_name = "MIB")]
    pub memory_mib: usize,
    /// Bytes one question may hold of them, in MiB.
    #[arg(long, default_value_t = 2048, value_name = "MIB")]
    pub question_mib: usize,
    /// Bytes all questions may have on disk together when they spill, in MiB.
    #[arg(long, default_value_t = 32_768, value_name = "MIB")]
    pub spill_mib: u64,
    /// What is written of who asks what.
    #[command(flatten)]
    pub audited: Audited,
    /// Collect too, in the same process: all pipelines of the project, or those that are named. The options are those of `trunkline collect`.
    #[arg(long)]
    pub collect: bool,
    /// What is collected, and how.
    #[command(flatten)]
    pub live: Collect,
}

impl Serve {
    /// Whether pipelines run in this process.
    #[must_use]
    pub fn is_collecting(&self) -> bool {
        self.collect || !self.live.pipelines.is_empty()
    }
}

/// The audit log of `trunkline serve`.
#[derive(Debug, Args)]
pub struct Audited {
    /// File to which logins, questions and refusals are appended, an object of JSON a line. It is made for its owner only, and begun anew when it
    /// was renamed away.
    #[arg(long, env = "TRUNKLINE_AUDIT", value_name = "FILE")]
    pub audit: Option<PathBuf>,
    /// Refuse questions while the audit log cannot be written. Without it they are answered, and the records that are missing are counted.
    #[arg(long, requires = "audit")]
    pub audit_strict: bool,
    /// Write names of users that nobody has as they were typed. Without it they are left out: people type passwords there.
    #[arg(long, requires = "audit")]
    pub audit_unknown_names: bool,
}

/// `trunkline user`.
#[derive(Debug, Subcommand)]
pub enum User {
    /// A new user, whose password is asked for or read from standard input. He may read nothing yet.
    Add {
        /// His name.
        name: String,
        /// A role: nobody logs in as it, users are granted it.
        #[arg(long)]
        role: bool,
    },
    /// Another password.
    Passwd {
        /// Whose.
        name: String,
    },
    /// Tokens: for programs that log in over HTTP without a password.
    #[command(subcommand)]
    Token(Token),
    /// All users and roles, their tokens, and what they may read.
    List,
    /// Takes a user or role away.
    Drop {
        /// Which.
        name: String,
    },
    /// Lets a user or role read tables or make views, or gives a user a role.
    Grant {
        /// Whom.
        name: String,
        /// `*`, `schema.*`, `schema.table`, or the name of a role.
        #[arg(required_unless_present = "views")]
        what: Option<String>,
        /// Schemas in which he may make views, and read all: names of your own, none of those there are.
        #[arg(long, value_delimiter = ',', value_name = "SCHEMA,...", conflicts_with_all = ["what", "rows", "mask"])]
        views: Vec<String>,
        /// Only rows of the table for which this SQL condition holds, as `queue IN ('sales', 'support')`.
        #[arg(long, value_name = "CONDITION")]
        rows: Option<String>,
        /// Columns that are NULL for him.
        #[arg(long, value_delimiter = ',', value_name = "COLUMN,...")]
        mask: Vec<String>,
    },
    /// Takes a grant, a role or a schema for views back.
    Revoke {
        /// Whom.
        name: String,
        /// As it was granted.
        #[arg(required_unless_present = "views")]
        what: Option<String>,
        /// Schemas in which he may make no views any more. Those that there are stay.
        #[arg(long, value_delimiter = ',', value_name = "SCHEMA,...", conflicts_with = "what")]
        views: Vec<String>,
    },
}

/// `trunkline user token`.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// A new token, printed once: it is kept as a hash only.
    Add {
        /// Whose.
        user: String,
        /// What it is for.
        name: String,
        /// Days until it is void.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
    /// Takes a token away.
    Drop {
        /// Whose.
        user: String,
        /// Its name.
        name: String,
    },
}
