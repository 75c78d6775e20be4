//! Tenants and their roles for people: in a list, by themselves, changed.

use latchkey_core::operations::{RoleDetails, TenantDetails};

use super::{Facts, instant, joined, utc};

/// The heads of a list of tenants.
pub(super) const TENANTS: [&str; 6] = ["SLUG", "NAME", "PROFILE", "STATUS", "KEYS", "ID"];
/// The heads of a list of roles.
pub(super) const ROLES: [&str; 6] = ["NUMBER", "NAME", "TENANT", "PERMISSIONS", "KEYS", "ID"];

const fn tenant_status(tenant: &TenantDetails) -> &'static str {
    if tenant.tenant.suspended_at.is_some() { "suspended" } else { "active" }
}

/// A tenant in a list.
pub(super) fn tenant_row(tenant: &TenantDetails) -> Vec<String> {
    vec![
        tenant.tenant.slug.clone(),
        tenant.tenant.name.clone(),
        tenant.tenant.profile.word().to_owned(),
        tenant_status(tenant).to_owned(),
        format!("{} of {} active", tenant.keys_active, tenant.keys_total),
        tenant.tenant.id.to_string(),
    ]
}

/// A tenant by itself.
pub(super) fn tenant_facts(details: &TenantDetails) -> Facts {
    let (tenant, policy) = (&details.tenant, &details.tenant.policy);
    let environments: Vec<_> = policy.environments.iter().map(|environment| environment.word()).collect();
    let ip: Vec<String> = policy.ip.iter().map(ToString::to_string).collect();
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        ("id", tenant.id.to_string()),
        ("slug", tenant.slug.clone()),
        ("name", tenant.name.clone()),
        ("profile", tenant.profile.word().to_owned()),
        ("status", tenant_status(details).to_owned()),
        ("keys", format!("{} of {} active", details.keys_active, details.keys_total)),
        ("last used", instant(details.last_used_at)),
        ("grace", format!("{}, at most {}", policy.default_grace, policy.max_grace)),
        ("longest life", policy.max_lifetime.map_or_else(|| "no limit".to_owned(), |life| life.to_string())),
        ("environments", environments.join(" ")),
        ("addresses", ip.join(" ")),
        ("addresses asked for", yes(policy.ip_required)),
        ("may reactivate", yes(policy.allow_reactivate)),
        ("notes", tenant.notes.clone()),
        ("made", utc(tenant.created_at)),
        ("changed", format!("{} by {}", utc(tenant.updated_at), tenant.updated_by)),
        ("version", tenant.version.to_string()),
    ]
}

/// A tenant that was changed.
pub(super) fn tenant_line(details: &TenantDetails) -> [String; 3] {
    [details.tenant.slug.clone(), details.tenant.name.clone(), tenant_status(details).to_owned()]
}

/// A role in a list.
pub(super) fn role_row(role: &RoleDetails) -> Vec<String> {
    vec![
        role.role.number.to_string(),
        role.role.name.clone(),
        role.tenant.slug.clone(),
        joined(&role.role.permissions),
        role.keys.to_string(),
        role.role.id.to_string(),
    ]
}

/// A role by itself.
pub(super) fn role_facts(details: &RoleDetails) -> Facts {
    let role = &details.role;
    vec![
        ("id", role.id.to_string()),
        ("number", role.number.to_string()),
        ("name", role.name.clone()),
        ("tenant", format!("{} ({})", details.tenant.name, details.tenant.slug)),
        ("description", role.description.clone()),
        ("permissions", joined(&role.permissions)),
        ("keys", details.keys.to_string()),
        ("made", utc(role.created_at)),
        ("changed", format!("{} by {}", utc(role.updated_at), role.updated_by)),
        ("version", role.version.to_string()),
    ]
}

/// A role that was changed.
pub(super) fn role_line(details: &RoleDetails) -> [String; 3] {
    [details.role.number.to_string(), details.role.name.clone(), details.role.id.to_string()]
}
