//! Stores as the first version of the schema left them, from the texts in `fixtures/`: what migrating is
//! tried on. Each is a store of its own.

use latchkey_core::Timestamp;
use latchkey_store::StoreUrl;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::new_database;

/// A while after the last change in them.
pub const AFTERWARDS: Timestamp = Timestamp::from_millis(1_795_280_400_000);

/// A SQLite file in `folder`.
pub async fn sqlite(folder: &TempDir) -> StoreUrl {
    let path = folder.path().join("keys.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    connection.execute(sqlx::raw_sql(include_str!("../fixtures/version-1.sqlite.sql"))).await.unwrap();
    connection.close().await.unwrap();
    StoreUrl::Sqlite(path)
}

/// A database on the test server: its URL as text, which programs are given.
pub async fn postgres() -> String {
    let url = new_database().await;
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::raw_sql(include_str!("../fixtures/version-1.postgres.sql"))).await.unwrap();
    connection.close().await.unwrap();
    url
}
