//! The history: audit list and verify, changes since.

use std::time::Duration;

use latchkey_core::audit::AuditEntry;
use latchkey_core::operations::{AuditList, AuditVerdict, AuditVerify, Changes, ChangesSince};
use latchkey_core::page::{Cursor, Page};
use latchkey_core::{AdminError, Call, Operation};

use super::Work;
use super::happenings::{Happened, Wanted, list};
use super::pages::bad_cursor;
use crate::audit::{ENTRY_COLUMNS, EntryRow, prove};
use crate::fault::Outcome;
use crate::statement::Statement;
use crate::store::Store;
use crate::verifying::{Known, Whom};

impl Happened for EntryRow {
    type Item = AuditEntry;
    const LIST: &'static str = AuditList::NAME;
    const COUNT: &'static str = "SELECT COUNT(*) FROM audit a";
    const COLUMNS: &'static str = ENTRY_COLUMNS;
    const ORDER: &'static str = " ORDER BY a.seq DESC LIMIT ";
    const TENANT: &'static str = "a.tenant_id = ";
    const KEY: [&'static str; 2] =
        ["a.seq IN (SELECT g.seq FROM audit_targets g WHERE g.noun = 'key' AND g.id = ", ")"];

    fn behind(cursor: &Cursor, page: &mut Statement) -> Result<(), AdminError> {
        let seq = cursor.id.parse::<i64>().map_err(|_| bad_cursor())?;
        page.push("a.seq < ").arg(seq);
        Ok(())
    }

    fn place(&self) -> (Option<String>, String) {
        (None, self.seq.to_string())
    }

    fn read(self) -> Outcome<AuditEntry> {
        Self::read(self)
    }
}

impl Work for AuditList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<AuditEntry>> {
        let asked = call.operation;
        let wanted = Wanted {
            caller: &call.caller,
            tenant: asked.tenant.as_ref(),
            key: asked.key,
            limit: asked.limit,
            cursor: asked.cursor.as_deref(),
            more: asked.action.map(|action| ("a.action = ", action.into())).into_iter().collect(),
        };
        list::<EntryRow>(store, wanted).await
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
