//! Use over time, as it is reported: by the hour and outcome; of one key secret by secret, of a tenant or of all
//! customers summed.

use latchkey_core::operations::{REPORT_MAX, UsageBucket, UsageGet, UsageReport};
use latchkey_core::verification::Outcome as Ended;
use latchkey_core::{AdminError, Call, Span, Timestamp};

use super::Work;
use super::pages::readable;
use crate::dialect::Lock;
use crate::engine::Tx;
use crate::fault::Outcome;
use crate::rows::{IS_A_CUSTOMERS, Reach, Reading, find_key, resolve_tenant};
use crate::statement::{Statement, sql};
use crate::store::Store;

/// How far back a report goes when nobody says.
const USUAL: Span = Span::days(30);

impl Work for UsageGet {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<UsageReport> {
        let asked = call.operation;
        let (mut tx, now) = store.read().await?;
        let since = first_hour(asked.since, now)?;
        let mut statement = match (asked.key, &asked.tenant) {
            (Some(key), _) => {
                let key = find_key(&mut tx, key, Reach::of(&call.caller)).await?.key.id;
                let mut statement = sql(
                    "SELECT h.hour, h.secret_id, h.outcome, h.count FROM usage_hours h WHERE h.key_id = ",
                );
                statement.arg(key.to_string());
                statement
            }
            (None, Some(selector)) => {
                let tenant = resolve_tenant(&mut tx, selector, Lock::None).await?;
                let mut statement = sql(SUMMED);
                statement.push(" = ").arg(tenant.to_string());
                statement
            }
            (None, None) => {
                let mut statement = sql(SUMMED);
                statement.push(IS_A_CUSTOMERS);
                statement
            }
        };
        statement.push(" AND h.hour >= ").arg(since);
        if asked.key.is_none() {
            statement.push(" GROUP BY h.hour, h.outcome");
        }
        statement.push(" ORDER BY 1, 2, 3");
        let buckets = buckets(&mut tx, statement).await?;
        let gathered: Option<(i64,)> = sql("SELECT hour FROM tenant_hours LIMIT 1").maybe(&mut tx).await?;
        Ok(UsageReport { since, until: now, gathered: gathered.is_some(), buckets })
    }
}

/// A sum of many numbers is of another type in PostgreSQL.
const SUMMED: &str = "SELECT h.hour, CAST(NULL AS TEXT), h.outcome, CAST(SUM(h.count) AS BIGINT) \
     FROM tenant_hours h WHERE h.tenant_id";

async fn buckets(tx: &mut Tx, statement: Statement) -> Outcome<Vec<UsageBucket>> {
    let rows: Vec<(i64, Option<String>, String, i64)> = statement.all(tx).await?;
    let buckets = rows.into_iter().map(|(hour, secret, outcome, count)| {
        let reading = Reading::of("hour of use", secret.as_deref().unwrap_or_default());
        Ok(UsageBucket {
            hour: Timestamp::from_millis(hour),
            secret_id: secret.as_deref().map(|id| reading.text(id)).transpose()?,
            outcome: reading.word(Ended::of_word(&outcome))?,
            count: reading.count(count)?,
        })
    });
    Ok(readable(buckets.collect()))
}

/// The hour in which a report begins.
fn first_hour(asked: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, AdminError> {
    let since = asked.map_or(now.as_millis() - USUAL.as_millis(), Timestamp::as_millis);
    if since < now.as_millis() - REPORT_MAX.as_millis() {
        return Err(AdminError::invalid(
            "since",
            "A report covers 92 days at most. Choose a later beginning.",
        ));
    }
    let hour = Span::hours(1).as_millis();
    Ok(Timestamp::from_millis(since.div_euclid(hour) * hour))
}
