//! Tenants: create, list, get, update, suspend, resume.

use latchkey_core::audit::Target;
use latchkey_core::id::TenantId;
use latchkey_core::key::Environment;
use latchkey_core::operations::{
    TenantDetails, TenantSelector, TenantsCreate, TenantsGet, TenantsList, TenantsResume, TenantsSuspend,
    TenantsUpdate,
};
use latchkey_core::operator::RESERVED_SLUG;
use latchkey_core::page::Page;
use latchkey_core::tenant::{Tenant, TenantPolicy};
use latchkey_core::{AdminError, Call, ErrorCode, Timestamp};

use super::Work;
use super::pages::{Asked, Conditions, pattern, readable};
use crate::change::{Author, Change};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::mint::randomness;
use crate::rows::{
    IS_A_CUSTOMERS, TENANT_COLUMNS, TenantRow, TenantSum, find_tenant, insert_tenant, resolve_tenant,
    tenant_sums, update_tenant,
};
use crate::statement::sql;
use crate::store::Store;

impl Work for TenantsCreate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<TenantDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        if asked.slug == RESERVED_SLUG {
            return Err(slug_taken(RESERVED_SLUG).into());
        }
        let mut change = Change::begin(store, &author).await?;
        let now = change.settle().await?;
        let profile = asked.profile.unwrap_or_default();
        let mut policy = TenantPolicy::of_profile(profile);
        policy.max_grace = asked.max_grace.unwrap_or(policy.max_grace);
        // A longest grace that is shorter than the usual default brings the default down with it.
        policy.default_grace = asked.default_grace.unwrap_or(policy.default_grace.min(policy.max_grace));
        policy.max_lifetime = asked.max_lifetime;
        policy.allow_reactivate = asked.allow_reactivate.unwrap_or(policy.allow_reactivate);
        policy.ip_required = asked.ip_required.unwrap_or(policy.ip_required);
        if !asked.environments.is_empty() {
            policy.environments = in_order(asked.environments);
        }
        policy.ip = asked.ip;
        policy.check()?;
        let tenant = Tenant {
            id: TenantId::new(now, &mut randomness()),
            slug: asked.slug,
            name: asked.name,
            notes: asked.notes.unwrap_or_default(),
            profile,
            policy,
            suspended_at: None,
            created_at: now,
            updated_at: now,
            updated_by: author.caller.actor.clone(),
            version: 1,
        };
        insert_tenant(&mut change.tx, &tenant)
            .await
            .map_err(|fault| if fault.is_taken() { slug_taken(&tenant.slug).into() } else { fault })?;
        let after = details(&mut change.tx, tenant, now).await?;
        change.record(target(&after.tenant), after.tenant.id, None, Some(&after)).await?;
        change.commit().await?;
        Ok(after)
    }
}

impl Work for TenantsList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<TenantDetails>> {
        let asked = call.operation;
        let paging = Asked::of("tenants.list".to_owned(), asked.limit, asked.cursor.as_deref())?;
        let pattern = asked.search.as_deref().and_then(pattern);
        let (mut tx, now) = store.read().await?;

        let mut count = sql("SELECT COUNT(*) FROM tenants t");
        let mut page = sql(TENANT_COLUMNS);
        let mut of_count = Conditions::of(&mut count);
        let mut of_page = Conditions::of(&mut page);
        for conditions in [&mut of_count, &mut of_page] {
            conditions.and().push("t.id").push(IS_A_CUSTOMERS);
            if let Some(pattern) = &pattern {
                let statement = conditions.and().push("(t.name_fold LIKE ").arg(pattern);
                statement.push(" ESCAPE '\\' OR t.slug LIKE ").arg(pattern).push(" ESCAPE '\\')");
            }
        }
        if let Some(after) = &paging.after {
            let value = after.value.clone().unwrap_or_default();
            let statement = of_page.and().push("(t.name_fold, t.id) > (").arg(value);
            statement.push(", ").arg(&after.id).push(")");
        }
        page.push(" ORDER BY t.name_fold, t.id LIMIT ").arg(paging.rows());
        let (total,): (i64,) = count.one(&mut tx).await?;
        let rows: Vec<TenantRow> = page.all(&mut tx).await?;

        let page =
            paging.page(rows, total.unsigned_abs(), |row| (Some(row.name_fold.clone()), row.id.clone()));
        let tenants = readable(page.items.into_iter().map(TenantRow::read).collect());
        let ids: Vec<TenantId> = tenants.iter().map(|tenant| tenant.id).collect();
        let sums = tenant_sums(&mut tx, &ids, now).await?;
        let items = tenants
            .into_iter()
            .map(|tenant| {
                let sum = sums.get(&tenant.id).copied().unwrap_or_default();
                with_sum(tenant, sum)
            })
            .collect();
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }
}

