//! The one way anything is changed: begin, lock, read the time once, save, write the audit entry and
//! the idempotency record, commit. What is changed and by which rule is said by `perform`.

use latchkey_core::audit::{AuditEntry, Target};
use latchkey_core::id::{KeyId, RequestId, TenantId};
use latchkey_core::operation::Operation;
use latchkey_core::{AdminError, Call, Caller, ErrorCode, Span, Timestamp};
use serde::Serialize;
use tokio::sync::OwnedMutexGuard;

use crate::audit::{self, Head};
use crate::dialect::Lock;
use crate::engine::{Engine, Tx};
use crate::fault::Outcome;
use crate::idempotency::Once;
use crate::notify;
use crate::rows::to_json;
use crate::store::Store;

/// How far a clock may stand before the last change. Clocks of several computers differ by less.
const TOLERATED: Span = Span::minutes(1);

/// Who changes something, and by which operation.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    /// How the audit names them, from which program, and what they may hand out.
    pub(crate) caller: Caller,
    /// The request.
    pub(crate) request_id: RequestId,
    /// The operation's name.
    pub(crate) action: &'static str,
    /// For a change that is made once, however often it is asked for.
    pub(crate) once: Option<Once>,
}

impl Author {
    /// Whoever made `call`.
    pub(crate) fn of<O: Operation>(call: &Call<O>) -> Outcome<Self> {
        Ok(Self {
            caller: call.caller.clone(),
            request_id: call.request_id,
            action: O::NAME,
            once: Once::of(call)?,
        })
    }
}

/// A change under way. Dropped without a commit, it never was.
pub(crate) struct Change<'a> {
    /// Its transaction.
    pub(crate) tx: Tx,
    /// The key for which this very request minted before: nothing is left to do.
    pub(crate) minted_before: Option<KeyId>,
    store: &'a Store,
    author: &'a Author,
    head: Option<(Head, Timestamp)>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl<'a> Change<'a> {
    /// Begins one. Whether it was made before is asked first: what it was made to may look different now,
    /// or be gone.
    ///
    /// # Errors
    /// `already_made`, `idempotency_key_reused`.
    pub(crate) async fn begin(store: &'a Store, author: &'a Author) -> Outcome<Self> {
        let turn = match store.shared.pool {
            Engine::Sqlite(_) => Some(store.shared.turn.clone().lock_owned().await),
            Engine::Postgres(_) => None,
        };
        let mut tx = store.shared.pool.begin_write().await?;
        let mut minted_before = None;
        if let Some(once) = &author.once {
            once.take_turn(&mut tx).await?;
            let head = audit::head(&mut tx, Lock::None).await?;
            minted_before = once.minted_before(&mut tx, store.time_after(&head)).await?;
        }
        Ok(Self { tx, minted_before, store, author, head: None, _turn: turn })
    }

    /// Takes the last lock and reads the time that counts for the whole change.
    ///
    /// # Errors
    /// `clock_went_back` when the clock stands more than a minute before the last change.
    pub(crate) async fn settle(&mut self) -> Outcome<Timestamp> {
        let head = audit::head(&mut self.tx, Lock::Update).await?;
        let shown = self.store.shown(&head);
        if shown.plus(TOLERATED) < head.at {
            let words = format!(
                "{} clock shows {shown}, but the last change was made at {}. Set the clock, then try again.",
                if head.clock == Some(shown) { "The database's" } else { "This computer's" },
                head.at
            );
            return Err(AdminError::new(ErrorCode::ClockWentBack, words).into());
        }
        let now = self.store.time_after(&head);
        self.head = Some((head, now));
        Ok(now)
    }

    /// Writes what was done into the audit, and remembers that this request did it. `before` and `after` are
    /// what can be seen of the target.
    ///
    /// A change that turned out to change nothing does not come here, so it is not remembered either: nothing
    /// was made, and `changes.made` says so. Asked for again it finds things as they then are.
    pub(crate) async fn record<T: Serialize>(
        &mut self,
        target: Target,
        tenant_id: TenantId,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Outcome<()> {
        let (head, now) = self.head.take().ok_or_else(AdminError::internal)?;
        let author = self.author;
        if let Some(once) = &author.once {
            once.remember(&mut self.tx, &target, now).await?;
        }
        let entry = AuditEntry {
            seq: head.seq + 1,
            at: now,
            action: author.action.to_owned(),
            actor: author.caller.actor.clone(),
            source: author.caller.source,
            target,
            tenant_id: Some(tenant_id),
            request_id: author.request_id,
            before: before.map(to_json).transpose()?.unwrap_or_default(),
            after: after.map(to_json).transpose()?.unwrap_or_default(),
            prev: String::new(),
            hash: String::new(),
        }
        .chained(head.hash);
        audit::append(&mut self.tx, &entry).await
    }

    /// Makes it so, and wakes whoever waits for changes.
    pub(crate) async fn commit(mut self) -> Outcome<()> {
        notify::tell(&mut self.tx).await?;
        self.tx.commit().await?;
        self.store.shared.moved.notify_waiters();
        Ok(())
    }
}
