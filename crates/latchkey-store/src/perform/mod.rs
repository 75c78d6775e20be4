//! How a store performs operations: checks the call, carries a change to its end whatever becomes of
//! the caller, and names the request in errors. What each operation does is in the files beside this.

mod changes_made;
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
mod pages;
mod roles;
mod tenants;

pub(crate) use keys_list::Totals;

use latchkey_core::operation::{Effect, Operation};
use latchkey_core::{AdminError, Call, Perform};

use crate::fault::{Fault, Outcome};
use crate::store::Store;

/// What a store does for one operation. Nobody outside this crate can name it.
pub trait Work: Operation {
    /// Does it. The call was checked.
    fn work(store: &Store, call: Call<Self>) -> impl Future<Output = Outcome<Self::Answer>> + Send;
}

impl<O: Work> Perform<O> for Store {
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        let request_id = call.request_id;
        let done = match call.check() {
            Ok(()) => carry(self, call).await,
            Err(error) => Err(error),
        };
        done.map_err(|error| {
            tracing::debug!(operation = O::NAME, %request_id, code = ?error.code, "refused");
            error.of_request(request_id)
        })
    }
}

/// Reads end when nobody waits for them any more; what changes something is carried to its end by a task
/// of its own, so that a closed window leaves no half-done transaction holding locks.
async fn carry<O: Work>(store: &Store, call: Call<O>) -> Result<O::Answer, AdminError> {
    match O::EFFECT {
        Effect::Reads => O::work(store, call).await.map_err(Fault::into_admin_error),
        Effect::Changes | Effect::Mints => {
            let store = store.clone();
            let task = tokio::spawn(async move { O::work(&store, call).await });
            let done = task.await.map_err(|_| {
                tracing::error!(operation = O::NAME, "an operation panicked");
                AdminError::internal()
            })?;
            done.map_err(Fault::into_admin_error)
        }
    }
}
