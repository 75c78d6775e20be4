//! Where an administrator's operations go: a store that this program opens itself, or a server that is asked. The
//! one place where the desktop and the command line tell the two apart.

use latchkey_client::Client;
use latchkey_core::{AdminError, Call, Operation, Perform};
use latchkey_store::Store;

/// Somewhere an administrator works.
#[derive(Clone)]
pub enum Admin {
    /// A file or a database, opened by this program.
    Local(Store),
    /// A server.
    Remote(Client),
}

impl<O: Operation> Perform<O> for Admin
where
    Store: Perform<O>,
{
    async fn perform(&self, call: Call<O>) -> Result<O::Answer, AdminError> {
        match self {
            Self::Local(store) => store.perform(call).await,
            Self::Remote(client) => client.perform(call).await,
        }
    }
}
