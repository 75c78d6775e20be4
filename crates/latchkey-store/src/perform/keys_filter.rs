//! Which keys a list shows, as conditions over `keys k`: tenant, role, environment, times, and status,
//! computed in SQL as core's `KeyStatus::of` computes it; a test holds the two
//! together. Search has a file of its own.

use latchkey_core::Timestamp;
use latchkey_core::key::{EXPIRING, Environment, KeyStatus};
use latchkey_core::operations::KeysList;

use super::keys_search::Search;
use super::pages::Conditions;
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::{IS_A_CUSTOMERS, resolve_role, resolve_tenant};
use crate::statement::{Statement, sql};

/// Which keys are asked for.
pub(super) struct Filter {
    tenant: Option<String>,
    role: Option<String>,
    environment: Option<&'static str>,
    search: Option<Search>,
    expires_before: Option<Timestamp>,
    last_used_before: Option<Timestamp>,
    statuses: Vec<KeyStatus>,
    now: Timestamp,
}

impl Filter {
    /// Reads what was asked.
    ///
    /// # Errors
    /// `not_found` for the tenant or the role.
    pub(super) async fn of(tx: &mut Tx, asked: &KeysList, now: Timestamp) -> Outcome<Self> {
        let tenant = match &asked.tenant {
            Some(selector) => Some(resolve_tenant(tx, selector, Lock::None).await?),
            None => None,
        };
        let role = match &asked.role {
            Some(selector) => Some(resolve_role(tx, selector, tenant, Lock::None).await?.to_string()),
            None => None,
        };
        let search = match asked.search.as_deref() {
            Some(text) => Search::of(tx, text).await?,
            None => None,
        };
        Ok(Self {
            tenant: tenant.map(|id| id.to_string()),
            role,
            environment: asked.environment.map(Environment::word),
            search,
            expires_before: asked.expires_before,
            last_used_before: asked.last_used_before,
            statuses: asked.status.clone(),
            now,
        })
    }

    /// How many keys there are of it.
    pub(super) async fn count(&self, tx: &mut Tx) -> Outcome<u64> {
        let mut statement = sql("SELECT COUNT(*) FROM keys k");
        self.apply(&mut Conditions::of(&mut statement), Walk::Whole);
        let (total,): (i64,) = statement.one(tx).await?;
        Ok(total.unsigned_abs())
    }

    /// Writes it into a statement over `keys k`.
    pub(super) fn apply(&self, conditions: &mut Conditions<'_>, walk: Walk) {
        match &self.tenant {
            Some(tenant) => conditions.and().push("k.tenant_id = ").arg(tenant),
            None => conditions.and().push("k.tenant_id").push(IS_A_CUSTOMERS),
        };
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
        if let Some(search) = &self.search {
            search.apply(conditions.and());
        }
        if !self.statuses.is_empty() && self.statuses.len() < KeyStatus::ALL.len() {
            push_statuses(conditions.and(), &self.statuses, walk, self.now);
        }
    }
}

/// How much of the list a statement looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// Keys in order until the page is full: each is asked about by itself.
    Page,
    /// Every key: what most of them are is found in one pass beforehand.
    Whole,
}

const ALIVE: &str = "(k.revoked_at IS NULL AND k.suspended_at IS NULL AND ";
const HAS_CURRENT: &str = "EXISTS (SELECT 1 FROM secrets s WHERE s.key_id = k.id AND s.killed_at IS NULL \
     AND s.confirmed_at IS NOT NULL AND s.not_after IS NULL)";

/// Keys without a secret in use, in one pass over an index that has each key's secrets together.
const WITHOUT_CURRENT: &str = "(SELECT s.key_id FROM secrets s GROUP BY s.key_id \
     HAVING MAX(CASE WHEN s.killed_at IS NULL AND s.confirmed_at IS NOT NULL AND s.not_after IS NULL \
         THEN 1 ELSE 0 END) = 0)";

/// Keys in one of these statuses, the most final first. The few that rotate are looked up once.
fn push_statuses(statement: &mut Statement, statuses: &[KeyStatus], walk: Walk, now: Timestamp) {
    let soon = now.plus(EXPIRING);
    for (place, status) in statuses.iter().enumerate() {
        statement.push(if place == 0 { "(" } else { " OR " });
        match status {
            KeyStatus::Revoked => statement.push("(k.revoked_at IS NOT NULL"),
            KeyStatus::Suspended => statement.push("(k.revoked_at IS NULL AND k.suspended_at IS NOT NULL"),
            KeyStatus::Expired => statement.push(ALIVE).push("k.expires_at <= ").arg(now),
            KeyStatus::Rotating => {
                push_lasting(statement, now).push(" AND k.id IN ");
                push_rotating(statement, now)
            }
            KeyStatus::Unconfirmed => {
                push_lasting(statement, now)
                    .push(" AND k.id IN ")
                    .push(WITHOUT_CURRENT)
                    .push(" AND k.id NOT IN ");
                push_rotating(statement, now)
            }
            KeyStatus::Expiring => {
                statement.push(ALIVE).push("k.expires_at > ").arg(now);
                statement.push(" AND k.expires_at <= ").arg(soon);
                statement.push(" AND ").push(HAS_CURRENT).push(" AND k.id NOT IN ");
                push_rotating(statement, now)
            }
            KeyStatus::Active => {
                push_lasting(statement, soon).push(" AND ");
                match walk {
                    Walk::Page => statement.push(HAS_CURRENT),
                    Walk::Whole => statement.push("k.id NOT IN ").push(WITHOUT_CURRENT),
                };
                statement.push(" AND k.id NOT IN ");
                push_rotating(statement, now)
            }
        };
        statement.push(")");
    }
    statement.push(")");
}

/// Not revoked, not suspended, and not ending until then. Not written as "no end or a later one": SQLite
/// would look both up in the index of expiries and read every row.
fn push_lasting(statement: &mut Statement, until: Timestamp) -> &mut Statement {
    statement.push(ALIVE).push("COALESCE(k.expires_at, 9223372036854775807) > ").arg(until)
}

fn push_rotating(statement: &mut Statement, now: Timestamp) -> &mut Statement {
    statement.push("(SELECT s.key_id FROM secrets s WHERE s.killed_at IS NULL AND s.not_after > ");
    statement.arg(now).push(")")
}
