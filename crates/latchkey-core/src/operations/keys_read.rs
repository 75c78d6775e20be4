//! Operations that read keys: list, get, find, verify; and what a key looks like to whoever asks.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::selectors::{RoleSelector, TenantSelector};
use crate::error::AdminError;
use crate::id::{KeyId, RoleId, SecretId, TenantId};
use crate::ip_range::IpRange;
use crate::key::{Environment, Key, KeyStatus, Revocation, SecretState};
use crate::operation::Incoming;
use crate::page::{Page, check_limit};
use crate::permission::{Permission, Permissions};
use crate::plaintext::PlaintextKey;
use crate::rate_limit::RateLimit;
use crate::time::{Span, Timestamp};
use crate::verification::Outcome;

/// A tenant as a key names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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

/// A candidate that is a key of this store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundKey {
    /// Which candidate, counted from 0.
    pub candidate: u32,
    /// The secret it is.
    pub secret_id: SecretId,
    /// The key it belongs to.
    pub key: KeyDetails,
}

/// Which candidates are ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundKeys {
    /// In the order of the candidates; what is not ours is left out.
    pub items: Vec<FoundKey>,
}

operation! {
    /// Finds which of some plaintext keys are ours.
    KeysFind = "keys.find", Post "/v1/keys/find", READ, Reads => FoundKeys {
        incoming {
            /// Up to 100 plaintext keys.
            #[serde(with = "crate::plaintext::incoming::list")]
            #[cfg_attr(feature = "typescript", ts(as = "Vec<String>"))]
            candidates: Vec<PlaintextKey>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        if self.candidates.len() > 100 {
            return Err(AdminError::invalid("candidates", "At most 100 keys in one call."));
        }
        Ok(())
    }

    fn incoming(&mut self) -> Incoming<'_> {
        Incoming::Many(&mut self.candidates)
    }
}

/// How a verification ended, and what a service learns about a good key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Verification {
    /// Whether the key is good for what was asked.
    pub valid: bool,
    /// The true cause.
    pub outcome: Outcome,
    /// The key, once the digest has matched.
    pub key_id: Option<KeyId>,
    /// Its tenant.
    pub tenant: Option<TenantRef>,
    /// Its role's name.
    pub role: Option<String>,
    /// Everything it grants.
    pub permissions: Permissions,
    /// The user of the tenant it stands for.
    pub identity: Option<String>,
    /// What it is for.
    pub environment: Option<Environment>,
    /// When this secret stops working: the key's expiry or the end of its grace.
    pub expires_at: Option<Timestamp>,
    /// The limit that is closest to being used up, where the key has one and the verification counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub rate_limit: Option<RateLimit>,
}

operation! {
    /// Says whether a key is good, from the store. Recorded nowhere: a try, not a use.
    KeysVerify = "keys.verify", Post "/v1/keys/verify", READ, Reads => Verification {
        options {
            /// Where the request came from.
            #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
            #[cfg_attr(feature = "cli", arg(id = "ip", long = "ip"))]
            client_ip: Option<IpAddr>,
            /// Whose service asks, by id or slug.
            tenant: Option<TenantSelector>,
            /// What the service is.
            environment: Option<Environment>,
        }
        lists {
            /// Each must be granted.
            permissions as "permission": Permission,
            /// One must be granted.
            any as "any": Permission,
        }
        incoming {
            /// The key.
            #[serde(with = "crate::plaintext::incoming")]
            #[cfg_attr(feature = "typescript", ts(as = "String"))]
            key: PlaintextKey,
        }
    }

    fn incoming(&mut self) -> Incoming<'_> {
        Incoming::One(&mut self.key)
    }
}
