//! Tenants: rows, finding, saving, and what is counted about them. Holds no rule.

use std::collections::HashMap;

use latchkey_core::AdminError;
use latchkey_core::id::TenantId;
use latchkey_core::key::Environment;
use latchkey_core::operations::TenantSelector;
use latchkey_core::operator::{RESERVED_SLUG, reserved_tenant};
use latchkey_core::profile::Profile;
use latchkey_core::tenant::{Tenant, TenantPolicy};
use latchkey_core::text::fold;
use latchkey_core::{Span, Timestamp};

use super::{Reading, at, span, to_json};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::statement::{Statement, row, sql};

/// The columns of a [`TenantRow`], of the table `t`.
pub(crate) const TENANT_COLUMNS: &str = "SELECT t.id, t.slug, t.name, t.notes, t.profile, t.default_grace_ms, \
     t.max_grace_ms, t.max_lifetime_ms, t.environments, t.ip_required, t.allow_reactivate, t.suspended_at, \
     t.created_at, t.updated_at, t.updated_by, t.version, t.name_fold, t.ip FROM tenants t";

/// After a tenant's id: that it is a customer's. Operators' tokens are keys of the reserved tenant, which is in no
/// list.
pub(crate) const IS_A_CUSTOMERS: &str = " <> 'ten_00000000000000000000000000000000'";

row! {
    /// A tenant as it is kept.
    TenantRow {
        id: String, slug: String, name: String, notes: String, profile: String, default_grace_ms: i64,
        max_grace_ms: i64, max_lifetime_ms: Option<i64>, environments: String, ip_required: i64,
        allow_reactivate: i64, suspended_at: Option<i64>, created_at: i64, updated_at: i64,
        updated_by: String, version: i64, name_fold: String, ip: String,
    }
}

impl TenantRow {
    /// As core knows it.
    pub(crate) fn read(self) -> Outcome<Tenant> {
        let reading = Reading::of("tenant", &self.id);
        let environments: Vec<Environment> = reading.json(&self.environments)?;
        Ok(Tenant {
            id: reading.text(&self.id)?,
            profile: reading.word(Profile::of_word(&self.profile))?,
            slug: self.slug,
            name: self.name,
            notes: self.notes,
            policy: TenantPolicy {
                default_grace: Span::from_millis(self.default_grace_ms),
                max_grace: Span::from_millis(self.max_grace_ms),
                max_lifetime: span(self.max_lifetime_ms),
                environments,
                ip_required: self.ip_required != 0,
                allow_reactivate: self.allow_reactivate != 0,
                ip: reading.json(&self.ip)?,
            },
            suspended_at: at(self.suspended_at),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            updated_by: self.updated_by,
            version: self.version,
        })
    }
}

/// The tenant's id that a request means, locked or not. Never the reserved one, which is as good as none.
///
/// # Errors
/// `not_found`.
pub(crate) async fn resolve_tenant(tx: &mut Tx, selector: &TenantSelector, lock: Lock) -> Outcome<TenantId> {
    let (text, value) = match selector {
        TenantSelector::Id(id) => ("SELECT id FROM tenants WHERE id = $1", id.to_string()),
        TenantSelector::Slug(slug) => ("SELECT id FROM tenants WHERE slug = $1", slug.clone()),
    };
    let found: Option<(String,)> = sql(text).bind(value).locking(lock).maybe(tx).await?;
    let not_found = || AdminError::not_found("tenant").at_field("tenant");
    let (id,) = found.ok_or_else(not_found)?;
    let id = Reading::of("tenant", &id).text(&id)?;
    if id == reserved_tenant() { Err(not_found().into()) } else { Ok(id) }
}

/// The reserved tenant, which is made where it is not there yet: under the audit's lock nobody else does.
pub(crate) async fn reserved(tx: &mut Tx, now: Timestamp) -> Outcome<Tenant> {
    let mut statement = sql(TENANT_COLUMNS);
    statement.push(" WHERE t.id = ").arg(reserved_tenant().to_string());
    let found: Option<TenantRow> = statement.maybe(tx).await?;
    if let Some(row) = found {
        return row.read();
    }
    let tenant = Tenant {
        id: reserved_tenant(),
        slug: RESERVED_SLUG.to_owned(),
        name: "Latchkey".to_owned(),
        notes: String::new(),
        profile: Profile::default(),
        policy: TenantPolicy::of_profile(Profile::default()),
        suspended_at: None,
        created_at: now,
        updated_at: now,
        updated_by: "latchkey".to_owned(),
        version: 1,
    };
    insert_tenant(tx, &tenant).await?;
    Ok(tenant)
}

/// The tenant of an id.
///
/// # Errors
/// `not_found`.
pub(crate) async fn find_tenant(tx: &mut Tx, id: TenantId) -> Outcome<Tenant> {
    let mut statement = sql(TENANT_COLUMNS);
    statement.push(" WHERE t.id = ").arg(id.to_string());
    let row: Option<TenantRow> = statement.maybe(tx).await?;
    row.ok_or_else(|| AdminError::not_found("tenant"))?.read()
}

