//! Rotating a key and minting its newest secret again. The secret is drawn before the transaction
//! opens; the plaintext goes back to the caller and nowhere else.

use latchkey_core::key::Key;
use latchkey_core::key_format::KeyFormat;
use latchkey_core::operation::Minted;
use latchkey_core::operations::{ConfirmWhen, Issued, KeyDetails, KeysRemint, KeysRotate, Rotated};
use latchkey_core::operator::{TOKEN_HEAD, check_grants, reserved_tenant};
use latchkey_core::rotation::{self, Rotate};
use latchkey_core::{AdminError, Call, PlaintextKey};

use super::Work;
use super::key_change::{Around, Changed, KeyChange, change_key};
use super::keys_issue::check_not_suspended;
use crate::change::Author;
use crate::fault::{Fault, Outcome};
use crate::mint::{DRAWS, Drawn};
use crate::rows::{Reach, find_key};
use crate::store::Store;

impl Work for KeysRotate {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Minted<Rotated>> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        rotate(store, &author, &asked, Reach::Customers).await
    }
}

/// Rotates a key within reach.
pub(super) async fn rotate(
    store: &Store,
    author: &Author,
    asked: &KeysRotate,
    reach: Reach,
) -> Outcome<Minted<Rotated>> {
    let which = KeyChange::of(author, asked.key, asked.version).within(reach);
    let rule = |minted, key: &mut Key, around: &Around| by_policy(asked, minted, key, around);
    let (key, plaintext) = mint(store, &which, rule).await?;
    let old_until = key.old_until;
    Ok(Minted { value: Rotated { key, old_until }, plaintext })
}

impl Work for KeysRemint {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Minted<Issued>> {
        let author = Author::of(&call)?;
        let asked = call.operation;
        let which = KeyChange::of(&author, asked.key, asked.version).within(Reach::of(&author.caller));
        let (key, plaintext) = mint(store, &which, |minted, key, around| {
            check_not_suspended(&around.tenant)?;
            key.remint(minted, around.now)?;
            confirm_if(asked.confirm, key, around)
        })
        .await?;
        Ok(Minted { value: Issued { key }, plaintext })
    }
}

fn by_policy(
    asked: &KeysRotate,
    minted: rotation::Minted,
    key: &mut Key,
    around: &Around,
) -> Result<(), AdminError> {
    key.check_not_revoked()?;
    check_not_suspended(&around.tenant)?;
    let policy = &around.tenant.policy;
    let grace = match asked.grace {
        Some(grace) => {
            around.tenant.check_grace(grace)?;
            grace
        }
        // A key's own grace from before the tenant's longest was shortened counts up to that.
        None => key.grace.unwrap_or(policy.default_grace).min(policy.max_grace),
    };
    let expires_at = key.expires_at;
    key.rotate(minted, Rotate { grace, cut_old: asked.cut_old, expires: asked.expires }, around.now)?;
    // A new expiry waits in the secret for its confirmation, or stands already where the old one had passed.
    let chosen = key.newest().and_then(|newest| newest.next_expiry);
    if let Some(chosen) = chosen.or((key.expires_at != expires_at).then_some(key.expires_at)) {
        around.tenant.check_lifetime(chosen, around.now)?;
    }
    confirm_if(asked.confirm, key, around)
}

fn confirm_if(asked: Option<ConfirmWhen>, key: &mut Key, around: &Around) -> Result<(), AdminError> {
    match asked.unwrap_or_default() {
        ConfirmWhen::Now => key.confirm(around.now),
        ConfirmWhen::Later => Ok(()),
    }
}

/// Draws a secret and gives it to the key by `rule`; draws again where the public id is taken. Whoever gets the
/// secret can do what the key may, so whoever asks must be allowed to hand that out.
async fn mint(
    store: &Store,
    which: &KeyChange<'_>,
    rule: impl Fn(rotation::Minted, &mut Key, &Around) -> Result<(), AdminError> + Send + Sync,
) -> Outcome<(KeyDetails, Option<PlaintextKey>)> {
    let KeyChange { author, key, version, reach, .. } = *which;
    let format = match look(store, which).await? {
        Look::DoneBefore(details) => return Ok((*details, None)),
        Look::Draw(format) => format,
    };
    for _ in 0..DRAWS {
        let Drawn { minted, tag, plaintext } = store.draw(format.clone()).await?;
        let asked = KeyChange { tag, ..KeyChange::of(author, key, version).within(reach) };
        let allowed = |key: &mut Key, around: &Around| {
            check_grants(&author.caller, "key", &around.role_permissions.union(&key.scopes))?;
            rule(minted, key, around)
        };
        match change_key(store, asked, allowed).await {
            Err(Fault::Clash) => {}
            Err(fault) => return Err(fault),
            Ok(Changed { details, replayed: true }) => return Ok((details, None)),
            Ok(Changed { details, replayed: false }) => return Ok((details, Some(plaintext))),
        }
    }
    Err(Fault::Clash)
}

/// What is known before argon2id runs.
enum Look {
    /// This very request was done before.
    DoneBefore(Box<KeyDetails>),
    /// How the new secret must look.
    Draw(KeyFormat),
}

async fn look(store: &Store, which: &KeyChange<'_>) -> Outcome<Look> {
    let (mut tx, now) = store.read().await?;
    if let Some(once) = &which.author.once
        && let Some(key) = once.minted_before(&mut tx, now).await?
    {
        let record = find_key(&mut tx, key, Reach::Everybody).await?;
        return Ok(Look::DoneBefore(Box::new(record.details(now))));
    }
    let record = find_key(&mut tx, which.key, which.reach).await?;
    // Operators' tokens look like nobody's keys.
    if record.key.tenant_id == reserved_tenant() {
        return Ok(Look::Draw(KeyFormat::with_head(TOKEN_HEAD)));
    }
    let has_identity = record.key.identity.is_some();
    let slug = &record.context.tenant.slug;
    let format = record.profile.key_format(&store.shared.prefix, slug, record.key.environment, has_identity);
    Ok(Look::Draw(format))
}
