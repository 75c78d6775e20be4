//! Where an administrator's operations go: a store that this program opens itself, or a server that is asked. The
//! one place where the desktop and the command line tell the two apart.

use latchkey_client::Client;
use latchkey_core::{AdminError, Call, Operation, Perform};
use latchkey_store::{ReadOnly, Store};

/// Somewhere an administrator works.
#[derive(Clone)]
pub enum Admin {
    /// A file or a database, opened by this program.
    Local(Store),
    /// A server.
    Remote(Client),
}

impl Admin {
    /// Why it allows no change, where it does not. What an operator may not do, the server says.
    #[must_use]
    pub fn read_only(&self) -> Option<ReadOnly> {
        match self {
            Self::Local(store) => store.read_only(),
            Self::Remote(client) => client.is_looking_only().then_some(ReadOnly::Chosen),
        }
    }

    /// The account that a database knows; a file knows none, and a server has operators instead.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Local(store) => store.account(),
            Self::Remote(_) => None,
        }
    }

    /// Lets the connections go, after what is under way.
    pub async fn close(&self) {
        match self {
            Self::Local(store) => store.close().await,
            // Its lines are let go with the last clone.
            Self::Remote(_) => {}
        }
    }
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
