//! Every change once: repeating a request has no second effect and never carries a secret, and what became
//! of a call whose answer was lost is said to its caller.

use latchkey_core::operations::{
    AuditList, AuditVerify, ChangesMade, KeysConfirm, KeysIssue, KeysList, KeysResume, KeysRevoke,
    KeysRotate, KeysSuspend, KeysUpdate, MadeChange, OperatorsRemove, RolesCreate, RolesDelete,
    TenantsUpdate,
};
use latchkey_core::operator::OperatorRole;
use latchkey_core::{AdminError, ErrorCode, Source, Span};
use latchkey_tests::{Operator, Room};
use serde_json::json;

/// What became of a call of `actor`.
async fn made(room: &Room, actor: &str, name: &str) -> Option<MadeChange> {
    room.call_as::<ChangesMade>(actor, None, json!({"idempotency_key": name})).await.unwrap().made
}

/// How many changes there were.
async fn entries(room: &Room) -> u64 {
    room.call::<AuditVerify>(json!({})).await.unwrap().entries
}

/// What a request answers that was made before.
#[track_caller]
fn is_already_made(error: &AdminError, room: &Room) {
    assert_eq!((error.code, error.at), (ErrorCode::AlreadyMade, Some(room.now())), "{}", error.message);
    let words = format!("This change was made already, at {}. Reload to see it.", room.now());
    assert_eq!(error.message, words);
}