/// Keeps a new tenant.
pub(crate) async fn insert_tenant(tx: &mut Tx, tenant: &Tenant) -> Outcome<()> {
    sql("INSERT INTO tenants (id, slug, name, name_fold, notes, profile, default_grace_ms, max_grace_ms, \
         max_lifetime_ms, environments, ip_required, allow_reactivate, suspended_at, created_at, updated_at, \
         updated_by, version, ip) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)")
    .bind(tenant.id.to_string())
    .bind(&tenant.slug)
    .bind(&tenant.name)
    .bind(fold(&tenant.name))
    .bind(&tenant.notes)
    .bind(tenant.profile.word())
    .bind(tenant.policy.default_grace.as_millis())
    .bind(tenant.policy.max_grace.as_millis())
    .bind(tenant.policy.max_lifetime.map(Span::as_millis))
    .bind(to_json(&tenant.policy.environments)?)
    .bind(tenant.policy.ip_required)
    .bind(tenant.policy.allow_reactivate)
    .bind(tenant.suspended_at)
    .bind(tenant.created_at)
    .bind(tenant.updated_at)
    .bind(&tenant.updated_by)
    .bind(tenant.version)
    .bind(to_json(&tenant.policy.ip)?)
    .run(tx)
    .await
    .map(drop)
}

/// Keeps a changed tenant. Its row was locked before; its version stands already raised.
pub(crate) async fn update_tenant(tx: &mut Tx, tenant: &Tenant) -> Outcome<()> {
    sql(
        "UPDATE tenants SET name = $2, name_fold = $3, notes = $4, default_grace_ms = $5, max_grace_ms = $6, \
         max_lifetime_ms = $7, environments = $8, ip_required = $9, allow_reactivate = $10, \
         suspended_at = $11, updated_at = $12, updated_by = $13, version = $14, ip = $15 \
         WHERE id = $1 AND version = $14 - 1",
    )
    .bind(tenant.id.to_string())
    .bind(&tenant.name)
    .bind(fold(&tenant.name))
    .bind(&tenant.notes)
    .bind(tenant.policy.default_grace.as_millis())
    .bind(tenant.policy.max_grace.as_millis())
    .bind(tenant.policy.max_lifetime.map(Span::as_millis))
    .bind(to_json(&tenant.policy.environments)?)
    .bind(tenant.policy.ip_required)
    .bind(tenant.policy.allow_reactivate)
    .bind(tenant.suspended_at)
    .bind(tenant.updated_at)
    .bind(&tenant.updated_by)
    .bind(tenant.version)
    .bind(to_json(&tenant.policy.ip)?)
    .run(tx)
    .await
    .map(drop)
}

/// What is counted about one tenant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TenantSum {
    /// All its keys.
    pub(crate) total: u64,
    /// Those a service would accept now, unless the tenant is suspended.
    pub(crate) active: u64,
    /// When one of them was last used.
    pub(crate) last_used_at: Option<Timestamp>,
}

/// What is counted about some tenants. Three passes over indexes, whatever the number of tenants.
pub(crate) async fn tenant_sums(
    tx: &mut Tx,
    ids: &[TenantId],
    now: Timestamp,
) -> Outcome<HashMap<TenantId, TenantSum>> {
    let mut sums: HashMap<String, TenantSum> = HashMap::new();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<String> = ids.iter().map(TenantId::to_string).collect();
    let total = sql("SELECT k.tenant_id, COUNT(*) FROM keys k WHERE k.tenant_id IN ");
    for (id, count) in grouped(tx, total, &ids).await? {
        sums.entry(id).or_default().total = count.unsigned_abs();
    }
    let active = sql("SELECT k.tenant_id, COUNT(*) FROM keys k WHERE k.revoked_at IS NULL \
         AND k.suspended_at IS NULL AND COALESCE(k.expires_at, 9223372036854775807) > $1 \
         AND EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND s.killed_at IS NULL \
             AND (s.confirmed_at IS NOT NULL OR s.lapses_at > $1) \
             AND (s.not_after IS NULL OR s.not_after > $1)) AND k.tenant_id IN ")
    .bind(now);
    for (id, count) in grouped(tx, active, &ids).await? {
        sums.entry(id).or_default().active = count.unsigned_abs();
    }
    let used = sql("SELECT k.tenant_id, MAX(u.last_used_at) FROM usage u JOIN keys k ON k.id = u.key_id \
         WHERE k.tenant_id IN ");
    for (id, millis) in grouped(tx, used, &ids).await? {
        sums.entry(id).or_default().last_used_at = Some(Timestamp::from_millis(millis));
    }
    sums.into_iter().map(|(id, sum)| Ok((Reading::of("tenant", &id).text(&id)?, sum))).collect()
}

/// One number for each tenant of the list that has one.
async fn grouped(tx: &mut Tx, mut statement: Statement, ids: &[String]) -> Outcome<Vec<(String, i64)>> {
    statement.list(ids).push(" GROUP BY k.tenant_id");
    statement.all(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customers_tenant_is_not_the_reserved_one() {
        assert_eq!(IS_A_CUSTOMERS, format!(" <> '{}'", reserved_tenant()));
    }
}
