//! Security events, as they are listed: the latest first.

use latchkey_core::operations::{EventKind, EventsList, SecurityEvent};
use latchkey_core::page::Page;
use latchkey_core::{Call, Timestamp};

use super::Work;
use super::pages::{Asked, Conditions, bad_cursor, readable};
use crate::dialect::Lock;
use crate::fault::Outcome;
use crate::rows::{Reading, hides, resolve_tenant};
use crate::statement::{row, sql};
use crate::store::Store;

row! {
    /// An event as it is kept, and what its key is called.
    EventRow {
        id: String, at: i64, kind: String, tenant_id: Option<String>, key_id: Option<String>,
        secret_id: Option<String>, ip: Option<String>, outcome: String, count: i64, key_name: Option<String>,
    }
}

impl EventRow {
    fn read(self) -> Outcome<SecurityEvent> {
        let reading = Reading::of("event", &self.id);
        Ok(SecurityEvent {
            id: reading.text(&self.id)?,
            at: Timestamp::from_millis(self.at),
            kind: reading.word(EventKind::of_word(&self.kind))?,
            tenant_id: self.tenant_id.as_deref().map(|id| reading.text(id)).transpose()?,
            key_id: self.key_id.as_deref().map(|id| reading.text(id)).transpose()?,
            key_name: self.key_name,
            secret_id: self.secret_id.as_deref().map(|id| reading.text(id)).transpose()?,
            ip: self.ip,
            outcome: self.outcome,
            count: reading.count(self.count)?,
        })
    }
}

impl Work for EventsList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<SecurityEvent>> {
        let asked = call.operation;
        let paging = Asked::of("events.list".to_owned(), asked.limit, asked.cursor.as_deref())?;
        let (mut tx, _) = store.read().await?;
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(&mut tx, selector, Lock::None).await?.to_string()),
            None => None,
        };
        if hides(&mut tx, &call.caller, asked.key).await? {
            return Ok(Page { items: Vec::new(), next_cursor: None, total: 0 });
        }

        let mut count = sql("SELECT COUNT(*) FROM events e");
        let mut page =
            sql("SELECT e.id, e.at, e.kind, e.tenant_id, e.key_id, e.secret_id, e.ip, e.outcome, \
             e.count, k.name AS key_name FROM events e LEFT JOIN keys k ON k.id = e.key_id");
        let mut of_count = Conditions::of(&mut count);
        let mut of_page = Conditions::of(&mut page);
        for conditions in [&mut of_count, &mut of_page] {
            if let Some(kind) = asked.kind {
                conditions.and().push("e.kind = ").arg(kind.word());
            }
            if let Some(tenant) = &tenant {
                conditions.and().push("e.tenant_id = ").arg(tenant);
            }
            if let Some(key) = asked.key {
                conditions.and().push("e.key_id = ").arg(key.to_string());
            }
            if let Some(since) = asked.since {
                conditions.and().push("e.at >= ").arg(since);
            }
        }
        if let Some(after) = &paging.after {
            let at: i64 = after.value.as_deref().and_then(|at| at.parse().ok()).ok_or_else(bad_cursor)?;
            of_page.and().push("(e.at, e.id) < (").arg(at).push(", ").arg(&after.id).push(")");
        }
        page.push(" ORDER BY e.at DESC, e.id DESC LIMIT ").arg(paging.rows());
        let (total,): (i64,) = count.one(&mut tx).await?;
        let rows: Vec<EventRow> = page.all(&mut tx).await?;
        let page = paging.page(rows, total.unsigned_abs(), |row| (Some(row.at.to_string()), row.id.clone()));
        let items = readable(page.items.into_iter().map(EventRow::read).collect());
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }
}
