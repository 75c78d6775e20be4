//! Security events, as they are listed: the latest first.

use latchkey_core::operations::{EventKind, EventsList, SecurityEvent};
use latchkey_core::page::{Cursor, Page};
use latchkey_core::{AdminError, Call, Operation, Timestamp};

use super::Work;
use super::happenings::{Happened, Wanted, list};
use super::pages::bad_cursor;
use crate::fault::Outcome;
use crate::rows::Reading;
use crate::statement::{Statement, row};
use crate::store::Store;

row! {
    /// An event as it is kept, and what its key is called.
    EventRow {
        id: String, at: i64, kind: String, tenant_id: Option<String>, key_id: Option<String>,
        secret_id: Option<String>, ip: Option<String>, outcome: String, count: i64, key_name: Option<String>,
    }
}

impl Happened for EventRow {
    type Item = SecurityEvent;
    const LIST: &'static str = EventsList::NAME;
    const COUNT: &'static str = "SELECT COUNT(*) FROM events e";
    const COLUMNS: &'static str = "SELECT e.id, e.at, e.kind, e.tenant_id, e.key_id, e.secret_id, e.ip, e.outcome, \
         e.count, k.name AS key_name FROM events e LEFT JOIN keys k ON k.id = e.key_id";
    const ORDER: &'static str = " ORDER BY e.at DESC, e.id DESC LIMIT ";
    const TENANT: &'static str = "e.tenant_id = ";
    const KEY: [&'static str; 2] = ["e.key_id = ", ""];

    fn behind(cursor: &Cursor, page: &mut Statement) -> Result<(), AdminError> {
        let at = cursor.value.as_deref().and_then(|at| at.parse::<i64>().ok()).ok_or_else(bad_cursor)?;
        page.push("(e.at, e.id) < (").arg(at).push(", ").arg(&cursor.id).push(")");
        Ok(())
    }

    fn place(&self) -> (Option<String>, String) {
        (Some(self.at.to_string()), self.id.clone())
    }

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
        let kind = asked.kind.map(|kind| ("e.kind = ", kind.word().into()));
        let since = asked.since.map(|since| ("e.at >= ", since.into()));
        let wanted = Wanted {
            caller: &call.caller,
            tenant: asked.tenant.as_ref(),
            key: asked.key,
            limit: asked.limit,
            cursor: asked.cursor.as_deref(),
            more: kind.into_iter().chain(since).collect(),
        };
        list::<EventRow>(store, wanted).await
    }
}
