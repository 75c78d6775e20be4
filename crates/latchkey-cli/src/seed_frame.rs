//! The words and the frame of `generate_api_key`, letter by letter as the Django seed prints them, its
//! box included: the line with the key is one column shorter than the box around it.

use latchkey_core::key::KeyStatus;
use latchkey_core::operations::KeyDetails;
use zeroize::Zeroizing;

use crate::output::{harmless, joined};

/// The width of the rules.
const RULE: usize = 70;
/// What a key is padded to inside the box.
const INSIDE: usize = 66;

/// The whole frame.
pub fn draw(key: &KeyDetails, plaintext: &str) -> Zeroizing<String> {
    let rule = "=".repeat(RULE);
    let line = "─".repeat(RULE - 2);
    let padding = " ".repeat(INSIDE.saturating_sub(plaintext.len()));
    let facts = facts(key);
    joined(&[
        &rule,
        "\nAPI KEY GENERATED SUCCESSFULLY!\n",
        &rule,
        "\n\nIMPORTANT: Copy this key now. It will NEVER be shown again!\n\n┌",
        &line,
        "┐\n│ ",
        plaintext,
        &padding,
        "│\n└",
        &line,
        "┘\n\n",
        &facts,
    ])
}

/// The lines below the box. `Prefix` shows what stays visible of a key, never its end.
fn facts(key: &KeyDetails) -> String {
    let works = match key.status {
        KeyStatus::Unconfirmed | KeyStatus::Active | KeyStatus::Expiring | KeyStatus::Rotating => {
            !key.tenant_suspended
        }
        KeyStatus::Suspended | KeyStatus::Revoked | KeyStatus::Expired => false,
    };
    let role = key.role.as_ref().map(|role| role.name.as_str()).unwrap_or_default();
    let hint = key.hint.trim_end_matches('…');
    format!(
        "Name:        {}\nTenant:      {} ({})\nRole:        {}\nPrefix:      {hint}...\nActive:      {}\nCreated:     {}\n",
        harmless(&key.name, false),
        harmless(&key.tenant.name, false),
        key.tenant.slug,
        harmless(role, false),
        if works { "True" } else { "False" },
        key.created_at.to_plain_text(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed's own example, its key and hint as they stand there.
    const SEED: &str = "\
======================================================================
API KEY GENERATED SUCCESSFULLY!
======================================================================

IMPORTANT: Copy this key now. It will NEVER be shown again!

┌────────────────────────────────────────────────────────────────────┐
│ sk_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6                          │
└────────────────────────────────────────────────────────────────────┘

Name:        n8n Production
Tenant:      ACME Corp (acme)
Role:        Integration Access
Prefix:      sk_live_abc1...
Active:      True
Created:     2025-01-15 10:30:45
";

    fn key() -> KeyDetails {
        serde_json::from_value(serde_json::json!({
            "id": "key_0190b5f0000070008000000000000001",
            "tenant": {"id": "ten_0190b5f0000070008000000000000001", "slug": "acme", "name": "ACME Corp"},
            "name": "n8n Production", "notes": "", "owner": "", "environment": "live", "status": "unconfirmed",
            "hint": "sk_live_abc1…",
            "role": {"id": "rol_0190b5f0000070008000000000000001", "number": 5, "name": "Integration Access"},
            "scopes": [], "permissions": [], "identity": null, "integration": null, "tags": [], "tier": null,
            "ip": [], "grace": null, "expires_at": null, "suspended_at": null, "tenant_suspended": false,
            "revocation": null, "reactivable": false, "old_until": null, "unsaved": true,
            "created_at": "2025-01-15T10:30:45.000Z", "created_by": "ann",
            "updated_at": "2025-01-15T10:30:45.000Z", "updated_by": "ann", "version": 1,
            "usage": {"last_used_at": null, "last_used_ip": null, "count": 0}, "secrets": []
        }))
        .unwrap()
    }

    #[test]
    fn the_frame_is_the_seeds_letter_by_letter() {
        let text = draw(&key(), "sk_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6");
        for (ours, seed) in text.lines().zip(SEED.lines()) {
            assert_eq!(ours, seed);
        }
        assert_eq!(text.as_str(), SEED);
    }

    #[test]
    fn a_name_cannot_draw_into_the_frame() {
        let mut key = key();
        key.name = "\u{1b}[2J\nRole:        admin".to_owned();
        assert!(facts(&key).starts_with("Name:        \\u{1b}[2J\\nRole:        admin\nTenant:"));
    }
}
