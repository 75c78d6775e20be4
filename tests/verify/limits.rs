//! Rate limits as a service sees them: several windows, exact figures, and what survives a change of the key.

use latchkey_core::operations::{KeysRotate, KeysUpdate};
use latchkey_core::rate_limit::{Tiers, Window};
use latchkey_core::verification::Outcome;
use latchkey_core::{PlaintextKey, Span};
use latchkey_verify::{Settings, Verifier};
use serde_json::json;

use crate::service::{begin, settings, verify};

fn tiers() -> Tiers {
    let mut tiers = Tiers::default().with_test_percent(200);
    let window = |limit, per| Window { limit, per };
    tiers.set("pro", vec![window(2, Span::minutes(1)), window(3, Span::hours(1))]).unwrap();
    tiers.set("free", vec![window(1, Span::minutes(1))]).unwrap();
    tiers
}

/// Outcome, limit, how many are left, and in how many seconds the window begins anew and a retry makes sense.
async fn told(
    room: &latchkey_tests::Room,
    verifier: &Verifier,
    key: &PlaintextKey,
) -> (Outcome, u32, u32, i64, Option<i64>) {
    let verdict = verify(verifier, key).await.unwrap();
    let limit = verdict.rate_limit.unwrap();
    let seconds = |at: latchkey_core::Timestamp| at.since(room.now()).as_millis() / 1_000;
    (verdict.outcome, limit.limit, limit.remaining, seconds(limit.reset_at), verdict.retry_at.map(seconds))
}

in_both_rooms! {
    async fn several_windows_count_at_once_and_the_closest_is_told(room) {
        room.tenant().await;
        let (details, key) = room.issue(json!({"tenant": "acme", "name": "n8n", "tier": "pro"})).await;
        let verifier = begin(&room, Settings { tiers: tiers(), ..settings() }).await;
        assert_eq!(told(&room, &verifier, &key).await, (Outcome::Valid, 2, 1, 60, None));
        assert_eq!(told(&room, &verifier, &key).await, (Outcome::Valid, 2, 0, 60, None));
        assert_eq!(told(&room, &verifier, &key).await, (Outcome::RateLimited, 2, 0, 60, Some(60)));
        // Another secret of the key, and the key read anew, have the same limit.
        let new = room.call::<KeysRotate>(json!({"key": details.id, "grace": "24h"})).await.unwrap().plaintext.unwrap();
        room.call::<KeysUpdate>(json!({"key": details.id, "notes": "changed"})).await.unwrap();
        verifier.catch_up().await.unwrap();
        assert_eq!(told(&room, &verifier, &new).await, (Outcome::RateLimited, 2, 0, 60, Some(60)));
        room.clock.advance(Span::minutes(1));
        assert_eq!(told(&room, &verifier, &new).await, (Outcome::Valid, 3, 0, 3_540, None));
        assert_eq!(told(&room, &verifier, &key).await, (Outcome::RateLimited, 3, 0, 3_540, Some(3_540)));
        room.clock.advance(Span::minutes(59));
        assert_eq!(told(&room, &verifier, &key).await, (Outcome::Valid, 2, 1, 60, None));
        verifier.stop().await;
    }

    async fn a_limit_is_shared_among_replicas_and_by_the_environment(room) {
        room.tenant().await;
        let (_, live) = room.issue(json!({"tenant": "acme", "name": "live", "tier": "business"})).await;
        let (_, test) = room.issue(json!({"tenant": "acme", "name": "test", "tier": "free", "environment": "test"})).await;
        let (_, none) = room.key("none").await;
        let verifier = begin(&room, Settings { tiers: tiers(), replicas: 3, ..settings() }).await;
        assert_eq!(told(&room, &verifier, &live).await.1, 16_666);
        assert_eq!(told(&room, &verifier, &test).await.1, 1, "at least one");
        assert!(verify(&verifier, &none).await.unwrap().rate_limit.is_none());
        verifier.stop().await;
    }

    async fn a_refusal_for_another_reason_uses_up_nothing(room) {
        room.tenant().await;
        let (_, key) = room.issue(json!({"tenant": "acme", "name": "n8n", "tier": "free", "ip": ["10.0.0.0/8"]})).await;
        let verifier = begin(&room, Settings { tiers: tiers(), ..settings() }).await;
        let ask = async |from: &str| verifier.verify(key.expose(), &latchkey_verify::Question::default(), from.parse().ok()).await.unwrap();
        for _ in 0..5 {
            let refused = ask("11.0.0.1").await;
            assert_eq!((refused.outcome, refused.rate_limit), (Outcome::IpDenied, None));
        }
        assert_eq!(ask("10.0.0.1").await.outcome, Outcome::Valid);
        assert_eq!(ask("10.0.0.1").await.outcome, Outcome::RateLimited);
        verifier.stop().await;
    }
}
