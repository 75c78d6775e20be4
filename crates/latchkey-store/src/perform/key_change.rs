//! The one path of every change to a key: lock, load, rule, save, audit, idempotency record. Which rule
//! is said by the operation's own file; the rules are core's.

use latchkey_core::audit::Target;
use latchkey_core::id::{KeyId, RoleId};
use latchkey_core::key::Key;
use latchkey_core::operations::{KeyDetails, RoleSelector};
use latchkey_core::operator::{check_last_admin, reserved_tenant};
use latchkey_core::permission::Permissions;
use latchkey_core::tenant::Tenant;
use latchkey_core::{AdminError, ErrorCode, Timestamp};

use super::operators::other_admins;
use crate::change::{Author, Change};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::{Fault, Outcome};
use crate::rows::{
    KeyRecord, Reach, Reading, Tagged, find_key, find_role, find_tenant, is_public_id_taken, resolve_role,
    update_key,
};
use crate::statement::sql;
use crate::store::Store;

/// Which key is to be changed, by whom, and what stands around the change.
pub(crate) struct KeyChange<'a> {
    /// Who, by which operation.
    pub(crate) author: &'a Author,
    /// Which key.
    pub(crate) key: KeyId,
    /// The version the change was made for.
    pub(crate) version: Option<i64>,
    /// Whether that key may be an operator's token.
    pub(crate) reach: Reach,
    /// The role that the rule will give to the key.
    pub(crate) role: Option<&'a RoleSelector>,
    /// The tag of the secret that the rule will add.
    pub(crate) tag: Option<Tagged>,
}

impl<'a> KeyChange<'a> {
    /// A change of a customer's key that gives it neither a role nor a secret.
    pub(crate) fn of(author: &'a Author, key: KeyId, version: Option<i64>) -> Self {
        Self { author, key, version, reach: Reach::Customers, role: None, tag: None }
    }

    /// The same change of whatever key is within reach.
    pub(crate) fn within(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }
}

/// What a rule may ask about beside the key.
pub(crate) struct Around {
    /// The key's tenant.
    pub(crate) tenant: Tenant,
    /// The role that was asked for, and what it grants.
    pub(crate) role: Option<(RoleId, Permissions)>,
    /// What the key's role granted before.
    pub(crate) role_permissions: Permissions,
    /// The time that counts.
    pub(crate) now: Timestamp,
}

/// What came of it.
pub(crate) struct Changed {
    /// The key as it is now.
    pub(crate) details: KeyDetails,
    /// Whether this very request minted before, so that nothing was done now.
    pub(crate) replayed: bool,
}

/// Changes a key by `rule`. What changes nothing leaves no trace.
///
/// # Errors
/// `not_found`, `conflict` for a stale version, what the rule says, `name_taken`; `Clash` when a secret
/// that the rule added has a public id that is in use.
pub(crate) async fn change_key(
    store: &Store,
    asked: KeyChange<'_>,
    rule: impl FnOnce(&mut Key, &Around) -> Result<(), AdminError> + Send,
) -> Outcome<Changed> {
    let mut change = Change::begin(store, asked.author).await?;
    if let Some(key) = change.minted_before {
        let now = change.settle().await?;
        let details = find_key(&mut change.tx, key, Reach::Everybody).await?.details(now);
        return Ok(Changed { details, replayed: true });
    }
    let (tenant, before) = lock_key(&mut change.tx, asked.key, asked.reach).await?;
    let given = match asked.role {
        Some(selector) => {
            let id = resolve_role(&mut change.tx, selector, Some(tenant.id), Lock::Share).await?;
            Some((id, find_role(&mut change.tx, id).await?.role.permissions))
        }
        None => None,
    };
    let now = change.settle().await?;
    let tenant_name = tenant.name.clone();
    let mut key = before.key.clone();
    let role_permissions = before.context.role_permissions.clone();
    let mut allowed = rule(&mut key, &Around { tenant, role: given, role_permissions, now });
    if allowed.is_ok() && before.key.tenant_id == reserved_tenant() && key != before.key {
        // Counted under the audit's lock: of two who are removed at once, one stays.
        let others = other_admins(&mut change.tx, key.id, now).await?;
        allowed = check_last_admin(&before.key, &key, others, now);
    }
    if !is_worth_saving(&before.key, &key, allowed, asked.version)? {
        return Ok(Changed { details: before.details(now), replayed: false });
    }
    refuse_clash(&mut change.tx, &before.key, &key).await?;
    key.version += 1;
    key.updated_at = now;
    key.updated_by.clone_from(&asked.author.caller.actor);
    update_key(&mut change.tx, &before.key, &key, asked.tag.as_ref())
        .await
        .map_err(|fault| name_taken(fault, &tenant_name))?;
    let after = find_key(&mut change.tx, key.id, asked.reach).await?.details(now);
    let target = target(&key);
    change.record(target, key.tenant_id, Some(&before.details(now)), Some(&after)).await?;
    change.commit().await?;
    Ok(Changed { details: after, replayed: false })
}

/// Whether there is something to save. That the key was revoked meanwhile is said before that somebody
/// changed it, and revoking what is revoked is done already, whatever the version.
fn is_worth_saving(
    before: &Key,
    after: &Key,
    allowed: Result<(), AdminError>,
    version: Option<i64>,
) -> Result<bool, AdminError> {
    match allowed {
        Err(error) if error.code == ErrorCode::KeyRevoked => Err(error),
        Ok(()) if before == after && before.revocation.is_some() => Ok(false),
        Ok(()) => before.check_version(version).map(|()| before != after),
        Err(error) => before.check_version(version).and(Err(error)),
    }
}

/// Locks the tenant against change and the key against everybody, in this order, then reads both.
async fn lock_key(tx: &mut Tx, id: KeyId, reach: Reach) -> Outcome<(Tenant, KeyRecord)> {
    let owner: Option<(String,)> =
        sql("SELECT tenant_id FROM keys WHERE id = $1").bind(id.to_string()).maybe(tx).await?;
    let (tenant_id,) = owner.ok_or_else(|| reach.not_found())?;
    let tenant_id = Reading::of("key", &id.to_string()).text(&tenant_id)?;
    reach.check(tenant_id)?;
    let _: (String,) = sql("SELECT id FROM tenants WHERE id = $1")
        .bind(format!("{tenant_id}"))
        .locking(Lock::Share)
        .one(tx)
        .await?;
    let _: (String,) =
        sql("SELECT id FROM keys WHERE id = $1").bind(id.to_string()).locking(Lock::Update).one(tx).await?;
    let tenant = find_tenant(tx, tenant_id).await?;
    Ok((tenant, find_key(tx, id, reach).await?))
}

/// A public id that was drawn must be nobody's. Under the audit's lock nobody else can take it meanwhile.
async fn refuse_clash(tx: &mut Tx, before: &Key, after: &Key) -> Outcome<()> {
    for secret in &after.secrets {
        let is_new = !before.secrets.iter().any(|old| old.id == secret.id);
        if is_new && is_public_id_taken(tx, &secret.public_id).await? {
            return Err(Fault::Clash);
        }
    }
    Ok(())
}

/// What a unique name says.
pub(crate) fn name_taken(fault: Fault, tenant: &str) -> Fault {
    fault.or_taken("name", || format!("{tenant} already has a key with this name."))
}

/// The key as the audit names it.
pub(crate) fn target(key: &Key) -> Target {
    Target { noun: "key".to_owned(), id: key.id.to_string(), name: key.name.clone() }
}
