//! What the files of the containers must keep to.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::file::{compose, example, filled, read_by_the_build, root, services, strings, text, variables};

fn tools() -> PathBuf {
    PathBuf::from(std::env::var_os("TRUNKLINE_TOOLS").expect("run the tests with `cargo xtask test`: it fetches the schema"))
}

/// What the schema of the Compose specification has against a file.
fn against(compose: &Value) -> String {
    let script = "import json, sys, jsonschema\nschema = json.load(open(sys.argv[1]))\nerrors = jsonschema.Draft7Validator(schema).iter_errors(json.load(sys.stdin))\nprint('\\n'.join(e.json_path + ': ' + e.message for e in errors))\n";
    let mut python = Command::new("python3")
        .args(["-c", script])
        .arg(tools().join("compose/compose/config/compose_spec.json"))
        .env("PYTHONPATH", tools().join("python"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(compose.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "the check itself failed");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_file_is_one_of_the_compose_specification() {
    let mut compose = compose();
    assert_eq!(against(&compose), "");
    compose["services"]["nats"]["health_check"] = json!({});
    assert!(against(&compose).contains("health_check"), "the check takes everything");
}

/// Images that the stages of the Dockerfile begin from, stages of its own left out.
fn bases() -> Vec<String> {
    let dockerfile = text("Dockerfile");
    dockerfile.lines().filter_map(|line| line.strip_prefix("FROM ")).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn every_image_has_one_version() {
    let compose = compose();
    let images = services(&compose).values().map(|service| service["image"].as_str().unwrap().to_owned());
    for image in images.chain(bases()) {
        let tag = image.rsplit_once(':').map(|(_, tag)| tag).unwrap_or_else(|| panic!("{image} has no tag"));
        let is_date = tag.bytes().filter(u8::is_ascii_digit).count() >= 8;
        assert!((is_date || tag.matches('.').count() >= 2) && !tag.contains("latest"), "{image} is not one version");
    }
    // Built with the compiler that the workspace asks for, tested with the server that runs.
    let rust = text("Cargo.toml").split("rust-version = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(bases().iter().any(|base| base.starts_with(&format!("rust:{rust}."))), "{rust}: {:?}", bases());
    let server = Command::new(tools().join("python/bin/nats-server")).arg("--version").output().unwrap();
    let version = String::from_utf8(server.stdout).unwrap().trim().rsplit('v').next().unwrap().to_owned();
    assert!(bases().contains(&format!("nats:{version}-alpine")), "{version}: {:?}", bases());
    // The images are named after what is in them.
    assert_eq!(compose["services"]["nats"]["image"], format!("trunkline/nats:{version}"));
    assert_eq!(compose["services"]["trunkline"]["image"], format!("trunkline/trunkline:{}", env!("CARGO_PKG_VERSION")));
    let minio = compose["services"]["minio"]["image"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(bases().iter().any(|base| base.ends_with(&minio)), "{minio}: {:?}", bases());
}

#[test]
fn every_service_restarts_is_asked_how_it_is_and_may_do_little() {
    let compose = compose();
    for (name, service) in services(&compose) {
        let restart = service["restart"].as_str().unwrap_or_else(|| panic!("{name} has no restart"));
        if restart == "unless-stopped" {
            assert!(strings(&service["healthcheck"]["test"]).len() > 1, "{name} is not asked how it is");
        } else {
            // One that does its work and ends: there is nobody to ask, and that is said.
            assert!(restart.starts_with("on-failure:") && service["healthcheck"]["disable"] == true, "{name}: {restart}");
        }
        let user = service["user"].as_str().unwrap_or_default();
        assert!(user.split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id >= 1_000)), "{name} runs as {user:?}");
        assert_eq!(service["read_only"], true, "{name} may write its own files");
        assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name} keeps capabilities");
        assert_eq!(strings(&service["security_opt"]), ["no-new-privileges:true"], "{name} may gain privileges");
        assert!(service["privileged"].is_null() && service["cap_add"].is_null() && service["network_mode"].is_null(), "{name}");
        for port in strings(&service["ports"]) {
            assert!(port.starts_with("127.0.0.1:"), "{name} is open to the network: {port}");
        }
        for volume in strings(&service["volumes"]) {
            let from = volume.split(':').next().unwrap();
            let is_there = if from.starts_with("./") { root().join(from).exists() } else { compose["volumes"][from].is_object() };
            assert!(is_there, "{name} mounts {from}, which is not there");
            assert!(!from.starts_with("./") || volume.ends_with(":ro"), "{name} may write {from}");
        }
    }
}

#[test]
fn no_password_has_a_default_and_every_variable_is_explained() {
    let (example, compose) = (example(), text("docker-compose.yml"));
    assert!(example.values().all(String::is_empty), "a password in .env.example: {example:?}");
    let used = variables(&compose);
    for (name, rest) in &used {
        assert!(example.contains_key(name) && rest.starts_with(":?") || rest.starts_with(":-") && name.ends_with("_PORT"), "{name}{rest}");
    }
    for name in example.keys() {
        assert!(used.iter().any(|(used, _)| used == name), "{name} is used nowhere");
    }
    assert!(text(".gitignore").lines().any(|line| line == "/.env"), "a filled .env could be committed");
    // What the configurations ask of the environment, compose gives.
    let compose = super::file::compose();
    for entry in std::fs::read_dir(root().join("deploy/pipelines")).unwrap().flatten() {
        for (name, _) in variables(&std::fs::read_to_string(entry.path()).unwrap()) {
            assert!(compose["services"]["trunkline"]["environment"][&name].is_string(), "trunkline is not given {name}");
        }
    }
    for name in text("deploy/nats.conf").split("password: $").skip(1).map(|rest| rest.lines().next().unwrap().to_owned()) {
        assert!(compose["services"]["nats"]["environment"][&name].is_string(), "nats is not given {name}");
    }
}

/// Names behind a mark, as `$NAME` or `environ["NAME"`: capitals, digits and underscores.
fn asked(text: &str, mark: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let names = text.split(mark).skip(1).map(|rest| rest.split(|c| !is_name(c)).next().unwrap().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn what_shows_charts_is_told_where_the_lake_is_and_what_to_show() {
    let compose = compose();
    let given = |service: &str, name: &str| {
        let value = compose["services"][service]["environment"][name].as_str().unwrap_or_else(|| panic!("{service} is not given {name}"));
        filled(value, &example().into_keys().map(|name| (name.clone(), name)).collect())
    };
    let datasource = "docs/connect/grafana/provisioning/datasources/trunkline.yaml";
    let by_grafana = asked(&text(datasource), "$");
    assert!(by_grafana.len() == 3, "{by_grafana:?}");
    for name in &by_grafana {
        let _ = given("grafana", name);
    }
    for name in asked(&text("deploy/superset.sh"), "$").iter().chain(&asked(&text("deploy/superset_config.py"), "environ[\"")) {
        let _ = given("superset", name);
    }
    // Both ask the service that answers, as the same user with the same password, and only after it is there.
    assert_eq!(given("grafana", "TRUNKLINE_ADDRESS"), "serve:5432");
    assert_eq!(given("superset", "TRUNKLINE_ADDRESS"), "serve:5432");
    assert_eq!(given("grafana", "TRUNKLINE_PASSWORD"), given("superset", "BI_PASSWORD"));
    assert!(text("deploy/superset.sh").contains(&format!("#{}:$BI_PASSWORD@", given("grafana", "TRUNKLINE_USER"))));
    for name in ["superset", "grafana"] {
        assert_eq!(compose["services"][name]["depends_on"]["serve"]["condition"], "service_healthy");
        assert!(strings(&compose["services"]["serve"]["profiles"]).contains(&name.to_owned()), "serve is not in profile {name}");
    }
    // The place of the connection that the script fills in is written so in the file; the dashboards lie where Grafana looks.
    let place = text("deploy/superset.sh").split("s#").nth(1).unwrap().split('#').next().unwrap().to_owned();
    assert!(text("docs/connect/superset/databases/Trunkline.yaml").contains(&place), "{place}");
    let provider: Value = serde_saphyr::from_str(&text("docs/connect/grafana/provisioning/dashboards/trunkline.yaml")).unwrap();
    let folder = provider["providers"][0]["options"]["path"].as_str().unwrap();
    let mounts = strings(&compose["services"]["grafana"]["volumes"]);
    let mounted = mounts.iter().find(|mount| mount.ends_with(&format!(":{folder}:ro"))).unwrap();
    let dashboards = std::fs::read_dir(root().join(mounted.split(':').next().unwrap())).unwrap();
    assert!(dashboards.flatten().any(|file| file.path().extension().is_some_and(|end| end == "json")), "{mounted}");
    // Panels ask the data source that is there.
    let source: Value = serde_saphyr::from_str(&text(datasource)).unwrap();
    let dashboard: Value = serde_json::from_str(&text("docs/connect/grafana/dashboards/contact-centre-overview.json")).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert_eq!(panel["targets"][0]["datasource"]["uid"], source["datasources"][0]["uid"], "{}", panel["title"]);
        assert_eq!(panel["targets"][0]["datasource"]["type"], source["datasources"][0]["type"], "{}", panel["title"]);
    }
    // The image is named after what is in it.
    let superset = compose["services"]["superset"]["image"].as_str().unwrap().rsplit(':').next().unwrap();
    assert!(bases().contains(&format!("apache/superset:{superset}")), "{:?}", bases());
}

#[test]
fn the_image_asks_itself_as_compose_does_and_its_build_finds_what_it_reads() {
    let dockerfile = text("Dockerfile");
    let asked = dockerfile.split("HEALTHCHECK").nth(1).and_then(|rest| rest.split("CMD ").nth(1)).unwrap().lines().next().unwrap();
    let asked: Vec<String> = serde_json::from_str(asked).unwrap();
    let by_compose = strings(&compose()["services"]["trunkline"]["healthcheck"]["test"]);
    let by_compose: Vec<String> = by_compose[1..].iter().map(|word| filled(word, &[].into())).collect();
    assert_eq!(asked, by_compose);
    let ignored = text(".dockerignore");
    let has = |name: &str| ignored.lines().any(|line| line == format!("!{name}"));
    for name in read_by_the_build().iter().map(String::as_str).chain(["Cargo.toml", "Cargo.lock"]) {
        assert!(has(name), "the build reads {name}, and .dockerignore keeps it out");
    }
}
