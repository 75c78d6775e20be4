//! Opening what a connection leads to, whatever kind it is: a store by this program, a server by its admin API. What
//! is known of it then. Finds no secret and lets nothing stand.

use std::path::PathBuf;
use std::sync::Arc;

use latchkey_client::{Client, ServerFacts};
use latchkey_connections::{Admin, Connection, pepper_of};
use latchkey_core::{AdminError, Clock, ErrorCode, Source};
use latchkey_store::{Access, Password, Store, StoreUrl};

/// Where a connection leads, with what opens it.
pub enum Way {
    /// To a store that this program opens.
    Store(StoreUrl),
    /// To a server that is asked.
    Server(Client),
}

/// A way in.
pub struct Login {
    way: Way,
    /// What to ask for should the server not let in without a secret.
    missing: Option<AdminError>,
}

/// What was opened.
pub enum Arrived {
    /// A store.
    Store {
        /// It.
        store: Store,
        /// What a person should see beside it.
        note: Option<String>,
    },
    /// A server, which has answered.
    Server(Client, ServerFacts),
}

impl Way {
    /// Where `connection` leads, and `secret`, which opens it; a server's is its token and never missing.
    ///
    /// # Errors
    /// As [`Connection::server`] and [`Connection::store_url`].
    pub fn of(connection: &Connection, secret: Option<Arc<Password>>) -> Result<Self, AdminError> {
        match connection.server(secret.as_deref(), Source::Desktop)? {
            Some(client) => Ok(Self::Server(client)),
            None => connection.store_url(secret).map(Self::Store),
        }
    }
}

impl Login {
    /// A way that needs nothing more.
    pub fn by(way: Way) -> Self {
        Self { way, missing: None }
    }

    /// A way that is tried without a secret; `missing` is told where that does not do.
    pub fn without_secret(way: Way, missing: AdminError) -> Self {
        Self { way, missing: Some(missing) }
    }

    /// Into a file, which asks for nothing.
    pub fn to_file(path: PathBuf) -> Self {
        Self::by(Way::Store(StoreUrl::Sqlite(path)))
    }

    /// Goes there.
    ///
    /// # Errors
    /// As [`Store::open_as`] and [`Client::look`]; `credential_needed` where it does not do without a secret.
    pub async fn open(&self, access: Access, clock: Arc<dyn Clock>) -> Result<Arrived, AdminError> {
        match &self.way {
            Way::Store(url) => open_store(url, access, clock).await.map_err(|error| self.failure(error)),
            Way::Server(client) => {
                let facts = client.look().await?;
                Ok(Arrived::Server(client.clone(), facts))
            }
        }
    }

    /// Where its store lies.
    ///
    /// # Errors
    /// `store_unusable`: a server looks after its store itself.
    pub fn store_url(&self) -> Result<&StoreUrl, AdminError> {
        match &self.way {
            Way::Store(url) => Ok(url),
            Way::Server(_) => {
                let words = "A Latchkey server sets up and updates its database itself: `latchkey init` and `latchkey migrate`, where it runs.";
                Err(AdminError::new(ErrorCode::StoreUnusable, words))
            }
        }
    }

    /// What is told when opening failed with `error`.
    pub fn failure(&self, error: AdminError) -> AdminError {
        match &self.missing {
            // The store has words of its own for a server that asks for a password and was given none.
            Some(missing) if matches!(error.code, ErrorCode::AuthFailed | ErrorCode::CredentialNeeded) => {
                missing.clone()
            }
            Some(_) | None => error,
        }
    }
}

/// Opens a store, with its pepper where there is one.
///
/// # Errors
/// As [`Store::open_as`].
pub async fn open_store(
    url: &StoreUrl,
    access: Access,
    clock: Arc<dyn Clock>,
) -> Result<Arrived, AdminError> {
    let store = Store::open_as(url, access, clock).await?;
    // Without it everything works, and a server takes longer over the first use of a new secret.
    let note = match pepper_of(url, None) {
        Ok(Some(pepper)) => {
            store.use_pepper(pepper);
            None
        }
        Ok(None) => None,
        Err(error) => Some(format!("The pepper is not used. {}", error.message)),
    };
    Ok(Arrived::Store { store, note })
}

impl Arrived {
    /// What it is, as a person reads it: `PostgreSQL 15.18`.
    ///
    /// # Errors
    /// As [`Store::facts`].
    pub async fn engine(&self) -> Result<String, AdminError> {
        match self {
            Self::Store { store, .. } => store.facts().await.map(|facts| facts.engine),
            Self::Server(_, facts) => Ok(engine_of(facts)),
        }
    }

    /// Taken apart: where operations go, what the server said, and what a person should see beside it.
    pub fn take_apart(self) -> (Admin, Option<ServerFacts>, Vec<String>) {
        match self {
            Self::Store { store, note } => (Admin::Local(store), None, note.into_iter().collect()),
            Self::Server(client, facts) => (Admin::Remote(client), Some(facts), Vec::new()),
        }
    }
}

/// What a server is called.
pub fn engine_of(facts: &ServerFacts) -> String {
    format!("Latchkey server {}", facts.version)
}
