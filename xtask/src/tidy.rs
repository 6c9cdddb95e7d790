//! The house rules that a machine can check: sizes, module docs, names, headings, ADR index, arrows. No exemptions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{arrows, functions};

/// Lines a source file may have, docs included.
const FILE_LINES_MAX: usize = 400;
/// Lines a file of tests may have.
const TEST_FILE_LINES_MAX: usize = 600;
/// Lines a function may have, from its signature to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// File stems that say nothing about what is inside.
const DRAWERS: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "stuff"];
/// Words that mark unfinished work; split so that this file passes its own check.
const UNFINISHED: [&str; 4] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];

/// What a merge that was not finished begins its lines with.
const TORN: [&str; 2] = ["<<<<<<< ", ">>>>>>> "];

/// Checks every tracked or new file; the error lists all findings, one a line.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let files = listed(root)?;
    let mut findings = Vec::new();
    for file in &files {
        let Ok(text) = fs::read_to_string(root.join(file)) else { continue };
        match file.extension().and_then(|e| e.to_str()) {
            Some("rs") => check_rust(file, &text, &mut findings),
            Some("md") => check_markdown(file, &text, &mut findings),
            _ => {}
        }
        check_any(file, &text, &mut findings);
    }
    check_adr_index(root, &files, &mut findings);
    arrows::check(root, &mut findings)?;
    if findings.is_empty() {
        println!("tidy: {} files in order", files.len());
        return Ok(());
    }
    Err(format!("{}\ntidy: {} findings", findings.join("\n"), findings.len()))
}

/// Files git tracks or would add.
fn listed(root: &Path) -> Result<Vec<PathBuf>, String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|e| format!("git cannot be run: {e}"))?;
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names.lines().map(PathBuf::from).filter(|p| root.join(p).is_file()).collect())
}

fn is_test_file(file: &Path) -> bool {
    file.components().any(|c| c.as_os_str() == "tests") || file.file_stem().is_some_and(|s| s == "tests")
}

fn check_rust(file: &Path, text: &str, findings: &mut Vec<String>) {
    let name = file.display();
    let count = text.lines().count();
    let most = if is_test_file(file) { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX };
    if count > most {
        findings.push(format!("{name}: {count} lines, at most {most}: split it by idea"));
    }
    if !text.starts_with("//!") {
        findings.push(format!("{name}:1: no module doc: begin with `//!` and say what the file is for"));
    }
    for (line, function, length) in functions::lengths(text) {
        if length > FUNCTION_LINES_MAX {
            findings.push(format!("{name}:{line}: function {function} has {length} lines, at most {FUNCTION_LINES_MAX}"));
        }
    }
    let stem = file.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    if DRAWERS.contains(&stem) {
        findings.push(format!("{name}: '{stem}' is a drawer, not a name"));
    }
    if text.contains("#[ignore") && !file.starts_with("xtask") {
        findings.push(format!("{name}: an ignored test is no test"));
    }
}

fn check_markdown(file: &Path, text: &str, findings: &mut Vec<String>) {
    let mut fenced = false;
    let mut headings = 0;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && line.starts_with("# ") {
            headings += 1;
        }
    }
    if headings != 1 {
        findings.push(format!("{}: {headings} first-level headings, exactly 1 wanted", file.display()));
    }
}

fn check_any(file: &Path, text: &str, findings: &mut Vec<String>) {
    let code = matches!(file.extension().and_then(|e| e.to_str()), Some("rs" | "sql" | "yaml" | "toml" | "py" | "md"));
    if !code {
        return;
    }
    for (index, line) in text.lines().enumerate() {
        if TORN.iter().any(|mark| line.starts_with(mark)) {
            findings.push(format!("{}:{}: a merge was not finished here", file.display(), index + 1));
        }
        for word in UNFINISHED {
            if line.contains(word) {
                findings.push(format!("{}:{}: '{word}' marks unfinished work", file.display(), index + 1));
            }
        }
    }
}

/// Every decision record is linked from the index of its folder.
fn check_adr_index(root: &Path, files: &[PathBuf], findings: &mut Vec<String>) {
    let index = fs::read_to_string(root.join("docs/adr/README.md")).unwrap_or_default();
    for file in files.iter().filter(|f| f.starts_with("docs/adr")) {
        let name = file.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if name != "README.md" && !index.contains(name) {
            findings.push(format!("{}: not linked from docs/adr/README.md", file.display()));
        }
    }
}
