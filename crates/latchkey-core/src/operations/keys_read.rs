//! Operations that read keys: list and get; and what a key looks like to whoever asks. Takes no plaintext in.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::selectors::{RoleSelector, TenantSelector};
use crate::error::AdminError;
use crate::id::{KeyId, RoleId, SecretId, TenantId};
use crate::ip_range::IpRange;
use crate::key::{Environment, Key, KeyStatus, Revocation, SecretState};
use crate::page::{Page, check_limit};
use crate::permission::Permissions;
use crate::time::{Span, Timestamp};

/// A tenant as a key names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TenantRef {
    /// Stable.
    pub id: TenantId,
    /// Its short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A role as a key names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RoleRef {
    /// Stable.
    pub id: RoleId,
    /// Its small number.
    pub number: i64,
    /// Its name.
    pub name: String,
}

/// Who used something last, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Usage {
    /// When it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// From where.
    pub last_used_ip: Option<String>,
    /// How often it was accepted.
    pub count: u64,
}

/// One secret of a key, as it may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecretDetails {
    /// Stable.
    pub id: SecretId,
    /// Its visible beginning.
    pub hint: String,
    /// What it is now, with its deadline.
    #[serde(flatten)]
    pub state: SecretState,
    /// When it was minted.
    pub created_at: Timestamp,
    /// When it was saved or first used.
    pub confirmed_at: Option<Timestamp>,
    /// When it stopped or stops.
    pub ended_at: Option<Timestamp>,
    /// Who used it.
    pub usage: Usage,
}

/// A key as everybody who may see it sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KeyDetails {
    /// Stable through every rotation.
    pub id: KeyId,
    /// Whose key it is.
    pub tenant: TenantRef,
    /// What uses it.
    pub name: String,
    /// For people.
    pub notes: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is for.
    pub environment: Environment,
    /// What it is now.
    pub status: KeyStatus,
    /// The visible beginning of the secret in use.
    pub hint: String,
    /// Its role.
    pub role: Option<RoleRef>,
    /// What it grants beside its role.
    pub scopes: Permissions,
    /// Everything it grants.
    pub permissions: Permissions,
    /// The user of the tenant it stands for.
    pub identity: Option<String>,
    /// The integration it belongs to.
    pub integration: Option<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// The rate-limit tier.
    pub tier: Option<String>,
    /// Where it may be used from; empty: anywhere.
    pub ip: Vec<IpRange>,
    /// The grace period of its rotations when nobody says; none: the tenant's.
    pub grace: Option<Span>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Since when it is suspended.
    pub suspended_at: Option<Timestamp>,
    /// Whether its tenant is suspended, which refuses the key too.
    pub tenant_suspended: bool,
    /// That it was revoked.
    pub revocation: Option<Revocation>,
    /// Whether the tenant's policy and the reason let it be made active again.
    pub reactivable: bool,
    /// When the old secret stops, while one still works.
    pub old_until: Option<Timestamp>,
    /// Whether the newest secret waits to be saved, or lapsed: it can be minted again.
    pub unsaved: bool,
    /// When it was issued.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
    /// Counts changes.
    pub version: i64,
    /// Who used it.
    pub usage: Usage,
    /// Newest first.
    pub secrets: Vec<SecretDetails>,
}

