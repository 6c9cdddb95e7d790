//! PostgreSQL's ODBC driver, with the driver manager it needs: of the registries only Debian's and those like it have them. They are fetched and
//! unpacked below `target/tools`; nothing of the machine is changed, and nobody has to be root.

use std::path::Path;
use std::process::Command;

/// The driver, what asks it, and what both load. The driver's libpq is the one that psql came with.
pub(crate) const PACKAGES: [&str; 4] = ["odbc-postgresql", "libodbc2", "libodbcinst2", "libltdl7"];

/// Fetches the packages into `folder`; the libraries are then in its `usr/lib`.
///
/// # Errors
/// No apt, or packages that it cannot fetch.
pub(crate) fn fetch(folder: &Path) -> Result<(), String> {
    let (lists, cache) = (folder.join("lists"), folder.join("cache"));
    for needed in [lists.join("partial"), cache.join("archives/partial")] {
        std::fs::create_dir_all(&needed).map_err(|e| format!("{}: {e}", needed.display()))?;
    }
    let apt = |arguments: &[&str]| {
        let own = |name: &str, path: &Path| format!("{name}={}", path.display());
        let settings =
            [own("Dir::State::Lists", &lists), own("Dir::Cache", &cache), "APT::Sandbox::User=".into(), "Acquire::Retries=3".into()];
        let settings = settings.iter().flat_map(|setting| ["-o", setting]);
        run(Command::new("apt-get").arg("-qq").args(settings).args(arguments).current_dir(folder))
    };
    apt(&["update"])?;
    apt(&[&["download"], &PACKAGES[..]].concat())?;
    let packages = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for package in packages.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "deb"))
    {
        run(Command::new("dpkg").arg("-x").arg(&package).arg(folder))?;
        std::fs::remove_file(&package).map_err(|e| format!("{}: {e}", package.display()))?;
    }
    for done in [lists, cache] {
        std::fs::remove_dir_all(&done).map_err(|e| format!("{}: {e}", done.display()))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let needed = format!("the tests need PostgreSQL's ODBC driver from the packages {}", PACKAGES.join(", "));
    let output = command.output().map_err(|e| format!("{needed}, and {name} to fetch them, as Debian and Ubuntu have it: {e}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{needed}; {name} said: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
