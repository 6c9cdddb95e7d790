//! PostgreSQL's protocol, by real clients: libpq (psycopg, psycopg2), asyncpg, pg8000, SQLAlchemy, pandas, DuckDB, dbt, and bytes no client would send; Flight SQL
//! by ADBC; HTTP in `http`; who asked what in `audit`.

mod audit;
mod http;

use std::path::Path;

use trunkline_testkit::nats::Certificates;
use trunkline_testkit::{Bench, Serve};

/// A small centre, a user who may read everything, and the server.
fn served(more: &[&str]) -> (Bench, Serve) {
    served_to(&[], more)
}

/// The same for others too: names and grants.
fn served_to(others: &[(&str, &[&[&str]])], more: &[&str]) -> (Bench, Serve) {
    let bench = Bench::new();
    fill(&bench);
    Serve::add_user(&bench, "anna", &[&["*"]]);
    others.iter().for_each(|(name, grants)| Serve::add_user(&bench, name, grants));
    let serve = Serve::start(&bench, more);
    (bench, serve)
}

fn fill(bench: &Bench) {
    let _ = bench.run(&["simulate", "--contacts", "400", "--days", "2", "--seed", "3", "--out", "e.jsonl"]).ok();
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
}

#[test]
fn clients_ask_in_text_and_in_binary_and_get_the_same() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/clients.py"));
}

#[test]
fn psql_shows_and_does_what_it_does_with_postgresql() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/psql.py"));
}

#[test]
fn the_jdbc_driver_browses_and_asks() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/jdbc.py"));
}

#[test]
fn the_odbc_driver_browses_and_asks() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/odbc.py"));
}

#[test]
fn a_web_application_asks_as_it_asks_postgresql() {
    let (_bench, serve) = served(&[]);
    serve.node(include_str!("serve/node.js"));
}

#[test]
fn libraries_of_web_applications_ask_in_their_own_ways() {
    let (_bench, serve) = served(&[]);
    serve.node(include_str!("serve/libraries.js"));
    serve.python(include_str!("serve/django.py"));
}

#[test]
fn data_frames_are_read_straight_from_the_server() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/frames.py"));
}

#[test]
fn a_client_browses_what_its_user_may_read() {
    let (_bench, serve) = served_to(&[("north", &[&["public.contacts", "--mask", "customer_key"]])], &[]);
    serve.python(include_str!("serve/browse.py"));
}

#[test]
fn what_analysts_use_gets_the_same_rows() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/analysis.py"));
}

#[test]
fn dbt_makes_views_again_and_again_and_is_told_why_it_cannot_store_tables() {
    let bench = Bench::new();
    fill(&bench);
    Serve::add_user(&bench, "anna", &[&["*"], &["--views", "reports"]]);
    Serve::add_user(&bench, "north", &[&["reports.*"], &["kpi.queue_stints", "--rows", "queue = 'sales'"]]);
    Serve::add_user(&bench, "blind", &[&["reports.*"]]);
    let serve = Serve::start(&bench, &[]);
    serve.python(include_str!("serve/dbt.py"));
}

#[test]
fn saved_views_are_kept_whole_and_give_nobody_more_than_he_has() {
    let bench = Bench::new();
    fill(&bench);
    Serve::add_user(&bench, "anna", &[&["*"], &["--views", "reports,own"]]);
    let voice: &[&str] = &["public.contacts", "--rows", "channel = 'voice'", "--mask", "customer_key"];
    Serve::add_user(&bench, "bert", &[voice, &["reports.*"], &["--views", "marts"]]);
    Serve::add_user(&bench, "north", &[&["public.contacts"]]);
    let serve = Serve::start(&bench, &["--flight", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
    let flight = format!("grpc://{}", serve.address_of("Flight SQL on "));
    serve.python(&format!(
        "FLIGHT = {flight:?}\nTRUNKLINE = {:?}\nLAKE = {:?}\n{}",
        bench.command(&[]).get_program(),
        bench.path("lake"),
        include_str!("serve/views.py")
    ));
}

#[test]
fn dashboards_that_come_along_ask_what_can_be_answered() {
    let (_bench, serve) = served(&[]);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/connect");
    let mut bundle = serde_json::Map::new();
    let mut folders = vec![docs.join("superset")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                let name = path.strip_prefix(docs.join("superset")).unwrap().display().to_string();
                let _ = bundle.insert(name, serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap());
            }
        }
    }
    let bundle = serde_json::Value::from(bundle).to_string();
    let script = include_str!("serve/dashboards.py");
    serve.python(&format!("import json\nDOCS = {docs:?}\nSUPERSET = json.loads({bundle:?})\n{script}"));
}

