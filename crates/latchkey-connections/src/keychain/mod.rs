//! The system keychain: one item a connection, in UTF-8 text, labelled so that a person recognises it. Every
//! call runs on one thread of its own, because a call may wait for a person; the caller may give up. Nothing
//! is touched before the first call. Holds no secret longer than a call.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", windows))]
mod native;
mod platform;
mod worker;

#[cfg(test)]
mod session;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod window;

use std::sync::Arc;
use std::time::Duration;

use latchkey_store::Password;

use crate::connection::{Connection, ConnectionId};
use crate::keychain_state::{KeychainState, KeychainWords};
use platform::Platform;
use worker::Worker;

/// How long a person may take to answer the system's prompt.
const ANSWERED_WITHIN: Duration = Duration::from_mins(3);
/// How long a call waits for its turn while an earlier one waits for a person.
const TURN_WITHIN: Duration = Duration::from_secs(3);

/// The system keychain.
pub struct Keychain {
    worker: Worker,
}

impl Keychain {
    /// The keychain of this computer. Nothing is asked of it yet.
    #[must_use]
    pub fn of_this_computer() -> Self {
        #[cfg(target_os = "linux")]
        let platform = Box::new(linux::SecretServicePlatform);
        #[cfg(any(target_os = "macos", windows))]
        let platform = Box::new(native::NativePlatform);
        Self::over(platform)
    }

    pub(crate) fn over(platform: Box<dyn Platform>) -> Self {
        Self { worker: Worker::new(platform, TURN_WITHIN, ANSWERED_WITHIN) }
    }

    /// The secret of a connection. The system may ask the person to unlock the keychain; whoever does not
    /// want to wait drops the future.
    ///
    /// # Errors
    /// The state in which the keychain is, and its words.
    pub async fn get(&self, id: ConnectionId) -> Result<Arc<Password>, KeychainWords> {
        self.worker.run(move |desk| desk.get(id)).await
    }

    /// Keeps the secret of a connection, in the place of the one it had, under the connection's name.
    ///
    /// # Errors
    /// As [`Keychain::get`].
    pub async fn set(&self, connection: &Connection, secret: Arc<Password>) -> Result<(), KeychainWords> {
        let (id, name) = (connection.id, connection.name.clone());
        self.worker.run(move |desk| desk.set(id, &name, &secret)).await
    }

    /// Shows the item of a connection under the connection's new name, where that needs no prompt.
    ///
    /// # Errors
    /// As [`Keychain::get`].
    pub async fn rename(&self, connection: &Connection) -> Result<(), KeychainWords> {
        let (id, name) = (connection.id, connection.name.clone());
        self.worker.run(move |desk| desk.rename(id, &name)).await
    }

    /// Removes the secret of a connection; one that is not there is removed already.
    ///
    /// # Errors
    /// As [`Keychain::get`].
    pub async fn remove(&self, id: ConnectionId) -> Result<(), KeychainWords> {
        self.worker.run(move |desk| desk.remove(id)).await
    }

    /// In which state it is. Never asks the person anything: on Linux it is looked whether the service runs
    /// and whether its default keyring is there and unlocked; elsewhere it counts as there.
    pub async fn state(&self) -> KeychainWords {
        either(self.worker.run(|desk| Ok(desk.look())).await)
    }

    /// Connects anew, unlocks it where it is locked (the system may ask), and says in which state it is then.
    pub async fn retry(&self) -> KeychainWords {
        either(self.worker.run(|desk| Ok(desk.retry())).await)
    }
}

fn either(words: Result<KeychainWords, KeychainWords>) -> KeychainWords {
    words.unwrap_or_else(|words| words)
}

impl KeychainState {
    /// Whether calls can be expected to succeed.
    pub(crate) fn is_available(self) -> bool {
        self == Self::Available
    }
}
