//! Opening a store and making a new one. What is there is looked at before anything is written, and
//! never written over; each way in which it cannot be opened has words of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::profile::check_prefix;
use latchkey_core::{AdminError, Clock, ErrorCode};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::access::{Access, Found, NextStep};
use crate::engine::{Engine, Pool};
use crate::fault::{Fault, Outcome, of_database, unusable};
use crate::place::PostgresLogin;
use crate::schema::{self, STEPS, Step};
use crate::statement::sql;
use crate::store::Store;
use crate::url::StoreUrl;
use crate::{audit, dialect, file, line};

/// What stands in SQLite's header of a store: "LKEY".
const APPLICATION_ID: i64 = 0x4c4b_4559;
/// What stands in the table `meta` of a store.
const APPLICATION: &str = "latchkey";
/// A file of up to this size is read through before it is used; a larger one by `doctor` alone.
const READ_THROUGH_BYTES: i64 = 32 * 1024 * 1024;
/// How long somebody waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(3);

impl Store {
    /// Opens what is there. Never creates, never migrates.
    ///
    /// # Errors
    /// `store_empty`, `schema_older`, `schema_newer`; `auth_failed`, `tls_untrusted`, `unreachable`;
    /// `store_unusable` with the exact reason.
    pub async fn open(url: &StoreUrl, clock: Arc<dyn Clock>) -> Result<Self, AdminError> {
        Self::open_as(url, Access::ReadWrite, clock).await
    }

    /// The same, with the access that is wanted.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_as(url: &StoreUrl, access: Access, clock: Arc<dyn Clock>) -> Result<Self, AdminError> {
        let _ = access;
        Self::open_at(url, clock, STEPS).await
    }

    /// What is there and which steps of the schema are still to come, without changing anything.
    ///
    /// # Errors
    /// As [`Store::open`], but for an empty database and an older schema.
    pub async fn look(url: &StoreUrl) -> Result<Found, AdminError> {
        let schema_version = match look(url).await {
            Ok(version) => Some(version),
            Err(error) if error.code == ErrorCode::StoreEmpty => None,
            Err(error) => return Err(error),
        };
        let missing = |step: &&Step| schema_version.is_none_or(|version| step.version > version);
        let steps = STEPS
            .iter()
            .filter(missing)
            .map(|step| NextStep { version: step.version, name: step.name, about: step.about })
            .collect();
        Ok(Found { schema_version, steps })
    }

    pub(crate) async fn open_at(
        url: &StoreUrl,
        clock: Arc<dyn Clock>,
        steps: &[Step],
    ) -> Result<Self, AdminError> {
        let version = look(url).await?;
        check_version(url, version, schema::latest(steps))?;
        let pool = connect(url).await?;
        match prefix(&pool).await {
            Ok(Some(prefix)) => Ok(Self::over(pool, prefix, path_of(url), clock)),
            Ok(None) => Err(unfinished(url)),
            Err(fault) => Err(fault.into_admin_error()),
        }
    }

    /// Makes a new store: a file that did not exist, or the tables in an empty database.
    ///
    /// # Errors
    /// `invalid` at `prefix`; `store_unusable` when something is there already; `unreachable`.
    pub async fn create(url: &StoreUrl, prefix: &str, clock: Arc<dyn Clock>) -> Result<Self, AdminError> {
        check_prefix(prefix)?;
        match url {
            StoreUrl::Sqlite(path) => file::make(path)?,
            StoreUrl::Postgres(login) => check_empty(url, login).await?,
        }
        let made = make(url, prefix, clock.as_ref()).await;
        if let (Err(_), StoreUrl::Sqlite(path)) = (&made, url) {
            file::unmake(path);
        }
        let pool = made.map_err(|fault| {
            // Taken: somebody made one in the same moment.
            if fault.is_taken() { holds_a_store(url) } else { fault.into_admin_error() }
        })?;
        Ok(Self::over(pool, prefix.to_owned(), path_of(url), clock))
    }
}

