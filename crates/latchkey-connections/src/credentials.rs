//! Where a connection's secret comes from and goes to: this session's memory first, then what the connection
//! says. Secrets are only ever shared as [`Password`]; nothing here is shown or written in the clear.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use latchkey_core::AdminError;
use latchkey_store::Password;

use crate::connection::{Connection, ConnectionId, Keep};
use crate::data_folder::DataFolder;
use crate::encrypted_file::{EncryptedFile, EncryptedFileState};
use crate::keychain::Keychain;
use crate::keychain_state::KeychainWords;

/// The secrets of connections, wherever they are kept.
pub struct Credentials {
    session: Mutex<HashMap<ConnectionId, Arc<Password>>>,
    keychain: Keychain,
    file: Arc<EncryptedFile>,
}

impl Credentials {
    /// Those of a data folder and this computer's keychain. Asks neither yet.
    #[must_use]
    pub fn new(folder: &DataFolder) -> Self {
        Self::over(folder, Keychain::of_this_computer())
    }

    pub(crate) fn over(folder: &DataFolder, keychain: Keychain) -> Self {
        Self { session: Mutex::new(HashMap::new()), keychain, file: Arc::new(EncryptedFile::of(folder)) }
    }

    /// The secret of a connection; none where it has to be asked for. What this session was told wins. The
    /// keychain may ask the person and take as long as that takes: whoever cancels drops the future.
    ///
    /// # Errors
    /// `keychain` with the words of its state; `credential_needed` at `passphrase` while the encrypted file is
    /// locked; `store_unusable` where that is damaged.
    pub async fn get(&self, connection: &Connection) -> Result<Option<Arc<Password>>, AdminError> {
        if !connection.wants_secret() {
            return Ok(None);
        }
        if let Some(told) = self.session().get(&connection.id) {
            return Ok(Some(Arc::clone(told)));
        }
        let id = connection.id;
        match connection.keep {
            Keep::Session => Ok(None),
            Keep::Keychain => self.keychain.get(connection.id).await.map(Some).map_err(AdminError::from),
            Keep::File => self.in_file(move |file| file.get(id)).await,
        }
    }

    /// Keeps a secret where the connection says. Where that fails the session still has it, so that connecting
    /// works.
    ///
    /// # Errors
    /// As [`Credentials::get`].
    pub async fn set(&self, connection: &Connection, secret: Arc<Password>) -> Result<(), AdminError> {
        let id = connection.id;
        self.remember(id, Arc::clone(&secret));
        match connection.keep {
            Keep::Session => return Ok(()),
            Keep::Keychain => self.keychain.set(connection, secret).await?,
            Keep::File => self.in_file(move |file| file.set(id, &secret)).await?,
        }
        self.session().remove(&id);
        Ok(())
    }

    /// Keeps a secret in this session's memory alone, whatever the connection says.
    pub fn remember(&self, id: ConnectionId, secret: Arc<Password>) {
        self.session().insert(id, secret);
    }

    /// Shows the keychain's item under the connection's new name, where there is one and that needs no prompt.
    ///
    /// # Errors
    /// `keychain` with the words of its state.
    pub async fn rename(&self, connection: &Connection) -> Result<(), AdminError> {
        match connection.keep {
            Keep::Keychain => self.keychain.rename(connection).await.map_err(AdminError::from),
            Keep::Session | Keep::File => Ok(()),
        }
    }

    /// Removes the secret of a connection from where the connection says, and from memory. A connection whose
    /// `keep` changes is forgotten as it was before.
    ///
    /// # Errors
    /// As [`Credentials::get`]; memory has forgotten it then too.
    pub async fn forget(&self, connection: &Connection) -> Result<(), AdminError> {
        let id = connection.id;
        self.session().remove(&id);
        match connection.keep {
            _ if !connection.wants_secret() => Ok(()),
            Keep::Session => Ok(()),
            Keep::Keychain => self.keychain.remove(connection.id).await.map_err(AdminError::from),
            Keep::File => self.in_file(move |file| file.remove(id)).await,
        }
    }

    /// Drops this session's secrets and the encrypted file's key. Pools that are open keep theirs until they
    /// are closed.
    pub fn lock(&self) {
        self.session().clear();
        self.file.lock();
    }

    /// In which state the system keychain is; asks the person nothing.
    pub async fn keychain_state(&self) -> KeychainWords {
        self.keychain.state().await
    }

    /// Connects to the keychain anew and unlocks it; the system may ask.
    pub async fn keychain_retry(&self) -> KeychainWords {
        self.keychain.retry().await
    }

    /// Whether there is an encrypted file, and whether it is open.
    #[must_use]
    pub fn encrypted_file(&self) -> EncryptedFileState {
        self.file.state()
    }

    /// Opens the encrypted file, or makes it.
    ///
    /// # Errors
    /// As [`EncryptedFile::open`].
    pub async fn open_encrypted_file(&self, passphrase: Password) -> Result<(), AdminError> {
        self.in_file(move |file| file.open(&passphrase)).await
    }

    /// Works on the encrypted file, which takes its time and which another program may hold for a moment.
    async fn in_file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&EncryptedFile) -> Result<T, AdminError> + Send + 'static,
    ) -> Result<T, AdminError> {
        let file = Arc::clone(&self.file);
        let worked = tokio::task::spawn_blocking(move || work(&file)).await;
        worked.unwrap_or_else(|_| Err(AdminError::internal()))
    }

    fn session(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Password>>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
