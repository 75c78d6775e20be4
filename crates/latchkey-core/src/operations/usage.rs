//! Usage over time: how often each secret was used, per hour and by outcome. Gathered by verifications that
//! services ask for, never by a person's try.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::selectors::TenantSelector;
use crate::error::AdminError;
use crate::id::{KeyId, SecretId};
use crate::time::{Span, Timestamp};
use crate::verification::Outcome;

/// The longest stretch that one report covers.
pub const REPORT_MAX: Span = Span::days(92);

/// How often something was tried within one hour. Only attempts whose digest matched a secret are counted here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UsageBucket {
    /// The hour's beginning, UTC.
    pub hour: Timestamp,
    /// Which secret; none in a report over many keys, where all are summed.
    pub secret_id: Option<SecretId>,
    /// How it ended.
    pub outcome: Outcome,
    /// How often.
    pub count: u64,
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UsageReport {
    /// The first hour that is covered.
    pub since: Timestamp,
    /// The time of the report; what was used in the last few seconds may not be in it yet.
    pub until: Timestamp,
    /// Whether anything was ever gathered in this store: without a server or service that verifies, nothing is.
    pub gathered: bool,
    /// By hour, then secret, then outcome. Hours without use are left out.
    pub buckets: Vec<UsageBucket>,
}

operation! {
    /// Reports how often keys were used, by hour and outcome.
    UsageGet = "usage.get", Get "/v1/usage", READ, Reads => UsageReport {
        options {
            /// Only this key, secret by secret.
            key: Option<KeyId>,
            /// Only this tenant's keys, summed.
            tenant: Option<TenantSelector>,
            /// From then on; 30 days back when not given, 92 at most.
            since: Option<Timestamp>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        if self.key.is_some() && self.tenant.is_some() {
            return Err(AdminError::invalid("tenant", "Ask for a key or for a tenant, not for both."));
        }
        Ok(())
    }
}
