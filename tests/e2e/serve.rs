//! PostgreSQL's protocol, by real clients: libpq (psycopg), asyncpg, pg8000, and bytes no client would send.

use trunkline_testkit::{Bench, Serve};

/// A small centre, a user who may read everything, and the server.
fn served(more: &[&str]) -> (Bench, Serve) {
    let bench = Bench::new();
    let _ = bench.run(&["simulate", "--contacts", "400", "--days", "2", "--seed", "3", "--out", "e.jsonl"]).ok();
    let _ = bench.run(&["ingest", "e.jsonl", "--connector", "cloudevents"]).ok();
    Serve::add_user(&bench, "anna", &[&["*"]]);
    let serve = Serve::start(&bench, more);
    (bench, serve)
}

#[test]
fn clients_ask_in_text_and_in_binary_and_get_the_same() {
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/clients.py"));
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
    let (_bench, serve) = served(&[]);
    serve.python(include_str!("serve/stopping.py"));
}

#[test]
fn nobody_reads_more_than_he_was_granted() {
    let (bench, serve) = served(&[]);
    let everything: &[&str] = &["kpi.queue_stints", "--rows", "queue = 'sales'"];
    Serve::add_user(&bench, "north", &[&["public.contacts", "--rows", "channel = 'voice'", "--mask", "customer_key"], everything]);
    serve.python(include_str!("serve/rights.py"));
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
