//! Whether a key is good: one pure decision, first failure wins (`domain.md`, Verification). What it
//! needs is passed in; finding the secret and running argon2id happen before.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::id::TenantId;
use crate::ip_range::{self, IpRange};
use crate::key::{Environment, Key, Secret, SecretState};
use crate::permission::{Dialect, Permissions, Requirement};
use crate::time::Timestamp;

/// How a verification ended, in the order in which it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum Outcome {
    /// The key is good for what was asked.
    Valid,
    /// Wrong shape or checksum: a typo, or no key at all.
    Malformed,
    /// Well spelled, and none of ours.
    NotFound,
    /// A good key of another tenant.
    WrongTenant,
    /// The key is revoked.
    Revoked,
    /// The key or its tenant is suspended.
    Suspended,
    /// The key's expiry has passed.
    Expired,
    /// This secret was replaced, lapsed or ended; the key may live on with another.
    Retired,
    /// A test key at a live service, or the reverse.
    WrongEnvironment,
    /// Not from this address.
    IpDenied,
    /// The key does not hold what was asked for.
    InsufficientPermissions,
    /// Too many requests.
    RateLimited,
}

impl Outcome {
    /// Every outcome, in the order in which it is decided, the good one first.
    pub const ALL: [Self; 12] = [
        Self::Valid,
        Self::Malformed,
        Self::NotFound,
        Self::WrongTenant,
        Self::Revoked,
        Self::Suspended,
        Self::Expired,
        Self::Retired,
        Self::WrongEnvironment,
        Self::IpDenied,
        Self::InsufficientPermissions,
        Self::RateLimited,
    ];

    /// The outcome of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// The word in JSON and in counts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Malformed => "malformed",
            Self::NotFound => "not_found",
            Self::WrongTenant => "wrong_tenant",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Retired => "retired",
            Self::WrongEnvironment => "wrong_environment",
            Self::IpDenied => "ip_denied",
            Self::InsufficientPermissions => "insufficient_permissions",
            Self::RateLimited => "rate_limited",
        }
    }
}

/// What a service asks about a key.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The permissions it must hold.
    pub requirement: Requirement,
    /// Where the request came from.
    pub client_ip: Option<IpAddr>,
    /// Whose service asks; `None`: any tenant's key will do.
    pub tenant: Option<TenantId>,
    /// What the service is; `None`: either will do.
    pub environment: Option<Environment>,
}

/// The same, borrowed: on the hot path a question is made once and asked many times.
#[derive(Clone, Copy, Debug)]
pub struct AskedRef<'a> {
    /// The permissions it must hold.
    pub requirement: &'a Requirement,
    /// Where the request came from.
    pub client_ip: Option<IpAddr>,
    /// Whose service asks; `None`: any tenant's key will do.
    pub tenant: Option<TenantId>,
    /// What the service is; `None`: either will do.
    pub environment: Option<Environment>,
}

impl<'a> From<&'a Asked> for AskedRef<'a> {
    fn from(asked: &'a Asked) -> Self {
        Self {
            requirement: &asked.requirement,
            client_ip: asked.client_ip,
            tenant: asked.tenant,
            environment: asked.environment,
        }
    }
}

/// A secret that was found by its public id, with everything the decision needs.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    /// The key it belongs to.
    pub key: &'a Key,
    /// The secret itself.
    pub secret: &'a Secret,
    /// Whether the digest is that of the presented text.
    pub digest_matches: bool,
    /// Whether the key's tenant is suspended.
    pub tenant_suspended: bool,
    /// Where all keys of the tenant may be used from; empty: anywhere.
    pub tenant_ip: &'a [IpRange],
    /// The role's permissions and the key's own together.
    pub permissions: &'a Permissions,
    /// The dialect of the tenant's profile.
    pub dialect: Dialect,
}

/// Decides. `found` is `None` when no secret has that public id; a malformed key never comes here.
#[must_use]
pub fn decide<'a>(found: Option<Found<'_>>, asked: impl Into<AskedRef<'a>>, now: Timestamp) -> Outcome {
    let asked = asked.into();
    let Some(found) = found.filter(|found| found.digest_matches) else { return Outcome::NotFound };
    let key = found.key;
    if asked.tenant.is_some_and(|tenant| tenant != key.tenant_id) {
        Outcome::WrongTenant
    } else if found.tenant_suspended {
        Outcome::Suspended
    } else if key.revocation.is_some() {
        Outcome::Revoked
    } else if key.suspended_at.is_some() {
        Outcome::Suspended
    } else if key.is_expired(now) {
        Outcome::Expired
    } else if found.secret.state(now) == SecretState::Dead {
        Outcome::Retired
    } else if asked.environment.is_some_and(|environment| environment != key.environment) {
        Outcome::WrongEnvironment
    } else if !ip_range::allowed(&key.ip, asked.client_ip)
        || !ip_range::allowed(found.tenant_ip, asked.client_ip)
    {
        Outcome::IpDenied
    } else if !asked.requirement.met_by(found.permissions, found.dialect) {
        Outcome::InsufficientPermissions
    } else {
        Outcome::Valid
    }
}
