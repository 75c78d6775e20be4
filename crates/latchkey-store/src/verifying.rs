//! What a verification needs of a store, beside the operations: the types. Reading is in `looking.rs`, following
//! changes in `following.rs`, the writes that gather behind the hot path in `gathering.rs`.

mod following;
mod forgetting;
mod gathering;
mod looking;

pub use following::TOUCHED_MAX;
pub(crate) use following::{Known, Whom};
pub use forgetting::{EVENTS_KEPT, HOURS_KEPT};

use std::net::IpAddr;

use latchkey_core::id::{KeyId, SecretId, TenantId};
use latchkey_core::ip_range::IpRange;
use latchkey_core::key::{Key, Secret};
use latchkey_core::key_format::PublicId;
use latchkey_core::operations::{EventKind, RoleRef, TenantRef, Touched};
use latchkey_core::permission::Permissions;
use latchkey_core::profile::Profile;
use latchkey_core::tag::{PepperId, Tag};
use latchkey_core::verification::Outcome;
use latchkey_core::{Span, Timestamp};

/// The most public ids of one look-up.
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

/// What there is of some public ids.
#[derive(Default)]
pub struct LookedUp {
    /// The secrets that can be read.
    pub entries: Vec<VerifyEntry>,
    /// Those whose rows are damaged: somebody's, and nobody can say whether they are good.
    pub damaged: Vec<PublicId>,
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

/// A place in the history: the number of the audit's last entry, and the hash that stands for it and everything before
/// it. Of two histories that went apart no hash is the same from there on, though their numbers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The entry's number; 0 before the first.
    pub number: i64,
    /// Its hash in hexadecimal.
    pub hash: String,
}

/// What changed after a revision that was known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Up to where `touched` is complete.
    pub to: Revision,
    /// What changed, each once; [`TOUCHED_MAX`] at most.
    pub touched: Vec<Touched>,
    /// Whether the known revision is not in this store's history: it is another store, an earlier state of this one,
    /// or one that has gone on from an earlier state. Nothing that was read of it counts.
    pub other_history: bool,
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
