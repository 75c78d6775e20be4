//! Reading keys one by one: get, find, verify. A verification from the store is a try: it records
//! nothing, confirms nothing and counts nothing.

use latchkey_core::key::Secret;
use latchkey_core::key_format::{PublicId, read_public_id};
use latchkey_core::operations::{
    FoundKey, FoundKeys, KeyDetails, KeysFind, KeysGet, KeysVerify, Verification,
};
use latchkey_core::permission::Requirement;
use latchkey_core::verification::{Asked, Found, Outcome as Ended, decide};
use latchkey_core::{Call, Timestamp};

use super::Work;
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::{Fault, Outcome};
use crate::rows::{KeyRecord, Reach, find_by_public_id, find_key, resolve_tenant};
use crate::store::Store;

impl Work for KeysGet {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<KeyDetails> {
        let (mut tx, now) = store.read().await?;
        Ok(find_key(&mut tx, call.operation.key, Reach::of(&call.caller)).await?.details(now))
    }
}

impl Work for KeysFind {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<FoundKeys> {
        let mut items = Vec::new();
        for (candidate, plaintext) in (0..).zip(call.operation.candidates) {
            let Ok(public_id) = read_public_id(&plaintext) else { continue };
            let (mut tx, now) = store.read().await?;
            let Some((record, secret)) = look_up(&mut tx, &public_id).await? else { continue };
            drop(tx); // argon2id holds no connection
            let tag = record.tags.get(&secret.id);
            if store.matches(secret.digest.clone(), tag, plaintext).await? {
                items.push(FoundKey { candidate, secret_id: secret.id, key: record.details(now) });
            }
        }
        Ok(FoundKeys { items })
    }
}

impl Work for KeysVerify {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Verification> {
        let asked = call.operation;
        let requirement = Requirement { all: asked.permissions, any: asked.any };
        let (mut tx, _) = store.read().await?;
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(&mut tx, selector, Lock::None).await?),
            None => None,
        };
        let asked_for =
            Asked { requirement, client_ip: asked.client_ip, tenant, environment: asked.environment };
        let Ok(public_id) = read_public_id(&asked.key) else {
            return Ok(Verification::refused(Ended::Malformed));
        };
        let found = look_up(&mut tx, &public_id).await?;
        drop(tx); // argon2id holds no connection
        let Some((record, secret)) = found else { return Ok(Verification::refused(Ended::NotFound)) };
        let matches = store.matches(secret.digest.clone(), record.tags.get(&secret.id), asked.key).await?;
        // The time after argon2id: a grace that ended meanwhile has ended.
        let (_, now) = store.read().await?;
        Ok(judge(&record, &secret, matches, &asked_for, now))
    }
}

/// The key and secret of a public id. A damaged key is as good as none: it is refused, and logged.
async fn look_up(tx: &mut Tx, public_id: &PublicId) -> Outcome<Option<(KeyRecord, Secret)>> {
    let Some(id) = find_by_public_id(tx, public_id).await? else { return Ok(None) };
    let record = match find_key(tx, id, Reach::Customers).await {
        Ok(record) => record,
        // An operator's token, which verifies nowhere.
        Err(Fault::Refused(_)) => return Ok(None),
        Err(fault @ Fault::Damaged { .. }) => {
            // Turning it into an error logs which row it is.
            let _ = fault.into_admin_error();
            return Ok(None);
        }
        Err(fault) => return Err(fault),
    };
    let secret = record.key.secrets.iter().find(|secret| secret.public_id == *public_id).cloned();
    Ok(secret.map(|secret| (record, secret)))
}

fn judge(
    record: &KeyRecord,
    secret: &Secret,
    digest_matches: bool,
    asked: &Asked,
    now: Timestamp,
) -> Verification {
    let permissions = record.context.role_permissions.union(&record.key.scopes);
    let found = Found {
        key: &record.key,
        secret,
        digest_matches,
        tenant_suspended: record.context.tenant_suspended,
        tenant_ip: &record.tenant_ip,
        permissions: &permissions,
        dialect: record.profile.dialect(),
    };
    let outcome = decide(Some(found), asked, now);
    let role = record.context.role.as_ref().map(|role| role.name.as_str());
    Verification::of(found, &record.context.tenant, role, outcome, now)
}