in_every_room! {
    async fn what_became_of_a_call_whose_answer_was_lost_is_said_to_its_caller_alone(room) {
        room.tenant().await;
        let request = json!({"tenant": "acme", "name": "n8n", "confirm": "later"});
        let key = room.call_as::<KeysIssue>("dana", Some("k1"), request).await.unwrap().value.key;
        let rotate = json!({"key": key.id, "grace": "1h"});
        room.call_as::<KeysRotate>("dana", Some("k2"), rotate).await.map(|_| ()).unwrap_err();
        let issued = MadeChange { operation: "keys.issue".into(), noun: "key".into(), id: key.id.to_string(), at: room.now() };
        assert_eq!(made(&room, "dana", "k1").await, Some(issued));
        assert_eq!(made(&room, "dana", "k2").await, None, "a refused call took no effect");
        assert_eq!(made(&room, "lee", "k1").await, None);
        room.call_as::<KeysSuspend>("dana", Some("k2"), json!({"key": key.id})).await.unwrap();
        room.clock.advance(Span::hours(1));
        let suspended = made(&room, "dana", "k2").await.unwrap();
        assert_eq!((suspended.operation.as_str(), suspended.id), ("keys.suspend", key.id.to_string()));
        room.clock.advance(Span::hours(23));
        assert_eq!(made(&room, "dana", "k1").await, None, "it is kept for a day");
    }

    async fn who_is_called_as_an_operator_that_was_removed_has_none_of_its_answers(room) {
        room.tenant().await;
        let issue = |name: &str| json!({"tenant": "acme", "name": name});
        let first = room.operator("ann", OperatorRole::Issuer, None).await;
        let issued = room.call_by::<KeysIssue>(&first, Some("k1"), issue("n8n")).await.unwrap().value.key;
        let made = async |operator: &Operator| {
            room.call_by::<ChangesMade>(operator, None, json!({"idempotency_key": "k1"})).await.unwrap().made
        };
        assert_eq!(made(&first).await.unwrap().id, issued.id.to_string());
        room.call::<OperatorsRemove>(json!({"operator": first.key.id})).await.unwrap();
        let second = room.operator("ann", OperatorRole::Issuer, None).await;
        assert_eq!(made(&second).await, None);
        let own = room.call_by::<KeysIssue>(&second, Some("k1"), issue("zapier")).await.unwrap();
        assert_ne!(own.value.key.id, issued.id);
        assert!(own.plaintext.is_some(), "it was made for the first time");
        assert_eq!(made(&second).await.unwrap().id, own.value.key.id.to_string());
        let again = room.call_by::<KeysIssue>(&second, Some("k1"), issue("zapier")).await.unwrap();
        assert!(again.value.key.id == own.value.key.id && again.plaintext.is_none());
        // Nor has who is called so and has the store itself.
        if room.source() == Source::Cli {
            assert_eq!(self::made(&room, "ann", "k1").await, None);
        }
        let entries = room.call::<AuditList>(json!({"action": "keys.issue"})).await.unwrap().items;
        assert!(entries.iter().all(|entry| entry.actor == "ann"), "the audit has the name");
    }

    async fn a_change_is_made_once_under_its_idempotency_key(room) {
        let (key, _) = room.key("n8n").await;
        let request = json!({"key": key.id, "version": key.version});
        room.call_as::<KeysSuspend>("dana", Some("s1"), request.clone()).await.unwrap();
        room.call::<KeysResume>(json!({"key": key.id})).await.unwrap();
        let before = entries(&room).await;
        let again = room.call_as::<KeysSuspend>("dana", Some("s1"), request).await.unwrap_err();
        is_already_made(&again, &room);
        let other = room.call_as::<KeysRevoke>("dana", Some("s1"), json!({"key": key.id})).await.unwrap_err();
        assert_eq!(other.code, ErrorCode::IdempotencyKeyReused);
        let now = room.get(&key).await;
        assert!(now.suspended_at.is_none() && now.revocation.is_none(), "nothing was done");
        assert_eq!(entries(&room).await, before);
        room.call_as::<KeysSuspend>("lee", Some("s1"), json!({"key": key.id})).await.unwrap();
    }

    async fn every_noun_is_remembered_even_when_it_is_gone(room) {
        room.tenant().await;
        let role = json!({"tenant": "acme", "name": "Reader"});
        let role = room.call_as::<RolesCreate>("dana", Some("r1"), role).await.unwrap().role;
        let delete = json!({"role": role.id});
        room.call_as::<RolesDelete>("dana", Some("r2"), delete.clone()).await.unwrap();
        let notes = json!({"tenant": "acme", "notes": "hello"});
        let tenant = room.call_as::<TenantsUpdate>("dana", Some("t1"), notes.clone()).await.unwrap().tenant;
        is_already_made(&room.call_as::<RolesDelete>("dana", Some("r2"), delete).await.unwrap_err(), &room);
        is_already_made(&room.call_as::<TenantsUpdate>("dana", Some("t1"), notes).await.unwrap_err(), &room);
        for (name, operation, noun, id) in [
            ("r1", "roles.create", "role", role.id.to_string()),
            ("r2", "roles.delete", "role", role.id.to_string()),
            ("t1", "tenants.update", "tenant", tenant.id.to_string()),
        ] {
            let expected = MadeChange { operation: operation.into(), noun: noun.into(), id, at: room.now() };
            assert_eq!(made(&room, "dana", name).await, Some(expected));
        }
    }

    async fn what_changed_nothing_is_not_remembered(room) {
        let (key, _) = room.key("n8n").await;
        room.call::<KeysRevoke>(json!({"key": key.id})).await.unwrap();
        let before = entries(&room).await;
        room.call_as::<KeysRevoke>("dana", Some("v1"), json!({"key": key.id})).await.unwrap();
        assert_eq!(made(&room, "dana", "v1").await, None);
        room.call_as::<KeysRevoke>("dana", Some("v1"), json!({"key": key.id})).await.unwrap();
        assert_eq!(entries(&room).await, before);
    }

    async fn a_conflict_with_a_repeated_change_says_that_it_was_made(room) {
        let (key, _) = room.key("n8n").await;
        let edit = json!({"key": key.id, "notes": "mine", "version": key.version});
        room.call_as::<KeysUpdate>("dana", Some("u1"), edit.clone()).await.unwrap();
        room.call_as::<KeysUpdate>("lee", None, json!({"key": key.id, "notes": "theirs"})).await.unwrap();
        is_already_made(&room.call_as::<KeysUpdate>("dana", Some("u1"), edit).await.unwrap_err(), &room);
        assert_eq!(room.get(&key).await.notes, "theirs");
        let waiting = json!({"tenant": "acme", "name": "later", "confirm": "later"});
        let (waiting, _) = room.issue(waiting).await;
        let confirm = json!({"key": waiting.id});
        room.call_as::<KeysConfirm>("dana", Some("c1"), confirm.clone()).await.unwrap();
        is_already_made(&room.call_as::<KeysConfirm>("dana", Some("c1"), confirm).await.unwrap_err(), &room);
    }

    async fn a_repeated_request_makes_one_key_and_the_replay_has_no_secret(room) {
        room.tenant().await;
        let request = json!({"tenant": "acme", "name": "n8n"});
        let first = room.call_as::<KeysIssue>("dana", Some("k1"), request.clone()).await.unwrap();
        let again = room.call_as::<KeysIssue>("dana", Some("k1"), request).await.unwrap();
        assert!(first.plaintext.is_some() && again.plaintext.is_none());
        assert_eq!(first.value.key.id, again.value.key.id);
        assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 1);
        assert_eq!(entries(&room).await, room.begun + 2);
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
