//! The audit in the database: its head, appending an entry, reading entries, and proving the chain.
//! How an entry is hashed is core's; who may append is `change.rs` alone.

use latchkey_core::audit::{AuditEntry, GENESIS, Target, to_hex};
use latchkey_core::operations::AuditVerdict;
use latchkey_core::{Source, Timestamp};

use crate::dialect::{self, Lock};
use crate::engine::{Engine, Tx};
use crate::fault::{Fault, Outcome};
use crate::rows::{self, Reading};
use crate::statement::{row, sql};

/// Entries that are read at once while the chain is proved.
const CHUNK: i64 = 1000;

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The last entry's number; 0 before the first.
    pub(crate) seq: i64,
    /// The last entry's hash.
    pub(crate) hash: String,
    /// When the last entry was made; the beginning of time before the first.
    pub(crate) at: Timestamp,
    /// What the database's clock showed when this was read, and locked where it was; none in a file.
    pub(crate) clock: Option<Timestamp>,
}

/// The columns of an [`EntryRow`], of the table `a`.
pub(crate) const ENTRY_COLUMNS: &str = "SELECT a.seq, a.at, a.action, a.actor, a.source, a.noun, a.target_id, \
     a.target_name, a.tenant_id, a.request_id, a.before_json, a.after_json, a.prev_hash, a.hash FROM audit a";

row! {
    /// An entry as it is kept.
    EntryRow {
        seq: i64, at: i64, action: String, actor: String, source: String, noun: String, target_id: String,
        target_name: String, tenant_id: Option<String>, request_id: String, before_json: String,
        after_json: String, prev_hash: String, hash: String,
    }
}

impl EntryRow {
    /// As core knows it.
    pub(crate) fn read(self) -> Outcome<AuditEntry> {
        let seq = self.seq.to_string();
        let reading = Reading::of("audit entry", &seq);
        Ok(AuditEntry {
            seq: self.seq,
            at: Timestamp::from_millis(self.at),
            source: reading.word(Source::of_word(&self.source))?,
            tenant_id: self.tenant_id.as_deref().map(|id| reading.text(id)).transpose()?,
            request_id: reading.text(&self.request_id)?,
            action: self.action,
            actor: self.actor,
            target: Target { noun: self.noun, id: self.target_id, name: self.target_name },
            before: self.before_json,
            after: self.after_json,
            prev: self.prev_hash,
            hash: self.hash,
        })
    }
}

/// The head's row, before the first entry.
pub(crate) async fn begin(tx: &mut Tx) -> Outcome<()> {
    sql("INSERT INTO audit_head (id, seq, hash, at) VALUES (1, 0, $1, 0)")
        .bind(to_hex(&GENESIS))
        .run(tx)
        .await
        .map(drop)
}

/// The end of the chain as verifications look at it, many times a second: number and hash of the last entry, and the
/// hash of the one with this number, which is another where the history is another.
pub(crate) const REVISION: &str =
    "SELECT seq, hash, (SELECT a.hash FROM audit a WHERE a.seq = $1) FROM audit_head WHERE id = 1";

/// The end of the chain. Locked, it is the last lock of a change.
pub(crate) async fn head(tx: &mut Tx, lock: Lock) -> Outcome<Head> {
    let statement = match tx {
        Engine::Sqlite(_) => sql("SELECT seq, hash, at, CAST(NULL AS INTEGER) FROM audit_head WHERE id = 1"),
        Engine::Postgres(_) => {
            let [head, clock, of, end] = dialect::POSTGRES_HEAD;
            let mut statement = sql(head);
            statement.push(clock).push(of).push(lock.postgres()).push(end);
            statement
        }
    };
    let found: Option<(i64, String, i64, Option<i64>)> = statement.maybe(tx).await?;
    let (seq, hash, at, clock) = found.ok_or_else(|| Fault::damaged("audit", "head"))?;
    Ok(Head { seq, hash, at: Timestamp::from_millis(at), clock: rows::at(clock) })
}

/// Writes an entry, its target and the new head. The head's row is locked.
pub(crate) async fn append(tx: &mut Tx, entry: &AuditEntry) -> Outcome<()> {
    sql("INSERT INTO audit (seq, at, action, actor, source, noun, target_id, target_name, tenant_id, request_id, \
         before_json, after_json, prev_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
    .bind(entry.seq)
    .bind(entry.at)
    .bind(&entry.action)
    .bind(&entry.actor)
    .bind(entry.source.word())
    .bind(&entry.target.noun)
    .bind(&entry.target.id)
    .bind(&entry.target.name)
    .bind(entry.tenant_id.map(|id| id.to_string()))
    .bind(entry.request_id.to_string())
    .bind(&entry.before)
    .bind(&entry.after)
    .bind(&entry.prev)
    .bind(&entry.hash)
    .run(tx)
    .await?;
    sql("INSERT INTO audit_targets (noun, id, seq) VALUES ($1, $2, $3)")
        .bind(&entry.target.noun)
        .bind(&entry.target.id)
        .bind(entry.seq)
        .run(tx)
        .await?;
    sql("UPDATE audit_head SET seq = $1, hash = $2, at = $3 WHERE id = 1")
        .bind(entry.seq)
        .bind(&entry.hash)
        .bind(entry.at)
        .run(tx)
        .await
        .map(drop)
}

/// Reads the whole chain and compares its end with the head: an entry that was changed, removed or cut
/// off is found, and so is a head that was set back.
pub(crate) async fn prove(tx: &mut Tx) -> Outcome<AuditVerdict> {
    let head = head(tx, Lock::None).await?;
    let mut seq = 0;
    let mut hash = to_hex(&GENESIS);
    let mut first_bad = None;
    while first_bad.is_none() {
        let mut statement = sql(ENTRY_COLUMNS);
        statement.push(" WHERE a.seq > ").arg(seq).push(" ORDER BY a.seq LIMIT ").arg(CHUNK);
        let rows: Vec<EntryRow> = statement.all(tx).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            match row.read() {
                Ok(entry) if entry.follows(seq, &hash) => {
                    seq = entry.seq;
                    hash = entry.hash;
                }
                // A gap shows at the entry after it; the missing one is the first that is bad.
                Ok(_) | Err(_) => {
                    first_bad = Some(seq + 1);
                    break;
                }
            }
        }
    }
    if first_bad.is_none() && (head.seq != seq || head.hash != hash) {
        first_bad = Some(seq.min(head.seq) + 1);
    }
    Ok(AuditVerdict { intact: first_bad.is_none(), entries: seq.unsigned_abs(), first_bad, head: head.hash })
}
