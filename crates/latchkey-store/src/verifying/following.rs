//! Following what changes: the revision that stands, and waiting for the next one. `changes.since` waits here too.

use std::time::Duration;

use latchkey_core::AdminError;
use latchkey_core::operations::{Changes, Touched};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::looking::LOOK;
use crate::engine::{Engine, Pool, Tx};
use crate::fault::{Fault, Outcome, no_answer, unusable};
use crate::statement::sql;
use crate::store::Store;
use crate::{audit, dialect};

/// How often a file is looked at for verifications: a revocation by another program counts this soon.
const LOOK_AT_FILE: Duration = Duration::from_millis(25);
/// The most things that one answer names; with fewer it is complete.
pub const TOUCHED_MAX: usize = 1000;

/// For whom changes are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// Somebody who looks at lists.
    Administrators,
    /// Verifications, for which what stands must not be old: a file is looked at more often; neither a standby, which may
    /// lie any time behind its primary, is believed nor a file that stands nowhere any more.
    Verifications,
}

impl Store {
    /// The revision that stands now: read from the store, never from memory.
    ///
    /// # Errors
    /// `busy`, `unreachable`; `store_unusable` for a standby, and for a file that was replaced.
    pub async fn revision(&self) -> Result<i64, AdminError> {
        self.see(async { Ok(self.stands(&self.shared.looks, Whom::Verifications).await?.0) }).await
    }

    /// As `changes.since`, for a cache: on SQLite the file is looked at every 25 ms, and on PostgreSQL the database
    /// is asked when the wait ends even where nobody told of a change.
    ///
    /// # Errors
    /// As [`Store::revision`].
    pub async fn moved_since(&self, revision: i64, wait: Duration) -> Result<Changes, AdminError> {
        let patience = wait + LOOK;
        let waiting = self.wait_for_changes(&self.shared.looks, Some(revision), wait, Whom::Verifications);
        let waited = timeout(patience, waiting).await.map_err(|_| no_answer(LOOK))?;
        waited.map_err(Fault::into_admin_error)
    }

    /// Waits until the revision is another than the `known` one, for at most `wait`, and says what changed.
    /// Where nobody tells of changes they are looked for, as often as `notify.rs` decides but for a verification's file.
    pub(crate) async fn wait_for_changes(
        &self,
        pool: &Pool,
        known: Option<i64>,
        wait: Duration,
        whom: Whom,
    ) -> Outcome<Changes> {
        let deadline = Instant::now() + wait;
        loop {
            // Asked for before looking, so that a commit in between is not missed.
            let moved = self.shared.moved.notified();
            let nothing = |revision| Changes { revision, touched: Vec::new() };
            let (revision, tx) = self.stands(pool, whom).await?;
            let known = match known {
                // Nothing is known yet, or what is known belongs to another store or a later state of
                // this one: begin with the present.
                None => return Ok(nothing(revision)),
                Some(known) if known > revision => return Ok(nothing(revision)),
                Some(known) => known,
            };
            if revision > known {
                let mut tx = match tx {
                    Some(tx) => tx,
                    None => pool.begin_read().await?,
                };
                return touched_since(&mut tx, known, revision).await;
            }
            drop(tx);
            if Instant::now() >= deadline {
                return Ok(nothing(revision));
            }
            self.listen();
            let pause = match (pool, whom) {
                (Engine::Sqlite(_), Whom::Verifications) => LOOK_AT_FILE,
                (Engine::Sqlite(_) | Engine::Postgres(_), _) => self.shared.listening.pause(),
            };
            let awoken = async {
                tokio::select! {
                    () = moved => {}
                    () = sleep(pause) => {}
                }
            };
            // Whether it was woken or the time is up: look once more.
            let _ = timeout_at(deadline, awoken).await;
        }
    }

    /// The revision that stands, and the transaction that sees it where one was needed: a file is looked at so often that
    /// this is one statement by itself.
    async fn stands(&self, pool: &Pool, whom: Whom) -> Outcome<(i64, Option<Tx>)> {
        match pool {
            Engine::Sqlite(file) => {
                if whom == Whom::Verifications {
                    self.check_same_file()?;
                }
                let (seq,): (i64,) = sqlx::query_as(audit::REVISION).fetch_one(file).await?;
                Ok((seq, None))
            }
            Engine::Postgres(_) => {
                let mut tx = pool.begin_read().await?;
                let (seq, standby): (i64, bool) = sql(dialect::POSTGRES_REVISION).one(&mut tx).await?;
                // Asked every time: a name may lead to another server from one connection to the next.
                if standby && whom == Whom::Verifications {
                    return Err(unusable(
                        "This database is a standby: a key that was revoked on its primary may still look good here. Verify keys against the primary.",
                    )
                    .into());
                }
                Ok((seq, Some(tx)))
            }
        }
    }
}

/// What changed after `known`, each once. Where there is more than one answer holds, the revision is
/// the one up to which it is complete.
async fn touched_since(tx: &mut Tx, known: i64, revision: i64) -> Outcome<Changes> {
    let mut statement = sql("SELECT noun, id, MAX(seq) FROM audit_targets WHERE seq > ");
    statement.arg(known).push(" AND seq <= ").arg(revision);
    statement.push(" GROUP BY noun, id ORDER BY MAX(seq), noun, id LIMIT ");
    statement.arg(i64::try_from(TOUCHED_MAX).unwrap_or(i64::MAX));
    let rows: Vec<(String, String, i64)> = statement.all(tx).await?;
    let complete = match rows.last() {
        // One entry never names as many things as an answer holds, so this moves on.
        Some((_, _, seq)) if rows.len() == TOUCHED_MAX => seq - 1,
        Some(_) | None => revision,
    };
    let touched = rows.into_iter().map(|(noun, id, _)| Touched { noun, id }).collect();
    Ok(Changes { revision: complete, touched })
}
