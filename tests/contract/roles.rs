//! Roles: made, numbered, changed for every key at once, deleted only while unused.

use latchkey_core::ErrorCode;
use latchkey_core::operations::{
    KeysIssue, RolesCreate, RolesDelete, RolesGet, RolesList, RolesUpdate, TenantsCreate,
};
use latchkey_core::verification::Outcome;
use serde_json::json;

in_every_room! {
    async fn a_role_is_named_by_number_id_or_name(room) {
        room.tenant().await;
        let made = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Integration", "permissions": ["tasks.add_task"]})).await.unwrap();
        let number = made.role.number.to_string();
        for role in [json!({"role": number}), json!({"role": made.role.id}), json!({"role": "Integration", "tenant": "acme"})] {
            assert_eq!(room.call::<RolesGet>(role).await.unwrap(), made);
        }
        let second = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Other"})).await.unwrap();
        assert_eq!(second.role.number, made.role.number + 1);
        assert!(second.role.permissions.is_empty());
    }

    async fn a_role_changes_every_key_that_has_it_at_once(room) {
        room.tenant().await;
        let role = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader", "permissions": ["posts:read"]})).await.unwrap();
        let (key, plaintext) = room.issue(json!({"tenant": "acme", "name": "n8n", "role": "Reader", "scopes": ["users:read"]})).await;
        assert_eq!(key.permissions.iter().map(ToString::to_string).collect::<Vec<_>>(), ["posts:read", "users:read"]);
        let asks = json!({"permissions": ["posts:write"]});
        assert_eq!(room.verify(&plaintext, asks.clone()).await.outcome, Outcome::InsufficientPermissions);
        room.call::<RolesUpdate>(json!({"role": role.role.id, "permissions": ["posts:*"]})).await.unwrap();
        assert_eq!(room.verify(&plaintext, asks.clone()).await.outcome, Outcome::Valid);
        room.call::<RolesUpdate>(json!({"role": role.role.id, "permissions": []})).await.unwrap();
        assert_eq!(room.verify(&plaintext, asks).await.outcome, Outcome::InsufficientPermissions);
        let renamed = room.call::<RolesUpdate>(json!({"role": role.role.id, "name": "Nobody"})).await.unwrap();
        assert_eq!((renamed.role.name.as_str(), renamed.role.permissions.len(), renamed.keys), ("Nobody", 0, 1));
    }

    async fn a_used_role_is_not_deleted_and_says_by_how_many(room) {
        room.tenant().await;
        let role = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader"})).await.unwrap().role;
        for name in ["one", "two"] {
            room.issue(json!({"tenant": "acme", "name": name, "role": role.id})).await;
        }
        let error = room.call::<RolesDelete>(json!({"role": role.id})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::RoleInUse);
        assert!(error.message.contains("Used by 2 keys"), "{}", error.message);
        let unused = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Unused"})).await.unwrap().role;
        room.call::<RolesDelete>(json!({"role": unused.id})).await.unwrap();
        assert_eq!(room.call::<RolesGet>(json!({"role": unused.id})).await.unwrap_err().code, ErrorCode::NotFound);
    }

    async fn role_names_are_unique_within_a_tenant_and_roles_stay_in_it(room) {
        room.tenant().await;
        room.call::<TenantsCreate>(json!({"slug": "globex", "name": "Globex"})).await.unwrap();
        room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Reader"})).await.unwrap();
        let error = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "reader"})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::NameTaken, Some("name")));
        let foreign = room.call::<RolesCreate>(json!({"tenant": "globex", "name": "Reader"})).await.unwrap().role;
        let error = room.call::<KeysIssue>(json!({"tenant": "acme", "name": "n8n", "role": foreign.id})).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::NotFound, Some("role")));
        assert_eq!(room.call::<RolesList>(json!({"tenant": "globex"})).await.unwrap().total, 1);
        assert_eq!(room.call::<RolesList>(json!({})).await.unwrap().total, 2);
    }

    async fn latchkeys_own_permissions_are_not_given_to_customers(room) {
        room.tenant().await;
        let error = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "Sneaky", "permissions": ["latchkey:keys"]})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("permissions")));
        let error = room.call::<KeysIssue>(json!({"tenant": "acme", "name": "n8n", "scopes": ["latchkey:*"]})).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("scopes")));
    }
}
