//! Keys for people: in a list, by themselves, just minted, verified, found.

use latchkey_core::key::SecretState;
use latchkey_core::operations::{FoundKeys, KeyDetails, Verification};
use latchkey_core::operator::reserved_tenant;
use latchkey_core::{AdminError, Timestamp};

use super::{Facts, end, expiry, instant, joined, table, utc};
use crate::output::{self, harmless};

/// The heads of a list of keys.
pub(super) const HEADS: [&str; 9] =
    ["ID", "NAME", "TENANT", "ENV", "STATUS", "ROLE", "KEY", "EXPIRES (UTC)", "LAST USED (UTC)"];

/// A key in a list.
pub(super) fn row(key: &KeyDetails) -> Vec<String> {
    vec![
        key.id.to_string(),
        key.name.clone(),
        key.tenant.slug.clone(),
        key.environment.word().to_owned(),
        key.status.word().to_owned(),
        key.role.as_ref().map_or_else(|| "–".to_owned(), |role| role.name.clone()),
        key.hint.clone(),
        expiry(key.expires_at),
        last_used(key),
    ]
}

/// A key by itself.
pub(super) fn facts_of(key: &KeyDetails) -> Facts {
    let role = key.role.as_ref().map(|role| format!("{} ({})", role.name, role.number)).unwrap_or_default();
    let revoked = key
        .revocation
        .as_ref()
        .map(|revocation| format!("{} by {}: {}", utc(revocation.at), revocation.by, revocation.reason));
    let ip: Vec<String> = key.ip.iter().map(ToString::to_string).collect();
    let mut facts = vec![
        ("id", key.id.to_string()),
        ("name", key.name.clone()),
        ("tenant", format!("{} ({})", key.tenant.name, key.tenant.slug)),
        ("status", key.status.word().to_owned()),
        ("tenant status", if key.tenant_suspended { "suspended".to_owned() } else { String::new() }),
        ("environment", key.environment.word().to_owned()),
        ("key", key.hint.clone()),
        ("role", role),
        ("scopes", joined(&key.scopes)),
        ("grants", joined(&key.permissions)),
        ("addresses", ip.join(" ")),
        ("expires", end(key.expires_at)),
        ("old secret until", instant(key.old_until)),
        ("grace", key.grace.map(|grace| grace.to_string()).unwrap_or_default()),
        ("suspended", instant(key.suspended_at)),
        ("revoked", revoked.unwrap_or_default()),
        ("owner", key.owner.clone()),
        ("identity", key.identity.clone().unwrap_or_default()),
        ("integration", key.integration.clone().unwrap_or_default()),
        ("tier", key.tier.clone().unwrap_or_default()),
        ("tags", key.tags.join(", ")),
        ("notes", key.notes.clone()),
        ("last used", instant(key.usage.last_used_at)),
        ("used", key.usage.count.to_string()),
        ("issued", format!("{} by {}", utc(key.created_at), key.created_by)),
        ("changed", format!("{} by {}", utc(key.updated_at), key.updated_by)),
        ("version", key.version.to_string()),
    ];
    for secret in &key.secrets {
        let state = match secret.state {
            SecretState::Unconfirmed { until } => format!("not confirmed, lapses {}", utc(until)),
            SecretState::Current => "in use".to_owned(),
            SecretState::Retiring { until } => format!("works until {}", utc(until)),
            SecretState::Dead => format!("stopped {}", instant(secret.ended_at)),
        };
        facts.push(("secret", format!("{}  {state}", secret.hint)));
    }
    facts
}

/// When a key was used last.
pub(super) fn last_used(key: &KeyDetails) -> String {
    key.usage.last_used_at.map_or_else(|| "never".to_owned(), Timestamp::to_plain_text)
}

/// A key that was changed.
pub(super) fn line(key: &KeyDetails) -> [String; 3] {
    [key.id.to_string(), key.name.clone(), key.status.word().to_owned()]
}

/// What a person at a terminal is told about a key that was just minted, without the key.
pub fn minted(key: &KeyDetails) -> String {
    let until =
        key.old_until.map(|at| format!("\nThe old secret works until {}.", utc(at))).unwrap_or_default();
    if key.tenant.id == reserved_tenant() {
        return format!(
            "{} · operator · expires {}\n{}\nCopy the token now: it is not shown again.{until}",
            harmless(&key.name, false),
            end(key.expires_at),
            key.id
        );
    }
    format!(
        "{} · {} ({}) · {} · expires {}\n{}\nCopy the key now: it is not shown again.{until}",
        harmless(&key.name, false),
        harmless(&key.tenant.name, false),
        key.tenant.slug,
        key.environment.word(),
        end(key.expires_at),
        key.id
    )
}

/// How a verification ended, and what it tells.
pub(super) fn verification_facts(verification: &Verification) -> Facts {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        ("outcome", verification.outcome.word().to_owned()),
        ("key", verification.key_id.map(|id| id.to_string()).unwrap_or_default()),
        (
            "tenant",
            verification.tenant.as_ref().map(|it| format!("{} ({})", it.name, it.slug)).unwrap_or_default(),
        ),
        ("role", text(&verification.role)),
        ("grants", joined(&verification.permissions)),
        ("identity", text(&verification.identity)),
        ("environment", verification.environment.map(|it| it.word().to_owned()).unwrap_or_default()),
        ("expires", verification.expires_at.map(|at| end(Some(at))).unwrap_or_default()),
    ]
}

/// Which of the texts are keys.
pub(super) fn found(found: &FoundKeys) -> Result<(), AdminError> {
    if found.items.is_empty() {
        output::note("None of them is a key of this store.");
        return Ok(());
    }
    let rows = found.items.iter().map(|found| {
        let mut cells = vec![(found.candidate + 1).to_string()];
        cells.extend(row(&found.key));
        cells
    });
    let mut heads = vec!["LINE"];
    heads.extend(HEADS);
    output::out(&table(&heads, rows))
}
