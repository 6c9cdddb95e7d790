//! One line of the truth.

use std::io::{self, Write};

use super::cell::Mean;
use crate::wire::date_text;

/// Where numbers belong.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) queue: Option<&'static str>,
    pub(super) channel: Option<&'static str>,
    pub(super) agent: Option<u64>,
    pub(super) day: i64,
}

/// Bases a number is the same in.
pub(super) type Bases = &'static [&'static str];

/// Writes lines about one place after the other.
pub(super) struct Lines<'w> {
    pub(super) out: &'w mut dyn Write,
    pub(super) place: Place,
}

impl Lines<'_> {
    /// One line per basis.
    pub(super) fn line(&mut self, bases: Bases, kpi: &str, numerator: i64, denominator: Option<i64>, value: Option<f64>) -> io::Result<()> {
        let quoted = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), |t| format!("\"{t}\""));
        let agent = self.place.agent.map(|n| format!("a-{n}"));
        let date = date_text(self.place.day);
        for basis in bases {
            writeln!(
                self.out,
                "{{\"kpi\":\"{kpi}\",\"basis\":\"{basis}\",\"queue\":{},\"channel\":{},\"agent_id\":{},\"day\":\"{}\",\"numerator\":{numerator},\"denominator\":{},\"value\":{}}}",
                quoted(self.place.queue),
                quoted(self.place.channel),
                quoted(agent.as_deref()),
                String::from_utf8_lossy(&date),
                denominator.map_or_else(|| "null".to_owned(), |d| d.to_string()),
                value.map_or_else(|| "null".to_owned(), |v| v.to_string()),
            )?;
        }
        Ok(())
    }

    /// A number of things.
    pub(super) fn count(&mut self, bases: Bases, kpi: &str, n: u64) -> io::Result<()> {
        self.line(bases, kpi, n as i64, None, Some(n as f64))
    }

    /// A sum of time, in seconds.
    pub(super) fn sum(&mut self, bases: Bases, kpi: &str, ms: i64) -> io::Result<()> {
        self.line(bases, kpi, ms, None, Some(ms as f64 / 1_000.0))
    }

    /// A quotient of numbers.
    pub(super) fn share(&mut self, bases: Bases, kpi: &str, numerator: u64, denominator: u64) -> io::Result<()> {
        let value = (denominator > 0).then(|| numerator as f64 / denominator as f64);
        self.line(bases, kpi, numerator as i64, Some(denominator as i64), value)
    }

    /// Time per thing, in seconds.
    pub(super) fn mean(&mut self, bases: Bases, kpi: &str, ms: i64, n: u64) -> io::Result<()> {
        let value = (n > 0).then(|| ms as f64 / 1_000.0 / n as f64);
        self.line(bases, kpi, ms, Some(n as i64), value)
    }

    /// As [`Self::mean`].
    pub(super) fn mean_of(&mut self, bases: Bases, kpi: &str, mean: Mean) -> io::Result<()> {
        self.mean(bases, kpi, mean.ms, mean.n)
    }
}
