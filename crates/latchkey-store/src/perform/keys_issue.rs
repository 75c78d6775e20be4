//! Issuing a key: the tenant's policy, the first secret, the audit entry and the idempotency record in
//! one transaction. The plaintext goes back to the caller and nowhere else.

use latchkey_core::id::{KeyId, RoleId};
use latchkey_core::key::Key;
use latchkey_core::key_format::KeyFormat;
use latchkey_core::operation::Minted;
use latchkey_core::operations::{ConfirmWhen, Issued, KeysIssue};
use latchkey_core::operator::{TOKEN_HEAD, check_grants};
use latchkey_core::permission::Permissions;
use latchkey_core::tenant::Tenant;
use latchkey_core::{AdminError, Call, ErrorCode, Timestamp};

use super::Work;
use super::key_change::{name_taken, target};
use super::operators::check_is_first;
use crate::change::{Author, Change};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::{Fault, Outcome};
use crate::mint::{DRAWS, Drawn, randomness};
use crate::rows::{
    Reach, find_key, find_role, find_tenant, insert_key, is_public_id_taken, reserved, resolve_role,
    resolve_tenant,
};
use crate::store::Store;

impl Work for KeysIssue {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Minted<Issued>> {
        let author = Author::of(&call)?;
        issue(store, &author, &call.operation, Whose::Customer).await
    }
}

/// Whose key is issued.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The tenant's that is asked for.
    Customer,
    /// The reserved tenant's: an operator's token. The tenant is made with the first of them.
    Operators,
}

/// Issues a key; draws again where the public id is taken.
pub(super) async fn issue(
    store: &Store,
    author: &Author,
    asked: &KeysIssue,
    whose: Whose,
) -> Outcome<Minted<Issued>> {
    for _ in 0..DRAWS {
        match issue_once(store, author, asked, whose).await {
            Err(Fault::Clash) => {}
            done => return done,
        }
    }
    Err(Fault::Clash)
}

async fn issue_once(
    store: &Store,
    author: &Author,
    asked: &KeysIssue,
    whose: Whose,
) -> Outcome<Minted<Issued>> {
    let format = match look(store, author, asked, whose).await? {
        Look::DoneBefore(issued) => return Ok(*issued),
        Look::Draw(format) => format,
    };
    let Drawn { minted, tag, plaintext } = store.draw(format).await?;

    let mut change = Change::begin(store, author).await?;
    if let Some(key) = change.minted_before {
        let now = change.settle().await?;
        return replay(&mut change.tx, key, now).await;
    }
    let locked = match whose {
        Whose::Customer => Some(resolve_tenant(&mut change.tx, &asked.tenant, Lock::Share).await?),
        Whose::Operators => None,
    };
    let role_id = match &asked.role {
        Some(selector) => Some(resolve_role(&mut change.tx, selector, locked, Lock::Share).await?),
        None => None,
    };
    if let Some(id) = role_id {
        let role = find_role(&mut change.tx, id).await?.role;
        check_grants(&author.caller, "role", &role.permissions)?;
    }
    let now = change.settle().await?;
    let tenant = match locked {
        Some(id) => find_tenant(&mut change.tx, id).await?,
        None => reserved(&mut change.tx, now).await?,
    };
    if whose == Whose::Operators && store.first_operator {
        check_is_first(&mut change.tx, now).await?;
    }
    let expires_at = check_policy(&tenant, asked, now)?;
    if is_public_id_taken(&mut change.tx, &minted.public_id).await? {
        return Err(Fault::Clash);
    }
    let mut key = new_key(asked, &tenant, role_id, expires_at, author, now);
    key.add_first_secret(minted, now);
    if asked.confirm.unwrap_or_default() == ConfirmWhen::Now {
        key.confirm(now)?;
    }
    insert_key(&mut change.tx, &key, tag.as_ref()).await.map_err(|fault| name_taken(fault, &tenant.name))?;
    let after = find_key(&mut change.tx, key.id, Reach::Everybody).await?.details(now);
    change.record(target(&key), tenant.id, None, Some(&after)).await?;
    change.commit().await?;
    Ok(Minted { value: Issued { key: after }, plaintext: Some(plaintext) })
}

