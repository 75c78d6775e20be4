//! Changes to a key that show no plaintext: update, confirm, the end of a grace, revoke, suspend,
//! resume, reactivate. Each names its rule of core; the path is `key_change.rs`.

use latchkey_core::key::Key;
use latchkey_core::operations::{
    KeyDetails, KeysConfirm, KeysExtendGrace, KeysReactivate, KeysResume, KeysRetireOld, KeysRevoke,
    KeysSuspend, KeysUndoRotation, KeysUpdate,
};
use latchkey_core::operator::check_widened;
use latchkey_core::{AdminError, Call};

use super::Work;
use super::key_change::{Around, KeyChange, change_key};
use super::keys_issue::unless_empty;
use crate::change::Author;
use crate::fault::Outcome;
use crate::rows::Reach;
use crate::store::Store;

/// What is asked, who asks and what stands around decide how a key changes.
type Rule<O> = fn(O, &Author, &mut Key, &Around) -> Result<(), AdminError>;

/// Operations that name a key and a version and need nothing else loaded.
macro_rules! changes {
    ($($operation:ident $(, version $version:ident)? $(, reach $reach:expr)? => $rule:expr;)+) => {$(
        impl Work for $operation {
            async fn work(store: &Store, call: Call<Self>) -> Outcome<KeyDetails> {
                let author = Author::of(&call)?;
                let asked = call.operation;
                let version: Option<i64> = None $(.or(asked.$version))?;
                let change = KeyChange::of(&author, asked.key, version);
                $(let change = change.within($reach(&author.caller));)?
                let rule: Rule<Self> = $rule;
                let changed = change_key(store, change, |key, around| rule(asked, &author, key, around)).await?;
                Ok(changed.details)
            }
        }
    )+};
}

changes! {
    KeysConfirm, reach Reach::of => |_, _, key, around| key.confirm(around.now);
    KeysRetireOld, version version => |_, _, key, around| key.retire_old(around.now);
    KeysUndoRotation, version version => |_, _, key, around| key.undo_rotation(around.now);
    KeysExtendGrace, version version => |asked, _, key, around| {
        let longest = around.tenant.policy.max_grace;
        let to = |ends_at: latchkey_core::Timestamp| match (asked.by, asked.until) {
            (Some(by), _) => ends_at.plus(by),
            (None, Some(until)) => until,
            (None, None) => ends_at,
        };
        let field = if asked.by.is_some() { "by" } else { "until" };
        key.extend_grace(to, longest, around.now).map_err(|error| {
            // Core names the usual field; the person typed into the one they used.
            if error.field.is_some() { error.at_field(field) } else { error }
        })
    };
    KeysRevoke, version version => |asked, author, key, around| {
        key.revoke(asked.reason.as_deref().unwrap_or_default(), &author.caller.actor, around.now);
        Ok(())
    };
    KeysSuspend, version version => |_, _, key, around| key.suspend(around.now);
    KeysResume, version version => |_, _, key, _| key.resume();
    KeysReactivate, version version => |_, _, key, around| {
        key.reactivate(around.tenant.policy.allow_reactivate)
    };
}

impl Work for KeysUpdate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<KeyDetails> {
        let author = Author::of(&call)?;
        let mut asked = call.operation;
        let role = asked.role.take();
        let change = KeyChange {
            role: role.as_ref().and_then(Option::as_ref),
            ..KeyChange::of(&author, asked.key, asked.version)
        };
        let changed = change_key(store, change, |key, around| {
            let before = around.role_permissions.union(&key.scopes);
            if role.is_some() {
                key.role_id = around.role.as_ref().map(|(id, _)| *id);
            }
            update(asked, key, around)?;
            if let Some((_, permissions)) = &around.role {
                check_widened(&author.caller, "role", &before, permissions)?;
            }
            check_widened(&author.caller, "scopes", &before, &key.scopes)
        })
        .await?;
        Ok(changed.details)
    }
}

fn update(asked: KeysUpdate, key: &mut Key, around: &Around) -> Result<(), AdminError> {
    key.check_not_revoked()?;
    key.name = asked.name.unwrap_or_else(|| key.name.clone());
    key.notes = asked.notes.unwrap_or_else(|| key.notes.clone());
    key.owner = asked.owner.unwrap_or_else(|| key.owner.clone());
    key.scopes = asked.scopes.map_or_else(|| key.scopes.clone(), Into::into);
    key.tags = asked.tags.unwrap_or_else(|| key.tags.clone());
    for (field, value) in [
        (&mut key.tier, asked.tier),
        (&mut key.integration, asked.integration),
        (&mut key.identity, asked.identity),
    ] {
        if let Some(value) = value {
            *field = unless_empty(value);
        }
    }
    if let Some(ip) = asked.ip {
        around.tenant.check_ip(&ip)?;
        key.ip = ip;
    }
    if let Some(grace) = asked.grace {
        grace.map_or(Ok(()), |grace| around.tenant.check_grace(grace))?;
        key.grace = grace;
    }
    if let Some(expires) = asked.expires {
        let expires_at = expires.resolve(around.now)?;
        if expires_at != key.expires_at {
            around.tenant.check_lifetime(expires_at, around.now)?;
            key.set_expiry(expires_at, around.now)?;
        }
    }
    Ok(())
}
