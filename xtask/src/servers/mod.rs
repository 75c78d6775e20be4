//! The servers that tests and benchmarks need, started together, told to a command through its
//! environment, and gone with their files when the value is dropped.
//! It must not know which tests there are.

mod desktop_session;
pub mod pgbouncer;
pub mod postgres;
mod unprivileged;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::process;
use desktop_session::DesktopSession;
use pgbouncer::{PgBouncer, Unknown};
use postgres::Postgres;

/// Where tests find PostgreSQL: a URL of a database whose user may create databases.
pub const POSTGRES_URL: &str = "LATCHKEY_TEST_POSTGRES";
/// Where tests find the certificate of the authority that signed that server's.
pub const POSTGRES_AUTHORITY: &str = "LATCHKEY_TEST_POSTGRES_CA";
/// Where tests find that server through a pooler: a URL that a database's name is put after.
pub const POOLER_URL: &str = "LATCHKEY_TEST_PGBOUNCER";

/// What a command needs beside it.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// A display, a session bus, a window manager and an unlocked keyring.
    pub window: bool,
    /// A pooler in front of PostgreSQL.
    pub pooler: bool,
    /// PostgreSQL waits for the disk, as a real one does; tests need not.
    pub durable: bool,
}

/// Running servers; dropping them stops them and removes their files.
pub struct Servers {
    environment: Vec<(&'static str, OsString)>,
    // Fields are dropped in this order: servers before the folder they write to.
    _session: Option<DesktopSession>,
    _pooler: Option<PgBouncer>,
    _postgres: Option<Postgres>,
    _folder: tempfile::TempDir,
}

impl Servers {
    /// Starts PostgreSQL (unless a URL is given in the environment) and, if wanted, a pooler in front of it and
    /// a desktop session.
    pub fn start(wanted: Wanted) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("latchkey-servers-")
            .tempdir()
            .context("cannot make a folder for the test servers")?;
        let mut environment = Vec::new();
        let mut postgres = None;
        let mut pooler = None;
        if std::env::var_os(POSTGRES_URL).is_some() {
            process::say(
                "Using the PostgreSQL that LATCHKEY_TEST_POSTGRES names, and what LATCHKEY_TEST_POSTGRES_CA \
                 and LATCHKEY_TEST_PGBOUNCER say of it",
            );
        } else {
            process::say("Starting a throw-away PostgreSQL");
            let started = Postgres::start(&room(folder.path(), "postgres")?, wanted.durable)?;
            environment.push((POSTGRES_URL, started.url().into()));
            environment.push((POSTGRES_AUTHORITY, started.authority().into()));
            if wanted.pooler {
                process::say("Starting a pooler in front of it");
                let inside = room(folder.path(), "pooler")?;
                let before = PgBouncer::start(&inside, started.port(), Unknown::Refused)?;
                environment.push((POOLER_URL, before.url().into()));
                pooler = Some(before);
            }
            postgres = Some(started);
        }
        let session = if wanted.window {
            process::say("Starting a display, a session bus and a keyring");
            let session = DesktopSession::start(&room(folder.path(), "session")?)?;
            environment.extend(session.environment());
            Some(session)
        } else {
            None
        };
        Ok(Self { environment, _session: session, _pooler: pooler, _postgres: postgres, _folder: folder })
    }

    /// Tells a command where the servers are.
    pub fn tell(&self, command: &mut Command) {
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        for name in desktop_session::UNSET {
            if !self.environment.iter().any(|(set, _)| set == name) {
                command.env_remove(name);
            }
        }
    }
}

/// A new folder below `parent` that others may enter but not list, since PostgreSQL may run as
/// another user than this program.
pub fn room(parent: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let room = parent.join(name);
    fs::create_dir(&room).with_context(|| format!("cannot make {}", room.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(parent, fs::Permissions::from_mode(0o711))
            .with_context(|| format!("cannot open {}", parent.display()))?;
        fs::set_permissions(&room, fs::Permissions::from_mode(0o700))
            .with_context(|| format!("cannot close {}", room.display()))?;
    }
    Ok(room)
}

/// A command whose program is ended by the kernel if this one dies without cleaning up.
///
/// `setpriv` comes with every Linux of the last years; where it is missing, or on another
/// system, a killed xtask leaves its servers behind.
fn tied(program: impl AsRef<std::ffi::OsStr>, privileges: &[&str]) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=TERM").args(privileges).arg("--").arg(program);
    command
}

/// The end of a server's log, for the error that says it did not start.
fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
