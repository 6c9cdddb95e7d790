//! The demo's page: which figure is shown how.

use super::figures::{Figures, count, number, percent};
use crate::args::Demo;
use crate::report::{Heatmap, LineChart, Page, Section, Series, Table, Tile};

/// Abandonment above this is bad (5 to 8 % is the usual band).
const ABANDONMENT_MAX: f64 = 0.08;
/// Share of contacts to be answered within the threshold.
const SERVICE_LEVEL_TARGET: f64 = 0.80;
/// Resolution at the first contact below this is bad (70 to 75 % is the usual band).
const RESOLUTION_MIN: f64 = 0.70;

/// The page.
pub(super) fn page(figures: &Figures, args: &Demo) -> Page {
    Page {
        title: "Contact centre report".to_string(),
        subtitle: format!(
            "Simulated centre, {} contacts over {} days, seed {}. Days and hours are UTC.",
            args.contacts, args.days, args.seed
        ),
        tiles: tiles(figures),
        sections: vec![volume(figures), levels(figures), hours(figures)],
        tables: vec![queues(figures), channels(figures), agents(figures)],
        footer: format!(
            "Service level: answered within 20 s / (offered less abandoned within 5 s). Closure: offered less its six outcomes over all queues and days leaves {}. Every figure can be asked again with `trunkline kpi NAME`.",
            count(figures.residual)
        ),
    }
}

fn tiles(figures: &Figures) -> Vec<Tile> {
    let total = |name: &str| figures.totals.get(name).copied().flatten();
    let tile =
        |label: &str, value: String, detail: &str, state| Tile { label: label.to_string(), value, detail: detail.to_string(), state };
    let judge = |value: Option<f64>, good: fn(f64) -> bool| value.map_or("", |v| if good(v) { "good" } else { "bad" });
    vec![
        tile("Contacts received", count(total("received")), "inbound, all channels", ""),
        tile(
            "Calls abandoned",
            format!("{} %", percent(total("voice_abandonment_rate"))),
            "of calls offered; at most 8 %",
            judge(total("voice_abandonment_rate"), |v| v <= ABANDONMENT_MAX),
        ),
        tile(
            "Calls in 20 s",
            format!("{} %", percent(total("voice_service_level"))),
            "service level of the voice queues; target 80 %",
            judge(total("voice_service_level"), |v| v >= SERVICE_LEVEL_TARGET),
        ),
        tile(
            "First contact resolution",
            format!("{} %", percent(total("fcr_7d"))),
            "no return in 7 days; at least 70 %",
            judge(total("fcr_7d"), |v| v >= RESOLUTION_MIN),
        ),
        tile("Handle time", format!("{} s", number(total("aht_leg"))), "per leg: talk, hold, wrap-up", ""),
        tile("Occupancy", format!("{} %", percent(total("occupancy"))), "handling / (handling + idle + ringing)", ""),
        tile("Self-service", format!("{} %", percent(total("containment"))), "sessions that needed no person", ""),
        tile("Transfers", format!("{} %", percent(total("transfer_rate"))), "of contacts handled", ""),
    ]
}

fn labels(figures: &Figures) -> Vec<String> {
    figures.days.iter().map(|(day, ..)| day.get(5..).unwrap_or(day).to_string()).collect()
}

fn volume(figures: &Figures) -> Section {
    let chart = LineChart {
        title: "Calls offered per day".to_string(),
        labels: labels(figures),
        series: vec![Series { name: "offered".to_string(), values: figures.days.iter().map(|d| d.1).collect() }],
        target: None,
        is_ratio: false,
    };
    Section { title: "Calls offered".to_string(), note: "Voice queues, per day.".to_string(), drawing: chart.svg() }
}

fn levels(figures: &Figures) -> Section {
    let chart = LineChart {
        title: "Service level and abandonment per day".to_string(),
        labels: labels(figures),
        series: vec![
            Series { name: "service level".to_string(), values: figures.days.iter().map(|d| d.3).collect() },
            Series { name: "abandonment".to_string(), values: figures.days.iter().map(|d| d.2).collect() },
        ],
        target: Some(SERVICE_LEVEL_TARGET),
        is_ratio: true,
    };
    Section {
        title: "Service level and abandonment".to_string(),
        note: "Voice queues, per day of the queue entry.".to_string(),
        drawing: chart.svg(),
    }
}

fn hours(figures: &Figures) -> Section {
    let mut values = vec![vec![None; 24]; 7];
    for (day, hour, offered) in &figures.hours {
        if let Some(cell) = day.checked_sub(1).and_then(|d| values.get_mut(d)).and_then(|row: &mut Vec<Option<f64>>| row.get_mut(*hour)) {
            *cell = Some(*offered);
        }
    }
    let map = Heatmap {
        title: "Calls offered by weekday and hour".to_string(),
        rows: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(str::to_string).to_vec(),
        columns: (0..24).map(|h| h.to_string()).collect(),
        values,
        unit: "calls".to_string(),
    };
    Section {
        title: "When callers call".to_string(),
        note: "Offered calls by weekday and hour, the whole time together.".to_string(),
        drawing: map.svg(),
    }
}

fn queues(figures: &Figures) -> Table {
    let row = |q: &super::figures::QueueRow| {
        vec![
            q.queue.clone(),
            count(q.offered),
            count(q.answered),
            count(q.abandoned),
            percent(q.abandonment_rate),
            percent(q.service_level),
            number(q.asa),
            number(q.aht),
        ]
    };
    Table {
        title: "Queues".to_string(),
        head: head(&["Queue", "Offered", "Answered", "Abandoned", "Abandoned %", "In 20 s %", "ASA s", "AHT s"]),
        rows: figures.queues.iter().map(row).collect(),
    }
}

fn channels(figures: &Figures) -> Table {
    let all: f64 = figures.channels.iter().map(|(_, n)| n).sum();
    let row = |(channel, n): &(String, f64)| vec![channel.clone(), count(Some(*n)), percent(Some(n / all))];
    Table {
        title: "Channels".to_string(),
        head: head(&["Channel", "Contacts", "Share %"]),
        rows: figures.channels.iter().map(row).collect(),
    }
}

fn agents(figures: &Figures) -> Table {
    Table {
        title: "Agents with the most contacts".to_string(),
        head: head(&["Agent", "Handled", "AHT s", "With hold %", "Not answered %"]),
        rows: figures.agents.clone(),
    }
}

fn head(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_string()).collect()
}
