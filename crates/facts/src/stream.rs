//! The fold of a log as a stream: stage after stage is read, contacts are folded as soon as all their events are there, rows go out. What
//! is held at once is one stage and the contacts that go on beyond it, not the log.

use arrow::record_batch::RecordBatch;
use hashbrown::HashMap;
use trunkline_events::Timestamp;

use crate::agents::AgentEvents;
use crate::error::FactsError;
use crate::folds::Folds;
use crate::gather::{Gathered, Wanted};
use crate::keep::Log;
use crate::options::{FoldOptions, FoldReport};
use crate::route::Route;
use crate::run::{self, FactRows, Setting};
use crate::shelf::Output;
use crate::subject::Touched;
use crate::survey::Survey;

/// Folds the touched subjects into `output`. Blocking.
pub(crate) fn fold(
    log: &Log<'_>,
    touched: &Touched,
    options: &FoldOptions,
    folds: Folds,
    output: &mut dyn Output,
) -> Result<FoldReport, FactsError> {
    let survey = Survey::of(log, touched)?;
    let route = Route::of(log.files, &survey, options);
    let setting = Setting { folds, grace_ms: options.grace_ms, watermarks: &survey.watermarks };
    let passes = route.passes.max(route.agent_passes);
    let watermark = survey.watermarks.values().max().map(|at| Timestamp::from_micros(*at));
    let mut report = FoldReport { passes: u32::try_from(passes).unwrap_or(u32::MAX), watermark, ..FoldReport::default() };
    let mut agents = Vec::new();
    for pass in 0..route.passes {
        let wanted = Wanted { touched, passes: route.passes, pass, as_of: log.as_of };
        contacts(log, &survey, &route, wanted, &setting, &mut agents, &mut |rows| hand_over(rows, &mut report, output))?;
    }
    for pass in 0..route.agent_passes {
        let wanted = Wanted { touched, passes: route.agent_passes, pass, as_of: log.as_of };
        let is_held = touched.everybody && route.agent_passes == 1;
        let mut held = || AgentEvents::of(std::mem::take(&mut agents), wanted);
        let events = if is_held { held()? } else { AgentEvents::read(log, &survey, wanted)? };
        hand_over(run::agents(&events, &setting), &mut report, output)?;
    }
    Ok(report)
}

fn hand_over(rows: Vec<FactRows>, report: &mut FoldReport, output: &mut dyn Output) -> Result<(), FactsError> {
    for part in &rows {
        report.events += part.events;
        report.contacts += part.contacts_folded;
        report.agents += part.agents_folded;
        report.rows += part.len();
    }
    output.take(rows)
}

/// One pass over the contacts. The first one through everybody's events leaves those of agents in `agents`, if they fit into memory, and
/// makes the sidecars that are missing.
fn contacts(
    log: &Log<'_>,
    survey: &Survey,
    route: &Route,
    wanted: Wanted<'_>,
    setting: &Setting<'_>,
    agents: &mut Vec<RecordBatch>,
    out: &mut dyn FnMut(Vec<FactRows>) -> Result<(), FactsError>,
) -> Result<(), FactsError> {
    let lasts = route.last_stages(survey, wanted.pass);
    let mut held = Gathered::default();
    for (stage, files) in (0_u32..).zip(&route.stages) {
        let with_agents = wanted.touched.everybody && wanted.pass == 0;
        held.append(Gathered::read(log, files, &survey.files, wanted, with_agents)?);
        let found = std::mem::take(&mut held.agent_events);
        if with_agents {
            take_agents(log, survey, files, &found)?;
        }
        if route.agent_passes == 1 {
            agents.extend(found.into_iter().map(|(_, batch)| batch));
        }
        let (rows, later) = run::contacts(&held, setting, |hash| lasts.get(&hash).is_none_or(|last| *last <= stage));
        held = held.keep(later)?;
        out(rows)?;
    }
    Ok(())
}

/// Makes the sidecars of files that have none.
fn take_agents(log: &Log<'_>, survey: &Survey, files: &[usize], found: &[(usize, RecordBatch)]) -> Result<(), FactsError> {
    let Some(sidecars) = log.sidecars else { return Ok(()) };
    let mut by_file: HashMap<usize, Vec<RecordBatch>> = HashMap::new();
    for (file, batch) in found {
        by_file.entry(*file).or_default().push(batch.clone());
    }
    for &file in files {
        if let Some(builder) = &survey.files[file].builder {
            sidecars.put(&log.files[file], builder.with_agent_events(by_file.remove(&file).unwrap_or_default()))?;
        }
    }
    Ok(())
}
