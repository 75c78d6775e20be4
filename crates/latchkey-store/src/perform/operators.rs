//! Operators: list, create, update, remove, rotate; and as whom one asks. Their tokens are keys of the reserved
//! tenant, so all of it goes the ways of keys; holds only what is an operator's own.

use latchkey_core::id::KeyId;
use latchkey_core::key::Key;
use latchkey_core::operation::Minted;
use latchkey_core::operations::{
    CurrentOperator, Issued, KeyDetails, KeysIssue, KeysRotate, OperatorDetails, OperatorsCreate,
    OperatorsCurrent, OperatorsList, OperatorsRemove, OperatorsRotate, OperatorsUpdate, Rotated,
    TenantSelector,
};
use latchkey_core::operator::{
    OperatorRole, check_grants, check_not_own_role, grants, is_active_admin, is_standing_admin,
    reserved_tenant, scopes,
};
use latchkey_core::page::Page;
use latchkey_core::permission::{Permission, Permissions};
use latchkey_core::{AdminError, Call, Caller, ErrorCode, Timestamp};
use tokio::time::timeout;

use super::Work;
use super::key_change::{Around, KeyChange, change_key};
use super::keys_issue::{Whose, issue};
use super::keys_list::details;
use super::keys_mint::rotate;
use super::pages::{Asked, bad_cursor, readable};
use crate::change::Author;
use crate::engine::Tx;
use crate::fault::{Fault, Outcome, no_answer};
use crate::rows::{KEY_COLUMNS, KEY_JOINS, KeyRow, Reach, assemble};
use crate::statement::sql;
use crate::store::{PATIENCE, Store};

impl Work for OperatorsList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<OperatorDetails>> {
        let asked = call.operation;
        let paging = Asked::of("operators.list".to_owned(), asked.limit, asked.cursor.as_deref())?;
        let (mut tx, now) = store.read().await?;
        let tenant = reserved_tenant().to_string();
        let (total,): (i64,) =
            sql("SELECT COUNT(*) FROM keys k WHERE k.tenant_id = $1").bind(&tenant).one(&mut tx).await?;
        // Those who may do something first, by name; those who were removed after them.
        let mut statement = sql(
            "SELECT k.id, CASE WHEN k.revoked_at IS NULL THEN '0' ELSE '1' END || k.name_fold FROM keys k \
             WHERE k.tenant_id = $1",
        )
        .bind(&tenant);
        if let Some(after) = &paging.after {
            let value = after.value.as_deref().ok_or_else(bad_cursor)?;
            statement
                .push(" AND (CASE WHEN k.revoked_at IS NULL THEN '0' ELSE '1' END || k.name_fold, k.id) > (");
            statement.arg(value).push(", ").arg(&after.id).push(")");
        }
        statement.push(" ORDER BY 2, 1 LIMIT ").arg(paging.rows());
        let places: Vec<(String, Option<String>)> = statement.all(&mut tx).await?;
        let page = paging.page(places, total.unsigned_abs(), |(id, value)| (value.clone(), id.clone()));
        let keys = details(&mut tx, page.items, now).await?;
        let items = readable(keys.into_iter().map(operator).collect());
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }
}

impl Work for OperatorsCreate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Minted<Issued>> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let grants: Permissions = asked.grants.unwrap_or_else(|| vec![Permission::known("*")]).into();
        check_both(&author.caller, Some(asked.role), Some(&grants))?;
        let token = KeysIssue {
            tenant: TenantSelector::Id(reserved_tenant()),
            name: asked.name,
            role: None,
            environment: None,
            expires: asked.expires,
            tier: None,
            notes: None,
            owner: None,
            integration: None,
            identity: None,
            grace: None,
            confirm: asked.confirm,
            scopes: scopes(asked.role, &grants).into(),
            ip: Vec::new(),
            tags: Vec::new(),
        };
        issue(store, &author, &token, Whose::Operators).await
    }
}

impl Work for OperatorsUpdate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<OperatorDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let granted: Option<Permissions> = asked.grants.map(Into::into);
        let change = KeyChange::of(&author, asked.operator, asked.version).within(Reach::Operators);
        let changed = change_key(store, change, |key, around| {
            key.check_not_revoked()?;
            let role = role_of(key)?;
            if let Some(asked) = asked.role.filter(|asked| *asked != role) {
                check_not_own_role(&author.caller, key.id)?;
                check_both(&author.caller, Some(asked), None)?;
            }
            check_both(&author.caller, None, granted.as_ref())?;
            let granted = granted.unwrap_or_else(|| grants(&key.scopes));
            key.scopes = scopes(asked.role.unwrap_or(role), &granted);
            key.name = asked.name.unwrap_or_else(|| key.name.clone());
            match asked.expires.map(|expires| expires.resolve(around.now)).transpose()? {
                Some(expires_at) if expires_at != key.expires_at => key.set_expiry(expires_at, around.now),
                Some(_) | None => Ok(()),
            }
        })
        .await?;
        operator(changed.details)
    }
}

