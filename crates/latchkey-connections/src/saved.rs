//! The saved connections: listed, found, saved, removed. Both programs share the file, so it is read anew
//! each time, and a lock beside it is held from reading to writing. Holds no secret and no cache.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use latchkey_core::text::fold;
use latchkey_core::{AdminError, ErrorCode, Timestamp};
use serde::Serialize;

use crate::connection::{Connection, ConnectionId};
use crate::data_folder::{DataFolder, replace_file};
use crate::file_words;
use crate::lock_file;
use crate::saved_file::{self, FileState, MAX_BYTES, NAME, Read};

/// The state of `connections.json` with what a person reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileWords {
    /// Which state.
    pub state: FileState,
    /// What is the matter and what to do; none where nothing is.
    pub message: Option<String>,
}

/// The saved connections of a data folder.
#[derive(Clone, Debug)]
pub struct Connections {
    path: PathBuf,
}

impl Connections {
    /// Those of `folder`. Reads nothing yet.
    #[must_use]
    pub fn open(folder: &DataFolder) -> Self {
        Self { path: folder.path(NAME) }
    }

    /// All of them in the order in which they were saved; none where the file cannot be read, which
    /// [`Connections::state`] tells.
    #[must_use]
    pub fn list(&self) -> Vec<Connection> {
        Read::from(&self.path).map(|read| read.connections).unwrap_or_default()
    }

    /// The one with this id.
    ///
    /// # Errors
    /// `not_found`; `store_unusable` where the file cannot be read.
    pub fn find(&self, id: ConnectionId) -> Result<Connection, AdminError> {
        let found = self.read()?.connections.into_iter().find(|connection| connection.id == id);
        found.ok_or_else(|| AdminError::not_found("connection"))
    }

    /// The one that is called so, compared as names are.
    ///
    /// # Errors
    /// `not_found` with the names that there are; `store_unusable` where the file cannot be read.
    pub fn named(&self, name: &str) -> Result<Connection, AdminError> {
        let connections = self.read()?.connections;
        let wanted = fold(name);
        if let Some(found) = connections.iter().find(|connection| fold(&connection.name) == wanted) {
            return Ok(found.clone());
        }
        let names: Vec<_> = connections.iter().map(|connection| format!("“{}”", connection.name)).collect();
        let words = match names.as_slice() {
            [] => {
                "No connections are saved. Add one in the desktop, or name a store with --store.".to_owned()
            }
            names => format!("No connection is called so. There are: {}.", names.join(", ")),
        };
        Err(AdminError::new(ErrorCode::NotFound, words))
    }

    /// Saves a connection, a new one at the end. The name is saved without spaces around it.
    ///
    /// # Errors
    /// As [`Connection::check`]; `name_taken` at `name`; `store_unusable`, `busy` or `storage_full` where the
    /// file cannot be written, and then it is as it was.
    pub fn save(&self, connection: Connection) -> Result<(), AdminError> {
        connection.check()?;
        let connection = Connection { name: connection.name.trim().to_owned(), ..connection };
        self.change(|connections| {
            let wanted = fold(&connection.name);
            if connections.iter().any(|other| other.id != connection.id && fold(&other.name) == wanted) {
                let words = "Another connection has this name. Choose another.";
                return Err(AdminError::new(ErrorCode::NameTaken, words).at_field("name"));
            }
            match connections.iter_mut().find(|other| other.id == connection.id) {
                Some(old) => *old = connection,
                None => connections.push(connection),
            }
            Ok(())
        })
    }

    /// Removes one. Its secret is removed by `Credentials::forget`.
    ///
    /// # Errors
    /// `not_found`; as [`Connections::save`].
    pub fn remove(&self, id: ConnectionId) -> Result<(), AdminError> {
        self.change(|connections| {
            let before = connections.len();
            connections.retain(|connection| connection.id != id);
            if connections.len() == before { Err(AdminError::not_found("connection")) } else { Ok(()) }
        })
    }

    /// Notes when one was opened.
    ///
    /// # Errors
    /// `not_found`; as [`Connections::save`].
    pub fn used(&self, id: ConnectionId, at: Timestamp) -> Result<(), AdminError> {
        self.change(|connections| {
            let found = connections.iter_mut().find(|connection| connection.id == id);
            let connection = found.ok_or_else(|| AdminError::not_found("connection"))?;
            connection.last_used_at = Some(at);
            Ok(())
        })
    }

    /// Whether the file can be read and written, and is private.
    #[must_use]
    pub fn state(&self) -> FileWords {
        let (state, message) = if let Err(words) = Read::from(&self.path) {
            (FileState::Damaged, Some(words))
        } else if let Some(words) = file_words::unwritable(&self.path) {
            (FileState::Unwritable, Some(words))
        } else if let Some(words) = file_words::looseness(&self.path) {
            (FileState::Loose, Some(words))
        } else {
            (FileState::Ok, None)
        };
        FileWords { state, message }
    }

    fn read(&self) -> Result<Read, AdminError> {
        Read::from(&self.path).map_err(unusable)
    }

    /// Reads, changes and writes while no other program can.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Connection>) -> Result<(), AdminError>,
    ) -> Result<(), AdminError> {
        if let Some(words) = file_words::unwritable(&self.path) {
            return Err(unusable(words));
        }
        let _lock = self.lock()?;
        let read = self.read()?;
        let mut connections = read.connections.clone();
        change(&mut connections)?;
        let bytes = read.with(&connections).map_err(|error| not_written(&error))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            return Err(unusable("There are too many connections to save. Remove some, then try again."));
        }
        replace_file(&saved_file::behind_links(&self.path), &bytes).map_err(|error| not_written(&error))
    }

    fn lock(&self) -> Result<File, AdminError> {
        lock_file::take(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                let words = "Another Latchkey is saving connections. Try again in a moment.";
                AdminError::new(ErrorCode::Busy, words)
            }
            _ => not_written(&error),
        })
    }
}

fn unusable(words: impl Into<String>) -> AdminError {
    AdminError::new(ErrorCode::StoreUnusable, words)
}

/// What the operating system said, as an error of ours.
fn not_written(error: &io::Error) -> AdminError {
    if error.kind() == io::ErrorKind::StorageFull {
        let words = "The disk is full, so nothing was saved. Make room, then try again.";
        return AdminError::new(ErrorCode::StorageFull, words);
    }
    unusable(file_words::not_written(NAME, &error.to_string()))
}

#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
