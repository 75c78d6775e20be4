//! Idempotency of minting: repeating a request has no second effect and never carries the secret.

use latchkey_core::operations::{AuditVerify, KeysIssue, KeysList, KeysMinted, KeysRotate};
use latchkey_core::{ErrorCode, Span};
use serde_json::json;

in_every_room! {
    async fn what_became_of_a_call_whose_answer_was_lost_is_said_to_its_caller_alone(room) {
        room.tenant().await;
        let request = json!({"tenant": "acme", "name": "n8n", "confirm": "later"});
        let made = room.call_as::<KeysIssue>("dana", Some("k1"), request).await.unwrap().value.key;
        let rotate = json!({"key": made.id, "grace": "1h"});
        room.call_as::<KeysRotate>("dana", Some("k2"), rotate).await.map(|_| ()).unwrap_err();
        let ask = async |actor: &str, name: &str| {
            room.call_as::<KeysMinted>(actor, None, json!({"idempotency_key": name})).await.unwrap().key
        };
        assert_eq!(ask("dana", "k1").await, Some(made));
        assert_eq!(ask("dana", "k2").await, None, "a refused call took no effect");
        assert_eq!(ask("lee", "k1").await, None);
        room.clock.advance(Span::hours(24));
        assert_eq!(ask("dana", "k1").await, None, "it is kept for a day");
    }

    async fn a_repeated_request_makes_one_key_and_the_replay_has_no_secret(room) {
        room.tenant().await;
        let request = json!({"tenant": "acme", "name": "n8n"});
        let first = room.call_as::<KeysIssue>("dana", Some("k1"), request.clone()).await.unwrap();
        let again = room.call_as::<KeysIssue>("dana", Some("k1"), request).await.unwrap();
        assert!(first.plaintext.is_some() && again.plaintext.is_none());
        assert_eq!(first.value.key.id, again.value.key.id);
        assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 1);
        assert_eq!(room.call::<AuditVerify>(json!({})).await.unwrap().entries, 2);
    }

    async fn a_repeated_rotation_rotates_once(room) {
        let (key, _) = room.key("n8n").await;
        let request = json!({"key": key.id, "grace": "1h"});
        room.call_as::<KeysRotate>("dana", Some("r1"), request.clone()).await.unwrap();
        let again = room.call_as::<KeysRotate>("dana", Some("r1"), request).await.unwrap();
        assert!(again.plaintext.is_none());
        assert_eq!(again.value.key.secrets.len(), 2);
    }

    async fn an_idempotency_key_is_bound_to_its_request_and_its_caller(room) {
        room.tenant().await;
        room.call_as::<KeysIssue>("dana", Some("k1"), json!({"tenant": "acme", "name": "one"})).await.unwrap();
        let reused = room.call_as::<KeysIssue>("dana", Some("k1"), json!({"tenant": "acme", "name": "two"})).await.map(|_| ()).unwrap_err();
        assert_eq!(reused.code, ErrorCode::IdempotencyKeyReused);
        let other = room.call_as::<KeysIssue>("lee", Some("k1"), json!({"tenant": "acme", "name": "two"})).await.unwrap();
        assert!(other.plaintext.is_some());
    }

    async fn a_refused_request_leaves_its_idempotency_key_free_and_a_day_frees_it_again(room) {
        room.key("taken").await;
        let refused = json!({"tenant": "acme", "name": "taken"});
        room.call_as::<KeysIssue>("dana", Some("k1"), refused).await.map(|_| ()).unwrap_err();
        let request = json!({"tenant": "acme", "name": "free"});
        room.call_as::<KeysIssue>("dana", Some("k1"), request).await.unwrap().plaintext.unwrap();
        room.clock.advance(Span::from_millis(24 * 3_600_000 + 1));
        let later = json!({"tenant": "acme", "name": "next day"});
        room.call_as::<KeysIssue>("dana", Some("k1"), later).await.unwrap().plaintext.unwrap();
    }
}
