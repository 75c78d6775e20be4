//! What a verification reads: secrets by public id, in batches; tenants; the database's clock. Few
//! statements each, on connections of its own, and nobody waits longer than two seconds.

use std::time::{Duration, Instant};

use latchkey_core::key_format::PublicId;
use latchkey_core::operations::TenantRef;
use latchkey_core::profile::Profile;
use latchkey_core::tag::Pepper;
use latchkey_core::{AdminError, Span, Timestamp};
use tokio::time::timeout;

use super::{BATCH_MAX, ClockOffset, LookedUp, TenantLook, VerifyEntry};
use crate::engine::{Engine, Tx};
use crate::fault::{Fault, Outcome, no_answer};
use crate::perform::readable;
use crate::rows::{IS_A_CUSTOMERS, KEY_COLUMNS, KEY_JOINS, KeyRecord, Reading, assemble};
use crate::statement::{Statement, sql};
use crate::store::Store;
use crate::{audit, dialect};

/// How long a verification waits for the store. Who asks for one waits for it themselves.
pub(super) const LOOK: Duration = Duration::from_secs(2);

impl Store {
    /// Makes a tag for every key that is minted from now on, under this pepper. The first one given stays.
    pub fn use_pepper(&self, pepper: Pepper) {
        // A second one would split the keys of one process into two kinds.
        let _ = self.shared.pepper.set(pepper);
    }

    /// The secrets of these public ids, those that exist, in one reading. A damaged row is logged.
    ///
    /// # Errors
    /// `invalid` for more than [`BATCH_MAX`]; `busy`, `unreachable`.
    pub async fn entries(&self, public_ids: &[PublicId]) -> Result<LookedUp, AdminError> {
        let asked = public_ids.len();
        if asked > BATCH_MAX {
            let words = format!("At most {BATCH_MAX} at once; these are {asked}.");
            return Err(AdminError::invalid("public_ids", words));
        }
        if public_ids.is_empty() {
            return Ok(LookedUp::default());
        }
        let mut keys = sql(KEY_COLUMNS);
        keys.push(" FROM keys k").push(KEY_JOINS);
        keys.push(" WHERE k.id IN (SELECT s.key_id FROM secrets s WHERE s.public_id IN ");
        keys.list(public_ids.iter().map(PublicId::as_str)).push(")");
        let reading = async { records(&mut self.begin_to_look().await?, keys, public_ids).await };
        let (records, mut damaged) = self.see(reading).await?;
        let entries = records.iter().flat_map(entries_of);
        let entries: Vec<VerifyEntry> =
            entries.filter(|entry| public_ids.contains(&entry.secret.public_id)).collect();
        damaged.retain(|id| entries.iter().all(|entry| entry.secret.public_id != *id));
        Ok(LookedUp { entries, damaged })
    }

    /// When the last change was made, by the time that counted then; the beginning of time before the first. A clock
    /// that shows less was turned back.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn last_change(&self) -> Result<Timestamp, AdminError> {
        let reading = async {
            let mut tx = self.begin_to_look().await?;
            Ok(audit::head(&mut tx, dialect::Lock::None).await?.at)
        };
        self.see(reading).await
    }

    /// Every tenant but the reserved one.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn tenant_looks(&self) -> Result<Vec<TenantLook>, AdminError> {
        let mut statement = sql("SELECT t.id, t.slug, t.name, t.profile FROM tenants t WHERE t.id");
        statement.push(IS_A_CUSTOMERS).push(" ORDER BY t.id");
        let rows: Vec<(String, String, String, String)> =
            self.see(async { statement.all(&mut self.begin_to_look().await?).await }).await?;
        let looks = rows.into_iter().map(|(id, slug, name, profile)| {
            let reading = Reading::of("tenant", &id);
            let profile = reading.word(Profile::of_word(&profile))?;
            Ok(TenantLook { tenant: TenantRef { id: reading.text(&id)?, slug, name }, profile })
        });
        Ok(readable(looks.collect()))
    }

    /// How far the database's clock stands from this computer's; none for a file, which has none of its own.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn clock_offset(&self) -> Result<Option<ClockOffset>, AdminError> {
        if let Engine::Sqlite(_) = self.shared.pool {
            return Ok(None);
        }
        let measured = self.see(async {
            let mut tx = self.begin_to_look().await?;
            let mut clock = sql("SELECT ");
            clock.push(dialect::POSTGRES_CLOCK);
            let (here, asked) = (self.clock_now(), Instant::now());
            let (there,): (i64,) = clock.one(&mut tx).await?;
            Ok((here, there, asked.elapsed()))
        });
        let (here, there, took) = measured.await?;
        let took = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        // The database looked at its clock half-way between asking and hearing, give or take that half.
        let offset = there - (here.as_millis() + took / 2000);
        let uncertainty = Span::from_millis((took + 1999) / 2000);
        let add = Span::from_millis(offset.saturating_abs());
        Ok(Some(ClockOffset { add, behind: offset < 0, uncertainty }))
    }

    /// A transaction of verifications, which changes nothing.
    pub(super) async fn begin_to_look(&self) -> Outcome<Tx> {
        self.shared.looks.begin_read().await
    }

    /// Waits for something that is read for a verification.
    pub(super) async fn see<T>(&self, reading: impl Future<Output = Outcome<T>>) -> Result<T, AdminError> {
        let read = timeout(LOOK, reading).await.map_err(|_| no_answer(LOOK))?;
        read.map_err(Fault::into_admin_error)
    }
}

/// The keys, and where not all of them can be read, which of these ids there are.
async fn records(
    tx: &mut Tx,
    keys: Statement,
    public_ids: &[PublicId],
) -> Outcome<(Vec<KeyRecord>, Vec<PublicId>)> {
    let rows = keys.all(tx).await?;
    let read = assemble(tx, rows).await?;
    if read.iter().all(Result::is_ok) {
        return Ok((readable(read), Vec::new()));
    }
    let mut there = sql("SELECT s.public_id FROM secrets s WHERE s.public_id IN ");
    there.list(public_ids.iter().map(PublicId::as_str));
    let there: Vec<(String,)> = there.all(tx).await?;
    let is_there = |id: &&PublicId| there.iter().any(|(found,)| found == id.as_str());
    Ok((readable(read), public_ids.iter().filter(is_there).cloned().collect()))
}

/// One entry for each of a key's secrets.
fn entries_of(record: &KeyRecord) -> Vec<VerifyEntry> {
    let permissions = record.context.role_permissions.union(&record.key.scopes);
    let entry = |secret: &latchkey_core::key::Secret| VerifyEntry {
        key: record.key.clone(),
        secret: secret.clone(),
        tag: record.tags.get(&secret.id).cloned(),
        tenant: record.context.tenant.clone(),
        tenant_suspended: record.context.tenant_suspended,
        tenant_ip: record.tenant_ip.clone(),
        profile: record.profile,
        role: record.context.role.clone(),
        permissions: permissions.clone(),
    };
    record.key.secrets.iter().map(entry).collect()
}
