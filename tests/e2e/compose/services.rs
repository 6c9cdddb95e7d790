//! The services as processes: the broker with its configuration, `trunkline` with its pipelines, the demo that publishes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use trunkline_testkit::nats::{Access, Login, Outgoing, Publisher};
use trunkline_testkit::{Bench, Collect, OwnChild, S3Server, Serve, wait};

use super::file::{compose, example, filled, strings, text};

const PATIENCE: Duration = Duration::from_secs(120);

/// A filled .env: what .env.example says to write, another one for each name.
fn env() -> BTreeMap<String, String> {
    let value = |(index, name): (usize, String)| match name.as_str() {
        "WEBHOOK_SECRET" => (name, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        _ => (name, format!("p{index}5c0ffee5")),
    };
    example().into_keys().enumerate().map(value).collect()
}

/// A service as compose would start it.
struct Service {
    command: Vec<String>,
    environment: BTreeMap<String, String>,
    health: Vec<String>,
}

fn service(compose: &Value, name: &str, env: &BTreeMap<String, String>) -> Service {
    let service = &compose["services"][name];
    let words = |list: &Value| strings(list).iter().map(|word| filled(word, env)).collect();
    let environment = service["environment"].as_object().unwrap().iter();
    Service {
        command: words(&service["command"]),
        environment: environment.map(|(name, value)| (name.clone(), filled(value.as_str().unwrap(), env))).collect(),
        health: words(&service["healthcheck"]["test"]),
    }
}

/// The broker, and where it listens.
struct Broker {
    _child: OwnChild,
    clients: String,
    monitor: String,
}

fn start_broker(bench: &Bench, service: &Service) -> Broker {
    let store = bench.path("jetstream").display().to_string();
    let config = text("deploy/nats.conf")
        .replace("0.0.0.0:4222", "127.0.0.1:-1")
        .replace("0.0.0.0:8222", "127.0.0.1:-1")
        .replace("/jetstream", &store);
    let config = bench.write("nats.conf", config).display().to_string();
    let ports = bench.path("ports");
    std::fs::create_dir(&ports).unwrap();
    assert_eq!(service.command, ["nats-server", "-c", "/etc/trunkline/nats.conf"]);
    let program =
        PathBuf::from(std::env::var_os("TRUNKLINE_TOOLS").expect("run the tests with `cargo xtask test`")).join("python/bin/nats-server");
    let mut command = Command::new(program);
    command.args(["-c", &config, "--ports_file_dir"]).arg(&ports).env_clear().envs(&service.environment);
    let mut child = OwnChild(command.stdout(Stdio::null()).stderr(std::fs::File::create(bench.path("nats.log")).unwrap()).spawn().unwrap());
    let mut said = Value::Null;
    wait::until("the broker listens", PATIENCE, || {
        let log = || std::fs::read_to_string(bench.path("nats.log")).unwrap();
        assert!(child.try_wait().unwrap().is_none(), "it ended: {}", log());
        let file = std::fs::read_dir(&ports).unwrap().flatten().next();
        said = file.and_then(|file| serde_json::from_slice(&std::fs::read(file.path()).ok()?).ok()).unwrap_or_default();
        said["nats"][0].is_string() && said["monitoring"][0].is_string()
    });
    let at = |name: &str| said[name][0].as_str().unwrap().split("://").nth(1).unwrap().to_owned();
    Broker { _child: child, clients: at("nats"), monitor: at("monitoring") }
}

/// Status of the answer to a GET.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn is_healthy(service: &Service, address: &str) -> bool {
    let [kind, program, words @ ..] = &service.health[..] else { panic!("{:?}", service.health) };
    assert_eq!(kind, "CMD");
    let at = address.replace(':', "/");
    let words = words.iter().map(|word| word.replace("127.0.0.1/8080", &at).replace("127.0.0.1/8081", &at));
    Command::new(program).args(words).stderr(Stdio::null()).status().unwrap().success()
}

/// `trunkline` as the service starts it.
fn start_trunkline(bench: &Bench, service: &Service, broker: &Broker, store: &S3Server) -> Collect {
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    std::fs::create_dir_all(bench.path("scratch")).unwrap();
    for name in ["bus", "webhooks", "drop"] {
        let pipeline = text(&format!("deploy/pipelines/{name}.yaml"));
        let mapped =
            pipeline.replace("//nats:4222", &format!("//{}", broker.clients)).replace("//nats:8222", &format!("//{}", broker.monitor));
        let _ = bench.write(&format!("pipelines/{name}.yaml"), mapped);
    }
    let words: Vec<_> = service.command.iter().map(|word| if word == "0.0.0.0:8080" { "127.0.0.1:0" } else { word }).collect();
    let mut command = bench.command(&words);
    command.env_clear().envs(&service.environment);
    command.env("TRUNKLINE_LAKE", bench.path("lake")).env("TRUNKLINE_PROJECT", bench.path("")).env("TMPDIR", bench.path("scratch"));
    command.env("AWS_ENDPOINT", service.environment["AWS_ENDPOINT"].replace("http://minio:9000", store.url()));
    Collect::of(command)
}

