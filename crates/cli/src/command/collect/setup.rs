//! What `collect` needs before it starts: pipelines, their secrets, their lines, their URLs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use trunkline_ingest::collect::{Inlet, Line};
use trunkline_ingest::connector::Connector;
use trunkline_ingest::http::{self, Endpoint, Intake, Rate};
use trunkline_ingest::jetstream::Access;
use trunkline_ingest::mapping::Mapping;
use trunkline_ingest::pipeline::{self, Inflow, Nats, Pipeline};
use trunkline_ingest::queue::{Queue, QueueOptions};

use crate::args::{Cli, Collect};
use crate::command::ingest::{is_mapping, read_mapping};
use crate::connectors::make;
use crate::failure::Failure;

/// For those who have no pipeline yet.
const HINT: &str = "docs/how-to/collect.md has a pipeline to copy; --project says where the folder is";

/// A pipeline, and the mapping specification of connector `mapping`.
#[derive(Debug, Clone)]
pub struct Ready {
    pub(super) pipeline: Pipeline,
    mapping: Option<Arc<Mapping>>,
}

impl Ready {
    /// A connector for records of the pipeline.
    #[must_use]
    pub fn connector(&self) -> Box<dyn Connector> {
        make(&self.pipeline.connector, self.mapping.as_ref())
    }

    /// Runs the tests that the pipeline brings; gives what does not hold.
    #[must_use]
    pub fn try_out(&self) -> Vec<String> {
        self.pipeline.try_out(&|| self.connector())
    }
}

/// The pipelines to run.
pub(super) fn pipelines(cli: &Cli, args: &Collect) -> Result<Vec<Ready>, Failure> {
    let folder = cli.project.clone().unwrap_or_else(|| PathBuf::from(".")).join("pipelines");
    let mut found = Vec::new();
    let unreadable = |cause| Failure::usage(format!("'{}' cannot be read: {cause}", folder.display())).hint(HINT);
    for path in files(&folder).map_err(unreadable)? {
        // Specifications for `ingest` may lie beside pipelines.
        if !std::fs::read_to_string(&path).is_ok_and(|text| is_mapping(&text)) {
            found.push(read(&path)?);
        }
    }
    let known = || found.iter().map(|ready| ready.pipeline.name.as_str()).collect::<Vec<_>>().join(", ");
    for name in &args.accept_loss {
        let is_stream = |ready: &Ready| ready.pipeline.name == *name && matches!(ready.pipeline.inflow, Inflow::Nats(_));
        if !found.iter().any(is_stream) {
            return Err(Failure::usage(format!("--accept-loss {name}: no pipeline of that name reads from a stream")));
        }
    }
    if args.pipelines.is_empty() {
        return if found.is_empty() {
            Err(Failure::usage(format!("there is no pipeline in '{}'", folder.display())).hint(HINT))
        } else {
            Ok(found)
        };
    }
    let named = |name: &String| {
        let one = found.iter().find(|ready| ready.pipeline.name == *name).cloned();
        one.ok_or_else(|| {
            Failure::usage(format!("there is no pipeline \"{name}\" in '{}'", folder.display())).hint(format!("there are: {}", known()))
        })
    };
    args.pipelines.iter().map(named).collect()
}

/// The YAML files of a folder, by name; those of folders inside it are examples.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.is_file() && path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
    files.sort();
    Ok(files)
}

/// Reads a pipeline and its mapping specification.
///
/// # Errors
/// Exit code 2 with file, line and column.
pub fn read(path: &Path) -> Result<Ready, Failure> {
    let text = std::fs::read_to_string(path).map_err(|cause| Failure::usage(format!("'{}' cannot be read: {cause}", path.display())))?;
    let pipeline = Pipeline::parse(&text, &path.display().to_string()).map_err(Failure::usage)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mapping = pipeline.mapping.as_ref().map(|name| read_mapping(&folder.join(name))).transpose()?;
    if matches!(pipeline.inflow, Inflow::Http(_) | Inflow::Nats(_)) && mapping.as_ref().is_some_and(|mapping| !mapping.names_events()) {
        let wrong = Failure::usage(format!("pipeline {}: its mapping does not say what names an event", pipeline.name));
        return Err(wrong.hint("what comes live has no place in a file: give the specification an identity with event_key"));
    }
    Ok(Ready { pipeline, mapping })
}

/// The value of an environment variable that a pipeline needs.
fn variable(pipeline: &Pipeline, name: &str) -> Result<String, Failure> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or_else(|| Failure::usage(format!("pipeline {}: the environment has no {name}", pipeline.name)))
}

/// The scheme of a pipeline with its secrets, and its token.
type Signed = (Option<(http::signature::Scheme, Vec<String>, i64)>, Option<String>);

