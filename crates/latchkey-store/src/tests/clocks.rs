//! By whose clock changes are made: the database's where there is one, read once the locks are held; the computer's for
//! a file. A clock that a test moves by hand stays what it is, as all other tests show.

use std::sync::Arc;

use latchkey_core::operations::*;
use latchkey_core::{Clock, ErrorCode, Span, SystemClock, Timestamp};
use serde_json::json;
use sqlx::PgConnection;

use super::room::{Room, beside, op, perform, run};
use crate::{Store, StoreUrl, dialect};

/// The clock of a computer that is so many milliseconds off.
struct Wrong(i64);

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().as_millis() + self.0)
    }

    fn is_the_computers(&self) -> bool {
        true
    }
}

const MUCH: i64 = 90_000;

async fn by_the_database(connection: &mut PgConnection) -> Timestamp {
    let text = format!("SELECT {}", dialect::POSTGRES_CLOCK);
    let asked = sqlx::query_scalar(sqlx::QueryBuilder::<sqlx::Postgres>::new(text).into_sql());
    Timestamp::from_millis(asked.fetch_one(connection).await.unwrap())
}

async fn open(url: &StoreUrl, off: i64) -> Store {
    Store::open(url, Arc::new(Wrong(off))).await.unwrap()
}

/// The deadline of a key that is issued now for an hour.
async fn issues(store: &Store, name: &str) -> (Timestamp, Timestamp) {
    let request = json!({ "tenant": "acme", "name": name, "expires": "1h" });
    let key = perform(store, op::<KeysIssue>(request)).await.unwrap().value.key;
    (key.created_at, key.expires_at.unwrap())
}

#[tokio::test]
async fn who_shares_a_database_changes_by_its_clock_however_wrong_their_own_is() {
    let room = Room::postgres().await;
    let mut watch = beside(&room.url).await;
    room.store.close().await;
    let first = open(&room.url, -MUCH).await;
    perform(&first, op::<TenantsCreate>(json!({ "slug": "acme", "name": "ACME" }))).await.unwrap();
    let mut last = by_the_database(&mut watch).await;
    for (off, name) in [(MUCH, "ahead"), (-MUCH, "behind"), (0, "right"), (MUCH, "ahead again")] {
        let store = open(&room.url, off).await;
        let (created_at, expires_at) = issues(&store, name).await;
        let now = by_the_database(&mut watch).await;
        assert!((last..=now).contains(&created_at), "{name}: {last} {created_at} {now}");
        assert_eq!(expires_at, created_at.plus(Span::hours(1)), "{name}");
        // Reading goes by it too: what is over is over.
        let report = perform(&store, op::<UsageGet>(json!({}))).await.unwrap();
        assert!((now..=by_the_database(&mut watch).await).contains(&report.until), "{name}");
        // And a verifier's clock is still set against the one that the computer shows.
        let offset = store.clock_offset().await.unwrap().unwrap();
        let add = offset.add.as_millis() * if offset.behind { -1 } else { 1 };
        assert!((add + off).abs() <= offset.uncertainty.as_millis() + 1, "{name}: {offset:?}");
        last = now;
    }
}

#[tokio::test]
async fn a_file_has_no_clock_but_the_computers() {
    let room = Room::sqlite().await;
    room.store.close().await;
    let store = open(&room.url, MUCH).await;
    let began = SystemClock.now().plus(Span::from_millis(MUCH));
    perform(&store, op::<TenantsCreate>(json!({ "slug": "acme", "name": "ACME" }))).await.unwrap();
    let (created_at, _) = issues(&store, "n8n").await;
    assert!(created_at >= began, "{created_at} {began}");
    let behind = open(&room.url, -MUCH).await;
    let refused =
        perform(&behind, op::<TenantsCreate>(json!({ "slug": "late", "name": "Late" }))).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ClockWentBack);
    assert!(refused.message.starts_with("This computer's clock"), "{}", refused.message);
}

#[tokio::test]
async fn a_database_that_was_set_back_changes_nothing_until_it_has_caught_up() {
    let room = Room::postgres().await;
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "ACME" }))).await;
    run(&room.url, "UPDATE latchkey.audit_head SET at = at + 1000000000000").await;
    let store = open(&room.url, 0).await;
    let refused =
        perform(&store, op::<TenantsCreate>(json!({ "slug": "late", "name": "Late" }))).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ClockWentBack);
    assert!(refused.message.starts_with("The database's clock"), "{}", refused.message);
}

#[tokio::test]
async fn a_change_that_waited_for_its_turn_is_made_when_its_turn_comes() {
    let room = Room::postgres().await;
    let store = open(&room.url, -MUCH).await;
    let (mut other, mut watch) = (beside(&room.url).await, beside(&room.url).await);
    sqlx::raw_sql("BEGIN; SELECT seq FROM latchkey.audit_head FOR UPDATE").execute(&mut other).await.unwrap();
    let waiting = tokio::spawn(async move {
        perform(&store, op::<TenantsCreate>(json!({ "slug": "acme", "name": "ACME" }))).await
    });
    let waits = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut watch).await.unwrap() == 0 {
        assert!(!waiting.is_finished());
        tokio::task::yield_now().await;
    }
    // The time at which it began to wait is surely another.
    sqlx::raw_sql("SELECT pg_sleep(0.05)").execute(&mut watch).await.unwrap();
    let before = by_the_database(&mut watch).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let made = waiting.await.unwrap().unwrap();
    assert!(made.tenant.created_at >= before, "{} {before}", made.tenant.created_at);
}
