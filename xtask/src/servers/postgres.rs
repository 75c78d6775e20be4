// A PostgreSQL cluster of our own: made, started on a free port of this machine, thrown away.
// It must not touch a cluster that was there before.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::{last_words, tied};
use crate::machine;
use crate::process::{self, Ending, Server};

/// The one who owns the cluster; it may create databases.
const USER: &str = "latchkey";
const STARTED_WITHIN: Duration = Duration::from_secs(30);
/// Somebody else can take the free port before PostgreSQL does.
const TRIES: usize = 3;
/// PostgreSQL refuses to run as root; "nobody" has this number on every Linux.
#[cfg(unix)]
const NOBODY: u32 = 65534;
const AS_NOBODY: &[&str] = &["--reuid=65534", "--regid=65534", "--clear-groups"];
/// Each test has a pool of its own, so there are more connections than an ordinary server has.
const CONNECTIONS: &str = "max_connections=300";
/// What is lost in a crash of the machine was to be thrown away in any case.
const FAST: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// A running cluster.
pub struct Postgres {
    port: u16,
    _server: Server,
}

impl Postgres {
    /// Makes a cluster in `folder`, which must be empty, and starts it. A durable one waits for the disk at
    /// every commit, as a real one does.
    pub fn start(folder: &Path, durable: bool) -> anyhow::Result<Self> {
        let settings = if durable { &[] } else { FAST };
        let programs = machine::postgres_programs().context(
            "PostgreSQL's programs (initdb, postgres) are not found; install PostgreSQL 15 or newer, \
             or name a server with LATCHKEY_TEST_POSTGRES=postgres://user@host/database",
        )?;
        give_away(folder)?;
        let data = folder.join("data");
        let mut initdb = command(&programs, "initdb");
        initdb.arg("-D").arg(&data).args([
            "-U",
            USER,
            "-A",
            "trust",
            "--no-sync",
            "--no-locale",
            "-E",
            "UTF8",
        ]);
        process::output(initdb.current_dir(folder)).context("PostgreSQL could not make a cluster")?;
        for _ in 1..TRIES {
            if let Ok(started) = Self::serve(&programs, folder, &data, settings) {
                return Ok(started);
            }
        }
        Self::serve(&programs, folder, &data, settings)
    }

    /// Where the tests connect.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    fn serve(programs: &Path, folder: &Path, data: &Path, settings: &[&str]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let log = folder.join("log");
        let file = File::create(&log).context("cannot make PostgreSQL's log")?;
        let mut postgres = command(programs, "postgres");
        postgres.arg("-D").arg(data).arg("-k").arg(folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in settings.iter().chain(&[CONNECTIONS]) {
            postgres.args(["-c", setting]);
        }
        postgres.current_dir(folder).stdin(Stdio::null());
        postgres.stdout(file.try_clone().context("cannot share PostgreSQL's log")?).stderr(file);
        let mut server = Server::start(&mut postgres, Ending::Quick)?;
        let mut asked = Command::new(programs.join("pg_isready"));
        asked.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string(), "-U", USER]);
        let answered =
            process::wait_until(STARTED_WITHIN, || !server.is_running() || process::succeeds(&mut asked));
        if !answered || !server.is_running() {
            bail!("PostgreSQL did not start; its log ends:\n{}", last_words(&log));
        }
        Ok(Self { port, _server: server })
    }
}

fn command(programs: &Path, name: &str) -> Command {
    let program: PathBuf = programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    tied(program, if machine::is_root() { AS_NOBODY } else { &[] })
}

fn free_port() -> anyhow::Result<u16> {
    let socket = TcpListener::bind("127.0.0.1:0").context("no free port for PostgreSQL")?;
    Ok(socket.local_addr().context("no free port for PostgreSQL")?.port())
}

#[cfg(unix)]
fn give_away(folder: &Path) -> anyhow::Result<()> {
    if machine::is_root() {
        std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY))
            .context("cannot give PostgreSQL its folder")?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn give_away(_folder: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_while_it_is_held_and_is_gone_after() {
        let folder = tempfile::tempdir().unwrap();
        let inside = super::super::room(folder.path(), "postgres").unwrap();
        let postgres = Postgres::start(&inside, false).unwrap();
        let programs = machine::postgres_programs().unwrap();
        let mut asked = Command::new(programs.join("psql"));
        asked.args(["-At", "-c", "create database one", "-c", "select current_user", &postgres.url()]);
        assert_eq!(process::output(&mut asked).unwrap().lines().last(), Some(USER));
        drop(postgres);
        assert!(!process::succeeds(&mut asked), "PostgreSQL still answers");
    }
}
