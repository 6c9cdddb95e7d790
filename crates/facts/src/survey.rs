//! First look at the log: which contacts each file holds and how far the sources have come. The fold itself then reads file after file and
//! lets go of a contact's events as soon as no later file has any.

use arrow::array::BooleanArray;
use trunkline_events::Timestamp;
use trunkline_events::fold::session_name;
use trunkline_storage::{DataFile, Lake, Pick};

use crate::columns::{COLUMNS, Columns, KEYS, Keys, SUBJECT};
use crate::error::FactsError;
use crate::keep::Log;
use crate::options::THREADS;
use crate::sidecar::Builder;
use crate::subject::{Hashes, Subject, Touched};
use crate::threads::on_threads;
use crate::watermark::{Watermarks, raise};

/// What is known of one file.
#[derive(Debug, Default)]
pub(crate) struct FileSurvey {
    /// Hashes of wanted contacts, each once.
    pub(crate) contacts: Vec<u64>,
    /// Events of wanted contacts, roughly.
    pub(crate) events: u64,
    /// Some of the contacts are self-service sessions of no contact.
    pub(crate) has_sessions: bool,
    /// Events of agents and of sources as a whole; 0 where none of them is wanted.
    pub(crate) agent_events: u64,
    /// The file's sidecar in the making, where there is none.
    pub(crate) builder: Option<Builder>,
}

/// What is known of the log.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// By the log's order.
    pub(crate) files: Vec<FileSurvey>,
    /// Of all events recorded in time, wanted or not.
    pub(crate) watermarks: Watermarks,
}

impl Survey {
    /// Looks at every file: in its sidecar, else in the columns that tell. Blocking.
    pub(crate) fn of(log: &Log<'_>, touched: &Touched) -> Result<Self, FactsError> {
        let parts = on_threads(THREADS, log.files.len(), |i| look(log, &log.files[i], touched))?;
        let mut out = Self::default();
        for (file, marks) in parts {
            marks.iter().for_each(|(source, at)| raise(&mut out.watermarks, source, *at));
            out.files.push(file);
        }
        Ok(out)
    }
}

fn look(log: &Log<'_>, file: &DataFile, touched: &Touched) -> Result<(FileSurvey, Vec<(String, i64)>), FactsError> {
    let rows = file.rows.unwrap_or_default();
    if let Some(known) = log.sidecars.map_or(Ok(None), |sidecars| sidecars.get(file))? {
        let wanted = |hash: &u64| touched.has_contact(*hash);
        let contacts: Vec<u64> = known.contacts.iter().copied().filter(wanted).collect();
        let events = rows * contacts.len() as u64 / (known.contacts.len() as u64).max(1);
        let agent_events = if known.has_agent(touched) { known.agent_event_count } else { 0 };
        let survey = FileSurvey { contacts, events, has_sessions: known.has_sessions, agent_events, builder: None };
        return Ok((survey, known.watermarks));
    }
    let builder = scan(log.lake, file, log.as_of)?;
    let contacts: Vec<u64> = builder.contacts.iter().copied().filter(|hash| touched.has_contact(*hash)).collect();
    let marks = builder.watermarks.iter().map(|(source, at)| (source.clone(), *at)).collect();
    let mut survey =
        FileSurvey { contacts, events: rows, has_sessions: builder.has_sessions, agent_events: builder.agent_event_count, builder: None };
    // A sidecar tells of all events, not of those known at some instant.
    survey.builder = (log.sidecars.is_some() && log.as_of.is_none()).then_some(builder);
    Ok((survey, marks))
}

/// Reads what a file's sidecar says but for the events of agents. Blocking.
pub(crate) fn scan(lake: &Lake, file: &DataFile, as_of: Option<Timestamp>) -> Result<Builder, FactsError> {
    let (hashes, mut builder, mut flags) = (Hashes::new(), Builder::default(), Vec::new());
    lake.read_compact(file, KEYS, Pick::All, |batch| {
        let mut keys = Keys::of(&batch, &hashes)?;
        flags.push(BooleanArray::from(builder.take_keys(&mut keys, as_of)));
        Ok(())
    })?;
    if builder.has_sessions {
        // Which session an event is of only its payload says.
        let columns: Vec<&str> = COLUMNS.iter().copied().chain([SUBJECT]).collect();
        lake.read_compact(file, &columns, Pick::Rows(&flags), |batch| {
            let columns = Columns::of(batch)?;
            for i in 0..columns.len() {
                let row = columns.row(i);
                builder.contacts.insert(hashes.contact(row.source, &session_name(&row)));
            }
            Ok(())
        })?;
    }
    Ok(builder)
}

impl Builder {
    /// Takes note of a batch; tells which rows are of sessions without a contact, whose names are not among its columns.
    fn take_keys(&mut self, keys: &mut Keys<'_>, as_of: Option<Timestamp>) -> Vec<bool> {
        let mut is_session = vec![false; keys.len()];
        let mut last = None;
        let mut marks = crate::watermark::Marks::default();
        for (i, is_session) in is_session.iter_mut().enumerate() {
            if as_of.is_some_and(|limit| keys.recorded_at(i) > limit.micros()) {
                continue;
            }
            marks.raise(&mut self.watermarks, keys, i);
            let subject = keys.subject(i);
            self.agent_event_count += u64::from(matches!(subject, Subject::Agent(_) | Subject::Source));
            if last.replace(subject) == Some(subject) && subject != Subject::Session {
                continue;
            }
            match subject {
                Subject::Contact(hash) => drop(self.contacts.insert(hash)),
                Subject::Agent(hash) => drop(self.agents.insert(hash)),
                Subject::Source => {
                    self.sources.get_or_insert_with(keys.source(i), str::to_owned);
                }
                Subject::Session => (*is_session, self.has_sessions) = (true, true),
                Subject::Nobody => {}
            }
        }
        marks.finish(&mut self.watermarks);
        is_session
    }
}
