//! Nobody hands out more than they hold: not at issue, not by an update, not through a role, not by the new secret of
//! a key that can do more.

use latchkey_core::operation::Operation;
use latchkey_core::operations::*;
use latchkey_core::operator::OperatorRole;
use latchkey_core::{ErrorCode, Perform};
use latchkey_store::Store;
use latchkey_tests::{Operator, Room};
use serde_json::{Value, json};

/// That `request` by `operator` would hand out too much, at `field`.
async fn beyond<O: Operation>(room: &Room, operator: &Operator, field: &str, request: Value)
where
    Store: Perform<O>,
{
    let words = format!("{} {request}", O::NAME);
    let error = room.call_by::<O>(operator, None, request).await.map(drop).expect_err(&words);
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Forbidden, Some(field)), "{words}");
}

async fn done<O: Operation>(room: &Room, operator: &Operator, request: Value) -> O::Answer
where
    Store: Perform<O>,
{
    let words = format!("{} {request}", O::NAME);
    room.call_by::<O>(operator, None, request).await.unwrap_or_else(|error| panic!("{words}: {error:?}"))
}

in_every_room! {
    async fn a_key_is_issued_with_what_the_issuer_holds_and_no_more(room) {
        room.tenant().await;
        for (name, permissions) in [("Reader", json!(["posts:read"])), ("Root", json!(["*"]))] {
            room.call::<RolesCreate>(json!({"tenant": "acme", "name": name, "permissions": permissions})).await.unwrap();
        }
        let issuer = room.operator("ann", OperatorRole::Issuer, Some(&["posts:*"])).await;
        done::<KeysIssue>(&room, &issuer, json!({"tenant": "acme", "name": "a", "scopes": ["posts:write"], "role": "Reader"})).await;
        done::<KeysIssue>(&room, &issuer, json!({"tenant": "acme", "name": "b"})).await;
        for scope in ["users:read", "*", "*:*", "*:read", "admin"] {
            beyond::<KeysIssue>(&room, &issuer, "scopes", json!({"tenant": "acme", "name": "c", "scopes": ["posts:read", scope]})).await;
        }
        beyond::<KeysIssue>(&room, &issuer, "role", json!({"tenant": "acme", "name": "c", "role": "Root"})).await;
        assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 2);
        let nothing = room.operator("nobody", OperatorRole::Issuer, Some(&[])).await;
        beyond::<KeysIssue>(&room, &nothing, "scopes", json!({"tenant": "acme", "name": "c", "scopes": ["posts:read"]})).await;
    }

    async fn an_update_widens_a_key_by_what_the_issuer_holds_and_narrows_it_freely(room) {
        room.tenant().await;
        room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Root", "permissions": ["*"]})).await.unwrap();
        let (key, _) = room.issue(json!({"tenant": "acme", "name": "n8n", "scopes": ["users:read", "users:write"]})).await;
        let issuer = room.operator("ann", OperatorRole::Issuer, Some(&["posts:read"])).await;
        done::<KeysUpdate>(&room, &issuer, json!({"key": key.id, "notes": "hello"})).await;
        done::<KeysUpdate>(&room, &issuer, json!({"key": key.id, "scopes": ["users:read", "posts:read"]})).await;
        beyond::<KeysUpdate>(&room, &issuer, "scopes", json!({"key": key.id, "scopes": ["users:read", "users:write"]})).await;
        beyond::<KeysUpdate>(&room, &issuer, "scopes", json!({"key": key.id, "scopes": ["users:*"]})).await;
        beyond::<KeysUpdate>(&room, &issuer, "role", json!({"key": key.id, "role": "Root"})).await;
        room.call::<KeysUpdate>(json!({"key": key.id, "role": "Root"})).await.unwrap();
        let narrowed = done::<KeysUpdate>(&room, &issuer, json!({"key": key.id, "role": null, "scopes": []})).await;
        assert!(narrowed.permissions.is_empty());
    }

    async fn a_new_secret_hands_out_all_that_its_key_grants(room) {
        room.tenant().await;
        room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Root", "permissions": ["*"]})).await.unwrap();
        let (strong, _) = room.issue(json!({"tenant": "acme", "name": "strong", "role": "Root"})).await;
        let (weak, _) = room.issue(json!({"tenant": "acme", "name": "weak", "scopes": ["posts:read"]})).await;
        let (waits, _) = room.issue(json!({"tenant": "acme", "name": "waits", "scopes": ["users:read"], "confirm": "later"})).await;
        let issuer = room.operator("ann", OperatorRole::Issuer, Some(&["posts:read"])).await;
        beyond::<KeysRotate>(&room, &issuer, "key", json!({"key": strong.id})).await;
        beyond::<KeysRemint>(&room, &issuer, "key", json!({"key": waits.id})).await;
        done::<KeysRotate>(&room, &issuer, json!({"key": weak.id})).await;
        assert_eq!(room.get(&strong).await.version, strong.version);
        // What shows no secret is no handing out.
        done::<KeysRevoke>(&room, &issuer, json!({"key": strong.id})).await;
    }

    async fn a_role_is_made_and_widened_by_what_the_admin_holds(room) {
        room.tenant().await;
        let strong = json!({"tenant": "acme", "name": "Strong", "permissions": ["users:*"]});
        let strong = room.call::<RolesCreate>(strong).await.unwrap().role;
        let admin = room.operator("ann", OperatorRole::Admin, Some(&["posts:*"])).await;
        let create = |permissions: Value| json!({"tenant": "acme", "name": "New", "permissions": permissions});
        beyond::<RolesCreate>(&room, &admin, "permissions", create(json!(["posts:read", "users:read"]))).await;
        let role = done::<RolesCreate>(&room, &admin, create(json!(["posts:read"]))).await.role;
        done::<RolesUpdate>(&room, &admin, json!({"role": role.id, "permissions": ["posts:*"]})).await;
        beyond::<RolesUpdate>(&room, &admin, "permissions", json!({"role": role.id, "permissions": ["*"]})).await;
        done::<RolesUpdate>(&room, &admin, json!({"role": strong.id, "name": "Renamed"})).await;
        done::<RolesUpdate>(&room, &admin, json!({"role": strong.id, "permissions": ["users:read"]})).await;
        beyond::<RolesUpdate>(&room, &admin, "permissions", json!({"role": strong.id, "permissions": ["users:*"]})).await;
    }

    async fn an_admin_makes_no_operator_who_may_hand_out_more(room) {
        let strong = room.operator("strong", OperatorRole::Viewer, None).await;
        let admin = room.operator("ann", OperatorRole::Admin, Some(&["posts:*"])).await;
        beyond::<OperatorsCreate>(&room, &admin, "grants", json!({"name": "new", "role": "viewer"})).await;
        beyond::<OperatorsCreate>(&room, &admin, "grants", json!({"name": "new", "role": "viewer", "grants": ["users:read"]})).await;
        let request = json!({"name": "new", "role": "admin", "grants": ["posts:read"]});
        let new = done::<OperatorsCreate>(&room, &admin, request).await.value.key;
        beyond::<OperatorsUpdate>(&room, &admin, "grants", json!({"operator": new.id, "grants": ["*"]})).await;
        done::<OperatorsUpdate>(&room, &admin, json!({"operator": new.id, "grants": ["posts:*"], "role": "issuer"})).await;
        let own = json!({"operator": admin.key.id, "grants": ["*"]});
        beyond::<OperatorsUpdate>(&room, &admin, "grants", own).await;
        // Its new token could hand out what the asker may not.
        beyond::<OperatorsRotate>(&room, &admin, "key", json!({"operator": strong.key.id})).await;
        done::<OperatorsRotate>(&room, &admin, json!({"operator": new.id})).await;
    }
}
