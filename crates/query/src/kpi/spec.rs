//! One KPI as written in YAML: what is counted, on which rows, at which instants, with which parameters.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::error::SpecError;

/// What one row of the KPI's fact stands for; the name of the grain is part of what a number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowGrain {
    /// Stay in one queue.
    Stint,
    /// Agent taking part in a contact.
    Leg,
    /// What the customer calls one contact.
    Contact,
    /// Self-service session.
    Session,
    /// Customer turn waiting for an answer.
    Turn,
    /// Stretch of an agent's clock.
    AgentTime,
}

/// How rows become a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KpiKind {
    /// Sum of the numerator; 0 over no rows.
    Sum,
    /// Sum over sum; NULL when the denominator is 0.
    Ratio,
    /// Sum over sum where the denominator counts the measured things.
    Mean,
    /// Smallest numerator.
    Min,
    /// Largest numerator.
    Max,
    /// Exact quantile of the numerator, linear interpolation.
    Quantile,
    /// Number of distinct numerators.
    Distinct,
    /// Each group's sum over the sum of its period.
    Share,
}

/// Unit of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// How many.
    Count,
    /// Seconds.
    Seconds,
    /// 0 to 1.
    Ratio,
    /// Per hour.
    PerHour,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Higher.
    Up,
    /// Lower.
    Down,
    /// Inside a band.
    Band,
    /// Neither.
    None,
}

/// Which period owns a row (a period is half-open: it owns its start, not its end).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Each count at its own instant.
    Event,
    /// Numerator and denominator follow the arrival.
    Arrival,
    /// The whole value lands where the measured thing ended.
    Completion,
    /// Durations are split by exact overlap.
    Clipped,
    /// The whole value lands where the measured thing began.
    Start,
    /// First of answer, abandonment, threshold passed.
    SlEvent,
}

impl Basis {
    /// All of them, in the order of the design.
    pub const ALL: [Self; 6] = [Self::Event, Self::Arrival, Self::Completion, Self::Clipped, Self::Start, Self::SlEvent];

    /// Name as written in YAML and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Arrival => "arrival",
            Self::Completion => "completion",
            Self::Clipped => "clipped",
            Self::Start => "start",
            Self::SlEvent => "sl_event",
        }
    }

    /// The basis of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.name() == name)
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A stretch `[start, end)` whose measures are split over periods by overlap; with `start = end` an instant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// SQL query whose rows have these pieces, with the columns of the fact besides its own; absent = the rows of the fact.
    pub from: Option<String>,
    /// SQL instant, or its microseconds since 1970.
    pub start: String,
    /// SQL instant; a NULL end is taken as the watermark.
    pub end: String,
    /// SQL measure of the whole stretch; absent = 0.
    pub numerator: Option<String>,
    /// SQL measure of the whole stretch; absent = 0.
    pub denominator: Option<String>,
    /// SQL count of what was observed; absent = 0.
    pub sample: Option<String>,
}

/// A later version of the rule: what it does not name stays as before.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// First UTC day (YYYY-MM-DD) on which it holds.
    pub valid_from: String,
    /// Why it changed.
    pub note: Option<String>,
    /// New defaults.
    #[serde(default)]
    pub parameters: BTreeMap<String, f64>,
    /// New population.
    pub population: Option<String>,
    /// New numerator.
    pub numerator: Option<String>,
    /// New denominator.
    pub denominator: Option<String>,
}

/// One KPI.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpiSpec {
    /// Name in SQL, the shell and reports.
    pub name: String,
    /// Heading.
    pub title: String,
    /// What it tells, and its edge rules.
    pub doc: String,
    /// What one row stands for.
    pub grain: RowGrain,
    /// Fact table, or `agent_time`, the sweep over agents' clocks.
    pub fact: String,
    /// How rows become a value.
    pub kind: KpiKind,
    /// Unit of the value.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// SQL instant per basis. `clipped` is declared by `clip`.
    #[serde(default)]
    pub bases: BTreeMap<Basis, String>,
    /// Where the denominator lands when it is not where the numerator lands.
    #[serde(default)]
    pub denominator_bases: BTreeMap<Basis, String>,
    /// Basis used when none is asked for.
    pub default_basis: Basis,
    /// SQL condition on rows.
    pub population: Option<String>,
    /// SQL measure.
    pub numerator: String,
    /// SQL measure.
    pub denominator: Option<String>,
    /// SQL count behind `n`; by default the denominator, else the rows with a numerator.
    pub sample: Option<String>,
    /// The numerator is divided by this to give the unit (1000 for milliseconds shown as seconds).
    #[serde(default = "one")]
    pub scale: f64,
    /// Which quantile, 0 to 1.
    pub quantile: Option<f64>,
    /// SQL query that stands in for the fact (rows related to each other).
    pub derive: Option<String>,
    /// Pieces for basis `clipped`.
    #[serde(default)]
    pub clip: Vec<Piece>,
    /// Dimension whose shares are asked for (kind `share`).
    pub share_of: Option<String>,
    /// Defaults of `$name` in the expressions.
    #[serde(default)]
    pub parameters: BTreeMap<String, f64>,
    /// Dimensions beside or instead of the fact's: name to SQL.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// What to aim at, in the value's unit.
    pub target: Option<f64>,
    /// What others reach, in words.
    pub benchmark: Option<String>,
    /// Who answers for the definition.
    pub owner: String,
    /// Where the definition comes from.
    pub source: String,
    /// Other names.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// First UTC day on which this rule holds.
    pub valid_from: String,
    /// Later versions, oldest first.
    #[serde(default)]
    pub versions: Vec<Version>,
}

const fn one() -> f64 {
    1.0
}

impl KpiSpec {
    /// Reads one file.
    ///
    /// # Errors
    /// With line, column and the lines around the mistake.
    pub fn parse(file: &str, text: &str) -> Result<Self, SpecError> {
        serde_saphyr::from_str(text).map_err(|error| {
            let (line, column) = error.location().map_or((0, 0), |l| (l.line(), l.column()));
            SpecError { file: file.to_owned(), line, column, message: error.render() }
        })
    }

    /// The bases on offer, in the design's order.
    #[must_use]
    pub fn offered_bases(&self) -> Vec<Basis> {
        Basis::ALL.into_iter().filter(|b| if *b == Basis::Clipped { !self.clip.is_empty() } else { self.bases.contains_key(b) }).collect()
    }

    /// The rule as it holds in its `index`-th version (0 = the first).
    #[must_use]
    pub fn in_version(&self, index: usize) -> Self {
        let mut rule = self.clone();
        for version in self.versions.iter().take(index) {
            rule.parameters.extend(version.parameters.clone());
            rule.population = version.population.clone().or(rule.population);
            rule.numerator = version.numerator.clone().unwrap_or(rule.numerator);
            rule.denominator = version.denominator.clone().or(rule.denominator);
        }
        rule
    }

    /// Whether the value is a share of counted things, so that a Wilson interval holds for it.
    #[must_use]
    pub fn is_proportion(&self) -> bool {
        self.unit == Unit::Ratio && matches!(self.kind, KpiKind::Ratio | KpiKind::Share) && self.sample.is_none()
    }
}

#[cfg(test)]
mod tests;
