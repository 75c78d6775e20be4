//! Bringing an older store to this version's schema, when somebody asks for it: all steps or none, by one
//! program at a time. A SQLite file is locked against a second migration and copied beside itself first.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_core::{AdminError, Clock, ErrorCode};
use sqlx::{Connection, SqliteConnection};

use crate::engine::{Engine, Pool, Tx};
use crate::fault::{Fault, Outcome, busy, unusable, unusable_file};
use crate::open::{VERSION, check_version, connect, look};
use crate::schema::{self, STEPS, Step, latest};
use crate::statement::sql;
use crate::store::{Migrated, Store};
use crate::url::StoreUrl;
use crate::{dialect, file};

impl Store {
    /// Brings an older store to this version's schema. A file is copied beside itself first.
    ///
    /// # Errors
    /// `busy` while another process migrates it; `forbidden` when the tables are another account's; otherwise
    /// as [`Store::open`], but for the older schema.
    pub async fn migrate(url: &StoreUrl, clock: Arc<dyn Clock>) -> Result<Migrated, AdminError> {
        // Which time it is matters to no step yet; the argument keeps later ones from asking a clock.
        drop(clock);
        migrate_to(url, STEPS).await
    }
}

pub(crate) async fn migrate_to(url: &StoreUrl, steps: &[Step]) -> Result<Migrated, AdminError> {
    let to = latest(steps);
    // Held to the end; the system lets it go should this process die.
    let _held = match url {
        StoreUrl::Sqlite(path) => {
            file::check(path)?;
            Some(hold(path)?)
        }
        StoreUrl::Postgres(_) => None,
    };
    let seen = look(url).await?;
    let from = seen.version;
    if from >= to {
        check_version(url, &seen, to)?;
        return Ok(Migrated { from, to });
    }
    if let StoreUrl::Sqlite(path) = url {
        back_up(path, from).await?;
    }
    let pool = connect(url).await?;
    let applied = bring(&pool, steps).await;
    pool.close().await;
    let from = applied.map_err(|fault| match url {
        StoreUrl::Postgres(login) if fault.is_denied() => AdminError::new(
            ErrorCode::Forbidden,
            format!(
                "This account may not change the tables in the schema {}: they are another's. Ask the database's \
                 owner to run latchkey migrate.",
                login.place.schema
            ),
        ),
        StoreUrl::Postgres(_) | StoreUrl::Sqlite(_) => fault.into_admin_error(),
    })?;
    Ok(Migrated { from, to })
}

/// Applies the steps, all or none; answers from which version.
async fn bring(pool: &Pool, steps: &[Step]) -> Outcome<i64> {
    let mut tx = begin_alone(pool).await?;
    // Asked again: somebody else may have migrated it while this waited for its turn.
    let (from,): (i64,) = sql(VERSION).one(&mut tx).await?;
    if from < latest(steps) {
        apply(&mut tx, steps).await?;
        tx.commit().await?;
    }
    Ok(from)
}

/// Begins a transaction beside which nobody else makes or migrates a store in this database. It waits for
/// its turn, and for those who read and write in the tables, for ten seconds.
pub(crate) async fn begin_alone(pool: &Pool) -> Outcome<Tx> {
    let mut tx = pool.begin_write().await?;
    if let Engine::Postgres(_) = tx {
        for text in dialect::POSTGRES_ALONE {
            sql(text).run(&mut tx).await?;
        }
    }
    Ok(tx)
}

/// Applies the steps that a store has not seen yet, in the transaction of its caller: where one fails, the
/// version before stays whole.
pub(crate) async fn apply(tx: &mut Tx, steps: &[Step]) -> Outcome<()> {
    // Not `run`, whose future no other thread may take over.
    let applied = match tx {
        Engine::Sqlite(tx) => schema::for_sqlite(steps).run_direct(None, &mut **tx, false).await,
        Engine::Postgres(tx) => schema::for_postgres(steps).run_direct(None, &mut **tx, false).await,
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

/// Locks a file beside the store until it is dropped: sqlx locks nothing while it migrates SQLite. The
/// empty file stays; taking it away would let two starters lock two different files of its name.
fn hold(store: &Path) -> Result<File, AdminError> {
    let not_writable =
        |_| unusable_file(store, "lies in a folder that cannot be written. Allow writing, then try again.");
    let file = File::create(file::beside(store, "-migrating")).map_err(not_writable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(busy()),
        Err(TryLockError::Error(error)) => Err(not_writable(error)),
    }
}

/// Copies the file as it is to `store.db.version-1`, or `…-2` where that is taken.
async fn back_up(path: &Path, version: i64) -> Result<PathBuf, AdminError> {
    let mut copy = file::beside(path, &format!(".version-{version}"));
    for number in 2.. {
        match file::make_private(&copy) {
            Ok(()) => break,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && number < 1000 => {
                copy = file::beside(path, &format!(".version-{version}-{number}"));
            }
            Err(_) => {
                return Err(unusable_file(
                    &copy,
                    "cannot be written, so there is no backup. Nothing was changed.",
                ));
            }
        }
    }
    let copied = async {
        let mut connection = SqliteConnection::connect_with(&file::options(path)).await?;
        // An empty file is filled; its mode stays.
        sqlx::query("VACUUM INTO $1")
            .bind(copy.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await
    };
    copied.await.map_err(|error| {
        file::unmake(&copy);
        file::opening(path, &error)
    })?;
    Ok(copy)
}
