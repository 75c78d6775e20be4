//! What gathers behind the hot path is written here: use, security events, tags, confirmations by first use. All
//! but the last is outside the audit and its lock. An account that may write only this (a verifier's) leaves
//! confirming to servers with an administrator's account: a secret that nobody saved lapses until one of those sees
//! its first use.

use std::collections::BTreeMap;
use std::net::IpAddr;

use latchkey_core::id::{EventId, KeyId, RequestId, SecretId};
use latchkey_core::operations::KeysConfirm;
use latchkey_core::operator::FIRST_USE;
use latchkey_core::tag::{PepperId, Tag};
use latchkey_core::{AdminError, Caller, ErrorCode, Operation, Source, Timestamp};
use tokio::time::timeout;

use super::{Happened, Used};
use crate::access::ReadOnly;
use crate::change::Author;
use crate::engine::{Engine, Tx};
use crate::fault::{Fault, Outcome, no_answer};
use crate::mint::randomness;
use crate::perform::key_change::{KeyChange, change_key};
use crate::rows::{self, Reach};
use crate::statement::{Value, sql};
use crate::store::{PATIENCE, Store};

/// Rows of one statement, of at most nine values each. More would be dearer on SQLite: sqlx looks every value's name up in a
/// list of all of them, so that the cost of a statement grows with the square of their number.
const ROWS_MAX: usize = 100;
/// Milliseconds of one hour.
const HOUR: i64 = 3_600_000;

impl Store {
    /// Adds what was used to what is known, all in one transaction outside the audit: the hour's count, the last
    /// use (the later one stands) and the total of accepted uses.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `read_only`, `storage_full`.
    pub async fn record_usage(&self, used: &[Used]) -> Result<(), AdminError> {
        if used.is_empty() {
            return Ok(());
        }
        let (hours, accepted) = sums(used);
        self.gather(async {
            let mut tx = self.begin_to_gather().await?;
            for rows in chunks(&hours) {
                add_hours(&mut tx, rows).await?;
            }
            for rows in chunks(&accepted) {
                add_accepted(&mut tx, rows).await?;
            }
            // Last, since every server writes these few rows: none holds them for longer than it must.
            for rows in chunks(&hours) {
                add_tenant_hours(&mut tx, rows).await?;
            }
            tx.commit().await
        })
        .await
    }

