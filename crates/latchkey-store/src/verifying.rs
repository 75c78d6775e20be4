//! What a verification needs of a store, beside the operations: secrets by their public ids in batches, what
//! changed since a revision, and the writes that gather behind the hot path. Decides nothing and caches nothing.

use std::net::IpAddr;
use std::time::Duration;

use latchkey_core::id::{KeyId, SecretId, TenantId};
use latchkey_core::ip_range::IpRange;
use latchkey_core::key::{Key, Secret};
use latchkey_core::key_format::PublicId;
use latchkey_core::operations::{Changes, EventKind, RoleRef, TenantRef};
use latchkey_core::permission::Permissions;
use latchkey_core::profile::Profile;
use latchkey_core::tag::{Pepper, PepperId, Tag};
use latchkey_core::verification::Outcome;
use latchkey_core::{AdminError, Span, Timestamp};

use crate::store::Store;

/// The most public ids or keys of one look-up.
pub const BATCH_MAX: usize = 500;

/// One secret, with everything that the decision about it needs.
#[derive(Clone)]
pub struct VerifyEntry {
    /// The key it belongs to, with that key's secrets.
    pub key: Key,
    /// The secret itself.
    pub secret: Secret,
    /// Its tag and the pepper that made it.
    pub tag: Option<(PepperId, Tag)>,
    /// The key's tenant. The reserved one is `operator::reserved_tenant()`.
    pub tenant: TenantRef,
    /// Whether that is suspended.
    pub tenant_suspended: bool,
    /// Where all its keys may be used from.
    pub tenant_ip: Vec<IpRange>,
    /// How its keys look and its services are answered.
    pub profile: Profile,
    /// The key's role.
    pub role: Option<RoleRef>,
    /// The role's permissions and the key's own together.
    pub permissions: Permissions,
}

/// A tenant, as far as asking for one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantLook {
    /// Its id, short name and name.
    pub tenant: TenantRef,
    /// How its services are answered.
    pub profile: Profile,
}

/// How often a secret was used in one hour, with one outcome, since the last time this was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// Which secret.
    pub secret: SecretId,
    /// Of which key.
    pub key: KeyId,
    /// Any instant of the hour.
    pub hour: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// How often.
    pub count: u64,
    /// When it was accepted last, and from where; none where it was never accepted.
    pub accepted: Option<(Timestamp, Option<IpAddr>)>,
}

/// A security event to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When it happened first.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Whose key.
    pub tenant: Option<TenantId>,
    /// Which key.
    pub key: Option<KeyId>,
    /// Which secret.
    pub secret: Option<SecretId>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// How it ended, in the outcome's word.
    pub outcome: &'static str,
    /// How often within the minute.
    pub count: u64,
}

/// How far this computer's clock stands from the database's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// What must be added to this computer's time.
    pub add: Span,
    /// Whether it is to be taken away instead: the database's clock stands behind.
    pub behind: bool,
    /// How wrong this may be: half of the time that asking took.
    pub uncertainty: Span,
}

impl Store {
    /// Makes a tag for every key that is minted from now on, under this pepper. The first one given stays.
    pub fn use_pepper(&self, pepper: Pepper) {
        let _ = pepper;
    }

    /// The secrets of these public ids, those that exist, in one reading. A damaged row is left out and logged.
    ///
    /// # Errors
    /// `invalid` for more than [`BATCH_MAX`]; `busy`, `unreachable`.
    pub async fn entries(&self, public_ids: &[PublicId]) -> Result<Vec<VerifyEntry>, AdminError> {
        let _ = public_ids;
        Err(AdminError::internal())
    }

    /// Every secret of these keys, in one reading; the same shape, for what changed.
    ///
    /// # Errors
    /// As [`Store::entries`].
    pub async fn entries_of(&self, keys: &[KeyId]) -> Result<Vec<VerifyEntry>, AdminError> {
        let _ = keys;
        Err(AdminError::internal())
    }

    /// Every tenant but the reserved one.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn tenant_looks(&self) -> Result<Vec<TenantLook>, AdminError> {
        Err(AdminError::internal())
    }

    /// The revision that stands now: read from the store, never from memory.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn revision(&self) -> Result<i64, AdminError> {
        Err(AdminError::internal())
    }

    /// As `changes.since`, for a cache: on SQLite the file is looked at every 25 ms, and on PostgreSQL the database
    /// is asked when the wait ends even where nobody told of a change.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn moved_since(&self, revision: i64, wait: Duration) -> Result<Changes, AdminError> {
        let _ = (revision, wait);
        Err(AdminError::internal())
    }

    /// Adds what was used to what is known, all in one transaction outside the audit: the hour's count, the last
    /// use (the later one stands) and the total of accepted uses.
    ///
    /// # Errors
    /// `busy`, `unreachable`, `read_only`, `storage_full`.
    pub async fn record_usage(&self, used: &[Used]) -> Result<(), AdminError> {
        let _ = used;
        Err(AdminError::internal())
    }

    /// Keeps security events.
    ///
    /// # Errors
    /// As [`Store::record_usage`].
    pub async fn record_events(&self, events: &[Happened]) -> Result<(), AdminError> {
        let _ = events;
        Err(AdminError::internal())
    }

    /// Confirms a secret by its first use at `used_at`: as `keys.confirm` by the actor “first use”, with the grace
    /// counted from that use. Confirmed already, lapsed or dead: nothing happens, and that is no error.
    ///
    /// # Errors
    /// As [`Store::record_usage`].
    pub async fn confirm_first_use(
        &self,
        key: KeyId,
        secret: SecretId,
        used_at: Timestamp,
    ) -> Result<(), AdminError> {
        let _ = (key, secret, used_at);
        Err(AdminError::internal())
    }

    /// Keeps the tag of a secret that was checked by argon2id, where it has none under this pepper.
    ///
    /// # Errors
    /// As [`Store::record_usage`].
    pub async fn fill_tag(&self, secret: SecretId, pepper: &PepperId, tag: &Tag) -> Result<(), AdminError> {
        let _ = (secret, pepper, tag);
        Err(AdminError::internal())
    }

    /// How far the database's clock stands from this computer's; none for a file, which has none of its own.
    ///
    /// # Errors
    /// `busy`, `unreachable`.
    pub async fn clock_offset(&self) -> Result<Option<ClockOffset>, AdminError> {
        Ok(None)
    }
}
