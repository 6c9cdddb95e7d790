//! HTTP, by Python's own client.

use trunkline_testkit::nats::Certificates;
use trunkline_testkit::{Bench, Serve};

fn script(bench: &Bench, script: &str) -> String {
    let program = bench.command(&[]).get_program().to_owned();
    format!("LAKE = {:?}\nTRUNKLINE = {program:?}\n{}\n{script}", bench.path("lake"), include_str!("http/client.py"))
}

#[test]
fn the_same_rows_come_in_every_form_and_errors_say_what_to_do() {
    let (bench, serve) = super::served(&["--http", "127.0.0.1:0"]);
    serve.python(&script(&bench, include_str!("http/forms.py")));
}

#[test]
fn who_logs_in_sees_what_is_his_through_every_door() {
    let bench = Bench::new();
    super::fill(&bench);
    Serve::add_user(&bench, "anna", &[&["*"]]);
    let voice: &[&str] = &["public.contacts", "--rows", "channel = 'voice'", "--mask", "customer_key"];
    Serve::add_user(&bench, "north", &[voice, &["kpi.queue_stints", "--rows", "queue = 'sales'"]]);
    let serve = Serve::start(&bench, &["--http", "127.0.0.1:0"]);
    serve.python(&script(&bench, include_str!("http/login.py")));
}

#[test]
fn an_answer_of_any_size_takes_little_and_is_never_half_of_one() {
    let (bench, serve) = super::served(&["--http", "127.0.0.1:0"]);
    serve.python(&script(&bench, include_str!("http/streams.py")));
}

#[test]
fn with_a_certificate_nothing_is_answered_in_clear() {
    let certificates = Certificates::new();
    let paths =
        [certificates.server_certificate(), certificates.server_key(), certificates.authority()].map(|path| path.display().to_string());
    let tls = ["--tls-cert", &paths[0], "--tls-key", &paths[1], "--http", "127.0.0.1:0", "--plain-http", "--statement-seconds", "2"];
    let (bench, serve) = super::served(&tls);
    serve.python(&format!("AUTHORITY = {:?}\n{}", paths[2], script(&bench, include_str!("http/encrypted.py"))));
}
