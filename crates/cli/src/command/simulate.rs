//! `trunkline simulate`: events of a simulated centre, and the truth they imply; into a file, or a stream (`bus`).

pub mod bus;

use std::fs::File;
use std::io::{BufWriter, Write};

use trunkline_events::Timestamp;
use trunkline_simulate::{Dirt, Options, Truth};

use crate::args::Simulate;
use crate::failure::Failure;

/// Bytes written to a file at once.
const BUFFER_BYTES: usize = 1 << 20;

/// Runs the command.
///
/// # Errors
/// A share outside 0 to 1, a date that is none, a file that cannot be written.
pub fn run(args: &Simulate) -> Result<(), Failure> {
    let options = options(args)?;
    let mut truth = Truth::default();
    let mut events: Box<dyn Write> = match args.out.as_str() {
        "-" => Box::new(BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout().lock())),
        path => Box::new(BufWriter::with_capacity(BUFFER_BYTES, create(path)?)),
    };
    let outcome = trunkline_simulate::run(&options, &mut events, &mut truth).and_then(|stats| events.flush().map(|()| stats));
    if let Err(cause) = outcome {
        // A reader that had enough (`| head`) is no failure.
        return if cause.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(Failure::failed(cause)) };
    }
    write_truth(args, &truth)
}

fn write_truth(args: &Simulate, truth: &Truth) -> Result<(), Failure> {
    if let Some(path) = &args.truth {
        let mut file = BufWriter::new(create(&path.display().to_string())?);
        truth.write(&mut file)?;
        file.flush()?;
    }
    Ok(())
}

fn create(path: &str) -> Result<File, Failure> {
    File::create(path).map_err(|cause| Failure::failed(format!("'{path}' cannot be written: {cause}")))
}

fn options(args: &Simulate) -> Result<Options, Failure> {
    for (name, share) in [("duplicates", args.duplicates), ("late", args.late), ("missing-ends", args.missing_ends)] {
        if !(0.0..=1.0).contains(&share) {
            return Err(Failure::usage(format!("--{name} {share} is no share")).hint("a share lies between 0 and 1"));
        }
    }
    if args.days == 0 || args.contacts == 0 {
        return Err(Failure::usage("--days and --contacts must be at least 1"));
    }
    let start = Timestamp::parse_rfc3339(&format!("{}T00:00:00Z", args.start));
    let start = start.ok_or_else(|| Failure::usage(format!("--start '{}' is no date", args.start)).hint("write it like 2026-01-05"))?;
    let dirt = Dirt {
        duplicates: args.duplicates,
        late: args.late,
        shuffle_window: args.shuffle,
        missing_ends: args.missing_ends,
        clock_skew_ms: args.clock_skew,
    };
    Ok(Options { seed: args.seed, contacts: args.contacts, days: args.days, start, dirt })
}