impl Work for TenantsGet {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<TenantDetails> {
        let (mut tx, now) = store.read().await?;
        let id = resolve_tenant(&mut tx, &call.operation.tenant, Lock::None).await?;
        let tenant = find_tenant(&mut tx, id).await?;
        details(&mut tx, tenant, now).await
    }
}

impl Work for TenantsUpdate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<TenantDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        change_tenant(store, &author, &asked.tenant, asked.version, |tenant, _| {
            tenant.name = asked.name.unwrap_or_else(|| tenant.name.clone());
            tenant.notes = asked.notes.unwrap_or_else(|| tenant.notes.clone());
            let policy = &mut tenant.policy;
            policy.default_grace = asked.default_grace.unwrap_or(policy.default_grace);
            policy.max_grace = asked.max_grace.unwrap_or(policy.max_grace);
            policy.max_lifetime = asked.max_lifetime.unwrap_or(policy.max_lifetime);
            policy.allow_reactivate = asked.allow_reactivate.unwrap_or(policy.allow_reactivate);
            policy.ip_required = asked.ip_required.unwrap_or(policy.ip_required);
            if let Some(environments) = asked.environments {
                policy.environments = in_order(environments);
            }
            policy.ip = asked.ip.unwrap_or_else(|| policy.ip.clone());
            policy.check()
        })
        .await
    }
}

impl Work for TenantsSuspend {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<TenantDetails> {
        let author = Author::of(&call)?;
        change_tenant(store, &author, &call.operation.tenant, call.operation.version, |tenant, now| {
            tenant.suspended_at.get_or_insert(now);
            Ok(())
        })
        .await
    }
}

impl Work for TenantsResume {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<TenantDetails> {
        let author = Author::of(&call)?;
        change_tenant(store, &author, &call.operation.tenant, call.operation.version, |tenant, _| {
            tenant.suspended_at = None;
            Ok(())
        })
        .await
    }
}

/// Loads, applies `rule`, saves, records. What changes nothing leaves no trace.
async fn change_tenant(
    store: &Store,
    author: &Author,
    selector: &TenantSelector,
    version: Option<i64>,
    rule: impl FnOnce(&mut Tenant, Timestamp) -> Result<(), AdminError> + Send,
) -> Outcome<TenantDetails> {
    let mut change = Change::begin(store, author).await?;
    let id = resolve_tenant(&mut change.tx, selector, Lock::Update).await?;
    let tenant = find_tenant(&mut change.tx, id).await?;
    let now = change.settle().await?;
    let mut changed = tenant.clone();
    rule(&mut changed, now)?;
    tenant.check_version(version)?;
    if changed == tenant {
        return details(&mut change.tx, tenant, now).await;
    }
    changed.version += 1;
    changed.updated_at = now;
    changed.updated_by.clone_from(&author.caller.actor);
    let before = details(&mut change.tx, tenant, now).await?;
    update_tenant(&mut change.tx, &changed).await?;
    let after = details(&mut change.tx, changed, now).await?;
    change.record(target(&after.tenant), id, Some(&before), Some(&after)).await?;
    change.commit().await?;
    Ok(after)
}

async fn details(tx: &mut Tx, tenant: Tenant, now: Timestamp) -> Outcome<TenantDetails> {
    let sums = tenant_sums(tx, &[tenant.id], now).await?;
    let sum = sums.get(&tenant.id).copied().unwrap_or_default();
    Ok(with_sum(tenant, sum))
}

fn with_sum(tenant: Tenant, sum: TenantSum) -> TenantDetails {
    TenantDetails {
        keys_active: if tenant.suspended_at.is_some() { 0 } else { sum.active },
        keys_total: sum.total,
        last_used_at: sum.last_used_at,
        catalogue: tenant.profile.catalogue(),
        tenant,
    }
}

fn slug_taken(slug: &str) -> AdminError {
    let words = format!("Another tenant has the short name {slug} already.");
    AdminError::new(ErrorCode::NameTaken, words).at_field("slug")
}

fn target(tenant: &Tenant) -> Target {
    Target { noun: "tenant".to_owned(), id: tenant.id.to_string(), name: tenant.name.clone() }
}

/// Each once, live first: the form in which they are kept.
fn in_order(mut environments: Vec<Environment>) -> Vec<Environment> {
    environments.sort();
    environments.dedup();
    environments
}
