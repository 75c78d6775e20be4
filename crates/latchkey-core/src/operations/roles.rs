//! Operations on roles: create, list, get, update, delete.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::keys_read::TenantRef;
use super::selectors::{RoleSelector, TenantSelector};
use crate::error::AdminError;
use crate::page::{Page, check_limit};
use crate::permission::{Permission, Permissions};
use crate::role::{Role, check_permissions};
use crate::text::{check_name, check_notes};

/// A role with its tenant and how many keys use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RoleDetails {
    /// The role itself.
    #[serde(flatten)]
    pub role: Role,
    /// Whose role it is.
    pub tenant: TenantRef,
    /// Keys that use it, whatever their status.
    pub keys: u64,
}

operation! {
    /// Makes a role.
    RolesCreate = "roles.create", Post "/v1/roles", TENANTS, Changes => RoleDetails {
        positional {
            /// Unique within the tenant.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: String,
        }
        options {
            /// Whose role it is.
            tenant: TenantSelector,
            /// What it is for.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NOTES_MAX), regex(pattern = crate::text::LINES)))]
            description: Option<String>,
        }
        lists {
            /// What it grants.
            permissions as "permission": Permission,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_name("name", &self.name)?;
        check_notes("description", self.description.as_deref().unwrap_or_default())?;
        check_permissions("permissions", &Permissions::from(self.permissions.clone()))
    }
}

operation! {
    /// Lists roles by name.
    RolesList = "roles.list", Get "/v1/roles", READ, Reads => Page<RoleDetails> {
        options {
            /// Only this tenant's.
            tenant: Option<TenantSelector>,
            /// Part of a name.
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
    /// Shows one role.
    RolesGet = "roles.get", Get "/v1/roles/{role}", READ, Reads => RoleDetails {
        positional {
            /// By id, or number; by name together with the tenant.
            role: RoleSelector,
        }
        options {
            /// The tenant, where the role is named by its name.
            tenant: Option<TenantSelector>,
        }
    }
}

operation! {
    /// Changes a role; every key that uses it changes at once.
    RolesUpdate = "roles.update", Patch "/v1/roles/{role}", TENANTS, Changes => RoleDetails {
        positional {
            /// By id, or number; by name together with the tenant.
            role: RoleSelector,
        }
        options {
            /// The tenant, where the role is named by its name.
            tenant: Option<TenantSelector>,
            /// Unique within the tenant.
            #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = crate::text::NAME_MAX), regex(pattern = crate::text::LINE)))]
            name: Option<String>,
            /// What it is for.
            #[cfg_attr(feature = "openapi", schemars(length(max = crate::text::NOTES_MAX), regex(pattern = crate::text::LINES)))]
            description: Option<String>,
            /// The version this change was made for; a stale one is refused.
            version: Option<i64>,
        }
        replaced {
            /// What it grants from now on; absent: unchanged.
            permissions as "permission": Permission,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        if let Some(name) = &self.name {
            check_name("name", name)?;
        }
        check_notes("description", self.description.as_deref().unwrap_or_default())?;
        check_permissions("permissions", &Permissions::from(self.permissions.clone().unwrap_or_default()))
    }
}

operation! {
    /// Takes a role away; refused while a key uses it.
    RolesDelete = "roles.delete", Delete "/v1/roles/{role}", TENANTS, Changes => RoleDetails {
        positional {
            /// By id, or number; by name together with the tenant.
            role: RoleSelector,
        }
        options {
            /// The tenant, where the role is named by its name.
            tenant: Option<TenantSelector>,
            /// The version this change was made for.
            version: Option<i64>,
        }
    }
}
