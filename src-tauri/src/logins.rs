//! The saved connections and what opens them: which secret a connection is opened with, where one that was
//! typed is kept, and what a person is asked for when none is known. Opens no store.

use std::sync::Arc;
use std::time::Duration;

use latchkey_connections::{
    Connection, ConnectionId, Connections, Credentials, Keep, KeychainState, KeychainWords, Kind,
};
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::Password;

use crate::opening::{Login, Way};

/// How long the keychain may take at the start, where nobody waits for its prompt.
const UNASKED: Duration = Duration::from_secs(5);

/// What the person gave with the call.
pub enum Given {
    /// Nothing: it is looked up where the connection keeps it.
    Nothing,
    /// That there is no secret.
    NoSecret,
    /// The secret.
    Secret(Arc<Password>),
}

impl Given {
    /// A field of a form: one that was left empty says that there is none.
    pub fn field(text: Option<String>) -> Self {
        match text {
            None => Self::Nothing,
            Some(text) if text.is_empty() => Self::NoSecret,
            Some(text) => Self::Secret(Arc::new(Password::new(text))),
        }
    }

    /// The secret, where one was typed.
    pub fn secret(&self) -> Option<&Arc<Password>> {
        if let Self::Secret(secret) = self { Some(secret) } else { None }
    }
}

/// Whether the system may ask the person something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Prompts {
    /// The person pressed something and waits.
    Allowed,
    /// The program starts, and nobody asked for anything.
    Refused,
}

/// The saved connections and their secrets.
pub struct Logins {
    /// Everything but the secrets.
    pub connections: Connections,
    /// The secrets.
    pub credentials: Credentials,
}

impl Logins {
    /// The way into `connection`.
    ///
    /// # Errors
    /// `credential_needed` at what is to be typed; `keychain`; as [`Connection::check`] and [`Way::of`].
    pub async fn login(
        &self,
        connection: &Connection,
        given: &Given,
        prompts: Prompts,
    ) -> Result<Login, AdminError> {
        // What cannot be opened at all is told before anybody is asked for anything.
        connection.check()?;
        if !connection.wants_secret() {
            return Way::of(connection, None).map(Login::by);
        }
        let found = match given {
            Given::Secret(secret) => Ok(Some(Arc::clone(secret))),
            Given::NoSecret => Ok(None),
            Given::Nothing => self.known(connection, prompts).await,
        };
        let missing = match found {
            Ok(Some(secret)) => {
                return Way::of(connection, Some(secret)).map(Login::by);
            }
            Ok(None) => needed(connection),
            Err(error) => error,
        };
        // No server lets anybody in without a token.
        let is_server = matches!(connection.kind, Kind::Server { .. });
        if !is_server && (matches!(given, Given::NoSecret) || connection.may_need_no_secret()) {
            return Ok(Login::without_secret(Way::of(connection, None)?, missing));
        }
        Err(missing)
    }

    /// The secret of a connection, where it is known.
    async fn known(
        &self,
        connection: &Connection,
        prompts: Prompts,
    ) -> Result<Option<Arc<Password>>, AdminError> {
        let getting = self.credentials.get(connection);
        match (prompts, connection.keep) {
            (Prompts::Allowed, _) | (Prompts::Refused, Keep::Session | Keep::File) => getting.await,
            (Prompts::Refused, Keep::Keychain) => {
                let unasked = async {
                    let words = self.credentials.keychain_state().await;
                    if words.state == KeychainState::Available { getting.await } else { Err(words.into()) }
                };
                // A keychain that asks after all, or says nothing, is not waited for.
                let locked = |_| Err(KeychainWords::of(KeychainState::Locked).into());
                tokio::time::timeout(UNASKED, unasked).await.unwrap_or_else(locked)
            }
        }
    }

    /// Keeps what was typed where the person wants it: from now on in the keychain, unless the connection's
    /// secret belongs into the encrypted file.
    ///
    /// # Errors
    /// As [`Connections::save`] and [`Credentials::set`]; the secret is then in this session's memory.
    pub async fn remember(&self, id: ConnectionId, secret: &Arc<Password>) -> Result<(), AdminError> {
        let connection = self
            .file(move |connections| {
                let mut connection = connections.find(id)?;
                if connection.keep == Keep::Session {
                    connection.keep = Keep::Keychain;
                    connections.save(connection.clone())?;
                }
                Ok(connection)
            })
            .await?;
        self.credentials.set(&connection, Arc::clone(secret)).await
    }
}

/// What the secret of a connection is called, in words and as a field.
pub const fn secret_of(connection: &Connection) -> &'static str {
    match connection.kind {
        Kind::Server { .. } => "token",
        Kind::Local { .. } | Kind::Postgres(_) => "password",
    }
}

fn needed(connection: &Connection) -> AdminError {
    let words = match &connection.kind {
        Kind::Server { .. } => format!("Enter the admin token for {}.", connection.name),
        Kind::Postgres(place) => format!("Enter the password of {} for {}.", place.user, connection.name),
        Kind::Local { .. } => format!("Enter the password for {}.", connection.name),
    };
    AdminError::new(ErrorCode::CredentialNeeded, words).at_field(secret_of(connection))
}
