//! Which crate may depend on which: the table of docs/architecture.md, held against the manifests.

use std::fs;
use std::path::Path;

/// Allowed arrows; a crate missing here may not exist. Dev-dependencies may add `testkit` anywhere.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("events", &[]),
    ("http", &[]),
    ("simulate", &["events"]),
    ("ingest", &["events", "http"]),
    ("storage", &["events"]),
    ("facts", &["events", "storage"]),
    ("query", &["storage", "events"]),
    ("serve", &["query", "http"]),
    ("cli", &["events", "simulate", "ingest", "storage", "facts", "query", "serve"]),
    ("testkit", &["events", "storage"]),
    ("tests", &["cli", "testkit", "events", "simulate", "ingest", "storage", "facts", "query"]),
    ("xtask", &[]),
];

/// Libraries that must never appear in a crate's manifest, with the reason.
const FORBIDDEN: [(&str, &str, &str); 5] = [
    ("events", "arrow", "the vocabulary is pure"),
    ("events", "tokio", "the vocabulary is pure"),
    ("ingest", "datafusion", "collecting knows no SQL engine"),
    ("ingest", "deltalake-core", "collecting knows no table format"),
    ("query", "async-nats", "querying knows no bus"),
];

/// Adds a finding for every arrow that is not allowed.
pub(crate) fn check(root: &Path, findings: &mut Vec<String>) -> Result<(), String> {
    let mut manifests = vec![root.join("tests/Cargo.toml"), root.join("xtask/Cargo.toml")];
    let crates = fs::read_dir(root.join("crates")).map_err(|e| format!("crates/ cannot be read: {e}"))?;
    manifests.extend(crates.flatten().map(|entry| entry.path().join("Cargo.toml")).filter(|m| m.is_file()));
    for manifest in manifests {
        let folder = manifest.parent().and_then(Path::file_name).and_then(|n| n.to_str()).unwrap_or_default().to_string();
        let text = fs::read_to_string(&manifest).map_err(|e| format!("{}: {e}", manifest.display()))?;
        check_manifest(&folder, &text, findings);
    }
    Ok(())
}

fn check_manifest(folder: &str, text: &str, findings: &mut Vec<String>) {
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == folder) else {
        findings.push(format!("crate '{folder}': not in the table of arrows; a new crate needs an ADR"));
        return;
    };
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        if !section.contains("dependencies") || name.is_empty() {
            continue;
        }
        let ours = if name == "trunkline" { Some("cli") } else { name.strip_prefix("trunkline-") };
        let dev_only = section.contains("dev-dependencies");
        if let Some(target) = ours
            && !allowed.contains(&target)
            && !(dev_only && target == "testkit")
        {
            findings.push(format!("crate '{folder}' -> '{target}': this arrow is not allowed"));
        }
        for (owner, library, reason) in FORBIDDEN {
            if owner == folder && library == name && !dev_only {
                findings.push(format!("crate '{folder}' uses '{library}': {reason}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_manifest;

    #[test]
    fn a_backward_arrow_and_a_forbidden_library_are_found() {
        let mut findings = Vec::new();
        check_manifest("events", "[dependencies]\ntrunkline-query.workspace = true\ntokio = \"1\"\n", &mut findings);
        assert_eq!(findings.len(), 2, "{findings:?}");
    }
}
