//! What was gathered is kept as long as is said, and no longer; what was changed is kept for ever.

use latchkey_core::operations::*;
use latchkey_core::{Clock, Span, Timestamp};
use serde_json::json;

use super::grants::Granted;
use super::room::{Room, in_both_rooms, op};
use super::verifying::{happened, issue, used};
use crate::statement::sql;
use crate::{EVENTS_KEPT, HOURS_KEPT, Happened, Store, Used};

fn ago(room: &Room, span: Span) -> Timestamp {
    Timestamp::from_millis(room.clock.now().as_millis() - span.as_millis())
}

async fn rows(store: &Store, count: &'static str) -> i64 {
    let mut tx = store.shared.pool.begin_read().await.unwrap();
    sql(count).one::<(i64,)>(&mut tx).await.unwrap().0
}

async fn gathered(store: &Store) -> (i64, i64) {
    let hours = rows(store, "SELECT COUNT(*) FROM usage_hours").await;
    // One secret, one tenant, one outcome.
    assert_eq!(hours, rows(store, "SELECT COUNT(*) FROM tenant_hours").await);
    (rows(store, "SELECT COUNT(*) FROM events").await, hours)
}

in_both_rooms! {
    async fn what_was_gathered_is_forgotten_when_its_time_is_over_and_not_before(room) {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let secret = key.secrets[0].id;
        let hour = Span::hours(1).as_millis();
        let begun = room.clock.now().as_millis().div_euclid(hour) * hour;
        room.clock.set(Timestamp::from_millis(begun));
        let now = room.clock.now();
        room.store.record_events(&[happened(now)]).await.unwrap();
        room.store.record_usage(&[used(key.id, secret, now)]).await.unwrap();
        assert!(!room.store.forget_old().await.unwrap());
        room.clock.set(now.plus(EVENTS_KEPT));
        room.store.record_events(&[happened(room.clock.now())]).await.unwrap();
        assert!(!room.store.forget_old().await.unwrap());
        assert_eq!(gathered(&room.store).await, (2, 1));
        room.clock.advance(Span::from_millis(1));
        room.store.forget_old().await.unwrap();
        assert_eq!(gathered(&room.store).await, (1, 1));
        room.clock.set(now.plus(HOURS_KEPT));
        room.store.forget_old().await.unwrap();
        assert_eq!(gathered(&room.store).await, (0, 1));
        room.clock.advance(Span::from_millis(1));
        room.store.forget_old().await.unwrap();
        assert_eq!(gathered(&room.store).await, (0, 0));
        // How often the secret was used at all, and what was changed, is known for ever.
        let after = room.does(op::<KeysGet>(json!({ "key": key.id }))).await;
        assert_eq!((after.usage.count, after.secrets[0].id), (1, secret));
        assert!(room.does(op::<AuditVerify>(json!({}))).await.intact);
    }

    async fn what_was_left_to_grow_is_forgotten_a_little_at_a_time_the_oldest_first(room) {
        let (key, _) = issue(&room, "n8n", json!({})).await;
        let secret = key.secrets[0].id;
        let old = Span::days(500);
        let events: Vec<Happened> =
            (0..2_500).map(|minute| happened(ago(&room, old).plus(Span::minutes(minute)))).collect();
        let hours: Vec<Used> =
            (0..1_200).map(|hour| used(key.id, secret, ago(&room, old).plus(Span::hours(hour)))).collect();
        room.store.record_events(&events).await.unwrap();
        room.store.record_usage(&hours).await.unwrap();
        for (left, more) in [((1_500, 200), true), ((500, 0), true), ((0, 0), false)] {
            assert_eq!(room.store.forget_old().await.unwrap(), more);
            assert_eq!(gathered(&room.store).await, left);
            let oldest = rows(&room.store, "SELECT COALESCE(MIN(at), 0) FROM events").await;
            let expected = events.iter().rev().nth(usize::try_from(left.0 - 1).unwrap_or(usize::MAX));
            assert_eq!(oldest, expected.map_or(0, |event| event.at.as_millis()));
        }
    }
}

#[tokio::test]
async fn who_only_verifies_takes_nothing_away_and_leaves_it_to_others() {
    let granted = Granted::new().await;
    let verifier = granted.open(&granted.verifier).await;
    verifier.record_events(&[happened(ago(&granted.room, Span::days(91)))]).await.unwrap();
    assert!(!verifier.forget_old().await.unwrap());
    let count = || rows(&granted.room.store, "SELECT COUNT(*) FROM events");
    assert_eq!(count().await, 1);
    let mut tx = verifier.shared.looks.begin_gather().await.unwrap();
    assert!(sql("DELETE FROM events").run(&mut tx).await.unwrap_err().is_denied());
    drop(tx);
    granted.open(&granted.admin).await.forget_old().await.unwrap();
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn two_servers_that_forget_at_once_do_not_wait_for_each_other() {
    let room = Room::postgres().await;
    room.store.record_events(&[happened(ago(&room, Span::days(91)))]).await.unwrap();
    let mut first = room.store.shared.looks.begin_gather().await.unwrap();
    sql(crate::dialect::POSTGRES_FORGETS_ALONE).run(&mut first).await.unwrap();
    assert!(!room.second().await.forget_old().await.unwrap());
    assert_eq!(rows(&room.store, "SELECT COUNT(*) FROM events").await, 1);
    drop(first);
}
