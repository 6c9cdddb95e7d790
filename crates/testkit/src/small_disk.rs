//! A disk of a few megabytes: a memory file system in a mount namespace, which needs no rights beyond an unprivileged user's.
//!
//! ```no_run
//! # use trunkline_testkit::small_disk::SmallDisk;
//! # use std::process::Command;
//! let disk = SmallDisk::mount("/tmp/some/lake", 8 << 20);
//! disk.fill(64 << 10);
//! let mut child = disk.inside(&Command::new("some-program")).spawn().unwrap();
//! disk.free();
//! ```

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::own::OwnChild;

/// What takes the space away, at the top of the disk.
const FILLER: &str = ".filler";

/// A small disk mounted over a folder, seen by the commands of [`SmallDisk::inside`] only. It lives until it is dropped, so several commands
/// can run on it one after the other; everything on it is gone then.
#[derive(Debug)]
pub struct SmallDisk {
    /// Sits in the namespace and keeps it.
    holder: OwnChild,
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts a disk of so many bytes over a folder, which is made if missing; what lies in the folder is copied to the disk first.
    ///
    /// # Panics
    /// The kernel allows no user namespaces: the test cannot run here and must not pass for that.
    #[must_use]
    pub fn mount(folder: impl AsRef<Path>, bytes: u64) -> Self {
        std::fs::create_dir_all(folder.as_ref()).expect("a folder can be made");
        let folder = folder.as_ref().canonicalize().expect("a folder that exists has a path");
        // The new file system is mounted beside the old content (over /mnt, which is the namespace's own), filled and moved into place.
        let script = r#"set -e; mount -t tmpfs -o size="$1",mode=755 tmpfs /mnt; cp -a "$2"/. /mnt/; mount --move /mnt "$2"; echo mounted; exec cat"#;
        let mut holder = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "--propagation", "private", "sh", "-c", script, "sh", &bytes.to_string()])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tests with a small disk need `unshare` of util-linux");
        let mut said = String::new();
        BufReader::new(holder.stdout.take().expect("the pipe was asked for")).read_line(&mut said).expect("a pipe can be read");
        if said.trim() != "mounted" {
            let output = holder.wait_with_output().expect("our own child can be waited for");
            panic!(
                "no small disk: this test needs user and mount namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, \
                 AppArmor's restriction or the container's profile may forbid them): {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Self { holder: OwnChild(holder), folder }
    }

    /// The same command with the same arguments, environment and working folder, on the small disk. The child's process id is the program's
    /// own, so it can be killed; redirect its streams on the command returned.
    #[must_use]
    pub fn inside(&self, command: &Command) -> Command {
        let mut wrapped = Command::new("nsenter");
        wrapped.args(["--preserve-credentials", "--user", "--mount", "--target", &self.holder.id().to_string()]);
        // Entering a mount namespace leaves the working folder behind.
        let at = command.get_current_dir().map_or_else(|| std::env::current_dir().expect("a process has a folder"), Path::to_path_buf);
        wrapped.args(["--", "sh", "-c", r#"cd "$1" && shift && exec "$@""#, "sh"]).arg(at);
        wrapped.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        wrapped
    }

    /// Where the disk can be read and written from outside.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        let inner = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inner)
    }

    /// Takes the space away except for about so many bytes (rounded down to pages of 4 KiB), also while a command runs.
    pub fn fill(&self, leave: u64) {
        self.free();
        let mut file = File::create(self.path().join(FILLER)).expect("a file can be made on the small disk");
        let page = [0; 4096];
        let mut written = 0;
        let full = loop {
            match file.write(&page) {
                Ok(count) => written += count as u64,
                Err(error) => break error,
            }
        };
        assert_eq!(full.kind(), ErrorKind::StorageFull, "the small disk does not fill but fails: {full}");
        let keep = written.saturating_sub(leave).div_ceil(4096) * 4096;
        file.set_len(keep).expect("a file can be made shorter");
    }

    /// Gives the space back that [`SmallDisk::fill`] took, also while a command runs.
    pub fn free(&self) {
        let filler = self.path().join(FILLER);
        if filler.exists() {
            std::fs::remove_file(filler).expect("the filler can be removed");
        }
    }
}

#[cfg(test)]
mod tests;