impl Work for OperatorsRemove {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<OperatorDetails> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let change = KeyChange::of(&author, asked.operator, asked.version).within(Reach::Operators);
        let rule = |key: &mut Key, around: &Around| {
            key.revoke("", &author.caller.actor, around.now);
            Ok(())
        };
        operator(change_key(store, change, rule).await?.details)
    }
}

impl Work for OperatorsRotate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Minted<Rotated>> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let token = KeysRotate {
            key: asked.operator,
            grace: asked.grace,
            expires: asked.expires,
            confirm: asked.confirm,
            version: asked.version,
            cut_old: asked.cut_old,
        };
        rotate(store, &author, &token, Reach::Operators).await
    }
}

impl Work for OperatorsCurrent {
    async fn work(_: &Store, call: Call<Self>) -> Outcome<CurrentOperator> {
        let caller = call.caller;
        Ok(CurrentOperator {
            actor: caller.actor,
            permissions: caller.permissions,
            operator: caller.operator,
        })
    }
}

impl Store {
    /// How many operators may administer operators now: not removed, not suspended, not ended. None: nobody can
    /// log in to a server on this store until `latchkey init` makes one.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn operator_count(&self) -> Result<u64, AdminError> {
        let counting = async {
            let (mut tx, now) = self.read().await?;
            active_admins(&mut tx, now).await
        };
        let counted = timeout(PATIENCE, counting).await.map_err(|_| no_answer(PATIENCE))?;
        counted.map_err(Fault::into_admin_error)
    }
}

/// Refuses a second first operator. Counted under the audit's lock: nobody else makes one meanwhile.
pub(super) async fn check_is_first(tx: &mut Tx, now: Timestamp) -> Outcome<()> {
    if active_admins(tx, now).await? > 0 {
        let words = "This store has an operator already, who makes others: latchkey operators create.";
        return Err(AdminError::new(ErrorCode::Conflict, words).into());
    }
    Ok(())
}

async fn active_admins(tx: &mut Tx, now: Timestamp) -> Outcome<u64> {
    Ok(operators(tx).await?.iter().filter(|key| is_active_admin(key, now)).count() as u64)
}

/// How many other operators can administer operators now.
pub(super) async fn other_admins(tx: &mut Tx, but: KeyId, now: Timestamp) -> Outcome<usize> {
    let operators = operators(tx).await?;
    Ok(operators.iter().filter(|key| key.id != but && is_standing_admin(key, now)).count())
}

/// Every operator that was not removed. There are few.
async fn operators(tx: &mut Tx) -> Outcome<Vec<Key>> {
    let mut statement = sql(KEY_COLUMNS);
    statement.push(" FROM keys k").push(KEY_JOINS).push(" WHERE k.revoked_at IS NULL AND k.tenant_id = ");
    statement.arg(reserved_tenant().to_string());
    let rows: Vec<KeyRow> = statement.all(tx).await?;
    Ok(readable(assemble(tx, rows).await?).into_iter().map(|record| record.key).collect())
}

/// Nobody hands out more than they hold: neither a role nor what a role may grant.
fn check_both(
    caller: &Caller,
    role: Option<OperatorRole>,
    grants: Option<&Permissions>,
) -> Result<(), AdminError> {
    role.map_or(Ok(()), |role| check_grants(caller, "role", &role.permissions()))?;
    grants.map_or(Ok(()), |grants| check_grants(caller, "grants", grants))
}

fn role_of(key: &Key) -> Result<OperatorRole, AdminError> {
    let damaged = || Fault::damaged("operator", &key.id.to_string()).into_admin_error();
    OperatorRole::of_permissions(&key.scopes).ok_or_else(damaged)
}

/// The key as an operator.
fn operator(key: KeyDetails) -> Outcome<OperatorDetails> {
    let role = OperatorRole::of_permissions(&key.scopes)
        .ok_or_else(|| Fault::damaged("operator", &key.id.to_string()))?;
    Ok(OperatorDetails { role, grants: grants(&key.scopes), key })
}
