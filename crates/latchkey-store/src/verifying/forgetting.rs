//! How long what was gathered is kept, and taking away what is older, a little at a time. The audit is kept for ever and
//! so are the totals of each secret; neither is touched here.

use latchkey_core::{AdminError, Span};

use crate::audit;
use crate::dialect::{self, Lock};
use crate::engine::{Engine, Tx};
use crate::fault::Outcome;
use crate::statement::sql;
use crate::store::Store;

/// How long security events are kept.
pub const EVENTS_KEPT: Span = Span::days(90);
/// How long uses are kept by the hour: a year, and time to look back on it.
pub const HOURS_KEPT: Span = Span::days(400);
/// How much of each is taken away in one transaction.
const AT_A_TIME: i64 = 1000;

impl Store {
    /// Takes away security events and hours of use that are older than they are kept, a thousand of each at most.
    /// True where there may be more. Only an account that may change things does it: whoever verifies with fewer
    /// rights could otherwise take its traces away.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `storage_full`, `forbidden`.
    pub async fn forget_old(&self) -> Result<bool, AdminError> {
        if self.read_only().is_some() {
            return Ok(false);
        }
        let mut more = false;
        let forgetting = async {
            let mut tx = self.begin_to_gather().await?;
            if !is_alone(&mut tx).await? {
                return Ok(());
            }
            let head = audit::head(&mut tx, Lock::None).await?;
            let now = self.time_after(&head).as_millis();
            let events = sql("DELETE FROM events WHERE id IN \
                 (SELECT e.id FROM events e WHERE e.at < $1 ORDER BY e.at, e.id LIMIT $2)")
            .bind(now - EVENTS_KEPT.as_millis());
            let hours = sql("DELETE FROM usage_hours WHERE (secret_id, hour, outcome) IN \
                 (SELECT h.secret_id, h.hour, h.outcome FROM usage_hours h WHERE h.hour < $1 ORDER BY h.hour LIMIT $2)")
            .bind(now - HOURS_KEPT.as_millis());
            let summed = sql("DELETE FROM tenant_hours WHERE (tenant_id, hour, outcome) IN \
                 (SELECT h.tenant_id, h.hour, h.outcome FROM tenant_hours h WHERE h.hour < $1 ORDER BY h.hour LIMIT $2)")
            .bind(now - HOURS_KEPT.as_millis());
            for statement in [events, hours, summed] {
                more |= statement.bind(AT_A_TIME).run(&mut tx).await? == AT_A_TIME.unsigned_abs();
            }
            tx.commit().await
        };
        self.gather(forgetting).await?;
        Ok(more)
    }
}

/// Whether no other process does it at this moment: two that take the same rows away wait for each other.
async fn is_alone(tx: &mut Tx) -> Outcome<bool> {
    match tx {
        Engine::Sqlite(_) => Ok(true),
        Engine::Postgres(_) => Ok(sql(dialect::POSTGRES_FORGETS_ALONE).one::<(bool,)>(tx).await?.0),
    }
}
