//! Operations on the history: audit list and verify, changes since.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::selectors::TenantSelector;
use crate::audit::AuditEntry;
use crate::error::AdminError;
use crate::id::KeyId;
use crate::page::{Page, check_limit};

operation! {
    /// Lists what was done, the latest first.
    AuditList = "audit.list", Get "/v1/audit", READ, Reads => Page<AuditEntry> {
        options {
            /// Only what was done to this key.
            key: Option<KeyId>,
            /// Only what was done in this tenant.
            tenant: Option<TenantSelector>,
            /// Only this operation, for example keys.rotate.
            action: Option<String>,
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

/// Whether the chain of audit entries is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AuditVerdict {
    /// Whether every entry is what it was and where it was, up to the head.
    pub intact: bool,
    /// How many entries were read.
    pub entries: u64,
    /// The first entry that is missing or was changed.
    pub first_bad: Option<i64>,
    /// The hash at the head, hexadecimal: note it down to notice a chain that was rebuilt.
    pub head: String,
}

operation! {
    /// Proves that no audit entry was changed, removed or cut off.
    AuditVerify = "audit.verify", Get "/v1/audit/verify", READ, Reads => AuditVerdict {}
}

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Touched {
    /// `tenant`, `role` or `key`.
    pub noun: String,
    /// Its id.
    pub id: String,
}

/// What changed since a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Changes {
    /// Ask again with it.
    pub revision: i64,
    /// What changed, each once; at most 1,000. Empty when nothing did in the time.
    pub touched: Vec<Touched>,
}

operation! {
    /// Waits until something changes, and says what.
    ChangesSince = "changes.since", Get "/v1/changes", READ, Reads => Changes {
        options {
            /// The revision that is known; not given: only the present one is answered.
            revision: Option<i64>,
            /// How long to wait for a change, at most 25,000 ms; not given: not at all.
            #[cfg_attr(feature = "openapi", schemars(range(max = 25_000)))]
            wait_ms: Option<u32>,
        }
    }

    fn check(&self) -> Result<(), AdminError> {
        match self.wait_ms {
            Some(25_001..) => Err(AdminError::invalid("wait_ms", "Wait at most 25000 ms.")),
            Some(_) | None => Ok(()),
        }
    }
}
