//! Operators: who may administer a server. An operator's token is a key of the reserved tenant
//! (`domain.md`, Administrators); its role says what it may do, its grants what it may hand out.
//! Holds no storage and no HTTP.

use serde::{Deserialize, Serialize};

use crate::error::{AdminError, ErrorCode};
use crate::id::{KeyId, TenantId};
use crate::key::{Key, SecretState};
use crate::operation::{Caller, KEYS, OPERATORS, READ};
use crate::permission::{Dialect, Permission, Permissions};
use crate::time::Timestamp;

/// The reserved tenant's short name. No customer's tenant may have it.
pub const RESERVED_SLUG: &str = "latchkey";
/// What stands at the head of operators' tokens, so that nobody takes one for a customer's key.
pub const TOKEN_HEAD: &str = "lka_";

/// The reserved tenant: the same in every store, in no list, beyond the reach of every operation on tenants,
/// roles and keys.
#[must_use]
pub const fn reserved_tenant() -> TenantId {
    TenantId::nil()
}

/// How the audit names whoever confirmed a secret by using it first. No operator is called so.
pub const FIRST_USE: &str = "first use";

/// What an operator may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum OperatorRole {
    /// Sees everything but secrets.
    Viewer,
    /// Also issues keys and does everything that is done to them.
    Issuer,
    /// Also tenants, roles, policies and operators.
    Admin,
}

impl OperatorRole {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Issuer, Self::Admin];

    /// The word in JSON and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Issuer => "issuer",
            Self::Admin => "admin",
        }
    }

    /// What its holder may do in Latchkey itself.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        match self {
            Self::Viewer => vec![READ],
            Self::Issuer => vec![READ, KEYS],
            Self::Admin => vec![Permission::known("latchkey:*")],
        }
        .into()
    }

    /// The role that holds exactly Latchkey's own of `permissions`; none: a damaged row.
    #[must_use]
    pub fn of_permissions(permissions: &Permissions) -> Option<Self> {
        let own: Vec<Permission> = permissions.iter().filter(|held| held.is_own()).cloned().collect();
        Self::ALL.into_iter().find(|role| Vec::from(role.permissions()) == own)
    }
}

/// What an operator's key holds: its role's permissions, and the customers' permissions it may hand out.
#[must_use]
pub fn scopes(role: OperatorRole, grants: &Permissions) -> Permissions {
    role.permissions().union(grants)
}

/// The customers' permissions among what an operator's key holds.
#[must_use]
pub fn grants(scopes: &Permissions) -> Permissions {
    scopes.iter().filter(|held| !held.is_own()).cloned().collect::<Vec<_>>().into()
}

/// The operator who asks, where one does: a store's own account is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OperatorRef {
    /// The key that is the operator.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: OperatorRole,
    /// When the token that was used stops working.
    pub expires_at: Option<Timestamp>,
}

/// Nobody hands out more than they hold (`domain.md`, Permissions): each of `granted` must be covered by what
/// `caller` holds. Also asked before a new secret of a key is shown, which hands out all that the key grants.
///
/// # Errors
/// `forbidden` at `field`, naming the first permission that the caller does not hold.
pub fn check_grants(caller: &Caller, field: &str, granted: &Permissions) -> Result<(), AdminError> {
    match granted.iter().find(|permission| !caller.permissions.cover(permission, Dialect::default())) {
        Some(beyond) => {
            let words = format!("You may not hand out {beyond}, which you do not hold yourself.");
            Err(AdminError::new(ErrorCode::Forbidden, words).at_field(field))
        }
        None => Ok(()),
    }
}

/// The same for a change of what stands already: only what `before` did not grant is handed out by it.
///
/// # Errors
/// As [`check_grants`].
pub fn check_widened(
    caller: &Caller,
    field: &str,
    before: &Permissions,
    after: &Permissions,
) -> Result<(), AdminError> {
    let is_new = |permission: &&Permission| !before.cover(permission, Dialect::default());
    let added: Vec<Permission> = after.iter().filter(is_new).cloned().collect();
    check_grants(caller, field, &added.into())
}

/// Whether `key` is an operator who may administer operators now.
#[must_use]
pub fn is_active_admin(key: &Key, now: Timestamp) -> bool {
    OperatorRole::of_permissions(&key.scopes) == Some(OperatorRole::Admin)
        && key.revocation.is_none()
        && key.suspended_at.is_none()
        && !key.is_expired(now)
}

/// Whether somebody can administer operators as `key`: also its token was saved or used.
#[must_use]
pub fn is_standing_admin(key: &Key, now: Timestamp) -> bool {
    is_active_admin(key, now) && key.secrets.iter().any(|secret| secret.state(now) == SecretState::Current)
}

/// The last admin stays one: is not removed, not made less, given no end, and not left with nothing but a token that
/// nobody has saved yet. `others` counts the other ones who stand.
///
/// # Errors
/// `last_admin`.
pub fn check_last_admin(before: &Key, after: &Key, others: usize, now: Timestamp) -> Result<(), AdminError> {
    if others > 0 || !is_active_admin(before, now) {
        return Ok(());
    }
    let words = if !is_active_admin(after, now) {
        "This is the last admin. Make another operator an admin first."
    } else if ends_sooner(end(before), end(after)) {
        "This is the last admin, who must not end. Make another operator an admin first."
    } else if is_standing_admin(before, now) && !is_standing_admin(after, now) {
        "This is the last admin, whose token would end before the new one is saved. Rotate without cutting the old \
         one: with a grace of 0 it ends as soon as the new one is saved. Or make another operator an admin first."
    } else {
        return Ok(());
    };
    Err(AdminError::new(ErrorCode::LastAdmin, words))
}

/// When a key ends, once what was chosen at its rotation counts.
fn end(key: &Key) -> Option<Timestamp> {
    let waits = key.newest().filter(|newest| newest.confirmed_at.is_none() && newest.killed_at.is_none());
    waits.and_then(|newest| newest.next_expiry).unwrap_or(key.expires_at)
}

fn ends_sooner(before: Option<Timestamp>, after: Option<Timestamp>) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
    }
}

/// Nobody makes themselves more or less than they are.
///
/// # Errors
/// `forbidden` at `role`.
pub fn check_not_own_role(caller: &Caller, operator: KeyId) -> Result<(), AdminError> {
    match &caller.operator {
        Some(own) if own.id == operator => {
            let words = "Nobody changes their own role. Ask another admin.";
            Err(AdminError::new(ErrorCode::Forbidden, words).at_field("role"))
        }
        Some(_) | None => Ok(()),
    }
}

/// What only whoever administers operators may see or do.
///
/// # Errors
/// `forbidden`.
pub fn check_operators(caller: &Caller) -> Result<(), AdminError> {
    if caller.permissions.cover(&OPERATORS, Dialect::default()) {
        return Ok(());
    }
    Err(AdminError::new(ErrorCode::Forbidden, "Your admin role may not do this."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(texts: &[&str]) -> Permissions {
        texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<Permission>>().into()
    }

    #[test]
    fn a_role_is_read_back_from_what_its_key_holds() {
        for role in OperatorRole::ALL {
            let held = scopes(role, &permissions(&["*", "posts:read"]));
            assert_eq!(OperatorRole::of_permissions(&held), Some(role));
            assert_eq!(grants(&held), permissions(&["*", "posts:read"]));
        }
        assert_eq!(OperatorRole::of_permissions(&permissions(&["*", "admin", "*:*"])), None);
        assert_eq!(OperatorRole::of_permissions(&permissions(&["latchkey:keys"])), None);
    }
}
