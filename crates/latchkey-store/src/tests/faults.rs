//! What goes wrong around a change: a caller who goes away, another program that writes, a full disk, a
//! public id that is taken. Nothing is ever half done, and the words say what to do.

use std::time::Duration;

use latchkey_core::ErrorCode;
use latchkey_core::id::{RequestId, SecretId};
use latchkey_core::operations::*;
use latchkey_core::rotation::Minted;
use latchkey_core::{Caller, Source, time::Clock};
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

use super::room::{Room, in_both_rooms, op, perform, perform_once};
use crate::StoreUrl;
use crate::change::Author;
use crate::fault::{Fault, of_database};
use crate::file;
use crate::mint::randomness;
use crate::perform::key_change::{KeyChange, change_key};
use crate::rows::{Reach, find_key};

async fn with_a_key(room: &Room) -> KeyDetails {
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    room.mints(op::<KeysIssue>(json!({ "tenant": "acme", "name": "n8n" }))).await.0.key
}

in_both_rooms! {
    async fn a_change_is_whole_or_not_at_all_when_the_caller_goes_away(room) {
        let key = with_a_key(&room).await.id.to_string();
        for patience in 0..40 {
            let rotate = op::<KeysRotate>(json!({ "key": key, "grace": "0" }));
            let gone = tokio::time::timeout(Duration::from_millis(patience), perform(&room.store, rotate));
            drop(gone.await);
        }
        // Whoever is still under way comes to an end before this one.
        room.mints(op::<KeysRotate>(json!({ "key": key, "grace": "0" }))).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = room.does(op::<KeysGet>(json!({ "key": key }))).await;
        let history = room.does(op::<AuditList>(json!({ "key": key, "limit": 500 }))).await;
        assert_eq!(i64::try_from(history.total).unwrap(), now.version, "one entry a version");
        assert_eq!(i64::try_from(now.secrets.len()).unwrap(), now.version, "one secret a version");
        assert!(room.does(op::<AuditVerify>(json!({}))).await.intact);
    }

    async fn whether_a_change_was_made_is_not_said_while_it_may_still_be(room) {
        with_a_key(&room).await;
        // Its secret cannot be drawn yet, so that the database knows nothing of it.
        let lane = room.store.shared.lane.clone().acquire_many_owned(2).await.unwrap();
        let issuing = room.store.clone();
        let issuing = tokio::spawn(async move {
            let issue = op::<KeysIssue>(json!({ "tenant": "acme", "name": "slow" }));
            perform_once(&issuing, issue, Some("slow")).await
        });
        while !room.store.shared.under_way.has_calls() {
            tokio::task::yield_now().await;
        }
        issuing.abort();
        let asking = room.store.clone();
        let asking = tokio::spawn(async move {
            perform(&asking, op::<ChangesMade>(json!({ "idempotency_key": "slow" }))).await
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!asking.is_finished(), "it may still be made");
        drop(lane);
        assert!(asking.await.unwrap().unwrap().made.is_some());
    }

    async fn a_public_id_that_is_taken_is_drawn_again_and_changes_nothing(room) {
        let key = with_a_key(&room).await;
        let (mut tx, now) = room.store.read().await.unwrap();
        let first = find_key(&mut tx, key.id, Reach::Customers).await.unwrap().key.secrets.remove(0);
        drop(tx);
        let request_id = RequestId::new(now, &mut randomness());
        let action = "keys.remint";
        let author = Author { caller: Caller::with_the_store("ann", Source::Cli), request_id, action, once: None };
        let asked = KeyChange::of(&author, key.id, None);
        let changed = change_key(&room.store, asked, |key, around| {
            let id = SecretId::new(room.clock.now(), &mut randomness());
            let minted = Minted { id, public_id: first.public_id, head: first.head, digest: first.digest };
            key.add_first_secret(minted, around.now);
            Ok(())
        });
        assert!(matches!(changed.await.err(), Some(Fault::Clash)));
        assert_eq!(room.does(op::<KeysGet>(json!({ "key": key.id.to_string() }))).await, key);
    }
}

#[tokio::test]
async fn another_programs_change_is_waited_for_and_then_told() {
    let room = Room::sqlite().await;
    let key = with_a_key(&room).await.id.to_string();
    let StoreUrl::Sqlite(path) = &room.url else { unreachable!() };
    let mut other = SqliteConnection::connect_with(&file::options(path)).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let suspend = || op::<KeysSuspend>(json!({ "key": key }));
    let error = perform(&room.store, suspend()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Busy);
    assert_eq!(error.message, "Another program is writing to this database. Try again in a moment.");
    room.does(op::<KeysGet>(json!({ "key": key }))).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    room.does(suspend()).await;
}

#[tokio::test]
async fn a_full_disk_is_told() {
    let room = Room::sqlite().await;
    let StoreUrl::Sqlite(path) = &room.url else { unreachable!() };
    let mut other = SqliteConnection::connect_with(&file::options(path)).await.unwrap();
    sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&mut other).await.unwrap();
    let filling = "CREATE TABLE filling (x TEXT); INSERT INTO filling VALUES (hex(zeroblob(1000000)))";
    let error = sqlx::raw_sql(filling).execute(&mut other).await.unwrap_err();
    let told = of_database(&error);
    assert_eq!(told.code, ErrorCode::StorageFull);
    assert_eq!(told.message, "The disk is full. Nothing was changed. Make room, then try again.");
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let room = Room::sqlite().await;
    room.store.close().await;
    let error = perform(&room.store, op::<KeysList>(json!({}))).await.unwrap_err();
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::Unreachable, "The store was closed."));
    assert!(error.request_id.is_some());
}
