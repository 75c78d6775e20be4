//! The list of keys: filters, search, the eight orders, keyset pages, totals. First the page's ids in
//! order from lean rows and indexes, then everything about those few. Status is computed in SQL as
//! core's `KeyStatus::of` computes it; a test holds the two together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use latchkey_core::key::{EXPIRING, KeyStatus};
use latchkey_core::operations::{KeyDetails, KeySort, KeysList};
use latchkey_core::page::Page;
use latchkey_core::{Call, Span, Timestamp};

use super::Work;
use super::keys_order::{Kind, Order, Part, order};
use super::pages::{Asked, Conditions, bad_cursor, pattern, readable};
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::{KEY_COLUMNS, KEY_JOINS, KeyRow, assemble, resolve_role, resolve_tenant, to_json};
use crate::statement::{Statement, sql};
use crate::store::Store;

impl Work for KeysList {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Page<KeyDetails>> {
        let mut asked = call.operation;
        let (list, order) = order(asked.sort.take().unwrap_or(KeySort::Name));
        let paging =
            Asked::of(format!("keys.list/{list}"), asked.limit.take(), asked.cursor.take().as_deref())?;
        let (mut tx, now, revision) = store.read_at_revision().await?;
        let filter = Filter::of(&mut tx, &asked, now).await?;

        let total = match store.shared.totals.of(&to_json(&asked)?, revision, now) {
            Some(total) => total,
            None => filter.count(&mut tx).await?,
        };
        store.shared.totals.keep(to_json(&asked)?, revision, now, total);
        let places = places(&mut tx, &filter, &order, &paging).await?;
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
    filter.apply(&mut conditions);
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
async fn details(
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

/// Which keys are asked for.
struct Filter {
    tenant: Option<String>,
    role: Option<String>,
    environment: Option<&'static str>,
    search: Option<(String, Option<String>)>,
    expires_before: Option<Timestamp>,
    last_used_before: Option<Timestamp>,
    statuses: Vec<KeyStatus>,
    now: Timestamp,
}

impl Filter {
    async fn of(tx: &mut Tx, asked: &KeysList, now: Timestamp) -> Outcome<Self> {
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(tx, selector, Lock::None).await?),
            None => None,
        };
        let role = match &asked.role {
            Some(selector) => Some(resolve_role(tx, selector, tenant, Lock::None).await?.to_string()),
            None => None,
        };
        let search = asked.search.as_deref();
        Ok(Self {
            tenant: tenant.map(|id| id.to_string()),
            role,
            environment: asked.environment.map(latchkey_core::key::Environment::word),
            search: search.and_then(|text| Some((pattern(text)?, beginning_of_key(text)))),
            expires_before: asked.expires_before,
            last_used_before: asked.last_used_before,
            statuses: asked.status.clone(),
            now,
        })
    }

    async fn count(&self, tx: &mut Tx) -> Outcome<u64> {
        let mut statement = sql("SELECT COUNT(*) FROM keys k");
        self.apply(&mut Conditions::of(&mut statement));
        let (total,): (i64,) = statement.one(tx).await?;
        Ok(total.unsigned_abs())
    }

    fn apply(&self, conditions: &mut Conditions<'_>) {
        if let Some(tenant) = &self.tenant {
            conditions.and().push("k.tenant_id = ").arg(tenant);
        }
        if let Some(role) = &self.role {
            conditions.and().push("k.role_id = ").arg(role);
        }
        if let Some(environment) = self.environment {
            conditions.and().push("k.environment = ").arg(environment);
        }
        if let Some(before) = self.expires_before {
            conditions.and().push("k.expires_at < ").arg(before);
        }
        if let Some(before) = self.last_used_before {
            let statement =
                conditions.and().push("NOT EXISTS (SELECT 1 FROM usage u WHERE u.key_id = k.id AND ");
            statement.push("u.last_used_at >= ").arg(before).push(")");
        }
        if let Some((pattern, beginning)) = &self.search {
            let statement = conditions.and().push("(k.name_fold LIKE ").arg(pattern);
            statement.push(" ESCAPE '\\' OR k.tenant_id IN (SELECT t.id FROM tenants t WHERE t.slug LIKE ");
            statement.arg(pattern).push(" ESCAPE '\\' OR t.name_fold LIKE ").arg(pattern);
            statement.push(" ESCAPE '\\')");
            if let Some(beginning) = beginning {
                push_beginning(statement, beginning);
            }
            statement.push(")");
        }
        if !self.statuses.is_empty() && self.statuses.len() < KeyStatus::ALL.len() {
            push_status(conditions.and(), self.now);
            conditions.same().push(" IN ").list(self.statuses.iter().map(|status| status.word()));
        }
    }
}

/// What was typed, where it can be the visible beginning of a key: `sk_live_8Qv2mT…`, `8Qv2`.
fn beginning_of_key(search: &str) -> Option<String> {
    let text = search.trim().trim_end_matches('…');
    let may_be = (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    may_be.then(|| text.to_owned())
}

fn push_beginning(statement: &mut Statement, beginning: &str) {
    statement.push(" OR k.id IN (SELECT s.key_id FROM secrets s WHERE substr(s.public_id, 1, length(");
    statement.arg(beginning).push(")) = ").arg(beginning);
    statement.push(" OR substr(s.head || s.public_id, 1, length(").arg(beginning).push(")) = ");
    statement.arg(beginning).push(")");
}

/// A key's status, the most final first, as core's `KeyStatus::of` computes it.
fn push_status(statement: &mut Statement, now: Timestamp) {
    statement.push(
        "CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.suspended_at IS NOT NULL THEN 'suspended'",
    );
    statement.push(" WHEN k.expires_at <= ").arg(now).push(" THEN 'expired'");
    statement.push(" WHEN EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND s.killed_at IS NULL");
    statement.push(" AND s.confirmed_at IS NOT NULL AND s.not_after > ").arg(now).push(") THEN 'rotating'");
    statement.push(" WHEN NOT EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND s.killed_at IS NULL");
    statement.push(" AND s.confirmed_at IS NOT NULL AND s.not_after IS NULL) THEN 'unconfirmed'");
    statement
        .push(" WHEN k.expires_at <= ")
        .arg(now.plus(EXPIRING))
        .push(" THEN 'expiring' ELSE 'active' END");
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
