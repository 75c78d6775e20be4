//! Keys: rows with their tenant and role, put together with their secrets; finding and saving.
//! Holds no rule and no list's order.

use std::collections::HashMap;

use latchkey_core::id::{KeyId, SecretId, TenantId};
use latchkey_core::ip_range::IpRange;
use latchkey_core::key::{Environment, Key, Revocation};
use latchkey_core::operations::{KeyContext, KeyDetails, RoleRef, TenantRef, Usage};
use latchkey_core::operator::{check_operators, reserved_tenant};
use latchkey_core::permission::Permissions;
use latchkey_core::profile::Profile;
use latchkey_core::text::fold;
use latchkey_core::{AdminError, Caller, Span, Timestamp};

use super::secret::{SecretRecord, Tagged, insert_secret, secrets_of, update_secret};
use super::{Reading, at, span, to_json};
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::statement::{Statement, row, sql};

/// The columns of a [`KeyRow`], of the tables `k`, `t` and `r`.
pub(crate) const KEY_COLUMNS: &str = "SELECT k.id, k.tenant_id, k.name, k.notes, k.owner, k.environment, \
     k.role_id, k.scopes, k.identity, k.integration, k.tags, k.tier, k.ip, k.grace_ms, k.expires_at, \
     k.suspended_at, k.revoked_at, k.revoked_by, k.revoke_reason, k.created_at, k.created_by, k.updated_at, \
     k.updated_by, k.version, t.slug AS tenant_slug, t.name AS tenant_name, t.profile AS tenant_profile, \
     t.suspended_at AS tenant_suspended_at, t.allow_reactivate AS tenant_allow_reactivate, \
     t.ip AS tenant_ip, \
     r.number AS role_number, r.name AS role_name, r.permissions AS role_permissions";
/// The tables of [`KEY_COLUMNS`] around `keys k`.
pub(crate) const KEY_JOINS: &str =
    " JOIN tenants t ON t.id = k.tenant_id LEFT JOIN roles r ON r.id = k.role_id";

row! {
    /// A key as it is kept, with its tenant and role.
    KeyRow {
        id: String, tenant_id: String, name: String, notes: String, owner: String,
        environment: String, role_id: Option<String>, scopes: String, identity: Option<String>,
        integration: Option<String>, tags: String, tier: Option<String>, ip: String, grace_ms: Option<i64>,
        expires_at: Option<i64>, suspended_at: Option<i64>, revoked_at: Option<i64>,
        revoked_by: Option<String>, revoke_reason: Option<String>, created_at: i64, created_by: String,
        updated_at: i64, updated_by: String, version: i64, tenant_slug: String, tenant_name: String,
        tenant_profile: String, tenant_suspended_at: Option<i64>, tenant_allow_reactivate: i64, tenant_ip: String,
        role_number: Option<i64>, role_name: Option<String>, role_permissions: Option<String>,
    }
}

/// A key with everything that is shown with it.
pub(crate) struct KeyRecord {
    /// The key and its secrets.
    pub(crate) key: Key,
    /// Its tenant and role.
    pub(crate) context: KeyContext,
    /// The tenant's profile.
    pub(crate) profile: Profile,
    /// Where all keys of the tenant may be used from.
    pub(crate) tenant_ip: Vec<IpRange>,
    /// Who used which secret.
    pub(crate) usage: HashMap<SecretId, Usage>,
    /// The secrets that have a tag.
    pub(crate) tags: HashMap<SecretId, Tagged>,
}

impl KeyRecord {
    /// What the key looks like at `now`.
    pub(crate) fn details(&self, now: Timestamp) -> KeyDetails {
        self.details_of(&self.key, now)
    }

    /// What the key would look like if it were `key`, which is the same one after a change.
    pub(crate) fn details_of(&self, key: &Key, now: Timestamp) -> KeyDetails {
        let usage = |secret| self.usage.get(&secret).cloned().unwrap_or_default();
        KeyDetails::of(key.clone(), self.context.clone(), usage, now)
    }
}

