//! Secrets: rows with their usage, finding by public id, saving. The digest leaves this crate never.

use latchkey_core::digest::Digest;
use latchkey_core::id::{KeyId, SecretId};
use latchkey_core::key::Secret;
use latchkey_core::key_format::PublicId;
use latchkey_core::operations::Usage;
use latchkey_core::tag::{PepperId, Tag};
use latchkey_core::{Span, Timestamp};

use super::{Reading, at};
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::statement::{row, sql};

row! {
    /// A secret as it is kept, with its usage.
    SecretRow {
        id: String, key_id: String, public_id: String, head: String, digest: String, created_at: i64,
        lapses_at: i64, grace_ms: i64, next_expiry_chosen: i64, next_expiry: Option<i64>,
        confirmed_at: Option<i64>, not_after: Option<i64>,
        killed_at: Option<i64>, last_used_at: Option<i64>, last_used_ip: Option<String>,
        use_count: Option<i64>, tag: Option<Vec<u8>>, pepper_id: Option<String>,
    }
}

/// A tag and the pepper that made it.
pub(crate) type Tagged = (PepperId, Tag);

/// A secret with what is kept beside it.
pub(crate) struct SecretRecord {
    /// The secret.
    pub(crate) secret: Secret,
    /// Who used it.
    pub(crate) usage: Usage,
    /// Its tag, where it has one.
    pub(crate) tag: Option<Tagged>,
}

impl SecretRow {
    /// As core knows it.
    pub(crate) fn read(self) -> Outcome<SecretRecord> {
        let reading = Reading::of("secret", &self.id);
        let usage = Usage {
            last_used_at: at(self.last_used_at),
            last_used_ip: self.last_used_ip,
            count: reading.count(self.use_count.unwrap_or(0))?,
        };
        let tag = match (self.pepper_id, self.tag.as_deref().map(Tag::stored)) {
            (None, None) => None,
            (Some(pepper), Some(Some(tag))) => Some((PepperId::stored(pepper), tag)),
            _ => return Err(reading.damaged()),
        };
        let secret = Secret {
            id: reading.text(&self.id)?,
            public_id: reading.text(&self.public_id)?,
            head: self.head,
            digest: Digest::stored(self.digest),
            created_at: Timestamp::from_millis(self.created_at),
            lapses_at: Timestamp::from_millis(self.lapses_at),
            grace: Span::from_millis(self.grace_ms),
            next_expiry: (self.next_expiry_chosen == 1).then(|| at(self.next_expiry)),
            confirmed_at: at(self.confirmed_at),
            not_after: at(self.not_after),
            killed_at: at(self.killed_at),
        };
        Ok(SecretRecord { secret, usage, tag })
    }
}

/// The secrets of some keys, each key's oldest first.
pub(crate) async fn secrets_of(tx: &mut Tx, keys: &[String]) -> Outcome<Vec<SecretRow>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = sql(
        "SELECT s.id, s.key_id, s.public_id, s.head, s.digest, s.created_at, s.lapses_at, \
         s.grace_ms, s.next_expiry_chosen, s.next_expiry, s.confirmed_at, s.not_after, s.killed_at, u.last_used_at, u.last_used_ip, u.use_count, \
         s.tag, s.pepper_id FROM secrets s LEFT JOIN usage u ON u.secret_id = s.id WHERE s.key_id IN ",
    );
    statement.list(keys).push(" ORDER BY s.key_id, s.ordinal");
    statement.all(tx).await
}

/// The key that has a secret of this public id.
pub(crate) async fn find_by_public_id(tx: &mut Tx, public_id: &PublicId) -> Outcome<Option<KeyId>> {
    let found: Option<(String,)> =
        sql("SELECT key_id FROM secrets WHERE public_id = $1").bind(public_id.as_str()).maybe(tx).await?;
    found.map(|(id,)| Reading::of("key", &id).text(&id)).transpose()
}

/// Whether a public id that was drawn is in use.
pub(crate) async fn is_public_id_taken(tx: &mut Tx, public_id: &PublicId) -> Outcome<bool> {
    Ok(find_by_public_id(tx, public_id).await?.is_some())
}

/// Keeps a new secret, the `ordinal`-th of its key.
pub(crate) async fn insert_secret(
    tx: &mut Tx,
    key: KeyId,
    ordinal: i64,
    secret: &Secret,
    tag: Option<&Tagged>,
) -> Outcome<()> {
    sql(
        "INSERT INTO secrets (id, key_id, ordinal, public_id, head, digest, created_at, lapses_at, grace_ms, \
         next_expiry_chosen, next_expiry, confirmed_at, not_after, killed_at, tag, pepper_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(secret.id.to_string())
    .bind(key.to_string())
    .bind(ordinal)
    .bind(secret.public_id.as_str())
    .bind(&secret.head)
    .bind(secret.digest.as_str())
    .bind(secret.created_at)
    .bind(secret.lapses_at)
    .bind(secret.grace.as_millis())
    .bind(i64::from(secret.next_expiry.is_some()))
    .bind(secret.next_expiry.flatten())
    .bind(secret.confirmed_at)
    .bind(secret.not_after)
    .bind(secret.killed_at)
    .bind(tag.map(|(_, tag)| tag.as_bytes().to_vec()))
    .bind(tag.map(|(pepper, _)| pepper.to_string()))
    .run(tx)
    .await
    .map(drop)
}

/// Keeps the tag of a secret that has none under this pepper.
pub(crate) async fn fill_tag(tx: &mut Tx, secret: SecretId, pepper: &PepperId, tag: &Tag) -> Outcome<()> {
    sql("UPDATE secrets SET tag = $2, pepper_id = $3 WHERE id = $1 AND (pepper_id IS NULL OR pepper_id <> $3)")
        .bind(secret.to_string())
        .bind(Some(tag.as_bytes().to_vec()))
        .bind(pepper.as_str())
        .run(tx)
        .await
        .map(drop)
}

/// Keeps what may change of a secret.
pub(crate) async fn update_secret(tx: &mut Tx, secret: &Secret) -> Outcome<()> {
    sql("UPDATE secrets SET confirmed_at = $2, not_after = $3, killed_at = $4 WHERE id = $1")
        .bind(secret.id.to_string())
        .bind(secret.confirmed_at)
        .bind(secret.not_after)
        .bind(secret.killed_at)
        .run(tx)
        .await
        .map(drop)
}
