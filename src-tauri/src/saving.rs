//! Saving, removing and listing connections, and what becomes of their secrets then. A connection is saved even
//! where its secret cannot be kept. Opens nothing.

use std::sync::Arc;

use latchkey_connections::{
    Connection, ConnectionId, Connections, EncryptedFileState, FileWords, Keep, KeychainState, KeychainWords,
};
use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::{Password, PostgresPlace};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::logins::{Given, Logins, secret_of};

/// A connection from the form, before it is saved.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Draft(Map<String, Value>);

/// What becomes of the secret. Has no `Debug`: it may hold one.
#[derive(Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum SecretChange {
    /// It stays what it is.
    Keep,
    /// It is this one now.
    Set {
        /// The secret.
        text: String,
    },
    /// There is none.
    Clear,
}

/// Everything that is saved.
#[derive(Serialize)]
pub struct Listed {
    connections: Vec<Connection>,
    file: FileWords,
    encrypted_file: EncryptedFileState,
}

/// What saving came to.
#[derive(Serialize)]
pub struct Saved {
    #[serde(rename = "saved")]
    id: ConnectionId,
    connections: Listed,
    secret_error: Option<AdminError>,
}

/// What removing came to.
#[derive(Serialize)]
pub struct Removed {
    connections: Listed,
    secret_error: Option<AdminError>,
}

/// What a pasted URL says.
#[derive(Serialize)]
pub struct ReadText {
    place: PostgresPlace,
    /// The page alone shows it, in its password field; it asked.
    password: Option<String>,
    notes: Vec<String>,
}

impl Draft {
    /// The connection, under the id that it has or a new one.
    ///
    /// # Errors
    /// `invalid` at what is at fault.
    pub fn read(self) -> Result<Connection, AdminError> {
        let Self(mut fields) = self;
        if fields.get("id").is_none_or(Value::is_null) {
            fields.insert("id".to_owned(), json!(ConnectionId::random()));
        }
        let is_port = |port: &Value| port.as_u64().is_some_and(|port| (1..=65535).contains(&port));
        if fields.get("port").is_some_and(|port| !is_port(port)) {
            return Err(AdminError::invalid("port", "Enter a port from 1 to 65535."));
        }
        let connection: Connection = serde_json::from_value(Value::Object(fields)).map_err(|error| {
            tracing::warn!(%error, "a connection from the page cannot be read");
            AdminError::new(ErrorCode::Invalid, "This connection is not complete. Fill in every field.")
        })?;
        connection.check()?;
        Ok(connection)
    }
}

impl SecretChange {
    /// What a test of `connection` is given: what is saved counts only for a connection that is.
    pub fn given(self, is_saved: bool) -> Given {
        match self {
            Self::Set { text } => Given::field(Some(text)),
            Self::Keep if is_saved => Given::Nothing,
            Self::Keep | Self::Clear => Given::NoSecret,
        }
    }
}

impl Logins {
    /// Everything that is saved.
    pub fn list(&self) -> Listed {
        Listed {
            connections: self.connections.list(),
            file: self.connections.state(),
            encrypted_file: self.credentials.encrypted_file(),
        }
    }

    /// The connection as it is saved now, if it is.
    pub fn saved(&self, id: ConnectionId) -> Option<Connection> {
        self.connections.find(id).ok()
    }

    /// Saves a connection and answers the one that it replaces.
    ///
    /// # Errors
    /// As [`Connections::save`].
    pub async fn save(&self, mut connection: Connection) -> Result<Option<Connection>, AdminError> {
        self.file(move |connections| {
            let old = connections.find(connection.id).ok();
            connection.last_used_at = old.as_ref().and_then(|old| old.last_used_at);
            connections.save(connection)?;
            Ok(old)
        })
        .await
    }

    /// What is answered after a save.
    pub fn after_save(&self, id: ConnectionId, secret_error: Option<AdminError>) -> Saved {
        Saved { id, connections: self.list(), secret_error }
    }

    /// Removes a connection and its secret.
    ///
    /// # Errors
    /// As [`Connections::remove`].
    pub async fn remove(&self, id: ConnectionId) -> Result<Removed, AdminError> {
        let removed = self
            .file(move |connections| {
                let connection = connections.find(id)?;
                connections.remove(id)?;
                Ok(connection)
            })
            .await?;
        let secret_error = self.credentials.forget(&removed).await.err();
        Ok(Removed { connections: self.list(), secret_error })
    }

