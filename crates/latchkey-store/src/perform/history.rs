//! The history: audit list and verify, changes since.

use std::time::Duration;

use latchkey_core::Call;
use latchkey_core::audit::AuditEntry;
use latchkey_core::operations::{AuditList, AuditVerdict, AuditVerify, Changes, ChangesSince, Touched};
use latchkey_core::page::Page;
use tokio::time::{Instant, sleep, timeout_at};

use super::Work;
use super::pages::{Asked, Conditions, readable};
use crate::audit::{ENTRY_COLUMNS, EntryRow, prove};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::resolve_tenant;
use crate::statement::sql;
use crate::store::Store;

/// The most things that one answer names.
const TOUCHED_MAX: usize = 1000;

impl Work for AuditList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<AuditEntry>> {
        let asked = call.operation;
        let paging = Asked::of("audit.list".to_owned(), asked.limit, asked.cursor.as_deref())?;
        let (mut tx, _) = store.read().await?;
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(&mut tx, selector, Lock::None).await?.to_string()),
            None => None,
        };

        let mut count = sql("SELECT COUNT(*) FROM audit a");
        let mut page = sql(ENTRY_COLUMNS);
        let mut of_count = Conditions::of(&mut count);
        let mut of_page = Conditions::of(&mut page);
        for conditions in [&mut of_count, &mut of_page] {
            if let Some(key) = asked.key {
                let statement = conditions
                    .and()
                    .push("a.seq IN (SELECT g.seq FROM audit_targets g WHERE g.noun = 'key' ");
                statement.push("AND g.id = ").arg(key.to_string()).push(")");
            }
            if let Some(tenant) = &tenant {
                conditions.and().push("a.tenant_id = ").arg(tenant);
            }
            if let Some(action) = &asked.action {
                conditions.and().push("a.action = ").arg(action);
            }
        }
        if let Some(after) = &paging.after {
            let seq = after.id.parse::<i64>().map_err(|_| super::pages::bad_cursor())?;
            of_page.and().push("a.seq < ").arg(seq);
        }
        page.push(" ORDER BY a.seq DESC LIMIT ").arg(paging.rows());
        let (total,): (i64,) = count.one(&mut tx).await?;
        let rows: Vec<EntryRow> = page.all(&mut tx).await?;
        let page = paging.page(rows, total.unsigned_abs(), |row| (None, row.seq.to_string()));
        let items = readable(page.items.into_iter().map(EntryRow::read).collect());
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }
}

impl Work for AuditVerify {
    /// Every entry is read.
    const PATIENCE: Duration = Duration::from_mins(2);

    async fn work(store: &Store, _call: Call<Self>) -> Outcome<AuditVerdict> {
        let (mut tx, _) = store.read_long().await?;
        prove(&mut tx).await
    }
}

impl Work for ChangesSince {
    /// The longest that may be asked for, and time for an answer.
    const PATIENCE: Duration = Duration::from_secs(35);

    async fn work(store: &Store, call: Call<Self>) -> Outcome<Changes> {
        let wait = Duration::from_millis(call.operation.wait_ms.unwrap_or(0).into());
        let deadline = Instant::now() + wait;
        loop {
            // Asked for before looking, so that a commit in between is not missed.
            let moved = store.shared.moved.notified();
            let (mut tx, _, revision) = store.read_at_revision().await?;
            let known = match call.operation.revision {
                // Nothing is known yet, or what is known belongs to another store or a later state of
                // this one: begin with the present.
                None => return Ok(Changes { revision, touched: Vec::new() }),
                Some(known) if known > revision => return Ok(Changes { revision, touched: Vec::new() }),
                Some(known) => known,
            };
            if revision > known {
                return touched_since(&mut tx, known, revision).await;
            }
            drop(tx);
            if Instant::now() >= deadline {
                return Ok(Changes { revision, touched: Vec::new() });
            }
            store.listen();
            let pause = store.shared.listening.pause();
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
