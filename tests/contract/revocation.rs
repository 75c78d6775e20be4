//! Revoke, suspend, resume, reactivate: what holds from the next verification on.

use latchkey_core::ErrorCode;
use latchkey_core::key::KeyStatus;
use latchkey_core::operations::{
    KeysReactivate, KeysResume, KeysRevoke, KeysSuspend, KeysUpdate, TenantsCreate, TenantsUpdate,
};
use latchkey_core::verification::Outcome;
use serde_json::json;

in_every_room! {
    async fn a_revoked_key_is_refused_from_the_next_verification_on_and_keeps_who_when_and_why(room) {
        let (key, plaintext) = room.key("n8n").await;
        let revoked = room.call_as::<KeysRevoke>("lee", None, json!({"key": key.id, "reason": "owner_left"})).await.unwrap();
        assert_eq!(room.outcome(&plaintext).await, Outcome::Revoked);
        let revocation = revoked.revocation.unwrap();
        assert_eq!((revocation.by.as_str(), revocation.reason.as_str(), revocation.at), ("lee", "owner_left", room.now()));
        assert_eq!(room.get(&key).await.status, KeyStatus::Revoked);
    }

    async fn revoking_twice_changes_nothing(room) {
        let (key, _) = room.key("n8n").await;
        let first = room.call::<KeysRevoke>(json!({"key": key.id, "reason": "leaked"})).await.unwrap();
        let second = room.call_as::<KeysRevoke>("lee", None, json!({"key": key.id, "reason": "unused"})).await.unwrap();
        assert_eq!(first, second);
    }

    async fn a_revoked_key_is_not_changed_any_more(room) {
        let (key, _) = room.key("n8n").await;
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        let errors = [
            room.call::<KeysUpdate>(json!({"key": key.id, "expires": "90d"})).await.unwrap_err(),
            room.call::<KeysSuspend>(json!({"key": key.id})).await.unwrap_err(),
            room.call::<KeysResume>(json!({"key": key.id})).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.code == ErrorCode::KeyRevoked));
    }

    async fn a_suspended_key_is_refused_and_good_again_after(room) {
        let (key, plaintext) = room.key("n8n").await;
        assert_eq!(room.call::<KeysSuspend>(json!({"key": key.id})).await.unwrap().status, KeyStatus::Suspended);
        assert_eq!(room.outcome(&plaintext).await, Outcome::Suspended);
        room.call::<KeysResume>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
    }

    async fn reactivation_is_a_policy_and_off_unless_asked_for(room) {
        let (key, plaintext) = room.key("n8n").await;
        let revoked = room.call::<KeysRevoke>(json!({"key": key.id, "reason": "unused"})).await.unwrap();
        assert!(!revoked.reactivable);
        let error = room.call::<KeysReactivate>(json!({"key": key.id})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PolicyDenied);
        room.call::<TenantsUpdate>(json!({"tenant": "acme", "allow_reactivate": true})).await.unwrap();
        assert!(room.get(&key).await.reactivable);
        room.call::<KeysReactivate>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
    }

    async fn a_leaked_key_is_never_reactivated(room) {
        room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME", "profile": "django-tenant"})).await.unwrap();
        let (key, _) = room.key("n8n").await;
        room.call::<KeysRevoke>(json!({"key": key.id, "reason": "leaked"})).await.unwrap();
        let error = room.call::<KeysReactivate>(json!({"key": key.id})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PolicyDenied);
        assert!(error.message.contains("leaked"), "{}", error.message);
    }

    async fn reactivation_revives_no_secret_that_died_meanwhile_and_needs_its_name_free(room) {
        room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME", "allow_reactivate": true})).await.unwrap();
        let (key, old) = room.key("n8n").await;
        let new = room.rotate(&key, "1h").await;
        room.call::<KeysRevoke>(json!({"key": key.id, "reason": "unused"})).await.unwrap();
        room.clock.advance(latchkey_core::Span::hours(2));
        room.call::<KeysReactivate>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.outcome(&old).await, Outcome::Retired);
        assert_eq!(room.outcome(&new).await, Outcome::Valid);
        room.call::<KeysRevoke>(json!({"key": key.id, "reason": "unused"})).await.unwrap();
        room.issue(json!({"tenant": "acme", "name": "n8n"})).await;
        assert_eq!(room.call::<KeysReactivate>(json!({"key": key.id})).await.unwrap_err().code, ErrorCode::NameTaken);
    }
}
