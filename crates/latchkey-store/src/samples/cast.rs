//! Who and what stands in the sample data (`cast.json`): tenants, roles, keys and what happened to
//! them. Names are made up; addresses are those kept for documentation. Holds no key.

use latchkey_core::AdminError;
use serde::Deserialize;

/// Everybody and everything.
#[derive(Deserialize)]
pub(super) struct Cast {
    /// The tenant that is suspended in the end.
    pub(super) suspended_tenant: &'static str,
    pub(super) tenants: Vec<SampleTenant>,
    pub(super) roles: Vec<SampleRole>,
    pub(super) keys: Vec<SampleKey>,
}

/// A tenant.
#[derive(Deserialize)]
pub(super) struct SampleTenant {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) profile: &'static str,
    pub(super) notes: &'static str,
}

/// A role of a tenant.
#[derive(Deserialize)]
pub(super) struct SampleRole {
    pub(super) tenant: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) permissions: Vec<&'static str>,
}

/// A key; its name is unique in the sample data. Times count back from now, in minutes; `expires_in` is
/// days from now, negative where it has passed.
#[derive(Deserialize)]
pub(super) struct SampleKey {
    pub(super) tenant: &'static str,
    pub(super) name: &'static str,
    pub(super) role: Option<&'static str>,
    pub(super) scopes: Vec<&'static str>,
    pub(super) environment: &'static str,
    pub(super) owner: &'static str,
    pub(super) tags: Vec<&'static str>,
    pub(super) ip: Vec<&'static str>,
    pub(super) notes: &'static str,
    pub(super) issued_ago: i64,
    pub(super) expires_in: Option<i64>,
    pub(super) used_ago: Option<i64>,
    pub(super) uses: i64,
    pub(super) fate: Fate,
}

/// What became of a key, so many minutes ago.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// It is in use, or was until it expired.
    Used,
    /// It was only just issued and waits to be saved.
    Unsaved,
    /// It got a new secret; the old one works for 48 hours more.
    Rotated(i64),
    /// It was suspended.
    Suspended(i64),
    /// It was revoked, and why.
    Revoked(i64, &'static str),
}

/// Reads who and what stands in the sample data.
///
/// # Errors
/// `internal`, which a test rules out.
pub(super) fn cast() -> Result<Cast, AdminError> {
    serde_json::from_str(include_str!("cast.json")).map_err(|_| AdminError::internal())
}
