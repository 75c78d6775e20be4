//! The schema's own checks: what core refuses is refused again for hands that do not go through core.
//! One statement a class, on a store that holds a key; each must fail and the good ones must not.

use latchkey_core::operations::*;
use serde_json::json;

use super::room::{Room, in_both_rooms, op};
use crate::statement::sql;

const REFUSED: &[&str] = &[
    // Words.
    "UPDATE keys SET environment = 'staging'",
    "UPDATE tenants SET profile = 'nobody'",
    "UPDATE tenants SET environments = '[]'",
    "UPDATE tenants SET ip_required = 2",
    "INSERT INTO meta (name, value) VALUES ('colour', 'red')",
    // Lengths.
    "UPDATE keys SET name = ''",
    "UPDATE tenants SET slug = ''",
    "UPDATE keys SET tier = ''",
    "UPDATE secrets SET public_id = 'short'",
    "UPDATE keys SET id = 'ten_00000000000000000000000000000000'",
    // Lists and digests.
    "UPDATE keys SET scopes = ''",
    "UPDATE roles SET permissions = '{}'",
    "UPDATE secrets SET digest = 'a plaintext'",
    "UPDATE secrets SET digest = NULL",
    // Ranges.
    "UPDATE tenants SET default_grace_ms = 5",
    "UPDATE tenants SET max_grace_ms = 7776000001",
    "UPDATE tenants SET default_grace_ms = max_grace_ms + 60000",
    "UPDATE tenants SET max_lifetime_ms = 1",
    "UPDATE keys SET version = 0",
    "UPDATE keys SET grace_ms = -1",
    "UPDATE secrets SET grace_ms = -1",
    "UPDATE roles SET number = 0",
    // Times.
    "UPDATE keys SET created_at = 0",
    "UPDATE keys SET updated_at = created_at - 1",
    "UPDATE keys SET expires_at = created_at",
    "UPDATE secrets SET lapses_at = created_at",
    "UPDATE secrets SET confirmed_at = created_at - 1",
    "UPDATE secrets SET confirmed_at = lapses_at",
    "UPDATE secrets SET killed_at = created_at - 1",
    // What only makes sense together.
    "UPDATE secrets SET confirmed_at = NULL, not_after = created_at + 1",
    "UPDATE secrets SET next_expiry = created_at + 1",
    "UPDATE secrets SET pepper_id = 'p1'",
    "UPDATE keys SET revoked_at = updated_at",
    "UPDATE keys SET revoke_reason = 'leaked'",
    "INSERT INTO audit_head (id, seq, hash, at) SELECT 2, seq, hash, at FROM audit_head",
    // References and uniqueness.
    "UPDATE keys SET role_id = 'rol_00000000000000000000000000000000'",
    "DELETE FROM tenants",
    "DELETE FROM roles",
    "DELETE FROM secrets WHERE id IN (SELECT secret_id FROM usage)",
    "UPDATE tenants SET slug = 'acme'",
    // A role of another tenant.
    "UPDATE keys SET role_id = (SELECT id FROM roles WHERE name = 'Foreign')",
    // The audit's rows stay.
    "UPDATE audit SET actor = 'nobody'",
    "DELETE FROM audit",
    "UPDATE audit_targets SET seq = 1",
    "DELETE FROM audit_targets",
    // Types.
    "UPDATE keys SET created_at = 'yesterday'",
];

const ACCEPTED: &[&str] = &[
    "UPDATE keys SET notes = 'by hand'",
    "UPDATE secrets SET not_after = confirmed_at + 1",
    "UPDATE keys SET revoked_at = updated_at, revoked_by = 'ann', revoke_reason = ''",
];

in_both_rooms! {
    async fn what_core_refuses_the_schema_refuses_too(room) {
        room.does(op::<TenantsCreate>(json!({ "slug": "acme", "name": "Acme" }))).await;
        room.does(op::<TenantsCreate>(json!({ "slug": "globex", "name": "Globex" }))).await;
        room.does(op::<RolesCreate>(json!({ "name": "Reader", "tenant": "acme" }))).await;
        room.does(op::<RolesCreate>(json!({ "name": "Foreign", "tenant": "globex" }))).await;
        let key = json!({ "tenant": "acme", "name": "n8n", "role": "Reader" });
        let (issued, _) = room.mints(op::<KeysIssue>(key)).await;
        let mut tx = room.store.shared.pool.begin_write().await.unwrap();
        sql("INSERT INTO usage (secret_id, key_id, last_used_at, use_count) VALUES ($1, $2, 1, 1)")
            .bind(issued.key.secrets[0].id.to_string())
            .bind(issued.key.id.to_string())
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        for text in REFUSED {
            let mut tx = room.store.shared.pool.begin_write().await.unwrap();
            assert!(sql(text).run(&mut tx).await.is_err(), "{text}");
        }
        for text in ACCEPTED {
            let mut tx = room.store.shared.pool.begin_write().await.unwrap();
            assert!(sql(text).run(&mut tx).await.unwrap() > 0, "{text}");
        }
    }
}
