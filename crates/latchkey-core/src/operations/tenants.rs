//! Operations on tenants: create, list, get, update, suspend, resume.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::selectors::TenantSelector;
use crate::error::AdminError;
use crate::ip_range::IpRange;
use crate::key::Environment;
use crate::page::{Page, check_limit};
use crate::profile::{KnownPermission, Profile};
use crate::tenant::Tenant;
use crate::text::{check_name, check_notes, check_slug};
use crate::time::{Span, Timestamp};

/// A tenant with what is counted about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TenantDetails {
    /// The tenant itself.
    #[serde(flatten)]
    pub tenant: Tenant,
    /// Keys that a service would accept now.
    pub keys_active: u64,
    /// All keys, the revoked and expired ones too.
    pub keys_total: u64,
    /// When one of its keys was last used.
    pub last_used_at: Option<Timestamp>,
    /// The permissions its profile knows.
    pub catalogue: Vec<KnownPermission>,
}

operation! {
    /// Makes a tenant.
    TenantsCreate = "tenants.create", Post "/v1/tenants", TENANTS, Changes => TenantDetails {
        positional {
            /// Its short name, unique in the store.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")))]
            slug: String,
        }
        options {
            /// What people call it.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: String,
            /// Which system its keys are for.
            profile: Option<Profile>,
            /// For people.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NOTES_MAX), regex(pattern = crate::text::LINES)))]
            notes: Option<String>,
            /// How long an old secret works after a rotation when nobody says.
            default_grace: Option<Span>,
            /// The longest grace period that may be asked for.
            max_grace: Option<Span>,
            /// The longest life of a key.
            max_lifetime: Option<Span>,
            /// Whether revoked keys may be made active again.
            allow_reactivate: Option<bool>,
            /// Whether every key needs an address range.
            ip_required: Option<bool>,
        }
        lists {
            /// The environments keys may be issued for; none given: both.
            environments as "environment": Environment,
            /// Where all its keys may be used from; none given: anywhere.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::LIST_MAX)))]
            ip as "ip": IpRange,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_slug("slug", &self.slug)?;
        check_name("name", &self.name)?;
        check_notes("notes", self.notes.as_deref().unwrap_or_default())
    }
}

operation! {
    /// Lists tenants by name.
    TenantsList = "tenants.list", Get "/v1/tenants", READ, Reads => Page<TenantDetails> {
        options {
            /// Part of a name or slug.
            search: Option<String>,
            /// Items of one page, 1 to 500.
            #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = crate::page::LIMIT_MAX)))]
            limit: Option<u32>,
            /// Where the last page ended.
            cursor: Option<String>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_limit(self.limit).map(drop)
    }
}

operation! {
    /// Shows one tenant.
    TenantsGet = "tenants.get", Get "/v1/tenants/{tenant}", READ, Reads => TenantDetails {
        positional {
            /// By id or slug.
            tenant: TenantSelector,
        }
    }
}

operation! {
    /// Changes a tenant's name, notes or policy.
    TenantsUpdate = "tenants.update", Patch "/v1/tenants/{tenant}", TENANTS, Changes => TenantDetails {
        positional {
            /// By id or slug.
            tenant: TenantSelector,
        }
        options {
            /// What people call it.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: Option<String>,
            /// For people.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NOTES_MAX), regex(pattern = crate::text::LINES)))]
            notes: Option<String>,
            /// How long an old secret works after a rotation when nobody says.
            default_grace: Option<Span>,
            /// The longest grace period that may be asked for.
            max_grace: Option<Span>,
            /// Whether revoked keys may be made active again.
            allow_reactivate: Option<bool>,
            /// Whether every key needs an address range.
            ip_required: Option<bool>,
            /// The version this change was made for; a stale one is refused.
            version: Option<i64>,
        }
        replaced {
            /// The environments keys may be issued for; absent: unchanged.
            environments as "environment": Environment,
            /// Where all its keys may be used from; emptied: anywhere.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::LIST_MAX)))]
            ip as "ip": IpRange,
        }
        clearable {
            /// The longest life of a key; cleared: no limit.
            max_lifetime: Span,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        if let Some(name) = &self.name {
            check_name("name", name)?;
        }
        check_notes("notes", self.notes.as_deref().unwrap_or_default())
    }
}

operation! {
    /// Refuses every key of a tenant until it is resumed.
    TenantsSuspend = "tenants.suspend", Post "/v1/tenants/{tenant}/suspend", TENANTS, Changes => TenantDetails {
        positional {
            /// By id or slug.
            tenant: TenantSelector,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}

operation! {
    /// Accepts a suspended tenant's keys again.
    TenantsResume = "tenants.resume", Post "/v1/tenants/{tenant}/resume", TENANTS, Changes => TenantDetails {
        positional {
            /// By id or slug.
            tenant: TenantSelector,
        }
        options {
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}
