//! Opening a store. What is there is looked at before anything is written, and never written over;
//! each way in which it cannot be opened has words of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::{AdminError, Clock, ErrorCode};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection, SqliteConnection};

use crate::access::{Access, Found, NextStep, ReadOnly, Seen};
use crate::engine::{Engine, Pool};
use crate::fault::{Outcome, unusable};
use crate::line::Reached;
use crate::place::{PostgresLogin, PostgresPlace};
use crate::schema::{self, STEPS, Step};
use crate::statement::sql;
use crate::store::Store;
use crate::url::StoreUrl;
use crate::{dialect, file, line, standing};

/// How long to wait for a connection to a file: opening one writes, and a disk that has much else to write takes seconds.
const FILE_ACQUIRE: Duration = Duration::from_secs(10);

/// What stands in SQLite's header of a store: "LKEY".
const APPLICATION_ID: i64 = 0x4c4b_4559;
/// What stands in the table `meta` of a store.
pub(crate) const APPLICATION: &str = "latchkey";
/// A file of up to this size is read through before it is used; a larger one by `doctor` alone.
const READ_THROUGH_BYTES: i64 = 32 * 1024 * 1024;

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
        Self::open_at(url, access, clock, STEPS).await
    }

    /// What is there and which steps of the schema are still to come, without changing anything.
    ///
    /// # Errors
    /// As [`Store::open`], but for an empty database and an older schema.
    pub async fn look(url: &StoreUrl) -> Result<Found, AdminError> {
        let (engine, schema_version) = match url {
            StoreUrl::Sqlite(_) => {
                let seen = look(url).await?;
                (seen.engine, Some(seen.version))
            }
            StoreUrl::Postgres(login) => match look_through(login).await? {
                (engine, Ok(seen)) => (engine, Some(seen.version)),
                (engine, Err(error)) if error.code == ErrorCode::StoreEmpty => (engine, None),
                (_, Err(error)) => return Err(error),
            },
        };
        let missing = |step: &&Step| schema_version.is_none_or(|version| step.version > version);
        let steps = STEPS
            .iter()
            .filter(missing)
            .map(|step| NextStep { version: step.version, name: step.name, about: step.about })
            .collect();
        Ok(Found { engine, schema_version, steps })
    }

    pub(crate) async fn open_at(
        url: &StoreUrl,
        access: Access,
        clock: Arc<dyn Clock>,
        steps: &[Step],
    ) -> Result<Self, AdminError> {
        let (pool, standing) = match url {
            StoreUrl::Sqlite(path) => {
                check_version(url, &look_at_file(path, access).await?, schema::latest(steps))?;
                (file_pool(path, access).await?, standing::of_file(path, access))
            }
            StoreUrl::Postgres(login) => {
                let mut reached = line::reach(login, access).await?;
                let seen = look_at_database(&mut reached, &login.place).await?;
                check_version(url, &seen, schema::latest(steps))?;
                let standing = standing::of_database(&mut reached, &login.place, access).await?;
                // Whatever the reason, the session then promises to change nothing.
                let access = standing.read_only.map_or(access, |_| Access::ReadOnly);
                (Engine::Postgres(reached.keep(&login.place, access).await), standing)
            }
        };
        match prefix(&pool).await {
            Ok(Some(prefix)) => Ok(Self::over(pool, prefix, standing, clock)),
            Ok(None) => Err(unfinished(url)),
            Err(fault) => Err(fault.into_admin_error()),
        }
    }
}

/// Looks at what is there without changing it.
///
/// # Errors
/// `store_unusable` with the exact reason; `unreachable`.
pub(crate) async fn look(url: &StoreUrl) -> Result<Seen, AdminError> {
    match url {
        // What may not be written can be looked at.
        StoreUrl::Sqlite(path) => look_at_file(path, Access::ReadOnly).await,
        StoreUrl::Postgres(login) => look_through(login).await?.1,
    }
}

/// Looks at what is there in a database, and which engine that is, whatever it holds.
async fn look_through(login: &PostgresLogin) -> Result<(String, Result<Seen, AdminError>), AdminError> {
    let mut reached = line::reach(login, Access::ReadOnly).await?;
    let looked = look_at_database(&mut reached, &login.place).await;
    let engine = reached.found.engine.clone();
    reached.let_go().await;
    Ok((engine, looked))
}

async fn look_at_file(path: &Path, access: Access) -> Result<Seen, AdminError> {
    file::check_for(path, access)?;
    read_file(path).await.unwrap_or_else(|error| Err(file::opening(path, &error)))
}

async fn read_file(path: &Path) -> sqlx::Result<Result<Seen, AdminError>> {
    let mut connection = SqliteConnection::connect_with(&file::look_options(path)).await?;
    let (application,): (i64,) = sqlx::query_as("PRAGMA application_id").fetch_one(&mut connection).await?;
    if application != APPLICATION_ID {
        let (objects,): (i64,) = sqlx::query_as(dialect::SQLITE_OBJECTS).fetch_one(&mut connection).await?;
        // Whoever made the file ended before anything was in it: making a store is one transaction.
        let unfinished = application == 0 && objects == 0;
        return Ok(Err(if unfinished { file::unfinished(path) } else { file::another_programs(path) }));
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
    let step: Option<(i64, String)> = sqlx::query_as(LAST_STEP).fetch_optional(&mut connection).await?;
    let (sqlite,): (String,) = sqlx::query_as(dialect::SQLITE_VERSION).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Ok(seen(dialect::sqlite_engine(&sqlite), step)))
}

/// Looks at what is there in a database.
///
/// # Errors
/// `store_empty`, `store_unusable`, `forbidden`, and whatever the database says.
pub(crate) async fn look_at_database(
    reached: &mut Reached,
    place: &PostgresPlace,
) -> Result<Seen, AdminError> {
    line::answered(place, read_database(reached, place)).await?
}

