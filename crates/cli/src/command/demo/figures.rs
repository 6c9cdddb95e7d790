//! The demo's figures, asked from the engine as any user would.

use std::collections::BTreeMap;

use arrow::record_batch::RecordBatch;
use trunkline_query::Engine;
use trunkline_query::format::cells;

use crate::answer;
use crate::failure::Failure;

/// One queue over the whole time.
#[derive(Debug, Clone)]
pub(super) struct QueueRow {
    /// Queue.
    pub queue: String,
    /// Stints offered.
    pub offered: Option<f64>,
    /// Answered.
    pub answered: Option<f64>,
    /// Abandoned.
    pub abandoned: Option<f64>,
    /// Share.
    pub abandonment_rate: Option<f64>,
    /// Share within the threshold.
    pub service_level: Option<f64>,
    /// Seconds.
    pub asa: Option<f64>,
    /// Seconds.
    pub aht: Option<f64>,
}

/// Day, offered, abandonment rate, service level.
pub(super) type DayRow = (String, Option<f64>, Option<f64>, Option<f64>);

/// Everything the table and the page show.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    /// Per queue.
    pub queues: Vec<QueueRow>,
    /// Per day of the voice queues: day, offered, abandonment rate, service level.
    pub days: Vec<DayRow>,
    /// Offered per hour, by weekday (1 = Monday) and hour.
    pub hours: Vec<(usize, usize, f64)>,
    /// Contacts per channel.
    pub channels: Vec<(String, f64)>,
    /// Single figures by KPI name.
    pub totals: BTreeMap<&'static str, Option<f64>>,
    /// Busiest agents: agent, contacts handled, AHT, occupancy.
    pub agents: Vec<Vec<String>>,
    /// Residual of the closure over all queues and days; 0 or something is wrong.
    pub residual: Option<f64>,
}

const BY_QUEUE: &str =
    "SELECT queue, MEASURE(offered), MEASURE(answered), MEASURE(abandoned), MEASURE(abandonment_rate), MEASURE(service_level), MEASURE(asa)
  FROM kpi.queue_stints WHERE queue IS NOT NULL GROUP BY queue ORDER BY 2 DESC";
const AHT_BY_QUEUE: &str = "SELECT queue, MEASURE(aht_leg) FROM kpi.agent_legs GROUP BY queue";
const BY_DAY: &str = "SELECT local_date(enqueued_at, 'UTC') AS day, MEASURE(offered), MEASURE(abandonment_rate), MEASURE(service_level)
  FROM kpi.queue_stints WHERE channel = 'voice' GROUP BY 1 ORDER BY 1";
const VOICE: &str = "SELECT MEASURE(service_level), MEASURE(abandonment_rate), MEASURE(asa) FROM kpi.queue_stints WHERE channel = 'voice'";
const BY_HOUR: &str = "SELECT date_part('isodow', enqueued_at) AS d, date_part('hour', enqueued_at) AS h, count(*) FROM queue_stints WHERE channel = 'voice' GROUP BY 1, 2";
const BY_CHANNEL: &str =
    "SELECT channel, MEASURE(received) FROM kpi.contacts WHERE (direction IS DISTINCT FROM 'outbound') GROUP BY channel ORDER BY 2 DESC";
const AGENTS: &str = "SELECT agent_id, MEASURE(handled), MEASURE(aht_leg), MEASURE(hold_rate), MEASURE(agent_non_response) FROM kpi.agent_legs GROUP BY agent_id ORDER BY 2 DESC, 1 LIMIT 12";
const RESIDUAL: &str = "SELECT sum(abs(offered - known)) FROM (SELECT queue, local_date(enqueued_at, 'UTC') AS day, count(*) AS offered,
  sum(CASE WHEN outcome IN ('answered', 'abandoned', 'flow_out', 'callback', 'dropped', 'waiting') THEN 1 ELSE 0 END) AS known FROM queue_stints GROUP BY 1, 2) AS closed";
const TOTALS: [&str; 7] = ["received", "aht_leg", "occupancy", "containment", "fcr_7d", "first_response_time", "transfer_rate"];

/// Asks for everything.
///
/// # Errors
/// Anything the engine says: the demo asks nothing unusual.
pub(super) async fn all(engine: &Engine) -> Result<Figures, Failure> {
    let mut figures = Figures::default();
    let handling: BTreeMap<String, Option<f64>> =
        rows(engine, AHT_BY_QUEUE).await?.into_iter().map(|r| (text(&r, 0), float(&r, 1))).collect();
    for r in rows(engine, BY_QUEUE).await? {
        figures.queues.push(QueueRow {
            queue: text(&r, 0),
            offered: float(&r, 1),
            answered: float(&r, 2),
            abandoned: float(&r, 3),
            abandonment_rate: float(&r, 4),
            service_level: float(&r, 5),
            asa: float(&r, 6),
            aht: handling.get(&text(&r, 0)).copied().flatten(),
        });
    }
    figures.days = rows(engine, BY_DAY).await?.iter().map(|r| (text(r, 0), float(r, 1), float(r, 2), float(r, 3))).collect();
    figures.hours =
        rows(engine, BY_HOUR).await?.iter().filter_map(|r| Some((float(r, 0)? as usize, float(r, 1)? as usize, float(r, 2)?))).collect();
    figures.channels = rows(engine, BY_CHANNEL).await?.iter().filter_map(|r| Some((text(r, 0), float(r, 1)?))).collect();
    figures.agents = rows(engine, AGENTS)
        .await?
        .iter()
        .map(|r| vec![text(r, 0), count(float(r, 1)), number(float(r, 2)), percent(float(r, 3)), percent(float(r, 4))])
        .collect();
    figures.residual = rows(engine, RESIDUAL).await?.first().and_then(|r| float(r, 0));
    for r in rows(engine, VOICE).await? {
        figures.totals.insert("voice_service_level", float(&r, 0));
        figures.totals.insert("voice_abandonment_rate", float(&r, 1));
        figures.totals.insert("voice_asa", float(&r, 2));
    }
    for name in TOTALS {
        let batches = engine.kpi(&trunkline_query::kpi::KpiRequest::new(name)).await.map_err(answer::explain)?;
        let value = flat(&batches)?.first().and_then(|r| float(r, 2));
        figures.totals.insert(name, value);
    }
    Ok(figures)
}

type Row = Vec<Option<String>>;

async fn rows(engine: &Engine, sql: &str) -> Result<Vec<Row>, Failure> {
    flat(&engine.collect(sql, &BTreeMap::new()).await.map_err(answer::explain)?)
}

fn flat(batches: &[RecordBatch]) -> Result<Vec<Row>, Failure> {
    let mut all = Vec::new();
    for batch in batches {
        all.extend(cells(batch, "UTC").map_err(answer::explain)?);
    }
    Ok(all)
}

fn text(row: &Row, column: usize) -> String {
    row[column].clone().unwrap_or_else(|| "unknown".to_string())
}

fn float(row: &Row, column: usize) -> Option<f64> {
    row[column].as_deref()?.parse().ok()
}

/// A count with thousands apart.
#[must_use]
pub(super) fn count(value: Option<f64>) -> String {
    let Some(value) = value else { return "-".to_string() };
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A share in per cent.
#[must_use]
pub(super) fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_string(), |v| format!("{:.1}", v * 100.0))
}

/// A number with at most one decimal.
#[must_use]
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_string(), |v| if v >= 1_000.0 { count(Some(v)) } else { format!("{v:.1}") })
}
