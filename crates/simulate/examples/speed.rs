//! How fast the simulator writes: `cargo run --release -p trunkline-simulate --example speed [CONTACTS [DAYS]]`.
#![allow(clippy::print_stdout, reason = "a measurement for a person to read")]

use std::time::Instant;

use trunkline_simulate::{Options, Truth, run};

fn main() -> std::io::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse::<u64>().ok());
    let contacts = numbers.next().unwrap_or(200_000);
    let days = numbers.next().unwrap_or(30) as u32;
    let mut truth = Truth::default();
    let begun = Instant::now();
    let stats = run(&Options { contacts, days, ..Options::default() }, &mut std::io::sink(), &mut truth)?;
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} events, {} contacts, {} agents in {seconds:.2} s: {:.0} events/s",
        stats.events,
        stats.contacts,
        stats.agents,
        stats.events as f64 / seconds
    );
    for queue in [None, Some("billing"), Some("orders"), Some("support"), Some("sales"), Some("overflow"), Some("chat")] {
        let t = truth.totals(queue);
        println!(
            "{:>9}: offered {}, abandoned {:.1} %, flow-out {:.1} %, service level {:.1} %",
            queue.unwrap_or("all"),
            t.offered,
            100.0 * t.abandoned as f64 / t.offered as f64,
            100.0 * t.flow_out as f64 / t.offered as f64,
            100.0 * t.answered_in_threshold as f64 / (t.offered - t.short_abandons) as f64
        );
    }
    let t = truth.totals(None);
    println!("occupancy {:.1} %", 100.0 * t.handling_ms as f64 / (t.handling_ms + t.idle_ms) as f64);
    Ok(())
}
