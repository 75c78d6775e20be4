//! How a store performs operations: checks the call, carries a change to its end whatever becomes of
//! the caller, and names the request in errors. What each operation does is in the files beside this.

mod changes_made;
mod events;
mod happenings;
mod history;
pub(crate) mod key_change;
mod keys_change;
mod keys_filter;
mod keys_issue;
mod keys_list;
mod keys_mint;
mod keys_order;
mod keys_read;
mod keys_search;
mod operators;
mod pages;
mod roles;
mod tenants;
mod usage;

pub(crate) use keys_list::Totals;
pub(crate) use pages::readable;

use std::time::Duration;

use latchkey_core::operation::{Effect, Operation};
use latchkey_core::{AdminError, Call, ErrorCode, Perform};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::fault::{Fault, Outcome, no_answer, no_answer_to_a_change, outcome_unknown};
use crate::store::{PATIENCE, Store};

/// No change in PostgreSQL is under way for so long: its transactions are idle for 10 s at most.
const ENDED: Duration = Duration::from_mins(1);

/// What a store does for one operation. Nobody outside this crate can name it.
pub trait Work: Operation {
    /// How long whoever asked waits for an answer.
    const PATIENCE: Duration = PATIENCE;

    /// Does it. The call was checked.
    fn work(store: &Store, call: Call<Self>) -> impl Future<Output = Outcome<Self::Answer>> + Send;
}

impl<O: Work> Perform<O> for Store {
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        let request_id = call.request_id;
        let done = match check_access::<O>(self).and_then(|()| call.check()) {
            Ok(()) => carry(self, call).await,
            Err(error) => Err(error),
        };
        done.map_err(|error| {
            tracing::debug!(operation = O::NAME, %request_id, code = error.code.word(), "refused");
            error.of_request(request_id)
        })
    }
}

/// Reads end when nobody waits for them any more; what changes something is carried to its end by a task
/// of its own, so that a closed window leaves no half-done transaction holding locks. Whoever waits is told
/// when it takes too long: a line that swallows everything says nothing.
async fn carry<O: Work>(store: &Store, call: Call<O>) -> Result<O::Answer, AdminError> {
    let done = match O::EFFECT {
        Effect::Reads => {
            timeout(O::PATIENCE, O::work(store, call)).await.map_err(|_| no_answer(O::PATIENCE))?
        }
        Effect::Changes | Effect::Mints => {
            let (store, under_way) = (store.clone(), store.shared.under_way.begin(&call));
            let task = tokio::spawn(async move {
                let _under_way = under_way;
                to_its_end(&store, O::work(&store, call)).await
            });
            let done = timeout(O::PATIENCE, task).await.map_err(|_| no_answer_to_a_change(O::PATIENCE))?;
            done.map_err(|_| {
                tracing::error!(operation = O::NAME, "an operation panicked");
                AdminError::internal()
            })?
        }
    };
    done.map_err(Fault::into_admin_error)
}

/// PostgreSQL ends by itself what stands still for some seconds. A line that swallows everything does not tell:
/// what waits for it is dropped once there is nothing left that could be made.
async fn to_its_end<T>(store: &Store, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    match store.shared.pool {
        Engine::Sqlite(_) => work.await,
        Engine::Postgres(_) => {
            timeout(ENDED, work).await.unwrap_or_else(|_| Err(Fault::Refused(outcome_unknown())))
        }
    }
}

/// Whether this store allows the operation at all.
fn check_access<O: Operation>(store: &Store) -> Result<(), AdminError> {
    match (O::EFFECT, store.read_only()) {
        (Effect::Changes | Effect::Mints, Some(reason)) => {
            Err(AdminError::new(ErrorCode::ReadOnly, reason.words()))
        }
        (Effect::Reads, _) | (Effect::Changes | Effect::Mints, None) => Ok(()),
    }
}
