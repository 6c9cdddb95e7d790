//! docker-compose.yml and the files beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// The folder of the repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// A file of the repository.
pub(super) fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// docker-compose.yml, with variables as they are written.
pub(super) fn compose() -> Value {
    serde_saphyr::from_str(&text("docker-compose.yml")).unwrap()
}

/// The services by name.
pub(super) fn services(compose: &Value) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

/// The strings of a list.
pub(super) fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// Variables of a text: name, and what stands behind it in the braces.
pub(super) fn variables(text: &str) -> Vec<(String, String)> {
    let inside = text.split("${").skip(1).map(|rest| rest.split('}').next().unwrap());
    inside
        .map(|inside| {
            let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
            (inside[..end].to_owned(), inside[end..].to_owned())
        })
        .collect()
}

/// Names in .env.example, with what stands behind them.
pub(super) fn example() -> BTreeMap<String, String> {
    let text = text(".env.example");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once('=').unwrap_or_else(|| panic!("{line}")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A string as compose would give it to a container: variables from `env`, `$$` a dollar.
pub(super) fn filled(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut out = text.to_owned();
    for (name, rest) in variables(text) {
        let value = env.get(&name).cloned().or_else(|| rest.strip_prefix(":-").map(str::to_owned));
        out = out.replace(&format!("${{{name}{rest}}}"), &value.unwrap_or_else(|| panic!("compose would refuse to start without {name}")));
    }
    out.replace("$$", "$")
}

/// Top folders of the repository that the build reads: members of the workspace, and what is compiled in.
pub(super) fn read_by_the_build() -> BTreeSet<String> {
    let manifest = text("Cargo.toml");
    let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
    let mut found: BTreeSet<String> =
        members.split('"').skip(1).step_by(2).map(|member| member.split('/').next().unwrap().to_owned()).collect();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for included in text.split("include_str!(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
                    let target = path.parent().unwrap().join(included).canonicalize();
                    let inside = target.ok().and_then(|target| Some(target.strip_prefix(root().canonicalize().ok()?).ok()?.to_path_buf()));
                    found.extend(inside.and_then(|inside| Some(inside.iter().next()?.to_str()?.to_owned())));
                }
            }
        }
    }
    found
}
