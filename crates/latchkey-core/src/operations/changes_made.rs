//! The operation that asks what became of a change whose answer was lost. It repeats nothing.

use serde::{Deserialize, Serialize};

use super::define::operation;
use crate::id::IdempotencyKey;
use crate::time::Timestamp;

/// A change that was made under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MadeChange {
    /// The operation: `keys.rotate`.
    pub operation: String,
    /// What it was made to: `tenant`, `role` or `key`.
    pub noun: String,
    /// Its id.
    pub id: String,
    /// When, by the store's time.
    pub at: Timestamp,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Made {
    /// What it changed; none when it changed nothing, never took effect, or did so more than 24 hours ago.
    pub made: Option<MadeChange>,
}

operation! {
    /// Says what a change with this idempotency key was made to, if it took effect.
    ChangesMade = "changes.made", Get "/v1/changes/{idempotency_key}", READ, Reads => Made {
        positional {
            /// The caller's own idempotency key; another caller's is not found.
            idempotency_key: IdempotencyKey,
        }
    }
}
