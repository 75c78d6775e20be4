//! pgbouncer in front of a PostgreSQL of ours, pooling by the transaction: what Debian ships and companies
//! run. Debian's own service is left as it is.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};

use super::postgres::USER;
use super::{last_words, unprivileged};
use crate::machine;
use crate::process::{self, Ending, Server};

const STARTED_WITHIN: Duration = Duration::from_secs(10);
/// Somebody else can take the free port before pgbouncer does.
const TRIES: usize = 3;

/// What it does with the settings that a client asks for when it connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It refuses those that it does not know, as it does out of the box.
    Refused,
    /// It drops them without a word, as many are told to.
    Dropped,
}

/// A running pooler.
pub struct PgBouncer {
    port: u16,
    _server: Server,
}

impl PgBouncer {
    /// Starts it in front of the PostgreSQL on `postgres_port`; its files lie in `folder`, which must be empty.
    pub fn start(folder: &Path, postgres_port: u16, unknown: Unknown) -> anyhow::Result<Self> {
        let program = machine::pooler_program()
            .context("pgbouncer is not found; install it, or name one with LATCHKEY_TEST_PGBOUNCER")?;
        unprivileged::give_away(folder)?;
        for _ in 1..TRIES {
            if let Ok(started) = Self::serve(&program, folder, postgres_port, unknown) {
                return Ok(started);
            }
        }
        Self::serve(&program, folder, postgres_port, unknown)
    }

    /// Where clients connect; a database's name is to be put at the end.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/", self.port)
    }

    fn serve(program: &Path, folder: &Path, postgres_port: u16, unknown: Unknown) -> anyhow::Result<Self> {
        let port = unprivileged::free_port()?;
        let settings = folder.join("pgbouncer.ini");
        let users = folder.join("users.txt");
        fs::write(&users, format!("\"{USER}\" \"\"\n")).context("cannot write pgbouncer's users")?;
        fs::write(&settings, text(port, postgres_port, &users, unknown))
            .context("cannot write pgbouncer's settings")?;
        let log = folder.join("log");
        let file = File::create(&log).context("cannot make pgbouncer's log")?;
        let mut pgbouncer = unprivileged::command(program);
        pgbouncer.arg("-q").arg(&settings).current_dir(folder).stdin(Stdio::null());
        pgbouncer.stdout(file.try_clone().context("cannot share pgbouncer's log")?).stderr(file);
        let mut server = Server::start(&mut pgbouncer, Ending::Quick)?;
        let answers = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        let came = process::wait_until(STARTED_WITHIN, || !server.is_running() || answers());
        if !came || !server.is_running() {
            bail!("pgbouncer did not start; its log ends:\n{}", last_words(&log));
        }
        Ok(Self { port, _server: server })
    }
}

/// Few connections to the server, so that clients do share them; idle ones are given back at once, since
/// every test has a database of its own.
fn text(port: u16, postgres_port: u16, users: &Path, unknown: Unknown) -> String {
    let ignored = match unknown {
        Unknown::Refused => "",
        Unknown::Dropped => "ignore_startup_parameters = extra_float_digits,options\n",
    };
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={postgres_port}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = trust\n\
         auth_file = {}\n\
         pool_mode = transaction\n\
         max_client_conn = 500\n\
         default_pool_size = 4\n\
         server_idle_timeout = 2\n\
         {ignored}",
        users.display()
    )
}

#[cfg(test)]
mod tests {
    use super::super::{postgres::Postgres, room};
    use super::*;
    use std::process::Command;

    #[test]
    fn a_pooler_refuses_the_settings_it_does_not_know_or_drops_them() {
        let folder = tempfile::tempdir().unwrap();
        let postgres = Postgres::start(&room(folder.path(), "postgres").unwrap(), false).unwrap();
        for (name, unknown, answer) in
            [("refusing", Unknown::Refused, None), ("dropping", Unknown::Dropped, Some("UTF8"))]
        {
            let inside = room(folder.path(), name).unwrap();
            let pooler = PgBouncer::start(&inside, postgres.port(), unknown).unwrap();
            let mut asked = Command::new("psql");
            asked.args(["-At", "-c", "SHOW client_encoding", &format!("{}postgres", pooler.url())]);
            asked.env("PGCLIENTENCODING", "UTF8").env("PGOPTIONS", "-c latchkey.direct=1");
            assert_eq!(process::output(&mut asked).ok().as_deref().map(str::trim), answer);
        }
    }
}
