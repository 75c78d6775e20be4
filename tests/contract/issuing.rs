//! Issuing: what a new key looks like, when its secret counts as saved, and what is stored of it.

use latchkey_core::ErrorCode;
use latchkey_core::Span;
use latchkey_core::key::KeyStatus;
use latchkey_core::operations::{KeysConfirm, KeysIssue, KeysRemint, KeysRevoke, KeysUpdate, TenantsCreate};
use latchkey_core::time::Timestamp;
use latchkey_core::verification::Outcome;
use serde_json::json;

in_every_room! {
    async fn a_key_issued_now_is_active_and_good(room) {
        let (key, plaintext) = room.key("n8n production").await;
        assert_eq!(key.status, KeyStatus::Active);
        assert!(plaintext.expose().starts_with("sk_live_") && plaintext.expose().len() == 40);
        assert_eq!(key.hint, format!("{}…", &plaintext.expose()[..14]));
        let good = room.verify(&plaintext, json!({"tenant": "acme", "environment": "live"})).await;
        assert_eq!((good.valid, good.outcome, good.key_id), (true, Outcome::Valid, Some(key.id)));
    }

    async fn keys_look_as_their_profile_says(room) {
        let profiles = [("django-tenant", "sk_live_", 40), ("funtime-partner", "pk_comm_", 64), ("ticket-003", "", 32), ("core-php", "sk_live_", 40), ("chatapi", "ck_live_", 40)];
        for (profile, head, length) in profiles {
            let slug = format!("community-{profile}");
            room.call::<TenantsCreate>(json!({"slug": slug, "name": profile, "profile": profile})).await.unwrap();
            let (_, plaintext) = room.issue(json!({"tenant": slug, "name": "key"})).await;
            assert!(plaintext.expose().starts_with(head), "{profile}");
            assert_eq!(plaintext.expose().len(), length, "{profile}");
            assert_eq!(room.outcome(&plaintext).await, Outcome::Valid, "{profile}");
        }
        let (_, scoped) = room.issue(json!({"tenant": "community-chatapi", "name": "john", "identity": "john@example.com"})).await;
        assert!(scoped.expose().starts_with("sk_user_"));
    }

    async fn a_key_issued_for_later_waits_fifteen_minutes_to_be_saved(room) {
        room.tenant().await;
        let request = json!({"tenant": "acme", "name": "n8n", "confirm": "later"});
        let (key, plaintext) = room.issue(request).await;
        assert_eq!((key.status, key.unsaved), (KeyStatus::Unconfirmed, true));
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid, "it works while it waits");
        room.clock.advance(Span::from_millis(15 * 60 * 1000 - 1));
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
        room.clock.advance(Span::from_millis(1));
        assert_eq!(room.outcome(&plaintext).await, Outcome::Retired, "lapsed at exactly u");
        let error = room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::SecretLapsed);
    }

    async fn a_lost_secret_is_minted_again_and_the_lost_one_dies(room) {
        room.tenant().await;
        let (key, lost) = room.issue(json!({"tenant": "acme", "name": "n8n", "confirm": "later"})).await;
        let again = room.call::<KeysRemint>(json!({"key": key.id, "confirm": "later"})).await.unwrap().plaintext.unwrap();
        assert_eq!(room.outcome(&lost).await, Outcome::Retired);
        assert_eq!(room.outcome(&again).await, Outcome::Valid);
        room.clock.advance(Span::days(30));
        let third = room.call::<KeysRemint>(json!({"key": key.id, "confirm": "later"})).await.unwrap().plaintext.unwrap();
        let confirmed = room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap();
        assert_eq!((confirmed.status, confirmed.unsaved), (KeyStatus::Active, false));
        assert_eq!(room.outcome(&again).await, Outcome::Retired);
        assert_eq!(room.outcome(&third).await, Outcome::Valid);
        let error = room.call::<KeysRemint>(json!({"key": key.id})).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::NoSuchSecret);
    }

    async fn confirming_twice_changes_nothing(room) {
        let (key, _) = room.key("n8n").await;
        let again = room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap();
        assert_eq!(again, key);
    }

    async fn a_name_is_taken_until_its_key_is_revoked(room) {
        let (key, _) = room.key("n8n production").await;
        let twin = json!({"tenant": "acme", "name": "N8N  Production"});
        let error = room.call::<KeysIssue>(twin.clone()).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::NameTaken, Some("name")));
        assert!(error.message.contains("already has a key with this name"), "{}", error.message);
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        room.issue(twin).await;
    }

    async fn an_expiry_is_the_end_of_its_day_and_holds_to_the_millisecond(room) {
        room.tenant().await;
        let (key, plaintext) = room.issue(json!({"tenant": "acme", "name": "n8n", "expires": "2026-11-30"})).await;
        let end: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        assert_eq!((key.expires_at, key.status), (Some(end), KeyStatus::Expiring));
        room.clock.set(Timestamp::from_millis(end.as_millis() - 1));
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
        room.clock.set(end);
        assert_eq!(room.outcome(&plaintext).await, Outcome::Expired);
        assert_eq!(room.get(&key).await.status, KeyStatus::Expired);
        let error = room.call::<KeysUpdate>(json!({"key": key.id, "expires": "90d"})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::KeyExpired, Some("expires")));
    }

    async fn a_key_keeps_everything_it_was_given_and_updates_tell_absent_from_cleared(room) {
        room.tenant().await;
        let (key, _) = room.issue(json!({
            "tenant": "acme", "name": "n8n", "environment": "test", "scopes": ["posts:read"], "ip": ["10.0.0.1/8"], "tier": "pro",
            "notes": "two\nlines", "owner": "Dana", "tags": ["a", "b"], "integration": "n8n", "identity": "u1", "grace": "2h",
        })).await;
        assert!(key.hint.starts_with("sk_test_"));
        assert_eq!(key.ip[0].to_string(), "10.0.0.0/8");
        let changed = room.call::<KeysUpdate>(json!({"key": key.id, "tier": null, "tags": [], "notes": "one", "version": key.version})).await.unwrap();
        assert_eq!((changed.tier.as_deref(), changed.tags.len(), changed.notes.as_str()), (None, 0, "one"));
        assert_eq!((changed.owner.as_str(), changed.integration.as_deref(), changed.grace), ("Dana", Some("n8n"), Some(Span::hours(2))));
        assert_eq!(changed.version, key.version + 1);
        let error = room.call::<KeysUpdate>(json!({"key": key.id, "notes": "late", "version": key.version})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Conflict);
        assert_eq!(room.get(&key).await, changed);
    }
}
