//! Files and databases that cannot be opened: each is told apart in words, and none is written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use latchkey_core::time::ManualClock;
use latchkey_core::{AdminError, ErrorCode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteLockingMode};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use super::room::{Room, START, at, login, new_database, run};
use crate::{Store, StoreUrl};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START))
}

async fn refused(url: &StoreUrl) -> AdminError {
    Store::open(url, clock()).await.err().expect("it opens")
}

/// Opening says these words after the path, and leaves the bytes as they were.
async fn says(path: &Path, words: &str) {
    let before = fs::read(path).ok();
    let error = refused(&StoreUrl::Sqlite(path.to_owned())).await;
    assert_eq!(error.code, ErrorCode::StoreUnusable);
    assert_eq!(error.message, format!("{} {words}", path.display()));
    assert_eq!(fs::read(path).ok(), before, "nothing was written");
}

/// A store that was made, closed and let go.
async fn closed_store(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("store.db");
    let store = Store::create(&StoreUrl::Sqlite(path.clone()), "sk", clock()).await.unwrap();
    store.close().await;
    path
}

#[tokio::test]
async fn what_is_no_store_is_told_apart() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let missing = folder.path().join("missing.db");
    says(&missing, "does not exist. Check the path, or make a new store with latchkey init.").await;
    assert!(!missing.exists(), "no fresh file is made");
    says(folder.path(), "is a folder. Name the store's file in it.").await;
    says(&file("notes.txt", b"these are notes, not a database"), "is not a Latchkey database.").await;
    says(&file("empty.db", b""), "is not a Latchkey database.").await;

    let other = folder.path().join("other.db");
    let options = SqliteConnectOptions::new().filename(&other).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE meta (x); PRAGMA application_id = 7").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    says(&other, "is a database of another program, not a Latchkey database.").await;
}

#[tokio::test]
async fn a_damaged_store_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = closed_store(&folder).await;
    let mut bytes = fs::read(&path).unwrap();
    for page in 2..6 {
        bytes[page * 4096..page * 4096 + 200].fill(0xaa);
    }
    fs::write(&path, bytes).unwrap();
    says(&path, "is damaged. Restore a backup; copy the damaged file away first.").await;
}

#[tokio::test]
async fn a_store_that_was_not_finished_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = closed_store(&folder).await;
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql("DELETE FROM meta").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = refused(&StoreUrl::Sqlite(path.clone())).await;
    let words = "was not finished when it was made. Delete it and make the store again.";
    assert_eq!(error.message, format!("{} {words}", path.display()));
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_file_or_folder_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = closed_store(&folder).await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    says(&path, "is read-only. Allow writing to it, or copy it to where you may write.").await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    says(&path, "lies in a read-only folder. SQLite writes beside the file; allow that.").await;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_may_read_is_found() {
    use std::os::unix::fs::PermissionsExt;

    let room = Room::sqlite().await;
    assert!(room.store.diagnose().await.unwrap().iter().all(|finding| finding.ok));
    let StoreUrl::Sqlite(path) = &room.url else { unreachable!() };
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let findings = room.store.diagnose().await.unwrap();
    let bad: Vec<_> = findings.iter().filter(|finding| !finding.ok).collect();
    assert_eq!(bad.len(), 1);
    let words = format!("Others may read {}. Allow only yourself: chmod 600.", path.display());
    assert_eq!((bad[0].check.as_str(), bad[0].words.as_str()), ("file", words.as_str()));
}

#[tokio::test]
async fn a_locked_store_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = closed_store(&folder).await;
    let options = SqliteConnectOptions::new().filename(&path).locking_mode(SqliteLockingMode::Exclusive);
    let mut holder = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE; UPDATE numbers SET next = next").execute(&mut holder).await.unwrap();
    says(&path, "is locked by another program. Close that program, then try again.").await;
    holder.close().await.unwrap();
}

#[tokio::test]
async fn a_new_store_never_takes_a_place_that_is_taken() {
    let folder = TempDir::new().unwrap();
    let path = closed_store(&folder).await;
    let before = fs::read(&path).unwrap();
    let error = Store::create(&StoreUrl::Sqlite(path.clone()), "sk", clock()).await.err().unwrap();
    let words = "exists already. Open it, or choose another place for the new store.";
    assert_eq!(error.message, format!("{} {words}", path.display()));
    assert_eq!(fs::read(&path).unwrap(), before);

    let deep = folder.path().join("a/b/store.db");
    let bad = Store::create(&StoreUrl::Sqlite(deep.clone()), "Bad Prefix", clock()).await.err().unwrap();
    assert_eq!(bad.field.as_deref(), Some("prefix"));
    assert!(!deep.exists());
    Store::create(&StoreUrl::Sqlite(deep.clone()), "acme", clock()).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        for (place, mode) in [
            (deep.clone(), 0o600),
            (crate::file::beside(&deep, "-wal"), 0o600),
            (folder.path().join("a"), 0o700),
        ] {
            assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, mode, "{}", place.display());
        }
    }
}

#[tokio::test]
async fn databases_that_are_no_store_are_told_apart() {
    let url = new_database().await;
    let empty = refused(&url).await;
    let words = "This database has no Latchkey tables. Set it up here, or with latchkey init.";
    assert_eq!((empty.code, empty.message.as_str()), (ErrorCode::StoreEmpty, words));

    run(&url, "CREATE TABLE somebody_elses (x BIGINT)").await;
    let words = "This database has no Latchkey tables (it holds a table of another program, which stays untouched). Set it up here, or with latchkey init.";
    assert_eq!(refused(&url).await.message, words);
    run(&url, "CREATE SCHEMA latchkey; CREATE TABLE latchkey.somebody_elses (x BIGINT)").await;
    let words = "The schema latchkey of this database belongs to another program, it is not Latchkey's. Choose another schema or another database.";
    assert_eq!(refused(&url).await.message, words);
    let error = Store::create(&url, "sk", clock()).await.err().unwrap();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::StoreUnusable, words));

    let missing = at(&url, |place| place.database.push_str("_missing"));
    let words = format!(
        "There is no database {} on the server. Check the name, or ask the database's administrator to make it.",
        login(&missing).place.database
    );
    assert_eq!(refused(&missing).await.message, words);
    let nowhere: StoreUrl = "postgres://ann:canary@127.0.0.1:1/keys".parse().unwrap();
    let error = refused(&nowhere).await;
    assert_eq!(error.code, ErrorCode::Unreachable);
    let words = "Nothing answers at 127.0.0.1:1: the connection was refused. Check the address and the port, and that PostgreSQL runs there.";
    assert_eq!(error.message, words);
}

#[tokio::test]
async fn the_facts_name_engine_schema_and_prefix() {
    for room in [Room::sqlite().await, Room::postgres().await] {
        let facts = room.store.facts().await.unwrap();
        assert!(
            facts.engine.starts_with("SQLite 3.") || facts.engine.starts_with("PostgreSQL 1"),
            "{}",
            facts.engine
        );
        assert_eq!((facts.schema_version, facts.prefix.as_str(), facts.tenants, facts.keys), (3, "sk", 0, 0));
    }
}
