//! `credentials.enc`: secrets under a passphrase, for those who have no keychain and want no question each
//! time. Made only when somebody asks for it. Holds the derived key while it is open, never the passphrase.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::{AdminError, ErrorCode};
use latchkey_store::Password;
use rand::rngs::SysRng;
use serde::Serialize;

use crate::connection::ConnectionId;
use crate::data_folder::{DataFolder, replace_file};
use crate::sealed::{Key, MAX_BYTES, Refused, Secrets};

/// Its name.
const NAME: &str = "credentials.enc";
/// The shortest passphrase; what opens everything must not be guessed.
const SHORTEST: usize = 8;

/// Whether there is an encrypted file, and whether its passphrase was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EncryptedFileState {
    /// There is none.
    Absent,
    /// Its passphrase was not given yet.
    Locked,
    /// It can be read and written.
    Open,
}

/// The encrypted file of a data folder.
pub struct EncryptedFile {
    path: PathBuf,
    key: Mutex<Option<Key>>,
}

impl EncryptedFile {
    /// That of `folder`, locked. Reads nothing yet.
    #[must_use]
    pub fn of(folder: &DataFolder) -> Self {
        Self { path: folder.path(NAME), key: Mutex::new(None) }
    }

    /// In which state it is.
    #[must_use]
    pub fn state(&self) -> EncryptedFileState {
        if !self.path.exists() {
            EncryptedFileState::Absent
        } else if self.key().is_some() {
            EncryptedFileState::Open
        } else {
            EncryptedFileState::Locked
        }
    }

    /// Opens it, or makes it where there is none. Takes a tenth of a second: not for the UI's thread.
    ///
    /// # Errors
    /// `invalid` at `passphrase` for a new one that is too short; `auth_failed` at `passphrase` for a wrong
    /// one; `store_unusable` for a file that is damaged, which is left as it is.
    pub fn open(&self, passphrase: &Password) -> Result<(), AdminError> {
        let mut held = self.key();
        let key = if let Some(file) = self.read()? {
            let key = Key::of(passphrase, &file).map_err(refused)?;
            key.open(&file).map_err(refused)?;
            key
        } else {
            if passphrase.expose().chars().count() < SHORTEST {
                let words = format!("Use a passphrase of at least {SHORTEST} characters.");
                return Err(AdminError::invalid("passphrase", words));
            }
            let key = Key::fresh(passphrase, &mut SysRng)?;
            self.write(&key, &Secrets::default())?;
            key
        };
        *held = Some(key);
        Ok(())
    }

    /// The secret of a connection, where it holds one.
    ///
    /// # Errors
    /// `credential_needed` at `passphrase` while it is locked; `store_unusable` for a damaged file.
    pub fn get(&self, id: ConnectionId) -> Result<Option<Arc<Password>>, AdminError> {
        let held = self.key();
        let Some(file) = self.read()? else { return Ok(None) };
        let key = held.as_ref().ok_or_else(locked)?;
        let secrets = key.open(&file).map_err(refused)?;
        Ok(secrets.get(&id.to_string()).map(|secret| Arc::new(Password::new(secret.to_owned()))))
    }

    /// Keeps a secret.
    ///
    /// # Errors
    /// As [`EncryptedFile::get`], also where there is no file yet; `storage_full`.
    pub fn set(&self, id: ConnectionId, secret: &Password) -> Result<(), AdminError> {
        self.change(|secrets| {
            secrets.set(id.to_string(), secret);
            true
        })
    }

    /// Removes a secret; one that is not there is removed already.
    ///
    /// # Errors
    /// As [`EncryptedFile::set`].
    pub fn remove(&self, id: ConnectionId) -> Result<(), AdminError> {
        if !self.path.exists() {
            return Ok(());
        }
        self.change(|secrets| secrets.remove(&id.to_string()))
    }

    /// Forgets the key.
    pub fn lock(&self) {
        *self.key() = None;
    }

    /// Reads, changes and writes while no other program can. `change` says whether there is anything to write.
    fn change(&self, change: impl FnOnce(&mut Secrets) -> bool) -> Result<(), AdminError> {
        let held = self.key();
        let key = held.as_ref().ok_or_else(locked)?;
        let _lock = crate::lock_file::take(&self.path).map_err(|error| not_written(&error))?;
        let mut secrets = match self.read()? {
            Some(file) => key.open(&file).map_err(refused)?,
            None => Secrets::default(),
        };
        if change(&mut secrets) { self.write(key, &secrets) } else { Ok(()) }
    }

    fn read(&self) -> Result<Option<Vec<u8>>, AdminError> {
        let facts = match fs::metadata(&self.path) {
            Ok(facts) => facts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
        };
        if !facts.is_file() || facts.len() > MAX_BYTES {
            return Err(refused(Refused::Damaged));
        }
        fs::read(&self.path).map(Some).map_err(|error| unreadable(&error))
    }

    fn write(&self, key: &Key, secrets: &Secrets) -> Result<(), AdminError> {
        let file = key.seal(secrets, &mut SysRng)?;
        replace_file(&self.path, &file).map_err(|error| not_written(&error))
    }

    fn key(&self) -> MutexGuard<'_, Option<Key>> {
        self.key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn locked() -> AdminError {
    let words = "Enter the passphrase of the encrypted file.";
    AdminError::new(ErrorCode::CredentialNeeded, words).at_field("passphrase")
}

fn refused(why: Refused) -> AdminError {
    let unusable = |words: &str| AdminError::new(ErrorCode::StoreUnusable, words);
    match why {
        Refused::Passphrase => {
            AdminError::new(ErrorCode::AuthFailed, "The passphrase was not accepted. Enter it again.")
                .at_field("passphrase")
        }
        Refused::Damaged => unusable(
            "The encrypted file credentials.enc is damaged. Restore a copy of it, or move it away and enter the passwords \
             again; it was not touched.",
        ),
        Refused::Cost => unusable(
            "The encrypted file credentials.enc asks for more or less work than Latchkey does, so it was not made by it. \
             Restore a copy of it, or move it away; it was not touched.",
        ),
    }
}

fn unreadable(error: &io::Error) -> AdminError {
    let words = format!("The encrypted file {NAME} cannot be read ({error}). Nothing was changed.");
    AdminError::new(ErrorCode::StoreUnusable, words)
}

fn not_written(error: &io::Error) -> AdminError {
    let code = if error.kind() == io::ErrorKind::StorageFull {
        ErrorCode::StorageFull
    } else {
        ErrorCode::StoreUnusable
    };
    AdminError::new(
        code,
        format!("The encrypted file {NAME} cannot be written ({error}). Nothing was changed."),
    )
}