impl KeyDetails {
    /// What `key` looks like at `now`. `usage` is looked up for each secret.
    pub fn of(key: Key, context: KeyContext, usage: impl Fn(SecretId) -> Usage, now: Timestamp) -> Self {
        let secrets: Vec<SecretDetails> = key
            .secrets
            .iter()
            .rev()
            .map(|secret| SecretDetails {
                id: secret.id,
                hint: secret.hint(),
                state: secret.state(now),
                created_at: secret.created_at,
                confirmed_at: secret.confirmed_at,
                ended_at: secret
                    .killed_at
                    .or(secret.not_after)
                    .or((secret.confirmed_at.is_none()).then_some(secret.lapses_at)),
                usage: usage(secret.id),
            })
            .collect();
        let newest =
            secrets.iter().max_by_key(|secret| secret.usage.last_used_at).map(|secret| secret.usage.clone());
        let count = secrets.iter().map(|secret| secret.usage.count).sum();
        Self {
            status: KeyStatus::of(&key, now),
            hint: key.shown_secret(now).map(crate::key::Secret::hint).unwrap_or_default(),
            unsaved: key.revocation.is_none()
                && key
                    .newest()
                    .is_some_and(|newest| newest.confirmed_at.is_none() && newest.killed_at.is_none()),
            reactivable: context.allow_reactivate
                && key.revocation.as_ref().is_some_and(|revocation| revocation.reason != crate::key::LEAKED),
            old_until: key.old_until(now),
            permissions: context.role_permissions.union(&key.scopes),
            usage: Usage { count, ..newest.unwrap_or_default() },
            secrets,
            id: key.id,
            tenant: context.tenant,
            tenant_suspended: context.tenant_suspended,
            role: context.role,
            name: key.name,
            notes: key.notes,
            owner: key.owner,
            environment: key.environment,
            scopes: key.scopes,
            identity: key.identity,
            integration: key.integration,
            tags: key.tags,
            tier: key.tier,
            ip: key.ip,
            grace: key.grace,
            expires_at: key.expires_at,
            suspended_at: key.suspended_at,
            revocation: key.revocation,
            created_at: key.created_at,
            created_by: key.created_by,
            updated_at: key.updated_at,
            updated_by: key.updated_by,
            version: key.version,
        }
    }
}

/// What is around a key when it is shown.
#[derive(Clone, Debug)]
pub struct KeyContext {
    /// Its tenant.
    pub tenant: TenantRef,
    /// Whether the tenant is suspended.
    pub tenant_suspended: bool,
    /// Whether the tenant's policy lets revoked keys be made active again.
    pub allow_reactivate: bool,
    /// Its role.
    pub role: Option<RoleRef>,
    /// What the role grants.
    pub role_permissions: Permissions,
}

/// The order of a list of keys. Names go up; times go down, the latest first, unless turned round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum), value(rename_all = "snake_case"))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum KeySort {
    /// By name, A first.
    #[default]
    Name,
    /// By name, Z first.
    NameDesc,
    /// By issue, the latest first.
    Created,
    /// By issue, the oldest first.
    CreatedAsc,
    /// By expiry, the soonest first, those without one last.
    Expires,
    /// By expiry, the furthest first, those without one last.
    ExpiresDesc,
    /// By last use, the latest first, those never used last.
    LastUsed,
    /// By last use, the longest ago first, those never used last.
    LastUsedAsc,
}

operation! {
    /// Lists keys.
    KeysList = "keys.list", Get "/v1/keys", READ, Reads => Page<KeyDetails> {
        options {
            /// Only this tenant's.
            tenant: Option<TenantSelector>,
            /// Only those with this role.
            role: Option<RoleSelector>,
            /// Only those for this.
            environment: Option<Environment>,
            /// Part of a name, a tenant's name or slug, or the visible beginning of a key.
            search: Option<String>,
            /// Only those that end before.
            expires_before: Option<Timestamp>,
            /// Only those last used before, or never.
            last_used_before: Option<Timestamp>,
            /// The order; by name when not given.
            sort: Option<KeySort>,
            /// Items of one page, 1 to 500.
            #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = crate::page::LIMIT_MAX)))]
            limit: Option<u32>,
            /// Where the last page ended.
            cursor: Option<String>,
        }
        lists {
            /// Only those in one of these statuses; none given: all.
            status as "status": KeyStatus,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_limit(self.limit).map(drop)
    }
}

operation! {
    /// Shows one key.
    KeysGet = "keys.get", Get "/v1/keys/{key}", READ, Reads => KeyDetails {
        positional {
            /// Which key.
            key: KeyId,
        }
    }
}
