//! What became of a change whose answer was lost, by its idempotency key.

use latchkey_core::Call;
use latchkey_core::operations::{ChangesMade, Made};

use super::Work;
use crate::fault::Outcome;
use crate::idempotency;
use crate::store::Store;

impl Work for ChangesMade {
    async fn work(store: &Store, call: Call<Self>) -> Outcome<Made> {
        let made = idempotency::made(store, &call.caller, &call.operation.idempotency_key).await?;
        Ok(Made { made })
    }
}
