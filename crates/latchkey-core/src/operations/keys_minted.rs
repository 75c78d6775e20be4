//! The operation that asks what became of a minting call whose answer was lost. It repeats nothing.

use serde::{Deserialize, Serialize};

use super::define::operation;
use super::keys_read::KeyDetails;
use crate::id::IdempotencyKey;

/// What a minting call made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MintedKey {
    /// The key as it is now; none when the call never took effect, or more than 24 hours ago.
    pub key: Option<KeyDetails>,
}

operation! {
    /// Says which key a minting call with this idempotency key made or rotated, if it took effect.
    KeysMinted = "keys.minted", Get "/v1/minted/{idempotency_key}", READ, Reads => MintedKey {
        positional {
            /// The caller's own idempotency key; another caller's is not found.
            idempotency_key: IdempotencyKey,
        }
    }
}