impl KeyRow {
    /// As core knows it, with its secrets.
    fn read(self, secrets: Vec<SecretRecord>) -> Outcome<KeyRecord> {
        let reading = Reading::of("key", &self.id);
        let tenant_id = reading.text(&self.tenant_id)?;
        let environment = match self.environment.as_str() {
            "live" => Environment::Live,
            "test" => Environment::Test,
            _ => return Err(reading.damaged()),
        };
        let revocation = match (self.revoked_at, self.revoked_by, self.revoke_reason) {
            (None, None, None) => None,
            (Some(at), Some(by), Some(reason)) => {
                Some(Revocation { at: Timestamp::from_millis(at), by, reason })
            }
            _ => return Err(reading.damaged()),
        };
        let role = match (&self.role_id, self.role_number, self.role_name) {
            (Some(id), Some(number), Some(name)) => Some(RoleRef { id: reading.text(id)?, number, name }),
            (None, None, None) => None,
            _ => return Err(reading.damaged()),
        };
        let role_permissions: Permissions =
            self.role_permissions.as_deref().map(|text| reading.json(text)).transpose()?.unwrap_or_default();
        let profile = reading.word(Profile::of_word(&self.tenant_profile))?;
        let everywhere = reading.json(&self.tenant_ip)?;
        let usage = secrets.iter().map(|record| (record.secret.id, record.usage.clone())).collect();
        let tags =
            secrets.iter().filter_map(|record| Some((record.secret.id, record.tag.clone()?))).collect();
        let key = Key {
            id: reading.text(&self.id)?,
            tenant_id,
            environment,
            role_id: role.as_ref().map(|role| role.id),
            scopes: reading.json(&self.scopes)?,
            tags: reading.json(&self.tags)?,
            ip: reading.json(&self.ip)?,
            name: self.name,
            notes: self.notes,
            owner: self.owner,
            identity: self.identity,
            integration: self.integration,
            tier: self.tier,
            grace: span(self.grace_ms),
            expires_at: at(self.expires_at),
            suspended_at: at(self.suspended_at),
            revocation,
            created_at: Timestamp::from_millis(self.created_at),
            created_by: self.created_by,
            updated_at: Timestamp::from_millis(self.updated_at),
            updated_by: self.updated_by,
            version: self.version,
            secrets: secrets.into_iter().map(|record| record.secret).collect(),
        };
        // Core never leaves a key without a secret, nor with two in use.
        let in_use = key.secrets.iter().filter(|secret| {
            secret.killed_at.is_none() && secret.confirmed_at.is_some() && secret.not_after.is_none()
        });
        if key.secrets.is_empty() || in_use.count() > 1 {
            return Err(reading.damaged());
        }
        let context = KeyContext {
            tenant: TenantRef { id: tenant_id, slug: self.tenant_slug, name: self.tenant_name },
            tenant_suspended: self.tenant_suspended_at.is_some(),
            allow_reactivate: self.tenant_allow_reactivate != 0,
            role,
            role_permissions,
        };
        Ok(KeyRecord { key, context, profile, tenant_ip: everywhere, usage, tags })
    }
}

/// Puts rows together with their secrets, in the order of the rows. Each is whole or damaged by itself.
pub(crate) async fn assemble(tx: &mut Tx, rows: Vec<KeyRow>) -> Outcome<Vec<Outcome<KeyRecord>>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut secrets: HashMap<String, Vec<Outcome<SecretRecord>>> = HashMap::new();
    for row in secrets_of(tx, &ids).await? {
        secrets.entry(row.key_id.clone()).or_default().push(row.read());
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let secrets = secrets.remove(&row.id).unwrap_or_default();
            row.read(secrets.into_iter().collect::<Outcome<_>>()?)
        })
        .collect())
}

/// Whose keys a request may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Customers' alone: to most operations operators' tokens do not exist.
    Customers,
    /// Operators' tokens alone.
    Operators,
    /// All of them.
    Everybody,
}

impl Reach {
    /// How far the few operations reach that know operators' tokens too: for those who administer operators.
    pub(crate) fn of(caller: &Caller) -> Self {
        if check_operators(caller).is_ok() { Self::Everybody } else { Self::Customers }
    }

    /// Refuses a key of this tenant as if it were unknown, where it is out of reach.
    ///
    /// # Errors
    /// `not_found`.
    pub(crate) fn check(self, tenant: TenantId) -> Result<(), AdminError> {
        let is_operator = tenant == reserved_tenant();
        match self {
            Self::Customers if is_operator => Err(self.not_found()),
            Self::Operators if !is_operator => Err(self.not_found()),
            Self::Customers | Self::Operators | Self::Everybody => Ok(()),
        }
    }

    /// Nothing there, or nothing that may be seen.
    pub(crate) fn not_found(self) -> AdminError {
        AdminError::not_found(match self {
            Self::Operators => "operator",
            Self::Customers | Self::Everybody => "key",
        })
    }
}

