//! How something is measured: wall time, the CPU time of this process and of PostgreSQL's, and what a
//! series comes to (median, 95th percentile). Knows nothing of what is measured.

use std::pin::Pin;
use std::time::Instant;

use latchkey_store::{PostgresPlace, StoreUrl};
use sqlx::Connection as _;

/// What one run cost, in milliseconds.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    /// Time that passed.
    pub wall: f64,
    /// CPU time of this process, all its threads.
    pub cpu: f64,
    /// CPU time of the PostgreSQL processes that serve it; 0 where there are none.
    pub server: f64,
}

/// Costs of the same thing, run again and again.
#[derive(Default)]
pub struct Series(Vec<Cost>);

impl Series {
    /// One more run.
    pub fn add(&mut self, cost: Cost) {
        self.0.push(cost);
    }

    /// The median of the time that passed.
    pub fn wall(&self) -> f64 {
        percentile(self.0.iter().map(|cost| cost.wall), 50)
    }

    /// The 95th percentile of it.
    pub fn wall_p95(&self) -> f64 {
        percentile(self.0.iter().map(|cost| cost.wall), 95)
    }

    /// The median of this process's CPU time.
    pub fn cpu(&self) -> f64 {
        percentile(self.0.iter().map(|cost| cost.cpu), 50)
    }

    /// The median of PostgreSQL's CPU time.
    pub fn server(&self) -> f64 {
        percentile(self.0.iter().map(|cost| cost.server), 50)
    }
}

/// The value below which `percent` of a hundred lie (nearest rank). Of nothing: 0.
pub fn percentile(values: impl Iterator<Item = f64>, percent: usize) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Where CPU time is read.
#[derive(Default)]
pub struct Meter {
    /// PostgreSQL's processes that serve the store under test, where it runs on this machine.
    backends: Vec<i32>,
}

impl Meter {
    /// One for the store at `url`: on PostgreSQL it also reads the processes behind the connections that
    /// the store has open by now.
    pub async fn of(url: &StoreUrl) -> Self {
        let StoreUrl::Postgres(login) = url else { return Self::default() };
        let mut connection = connect(&login.place).await;
        let asked = "SELECT pid FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let rows: Vec<(i32,)> = sqlx::query_as(asked).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Self { backends: rows.into_iter().map(|(pid,)| pid).filter(|pid| is_postgres(*pid)).collect() }
    }

    /// Whether the server's time can be read.
    pub fn sees_server(&self) -> bool {
        !self.backends.is_empty()
    }

    /// Runs it once. On the heap, since operations are large values and every run stands in a larger one.
    pub fn cost<'a, T>(
        &'a self,
        run: impl Future<Output = T> + 'a,
    ) -> Pin<Box<dyn Future<Output = (T, Cost)> + 'a>>
    where
        T: 'a,
    {
        let run = Box::pin(run);
        Box::pin(async move {
            let (server, cpu, began) = (self.server(), process_cpu(), Instant::now());
            let done = run.await;
            let wall = began.elapsed().as_secs_f64() * 1000.0;
            (done, Cost { wall, cpu: process_cpu() - cpu, server: self.server() - server })
        })
    }

    fn server(&self) -> f64 {
        self.backends.iter().map(|pid| time_on_cpu(*pid)).sum()
    }
}

/// A connection beside the store, which sees its tables.
pub async fn connect(place: &PostgresPlace) -> sqlx::PgConnection {
    let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
        .host(&place.host)
        .port(place.port)
        .username(&place.user)
        .database(&place.database)
        .options([("search_path", place.schema.as_str())]);
    sqlx::PgConnection::connect_with(&options).await.unwrap()
}

/// Whether a number the server gave is a process of this machine, not of another or of a container.
fn is_postgres(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres")
}

/// Milliseconds that a process with one thread has had; the first number is in nanoseconds.
fn time_on_cpu(pid: i32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap_or_default();
    let nanoseconds: Option<f64> = text.split(' ').next().and_then(|number| number.parse().ok());
    nanoseconds.unwrap_or_default() / 1e6
}

#[cfg(unix)]
#[allow(clippy::cast_precision_loss)] // a process does not live long enough
fn process_cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

#[cfg(not(unix))]
fn process_cpu() -> f64 {
    0.0
}