#[test]
fn a_session_behaves_as_in_postgresql() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/session.py"));
}

#[test]
fn who_may_not_log_in_gets_nothing_done() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/login.py"));
}

#[test]
fn a_statement_can_be_stopped_and_stops_by_itself() {
    let (bench, serve) = served(&[]);
    Serve::add_user(&bench, "north", &[&["public.contacts"]]);
    serve.python(include_str!("serve/stopping.py"));
}

#[test]
fn a_statement_that_is_planned_for_long_can_be_stopped_and_keeps_nobody_out() {
    let (_bench, serve) =
        served_to(&[("ben", &[&["*"]])], &["--http", "127.0.0.1:0", "--flight", "127.0.0.1:0", "--statement-seconds", "8"]);
    let address = serve.address_of("Flight SQL on ");
    serve.python(&format!("FLIGHT = \"grpc://{address}\"\n{}", include_str!("serve/planning.py")));
}

#[test]
fn nobody_reads_more_than_he_was_granted() {
    let (bench, serve) = served(&[]);
    let everything: &[&str] = &["kpi.queue_stints", "--rows", "queue = 'sales'"];
    Serve::add_user(&bench, "north", &[&["public.contacts", "--rows", "channel = 'voice'", "--mask", "customer_key"], everything]);
    serve.python(include_str!("serve/rights.py"));
}

#[test]
fn a_stranger_does_no_harm() {
    let (_bench, serve) = served_to(
        &[("north", &[&["public.contacts", "--rows", "channel = 'voice'"]])],
        &["--memory-mib", "256", "--question-mib", "128", "--spill-mib", "512"],
    );
    serve.python(include_str!("serve/hostile.py"));
}

#[test]
fn a_crowd_is_served_and_questions_without_an_end_keep_nobody_out() {
    let (_bench, serve) = served(&["--questions", "2"]);
    serve.python(include_str!("serve/crowd.py"));
}

#[test]
fn a_slow_reader_of_ten_million_rows_costs_no_memory() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/slow.py"));
}

#[test]
fn flight_sql_gives_the_same_answers_to_the_same_users() {
    let (_bench, serve) = served_to(
        &[("north", &[&["public.contacts", "--rows", "channel = 'voice'", "--mask", "customer_key"]])],
        &["--flight", "127.0.0.1:0"],
    );
    let address = serve.address_of("Flight SQL on ");
    serve.python(&format!("FLIGHT = \"grpc://{address}\"\n{}", include_str!("serve/flight.py")));
}

#[test]
fn the_flight_sql_jdbc_driver_gets_what_it_asks_for() {
    let (_bench, serve) = served(&["--flight", "127.0.0.1:0"]);
    let address = serve.address_of("Flight SQL on ");
    serve.python(&format!("FLIGHT = \"grpc://{address}\"\n{}", include_str!("serve/flight_jdbc.py")));
}

#[test]
fn tools_that_only_sum_get_the_kpis_of_what_their_user_may_read() {
    let stints: &[&str] = &["kpi.queue_stints", "--rows", "queue = 'sales'", "--mask", "agent_id"];
    let (_bench, serve) = served_to(&[("north", &[stints, &["bi.*"]])], &[]);
    serve.python(include_str!("serve/bi.py"));
}

