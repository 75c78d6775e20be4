//! Rotation: the thirteen rules, each as behaviour (`domain.md`).

use latchkey_core::key::{KeyStatus, SecretState};
use latchkey_core::operations::{
    KeysConfirm, KeysExtendGrace, KeysRemint, KeysResume, KeysRetireOld, KeysRevoke, KeysRotate, KeysSuspend,
    KeysUndoRotation, Rotated,
};
use latchkey_core::verification::Outcome;
use latchkey_core::{ErrorCode, Span};
use serde_json::json;

in_every_room! {
    async fn rotation_keeps_the_key_and_gives_it_another_secret(room) {
        let (key, old) = room.key("n8n").await;
        let answer = room.call::<KeysRotate>(json!({"key": key.id, "grace": "24h"})).await.unwrap();
        let Rotated { key: rotated, old_until } = answer.value;
        let new = answer.plaintext.unwrap();
        assert_eq!((rotated.id, rotated.name.as_str(), rotated.status), (key.id, "n8n", KeyStatus::Rotating));
        assert_eq!(old_until, Some(room.now().plus(Span::hours(24))));
        assert_ne!(rotated.hint, key.hint);
        assert_eq!(room.outcome(&old).await, Outcome::Valid);
        assert_eq!(room.outcome(&new).await, Outcome::Valid);
        assert_eq!(rotated.secrets.len(), 2);
    }

    async fn the_old_secret_works_until_the_grace_period_ends(room) {
        let (key, old) = room.key("n8n").await;
        let new = room.rotate(&key, "24h").await;
        room.clock.advance(Span::from_millis(24 * 3_600_000 - 1));
        assert_eq!(room.outcome(&old).await, Outcome::Valid);
        assert_eq!(room.verify(&old, json!({})).await.expires_at, Some(room.now().plus(Span::from_millis(1))));
        room.clock.advance(Span::from_millis(1));
        assert_eq!(room.outcome(&old).await, Outcome::Retired);
        assert_eq!(room.outcome(&new).await, Outcome::Valid);
        assert_eq!(room.get(&key).await.status, KeyStatus::Active, "no job had to run for that");
    }

    async fn a_rotation_for_later_leaves_the_old_secret_alone_until_it_is_confirmed(room) {
        let (key, old) = room.key("n8n").await;
        let answer = room.call::<KeysRotate>(json!({"key": key.id, "grace": "0", "confirm": "later"})).await.unwrap();
        assert_eq!(answer.value.old_until, None);
        let new = answer.plaintext.unwrap();
        assert_eq!(room.outcome(&old).await, Outcome::Valid);
        assert_eq!(room.outcome(&new).await, Outcome::Valid);
        room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.outcome(&old).await, Outcome::Retired, "a grace of 0 kills at the confirmation");
        assert_eq!(room.outcome(&new).await, Outcome::Valid);
    }

    async fn an_interrupted_rotation_never_takes_the_old_key_down(room) {
        let (key, old) = room.key("n8n").await;
        let request = json!({"key": key.id, "grace": "1h", "confirm": "later"});
        let unsaved = room.call::<KeysRotate>(request.clone()).await.unwrap().plaintext.unwrap();
        room.clock.advance(Span::minutes(15));
        assert_eq!(room.outcome(&unsaved).await, Outcome::Retired);
        assert_eq!(room.outcome(&old).await, Outcome::Valid);
        let state = room.get(&key).await;
        assert_eq!((state.status, state.unsaved), (KeyStatus::Active, true));
        let again = room.call::<KeysRemint>(json!({"key": key.id, "confirm": "later"})).await.unwrap().plaintext.unwrap();
        let confirmed = room.call::<KeysConfirm>(json!({"key": key.id})).await.unwrap();
        assert_eq!(confirmed.old_until, Some(room.now().plus(Span::hours(1))), "the grace that was asked for counts from the confirmation");
        assert_eq!(room.outcome(&again).await, Outcome::Valid);
        assert_eq!(room.outcome(&old).await, Outcome::Valid);
    }

    async fn the_grace_is_the_keys_then_the_tenants_when_nobody_says(room) {
        room.tenant().await;
        let (own, _) = room.issue(json!({"tenant": "acme", "name": "own", "grace": "2h"})).await;
        let (tenants, _) = room.issue(json!({"tenant": "acme", "name": "tenants"})).await;
        for (key, hours) in [(own, 2), (tenants, 24)] {
            let answer = room.call::<KeysRotate>(json!({"key": key.id})).await.unwrap();
            assert_eq!(answer.value.old_until, Some(room.now().plus(Span::hours(hours))));
        }
    }

    async fn grace_never_extends_a_life(room) {
        room.tenant().await;
        let (key, old) = room.issue(json!({"tenant": "acme", "name": "n8n", "expires": "3d"})).await;
        let answer = room.call::<KeysRotate>(json!({"key": key.id, "grace": "7d", "expires": "keep"})).await.unwrap();
        assert_eq!(answer.value.old_until, key.expires_at);
        room.clock.set(key.expires_at.unwrap());
        assert_eq!(room.outcome(&old).await, Outcome::Expired);
    }

    async fn an_expiry_about_to_pass_is_never_kept_silently(room) {
        room.tenant().await;
        let (key, _) = room.issue(json!({"tenant": "acme", "name": "n8n", "expires": "10h"})).await;
        let error = room.call::<KeysRotate>(json!({"key": key.id, "grace": "1h"})).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::ExpiresSoon, Some("expires")));
        let answer = room.call::<KeysRotate>(json!({"key": key.id, "grace": "1h", "expires": "same-span"})).await.unwrap();
        assert_eq!(answer.value.key.expires_at, Some(room.now().plus(Span::hours(10))));
    }

    async fn an_expired_key_is_rotated_with_a_new_expiry_and_its_old_secret_stays_dead(room) {
        room.tenant().await;
        let (key, old) = room.issue(json!({"tenant": "acme", "name": "n8n", "expires": "1d"})).await;
        room.clock.advance(Span::days(2));
        let error = room.call::<KeysRotate>(json!({"key": key.id})).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::KeyExpired, Some("expires")));
        let new = room.call::<KeysRotate>(json!({"key": key.id, "grace": "24h", "expires": "90d"})).await.unwrap().plaintext.unwrap();
        assert_eq!(room.outcome(&new).await, Outcome::Valid);
        assert_eq!(room.outcome(&old).await, Outcome::Retired);
    }

    async fn rotating_during_a_grace_is_refused_unless_the_old_one_is_cut(room) {
        let (key, first) = room.key("n8n").await;
        let second = room.rotate(&key, "24h").await;
        let error = room.call::<KeysRotate>(json!({"key": key.id, "grace": "24h"})).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::RotationInGrace);
        let third = room.call::<KeysRotate>(json!({"key": key.id, "grace": "24h", "cut_old": true})).await.unwrap().plaintext.unwrap();
        for (plaintext, outcome) in [(first, Outcome::Retired), (second, Outcome::Valid), (third, Outcome::Valid)] {
            assert_eq!(room.outcome(&plaintext).await, outcome);
        }
        let living = room.get(&key).await.secrets.iter().filter(|secret| secret.state != SecretState::Dead).count();
        assert_eq!(living, 2);
    }

    async fn a_second_rotation_waits_for_the_first_to_be_saved(room) {
        let (key, _) = room.key("n8n").await;
        room.call::<KeysRotate>(json!({"key": key.id, "confirm": "later"})).await.unwrap();
        let error = room.call::<KeysRotate>(json!({"key": key.id, "confirm": "later"})).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SecretUnconfirmed);
    }

    async fn revoked_and_suspended_keys_are_not_rotated(room) {
        let (key, _) = room.key("n8n").await;
        room.call::<KeysSuspend>(json!({"key": key.id})).await.unwrap();
        let error = room.call::<KeysRotate>(json!({"key": key.id})).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::KeySuspended);
        room.call::<KeysResume>(json!({"key": key.id})).await.unwrap();
        room.call_as::<KeysRevoke>("lee", None, json!({"key": key.id})).await.unwrap();
        let error = room.call::<KeysRotate>(json!({"key": key.id})).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.by.as_deref()), (ErrorCode::KeyRevoked, Some("lee")));
    }

    async fn the_grace_is_ended_extended_and_shortened(room) {
        let (key, old) = room.key("n8n").await;
        room.rotate(&key, "24h").await;
        let longer = room.call::<KeysExtendGrace>(json!({"key": key.id, "by": "24h"})).await.unwrap();
        assert_eq!(longer.old_until, Some(room.now().plus(Span::hours(48))));
        let shorter = room.call::<KeysExtendGrace>(json!({"key": key.id, "until": room.now().plus(Span::hours(1))})).await.unwrap();
        assert_eq!(shorter.old_until, Some(room.now().plus(Span::hours(1))));
        let error = room.call::<KeysExtendGrace>(json!({"key": key.id, "by": "31d"})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::PolicyGrace, Some("by")));
        let past = json!({"key": key.id, "until": "2020-01-01T00:00:00Z"});
        assert_eq!(room.call::<KeysExtendGrace>(past).await.unwrap_err().code, ErrorCode::Invalid);
        room.call::<KeysRetireOld>(json!({"key": key.id})).await.unwrap();
        assert_eq!(room.outcome(&old).await, Outcome::Retired);
        let error = room.call::<KeysExtendGrace>(json!({"key": key.id, "by": "1h"})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NoSuchSecret);
    }

    async fn a_rotation_is_undone_during_its_grace(room) {
        let (key, old) = room.key("n8n").await;
        let new = room.rotate(&key, "24h").await;
        let undone = room.call::<KeysUndoRotation>(json!({"key": key.id})).await.unwrap();
        assert_eq!((undone.status, undone.hint), (KeyStatus::Active, key.hint.clone()));
        assert_eq!(room.outcome(&new).await, Outcome::Retired);
        room.clock.advance(Span::days(2));
        assert_eq!(room.outcome(&old).await, Outcome::Valid);
        assert_eq!(room.call::<KeysUndoRotation>(json!({"key": key.id})).await.unwrap_err().code, ErrorCode::NoSuchSecret);
    }

    async fn turning_the_clock_back_revives_nothing(room) {
        let (key, old) = room.key("n8n").await;
        let (short, expired) = room.issue(json!({"tenant": "acme", "name": "short", "expires": "2h"})).await;
        room.rotate(&key, "1h").await;
        let start = room.now();
        room.clock.advance(Span::hours(3));
        assert_eq!(room.outcome(&old).await, Outcome::Retired);
        assert_eq!(room.outcome(&expired).await, Outcome::Expired);
        room.clock.set(start);
        assert_eq!(room.outcome(&old).await, Outcome::Retired);
        assert_eq!(room.outcome(&expired).await, Outcome::Expired);
        assert_eq!(room.get(&short).await.status, KeyStatus::Expired);
    }

    async fn a_clock_that_went_back_before_the_last_change_refuses_changes_and_a_new_process_revives_nothing(room) {
        let (key, old) = room.key("n8n").await;
        room.rotate(&key, "1h").await;
        let start = room.now();
        room.clock.advance(Span::hours(3));
        room.issue(json!({"tenant": "acme", "name": "later"})).await;
        room.clock.set(start);
        let restarted = room.another().await;
        assert_eq!(restarted.outcome(&old).await, Outcome::Retired);
        let error = restarted.call::<KeysSuspend>(json!({"key": key.id})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ClockWentBack);
    }
}
