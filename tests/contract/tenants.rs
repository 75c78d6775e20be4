//! Tenants: made, listed, changed, suspended; their policy holds for their keys.

use latchkey_core::operations::{
    KeysIssue, KeysRotate, TenantsCreate, TenantsGet, TenantsList, TenantsResume, TenantsSuspend,
    TenantsUpdate,
};
use latchkey_core::profile::Profile;
use latchkey_core::verification::Outcome;
use latchkey_core::{ErrorCode, Span};
use serde_json::json;

in_every_room! {
    async fn a_tenant_is_found_by_its_slug_and_its_id(room) {
        let made = room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME Corp", "profile": "django-tenant"})).await.unwrap();
        assert_eq!(made.tenant.profile, Profile::DjangoTenant);
        assert!(made.tenant.policy.allow_reactivate, "the Django seed activates revoked keys");
        assert_eq!(made.tenant.policy.default_grace, Span::hours(24));
        let by_slug = room.call::<TenantsGet>(json!({"tenant": "acme"})).await.unwrap();
        let by_id = room.call::<TenantsGet>(json!({"tenant": made.tenant.id})).await.unwrap();
        assert_eq!(by_slug, by_id);
        assert_eq!(room.call::<TenantsGet>(json!({"tenant": "globex"})).await.unwrap_err().code, ErrorCode::NotFound);
    }

    async fn a_slug_is_taken_once(room) {
        room.tenant().await;
        let error = room.call::<TenantsCreate>(json!({"slug": "acme", "name": "Another"})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::NameTaken, Some("slug")));
    }

    async fn tenants_are_listed_in_pages_by_name_with_their_keys_counted(room) {
        for slug in ["umbrella", "acme", "initech", "globex"] {
            room.call::<TenantsCreate>(json!({"slug": slug, "name": slug.to_uppercase()})).await.unwrap();
        }
        room.issue(json!({"tenant": "acme", "name": "one"})).await;
        let (two, _) = room.issue(json!({"tenant": "acme", "name": "two"})).await;
        room.call::<latchkey_core::operations::KeysRevoke>(json!({"key": two.id})).await.unwrap();
        let first = room.call::<TenantsList>(json!({"limit": 3})).await.unwrap();
        assert_eq!(first.total, 4);
        let slugs: Vec<_> = first.items.iter().map(|item| item.tenant.slug.as_str()).collect();
        assert_eq!(slugs, ["acme", "globex", "initech"]);
        assert_eq!((first.items[0].keys_active, first.items[0].keys_total), (1, 2));
        let rest = room.call::<TenantsList>(json!({"limit": 3, "cursor": first.next_cursor})).await.unwrap();
        assert_eq!(rest.items.len(), 1);
        assert_eq!(rest.next_cursor, None);
        let found = room.call::<TenantsList>(json!({"search": "MBREL"})).await.unwrap();
        assert_eq!(found.items.len(), 1);
    }

    async fn a_change_that_names_a_stale_version_is_a_conflict_with_who_and_when(room) {
        room.tenant().await;
        let request = json!({"tenant": "acme", "name": "Acme", "version": 1});
        let changed = room.call_as::<TenantsUpdate>("lee", None, request.clone()).await.unwrap();
        assert_eq!((changed.tenant.version, changed.tenant.name.as_str()), (2, "Acme"));
        let error = room.call::<TenantsUpdate>(request).await.unwrap_err();
        assert_eq!((error.code, error.by.as_deref(), error.version), (ErrorCode::Conflict, Some("lee"), Some(2)));
        assert_eq!(error.at, Some(room.now()));
    }

    async fn a_suspended_tenant_refuses_all_its_keys_until_it_is_resumed(room) {
        let (_, plaintext) = room.key("n8n").await;
        room.call::<TenantsSuspend>(json!({"tenant": "acme"})).await.unwrap();
        assert_eq!(room.outcome(&plaintext).await, Outcome::Suspended);
        let error = room.call::<KeysIssue>(json!({"tenant": "acme", "name": "two"})).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::KeySuspended);
        room.call::<TenantsResume>(json!({"tenant": "acme"})).await.unwrap();
        assert_eq!(room.outcome(&plaintext).await, Outcome::Valid);
    }

    async fn a_policy_limits_life_grace_environment_and_asks_for_address_ranges(room) {
        let policy = json!({"slug": "acme", "name": "ACME", "max_lifetime": "90d", "max_grace": "48h", "environments": ["live"], "ip_required": true});
        room.call::<TenantsCreate>(policy).await.unwrap();
        let cases = [
            (json!({"expires": "91d", "ip": ["10.0.0.0/8"]}), ErrorCode::PolicyLifetime, "expires"),
            (json!({"ip": ["10.0.0.0/8"]}), ErrorCode::PolicyLifetime, "expires"),
            (json!({"expires": "90d", "ip": ["10.0.0.0/8"], "environment": "test"}), ErrorCode::PolicyDenied, "environment"),
            (json!({"expires": "90d"}), ErrorCode::PolicyDenied, "ip"),
        ];
        for (mut request, code, field) in cases {
            request["tenant"] = "acme".into();
            request["name"] = "n8n".into();
            let error = room.call::<KeysIssue>(request).await.map(|_| ()).unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{}", error.message);
        }
        let (key, _) = room.issue(json!({"tenant": "acme", "name": "n8n", "expires": "90d", "ip": ["10.0.0.0/8"]})).await;
        let error = room.call::<KeysRotate>(json!({"key": key.id, "grace": "49h"})).await.map(|_| ()).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::PolicyGrace, Some("grace")));
    }

    async fn a_cleared_limit_is_told_from_an_unchanged_one(room) {
        room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME", "max_lifetime": "90d"})).await.unwrap();
        let kept = room.call::<TenantsUpdate>(json!({"tenant": "acme", "notes": "hello"})).await.unwrap();
        assert_eq!(kept.tenant.policy.max_lifetime, Some(Span::days(90)));
        let cleared = room.call::<TenantsUpdate>(json!({"tenant": "acme", "max_lifetime": null})).await.unwrap();
        assert_eq!(cleared.tenant.policy.max_lifetime, None);
        assert_eq!(cleared.tenant.notes, "hello");
    }

    async fn a_policy_that_contradicts_itself_is_refused(room) {
        let bad = [
            (json!({"default_grace": "49h", "max_grace": "48h"}), "default_grace"),
            (json!({"max_grace": "91d"}), "max_grace"),
            (json!({"default_grace": "30s"}), "default_grace"),
            (json!({"max_lifetime": "0"}), "max_lifetime"),
        ];
        for (mut request, field) in bad {
            request["slug"] = "acme".into();
            request["name"] = "ACME".into();
            let error = room.call::<TenantsCreate>(request).await.unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some(field)));
        }
    }
}
