//! The list of keys: pages and totals. First the page's ids in order from lean rows and indexes, then
//! everything about those few. Filters and orders are in files of their own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use latchkey_core::operations::{KeyDetails, KeySort, KeysList};
use latchkey_core::page::Page;
use latchkey_core::{Call, Span, Timestamp};

use super::Work;
use super::keys_filter::{Filter, Walk};
use super::keys_order::{Kind, Order, Part, order};
use super::pages::{Asked, Conditions, bad_cursor, readable};
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::{KEY_COLUMNS, KEY_JOINS, KeyRow, assemble, to_json};
use crate::statement::sql;
use crate::store::Store;

impl Work for KeysList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<KeyDetails>> {
        let mut asked = call.operation;
        let (list, order) = order(asked.sort.take().unwrap_or(KeySort::Name));
        let paging =
            Asked::of(format!("keys.list/{list}"), asked.limit.take(), asked.cursor.take().as_deref())?;
        let (mut tx, now, revision) = store.read_at_revision().await?;
        let filter = Filter::of(&mut tx, &asked, now).await?;

        let places = places(&mut tx, &filter, &order, &paging).await?;
        let total = match store.shared.totals.of(&to_json(&asked)?, revision, now) {
            Some(total) => total,
            // Whoever sees the whole list on the first page need not count it.
            None if paging.after.is_none() && places.len() <= paging.limit => places.len() as u64,
            None => filter.count(&mut tx).await?,
        };
        store.shared.totals.keep(to_json(&asked)?, revision, now, total);
        let page = paging.page(places, total, |(id, value)| (value.clone(), id.clone()));
        let items = details(&mut tx, page.items, now).await?;
        Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
    }
}

/// Id and sort value of each row of the page, in order: those that have a sort value, then those without.
async fn places(
    tx: &mut Tx,
    filter: &Filter,
    order: &Order,
    paging: &Asked,
) -> Outcome<Vec<(String, Option<String>)>> {
    let mut places = Vec::new();
    let after_value = match &paging.after {
        Some(after) => after.value.as_deref().map(|value| (value, after.id.as_str())),
        None => None,
    };
    let in_the_rest = paging.after.as_ref().is_some_and(|after| after.value.is_none());
    if !in_the_rest {
        places = part(tx, filter, &order.valued, after_value, paging.rows()).await?;
    }
    let missing = paging.rows() - i64::try_from(places.len()).unwrap_or(i64::MAX);
    if let Some(rest) = &order.rest
        && missing > 0
    {
        let after = paging.after.as_ref().filter(|_| in_the_rest).map(|after| ("", after.id.as_str()));
        places.extend(part(tx, filter, rest, after, missing).await?);
    } else if in_the_rest && order.rest.is_none() {
        return Err(bad_cursor().into());
    }
    Ok(places)
}

async fn part(
    tx: &mut Tx,
    filter: &Filter,
    part: &Part,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Outcome<Vec<(String, Option<String>)>> {
    let mut statement = sql(part.select);
    let mut conditions = Conditions::of(&mut statement);
    if let Some(condition) = part.condition {
        conditions.and().push(condition);
    }
    filter.apply(&mut conditions, Walk::Page);
    if let Some((value, id)) = after {
        let statement = conditions.and().push(part.after);
        match part.kind {
            Kind::Text => statement.push("(").arg(value).push(", ").arg(id).push(")"),
            Kind::Time => {
                let millis: i64 = value.parse().map_err(|_| bad_cursor())?;
                statement.push("(").arg(millis).push(", ").arg(id).push(")")
            }
            Kind::None => statement.arg(id),
        };
    }
    statement.push(part.order).push(" LIMIT ").arg(limit);
    statement.all(tx).await
}

/// Everything about the keys of a page, in its order.
pub(super) async fn details(
    tx: &mut Tx,
    places: Vec<(String, Option<String>)>,
    now: Timestamp,
) -> Outcome<Vec<KeyDetails>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = sql(KEY_COLUMNS);
    statement.push(" FROM keys k").push(KEY_JOINS).push(" WHERE k.id IN ");
    statement.list(places.iter().map(|(id, _)| id));
    let mut rows: HashMap<String, KeyRow> =
        statement.all::<KeyRow>(tx).await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    let rows = places.iter().filter_map(|(id, _)| rows.remove(id)).collect();
    let records = readable(assemble(tx, rows).await?);
    Ok(records.iter().map(|record| record.details(now)).collect())
}

/// How long a total may be out of date through time passing and keys being used; changes count at once.
const TOTAL_KEPT: Span = Span::from_millis(2000);
/// How many filters' totals are kept.
const TOTALS_MAX: usize = 64;

/// Totals of lists, so that turning pages counts a hundred thousand keys once and not with every page.
#[derive(Default)]
pub(crate) struct Totals(Mutex<HashMap<String, Total>>);

#[derive(Clone, Copy)]
struct Total {
    revision: i64,
    at: Timestamp,
    count: u64,
}

impl Totals {
    fn of(&self, filter: &str, revision: i64, now: Timestamp) -> Option<u64> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total = kept.get(filter)?;
        let fresh = total.revision == revision && total.at <= now && now <= total.at.plus(TOTAL_KEPT);
        fresh.then_some(total.count)
    }

    fn keep(&self, filter: String, revision: i64, now: Timestamp, count: u64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= TOTALS_MAX {
            kept.clear();
        }
        kept.insert(filter, Total { revision, at: now, count });
    }
}