    /// Forgets the secret of a connection that is about to lead to another server or account, before anything is
    /// saved: what was typed for one server is never sent to another. Says what a person has to type then, where
    /// there was a secret and the connection still wants one.
    ///
    /// # Errors
    /// As [`latchkey_connections::Credentials::forget`]: then the connection must stay as it is.
    pub async fn part_with_secret(
        &self,
        connection: &Connection,
        passphrase: Option<&str>,
    ) -> Result<Option<AdminError>, AdminError> {
        let Some(old) = self.saved(connection.id).filter(|old| !old.shares_secret_with(connection)) else {
            return Ok(None);
        };
        if let Some(passphrase) = passphrase.filter(|text| !text.is_empty()) {
            self.credentials.open_encrypted_file(Password::new(passphrase.to_owned())).await?;
        }
        match nothing_for_gone(self.credentials.get(&old).await) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                self.credentials.forget(&old).await?;
                let noun = secret_of(connection);
                let words = format!(
                    "This connection leads to another server or account now, so its {} was forgotten. Enter the new one and save again.",
                    secret_of(&old),
                );
                let told = AdminError::new(ErrorCode::CredentialNeeded, words).at_field(noun);
                Ok(connection.wants_secret().then_some(told))
            }
            // Where no keychain is there is nothing that could be sent either.
            Err(error) if error == KeychainWords::of(KeychainState::NoService).into() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts the secret of a connection that was saved where it belongs; `old` is what it was before.
    ///
    /// # Errors
    /// As [`latchkey_connections::Credentials::set`]; this session knows the secret all the same.
    pub async fn change_secret(
        &self,
        old: Option<&Connection>,
        connection: &Connection,
        change: SecretChange,
        passphrase: Option<String>,
    ) -> Result<(), AdminError> {
        if let Some(passphrase) = passphrase.filter(|text| !text.is_empty()) {
            self.credentials.open_encrypted_file(Password::new(passphrase)).await?;
        }
        let moved = old.filter(|old| old.keep != connection.keep);
        match change {
            SecretChange::Set { text } if !text.is_empty() => {
                self.put(moved, connection, Arc::new(Password::new(text))).await
            }
            SecretChange::Set { .. } | SecretChange::Clear => {
                self.credentials.forget(old.unwrap_or(connection)).await
            }
            SecretChange::Keep => match (moved, old) {
                (Some(moved), _) => match nothing_for_gone(self.credentials.get(moved).await)? {
                    Some(secret) => self.put(Some(moved), connection, secret).await,
                    None => Ok(()),
                },
                (None, Some(old)) if old.name != connection.name => self.credentials.rename(connection).await,
                (None, _) => Ok(()),
            },
        }
    }

    /// Keeps `secret` where `connection` says, and nowhere else any more.
    async fn put(
        &self,
        moved: Option<&Connection>,
        connection: &Connection,
        secret: Arc<Password>,
    ) -> Result<(), AdminError> {
        self.credentials.set(connection, Arc::clone(&secret)).await?;
        if let Some(moved) = moved {
            self.credentials.forget(moved).await?;
            if connection.keep == Keep::Session {
                self.credentials.remember(connection.id, secret);
            }
        }
        Ok(())
    }

    /// Works on the file, which another program may hold for a moment.
    pub(crate) async fn file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connections) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let connections = self.connections.clone();
        let worked = tokio::task::spawn_blocking(move || work(&connections)).await;
        worked.unwrap_or_else(|_| Err(AdminError::internal()))
    }
}

/// A keychain that has no such item has nothing that could be moved.
fn nothing_for_gone(
    got: Result<Option<Arc<Password>>, AdminError>,
) -> Result<Option<Arc<Password>>, AdminError> {
    let gone = AdminError::from(KeychainWords::of(KeychainState::EntryGone));
    if got.as_ref().is_err_and(|error| *error == gone) { Ok(None) } else { got }
}

/// Reads a pasted URL.
///
/// # Errors
/// As [`latchkey_store::read_url`].
pub fn read_text(text: &str) -> Result<ReadText, AdminError> {
    let read = latchkey_store::read_url(text)?;
    let note = |mode: String| {
        format!(
            "The URL asks for sslmode={mode}. Latchkey verifies the server; choose otherwise under Encryption."
        )
    };
    Ok(ReadText {
        place: read.login.place,
        password: read.login.password.map(|password| password.expose().to_owned()),
        notes: read.weaker.map(note).into_iter().collect(),
    })
}

#[cfg(test)]
#[path = "saving_tests.rs"]
mod tests;
