//! Use over time: by the hour and outcome; of one key secret by secret, of a tenant or of all customers summed.

use latchkey_core::operations::{KeyDetails, OperatorsList, UsageBucket, UsageGet};
use latchkey_core::operator::OperatorRole;
use latchkey_core::verification::Outcome;
use latchkey_core::{ErrorCode, Source, Span, Timestamp};
use latchkey_store::Used;
use latchkey_tests::Room;
use serde_json::json;

/// A use of a key's newest secret, counted as a server counts it.
fn used(key: &KeyDetails, at: Timestamp, outcome: Outcome, count: u64) -> Used {
    let ip = "203.0.113.9".parse().ok();
    let accepted = (outcome == Outcome::Valid).then_some((at, ip));
    Used { secret: key.secrets[0].id, key: key.id, hour: at, outcome, count, accepted }
}

async fn record(room: &Room, used: &[Used]) {
    room.store.record_usage(used).await.unwrap();
}

fn counts(buckets: &[UsageBucket]) -> Vec<(i64, Outcome, u64)> {
    buckets.iter().map(|bucket| (bucket.hour.as_millis() / 3_600_000, bucket.outcome, bucket.count)).collect()
}

in_every_room! {
    async fn a_keys_use_is_reported_by_hour_secret_and_outcome(room) {
        let (key, _) = room.key("n8n").await;
        room.rotate(&key, "24h").await;
        let rotated = room.get(&key).await;
        let (new, old) = (rotated.secrets[0].id, key.secrets[0].id);
        let (now, before) = (room.now(), Timestamp::from_millis(room.now().as_millis() - 3_600_000));
        record(&room, &[
            used(&key, before, Outcome::Valid, 4),
            used(&key, now, Outcome::Valid, 3),
            used(&rotated, now, Outcome::Valid, 2),
            used(&rotated, now, Outcome::RateLimited, 5),
        ]).await;
        record(&room, &[used(&key, now, Outcome::Valid, 1)]).await;
        let report = room.call::<UsageGet>(json!({"key": key.id})).await.unwrap();
        assert!(report.gathered);
        let found: Vec<_> = report.buckets.iter().map(|bucket| (bucket.hour, bucket.secret_id.unwrap(), bucket.outcome, bucket.count)).collect();
        let hour = |at: Timestamp| Timestamp::from_millis(at.as_millis() / 3_600_000 * 3_600_000);
        let mut expected = vec![
            (hour(before), old, Outcome::Valid, 4),
            (hour(now), old, Outcome::Valid, 4),
            (hour(now), new, Outcome::RateLimited, 5),
            (hour(now), new, Outcome::Valid, 2),
        ];
        expected.sort_by_key(|(hour, secret, outcome, _)| (*hour, *secret, outcome.word()));
        assert_eq!(found, expected);
        let key = room.get(&key).await;
        assert_eq!((key.usage.count, key.usage.last_used_at), (10, Some(now)));
        let old_use = &key.secrets.iter().find(|secret| secret.id == old).unwrap().usage;
        assert_eq!(old_use.count, 8, "who still uses the old one has an answer");
    }

    async fn use_is_summed_for_a_tenant_and_for_all_customers_without_operators(room) {
        let (one, _) = room.key("one").await;
        let (two, _) = room.key("two").await;
        let now = room.now();
        record(&room, &[used(&one, now, Outcome::Valid, 4), used(&two, now, Outcome::Valid, 3), used(&two, now, Outcome::IpDenied, 1)]).await;
        room.operator("ops", OperatorRole::Viewer, None).await;
        let operators = room.call::<OperatorsList>(json!({})).await.unwrap().items;
        record(&room, &operators.iter().map(|operator| used(&operator.key, now, Outcome::Valid, 100)).collect::<Vec<_>>()).await;
        let hour = now.as_millis() / 3_600_000;
        for request in [json!({"tenant": "acme"}), json!({})] {
            let report = room.call::<UsageGet>(request).await.unwrap();
            assert!(report.buckets.iter().all(|bucket| bucket.secret_id.is_none()));
            assert_eq!(counts(&report.buckets), [(hour, Outcome::IpDenied, 1), (hour, Outcome::Valid, 7)]);
        }
    }

    async fn a_report_goes_back_30_days_when_nobody_says_and_92_at_most(room) {
        let (key, _) = room.key("n8n").await;
        let ago = |days: i64| Timestamp::from_millis(room.now().as_millis() - Span::days(days).as_millis());
        record(&room, &[used(&key, ago(10), Outcome::Valid, 1), used(&key, ago(31), Outcome::Valid, 2), used(&key, ago(93), Outcome::Valid, 3)]).await;
        let sum = async |request| {
            let report = room.call::<UsageGet>(request).await.unwrap();
            assert_eq!(report.since.as_millis() % 3_600_000, 0);
            report.buckets.iter().map(|bucket| bucket.count).sum::<u64>()
        };
        assert_eq!(sum(json!({"key": key.id})).await, 1);
        assert_eq!(sum(json!({"key": key.id, "since": ago(92)})).await, 3);
        assert_eq!(sum(json!({"key": key.id, "since": ago(10)})).await, 1);
        assert_eq!(sum(json!({"key": key.id, "since": ago(9)})).await, 0);
        let error = room.call::<UsageGet>(json!({"since": ago(93)})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("since")));
    }

    async fn a_report_of_what_is_unknown_or_of_two_things_is_refused(room) {
        let (key, _) = room.key("n8n").await;
        // A server counts its operators' use as well.
        let nothing = room.call::<UsageGet>(json!({})).await.unwrap();
        assert!(nothing.buckets.is_empty() && (!nothing.gathered || room.source() == Source::Server));
        let error = room.call::<UsageGet>(json!({"key": key.id, "tenant": "acme"})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("tenant")));
        let unknown = format!("key_{}", "0".repeat(32));
        assert_eq!(room.call::<UsageGet>(json!({"key": unknown})).await.unwrap_err().code, ErrorCode::NotFound);
        assert_eq!(room.call::<UsageGet>(json!({"tenant": "none"})).await.unwrap_err().code, ErrorCode::NotFound);
    }
}
