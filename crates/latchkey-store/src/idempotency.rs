//! Doing a request once: whose idempotency key stands for which request and what it changed.
//! Kept for 24 hours. Never holds a plaintext, nor an answer: a replay shows the key as it is now.

use latchkey_core::audit::{Target, to_hex};
use latchkey_core::id::{IdempotencyKey, KeyId};
use latchkey_core::operation::{Effect, Operation};
use latchkey_core::operations::MadeChange;
use latchkey_core::{AdminError, Call, Caller, ErrorCode, Span, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::engine::{Engine, Tx};
use crate::fault::Outcome;
use crate::rows::{Reading, to_json};
use crate::statement::{Statement, sql};
use crate::store::Store;

/// How long a request is remembered.
const KEPT: Span = Span::hours(24);

/// Whose requests are remembered together: an operator's by its id, since its name may become another's; those of who
/// has the store itself by how the audit names them.
pub(crate) fn whose(caller: &Caller) -> String {
    caller.operator.as_ref().map_or_else(|| caller.actor.clone(), |operator| operator.id.to_string())
}

/// A request that has a second effect never.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    whose: String,
    name: String,
    operation: &'static str,
    effect: Effect,
    request_hash: String,
}

impl Once {
    /// The request of `call`, where it came with an idempotency key.
    pub(crate) fn of<O: Operation>(call: &Call<O>) -> Outcome<Option<Self>> {
        let Some(name) = &call.idempotency_key else { return Ok(None) };
        let request = to_json(&call.operation)?;
        Ok(Some(Self {
            whose: whose(&call.caller),
            name: name.to_string(),
            operation: O::NAME,
            effect: O::EFFECT,
            request_hash: to_hex(&Sha256::digest(request.as_bytes())),
        }))
    }

    /// Waits until the same request, where it is under way, has ended; the next one waits for this.
    pub(crate) async fn take_turn(&self, tx: &mut Tx) -> Outcome<()> {
        in_turn(tx, sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"), &self.whose, &self.name)
            .await
    }

    /// The key that this very request minted for before; its plaintext was shown then.
    ///
    /// # Errors
    /// `idempotency_key_reused` when the same idempotency key came with another request; `already_made`
    /// where nothing was minted, so that there is nothing to show again.
    pub(crate) async fn minted_before(&self, tx: &mut Tx, now: Timestamp) -> Outcome<Option<KeyId>> {
        let Some(record) = find(tx, &self.whose, &self.name, now).await? else { return Ok(None) };
        if record.made.operation != self.operation || record.request_hash != self.request_hash {
            return Err(AdminError::new(
                ErrorCode::IdempotencyKeyReused,
                "This idempotency key came with another request before. Use a new one for a new request.",
            )
            .into());
        }
        match self.effect {
            Effect::Mints => Reading::of("key", &record.made.id).text(&record.made.id).map(Some),
            Effect::Changes | Effect::Reads => Err(AdminError::already_made(record.made.at).into()),
        }
    }

    /// Remembers that this request changed `target`, and forgets what is old.
    pub(crate) async fn remember(&self, tx: &mut Tx, target: &Target, now: Timestamp) -> Outcome<()> {
        sql("DELETE FROM idempotency WHERE created_at <= $1").bind(forgotten_before(now)).run(tx).await?;
        sql("INSERT INTO idempotency (actor, name, operation, request_hash, noun, target_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&self.whose)
        .bind(&self.name)
        .bind(self.operation)
        .bind(&self.request_hash)
        .bind(&target.noun)
        .bind(&target.id)
        .bind(now)
        .run(tx)
        .await
        .map(drop)
    }
}

/// What the caller's change of this name was made to. A call that is still under way is waited for: “it was
/// not made” must stay true.
pub(crate) async fn made(
    store: &Store,
    caller: &Caller,
    name: &IdempotencyKey,
) -> Outcome<Option<MadeChange>> {
    let whose = whose(caller);
    store.shared.under_way.ended(&whose, name.as_str()).await;
    match &store.shared.pool {
        // A call of another process is not this caller's.
        Engine::Sqlite(_) => drop(store.shared.turn.lock().await),
        Engine::Postgres(_) => {
            // In a transaction of its own: the one that looks must see what the call has left.
            let mut waiting = store.shared.pool.begin_read().await?;
            let lock = sql("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))");
            in_turn(&mut waiting, lock, &whose, name.as_str()).await?;
        }
    }
    let (mut tx, now) = store.read().await?;
    Ok(find(&mut tx, &whose, name.as_str(), now).await?.map(|record| record.made))
}

/// Runs PostgreSQL's `lock` for somebody's idempotency key; it is let go with the transaction. Two names
/// that meet in one hash wait for each other, nothing more. SQLite has one writer at a time anyway.
async fn in_turn(tx: &mut Tx, lock: Statement, whose: &str, name: &str) -> Outcome<()> {
    match tx {
        Engine::Sqlite(_) => Ok(()),
        Engine::Postgres(_) => lock.bind(format!("{whose} {name}")).run(tx).await.map(drop),
    }
}

/// A request that is remembered.
struct Record {
    made: MadeChange,
    request_hash: String,
}

async fn find(tx: &mut Tx, whose: &str, name: &str, now: Timestamp) -> Outcome<Option<Record>> {
    let found: Option<(String, String, String, String, i64)> =
        sql("SELECT operation, request_hash, noun, target_id, created_at FROM idempotency \
             WHERE actor = $1 AND name = $2 AND created_at > $3")
        .bind(whose)
        .bind(name)
        .bind(forgotten_before(now))
        .maybe(tx)
        .await?;
    Ok(found.map(|(operation, request_hash, noun, id, at)| Record {
        made: MadeChange { operation, noun, id, at: Timestamp::from_millis(at) },
        request_hash,
    }))
}

fn forgotten_before(now: Timestamp) -> i64 {
    now.as_millis() - KEPT.as_millis()
}
