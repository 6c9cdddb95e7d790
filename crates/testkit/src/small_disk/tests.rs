//! The disk is small for those inside, absent for those outside, and can be filled and freed under a running command.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::SmallDisk;

#[test]
fn a_command_runs_out_of_space_and_finds_it_again_when_it_is_freed() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = folder.path().join("lake");
    std::fs::create_dir(&lake).expect("a folder");
    std::fs::write(lake.join("old"), "kept").expect("written");
    let disk = SmallDisk::mount(&lake, 4 << 20);
    disk.fill(64 << 10);
    // Tries to write a megabyte for every line it is sent, and says whether it could.
    let script = r#"while read -r line; do if head -c 1048576 /dev/zero >new 2>/dev/null; then echo written; else echo full; fi; done"#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(&lake);
    let mut child = disk.inside(&command).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = child.stdin.take().expect("a pipe");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut attempt = || {
        input.write_all(b"go\n").expect("it reads");
        lines.next().expect("it answers").expect("text")
    };
    assert_eq!(attempt(), "full");
    disk.free();
    assert_eq!(attempt(), "written");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    assert_eq!(std::fs::metadata(disk.path().join("new")).expect("seen from outside").len(), 1 << 20);
    assert_eq!(std::fs::read_to_string(disk.path().join("old")).expect("copied"), "kept");
    assert!(!lake.join("new").exists(), "what is written inside shows outside the namespace");
}

#[test]
fn the_child_is_the_program_itself_with_its_arguments_and_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(folder.path(), 1 << 20);
    let mut command = Command::new("sh");
    command.args(["-c", r#"echo "$$ $WORD $1 $PWD""#, "sh", "two words"]).env("WORD", "set").current_dir(folder.path());
    let child = disk.inside(&command).stdout(Stdio::piped()).spawn().expect("it starts");
    let pid = child.id();
    let said = String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("text");
    assert_eq!(said.trim(), format!("{pid} set two words {}", folder.path().display()));
}