async fn make(url: &StoreUrl, prefix: &str, clock: &dyn Clock) -> Outcome<Pool> {
    let pool = connect(url).await?;
    let made = async {
        if let (Engine::Postgres(pool), StoreUrl::Postgres(login)) = (&pool, url) {
            dialect::make_schema(&login.place.schema).execute(pool).await?;
        }
        apply(&pool, STEPS).await?;
        let mut tx = pool.begin_write().await?;
        let created_at = clock.now().to_string();
        for (name, value) in [("application", APPLICATION), ("prefix", prefix), ("created_at", &created_at)] {
            sql("INSERT INTO meta (name, value) VALUES ($1, $2)").bind(name).bind(value).run(&mut tx).await?;
        }
        sql("INSERT INTO numbers (noun, next) VALUES ('role', 1)").run(&mut tx).await?;
        audit::begin(&mut tx).await?;
        tx.commit().await
    }
    .await;
    match made {
        Ok(()) => Ok(pool),
        Err(fault) => {
            pool.close().await;
            Err(fault)
        }
    }
}

/// Applies the steps that a store has not seen yet.
pub(crate) async fn apply(pool: &Pool, steps: &[Step]) -> Outcome<()> {
    let applied = match pool {
        Engine::Sqlite(pool) => schema::for_sqlite(steps).run(pool).await,
        Engine::Postgres(pool) => schema::for_postgres(steps).run(pool).await,
    };
    applied.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error)
        | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => Fault::Database(error),
        other => {
            tracing::error!(error = %other, "the schema could not be brought to this version");
            Fault::Refused(unusable(
                "This database's schema was changed by something else. Restore a backup, or ask for help.",
            ))
        }
    })
}

/// Looks at what is there without changing it; answers the schema's version.
///
/// # Errors
/// `store_unusable` with the exact reason; `unreachable`.
pub(crate) async fn look(url: &StoreUrl) -> Result<i64, AdminError> {
    match url {
        StoreUrl::Sqlite(path) => {
            file::check(path)?;
            let looked = look_at_file(path).await;
            looked.unwrap_or_else(|error| Err(file::opening(path, &error)))
        }
        StoreUrl::Postgres(login) => {
            let mut connection = line::connect_once(login).await?;
            let looked = look_at_database(&mut connection).await;
            // The answer is known; how the good-bye goes changes nothing.
            let _ = connection.close().await;
            looked.unwrap_or_else(|error| Err(of_database(&error)))
        }
    }
}

async fn look_at_file(path: &Path) -> sqlx::Result<Result<i64, AdminError>> {
    let mut connection = SqliteConnection::connect_with(&file::look_options(path)).await?;
    let (application,): (i64,) = sqlx::query_as("PRAGMA application_id").fetch_one(&mut connection).await?;
    if application != APPLICATION_ID {
        return Ok(Err(file::another_programs(path)));
    }
    let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(&mut connection).await?;
    let (page_size,): (i64,) = sqlx::query_as("PRAGMA page_size").fetch_one(&mut connection).await?;
    if pages.saturating_mul(page_size) <= READ_THROUGH_BYTES {
        let (verdict,): (String,) =
            sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut connection).await?;
        if verdict != "ok" {
            return Ok(Err(file::damaged(path)));
        }
    }
    let (tables,): (i64,) = sqlx::query_as(dialect::SQLITE_HAS_TABLES).fetch_one(&mut connection).await?;
    if tables < 2 {
        return Ok(Err(file::unfinished(path)));
    }
    let (version,): (i64,) = sqlx::query_as(VERSION).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Ok(version))
}