    /// Keeps security events.
    ///
    /// # Errors
    /// As [`Store::record_usage`].
    pub async fn record_events(&self, events: &[Happened]) -> Result<(), AdminError> {
        if events.is_empty() {
            return Ok(());
        }
        let rows: Vec<[Value; 9]> = events.iter().map(event_row).collect();
        self.gather(async {
            let mut tx = self.begin_to_gather().await?;
            for rows in chunks(&rows) {
                let mut statement =
                    sql("INSERT INTO events (id, at, kind, tenant_id, key_id, secret_id, ip, outcome, count) \
                     SELECT column1, column2, column3, column4, column5, column6, column7, column8, column9 FROM ");
                statement.rows(rows).push(" AS happened");
                statement.run(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    /// Confirms a secret by its first use at `used_at`: as `keys.confirm` by the actor “first use”, with the grace
    /// counted from that use. Confirmed already, lapsed or dead: nothing happens, and that is no error. Nor is it
    /// one where the account may gather but not change: that is logged once and left to others.
    ///
    /// # Errors
    /// As [`Store::record_usage`].
    pub async fn confirm_first_use(
        &self,
        key: KeyId,
        secret: SecretId,
        used_at: Timestamp,
    ) -> Result<(), AdminError> {
        match self.read_only() {
            Some(ReadOnly::Account) if self.gathers() => {
                self.shared.told_of_first_use.call_once(|| {
                    tracing::warn!(
                        "this database account may not confirm new secrets at their first use; save them when they are shown, or use an administrator's account for the server"
                    );
                });
                return Ok(());
            }
            Some(reason) => return Err(AdminError::new(ErrorCode::ReadOnly, reason.words())),
            None => {}
        }
        let author = Author {
            caller: Caller::with_the_store(FIRST_USE, Source::Server),
            request_id: RequestId::new(self.clock_now(), &mut randomness()),
            action: KeysConfirm::NAME,
            once: None,
        };
        let store = self.clone();
        // Carried to its end like every change, also when nobody waits for it any more.
        let confirming = tokio::spawn(async move {
            let change = KeyChange::of(&author, key, None).within(Reach::Everybody);
            let rule = |key: &mut latchkey_core::key::Key, around: &crate::perform::key_change::Around| {
                key.confirm_by_use(secret, used_at, around.now)
            };
            change_key(&store, change, rule).await.map(drop)
        });
        let done = timeout(PATIENCE, confirming).await.map_err(|_| no_answer(PATIENCE))?;
        match done.map_err(|_| AdminError::internal())?.map_err(Fault::into_admin_error) {
            Err(error) if error.code == ErrorCode::KeyRevoked => Ok(()),
            done => done,
        }
    }

    /// Keeps the tag of a secret that was checked by argon2id, where it has none under this pepper.
    ///
    /// # Errors
    /// As [`Store::record_usage`].
    pub async fn fill_tag(&self, secret: SecretId, pepper: &PepperId, tag: &Tag) -> Result<(), AdminError> {
        self.gather(async {
            let mut tx = self.begin_to_gather().await?;
            rows::fill_tag(&mut tx, secret, pepper, tag).await?;
            tx.commit().await
        })
        .await
    }

    /// A transaction for what was gathered.
    pub(super) async fn begin_to_gather(&self) -> Outcome<Tx> {
        self.shared.looks.begin_gather().await
    }

    /// Has what was gathered written, where this account may.
    pub(super) async fn gather(&self, writing: impl Future<Output = Outcome<()>>) -> Result<(), AdminError> {
        if let Some(reason) = self.read_only().filter(|_| !self.gathers()) {
            return Err(AdminError::new(ErrorCode::ReadOnly, reason.words()));
        }
        let written = async {
            // SQLite has one writer; those of this process queue instead of polling the file.
            let _turn = match self.shared.pool {
                Engine::Sqlite(_) => Some(self.shared.turn.lock().await),
                Engine::Postgres(_) => None,
            };
            writing.await
        };
        let written = timeout(PATIENCE, written).await.map_err(|_| no_answer(PATIENCE))?;
        written.map_err(Fault::into_admin_error)
    }
}

/// Each row once, as the database wants it.
fn sums(used: &[Used]) -> (Vec<[Value; 4]>, Vec<[Value; 4]>) {
    let mut hours: BTreeMap<(SecretId, i64, &'static str), u64> = BTreeMap::new();
    let mut accepted: BTreeMap<SecretId, (u64, Timestamp, Option<IpAddr>)> = BTreeMap::new();
    for used in used.iter().filter(|used| used.count > 0) {
        let hour = used.hour.as_millis().div_euclid(HOUR) * HOUR;
        *hours.entry((used.secret, hour, used.outcome.word())).or_default() += used.count;
        let Some((at, ip)) = used.accepted else { continue };
        let sum = accepted.entry(used.secret).or_insert((0, at, ip));
        sum.0 += used.count;
        if at >= sum.1 {
            (sum.1, sum.2) = (at, ip);
        }
    }
    let hours = hours.into_iter().map(|((secret, hour, outcome), count)| {
        [secret.to_string().into(), hour.into(), outcome.into(), number(count)]
    });
    let accepted = accepted
        .into_iter()
        .map(|(secret, (count, at, ip))| [secret.to_string().into(), at.into(), address(ip), number(count)]);
    (hours.collect(), accepted.collect())
}

/// In the order in which every process writes them, whatever way the database joins: two that wait for each other's
/// rows would end in a deadlock.
async fn add_hours(tx: &mut Tx, rows: Vec<[Value; 4]>) -> Outcome<()> {
    let mut statement = sql("INSERT INTO usage_hours (secret_id, key_id, hour, outcome, count) \
         SELECT s.id, s.key_id, used.column2, used.column3, used.column4 FROM ");
    statement.rows(rows).push(
        " AS used JOIN secrets s ON s.id = used.column1 WHERE true \
         ORDER BY used.column1, used.column2, used.column3 \
         ON CONFLICT (secret_id, hour, outcome) DO UPDATE SET count = usage_hours.count + excluded.count",
    );
    statement.run(tx).await.map(drop)
}

/// The same summed for each tenant; in order, as [`add_hours`].
async fn add_tenant_hours(tx: &mut Tx, rows: Vec<[Value; 4]>) -> Outcome<()> {
    let mut statement = sql("INSERT INTO tenant_hours (tenant_id, hour, outcome, count) \
         SELECT k.tenant_id, used.column2, used.column3, CAST(SUM(used.column4) AS BIGINT) FROM ");
    statement.rows(rows).push(
        " AS used JOIN secrets s ON s.id = used.column1 JOIN keys k ON k.id = s.key_id WHERE true \
         GROUP BY k.tenant_id, used.column2, used.column3 ORDER BY 1, 2, 3 \
         ON CONFLICT (tenant_id, hour, outcome) DO UPDATE SET count = tenant_hours.count + excluded.count",
    );
    statement.run(tx).await.map(drop)
}

/// In order, as [`add_hours`].
async fn add_accepted(tx: &mut Tx, rows: Vec<[Value; 4]>) -> Outcome<()> {
    let mut statement = sql("INSERT INTO usage (secret_id, key_id, last_used_at, last_used_ip, use_count) \
         SELECT s.id, s.key_id, used.column2, used.column3, used.column4 FROM ");
    statement.rows(rows).push(
        " AS used JOIN secrets s ON s.id = used.column1 WHERE true ORDER BY used.column1 \
         ON CONFLICT (secret_id) DO UPDATE SET use_count = usage.use_count + excluded.use_count, \
         last_used_ip = CASE WHEN excluded.last_used_at >= usage.last_used_at \
             THEN excluded.last_used_ip ELSE usage.last_used_ip END, \
         last_used_at = CASE WHEN excluded.last_used_at >= usage.last_used_at \
             THEN excluded.last_used_at ELSE usage.last_used_at END",
    );
    statement.run(tx).await.map(drop)
}

fn event_row(event: &Happened) -> [Value; 9] {
    [
        EventId::new(event.at, &mut randomness()).to_string().into(),
        event.at.into(),
        event.kind.word().into(),
        event.tenant.map(|id| id.to_string()).into(),
        event.key.map(|id| id.to_string()).into(),
        event.secret.map(|id| id.to_string()).into(),
        address(event.ip),
        event.outcome.into(),
        number(event.count.max(1)),
    ]
}

fn address(ip: Option<IpAddr>) -> Value {
    ip.map(|ip| ip.to_canonical().to_string()).into()
}

fn number(count: u64) -> Value {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}

fn chunks<const N: usize>(rows: &[[Value; N]]) -> impl Iterator<Item = Vec<[Value; N]>> {
    rows.chunks(ROWS_MAX).map(<[_]>::to_vec)
}
