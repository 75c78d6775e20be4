//! Bad input: refused with the field named, nothing stored; odd names are names and come back as typed.

use latchkey_core::ErrorCode;
use latchkey_core::operations::{KeysGet, KeysIssue, KeysList, KeysRotate, RolesCreate, TenantsCreate};
use serde_json::{Value, json};

in_every_room! {
    async fn a_field_that_is_not_acceptable_is_named(room) {
        room.tenant().await;
        let bad: Vec<(Value, ErrorCode, &str)> = vec![
            (json!({"name": ""}), ErrorCode::Invalid, "name"),
            (json!({"name": "   "}), ErrorCode::Invalid, "name"),
            (json!({"name": "a".repeat(101)}), ErrorCode::Invalid, "name"),
            (json!({"name": "a".repeat(1_000_000)}), ErrorCode::Invalid, "name"),
            (json!({"name": "gnp\u{202e}exe"}), ErrorCode::Invalid, "name"),
            (json!({"name": "nul\u{0}"}), ErrorCode::Invalid, "name"),
            (json!({"name": "n", "notes": "x".repeat(2001)}), ErrorCode::Invalid, "notes"),
            (json!({"name": "n", "owner": "bell\u{7}"}), ErrorCode::Invalid, "owner"),
            (json!({"name": "n", "expires": "2025-12-31"}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "expires": "2026-02-30"}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "expires": "2027-02-29"}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "expires": "9999-12-31"}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "expires": "+275760-09-13"}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "expires": "2027-01-01T00:00:00"}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "expires": 90}), ErrorCode::Invalid, "expires"),
            (json!({"name": "n", "scopes": ["po*:read"]}), ErrorCode::Invalid, "scopes"),
            (json!({"name": "n", "scopes": ["posts read"]}), ErrorCode::Invalid, "scopes"),
            (json!({"name": "n", "scopes": [""]}), ErrorCode::Invalid, "scopes"),
            (json!({"name": "n", "ip": ["10.0.0.256"]}), ErrorCode::Invalid, "ip"),
            (json!({"name": "n", "ip": ["localhost"]}), ErrorCode::Invalid, "ip"),
            (json!({"name": "n", "ip": ["10.0.0.0/33"]}), ErrorCode::Invalid, "ip"),
            (json!({"name": "n", "ip": vec!["10.0.0.1"; 257]}), ErrorCode::Invalid, "ip"),
            (json!({"name": "n", "tags": vec!["t"; 21]}), ErrorCode::Invalid, "tags"),
            (json!({"name": "n", "grace": "-1h"}), ErrorCode::Invalid, "grace"),
            (json!({"name": "n", "grace": "1.5h"}), ErrorCode::Invalid, "grace"),
            (json!({"name": "n", "grace": "30s"}), ErrorCode::Invalid, "grace"),
            (json!({"name": "n", "grace": "60d"}), ErrorCode::PolicyGrace, "grace"),
            (json!({"name": "n", "environment": "production"}), ErrorCode::Invalid, "environment"),
            (json!({"name": "n", "role": "Nobody"}), ErrorCode::NotFound, "role"),
            (json!({"name": "n", "digest": "x"}), ErrorCode::UnknownField, "digest"),
            (json!({"name": "n", "created_at": "2020-01-01T00:00:00Z"}), ErrorCode::UnknownField, "created_at"),
            (json!({"name": "n", "tenant": "nobody"}), ErrorCode::NotFound, "tenant"),
            (json!({"name": "n", "tenant": ""}), ErrorCode::Invalid, "tenant"),
            (json!({}), ErrorCode::Invalid, "name"),
        ];
        for (request, code, field) in bad {
            let mut whole = json!({"tenant": "acme"});
            for (name, value) in request.as_object().unwrap() {
                whole[name] = value.clone();
            }
            let error = room.call::<KeysIssue>(whole).await.map(|_| ()).unwrap_err();
            let shown: String = request.to_string().chars().take(80).collect();
            assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{shown}: {}", error.message);
            assert!(!error.message.is_empty() && error.message.len() < 400);
        }
        assert_eq!(room.call::<KeysList>(json!({})).await.unwrap().total, 0);
    }

    async fn odd_names_come_back_as_they_were_typed(room) {
        room.tenant().await;
        let names = [
            "<img src=x onerror=alert(1)>", "\"><svg/onload=fetch('//x')>", "javascript:alert(1)", "'; DROP TABLE key;--", "{{7*7}}", "=cmd|' /C calc'!A0",
            "👩‍👩‍👧‍👦", "مفتاح الإنتاج", "Ключ", "a\\b%_", "NULL", "${jndi:ldap://x}", "Cafe\u{301}",
        ];
        for name in names {
            let (key, _) = room.issue(json!({"tenant": "acme", "name": name})).await;
            assert_eq!(room.get(&key).await.name, name);
        }
    }

    async fn ids_that_are_none_and_foreign_ones_are_told_the_same(room) {
        let (key, _) = room.key("n8n").await;
        for bad in ["../admin", "1 OR 1=1", "", "key_", &key.id.to_string().to_uppercase()] {
            let error = room.call::<KeysGet>(json!({"key": bad})).await.unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("key")), "{bad}");
        }
        let other = latchkey_tests::Room::sqlite().await;
        let (foreign, _) = other.key("n8n").await;
        let error = room.call::<KeysGet>(json!({"key": foreign.id})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound);
        let error = room.call::<KeysRotate>(json!({"key": foreign.id})).await.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::NotFound);
    }

    async fn slugs_are_host_names(room) {
        for bad in ["", "Acme", "a_b", "-a", "a-", "a b", "ünï", &"a".repeat(64), "a/b", "."] {
            let error = room.call::<TenantsCreate>(json!({"slug": bad, "name": "ACME"})).await.unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("slug")), "{bad}");
        }
    }

    async fn a_role_takes_at_most_256_permissions(room) {
        room.tenant().await;
        let many: Vec<String> = (0..257).map(|number| format!("r{number}:read")).collect();
        let error = room.call::<RolesCreate>(json!({"tenant": "acme", "name": "All", "permissions": many})).await.unwrap_err();
        assert_eq!(error.field.as_deref(), Some("permissions"));
    }
}
