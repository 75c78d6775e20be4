//! Roles: a tenant's named set of permissions. Which keys use one is the store's to count.

use serde::{Deserialize, Serialize};

use crate::error::AdminError;
use crate::id::{RoleId, TenantId};
use crate::permission::Permissions;
use crate::text::LIST_MAX;
use crate::time::Timestamp;

/// A named set of permissions that keys of one tenant share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Role {
    /// Stable.
    pub id: RoleId,
    /// A small number, unique in the store, as in the Django seed's `--role=5`.
    pub number: i64,
    /// Whose role it is.
    pub tenant_id: TenantId,
    /// Unique within the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it grants. Empty grants nothing.
    pub permissions: Permissions,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The actor of the last change.
    pub updated_by: String,
    /// Counts changes.
    pub version: i64,
}

impl Role {
    /// Refuses a change that was made for another version.
    ///
    /// # Errors
    /// `conflict` with who changed the role, when, and its version.
    pub fn check_version(&self, asked: Option<i64>) -> Result<(), AdminError> {
        AdminError::check_version("role", asked, self.version, &self.updated_by, self.updated_at)
    }
}

/// Refuses permissions that a customer's role or key may not have.
///
/// # Errors
/// `invalid` at `field`: too many, or Latchkey's own.
pub fn check_permissions(field: &str, permissions: &Permissions) -> Result<(), AdminError> {
    if permissions.len() > LIST_MAX {
        return Err(AdminError::invalid(field, format!("At most {LIST_MAX} permissions.")));
    }
    match permissions.iter().find(|permission| permission.is_own()) {
        Some(own) => Err(AdminError::invalid(field, format!("{own} is kept for Latchkey's operators."))),
        None => Ok(()),
    }
}
