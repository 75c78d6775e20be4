//! A PostgreSQL of a test's own that stands still, loses its power and comes back, and what its administrator does to
//! those who listen. Knows no key.

use std::fs;
use std::path::PathBuf;

use latchkey_tests::new_database_on;
use latchkey_tests::replicas::Ground;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use xtask::servers::postgres::Postgres;
use xtask::servers::room as folder_for;

/// The cluster.
pub struct Database {
    pub cluster: Postgres,
    data: PathBuf,
    _folder: TempDir,
}

/// While this lives, no process of the cluster does anything.
pub struct Still(Vec<Pid>);

impl Database {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let room = folder_for(folder.path(), "postgres").unwrap();
        let cluster = Postgres::start(&room, true).unwrap();
        Self { cluster, data: room.join("data"), _folder: folder }
    }

    /// A store in it.
    pub async fn ground(&self) -> Ground {
        Ground::in_database(new_database_on(&self.cluster.url()).await)
    }

    /// Stops every process of it where it is.
    pub fn hold(&self) -> Still {
        let first = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        let first: i32 = first.lines().next().unwrap().parse().unwrap();
        let mut still = Still(vec![Pid::from_raw(first).unwrap()]);
        // It makes no more processes from then on.
        kill_process(still.0[0], Signal::STOP).unwrap();
        for number in fs::read_dir("/proc").unwrap().flatten() {
            let Some(id) = number.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // One may end meanwhile.
            let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
            let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
            if parent == Some(&first.to_string()) {
                still.0.extend(Pid::from_raw(id));
            }
        }
        for id in &still.0[1..] {
            let _ = kill_process(*id, Signal::STOP);
        }
        still
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        for id in self.0.iter().rev() {
            let _ = kill_process(*id, Signal::CONT);
        }
    }
}

/// Ends the connections of this database that listen; answers how many there were.
pub async fn end_listeners(administrator: &mut PgConnection) -> usize {
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'";
    sqlx::query_as::<_, (bool,)>(end).fetch_all(administrator).await.unwrap().len()
}

/// The database as its administrator sees it.
pub async fn administrator(store: &str) -> PgConnection {
    PgConnection::connect(store).await.unwrap()
}
