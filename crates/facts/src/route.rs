//! The way through the log: files in the order of their time, in stages, and the stage after which nothing more of a contact comes.

use hashbrown::HashMap;
use trunkline_storage::{ColumnRange, DataFile, StatValue};

use crate::options::FoldOptions;
use crate::survey::Survey;

/// Rough bytes in memory per event, Arrow columns and lists together.
const EVENT_BYTES: u64 = 480;

/// How a log is read.
#[derive(Debug)]
pub(crate) struct Route {
    /// Numbers of files, stage after stage.
    pub(crate) stages: Vec<Vec<usize>>,
    /// Times the log is read: more than once when what must be held at once does not fit into memory. Each pass folds its share of subjects.
    pub(crate) passes: u64,
    /// Times the events of agents are gone through.
    pub(crate) agent_passes: u64,
}

impl Route {
    /// Plans the way for the surveyed `files`.
    pub(crate) fn of(files: &[DataFile], survey: &Survey, options: &FoldOptions) -> Self {
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|&i| (files[i].event_date, earliest(&files[i]), &files[i].path));
        let mut stages: Vec<Vec<usize>> = Vec::new();
        let mut open = 0;
        for i in order.into_iter().filter(|&i| survey.files[i].events > 0 || survey.files[i].agent_events > 0) {
            if stages.is_empty() || open >= options.stage_events {
                stages.push(Vec::new());
                open = 0;
            }
            open += survey.files[i].events;
            if let Some(stage) = stages.last_mut() {
                stage.push(i);
            }
        }
        let mut out = Self { stages, passes: 1, agent_passes: 1 };
        let fits = |events: u64| (events * EVENT_BYTES).div_ceil(options.memory_bytes.max(1)).max(1);
        out.passes = fits(out.most_held(survey));
        out.agent_passes = fits(survey.files.iter().map(|file| file.agent_events).sum());
        out
    }

    /// Of contacts with events in several stages: the last of these. Of every pass only its own.
    pub(crate) fn last_stages(&self, survey: &Survey, pass: u64) -> HashMap<u64, u32> {
        let mut spans = self.spans(survey, |hash| hash % self.passes == pass);
        spans.retain(|_, (first, last)| first != last);
        spans.into_iter().map(|(hash, (_, last))| (hash, last)).collect()
    }

    /// First and last stage of contacts.
    fn spans(&self, survey: &Survey, wanted: impl Fn(u64) -> bool) -> HashMap<u64, (u32, u32)> {
        let mut spans: HashMap<u64, (u32, u32)> = HashMap::new();
        for (stage, files) in (0..).zip(&self.stages) {
            for hash in files.iter().flat_map(|&i| &survey.files[i].contacts).filter(|hash| wanted(**hash)) {
                spans.entry(*hash).and_modify(|span| span.1 = stage).or_insert((stage, stage));
            }
        }
        spans
    }

    /// Events held at once at most, roughly: those of the stage that has most, and those of contacts that began before a stage and go on
    /// after it.
    fn most_held(&self, survey: &Survey) -> u64 {
        let per_stage = |files: &Vec<usize>| files.iter().map(|&i| survey.files[i].events).sum::<u64>();
        let stage = self.stages.iter().map(per_stage).max().unwrap_or_default();
        if self.stages.len() < 2 {
            return stage;
        }
        let spans = self.spans(survey, |_| true);
        let events: u64 = self.stages.iter().map(per_stage).sum();
        let mut steps = vec![0_i64; self.stages.len() + 1];
        for (first, last) in spans.values().filter(|(first, last)| first != last) {
            steps[*first as usize] += 1;
            steps[*last as usize] -= 1;
        }
        let mut open = 0;
        let mut most = 0;
        for step in steps {
            open += step;
            most = most.max(open);
        }
        stage + u64::try_from(most).unwrap_or_default() * events / (spans.len() as u64).max(1)
    }
}

fn earliest(file: &DataFile) -> Option<i64> {
    match file.ranges.get("occurred_at") {
        Some(ColumnRange { min: Some(StatValue::Instant(at)), .. }) => Some(*at),
        _ => None,
    }
}
