//! Debian packages: which a task needs, which are missing, and installing those.
//! It must not install anything it has not named first, and nothing at all when nothing is missing.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::process::{self, say};

/// What compiling and opening the window needs.
pub const BUILD: &[&str] = &["build-essential", "libwebkit2gtk-4.1-dev", "pkg-config"];

/// What a display, a session bus, an unlocked keyring and a driven window need.
/// Not dbus-x11: with it every GTK program without a bus leaves a daemon behind.
pub const WINDOW: &[&str] = &[
    "dbus",
    "fonts-dejavu-core",
    "gnome-keyring",
    "imagemagick",
    "libglib2.0-bin",
    "libsecret-tools",
    "openbox",
    "webkit2gtk-driver",
    "xclip",
    "xdotool",
    "xvfb",
];

/// What a throw-away database cluster needs; any PostgreSQL from 15 on will do.
pub const POSTGRES: &[&str] = &["postgresql"];

/// What stands between a program and PostgreSQL in many a company.
pub const POOLER: &[&str] = &["pgbouncer"];

/// The gateways that ask a server whether a request may pass; the tests put each before a sample service.
/// Only their programs are used: the tests start them on ports and with configurations of their own.
pub const GATEWAYS: &[&str] = &["caddy", "haproxy", "nginx"];

/// What makes a place for Python's packages: the tester of the HTTP interface and some of those it is measured
/// against come from there.
pub const PYTHON: &[&str] = &["python3-venv"];

/// What shows a program another time than the computer's.
pub const CLOCKS: &[&str] = &["faketime"];

/// What says whether the unit that is shipped can be read; nothing of it is started.
pub const UNITS: &[&str] = &["systemd"];

/// What counts the instructions of a verification; used by the bench alone.
pub const INSTRUCTIONS: &[&str] = &["valgrind"];

/// What Debian asks before a package's service is started or stopped. 101: it must not.
const SERVICE_POLICY: &str = "/usr/sbin/policy-rc.d";
const NO_SERVICES: &str = "#!/bin/sh\nexit 101\n";

/// How apt-get may be called here.
#[derive(Debug, PartialEq, Eq)]
enum Rights {
    Root,
    Sudo,
    None,
}

/// Installs those of `packages` that are missing, after saying which.
///
/// On a system without dpkg it only checks that the window's library can be found.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if !process::succeeds(Command::new("dpkg-query").arg("--version")) {
        return on_another_linux(packages);
    }
    let missing = missing(packages)?;
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!("Installing {} Debian package(s): {}", missing.len(), missing.join(" ")));
    let rights = rights();
    if rights == Rights::None {
        bail!(
            "no right to install them and no sudo; run as root:\n    apt-get update && {}",
            process::words(&apt_get(&Rights::Root, &install_arguments(&missing)))
        );
    }
    apt(&rights, &["update"])?;
    let quiet = Quiet::begin(&rights)?;
    let installed = apt(&rights, &install_arguments(&missing));
    // Also when the installation failed half way: a machine without services was not asked for.
    quiet.end(&rights)?;
    installed?;
    stay_off(&rights, &missing);
    Ok(())
}

/// While it stands, no package that is installed starts a service: the tests bring their own, and nobody asked
/// for a web server on port 80.
struct Quiet {
    /// Whether the policy is ours to take away; one that was there already is left alone.
    ours: bool,
}

impl Quiet {
    fn begin(rights: &Rights) -> anyhow::Result<Self> {
        if Path::new(SERVICE_POLICY).exists() {
            return Ok(Self { ours: false });
        }
        let draft = std::env::temp_dir().join(format!("latchkey-policy-{}", std::process::id()));
        std::fs::write(&draft, NO_SERVICES).with_context(|| format!("cannot write {}", draft.display()))?;
        let put =
            process::run(as_root(rights, "install").args(["-m", "755"]).arg(&draft).arg(SERVICE_POLICY));
        // A draft that stays behind harms nobody.
        let _ = std::fs::remove_file(&draft);
        put.with_context(|| format!("cannot keep services from being started: {SERVICE_POLICY}"))?;
        Ok(Self { ours: true })
    }

    fn end(self, rights: &Rights) -> anyhow::Result<()> {
        if !self.ours {
            return Ok(());
        }
        process::run(as_root(rights, "rm").args(["-f", SERVICE_POLICY])).with_context(|| {
            format!("cannot take {SERVICE_POLICY} away again; remove it, or no service starts")
        })
    }
}

/// Keeps the gateways that were just installed from starting with the machine. What was there before is not touched,
/// and a machine without services to turn off is as good.
fn stay_off(rights: &Rights, installed: &[&str]) {
    for gateway in installed.iter().filter(|package| GATEWAYS.contains(package)) {
        let off = as_root(rights, "update-rc.d").args([gateway, "disable"]).output();
        if !off.is_ok_and(|output| output.status.success()) {
            say(&format!("Could not turn the service {gateway} off; it may start with this machine"));
        }
    }
}

/// A command that changes the machine.
fn as_root(rights: &Rights, program: &str) -> Command {
    match rights {
        Rights::Root | Rights::None => Command::new(program),
        Rights::Sudo => {
            let mut sudo = Command::new("sudo");
            sudo.arg(program);
            sudo
        }
    }
}