#[test]
fn the_shell_asks_a_server_with_the_rights_of_its_user() {
    let (bench, serve) = served(&["--flight", "127.0.0.1:0"]);
    let server = format!("grpc://{}", serve.address_of("Flight SQL on "));
    let ask = |password: &str, line: &[&str]| {
        let mut command = bench.command(&[&["sql", "--server", &server, "--user", "anna", "--format", "csv"], line].concat());
        let output = command.env("TRUNKLINE_PASSWORD", password).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let good = |line: &[&str]| ask(trunkline_testkit::serving::PASSWORD, line);
    let local = bench.run(&["sql", "-c", "SELECT count(*) AS n FROM contacts WHERE channel = 'voice'", "--format", "csv"]).ok();
    let (code, said) = good(&["-c", "SELECT count(*) AS n FROM contacts WHERE channel = $channel", "-p", "channel=voice"]);
    assert_eq!((code, said), (Some(0), local));
    let (code, said) = good(&["-c", "DELETE FROM contacts"]);
    assert!(code == Some(2) && said.contains("25006"), "{said}");
    let (code, said) = ask("wrong", &["-c", "SELECT 1"]);
    assert!(code == Some(2) && said.contains("error: password authentication failed for user \"anna\""), "{said}");
}

#[test]
fn new_commits_are_seen_by_open_sessions_but_not_inside_a_transaction() {
    let (bench, serve) = served(&[]);
    let more = bench.path("more").display().to_string();
    serve.python(&format!(
        "import subprocess\nMORE = {more:?}\nTRUNKLINE = {:?}\nLAKE = {:?}\n{}",
        bench.command(&[]).get_program(),
        bench.path("lake"),
        include_str!("serve/fresh.py")
    ));
}

#[test]
fn tls_is_spoken_and_never_downgraded() {
    let certificates = Certificates::new();
    let paths =
        [certificates.server_certificate(), certificates.server_key(), certificates.authority()].map(|path| path.display().to_string());
    let (_bench, serve) = served(&["--require-tls", "--tls-cert", &paths[0], "--tls-key", &paths[1], "--flight", "127.0.0.1:0"]);
    let address = serve.address_of("Flight SQL on ");
    serve.python(&format!("AUTHORITY, FLIGHT = {:?}, {address:?}\n{}", paths[2], include_str!("serve/encrypted.py")));
}

#[test]
fn nothing_is_served_without_users_or_with_a_broken_certificate() {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "5", "--days", "1", "--out", "e.jsonl"]).ok();
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    let check = |more: &[&str], words: &str| {
        let said = bench.run(&[&["serve", "--pg", "127.0.0.1:0"], more].concat());
        assert!(said.code == 2 && said.stderr.contains(words), "{said:?}");
    };
    check(&[], "trunkline user add");
    Serve::add_user(&bench, "anna", &[]);
    let broken = bench.write("broken.pem", "no certificate").display().to_string();
    check(&["--tls-cert", &broken, "--tls-key", &broken], "there is no certificate in it");
    let said = bench.run(&["serve", "--pg", "192.0.2.1:5432"]);
    assert!(said.code == 2 && said.stderr.contains("--tls-cert"), "{said:?}");
    check(&["--http", "192.0.2.1:80"], "--plain-http");
}

#[test]
fn a_grant_that_does_not_fit_the_lake_is_refused() {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "5", "--days", "1", "--out", "e.jsonl"]).ok();
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    Serve::add_user(&bench, "anna", &[]);
    let check = |line: &[&str], words: &str| {
        let said = bench.run(&[&["user", "grant", "anna"], line].concat());
        assert!(said.code == 2 && said.stderr.contains(words), "{line:?}: {said:?}");
    };
    check(&["public.contcts"], "there is no table \"public.contcts\"");
    check(&["contacts"], "public.contacts");
    check(&["public.contacts", "--rows", "que = 'x'"], "que");
    check(&["public.contacts", "--mask", "phone"], "no column \"phone\"");
    check(&["north", "--rows", "true"], "is a role");
}

#[test]
fn one_process_collects_and_answers() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("pipelines")).unwrap();
    std::fs::create_dir_all(bench.path("drop")).unwrap();
    let paths = bench.path("drop/*.jsonl").display().to_string();
    let pipeline = format!(
        "version: 1\nname: drop\nsource: drop://here\nconnector: cloudevents\nfiles: {{paths: [{paths:?}]}}\nflush: {{age_s: 1}}\n"
    );
    let _ = bench.write("pipelines/drop.yaml", pipeline);
    Serve::add_user(&bench, "anna", &[&["*"]]);
    let serve = Serve::start(
        &bench,
        &["--project", &bench.path("").display().to_string(), "--collect", "--listen", "127.0.0.1:0", "--fold-every", "1"],
    );
    let _ = bench.run(&["simulate", "--contacts", "50", "--days", "1", "--seed", "3", "--out", "drop/e.jsonl"]).ok();
    serve.python(include_str!("serve/collecting.py"));
}
