//! What is asked about a key, and what comes back.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::Timestamp;
use latchkey_core::id::TenantId;
use latchkey_core::key::Environment;
use latchkey_core::permission::Requirement;
use latchkey_core::rate_limit::RateLimit;
use latchkey_core::verification::Outcome;
use latchkey_store::VerifyEntry;

/// Whose keys are meant. A key of the other audience is as unknown as any that never was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Customers': every tenant but the reserved one.
    #[default]
    Customers,
    /// Operators' tokens: the reserved tenant alone.
    Operators,
}

/// What is asked about a key. Made once for a route and used for many requests, it costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Whose keys are meant.
    pub audience: Audience,
    /// The permissions it must hold.
    pub requirement: Requirement,
    /// Whose service asks; none: any tenant's key will do.
    pub tenant: Option<TenantId>,
    /// What the service is; none: either will do.
    pub environment: Option<Environment>,
    /// Who asks, where it is not whoever shows the key and is not known to tell the truth about them: failures count
    /// against this address, and uses and events are recorded with it. None: with the one that the key came from.
    pub asker: ClientIp,
}

impl Question {
    /// Against whom a failure counts, and what is recorded, with a key that is said to come from this address. Whether the
    /// key may be used from there is decided by what is said.
    pub(crate) fn blames(&self, from: ClientIp) -> ClientIp {
        self.asker.or(from)
    }
}

/// How it ended.
#[derive(Clone)]
pub struct Verdict {
    /// The true cause, for the administrator; what a client is told is the profile's to say.
    pub outcome: Outcome,
    /// The secret that was meant, once the digest has matched.
    pub entry: Option<Arc<VerifyEntry>>,
    /// The limit that is closest to being used up, where the key has one and got so far.
    pub rate_limit: Option<RateLimit>,
    /// When a refusal by a limit (the key's, or the address's after too many failures) is over.
    pub retry_at: Option<Timestamp>,
}

impl Verdict {
    /// Whether the key is good for what was asked.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.outcome == Outcome::Valid
    }
}

/// Nobody can say whether the key is good: the store does not answer, or too many ask at once. Over HTTP this is 503
/// and never 401.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct CannotTell {
    /// For the log and the body: what is the matter.
    pub why: &'static str,
    /// When it is worth asking again.
    pub retry_after: Duration,
}

/// From where a key came, as far as that is known; with a list set, an unknown address stays out.
pub type ClientIp = Option<IpAddr>;
