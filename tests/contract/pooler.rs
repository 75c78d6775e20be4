//! What is a pooler's own: a store is not set up or migrated through one, it is noticed whether it refuses
//! what it does not know or drops it, and nothing is listened for behind it.

use std::time::Duration;

use latchkey_core::ErrorCode;
use latchkey_core::operations::{ChangesSince, TenantsCreate};
use latchkey_store::{Store, StoreUrl};
use latchkey_tests::{Room, at_port, new_database, pooler_port};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use xtask::servers::pgbouncer::{PgBouncer, Unknown};
use xtask::servers::room as folder_for;

/// A pooler that drops what it does not know, before the server of the tests.
fn dropping(folder: &std::path::Path) -> PgBouncer {
    let server = std::env::var("LATCHKEY_TEST_POSTGRES").unwrap();
    let port = url::Url::parse(&server).unwrap().port().unwrap();
    PgBouncer::start(&folder_for(folder, "pooler").unwrap(), port, Unknown::Dropped).unwrap()
}

fn port_of(pooler: &PgBouncer) -> u16 {
    url::Url::parse(&pooler.url()).unwrap().port().unwrap()
}

async fn cannot_be_set_up_at(port: u16) {
    let empty: StoreUrl = new_database().await.parse().unwrap();
    let room = Room::postgres().await;
    let error =
        Store::create(&at_port(&empty, port), "sk", room.clock.clone()).await.map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::StoreUnusable);
    assert!(error.message.contains("connection pooler"), "{}", error.message);
    assert!(error.message.contains("onnect directly"), "{}", error.message);
    let looked = Store::look(&empty).await.unwrap();
    assert_eq!(looked.schema_version, None, "something was made all the same");
    // As if the last step of the schema were still to come.
    let mut administrator = PgConnection::connect(&room.url.to_string()).await.unwrap();
    let older = "DELETE FROM latchkey._sqlx_migrations \
                 WHERE version = (SELECT MAX(version) FROM latchkey._sqlx_migrations)";
    sqlx::raw_sql(older).execute(&mut administrator).await.unwrap();
    let pooled = at_port(&room.url, port);
    let error = Store::migrate(&pooled, room.clock.clone()).await.map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::StoreUnusable);
    assert!(error.message.contains("onnect directly"), "{}", error.message);
}

/// How many sessions of the room's database listen for changes, once somebody has waited for one.
async fn listeners(room: &Room) -> i64 {
    let seen = room.call::<ChangesSince>(json!({})).await.unwrap().revision;
    let other = room.another().await;
    let (changes, made) =
        tokio::join!(room.call::<ChangesSince>(json!({"revision": seen, "wait_ms": 10_000})), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            other.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp"})).await
        });
    made.unwrap();
    assert!(changes.unwrap().revision > seen, "the change was not seen");
    let StoreUrl::Postgres(login) = &room.url else { panic!("not on PostgreSQL") };
    let server = std::env::var("LATCHKEY_TEST_POSTGRES").unwrap();
    let mut watching = PgConnection::connect(&server).await.unwrap();
    let (count,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = $1 AND query ILIKE 'listen %'")
            .bind(&login.place.database)
            .fetch_one(&mut watching)
            .await
            .unwrap();
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_is_neither_set_up_nor_migrated_through_a_pooler_that_refuses_what_it_does_not_know() {
    cannot_be_set_up_at(pooler_port()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_drops_what_it_does_not_know_is_noticed_too() {
    let folder = tempfile::tempdir().unwrap();
    let pooler = dropping(folder.path());
    cannot_be_set_up_at(port_of(&pooler)).await;
    let direct = Room::postgres().await;
    let room = direct.by_port(port_of(&pooler)).await;
    let (key, plaintext) = room.key("n8n").await;
    room.rotate(&key, "1h").await;
    assert_eq!(direct.get(&key).await.secrets.len(), 2);
    assert_eq!(direct.outcome(&plaintext).await, latchkey_core::verification::Outcome::Valid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_listened_for_on_a_direct_line_and_asked_for_behind_a_pooler() {
    assert_eq!(listeners(&Room::postgres().await).await, 1);
    assert_eq!(listeners(&Room::pgbouncer().await).await, 0);
}