async fn read_database(
    reached: &mut Reached,
    place: &PostgresPlace,
) -> sqlx::Result<Result<Seen, AdminError>> {
    let engine = reached.found.engine.clone();
    let mut tx = reached.begin().await?;
    let may_use: Option<(bool,)> = sqlx::query_as(dialect::POSTGRES_MAY_USE)
        .bind(&place.schema)
        .persistent(false)
        .fetch_optional(&mut *tx)
        .await?;
    if may_use == Some((false,)) {
        let PostgresPlace { user, schema, .. } = place;
        let words = format!(
            "The account {user} may not use the schema {schema}. Ask the database's owner for the rights; latchkey init --grants lists them."
        );
        return Ok(Err(AdminError::new(ErrorCode::Forbidden, words)));
    }
    let (tables,): (i64,) =
        sqlx::query_as(dialect::POSTGRES_HAS_TABLES).persistent(false).fetch_one(&mut *tx).await?;
    if tables < 2 {
        let (objects,): (i64,) =
            sqlx::query_as(dialect::POSTGRES_IS_EMPTY).persistent(false).fetch_one(&mut *tx).await?;
        let (others,): (i64,) = sqlx::query_as(dialect::POSTGRES_OTHERS)
            .bind(&place.schema)
            .persistent(false)
            .fetch_one(&mut *tx)
            .await?;
        let elsewhere: Option<(String,)> = sqlx::query_as(dialect::POSTGRES_ELSEWHERE)
            .bind(&place.schema)
            .persistent(false)
            .fetch_optional(&mut *tx)
            .await?;
        return Ok(Err(match objects {
            0 => empty(&place.schema, others, elsewhere.map(|(schema,)| schema)),
            _ => unusable(format!(
                "The schema {} of this database belongs to another program, it is not Latchkey's. Choose another schema or another database.",
                place.schema
            )),
        }));
    }
    let step: Option<(i64, String)> =
        sqlx::query_as(LAST_STEP).persistent(false).fetch_optional(&mut *tx).await?;
    tx.rollback().await?;
    Ok(Ok(seen(engine, step)))
}

fn empty(schema: &str, others: i64, elsewhere: Option<String>) -> AdminError {
    let words = match (elsewhere, others) {
        // Before the schema could be named, stores were made in `public`.
        (Some(other), _) => format!(
            "This database has no Latchkey tables in the schema {schema}, but it has in {other}. To open those, name that schema. To make a second store beside them, set it up here."
        ),
        (None, 0) => "This database has no Latchkey tables. Set it up here, or with latchkey init.".to_owned(),
        (None, 1) => "This database has no Latchkey tables (it holds a table of another program, which stays untouched). Set it up here, or with latchkey init.".to_owned(),
        (None, others) => format!(
            "This database has no Latchkey tables (it holds {others} tables of other programs, which stay untouched). Set it up here, or with latchkey init."
        ),
    };
    AdminError::new(ErrorCode::StoreEmpty, words)
}

/// The schema's version.
pub(crate) const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success";

/// The last step that was applied, and what was noted of it.
const LAST_STEP: &str =
    "SELECT version, description FROM _sqlx_migrations WHERE success ORDER BY version DESC LIMIT 1";

fn seen(engine: String, step: Option<(i64, String)>) -> Seen {
    let (version, note) = step.unwrap_or_default();
    Seen { engine, version, since: schema::since(&note).map(str::to_owned) }
}

/// Refuses a schema that is not this version's.
pub(crate) fn check_version(url: &StoreUrl, seen: &Seen, latest: i64) -> Result<(), AdminError> {
    let Seen { version, since, .. } = seen;
    if *version > latest {
        let words = match since {
            Some(since) => format!(
                "This database was made by a newer Latchkey. Install Latchkey {since} or newer to open it."
            ),
            None => "This database was made by a newer Latchkey. Update the app to open it.".to_owned(),
        };
        return Err(AdminError::new(ErrorCode::SchemaNewer, words));
    }
    if *version < latest {
        let words = format!(
            "This database was made by an older Latchkey. Bring it up to date with: latchkey --store {url} migrate"
        );
        return Err(AdminError::new(ErrorCode::SchemaOlder, words));
    }
    Ok(())
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

/// Connections for making or migrating a store.
///
/// # Errors
/// `store_unusable` through a pooler; `read_only` at a standby; as [`Store::open`].
pub(crate) async fn connect(url: &StoreUrl) -> Result<Pool, AdminError> {
    match url {
        StoreUrl::Sqlite(path) => file_pool(path, Access::ReadWrite).await,
        StoreUrl::Postgres(login) => {
            let reached = line::reach(login, Access::ReadWrite).await?;
            let refused = if reached.found.pooled {
                Some(unusable(
                    "This is a connection pooler. Connect directly to the database to set it up or migrate it.",
                ))
            } else if reached.found.standby {
                Some(AdminError::new(ErrorCode::ReadOnly, ReadOnly::Standby.words()))
            } else {
                None
            };
            match refused {
                Some(error) => {
                    reached.let_go().await;
                    Err(error)
                }
                None => Ok(Engine::Postgres(reached.keep(&login.place, Access::ReadWrite).await)),
            }
        }
    }
}

async fn file_pool(path: &Path, access: Access) -> Result<Pool, AdminError> {
    let options = match access {
        Access::ReadWrite => file::options(path),
        Access::ReadOnly => file::look_options(path),
    };
    let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(FILE_ACQUIRE);
    let pool = pool.connect_with(options).await;
    Ok(Engine::Sqlite(pool.map_err(|error| file::opening(path, &error))?))
}
