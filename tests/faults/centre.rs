//! What the tests of faults share: pipelines, events, and the promises that are checked after each fault.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use trunkline_testkit::collecting::post;
use trunkline_testkit::nats::stream_config;
use trunkline_testkit::{Bench, NatsServer, OwnChild, Publisher, wait};

/// How long a process may take to get somewhere.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A pipeline that believes everybody and stores each record on its own.
pub(crate) const OPEN: &str =
    "version: 1\nname: open\nsource: open://here\nconnector: cloudevents\nhttp: {signature: {scheme: none}}\nflush: {age_s: 1, rows: 1}\n";

/// A pipeline that reads a stream.
pub(crate) fn bus(url: &str) -> String {
    format!(
        "version: 1\nname: bus\nsource: nats://cc\nconnector: cloudevents\nnats: {{servers: [\"{url}\"], stream: EVENTS}}\nflush: {{age_s: 1}}\n"
    )
}

/// A broker with the stream that [`bus`] reads, and a client of it.
pub(crate) fn broker() -> (NatsServer, Publisher) {
    let server = NatsServer::new();
    let publisher = server.publisher();
    let _ = publisher.create_stream(stream_config("EVENTS", &["cc.>"]));
    (server, publisher)
}

/// A folder with pipelines.
pub(crate) fn bench(pipelines: &[(&str, &str)]) -> Bench {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    for (name, text) in pipelines {
        let _ = bench.write(&format!("pipelines/{name}.yaml"), text);
    }
    bench
}

/// Starts a collector that must end by itself with an error; gives what it says.
pub(crate) fn turned_away(bench: &Bench) -> String {
    let (project, said) = (bench.path("").display().to_string(), bench.path("turned-away.txt"));
    let mut command = bench.command(&["--project", &project, "collect", "--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::null()).stderr(File::create(&said).unwrap());
    let mut child = OwnChild(command.spawn().unwrap());
    let mut ended = None;
    wait::until("it is turned away", PATIENCE, || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    let said = std::fs::read_to_string(said).unwrap();
    assert_eq!(ended.and_then(|status| status.code()), Some(1), "{said}");
    said
}

/// An event that begins a contact of its own.
pub(crate) fn event(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"shop://acme","type":"contact.started","time":"2026-01-05T10:00:00Z","subject":"c-{id}","data":{{"channel":"chat","direction":"inbound","initiator":"customer"}}}}"#
    )
}

/// What senders were told is kept.
#[derive(Debug, Default)]
pub(crate) struct Acknowledged(BTreeSet<String>);

impl Acknowledged {
    /// Sends an event; true when it was acknowledged.
    pub(crate) fn send(&mut self, address: &str, id: &str) -> bool {
        let is_kept = post(address, "/in/open", &[], &event(id)).is_ok_and(|(status, _)| status == 204);
        if is_kept {
            self.0.insert(id.to_owned());
        }
        is_kept
    }

    /// Enters an event that was acknowledged otherwise.
    pub(crate) fn enter(&mut self, id: &str) {
        self.0.insert(id.to_owned());
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Every acknowledged event is in the log once. Gives the number of those that are.
    pub(crate) fn is_kept(&self, bench: &Bench) -> usize {
        let rows = bench.rows("SELECT event_id, count(*) AS n FROM events WHERE type = 'contact.started' GROUP BY event_id");
        let stored: BTreeSet<String> = rows.iter().map(|row| row["event_id"].as_str().unwrap().to_owned()).collect();
        let lost: Vec<_> = self.0.difference(&stored).collect();
        assert!(lost.is_empty(), "{} acknowledged events are lost: {:?}", lost.len(), &lost[..lost.len().min(5)]);
        let twice: Vec<_> = rows.iter().filter(|row| row["n"] != 1).collect();
        assert!(twice.is_empty(), "stored twice: {twice:?}");
        stored.len()
    }

    /// Every acknowledged event is in the log once; the books balance; each has its contact; the facts are those of the log.
    pub(crate) fn check(&self, bench: &Bench) {
        let stored = self.is_kept(bench);
        balanced(bench);
        assert_eq!(bench.rows("SELECT count(*) AS n FROM contacts")[0]["n"].as_u64(), Some(stored as u64));
        let verified = bench.run(&["rebuild", "--verify"]);
        assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    }
}

/// Every record received is stored, a duplicate or rejected; a rejected one is there once.
pub(crate) fn balanced(bench: &Bench) {
    let rows = bench.rows("SELECT journal, received, stored, duplicate, rejected, difference FROM ops.balance");
    assert!(rows.iter().all(|row| row["difference"] == 0), "the books do not balance: {rows:?}");
    let twice =
        bench.rows("SELECT journal, journal_seq, code FROM rejected_records GROUP BY journal, journal_seq, code, raw HAVING count(*) > 1");
    assert!(twice.is_empty(), "refused twice: {twice:?}");
}

/// Waits until the log holds so many contacts begun.
pub(crate) fn stored(bench: &Bench, n: usize) {
    let count = || bench.run(&["sql", "-c", "SELECT count(*) AS n FROM events WHERE type = 'contact.started'", "--format", "json"]).stdout;
    wait::until(&format!("{n} events are stored"), PATIENCE, || count().contains(&format!("\"n\":{n}}}")));
}
