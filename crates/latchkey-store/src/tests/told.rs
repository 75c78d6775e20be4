//! How changes of another program are heard of: PostgreSQL tells, and where nobody tells any more they are
//! looked for until somebody does again. Nothing here asserts how long anything takes.

use std::time::Duration;

use latchkey_core::operations::*;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::room::{Room, in_both_rooms, op, perform, run};
use crate::Store;

/// More than anything here takes, and less than the longest wait.
const SOON: Duration = Duration::from_secs(20);

fn waiting(store: &Store, revision: i64) -> tokio::task::JoinHandle<Changes> {
    let store = store.clone();
    let since = op::<ChangesSince>(json!({ "revision": revision, "wait_ms": 25_000 }));
    tokio::spawn(async move { perform(&store, since).await.unwrap() })
}

/// Until somebody listens; a look every 5 s is what then remains of looking every 200 ms.
async fn until_heard(store: &Store, hears: bool) {
    let listening = async {
        while (store.shared.listening.pause() > Duration::from_secs(1)) != hears {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, listening).await.expect("it begins to listen");
}

in_both_rooms! {
    async fn a_change_of_another_program_ends_the_wait_for_changes(room) {
        let other = room.second().await;
        let revision = perform(&other, op::<ChangesSince>(json!({}))).await.unwrap().revision;
        let waiting = waiting(&other, revision);
        room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
        let changes = timeout(SOON, waiting).await.expect("it ends").unwrap();
        assert_eq!((changes.revision, changes.touched.len()), (revision + 1, 1));
    }
}

#[tokio::test]
async fn a_change_is_told_by_the_database_without_being_looked_for() {
    let room = Room::postgres().await;
    let other = room.second().await;
    let waiting = waiting(&other, 0);
    until_heard(&other, true).await;
    let told = other.shared.moved.notified();
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    // Looking wakes nobody else: only what the database tells does.
    timeout(SOON, told).await.expect("it is told");
    assert_eq!(timeout(SOON, waiting).await.unwrap().unwrap().revision, 1);
}

#[tokio::test]
async fn a_change_is_not_told_to_stores_in_other_schemas_nor_before_it_is_made() {
    let room = Room::postgres().await;
    let other = room.second().await;
    let waiting = waiting(&other, 0);
    until_heard(&other, true).await;
    let told = other.shared.moved.notified();
    tokio::pin!(told);
    run(&room.url, "SELECT pg_notify('latchkey', 'another_schema')").await;
    let mut dropped = room.store.shared.pool.begin_write().await.unwrap();
    crate::notify::tell(&mut dropped).await.unwrap();
    drop(dropped);
    assert!(timeout(Duration::from_millis(300), told.as_mut()).await.is_err(), "nothing was told");
    run(&room.url, "SELECT pg_notify('latchkey', 'latchkey')").await;
    timeout(SOON, told).await.expect("this is told");
    waiting.abort();
}

#[tokio::test]
async fn a_listener_that_is_lost_listens_again_and_misses_nothing() {
    let room = Room::postgres().await;
    let other = room.second().await;
    let first = waiting(&other, 0);
    until_heard(&other, true).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    run(&room.url, kill).await;
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    assert_eq!(timeout(SOON, first).await.unwrap().unwrap().revision, 1);
    let second = waiting(&other, 1);
    until_heard(&other, true).await;
    room.does(op::<TenantsCreate>(json!({ "slug": "globex", "name": "Globex" }))).await;
    assert_eq!(timeout(SOON, second).await.unwrap().unwrap().revision, 2);
}

#[tokio::test]
async fn nobody_listens_for_a_store_that_is_closed() {
    let room = Room::postgres().await;
    let other = room.second().await;
    let waiting = waiting(&other, 0);
    until_heard(&other, true).await;
    waiting.abort();
    other.close().await;
    until_heard(&other, false).await;
    let mut listeners = 1_i64;
    while listeners > 0 {
        let asked = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        let mut beside = super::room::beside(&room.url).await;
        (listeners,) = sqlx::query_as(asked).fetch_one(&mut beside).await.unwrap();
        sleep(Duration::from_millis(20)).await;
    }
}
