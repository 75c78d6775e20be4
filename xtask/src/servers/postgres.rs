//! A PostgreSQL cluster of our own: made, started on a free port of this machine, killed, started again,
//! copied as a standby, thrown away. It must not touch a cluster that was there before.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use super::{last_words, unprivileged};
use crate::certificates::{Authority, for_client, for_server};
use crate::machine;
use crate::process::{self, Ending, Server};

/// The one who owns the cluster; it may create databases, and needs no password.
pub const USER: &str = "latchkey";
/// A role of this name, if a test makes it, must show the certificate in `client.pem` as well.
pub const CERTIFIED: &str = "certified";
const STARTED_WITHIN: Duration = Duration::from_mins(3);
/// Somebody else can take the free port before PostgreSQL does.
const TRIES: usize = 3;
/// Each test has a pool of its own, so there are more connections than an ordinary server has.
const CONNECTIONS: &str = "max_connections=400";
/// Names of files, so that a standby finds its own copies.
const TLS: &[&str] = &["ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key", "ssl_ca_file=ca.pem"];
/// What is lost in a crash of the machine was to be thrown away in any case.
const FAST: &[&str] = &["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

/// Who may come in: the first line that fits counts.
const WHO_MAY_CONNECT: &str = "\
local   all         all                      trust
host    all         latchkey   127.0.0.1/32  trust
host    replication latchkey   127.0.0.1/32  trust
hostssl all         certified  127.0.0.1/32  scram-sha-256 clientcert=verify-full
host    all         certified  127.0.0.1/32  reject
host    all         all        127.0.0.1/32  scram-sha-256
";

/// A cluster that runs, or can be started again.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    durable: bool,
    port: u16,
    server: Option<Server>,
}

impl Postgres {
    /// Makes a cluster in `folder`, which must be empty, and starts it. A durable one waits for the disk at
    /// every commit, as a real one does.
    ///
    /// Start it from a thread that lives as long as the cluster shall: the kernel ends it with that thread.
    pub fn start(folder: &Path, durable: bool) -> anyhow::Result<Self> {
        let mut cluster = Self::new(folder, durable)?;
        let data = cluster.data();
        let mut initdb = cluster.command("initdb");
        initdb.arg("-D").arg(&data).args(["-U", USER, "-A", "trust", "--no-sync", "--no-locale"]);
        process::output(initdb.args(["-E", "UTF8"])).context("PostgreSQL could not make a cluster")?;
        fs::write(data.join("pg_hba.conf"), WHO_MAY_CONNECT).context("cannot say who may connect")?;
        cluster.certify()?;
        cluster.serve_somewhere()?;
        Ok(cluster)
    }

    /// A copy that follows this cluster and allows no change (a hot standby), in `folder`, which must be empty.
    pub fn standby(&self, folder: &Path) -> anyhow::Result<Self> {
        let mut standby = Self::new(folder, self.durable)?;
        let mut copy = standby.command("pg_basebackup");
        copy.arg("-D").arg(standby.data()).args(["-R", "-X", "stream", "-c", "fast", "--no-sync"]);
        copy.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER]);
        process::output(&mut copy).context("PostgreSQL could not copy the cluster")?;
        standby.serve_somewhere()?;
        Ok(standby)
    }

    /// Where the tests connect.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The same for one of its databases.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// The port, which stays the same when it is started again.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The PEM file of the authority that signed the server's certificate, which is for `localhost` and
    /// `127.0.0.1`. Beside it lie `client.pem` and `client.key`, for the role [`CERTIFIED`].
    pub fn authority(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Kills every process of it at once, as a power cut does.
    #[cfg(target_os = "linux")]
    pub fn cut_power(&mut self) {
        if let Some(server) = self.server.take() {
            server.cut_power();
        }
    }

    /// Stops it in order, without waiting for its clients.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.end(Ending::Soon);
        }
    }

    /// Starts it again on the same port.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        // The processes of one that was killed may hold its memory for a moment longer.
        let mut started = Ok(());
        let came = process::wait_until(STARTED_WITHIN, || {
            started = self.serve(self.port);
            started.is_ok()
        });
        if came { Ok(()) } else { started }
    }

    fn new(folder: &Path, durable: bool) -> anyhow::Result<Self> {
        let programs = machine::postgres_programs().context(
            "PostgreSQL's programs (initdb, postgres) are not found; install PostgreSQL 15 or newer, \
             or name a server with LATCHKEY_TEST_POSTGRES=postgres://user@host/database",
        )?;
        unprivileged::give_away(folder)?;
        Ok(Self { programs, folder: folder.to_path_buf(), durable, port: 0, server: None })
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Writes the server's certificate, and the client's for tests.
    fn certify(&self) -> anyhow::Result<()> {
        let authority = Authority::new("Latchkey's tests")?;
        let server = authority.sign(&for_server(&["localhost", "127.0.0.1"])?)?;
        let client = authority.sign(&for_client(CERTIFIED))?;
        let data = self.data();
        for (path, text, private) in [
            (self.authority(), authority.pem(), false),
            (data.join("ca.pem"), authority.pem(), false),
            (data.join("server.pem"), &server.certificate, false),
            (data.join("server.key"), &server.key, true),
            (self.folder.join("client.pem"), &client.certificate, false),
            (self.folder.join("client.key"), &client.key, true),
        ] {
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            if private {
                close(&path)?;
            }
            unprivileged::give_away(&path)?;
        }
        Ok(())
    }

    fn serve_somewhere(&mut self) -> anyhow::Result<()> {
        for _ in 1..TRIES {
            if self.serve(unprivileged::free_port()?).is_ok() {
                return Ok(());
            }
        }
        self.serve(unprivileged::free_port()?)
    }

    fn serve(&mut self, port: u16) -> anyhow::Result<()> {
        let log = self.folder.join("log");
        let file = File::options().create(true).append(true).open(&log);
        let file = file.context("cannot make PostgreSQL's log")?;
        let mut postgres = self.command("postgres");
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        postgres.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        let speed = if self.durable { &[] } else { FAST };
        for setting in speed.iter().chain(TLS).chain(&[CONNECTIONS]) {
            postgres.args(["-c", setting]);
        }
        postgres.stdin(Stdio::null());
        postgres.stdout(file.try_clone().context("cannot share PostgreSQL's log")?).stderr(file);
        let mut server = Server::start(&mut postgres, Ending::Quick)?;
        let mut asked = Command::new(self.programs.join("pg_isready"));
        asked.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string(), "-U", USER]);
        let answered =
            process::wait_until(STARTED_WITHIN, || !server.is_running() || process::succeeds(&mut asked));
        if !answered || !server.is_running() {
            bail!("PostgreSQL did not start; its log ends:\n{}", last_words(&log));
        }
        self.port = port;
        self.server = Some(server);
        Ok(())
    }

    fn command(&self, name: &str) -> Command {
        let program = self.programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let mut command = unprivileged::command(&program);
        command.current_dir(&self.folder);
        command
    }
}

