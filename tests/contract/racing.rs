//! Two administrators at once, each with a store of its own opened on the same file or database (in one
//! process; two processes race in the tests of the command line and of the window): one wins, the other
//! is told who and when; nothing is half done.

use latchkey_core::key::SecretState;
use latchkey_core::operations::{
    AuditVerify, ChangesMade, KeyDetails, KeysIssue, KeysRevoke, KeysRotate, KeysUpdate, RolesCreate,
    RolesDelete,
};
use latchkey_core::{ErrorCode, Span};
use latchkey_tests::{Room, rounds};
use serde_json::json;

async fn check_two_at_most(room: &Room, key: &KeyDetails) -> KeyDetails {
    let now = room.get(key).await;
    assert!(now.secrets.iter().filter(|secret| secret.state != SecretState::Dead).count() <= 2);
    now
}

in_every_room! {
    async fn of_two_rotations_at_once_one_wins_and_the_other_hears_conflict_with_who_and_when(room) {
        let other = room.another().await;
        let (key, _) = room.key("n8n").await;
        for _ in 0..rounds(50) {
            let version = room.get(&key).await.version;
            let request = json!({"key": key.id, "grace": "1h", "version": version});
            let (dana, lee) = tokio::join!(
                room.call_as::<KeysRotate>("dana", None, request.clone()),
                other.call_as::<KeysRotate>("lee", None, request.clone()),
            );
            let (winner, loser) = match (dana, lee) {
                (Ok(_), Err(error)) => ("dana", error),
                (Err(error), Ok(_)) => ("lee", error),
                (Ok(_), Ok(_)) => panic!("both rotations won"),
                (Err(one), Err(two)) => panic!("neither rotation won: {one:?} {two:?}"),
            };
            assert_eq!(loser.code, ErrorCode::Conflict, "{}", loser.message);
            assert_eq!((loser.by.as_deref(), loser.at, loser.version), (Some(winner), Some(room.now()), Some(version + 1)));
            check_two_at_most(&room, &key).await;
            room.clock.advance(Span::hours(1));
        }
    }

    async fn revoke_wins_over_rotate(room) {
        let other = room.another().await;
        for round in 0..rounds(30) {
            let (key, _) = room.key(&format!("n8n {round}")).await;
            let (rotated, revoked) = tokio::join!(
                room.call_as::<KeysRotate>("dana", None, json!({"key": key.id, "grace": "1h"})),
                other.call_as::<KeysRevoke>("lee", None, json!({"key": key.id})),
            );
            revoked.unwrap();
            if let Err(error) = rotated {
                assert_eq!((error.code, error.by.as_deref()), (ErrorCode::KeyRevoked, Some("lee")));
            }
            let now = check_two_at_most(&room, &key).await;
            assert!(now.revocation.is_some());
        }
    }

    async fn of_two_edits_of_one_version_one_is_kept_whole(room) {
        let other = room.another().await;
        let (key, _) = room.key("n8n").await;
        for round in 0..rounds(50) {
            let version = room.get(&key).await.version;
            let (dana, lee) = tokio::join!(
                room.call_as::<KeysUpdate>("dana", None, json!({"key": key.id, "notes": format!("dana {round}"), "owner": format!("dana {round}"), "version": version})),
                other.call_as::<KeysUpdate>("lee", None, json!({"key": key.id, "notes": format!("lee {round}"), "owner": format!("lee {round}"), "version": version})),
            );
            assert!(dana.is_ok() != lee.is_ok(), "exactly one edit is kept");
            let now = room.get(&key).await;
            assert_eq!((now.notes.as_str(), now.version), (now.owner.as_str(), version + 1));
        }
    }

    async fn one_idempotency_key_used_at_once_makes_one_key_and_one_name_is_taken_once(room) {
        room.tenant().await;
        let other = room.another().await;
        for round in 0..rounds(20) {
            let request = json!({"tenant": "acme", "name": format!("n8n {round}")});
            let name = format!("k{round}");
            let (one, two) = tokio::join!(
                room.call_as::<KeysIssue>("dana", Some(&name), request.clone()),
                other.call_as::<KeysIssue>("dana", Some(&name), request.clone()),
            );
            let (one, two) = (one.unwrap(), two.unwrap());
            assert_eq!(one.value.key.id, two.value.key.id);
            assert!(one.plaintext.is_some() != two.plaintext.is_some(), "one of them carries the secret");
            let taken = json!({"tenant": "acme", "name": format!("taken {round}")});
            let (one, two) = tokio::join!(room.call::<KeysIssue>(taken.clone()), other.call::<KeysIssue>(taken));
            let ((Ok(_), Err(error)) | (Err(error), Ok(_))) = (one, two) else {
                panic!("exactly one gets the name");
            };
            assert_eq!(error.code, ErrorCode::NameTaken);
        }
        assert!(room.call::<AuditVerify>(json!({})).await.unwrap().intact);
    }

    async fn one_idempotency_key_used_at_once_changes_once_and_the_other_hears_that_it_was_made(room) {
        let other = room.another().await;
        let (key, _) = room.key("n8n").await;
        for round in 0..rounds(50) {
            let request = json!({"key": key.id, "notes": format!("round {round}")});
            let name = format!("u{round}");
            let version = room.get(&key).await.version;
            let (one, two, made) = tokio::join!(
                room.call_as::<KeysUpdate>("dana", Some(&name), request.clone()),
                other.call_as::<KeysUpdate>("dana", Some(&name), request.clone()),
                other.call_as::<ChangesMade>("dana", None, json!({"idempotency_key": name})),
            );
            let ((Ok(done), Err(error)) | (Err(error), Ok(done))) = (one, two) else {
                panic!("exactly one makes the change");
            };
            assert_eq!((error.code, error.at), (ErrorCode::AlreadyMade, Some(room.now())), "{}", error.message);
            assert_eq!(done.version, version + 1);
            // Asked meanwhile, it is known or not yet; never anything else.
            assert!(made.unwrap().made.is_none_or(|made| made.id == key.id.to_string()));
            let after = other.call_as::<ChangesMade>("dana", None, json!({"idempotency_key": name})).await.unwrap();
            assert_eq!(after.made.unwrap().operation, "keys.update");
            let role = json!({"tenant": "acme", "name": format!("Role {round}")});
            let role = room.call::<RolesCreate>(role).await.unwrap().role.id;
            let name = format!("d{round}");
            let (one, two) = tokio::join!(
                room.call_as::<RolesDelete>("dana", Some(&name), json!({"role": role})),
                other.call_as::<RolesDelete>("dana", Some(&name), json!({"role": role})),
            );
            let ((Ok(_), Err(error)) | (Err(error), Ok(_))) = (one, two) else {
                panic!("exactly one deletes");
            };
            assert_eq!(error.code, ErrorCode::AlreadyMade, "not that it is gone: {}", error.message);
        }
        assert!(room.call::<AuditVerify>(json!({})).await.unwrap().intact);
    }
}
