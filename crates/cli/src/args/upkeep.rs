//! The arguments of commands that keep a lake in order and put right what was refused.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `trunkline maintain`.
#[derive(Debug, Args)]
pub struct Maintain {
    /// What to do with the lake.
    #[command(subcommand)]
    pub action: MaintainAction,
}

/// What `trunkline maintain` does. Without tables, it does so to all of them.
#[derive(Debug, Subcommand)]
pub enum MaintainAction {
    /// Small files become few; rows, versions and positions stay. A collector does this by itself.
    Compact {
        /// Tables; all of them without any.
        #[arg(value_name = "TABLE")]
        tables: Vec<String>,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Deletes files that are in no version of a table any more; how far back one can travel in time ends there.
    Vacuum {
        /// Tables; all of them without any.
        #[arg(value_name = "TABLE")]
        tables: Vec<String>,
        /// Hours for which files stay after they left their table; 1 at least.
        #[arg(long, value_name = "N", default_value_t = 168, value_parser = clap::value_parser!(u32).range(1..))]
        retention_hours: u32,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Writes checkpoints, so that opening reads little, and deletes expired log entries.
    Checkpoint {
        /// Tables; all of them without any.
        #[arg(value_name = "TABLE")]
        tables: Vec<String>,
    },
    /// Reads every file and compares it with the log; exit code 1 names those that are damaged.
    Verify {
        /// Tables; all of them without any.
        #[arg(value_name = "TABLE")]
        tables: Vec<String>,
    },
}

/// `trunkline replay`.
#[derive(Debug, Subcommand)]
pub enum Replay {
    /// Maps the records of rejected_records again: those that give events now leave it, the others stay as they are.
    Rejected(Rejects),
}

/// Which rejected records.
#[derive(Debug, Args)]
pub struct Rejects {
    /// Only those that this connector refused.
    #[arg(long, value_name = "NAME", value_parser = crate::connectors::names())]
    pub connector: Option<String>,
    /// Only those of this source.
    #[arg(long, value_name = "ID")]
    pub source: Option<String>,
    /// Only those refused with this code, for example unmapped.
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// The corrected mapping specification, for records of its source that the mapping refused.
    #[arg(long, value_name = "SPEC")]
    pub map: Option<PathBuf>,
    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
}