async fn look_at_database(connection: &mut PgConnection) -> sqlx::Result<Result<i64, AdminError>> {
    let (tables,): (i64,) = sqlx::query_as(dialect::POSTGRES_HAS_TABLES).fetch_one(&mut *connection).await?;
    if tables < 2 {
        let (objects,): (i64,) =
            sqlx::query_as(dialect::POSTGRES_IS_EMPTY).fetch_one(&mut *connection).await?;
        return Ok(Err(match objects {
            0 => AdminError::new(
                ErrorCode::StoreEmpty,
                "This database has no Latchkey tables. Set it up here, or with latchkey init.",
            ),
            _ => unusable("This database belongs to another program, it is not a Latchkey database."),
        }));
    }
    let (version,): (i64,) = sqlx::query_as(VERSION).fetch_one(&mut *connection).await?;
    Ok(Ok(version))
}

const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success";

/// Refuses a schema that is not this version's.
pub(crate) fn check_version(url: &StoreUrl, version: i64, latest: i64) -> Result<(), AdminError> {
    if version > latest {
        let words = "This database was made by a newer Latchkey. Update the app to open it.";
        return Err(AdminError::new(ErrorCode::SchemaNewer, words));
    }
    if version < latest {
        let words = format!(
            "This database was made by an older Latchkey. Bring it up to date with: latchkey --store {url} migrate"
        );
        return Err(AdminError::new(ErrorCode::SchemaOlder, words));
    }
    Ok(())
}

async fn check_empty(url: &StoreUrl, login: &PostgresLogin) -> Result<(), AdminError> {
    let mut connection = line::connect_once(login).await?;
    let counted: sqlx::Result<(i64,)> =
        sqlx::query_as(dialect::POSTGRES_IS_EMPTY).fetch_one(&mut connection).await;
    let looked = look_at_database(&mut connection).await;
    // The answer is known; how the good-bye goes changes nothing.
    let _ = connection.close().await;
    match (counted, looked) {
        (Ok((0,)), _) => Ok(()),
        (Ok(_), Ok(Ok(_))) => Err(holds_a_store(url)),
        (Ok(_), Ok(Err(_))) => Err(unusable(
            "This database is not empty. Make an empty database for the new store, then try again.",
        )),
        (Err(error), _) | (_, Err(error)) => Err(of_database(&error)),
    }
}

fn holds_a_store(url: &StoreUrl) -> AdminError {
    unusable(format!("{url} holds a Latchkey store already. Open it, or choose another database."))
}

fn unfinished(url: &StoreUrl) -> AdminError {
    match url {
        StoreUrl::Sqlite(path) => file::unfinished(path),
        StoreUrl::Postgres(_) => unusable(
            "This database's store was not finished when it was made. Make an empty database and begin again.",
        ),
    }
}

async fn prefix(pool: &Pool) -> Outcome<Option<String>> {
    let mut tx = pool.begin_read().await?;
    let found: Vec<(String, String)> = sql("SELECT name, value FROM meta").all(&mut tx).await?;
    let value = |wanted: &str| found.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let ours = value("application").is_some_and(|application| application == APPLICATION);
    Ok(value("prefix").filter(|_| ours).cloned())
}

fn path_of(url: &StoreUrl) -> Option<PathBuf> {
    match url {
        StoreUrl::Sqlite(path) => Some(path.clone()),
        StoreUrl::Postgres(_) => None,
    }
}

/// Connections that are kept.
pub(crate) async fn connect(url: &StoreUrl) -> Result<Pool, AdminError> {
    Ok(match url {
        StoreUrl::Sqlite(path) => {
            let options = SqlitePoolOptions::new().max_connections(4).acquire_timeout(ACQUIRE);
            let pool = options.connect_with(file::options(path)).await;
            Engine::Sqlite(pool.map_err(|error| file::opening(path, &error))?)
        }
        StoreUrl::Postgres(login) => {
            // A first connection by itself: a pool hides why it cannot connect.
            let _ = line::connect_once(login).await?.close().await;
            let options = PgPoolOptions::new().max_connections(8).acquire_timeout(ACQUIRE);
            Engine::Postgres(options.connect_lazy_with(line::options(login)))
        }
    })
}