/// What is known before argon2id runs.
enum Look {
    /// This very request was done before.
    DoneBefore(Box<Minted<Issued>>),
    /// How the key must look.
    Draw(KeyFormat),
}

/// What can be refused is refused before argon2id runs, and asked again where it counts.
async fn look(store: &Store, author: &Author, asked: &KeysIssue, whose: Whose) -> Outcome<Look> {
    let (mut tx, now) = store.read().await?;
    if let Some(once) = &author.once
        && let Some(key) = once.minted_before(&mut tx, now).await?
    {
        return Ok(Look::DoneBefore(Box::new(replay(&mut tx, key, now).await?)));
    }
    if whose == Whose::Operators {
        return Ok(Look::Draw(KeyFormat::with_head(TOKEN_HEAD)));
    }
    check_grants(&author.caller, "scopes", &asked.scopes.clone().into())?;
    let id = resolve_tenant(&mut tx, &asked.tenant, Lock::None).await?;
    let tenant = find_tenant(&mut tx, id).await?;
    check_policy(&tenant, asked, now)?;
    let environment = asked.environment.unwrap_or_default();
    let has_identity = asked.identity.as_ref().is_some_and(|identity| !identity.trim().is_empty());
    let prefix = &store.shared.prefix;
    Ok(Look::Draw(tenant.profile.key_format(prefix, &tenant.slug, environment, has_identity)))
}

/// The answer of a request that issued `key` before: the key as it is now, and no plaintext.
async fn replay(tx: &mut Tx, key: KeyId, now: Timestamp) -> Outcome<Minted<Issued>> {
    let key = find_key(tx, key, Reach::Everybody).await?.details(now);
    Ok(Minted { value: Issued { key }, plaintext: None })
}

/// What the tenant allows; answers when the key will end.
fn check_policy(tenant: &Tenant, asked: &KeysIssue, now: Timestamp) -> Result<Option<Timestamp>, AdminError> {
    check_not_suspended(tenant)?;
    tenant.check_environment(asked.environment.unwrap_or_default())?;
    tenant.check_ip(&asked.ip)?;
    asked.grace.map_or(Ok(()), |grace| tenant.check_grace(grace))?;
    let expires_at = match asked.expires {
        Some(expires) => expires.resolve(now)?,
        None => None,
    };
    tenant.check_lifetime(expires_at, now)?;
    Ok(expires_at)
}

/// A suspended tenant gets no new secrets.
///
/// # Errors
/// `key_suspended`.
pub(crate) fn check_not_suspended(tenant: &Tenant) -> Result<(), AdminError> {
    match tenant.suspended_at {
        Some(_) => Err(AdminError::new(
            ErrorCode::KeySuspended,
            format!("{} is suspended. Resume the tenant first.", tenant.name),
        )
        .standing(tenant.updated_by.clone(), tenant.updated_at, tenant.version)),
        None => Ok(()),
    }
}

/// A field that was left empty is not there.
pub(crate) fn unless_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn new_key(
    asked: &KeysIssue,
    tenant: &Tenant,
    role_id: Option<RoleId>,
    expires_at: Option<Timestamp>,
    author: &Author,
    now: Timestamp,
) -> Key {
    Key {
        id: KeyId::new(now, &mut randomness()),
        tenant_id: tenant.id,
        name: asked.name.clone(),
        notes: asked.notes.clone().unwrap_or_default(),
        owner: asked.owner.clone().unwrap_or_default(),
        environment: asked.environment.unwrap_or_default(),
        role_id,
        scopes: Permissions::from(asked.scopes.clone()),
        identity: unless_empty(asked.identity.clone()),
        integration: unless_empty(asked.integration.clone()),
        tags: asked.tags.clone(),
        tier: unless_empty(asked.tier.clone()),
        ip: asked.ip.clone(),
        grace: asked.grace,
        expires_at,
        suspended_at: None,
        revocation: None,
        created_at: now,
        created_by: author.caller.actor.clone(),
        updated_at: now,
        updated_by: author.caller.actor.clone(),
        version: 1,
        secrets: Vec::new(),
    }
}
