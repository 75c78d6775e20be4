//! Roles: rows, finding, numbering, saving. Holds no rule.

use latchkey_core::id::{RoleId, TenantId};
use latchkey_core::operations::{RoleDetails, RoleSelector, TenantRef};
use latchkey_core::role::Role;
use latchkey_core::text::fold;
use latchkey_core::{AdminError, Timestamp};

use super::{Reading, to_json};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::statement::{row, sql};

/// The columns of a [`RoleRow`], of the tables `r` and `t`.
pub(crate) const ROLE_COLUMNS: &str = "SELECT r.id, r.number, r.tenant_id, r.name, r.name_fold, r.description, \
     r.permissions, r.created_at, r.updated_at, r.updated_by, r.version, t.slug AS tenant_slug, \
     t.name AS tenant_name, (SELECT COUNT(*) FROM keys k WHERE k.role_id = r.id) AS keys \
     FROM roles r JOIN tenants t ON t.id = r.tenant_id";

row! {
    /// A role as it is kept, with its tenant and how many keys use it.
    RoleRow {
        id: String, number: i64, tenant_id: String, name: String, name_fold: String, description: String,
        permissions: String, created_at: i64, updated_at: i64, updated_by: String, version: i64,
        tenant_slug: String, tenant_name: String, keys: i64,
    }
}

impl RoleRow {
    /// As core knows it.
    pub(crate) fn read(self) -> Outcome<RoleDetails> {
        let reading = Reading::of("role", &self.id);
        let tenant_id: TenantId = reading.text(&self.tenant_id)?;
        let keys = reading.count(self.keys)?;
        let role = Role {
            id: reading.text(&self.id)?,
            number: self.number,
            tenant_id,
            permissions: reading.json(&self.permissions)?,
            name: self.name,
            description: self.description,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            updated_by: self.updated_by,
            version: self.version,
        };
        let tenant = TenantRef { id: tenant_id, slug: self.tenant_slug, name: self.tenant_name };
        Ok(RoleDetails { role, tenant, keys })
    }
}

/// The role's id that a request means, locked or not. With a tenant, only that tenant's roles are seen.
///
/// # Errors
/// `not_found`; `invalid` at `tenant` where a name is given without one.
pub(crate) async fn resolve_role(
    tx: &mut Tx,
    selector: &RoleSelector,
    tenant: Option<TenantId>,
    lock: Lock,
) -> Outcome<RoleId> {
    let mut statement = sql("SELECT id FROM roles WHERE ");
    match selector {
        RoleSelector::Id(id) => statement.push("id = ").arg(id.to_string()),
        RoleSelector::Number(number) => statement.push("number = ").arg(*number),
        RoleSelector::Name(name) => statement.push("name_fold = ").arg(fold(name)),
    };
    match (tenant, selector) {
        (Some(tenant), _) => {
            statement.push(" AND tenant_id = ").arg(tenant.to_string());
        }
        (None, RoleSelector::Name(_)) => {
            let words = "Say whose role it is: a role's name is unique only within its tenant.";
            return Err(AdminError::invalid("tenant", words).into());
        }
        (None, RoleSelector::Id(_) | RoleSelector::Number(_)) => {}
    }
    let found: Option<(String,)> = statement.locking(lock).maybe(tx).await?;
    let (id,) = found.ok_or_else(|| AdminError::not_found("role").at_field("role"))?;
    Reading::of("role", &id).text(&id)
}

/// The role of an id.
///
/// # Errors
/// `not_found`.
pub(crate) async fn find_role(tx: &mut Tx, id: RoleId) -> Outcome<RoleDetails> {
    let mut statement = sql(ROLE_COLUMNS);
    statement.push(" WHERE r.id = ").arg(id.to_string());
    let row: Option<RoleRow> = statement.maybe(tx).await?;
    row.ok_or_else(|| AdminError::not_found("role"))?.read()
}

/// A number that no role has or had.
pub(crate) async fn next_role_number(tx: &mut Tx) -> Outcome<i64> {
    let (next,): (i64,) =
        sql("UPDATE numbers SET next = next + 1 WHERE noun = 'role' RETURNING next - 1").one(tx).await?;
    Ok(next)
}

/// Keeps a new role.
pub(crate) async fn insert_role(tx: &mut Tx, role: &Role) -> Outcome<()> {
    sql("INSERT INTO roles (id, number, tenant_id, name, name_fold, description, permissions, created_at, \
         updated_at, updated_by, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    .bind(role.id.to_string())
    .bind(role.number)
    .bind(role.tenant_id.to_string())
    .bind(&role.name)
    .bind(fold(&role.name))
    .bind(&role.description)
    .bind(to_json(&role.permissions)?)
    .bind(role.created_at)
    .bind(role.updated_at)
    .bind(&role.updated_by)
    .bind(role.version)
    .run(tx)
    .await
    .map(drop)
}

/// Keeps a changed role. Its row was locked before; its version stands already raised.
pub(crate) async fn update_role(tx: &mut Tx, role: &Role) -> Outcome<()> {
    sql("UPDATE roles SET name = $2, name_fold = $3, description = $4, permissions = $5, updated_at = $6, \
         updated_by = $7, version = $8 WHERE id = $1 AND version = $8 - 1")
    .bind(role.id.to_string())
    .bind(&role.name)
    .bind(fold(&role.name))
    .bind(&role.description)
    .bind(to_json(&role.permissions)?)
    .bind(role.updated_at)
    .bind(&role.updated_by)
    .bind(role.version)
    .run(tx)
    .await
    .map(drop)
}

/// Takes a role away that no key uses.
pub(crate) async fn delete_role(tx: &mut Tx, id: RoleId) -> Outcome<()> {
    sql("DELETE FROM roles WHERE id = $1").bind(id.to_string()).run(tx).await.map(drop)
}
