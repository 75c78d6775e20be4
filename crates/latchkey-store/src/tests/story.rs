//! One key from its tenant to its revocation, in both engines, and what transactions promise: replayed
//! requests, lost races, sample data. The finer behaviour is the contract's to test.

use latchkey_core::ErrorCode;
use latchkey_core::operation::Operation;
use latchkey_core::operations::*;
use latchkey_core::verification::Outcome;
use latchkey_core::{Call, Caller, Perform, Source, Span, time::Clock};
use serde_json::json;

use super::room::{Room, in_both_rooms, op, perform};
use crate::mint::randomness;

async fn outcome(room: &Room, key: &str) -> Outcome {
    room.does(op::<KeysVerify>(json!({ "key": key }))).await.outcome
}

async fn with_a_key(room: &Room) -> (KeyDetails, String) {
    room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
    room.does(op::<RolesCreate>(
        json!({ "name": "Reader", "tenant": "acme", "permissions": ["posts:read"] }),
    ))
    .await;
    let issue =
        json!({ "tenant": "acme", "name": "n8n production", "role": "Reader", "scopes": ["users:*"] });
    let (issued, plaintext) = room.mints(op::<KeysIssue>(issue)).await;
    (issued.key, plaintext.expose().to_owned())
}

in_both_rooms! {
    async fn a_key_lives_from_issue_to_revocation(room) {
        let (key, first) = with_a_key(&room).await;
        assert!(first.starts_with("sk_live_"));
        assert_eq!(outcome(&room, &first).await, Outcome::Valid);

        let id = key.id.to_string();
        let (rotated, second) = room.mints(op::<KeysRotate>(json!({ "key": id, "grace": "24h", "version": 1 }))).await;
        let second = second.expose().to_owned();
        assert_eq!(rotated.old_until, Some(room.clock.now().plus(Span::hours(24))));
        assert_eq!(outcome(&room, &first).await, Outcome::Valid);
        assert_eq!(outcome(&room, &second).await, Outcome::Valid);
        room.clock.advance(Span::from_millis(24 * 3_600_000 - 1));
        assert_eq!(outcome(&room, &first).await, Outcome::Valid);
        room.clock.advance(Span::from_millis(1));
        assert_eq!(outcome(&room, &first).await, Outcome::Retired);
        assert_eq!(outcome(&room, &second).await, Outcome::Valid);

        let list = room.does(op::<KeysList>(json!({ "search": "N8N", "status": ["active"] }))).await;
        assert_eq!((list.total, list.items.len()), (1, 1));
        assert_eq!(list.items[0].permissions.len(), 2);

        let revoked = room.does(op::<KeysRevoke>(json!({ "key": id, "reason": "unused" }))).await;
        assert_eq!(outcome(&room, &second).await, Outcome::Revoked);
        let again = room.does(op::<KeysRevoke>(json!({ "key": id, "version": 1 }))).await;
        assert_eq!(again.version, revoked.version, "a second time changes nothing");
        let history = room.does(op::<AuditList>(json!({ "key": id }))).await;
        let actions: Vec<&str> = history.items.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["keys.revoke", "keys.rotate", "keys.issue"]);
        assert!(history.items.iter().all(|entry| !entry.after.contains("argon2id")));
        assert!(room.does(op::<AuditVerify>(json!({}))).await.intact);
    }

    async fn the_loser_of_a_race_is_told_who_won(room) {
        let (key, _) = with_a_key(&room).await;
        let other = room.second().await;
        let rotate = || op::<KeysRotate>(json!({ "key": key.id.to_string(), "version": 1 }));
        let (one, two) = tokio::join!(perform(&room.store, rotate()), perform(&other, rotate()));
        let ((Ok(_), Err(lost)) | (Err(lost), Ok(_))) = (one, two) else { panic!("one wins, one loses") };
        assert_eq!(lost.code, ErrorCode::Conflict);
        assert_eq!((lost.by.as_deref(), lost.version), (Some("ann"), Some(2)));
    }

    async fn a_repeated_request_has_one_effect(room) {
        with_a_key(&room).await;
        let call = |name: &str| {
            let operation = op::<KeysIssue>(json!({ "tenant": "acme", "name": name }));
            Call {
                operation,
                caller: Caller::with_the_store("ann", Source::Cli),
                request_id: latchkey_core::id::RequestId::new(room.clock.now(), &mut randomness()),
                idempotency_key: Some("once".parse().unwrap()),
            }
        };
        let (one, two) = tokio::join!(room.store.perform(call("backup")), room.store.perform(call("backup")));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.value.key.id, two.value.key.id);
        assert_ne!(one.plaintext.is_some(), two.plaintext.is_some(), "the plaintext is shown once");
        let other = room.store.perform(call("other")).await.err().unwrap();
        assert_eq!(other.code, ErrorCode::IdempotencyKeyReused);
        room.clock.advance(Span::hours(24));
        assert!(room.store.perform(call("later")).await.unwrap().plaintext.is_some());
    }

    async fn a_change_is_seen_by_another_program(room) {
        let (key, _) = with_a_key(&room).await;
        let other = room.second().await;
        let now = perform(&other, op::<ChangesSince>(json!({}))).await.unwrap().revision;
        let waiting = tokio::spawn(async move {
            perform(&other, op::<ChangesSince>(json!({ "revision": now, "wait_ms": 5000 }))).await.unwrap()
        });
        room.does(op::<KeysSuspend>(json!({ "key": key.id.to_string() }))).await;
        let changes = waiting.await.unwrap();
        assert_eq!(changes.revision, now + 1);
        assert_eq!(changes.touched, [Touched { noun: "key".into(), id: key.id.to_string() }]);
    }

    async fn a_clock_that_is_turned_back_revives_nothing_and_changes_nothing(room) {
        let (key, first) = with_a_key(&room).await;
        let id = key.id.to_string();
        room.mints(op::<KeysRotate>(json!({ "key": id, "grace": "1m" }))).await;
        room.clock.advance(Span::minutes(5));
        room.does(op::<KeysUpdate>(json!({ "key": id, "notes": "later" }))).await;
        let start = room.clock.now();
        room.clock.set(latchkey_core::Timestamp::from_millis(start.as_millis() - 240_000));
        assert_eq!(outcome(&room, &first).await, Outcome::Retired);
        let again = perform(&room.second().await, op::<KeysSuspend>(json!({ "key": id }))).await;
        assert_eq!(again.unwrap_err().code, ErrorCode::ClockWentBack);
    }

    async fn a_role_goes_only_when_no_key_uses_it(room) {
        let (key, _) = with_a_key(&room).await;
        let used = perform(&room.store, op::<RolesDelete>(json!({ "role": "1" }))).await.unwrap_err();
        assert_eq!((used.code, used.message.as_str()), (ErrorCode::RoleInUse, "Used by 1 key"));
        room.does(op::<KeysUpdate>(json!({ "key": key.id.to_string(), "role": null }))).await;
        room.does(op::<RolesDelete>(json!({ "role": "1" }))).await;
        let number = room.does(op::<RolesCreate>(json!({ "name": "Reader", "tenant": "acme" }))).await.role.number;
        assert_eq!(number, 2, "a number is not given twice");
    }

    async fn names_are_taken_within_a_tenant_until_the_key_is_revoked(room) {
        let (key, _) = with_a_key(&room).await;
        let issue = || op::<KeysIssue>(json!({ "tenant": "acme", "name": "N8N  Production" }));
        let taken = perform(&room.store, issue()).await.err().unwrap();
        assert_eq!((taken.code, taken.field.as_deref()), (ErrorCode::NameTaken, Some("name")));
        assert_eq!(taken.message, "Acme already has a key with this name.");
        room.does(op::<KeysRevoke>(json!({ "key": key.id.to_string() }))).await;
        room.mints(issue()).await;
    }
}

#[test]
fn a_store_performs_every_operation() {
    fn performs_every<P: PerformsEvery>() {}
    performs_every::<crate::Store>();
    assert_eq!(KeysList::NAME, "keys.list");
}
