//! What verifications leave behind: usage by the hour, first uses that confirm, security events.

use std::time::Duration;

use latchkey_core::key::SecretState;
use latchkey_core::operations::{EventKind, EventsList, KeysIssue, KeysRevoke, KeysRotate, UsageGet};
use latchkey_core::verification::Outcome;
use latchkey_core::{PlaintextKey, Span};
use latchkey_store::EVENTS_KEPT;
use latchkey_verify::{Question, Settings};
use serde_json::json;

use crate::service::{begin, outcome, settings, unknown, until};

in_both_rooms! {
    async fn usage_is_written_by_secret_hour_and_outcome(room) {
        let (details, key) = room.key("n8n").await;
        let verifier = begin(&room, settings()).await;
        let from = "203.0.113.9".parse().ok();
        for _ in 0..3 {
            verifier.verify(key.expose(), &Question::default(), from).await.unwrap();
        }
        room.clock.advance(Span::hours(2));
        verifier.verify(key.expose(), &Question::default(), from).await.unwrap();
        let test = Question { environment: Some(latchkey_core::key::Environment::Test), ..Question::default() };
        verifier.verify(key.expose(), &test, from).await.unwrap();
        assert!(room.call::<UsageGet>(json!({"key": details.id})).await.unwrap().buckets.is_empty());
        verifier.stop().await;
        let report = room.call::<UsageGet>(json!({"key": details.id})).await.unwrap();
        let told: Vec<(Outcome, u64)> = report.buckets.iter().map(|bucket| (bucket.outcome, bucket.count)).collect();
        assert!(report.gathered && report.buckets.iter().all(|bucket| bucket.secret_id.is_some()));
        assert_eq!(told.iter().map(|(_, count)| count).sum::<u64>(), 5);
        assert!(told.contains(&(Outcome::Valid, 3)) && told.contains(&(Outcome::Valid, 1)));
        assert!(told.contains(&(Outcome::WrongEnvironment, 1)));
        let usage = &room.get(&details).await.secrets[0].usage;
        assert_eq!((usage.last_used_at, usage.count), (Some(room.now()), 4));
        assert_eq!(usage.last_used_ip.as_deref(), Some("203.0.113.9"));
    }

    async fn usage_is_written_while_the_service_runs(room) {
        let (details, key) = room.key("n8n").await;
        let verifier = begin(&room, Settings { flush_every: Duration::from_millis(20), ..settings() }).await;
        assert_eq!(outcome(&verifier, &key).await, Outcome::Valid);
        until("the use is written", async || room.get(&details).await.secrets[0].usage.count == 1).await;
        verifier.stop().await;
    }

    async fn what_is_old_is_forgotten_while_the_service_runs(room) {
        let (details, key) = room.key("n8n").await;
        let before = begin(&room, settings()).await;
        assert_eq!(outcome(&before, &key).await, Outcome::Valid);
        before.raise_operator_refused(None, Outcome::NotFound, None);
        before.stop().await;
        let events = async || room.call::<EventsList>(json!({})).await.unwrap().total;
        assert_eq!(events().await, 1);
        room.clock.advance(EVENTS_KEPT);
        room.clock.advance(Span::hours(1));
        let verifier = begin(&room, Settings { flush_every: Duration::from_millis(20), ..settings() }).await;
        until("the old event is forgotten", async || events().await == 0).await;
        assert_eq!(room.get(&details).await.usage.count, 1);
        verifier.stop().await;
    }

    async fn a_first_use_confirms_a_secret_and_the_grace_counts_from_it(room) {
        let (details, old) = room.key("n8n").await;
        let request = json!({"key": details.id, "grace": "1h", "confirm": "later"});
        let new = room.call::<KeysRotate>(request).await.unwrap().plaintext.unwrap();
        let verifier = begin(&room, settings()).await;
        assert_eq!(outcome(&verifier, &old).await, Outcome::Valid);
        room.clock.advance(Span::minutes(5));
        let used_at = room.now();
        assert_eq!(outcome(&verifier, &new).await, Outcome::Valid);
        let retiring = SecretState::Retiring { until: used_at.plus(Span::hours(1)) };
        until("the first use confirms", async || {
            let states: Vec<SecretState> = room.get(&details).await.secrets.iter().map(|secret| secret.state).collect();
            states.contains(&retiring) && states.contains(&SecretState::Current)
        }).await;
        verifier.catch_up().await.unwrap();
        room.clock.set(used_at.plus(Span::hours(1)));
        assert_eq!(outcome(&verifier, &old).await, Outcome::Retired);
        assert_eq!(outcome(&verifier, &new).await, Outcome::Valid);
        verifier.stop().await;
    }

    async fn two_processes_that_see_a_first_use_confirm_it_once(room) {
        room.tenant().await;
        let issued = room.call::<KeysIssue>(json!({"tenant": "acme", "name": "n8n", "confirm": "later"})).await.unwrap();
        let (details, key) = (issued.value.key, issued.plaintext.unwrap());
        let other = room.another().await;
        let (here, there) = (begin(&room, settings()).await, begin(&other, settings()).await);
        let both = tokio::join!(outcome(&here, &key), outcome(&there, &key));
        assert_eq!(both, (Outcome::Valid, Outcome::Valid));
        until("it is confirmed", async || room.get(&details).await.secrets[0].state == SecretState::Current).await;
        room.clock.advance(Span::hours(1));
        assert_eq!(outcome(&here, &key).await, Outcome::Valid);
        until("the other process knows", async || outcome(&there, &key).await == Outcome::Valid).await;
        here.stop().await;
        there.stop().await;
    }

    async fn a_secret_that_nobody_uses_lapses(room) {
        room.tenant().await;
        let issued = room.call::<KeysIssue>(json!({"tenant": "acme", "name": "n8n", "confirm": "later"})).await.unwrap();
        let verifier = begin(&room, settings()).await;
        room.clock.advance(Span::minutes(15));
        assert_eq!(outcome(&verifier, &issued.plaintext.unwrap()).await, Outcome::Retired);
        verifier.stop().await;
    }

    async fn events_tell_of_dead_secrets_limits_guessing_and_refused_operators(room) {
        let (details, old) = room.key("n8n").await;
        room.rotate(&details, "0").await;
        let (limited, free) = room.issue(json!({"tenant": "acme", "name": "free", "tier": "free"})).await;
        let (revoked, dead) = room.key("dead").await;
        room.call::<KeysRevoke>(json!({"key": revoked.id})).await.unwrap();
        let mut tiers = latchkey_core::rate_limit::Tiers::default();
        tiers.set("free", vec![latchkey_core::rate_limit::Window { limit: 1, per: Span::hours(1) }]).unwrap();
        let verifier = begin(&room, Settings { tiers, failures_event: 3, ..settings() }).await;
        let from = "203.0.113.9".parse().ok();
        let ask = async |key: &PlaintextKey| verifier.verify(key.expose(), &Question::default(), from).await.unwrap();
        for _ in 0..3 {
            assert_eq!(ask(&old).await.outcome, Outcome::Retired);
        }
        assert_eq!(ask(&dead).await.outcome, Outcome::Revoked);
        assert_eq!(ask(&free).await.outcome, Outcome::Valid);
        assert_eq!(ask(&free).await.outcome, Outcome::RateLimited);
        for number in 0..5 {
            assert_eq!(ask(&unknown(number)).await.outcome, Outcome::NotFound);
        }
        verifier.raise_operator_refused(from, Outcome::NotFound, None);
        verifier.stop().await;
        let events = room.call::<EventsList>(json!({})).await.unwrap().items;
        let mut told: Vec<_> = events.iter().map(|event| (event.kind, event.key_id, event.outcome.as_str(), event.count)).collect();
        told.sort_by_key(|(kind, _, _, count)| (*kind, *count));
        assert_eq!(told, [
            (EventKind::DeadSecretUsed, Some(revoked.id), "revoked", 1),
            (EventKind::DeadSecretUsed, Some(details.id), "retired", 3),
            (EventKind::FailuresByAddress, None, "not_found", 3),
            (EventKind::LimitHit, Some(limited.id), "rate_limited", 1),
            (EventKind::OperatorRefused, None, "not_found", 1),
        ]);
        assert!(events.iter().all(|event| event.ip.as_deref() == Some("203.0.113.9")));

    }
}