fn apt(rights: &Rights, arguments: &[&str]) -> anyhow::Result<()> {
    process::run(&mut apt_get(rights, arguments)).context(
        "Debian's packages could not be installed: its own message is above; \
         if another program holds the lock wait for it, \
         if nothing could be downloaded check /etc/apt/sources.list and the proxy, then start this again",
    )
}

fn apt_get(rights: &Rights, arguments: &[&str]) -> Command {
    let mut command = match rights {
        Rights::Root | Rights::None => Command::new("apt-get"),
        Rights::Sudo => {
            let mut sudo = Command::new("sudo");
            // sudo drops the environment, so the setting travels as an argument.
            sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
    };
    // Two minutes: unattended upgrades often hold the lock just after a machine starts.
    command.args(["-o", "DPkg::Lock::Timeout=120", "-q"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
    command
}

fn install_arguments<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    arguments
}

fn missing<'a>(packages: &[&'a str]) -> anyhow::Result<Vec<&'a str>> {
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f=${Package} ${db:Status-Abbrev}\n"]).args(packages);
    // It fails when it does not know one of the names, and still prints the others.
    let output = query.output().context("cannot start dpkg-query")?;
    let installed = installed(&String::from_utf8_lossy(&output.stdout));
    Ok(packages.iter().copied().filter(|package| !installed.contains(*package)).collect())
}

/// The packages that dpkg-query calls wanted and installed (`ii`), or held and installed (`hi`).
fn installed(listing: &str) -> HashSet<String> {
    let mut names = HashSet::new();
    for line in listing.lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some("ii" | "hi")) = (words.next(), words.next()) {
            names.insert(name.to_owned());
        }
    }
    names
}

fn on_another_linux(packages: &[&str]) -> anyhow::Result<()> {
    if packages == BUILD
        && !process::succeeds(Command::new("pkg-config").args(["--exists", "webkit2gtk-4.1"]))
    {
        bail!(
            "this is not Debian and pkg-config does not find webkit2gtk-4.1; \
             install what your system calls these: {}",
            packages.join(" ")
        );
    }
    Ok(())
}

fn rights() -> Rights {
    if is_root() {
        Rights::Root
    } else if process::succeeds(Command::new("sudo").arg("--version")) {
        Rights::Sudo
    } else {
        Rights::None
    }
}

/// Whether this program runs as root, which PostgreSQL refuses to.
#[cfg(unix)]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether this program runs as root, which PostgreSQL refuses to.
#[cfg(not(unix))]
pub fn is_root() -> bool {
    false
}

/// Whether a display is there that a window can open on.
pub fn has_display() -> bool {
    let named = |variable: &str| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || named("DISPLAY") || named("WAYLAND_DISPLAY")
}

/// The folder with PostgreSQL's own programs, the newest version first.
pub fn postgres_programs() -> Option<std::path::PathBuf> {
    let mut versions: Vec<(u32, std::path::PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    if let Some((_, bin)) = versions.pop() {
        return Some(bin);
    }
    let told = process::output(Command::new("pg_config").arg("--bindir")).ok()?;
    let bin = Path::new(told.trim()).to_path_buf();
    bin.join(format!("initdb{}", std::env::consts::EXE_SUFFIX)).exists().then_some(bin)
}

/// The pooler's own program. It is not on the path of an ordinary account.
pub fn pooler_program() -> Option<std::path::PathBuf> {
    program("pgbouncer")
}

/// A program by its name, also where Debian puts what only root's path holds.
pub fn program(name: &str) -> Option<std::path::PathBuf> {
    let mut folders = vec![std::path::PathBuf::from("/usr/sbin")];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// The packages of those gateways that are not here.
pub fn missing_gateways() -> Vec<&'static str> {
    GATEWAYS.iter().copied().filter(|gateway| program(gateway).is_none()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_that_are_wholly_installed_count() {
        let listing = "dbus ii \nxvfb un \nxclip rc \nopenbox iU \nlibgtk ii \nhold hi \n\n";
        let installed = installed(listing);
        let mut names: Vec<&str> = installed.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["dbus", "hold", "libgtk"]);
    }

    #[test]
    fn what_is_printed_for_a_person_without_rights_is_the_command_root_would_run() {
        let command = apt_get(&Rights::Root, &install_arguments(&["xvfb", "dbus"]));
        let words = process::words(&command);
        assert!(words.starts_with("apt-get "), "{words}");
        assert!(words.ends_with("install -y --no-install-recommends xvfb dbus"), "{words}");
    }

    #[test]
    fn sudo_is_told_not_to_ask_questions() {
        let words = process::words(&apt_get(&Rights::Sudo, &["update"]));
        assert!(words.starts_with("sudo DEBIAN_FRONTEND=noninteractive apt-get"), "{words}");
    }

    #[test]
    fn dbus_x11_is_never_installed() {
        let all = [BUILD, WINDOW, POSTGRES, POOLER, GATEWAYS, PYTHON, CLOCKS, UNITS, INSTRUCTIONS].concat();
        assert!(!all.contains(&"dbus-x11"));
    }

    #[test]
    fn a_service_that_is_asked_about_is_not_started() {
        let draft = std::env::temp_dir().join(format!("latchkey-asked-{}", std::process::id()));
        std::fs::write(&draft, NO_SERVICES).unwrap();
        let asked = Command::new("sh").arg(&draft).args(["nginx", "start"]).status().unwrap();
        std::fs::remove_file(&draft).unwrap();
        assert_eq!(asked.code(), Some(101));
    }
}
