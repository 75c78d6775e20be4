//! Bringing an older store to this version's schema, when somebody asks for it. A SQLite file is locked
//! against a second migration and copied beside itself first; PostgreSQL does both in its own way.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_core::{AdminError, Clock};
use sqlx::{Connection, SqliteConnection};

use crate::fault::{Fault, busy, unusable_file};
use crate::file;
use crate::open::{apply, check_version, connect, look};
use crate::schema::{STEPS, Step, latest};
use crate::store::{Migrated, Store};
use crate::url::StoreUrl;

impl Store {
    /// Brings an older store to this version's schema. A file is copied beside itself first.
    ///
    /// # Errors
    /// `busy` while another process migrates it; otherwise as [`Store::open`], but for the older schema.
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
    let from = look(url).await?;
    if from >= to {
        check_version(url, from, to)?;
        return Ok(Migrated { from, to });
    }
    if let StoreUrl::Sqlite(path) = url {
        back_up(path, from).await?;
    }
    let pool = connect(url).await?;
    let applied = apply(&pool, steps).await.map_err(Fault::into_admin_error);
    pool.close().await;
    applied?;
    Ok(Migrated { from, to })
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
