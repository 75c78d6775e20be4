//! Where all keys of a tenant may be used from, beside what each key says.

use latchkey_core::ErrorCode;
use latchkey_core::operations::{TenantsCreate, TenantsGet, TenantsUpdate};
use latchkey_core::text::LIST_MAX;
use latchkey_core::verification::Outcome;
use serde_json::json;

in_every_room! {
    async fn a_tenants_addresses_hold_for_all_its_keys(room) {
        let request = json!({"slug": "acme", "name": "ACME", "ip": ["10.0.0.1/8", "2001:db8::/32"]});
        let made = room.call::<TenantsCreate>(request).await.unwrap();
        assert_eq!(made.tenant.policy.ip.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "2001:db8::/32"]);
        let (_, key) = room.issue(json!({"tenant": "acme", "name": "n8n"})).await;
        for (ip, outcome) in [
            ("10.1.2.3", Outcome::Valid),
            ("::ffff:10.1.2.3", Outcome::Valid),
            ("2001:db8::7", Outcome::Valid),
            ("192.0.2.1", Outcome::IpDenied),
        ] {
            assert_eq!(room.verify(&key, json!({"client_ip": ip})).await.outcome, outcome, "{ip}");
        }
        assert_eq!(room.outcome(&key).await, Outcome::IpDenied, "an unknown address is in no list");
    }

    async fn a_keys_own_addresses_count_beside_its_tenants(room) {
        room.call::<TenantsCreate>(json!({"slug": "acme", "name": "ACME", "ip": ["10.0.0.0/8"]})).await.unwrap();
        let (_, key) = room.issue(json!({"tenant": "acme", "name": "n8n", "ip": ["10.1.0.0/16", "192.0.2.0/24"]})).await;
        for (ip, outcome) in
            [("10.1.2.3", Outcome::Valid), ("10.2.2.3", Outcome::IpDenied), ("192.0.2.1", Outcome::IpDenied)]
        {
            assert_eq!(room.verify(&key, json!({"client_ip": ip})).await.outcome, outcome, "{ip}");
        }
    }

    async fn an_update_replaces_a_tenants_addresses_and_leaves_them_when_it_says_nothing(room) {
        let (_, key) = room.key("n8n").await;
        let updated = room.call::<TenantsUpdate>(json!({"tenant": "acme", "ip": ["10.0.0.0/8"]})).await.unwrap();
        assert_eq!(updated.tenant.policy.ip.len(), 1);
        assert_eq!(room.verify(&key, json!({"client_ip": "192.0.2.1"})).await.outcome, Outcome::IpDenied);
        room.call::<TenantsUpdate>(json!({"tenant": "acme", "notes": "hello"})).await.unwrap();
        assert_eq!(room.call::<TenantsGet>(json!({"tenant": "acme"})).await.unwrap().tenant.policy.ip.len(), 1);
        room.call::<TenantsUpdate>(json!({"tenant": "acme", "ip": []})).await.unwrap();
        assert_eq!(room.outcome(&key).await, Outcome::Valid);
    }

    async fn too_many_addresses_of_a_tenant_are_refused(room) {
        room.tenant().await;
        let many: Vec<_> = (0..=LIST_MAX).map(|number| format!("10.0.{}.{}", number / 256, number % 256)).collect();
        let error = room.call::<TenantsUpdate>(json!({"tenant": "acme", "ip": many})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("ip")));
        let error = room.call::<TenantsUpdate>(json!({"tenant": "acme", "ip": ["10.0.0.0/99"]})).await.unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("ip")));
    }
}