/// The key of an id within reach, with its secrets.
///
/// # Errors
/// `not_found`; damaged.
pub(crate) async fn find_key(tx: &mut Tx, id: KeyId, reach: Reach) -> Outcome<KeyRecord> {
    let mut statement = sql(KEY_COLUMNS);
    statement.push(" FROM keys k").push(KEY_JOINS).push(" WHERE k.id = ").arg(id.to_string());
    let row: Option<KeyRow> = statement.maybe(tx).await?;
    let row = row.ok_or_else(|| reach.not_found())?;
    let record = assemble(tx, vec![row]).await?.pop().unwrap_or_else(|| Err(reach.not_found().into()))?;
    reach.check(record.key.tenant_id)?;
    Ok(record)
}

/// Whether a list of what happened to `key` is empty to `caller`, whatever happened: an operator's history is for
/// those who administer operators, to others it is as good as none.
pub(crate) async fn hides(tx: &mut Tx, caller: &Caller, key: Option<KeyId>) -> Outcome<bool> {
    let Some(key) = key.filter(|_| Reach::of(caller) == Reach::Customers) else { return Ok(false) };
    let found: Option<(String,)> = sql("SELECT id FROM keys WHERE id = $1 AND tenant_id = $2")
        .bind(key.to_string())
        .bind(reserved_tenant().to_string())
        .maybe(tx)
        .await?;
    Ok(found.is_some())
}

/// Keeps a new key with its secret, whose tag is given where it has one.
pub(crate) async fn insert_key(tx: &mut Tx, key: &Key, tag: Option<&Tagged>) -> Outcome<()> {
    let statement = sql("INSERT INTO keys (id, version, tenant_id, environment, created_at, created_by, name, \
         name_fold, notes, owner, role_id, scopes, identity, integration, tags, tier, ip, grace_ms, expires_at, \
         suspended_at, revoked_at, revoked_by, revoke_reason, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5, \
         $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)")
    .bind(key.id.to_string())
    .bind(key.version)
    .bind(key.tenant_id.to_string())
    .bind(key.environment.word())
    .bind(key.created_at)
    .bind(&key.created_by);
    bind_changeable(statement, key)?.run(tx).await?;
    for (ordinal, secret) in (1..).zip(&key.secrets) {
        insert_secret(tx, key.id, ordinal, secret, tag).await?;
    }
    Ok(())
}

/// Keeps a changed key and what changed of its secrets; `tag` is a new one's. Its row was locked before; its
/// version stands already raised.
///
/// # Errors
/// `conflict` when the row is not the one that was loaded.
pub(crate) async fn update_key(tx: &mut Tx, before: &Key, key: &Key, tag: Option<&Tagged>) -> Outcome<()> {
    let statement = sql("UPDATE keys SET name = $3, name_fold = $4, notes = $5, owner = $6, role_id = $7, \
         scopes = $8, identity = $9, integration = $10, tags = $11, tier = $12, ip = $13, grace_ms = $14, \
         expires_at = $15, suspended_at = $16, revoked_at = $17, revoked_by = $18, revoke_reason = $19, \
         updated_at = $20, updated_by = $21, version = $2 WHERE id = $1 AND version = $2 - 1")
    .bind(key.id.to_string())
    .bind(key.version);
    if bind_changeable(statement, key)?.run(tx).await? != 1 {
        return Err(before.conflict().into());
    }
    for (ordinal, secret) in (1..).zip(&key.secrets) {
        match before.secrets.iter().find(|old| old.id == secret.id) {
            None => insert_secret(tx, key.id, ordinal, secret, tag).await?,
            Some(old) if old != secret => update_secret(tx, secret).await?,
            Some(_) => {}
        }
    }
    Ok(())
}

fn bind_changeable(statement: Statement, key: &Key) -> Outcome<Statement> {
    let revocation = key.revocation.as_ref();
    Ok(statement
        .bind(&key.name)
        .bind(fold(&key.name))
        .bind(&key.notes)
        .bind(&key.owner)
        .bind(key.role_id.map(|id| id.to_string()))
        .bind(to_json(&key.scopes)?)
        .bind(&key.identity)
        .bind(&key.integration)
        .bind(to_json(&key.tags)?)
        .bind(&key.tier)
        .bind(to_json(&key.ip)?)
        .bind(key.grace.map(Span::as_millis))
        .bind(key.expires_at)
        .bind(key.suspended_at)
        .bind(revocation.map(|revocation| revocation.at))
        .bind(revocation.map(|revocation| revocation.by.clone()))
        .bind(revocation.map(|revocation| revocation.reason.clone()))
        .bind(key.updated_at)
        .bind(&key.updated_by))
}
