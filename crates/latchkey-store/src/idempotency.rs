//! Doing a request once: which actor's idempotency key stands for which request and which key it made.
//! Kept for 24 hours. Never holds a plaintext, nor an answer: a replay shows the key as it is now.

use latchkey_core::audit::to_hex;
use latchkey_core::id::{IdempotencyKey, KeyId};
use latchkey_core::operation::Operation;
use latchkey_core::{AdminError, Call, ErrorCode, Span, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::{Reading, to_json};
use crate::statement::sql;

/// How long a request is remembered.
const KEPT: Span = Span::hours(24);

/// A request that has a second effect never.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    actor: String,
    name: String,
    operation: &'static str,
    request_hash: String,
}

impl Once {
    /// The request of `call`, where it came with an idempotency key.
    pub(crate) fn of<O: Operation>(call: &Call<O>) -> Outcome<Option<Self>> {
        let Some(name) = &call.idempotency_key else { return Ok(None) };
        let request = to_json(&call.operation)?;
        Ok(Some(Self {
            actor: call.caller.actor.clone(),
            name: name.to_string(),
            operation: O::NAME,
            request_hash: to_hex(&Sha256::digest(request.as_bytes())),
        }))
    }

    /// The key that this very request made before.
    ///
    /// # Errors
    /// `idempotency_key_reused` when the same idempotency key came with another request.
    pub(crate) async fn done_before(&self, tx: &mut Tx, now: Timestamp) -> Outcome<Option<KeyId>> {
        let found: Option<(String, String, String)> =
            sql("SELECT operation, request_hash, key_id FROM idempotency \
             WHERE actor = $1 AND name = $2 AND created_at > $3")
            .bind(&self.actor)
            .bind(&self.name)
            .bind(forgotten_before(now))
            .maybe(tx)
            .await?;
        let Some((operation, request_hash, key_id)) = found else { return Ok(None) };
        if operation != self.operation || request_hash != self.request_hash {
            return Err(AdminError::new(
                ErrorCode::IdempotencyKeyReused,
                "This idempotency key came with another request before. Use a new one for a new request.",
            )
            .into());
        }
        Reading::of("key", &key_id).text(&key_id).map(Some)
    }

    /// Remembers that this request made or changed `key`, and forgets what is old.
    pub(crate) async fn remember(&self, tx: &mut Tx, key: KeyId, now: Timestamp) -> Outcome<()> {
        sql("DELETE FROM idempotency WHERE created_at <= $1").bind(forgotten_before(now)).run(tx).await?;
        sql("INSERT INTO idempotency (actor, name, operation, request_hash, key_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(&self.actor)
        .bind(&self.name)
        .bind(self.operation)
        .bind(&self.request_hash)
        .bind(key.to_string())
        .bind(now)
        .run(tx)
        .await
        .map(drop)
    }
}

/// The key that `actor`'s minting call of this name made or changed, whichever operation it was.
pub(crate) async fn minted_by(
    tx: &mut Tx,
    actor: &str,
    name: &IdempotencyKey,
    now: Timestamp,
) -> Outcome<Option<KeyId>> {
    let found: Option<(String,)> =
        sql("SELECT key_id FROM idempotency WHERE actor = $1 AND name = $2 AND created_at > $3")
            .bind(actor)
            .bind(name.as_str())
            .bind(forgotten_before(now))
            .maybe(tx)
            .await?;
    found.map(|(key_id,)| Reading::of("key", &key_id).text(&key_id)).transpose()
}

fn forgotten_before(now: Timestamp) -> i64 {
    now.as_millis() - KEPT.as_millis()
}