/// `serve` as the service starts it, for one user.
fn start_serve(bench: &Bench, service: &Service) -> Serve {
    Serve::add_user(bench, "anna", &[&["*"]]);
    let is_open = |word: &str| matches!(word, "0.0.0.0:5432" | "0.0.0.0:8081");
    let words: Vec<_> = service.command.iter().map(|word| if is_open(word) { "127.0.0.1:0" } else { word }).collect();
    let mut command = bench.command(&words);
    command.env_clear().envs(&service.environment);
    command.env("TRUNKLINE_LAKE", bench.path("lake")).env("TMPDIR", bench.path("scratch"));
    let serve = Serve::of(command);
    wait::until("serve is healthy", PATIENCE, || is_healthy(service, &serve.http_address()));
    serve
}

/// The demo, to its end: what it said.
fn demo(bench: &Bench, service: &Service, broker: &Broker) -> String {
    let words: Vec<_> = service.command.iter().map(|word| word.replace("nats:4222", &broker.clients)).collect();
    let mut command = bench.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let output = command.env_clear().envs(&service.environment).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    said
}

fn login(user: &str, password: &str) -> Access {
    let login = Login::Password { user: user.into(), password: password.into() };
    Access { login, answer_within: Duration::from_millis(500), ..Access::default() }
}

/// Each user of the broker may do what it is for, and nobody else anything.
fn check_logins(broker: &Broker, env: &BTreeMap<String, String>) {
    let url = format!("nats://{}", broker.clients);
    assert!(Publisher::connect(&url, &Access::default()).is_err(), "a stranger gets in");
    assert!(Publisher::connect(&url, &login("publish", &env["NATS_COLLECT_PASSWORD"])).is_err(), "any password will do");
    let reader = Publisher::connect(&url, &login("collect", &env["NATS_COLLECT_PASSWORD"])).unwrap();
    assert!(reader.publish("cc.x", &Outgoing::new("forged", "{}")).is_err(), "the reader sends");
    let sender = Publisher::connect(&url, &login("publish", &env["NATS_PUBLISH_PASSWORD"])).unwrap();
    let reads = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sender.stream_info("EVENTS")));
    assert!(reads.is_err(), "the sender reads");
}

/// Waits until so many events are in the log, those for which the vocabulary has no word among what was rejected.
fn arrived(bench: &Bench, n: u64) {
    let sql = "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM rejected_records WHERE code = 'unmapped') AS n";
    wait::until(&format!("{n} events are in the lake"), PATIENCE, || bench.rows(sql)[0]["n"] == n);
}

#[test]
fn the_services_work_together_as_they_are_written() {
    let (compose, env, bench) = (compose(), env(), Bench::new());
    let [nats, trunkline, sends] = ["nats", "trunkline", "demo"].map(|name| service(&compose, name, &env));
    let broker = start_broker(&bench, &nats);
    let asked = nats.health.last().unwrap().strip_prefix("http://127.0.0.1:8222").unwrap();
    assert_eq!(get(&broker.monitor, asked), "200");
    let store = S3Server::start(&trunkline.environment["AWS_ACCESS_KEY_ID"], &trunkline.environment["AWS_SECRET_ACCESS_KEY"], &["drop"]);
    let collect = start_trunkline(&bench, &trunkline, &broker, &store);
    wait::until("trunkline is healthy", PATIENCE, || is_healthy(&trunkline, collect.address()));
    assert_eq!(collect.get("/readyz").0, 200);
    wait::until("it reads the stream", PATIENCE, || collect.said().contains("reads stream EVENTS"));
    assert!(!collect.said().contains("warning"), "the broker's settings may lose messages: {}", collect.said());
    check_logins(&broker, &env);
    let said = demo(&bench, &sends, &broker);
    let n: u64 = said.split("stored ").nth(1).and_then(|rest| rest.split(',').next()).unwrap().parse().unwrap();
    assert!(n > 1_000, "{said}");
    // Started again, as after a failure, it adds nothing: what the broker does not recognise, the log does.
    let _ = demo(&bench, &sends, &broker);
    let dropped = r#"{"specversion":"1.0","id":"1","source":"drop","type":"contact.started","time":"2026-01-05T10:00:00Z","subject":"c","data":{"channel":"chat"}}"#;
    store.put("drop/events/today.jsonl", dropped);
    assert_eq!(collect.post("/in/webhooks", &[], "{}").0, 401, "an unsigned webhook is taken");
    arrived(&bench, n + 1);
    let serve = start_serve(&bench, &service(&compose, "serve", &env));
    serve.python(
        "import psycopg\nassert psycopg.connect().execute(\"select count(*) from events where source = 'drop'\").fetchone() == (1,)",
    );
    let address = collect.address().to_owned();
    let said = collect.stop();
    assert!(!is_healthy(&trunkline, &address), "a stopped process is healthy");
    assert!(env.values().all(|secret| !said.contains(secret.as_str())), "a secret is in the log");
    let books = bench.rows(
        "SELECT sum(stored + rejected) AS kept, sum(received - stored - rejected - duplicate) AS missing, sum(abs(difference)) AS difference FROM ops.balance",
    );
    assert!(books[0]["kept"] == n + 1 && books[0]["missing"] == 0 && books[0]["difference"] == 0, "{n}: {books:?}");
    let contacts = bench.rows("SELECT count(*) AS n FROM contacts");
    assert!(contacts[0]["n"].as_u64().unwrap() > 500, "the facts follow: {contacts:?}");
}