/// What a pipeline believes, from the environment.
fn secrets(pipeline: &Pipeline, http: &pipeline::Http) -> Result<Signed, Failure> {
    let token = http.verify_token.as_ref().map(|name| variable(pipeline, name)).transpose()?;
    let Some(signature) = &http.signature else { return Ok((None, token)) };
    let secrets = signature.secrets.iter().map(|name| variable(pipeline, name)).collect::<Result<Vec<_>, _>>()?;
    Ok((Some((signature.scheme, secrets, signature.tolerance_s)), token))
}

fn access(pipeline: &Pipeline, nats: &Nats) -> Result<Access, Failure> {
    let login = nats.login.looked_up(|name| variable(pipeline, &name.0))?;
    Ok(Access { servers: nats.servers.clone(), login, tls: nats.tls.clone() })
}

/// A pipeline with its secrets, before anything is opened.
#[derive(Debug)]
pub(super) struct Armed {
    pub(super) ready: Ready,
    inlet: ArmedInlet,
}

#[derive(Debug)]
enum ArmedInlet {
    Http(Signed),
    Stream(Access),
    Place,
}

/// Looks up the secrets of pipelines, all of them before anything starts.
pub(super) fn armed(pipelines: Vec<Ready>) -> Result<Vec<Armed>, Failure> {
    let arm = |ready: Ready| {
        let inlet = match &ready.pipeline.inflow {
            Inflow::Http(http) => ArmedInlet::Http(secrets(&ready.pipeline, http)?),
            Inflow::Nats(nats) => ArmedInlet::Stream(access(&ready.pipeline, nats)?),
            Inflow::Files(_) | Inflow::Objects(_) => ArmedInlet::Place,
        };
        Ok(Armed { ready, inlet })
    };
    pipelines.into_iter().map(arm).collect()
}

/// The line of a pipeline; its queue is opened.
pub(super) fn line(armed: &Armed, folder: &Path, args: &Collect) -> Result<Line, Failure> {
    let (ready, pipeline) = (armed.ready.clone(), &armed.ready.pipeline);
    let inlet = match (&pipeline.inflow, &armed.inlet) {
        (Inflow::Nats(nats), ArmedInlet::Stream(access)) => {
            let accepts_loss = args.accept_loss.contains(&pipeline.name);
            Inlet::Stream { access: access.clone(), stream: nats.stream.clone(), accepts_loss }
        }
        (Inflow::Files(files), _) => Inlet::Files(files.paths.clone()),
        (Inflow::Objects(objects), _) => {
            let seen = folder.join(format!("{}.seen", pipeline.name));
            Inlet::Objects { url: objects.url.clone(), suffix: objects.suffix.clone(), seen }
        }
        _ => {
            let options = QueueOptions { max_bytes: pipeline.queue_bytes, ..QueueOptions::default() };
            let queue = Queue::open(&folder.join(format!("{}.redb", pipeline.name)), options).map_err(Failure::failed)?;
            Inlet::Queue(Arc::new(queue))
        }
    };
    Ok(Line {
        name: pipeline.name.clone(),
        source: pipeline.source.clone(),
        connector: pipeline.connector.clone(),
        make: Arc::new(move || ready.connector()),
        inlet,
        flush: pipeline.flush.clone(),
    })
}

/// The URLs of pipelines; each has its own.
pub(super) fn endpoints(armed: &[Armed], lines: &[Line]) -> Result<HashMap<String, Endpoint>, Failure> {
    let mut endpoints: HashMap<String, Endpoint> = HashMap::new();
    for (armed, line) in armed.iter().zip(lines) {
        let pipeline = &armed.ready.pipeline;
        let (Inflow::Http(http), ArmedInlet::Http((signature, verify_token)), Inlet::Queue(queue)) =
            (&pipeline.inflow, &armed.inlet, &line.inlet)
        else {
            continue;
        };
        let endpoint = Endpoint {
            name: pipeline.name.clone(),
            connector: Arc::clone(&line.make),
            intake: Intake::of(&pipeline.connector),
            signature: signature.clone(),
            verify_token: verify_token.clone(),
            public_url: http.public_url.clone(),
            body_bytes: http.body_bytes,
            rate: http.rate.and_then(|rate| Rate::every(Duration::from_secs(1) / rate.requests_per_s.get(), rate.burst)),
            queue: Arc::clone(queue),
        };
        if let Some(other) = endpoints.insert(http.path.clone(), endpoint) {
            return Err(Failure::usage(format!("pipelines {} and {} both receive on {}", other.name, pipeline.name, http.path)));
        }
    }
    Ok(endpoints)
}
