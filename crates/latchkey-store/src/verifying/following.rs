//! Following what changes: the revision that stands, and waiting for the next one. `changes.since` waits here too.

use std::cmp::Ordering;
use std::time::Duration;

use latchkey_core::AdminError;
use latchkey_core::operations::Touched;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::looking::LOOK;
use super::{Moved, Revision};
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

/// The revision that somebody knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// Its number.
    pub(crate) number: i64,
    /// Its hash, where they know it: otherwise the number alone is compared.
    pub(crate) hash: Option<&'a str>,
}

/// What stands.
struct Stands {
    revision: Revision,
    /// The hash of the entry with the number that is known; none where there is no such entry.
    then: Option<String>,
}

impl Stands {
    /// Whether the history that is known goes on in this one.
    fn follows(&self, known: Known<'_>) -> bool {
        let hash = match known.number.cmp(&self.revision.number) {
            Ordering::Greater => return false,
            Ordering::Equal => Some(&self.revision.hash),
            // Before the first entry every history is the same.
            Ordering::Less if known.number == 0 => return true,
            Ordering::Less => self.then.as_ref(),
        };
        known.hash.is_none_or(|known| hash.is_some_and(|hash| hash == known))
    }

    /// Nothing changed, or nothing that counts is known.
    fn nothing(self, other_history: bool) -> Moved {
        Moved { to: self.revision, touched: Vec::new(), other_history }
    }
}

impl Store {
    /// The revision that stands now: read from the store, never from memory.
    ///
    /// # Errors
    /// `busy`, `unreachable`; `store_unusable` for a standby, and for a file that was replaced.
    pub async fn revision(&self) -> Result<Revision, AdminError> {
        let looking = async { Ok(self.stands(&self.shared.looks, 0, Whom::Verifications).await?.0.revision) };
        self.see(looking).await
    }

    /// As `changes.since`, for a cache: on SQLite the file is looked at every 25 ms, and on PostgreSQL the database
    /// is asked when the wait ends even where nobody told of a change. A history in which `known` is not is told at
    /// once.
    ///
    /// # Errors
    /// As [`Store::revision`].
    pub async fn moved_since(&self, known: &Revision, wait: Duration) -> Result<Moved, AdminError> {
        let patience = wait + LOOK;
        let known = Known { number: known.number, hash: Some(&known.hash) };
        let waiting = self.wait_for_changes(&self.shared.looks, Some(known), wait, Whom::Verifications);
        let waited = timeout(patience, waiting).await.map_err(|_| no_answer(LOOK))?;
        waited.map_err(Fault::into_admin_error)
    }

    /// Waits until the revision is another than the `known` one, for at most `wait`, and says what changed.
    /// Where nobody tells of changes they are looked for, as often as `notify.rs` decides but for a verification's file.
    pub(crate) async fn wait_for_changes(
        &self,
        pool: &Pool,
        known: Option<Known<'_>>,
        wait: Duration,
        whom: Whom,
    ) -> Outcome<Moved> {
        let deadline = Instant::now() + wait;
        loop {
            // Asked for before looking, so that a commit in between is not missed.
            let moved = self.shared.moved.notified();
            let (stands, tx) = self.stands(pool, known.map_or(0, |known| known.number), whom).await?;
            // Nothing is known yet, or what is known belongs to another history: begin with the present.
            let Some(known) = known else { return Ok(stands.nothing(false)) };
            if !stands.follows(known) {
                return Ok(stands.nothing(true));
            }
            if stands.revision.number > known.number {
                let mut tx = match tx {
                    Some(tx) => tx,
                    None => pool.begin_read().await?,
                };
                return touched_since(&mut tx, known.number, stands.revision).await;
            }
            drop(tx);
            if Instant::now() >= deadline {
                return Ok(stands.nothing(false));
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

    /// What stands, beside the entry with the number that is known; and the transaction that sees it where one was
    /// needed: a file is looked at so often that this is one statement by itself.
    async fn stands(&self, pool: &Pool, known: i64, whom: Whom) -> Outcome<(Stands, Option<Tx>)> {
        let ((number, hash, then), tx): (Row, Option<Tx>) = match pool {
            Engine::Sqlite(file) => {
                if whom == Whom::Verifications {
                    self.check_same_file()?;
                }
                (sqlx::query_as(audit::REVISION).bind(known).fetch_one(file).await?, None)
            }
            Engine::Postgres(_) => {
                let mut tx = pool.begin_read().await?;
                let [before, after] = dialect::POSTGRES_OR_STANDBY;
                let mut statement = sql(before);
                statement.push(audit::REVISION).push(after);
                let (number, hash, then, standby): (i64, String, Option<String>, bool) =
                    statement.bind(known).one(&mut tx).await?;
                // Asked every time: a name may lead to another server from one connection to the next.
                if standby && whom == Whom::Verifications {
                    return Err(unusable(
                        "This database is a standby: a key that was revoked on its primary may still look good here. Verify keys against the primary.",
                    )
                    .into());
                }
                ((number, hash, then), Some(tx))
            }
        };
        Ok((Stands { revision: Revision { number, hash }, then }, tx))
    }
}

/// [`audit::REVISION`].
type Row = (i64, String, Option<String>);

/// What changed after `known`, each once. Where there is more than one answer holds, the revision is
/// the one up to which it is complete.
async fn touched_since(tx: &mut Tx, known: i64, stands: Revision) -> Outcome<Moved> {
    let mut statement = sql("SELECT noun, id, MAX(seq) FROM audit_targets WHERE seq > ");
    statement.arg(known).push(" AND seq <= ").arg(stands.number);
    statement.push(" GROUP BY noun, id ORDER BY MAX(seq), noun, id LIMIT ");
    statement.arg(i64::try_from(TOUCHED_MAX).unwrap_or(i64::MAX));
    let rows: Vec<(String, String, i64)> = statement.all(tx).await?;
    let to = match rows.last() {
        // One entry never names as many things as an answer holds, so this moves on.
        Some((_, _, seq)) if rows.len() == TOUCHED_MAX => {
            let complete = sql("SELECT seq, hash FROM audit WHERE seq = $1").bind(seq - 1);
            let (number, hash): (i64, String) = complete.one(tx).await?;
            Revision { number, hash }
        }
        Some(_) | None => stands,
    };
    let touched = rows.into_iter().map(|(noun, id, _)| Touched { noun, id }).collect();
    Ok(Moved { to, touched, other_history: false })
}
