//! Security events: a stream of their own beside the audit (`domain.md`, Administrators). What was tried and
//! refused stands here; what was changed stands in the audit.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::selectors::TenantSelector;
use crate::error::AdminError;
use crate::id::{EventId, KeyId, SecretId, TenantId};
use crate::page::{Page, check_limit};
use crate::time::Timestamp;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum), value(rename_all = "snake_case"))]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub enum EventKind {
    /// Somebody used a secret that is dead, or a key that is revoked or expired: whoever has it has not switched,
    /// or should not have it.
    DeadSecretUsed,
    /// One address failed more often than the threshold within a minute.
    FailuresByAddress,
    /// A key used up its rate limit.
    LimitHit,
    /// A token was refused by the admin API: wrong, ended, or a customer's key.
    OperatorRefused,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::DeadSecretUsed, Self::FailuresByAddress, Self::LimitHit, Self::OperatorRefused];

    /// The word in JSON, SQL and metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DeadSecretUsed => "dead_secret_used",
            Self::FailuresByAddress => "failures_by_address",
            Self::LimitHit => "limit_hit",
            Self::OperatorRefused => "operator_refused",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One event. What happens again with the same key from the same address within a minute is counted, not repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SecurityEvent {
    /// Stable; sorts by time.
    pub id: EventId,
    /// When it happened first.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Whose key, where one is known.
    pub tenant_id: Option<TenantId>,
    /// Which key, where one is known.
    pub key_id: Option<KeyId>,
    /// What that key was called.
    pub key_name: Option<String>,
    /// Which secret of it.
    pub secret_id: Option<SecretId>,
    /// From where.
    pub ip: Option<String>,
    /// How it ended, in the word of the outcome: `retired`, `revoked`, `rate_limited`.
    pub outcome: String,
    /// How often within the minute.
    pub count: u64,
}

operation! {
    /// Lists security events, the latest first.
    EventsList = "events.list", Get "/v1/events", READ, Reads => Page<SecurityEvent> {
        options {
            /// Only this kind.
            kind: Option<EventKind>,
            /// Only of this tenant.
            tenant: Option<TenantSelector>,
            /// Only with this key.
            key: Option<KeyId>,
            /// Only since then.
            since: Option<Timestamp>,
            /// Items of one page, 1 to 500.
            #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = crate::page::LIMIT_MAX)))]
            limit: Option<u32>,
            /// Where the last page ended.
            cursor: Option<String>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        check_limit(self.limit).map(drop)
    }
}
