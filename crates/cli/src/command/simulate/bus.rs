//! `trunkline simulate --nats`: the events go to a stream, as a centre's own systems would send them.
//!
//! The simulator writes lines and waits for nobody, the publisher sends and waits for acknowledgements: a short channel is between them, so
//! that a slow server slows the simulator down.

use std::io::{self, Write};
use std::time::Duration;

use tokio::sync::mpsc;
use trunkline_ingest::jetstream::publish::{Outgoing, PublishOptions, publish};
use trunkline_ingest::jetstream::{Access, Login, Tls};
use trunkline_simulate::Truth;

use super::{options, write_truth};
use crate::args::{Simulate, SimulateBus};
use crate::failure::Failure;

/// Environment variable with the password.
const PASSWORD: &str = "NATS_PASSWORD";
/// Events that the simulator may be ahead.
const AHEAD: usize = 1_000;

/// Runs the command.
///
/// # Errors
/// As of `simulate`; a URL that is none, no password for the user (exit code 2); an event that was not acknowledged.
pub async fn run(args: &Simulate) -> Result<(), Failure> {
    let (simulated, target) = (options(args)?, target(&args.bus)?);
    let (sender, receiver) = mpsc::channel(AHEAD);
    let simulator = tokio::task::spawn_blocking(move || {
        let mut truth = Truth::default();
        let outcome = trunkline_simulate::run(&simulated, &mut Lines { sender, begun: Vec::new() }, &mut truth);
        outcome.map(|_| truth)
    });
    // Given up, the receiver is gone and the simulator ends at its next line.
    let published = publish(&target, receiver).await;
    let published = published
        .map_err(|cause| Failure::failed(cause).hint("send all again: what is in the stream or the log already is not stored twice"))?;
    let truth = simulator.await.map_err(Failure::failed)?.map_err(Failure::failed)?;
    crate::say(&format!("published on {}: stored {}, duplicate {}", target.subject, published.stored, published.duplicate));
    write_truth(args, &truth)
}

fn target(bus: &SimulateBus) -> Result<PublishOptions, Failure> {
    for server in &bus.nats {
        if !["nats://", "tls://"].iter().any(|scheme| server.starts_with(scheme)) {
            return Err(Failure::usage(format!("--nats '{server}' must begin with nats:// or tls://")));
        }
        if server.contains('@') {
            let wrong = Failure::usage("--nats: name and password do not belong into the URL");
            return Err(wrong.hint(format!("say --nats-user, and put the password into the environment as {PASSWORD}")));
        }
    }
    let login = match &bus.nats_user {
        None => Login::Nobody,
        Some(user) => {
            let password = std::env::var(PASSWORD).ok().filter(|password| !password.is_empty());
            Login::User(
                user.clone(),
                password.ok_or_else(|| Failure::usage(format!("--nats-user {user}: the environment has no {PASSWORD}")))?,
            )
        }
    };
    // Otherwise it is a server that cannot be reached, tried again and again.
    for file in &bus.nats_ca {
        std::fs::File::open(file).map_err(|cause| Failure::usage(format!("--nats-ca {}: {cause}", file.display())))?;
    }
    let is_required = !bus.nats_ca.is_empty() || bus.nats.iter().any(|server| server.starts_with("tls://"));
    let tls = Tls { is_required, authorities: bus.nats_ca.clone(), ..Tls::default() };
    Ok(PublishOptions {
        access: Access { servers: bus.nats.clone(), login, tls },
        subject: bus.stream_subject.clone().unwrap_or_default(),
        rate: bus.rate,
        patience: Duration::from_secs(bus.give_up_after),
    })
}

/// Makes a message of each line.
struct Lines {
    sender: mpsc::Sender<Outgoing>,
    /// A line that has begun.
    begun: Vec<u8>,
}

impl Write for Lines {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            if self.begun.pop_if(|last| *last == b'\n').is_some() {
                let message = Outgoing::event(std::mem::take(&mut self.begun)).map_err(io::Error::other)?;
                self.sender.blocking_send(message).map_err(|_| io::ErrorKind::BrokenPipe)?;
            }
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
