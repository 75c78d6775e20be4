//! Roles: create, list, get, update, delete.

use latchkey_core::audit::Target;
use latchkey_core::id::RoleId;
use latchkey_core::operations::{
    RoleDetails, RoleSelector, RolesCreate, RolesDelete, RolesGet, RolesList, RolesUpdate, TenantSelector,
};
use latchkey_core::operator::{check_grants, check_widened};
use latchkey_core::page::Page;
use latchkey_core::permission::Permissions;
use latchkey_core::role::Role;
use latchkey_core::{AdminError, Call, ErrorCode};

use super::Work;
use super::pages::{Asked, Conditions, pattern, readable};
use crate::change::{Author, Change};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::{Fault, Outcome};
use crate::mint::randomness;
use crate::rows::{
    ROLE_COLUMNS, RoleRow, delete_role, find_role, insert_role, next_role_number, resolve_role,
    resolve_tenant, update_role,
};
use crate::statement::sql;
use crate::store::Store;

impl Work for RolesCreate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<RoleDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let mut change = Change::begin(store, &author).await?;
        let tenant_id = resolve_tenant(&mut change.tx, &asked.tenant, Lock::Share).await?;
        let now = change.settle().await?;
        let permissions = Permissions::from(asked.permissions);
        check_grants(&author.caller, "permissions", &permissions)?;
        let role = Role {
            id: RoleId::new(now, &mut randomness()),
            number: next_role_number(&mut change.tx).await?,
            tenant_id,
            name: asked.name,
            description: asked.description.unwrap_or_default(),
            permissions,
            created_at: now,
            updated_at: now,
            updated_by: author.caller.actor.clone(),
            version: 1,
        };
        insert_role(&mut change.tx, &role).await.map_err(taken)?;
        let after = find_role(&mut change.tx, role.id).await?;
        change.record(target(&role), tenant_id, None, Some(&after)).await?;
        change.commit().await?;
        Ok(after)
    }
}

impl Work for RolesList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<RoleDetails>> {
        let asked = call.operation;
        let paging = Asked::of("roles.list".to_owned(), asked.limit, asked.cursor.as_deref())?;
        let (mut tx, _) = store.read().await?;
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(&mut tx, selector, Lock::None).await?.to_string()),
            None => None,
        };

        let mut count = sql("SELECT COUNT(*) FROM roles r");
        let mut page = sql(ROLE_COLUMNS);
        let mut of_count = Conditions::of(&mut count);
        let mut of_page = Conditions::of(&mut page);
        for conditions in [&mut of_count, &mut of_page] {
            if let Some(tenant) = &tenant {
                conditions.and().push("r.tenant_id = ").arg(tenant);
            }
            if let Some(pattern) = asked.search.as_deref().and_then(pattern) {
                conditions.and().push("r.name_fold LIKE ").arg(pattern).push(" ESCAPE '\\'");
            }
        }
        if let Some(after) = &paging.after {
            let value = after.value.clone().unwrap_or_default();
            let statement = of_page.and().push("(r.name_fold, r.id) > (").arg(value);
            statement.push(", ").arg(&after.id).push(")");
        }
        page.push(" ORDER BY r.name_fold, r.id LIMIT ").arg(paging.rows());
        let (total,): (i64,) = count.one(&mut tx).await?;
        let rows: Vec<RoleRow> = page.all(&mut tx).await?;
        let page =
            paging.page(rows, total.unsigned_abs(), |row| (Some(row.name_fold.clone()), row.id.clone()));
        let items = readable(page.items.into_iter().map(RoleRow::read).collect());
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }
}

impl Work for RolesGet {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<RoleDetails> {
        let asked = call.operation;
        let (mut tx, _) = store.read().await?;
        let id = resolve(&mut tx, &asked.role, asked.tenant.as_ref(), Lock::None).await?;
        find_role(&mut tx, id).await
    }
}

impl Work for RolesUpdate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<RoleDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let mut change = Change::begin(store, &author).await?;
        let id = resolve(&mut change.tx, &asked.role, asked.tenant.as_ref(), Lock::Update).await?;
        let before = find_role(&mut change.tx, id).await?;
        let now = change.settle().await?;
        let mut role = before.role.clone();
        role.name = asked.name.unwrap_or(role.name);
        role.description = asked.description.unwrap_or(role.description);
        role.permissions = asked.permissions.map_or(role.permissions, Into::into);
        before.role.check_version(asked.version)?;
        check_widened(&author.caller, "permissions", &before.role.permissions, &role.permissions)?;
        if role == before.role {
            return Ok(before);
        }
        role.version += 1;
        role.updated_at = now;
        role.updated_by.clone_from(&author.caller.actor);
        update_role(&mut change.tx, &role).await.map_err(taken)?;
        let after = find_role(&mut change.tx, id).await?;
        change.record(target(&role), role.tenant_id, Some(&before), Some(&after)).await?;
        change.commit().await?;
        Ok(after)
    }
}

impl Work for RolesDelete {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<RoleDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let mut change = Change::begin(store, &author).await?;
        let id = resolve(&mut change.tx, &asked.role, asked.tenant.as_ref(), Lock::Update).await?;
        change.settle().await?;
        // Counted after the lock: whoever wants to give the role to a key waits for it.
        let before = find_role(&mut change.tx, id).await?;
        before.role.check_version(asked.version)?;
        if before.keys > 0 {
            let words = match before.keys {
                1 => "Used by 1 key".to_owned(),
                keys => format!("Used by {keys} keys"),
            };
            return Err(AdminError::new(ErrorCode::RoleInUse, words).into());
        }
        delete_role(&mut change.tx, id).await?;
        change.record(target(&before.role), before.role.tenant_id, Some(&before), None).await?;
        change.commit().await?;
        Ok(before)
    }
}

async fn resolve(
    tx: &mut Tx,
    role: &RoleSelector,
    tenant: Option<&TenantSelector>,
    lock: Lock,
) -> Outcome<RoleId> {
    let tenant = match tenant {
        Some(selector) => Some(resolve_tenant(tx, selector, Lock::None).await?),
        None => None,
    };
    resolve_role(tx, role, tenant, lock).await
}

fn taken(fault: Fault) -> Fault {
    fault.or_taken("name", || "This tenant already has a role with this name.".to_owned())
}

fn target(role: &Role) -> Target {
    Target { noun: "role".to_owned(), id: role.id.to_string(), name: role.name.clone() }
}