/// PostgreSQL refuses a private key that others may read.
#[cfg(unix)]
fn close(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot close {}", path.display()))
}

#[cfg(not(unix))]
fn close(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::room;
    use super::*;

    fn psql(url: &str, statements: &[&str]) -> anyhow::Result<String> {
        let mut asked = Command::new(machine::postgres_programs().unwrap().join("psql"));
        for statement in statements {
            asked.args(["-c", statement]);
        }
        Ok(process::output(asked.args(["-qAt", url]))?.trim().to_owned())
    }

    #[test]
    fn a_cluster_answers_while_it_is_held_and_is_gone_after() {
        let folder = tempfile::tempdir().unwrap();
        let inside = room(folder.path(), "postgres").unwrap();
        let postgres = Postgres::start(&inside, false).unwrap();
        let url = postgres.url();
        assert_eq!(psql(&url, &["create database one", "select current_user"]).unwrap(), USER);
        drop(postgres);
        assert!(psql(&url, &["select 1"]).is_err(), "PostgreSQL still answers");
    }

    #[test]
    fn a_cluster_speaks_tls_with_a_valid_certificate_and_asks_others_for_their_password() {
        let folder = tempfile::tempdir().unwrap();
        let postgres = Postgres::start(&room(folder.path(), "postgres").unwrap(), false).unwrap();
        let authority = postgres.authority();
        let verified = format!("{}?sslmode=verify-full&sslrootcert={}", postgres.url(), authority.display());
        let encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assert_eq!(psql(&verified, &["create role ann login password 'right'", encrypted]).unwrap(), "t");
        for (password, let_in) in [("right", true), ("wrong", false)] {
            let url = verified.replace(USER, &format!("ann:{password}"));
            assert_eq!(psql(&url, &["select 1"]).is_ok(), let_in, "{password}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_cluster_keeps_what_was_committed_when_its_power_is_cut_and_a_standby_follows_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut postgres = Postgres::start(&room(folder.path(), "postgres").unwrap(), true).unwrap();
        psql(&postgres.url(), &["create table kept as select 7 as number"]).unwrap();
        postgres.cut_power();
        assert!(psql(&postgres.url(), &["select 1"]).is_err());
        postgres.start_again().unwrap();
        assert_eq!(psql(&postgres.url(), &["table kept"]).unwrap(), "7");
        let standby = postgres.standby(&room(folder.path(), "standby").unwrap()).unwrap();
        let follows = ["select pg_is_in_recovery()", "table kept"];
        assert_eq!(psql(&standby.url(), &follows).unwrap(), "t\n7");
        postgres.stop();
        assert!(psql(&postgres.url(), &["select 1"]).is_err());
        postgres.start_again().unwrap();
        assert_eq!(psql(&postgres.url(), &["table kept"]).unwrap(), "7");
    }
}
