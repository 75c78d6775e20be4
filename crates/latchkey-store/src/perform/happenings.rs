//! Lists of what happened, the latest first: the audit and the security events. What they share: whose and which key's
//! is asked for, counting and paging under the same conditions. What each holds stands beside its operation.

use latchkey_core::id::KeyId;
use latchkey_core::operations::TenantSelector;
use latchkey_core::page::{Cursor, Page};
use latchkey_core::{AdminError, Caller};

use super::pages::{Asked, Conditions, readable};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::{hides, resolve_tenant};
use crate::statement::{Row, Statement, Value, sql};
use crate::store::Store;

/// A row of such a list.
pub(super) trait Happened: Row {
    /// As core knows it.
    type Item;
    /// The operation, which cursors name too.
    const LIST: &'static str;
    /// Counts the rows.
    const COUNT: &'static str;
    /// Reads them.
    const COLUMNS: &'static str;
    /// The latest first, up to the limit that follows.
    const ORDER: &'static str;
    /// The column of the tenant, and what is compared with it.
    const TENANT: &'static str;
    /// What is true of one key's rows, around its id.
    const KEY: [&'static str; 2];

    /// What is true of the rows behind a cursor.
    fn behind(cursor: &Cursor, page: &mut Statement) -> Result<(), AdminError>;
    /// Where a page ends that ends with this row: its sort value and id.
    fn place(&self) -> (Option<String>, String);
    /// As core knows it.
    fn read(self) -> Outcome<Self::Item>;
}

/// What was asked for of such a list.
pub(super) struct Wanted<'a> {
    pub(super) caller: &'a Caller,
    pub(super) tenant: Option<&'a TenantSelector>,
    pub(super) key: Option<KeyId>,
    pub(super) limit: Option<u32>,
    pub(super) cursor: Option<&'a str>,
    /// What else must be true: the condition up to a value, and the value.
    pub(super) more: Vec<(&'static str, Value)>,
}

/// One page.
pub(super) async fn list<R: Happened>(store: &Store, wanted: Wanted<'_>) -> Outcome<Page<R::Item>> {
    let paging = Asked::of(R::LIST.to_owned(), wanted.limit, wanted.cursor)?;
    let (mut tx, _) = store.read().await?;
    let tenant = match wanted.tenant {
        Some(selector) => Some(resolve_tenant(&mut tx, selector, Lock::None).await?),
        None => None,
    };
    if hides(&mut tx, wanted.caller, wanted.key).await? {
        return Ok(Page { items: Vec::new(), next_cursor: None, total: 0 });
    }
    let (mut count, mut page) = (sql(R::COUNT), sql(R::COLUMNS));
    let mut of_page = Conditions::of(&mut page);
    for conditions in [&mut Conditions::of(&mut count), &mut of_page] {
        for (condition, value) in &wanted.more {
            conditions.and().push(condition).arg(value.clone());
        }
        if let Some(tenant) = tenant {
            conditions.and().push(R::TENANT).arg(tenant.to_string());
        }
        if let Some(key) = wanted.key {
            let [before, after] = R::KEY;
            conditions.and().push(before).arg(key.to_string()).push(after);
        }
    }
    if let Some(after) = &paging.after {
        R::behind(after, of_page.and())?;
    }
    page.push(R::ORDER).arg(paging.rows());
    let rows: Vec<R> = page.all(&mut tx).await?;
    let total = total(&mut tx, &paging, rows.len(), count).await?;
    let page = paging.page(rows, total, R::place);
    let items = readable(page.items.into_iter().map(R::read).collect());
    Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
}

/// How many there are over all pages. Whoever sees the whole list on the first page need not count it.
async fn total(tx: &mut Tx, paging: &Asked, seen: usize, count: Statement) -> Outcome<u64> {
    if paging.after.is_none() && seen <= paging.limit {
        return Ok(seen as u64);
    }
    let (total,): (i64,) = count.one(tx).await?;
    Ok(total.unsigned_abs())
}
