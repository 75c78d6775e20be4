//! The history: audit list and verify, changes since.

use std::time::Duration;

use latchkey_core::Call;
use latchkey_core::audit::AuditEntry;
use latchkey_core::operations::{AuditList, AuditVerdict, AuditVerify, Changes, ChangesSince};
use latchkey_core::page::Page;

use super::Work;
use super::pages::{Asked, Conditions, readable};
use crate::audit::{ENTRY_COLUMNS, EntryRow, prove};
use crate::dialect::Lock;
use crate::fault::Outcome;
use crate::rows::{hides, resolve_tenant};
use crate::statement::sql;
use crate::store::Store;
use crate::verifying::{Known, Whom};

impl Work for AuditList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<AuditEntry>> {
        let asked = call.operation;
        let paging = Asked::of("audit.list".to_owned(), asked.limit, asked.cursor.as_deref())?;
        let (mut tx, _) = store.read().await?;
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(&mut tx, selector, Lock::None).await?.to_string()),
            None => None,
        };

        if hides(&mut tx, &call.caller, asked.key).await? {
            return Ok(Page { items: Vec::new(), next_cursor: None, total: 0 });
        }

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
        let asked = call.operation.revision.map(|number| Known { number, hash: None });
        let moved = store.wait_for_changes(&store.shared.pool, asked, wait, Whom::Administrators).await?;
        Ok(Changes { revision: moved.to.number, touched: moved.touched })
    }
}
